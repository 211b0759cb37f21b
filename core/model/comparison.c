/* comparison.c - a canary against its baseline, moment by moment. */
#include "model/comparison.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More than that a side is thinned out, the older half first: the verdict
 * comes within a second however long a bake is. */
#define KEPT_MOST 10000
#define MISSED_MOST 3

void
comparison_init(struct comparison *c, const struct analysis_rules *rules,
	const struct metric *metrics, size_t count, int64_t for_ms,
	int canary_hosts)
{
	int hosts = canary_hosts > 0 ? canary_hosts : 1;
	size_t i;

	memset(c, 0, sizeof(*c));
	c->rules = *rules;
	c->metrics = xcalloc(count, sizeof(*c->metrics));
	c->count = count;
	c->planned = (int)(for_ms / rules->interval_ms);
	if (c->planned * hosts < rules->min_samples)
		c->planned = (rules->min_samples + hosts - 1) / hosts;
	c->verdict = ANALYSIS_NODATA;
	for (i = 0; i < count; i++) {
		c->metrics[i].metric = &metrics[i];
		c->metrics[i].verdict.verdict = ANALYSIS_NODATA;
	}
	sequential_init(&c->sequential,
		(1 - rules->confidence) / (count > 0 ? (double)count : 1),
		SEQUENTIAL_AFTER);
}

void
comparison_finish(struct comparison *c)
{
	size_t i;
	int side;

	for (i = 0; i < c->count; i++)
		for (side = 0; side < SIDE_COUNT; side++)
			free(c->metrics[i].sides[side].items);
	free(c->metrics);
	sequential_finish(&c->sequential);
	memset(c, 0, sizeof(*c));
}

static void
thin_out(struct samples *s)
{
	size_t half = s->count / 2, i, kept = 0;

	for (i = 0; i < half; i += 2)
		s->items[kept++] = s->items[i];
	memmove(s->items + kept, s->items + half,
		(s->count - half) * sizeof(*s->items));
	s->count = kept + s->count - half;
}

void
comparison_add(
	struct comparison *c, size_t metric, enum side side, double value)
{
	struct samples *s = &c->metrics[metric].sides[side];

	if (s->count >= KEPT_MOST)
		thin_out(s);
	ARRAY_GROW(s->items, s->count, s->capacity);
	s->items[s->count++] = value;
	s->taken++;
	s->at_moment++;
	c->has_begun = c->has_begun || side == SIDE_CANARY;
}

void
comparison_fail(struct comparison *c, size_t metric, enum side side, int times,
	const char *why)
{
	struct compared_metric *m = &c->metrics[metric];

	m->sides[side].failed += times;
	if (side == SIDE_CANARY && (times > 0 || why != NULL))
		c->has_begun = true;
	if (why != NULL)
		snprintf(m->last_failure, sizeof(m->last_failure), "%s", why);
}

static void
no_data(struct compared_metric *m, const char *side, const char *why)
{
	m->verdict.verdict = ANALYSIS_NODATA;
	snprintf(m->verdict.reason, sizeof(m->verdict.reason),
		"%s of the %s%s%.100s", why, side,
		m->last_failure[0] == '\0' ? "" : ": ", m->last_failure);
}

/* What the numbers that are there cannot say. */
static void
judge_gaps(struct compared_metric *m)
{
	static const char *const names[] = {"canary", "baseline"};
	int side;

	for (side = 0; side < SIDE_COUNT; side++) {
		const struct samples *s = &m->sides[side];

		if (s->count == 0)
			no_data(m, names[side], "no samples");
		else if (s->missed >= MISSED_MOST)
			no_data(m, names[side], "no samples any more");
		else if (s->failed > s->taken)
			no_data(m, names[side],
				"more than half of the samples are missing");
	}
}

