/* test_analysis.c - verdicts against values from the literature and against
 * counting everything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "model/analysis.h"

static enum analysis_verdict
sum(const struct metric_samples *m, const struct metric_verdict *v,
	size_t count, double *ret_score)
{
	return analysis_sum(m, v, count, ANALYSIS_SCORE_PASS,
		ANALYSIS_SCORE_MARGINAL, ret_score);
}

static void
near(double got, double expected, double within)
{
	if (fabs(got - expected) > within)
		fail_msg("got %.12g, expected %.12g", got, expected);
}

/* Hollander and Wolfe, Nonparametric Statistical Methods, table 4.1: tritiated
 * water diffusion; one-sided P = .1272, shift .305. */
static const double at_term[] = {
	0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46};
static const double before_term[] = {1.15, 0.88, 0.90, 0.74, 1.21};

static void
test_published(void **state)
{
	static const double males[] = {19, 22, 16, 29, 24};
	static const double females[] = {20, 11, 17, 12};

	(void)state;
	near(mann_whitney_p(at_term, 10, before_term, 5), 0.2544, 0.00005);
	near(hodges_lehmann(at_term, 10, before_term, 5), 0.305, 1e-9);
	/* Sprent, Applied Nonparametric Statistical Methods: P = 1/9. */
	near(mann_whitney_p(males, 5, females, 4), 1.0 / 9, 1e-12);
}

/* Every way to choose which of n + m ranks belong to one side. */
static double
count_all(int n, int m, double low)
{
	int all = 0, hit = 0, total = n + m;
	unsigned set;

	for (set = 0; set < 1u << total; set++) {
		int u = 0, below = 0, i;

		if (__builtin_popcount(set) != n)
			continue;
		for (i = 0; i < total; i++) {
			if (set & (1u << i))
				u += below;
			else
				below++;
		}
		all++;
		hit += u <= low;
	}
	return fmin(1, 2.0 * hit / all);
}

static void
test_exact(void **state)
{
	int n, m, round;

	(void)state;
	srand(7);
	for (n = 1; n <= 7; n++)
		for (m = 1; m <= 7; m++)
			for (round = 0; round < 5; round++) {
				double a[7], b[7], u = 0;
				int i, k;

				for (i = 0; i < n; i++)
					a[i] = rand() + i / 16.0;
				for (k = 0; k < m; k++)
					b[k] = rand() + k / 16.0 + 1 / 64.0;
				for (i = 0; i < n; i++)
					for (k = 0; k < m; k++)
						u += a[i] > b[k];
				near(mann_whitney_p(a, (size_t)n, b,
					     (size_t)m),
					count_all(n, m, fmin(u, n * m - u)),
					1e-12);
			}
}

/* The formula as the books print it, from ranks, without sorting tricks. */
static double
normal_by_ranks(const double *a, int n, const double *b, int m)
{
	double u = 0, ties = 0, total = n + m, all[64];
	int i, k;

	for (i = 0; i < n; i++)
		for (k = 0; k < m; k++)
			u += a[i] > b[k] ? 1 : a[i] == b[k] ? 0.5 : 0;
	for (i = 0; i < n + m; i++)
		all[i] = i < n ? a[i] : b[i - n];
	for (i = 0; i < n + m; i++) {
		int same = 0;

		for (k = 0; k < n + m; k++)
			same += all[k] == all[i];
		ties += (double)same * same - 1; /* each of t adds t^2 - 1 */
	}
	u = fabs(u - n * m / 2.0) - 0.5;
	u /= sqrt(n * m / 12.0 * (total + 1 - ties / (total * (total - 1))));
	return u <= 0 ? 1 : erfc(u / sqrt(2));
}

static void
test_ties(void **state)
{
	double a[30], b[30];
	int round, i;

	(void)state;
	srand(11);
	for (round = 0; round < 200; round++) {
		for (i = 0; i < 30; i++) {
			a[i] = rand() % 9;
			b[i] = rand() % 9 + round % 3;
		}
		near(mann_whitney_p(a, 30, b, 25),
			normal_by_ranks(a, 30, b, 25), 1e-12);
	}
	for (i = 0; i < 30; i++)
		a[i] = b[i] = 5;
	near(mann_whitney_p(a, 30, b, 30), 1, 0);
}

static int
compare(const void *x, const void *y)
{
	double p = *(const double *)x, q = *(const double *)y;

	return (p > q) - (p < q);
}

static void
test_shift(void **state)
{
	double a[21], b[20], all[420];
	int round, i, k;

	(void)state;
	srand(13);
	for (round = 0; round < 100; round++) {
		int n = 1 + rand() % 21, m = 1 + rand() % 20, count = 0;

		for (i = 0; i < n; i++)
			a[i] = round % 2 ? rand() % 10 : rand() / 1e6;
		for (k = 0; k < m; k++)
			b[k] = round % 2 ? rand() % 10 : rand() / 1e6;
		for (i = 0; i < n; i++)
			for (k = 0; k < m; k++)
				all[count++] = a[i] - b[k];
		qsort(all, (size_t)count, sizeof(*all), compare);
		near(hodges_lehmann(a, (size_t)n, b, (size_t)m),
			(all[(count - 1) / 2] + all[count / 2]) / 2, 1e-9);
	}
}

