/* test_sequential.c - limits of repeated looks against published ones, and
 * how often bakes are stopped, rightly and wrongly, by simulation. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/analysis.h"
#include "model/sequential.h"

static double
z_of(double p)
{
	return normal_quantile(1 - p / 2);
}

/*
 * Five looks at equal distances, two-sided, alpha 0.05: the limits of Lan and
 * DeMets for O'Brien and Fleming as in Reboussin, DeMets, Kim and Lan,
 * Computations for group sequential boundaries (2000), and R's ldbounds.
 */
static void
test_published(void **state)
{
	static const double want[] = {4.8769, 3.3569, 2.6803, 2.2898, 2.0310};
	struct sequential s;
	int i;

	(void)state;
	sequential_init(&s, 0.05, 0);
	for (i = 0; i < 5; i++) {
		double z = z_of(sequential_look(&s, (i + 1) / 5.0));

		print_message("# look %d: %.4f, published %.4f\n", i + 1, z,
			want[i]);
		assert_true(fabs(z - want[i]) < 0.002);
	}
	sequential_finish(&s);
}

static void
test_one_look(void **state)
{
	struct sequential s;

	(void)state;
	/* One look at the end has all of alpha. */
	sequential_init(&s, 0.05, 0);
	assert_true(fabs(sequential_look(&s, 1) - 0.05) < 1e-6);
	/* A second one at the same time is none. */
	assert_true(sequential_look(&s, 1) == 0);
	sequential_finish(&s);
}

static void
test_goes_on(void **state)
{
	struct sequential s;
	double p = 1;
	int i;

	(void)state;
	sequential_init(&s, 0.05, SEQUENTIAL_AFTER);
	for (i = 1; i <= 400; i++)
		p = sequential_look(&s, i / 40.0);
	/* Ten bakes later a strong shift is still seen. */
	assert_true(p > 1e-4);
	assert_true(s.spent < 0.05);
	sequential_finish(&s);
}

/* ---- whole bakes ---- */

#define MOMENTS 40
#define BASELINES 4
#define MIN_SAMPLES 10

static uint64_t seed = 20261128;

static double
uniform(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return ((double)(seed >> 11) + 0.5) / 9007199254740992.0;
}

static double
normal(void)
{
	return sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
}

/* Latencies have a long tail, errors are mostly none, and most else is even
 * about its middle. */
enum shape { SHAPE_NORMAL, SHAPE_TAIL, SHAPE_COUNTS, SHAPE_COUNT };

static double
sample(enum shape shape, double factor)
{
	double u = uniform(), below = 0, chance;
	int n = 0;

	switch (shape) {
	case SHAPE_NORMAL:
		return factor * (100 + 10 * normal());
	case SHAPE_TAIL:
		return factor * 100 * exp(0.3 * normal());
	case SHAPE_COUNTS:
	case SHAPE_COUNT:
		break;
	}
	/* Poisson, three on average. */
	for (chance = exp(-3 * factor); n < 30; n++) {
		below += chance;
		if (u < below)
			break;
		chance *= 3 * factor / (n + 1);
	}
	return n;
}

/* The limits depend on the times of the looks alone. */
static void
limits_of_a_bake(double alpha, double limits[MOMENTS])
{
	struct sequential s;
	int i;

	sequential_init(&s, alpha, SEQUENTIAL_AFTER);
	for (i = 0; i < MOMENTS; i++)
		limits[i] = sequential_look(&s, (i + 1) / (double)MOMENTS);
	sequential_finish(&s);
}

/* One canary host and four others, sampled at forty moments. Returns the
 * moment at which it stopped; 0: it did not. */
