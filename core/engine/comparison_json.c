/* comparison_json.c - a comparison as JSON; for rollouts and replay. */
#include "engine/comparison_json.h"

#include <math.h>

#include "wire/json.h"

/* Kept for plots: the latest of a side, oldest first. */
#define LATEST 60

static json_t *
number_or_null(bool has, double value)
{
	return has && isfinite(value) ? json_real(value) : json_null();
}

static json_t *
latest(const struct samples *s)
{
	json_t *list = json_array();
	size_t i = s->count > LATEST ? s->count - LATEST : 0;

	for (; i < s->count; i++)
		json_array_append_new(list, json_real(s->items[i]));
	return list;
}

static json_t *
metric_json(const struct compared_metric *m)
{
	const struct samples *canary = &m->sides[SIDE_CANARY];
	const struct samples *baseline = &m->sides[SIDE_BASELINE];
	const struct metric_verdict *v = &m->verdict;

	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:o, "
			 "s:s, s:s, s:b, s:f, s:f, s:s, s:o, s:o}",
		"name", m->metric->name, "verdict",
		analysis_verdict_name(v->verdict), "p_value",
		number_or_null(v->has_p, v->p_value), "shift",
		number_or_null(v->has_p, v->shift), "relative_shift",
		number_or_null(v->has_p && v->has_relative, v->relative_shift),
		"samples_canary", (json_int_t)canary->count,
		"samples_baseline", (json_int_t)baseline->count,
		"failures_canary", (json_int_t)canary->failed,
		"failures_baseline", (json_int_t)baseline->failed,
		"samples_needed",
		v->samples_needed < 0 ? json_null()
				      : json_integer(v->samples_needed),
		"reason", v->reason, "last_failure", m->last_failure,
		"critical", (int)m->metric->is_critical, "tolerance",
		m->metric->tolerance, "weight", m->metric->weight, "worse",
		analysis_worse_name(m->metric->worse), "canary",
		latest(canary), "baseline", latest(baseline));
}

json_t *
comparison_json(const struct comparison *c)
{
	json_t *list = json_array();
	int64_t takes_s;
	long needed = comparison_needed(c, &takes_s);
	size_t i;

	for (i = 0; i < c->count; i++)
		json_array_append_new(list, metric_json(&c->metrics[i]));
	return json_pack("{s:s, s:f, s:i, s:i, s:f, s:f, s:f, s:o, s:o, s:s, "
			 "s:o}",
		"verdict", analysis_verdict_name(c->verdict), "score",
		c->score, "moments", c->moments, "moments_planned", c->planned,
		"confidence", c->rules.confidence, "p_limit", c->limit,
		"interval_s", (double)c->rules.interval_ms / 1000,
		"samples_needed",
		needed < 0 ? json_null() : json_integer(needed), "needed_s",
		takes_s < 0 ? json_null() : json_integer(takes_s), "correction",
		"alpha spending (Lan and DeMets 1983, O'Brien-Fleming)",
		"metrics", list);
}
