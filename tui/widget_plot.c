/* widget_plot.c - numbers over time, as dots on a grid finer than cells. */
#include "tui/widget_plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_H 3
#define LEAST_W 12
#define GREATEST 1e300 /* the difference of two is a number still */

void
plot_number(double value, char out[PLOT_NUMBER_SIZE])
{
	double size = fabs(value);

	if (!isfinite(value))
		snprintf(out, PLOT_NUMBER_SIZE, "gap");
	else if (size >= 1e9)
		snprintf(out, PLOT_NUMBER_SIZE, "%.3g", value);
	else if (size >= 999.5e3)
		snprintf(out, PLOT_NUMBER_SIZE, "%.3gM", value / 1e6);
	else if (size >= 9999.5)
		snprintf(out, PLOT_NUMBER_SIZE, "%.3gk", value / 1e3);
	else if (size >= 999.5)
		snprintf(out, PLOT_NUMBER_SIZE, "%.0f", value);
	else
		snprintf(out, PLOT_NUMBER_SIZE, "%.3g", value);
}

/* --- how high --- */

static void
widen(double value, bool *has, double *low, double *high)
{
	if (!isfinite(value))
		return;
	value = fmax(-GREATEST, fmin(GREATEST, value));
	if (!*has || value < *low)
		*low = value;
	if (!*has || value > *high)
		*high = value;
	*has = true;
}

static void
widen_all(const double *values, size_t count, bool *has, double *low,
	double *high)
{
	size_t i;

	for (i = 0; values != NULL && i < count; i++)
		widen(values[i], has, low, high);
}

bool
plot_range(const struct plot *p, double *ret_low, double *ret_high)
{
	double low = 0, high = 0, more;
	bool has = false;
	size_t i;

	for (i = 0; i < p->series_count; i++)
		widen_all(p->series[i].values, p->count, &has, &low, &high);
	widen_all(p->band_low, p->count, &has, &low, &high);
	widen_all(p->band_high, p->count, &has, &low, &high);
	if (!has)
		return false;
	for (i = 0; i < p->limit_count; i++)
		widen(p->limits[i], &has, &low, &high);
	/* A flat line stands in the middle. */
	more = high > low ? 0 : fabs(high) > 0 ? fabs(high) / 10 : 1;
	*ret_low = low - more;
	*ret_high = high + more;
	return true;
}

/* --- dots --- */

struct dots_of_cell {
	uint8_t bits;
	char mark;
	enum style_role role;
};

struct field {
	const struct plot *plot;
	struct rect r;	/* cells */
	int dx, dy;	/* dots of a cell */
	double low, high;
	struct dots_of_cell *cells;
};

static int
dot_x(const struct field *f, size_t i)
{
	size_t room = f->plot->room > f->plot->count ? f->plot->room
						      : f->plot->count;
	int wide = f->r.w * f->dx;

	return room < 2 ? 0
			: (int)((double)i * (wide - 1) / (double)(room - 1));
}

static int
dot_y(const struct field *f, double value)
{
	double inside = fmax(f->low, fmin(f->high, value));
	double part = (f->high - inside) / (f->high - f->low);

	return (int)lround(part * (f->r.h * f->dy - 1));
}

/* The bits of braille go down the left column, then the right one; the
 * fourth row came later. Those of quadrants are ours: see block_text. */
