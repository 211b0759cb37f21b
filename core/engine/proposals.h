/* proposals.h - acts that need a second person, in the queue like changes.
 * Their kinds are rows of proposal_kinds.def. */
#ifndef SLUICE_ENGINE_PROPOSALS_H
#define SLUICE_ENGINE_PROPOSALS_H

#include "engine/clients.h"
#include "model/decision.h"
#include "model/signable.h"

struct proposal_kind {
	const char *name;
	enum permission may_answer;
	int (*check)(struct engine *en, const struct proposal *p,
		struct error *e);
	int (*apply)(struct engine *en, const struct proposal *p,
		struct error *e);
	const char *sentence;
};

const struct proposal_kind *proposal_find_kind(const char *name); /* NULL */
/* What an answer to it needs. */
enum permission proposal_answered_with(const struct proposal *p);
/* One person other than who asked. */
extern const struct policy proposal_second_person;
/* The same, as the change wants it answered that it is about, if it is. */
void proposal_policy(
	struct engine *en, const struct proposal *p, struct policy *ret);

/* Opens one and writes the ledger; args is taken (an object of the kind).
 * Caller finishes ret. */
int proposal_open(struct request *rq, const char *kind, const char *object,
	json_t *args, const char *text, struct proposal *ret, struct error *e);

/* Whether the argument id is that of a proposal ("Q-3"). */
bool arg_is_proposal(const struct request *rq);

/* Acts on the one that id names; they answer the request. */
void proposal_decide(struct request *rq, enum decision_verb verb);
void proposal_undo(struct request *rq);
void proposal_claim(struct request *rq, bool take);
void proposal_say(struct request *rq, enum decision_verb verb);

/* What an answer to the one that id names is signed as. */
int proposal_signable(
	struct request *rq, struct signable *s, struct error *e);

json_t *proposal_json(struct engine *en, const struct proposal *p);

/* Those that wait for an answer of who asks, as an array. */
json_t *proposals_queue(struct request *rq);

/* Settles what is due now. */
void proposals_run(struct engine *en);

/* The rule about releases that had to be taken back elsewhere. */
#define RULE_TAKEN_BACK "taken_back"

/* Rules of the policy that a second person let go for this revision. */
void overrides_of(
	struct engine *en, const struct change *c, struct strings *ret);

/* The kinds. */
#define PROPOSAL_KIND(name, permission, check, apply, sentence)                \
	int check(struct engine *en, const struct proposal *p,                 \
		struct error *e);                                              \
	int apply(                                                             \
		struct engine *en, const struct proposal *p, struct error *e);
#include "engine/proposal_kinds.def"
#undef PROPOSAL_KIND

/* Something that it shows is another. */
void proposal_changed(struct engine *en, const char *id);

#endif
