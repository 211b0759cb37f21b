/* governance.c - what decisions, rules and time make of a change. */
#include "engine/governance.h"

#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "engine/cmd.h"
#include "engine/memo.h"
#include "engine/notify.h"
#include "engine/proposals.h"
#include "engine/schedule.h"

/* ---- what people said ---- */

/* An answer counts while its person may give it; roles that were taken away
 * count no more. */
static void
check_person(struct engine *en, struct decision *d, enum permission permission)
{
	const struct identity *who = memo_identity(en, d->uid);
	struct strings roles = {0};
	size_t i;

	for (i = 0; i < d->roles.count; i++)
		if (strings_has(&who->roles, d->roles.items[i]))
			strings_add(&roles, d->roles.items[i]);
	strings_finish(&d->roles);
	d->roles = roles;
	if (who->person == NULL || strcmp(who->person, d->person) != 0)
		d->void_reason = xasprintf(
			"'%s' is not among the people any more", d->person);
	else if (!(who->may & (1u << permission)) || d->uid == 0)
		d->void_reason = xasprintf("'%s' may not decide any more: the "
					   "permission '%s' is gone",
			d->person, permission_name(permission));
}

void
governance_decisions(struct engine *en, const char *object,
	enum permission permission, struct decisions *ret)
{
	struct error e;
	size_t i;

	engine_must(store_decisions(en->store, object, ret, &e), &e,
		"read decisions");
	for (i = 0; i < ret->count; i++) {
		struct decision *d = &ret->items[i];

		if ((d->verb == DECISION_APPROVE ||
			    d->verb == DECISION_REJECT) &&
			d->undone_at == 0 && d->void_reason == NULL)
			check_person(en, d, permission);
	}
}

/* ---- facts ---- */

struct facts {
	struct policy_facts facts;
	struct decisions decisions;
	struct tally tally;
	struct policy_place *places;
	struct policy_need *needs;
	struct strings overridden;
};

static void
facts_places(struct engine *en, const struct change *c,
	const struct policy *p, struct facts *f)
{
	size_t i;

	f->places = xcalloc(p->after.count + 1, sizeof(*f->places));
	for (i = 0; i < p->after.count; i++) {
		f->places[i].env = p->after.items[i];
		f->places[i].since = memo_succeeded(
			en, c->service, c->version, p->after.items[i]);
	}
}

static void
facts_needs(struct engine *en, const struct change *c,
	const struct policy *p, struct facts *f)
{
	struct release_need need;
	struct error e;
	size_t i;

	f->needs = xcalloc(p->needs.count + 1, sizeof(*f->needs));
	for (i = 0; i < p->needs.count; i++) {
		f->needs[i].env = c->env;
		if (release_need_parse(p->needs.items[i], &need))
			engine_must(store_release_spread(en->store,
					    need.service, need.version, c->env,
					    &f->needs[i].hosts,
					    &f->needs[i].with, &e),
				&e, "read what runs");
	}
}

/* Only what the rules ask about is looked up: lists are long. said: what
 * people said about it. */
static void
facts_with(struct engine *en, const struct change *c, const struct policy *p,
	const struct decisions *said, struct facts *f)
{
	const struct memo_release *r = NULL;

	memset(f, 0, sizeof(*f));
	decisions_tally(said, p, c->revision, c->plan_digest,
		clock_wall_ms(en->clock), &f->tally);
	facts_places(en, c, p, f);
	facts_needs(en, c, p, f);
	if (p->evidence_count > 0 || p->artefact_signers.count > 0)
		r = memo_release(en, c->service, c->version);
	if (p->evidence_count > 0 || p->after.count > 0 || p->needs.count > 0)
		overrides_of(en, c, &f->overridden);
	f->facts = (struct policy_facts){
		.now = engine_now(en),
		.sha256 = r != NULL && r->is_known ? r->release.sha256 : "",
		.signed_by = r != NULL && r->is_known ? r->release.signed_by
						      : NULL,
		.tally = &f->tally,
		.evidence = r == NULL ? NULL : r->evidence.items,
		.evidence_count = r == NULL ? 0 : r->evidence.count,
		.places = f->places,
		.needs = f->needs,
		.overridden = &f->overridden,
		.answer_by = c->state == CHANGE_SUBMITTED ? c->answer_by : 0,
		.valid_until = c->valid_until,
		.risk = c->risk,
	};
}

static void
facts_init(struct engine *en, const struct change *c, const struct policy *p,
	struct facts *f)
{
	struct decisions said;
	char id[ID_TEXT_SIZE];

