/*
 * schedule_conflicts.c - what stands against a change, each by its name and
 * none merged: a freeze, no window, the same hosts, the same service, the same
 * person, a release that will not have been where it must be first, too many
 * at once.
 */
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "engine/cmd.h"
#include "engine/schedule.h"
#include "wire/json.h"

#define LONGEST_S ((int64_t)7 * SCHEDULE_DAY_S)

/* One other change, and the time it takes. */
struct other {
	struct change c;
	int64_t start, end;
};

/* All that is planned or runs; kept for a turn, since a list of changes asks
 * for each of them. */
struct others {
	struct engine *en;
	struct other *items;
	size_t count, capacity;
};

struct finding {
	struct engine *en;
	const struct change *c;
	const struct plan_facts *facts; /* a copy of what is cached */
	int64_t start, end;
	json_t *list;
};

/* ---- the others ---- */

/* Takes c. */
static void
add_other(struct others *all, struct change *c, int64_t start)
{
	struct estimate estimate;
	struct other *o;

	schedule_estimate(all->en, c, &estimate);
	ARRAY_GROW(all->items, all->count, all->capacity);
	o = &all->items[all->count++];
	o->c = *c;
	o->start = start;
	o->end = start + estimate.need.forward_s;
}

static int
note_planned(struct change *c, void *arg)
{
	add_other(arg, c, c->scheduled_at);
	return 0;
}

static int
note_running(const struct rollout *r, void *arg)
{
	struct others *all = arg;
	int64_t now = engine_now(all->en);
	struct change c;
	struct error e;

	if (r->kind != ROLLOUT_DEPLOY ||
		store_change_find(all->en->store, r->change, &c, &e) != 1)
		return 0;
	add_other(all, &c,
		r->started_at == 0 ? r->created_at : r->started_at);
	/* It runs: it takes the time until now at least. */
	if (all->count > 0 && all->items[all->count - 1].end <= now)
		all->items[all->count - 1].end = now + 60;
	return 0;
}

void
schedule_forget_others(struct engine *en)
{
	struct others *all = en->schedule == NULL ? NULL : en->schedule->others;
	size_t i;

	if (en->schedule != NULL)
		schedule_forget_looks(en->schedule);
	if (all == NULL)
		return;
	for (i = 0; i < all->count; i++)
		change_finish(&all->items[i].c);
	free(all->items);
	free(all);
	en->schedule->others = NULL;
}

static const struct others *
others_load(struct engine *en)
{
	struct rollout_filter f = {.state = -1, .only_active = true};
	struct others *all = en->schedule->others;
	struct error e;

	if (all != NULL)
		return all;
	all = xcalloc(1, sizeof(*all));
	all->en = en;
	en->schedule->others = all;
	engine_must(store_change_planned_each(en->store,
			    engine_now(en) - LONGEST_S, note_planned, all, &e),
		&e, "read planned changes");
	engine_must(store_rollout_each(en->store, &f, note_running, all, &e),
		&e, "read rollouts");
	return all;
}

/* ---- each by name ---- */

static void
found(struct finding *f, const char *kind, const char *with, char *text)
{
	json_array_append_new(f->list,
		json_pack("{s:s, s:o, s:o}", "kind", kind, "with",
			json_text(with), "text", json_text(text)));
	free(text);
}

/* Both are sorted. The first in common in *ret. */
static int
common_hosts(const struct plan_facts *a, const struct plan_facts *b,
	const char **ret)
{
	size_t i = 0, k = 0;
	int count = 0;

	while (i < a->hosts.count && k < b->hosts.count) {
		int order = strcmp(a->hosts.items[i], b->hosts.items[k]);

		if (order == 0 && count++ == 0)
			*ret = a->hosts.items[i];
		i += order <= 0;
		k += order >= 0;
	}
	return count;
}

static bool
is_same_service(const struct change *a, const struct change *b)
{
	return strcmp(a->service, b->service) == 0 &&
	       strcmp(a->env, b->env) == 0;
}

static bool
is_same_person(const struct change *a, const struct change *b)
{
	return a->author != NULL && b->author != NULL &&
	       strcmp(a->author, b->author) == 0;
}

/* Their own copy: what is cached may move when another is asked for. */
static void
facts_copy(struct engine *en, const struct change *c, struct plan_facts *ret)
{
	const struct plan_facts *facts = schedule_facts(en, c);

	memset(ret, 0, sizeof(*ret));
	if (facts == NULL)
		return;
	ret->waves = facts->waves;
	ret->bake_s = facts->bake_s;
	strings_copy(&ret->hosts, &facts->hosts);
}

static int
hosts_with(struct finding *f, const struct other *o, const char **ret_host)
{
	const struct plan_facts *theirs = schedule_facts(f->en, &o->c);

	return theirs == NULL ? 0 : common_hosts(f->facts, theirs, ret_host);
}

