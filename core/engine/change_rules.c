/* change_rules.c - the plan of a change, and what may refuse its start. */
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "engine/cmd.h"
#include "engine/memo.h"
#include "engine/notify.h"
#include "engine/room.h"
#include "engine/schedule.h"
#include "engine/signing.h"
#include "model/plan_diff.h"
#include "store/artefact.h"
#include "wire/json.h"

void
change_save(struct engine *en, struct change *c)
{
	struct error e;

	engine_write(en);
	engine_must(store_change_put(en->store, c, &e), &e, "save a change");
	events_change(en, c);
}

/* Every wait with its cause: measures are made of them later. */
static void
note_wait(struct engine *en, const struct change *c, enum change_state from)
{
	char id[ID_TEXT_SIZE];
	struct error e;

	if ((from == CHANGE_SUBMITTED) == (c->state == CHANGE_SUBMITTED))
		return;
	change_id_format(c->id, id);
	engine_write(en);
	engine_must(c->state == CHANGE_SUBMITTED
			    ? store_wait_begin(en->store, id, "approval",
				      engine_now(en), &e)
			    : store_wait_end(en->store, id, "approval",
				      engine_now(en), &e),
		&e, "note a wait");
}

bool
change_apply(struct engine *en, struct change *c, enum change_event event,
	const char *reason)
{
	enum change_state from = c->state;

	if (!change_next(c->state, event, &c->state))
		return false;
	note_wait(en, c, from);
	if (reason != NULL)
		str_replace(&c->reason, reason);
	if (change_is_over(c->state))
		c->finished_at = engine_now(en);
	change_save(en, c);
	return true;
}

/* ---- the plan ---- */

struct plan_parts {
	struct release release;
	const struct service *service;
	const struct environment *env;
	const struct strategy *strategy;
	const struct host **hosts;
	size_t host_count;
};

static int
find_release(struct engine *en, const struct change *c, struct release *ret,
	struct error *e)
{
	int found =
		store_release_find(en->store, c->service, c->version, ret, e);

	if (found == 1 && !artefact_is_pruned(
				  en->private_dir, ret->payload_sha256))
		return 0;
	if (found == 1) {
		release_finish(ret);
		error_set(e, ERROR_NOT_FOUND,
			"the artefact of '%s %s' was removed: it was older "
			"than is kept, and nothing needed it",
			c->service, c->version);
		return error_hint(e, "give it again: sluice release add %s %s "
				     "PATH",
			c->service, c->version);
	}
	if (found == -1)
		return -1;
	error_set(e, ERROR_NOT_FOUND, "no release '%s %s'", c->service,
		c->version);
	return error_hint(e, "register it: sluice release add %s %s PATH",
		c->service, c->version);
}

static int
find_configured(struct engine *en, const struct change *c,
	struct plan_parts *parts, struct error *e)
{
	const struct settings *s = en->settings;
	const char *strategy;

	parts->service = settings_service(s, c->service);
	if (parts->service == NULL)
		return no_service(s, c->service, e);
	parts->env = settings_environment(s, c->env);
	if (parts->env == NULL)
		return no_environment(s, c->env, e);
	if (!strings_has(&parts->env->services, c->service)) {
		error_set(e, ERROR_INVALID,
			"service '%s' is not deployed to environment '%s'",
			c->service, c->env);
		return error_hint(e, "add it to services of '%s' in %s", c->env,
			s->path == NULL ? "the configuration" : s->path);
	}
	strategy = c->strategy != NULL		  ? c->strategy
		   : parts->env->strategy != NULL ? parts->env->strategy
						  : "all";
	parts->strategy = settings_strategy(s, strategy);
	if (parts->strategy == NULL)
		return no_strategy(s, strategy, e);
	if (settings_hosts_of(s, parts->env, c->selector, &parts->hosts,
		    &parts->host_count, e) == -1)
		return -1;
	settings_add_routers(
		s, parts->strategy, &parts->hosts, &parts->host_count);
	return 0;
}

static int
note_excluded(const char *host, const char *key, const char *value, void *arg)
{
	if (strcmp(key, "excluded") == 0)
		pairs_set(arg, host, value);
	return 0;
}

void
hosts_excluded(struct engine *en, struct pairs *ret)
{
	struct error e;

	memset(ret, 0, sizeof(*ret));
	engine_must(
		store_host_fact_each(en->store, NULL, note_excluded, ret, &e),
		&e, "read facts of hosts");
}

/* Takes them out of the hosts; those that were in are the plan's. */
static void
leave_out(struct plan_parts *parts, const struct pairs *left_out,
	struct pairs *ret)
{
	size_t i, kept = 0;

