/* canary_look.h - one metric of a comparison as numbers, words and a plot. */
#ifndef SLUICE_TUI_CANARY_LOOK_H
#define SLUICE_TUI_CANARY_LOOK_H

#include "tui/canary.h"
#include "tui/widget_plot.h"

struct console;

struct metric_look {
	const json_t *json; /* borrowed */
	const char *name, *reason, *verdict; /* as the engine says it */
	const char *shown; /* "PASS", "INCONCL" */
	enum style_role role;
	double canary, baseline, limit; /* levels; NAN: nobody knows */
	double other_limit; /* below, where either way is worse; else NAN */
	double shift_percent;
	int64_t have, need; /* samples of the canary; need -1: nobody knows */
	struct plot plot;
	char first[32], last[32]; /* of the plot's axis */
};

/* The metric at index of an analysis, with what was measured of it. */
void metric_look_at(const struct console *c, const json_t *analysis,
	const struct canary *k, size_t index, struct metric_look *ret);

/* The one that decides: it failed, has no data, or is open; 0 where all
 * passed. */
size_t metric_deciding(const json_t *analysis);

/* "2 pass  1 inconclusive  score 67" */
void metrics_summary(const json_t *analysis, struct strbuf *out);

#endif