static bool
is_at_that_time(const struct finding *f, const struct other *o)
{
	return o->start < f->end && o->end > f->start &&
	       o->c.id.number != f->c->id.number;
}

static void
compare(struct finding *f, const struct other *o)
{
	char id[ID_TEXT_SIZE], when[TIME_TEXT_SIZE];
	const char *host = NULL;
	int hosts;

	if (!is_at_that_time(f, o))
		return;
	change_id_format(o->c.id, id);
	time_format_utc(o->start, when);
	hosts = hosts_with(f, o, &host);
	if (hosts > 0)
		found(f, "same_hosts", id,
			xasprintf("%d host%s (%s%s) also in %s, %s %s at %s",
				hosts, hosts == 1 ? "" : "s", host,
				hosts == 1 ? "" : " ...", id, o->c.service,
				o->c.version, when));
	if (is_same_service(f->c, &o->c))
		found(f, "same_service", id,
			xasprintf("'%s' is also changed by %s to %s at %s",
				o->c.service, id, o->c.version, when));
	if (is_same_person(f->c, &o->c))
		found(f, "same_person", id,
			xasprintf("%s is also responsible for %s, %s at %s",
				o->c.author, id, o->c.service, when));
}

static void
check_calendar(struct finding *f, const struct outlook *o)
{
	char when[TIME_TEXT_SIZE], *id;
	bool frozen = false;
	size_t i;

	for (i = 0; i < o->denies.count; i++) {
		const struct span *s = &o->denies.items[i];

		if (s->start >= f->end || s->end <= f->start)
			continue;
		id = period_id(s->period);
		time_format_utc(s->end, when);
		found(f, period_kind_name(s->period->kind), id,
			xasprintf("in %s '%s' until %s",
				s->period->kind == PERIOD_FREEZE ? "freeze"
								 : "holiday",
				s->period->name, when));
		free(id);
		frozen = true;
	}
	if (o->has_windows && spans_at(&o->windows, f->start) == NULL)
		found(f, "window", NULL,
			xasprintf("outside every window of '%s'", f->c->env));
	else if (!frozen && openings_at(&o->open, f->start) != NULL &&
		 openings_at(&o->open, f->start)->end < f->end)
		found(f, "window", NULL,
			xasprintf("the window of '%s' closes before it ends",
				f->c->env));
}

/* A release must have been in those environments first. */
static void
check_after(struct finding *f, const struct others *all)
{
	const struct environment *env =
		settings_environment(f->en->settings, f->c->env);
	size_t i, k;

	for (i = 0; env != NULL && i < env->policy.after.count; i++) {
		const char *first = env->policy.after.items[i];
		bool on_its_way = false;
		struct error e;
		int shipped = store_shipped_to(f->en->store, f->c->service,
			f->c->version, first, &e);

		engine_must(shipped, &e, "read rollouts");
		for (k = 0; k < all->count && shipped == 0; k++)
			on_its_way |= all->items[k].c.id.number !=
					      f->c->id.number &&
				      all->items[k].end <= f->start &&
				      strcmp(all->items[k].c.env, first) == 0 &&
				      strcmp(all->items[k].c.service,
					      f->c->service) == 0 &&
				      strcmp(all->items[k].c.version,
					      f->c->version) == 0;
		if (shipped == 0 && !on_its_way)
			found(f, "dependency", first,
				xasprintf("%s %s will not have been in '%s' "
					  "by then",
					f->c->service, f->c->version, first));
	}
}

static void
check_booked(struct finding *f, const struct others *all)
{
	const struct environment *env =
		settings_environment(f->en->settings, f->c->env);
	int count = 0;
	size_t i;

	if (env == NULL || env->concurrent == 0)
		return;
	for (i = 0; i < all->count; i++)
		count += is_at_that_time(f, &all->items[i]) &&
			 strcmp(all->items[i].c.env, f->c->env) == 0;
	if (count >= env->concurrent)
		found(f, "booked", f->c->env,
			xasprintf("'%s' is booked: %d of at most %d rollouts "
				  "at that time",
				f->c->env, count, env->concurrent));
}

/* ---- the next slot that clears all of it ---- */

static int64_t
next_slot(struct finding *f, const struct outlook *o,
	const struct estimate *estimate)
{
	const struct others *all = others_load(f->en);
	int64_t end = f->start + SCHEDULE_AHEAD_S, at;
	struct spans busy = {0};
	const char *host;
	size_t i;

	for (i = 0; i < all->count; i++) {
		const struct other *x = &all->items[i];

		if (x->end > f->start && x->start < end &&
			x->c.id.number != f->c->id.number &&
			(is_same_service(f->c, &x->c) ||
				is_same_person(f->c, &x->c) ||
				hosts_with(f, x, &host) > 0))
			spans_add(&busy, x->start, x->end, NULL);
	}
	spans_sort(&busy);
	at = calendar_next_slot(&o->open, &busy, f->start,
		f->start + SCHEDULE_AHEAD_S, &estimate->need);
	spans_finish(&busy);
	return at;
}