	for (i = 0; i < parts->host_count; i++) {
		const struct host *h = parts->hosts[i];
		const char *reason = pairs_get(left_out, h->name);

		if (reason == NULL)
			parts->hosts[kept++] = h;
		else
			pairs_set(ret, h->name, reason);
	}
	parts->host_count = kept;
}

static int
make_plan(const struct change *c, const struct plan_parts *parts,
	struct pairs *left_out, struct plan *ret, struct error *e)
{
	if (plan_make(ret, &parts->release, parts->service, parts->env,
		    parts->strategy, parts->hosts, parts->host_count, e) == 0) {
		ret->left_out = *left_out;
		return 0;
	}
	if (parts->host_count == 0 && left_out->count > 0)
		error_hint(e, "%zu are out of service, such as '%s': %s",
			left_out->count, left_out->items[0].name,
			left_out->items[0].value);
	else if (parts->host_count == 0 && c->selector != NULL) {
		error_set(e, ERROR_INVALID,
			"no host of environment '%s' matches '%.80s'", c->env,
			c->selector);
		error_hint(e, "sluice host ls shows hosts with their labels");
	}
	pairs_finish(left_out);
	return -1;
}

/* The same strategy with the waves of its fast track, borrowed. */
static bool
use_fast_track(struct engine *en, const struct plan_parts *parts,
	struct strategy *ret)
{
	const struct fast_track *f = &parts->strategy->fast_track;
	struct error e;
	int64_t at = 0;

	if (f->within_ms == 0)
		return false;
	engine_must(store_rollout_succeeded(en->store, parts->service->name,
			    parts->release.version, parts->env->name, &at, &e),
		&e, "look for a rollout");
	if (at == 0 || at < engine_now(en) - f->within_ms / 1000)
		return false;
	*ret = *parts->strategy;
	ret->portions = f->portions;
	ret->portion_count = f->portion_count;
	return true;
}

/* As if no rules but the environment's own decided about it. */
static int
plan_bare(struct engine *en, const struct change *c,
	const struct pairs *left_out, struct plan *ret, struct error *e)
{
	struct plan_parts parts = {0};
	struct strategy faster;
	struct pairs out = {0};
	int result = -1;

	if (find_configured(en, c, &parts, e) == -1)
		return -1;
	if (find_release(en, c, &parts.release, e) == -1) {
		free(parts.hosts);
		return -1;
	}
	if (use_fast_track(en, &parts, &faster))
		parts.strategy = &faster;
	if (left_out != NULL)
		leave_out(&parts, left_out, &out);
	result = make_plan(c, &parts, &out, ret, e);
	if (result == 0 && parts.strategy == &faster)
		ret->fast_track_ms = faster.fast_track.within_ms;
	free(parts.hosts);
	release_finish(&parts.release);
	return result;
}

/* The rules of this very change. */
static int
add_rules(struct engine *en, const struct change *c, struct policy *ret,
	struct plan *p, struct error *e)
{
	char revision[16], interval[INTERVAL_SIZE];
	int64_t from, to;

	if (change_policy(en, c, ret, e) == -1) {
		plan_finish(p);
		return -1;
	}
	pairs_finish(&p->rules);
	policy_add_rules(ret, &p->rules);
	pairs_set(&p->rules, "type", change_type_name(c->type));
	/* A yes to one revision is none to the next, whatever it alters. */
	snprintf(revision, sizeof(revision), "%d", c->revision);
	if (c->revision > 1)
		pairs_set(&p->rules, "revision", revision);
	if (schedule_interval(en, c, ret, &from, &to)) {
		schedule_interval_words(from, to, interval);
		pairs_set(&p->rules, "interval", interval);
	}
	return 0;
}

int
change_make_plan(struct engine *en, const struct change *c,
	const struct pairs *left_out, struct plan *ret, struct error *e)
{
	struct policy policy;

	if (plan_bare(en, c, left_out, ret, e) == -1 ||
		add_rules(en, c, &policy, ret, e) == -1)
		return -1;
	policy_finish(&policy);
	return 0;
}

int
change_weigh(struct engine *en, struct change *c, const struct pairs *left_out,
	struct policy *ret_policy, struct plan *ret, struct error *e)
{
	if (plan_bare(en, c, left_out, ret, e) == -1)
		return -1;
	if (change_assess(en, c, ret, e) == -1) {
		plan_finish(ret);
		return -1;
	}
	return add_rules(en, c, ret_policy, ret, e);
}

/* ---- the start ---- */

/* Which of the answers are there and why they are not enough. */
static int
refuse_not_approved(
	struct engine *en, const struct change *c, struct error *e)
{
	char id[ID_TEXT_SIZE], when[TIME_TEXT_SIZE], *why;
	struct decisions list;
	struct policy p;
	struct tally t;

