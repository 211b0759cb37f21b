/*
 * signing.h - signed decisions and artefacts: statements are handed out, what
 * comes back is verified by ssh-keygen, kept, and verified again.
 *
 * A decision is signed as the text of a statement (model/signable.h), in the
 * namespace sluice-decision. Allowed signers are a file of the administrator
 * (ssh-keygen(1), ALLOWED SIGNERS); the principal must be the person, or the
 * user, who decides. The file is read each time, and kept as it was then.
 */
#ifndef SLUICE_ENGINE_SIGNING_H
#define SLUICE_ENGINE_SIGNING_H

#include "engine/clients.h"
#include "model/signable.h"
#include "model/policy.h"

struct signing; /* of the engine: what is being, or was just, verified */

struct signing *signing_create(struct engine *en);
void signing_destroy(struct signing *sg);

/* The text of allowed signers (owned) and its digest. -1: there are none, or
 * not as they must be. */
int signing_signers(struct engine *en, char **ret_text,
	char ret_sha256[DIGEST_HEX_SIZE], struct error *e);

/* What is asked about a signature that came along. All borrowed. */
struct signing_question {
	const char *object;	/* "C-42" */
	int revision;
	const char *digest;
	enum decision_verb verb;
	bool needs_hardware;
};

struct signed_answer {
	struct signature signature;
	char nonce[NONCE_SIZE]; /* of its statement */
	char *signers;		/* text */
};

/*
 * Verifies the argument "signature" of a request against the statements that
 * were handed out, and calls done with what is to be kept (taken), or with -1
 * and why; maybe before it returns.
 */
typedef void (*signing_done)(struct request *rq, enum decision_verb verb,
	int result, struct signed_answer *answer, const struct error *e);
void signing_check(struct request *rq, const struct signing_question *q,
	signing_done done);
void signed_answer_free(struct signed_answer *a); /* NULL: nothing */

/* -1: its statement was used meanwhile. NULL is fine. */
int signing_is_unused(struct engine *en, const struct signed_answer *a,
	const char *object, struct error *e);
/* In the turn's transaction, beside the decision. NULL: nothing. */
void signing_keep(
	struct engine *en, struct signed_answer *a, int64_t decision);
/* What the ledger says of a signature. */
json_t *signature_json(const struct signature *s);

/*
 * Verifies the signature of an artefact: of the bytes behind fd (so many), or
 * of the line that is its SHA-256. done: answer is borrowed for the call.
 */
typedef void (*artefact_done)(struct request *rq, int result,
	struct signed_answer *answer, const struct error *e);
void signing_artefact(struct request *rq, const char *text,
	const char *sha256, int fd, int64_t bytes, artefact_done done);

/* Asks whether a signature is right by the allowed signers of then; done gets
 * 0, or -1 and why, later. */
void signing_verify(struct engine *en, const struct signature *s,
	void (*done)(int result, const char *words, const struct error *e,
		void *arg),
	void *arg);

/*
 * Whether the signatures that c was approved with were verified again just
 * now. -1 with ERROR_BUSY: that was begun, and is done in a moment.
 */
int signing_refuse_start(
	struct engine *en, const struct change *c, struct error *e);
/* True while that goes on for this change; then done (may be NULL) is called
 * once it does not any more. */
bool signing_wait(struct engine *en, struct change_id id,
	void (*done)(struct request *rq), struct request *rq);

#endif
