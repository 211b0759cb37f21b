/* schedule.c - the periods in force, when they happen, and what is open. */
#include "engine/schedule.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/log.h"
#include "engine/cmd.h"
#include "engine/schedule_planned.h"
#include "model/hostset.h"

#define OUTLOOKS_MOST 500

/* What holds for one scope, kept. */
struct outlook_entry {
	char *key;
	struct outlook outlook;
	UT_hash_handle hh;
};

static void
forget_outlooks(struct schedule *sc)
{
	struct outlook_entry *it, *next;

	HASH_ITER(hh, sc->outlooks, it, next)
	{
		HASH_DEL(sc->outlooks, it);
		outlook_finish(&it->outlook);
		free(it->key);
		free(it);
	}
}

static void
forget_cache(struct schedule *sc)
{
	size_t i;

	forget_outlooks(sc);
	for (i = 0; i < sc->cached_count; i++) {
		spans_finish(&sc->cached[i].spans);
		selector_destroy(sc->cached[i].selector);
	}
	free(sc->cached);
	sc->cached = NULL;
	sc->cached_count = 0;
	sc->from = sc->to = 0;
}

static void
line_stop_finish(struct line_stop *l)
{
	free(l->env);
	free(l->author);
	free(l->reason);
}

static void
forget_stored(struct schedule *sc)
{
	size_t i;

	for (i = 0; i < sc->stored_count; i++)
		period_finish(&sc->stored[i]);
	for (i = 0; i < sc->line_count; i++)
		line_stop_finish(&sc->lines[i]);
	for (i = 0; i < sc->override_count; i++)
		free(sc->overrides[i].freeze);
	free(sc->stored);
	free(sc->lines);
	free(sc->overrides);
	sc->stored = NULL;
	sc->lines = NULL;
	sc->overrides = NULL;
	sc->stored_count = sc->line_count = sc->override_count = 0;
}

/* ---- from the store ---- */

static int
keep_period(const struct period *p, void *arg)
{
	struct schedule *sc = arg;

	sc->stored = xrealloc(
		sc->stored, sc->stored_count + 1, sizeof(*sc->stored));
	period_copy(&sc->stored[sc->stored_count++], p);
	return 0;
}

static int
keep_line(const struct line_stop *l, void *arg)
{
	struct schedule *sc = arg;
	struct line_stop *to;

	sc->lines =
		xrealloc(sc->lines, sc->line_count + 1, sizeof(*sc->lines));
	to = &sc->lines[sc->line_count++];
	*to = *l;
	to->env = xstrdup(l->env);
	to->author = xstrdup_or_null(l->author);
	to->reason = xstrdup_or_null(l->reason);
	return 0;
}

static int
keep_override(const char *freeze, struct change_id change, const char *author,
	const char *reason, int64_t at, void *arg)
{
	struct schedule *sc = arg;

	(void)author;
	(void)reason;
	(void)at;
	sc->overrides = xrealloc(sc->overrides, sc->override_count + 1,
		sizeof(*sc->overrides));
	sc->overrides[sc->override_count++] =
		(struct override){xstrdup(freeze), change};
	return 0;
}

void
schedule_changed(struct engine *en)
{
	struct schedule *sc = en->schedule;
	struct error e;

	forget_cache(sc);
	forget_stored(sc);
	schedule_forget_facts(sc);
	planned_lengths_changed(en);
	engine_must(store_period_each(en->store, false, keep_period, sc, &e),
		&e, "read the calendar");
	engine_must(store_line_each(en->store, keep_line, sc, &e), &e,
		"read stopped lines");
	engine_must(store_override_each(en->store, NULL, keep_override, sc, &e),
		&e, "read overrides");
}

struct schedule *
schedule_create(struct engine *en)
{
	struct schedule *sc = xcalloc(1, sizeof(*sc));

	en->schedule = sc;
	sc->plans = plans_create();
	sc->wall_ms = clock_wall_ms(en->clock);
	sc->mono_ms = clock_mono_ms(en->clock);
	sc->present_since = sc->wall_ms / 1000;
	schedule_changed(en);
	return sc;
}

void
schedule_destroy(struct schedule *sc)
{
	if (sc == NULL)
		return;
	forget_cache(sc);
	forget_stored(sc);
	schedule_forget_facts(sc);
	schedule_forget_edges(sc);
	plans_destroy(sc->plans);
	free(sc);
}

/* ---- expansions ---- */