	change_id_format(c->id, id);
	if (change_policy(en, c, &p, e) == -1)
		return -1;
	governance_decisions(en, id, PERMISSION_APPROVE, &list);
	decisions_tally(&list, &p, c->revision, c->plan_digest,
		clock_wall_ms(en->clock), &t);
	if (t.is_enough && t.settles_at_ms != INT64_MAX) {
		time_format_utc((t.settles_at_ms + 999) / 1000, when);
		error_set(e, ERROR_IN_GRACE,
			"the approval of %s can be taken back until %s", id,
			when);
		error_hint(e, "start it then: sluice start %s", id);
	} else if (t.is_enough) {
		if (governance_refuse_start(en, c, e) == 0)
			error_set(e, ERROR_NOT_APPROVED,
				"%s is not approved", id);
	} else {
		error_set(e, ERROR_NOT_APPROVED, "%s has %d of %d approvals",
			id, t.given, p.approvals);
		why = governance_unsatisfiable(en, c, &p);
		if (why != NULL)
			error_set(e, ERROR_NOT_APPROVED, "%s: %s", id, why);
		free(why);
		error_hint(e,
			"%d more approval%s needed%s%s; see sluice policy "
			"explain %s",
			tally_missing(&t, &p),
			tally_missing(&t, &p) == 1 ? " is" : "s are",
			t.missing_roles.count > 0 ? ", one by a " : "",
			t.missing_roles.count > 0 ? t.missing_roles.items[0]
						  : "",
			id);
	}
	tally_finish(&t);
	decisions_finish(&list);
	policy_finish(&p);
	return -1;
}

static int
refuse_not_startable(
	struct engine *en, const struct change *c, bool force, struct error *e)
{
	char id[ID_TEXT_SIZE], when[TIME_TEXT_SIZE];

	change_id_format(c->id, id);
	switch (c->state) {
	case CHANGE_APPROVED:
		return 0;
	case CHANGE_SCHEDULED:
		if (force || c->scheduled_at <= engine_now(en))
			return schedule_refuse_early(en, c, e);
		time_format_utc(c->scheduled_at, when);
		error_set(e, ERROR_HELD, "%s starts by itself at %s", id, when);
		return error_hint(e, "start it now: sluice start %s --now", id);
	case CHANGE_SUBMITTED:
		return refuse_not_approved(en, c, e);
	case CHANGE_DRAFT:
	case CHANGE_VOIDED:
	case CHANGE_EXPIRED:
		error_set(e, ERROR_NOT_APPROVED, "%s is %s", id,
			change_state_name(c->state));
		return error_hint(e, "submit it: sluice change submit %s", id);
	case CHANGE_RUNNING:
	case CHANGE_SUCCEEDED:
	case CHANGE_FAILED:
	case CHANGE_ABORTED:
	case CHANGE_ROLLED_BACK:
	case CHANGE_MIXED:
	case CHANGE_REJECTED:
	case CHANGE_CANCELLED:
	case CHANGE_STATE_COUNT:
		break;
	}
	error_set(e, ERROR_WRONG_STATE, "%s is %s", id,
		change_state_name(c->state));
	return error_hint(e, "plan it again: sluice change new %s %s %s",
		c->service, c->version, c->env);
}

int
change_refuse_quarantine(
	struct engine *en, const struct change *c, struct error *e)
{
	struct release r;
	int result = find_release(en, c, &r, e);

	if (result == -1)
		return -1;
	if (r.quarantine != NULL)
		result = error_set(e, ERROR_QUARANTINED,
			"release '%s %s' is quarantined: %s", c->service,
			c->version, r.quarantine);
	release_finish(&r);
	return result;
}

/* One line that went and one that came, so that a person sees what changed. */
static void
describe_difference(struct engine *en, const struct change *c,
	const struct strbuf *now, char *out, size_t size)
{
	struct strings removed = {0}, added = {0};
	struct error e;
	char *before;
	size_t len;

	snprintf(out, size, "%s", "");
	if (store_plan_find(en->store, c->plan_digest, &before, &len, &e) != 1)
		return;
	plan_diff(before, now->buf, 1, &removed, &added);
	if (removed.count > 0 && added.count > 0)
		snprintf(out, size, ": '%.80s' is now '%.80s'",
			removed.items[0], added.items[0]);
	else if (removed.count > 0)
		snprintf(out, size, ": '%.80s' is gone", removed.items[0]);
	else if (added.count > 0)
		snprintf(out, size, ": '%.80s' is new", added.items[0]);
	strings_finish(&removed);
	strings_finish(&added);
	free(before);
}

