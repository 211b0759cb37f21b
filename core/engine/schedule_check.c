/* schedule_check.c - what of the calendar refuses a start, in words that name
 * it and say until when; and what a change shows of it beforehand. */
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "engine/cmd.h"
#include "engine/schedule.h"
#include "engine/schedule_planned.h"
#include "wire/json.h"

#define FAR_S (7 * SCHEDULE_DAY_S)

/* ---- why it is closed ---- */

/* Of all that close it now, what a person can do most about: a freeze before
 * a holiday. */
static const struct span *
closing_deny(const struct outlook *o, int64_t now)
{
	const struct span *found = spans_at(&o->denies, now);
	size_t i;

	for (i = 0; i < o->denies.count && found != NULL &&
		    o->denies.items[i].start <= now;
		i++) {
		const struct span *s = &o->denies.items[i];

		if (s->end > now && s->period->kind == PERIOD_FREEZE &&
			(found->period->kind != PERIOD_FREEZE ||
				s->end > found->end))
			found = s;
	}
	return found;
}

static void
hint_next(struct engine *en, const struct outlook *o, const struct change *c,
	struct error *e)
{
	const struct opening *next = openings_after(&o->open, engine_now(en));
	char when[TIME_TEXT_SIZE], id[ID_TEXT_SIZE];

	change_id_format(c->id, id);
	if (next == NULL || next->start >= o->to) {
		error_hint(e,
			"nothing opens in the next 90 days; see sluice "
			"calendar %s",
			c->env);
		return;
	}
	time_format_utc(next->start, when);
	if (c->state == CHANGE_SCHEDULED)
		error_hint(
			e, "it starts by itself at the next opening, %s", when);
	else
		error_hint(e,
			"let it start by itself then: sluice change move %s "
			"--at %s",
			id, when);
}

static int
refuse_deny(struct engine *en, const struct change *c, const struct span *deny,
	const struct outlook *o, struct error *e)
{
	const struct period *p = deny->period;
	char until[TIME_TEXT_SIZE], id[ID_TEXT_SIZE], *own;

	time_format_utc(deny->end, until);
	if (p->kind == PERIOD_HOLIDAY) {
		error_set(e, ERROR_WINDOW,
			"the windows of '%s' stay closed by holiday '%s' until "
			"%s",
			c->env, p->name, until);
		hint_next(en, o, c, e);
		return -1;
	}
	change_id_format(c->id, id);
	own = period_id(p);
	error_set(e, ERROR_FREEZE, "'%s' is frozen by '%s' (%s%s) until %s",
		c->env, p->name, own,
		p->severity == SEVERITY_SOFT
			? ", soft: it wants the yes of somebody who may "
			  "override"
			: "",
		until);
	error_hint(e,
		"wait, or let this one change through: sluice freeze override "
		"'%s' --change %s -m WHY",
		own, id);
	free(own);
	return -1;
}

static int
refuse_closed(struct engine *en, const struct change *c,
	const struct outlook *o, struct error *e)
{
	int64_t now = engine_now(en);
	const struct span *deny = closing_deny(o, now);
	const struct opening *next = openings_after(&o->open, now);
	char when[TIME_TEXT_SIZE];

	if (deny != NULL)
		return refuse_deny(en, c, deny, o, e);
	if (next != NULL && next->start < o->to) {
		time_format_utc(next->start, when);
		error_set(e, ERROR_WINDOW,
			"outside every window of '%s': the next opens at %s",
			c->env, when);
	} else {
		error_set(e, ERROR_WINDOW,
			"outside every window of '%s': none opens in the next "
			"90 days",
			c->env);
	}
	hint_next(en, o, c, e);
	return -1;
}

static int
refuse_misfit(struct engine *en, const struct change *c,
	const struct outlook *o, const struct estimate *estimate,
	struct error *e)
{
	int64_t now = engine_now(en), last;
	const struct opening *open = openings_at(&o->open, now);
	char end[TIME_TEXT_SIZE], took[TIME_TEXT_SIZE], when[TIME_TEXT_SIZE];

