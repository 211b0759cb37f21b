/*
 * canary.h - what the analysis of one wave measured, moment by moment, as
 * series for plots. Fed with pages of analysis.samples. A moment in which a
 * side answered nothing is a gap (NAN), and so is one that never came.
 */
#ifndef SLUICE_TUI_CANARY_H
#define SLUICE_TUI_CANARY_H

#include <jansson.h>

#include "base/base.h"

#define CANARY_METRICS_MAX 64
#define CANARY_MOMENTS_MAX 4096 /* the older half is forgotten then */

/* By moment: medians of both sides, and the baseline's least and greatest. */
enum canary_row {
	CANARY_CANARY,
	CANARY_BASELINE,
	CANARY_LOW,
	CANARY_HIGH,
	CANARY_ROW_COUNT
};

struct canary_metric {
	double *rows[CANARY_ROW_COUNT];
	int *failed; /* samples that could not be had, of both sides */
};

struct canary {
	char rollout[32]; /* "" before the first */
	int wave;
	int64_t interval_ms; /* between moments; 0: nobody said */
	struct canary_metric metrics[CANARY_METRICS_MAX];
	int64_t *at_ms;
	size_t count, capacity;
	int64_t last; /* of the newest item: at_ms * 1000 + metric */
};

void canary_finish(struct canary *k);

/* Empties it where it is about another wave of another rollout. */
void canary_begin(
	struct canary *k, const char *rollout, int wave, int64_t interval_ms);

/* Items of analysis.samples, oldest first; what is malformed or was there
 * already is left out. */
void canary_put(struct canary *k, const json_t *items);

/* Median of the finite values; NAN if there is none. */
double canary_median(const double *values, size_t count);

#endif
