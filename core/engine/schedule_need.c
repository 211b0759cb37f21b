/* schedule_need.c - how long a change takes: the p90 of what rollouts of the
 * service took in this environment, else a stated default. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "engine/cmd.h"
#include "engine/schedule.h"
#include "engine/schedule_planned.h"

#define FACTS_MOST 4096
#define HISTORY_MOST 50

struct facts_entry {
	char digest[DIGEST_HEX_SIZE];
	struct plan_facts facts;
	UT_hash_handle hh;
};

/* Half of all rollouts, and nine in ten, took no longer. */
struct spread {
	int samples;
	double host_p50_s, host_p90_s; /* staging, of each host */
	double wave_p50_s, wave_p90_s; /* all else, of each wave */
};

/* What the history says of one service in one environment. */
struct history_entry {
	char *key;
	struct spread forward, back;
	UT_hash_handle hh;
};

/* ---- plans ---- */

void
plan_facts_finish(struct plan_facts *f)
{
	strings_finish(&f->hosts);
}

/* Of more waves than are counted the last ones are one. */
static int
wave_slot(int wave)
{
	return wave < 1 ? 0 : wave > AT_RISK_WAVES ? AT_RISK_WAVES - 1
						   : wave - 1;
}

void
plan_facts_init(struct plan_facts *ret, const struct plan *p)
{
	size_t i;

	memset(ret, 0, sizeof(*ret));
	ret->waves = p->waves < 1 ? 1 : p->waves;
	ret->bake_s = (plan_shortest_ms(p) + 999) / 1000;
	for (i = 0; i < p->host_count; i++)
		ret->at_risk[wave_slot(p->hosts[i].wave)]++;
	for (i = 1; i < AT_RISK_WAVES; i++)
		ret->at_risk[i] += ret->at_risk[i - 1];
	ret->hosts.items = xcalloc(p->host_count, sizeof(char *));
	ret->hosts.count = p->host_count;
	for (i = 0; i < p->host_count; i++)
		ret->hosts.items[i] = xstrdup(p->hosts[i].host.name);
	strings_sort(&ret->hosts);
}

void
schedule_forget_facts(struct schedule *sc)
{
	struct facts_entry *f, *next;
	struct history_entry *h, *after;

	HASH_ITER(hh, sc->facts, f, next)
	{
		HASH_DEL(sc->facts, f);
		plan_facts_finish(&f->facts);
		free(f);
	}
	HASH_ITER(hh, sc->history, h, after)
	{
		HASH_DEL(sc->history, h);
		free(h->key);
		free(h);
	}
}

void
schedule_forget_history(struct engine *en)
{
	struct schedule *sc = en->schedule;
	struct history_entry *h, *after;

	HASH_ITER(hh, sc->history, h, after)
	{
		HASH_DEL(sc->history, h);
		free(h->key);
		free(h);
	}
	planned_lengths_changed(en);
}

/* The plan as it was submitted; a draft's as it would be. */
static bool
load_plan(struct engine *en, const struct change *c, struct plan *ret)
{
	struct error e;
	bool ok = false;
	char *text;
	size_t len;

	if (c->plan_digest[0] == '\0')
		return change_make_plan(en, c, NULL, ret, &e) == 0;
	if (store_plan_find(en->store, c->plan_digest, &text, &len, &e) != 1)
		return false;
	ok = plan_parse(text, len, ret, &e) == 0;
	free(text);
	return ok;
}

static const struct plan_facts *
keep_facts(struct engine *en, const char *digest, const struct plan *plan)
{
	struct schedule *sc = en->schedule;
	struct facts_entry *f;

	if (HASH_COUNT(sc->facts) >= FACTS_MOST)
		schedule_forget_facts(sc);
	f = xcalloc(1, sizeof(*f));
	snprintf(f->digest, sizeof(f->digest), "%s", digest);
	plan_facts_init(&f->facts, plan);
	HASH_ADD_STR(sc->facts, digest, f);
	return &f->facts;
}

void
schedule_note_plan(
	struct engine *en, const char *digest, const struct plan *plan)
{
	struct facts_entry *f;

	HASH_FIND_STR(en->schedule->facts, digest, f);
	if (f == NULL)
		keep_facts(en, digest, plan);
}

const struct plan_facts *
schedule_facts(struct engine *en, const struct change *c)
{
	struct schedule *sc = en->schedule;
	const struct plan_facts *facts;
	struct facts_entry *f;
	struct plan plan;

	HASH_FIND_STR(sc->facts, c->plan_digest, f);
	if (f != NULL && c->plan_digest[0] != '\0')
		return &f->facts;
	if (!load_plan(en, c, &plan))
		return NULL;
	if (f != NULL) { /* of another draft */
		HASH_DEL(sc->facts, f);
		plan_facts_finish(&f->facts);
		free(f);
	}
	facts = keep_facts(en, c->plan_digest, &plan);
	plan_finish(&plan);
	return facts;
}