static struct metric_samples
metric(const double *canary, size_t canary_count, const double *baseline,
	size_t baseline_count)
{
	struct metric_samples m = {.name = "m",
		.worse = ANALYSIS_HIGHER,
		.tolerance = 0.1,
		.min_samples = 10,
		.weight = 1,
		.canary = canary,
		.canary_count = canary_count,
		.baseline = baseline,
		.baseline_count = baseline_count};

	return m;
}

static void
fill(double *values, int count, double level)
{
	int i;

	for (i = 0; i < count; i++)
		values[i] = level * (1 + 0.01 * ((i * 7) % 11 - 5) / 5);
}

static void
test_verdicts(void **state)
{
	double base[40], canary[40], zero[40] = {0};
	struct metric_verdict v;
	struct metric_samples m;

	(void)state;
	fill(base, 40, 100);
	fill(canary, 40, 150);
	m = metric(canary, 40, base, 40);
	metric_judge(&m, 0.95, &v);
	assert_int_equal(v.verdict, ANALYSIS_FAIL);
	near(v.relative_shift, 0.5, 0.02);
	m.worse = ANALYSIS_LOWER;
	metric_judge(&m, 0.95, &v);
	assert_int_equal(v.verdict, ANALYSIS_PASS);

	/* A clean rise of 3 % is inside a tolerance of 10 % of the level. */
	fill(canary, 40, 103);
	m = metric(canary, 40, base, 40);
	metric_judge(&m, 0.95, &v);
	assert_true(v.p_value < 0.001);
	assert_int_equal(v.verdict, ANALYSIS_PASS);

	/* Two samples a side are no verdict, whatever they say. */
	fill(canary, 40, 500);
	m = metric(canary, 2, base, 2);
	metric_judge(&m, 0.95, &v);
	assert_int_equal(v.verdict, ANALYSIS_INCONCLUSIVE);
	assert_int_equal(v.samples_needed, 8);
	m.min_samples = 2;
	metric_judge(&m, 0.95, &v);
	assert_int_equal(v.verdict, ANALYSIS_INCONCLUSIVE);
	assert_true(v.samples_needed > 0);

	m = metric(canary, 0, base, 40);
	metric_judge(&m, 0.95, &v);
	assert_int_equal(v.verdict, ANALYSIS_NODATA);
	m = metric(canary, 40, base, 0);
	metric_judge(&m, 0.95, &v);
	assert_int_equal(v.verdict, ANALYSIS_NODATA);

	/* From zero errors to some: no level to be relative to. */
	m = metric(canary, 40, zero, 40);
	metric_judge(&m, 0.95, &v);
	assert_int_equal(v.verdict, ANALYSIS_FAIL);
	assert_false(v.has_relative);
	m = metric(zero, 40, zero, 40);
	metric_judge(&m, 0.95, &v);
	assert_int_equal(v.verdict, ANALYSIS_PASS);
}

static void
test_sum(void **state)
{
	struct metric_samples m[3];
	struct metric_verdict v[3] = {{.verdict = ANALYSIS_PASS},
		{.verdict = ANALYSIS_PASS}, {.verdict = ANALYSIS_PASS}};
	double score;
	int i;

	(void)state;
	for (i = 0; i < 3; i++)
		m[i] = metric(NULL, 0, NULL, 0);
	assert_int_equal(sum(m, v, 3, &score), ANALYSIS_PASS);
	near(score, 100, 0);
	v[0].verdict = ANALYSIS_FAIL;
	assert_int_equal(sum(m, v, 3, &score), ANALYSIS_FAIL);
	m[1].weight = 9;
	assert_int_equal(sum(m, v, 3, &score), ANALYSIS_INCONCLUSIVE);
	m[0].is_critical = true;
	assert_int_equal(sum(m, v, 3, &score), ANALYSIS_FAIL);
	v[0].verdict = ANALYSIS_PASS;
	v[2].verdict = ANALYSIS_NODATA;
	assert_int_equal(sum(m, v, 3, &score), ANALYSIS_NODATA);
	v[2].verdict = ANALYSIS_INCONCLUSIVE;
	assert_int_equal(sum(m, v, 3, &score), ANALYSIS_INCONCLUSIVE);
	assert_int_equal(sum(m, v, 0, &score), ANALYSIS_NODATA);
}

/* No difference at all is called a failure in at most 5 % of single looks. */
static void
test_false_alarms(void **state)
{
	double a[30], b[30];
	int round, i, alarms = 0;

	(void)state;
	srand(17);
	for (round = 0; round < 2000; round++) {
		struct metric_verdict v;
		struct metric_samples m;

		for (i = 0; i < 30; i++) {
			a[i] = rand();
			b[i] = rand();
		}
		m = metric(a, 30, b, 30);
		m.worse = ANALYSIS_EITHER;
		m.tolerance = 0;
		metric_judge(&m, 0.95, &v);
		alarms += v.verdict == ANALYSIS_FAIL;
	}
	assert_true(alarms > 2000 * 0.03 && alarms < 2000 * 0.065);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_published),
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_ties),
		cmocka_unit_test(test_shift),
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_sum),
		cmocka_unit_test(test_false_alarms),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("analysis", tests, NULL, NULL);
}