	time_format_utc(open->end, end);
	duration_format(estimate->need.forward_s * 1000, took);
	error_set(e, ERROR_WINDOW,
		"it does not fit: a rollout takes %s (%s), and '%s' of '%s' "
		"%s at %s",
		took,
		estimate->samples > 0 ? "p90 of its history"
				      : "stated estimate, no history",
		open->closer == NULL ? "the window" : open->closer->name,
		c->env,
		open->closer != NULL && open->closer->kind == PERIOD_WINDOW
			? "closes"
			: "begins",
		end);
	last = calendar_last_safe_start(&o->open, now, &estimate->need);
	if (last == 0)
		return -1;
	time_format_utc(last, when);
	return error_hint(e, "the last safe start ahead is %s", when);
}

/* ---- the queue ---- */

struct queue_look {
	const struct change *c;
	int64_t now;
	int running, before;
	struct rollout_id first;
};

static int
count_running(const struct rollout *r, void *arg)
{
	struct queue_look *q = arg;

	if (r->kind != ROLLOUT_DEPLOY)
		return 0;
	if (q->running++ == 0)
		q->first = r->id;
	return 0;
}

/* Those that are due in the environment and come first. */
static void
count_before(struct engine *en, struct queue_look *q)
{
	size_t i, count = planned_count(en);

	for (i = 0; i < count; i++) {
		const struct planned *p = planned_at(en, i);

		if (p->start > q->now)
			break;
		if (p->state == CHANGE_SCHEDULED &&
			p->id.number != q->c->id.number &&
			strcmp(p->env, q->c->env) == 0 &&
			(p->start < q->c->scheduled_at ||
				(p->start == q->c->scheduled_at &&
					p->id.number < q->c->id.number)))
			q->before++;
	}
}

static int
refuse_crowd(struct engine *en, const struct change *c, struct error *e)
{
	const struct environment *env =
		settings_environment(en->settings, c->env);
	struct rollout_filter running = {
		.env = c->env, .state = -1, .only_active = true};
	struct queue_look q = {.c = c, .now = engine_now(en)};
	char id[ID_TEXT_SIZE];

	if (env == NULL || env->concurrent == 0)
		return 0;
	engine_must(
		store_rollout_each(en->store, &running, count_running, &q, e),
		e, "read rollouts");
	if (q.running < env->concurrent)
		return 0;
	count_before(en, &q);
	rollout_id_format(q.first, id);
	if (c->state == CHANGE_SCHEDULED)
		error_set(e, ERROR_BUSY,
			"position %d in the queue of '%s': %d of at most %d "
			"rollouts run there, %s first",
			q.before + 1, c->env, q.running, env->concurrent, id);
	else
		error_set(e, ERROR_BUSY,
			"%d of at most %d rollouts run in '%s', %s first",
			q.running, env->concurrent, c->env, id);
	return error_hint(e, "wait for it: sluice watch %s", id);
}

/* ---- all of it ---- */

static int
refuse_line(struct engine *en, const char *env, struct error *e)
{
	const struct line_stop *l = schedule_line(en, env);
	char since[TIME_TEXT_SIZE];

	if (l == NULL)
		return 0;
	time_format_utc(l->stopped_at, since);
	error_set(e, ERROR_HELD,
		"the line of '%s' is stopped by %s since %s%s%s", env,
		l->author == NULL ? "somebody" : l->author, since,
		l->reason == NULL || *l->reason == '\0' ? "" : ": ",
		l->reason == NULL ? "" : l->reason);
	return error_hint(e, "open it: sluice line open %s -m WHY", env);
}

static int
refuse_missed(struct engine *en, const struct change *c,
	const struct outlook *o, struct error *e)
{
	char when[TIME_TEXT_SIZE], id[ID_TEXT_SIZE];
	int64_t due;

	if (!schedule_is_missed(en, c, o, &due))
		return 0;
	change_id_format(c->id, id);
	time_format_utc(due, when);
	error_set(e, ERROR_HELD,
		"its start at %s was missed while the engine was away or the "
		"clock jumped; a person decides",
		when);
	return error_hint(e,
		"start it: sluice start %s, or give it another time: sluice "
		"change move %s --at TIME",
		id, id);
}

/* ---- soft freezes ---- */

static bool
may_override(const struct settings *s, const struct strings *roles)
{
	size_t i;

	for (i = 0; i < s->role_count; i++)
		if (strings_has(roles, s->roles[i].name) &&
			(s->roles[i].may & 1u << PERMISSION_OVERRIDE) != 0)
			return true;
	return false;
}

