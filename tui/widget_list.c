/* widget_list.c - rows with a cursor that stays on its object. */
#include "tui/widget_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CARD_WIDTH 60 /* below it a row is a card of two lines */
#define COLUMNS_MAX 16
#define SENTENCE_WIDTH 40 /* a column that may be so wide holds sentences */

void
list_finish(struct list *l)
{
	free(l->rows);
	free(l->cursor_id);
	list_unmark_all(l);
	memset(l, 0, sizeof(*l));
}

void
list_begin(struct list *l)
{
	l->count = 0;
}

void
list_add(struct list *l, const struct record *r, int kind, bool ghost)
{
	ARRAY_GROW(l->rows, l->count, l->capacity);
	l->rows[l->count++] = (struct list_row){
		.record = r, .kind = kind, .ghost = ghost, .count = -1};
}

void
list_add_heading(struct list *l, const char *heading, int count)
{
	ARRAY_GROW(l->rows, l->count, l->capacity);
	l->rows[l->count++] =
		(struct list_row){.heading = heading, .count = count};
}

static void
set_cursor(struct list *l, size_t i)
{
	l->cursor = i;
	if (i < l->count && l->rows[i].record != NULL)
		str_replace(&l->cursor_id, l->rows[i].record->id);
}

/* The nearest row with an object at or around i. */
static void
settle(struct list *l, size_t i)
{
	size_t k;

	if (l->count == 0) {
		l->cursor = 0;
		return;
	}
	if (i >= l->count)
		i = l->count - 1;
	for (k = i; k < l->count; k++)
		if (l->rows[k].record != NULL) {
			set_cursor(l, k);
			return;
		}
	for (k = i; k > 0; k--)
		if (l->rows[k - 1].record != NULL) {
			set_cursor(l, k - 1);
			return;
		}
	l->cursor = 0;
}

void
list_end(struct list *l)
{
	size_t i;

	for (i = 0; !l->loose && l->cursor_id != NULL && i < l->count; i++)
		if (l->rows[i].record != NULL &&
			strcmp(l->rows[i].record->id, l->cursor_id) == 0) {
			l->cursor = i;
			return;
		}
	settle(l, l->loose || l->cursor_id == NULL ? 0 : l->cursor);
}

const struct list_row *
list_selected(const struct list *l)
{
	if (l->cursor >= l->count || l->rows[l->cursor].record == NULL)
		return NULL;
	return &l->rows[l->cursor];
}

bool
list_move(struct list *l, int by)
{
	size_t was = l->cursor;
	int step = by < 0 ? -1 : 1;
	long i = (long)l->cursor, last = i;

	while (by != 0) {
		i += step;
		if (i < 0 || i >= (long)l->count)
			break;
		if (l->rows[i].record == NULL)
			continue;
		last = i;
		by -= step;
	}
	if (l->count > 0 && l->rows[last].record != NULL)
		set_cursor(l, (size_t)last);
	return l->cursor != was;
}

void
list_first(struct list *l)
{
	settle(l, 0);
	l->top = 0;
}

void
list_last(struct list *l)
{
	if (l->count > 0)
		settle(l, l->count - 1);
}

void
list_select(struct list *l, const char *id)
{
	str_replace(&l->cursor_id, id);
	l->loose = false;
	list_end(l);
}

int
list_page(int w, int h)
{
	int rows = w < CARD_WIDTH ? h / 2 : h;

	return rows < 1 ? 1 : rows;
}

/* Which columns are shown and how wide. */
struct layout {
	int width[COLUMNS_MAX];
	const struct column *columns;
	size_t count;
};

static int
total_width(const struct layout *l)
{
	int total = 0;
	size_t i;

	for (i = 0; i < l->count; i++)
		if (l->width[i] > 0)
			total += l->width[i] + 1;
	return total;
}

/* Gives what is left to the columns that want more: sentences first, then
 * the others in their order. */
static void
widen(struct layout *l, int width)
{
	int left = width + 1 - total_width(l);
	size_t i;

	for (i = 0; i < 2 * l->count && left > 0; i++) {
		size_t k = i % l->count;
		int more = l->columns[k].most - l->width[k];

		if (l->width[k] == 0 || more <= 0 ||
			(i < l->count && l->columns[k].most < SENTENCE_WIDTH))
			continue;
		more = more < left ? more : left;
		l->width[k] += more;
		left -= more;
	}
}

