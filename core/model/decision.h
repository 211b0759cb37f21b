/*
 * decision.h - what people said about a change or a request, and what counts.
 *
 * Four eyes: nobody who wrote any revision counts (unless the policy says
 * so), a person counts once whatever users they have, and a login uid that
 * is somebody else's who is involved already forbids. Pure rules: who a user
 * is and what they may do is looked up by the engine.
 */
#ifndef SLUICE_MODEL_DECISION_H
#define SLUICE_MODEL_DECISION_H

#include "base/digest.h"
#include "model/fleet.h"

enum decision_verb {
#define DECISION_VERB(id, name, past) DECISION_##id,
#include "model/decision_verbs.def"
#undef DECISION_VERB
	DECISION_VERB_COUNT
};

#define LOGIN_UID_NONE (-1)

struct decision {
	int64_t id;
	char *object; /* "C-42", "Q-3" */
	int revision;
	enum decision_verb verb;
	char *person;
	int64_t uid, login_uid;	      /* LOGIN_UID_NONE: not set */
	struct strings roles;	      /* that the person had */
	char digest[DIGEST_HEX_SIZE]; /* of what they were shown */
	int64_t at;
	int64_t until_ms; /* end of its grace time */
	char *text;
	int64_t undone_at; /* 0: it was not taken back */
	char *void_reason; /* why it does not count any more, NULL: it does */
	char *key;	   /* that signed it: "SHA256:...", NULL: none did */
};

struct decisions { /* oldest first */
	struct decision *items;
	size_t count, capacity;
};

void decision_finish(struct decision *d);
void decisions_finish(struct decisions *list);

const char *decision_verb_name(enum decision_verb v); /* "approve" */
const char *decision_verb_past(enum decision_verb v); /* "approved" */
int decision_verb_parse(const char *s);

/* Neither taken back nor void, about this revision and digest. */
bool decision_stands(
	const struct decision *d, int revision, const char *digest);

/* Who asked something that the author has not said anything after. */
void decisions_askers(const struct decisions *list, const char *author,
	struct strings *ret);

/* Whether anybody behind uid, login_uid or person wrote some revision. */
bool decision_is_author(const struct decisions *list, const char *person,
	int64_t uid, int64_t login_uid);

/*
 * Whether d (not yet in list) may be given as an answer. -1 and why: the
 * author, a person who answered already, a login that is somebody else's.
 */
int decision_check(const struct decisions *list, const struct policy *policy,
	const struct decision *d, struct error *e);

/* What the answers to one revision and digest come to. */
struct tally {
	int given;		       /* approvals, also in grace */
	bool is_enough;		       /* with those in grace */
	bool is_settled;	       /* without them */
	const struct decision *no;     /* the first rejection, or NULL */
	bool no_is_settled;
	int64_t settles_at_ms;	       /* the next grace ends, or INT64_MAX */
	struct strings missing_roles;  /* owned */
};

void decisions_tally(const struct decisions *list, const struct policy *policy,
	int revision, const char *digest, int64_t now_ms, struct tally *ret);
void tally_finish(struct tally *t);

/* People and roles together: so many more must still say yes. */
int tally_missing(const struct tally *t, const struct policy *policy);

#endif