/* The plan that would run now must be the one that people were shown. */
static int
check_same_plan(struct engine *en, struct change *c, const struct plan *p,
	struct error *e)
{
	char digest[DIGEST_HEX_SIZE], id[ID_TEXT_SIZE], difference[256];
	struct strbuf text;
	int result = 0;

	strbuf_init(&text);
	plan_print(p, &text);
	digest_hex(text.buf, text.len, digest);
	if (strcmp(digest, c->plan_digest) != 0) {
		change_id_format(c->id, id);
		describe_difference(
			en, c, &text, difference, sizeof(difference));
		error_set(e, ERROR_CHANGED,
			"the plan of %s changed since it was %s%s", id,
			c->state == CHANGE_SUBMITTED ? "submitted"
						     : "approved",
			difference);
		error_hint(e,
			"look at it and submit it again: sluice change "
			"submit %s",
			id);
		result = -1;
	}
	strbuf_finish(&text);
	return result;
}

/* The plan that was approved names the hosts that it leaves out: taking a
 * host out of service, or in again, later alters no plan. */
static int
approved_left_out(struct engine *en, const struct change *c, struct pairs *ret,
	struct error *e)
{
	struct plan approved;
	char *text;
	size_t len;
	int found = store_plan_find(en->store, c->plan_digest, &text, &len, e);

	memset(ret, 0, sizeof(*ret));
	if (found != 1)
		return found;
	found = plan_parse(text, len, &approved, e);
	free(text);
	if (found == -1)
		return -1;
	pairs_copy(ret, &approved.left_out);
	plan_finish(&approved);
	return 0;
}

int
change_make_approved_plan(struct engine *en, const struct change *c,
	struct plan *ret, struct error *e)
{
	struct pairs left_out;
	int result;

	if (approved_left_out(en, c, &left_out, e) == -1)
		return -1;
	result = change_make_plan(en, c, &left_out, ret, e);
	pairs_finish(&left_out);
	return result;
}

static int
refuse_all_excluded(
	const struct plan *p, const struct pairs *excluded, struct error *e)
{
	size_t i;

	for (i = 0; i < p->host_count; i++)
		if (pairs_get(excluded, p->hosts[i].host.name) == NULL)
			return 0;
	error_set(e, ERROR_HELD, "every host of this plan is out of service");
	return error_hint(e, "take one in: sluice host include %s",
		p->hosts[0].host.name);
}

int
change_check_plan(struct engine *en, struct change *c, struct plan *ret,
	struct error *e)
{
	struct plan plan;
	bool is_made = change_make_approved_plan(en, c, &plan, e) == 0;
	int result = is_made ? check_same_plan(en, c, &plan, e) : -1;

	if (result == -1 && e->code != ERROR_IO)
		governance_void(en, c, e->text);
	if (result == 0 && ret != NULL)
		*ret = plan;
	else if (is_made)
		plan_finish(&plan);
	return result;
}

/* An emergency owes its review from the moment it runs. */
static void
note_review(struct engine *en, struct change *c)
{
	struct policy p;
	struct error e;

	if (c->type != CHANGE_TYPE_EMERGENCY ||
		change_policy(en, c, &p, &e) == -1)
		return;
	c->review_by = engine_now(en) + p.review_within_ms / 1000;
	c->due_at_ms = c->review_by * 1000;
	change_save(en, c);
	notice_late(en, c, 3, NULL);
	policy_finish(&p);
}

int
change_start(struct engine *en, struct change *c, const struct actor *by,
	bool force, bool dry_run, struct rollout_id *ret, struct error *e)
{
	struct pairs excluded;
	struct plan plan;
	int result;

	governance_settle(en, c);
	if (refuse_not_startable(en, c, force, e) == -1 ||
		room_refuse(en, METHOD_WORK, e) == -1 ||
		change_refuse_quarantine(en, c, e) == -1 ||
		change_refuse_taken_back(en, c, e) == -1 ||
		schedule_refuse_start(en, c, by, e) == -1 ||
		change_check_plan(en, c, &plan, e) == -1)
		return -1;
	hosts_excluded(en, &excluded);
	result = governance_refuse_start(en, c, e);
	if (result == 0)
		result = refuse_all_excluded(&plan, &excluded, e);
	if (result == 0)
		result = signing_refuse_start(en, c, e);
	if (result == 0 && !dry_run)
		note_review(en, c);
	if (result == 0 && !dry_run)
		result = runner_start(
			en->runner, c, &plan, &excluded, by, ret, e);
	if (result == 0 && !dry_run)
		schedule_note_start(en, c, by);
	pairs_finish(&excluded);
	plan_finish(&plan);
	return result;
}