/* ---- history ---- */

/* What one rollout took: of its hosts, of its waves. */
struct samples {
	double staging[HISTORY_MOST], wave[HISTORY_MOST];
	int count;
};

static int
add_sample(const struct history_row *r, void *arg)
{
	struct samples *s = arg;
	int64_t active = r->active_s < 0 ? 0 : r->active_s;
	int64_t staging = r->staging_s > active ? active : r->staging_s;

	if (s->count == HISTORY_MOST)
		return 1;
	s->staging[s->count] =
		(double)staging / (r->hosts < 1 ? 1 : r->hosts);
	s->wave[s->count] =
		(double)(active - staging) / (r->waves < 1 ? 1 : r->waves);
	s->count++;
	return 0;
}

static int
compare_numbers(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The smallest that so many of ten do not exceed; list is sorted. */
static double
tenths(const double *list, int count, int of_ten)
{
	return count == 0 ? 0 : list[(count * of_ten + 9) / 10 - 1];
}

static void
spread_of(struct samples *s, struct spread *ret)
{
	qsort(s->staging, (size_t)s->count, sizeof(double), compare_numbers);
	qsort(s->wave, (size_t)s->count, sizeof(double), compare_numbers);
	ret->samples = s->count;
	ret->host_p50_s = tenths(s->staging, s->count, 5);
	ret->host_p90_s = tenths(s->staging, s->count, 9);
	ret->wave_p50_s = tenths(s->wave, s->count, 5);
	ret->wave_p90_s = tenths(s->wave, s->count, 9);
}

static void
read_history(struct engine *en, const char *service, const char *env,
	enum rollout_kind kind, struct spread *ret)
{
	struct samples s = {.count = 0};
	struct error e;

	engine_must(store_history_each(en->store, service, env, kind,
			    add_sample, &s, &e),
		&e, "read the history");
	spread_of(&s, ret);
}

static const struct history_entry *
find_history(struct engine *en, const char *service, const char *env)
{
	struct schedule *sc = en->schedule;
	char *key = xasprintf("%s %s", service, env);
	struct history_entry *h;

	HASH_FIND_STR(sc->history, key, h);
	if (h != NULL) {
		free(key);
		return h;
	}
	h = xcalloc(1, sizeof(*h));
	h->key = key;
	read_history(en, service, env, ROLLOUT_DEPLOY, &h->forward);
	read_history(en, service, env, ROLLOUT_ROLLBACK, &h->back);
	HASH_ADD_KEYPTR(hh, sc->history, h->key, strlen(h->key), h);
	return h;
}

static int64_t
whole_seconds(double s)
{
	return s < 1 ? 1 : (int64_t)(s + 0.999);
}

void
schedule_estimate_size(struct engine *en, const char *service,
	const char *env_name, const struct plan_size *size,
	struct estimate *ret)
{
	const struct environment *env =
		settings_environment(en->settings, env_name);
	const struct history_entry *h = find_history(en, service, env_name);
	int waves = size->waves < 1 ? 1 : size->waves;
	double hosts = size->hosts < 1 ? 1 : (double)size->hosts;
	int64_t stated_s =
		env == NULL ? 300 : (env->estimate_ms + 999) / 1000;

	ret->bake_s = size->bake_s;
	ret->samples = h->forward.samples;
	ret->need = (struct need){stated_s, stated_s};
	ret->p50_s = stated_s;
	if (h->forward.samples > 0) {
		ret->need.forward_s = whole_seconds(
			h->forward.host_p90_s * hosts +
			h->forward.wave_p90_s * waves);
		ret->p50_s = whole_seconds(h->forward.host_p50_s * hosts +
					   h->forward.wave_p50_s * waves);
		ret->need.back_s = whole_seconds(h->forward.wave_p90_s * waves);
	}
	if (h->back.samples > 0)
		ret->need.back_s = whole_seconds(h->back.wave_p90_s * waves);
	ret->need.forward_s += ret->bake_s;
	ret->p50_s += ret->bake_s;
}

void
schedule_estimate_facts(struct engine *en, const struct change *c,
	const struct plan_facts *facts, struct estimate *ret)
{
	struct plan_size size = {0};

	if (facts != NULL)
		size = (struct plan_size){
			facts->waves, facts->hosts.count, facts->bake_s};
	schedule_estimate_size(en, c->service, c->env, &size, ret);
}

void
schedule_estimate(
	struct engine *en, const struct change *c, struct estimate *ret)
{
	schedule_estimate_facts(en, c, schedule_facts(en, c), ret);
}
