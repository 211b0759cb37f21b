/*
 * widget_grid.h - the heat grid: one cell for one or more hosts of a
 * rollout, the worst of them shown (console.md section 6.2).
 */
#ifndef SLUICE_TUI_WIDGET_GRID_H
#define SLUICE_TUI_WIDGET_GRID_H

#include "tui/canvas.h"
#include "tui/glyphs.h"
#include "tui/world.h"

struct grid {
	size_t cursor;	     /* index of the selected host */
	size_t first, count; /* the hosts shown; count 0: all */
	bool failing_only;   /* f: draw only what failed */
	size_t per_cell;     /* of the last painting */
	int columns, rows;   /* of the last painting */
};

/* Hosts per cell for so many hosts in so many cells. */
size_t grid_hosts_per_cell(size_t hosts, size_t cells);

/* Lines that the grid needs so that no row stays empty, at most h. */
int grid_lines(const struct grid *g, size_t hosts, int w, int h);

void grid_paint(struct grid *g, const struct collection *hosts,
	struct canvas *c, struct rect r, const struct glyphs *glyphs,
	bool focus);

/* Moves by cells; true if it moved. */
bool grid_move(struct grid *g, size_t hosts, int dx, int dy);

/* Failed, or it could not be heard. */
bool grid_is_failing(const struct rollout_host *h);

/* To the next (1) or previous (-1) host that failed; false if none. */
bool grid_next_failing(
	struct grid *g, const struct collection *hosts, int direction);

/* Into the selected cell; false where a cell is one host already. */
bool grid_zoom(struct grid *g, size_t hosts);

/* Out again; false where all are shown already. */
bool grid_unzoom(struct grid *g);

/* The worst host of the selected cell, or NULL. */
const struct rollout_host *grid_selected(
	const struct grid *g, const struct collection *hosts);

#endif
