/* view_change.c - one change or request alone: its tabs and the page below. */
#include "tui/view_change.h"

#include <stdio.h>
#include <string.h>

#include "tui/states.h"

/* NULL-terminated: they are the sections of the view as well. */
static const char *const tab_names[TAB_COUNT + 1] = {
	"Summary", "Diff", "Policy", "Plan", "Hosts", "Notes", NULL};

/* On a narrow screen only the tab that is shown, and which of how many. */
static void
paint_narrow_tabs(struct console *c, struct canvas *canvas, int y,
	struct rect r, const char *id, int tab, bool focus)
{
	char title[80];

	snprintf(title, sizeof(title), "%s  %d/%d %s", id, tab + 1, TAB_COUNT,
		tab_names[tab]);
	view_rule(c, canvas, y, r, focus, title, "[ ]");
}

void
change_paint_tabs(struct console *c, struct canvas *canvas, int y,
	struct rect r, const char *id, int tab, bool focus)
{
	int x, i;

	if (r.w < 60) {
		paint_narrow_tabs(c, canvas, y, r, id, tab, focus);
		return;
	}
	view_rule(c, canvas, y, r, focus, id, NULL);
	x = r.x + canvas_width_of(canvas, id) + 7;
	for (i = 0; i < TAB_COUNT; i++) {
		int n = change_tab_count(c, id, i);
		char count[16] = "";

		if (n >= 0)
			snprintf(count, sizeof(count), " %d", n);
		x += canvas_putf(canvas, y, x, r.x + r.w - x,
			i == tab ? STYLE_UI_TAB_ACTIVE : STYLE_UI_TAB,
			i == tab ? "[%s%s]" : " %s%s ", tab_names[i], count);
	}
	canvas_put(canvas, y, x, r.x + r.w - x, STYLE_UI_TAB, " ");
}

static void
paint(struct console *c, struct place *p, struct canvas *canvas, struct rect r)
{
	struct rect page = {r.y + 1, r.x, r.h - 2, r.w};
	struct strbuf seen;

	change_paint_tabs(c, canvas, r.y, r, p->object, p->tab, true);
	change_page(c, &p->pager, p->object, p->tab, r.w);
	pager_paint(&p->pager, canvas, page, true, false);
	strbuf_init(&seen);
	change_seen_text(c, p->object, r.w < 60, &seen);
	if (seen.len > 0)
		canvas_put(canvas, r.y + r.h - 1, r.x + 1, r.w - 1,
			STYLE_UI_DIM, seen.buf);
	strbuf_finish(&seen);
}

static void
turn_tab(struct place *p, int by)
{
	p->tab = (p->tab + by + TAB_COUNT) % TAB_COUNT;
	p->pager.top = 0;
	p->pager.held = false;
}

/* Opens the next item of the list this was opened from. */
static void
next_item(struct console *c, struct place *p, int by)
{
	struct place *list;
	const struct list_row *row;

	if (c->depth_places < 2)
		return;
	list = &c->places[c->depth_places - 2];
	if (!list->view->has_rows || !list_move(&list->list, by))
		return;
	row = list_selected(&list->list);
	if (row == NULL ||
		(row->kind != WORLD_CHANGES && row->kind != WORLD_REQUESTS))
		return;
	str_replace(&p->object, row->record->id);
	p->pager.top = 0;
	p->pager.held = false;
}

static bool
act(struct console *c, struct place *p, enum action_id id)
{
	switch (id) {
	case ACTION_NEXT_SECTION:
	case ACTION_NEXT_PANE:
		turn_tab(p, 1);
		return true;
	case ACTION_PREV_SECTION:
	case ACTION_PREV_PANE:
		turn_tab(p, -1);
		return true;
	case ACTION_DIFF:
		p->tab = TAB_DIFF;
		return true;
	case ACTION_NEXT_ITEM:
		next_item(c, p, 1);
		return true;
	case ACTION_PREV_ITEM:
		next_item(c, p, -1);
		return true;
	default:
		return view_search(c, p, id) || pager_act(&p->pager, id, false);
	}
}

static void
crumb(struct console *c, struct place *p, struct strbuf *out)
{
	const struct world_change *ch = world_change(c->world, p->object);
	const struct world_request *q = world_request(c->world, p->object);

	strbuf_adds(out, p->object);
	if (ch != NULL)
		strbuf_addf(out, " %s %s %s", ch->service, ch->version,
			state_look(ch->state).shown);
	else if (q != NULL)
		strbuf_addf(out, " %s", state_look(q->state).shown);
}

const struct view change_view = {
	.name = "Change",
	.aliases = "",
	.sections = tab_names,
	.list = WORLD_CHANGES,
	.paint = paint,
	.act = act,
	.crumb = crumb,
};
