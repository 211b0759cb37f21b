/* store_analysis.h - samples of rollouts, verdicts about them, and releases
 * that had to be taken back. See store.h for how calls fail. */
#ifndef SLUICE_STORE_STORE_ANALYSIS_H
#define SLUICE_STORE_STORE_ANALYSIS_H

#include "store/store.h"

/* One wave against what had not moved. */
struct analysis_row {
	struct rollout_id rollout;
	int wave;
	int64_t began_at_ms, ended_at_ms; /* 0: it goes on */
	const char *verdict, *result;	  /* result: JSON of the last look */
};

/* Of rows that were read. */
void analysis_row_finish(struct analysis_row *r);

int store_analysis_put(
	struct store *s, const struct analysis_row *r, struct error *e);
/* 1: found, to be finished; 0: none. */
int store_analysis_find(struct store *s, struct rollout_id id, int wave,
	struct analysis_row *ret, struct error *e);
/* Those of a rollout (0: of all) that began since then, oldest first. */
int store_analysis_each(struct store *s, struct rollout_id id,
	int64_t since_ms, int (*fn)(const struct analysis_row *r, void *arg),
	void *arg, struct error *e);

/* All samples of one metric at one moment: model/sample_block.h. */
int store_samples_put(struct store *s, struct rollout_id id, int wave,
	int64_t at_ms, int metric, const void *bytes, size_t len,
	struct error *e);
/* By moment, then by metric. */
int store_samples_each(struct store *s, struct rollout_id id, int wave,
	int (*fn)(int64_t at_ms, int metric, const void *bytes, size_t len,
		void *arg),
	void *arg, struct error *e);

/* Removes those of the oldest rollout that were taken before then; how many
 * pieces in *ret_count. What the analysis found stays. */
int store_samples_prune(
	struct store *s, int64_t before_ms, int *ret_count, struct error *e);

int store_taken_back_put(struct store *s, const char *service,
	const char *version, const char *env, struct rollout_id rollout,
	const char *reason, int64_t at, struct error *e);
/* It went well there after all. */
int store_taken_back_drop(struct store *s, const char *service,
	const char *version, const char *env, struct error *e);
/* 1: it was taken back in another environment than not_env (NULL: in any);
 * the latest; texts are owned. 0: it was not. */
int store_taken_back_find(struct store *s, const char *service,
	const char *version, const char *not_env, char **ret_env,
	struct rollout_id *ret_rollout, char **ret_reason, struct error *e);

#endif
