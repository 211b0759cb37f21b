/*
 * signable.h - what a person signs when they decide (product.md section 4):
 * text that says everything the decision is bound to, so that the signature
 * can be checked by ssh-keygen -Y verify alone, anywhere, for ever.
 */
#ifndef SLUICE_MODEL_SIGNABLE_H
#define SLUICE_MODEL_SIGNABLE_H

#include "base/digest.h"
#include "model/decision.h"

#define STATEMENT_NAMESPACE "sluice-decision"
#define ARTEFACT_NAMESPACE "sluice-artefact"
#define NONCE_SIZE 33 /* 32 hexadecimal digits and a NUL */

struct signable {
	char nonce[NONCE_SIZE]; /* a statement is used once */
	char *object;		/* "C-42", "Q-3" */
	char *about;		/* the object in words, one line */
	int revision;
	char digest[DIGEST_HEX_SIZE]; /* of the plan that is decided about */
	enum decision_verb verb;
	int64_t uid;	    /* of who asked for it */
	int64_t expires_at;
	char *text;	    /* the bytes to sign */
	int64_t decision;   /* that used it, 0: none has */
};

/* Makes s->text of the rest, of the engine and of the newest entry of its
 * ledger. */
void signable_write(struct signable *s, const char *engine_id,
	int64_t ledger_seq, const char *ledger_head);
void signable_finish(struct signable *s);

/* A line "name value" of a statement's text; false: it says something else. */
bool signable_says(const char *text, const char *name, const char *value);

/* A signature that was verified when it came, kept for ever. Of a decision,
 * or of the artefact of a release. */
struct signature {
	int64_t decision;	/* 0: of a release */
	char *service, *version; /* of a release, else NULL */
	char *namespace;
	char *message;	   /* what was signed; NULL: the artefact's bytes */
	char *text;	   /* armoured, as it came */
	char *principal;   /* of allowed signers */
	char *key;	   /* "SHA256:..." */
	char *key_type;
	char signers[DIGEST_HEX_SIZE]; /* allowed signers as they were */
	int64_t at;
};
void signature_finish(struct signature *s);

#endif