static int
bake(const double limits[MOMENTS], enum shape shape, double factor,
	double tolerance)
{
	double canary[MOMENTS], baseline[MOMENTS * BASELINES];
	struct metric_samples m = {.name = "x",
		.worse = ANALYSIS_HIGHER,
		.tolerance = tolerance,
		.min_samples = MIN_SAMPLES,
		.canary = canary,
		.baseline = baseline};
	struct metric_verdict v;
	int i, k;

	for (i = 0; i < MOMENTS; i++) {
		canary[m.canary_count++] = sample(shape, factor);
		for (k = 0; k < BASELINES; k++)
			baseline[m.baseline_count++] = sample(shape, 1);
		if (i + 1 < MIN_SAMPLES)
			continue;
		metric_judge_at(&m, 0.95, limits[i], &v);
		if (v.verdict == ANALYSIS_FAIL)
			return i + 1;
	}
	return 0;
}

static int
stopped(const double limits[MOMENTS], enum shape shape, double factor,
	double tolerance, int bakes)
{
	int count = 0;

	while (bakes-- > 0)
		count += bake(limits, shape, factor, tolerance) > 0;
	return count;
}

/*
 * False alarms of whole bakes in which nothing changed, without any
 * tolerance, which is the hardest case. The allowance is three standard
 * errors of the simulation.
 */
static void
test_false_alarms(void **state)
{
	static const char *const names[] = {"normal", "long tail", "counts"};
	double limits[MOMENTS];
	int shape, bakes = 400;

	(void)state;
	limits_of_a_bake(0.05, limits);
	for (shape = 0; shape < SHAPE_COUNT; shape++) {
		int n = stopped(limits, (enum shape)shape, 1, 0, bakes);

		print_message("# nothing changed, %s: %.1f %% stopped\n",
			names[shape], 100.0 * n / bakes);
		assert_true(n <= bakes * 0.05 + 3 * sqrt(bakes * 0.05 * 0.95));
	}
}

/* What the correction is for: the same without it. */
static void
test_without_correction(void **state)
{
	double limits[MOMENTS];
	int i, bakes = 200, n;

	(void)state;
	for (i = 0; i < MOMENTS; i++)
		limits[i] = 0.05;
	n = stopped(limits, SHAPE_NORMAL, 1, 0, bakes);
	print_message("# nothing changed, without correction: %.1f %%\n",
		100.0 * n / bakes);
	assert_true(n > bakes * 0.05 + 3 * sqrt(bakes * 0.05 * 0.95));
}

static void
test_detection(void **state)
{
	static const struct {
		enum shape shape;
		double factor, tolerance;
		int least, most; /* percent */
		const char *name;
	} rows[] = {
		{SHAPE_NORMAL, 1.01, 0.05, 0, 8, "1 % rise, 5 % allowed"},
		{SHAPE_NORMAL, 1.10, 0.05, 95, 100, "10 % rise, 5 % allowed"},
		{SHAPE_TAIL, 1.20, 0.10, 60, 100, "20 % rise, long tail"},
		{SHAPE_TAIL, 1.50, 0.10, 98, 100, "50 % rise, long tail"},
		{SHAPE_COUNTS, 2.0, 0.10, 98, 100, "twice the errors"},
	};
	double limits[MOMENTS];
	size_t i;

	(void)state;
	limits_of_a_bake(0.05, limits);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		int n = stopped(limits, rows[i].shape, rows[i].factor,
			rows[i].tolerance, 200);

		print_message(
			"# %s: %.1f %% stopped\n", rows[i].name, n / 2.0);
		assert_true(n >= 2 * rows[i].least && n <= 2 * rows[i].most);
	}
}

/* What is glaring does not wait for the end of the bake. */
static void
test_glaring(void **state)
{
	double limits[MOMENTS];
	int i;

	(void)state;
	limits_of_a_bake(0.05, limits);
	for (i = 0; i < 50; i++) {
		int moment = bake(limits, SHAPE_NORMAL, 2, 0.05);

		assert_in_range(moment, 1, 16);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_published),
		cmocka_unit_test(test_one_look),
		cmocka_unit_test(test_goes_on),
		cmocka_unit_test(test_false_alarms),
		cmocka_unit_test(test_without_correction),
		cmocka_unit_test(test_detection),
		cmocka_unit_test(test_glaring),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("sequential", tests, NULL, NULL);
}
