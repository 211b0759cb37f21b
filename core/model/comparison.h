/*
 * comparison.h - one wave against what has not moved, moment by moment: the
 * rules of `analysis judge` (analysis.h) with limits that may be looked at
 * again and again (sequential.h). The engine feeds it while a canary bakes,
 * and `analysis replay` with what was stored.
 *
 * With rules.in_turn the baseline comes first and then the canary: moments
 * count from the first of the canary, and the baseline may end.
 *
 * At a moment every metric is sampled on both sides; then it is looked at.
 * Besides what the rules say, a metric has no data when a side had no sample
 * for three moments, or when more than half of its samples could not be had:
 * a canary that is gone does not pass on what it was like before.
 */
#ifndef SLUICE_MODEL_COMPARISON_H
#define SLUICE_MODEL_COMPARISON_H

#include "model/gate.h"
#include "model/sequential.h"

enum side { SIDE_CANARY, SIDE_BASELINE, SIDE_COUNT };

struct samples { /* of one metric on one side */
	double *items;
	size_t count, capacity;
	int64_t taken, failed;
	int at_moment; /* samples of the moment that is open */
	int missed;    /* moments in a row without any */
};

struct compared_metric {
	const struct metric *metric;
	struct samples sides[SIDE_COUNT];
	struct metric_verdict verdict;
	char last_failure[160]; /* why the latest sample could not be had */
};

struct comparison {
	struct analysis_rules rules;
	struct compared_metric *metrics;
	size_t count;
	struct sequential sequential;
	bool has_begun;	      /* there was something of the canary */
	int moments, planned; /* looked at; of the whole bake */
	double limit;	      /* p value below which the last look stops */
	enum analysis_verdict verdict;
	double score;
};

/* metrics stay the caller's. for_ms is the bake, canary_hosts how many are
 * sampled. */
void comparison_init(struct comparison *c, const struct analysis_rules *rules,
	const struct metric *metrics, size_t count, int64_t for_ms,
	int canary_hosts);
void comparison_finish(struct comparison *c);

void comparison_add(
	struct comparison *c, size_t metric, enum side side, double value);
/* why NULL: it is not known any more. */
void comparison_fail(struct comparison *c, size_t metric, enum side side,
	int times, const char *why);

/* The moment is over; the verdict of now is in c->verdict. */
void comparison_look(struct comparison *c);

/* The metric that decides about the verdict; NULL: there is none. */
const struct compared_metric *comparison_worst(const struct comparison *c);

/* The most samples a side that a metric still needs, 0: none, -1: nobody can
 * say; and how many seconds that takes at this rate, -1: nobody can say. */
long comparison_needed(const struct comparison *c, int64_t *ret_s);

#endif