static bool
is_wanted(const struct column *col, const char *only)
{
	const char *at = only;
	size_t len = strlen(col->title);

	while (only != NULL && only[0] != '\0' &&
		(at = strcasestr(at, col->title)) != NULL) {
		if ((at == only || at[-1] == ',') &&
			(at[len] == ',' || at[len] == '\0'))
			return true;
		at += len;
	}
	return only == NULL || only[0] == '\0';
}

/* Every column in full; the list scrolls sideways. */
static void
lay_out_wide(struct layout *l, const char *only, int side)
{
	size_t i;

	/* The first column says what the row is: it stays. */
	for (i = 0; i < l->count; i++)
		if (is_wanted(&l->columns[i], only) &&
			(i == 0 || side-- <= 0))
			l->width[i] = l->columns[i].most;
}

/* Takes in columns by priority until one does not fit. */
static struct layout
lay_out(const struct table *t, int width, int side,
	const struct list_look *look)
{
	struct layout l = {.columns = t->columns, .count = t->count};
	int priority;
	size_t i;

	assert(t->count <= COLUMNS_MAX);
	if (look->wide) {
		lay_out_wide(&l, look->only, side);
		return l;
	}
	for (priority = 1; priority <= 9; priority++)
		for (i = 0; i < t->count; i++) {
			const struct column *col = &t->columns[i];

			if (col->priority != priority ||
				!is_wanted(col, look->only))
				continue;
			if (priority > 1 &&
				total_width(&l) + col->least + 1 > width + 1)
				goto out;
			l.width[i] = col->least;
		}
out:
	widen(&l, width);
	return l;
}

static void
paint_cell(struct canvas *c, int y, int x, int width, const struct column *col,
	const struct list_row *row, const struct list_context *ctx)
{
	enum style_role role = STYLE_UI_TEXT;
	struct strbuf text;

	strbuf_init(&text);
	col->text(row->record, ctx, &text);
	if (row->ghost)
		role = STYLE_UI_DIM;
	else if (col->role != NULL)
		role = col->role(row->record);
	if (col->right)
		canvas_put_right(c, y, x, width, role, text.buf);
	else if (col->cut == CUT_FRONT)
		canvas_put_end(c, y, x, width, role, text.buf);
	else if (col->cut == CUT_MIDDLE)
		canvas_put_name(c, y, x, width, role, text.buf);
	else
		canvas_put(c, y, x, width, role, text.buf);
	strbuf_finish(&text);
}

static void
paint_row(struct canvas *c, int y, int x, int w, const struct layout *l,
	const struct list_row *row, const struct list_context *ctx)
{
	int end = x + w;
	size_t i;

	for (i = 0; i < l->count; i++) {
		int width = l->width[i];

		if (width == 0)
			continue;
		if (x + width > end)
			width = end - x;
		if (width <= 0)
			return;
		paint_cell(c, y, x, width, &l->columns[i], row, ctx);
		x += width + 1;
	}
}

/* What the first line of a card shows, and what the second. */
static void
card_layouts(const struct table *t, int width, struct layout *first,
	struct layout *second)
{
	size_t i;

	*first = (struct layout){.columns = t->columns, .count = t->count};
	*second = *first;
	for (i = 0; i < t->count; i++) {
		const struct column *col = &t->columns[i];
		struct layout *l = first;

		if (col->priority > 1 ||
			total_width(first) + col->least > width + 1)
			l = second;
		if (total_width(l) + col->least <= width + 1)
			l->width[i] = col->least;
	}
	widen(first, width);
	widen(second, width);
}

/* A title, with the sign of the order where it is sorted by. */
static void
title_of(const struct column *col, const struct list_look *look, char *out,
	size_t size)
{
	bool is = look->sorted != NULL && strcmp(look->sorted, col->title) == 0;
	enum glyph_id sign = look->reversed ? GLYPH_MARK_DOWN : GLYPH_MARK_UP;

	snprintf(out, size, "%s%s", col->title,
		is ? glyph(look->glyphs, sign) : "");
}

static void
paint_titles(struct canvas *c, int y, struct rect r, const struct layout *l,
	const struct list_look *look)
{
	int x = r.x + 2, end = r.x + r.w;
	size_t i;

	for (i = 0; i < l->count && x < end; i++) {
		const struct column *col = &l->columns[i];
		int w = l->width[i] < end - x ? l->width[i] : end - x;
		char title[40];

		if (w == 0)
			continue;
		title_of(col, look, title, sizeof(title));
		if (col->right)
			canvas_put_right(c, y, x, w, STYLE_UI_DIM, title);
		else
			canvas_put(c, y, x, w, STYLE_UI_DIM, title);
		x += l->width[i] + 1;
	}
}

