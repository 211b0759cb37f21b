/*
 * view_help.c - what keys do: the menu of what is possible on this item, and
 * the help with everything. Both are made from actions.def; Enter does it.
 */
#include <stdio.h>
#include <string.h>

#include "tui/view.h"

/* Rows of the pager are actions; top is not the cursor here, so the cursor
 * of the list is used with plain numbers. */
struct help_row {
	enum action_id id;
	const char *reason;
};

static bool
is_listed(struct console *c, const struct place *p, enum action_id id)
{
	const struct action *a = action_get(id);
	char line[256];

	if (p->view == &menu_view &&
		(a->label[0] == '\0' || !console_applies(c, id) ||
			id == ACTION_MENU))
		return false;
	snprintf(line, sizeof(line), "%s %s %s", a->keys, a->name, a->sentence);
	return filter_matches_text(&p->filter, line);
}

static size_t
collect(struct console *c, const struct place *p, struct help_row *rows)
{
	size_t n = 0;
	int i;

	for (i = 0; i < ACTION_COUNT; i++)
		if (is_listed(c, p, (enum action_id)i)) {
			rows[n].id = (enum action_id)i;
			rows[n++].reason = console_reason(c, (enum action_id)i);
		}
	return n;
}

static void
paint_row(struct console *c, struct canvas *canvas, int y, struct rect r,
	const struct help_row *row)
{
	const struct action *a = action_get(row->id);
	enum style_role role =
		row->reason != NULL ? STYLE_UI_DISABLED : STYLE_UI_TEXT;
	int keys = r.w < 60 ? 8 : 20, x = r.x + 2;
	char first[16];

	(void)c;
	keymap_first_key(row->id, first, sizeof(first));
	canvas_put(canvas, y, x, keys - 1, STYLE_UI_KEY,
		r.w < 60 ? first : a->keys);
	x += keys;
	canvas_put(canvas, y, x, 14, role, a->name);
	x += 14;
	if (row->reason != NULL)
		canvas_putf(canvas, y, x, r.x + r.w - x, role, "not now: %s",
			row->reason);
	else
		canvas_put(canvas, y, x, r.x + r.w - x, role, a->sentence);
}

/* The selected action in full, over two lines at the bottom. */
static void
paint_sentence(struct canvas *canvas, struct rect r, const struct action *a)
{
	int y = r.y + r.h - 2, w = r.w - 4;
	size_t n = strlen(a->sentence);

	if ((int)n > w)
		for (n = (size_t)w; n > 0 && a->sentence[n] != ' '; n--)
			;
	canvas_putf(canvas, y, r.x + 2, w, STYLE_UI_TEXT, "%.*s", (int)n,
		a->sentence);
	canvas_put(canvas, y + 1, r.x + 2, w, STYLE_UI_TEXT,
		a->sentence + n + (a->sentence[n] == ' '));
}

static int
paint_views(struct canvas *canvas, struct rect r)
{
	int x = r.x + 2, i;

	for (i = 0; view_roots[i] != NULL; i++)
		x += canvas_putf(canvas, r.y, x, r.x + r.w - x, STYLE_UI_TEXT,
			"%c %s  ", view_roots[i]->digit, view_roots[i]->name);
	return 2;
}

static void
paint(struct console *c, struct place *p, struct canvas *canvas, struct rect r)
{
	struct help_row rows[ACTION_COUNT];
	size_t n = collect(c, p, rows), i;
	struct list *l = &p->list;
	int used = p->view == &help_view ? paint_views(canvas, r) : 0;
	size_t h = (size_t)(r.h - used - 2);

	if (l->cursor >= n)
		l->cursor = n > 0 ? n - 1 : 0;
	if (l->top > l->cursor)
		l->top = l->cursor;
	if (l->cursor >= l->top + h)
		l->top = l->cursor + 1 - h;
	if (n == 0)
		canvas_put(canvas, r.y + used, r.x + 2, r.w - 2, STYLE_UI_DIM,
			"nothing matches; \\ shows everything");
	for (i = l->top; i < n && i < l->top + h; i++) {
		int y = r.y + used + (int)(i - l->top);

		paint_row(c, canvas, y, r, &rows[i]);
		if (i != l->cursor)
			continue;
		canvas_put(canvas, y, r.x, 1, STYLE_UI_TEXT,
			glyph(&c->glyphs, GLYPH_MARK_CURSOR));
		canvas_cursor(canvas, y, r.x);
		paint_sentence(canvas, r, action_get(rows[i].id));
	}
}

static void
choose(struct console *c, struct place *p)
{
	struct help_row rows[ACTION_COUNT];
	size_t n = collect(c, p, rows);
	struct help_row row;

	if (p->list.cursor >= n)
		return;
	row = rows[p->list.cursor];
	if (row.reason != NULL) {
		console_say(c, STYLE_NOTICE_WARN, "%s: not now, %s",
			action_get(row.id)->name, row.reason);
		return;
	}
	console_back(c);
	c->menu_run = row.id;
}

static bool
act(struct console *c, struct place *p, enum action_id id)
{
	struct help_row rows[ACTION_COUNT];
	size_t n = collect(c, p, rows), page = (size_t)c->height / 2;
	size_t *cursor = &p->list.cursor;

	if (id == ACTION_DOWN && *cursor + 1 < n)
		(*cursor)++;
	else if (id == ACTION_UP && *cursor > 0)
		(*cursor)--;
	else if (id == ACTION_PAGE_DOWN)
		*cursor = *cursor + page < n ? *cursor + page : n - (n > 0);
	else if (id == ACTION_PAGE_UP)
		*cursor = *cursor > page ? *cursor - page : 0;
	else if (id == ACTION_FIRST)
		*cursor = 0;
	else if (id == ACTION_LAST)
		*cursor = n - (n > 0);
	else if (id == ACTION_IN || id == ACTION_RIGHT)
		choose(c, p);
	else if (id == ACTION_HELP || id == ACTION_MENU)
		console_back(c);
	else if (action_get(id)->tier > 0) {
		/* Its key works here too: on what the menu is about. */
		console_back(c);
		c->menu_run = id;
	} else
		return id == ACTION_DOWN || id == ACTION_UP;
	return true;
}

static void
crumb(struct console *c, struct place *p, struct strbuf *out)
{
	struct target t = console_target(c);

	strbuf_addf(out, "%s ", p->view->name);
	if (t.host != NULL)
		strbuf_addf(out, "%s ", t.host->host);
	if (t.rollout != NULL)
		strbuf_adds(out, t.rollout->record.id);
	else if (t.change != NULL)
		strbuf_adds(out, t.change->record.id);
}

const struct view help_view = {
	.name = "Help",
	.aliases = "",
	.list = LIST_NONE,
	.paint = paint,
	.act = act,
};

const struct view menu_view = {
	.name = "Menu",
	.aliases = "",
	.list = LIST_NONE,
	.paint = paint,
	.act = act,
	.crumb = crumb,
};
