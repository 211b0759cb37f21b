/* cmd.h - what the handlers of methods share. */
#ifndef SLUICE_ENGINE_CMD_H
#define SLUICE_ENGINE_CMD_H

#include "engine/clients.h"
#include "engine/engine.h"
#include "engine/events.h"
#include "engine/governance.h"
#include "engine/objects.h"
#include "engine/runner.h"
#include "model/plan.h"

/* The person of a request, as the ledger names them. */
struct actor request_actor(const struct request *rq);

/* The change that "id" names (a change's id, or a rollout's); caller
 * finishes it. */
int arg_change(struct request *rq, struct change *ret, struct error *e);

/* The rollout that "id" names: R-n, or the latest of C-n. */
/* -1 and why: this release had to be taken back in another environment. */
int change_refuse_taken_back(
	struct engine *en, const struct change *c, struct error *e);

/* Answers the rollout as it is after an act, or why there was none. */
void answer_rollout(
	struct request *rq, struct rollout_id id, int result, struct error *e);
/* -1 and why, where the calendar or the line does not let it go on. */
int may_go_on(struct request *rq, struct rollout_id id, struct error *e);
int arg_rollout(struct request *rq, struct rollout_id *ret, struct error *e);

/* Where a promotion leads, by the order of the configuration; NULL: nowhere. */
const struct environment *promotion_next(struct engine *en,
	const char *service, const char *version, struct error *e);

/* The plan that people approved, by its digest: 1, 0 there is none, -1. */
int plan_of_digest(struct engine *en, const char *digest, struct plan *ret,
	struct error *e);

/* Computes the plan of a change from the configuration of now. Hosts of
 * left_out (name and reason) are left out of it and named in it. */
int change_make_plan(struct engine *en, const struct change *c,
	const struct pairs *left_out, struct plan *ret, struct error *e);

/* The risk of a change as things are now, into c: its score and the reasons
 * of it; and the plan and the policy that it comes to (the caller finishes
 * both). Fails where it could not be planned; with ERROR_BUSY where files have
 * to be compared first, see differences_wait. */
int change_weigh(struct engine *en, struct change *c,
	const struct pairs *left_out, struct policy *ret_policy,
	struct plan *ret, struct error *e);
/* ... of one whose plan is there. */
int change_assess(struct engine *en, struct change *c,
	const struct plan *plan, struct error *e);

/* The first reasons of it in a sentence (owned): "+15 ...; +10 ...". */
char *change_risk_words(const struct change *c, size_t most);

/* Hosts that are out of service, and why; caller finishes it. */
void hosts_excluded(struct engine *en, struct pairs *ret);

/* ... without the hosts that the plan people were shown leaves out. */
int change_make_approved_plan(struct engine *en, const struct change *c,
	struct plan *ret, struct error *e);

/* That plan must be the one people were shown; else the change is void, and
 * -1. ret may be NULL. */
int change_check_plan(struct engine *en, struct change *c, struct plan *ret,
	struct error *e);

/* Everything that could refuse a start is asked; a plan that is not the one
 * that was approved voids the change. force: before its scheduled time. */
int change_start(struct engine *en, struct change *c, const struct actor *by,
	bool force, bool dry_run, struct rollout_id *ret, struct error *e);

/* -1 and why: the release is not started anywhere any more. */
int change_refuse_quarantine(
	struct engine *en, const struct change *c, struct error *e);

/* -1 and why: r is over, and what allowed its start does not hold any more. */
int change_refuse_retry(
	struct engine *en, const struct rollout *r, struct error *e);

/* Applies the event, saves and announces. False: refused in that state. */
bool change_apply(struct engine *en, struct change *c, enum change_event event,
	const char *reason);
void change_save(struct engine *en, struct change *c);

/* Calls fn with the index of each host of this page that "selector" takes. */
int select_hosts(struct request *rq, struct page *page,
	void (*fn)(struct request *rq, size_t index, void *arg), void *arg,
	struct error *e);

/* Refuse a name that names nothing, with what there is; they return -1. */
int no_service(const struct settings *s, const char *name, struct error *e);
int no_environment(
	const struct settings *s, const char *name, struct error *e);
int no_strategy(const struct settings *s, const char *name, struct error *e);
int no_change_state(const char *name, struct error *e);
int no_rollout_state(const char *name, struct error *e);
int no_host_state(const char *name, struct error *e);

/* "service" and "env" of a list are configured, or there is history of them;
 * else ERROR_NOT_FOUND. */
int check_filters(struct request *rq, struct error *e);

/* Why the change could not start as things are, though it may be planned:
 * sentences (taken by the caller). */
json_t *change_warnings(struct engine *en, const struct change *c);

/* Words of a person: UTF-8, not too long; NULL is fine. */
int check_text(const char *text, const char *name, struct error *e);

/* The same for the argument text, which must say something. */
int check_said(const struct request *rq, const char *name, struct error *e);

/* Whether who asks could give an answer that needs that permission. */
int check_may_decide(
	const struct request *rq, enum permission permission, struct error *e);

/* Takes the own answer in list back, in its grace time. */
int request_undo(struct request *rq, const struct decisions *list,
	const char *id, int revision, const char *digest, struct error *e);

/* Notes, or forgets, that who asks looks at it. */
void request_claim(struct request *rq, const char *id, bool take);
/* They answered: they look at it no more. */
void claim_answered(struct request *rq, const char *id);

/* ---- change_submit.c ---- */

/* What is asked for, made before anything is saved. -1 with nothing to
 * finish; apply takes it. */
struct submission {
	struct policy policy;
	struct plan plan;
};
int submission_make(struct engine *en, struct change *c,
	enum change_event event, struct submission *ret, struct error *e);
void submission_apply(struct engine *en, struct change *c,
	const struct actor *by, enum change_event event,
	struct submission *s);
void submission_finish(struct submission *s);

/* Draft or voided to submitted, and on to approved and scheduled where
 * nothing stands in the way. */
int change_submit(struct engine *en, struct change *c, const struct actor *by,
	enum change_event event, struct error *e);

/* An emergency needs the permission to open one. */
int check_break_glass(const struct request *rq, const struct change *c,
	struct error *e);

/* One thing that somebody said about an object, in the turn's transaction;
 * the ledger has it too. */
struct say {
	const char *object;
	int revision;
	enum decision_verb verb;
	const char *digest, *text; /* may be NULL */
	int64_t until_ms;
	json_t *detail; /* more for the ledger, taken; may be NULL */
	struct signed_answer *signature; /* may be NULL */
};
void request_say(struct request *rq, const struct say *say);

/* Refuses an answer without a signature where the policy wants one. */
int check_signed(const struct policy *p, const struct say *say,
	struct error *e);
/* Whether a signature, and no nonsense, came along. */
bool arg_is_signed(const struct request *rq);
/* ... as a decision that nobody has made yet. */
void request_decision(
	struct request *rq, const struct say *say, struct decision *ret);

#endif
