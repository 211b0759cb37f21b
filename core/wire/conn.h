/*
 * conn.h - one end of a stream socket that carries JSON texts, one a line.
 *
 * Used between console and engine (JSON-RPC 2.0, with file descriptors as
 * SCM_RIGHTS) and between engine and pushers. Never blocks: what the peer
 * does not take is kept up to a limit, then the connection is closed with a
 * reason. A line that is not JSON or is too long ends this connection only.
 */
#ifndef SLUICE_WIRE_CONN_H
#define SLUICE_WIRE_CONN_H

#include <jansson.h>
#include <stddef.h>
#include <uv.h>

#include "base/base.h"

#define CONN_LINE_MAX (1024 * 1024) /* interface.md section 5 */
#define CONN_FDS_MAX 32             /* descriptors with one message */

struct conn;

struct conn_handler {
	/*
	 * One message; borrowed. fds are those that came with it or before
	 * it and were not taken yet: take them with conn_take_fds, else they
	 * stay for a later message and are closed with the connection.
	 */
	void (*on_message)(struct conn *c, json_t *message, void *arg);

	/* The connection is over, by either side; reason is a sentence. Called
	 * once, from the loop, never from inside conn_close; afterwards the
	 * conn is freed and must not be used. */
	void (*on_close)(struct conn *c, const char *reason, void *arg);
};

/*
 * Takes fd (a connected stream socket), makes it non-blocking and reads from
 * it within loop. line_max and out_max bound what is kept, in bytes. The
 * handler is borrowed and must outlive the connection.
 */
struct conn *conn_create(uv_loop_t *loop, int fd, size_t line_max,
	size_t out_max, const struct conn_handler *handler, void *arg);

/* Queues one message (borrowed). Over out_max the connection is closed with
 * the reason "slow reader". After conn_close it does nothing. */
void conn_send(struct conn *c, const json_t *message);

/* As conn_send, for a text that is one line of JSON already, without "\n". */
void conn_send_text(struct conn *c, const char *text, size_t len);

/* As conn_send, with descriptors (borrowed: they are duplicated). */
void conn_send_fds(struct conn *c, const json_t *message, const int *fds,
	size_t count);

/* Moves the descriptors received so far to fds (owned by the caller then);
 * returns how many. fds has room for CONN_FDS_MAX. */
size_t conn_take_fds(struct conn *c, int fds[CONN_FDS_MAX]);

/* Ends the connection: what is queued is sent if the peer takes it at once,
 * then on_close(reason). */
void conn_close(struct conn *c, const char *reason);

/* Bytes queued and not yet taken by the peer. */
size_t conn_backlog(const struct conn *c);

/* Bytes received so far. */
uint64_t conn_received(const struct conn *c);

int conn_fd(const struct conn *c);

#endif
