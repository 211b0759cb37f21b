/* change_risk.c - the facts that the risk of a change is made of, from what
 * is stored; model/risk.c makes the score of them. */
#include <stdlib.h>
#include <string.h>

#include "base/zone.h"
#include "engine/cmd.h"
#include "engine/differences.h"
#include "engine/running.h"
#include "engine/schedule.h"
#include "model/plan_diff.h"
#include "model/risk.h"
#include "wire/json.h"

#define FILES_MOST 50000
#define LINES_MOST 1000
#define ROLLOUTS_LOOKED_AT 200
#define CHANGES_LOOKED_AT 500
#define RECORD_LENGTH 10

struct gathering {
	struct engine *en;
	const struct change *c;
	const struct plan *plan;
	const struct environment *env;
	struct risk_facts f;
	int looked_at;
	/* Texts that the facts borrow. */
	struct running running;
	char *not_compared;
	struct strings overlaps;
	struct strbuf missing, with;
};

/* ---- what differs ---- */

/* Files of a version; -1: it is not known here. */
static int64_t
files_of(struct engine *en, const char *service, const char *version)
{
	struct release r;
	struct error e;
	int64_t files;

	if (store_release_find(en->store, service, version, &r, &e) != 1)
		return -1;
	files = r.files;
	release_finish(&r);
	return files;
}

static int
gather_files(struct gathering *g, const char *version, struct error *e)
{
	const char *service = g->c->service;
	int64_t before = files_of(g->en, service, version);
	int64_t after = files_of(g->en, service, g->c->version);
	const struct difference *d;

	if (before < 0)
		g->not_compared = xasprintf(
			"the files of %s are not known here", version);
	else if (before > FILES_MOST || after > FILES_MOST)
		g->not_compared = xasprintf("its %lld files are too many to "
					    "compare beforehand",
			(long long)(before > after ? before : after));
	g->f.not_compared = g->not_compared;
	if (g->not_compared != NULL)
		return 0;
	d = difference_find(g->en, service, version, g->c->version);
	if (d == NULL)
		return error_set(e, ERROR_BUSY,
			"the files of %s and %s are being compared", version,
			g->c->version);
	g->f.files = d->files;
	g->f.files_differ = d->differ;
	g->f.schema_files = d->schema_files;
	g->f.settings_files = d->settings_files;
	g->f.schema_file = d->schema_file;
	g->f.settings_file = d->settings_file;
	return 0;
}

static void
gather_steps(struct gathering *g, const struct running_version *v)
{
	char *then = running_plan(g->en, v), *old, *new;
	struct strings removed = {0}, added = {0};
	struct strbuf now;

	if (then == NULL)
		return;
	strbuf_init(&now);
	plan_print(g->plan, &now);
	old = running_settings(then);
	new = running_settings(now.buf);
	plan_diff(old, new, LINES_MOST, &removed, &added);
	g->f.steps_differ = (int)(removed.count > added.count ? removed.count
							      : added.count);
	strings_finish(&removed);
	strings_finish(&added);
	strbuf_finish(&now);
	free(old);
	free(new);
	free(then);
}

/* Against the version that runs on most of its hosts. */
static int
gather_difference(struct gathering *g, struct error *e)
{
	size_t i;

	running_load(g->en, g->c, g->plan, &g->running);
	for (i = 0; i < g->running.count; i++) {
		const struct running_version *v = &g->running.items[i];

		if (v->version == NULL)
			continue;
		g->f.runs = v->version;
		gather_steps(g, v);
		return gather_files(g, v->version, e);
	}
	return 0;
}

static void
gather_plan(struct gathering *g)
{
	const struct plan *p = g->plan;
	const struct host **all = NULL;
	size_t count = 0, i;
	struct error e;

	if (settings_hosts_of(
		    g->en->settings, g->env, NULL, &all, &count, &e) == 0)
		free(all);
	g->f.env_hosts = (int)(count > p->host_count ? count : p->host_count);
	g->f.hosts = (int)p->host_count;
	for (i = 0; i < p->host_count; i++)
		g->f.first_wave += p->hosts[i].wave == 1;
	for (i = 0; i < STEP_KIND_COUNT; i++)
		if (p->steps[i].run != NULL && !p->steps[i].reversible)
			g->f.irreversible = step_kind_name((enum step_kind)i);
	g->f.env = g->env->name;
	g->f.env_kind = g->env->kind;
	g->f.strategy = p->strategy;
	g->f.is_emergency = g->c->type == CHANGE_TYPE_EMERGENCY;
}