static void
judge(struct comparison *c, struct compared_metric *m, double limit)
{
	const struct metric *metric = m->metric;
	struct metric_samples samples = {.name = metric->name,
		.worse = metric->worse,
		.tolerance = metric->tolerance,
		.min_samples = metric->min_samples > 0 ? metric->min_samples
						       : c->rules.min_samples,
		.is_critical = metric->is_critical,
		.weight = metric->weight,
		.canary = m->sides[SIDE_CANARY].items,
		.canary_count = m->sides[SIDE_CANARY].count,
		.baseline = m->sides[SIDE_BASELINE].items,
		.baseline_count = m->sides[SIDE_BASELINE].count};

	metric_judge_at(&samples, c->rules.confidence, limit, &m->verdict);
	if (m->verdict.verdict != ANALYSIS_FAIL)
		judge_gaps(m);
}

static void
sum_up(struct comparison *c)
{
	struct metric_samples *samples = xcalloc(c->count, sizeof(*samples));
	struct metric_verdict *verdicts = xcalloc(c->count, sizeof(*verdicts));
	size_t i;

	for (i = 0; i < c->count; i++) {
		samples[i].is_critical = c->metrics[i].metric->is_critical;
		samples[i].weight = c->metrics[i].metric->weight;
		verdicts[i].verdict = c->metrics[i].verdict.verdict;
	}
	c->verdict = analysis_sum(samples, verdicts, c->count, c->rules.pass,
		c->rules.marginal, &c->score);
	free(samples);
	free(verdicts);
}

void
comparison_look(struct comparison *c)
{
	size_t i;
	int side;

	if (c->rules.in_turn && !c->has_begun)
		return;
	c->moments++;
	c->limit = sequential_look(
		&c->sequential, (double)c->moments / (double)c->planned);
	for (i = 0; i < c->count; i++) {
		struct compared_metric *m = &c->metrics[i];

		for (side = 0; side < SIDE_COUNT; side++) {
			struct samples *s = &m->sides[side];

			s->missed = s->at_moment > 0 ? 0 : s->missed + 1;
			s->at_moment = 0;
		}
		if (c->rules.in_turn)
			m->sides[SIDE_BASELINE].missed = 0;
		judge(c, m, c->limit);
	}
	sum_up(c);
}

const struct compared_metric *
comparison_worst(const struct comparison *c)
{
	static const int rank[ANALYSIS_VERDICT_COUNT] = {[ANALYSIS_PASS] = 0,
		[ANALYSIS_INCONCLUSIVE] = 1,
		[ANALYSIS_NODATA] = 2,
		[ANALYSIS_FAIL] = 3};
	const struct compared_metric *worst = NULL;
	size_t i;

	for (i = 0; i < c->count; i++) {
		const struct compared_metric *m = &c->metrics[i];
		int order = 1;

		if (worst != NULL)
			order = rank[m->verdict.verdict] -
				rank[worst->verdict.verdict];
		if (order > 0 || (order == 0 && m->metric->is_critical &&
					 !worst->metric->is_critical))
			worst = m;
	}
	return worst;
}

/* Samples of the slower side at one moment. */
static double
rate(const struct comparison *c, const struct compared_metric *m)
{
	int64_t canary = m->sides[SIDE_CANARY].taken;
	int64_t baseline = c->rules.in_turn
				   ? canary
				   : m->sides[SIDE_BASELINE].taken;

	return c->moments == 0 ? 0
			       : (double)(canary < baseline ? canary
							    : baseline) /
					 c->moments;
}

long
comparison_needed(const struct comparison *c, int64_t *ret_s)
{
	long most = 0;
	size_t i;

	*ret_s = 0;
	for (i = 0; i < c->count; i++) {
		const struct compared_metric *m = &c->metrics[i];
		long needed = m->verdict.samples_needed;
		int64_t takes;

		if (needed == 0 && m->verdict.verdict != ANALYSIS_NODATA)
			continue;
		if (needed < 0 || rate(c, m) <= 0) {
			*ret_s = -1;
			return needed <= 0 ? -1 : needed;
		}
		takes = (int64_t)ceil((double)needed / rate(c, m) *
				      (double)c->rules.interval_ms / 1000);
		if (needed > most)
			most = needed;
		if (takes > *ret_s)
			*ret_s = takes;
	}
	return most;
}
