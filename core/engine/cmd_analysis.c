/* cmd_analysis.c - what the analysis of rollouts found, and its samples. */
#include <stdlib.h>
#include <string.h>

#include "engine/cmd.h"
#include "model/gate.h"
#include "model/sample_block.h"
#include "store/store_analysis.h"
#include "wire/json.h"

/* ---- show ---- */

static json_t *
row_json(const struct analysis_row *r)
{
	json_t *o = json_loads(r->result, 0, NULL);
	char id[ID_TEXT_SIZE];

	if (o == NULL)
		o = json_object();
	rollout_id_format(r->rollout, id);
	json_object_set_new(o, "rollout", json_string(id));
	json_object_set_new(o, "wave", json_integer(r->wave));
	json_object_set_new(
		o, "began_at", json_time(r->began_at_ms / 1000));
	json_object_set_new(o, "ended_at", json_time(r->ended_at_ms / 1000));
	return o;
}

static int
add_row(const struct analysis_row *r, void *arg)
{
	json_array_append_new(arg, row_json(r));
	return 0;
}

/* The verdict of the whole is that of the wave that was judged last. */
static json_t *
show_json(const struct rollout *r, json_t *waves)
{
	const json_t *last =
		json_array_get(waves, json_array_size(waves) - 1);
	char id[ID_TEXT_SIZE], change[ID_TEXT_SIZE];

	rollout_id_format(r->id, id);
	change_id_format(r->change, change);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:O?, s:o}",
		"id", id, "change", change, "service", r->service, "version",
		r->version, "env", r->env, "strategy",
		r->strategy == NULL ? "" : r->strategy, "state",
		rollout_state_name(r->state), "verdict",
		json_text(json_get_string(last, "verdict", NULL)), "metrics",
		json_object_get(last, "metrics"),
		"waves", waves);
}

void
cmd_analysis_show(struct request *rq)
{
	json_t *waves = json_array();
	struct rollout_id id;
	struct rollout r;
	struct error e;

	if (arg_rollout(rq, &id, &e) == -1 ||
		store_rollout_find(rq->en->store, id, &r, &e) != 1) {
		json_decref(waves);
		request_fail(rq, &e);
		return;
	}
	/* Of a way back: the analysis of what it undid. */
	if (r.undoes.number != 0)
		id = r.undoes;
	engine_must(store_analysis_each(
			    rq->en->store, id, 0, add_row, waves, &e),
		&e, "read analyses");
	if (json_array_size(waves) == 0) {
		json_decref(waves);
		error_set(&e, ERROR_NOT_FOUND,
			"nothing was analysed in this rollout");
		error_hint(&e, "a strategy with `analysis` does, for a "
			       "service with `metrics`");
		request_fail(rq, &e);
	} else {
		request_done(rq, show_json(&r, waves));
	}
	rollout_finish(&r);
}

/* ---- replay: what the client needs to judge again ---- */

struct list {
	struct request *rq;
	struct page page;
};

static json_t *
metric_json(const struct metric *m)
{
	return json_pack("{s:s, s:s, s:f, s:b, s:f, s:i}", "name", m->name,
		"worse", analysis_worse_name(m->worse), "tolerance",
		m->tolerance, "critical", (int)m->is_critical, "weight",
		m->weight, "min_samples", m->min_samples);
}

/* As it is configured today; a metric that is gone is judged as it was. */
static json_t *
metrics_today(const struct settings *s, const struct plan *p)
{
	const struct service *service = settings_service(s, p->service);
	json_t *list = json_array();
	size_t i, k;

	for (i = 0; i < p->metric_count; i++) {
		const struct metric *m = &p->metrics[i];

		for (k = 0; service != NULL && k < service->metric_count; k++)
			if (strcmp(service->metrics[k].name, m->name) == 0)
				m = &service->metrics[k];
		json_array_append_new(list, metric_json(m));
	}
	return list;
}

static json_t *
rules_today(const struct settings *s, const struct plan *p)
{
	const struct strategy *st = settings_strategy(s, p->strategy);
	const struct analysis_rules *a =
		st != NULL && st->analysis.interval_ms > 0 ? &st->analysis
							   : &p->analysis;
	int64_t for_ms = 0;
	size_t i;

	for (i = 0; i < p->gate_count; i++)
		if (p->gates[i].kind == GATE_ANALYSIS)
			for_ms = p->gates[i].for_ms;
	return json_pack("{s:I, s:i, s:f, s:i, s:i, s:I, s:b}", "interval_ms",
		(json_int_t)p->analysis.interval_ms, "min_samples",
		a->min_samples, "confidence", a->confidence, "pass", a->pass,
		"marginal", a->marginal, "for_ms", (json_int_t)for_ms,
		"in_turn",
		p->strategy_kind == STRATEGY_BLUE_GREEN);
}

