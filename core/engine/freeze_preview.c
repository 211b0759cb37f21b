/*
 * freeze_preview.c - what a freeze would meet, before it is saved: every
 * rollout that runs, every request that is open, every change that is planned,
 * and what would happen to each.
 */
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/units.h"
#include "engine/cmd.h"
#include "engine/freeze.h"
#include "engine/schedule.h"
#include "engine/schedule_planned.h"
#include "wire/json.h"

#define HITS_MOST 1000

struct preview {
	struct engine *en;
	const struct period *p, *before;
	struct spans spans; /* of p, from now on */
	int64_t now;
	json_t *hits, *hosts; /* hosts: an object used as a set */
	int counts[3], left_off;
	struct kept_outlook *outlooks; /* hash */
};

/* What would hold for one scope, as many changes share it. */
struct kept_outlook {
	char *key;
	struct outlook outlook;
	UT_hash_handle hh;
};

enum hit_kind { HIT_ROLLOUT, HIT_APPROVAL, HIT_CHANGE };

static const char *const hit_names[] = {"rollout", "approval", "change"};

/* ---- one hit ---- */

static void
count_hosts(struct preview *v, const struct plan_facts *facts)
{
	size_t i;

	for (i = 0; facts != NULL && i < facts->hosts.count; i++)
		json_object_set_new(
			v->hosts, facts->hosts.items[i], json_null());
}

/* text is taken. */
static void
add_hit(struct preview *v, enum hit_kind kind, const char *id,
	const struct change *c, int64_t at, char *text)
{
	const struct plan_facts *facts = schedule_facts(v->en, c);

	v->counts[kind]++;
	count_hosts(v, facts);
	if (json_array_size(v->hits) >= HITS_MOST)
		v->left_off++;
	else
		json_array_append_new(v->hits,
			json_pack("{s:s, s:s, s:o, s:o, s:o, s:s, s:i, s:o, "
				  "s:o}",
				"kind", hit_names[kind], "id", id, "service",
				json_text(c->service), "version",
				json_text(c->version), "env", json_text(c->env),
				"state", change_state_name(c->state), "hosts",
				facts == NULL ? 0 : (int)facts->hosts.count,
				"at", json_time(at), "text", json_text(text)));
	free(text);
}

static const struct span *
first_overlap(const struct spans *s, int64_t from, int64_t to)
{
	size_t i;

	for (i = 0; i < s->count && s->items[i].start < to; i++)
		if (s->items[i].end > from)
			return &s->items[i];
	return NULL;
}

static bool
is_about(const struct preview *v, const struct change *c)
{
	struct scope s = scope_of(c);

	return c->type != CHANGE_TYPE_EMERGENCY &&
	       schedule_is_about(v->en, v->p, &s) &&
	       (v->before == NULL ||
		       !schedule_is_overridden(v->en, v->before, c->id));
}

/* ---- rollouts ---- */

static char *
rollout_fate(const struct preview *v, const struct span *s)
{
	char from[TIME_TEXT_SIZE], until[TIME_TEXT_SIZE];
	const char *when = from;

	time_format_utc(s->start, from);
	time_format_utc(s->end, until);
	if (s->start <= v->now)
		when = "now";
	switch (v->p->effect) {
	case EFFECT_FINISH:
		return xasprintf("may finish, also after %s", when);
	case EFFECT_FINISH_WAVE:
		return xasprintf("may end its wave at %s, then it is held: "
				 "mixed versions until %s",
			when, until);
	case EFFECT_HOLD:
		return xasprintf(
			"is held at %s: mixed versions until %s", when, until);
	case EFFECT_ROLLBACK:
		return xasprintf("is taken back at %s", when);
	case EFFECT_ABORT:
		return xasprintf("is aborted at %s", when);
	case EFFECT_COUNT:
		break;
	}
	return NULL;
}

/* By when it is over; one that is held may stay for long. */
static int64_t
likely_end(struct preview *v, const struct rollout *r, const struct change *c)
{
	int64_t start = r->started_at != 0 ? r->started_at : r->created_at;
	struct estimate estimate;

	if (r->state == ROLLOUT_PAUSED)
		return v->now + SCHEDULE_AHEAD_S;
	schedule_estimate(v->en, c, &estimate);
	start += estimate.need.forward_s;
	return start > v->now + 60 ? start : v->now + 60;
}

static int
look_at_rollout(const struct rollout *r, void *arg)
{
	struct preview *v = arg;
	const struct span *s;
	char id[ID_TEXT_SIZE];
	struct change c;
	struct error e;

	if (r->kind != ROLLOUT_DEPLOY ||
		store_change_find(v->en->store, r->change, &c, &e) != 1)
		return 0;
	s = first_overlap(&v->spans, v->now, likely_end(v, r, &c));
	if (s != NULL && is_about(v, &c)) {
		rollout_id_format(r->id, id);
		add_hit(v, HIT_ROLLOUT, id, &c, r->started_at,
			rollout_fate(v, s));
	}
	change_finish(&c);
	return 0;
}

/* ---- planned changes and open approvals ---- */

