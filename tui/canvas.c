/* canvas.c - a screenful of cells: one character and one style role each. */
#include "tui/canvas.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define CUT_LEAST 7 /* fewer columns have no room to say so */

void
canvas_init(struct canvas *c, int width, int height, bool ascii)
{
	memset(c, 0, sizeof(*c));
	c->width = width < 1 ? 1 : width;
	c->height = height < 1 ? 1 : height;
	c->ascii = ascii;
	c->cells = xcalloc(
		(size_t)c->width * (size_t)c->height, sizeof(*c->cells));
	canvas_clear(c);
}

void
canvas_finish(struct canvas *c)
{
	free(c->cells);
	memset(c, 0, sizeof(*c));
}

struct cell *
canvas_at(const struct canvas *c, int y, int x)
{
	if (y < 0 || x < 0 || y >= c->height || x >= c->width)
		return NULL;
	return &c->cells[(size_t)y * (size_t)c->width + (size_t)x];
}

static void
cell_set(struct cell *cell, const char *text, size_t len, int width,
	enum style_role role)
{
	memset(cell, 0, sizeof(*cell));
	memcpy(cell->text, text, len);
	cell->width = (uint8_t)width;
	cell->role = (uint8_t)role;
}

void
canvas_clear(struct canvas *c)
{
	size_t i, n = (size_t)c->width * (size_t)c->height;

	for (i = 0; i < n; i++)
		cell_set(&c->cells[i], " ", 1, 1, STYLE_UI_TEXT);
	c->cursor_y = 0;
	c->cursor_x = 0;
}

struct glyph {
	char text[5];
	size_t len;
	int width;
};

/* The next character of s as it will stand in a cell; returns the bytes
 * taken. Width 0 is what has no column of its own and is left out. */
static size_t
next_glyph(const struct canvas *c, const char *s, struct glyph *g)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	uint32_t cp = p[0] < 0x80 ? p[0] : p[0] & (0xffu >> (n + 1));
	size_t i;

	g->text[0] = '?';
	g->text[1] = '\0';
	g->len = 1;
	g->width = 1;
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return i;
		cp = cp << 6 | (p[i] & 0x3f);
	}
	if (n == 1 ? cp < 0x20 || cp >= 0x7f : c->ascii)
		return n;
	if (n > 1) {
		g->width = wcwidth((wchar_t)cp);
		if (g->width < 0 || g->width > 2) {
			g->width = 1;
			return n;
		}
	}
	memcpy(g->text, s, n);
	g->text[n] = '\0';
	g->len = n;
	return n;
}

/* A character put over one half of a wide one leaves a blank in the other. */
static void
break_wide(struct canvas *c, int y, int x)
{
	struct cell *cell = canvas_at(c, y, x);
	struct cell *left = canvas_at(c, y, x - 1);
	struct cell *right = canvas_at(c, y, x + 1);

	if (cell == NULL)
		return;
	if (cell->width == 0 && left != NULL)
		cell_set(left, " ", 1, 1, left->role);
	if (cell->width == 2 && right != NULL)
		cell_set(right, " ", 1, 1, right->role);
}

/* What fits into max columns, cut as it comes. */
static int
put(struct canvas *c, int y, int x, int max, enum style_role role,
	const char *text)
{
	int used = 0;

	if (y < 0 || y >= c->height || x < 0)
		return 0;
	if (max > c->width - x)
		max = c->width - x;
	while (*text != '\0') {
		struct glyph g;

		text += next_glyph(c, text, &g);
		if (g.width == 0)
			continue;
		if (used + g.width > max)
			break;
		break_wide(c, y, x + used);
		if (g.width == 2)
			break_wide(c, y, x + used + 1);
		cell_set(canvas_at(c, y, x + used), g.text, g.len, g.width,
			role);
		if (g.width == 2)
			cell_set(canvas_at(c, y, x + used + 1), "", 0, 0, role);
		used += g.width;
	}
	return used;
}

static const char *
cut_sign(const struct canvas *c)
{
	return c->ascii ? "~" : "\xe2\x80\xa6";
}

/* Whether more than blanks stands behind max columns of text. */
static bool
is_cut(const struct canvas *c, const char *text, int max)
{
	struct glyph g;

	while (*text != '\0' && max >= 0) {
		const char *at = text;

		text += next_glyph(c, text, &g);
		max -= g.width;
		if (max < 0 && at[strspn(at, " ")] != '\0')
			return true;
	}
	return false;
}