int
plan_of_digest(struct engine *en, const char *digest, struct plan *ret,
	struct error *e)
{
	char *text;
	size_t len;
	int found = store_plan_find(en->store, digest, &text, &len, e);

	if (found != 1)
		return found;
	found = plan_parse(text, len, ret, e) == -1 ? -1 : 1;
	free(text);
	return found;
}

static int
list_row(const struct analysis_row *row, void *arg)
{
	struct list *l = arg;
	struct engine *en = l->rq->en;
	int64_t cursor = row->rollout.number * 100000 + row->wave;
	struct rollout r;
	struct plan plan;
	struct error e;
	json_t *o;

	if (cursor <= l->page.after ||
		store_rollout_find(en->store, row->rollout, &r, &e) != 1)
		return 0;
	if (plan_of_digest(en, r.plan_digest, &plan, &e) != 1) {
		rollout_finish(&r);
		return 0;
	}
	o = row_json(row);
	json_object_del(o, "metrics");
	json_object_update_new(o,
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "service",
			r.service, "version", r.version, "env", r.env,
			"strategy", r.strategy == NULL ? "" : r.strategy,
			"state", rollout_state_name(r.state), "metrics",
			metrics_today(en->settings, &plan), "rules",
			rules_today(en->settings, &plan)));
	plan_finish(&plan);
	rollout_finish(&r);
	return page_add(&l->page, o, cursor);
}

void
cmd_analysis_ls(struct request *rq)
{
	struct list l = {.rq = rq};
	struct error e;
	int64_t since = 0;

	if (arg_since(rq, &since, &e) == -1 ||
		page_init(rq, &l.page, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	engine_must(store_analysis_each(rq->en->store, (struct rollout_id){0},
			    since * 1000, list_row, &l, &e),
		&e, "read analyses");
	request_done(rq, page_finish(&l.page));
}

/* ---- samples ---- */

struct sampled {
	struct list list;
	int wave;
	const struct plan *plan;
};

/* Of blue-green what was measured before the switch is the baseline. */
static bool
is_canary(const struct sampled *s, int host)
{
	if (s->plan->strategy_kind == STRATEGY_BLUE_GREEN)
		return s->wave == TRAFFIC_WAVE;
	return s->plan->hosts[host].wave <= s->wave;
}

static json_t *
values_json(const struct sample_block *b, const struct sampled *s,
	bool of_canary)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < b->count; i++) {
		int host = b->items[i].host;

		if (host < (int)s->plan->host_count &&
			is_canary(s, host) == of_canary)
			json_array_append_new(
				list, json_real(b->items[i].value));
	}
	return list;
}

static int
list_block(int64_t at_ms, int metric, const void *bytes, size_t len, void *arg)
{
	struct sampled *s = arg;
	int64_t cursor = at_ms * 1000 + metric;
	struct sample_block b;
	int full;

	if (cursor <= s->list.page.after ||
		sample_block_unpack(bytes, len, &b, NULL) == -1)
		return 0;
	full = page_add(&s->list.page,
		json_pack("{s:I, s:i, s:o, s:o, s:i, s:i}", "at_ms",
			(json_int_t)at_ms, "metric", metric, "canary",
			values_json(&b, s, true), "baseline",
			values_json(&b, s, false), "failures_canary",
			b.failed_canary, "failures_baseline",
			b.failed_baseline),
		cursor);
	sample_block_finish(&b);
	return full;
}

void
cmd_analysis_samples(struct request *rq)
{
	struct sampled s = {.list = {.rq = rq},
		.wave = (int)json_get_int(rq->args, "wave", 1)};
	struct rollout_id id;
	struct plan plan;
	struct rollout r;
	struct error e;
	int found, first = 1, last;

	if (arg_rollout(rq, &id, &e) == -1 ||
		store_rollout_find(rq->en->store, id, &r, &e) != 1) {
		request_fail(rq, &e);
		return;
	}
	found = plan_of_digest(rq->en, r.plan_digest, &plan, &e);
	rollout_finish(&r);
	if (found != 1) {
		error_set(&e, ERROR_NOT_FOUND, "the plan is not there");
		request_fail(rq, &e);
		return;
	}
	if (page_init(rq, &s.list.page, &e) == -1) {
		request_fail(rq, &e);
		plan_finish(&plan);
		return;
	}
	s.plan = &plan;
	if (plan.strategy_kind != STRATEGY_BLUE_GREEN)
		first = s.wave;
	for (last = s.wave, s.wave = first; s.wave <= last; s.wave++)
		engine_must(store_samples_each(rq->en->store, id, s.wave,
				    list_block, &s, &e),
			&e, "read samples");
	plan_finish(&plan);
	request_done(rq, page_finish(&s.list.page));
}
