/* proposals.c - the life of an act that needs a second person: opened,
 * answered, held for its grace time, done. */
#include "engine/proposals.h"

#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "engine/cmd.h"
#include "engine/notify.h"
#include "engine/signing.h"
#include "wire/json.h"

#define ANSWER_WITHIN_S (3 * 24 * 3600)

/* Without people there is no second one: it is done, and the ledger says so. */
#define SINGLE_USER "single user: nobody else could answer"

static const struct proposal_kind kinds[] = {
#define PROPOSAL_KIND(name, permission, check, apply, sentence)                \
	{name, PERMISSION_##permission, check, apply, sentence},
#include "engine/proposal_kinds.def"
#undef PROPOSAL_KIND
};

/* One person other than who asked. */
const struct policy proposal_second_person = {
	.approvals = 1, .grace_ms = POLICY_GRACE_MS};

const struct proposal_kind *
proposal_find_kind(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

enum permission
proposal_answered_with(const struct proposal *p)
{
	const struct proposal_kind *kind = proposal_find_kind(p->kind);

	return kind == NULL ? PERMISSION_OVERRIDE : kind->may_answer;
}

/* ---- settling ---- */

static void
save(struct engine *en, struct proposal *p)
{
	struct error e;

	engine_write(en);
	engine_must(store_proposal_put(en->store, p, &e), &e,
		"save a request");
	events_request(en, proposal_json(en, p));
}

static void
finish(struct engine *en, struct proposal *p, enum proposal_state state,
	const char *reason)
{
	char id[ID_TEXT_SIZE], *what;

	proposal_id_format(p->id, id);
	p->state = state;
	p->due_at_ms = 0;
	p->finished_at = engine_now(en);
	str_replace(&p->reason, reason);
	save(en, p);
	what = xasprintf("request.%s", proposal_state_name(state));
	engine_record(en, "engine", -1, what, id, reason,
		json_pack("{s:s, s:s, s:s}", "kind", p->kind, "object",
			p->object, "digest", p->digest));
	free(what);
}

static void
apply(struct engine *en, struct proposal *p, const char *reason)
{
	const struct proposal_kind *kind = proposal_find_kind(p->kind);
	struct error e;

	if (kind->check(en, p, &e) == -1) {
		finish(en, p, PROPOSAL_FAILED, e.text);
		return;
	}
	/* What is done looks the request up, so it is approved before. */
	finish(en, p, PROPOSAL_APPROVED, reason);
	if (kind->apply(en, p, &e) == -1)
		finish(en, p, PROPOSAL_FAILED, e.text);
}

static void
settle(struct engine *en, struct proposal *p)
{
	struct decisions list;
	char id[ID_TEXT_SIZE];
	struct tally t;
	int64_t due;

	if (p->state != PROPOSAL_SUBMITTED)
		return;
	proposal_id_format(p->id, id);
	governance_decisions(en, id, proposal_answered_with(p), &list);
	decisions_tally(&list, &proposal_second_person, 1, p->digest,
		clock_wall_ms(en->clock), &t);
	due = t.settles_at_ms == INT64_MAX ? p->answer_by * 1000
					   : t.settles_at_ms;
	if (t.no != NULL && t.no_is_settled)
		finish(en, p, PROPOSAL_REJECTED,
			t.no->text == NULL ? "" : t.no->text);
	else if (t.is_settled && t.no == NULL)
		apply(en, p, "");
	else if (!t.is_enough && t.settles_at_ms == INT64_MAX &&
		 engine_now(en) >= p->answer_by)
		finish(en, p, PROPOSAL_EXPIRED, "nobody answered in time");
	else {
		p->due_at_ms = due;
		save(en, p);
	}
	tally_finish(&t);
	decisions_finish(&list);
}

struct due {
	struct proposal_id *ids;
	size_t count, capacity;
};

static int
note_due(const struct proposal *p, void *arg)
{
	struct due *due = arg;

	ARRAY_GROW(due->ids, due->count, due->capacity);
	due->ids[due->count++] = p->id;
	return 0;
}

void
proposals_run(struct engine *en)
{
	struct proposal_filter f = {.state = PROPOSAL_SUBMITTED,
		.due_by_ms = clock_wall_ms(en->clock)};
	struct due due = {0};
	struct proposal p;
	struct error e;
	size_t i;

	engine_must(store_proposal_each(en->store, &f, note_due, &due, &e), &e,
		"read requests that are due");
	for (i = 0; i < due.count; i++) {
		if (store_proposal_find(en->store, due.ids[i], &p, &e) != 1)
			continue;
		settle(en, &p);
		proposal_finish(&p);
	}
	free(due.ids);
}

/* ---- opening ---- */

int
proposal_open(struct request *rq, const char *kind, const char *object,
	json_t *args, const char *text, struct proposal *ret, struct error *e)
{
	char id[ID_TEXT_SIZE];
	struct say say = {
		.object = id, .revision = 1, .verb = DECISION_WRITE};
	struct actor by = request_actor(rq);

	*ret = (struct proposal){
		.kind = xstrdup(kind),
		.object = xstrdup(object),
		.args = json_dumps(args, JSON_COMPACT | JSON_SORT_KEYS),
		.text = xstrdup(text),
		.author = xstrdup(by.who),
		.author_uid = rq->uid,
		.created_at = engine_now(rq->en),
		.answer_by = engine_now(rq->en) + ANSWER_WITHIN_S,
	};
	ret->due_at_ms = ret->answer_by * 1000;
	json_decref(args);
	assert(proposal_find_kind(kind) != NULL);
	if (proposal_find_kind(kind)->check(rq->en, ret, e) == -1) {
		proposal_finish(ret);
		return -1;
	}
	engine_write(rq->en);
	engine_must(store_proposal_put(rq->en->store, ret, e), e,
		"save a request");
	proposal_seal(ret);
	proposal_id_format(ret->id, id);
	save(rq->en, ret);
	engine_record(rq->en, by.who, by.uid, "request.new", id, text,
		json_pack("{s:s, s:s, s:s, s:s}", "kind", kind, "object",
			object, "digest", ret->digest, "args", ret->args));
	notice_proposal(rq->en, proposal_json(rq->en, ret),
		proposal_answered_with(ret), by.who);
	request_say(rq, &say);
	if (!rq->en->settings->has_people)
		apply(rq->en, ret, SINGLE_USER);
	return 0;
}

/* ---- acts on one ---- */

bool
arg_is_proposal(const struct request *rq)
{
	struct proposal_id id;

	return proposal_id_parse(arg_string(rq, "id"), &id);
}

static int
arg_proposal(struct request *rq, struct proposal *ret, struct error *e)
{
	const char *text = arg_string(rq, "id");
	struct proposal_id id;
	int found;

	if (!proposal_id_parse(text, &id))
		return error_set(e, ERROR_USAGE,
			"'%.40s' is not a request, expected one such as Q-3",
			text);
	found = store_proposal_find(rq->en->store, id, ret, e);
	if (found == 0) {
		error_set(e, ERROR_NOT_FOUND, "no request '%s'", text);
		error_hint(e, "see sluice request ls");
	}
	return found == 1 ? 0 : -1;
}

/* Answers the request as it is after an act, or why there was none. */
static void
answer(struct request *rq, struct proposal *p, int result,
	const struct error *e)
{
	if (result == -1)
		request_fail(rq, e);
	else
		request_done(rq, proposal_json(rq->en, p));
	proposal_finish(p);
}

static int
check_waits(const struct proposal *p, struct error *e)
{
	if (p->state == PROPOSAL_SUBMITTED)
		return 0;
	return error_set(e, ERROR_WRONG_STATE,
		"Q-%lld is %s and waits for no answer%s%s",
		(long long)p->id.number, proposal_state_name(p->state),
		p->reason == NULL || *p->reason == '\0' ? "" : ": ",
		p->reason == NULL ? "" : p->reason);
}

static int
check_answer(const struct request *rq, const struct proposal *p,
	const struct decision *d, struct error *e)
{
	struct decisions list;
	int result;

	if (check_may_decide(rq, proposal_answered_with(p), e) == -1 ||
		check_waits(p, e) == -1)
		return -1;
	if (strcmp(d->digest, p->digest) != 0)
		return error_set(e, ERROR_CHANGED,
			"%s is %.12s..., not what the digest given stands for",
			d->object, p->digest);
	if (proposal_find_kind(p->kind)->check(rq->en, p, e) == -1)
		return -1;
	governance_decisions(
		rq->en, d->object, proposal_answered_with(p), &list);
	result = decision_check(&list, &proposal_second_person, d, e);
	decisions_finish(&list);
	return result;
}

void
proposal_policy(
	struct engine *en, const struct proposal *p, struct policy *ret)
{
	struct policy policy;
	struct change_id id;
	struct change c;
	struct error e;

	*ret = proposal_second_person;
	if (!change_id_parse(p->object, &id) ||
		store_change_find(en->store, id, &c, &e) != 1)
		return;
	if (change_policy(en, &c, &policy, &e) == 0) {
		ret->grace_ms = policy.grace_ms;
		ret->is_signed = policy.is_signed;
		ret->hardware_keys = policy.hardware_keys;
		policy_finish(&policy);
	}
	change_finish(&c);
}

/* Whether this answer may be given; say is what it would be. */
static int
check_say(struct request *rq, const struct proposal *p, const struct say *say,
	struct error *e)
{
	struct decision d;
	int result;

	request_decision(rq, say, &d);
	result = check_answer(rq, p, &d, e);
	decision_finish(&d);
	return result;
}

static void
decide(struct request *rq, enum decision_verb verb,
	struct signed_answer *signature)
{
	char id[ID_TEXT_SIZE];
	struct say say = {.object = id,
		.revision = 1,
		.verb = verb,
		.digest = arg_string(rq, "digest"),
		.text = arg_string(rq, "text"),
		.signature = signature};
	struct policy policy;
	struct proposal p;
	struct error e;
	int result;

	if (arg_proposal(rq, &p, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	proposal_id_format(p.id, id);
	proposal_policy(rq->en, &p, &policy);
	say.until_ms = clock_wall_ms(rq->en->clock) + policy.grace_ms;
	result = check_say(rq, &p, &say, &e);
	if (result == 0)
		result = check_signed(&policy, &say, &e);
	if (result == 0)
		result = signing_is_unused(rq->en, signature, id, &e);
	if (result == 0) {
		request_say(rq, &say);
		claim_answered(rq, id);
		settle(rq->en, &p);
	}
	answer(rq, &p, result, &e);
}

int
proposal_signable(struct request *rq, struct signable *s, struct error *e)
{
	const struct proposal_kind *kind;
	char id[ID_TEXT_SIZE];
	struct proposal p;
	int result;

	if (arg_proposal(rq, &p, e) == -1)
		return -1;
	proposal_id_format(p.id, id);
	kind = proposal_find_kind(p.kind);
	s->object = xstrdup(id);
	s->about = xasprintf("%s %s",
		kind == NULL ? p.kind : kind->sentence, p.object);
	s->revision = 1;
	memcpy(s->digest, p.digest, sizeof(s->digest));
	result = check_waits(&p, e);
	proposal_finish(&p);
	return result;
}

static void
on_signed(struct request *rq, enum decision_verb verb, int result,
	struct signed_answer *signature, const struct error *e)
{
	request_identify(rq);
	if (result == -1)
		request_fail(rq, e);
	else
		decide(rq, verb, signature);
	signed_answer_free(signature);
}

void
proposal_decide(struct request *rq, enum decision_verb verb)
{
	char id[ID_TEXT_SIZE];
	struct say say = {.object = id,
		.revision = 1,
		.verb = verb,
		.digest = arg_string(rq, "digest")};
	struct signing_question q = {.object = id, .revision = 1, .verb = verb};
	struct policy policy;
	struct proposal p;
	struct error e;

	if (!arg_is_signed(rq)) {
		decide(rq, verb, NULL);
		return;
	}
	if (arg_proposal(rq, &p, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	proposal_id_format(p.id, id);
	proposal_policy(rq->en, &p, &policy);
	q.digest = p.digest;
	q.needs_hardware = policy.hardware_keys;
	if (check_say(rq, &p, &say, &e) == -1)
		request_fail(rq, &e);
	else
		signing_check(rq, &q, on_signed);
	proposal_finish(&p);
}

void
proposal_undo(struct request *rq)
{
	char id[ID_TEXT_SIZE];
	struct decisions list;
	struct proposal p;
	struct error e;
	int result;

	if (arg_proposal(rq, &p, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	proposal_id_format(p.id, id);
	governance_decisions(rq->en, id, proposal_answered_with(&p), &list);
	result = request_undo(rq, &list, id, 1, p.digest, &e);
	decisions_finish(&list);
	if (result == 0)
		settle(rq->en, &p);
	answer(rq, &p, result, &e);
}

void
proposal_claim(struct request *rq, bool take)
{
	char id[ID_TEXT_SIZE];
	struct proposal p;
	struct error e;
	int result;

	if (arg_proposal(rq, &p, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	proposal_id_format(p.id, id);
	result = take ? check_waits(&p, &e) : 0;
	if (result == 0) {
		request_claim(rq, id, take);
		events_request(rq->en, proposal_json(rq->en, &p));
	}
	answer(rq, &p, result, &e);
}

void
proposal_say(struct request *rq, enum decision_verb verb)
{
	char id[ID_TEXT_SIZE];
	struct say say = {.object = id, .revision = 1, .verb = verb};
	struct proposal p;
	struct error e;

	if (arg_proposal(rq, &p, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	proposal_id_format(p.id, id);
	say.digest = p.digest;
	say.text = arg_string(rq, "text");
	request_say(rq, &say);
	events_request(rq->en, proposal_json(rq->en, &p));
	answer(rq, &p, 0, &e);
}

/* ---- methods ---- */

void
cmd_request_show(struct request *rq)
{
	struct proposal p;
	struct error e;

	if (arg_proposal(rq, &p, &e) == -1)
		request_fail(rq, &e);
	else
		answer(rq, &p, 0, &e);
}

struct list {
	struct request *rq;
	struct page page;
};

static int
list_proposal(const struct proposal *p, void *arg)
{
	struct list *l = arg;

	return page_add(&l->page, proposal_json(l->rq->en, p), p->id.number);
}

void
cmd_request_ls(struct request *rq)
{
	struct proposal_filter f = {.state = -1};
	struct list l = {.rq = rq};
	struct error e;

	if (page_init(rq, &l.page, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	f.after = l.page.after < 0 ? 0 : l.page.after;
	engine_must(
		store_proposal_each(rq->en->store, &f, list_proposal, &l, &e),
		&e, "read requests");
	request_done(rq, page_finish(&l.page));
}

void
cmd_request_cancel(struct request *rq)
{
	struct proposal p;
	struct error e;
	int result;

	if (check_text(arg_string(rq, "text"), "the reason", &e) == -1 ||
		arg_proposal(rq, &p, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	result = check_waits(&p, &e);
	if (result == 0 && strcmp(p.author, request_actor(rq).who) != 0)
		result = error_set(&e, ERROR_DENIED,
			"only '%s', who asked, can take it back; others "
			"reject it",
			p.author);
	if (result == 0)
		finish(rq->en, &p, PROPOSAL_CANCELLED, arg_string(rq, "text"));
	answer(rq, &p, result, &e);
}

/* ---- the queue ---- */

static int
queue_proposal(const struct proposal *p, void *arg)
{
	struct list *l = arg;
	char id[ID_TEXT_SIZE];
	struct say say = {.object = id,
		.revision = 1,
		.verb = DECISION_APPROVE,
		.digest = p->digest};
	struct decision d;
	struct error e;
	json_t *o;

	proposal_id_format(p->id, id);
	request_decision(l->rq, &say, &d);
	if (check_answer(l->rq, p, &d, &e) == 0) {
		o = proposal_json(l->rq->en, p);
		json_object_set_new(o, "needs", json_string("decision"));
		json_array_append_new(l->page.items, o);
	}
	decision_finish(&d);
	return 0;
}

json_t *
proposals_queue(struct request *rq)
{
	struct proposal_filter f = {.state = PROPOSAL_SUBMITTED};
	struct list l = {.rq = rq, .page = {.items = json_array()}};
	struct error e;

	engine_must(
		store_proposal_each(rq->en->store, &f, queue_proposal, &l, &e),
		&e, "read requests");
	return l.page.items;
}