static uint8_t
bit_of(const struct field *f, int x, int y)
{
	static const uint8_t braille[4][2] = {
		{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};

	if (f->dy == 4)
		return braille[y % 4][x % 2];
	return (uint8_t)(1u << (y % f->dy * 2 + x % f->dx));
}

static void
put_dot(struct field *f, int x, int y, const struct plot_series *s)
{
	struct dots_of_cell *cell;

	if (x < 0 || y < 0 || x >= f->r.w * f->dx || y >= f->r.h * f->dy)
		return;
	cell = &f->cells[(y / f->dy) * f->r.w + x / f->dx];
	cell->bits |= bit_of(f, x, y);
	cell->mark = s->mark;
	cell->role = s->role;
}

/* From one value to the next; each column down to where the next begins. */
static void
put_line(struct field *f, int x0, int y0, int x1, int y1,
	const struct plot_series *s)
{
	int steps = abs(x1 - x0) > abs(y1 - y0) ? abs(x1 - x0) : abs(y1 - y0);
	int i;

	for (i = 1; i < steps; i++)
		put_dot(f, x0 + (x1 - x0) * i / steps,
			y0 + (y1 - y0) * i / steps, s);
}

/* Characters are too coarse for lines: there values stand alone. */
static void
put_series(struct field *f, const struct plot_series *s)
{
	int x = 0, y = 0, x1, y1;
	bool joins = false;
	size_t i;

	for (i = 0; i < f->plot->count; i++) {
		if (!isfinite(s->values[i])) {
			joins = false;
			continue;
		}
		x1 = dot_x(f, i);
		y1 = dot_y(f, s->values[i]);
		if (joins && f->dx > 1)
			put_line(f, x, y, x1, y1, s);
		put_dot(f, x1, y1, s);
		x = x1;
		y = y1;
		joins = true;
	}
}

/* --- cells --- */

/* U+2800 and the bits, as UTF-8. */
static void
braille_text(uint8_t bits, char out[5])
{
	out[0] = (char)0xe2;
	out[1] = (char)(0xa0 | bits >> 6);
	out[2] = (char)(0x80 | (bits & 0x3f));
	out[3] = '\0';
}

static const char *
block_text(uint8_t bits)
{
	static const char *const blocks[16] = {" ", "\u2598", "\u259d",
		"\u2580", "\u2596", "\u258c", "\u259e", "\u259b", "\u2597",
		"\u259a", "\u2590", "\u259c", "\u2584", "\u2599", "\u259f",
		"\u2588"};

	return blocks[bits & 15];
}

static void
paint_cell(const struct dots_of_cell *cell, struct canvas *c, int y, int x,
	const struct glyphs *g)
{
	char text[5] = {cell->mark, '\0'};

	if (cell->bits == 0)
		return;
	if (g->dots == DOTS_BRAILLE)
		braille_text(cell->bits, text);
	canvas_put(c, y, x, 1, cell->role,
		g->dots == DOTS_BLOCKS ? block_text(cell->bits) : text);
}

static void
paint_limits(const struct field *f, struct canvas *c, const struct glyphs *g)
{
	const struct plot *p = f->plot;
	size_t i;

	for (i = 0; i < p->limit_count; i++)
		if (isfinite(p->limits[i]))
			canvas_fill(c, f->r.y + dot_y(f, p->limits[i]) / f->dy,
				f->r.x, f->r.w, STYLE_PLOT_LIMIT,
				glyph(g, GLYPH_PLOT_LIMIT));
}

/* A value's share of the width goes on to the next one. */
static void
band_column(const struct field *f, struct canvas *c, size_t i, int x,
	const char *shade)
{
	const struct plot *p = f->plot;
	int low = dot_y(f, p->band_low[i]) / f->dy, y;

	for (y = dot_y(f, p->band_high[i]) / f->dy; y <= low; y++)
		canvas_put(c, f->r.y + y, f->r.x + x, 1, STYLE_PLOT_BAND,
			shade);
}

static void
paint_band(const struct field *f, struct canvas *c, const struct glyphs *g)
{
	const struct plot *p = f->plot;
	size_t i;

	for (i = 0; p->band_low != NULL && i < p->count; i++) {
		int x = dot_x(f, i) / f->dx;
		int end = i + 1 < p->count ? dot_x(f, i + 1) / f->dx : x + 1;

		if (!isfinite(p->band_low[i]) || !isfinite(p->band_high[i]))
			continue;
		do
			band_column(f, c, i, x, glyph(g, GLYPH_PLOT_BAND));
		while (++x < end && f->dx > 1);
	}
}

static void
paint_field(struct field *f, struct canvas *c, const struct glyphs *g)
{
	size_t i;
	int y, x;

	f->cells = xcalloc(
		(size_t)f->r.w * (size_t)f->r.h, sizeof(*f->cells));
	paint_band(f, c, g);
	paint_limits(f, c, g);
	for (i = 0; i < f->plot->series_count; i++)
		put_series(f, &f->plot->series[i]);
	for (y = 0; y < f->r.h; y++)
		for (x = 0; x < f->r.w; x++)
			paint_cell(&f->cells[y * f->r.w + x], c, f->r.y + y,
				f->r.x + x, g);
	free(f->cells);
}

/* --- axes --- */

static void
label_at(const struct field *f, struct canvas *c, double value, int row,
	int width)
{
	char text[PLOT_NUMBER_SIZE];

	plot_number(value, text);
	canvas_put_right(
		c, f->r.y + row, f->r.x - 1 - width, width, STYLE_PLOT_AXIS,
		text);
}

/* A limit has its number too, where no end of the axis stands. */
static void
paint_left(const struct field *f, struct canvas *c, const struct glyphs *g,
	int width)
{
	size_t i;
	int y;

	for (y = 0; y < f->r.h; y++)
		canvas_put(c, f->r.y + y, f->r.x - 1, 1, STYLE_PLOT_AXIS,
			glyph(g, GLYPH_PLOT_AXIS_V));
	for (i = 0; i < f->plot->limit_count; i++) {
		if (!isfinite(f->plot->limits[i]))
			continue;
		y = dot_y(f, f->plot->limits[i]) / f->dy;
		if (y > 0 && y < f->r.h - 1)
			label_at(f, c, f->plot->limits[i], y, width);
	}
	label_at(f, c, f->high, 0, width);
	label_at(f, c, f->low, f->r.h - 1, width);
}

static void
paint_below(const struct field *f, struct canvas *c, const struct glyphs *g)
{
	const struct plot *p = f->plot;
	int y = f->r.y + f->r.h, last;

	canvas_put(c, y, f->r.x - 1, 1, STYLE_PLOT_AXIS,
		glyph(g, GLYPH_PLOT_CORNER));
	canvas_fill(c, y, f->r.x, f->r.w, STYLE_PLOT_AXIS,
		glyph(g, GLYPH_PLOT_AXIS_H));
	last = p->last != NULL ? canvas_width_of(c, p->last) : 0;
	if (p->first != NULL &&
		canvas_width_of(c, p->first) + last + 3 <= f->r.w)
		canvas_put(c, y, f->r.x + 1, f->r.w - 1, STYLE_PLOT_AXIS,
			p->first);
	if (last > 0 && last < f->r.w)
		canvas_put(c, y, f->r.x + f->r.w - last, last, STYLE_PLOT_AXIS,
			p->last);
}

static int
label_width(const struct field *f)
{
	char text[PLOT_NUMBER_SIZE];
	size_t i, width, most;

	plot_number(f->low, text);
	most = strlen(text);
	plot_number(f->high, text);
	most = strlen(text) > most ? strlen(text) : most;
	for (i = 0; i < f->plot->limit_count; i++) {
		plot_number(f->plot->limits[i], text);
		width = strlen(text);
		most = width > most ? width : most;
	}
	return (int)most;
}

void
plot_paint(const struct plot *p, struct canvas *c, struct rect r,
	const struct glyphs *g)
{
	struct field f = {.plot = p, .dx = 1, .dy = 1};
	int width;

	if (r.h < LEAST_H || r.w < LEAST_W)
		return;
	if (!plot_range(p, &f.low, &f.high)) {
		canvas_put(c, r.y, r.x, r.w, STYLE_UI_DIM, "no numbers yet");
		return;
	}
	if (g->dots != DOTS_ASCII)
		f.dx = 2;
	if (g->dots != DOTS_ASCII)
		f.dy = g->dots == DOTS_BRAILLE ? 4 : 2;
	width = label_width(&f);
	f.r = (struct rect){r.y, r.x + width + 1, r.h - 1, r.w - width - 1};
	paint_field(&f, c, g);
	paint_left(&f, c, g, width);
	paint_below(&f, c, g);
}

/* --- one line --- */

/* The worst of values first to end, NAN where there is none. */
static double
worst_of(const double *values, size_t first, size_t end, bool low_is_worse)
{
	double worst = NAN;
	size_t i;

	for (i = first; i < end; i++)
		if (isfinite(values[i]) &&
			(isnan(worst) || (low_is_worse ? values[i] < worst
						       : values[i] > worst)))
			worst = values[i];
	return worst;
}

void
plot_spark(const struct plot *p, size_t series, struct canvas *c, int y, int x,
	int w, const struct glyphs *g)
{
	const struct plot_series *s = &p->series[series];
	double low, high, value;
	size_t columns, i;

	if (w < 1 || p->count == 0 || !plot_range(p, &low, &high))
		return;
	columns = p->count < (size_t)w ? p->count : (size_t)w;
	for (i = 0; i < columns; i++) {
		value = worst_of(s->values, i * p->count / columns,
			(i + 1) * p->count / columns, p->low_is_worse);
		if (!isfinite(value))
			continue;
		value = fmax(low, fmin(high, value));
		value = (value - low) / (high - low) * 7.999;
		canvas_put(c, y, x + (int)i, 1, s->role,
			glyph(g, (enum glyph_id)(GLYPH_SPARK_0 + (int)value)));
	}
}
