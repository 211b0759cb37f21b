/* cmd_decide.c - yes, no, and what else people say about a change. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"
#include "engine/cmd.h"
#include "engine/notify.h"
#include "engine/proposals.h"
#include "engine/signing.h"
#include "wire/json.h"

/* ---- saying ---- */

void
request_decision(
	struct request *rq, const struct say *say, struct decision *ret)
{
	*ret = (struct decision){
		.object = xstrdup(say->object),
		.revision = say->revision,
		.verb = say->verb,
		.person = xstrdup(request_actor(rq).who),
		.uid = rq->uid,
		.login_uid = rq->login_uid < 0 ? LOGIN_UID_NONE
					       : rq->login_uid,
		.at = engine_now(rq->en),
		.until_ms = say->until_ms,
		.text = xstrdup_or_null(say->text),
	};
	strings_copy(&ret->roles, &rq->who.roles);
	if (say->signature != NULL)
		ret->key = xstrdup(say->signature->signature.key);
	if (say->digest != NULL)
		snprintf(ret->digest, sizeof(ret->digest), "%s", say->digest);
}

static json_t *
roles_json(const struct strings *roles)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < roles->count; i++)
		json_array_append_new(list, json_text(roles->items[i]));
	return list;
}

static json_t *
say_detail(const struct request *rq, const struct say *say,
	const struct decision *d)
{
	json_t *detail = json_pack("{s:I, s:i, s:o, s:o, s:I}", "decision",
		(json_int_t)d->id, "revision", say->revision, "plan_digest",
		say->digest == NULL ? json_null() : json_string(say->digest),
		"roles", roles_json(&rq->who.roles), "login_uid",
		(json_int_t)rq->login_uid);

	if (say->signature != NULL)
		json_object_set_new(detail, "signed",
			signature_json(&say->signature->signature));
	if (say->detail != NULL)
		json_object_update_new(detail, say->detail);
	return detail;
}

void
request_say(struct request *rq, const struct say *say)
{
	struct decision d;
	struct error e;
	char *what;

	request_decision(rq, say, &d);
	engine_write(rq->en);
	engine_must(store_decision_add(rq->en->store, &d, &e), &e,
		"save a decision");
	signing_keep(rq->en, say->signature, d.id);
	what = xasprintf("change.%s", decision_verb_name(say->verb));
	engine_record(rq->en, d.person, d.uid, what, d.object, d.text,
		say_detail(rq, say, &d));
	free(what);
	decision_finish(&d);
}

/* ---- may they? ---- */

int
check_may_decide(
	const struct request *rq, enum permission permission, struct error *e)
{
	if (rq->uid == 0) {
		error_set(e, ERROR_DENIED,
			"root is nobody in particular and cannot decide");
		return error_hint(e, "decide as a user of your own");
	}
	if (rq->who.person == NULL || !(rq->who.may & 1u << permission)) {
		error_set(e, ERROR_DENIED,
			"'%s' may not decide about this: it needs the "
			"permission '%s'",
			request_actor(rq).who, permission_name(permission));
		return error_hint(e, "somebody else has to decide");
	}
	if (rq->login_uid == LOGIN_UID_UNKNOWN) {
		error_set(e, ERROR_DENIED,
			"the process that asked ended before its login could "
			"be looked at");
		return error_hint(e, "ask again and wait for the answer");
	}
	return 0;
}

static int
check_waits(const struct change *c, const char *id, struct error *e)
{
	if (c->state == CHANGE_SUBMITTED)
		return 0;
	error_set(e, ERROR_WRONG_STATE, "%s is %s and waits for no answer%s%s",
		id, change_state_name(c->state),
		c->reason == NULL || *c->reason == '\0' ? "" : ": ",
		c->reason == NULL ? "" : c->reason);
	if (c->state == CHANGE_VOIDED || c->state == CHANGE_EXPIRED)
		error_hint(e, "it can be asked for again: sluice change submit "
			      "%s",
			id);
	else if (c->state == CHANGE_REJECTED)
		error_hint(e, "ask for another revision: sluice change revise "
			      "%s",
			id);
	return -1;
}