int
canvas_put(struct canvas *c, int y, int x, int max, enum style_role role,
	const char *text)
{
	int used;

	if (max > c->width - x)
		max = c->width - x;
	if (max < CUT_LEAST || !is_cut(c, text, max))
		return put(c, y, x, max, role, text);
	used = put(c, y, x, max - 1, role, text);
	return used + put(c, y, x + used, 1, role, cut_sign(c));
}

int
canvas_putf(struct canvas *c, int y, int x, int max, enum style_role role,
	const char *fmt, ...)
{
	struct strbuf sb;
	va_list ap;
	int used;

	strbuf_init(&sb);
	va_start(ap, fmt);
	strbuf_vaddf(&sb, fmt, ap);
	va_end(ap);
	used = canvas_put(c, y, x, max, role, sb.buf);
	strbuf_finish(&sb);
	return used;
}

void
canvas_fill(struct canvas *c, int y, int x, int n, enum style_role role,
	const char *glyph)
{
	int i;

	for (i = 0; i < n; i++)
		if (canvas_put(c, y, x + i, 1, role, glyph) == 0)
			canvas_put(c, y, x + i, 1, role, " ");
}

void
canvas_put_padded(struct canvas *c, int y, int x, int max, enum style_role role,
	const char *text)
{
	int used = canvas_put(c, y, x, max, role, text);

	canvas_fill(c, y, x + used, max - used, role, " ");
}

int
canvas_width_of(const struct canvas *c, const char *text)
{
	int width = 0;

	while (*text != '\0') {
		struct glyph g;

		text += next_glyph(c, text, &g);
		width += g.width;
	}
	return width;
}

void
canvas_put_right(struct canvas *c, int y, int x, int max, enum style_role role,
	const char *text)
{
	int width = canvas_width_of(c, text);

	if (width > max)
		width = max;
	canvas_put(c, y, x + max - width, width, role, text);
}

/* Where the last `columns` columns of text begin. */
static const char *
tail_of(const struct canvas *c, const char *text, int columns)
{
	int width = canvas_width_of(c, text);

	while (*text != '\0' && width > columns) {
		struct glyph g;

		text += next_glyph(c, text, &g);
		width -= g.width;
	}
	return text;
}

int
canvas_put_name(struct canvas *c, int y, int x, int max, enum style_role role,
	const char *text)
{
	int used, tail;

	if (canvas_width_of(c, text) <= max || max < 4)
		return canvas_put(c, y, x, max, role, text);
	tail = (max - 1) / 2;
	used = put(c, y, x, max - 1 - tail, role, text);
	used += put(c, y, x + used, 1, role, cut_sign(c));
	return used + put(c, y, x + used, max - used, role,
			      tail_of(c, text, tail));
}

int
canvas_put_end(struct canvas *c, int y, int x, int max, enum style_role role,
	const char *text)
{
	int used;

	if (canvas_width_of(c, text) <= max || max < 4)
		return canvas_put(c, y, x, max, role, text);
	used = put(c, y, x, 1, role, cut_sign(c));
	return used + put(c, y, x + used, max - used, role,
			      tail_of(c, text, max - used));
}

void
canvas_blank(struct canvas *c, struct rect r, enum style_role role)
{
	int y;

	for (y = r.y; y < r.y + r.h; y++)
		canvas_fill(c, y, r.x, r.w, role, " ");
}

void
canvas_blit(struct canvas *c, int y, int x, const struct canvas *from)
{
	int row, col;

	for (row = 0; row < from->height; row++)
		for (col = 0; col < from->width; col++) {
			struct cell *to = canvas_at(c, y + row, x + col);

			if (to != NULL)
				*to = *canvas_at(from, row, col);
		}
}

void
canvas_cursor(struct canvas *c, int y, int x)
{
	c->cursor_y = y < 0 ? 0 : y >= c->height ? c->height - 1 : y;
	c->cursor_x = x < 0 ? 0 : x >= c->width ? c->width - 1 : x;
}

void
canvas_row_text(const struct canvas *c, int y, struct strbuf *out)
{
	size_t end = out->len;
	int x;

	for (x = 0; x < c->width; x++) {
		const struct cell *cell = canvas_at(c, y, x);

		strbuf_adds(out, cell->text);
		if (strcmp(cell->text, " ") != 0)
			end = out->len;
	}
	out->len = end;
	out->buf[end] = '\0';
}

void
canvas_restyle(struct canvas *c, int y, int x, int n, enum style_role role)
{
	for (; n > 0; n--, x++) {
		struct cell *cell = canvas_at(c, y, x);

		if (cell != NULL)
			cell->role = (uint8_t)role;
	}
}
