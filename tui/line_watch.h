/* line_watch.h - following a rollout as lines that are only added to. */
#ifndef SLUICE_TUI_LINE_WATCH_H
#define SLUICE_TUI_LINE_WATCH_H

#include "tui/line.h"

struct watch_options {
	bool exits;             /* end with the rollout or with a hold */
	bool silent;            /* wait only */
	int64_t pause_limit_ms; /* how long a pause or gate may last */
};

/*
 * Follows the rollout id ("R-57", or "C-42" for its latest) and prints what
 * happens; JSON lines under --json unless silent. Returns the exit code of
 * interface.md section 3: 0 succeeded, 1 failed or held because hosts failed,
 * 4 aborted or rolled back, 5 paused too long, 69 no engine for too long.
 */
int watch_run(
	struct line *l, const char *id, const struct watch_options *options);

/* Whether a rollout in this state is over. */
bool rollout_is_over(const char *state);

#endif