	change_id_format(c->id, id);
	governance_decisions(en, id, PERMISSION_APPROVE, &said);
	facts_with(en, c, p, &said, f);
	f->decisions = said;
}

static void
facts_finish(struct facts *f)
{
	decisions_finish(&f->decisions);
	tally_finish(&f->tally);
	free(f->places);
	free(f->needs);
	strings_finish(&f->overridden);
}

void
governance_evaluate(struct engine *en, const struct change *c,
	const struct policy *p, struct policy_results *ret)
{
	struct facts f;

	facts_init(en, c, p, &f);
	policy_evaluate(p, &f.facts, ret);
	facts_finish(&f);
}

void
governance_evaluate_said(struct engine *en, const struct change *c,
	const struct policy *p, const struct decisions *said,
	struct policy_results *ret)
{
	struct facts f;

	facts_with(en, c, p, said, &f);
	policy_evaluate(p, &f.facts, ret);
	facts_finish(&f);
}

void
governance_evaluate_at(struct engine *en, const struct change *c,
	const struct policy *p, int64_t at, struct policy_results *ret)
{
	struct facts f;

	facts_init(en, c, p, &f);
	f.facts.now = at;
	while (f.facts.evidence_count > 0 &&
		f.facts.evidence[f.facts.evidence_count - 1].added_at > at)
		f.facts.evidence_count--;
	/* What ended since then says nothing about that time. */
	f.facts.answer_by = f.facts.valid_until = 0;
	policy_evaluate(p, &f.facts, ret);
	facts_finish(&f);
}

/* The first rule of evidence (or, with places, of `after`) that is not met;
 * what it says goes to e. */
static int
refuse_by(const struct policy_results *r, bool places, struct error *e)
{
	size_t i;

	for (i = 0; i < r->count; i++) {
		const struct policy_result *it = &r->items[i];
		bool is_place = it->key == POLICY_AFTER ||
				it->key == POLICY_SOAK ||
				it->key == POLICY_NEEDS;

		if (it->verdict == POLICY_PASS ||
			(it->key != POLICY_EVIDENCE &&
				it->key != POLICY_ARTEFACT_SIGNED_BY &&
				!(places && is_place)))
			continue;
		return error_set(e, ERROR_POLICY, "policy: %s: %s", it->what,
			it->reason);
	}
	return 0;
}

int
governance_refuse_start(
	struct engine *en, const struct change *c, struct error *e)
{
	struct policy_results results;
	char id[ID_TEXT_SIZE];
	struct policy p;
	int result;

	if (change_policy(en, c, &p, e) == -1)
		return -1;
	governance_evaluate(en, c, &p, &results);
	result = refuse_by(&results, true, e);
	if (result == -1) {
		change_id_format(c->id, id);
		error_hint(e, "see sluice policy explain %s", id);
	}
	policy_results_finish(&results);
	policy_finish(&p);
	return result;
}

/* ---- settling ---- */

void
governance_void(struct engine *en, struct change *c, const char *reason)
{
	enum change_state from;
	char id[ID_TEXT_SIZE];
	struct error e;

	change_id_format(c->id, id);
	engine_write(en);
	engine_must(store_decisions_void(en->store, id, reason, &e), &e,
		"void decisions");
	c->approvals_given = 0;
	c->due_at_ms = 0;
	from = c->state;
	if (!change_apply(en, c, CHANGE_EVENT_VOID, reason))
		return;
	engine_record(en, "engine", -1, "change.voided", id, reason,
		json_pack("{s:s, s:i}", "plan_digest", c->plan_digest,
			"revision", c->revision));
	notice_change(en, c, from);
}

static void
record_state(struct engine *en, const struct change *c, const char *what,
	const char *reason)
{
	char id[ID_TEXT_SIZE];

	change_id_format(c->id, id);
	engine_record(en, "engine", -1, what, id, reason,
		json_pack("{s:s, s:i, s:i}", "plan_digest", c->plan_digest,
			"revision", c->revision, "approvals",
			c->approvals_given));
}

/* To the end of what was agreed to, where the policy says nothing else. */
static int64_t
end_of_yes(struct engine *en, const struct change *c, const struct policy *p)
{
	int64_t from, to;

	if (p->valid_for_ms != 0)
		return c->approved_at + p->valid_for_ms / 1000;
	return schedule_interval(en, c, p, &from, &to) && to != CALENDAR_FOREVER
		       ? to
		       : 0;
}

