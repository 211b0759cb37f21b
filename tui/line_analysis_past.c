/*
 * line_analysis_past.c - what the analysis of rollouts found, and what it
 * would find today: samples that were stored are judged again here, so that
 * the engine does not wait for it.
 */
#include <stdlib.h>
#include <string.h>

#include "model/comparison.h"
#include "tui/line.h"
#include "wire/json.h"

#define PAGE 20 /* moments of a metric in one message */

/* ---- show ---- */

static void
say_metric(struct line *l, const json_t *m)
{
	int64_t failed = json_get_int(m, "failures_canary", 0) +
			 json_get_int(m, "failures_baseline", 0);

	line_say(l, "  %s: %s, %s", json_get_string(m, "name", ""),
		json_get_string(m, "verdict", ""),
		json_get_string(m, "reason", ""));
	line_say(l, "    samples: %lld canary, %lld baseline, %lld failed%s%s",
		(long long)json_get_int(m, "samples_canary", 0),
		(long long)json_get_int(m, "samples_baseline", 0),
		(long long)failed, failed > 0 ? "; last: " : "",
		failed > 0 ? json_get_string(m, "last_failure", "") : "");
}

static void
say_wave(struct line *l, const json_t *w)
{
	const json_t *m;
	size_t i;

	line_say(l, "wave %d: %s, score %.0f, after %d of %d moments",
		(int)json_get_int(w, "wave", 0),
		json_get_string(w, "verdict", ""),
		json_number_value(json_object_get(w, "score")),
		(int)json_get_int(w, "moments", 0),
		(int)json_get_int(w, "moments_planned", 0));
	if (json_get_int(w, "samples_needed", 0) > 0)
		line_say(l, "  %lld more samples a side are needed, about "
			    "%lld s",
			(long long)json_get_int(w, "samples_needed", 0),
			(long long)json_get_int(w, "needed_s", 0));
	json_array_foreach(json_object_get(w, "metrics"), i, m)
		say_metric(l, m);
	line_say(l, "  p below %.2g stops at this look: %s",
		json_number_value(json_object_get(w, "p_limit")),
		json_get_string(w, "correction", ""));
}

int
line_analysis_show(struct line *l)
{
	struct error e;
	json_t *o, *w;
	size_t i;

	if (line_ask(l, "analysis.show", args_params(&l->args), &o, &e) == -1)
		return line_fail(l, &e);
	if (l->json) {
		line_print_json(o);
	} else {
		line_say(l, "%s %s %s to %s: %s, %s",
			json_get_string(o, "id", ""),
			json_get_string(o, "service", ""),
			json_get_string(o, "version", ""),
			json_get_string(o, "env", ""),
			json_get_string(o, "state", ""),
			json_get_string(o, "verdict", "no verdict"));
		json_array_foreach(json_object_get(o, "waves"), i, w)
			say_wave(l, w);
	}
	json_decref(o);
	return 0;
}

/* ---- replay ---- */

struct replay {
	struct metric *metrics;
	size_t count;
	struct comparison comparison;
	int stopped_at; /* moment; 0: it never stops */
};

static void
read_metrics(struct replay *r, const json_t *list)
{
	const json_t *m;
	size_t i;

	r->count = json_array_size(list);
	r->metrics = xcalloc(r->count, sizeof(*r->metrics));
	json_array_foreach(list, i, m)
	{
		int worse = analysis_worse_parse(
			json_get_string(m, "worse", "higher"));

		r->metrics[i] = (struct metric){
			.name = xstrdup(json_get_string(m, "name", "")),
			.target = xstrdup(""),
			.worse = worse < 0 ? ANALYSIS_HIGHER
					   : (enum analysis_worse)worse,
			.tolerance = json_number_value(
				json_object_get(m, "tolerance")),
			.is_critical = json_get_bool(m, "critical", false),
			.weight = json_number_value(
				json_object_get(m, "weight")),
			.min_samples =
				(int)json_get_int(m, "min_samples", 0)};
	}
}

static void
replay_init(struct replay *r, const json_t *row)
{
	const json_t *rules = json_object_get(row, "rules");
	struct analysis_rules a = {
		.interval_ms = json_get_int(rules, "interval_ms", 15000),
		.min_samples = (int)json_get_int(rules, "min_samples", 30),
		.confidence = json_number_value(
			json_object_get(rules, "confidence")),
		.pass = (int)json_get_int(rules, "pass", 95),
		.marginal = (int)json_get_int(rules, "marginal", 75)};

	memset(r, 0, sizeof(*r));
	a.in_turn = json_get_bool(rules, "in_turn", false);
	if (a.interval_ms < 1)
		a.interval_ms = 1;
	if (!(a.confidence >= 0.5 && a.confidence < 1))
		a.confidence = ANALYSIS_CONFIDENCE;
	read_metrics(r, json_object_get(row, "metrics"));
	comparison_init(&r->comparison, &a, r->metrics, r->count,
		json_get_int(rules, "for_ms", 0), 1);
	/* As it was planned then: how many hosts there were is in it. */
	if (json_get_int(row, "moments_planned", 0) > 0)
		r->comparison.planned =
			(int)json_get_int(row, "moments_planned", 1);
}

