/* line_analysis.c - what the analysis of a canary says about given numbers. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "model/analysis.h"
#include "tui/line.h"
#include "wire/json.h"

#define FILE_MOST (64 * 1024 * 1024)

struct judged {
	struct metric_samples *metrics;
	struct metric_verdict *verdicts;
	size_t count;
};

static void
judged_finish(struct judged *j)
{
	size_t i;

	for (i = 0; i < j->count; i++) {
		free((double *)(uintptr_t)j->metrics[i].canary);
		free((double *)(uintptr_t)j->metrics[i].baseline);
	}
	free(j->metrics);
	free(j->verdicts);
}

static int
read_samples(const json_t *m, const char *key, const char *name,
	const double **ret, size_t *ret_count, struct error *e)
{
	const json_t *list = json_object_get(m, key);
	double *values;
	size_t i, count = json_array_size(list);

	if (list != NULL && !json_is_array(list))
		return error_set(e, ERROR_INVALID,
			"'%s' of metric '%s' is not a list of numbers", key,
			name);
	values = xcalloc(count, sizeof(*values));
	*ret = values;
	*ret_count = count;
	for (i = 0; i < count; i++) {
		const json_t *v = json_array_get(list, i);

		values[i] = json_number_value(v);
		if (!json_is_number(v) || !isfinite(values[i]))
			return error_set(e, ERROR_INVALID,
				"sample %zu of '%s' of metric '%s' is not a "
				"number",
				i + 1, key, name);
	}
	return 0;
}

static int
read_number(const json_t *o, const char *key, double or_else, double least,
	double most, double *ret, struct error *e)
{
	const json_t *v = json_object_get(o, key);

	*ret = v == NULL ? or_else : json_number_value(v);
	if ((v != NULL && !json_is_number(v)) || !(*ret >= least) ||
		!(*ret <= most))
		return error_set(e, ERROR_INVALID,
			"'%s' must be a number from %g to %g", key, least,
			most);
	return 0;
}

static int
read_metric(const json_t *m, size_t index, struct metric_samples *ret,
	struct error *e)
{
	const char *worse = json_get_string(m, "worse", "higher");
	double least;
	int parsed = analysis_worse_parse(worse);

	ret->name = json_get_string(m, "name", NULL);
	if (ret->name == NULL)
		return error_set(
			e, ERROR_INVALID, "metric %zu has no name", index + 1);
	if (parsed == -1) {
		error_set(e, ERROR_INVALID, "'worse' of metric '%s' is '%.40s'",
			ret->name, worse);
		return error_hint(e, "expected higher, lower or either");
	}
	ret->worse = (enum analysis_worse)parsed;
	ret->is_critical = json_get_bool(m, "critical", false);
	if (read_number(m, "tolerance", 0, 0, 1e9, &ret->tolerance, e) == -1 ||
		read_number(m, "weight", 1, 0, 1e9, &ret->weight, e) == -1 ||
		read_number(m, "min_samples", ANALYSIS_MIN_SAMPLES, 1, 1e6,
			&least, e) == -1)
		return error_prefix(e, "metric '%s'", ret->name);
	ret->min_samples = (int)least;
	if (read_samples(m, "canary", ret->name, &ret->canary,
		    &ret->canary_count, e) == -1)
		return -1;
	return read_samples(m, "baseline", ret->name, &ret->baseline,
		&ret->baseline_count, e);
}

static int
judge_all(const json_t *input, struct judged *j, struct error *e)
{
	const json_t *list = json_object_get(input, "metrics");
	double confidence;
	size_t i;

	if (!json_is_array(list) || json_array_size(list) == 0)
		return error_set(
			e, ERROR_INVALID, "'metrics' is not a list of metrics");
	if (read_number(input, "confidence", ANALYSIS_CONFIDENCE, 0.5, 0.999999,
		    &confidence, e) == -1)
		return -1;
	j->metrics = xcalloc(json_array_size(list), sizeof(*j->metrics));
	j->verdicts = xcalloc(json_array_size(list), sizeof(*j->verdicts));
	for (i = 0; i < json_array_size(list); i++) {
		j->count = i + 1;
		if (read_metric(json_array_get(list, i), i, &j->metrics[i],
			    e) == -1)
			return -1;
		metric_judge(&j->metrics[i], confidence, &j->verdicts[i]);
	}
	return 0;
}

static json_t *
real_or_null(bool has, double value)
{
	return has ? json_real(value) : json_null();
}

static json_t *
metric_json(const struct metric_samples *m, const struct metric_verdict *v)
{
	return json_pack("{s:o, s:s, s:o, s:o, s:o, s:I, s:I, s:o, s:o}",
		"name", json_text(m->name), "verdict",
		analysis_verdict_name(v->verdict), "p_value",
		real_or_null(v->has_p, v->p_value), "shift",
		real_or_null(v->has_p, v->shift), "relative_shift",
		real_or_null(v->has_p && v->has_relative, v->relative_shift),
		"samples_canary", (json_int_t)m->canary_count,
		"samples_baseline", (json_int_t)m->baseline_count,
		"samples_needed",
		v->samples_needed < 0 ? json_null()
				      : json_integer(v->samples_needed),
		"reason", json_text(v->reason));
}

static json_t *
judged_json(const struct judged *j)
{
	json_t *list = json_array();
	enum analysis_verdict all;
	double score;
	size_t i;

	for (i = 0; i < j->count; i++)
		json_array_append_new(
			list, metric_json(&j->metrics[i], &j->verdicts[i]));
	all = analysis_sum(j->metrics, j->verdicts, j->count,
		ANALYSIS_SCORE_PASS, ANALYSIS_SCORE_MARGINAL, &score);
	return json_pack("{s:s, s:o, s:o}", "verdict",
		analysis_verdict_name(all), "score", json_real(score),
		"metrics", list);
}

static void
print_judged(struct line *l, const json_t *result)
{
	const json_t *m;
	size_t i;

	if (l->json) {
		line_print_json(result);
		return;
	}
	line_say(l, "%s, score %.0f", json_get_string(result, "verdict", ""),
		json_number_value(json_object_get(result, "score")));
	json_array_foreach(json_object_get(result, "metrics"), i, m)
	{
		line_say(l, "  %s: %s, %s", json_get_string(m, "name", ""),
			json_get_string(m, "verdict", ""),
			json_get_string(m, "reason", ""));
	}
}

/* Always exit 0 when there is a verdict, whichever: it was the question. */
int
line_analysis_judge(struct line *l)
{
	const char *path = args_get(&l->args, "FILE");
	struct judged j = {0};
	json_error_t where;
	json_t *input, *result;
	struct error e;
	char *text;
	size_t len;
	int status = 0;

	if (file_read(path, FILE_MOST, &text, &len, &e) == -1)
		return line_fail(l, &e);
	input = json_loadb(text, len, JSON_REJECT_DUPLICATES, &where);
	free(text);
	if (!json_is_object(input)) {
		json_decref(input);
		return line_refuse(l, ERROR_INVALID,
			"expected {\"metrics\": [...]}, see sluice(1)",
			"'%s' is not a JSON object: line %d: %s", path,
			where.line, where.text);
	}
	if (judge_all(input, &j, &e) == -1) {
		error_prefix(&e, "'%s'", path);
		status = line_fail(l, &e);
	} else {
		result = judged_json(&j);
		print_judged(l, result);
		json_decref(result);
	}
	judged_finish(&j);
	json_decref(input);
	return status;
}