static void
settle_approved(struct engine *en, struct change *c, const struct policy *p)
{
	c->approved_at = engine_now(en);
	c->valid_until = end_of_yes(en, c, p);
	c->due_at_ms = c->valid_until * 1000;
	change_apply(en, c, CHANGE_EVENT_APPROVE, "");
	record_state(en, c, "change.approved",
		p->approvals == 0 ? "no approval is needed" : "");
	if (c->scheduled_at != 0)
		change_apply(en, c, CHANGE_EVENT_SCHEDULE, "");
	notice_change(en, c, CHANGE_SUBMITTED);
}

static void
settle_rejected(struct engine *en, struct change *c, const struct decision *no)
{
	char *reason = xasprintf("rejected by %s: %s", no->person,
		no->text == NULL ? "" : no->text);

	c->due_at_ms = 0;
	change_apply(en, c, CHANGE_EVENT_REJECT, reason);
	record_state(en, c, "change.rejected", reason);
	notice_change(en, c, CHANGE_SUBMITTED);
	free(reason);
}

/* Nobody answered in time, or the yes got too old. */
static void
settle_expired(struct engine *en, struct change *c, enum on_expiry outcome,
	const char *reason)
{
	enum change_state from = c->state;

	c->due_at_ms = 0;
	if (outcome == ON_EXPIRY_CANCEL) {
		change_apply(en, c, CHANGE_EVENT_CANCEL, reason);
		record_state(en, c, "change.cancelled", reason);
	} else if (outcome == ON_EXPIRY_REJECT &&
		   c->state == CHANGE_SUBMITTED) {
		change_apply(en, c, CHANGE_EVENT_REJECT, reason);
		record_state(en, c, "change.rejected", reason);
	} else {
		change_apply(en, c, CHANGE_EVENT_EXPIRE, reason);
		record_state(en, c, "change.expired", reason);
	}
	notice_change(en, c, from);
}

/* ---- reminders ---- */

#define STAGE_REMINDER 1
#define STAGE_ESCALATION 2
#define STAGE_REVIEW 3

/* When people are told again; INT64_MAX: never. */
static int64_t
stage_at(const struct change *c, const struct policy *p, int stage)
{
	bool is_first = stage == STAGE_REMINDER;
	int64_t ms = is_first ? p->remind_ms : p->escalate_ms;

	if (ms < 0)
		ms = p->answer_within_ms / (is_first ? 4 : 10);
	return c->answer_by == 0 || ms == 0 ? INT64_MAX
					    : c->answer_by - ms / 1000;
}

/* The last stage that is due and was not yet; the ones before it are over. */
static bool
remind(struct engine *en, struct change *c, const struct policy *p)
{
	int stage;

	for (stage = STAGE_ESCALATION; stage > c->reminders; stage--)
		if (engine_now(en) >= stage_at(c, p, stage))
			break;
	if (stage <= c->reminders)
		return false;
	c->reminders = stage;
	record_state(en, c,
		stage == STAGE_REMINDER ? "change.reminded"
					: "change.escalated",
		"nobody has answered yet");
	notice_late(en, c, stage, &p->escalate_to);
	return true;
}

/* A review that nobody did in time. */
static bool
settle_review(struct engine *en, struct change *c)
{
	bool is_owed = c->review_by != 0 && c->outcome == NULL &&
		       (c->state == CHANGE_RUNNING || change_has_run(c->state));
	bool is_late = is_owed && engine_now(en) >= c->review_by;
	int64_t due_ms = is_owed && !is_late ? c->review_by * 1000 : 0;

	if (due_ms == c->due_at_ms && !is_late)
		return false;
	if (is_late && c->due_at_ms == 0)
		return false;
	c->due_at_ms = due_ms;
	if (is_late && c->reminders < STAGE_REVIEW) {
		c->reminders = STAGE_REVIEW;
		record_state(en, c, "change.review_overdue",
			"nobody has reviewed it");
		notice_late(en, c, STAGE_REVIEW, NULL);
	}
	change_save(en, c);
	return true;
}

/* When time alone alters a request that waits: a grace ends, nobody answers,
 * evidence is waited for. */
static int64_t
request_due_ms(const struct change *c, const struct policy *p,
	const struct tally *t)
{
	int64_t due = t->settles_at_ms, at = c->answer_by;
	int stage;

	for (stage = c->reminders + 1; stage <= STAGE_ESCALATION; stage++)
		if (stage_at(c, p, stage) < at)
			at = stage_at(c, p, stage);
	if (at != 0 && !t->is_enough && at < due / 1000)
		due = at * 1000;
	return due == INT64_MAX ? 0 : due;
}