static bool
is_approved_by_role(struct engine *en, const struct change *c)
{
	struct decisions list;
	char id[ID_TEXT_SIZE];
	bool found = false;
	size_t i;

	change_id_format(c->id, id);
	governance_decisions(en, id, PERMISSION_APPROVE, &list);
	for (i = 0; i < list.count && !found; i++)
		found = list.items[i].verb == DECISION_APPROVE &&
			decision_stands(&list.items[i], c->revision,
				c->plan_digest) &&
			may_override(en->settings, &list.items[i].roles);
	decisions_finish(&list);
	return found;
}

const struct outlook *
schedule_look_of(struct engine *en, const struct change *c)
{
	struct scope s = scope_of(c);

	s.past_soft = schedule_has_soft(en) && is_approved_by_role(en, c);
	return schedule_look(en, &s);
}

/* The extra role that a soft freeze wants: who starts it has it, or who said
 * yes to it. */
static bool
is_past_soft(struct engine *en, const struct change *c, const struct actor *by)
{
	struct identity who;
	bool may;

	if (by->uid < 0)
		return is_approved_by_role(en, c);
	settings_identify(en->settings, by->uid, &who);
	may = (who.may & 1u << PERMISSION_OVERRIDE) != 0;
	identity_finish(&who);
	return may || is_approved_by_role(en, c);
}

/* From now on it is let through: written down as an override. */
static void
note_soft(struct engine *en, const struct change *c, const struct actor *by)
{
	struct scope s = scope_of(c);
	const struct outlook *o = schedule_look(en, &s);
	int64_t now = engine_now(en);
	bool noted = false;
	struct error e;
	size_t i;

	for (i = 0; i < o->denies.count; i++) {
		const struct span *d = &o->denies.items[i];
		char id[ID_TEXT_SIZE], *freeze;

		if (d->start > now || d->end <= now ||
			d->period->kind != PERIOD_FREEZE ||
			d->period->severity != SEVERITY_SOFT)
			continue;
		freeze = period_id(d->period);
		change_id_format(c->id, id);
		engine_write(en);
		engine_must(store_override_put(en->store, freeze, c->id,
				    by->who, by->uid,
				    "the role that a soft freeze wants", &e),
			&e, "save an override");
		engine_record(en, by->who, by->uid, "freeze.override", id,
			"the role that a soft freeze wants",
			json_pack("{s:s}", "freeze", freeze));
		free(freeze);
		noted = true;
	}
	if (noted)
		schedule_changed(en);
}

int
schedule_refuse_start(struct engine *en, const struct change *c,
	const struct actor *by, struct error *e)
{
	int64_t now = engine_now(en);
	struct scope s = scope_of(c);
	const struct outlook *o;
	struct estimate estimate;
	int result = 0;

	if (refuse_line(en, c->env, e) == -1)
		return -1;
	s.past_soft = schedule_has_soft(en) && is_past_soft(en, c, by);
	o = schedule_look(en, &s);
	if (by->uid == -1)
		result = refuse_missed(en, c, o, e);
	if (result == 0 && c->type != CHANGE_TYPE_EMERGENCY) {
		schedule_estimate(en, c, &estimate);
		if (openings_at(&o->open, now) == NULL)
			result = refuse_closed(en, c, o, e);
		else if (calendar_fit(&o->open, now, &estimate.need) == FIT_NO)
			result = refuse_misfit(en, c, o, &estimate, e);
	}
	return result == 0 ? refuse_crowd(en, c, e) : result;
}

void
schedule_note_start(
	struct engine *en, const struct change *c, const struct actor *by)
{
	const struct outlook *o;
	char id[ID_TEXT_SIZE];
	struct error e;

	schedule_wait_over(en, c);
	if (schedule_has_soft(en) && is_past_soft(en, c, by))
		note_soft(en, c, by);
	o = schedule_look_of(en, c);
	if (c->type != CHANGE_TYPE_EMERGENCY)
		return;
	if (openings_at(&o->open, engine_now(en)) == NULL) {
		change_id_format(c->id, id);
		refuse_closed(en, c, o, &e);
		engine_record(en, by->who, by->uid, "freeze.override", id,
			"an emergency has its own override",
			json_pack("{s:s}", "passed", e.text));
	}
}

/* What effect it has that it is closed now: of the deny, else of the window
 * that closed last. */
