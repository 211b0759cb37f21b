/*
 * lane.h - one service on one host: (host name, root). Its jobs run one after
 * the other over one link, which stays warm for a while afterwards.
 *
 *   idle -> waiting (in line) -> active (a job runs) -> idle or waiting
 *                  ^                |
 *                  +-- no key, or dropped by a full sshd: again later
 */
#ifndef SLUICE_LANE_H
#define SLUICE_LANE_H

#include <uthash.h>

#include "transports/job.h"

struct pusher;
struct session;
struct address;

enum lane_state { LANE_IDLE, LANE_WAITING, LANE_ACTIVE, LANE_STATE_COUNT };

struct lane {
	struct pusher *pusher;
	char *key; /* owned: host name, newline, root */
	const struct transport *transport;
	enum lane_state state;
	struct job *job;         /* the one that runs, or is first */
	struct job **last;       /* where the next one goes */
	struct session *session; /* NULL: no link */
	void *own;               /* what the transport keeps, see run */
	struct address *address; /* while it counts as unauthenticated */
	int64_t job_until_ms;    /* deadline of the job; 0 = none */
	int64_t not_before_ms;   /* back-off after a full sshd */
	int64_t give_up_ms;      /* no more connects after this; 0 = not yet */
	int64_t idle_since_ms;
	unsigned refusals; /* of a full sshd, one after the other */
	struct lane *prev, *next; /* in the list of its state */
	UT_hash_handle hh;
};

struct lane_list {
	struct lane *first, *last;
	size_t count;
};

void lane_list_append(struct lane_list *list, struct lane *lane);
void lane_list_remove(struct lane_list *list, struct lane *lane);

/* The lane of a job; made where it is missing. transport is borrowed. */
struct lane *lane_of(struct pusher *p, const struct job *job,
	const struct transport *transport);

/* Takes the job behind the others. */
void lane_add_job(struct lane *lane, struct job *job);

/* Moves it to another state and list. */
void lane_set_state(struct lane *lane, enum lane_state state);

/* Begins the first job: opens a link where there is none. */
void lane_begin(struct lane *lane, int64_t now_ms);

/* Deadlines of an active lane. */
void lane_tick(struct lane *lane, int64_t now_ms);

/* Cuts what runs; the job ends as `lost` or `unreachable`. */
void lane_cut(struct lane *lane, const struct error *e);

/* Ends the link of an idle lane and, where nothing is kept of it, the lane. */
void lane_close(struct lane *lane);
void lane_destroy(struct lane *lane);

/*
 * What a session or a transport reports.
 *
 * lane_finish: the result of the job. data is taken (may be NULL), e is
 * borrowed (NULL when done). The next job begins at a later turn of the loop.
 */
void lane_finish(struct lane *lane, enum outcome outcome, json_t *data,
	const struct error *e);
void lane_output(struct lane *lane, const char *text, size_t len);
void lane_progress(struct lane *lane, uint64_t done_bytes,
	uint64_t total_bytes);

/* The link is up. */
void lane_connected(struct lane *lane, const struct link_facts *facts);

/* There was no link, and the session is gone; nothing was sent. */
void lane_not_connected(struct lane *lane, enum link_end end,
	const struct error *e);

#endif
