/*
 * proposal.h - an act that needs a second person: a request in the same queue
 * as changes, answered in the same way. Q-3. What it does once somebody said
 * yes is its kind's matter; see engine/proposals.h.
 */
#ifndef SLUICE_MODEL_PROPOSAL_H
#define SLUICE_MODEL_PROPOSAL_H

#include "base/digest.h"
#include "model/ids.h"

enum proposal_state {
	PROPOSAL_SUBMITTED,
	PROPOSAL_APPROVED, /* and done */
	PROPOSAL_REJECTED,
	PROPOSAL_CANCELLED,
	PROPOSAL_EXPIRED,
	PROPOSAL_FAILED, /* approved, and could not be done any more */
	PROPOSAL_STATE_COUNT
};

struct proposal {
	struct proposal_id id;
	char *kind;   /* "policy.override" */
	char *object; /* what it is about: "C-42", "production" */
	char *args;   /* canonical JSON object of its kind */
	char *text;   /* why */
	char digest[DIGEST_HEX_SIZE]; /* of all of the above */
	enum proposal_state state;
	char *author; /* person */
	int64_t author_uid;
	char *reason; /* of the outcome */
	int64_t created_at, finished_at;
	int64_t answer_by; /* 0: no limit */
	int64_t due_at_ms; /* time alone alters it then, 0: never */
};

void proposal_finish(struct proposal *p);
const char *proposal_state_name(enum proposal_state s);
int proposal_state_parse(const char *s);

/* The digest that an answer is bound to. */
void proposal_seal(struct proposal *p);

#endif
