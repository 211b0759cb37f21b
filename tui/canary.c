/* canary.c - what the analysis of a wave measured, as series for plots. */
#include "tui/canary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/json.h"

#define MISSED_MOST 1000 /* moments in a row that are drawn as a gap */

void
canary_finish(struct canary *k)
{
	size_t i, row;

	for (i = 0; i < CANARY_METRICS_MAX; i++) {
		for (row = 0; row < CANARY_ROW_COUNT; row++)
			free(k->metrics[i].rows[row]);
		free(k->metrics[i].failed);
	}
	free(k->at_ms);
	memset(k, 0, sizeof(*k));
}

void
canary_begin(
	struct canary *k, const char *rollout, int wave, int64_t interval_ms)
{
	if (strcmp(k->rollout, rollout) != 0 || k->wave != wave) {
		canary_finish(k);
		snprintf(k->rollout, sizeof(k->rollout), "%s", rollout);
		k->wave = wave;
	}
	k->interval_ms = interval_ms;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double
canary_median(const double *values, size_t count)
{
	double *sorted = xcalloc(count + 1, sizeof(*sorted)), median = NAN;
	size_t i, n = 0;

	for (i = 0; i < count; i++)
		if (isfinite(values[i]))
			sorted[n++] = values[i];
	qsort(sorted, n, sizeof(*sorted), compare);
	if (n > 0)
		median = n % 2 == 1 ? sorted[n / 2]
				    : sorted[n / 2 - 1] / 2 + sorted[n / 2] / 2;
	free(sorted);
	return median;
}

/* --- room --- */

static void
grow(struct canary *k)
{
	size_t more = k->capacity == 0 ? 64 : k->capacity * 2, i, row;

	k->at_ms = xrealloc(k->at_ms, more, sizeof(*k->at_ms));
	for (i = 0; i < CANARY_METRICS_MAX; i++) {
		struct canary_metric *m = &k->metrics[i];

		if (m->failed == NULL)
			continue;
		m->failed = xrealloc(m->failed, more, sizeof(*m->failed));
		for (row = 0; row < CANARY_ROW_COUNT; row++)
			m->rows[row] = xrealloc(
				m->rows[row], more, sizeof(*m->rows[row]));
	}
	k->capacity = more;
}

static void
forget_half(struct canary *k)
{
	size_t half = k->count / 2, left = k->count - half, i, row;

	memmove(k->at_ms, k->at_ms + half, left * sizeof(*k->at_ms));
	for (i = 0; i < CANARY_METRICS_MAX; i++) {
		struct canary_metric *m = &k->metrics[i];

		if (m->failed == NULL)
			continue;
		memmove(m->failed, m->failed + half, left * sizeof(*m->failed));
		for (row = 0; row < CANARY_ROW_COUNT; row++)
			memmove(m->rows[row], m->rows[row] + half,
				left * sizeof(*m->rows[row]));
	}
	k->count = left;
}

/* A metric is kept from its first sample on; before that it is a gap. */
static void
need_metric(struct canary *k, struct canary_metric *m)
{
	size_t i, row;

	if (m->failed != NULL)
		return;
	m->failed = xcalloc(k->capacity, sizeof(*m->failed));
	for (row = 0; row < CANARY_ROW_COUNT; row++) {
		m->rows[row] = xcalloc(k->capacity, sizeof(*m->rows[row]));
		for (i = 0; i < k->count; i++)
			m->rows[row][i] = NAN;
	}
}

/* A moment of which nothing is known yet. */
static void
add_moment(struct canary *k, int64_t at_ms)
{
	size_t i, row;

	if (k->count == CANARY_MOMENTS_MAX)
		forget_half(k);
	if (k->count == k->capacity)
		grow(k);
	for (i = 0; i < CANARY_METRICS_MAX; i++) {
		struct canary_metric *m = &k->metrics[i];

		if (m->failed == NULL)
			continue;
		m->failed[k->count] = 0;
		for (row = 0; row < CANARY_ROW_COUNT; row++)
			m->rows[row][k->count] = NAN;
	}
	k->at_ms[k->count++] = at_ms;
}

/* The engine was away for some: they are there, with nothing in them. */
static void
add_missed(struct canary *k, int64_t at_ms)
{
	int64_t last = k->count > 0 ? k->at_ms[k->count - 1] : at_ms;
	int n = 0;

	if (k->interval_ms <= 0)
		return;
	while (at_ms - last > k->interval_ms * 3 / 2 && n++ < MISSED_MOST) {
		last += k->interval_ms;
		add_moment(k, last);
	}
}

/* --- samples --- */

static size_t
read_numbers(const json_t *list, double **ret)
{
	size_t i, n = 0, count = json_array_size(list);

	*ret = xcalloc(count + 1, sizeof(**ret));
	for (i = 0; i < count; i++) {
		const json_t *v = json_array_get(list, i);

		if (json_is_number(v) && isfinite(json_number_value(v)))
			(*ret)[n++] = json_number_value(v);
	}
	return n;
}

static void
put_sides(struct canary *k, struct canary_metric *m, const json_t *o)
{
	size_t at = k->count - 1, n, i;
	double *values;

	n = read_numbers(json_object_get(o, "canary"), &values);
	m->rows[CANARY_CANARY][at] = canary_median(values, n);
	free(values);
	n = read_numbers(json_object_get(o, "baseline"), &values);
	m->rows[CANARY_BASELINE][at] = canary_median(values, n);
	for (i = 0; i < n; i++) {
		double *low = &m->rows[CANARY_LOW][at];
		double *high = &m->rows[CANARY_HIGH][at];

		*low = isnan(*low) || values[i] < *low ? values[i] : *low;
		*high = isnan(*high) || values[i] > *high ? values[i] : *high;
	}
	free(values);
	m->failed[at] = (int)(json_get_int(o, "failures_canary", 0) +
			      json_get_int(o, "failures_baseline", 0));
}

void
canary_put(struct canary *k, const json_t *items)
{
	const json_t *o;
	size_t i;

	json_array_foreach(items, i, o)
	{
		int64_t at_ms = json_get_int(o, "at_ms", -1);
		int64_t metric = json_get_int(o, "metric", -1);

		if (at_ms < 0 || at_ms > INT64_MAX / 1000 - 1 || metric < 0 ||
			metric >= CANARY_METRICS_MAX ||
			at_ms * 1000 + metric <= k->last)
			continue;
		if (k->count == 0 || at_ms > k->at_ms[k->count - 1]) {
			add_missed(k, at_ms);
			add_moment(k, at_ms);
		}
		need_metric(k, &k->metrics[metric]);
		put_sides(k, &k->metrics[metric], o);
		k->last = at_ms * 1000 + metric;
	}
}
