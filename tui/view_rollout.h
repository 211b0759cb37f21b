/*
 * view_rollout.h - the parts of the page of one rollout, and what is asked
 * for them: its way (waves and gates), the gate it waits at, its canary.
 */
#ifndef SLUICE_TUI_VIEW_ROLLOUT_H
#define SLUICE_TUI_VIEW_ROLLOUT_H

#include "tui/canary.h"
#include "tui/view.h"

/* --- view_rollout_way.c --- */

/* rollout.waves of it, NULL until that is here. */
const json_t *rollout_way(struct console *c, const struct world_rollout *r);

/* Two lines: stage, waves and the gates between them, around the one that
 * moves. */
void rollout_way_paint(struct console *c, const struct world_rollout *r,
	struct canvas *canvas, int y, int w);

/* --- view_rollout_gate.c --- */

/* What it waits for, of whom, until when, and what follows else; nothing
 * where it waits at no gate. */
void rollout_gate_words(struct console *c, const struct world_rollout *r,
	bool narrow, struct strbuf *out);

/* "the hosts go back": what a declared outcome means. */
const char *rollout_outcome_words(const char *otherwise);

/* --- view_rollout_colours.c --- */

/* Lines that the two colours take: 0 where it has none. */
int rollout_colours_height(const struct world_rollout *r);
void rollout_colours_paint(struct console *c, const struct world_rollout *r,
	struct canvas *canvas, int y, struct rect at);

/* --- console_canary.c --- */

/* The comparison that runs, or the last one; NULL: there is none. Keeps its
 * samples coming. */
const json_t *rollout_canary(
	struct console *c, const struct world_rollout *r, int *ret_wave);

/* --- view_rollout_canary.c --- */

/* Lines that the block of the canary wants, 0: there is no canary. */
int rollout_canary_height(
	struct console *c, const struct world_rollout *r, struct rect at);
void rollout_canary_paint(struct console *c, struct place *p,
	const struct world_rollout *r, struct canvas *canvas, struct rect at);

/* The metric that is selected goes by one. */
void rollout_canary_move(
	struct console *c, struct place *p, const struct world_rollout *r,
	int by);

#endif