static enum period_effect
closed_effect(const struct outlook *o, int64_t now)
{
	const struct span *s = closing_deny(o, now);

	if (s != NULL && s->period->kind == PERIOD_FREEZE)
		return s->period->effect;
	s = spans_before(&o->windows, now);
	return s == NULL ? EFFECT_HOLD : s->period->effect;
}

int
schedule_refuse_resume(
	struct engine *en, const struct rollout *r, struct error *e)
{
	int64_t now = engine_now(en);
	const struct outlook *o;
	struct change c;
	int result = 0;

	if (r->kind != ROLLOUT_DEPLOY)
		return 0;
	if (refuse_line(en, r->env, e) == -1)
		return -1;
	if (store_change_find(en->store, r->change, &c, e) != 1)
		return 0;
	o = schedule_look_of(en, &c);
	if (c.type != CHANGE_TYPE_EMERGENCY &&
		openings_at(&o->open, now) == NULL &&
		(rollout_is_over(r->state) ||
			closed_effect(o, now) != EFFECT_FINISH))
		result = refuse_closed(en, &c, o, e);
	change_finish(&c);
	return result;
}

/* ---- what a change shows ---- */

static bool
is_ahead(enum change_state s)
{
	return s == CHANGE_DRAFT || s == CHANGE_SUBMITTED ||
	       s == CHANGE_APPROVED || s == CHANGE_SCHEDULED;
}

/* What happens when its time is over while it runs. */
static json_t *
at_close_json(const struct outlook *o, int64_t at)
{
	const struct opening *open = openings_at(&o->open, at);
	const struct period *p = open == NULL ? NULL : open->closer;

	if (p == NULL || open->end == CALENDAR_FOREVER)
		return json_null();
	return json_pack("{s:o, s:s, s:s, s:s}", "at", json_time(open->end),
		"kind", period_kind_name(p->kind), "name", p->name, "effect",
		period_effect_name(p->effect));
}

/* How many hosts run the new release after each wave. */
static json_t *
at_risk_json(struct engine *en, const struct change *c)
{
	const struct plan_facts *facts = schedule_facts(en, c);
	json_t *list = json_array();
	int i;

	for (i = 0; facts != NULL && i < facts->waves && i < AT_RISK_WAVES; i++)
		json_array_append_new(list, json_integer(facts->at_risk[i]));
	return list;
}

static json_t *
estimate_json(struct engine *en, const struct change *c,
	const struct estimate *t)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:i, s:o, s:s}",
		"rollout_s", (json_int_t)t->need.forward_s, "rollout_p50_s",
		(json_int_t)t->p50_s, "bake_s", (json_int_t)t->bake_s,
		"shortest_s", (json_int_t)t->bake_s, "rollback_s",
		(json_int_t)t->need.back_s, "samples", t->samples,
		"hosts_at_risk", at_risk_json(en, c), "from",
		t->samples > 0 ? "history" : "default");
}

static void
add_fit(struct engine *en, const struct change *c, const struct outlook *look,
	int64_t at, json_t *o)
{
	struct estimate estimate;

	schedule_estimate(en, c, &estimate);
	json_object_set_new(o, "fits_window",
		json_string(fit_name(
			calendar_fit(&look->open, at, &estimate.need))));
	json_object_set_new(o, "last_safe_start_at",
		json_time(calendar_last_safe_start(
			&look->open, at, &estimate.need)));
	json_object_set_new(o, "estimate", estimate_json(en, c, &estimate));
	json_object_set_new(o, "at_close", at_close_json(look, at));
	json_object_set_new(
		o, "conflicts", schedule_conflicts(en, c, &estimate, look));
}

void
schedule_change_json(struct engine *en, const struct change *c, json_t *o)
{
	int64_t now = engine_now(en), at;
	const struct outlook *look;
	struct scope s = scope_of(c);
	struct outlook far;

	if (!is_ahead(c->state) ||
		settings_environment(en->settings, c->env) == NULL)
		return;
	at = c->scheduled_at > now ? c->scheduled_at : now;
	look = schedule_look_of(en, c);
	if (at + FAR_S <= look->to) {
		add_fit(en, c, look, at, o);
		return;
	}
	/* Planned for a time beyond what is kept. */
	schedule_outlook(en, &s, at - SCHEDULE_BACK_S,
		at + SCHEDULE_AHEAD_S + FAR_S, &far);
	add_fit(en, c, &far, at, o);
	outlook_finish(&far);
}