static int
check_digest(const struct request *rq, const struct change *c, const char *id,
	struct error *e)
{
	if (strcmp(arg_string(rq, "digest"), c->plan_digest) == 0)
		return 0;
	error_set(e, ERROR_CHANGED,
		"the plan of %s is %.12s..., not that of the digest given", id,
		c->plan_digest);
	return error_hint(
		e, "look at what it is now: sluice change show %s", id);
}

/* ---- yes and no ---- */

/* What the rules said when somebody answered, for the ledger. */
static json_t *
rules_json(struct engine *en, const struct change *c, const struct policy *p)
{
	struct policy_results results;
	json_t *o = json_object();
	size_t i;

	governance_evaluate(en, c, p, &results);
	for (i = 0; i < results.count; i++)
		json_object_set_new(o, results.items[i].what,
			json_string(policy_verdict_name(
				results.items[i].verdict)));
	policy_results_finish(&results);
	return o;
}

int
check_signed(const struct policy *p, const struct say *say, struct error *e)
{
	if (!p->is_signed || say->verb != DECISION_APPROVE ||
		say->signature != NULL)
		return 0;
	error_set(e, ERROR_SIGNATURE,
		"the policy wants signed decisions, and this one about %s is "
		"not",
		say->object);
	return error_hint(e,
		"sluice approve %s --sign KEY; or sign elsewhere what sluice "
		"change statement %s --verb approve prints, and give it with "
		"--signature FILE",
		say->object, say->object);
}

/* Whether who asks may answer, about this plan, now. */
static int
check_answer(struct request *rq, struct change *c, struct error *e)
{
	char id[ID_TEXT_SIZE];

	change_id_format(c->id, id);
	governance_settle(rq->en, c);
	if (check_may_decide(rq, PERMISSION_APPROVE, e) == -1 ||
		check_waits(c, id, e) == -1 ||
		check_digest(rq, c, id, e) == -1)
		return -1;
	return change_check_plan(rq->en, c, NULL, e);
}

static int
decide(struct request *rq, struct change *c, enum decision_verb verb,
	struct signed_answer *signature, struct error *e)
{
	char id[ID_TEXT_SIZE];
	struct say say = {.object = id,
		.revision = c->revision,
		.verb = verb,
		.digest = c->plan_digest,
		.text = arg_string(rq, "text"),
		.signature = signature};
	struct decisions list;
	struct decision d;
	struct policy p;
	int result;

	change_id_format(c->id, id);
	if (check_answer(rq, c, e) == -1 ||
		change_policy(rq->en, c, &p, e) == -1)
		return -1;
	say.until_ms = clock_wall_ms(rq->en->clock) + p.grace_ms;
	governance_decisions(rq->en, id, PERMISSION_APPROVE, &list);
	request_decision(rq, &say, &d);
	result = decision_check(&list, &p, &d, e);
	if (result == 0)
		result = check_signed(&p, &say, e);
	if (result == 0)
		result = signing_is_unused(rq->en, signature, id, e);
	if (result == 0) {
		say.detail = json_pack("{s:o}", "rules",
			rules_json(rq->en, c, &p));
		request_say(rq, &say);
		claim_answered(rq, id);
		if (!governance_settle(rq->en, c))
			change_save(rq->en, c);
	}
	decision_finish(&d);
	decisions_finish(&list);
	policy_finish(&p);
	return result;
}

static void
answer(struct request *rq, struct change *c, int result, const struct error *e)
{
	if (result == -1)
		request_fail(rq, e);
	else
		request_done(rq, change_json(rq->en, c));
	change_finish(c);
}

bool
arg_is_signed(const struct request *rq)
{
	return arg_string(rq, "signature") != NULL;
}

/* The signature was looked at meanwhile: everything is asked again. */
static void
on_signed(struct request *rq, enum decision_verb verb, int result,
	struct signed_answer *signature, const struct error *why)
{
	struct error e = *why;
	struct change c;

	request_identify(rq);
	if (result == -1 || arg_change(rq, &c, &e) == -1)
		request_fail(rq, &e);
	else
		answer(rq, &c, decide(rq, &c, verb, signature, &e), &e);
	signed_answer_free(signature);
}

/* Who may not answer at all starts no program. */
static int
verify(struct request *rq, struct change *c, enum decision_verb verb,
	struct error *e)
{
	char id[ID_TEXT_SIZE];
	struct signing_question q = {.object = id,
		.revision = c->revision,
		.digest = c->plan_digest,
		.verb = verb};
	struct policy p;

