/*
 * view_beside.c - what is selected in a list, in full, beside the list or
 * below it, where the screen has room for both (console.md section 6.1).
 *
 * It is a place of its own that nobody is in: opened when the cursor has
 * rested, so that running through a list asks the engine for nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/view.h"

#define REST_MS 150
#define BESIDE_WIDTH 120
#define BELOW_HEIGHT 30
#define SHARE 45 /* of the list, in percent */
#define LIST_LEAST 40
#define DETAIL_LEAST 60

/* Whether what is painted already is the one that is meant. */
static bool
is_shown(const struct console *c, const struct view *v, const char *id)
{
	const struct place *b = &c->beside;

	return b->view == v && b->object != NULL && strcmp(b->object, id) == 0;
}

static void
show(struct console *c, const struct view *v, const char *id)
{
	struct place *b = &c->beside;

	console_place_finish(b);
	b->view = v;
	b->object = xstrdup(id);
	b->list.loose = true;
	b->opened_at_ms = console_now_ms(c);
	b->listed_version = UINT64_MAX;
	if (v->open != NULL)
		v->open(c, b);
}

/* The cursor has rested on it; until then the last one stays, and a frame
 * looks again. */
static bool
has_rested(struct console *c, const char *id)
{
	int64_t now = console_now_ms(c);

	if (strcmp(c->beside_next, id) != 0) {
		snprintf(c->beside_next, sizeof(c->beside_next), "%s", id);
		c->beside_since_ms = now;
	}
	return now - c->beside_since_ms >= REST_MS;
}

/* The part of the list stays in r, that of the detail is returned; no width
 * where there is no room. */
static struct rect
split(const struct place *p, struct rect *r)
{
	struct rect detail = *r;
	int part;

	if (r->w >= BESIDE_WIDTH) {
		part = r->w * SHARE / 100 + p->split;
		if (part > r->w - DETAIL_LEAST)
			part = r->w - DETAIL_LEAST;
		r->w = part < LIST_LEAST ? LIST_LEAST : part;
		detail.x += r->w + 1;
		detail.w -= r->w + 1;
	} else if (r->h >= BELOW_HEIGHT) {
		part = r->h / 3 + p->split;
		if (part > r->h - 12)
			part = r->h - 12;
		r->h = part < 6 ? 6 : part;
		detail.y += r->h;
		detail.h -= r->h;
	} else {
		detail.w = 0;
	}
	return detail;
}

bool
view_has_beside(const struct console *c)
{
	return c->width >= BESIDE_WIDTH || c->height - 3 >= BELOW_HEIGHT;
}

/* A line between the two. */
static void
paint_line(struct console *c, struct canvas *canvas, const struct rect *list,
	const struct rect *detail)
{
	int y;

	for (y = 0; detail->y == list->y && y < list->h; y++)
		canvas_put(canvas, list->y + y, detail->x - 1, 1,
			STYLE_UI_BORDER, glyph(&c->glyphs, GLYPH_BOX_V));
}

void
view_paint_beside(struct console *c, struct place *p, struct canvas *canvas,
	struct rect *r)
{
	const struct list_row *row = list_selected(&p->list);
	const struct view *v = row == NULL ? NULL : view_of_row(row);
	struct rect list = *r, detail;

	if (v == NULL || p->zoomed)
		return;
	detail = split(p, &list);
	if (detail.w == 0)
		return;
	if (!is_shown(c, v, row->record->id)) {
		if (has_rested(c, row->record->id))
			show(c, v, row->record->id);
		else
			c->look_again = true;
	}
	*r = list;
	paint_line(c, canvas, &list, &detail);
	if (c->beside.view == NULL)
		return;
	console_refresh_place(c, &c->beside);
	view_paint_alone(c, &c->beside, canvas, detail);
}
