/*
 * keygen.h - asking ssh-keygen about a signature. A child without a shell,
 * that ends in ten seconds or is ended; a few run at once, others wait; the
 * loop goes on meanwhile. What it reads travels in memory, never in files.
 */
#ifndef SLUICE_ENGINE_KEYGEN_H
#define SLUICE_ENGINE_KEYGEN_H

#include "engine/engine.h"

struct keygen; /* of the engine */

struct keygen *keygen_create(uv_loop_t *loop);
/* What was asked and not answered is forgotten, unanswered. */
void keygen_destroy(struct keygen *kg);

enum keygen_kind {
	KEYGEN_VERIFY, /* made by principal, who is an allowed signer? */
	KEYGEN_MATCH,  /* of these bytes, whoever made it? */
	KEYGEN_WHOSE,  /* whose is its key, among allowed signers? */
	KEYGEN_KIND_COUNT
};

struct keygen_question { /* all borrowed for the call */
	enum keygen_kind kind;
	const char *namespace;
	const char *signature; /* armoured */
	const char *message;
	size_t message_len;
	int message_fd;		/* with message NULL: read instead; taken */
	int64_t message_bytes;	/* how much comes from there */
	const char *signers;	/* text of allowed signers */
	const char *principal;
	int64_t at; /* the keys of then count, unix seconds */
};

/* words: KEYGEN_WHOSE the principal, else the key, "SHA256:..." (borrowed).
 * -1 and why: the signature is not right (ERROR_SIGNATURE), or it could not
 * be asked (any other code). */
typedef void (*keygen_answer)(
	int result, const char *words, const struct error *e, void *arg);

/* Answers later, never before it returns. */
void keygen_ask(struct keygen *kg, const struct keygen_question *q,
	keygen_answer answer, void *arg);

#endif