/* With the freeze; overrides of other freezes are the change's own. */
static const struct outlook *
outlook_with(struct preview *v, const struct change *c)
{
	struct scope s = scope_of(c);
	struct kept_outlook *it;
	char *key = xasprintf("%s\n%s\n%s\n%lld", s.env, s.service,
		s.hosts == NULL ? "" : s.hosts,
		schedule_has_override(v->en, c->id) ? (long long)c->id.number
						    : 0);

	HASH_FIND_STR(v->outlooks, key, it);
	if (it != NULL) {
		free(key);
		return &it->outlook;
	}
	it = xcalloc(1, sizeof(*it));
	it->key = key;
	s.extra = v->p;
	s.without = v->before;
	schedule_outlook(v->en, &s, v->now,
		v->now + SCHEDULE_AHEAD_S + 8 * SCHEDULE_DAY_S, &it->outlook);
	HASH_ADD_KEYPTR(hh, v->outlooks, it->key, strlen(it->key), it);
	return &it->outlook;
}

static void
forget_outlooks(struct preview *v)
{
	struct kept_outlook *it, *next;

	HASH_ITER(hh, v->outlooks, it, next)
	{
		HASH_DEL(v->outlooks, it);
		outlook_finish(&it->outlook);
		free(it->key);
		free(it);
	}
}

/* The first time at which it fits once the freeze holds; -1: none. */
static int64_t
next_start(struct preview *v, const struct change *c, int64_t at,
	const struct need *need)
{
	struct spans none = {0};

	return calendar_next_slot(&outlook_with(v, c)->open, &none, at,
		v->now + SCHEDULE_AHEAD_S, need);
}

static char *
change_fate(struct preview *v, const struct change *c, const struct span *s,
	const struct need *need)
{
	char from[TIME_TEXT_SIZE], until[TIME_TEXT_SIZE], next[TIME_TEXT_SIZE];
	int64_t at = c->scheduled_at > v->now ? c->scheduled_at : v->now;

	time_format_utc(s->start, from);
	time_format_utc(s->end, until);
	if (c->scheduled_at == 0)
		return xasprintf("cannot start from %s to %s", from, until);
	at = next_start(v, c, at, need);
	if (at < 0)
		return xasprintf("does not start in the next 90 days: move it "
				 "or ask for an override");
	time_format_utc(at, next);
	return xasprintf("waits, and starts by itself at %s%s", next,
		c->state == CHANGE_SCHEDULED ? "" : " once it is approved");
}

static int
look_at_change(const struct change *c, void *arg)
{
	struct preview *v = arg;
	int64_t at = c->scheduled_at > v->now ? c->scheduled_at : v->now;
	struct planned *p = planned_find(v->en, c->id);
	struct estimate estimate;
	const struct span *s;
	char id[ID_TEXT_SIZE];

	if ((c->state == CHANGE_DRAFT && p == NULL) ||
		(p != NULL && first_overlap(&v->spans, at,
				      at + PLANNED_MOST_S) == NULL))
		return 0;
	s = first_overlap(&v->spans, at,
		p == NULL ? at + SCHEDULE_AHEAD_S
			  : planned_end(v->en, p, v->now));
	if (s == NULL || !is_about(v, c))
		return 0;
	schedule_estimate(v->en, c, &estimate);
	change_id_format(c->id, id);
	add_hit(v, c->state == CHANGE_SUBMITTED ? HIT_APPROVAL : HIT_CHANGE,
		id, c, c->scheduled_at,
		change_fate(v, c, s, &estimate.need));
	return 0;
}

static void
look_at_changes(struct preview *v, enum change_state state)
{
	struct change_filter f = {.state = (int)state};
	struct error e;

	engine_must(
		store_change_each(v->en->store, &f, look_at_change, v, &e), &e,
		"read changes");
}

/* ---- all of it ---- */

json_t *
freeze_hits(struct engine *en, const struct period *p,
	const struct period *before)
{
	struct rollout_filter active = {.state = -1, .only_active = true};
	struct preview v = {.en = en, .p = p, .before = before};
	struct error e;
	json_t *o;

	v.now = engine_now(en);
	v.hits = json_array();
	v.hosts = json_object();
	recur_expand(p, v.now, v.now + SCHEDULE_AHEAD_S, &v.spans, &e);
	engine_must(store_rollout_each(en->store, &active, look_at_rollout, &v,
			    &e),
		&e, "read rollouts");
	look_at_changes(&v, CHANGE_SUBMITTED);
	look_at_changes(&v, CHANGE_SCHEDULED);
	look_at_changes(&v, CHANGE_APPROVED);
	look_at_changes(&v, CHANGE_DRAFT);
	o = json_pack("{s:o, s:i, s:i, s:i, s:i, s:i}", "hits", v.hits,
		"hits_rollouts", v.counts[HIT_ROLLOUT], "hits_approvals",
		v.counts[HIT_APPROVAL], "hits_changes", v.counts[HIT_CHANGE],
		"hits_hosts", (int)json_object_size(v.hosts), "hits_left_off",
		v.left_off);
	json_decref(v.hosts);
	forget_outlooks(&v);
	spans_finish(&v.spans);
	return o;
}
