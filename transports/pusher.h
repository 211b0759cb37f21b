/*
 * pusher.h - the pusher: settings and jobs from the engine, lanes that wait
 * for one of limits.connections places, a place being held from the start of
 * a job to its result, and what all lanes share.
 */
#ifndef SLUICE_PUSHER_H
#define SLUICE_PUSHER_H

#include "transports/lane.h"
#include "transports/settings.h"
#include "wire/conn.h"

/* A machine that sshd's limits apply to. */
struct address {
	char *name;
	size_t unauthenticated;
	size_t most; /* 0 = what the settings say; less after refusals */
	UT_hash_handle hh;
};

struct pusher {
	uv_loop_t *loop;
	struct conn *conn;
	uv_timer_t timer;
	uv_idle_t wake;
	int64_t timer_every_ms; /* 0: it stands still */
	struct push_settings settings;
	struct lane *lanes; /* by key */
	struct lane_list lists[LANE_STATE_COUNT];
	struct address *addresses;
	struct ssh_keys *ssh_keys; /* of the ssh transport; NULL: not read */
	struct hostkey_db *hostkeys;
	struct openssh *openssh; /* of the transport openssh; NULL: not used */
	struct way *ways;        /* of the transport auto */
	bool no_key;
	char *no_key_message; /* of the last time */
	int64_t keys_again_ms;
	int64_t bandwidth_left, bandwidth_at_ms;
	bool closing;
};

/* Serves the engine on fd (taken) within loop until the engine is gone. */
void pusher_init(struct pusher *p, uv_loop_t *loop, int fd);
void pusher_finish(struct pusher *p);

/* The name of the user who runs us; "" where there is none. */
const char *pusher_own_user(void);

/* Sends a message to the engine; taken. */
void pusher_send(struct pusher *p, json_t *message);

/* Looks at the lanes in line at the next turn of the loop. */
void pusher_wake(struct pusher *p);

/* Neither agent nor key file: tells the engine when that changes. */
void pusher_set_no_key(struct pusher *p, bool on, const char *message);

/* The record of the machine; made where it is missing. */
struct address *pusher_address(struct pusher *p, const char *name);

/* How many bytes of payload may be sent now, at most want; and that they
 * were. */
uint64_t pusher_bandwidth(struct pusher *p, uint64_t want);
void pusher_spend(struct pusher *p, uint64_t bytes);

int64_t pusher_now_ms(const struct pusher *p);

#endif
