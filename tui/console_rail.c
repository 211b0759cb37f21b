/*
 * console_rail.c - the views at the left of the largest screens, with what
 * waits in them; and painting a place as on a screen of its own.
 */
#include <stdio.h>

#include "tui/view.h"

#define RAIL_WIDTH 160 /* of screens that have one, and their height */
#define RAIL_HEIGHT 40
#define RAIL_COLUMNS 18

struct rect
view_paint_alone(struct console *c, struct place *p, struct canvas *canvas,
	struct rect r)
{
	struct rect whole = {0, 0, r.h, r.w}, cursor;
	int width = c->width, height = c->height;
	size_t links = c->link_count, i;
	struct canvas own;

	canvas_init(&own, r.w, r.h, canvas->ascii);
	c->width = r.w;
	c->height = r.h + 3;
	p->view->paint(c, p, &own, whole);
	c->width = width;
	c->height = height;
	canvas_blit(canvas, r.y, r.x, &own);
	cursor = (struct rect){
		r.y + own.cursor_y, r.x + own.cursor_x, 1, 1};
	canvas_finish(&own);
	for (i = links; i < c->link_count; i++) {
		c->links[i].y += r.y;
		c->links[i].x += r.x;
	}
	return cursor;
}

/* What waits in a view; 0: nothing, or nobody counts it. */
static size_t
waiting_in(const struct console *c, const struct view *v)
{
	const struct collection *list = &c->world->lists[WORLD_ROLLOUTS];
	size_t i, n = 0;

	if (v == &approvals_view)
		return c->world->lists[WORLD_NEEDS].count;
	if (v == &messages_view)
		return notice_unread(&c->notices);
	for (i = 0; v == &rollouts_view && i < list->count; i++)
		n += rollout_is_live((const void *)list->items[i]);
	return n;
}

static void
paint_rail(struct console *c, struct canvas *canvas, struct rect r)
{
	int y, i;

	for (y = 0; y < r.h; y++)
		canvas_put(canvas, r.y + y, r.w - 1, 1, STYLE_UI_BORDER,
			glyph(&c->glyphs, GLYPH_BOX_V));
	for (i = 0; view_roots[i] != NULL; i++) {
		const struct view *v = view_roots[i];
		enum style_role role = v == c->places[0].view
					       ? STYLE_UI_TAB_ACTIVE
					       : STYLE_UI_TAB;
		size_t n = waiting_in(c, v);

		canvas_putf(canvas, r.y + 1 + i, 1, 2, STYLE_UI_KEY, "%c",
			v->digit);
		canvas_put(canvas, r.y + 1 + i, 3, 10, role, v->name);
		if (n > 0)
			canvas_putf(canvas, r.y + 1 + i, 13, 4,
				STYLE_NOTICE_WARN, "%3zu", n);
	}
}

void
console_paint_place(
	struct console *c, struct canvas *canvas, const struct rect *body)
{
	struct place *p = console_place(c);
	struct rect rail = {body->y, 0, body->h, RAIL_COLUMNS}, rest = *body,
		    cursor;

	c->body_y = c->body_x = 0;
	if (c->width < RAIL_WIDTH || c->height < RAIL_HEIGHT) {
		p->view->paint(c, p, canvas, *body);
		return;
	}
	paint_rail(c, canvas, rail);
	c->body_y = rest.y;
	c->body_x = rest.x = RAIL_COLUMNS;
	rest.w -= RAIL_COLUMNS;
	cursor = view_paint_alone(c, p, canvas, rest);
	canvas_cursor(canvas, cursor.y, cursor.x);
}