/* ---- the record ---- */

static int
note_rollout(const struct rollout *r, void *arg)
{
	struct gathering *g = arg;
	bool succeeded = r->state == ROLLOUT_SUCCEEDED;

	if (r->kind == ROLLOUT_DEPLOY && rollout_is_over(r->state)) {
		if (g->f.rollouts < RECORD_LENGTH) {
			g->f.rollouts++;
			g->f.rollouts_bad +=
				!succeeded || r->rollback.number != 0;
		}
		if (succeeded && g->f.last_at == 0)
			g->f.last_at = r->finished_at;
		if (strcmp(r->strategy, g->f.strategy) == 0)
			g->f.strategy_is_new = false;
	}
	return ++g->looked_at == ROLLOUTS_LOOKED_AT;
}

static int
note_change(const struct change *c, void *arg)
{
	struct gathering *g = arg;

	if (change_has_run(c->state) && c->author != NULL &&
		g->c->author != NULL && strcmp(c->author, g->c->author) == 0)
		g->f.author_is_new = false;
	return ++g->looked_at == CHANGES_LOOKED_AT || !g->f.author_is_new;
}

static void
gather_record(struct gathering *g)
{
	struct rollout_filter rollouts = {.service = g->c->service,
		.env = g->c->env,
		.state = -1,
		.newest_first = true};
	struct change_filter changes = {.service = g->c->service,
		.env = g->c->env,
		.state = -1,
		.newest_first = true};
	struct error e;

	g->f.author = g->c->author;
	g->f.strategy_is_new = g->f.author_is_new = true;
	engine_must(store_rollout_each(
			    g->en->store, &rollouts, note_rollout, g, &e),
		&e, "read rollouts");
	g->looked_at = 0;
	engine_must(store_change_each(
			    g->en->store, &changes, note_change, g, &e),
		&e, "read changes");
}

/* Where else this very release has run for longest. */
static void
gather_proof(struct gathering *g)
{
	const struct settings *s = g->en->settings;
	struct error e;
	int64_t since;
	size_t i;

	for (i = 0; i < s->environment_count; i++) {
		const char *name = s->environments[i].name;

		if (strcmp(name, g->c->env) == 0)
			continue;
		engine_must(store_rollout_succeeded(g->en->store,
				    g->c->service, g->c->version, name, &since,
				    &e),
			&e, "read rollouts");
		if (since != 0 && g->f.starts_at - since > g->f.proven_s) {
			g->f.proven_s = g->f.starts_at - since;
			g->f.proven_env = name;
		}
	}
}

/* ---- evidence ---- */

static void
note_missing(struct gathering *g, const char *word)
{
	if (g->missing.len > 0 && strstr(g->missing.buf, word) != NULL)
		return;
	strbuf_addf(&g->missing, "%s%s", g->missing.len > 0 ? ", " : "", word);
	g->f.missing_count++;
}

static bool
has_passed(const struct evidences *list, enum evidence_format format,
	const char *kind, const char *sha256)
{
	const struct evidence *newest = NULL;
	size_t i;

	for (i = 0; i < list->count; i++) {
		const struct evidence *v = &list->items[i];

		if ((v->format == format ||
			    strncmp(v->kind, kind, strlen(kind)) == 0) &&
			strcmp(v->sha256, sha256) == 0)
			newest = v;
	}
	return newest != NULL && strcmp(newest->result, "pass") == 0;
}