static void
add_next_slot(struct finding *f, const struct outlook *o,
	const struct estimate *estimate)
{
	int64_t at = next_slot(f, o, estimate);
	json_t *item;
	size_t i;

	json_array_foreach(f->list, i, item)
		json_object_set_new(item, "next_free_at",
			at < 0 ? json_null() : json_time(at));
}

void
schedule_overlaps(
	struct engine *en, const struct change *c, struct strings *ret)
{
	const struct others *all;
	int64_t now = engine_now(en);
	struct plan_facts facts;
	struct finding f = {.en = en, .c = c, .facts = &facts};
	struct estimate estimate;
	json_t *item;
	size_t i;

	facts_copy(en, c, &facts);
	schedule_estimate(en, c, &estimate);
	f.list = json_array();
	f.start = c->scheduled_at > now ? c->scheduled_at : now;
	f.end = f.start + estimate.need.forward_s;
	all = others_load(en);
	for (i = 0; i < all->count; i++)
		compare(&f, &all->items[i]);
	check_booked(&f, all);
	json_array_foreach(f.list, i, item)
	{
		const char *with = json_get_string(item, "with", "");

		if (!strings_has(ret, with))
			strings_add(ret, with);
	}
	json_decref(f.list);
	strings_finish(&facts.hosts);
}

/* ---- a slot for nobody yet ---- */

static bool
is_in_the_way(struct engine *en, const struct scope *s,
	const struct plan_facts *mine, const struct change *c)
{
	const struct plan_facts *theirs;
	const char *host;

	if (strcmp(c->env, s->env) == 0 &&
		(s->service == NULL || strcmp(c->service, s->service) == 0))
		return true;
	theirs = schedule_facts(en, c);
	return theirs != NULL && common_hosts(mine, theirs, &host) > 0;
}

static void
facts_of_scope(struct engine *en, const struct scope *s,
	struct plan_facts *ret)
{
	const struct environment *env =
		settings_environment(en->settings, s->env);
	const struct host **hosts = NULL;
	size_t i, count = 0;
	struct error e;

	memset(ret, 0, sizeof(*ret));
	if (settings_hosts_of(en->settings, env, s->hosts, &hosts, &count,
		    &e) == -1)
		return;
	for (i = 0; i < count; i++)
		strings_add(&ret->hosts, hosts[i]->name);
	strings_sort(&ret->hosts);
	free(hosts);
}

bool
schedule_next_slot(struct engine *en, const struct scope *s,
	const struct need *need, struct slot *ret)
{
	const struct others *all = others_load(en);
	int64_t now = engine_now(en), at;
	const struct opening *open;
	struct plan_facts mine;
	struct spans busy = {0};
	struct outlook o;
	size_t i;

	facts_of_scope(en, s, &mine);
	for (i = 0; i < all->count; i++)
		if (all->items[i].start < now + SCHEDULE_AHEAD_S &&
			is_in_the_way(en, s, &mine, &all->items[i].c))
			spans_add(&busy, all->items[i].start,
				all->items[i].end, NULL);
	spans_sort(&busy);
	schedule_outlook(en, s, now - SCHEDULE_BACK_S,
		now + SCHEDULE_AHEAD_S + 7 * SCHEDULE_DAY_S, &o);
	at = calendar_next_slot(
		&o.open, &busy, now, now + SCHEDULE_AHEAD_S, need);
	open = at < 0 ? NULL : openings_at(&o.open, at);
	if (open != NULL)
		*ret = (struct slot){at,
			open->end == CALENDAR_FOREVER ? 0 : open->end,
			open->closer};
	outlook_finish(&o);
	spans_finish(&busy);
	strings_finish(&mine.hosts);
	return open != NULL;
}

json_t *
schedule_conflicts(struct engine *en, const struct change *c,
	const struct estimate *estimate, const struct outlook *o)
{
	const struct others *all;
	int64_t now = engine_now(en);
	struct plan_facts facts;
	struct finding f = {.en = en, .c = c, .facts = &facts};
	size_t i;

	facts_copy(en, c, &facts);
	f.list = json_array();
	f.start = c->scheduled_at > now ? c->scheduled_at : now;
	f.end = f.start + estimate->need.forward_s;
	check_calendar(&f, o);
	all = others_load(en);
	for (i = 0; i < all->count; i++)
		compare(&f, &all->items[i]);
	check_after(&f, all);
	check_booked(&f, all);
	if (json_array_size(f.list) > 0)
		add_next_slot(&f, o, estimate);
	strings_finish(&facts.hosts);
	return f.list;
}