	change_id_format(c->id, id);
	if (check_answer(rq, c, e) == -1 ||
		change_policy(rq->en, c, &p, e) == -1)
		return -1;
	q.needs_hardware = p.hardware_keys;
	policy_finish(&p);
	signing_check(rq, &q, on_signed);
	return 0;
}

static void
cmd_answer(struct request *rq, enum decision_verb verb)
{
	struct change c;
	struct error e;

	if (arg_is_proposal(rq)) {
		proposal_decide(rq, verb);
		return;
	}
	if (arg_change(rq, &c, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	if (!arg_is_signed(rq)) {
		answer(rq, &c, decide(rq, &c, verb, NULL, &e), &e);
		return;
	}
	if (verify(rq, &c, verb, &e) == -1)
		request_fail(rq, &e);
	change_finish(&c);
}

void
cmd_change_approve(struct request *rq)
{
	struct error e;

	if (check_text(arg_string(rq, "text"), "the comment", &e) == -1)
		request_fail(rq, &e);
	else
		cmd_answer(rq, DECISION_APPROVE);
}

/* Words that say something. */
int
check_said(const struct request *rq, const char *name, struct error *e)
{
	const char *text = arg_string(rq, "text");

	if (text[strspn(text, " \t\r\n")] == '\0') {
		error_set(e, ERROR_USAGE, "%s is empty", name);
		return error_hint(e, "say it with -m TEXT");
	}
	return check_text(text, name, e);
}

void
cmd_change_reject(struct request *rq)
{
	struct error e;

	if (check_said(rq, "the reason", &e) == -1)
		request_fail(rq, &e);
	else
		cmd_answer(rq, DECISION_REJECT);
}

/* ---- taking back ---- */

static const struct decision *
find_own(const struct decisions *list, const struct request *rq, int revision,
	const char *digest)
{
	const struct decision *own = NULL;
	size_t i;

	for (i = 0; i < list->count; i++) {
		const struct decision *d = &list->items[i];

		if ((d->verb == DECISION_APPROVE ||
			    d->verb == DECISION_REJECT) &&
			strcmp(d->person, request_actor(rq).who) == 0 &&
			decision_stands(d, revision, digest))
			own = d;
	}
	return own;
}

int
request_undo(struct request *rq, const struct decisions *list, const char *id,
	int revision, const char *digest, struct error *e)
{
	const struct decision *own = find_own(list, rq, revision, digest);

	if (own == NULL)
		return error_set(e, ERROR_WRONG_STATE,
			"'%s' has no decision about %s to take back",
			request_actor(rq).who, id);
	if (own->until_ms <= clock_wall_ms(rq->en->clock)) {
		error_set(e, ERROR_WRONG_STATE,
			"the grace time of the decision about %s is over", id);
		return error_hint(
			e, "give the change up: sluice change cancel %s", id);
	}
	engine_write(rq->en);
	engine_must(store_decision_undo(
			    rq->en->store, own->id, engine_now(rq->en), e),
		e, "take a decision back");
	engine_record(rq->en, own->person, rq->uid, "change.undo", id,
		decision_verb_past(own->verb),
		json_pack("{s:I}", "decision", (json_int_t)own->id));
	return 0;
}

static int
undo(struct request *rq, struct change *c, struct error *e)
{
	struct decisions list;
	char id[ID_TEXT_SIZE];
	int result;

	change_id_format(c->id, id);
	governance_settle(rq->en, c);
	governance_decisions(rq->en, id, PERMISSION_APPROVE, &list);
	result = request_undo(
		rq, &list, id, c->revision, c->plan_digest, e);
	decisions_finish(&list);
	if (result == 0 && !governance_settle(rq->en, c))
		change_save(rq->en, c);
	return result;
}

void
cmd_change_undo(struct request *rq)
{
	struct change c;
	struct error e;

	if (arg_is_proposal(rq)) {
		proposal_undo(rq);
		return;
	}
	if (arg_change(rq, &c, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	answer(rq, &c, undo(rq, &c, &e), &e);
}

/* ---- taking it up ---- */

static void
claim(struct request *rq, bool take)
{
	char id[ID_TEXT_SIZE];
	struct change c;
	struct error e;

	if (arg_is_proposal(rq)) {
		proposal_claim(rq, take);
		return;
	}
	if (arg_change(rq, &c, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	change_id_format(c.id, id);
	if (take && check_waits(&c, id, &e) == -1) {
		answer(rq, &c, -1, &e);
		return;
	}
	request_claim(rq, id, take);
	events_change(rq->en, &c);
	answer(rq, &c, 0, &e);
}

void
cmd_change_take(struct request *rq)
{
	claim(rq, true);
}

void
cmd_change_untake(struct request *rq)
{
	claim(rq, false);
}

/* ---- words ---- */

/* Whose questions these words answer: the author's do. */
static void
askers_of(struct request *rq, const char *id, const char *author,
	struct strings *ret)
{
	struct decisions list;

	memset(ret, 0, sizeof(*ret));
	if (author == NULL || strcmp(request_actor(rq).who, author) != 0)
		return;
	governance_decisions(rq->en, id, PERMISSION_APPROVE, &list);
	decisions_askers(&list, author, ret);
	decisions_finish(&list);
}

static void
say_words(struct request *rq, enum decision_verb verb)
{
	char id[ID_TEXT_SIZE];
	struct say say = {.object = id, .verb = verb};
	struct strings askers;
	struct change c;
	struct error e;

	if (check_said(rq, "the text", &e) == -1 ||
		(!arg_is_proposal(rq) && arg_change(rq, &c, &e) == -1)) {
		request_fail(rq, &e);
		return;
	}
	if (arg_is_proposal(rq)) {
		proposal_say(rq, verb);
		return;
	}
	change_id_format(c.id, id);
	say.revision = c.revision;
	say.digest = c.plan_digest;
	say.text = arg_string(rq, "text");
	askers_of(rq, id, c.author, &askers);
	request_say(rq, &say);
	events_change(rq->en, &c);
	if (verb == DECISION_ASK)
		notice_question(rq->en, &c, request_actor(rq).who, say.text);
	else
		notice_answer(rq->en, &c, request_actor(rq).who, say.text,
			&askers);
	strings_finish(&askers);
	answer(rq, &c, 0, &e);
}

void
cmd_change_comment(struct request *rq)
{
	say_words(rq, DECISION_COMMENT);
}

void
cmd_change_ask(struct request *rq)
{
	say_words(rq, DECISION_ASK);
}

/* ---- what it came to ---- */

static int
check_close(const struct request *rq, const struct change *c, const char *id,
	struct error *e)
{
	static const char *const outcomes[] = {
		"successful", "with-issues", "unsuccessful"};
	const char *outcome = arg_string(rq, "outcome");
	size_t i;

	for (i = 0; i < ARRAY_SIZE(outcomes); i++)
		if (strcmp(outcomes[i], outcome) == 0)
			break;
	if (i == ARRAY_SIZE(outcomes))
		return error_set(e, ERROR_USAGE,
			"no outcome '%.40s', expected successful, with-issues "
			"or unsuccessful",
			outcome);
	if (!change_has_run(c->state)) {
		error_set(e, ERROR_WRONG_STATE,
			"%s is %s: there is nothing to judge yet", id,
			change_state_name(c->state));
		return -1;
	}
	if (c->outcome != NULL)
		return error_set(e, ERROR_ALREADY_DECIDED,
			"%s was closed as %s by '%s'", id, c->outcome,
			c->closed_by);
	return 0;
}

void
cmd_change_close(struct request *rq)
{
	char id[ID_TEXT_SIZE];
	struct say say = {.object = id, .verb = DECISION_CLOSE};
	struct change c;
	struct error e;

	if (check_said(rq, "the review", &e) == -1 ||
		arg_change(rq, &c, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	change_id_format(c.id, id);
	if (check_close(rq, &c, id, &e) == -1) {
		answer(rq, &c, -1, &e);
		return;
	}
	str_replace(&c.outcome, arg_string(rq, "outcome"));
	str_replace(&c.closed_by, request_actor(rq).who);
	c.closed_at = engine_now(rq->en);
	say.revision = c.revision;
	say.digest = c.plan_digest;
	say.text = arg_string(rq, "text");
	say.detail = json_pack("{s:s}", "outcome", c.outcome);
	request_say(rq, &say);
	change_save(rq->en, &c);
	answer(rq, &c, 0, &e);
}