static bool
settle_request(struct engine *en, struct change *c, const struct policy *p,
	const struct facts *f)
{
	const struct tally *t = &f->tally;
	struct policy_results results;
	int given = c->approvals_given;
	bool has_evidence, has_reminded;
	int64_t due;

	if (t->no != NULL && t->no_is_settled) {
		settle_rejected(en, c, t->no);
		return true;
	}
	policy_evaluate(p, &f->facts, &results);
	has_evidence = refuse_by(&results, false, NULL) == 0;
	policy_results_finish(&results);
	if (t->is_settled && has_evidence && t->no == NULL) {
		c->approvals_given = t->given;
		settle_approved(en, c, p);
		return true;
	}
	if (c->answer_by != 0 && engine_now(en) >= c->answer_by &&
		!t->is_enough && t->settles_at_ms == INT64_MAX) {
		settle_expired(en, c, p->on_expiry, "nobody answered in time");
		return true;
	}
	c->approvals_given = t->given;
	has_reminded = !t->is_enough && remind(en, c, p);
	due = request_due_ms(c, p, t);
	if (due == c->due_at_ms && given == t->given && !has_reminded)
		return false;
	c->due_at_ms = due;
	change_save(en, c);
	return true;
}

/* What was approved stays so while its approvals count and are young. */
static bool
settle_answer(struct engine *en, struct change *c, const struct policy *p,
	const struct tally *t)
{
	if (c->valid_until != 0 && engine_now(en) >= c->valid_until) {
		settle_expired(en, c, p->on_expiry, "the approval is too old");
		return true;
	}
	if (t->is_settled)
		return false;
	c->approvals_given = t->given;
	c->answer_by = p->answer_within_ms == 0
			       ? 0
			       : engine_now(en) + p->answer_within_ms / 1000;
	c->due_at_ms = c->answer_by * 1000;
	c->reminders = 0;
	change_apply(en, c, CHANGE_EVENT_LAPSE,
		"an approval does not count any more");
	record_state(en, c, "change.lapsed", c->reason);
	notice_change(en, c, CHANGE_APPROVED);
	return true;
}

bool
governance_settle(struct engine *en, struct change *c)
{
	bool waits = c->state == CHANGE_SUBMITTED;
	bool altered = false;
	struct policy p;
	struct facts f;
	struct error e;

	if (!waits && c->state != CHANGE_APPROVED &&
		c->state != CHANGE_SCHEDULED)
		return settle_review(en, c);
	if (change_policy(en, c, &p, &e) == -1)
		return false;
	facts_init(en, c, &p, &f);
	altered = waits ? settle_request(en, c, &p, &f)
			: settle_answer(en, c, &p, &f.tally);
	facts_finish(&f);
	policy_finish(&p);
	return altered;
}

/* ---- by itself ---- */

static void
settle_id(struct engine *en, struct change_id id, bool check_plan)
{
	struct change c;
	struct error e;

	if (store_change_find(en->store, id, &c, &e) != 1)
		return;
	if (!check_plan || change_check_plan(en, &c, NULL, &e) == 0)
		governance_settle(en, &c);
	change_finish(&c);
}

void
governance_run(struct engine *en)
{
	struct change_id *ids;
	struct error e;
	size_t count, i;

	engine_must(store_change_due(en->store, clock_wall_ms(en->clock), &ids,
			    &count, &e),
		&e, "read changes that are due");
	for (i = 0; i < count; i++)
		settle_id(en, ids[i], false);
	free(ids);
	proposals_run(en);
	claims_run(en);
}

struct waiting {
	const char *version; /* NULL: any */
	struct change_id *ids;
	size_t count, capacity;
};

static int
note_waiting(const struct change *c, void *arg)
{
	struct waiting *w = arg;

	if ((c->state != CHANGE_SUBMITTED && c->state != CHANGE_APPROVED &&
		    c->state != CHANGE_SCHEDULED) ||
		(w->version != NULL && strcmp(w->version, c->version) != 0))
		return 0;
	ARRAY_GROW(w->ids, w->count, w->capacity);
	w->ids[w->count++] = c->id;
	return 0;
}

static void
settle_waiting(struct engine *en, const char *service, const char *version,
	bool check_plan)
{
	struct change_filter f = {.service = service, .state = -1};
	struct waiting w = {.version = version};
	struct error e;
	size_t i;

	engine_must(store_change_each(en->store, &f, note_waiting, &w, &e), &e,
		"read changes that wait");
	for (i = 0; i < w.count; i++)
		settle_id(en, w.ids[i], check_plan);
	free(w.ids);
}

void
governance_recheck(struct engine *en)
{
	settle_waiting(en, NULL, NULL, true);
}

void
governance_release_changed(
	struct engine *en, const char *service, const char *version)
{
	settle_waiting(en, service, version, false);
}