static void
replay_finish(struct replay *r)
{
	size_t i;

	comparison_finish(&r->comparison);
	for (i = 0; i < r->count; i++)
		metric_finish(&r->metrics[i]);
	free(r->metrics);
}

static void
look(struct replay *r)
{
	comparison_look(&r->comparison);
	if (r->comparison.verdict == ANALYSIS_FAIL && r->stopped_at == 0)
		r->stopped_at = r->comparison.moments;
}

static void
feed_side(struct replay *r, size_t metric, enum side side, const json_t *item,
	const char *values, const char *failures)
{
	const json_t *v;
	size_t i;

	json_array_foreach(json_object_get(item, values), i, v)
		comparison_add(
			&r->comparison, metric, side, json_number_value(v));
	comparison_fail(&r->comparison, metric, side,
		(int)json_get_int(item, failures, 0), NULL);
}

static void
feed(struct replay *r, const json_t *items, int64_t began_at_s)
{
	int64_t at = 0;
	const json_t *item;
	size_t i;

	json_array_foreach(items, i, item)
	{
		int64_t at_ms = json_get_int(item, "at_ms", 0);
		size_t metric = (size_t)json_get_int(item, "metric", 0);

		if (metric >= r->count || at_ms / 1000 < began_at_s)
			continue;
		if (at != 0 && at != at_ms)
			look(r);
		if (r->stopped_at != 0)
			return;
		at = at_ms;
		feed_side(r, metric, SIDE_CANARY, item, "canary",
			"failures_canary");
		feed_side(r, metric, SIDE_BASELINE, item, "baseline",
			"failures_baseline");
	}
	if (at != 0)
		look(r);
}

/* A rollout that was taken back, failed or given up was no good. */
static const char *
judge_stop(const json_t *row, bool stops)
{
	const char *state = json_get_string(row, "state", "");
	bool good = strcmp(state, "succeeded") == 0;

	if (!good && strcmp(state, "failed") != 0 &&
		strcmp(state, "rolled_back") != 0 &&
		strcmp(state, "aborted") != 0)
		return "not over";
	if (stops)
		return good ? "stopped wrongly" : "stopped rightly";
	return good ? "let go rightly" : "let go";
}

static int
replay_row(struct line *l, json_t *row, struct error *e)
{
	json_t *items, *params = json_pack("{s:O, s:O, s:i}", "id",
				 json_object_get(row, "rollout"), "wave",
				 json_object_get(row, "wave"), "limit", PAGE);
	struct replay r;

	if (client_list(l->client, "analysis.samples", params, &items, e) ==
		-1)
		return -1;
	replay_init(&r, row);
	feed(&r, items, 0);
	json_object_set_new(row, "verdict_now",
		json_string(analysis_verdict_name(r.comparison.verdict)));
	json_object_set_new(row, "stops_at_moment",
		r.stopped_at == 0 ? json_null() : json_integer(r.stopped_at));
	json_object_set_new(row, "judged",
		json_string(judge_stop(row, r.stopped_at != 0)));
	json_object_set_new(row, "samples",
		json_integer((json_int_t)json_array_size(items)));
	replay_finish(&r);
	json_decref(items);
	return 0;
}

static void
say_row(struct line *l, const json_t *row)
{
	line_say(l, "%s wave %d, %s %s to %s, %s: then %s, today %s, %s",
		json_get_string(row, "rollout", ""),
		(int)json_get_int(row, "wave", 0),
		json_get_string(row, "service", ""),
		json_get_string(row, "version", ""),
		json_get_string(row, "env", ""),
		json_get_string(row, "state", ""),
		json_get_string(row, "verdict", ""),
		json_get_string(row, "verdict_now", ""),
		json_get_string(row, "judged", ""));
}

static void
say_sum(struct line *l, const json_t *rows)
{
	int rightly = 0, wrongly = 0;
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		const char *judged = json_get_string(row, "judged", "");

		rightly += strcmp(judged, "stopped rightly") == 0;
		wrongly += strcmp(judged, "stopped wrongly") == 0;
	}
	line_say(l, "%zu analyses; today's settings stop %d rightly, %d "
		    "wrongly",
		json_array_size(rows), rightly, wrongly);
}

int
line_analysis_replay(struct line *l)
{
	json_t *rows, *row, *params = args_params(&l->args);
	struct error e;
	size_t i;

	if (line_open(l, &e) == -1) {
		json_decref(params);
		return line_fail(l, &e);
	}
	if (client_list(l->client, "analysis.ls", params, &rows, &e) == -1)
		return line_fail(l, &e);
	json_array_foreach(rows, i, row)
	{
		if (replay_row(l, row, &e) == -1) {
			json_decref(rows);
			return line_fail(l, &e);
		}
		if (!l->json)
			say_row(l, row);
	}
	if (l->json)
		line_print_json(rows);
	else
		say_sum(l, rows);
	json_decref(rows);
	return 0;
}
