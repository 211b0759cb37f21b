/*
 * risk.h - how much could go wrong with a change: a score from 0 to 100 and
 * what it is made of, in words.
 *
 * Pure and deterministic: the same table and facts give the same score, and
 * the points of the reasons add up to it, with one more reason where the sum
 * was held at 0 or 100.
 */
#ifndef SLUICE_MODEL_RISK_H
#define SLUICE_MODEL_RISK_H

#include "base/base.h"

enum risk_factor {
#define RISK_FACTOR(id, name, points, sentence) RISK_##id,
#include "model/risk_factors.def"
#undef RISK_FACTOR
	RISK_FACTOR_COUNT
};

enum risk_band {
	RISK_BAND_LOW,
	RISK_BAND_MEDIUM,
	RISK_BAND_HIGH,
	RISK_BAND_CRITICAL,
	RISK_BAND_COUNT
};

#define RISK_MOST 100

/* The table of the configuration. */
struct risk_table {
	int points[RISK_FACTOR_COUNT];
	int from[RISK_BAND_COUNT]; /* lowest score of each band; rising */
	int day_starts_min, day_ends_min; /* of the day; may pass midnight */
	unsigned days;			  /* bit 1 << tm_wday */
};

void risk_table_init(struct risk_table *t); /* the defaults */

/* What is known of a change; counts of 0 and false where it is not so. */
struct risk_facts {
	const char *runs; /* version on most hosts, NULL: none known */
	const char *not_compared; /* with it, in words; NULL: it was */
	int64_t files, files_differ; /* in either, and of them */
	int64_t schema_files, settings_files; /* of those that differ */
	const char *schema_file, *settings_file; /* one of them */
	int steps_differ;	 /* lines of the plan; -1: not known */
	const char *irreversible; /* name of a step, NULL: none */
	int hosts, env_hosts, first_wave;
	const char *env, *env_kind; /* kind may be NULL */
	int rollouts, rollouts_bad; /* of the last ten */
	int64_t last_at;	    /* of the last that succeeded, 0: none */
	int64_t starts_at;
	int start_min, start_wday; /* of starts_at, in the zone */
	const char *zone;	   /* its name; NULL: not said */
	int missing_count;	   /* of evidence */
	const char *missing;	   /* in words: "tests, scan" */
	const char *strategy;
	bool strategy_is_new;
	int overlaps;
	const char *overlap_ids; /* "C-3, C-9" */
	const char *author;
	bool author_is_new;
	bool is_emergency;
	const char *proven_env; /* NULL: it ran nowhere else */
	int64_t proven_s;	/* for so long */
};

struct risk_reason {
	const char *factor; /* "size"; "limit": the sum was held */
	int points;
	char *text;
};

struct risk {
	int score;
	struct risk_reason *items; /* most points first */
	size_t count, capacity;
};

void risk_assess(const struct risk_table *t, const struct risk_facts *f,
	struct risk *ret);
void risk_finish(struct risk *r);

enum risk_band risk_band(const struct risk_table *t, int score);
const char *risk_band_name(enum risk_band b);
const char *risk_factor_name(enum risk_factor f);
const char *risk_factor_sentence(enum risk_factor f);

/* The highest score that the table can give. */
int risk_table_most(const struct risk_table *t);

/* What kind of file it is, by its path. */
bool risk_is_schema(const char *path);
bool risk_is_settings(const char *path);

#endif