static void
gather_evidence(struct gathering *g)
{
	struct evidences list;
	struct policy p;
	struct strbuf why;
	struct error e;
	size_t i;

	strbuf_init(&why);
	engine_must(store_evidence(g->en->store, g->c->service, g->c->version,
			    &list, &e),
		&e, "read evidence");
	if (!has_passed(&list, EVIDENCE_JUNIT, "test", g->plan->sha256))
		note_missing(g, "tests");
	if (!has_passed(&list, EVIDENCE_SARIF, "scan", g->plan->sha256))
		note_missing(g, "scan");
	settings_policy(g->en->settings, g->env, g->c->service,
		change_type_name(g->c->type), g->plan->strategy, 0, &p);
	for (i = 0; i < p.evidence_count; i++)
		if (!evidence_satisfies(&p.evidence[i], list.items, list.count,
			    g->plan->sha256, engine_now(g->en), &why))
			note_missing(g, p.evidence[i].kind);
	g->f.missing = g->missing.buf;
	policy_finish(&p);
	evidences_finish(&list);
	strbuf_finish(&why);
}

/* ---- time ---- */

static void
gather_time(struct gathering *g)
{
	const char *zone = g->env->timezone != NULL
				   ? g->env->timezone
				   : g->en->settings->timezone;
	struct zone_scope scope;
	int64_t now = engine_now(g->en), local, day;
	size_t i;

	g->f.starts_at = g->c->scheduled_at > now ? g->c->scheduled_at : now;
	zone_enter(&scope, zone);
	local = zone_local(g->f.starts_at);
	zone_leave(&scope);
	day = local / 86400;
	g->f.zone = zone;
	g->f.start_min = (int)(local % 86400 / 60);
	g->f.start_wday = (int)((day + 4) % 7); /* 1970 began on a Thursday */
	schedule_overlaps(g->en, g->c, g->plan, &g->overlaps);
	for (i = 0; i < g->overlaps.count; i++)
		strbuf_addf(&g->with, "%s%s", i == 0 ? "" : ", ",
			g->overlaps.items[i]);
	g->f.overlaps = (int)g->overlaps.count;
	g->f.overlap_ids = g->with.buf;
}

/* ---- the score ---- */

static json_t *
reasons_json(const struct risk *r)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < r->count; i++)
		json_array_append_new(list,
			json_pack("{s:s, s:i, s:s}", "factor",
				r->items[i].factor, "points",
				r->items[i].points, "text", r->items[i].text));
	return list;
}

static void
gathering_finish(struct gathering *g)
{
	running_finish(&g->running);
	free(g->not_compared);
	strings_finish(&g->overlaps);
	strbuf_finish(&g->missing);
	strbuf_finish(&g->with);
}

static void
take_score(struct change *c, const struct risk *risk)
{
	json_t *reasons = reasons_json(risk);

	c->risk = risk->score;
	free(c->risk_reasons);
	c->risk_reasons = json_dumps(reasons, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(reasons);
}

int
change_assess(struct engine *en, struct change *c, const struct plan *plan,
	struct error *e)
{
	struct gathering g = {.en = en, .c = c, .plan = plan};
	struct risk risk;
	int result;

	g.env = settings_environment(en->settings, c->env);
	assert(g.env != NULL);
	strbuf_init(&g.missing);
	strbuf_init(&g.with);
	result = gather_difference(&g, e);
	if (result == 0) {
		gather_plan(&g);
		gather_record(&g);
		gather_time(&g);
		gather_proof(&g);
		gather_evidence(&g);
		risk_assess(&en->settings->risk, &g.f, &risk);
		take_score(c, &risk);
		risk_finish(&risk);
	}
	gathering_finish(&g);
	return result;
}

char *
change_risk_words(const struct change *c, size_t most)
{
	json_t *list = c->risk_reasons == NULL
			       ? json_array()
			       : json_loads(c->risk_reasons, 0, NULL);
	struct strbuf words;
	json_t *item;
	size_t i;

	strbuf_init(&words);
	strbuf_adds(&words, "");
	json_array_foreach(list, i, item)
	{
		if (i == most)
			break;
		strbuf_addf(&words, "%s%+d %s", i == 0 ? "" : "; ",
			(int)json_get_int(item, "points", 0),
			json_get_string(item, "text", ""));
	}
	json_decref(list);
	return strbuf_detach(&words);
}
