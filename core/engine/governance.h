/*
 * governance.h - what decides whether a change may run: the rules of its
 * environment, what people said, what is shown about its release, and time.
 *
 * A change is settled whenever something of that may have altered: after a
 * decision, at the end of a grace time, after a reload, before a start. Its
 * row holds when time alone alters it next.
 */
#ifndef SLUICE_ENGINE_GOVERNANCE_H
#define SLUICE_ENGINE_GOVERNANCE_H

#include "engine/engine.h"
#include "model/policy.h"

/* The rules that decide about c now; caller finishes them. Fails where its
 * environment is gone, or no template allows a standard change. */
int change_policy(struct engine *en, const struct change *c,
	struct policy *ret, struct error *e);

/* Why nobody could give what the rules ask of people, as things are (owned);
 * NULL: somebody could. */
char *governance_unsatisfiable(
	struct engine *en, const struct change *c, const struct policy *p);

/* What was said about an object; answers of people who may not give them any
 * more are void. permission: what an answer needs. Caller finishes it. */
void governance_decisions(struct engine *en, const char *object,
	enum permission permission, struct decisions *ret);

/* The facts and each rule against them; caller finishes ret. */
void governance_evaluate(struct engine *en, const struct change *c,
	const struct policy *p, struct policy_results *ret);

/* ... where what was said is at hand. */
void governance_evaluate_said(struct engine *en, const struct change *c,
	const struct policy *p, const struct decisions *said,
	struct policy_results *ret);

/* ... as of another time: of what was decided and shown until then. */
void governance_evaluate_at(struct engine *en, const struct change *c,
	const struct policy *p, int64_t at, struct policy_results *ret);

/* -1 and why, where a rule that is not about people refuses a start. */
int governance_refuse_start(
	struct engine *en, const struct change *c, struct error *e);

/* Applies what decisions and time have come to; true if c was altered (and
 * saved). */
bool governance_settle(struct engine *en, struct change *c);

/* Approvals are void, for that reason. */
void governance_void(struct engine *en, struct change *c, const char *reason);

/* Settles what is due now. */
void governance_run(struct engine *en);

/* Everything that waits, against another configuration. */
void governance_recheck(struct engine *en);

/* Everything that waits and is about this release. */
void governance_release_changed(
	struct engine *en, const char *service, const char *version);

/* ---- claims.c ---- */

/* Claims that ended by themselves are said to. */
void claims_run(struct engine *en);

#endif
