/*
 * transport.h - the ways to a host: one row of the table each.
 *
 * A transport either carries bytes to the host program (it has `link`), or it
 * answers jobs by itself (it has `run`). What is above never knows which.
 */
#ifndef SLUICE_TRANSPORT_H
#define SLUICE_TRANSPORT_H

#include <sys/types.h>
#include <uv.h>

#include "base/base.h"

struct lane;
struct pusher;

struct host {
	char *name, *transport, *address, *user, *path; /* owned */

	/* What reached a host of the transport `auto` the last time, and why
	 * that; NULL where nothing is known. */
	char *known, *known_reason;
	int port;
	/* Only the host's key is wanted: of this method (NULL: any). */
	bool wants_key;
	const char *key_method; /* borrowed */
};

/* How a link ended. */
enum link_end {
	LINK_CLOSED,      /* the other side ended it in order */
	LINK_UNREACHABLE, /* never got there or was refused; nothing sent */
	LINK_BUSY,        /* the host dropped us before any talk: come again */
	LINK_NO_KEY,      /* no key to show: a condition, no host's fault */
	LINK_OTHER,       /* this transport cannot, another may: see `auto` */
	LINK_LOST,        /* it broke */
	LINK_END_COUNT
};

/* What is known of a link that is open; borrowed, never NULL. */
struct link_facts {
	const char *fingerprint; /* of the host key; "" where there is none */
	const char *transport, *reason; /* and why this one; "" */
};

struct link_handler {
	/* The program on the host may be talked to. */
	void (*on_open)(void *arg, const struct link_facts *facts);
	/* In place of on_open where only the host's key was wanted. */
	void (*on_key)(void *arg, const unsigned char *blob, size_t len);
	void (*on_data)(void *arg, const char *data, size_t len);
	void (*on_writable)(void *arg);

	/* Once, never from inside open or close; afterwards the link is to be
	 * closed by its owner as ever. */
	void (*on_close)(void *arg, enum link_end end, const struct error *e);
};

struct link;

struct link_ops {
	/* Begins to connect and to start the bootstrap there (host_program.h).
	 * All failures come through on_close. host and handler are borrowed;
	 * they stay until close has returned. */
	struct link *(*open)(struct pusher *p, const struct host *host,
		const struct link_handler *handler, void *arg);

	/* Takes as many bytes as it can now, perhaps none: on_writable comes
	 * when there is room again. */
	size_t (*write)(struct link *l, const void *data, size_t len);

	/* Ends it at once and frees it; no callback comes any more. */
	void (*close)(struct link *l);
};

struct transport {
	const char *name;
	bool authenticates; /* sshd counts it until it has logged in */
	const struct link_ops *link;

	/* Begins the job of the lane and ends with lane_finish, never from
	 * inside; stop ends it without; forget frees what it keeps. */
	void (*run)(struct lane *lane);
	void (*stop)(struct lane *lane);
	void (*forget)(struct lane *lane);
};

/* NULL for a name that is not built. Borrowed, lives for ever. */
const struct transport *transport_find(const char *name);

/* Forgets what the transport auto found out. */
void auto_forget(struct pusher *p);

extern const struct transport transport_auto, transport_ssh,
	transport_openssh, transport_local, transport_fake;

#endif
