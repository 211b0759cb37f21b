/* analysis.c - verdicts from samples: Mann-Whitney U and Hodges-Lehmann. */
#include "model/analysis.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXACT_MOST 20
/* Chance of seeing a real shift that samples_needed aims at. */
#define POWER_Z 0.8416212335729143 /* quantile of 0.8 */

static const char *const verdict_names[ANALYSIS_VERDICT_COUNT] = {
	"pass", "fail", "inconclusive", "nodata"};

static const char *const worse_names[ANALYSIS_WORSE_COUNT] = {
	"higher", "lower", "either"};

const char *
analysis_verdict_name(enum analysis_verdict v)
{
	assert((unsigned)v < ANALYSIS_VERDICT_COUNT);
	return verdict_names[v];
}

const char *
analysis_worse_name(enum analysis_worse w)
{
	assert((unsigned)w < ANALYSIS_WORSE_COUNT);
	return worse_names[w];
}

int
analysis_worse_parse(const char *s)
{
	int i;

	for (i = 0; i < ANALYSIS_WORSE_COUNT; i++)
		if (strcmp(worse_names[i], s) == 0)
			return i;
	return -1;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double *
sorted_copy(const double *values, size_t count)
{
	double *copy = xcalloc(count, sizeof(*copy));

	if (count > 0)
		memcpy(copy, values, count * sizeof(*copy));
	qsort(copy, count, sizeof(*copy), compare);
	return copy;
}

/* ---- Mann-Whitney U ---- */

struct ranks {
	double u;    /* pairs in which a is larger, ties count half */
	double ties; /* sum of t^3 - t over groups of equal values */
};

/* One walk over both sorted sides, group of equal values by group. */
static struct ranks
rank_sides(const double *a, size_t n, const double *b, size_t m)
{
	struct ranks r = {0, 0};
	size_t i = 0, k = 0;

	while (i < n || k < m) {
		double value = k == m || (i < n && a[i] < b[k]) ? a[i] : b[k];
		size_t below = k, in_a = 0, in_b = 0;
		double t;

		while (i < n && a[i] <= value)
			i++, in_a++;
		while (k < m && b[k] <= value)
			k++, in_b++;
		t = (double)(in_a + in_b);
		r.u += (double)in_a * ((double)below + (double)in_b / 2);
		r.ties += t * t * t - t;
	}
	return r;
}

/* Share of all orders in which U is at most u: counts[x] is the number of
 * ways to reach x, built side by side. */
static double
exact_lower_tail(size_t n, size_t m, size_t u)
{
	size_t most = n * m, i, x, k;
	double *counts = xcalloc(most + 1, sizeof(*counts));
	double sum = 0, all = 0;

	/* Coefficients of the Gaussian binomial (n + m over n). */
	counts[0] = 1;
	for (i = 1; i <= n; i++) {
		for (x = most; x >= m + i && x <= most; x--)
			counts[x] -= counts[x - m - i];
		for (k = i; k <= most; k++)
			counts[k] += counts[k - i];
	}
	for (x = 0; x <= most; x++) {
		all += counts[x];
		if (x <= u)
			sum += counts[x];
	}
	free(counts);
	return sum / all;
}

static double
normal_p(double u, double ties, double n, double m)
{
	double total = n + m, z;
	double variance =
		n * m / 12 * (total + 1 - ties / (total * (total - 1)));

	if (variance <= 0)
		return 1;
	z = (fabs(u - n * m / 2) - 0.5) / sqrt(variance);
	return z <= 0 ? 1 : erfc(z / M_SQRT2);
}

double
mann_whitney_p(const double *a, size_t a_count, const double *b, size_t b_count)
{
	double *sorted_a, *sorted_b, p, low;
	struct ranks r;

	if (a_count == 0 || b_count == 0)
		return 1;
	sorted_a = sorted_copy(a, a_count);
	sorted_b = sorted_copy(b, b_count);
	r = rank_sides(sorted_a, a_count, sorted_b, b_count);
	low = fmin(r.u, (double)a_count * (double)b_count - r.u);
	if (r.ties == 0 && a_count <= EXACT_MOST && b_count <= EXACT_MOST)
		p = fmin(
			1, 2 * exact_lower_tail(a_count, b_count, (size_t)low));
	else
		p = normal_p(r.u, r.ties, (double)a_count, (double)b_count);
	free(sorted_a);
	free(sorted_b);
	return p;
}

/* ---- Hodges-Lehmann ---- */

/* How many differences a - b are at most x; the largest such in *ret. */
static size_t
count_up_to(const double *a, size_t n, const double *b, size_t m, double x,
	double *ret)
{
	size_t i, k = m, count = 0;

	*ret = -INFINITY;
	/* With growing a, ever fewer of b (from the low end) are too small. */
	for (i = 0; i < n; i++) {
		size_t low = i == 0 ? 0 : m - k;

		while (low < m && a[i] - b[low] > x)
			low++;
		k = m - low;
		count += k;
		if (k > 0 && a[i] - b[low] > *ret)
			*ret = a[i] - b[low];
	}
	return count;
}

/* The k-th smallest (from 1) difference, by halving the range of values. */
static double
kth_difference(const double *a, size_t n, const double *b, size_t m, size_t k)
{
	double low = a[0] - b[m - 1], high = a[n - 1] - b[0], at;
	int round;

	if (count_up_to(a, n, b, m, low, &at) >= k)
		return low;
	for (round = 0; round < 2100; round++) {
		double middle = low + (high - low) / 2;

		if (middle <= low || middle >= high)
			break;
		if (count_up_to(a, n, b, m, middle, &at) >= k)
			high = middle;
		else
			low = middle;
	}
	count_up_to(a, n, b, m, high, &at);
	return at;
}

double
hodges_lehmann(const double *a, size_t a_count, const double *b, size_t b_count)
{
	double *sorted_a = sorted_copy(a, a_count);
	double *sorted_b = sorted_copy(b, b_count);
	size_t pairs = a_count * b_count;
	double shift = kth_difference(
		sorted_a, a_count, sorted_b, b_count, (pairs + 1) / 2);

	if (pairs % 2 == 0)
		shift = (shift + kth_difference(sorted_a, a_count, sorted_b,
					 b_count, pairs / 2 + 1)) /
			2;
	free(sorted_a);
	free(sorted_b);
	return shift;
}

static double
median(const double *values, size_t count)
{
	double *sorted = sorted_copy(values, count);
	double middle =
		count % 2 ? sorted[count / 2]
			  : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;

	free(sorted);
	return middle;
}

/* ---- verdicts ---- */

/* Quantile of the standard normal distribution, by bisection of erfc. */
double
normal_quantile(double p)
{
	double low = -10, high = 10;

	while (high - low > 1e-9) {
		double middle = (low + high) / 2;

		if (erfc(-middle / M_SQRT2) / 2 < p)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/*
 * Samples a side that show a shift as strong as the one seen, four times out
 * of five (Noether, Sample size determination for some common nonparametric
 * tests, 1987), less those that are there. -1: the sides look the same.
 */
static long
samples_missing(const struct metric_samples *m, double confidence)
{
	double *a = sorted_copy(m->canary, m->canary_count);
	double *b = sorted_copy(m->baseline, m->baseline_count);
	struct ranks r = rank_sides(a, m->canary_count, b, m->baseline_count);
	double share =
		r.u / ((double)m->canary_count * (double)m->baseline_count) -
		0.5;
	double z = normal_quantile(1 - (1 - confidence) / 2) + POWER_Z;
	double side = z * z / (6 * share * share);
	size_t have = m->canary_count < m->baseline_count ? m->canary_count
							  : m->baseline_count;

	free(a);
	free(b);
	if (!isfinite(side) || side > 1e9)
		return -1;
	return side <= (double)have ? 1 : (long)ceil(side - (double)have);
}

static bool
is_bad_direction(enum analysis_worse worse, double shift)
{
	switch (worse) {
	case ANALYSIS_HIGHER:
		return shift > 0;
	case ANALYSIS_LOWER:
		return shift < 0;
	case ANALYSIS_EITHER:
	case ANALYSIS_WORSE_COUNT:
		break;
	}
	return shift != 0;
}

static void say(struct metric_verdict *v, enum analysis_verdict verdict,
	const char *fmt, ...) SLUICE_PRINTF(3, 4);

static void
say(struct metric_verdict *v, enum analysis_verdict verdict, const char *fmt,
	...)
{
	va_list ap;

	v->verdict = verdict;
	va_start(ap, fmt);
	vsnprintf(v->reason, sizeof(v->reason), fmt, ap);
	va_end(ap);
}

static void
measure(const struct metric_samples *m, struct metric_verdict *v)
{
	double level = fabs(median(m->baseline, m->baseline_count));

	v->has_p = true;
	v->p_value = mann_whitney_p(
		m->canary, m->canary_count, m->baseline, m->baseline_count);
	v->shift = hodges_lehmann(
		m->canary, m->canary_count, m->baseline, m->baseline_count);
	v->has_relative = level > 0 || v->shift == 0;
	v->relative_shift = level > 0 ? v->shift / level : 0;
}

static void
judge_effect(const struct metric_samples *m, double confidence, double limit,
	struct metric_verdict *v)
{
	bool significant = v->p_value < limit;
	bool large = !v->has_relative || fabs(v->relative_shift) > m->tolerance;

	if (!is_bad_direction(m->worse, v->shift)) {
		say(v, ANALYSIS_PASS, "no shift in the bad direction");
	} else if (!large) {
		say(v, ANALYSIS_PASS,
			"shift %+.3g %% of the baseline is within the "
			"tolerance of %.3g %%",
			v->relative_shift * 100, m->tolerance * 100);
	} else if (!significant) {
		v->samples_needed = samples_missing(m, confidence);
		say(v, ANALYSIS_INCONCLUSIVE,
			"a shift beyond the tolerance is seen but may be "
			"chance (p = %.3g)",
			v->p_value);
	} else if (v->has_relative) {
		say(v, ANALYSIS_FAIL,
			"shift %+.3g %% of the baseline exceeds the tolerance "
			"of %.3g %% (p = %.3g)",
			v->relative_shift * 100, m->tolerance * 100,
			v->p_value);
	} else {
		say(v, ANALYSIS_FAIL,
			"shift %+.3g from a baseline of zero (p = %.3g)",
			v->shift, v->p_value);
	}
}

void
metric_judge(const struct metric_samples *m, double confidence,
	struct metric_verdict *ret)
{
	metric_judge_at(m, confidence, 1 - confidence, ret);
}

void
metric_judge_at(const struct metric_samples *m, double confidence,
	double limit, struct metric_verdict *ret)
{
	size_t least = m->canary_count < m->baseline_count ? m->canary_count
							   : m->baseline_count;
	size_t want = m->min_samples < 1 ? 1 : (size_t)m->min_samples;

	memset(ret, 0, sizeof(*ret));
	if (least == 0) {
		ret->samples_needed = (long)want;
		say(ret, ANALYSIS_NODATA, "no samples of the %s",
			m->canary_count == 0 ? "canary" : "baseline");
		return;
	}
	measure(m, ret);
	if (least < want) {
		ret->samples_needed = (long)(want - least);
		say(ret, ANALYSIS_INCONCLUSIVE,
			"%zu samples a side of the %zu that are needed", least,
			want);
		return;
	}
	judge_effect(m, confidence, limit, ret);
}

enum analysis_verdict
analysis_sum(const struct metric_samples *metrics,
	const struct metric_verdict *verdicts, size_t count, int pass,
	int marginal, double *ret_score)
{
	int of[ANALYSIS_VERDICT_COUNT] = {0};
	double passed = 0, judged = 0;
	bool critical = false;
	size_t i;

	for (i = 0; i < count; i++) {
		enum analysis_verdict v = verdicts[i].verdict;

		of[v]++;
		if (v == ANALYSIS_FAIL && metrics[i].is_critical)
			critical = true;
		if (v == ANALYSIS_PASS)
			passed += metrics[i].weight;
		if (v == ANALYSIS_PASS || v == ANALYSIS_FAIL)
			judged += metrics[i].weight;
	}
	*ret_score = judged > 0 ? 100 * passed / judged : 0;
	if (critical)
		return ANALYSIS_FAIL;
	if (count == 0 || of[ANALYSIS_NODATA] > 0)
		return ANALYSIS_NODATA;
	if (of[ANALYSIS_INCONCLUSIVE] > 0)
		return ANALYSIS_INCONCLUSIVE;
	return *ret_score >= pass       ? ANALYSIS_PASS
	       : *ret_score >= marginal ? ANALYSIS_INCONCLUSIVE
					: ANALYSIS_FAIL;
}
