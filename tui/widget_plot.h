/*
 * widget_plot.h - numbers over time: a spark in one line, or a plot with axes
 * and limits. Dots are braille (2x4 a cell), blocks (2x2) or characters, as
 * the set of glyphs says.
 *
 * A value that was not had (NAN) is a gap: never a zero, and no line crosses
 * it. Every value has its dot however narrow the plot is, so that a spike
 * cannot vanish; a spark shows the worst of what shares a column.
 */
#ifndef SLUICE_TUI_WIDGET_PLOT_H
#define SLUICE_TUI_WIDGET_PLOT_H

#include "tui/canvas.h"
#include "tui/glyphs.h"

#define PLOT_SERIES_MAX 4
#define PLOT_LIMITS_MAX 2
#define PLOT_NUMBER_SIZE 24

struct plot_series {
	const double *values; /* borrowed; NAN: a gap */
	char mark;	      /* where dots are characters */
	enum style_role role;
};

struct plot {
	size_t count; /* values of each series */
	size_t room;  /* values that there will be: the width of the axis */
	struct plot_series series[PLOT_SERIES_MAX]; /* the last is on top */
	size_t series_count;
	/* What lies between is shaded; both NULL: nothing is. */
	const double *band_low, *band_high;
	double limits[PLOT_LIMITS_MAX];
	size_t limit_count;
	const char *first, *last; /* words at the ends of the axis below */
	bool low_is_worse;	  /* what a spark keeps */
};

/* The least and the greatest of all that is drawn; false: nothing is. */
bool plot_range(const struct plot *p, double *ret_low, double *ret_high);

/* With its axes; below 3 rows or 12 columns nothing. */
void plot_paint(const struct plot *p, struct canvas *c, struct rect r,
	const struct glyphs *g);

/* One series in one line, the newest at the right. */
void plot_spark(const struct plot *p, size_t series, struct canvas *c, int y,
	int x, int w, const struct glyphs *g);

/* "1.234", "12.3k"; "gap" for what was not had. */
void plot_number(double value, char out[PLOT_NUMBER_SIZE]);

#endif