static void
paint_heading(struct canvas *c, int y, struct rect r, const struct glyphs *g,
	const struct list_row *row)
{
	int used;

	canvas_fill(c, y, r.x, r.w, STYLE_UI_BORDER, glyph(g, GLYPH_BOX_H));
	used = canvas_putf(
		c, y, r.x + 2, r.w - 4, STYLE_UI_TITLE, " %s ", row->heading);
	if (row->count >= 0 && used + 12 < r.w) {
		char count[16];
		int len = snprintf(count, sizeof(count), " %d ", row->count);

		canvas_put(c, y, r.x + r.w - len - 2, len, STYLE_UI_DIM, count);
	}
}

static void
scroll_to_cursor(struct list *l, size_t page)
{
	if (l->top > l->cursor)
		l->top = l->cursor;
	if (l->cursor >= l->top + page)
		l->top = l->cursor + 1 - page;
	if (l->top > 0 && l->count < l->top + page)
		l->top = l->count > page ? l->count - page : 0;
	/* A heading above the first row is seen with it. */
	if (l->top == 1 && l->rows[0].record == NULL && l->cursor < page)
		l->top = 0;
}

/* One row at y; returns the lines it took. */
static int
paint_entry(const struct list *l, size_t i, struct canvas *c, int y,
	struct rect r, const struct list_look *look)
{
	const struct list_row *row = &l->rows[i];
	const struct table *t;
	bool cards = r.w < CARD_WIDTH;

	if (row->record == NULL) {
		paint_heading(c, y, r, look->glyphs, row);
		return 1;
	}
	t = look->table_of(row->kind);
	if (i == l->cursor) {
		canvas_put(c, y, r.x, 1, STYLE_UI_TEXT,
			glyph(look->glyphs, GLYPH_MARK_CURSOR));
		if (look->focus)
			canvas_cursor(c, y, r.x);
	}
	if (list_is_marked(l, row->record->id))
		canvas_put(c, y, r.x + 1, 1, STYLE_UI_MARK,
			glyph(look->glyphs, GLYPH_MARK_MARKED));
	if (cards) {
		struct layout first, second;

		card_layouts(t, r.w - 2, &first, &second);
		paint_row(c, y, r.x + 2, r.w - 2, &first, row, &look->context);
		paint_row(c, y + 1, r.x + 2, r.w - 2, &second, row,
			&look->context);
		return 2;
	} else {
		struct layout line = lay_out(t, r.w - 2, l->side, look);

		paint_row(c, y, r.x + 2, r.w - 2, &line, row, &look->context);
	}
	if (look->bar && i == l->cursor)
		canvas_restyle(c, y, r.x, r.w,
			look->focus ? STYLE_UI_CURSOR
				    : STYLE_UI_CURSOR_INACTIVE);
	return 1;
}

void
list_paint(struct list *l, struct canvas *c, struct rect r,
	const struct list_look *look)
{
	int y = r.y, step = r.w < CARD_WIDTH ? 2 : 1;
	size_t i;

	if (l->count == 0) {
		canvas_put(c, r.y, r.x + 2, r.w - 2, STYLE_UI_DIM, look->empty);
		if (look->focus)
			canvas_cursor(c, r.y, r.x);
		return;
	}
	if (look->titles && step == 1 && r.h > 2) {
		struct layout line = lay_out(
			look->table_of(l->rows[l->cursor].kind), r.w - 2,
			l->side, look);

		paint_titles(c, y++, r, &line, look);
	}
	scroll_to_cursor(l, (size_t)list_page(r.w, r.y + r.h - y));
	l->painted = (struct rect){y, r.x, 0, r.w};
	l->painted_top = l->top;
	l->painted_step = step;
	for (i = l->top; i < l->count && y + step <= r.y + r.h; i++)
		y += paint_entry(l, i, c, y, r, look);
	l->painted.h = y - l->painted.y;
}

bool
list_point(struct list *l, int y, int x, bool *ret_was)
{
	const struct rect *r = &l->painted;
	size_t i = l->painted_top;
	int at = r->y;

	if (y < r->y || y >= r->y + r->h || x < r->x || x >= r->x + r->w)
		return false;
	for (; i < l->count; i++) {
		at += l->rows[i].record == NULL ? 1 : l->painted_step;
		if (y < at)
			break;
	}
	if (i >= l->count || l->rows[i].record == NULL)
		return false;
	*ret_was = i == l->cursor;
	list_move(l, (int)i - (int)l->cursor);
	return l->cursor == i || list_selected(l) == &l->rows[i];
}
