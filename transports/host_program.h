/*
 * host_program.h - the two directions of the talk with the program on a
 * host (transports/host/program.sh says the grammar): requests as bytes, and
 * a parser for what comes back. What comes back is hostile until checked.
 */
#ifndef SLUICE_HOST_PROGRAM_H
#define SLUICE_HOST_PROGRAM_H

#include <stdint.h>

#include "transports/job.h"

#define SENTINEL_SIZE 33 /* 32 hexadecimal digits and a NUL */

/* The host program for /bin/sh to read as its script, from its standard input.
 * Some shells read ahead: a request may follow only after REPLY_HELLO. */
void host_program_add_start(struct strbuf *out, const char *sentinel);

/* Adds the request of a job, as number id of this link; wall_ms is now. */
void host_program_add_request(struct strbuf *out, const struct job *job,
	unsigned id, int64_t wall_ms);

enum reply_kind {
	REPLY_HELLO,
	REPLY_GO,     /* send on what belongs to request id */
	REPLY_ALIVE,  /* still there */
	REPLY_TICKS,  /* the same, and from now on each second */
	REPLY_DATUM,  /* name, text, len */
	REPLY_OUTPUT, /* text, len */
	REPLY_RESULT, /* id, name = outcome, text = error code */
	REPLY_ANOTHER, /* the way it came in was of no use: the next one */
	REPLY_KIND_COUNT
};

struct reply {
	enum reply_kind kind;
	unsigned id;
	const char *name; /* NUL-terminated, borrowed until the next call */
	const char *text; /* NUL-terminated as well, may hold NULs */
	size_t len;
};

struct reply_parser {
	char sentinel[SENTINEL_SIZE];
	struct strbuf in;
	size_t used;   /* of in, by replies that were handed out */
	char name[64];
	char words[512];
	struct strbuf noise; /* the last of what was none of ours */
};

void reply_parser_init(struct reply_parser *p, const char *sentinel);
void reply_parser_finish(struct reply_parser *p);

/* The last line of what came and was no reply, printable; the caller's. It is
 * for a link that is over: what was not yet a line counts as one. */
char *reply_parser_last_noise(struct reply_parser *p);

/* Adds bytes that came. */
void reply_parser_add(struct reply_parser *p, const char *data, size_t len);

/* The next reply: 1, none yet: 0. -1 where the host talks nonsense behind
 * our own sentinel. */
int reply_parser_next(struct reply_parser *p, struct reply *ret_reply,
	struct error *e);

#endif