static void
expand(struct cached_period *c, int64_t from, int64_t to)
{
	struct error e;

	/* Both were checked when the period was taken in. */
	if (recur_expand(c->period, from, to, &c->spans, &e) == -1)
		log_error("the calendar cannot use '%s': %s", c->period->name,
			e.text);
	spans_sort(&c->spans);
}

static void
cache_period(struct schedule *sc, const struct period *p)
{
	struct cached_period *c = &sc->cached[sc->cached_count++];

	c->period = p;
	if (p->selector != NULL)
		selector_parse(p->selector, &c->selector, NULL);
	expand(c, sc->from, sc->to);
}

/* Keeps what happens from long before now to long after it; moved on once a
 * day. */
static void
ensure_cache(struct engine *en)
{
	struct schedule *sc = en->schedule;
	const struct settings *s = en->settings;
	int64_t now = engine_now(en);
	size_t i;

	if (sc->to != 0 && now - SCHEDULE_BACK_S >= sc->from &&
		now + SCHEDULE_AHEAD_S + 8 * SCHEDULE_DAY_S <= sc->to)
		return;
	forget_cache(sc);
	sc->from = now - SCHEDULE_BACK_S - SCHEDULE_DAY_S;
	sc->to = now + SCHEDULE_AHEAD_S + 10 * SCHEDULE_DAY_S;
	sc->cached = xcalloc(s->period_count + sc->stored_count + 1,
		sizeof(*sc->cached));
	for (i = 0; i < s->period_count; i++)
		cache_period(sc, &s->periods[i]);
	for (i = 0; i < sc->stored_count; i++)
		cache_period(sc, &sc->stored[i]);
}

size_t
schedule_count(struct engine *en)
{
	ensure_cache(en);
	return en->schedule->cached_count;
}

const struct cached_period *
schedule_at(struct engine *en, size_t i)
{
	assert(i < en->schedule->cached_count);
	return &en->schedule->cached[i];
}

const struct period *
schedule_find(struct engine *en, const char *id)
{
	size_t i, count = schedule_count(en);

	for (i = 0; i < count; i++) {
		const struct period *p = schedule_at(en, i)->period;
		char *own = period_id(p);
		bool is_it = strcasecmp(own, id) == 0;

		free(own);
		if (is_it)
			return p;
	}
	return NULL;
}

const struct line_stop *
schedule_line_at(struct engine *en, size_t i)
{
	return i < en->schedule->line_count ? &en->schedule->lines[i] : NULL;
}

const struct line_stop *
schedule_line(struct engine *en, const char *env)
{
	const struct schedule *sc = en->schedule;
	size_t i;

	for (i = 0; i < sc->line_count; i++)
		if (strcmp(sc->lines[i].env, env) == 0)
			return &sc->lines[i];
	return NULL;
}

/* ---- what is open ---- */

struct scope
scope_of(const struct change *c)
{
	return (struct scope){.env = c->env,
		.service = c->service,
		.hosts = c->selector,
		.change = c->id};
}

/* A window must take in all hosts; a freeze or holiday one of them. */
static bool
takes_hosts(struct engine *en, const struct period *p,
	const struct selector *selector, const struct scope *s)
{
	const struct environment *env =
		settings_environment(en->settings, s->env);
	const struct host **hosts = NULL;
	size_t count = 0, i, taken = 0;
	struct error e;

	if (selector == NULL || s->service == NULL || env == NULL ||
		settings_hosts_of(en->settings, env, s->hosts, &hosts, &count,
			&e) == -1)
		return true;
	for (i = 0; i < count; i++)
		taken += selector_matches(selector, hosts[i]);
	free(hosts);
	return p->kind == PERIOD_WINDOW ? taken == count : taken > 0;
}

static bool
is_about(struct engine *en, const struct period *p,
	const struct selector *selector, const struct scope *s)
{
	return period_is_about(p, s->env, s->service) &&
	       takes_hosts(en, p, selector, s);
}

bool
schedule_is_about(struct engine *en, const struct period *p,
	const struct scope *s)
{
	struct selector *selector = NULL;
	bool about;

	if (p->selector != NULL)
		selector_parse(p->selector, &selector, NULL);
	about = is_about(en, p, selector, s);
	selector_destroy(selector);
	return about;
}

bool
schedule_is_overridden(
	struct engine *en, const struct period *p, struct change_id change)
{
	const struct schedule *sc = en->schedule;
	bool found = false;
	char *id = NULL;
	size_t i;

