/*
 * analysis.h - is the canary worse than the baseline? A verdict from samples
 * of both, taken at the same time.
 *
 * Test: Mann-Whitney U, two-sided (Mann and Whitney 1947): exact without ties
 * up to 20 a side, else the normal approximation with correction for ties and
 * continuity (Lehmann, Nonparametrics, 1975). Effect: the Hodges-Lehmann
 * shift canary minus baseline (Hodges and Lehmann 1963), relative to the
 * level of the baseline, its median, and never to the shift itself. A metric
 * fails only if the shift is significant, in the bad direction, and larger
 * than the tolerance. No data is never a pass.
 */
#ifndef SLUICE_MODEL_ANALYSIS_H
#define SLUICE_MODEL_ANALYSIS_H

#include "base/base.h"

enum analysis_worse {
	ANALYSIS_HIGHER,
	ANALYSIS_LOWER,
	ANALYSIS_EITHER,
	ANALYSIS_WORSE_COUNT
};

enum analysis_verdict {
	ANALYSIS_PASS,
	ANALYSIS_FAIL,
	ANALYSIS_INCONCLUSIVE,
	ANALYSIS_NODATA,
	ANALYSIS_VERDICT_COUNT
};

#define ANALYSIS_MIN_SAMPLES 30	 /* a side, where nothing is said */
#define ANALYSIS_CONFIDENCE 0.95 /* where nothing is said */
#define ANALYSIS_SCORE_PASS 95	 /* percent of the weight that must pass */
#define ANALYSIS_SCORE_MARGINAL 75

struct metric_samples {
	const char *name;
	enum analysis_worse worse;
	double tolerance; /* of the baseline's level: 0.1 is 10 % */
	int min_samples;  /* a side */
	bool is_critical; /* its failure decides alone */
	double weight;
	const double *canary, *baseline; /* finite numbers, borrowed */
	size_t canary_count, baseline_count;
};

struct metric_verdict {
	enum analysis_verdict verdict;
	bool has_p; /* p_value and shift mean something */
	double p_value, shift;
	bool has_relative; /* false: the baseline's level is zero */
	double relative_shift;
	/* More samples a side until this can be decided; 0: it is, -1: nobody
	 * can say. */
	long samples_needed;
	char reason[200];
};

/* Two-sided p value of the Mann-Whitney U test; 1 if a side is empty. */
double mann_whitney_p(
	const double *a, size_t a_count, const double *b, size_t b_count);

/* Median of all differences a - b; both sides have samples. */
double hodges_lehmann(
	const double *a, size_t a_count, const double *b, size_t b_count);

/* confidence is between 0.5 and 1. */
void metric_judge(const struct metric_samples *m, double confidence,
	struct metric_verdict *ret);

/* The same with a limit of its own for the p value, below which a shift is
 * significant: one of repeated looks (sequential.h). What samples are still
 * needed goes by confidence. */
void metric_judge_at(const struct metric_samples *m, double confidence,
	double limit, struct metric_verdict *ret);

/* Quantile of the standard normal distribution; p is between 0 and 1. */
double normal_quantile(double p);

/*
 * The whole from its parts: a critical failure fails; else what lacks data or
 * samples keeps it open; else the share of the weight that passed decides:
 * from pass percent on it passes, below marginal percent it fails.
 * *ret_score is that share in percent, over metrics that have a verdict.
 */
enum analysis_verdict analysis_sum(const struct metric_samples *metrics,
	const struct metric_verdict *verdicts, size_t count, int pass,
	int marginal, double *ret_score);

const char *analysis_verdict_name(enum analysis_verdict v);
const char *analysis_worse_name(enum analysis_worse w);
int analysis_worse_parse(const char *s); /* -1: nobody knows it */

#endif