	for (i = 0; i < sc->override_count && !found; i++) {
		if (sc->overrides[i].change.number != change.number)
			continue;
		if (id == NULL)
			id = period_id(p);
		found = strcmp(sc->overrides[i].freeze, id) == 0;
	}
	free(id);
	return found && p->kind == PERIOD_FREEZE;
}

static void
add_spans(struct outlook *o, const struct period *p, const struct spans *s)
{
	struct spans *to =
		p->kind == PERIOD_WINDOW ? &o->windows : &o->denies;
	size_t i;

	for (i = 0; i < s->count; i++)
		if (s->items[i].end > o->from && s->items[i].start < o->to)
			spans_add(to, s->items[i].start, s->items[i].end, p);
}

/* A window of some services opens nothing for an environment as such. */
static void
add_period(struct engine *en, struct outlook *o, const struct cached_period *c,
	const struct scope *s)
{
	const struct schedule *sc = en->schedule;
	struct cached_period fresh = {.period = c->period};

	if (c->period->kind == PERIOD_WINDOW)
		o->has_windows = true;
	if (c->period->kind == PERIOD_WINDOW && s->service == NULL &&
		c->period->services.count > 0)
		return;
	if (o->from >= sc->from && o->to <= sc->to) {
		add_spans(o, c->period, &c->spans);
		return;
	}
	expand(&fresh, o->from, o->to);
	add_spans(o, c->period, &fresh.spans);
	spans_finish(&fresh.spans);
}

static bool
is_soft(const struct period *p)
{
	return p->kind == PERIOD_FREEZE && p->severity == SEVERITY_SOFT;
}

bool
schedule_has_soft(struct engine *en)
{
	size_t i, count = schedule_count(en);

	for (i = 0; i < count; i++)
		if (is_soft(schedule_at(en, i)->period))
			return true;
	return false;
}

static void
add_extra(struct engine *en, struct outlook *o, const struct scope *s)
{
	struct cached_period more = {.period = s->extra};

	if (s->extra == NULL || !schedule_is_about(en, s->extra, s))
		return;
	o->has_windows |= s->extra->kind == PERIOD_WINDOW;
	expand(&more, o->from, o->to);
	add_spans(o, s->extra, &more.spans);
	spans_finish(&more.spans);
}

void
schedule_outlook(struct engine *en, const struct scope *s, int64_t from,
	int64_t to, struct outlook *ret)
{
	size_t i, count = schedule_count(en);

	memset(ret, 0, sizeof(*ret));
	ret->from = from;
	ret->to = to;
	for (i = 0; i < count; i++) {
		const struct cached_period *c = schedule_at(en, i);

		if (c->period != s->without &&
			!(s->past_soft && is_soft(c->period)) &&
			is_about(en, c->period, c->selector, s) &&
			!schedule_is_overridden(en, c->period, s->change))
			add_period(en, ret, c, s);
	}
	add_extra(en, ret, s);
	spans_sort(&ret->windows);
	spans_sort(&ret->denies);
	calendar_open(&ret->windows, ret->has_windows, &ret->denies, from, to,
		&ret->open);
}

/* Overrides are a change's own. */
bool
schedule_has_override(struct engine *en, struct change_id change)
{
	const struct schedule *sc = en->schedule;
	size_t i;

	for (i = 0; i < sc->override_count; i++)
		if (sc->overrides[i].change.number == change.number)
			return true;
	return false;
}

const struct outlook *
schedule_look(struct engine *en, const struct scope *s)
{
	struct schedule *sc = en->schedule;
	struct outlook_entry *it;
	char *key;

	assert(s->extra == NULL && s->without == NULL);
	ensure_cache(en);
	key = xasprintf("%s\n%s\n%s\n%d %lld", s->env,
		s->service == NULL ? "" : s->service,
		s->hosts == NULL ? "" : s->hosts, s->past_soft,
		schedule_has_override(en, s->change)
			? (long long)s->change.number
			: 0);
	HASH_FIND_STR(sc->outlooks, key, it);
	if (it != NULL) {
		free(key);
		return &it->outlook;
	}
	if (HASH_COUNT(sc->outlooks) >= OUTLOOKS_MOST)
		forget_outlooks(sc);
	it = xcalloc(1, sizeof(*it));
	it->key = key;
	schedule_outlook(en, s, sc->from, sc->to, &it->outlook);
	HASH_ADD_KEYPTR(hh, sc->outlooks, it->key, strlen(it->key), it);
	return &it->outlook;
}

void
outlook_finish(struct outlook *o)
{
	spans_finish(&o->windows);
	spans_finish(&o->denies);
	openings_finish(&o->open);
}
