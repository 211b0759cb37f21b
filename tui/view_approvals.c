/*
 * view_approvals.c - the queue: what waits for whom, and below it what is
 * selected. The list and the page below are two panes; the keys of sections
 * turn the tabs where the page has the focus.
 */
#include <stdio.h>
#include <string.h>

#include "tui/states.h"
#include "tui/view_change.h"

enum section { MINE, ALL, OTHERS, DECIDED, EVERYTHING };

static const char *const sections[] = {
	"Mine", "All", "Waiting on others", "Decided", "Everything", NULL};

static bool
is_open(const char *state)
{
	static const char *const open[] = {"draft", "submitted", "approved",
		"scheduled", "running", "voided", "mixed"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(open); i++)
		if (strcmp(open[i], state) == 0)
			return true;
	return false;
}

static bool
in_section(struct console *c, int section, const char *id, const char *state,
	const char *answers)
{
	bool mine = world_needs(c->world, id)[0] != '\0';

	switch ((enum section)section) {
	case MINE:
		return mine;
	case ALL:
		return mine || is_open(state);
	case OTHERS:
		return !mine && strcmp(state, "submitted") == 0;
	case DECIDED:
		return !mine &&
		       (answers[0] != '\0' || strcmp(state, "rejected") == 0);
	case EVERYTHING:
		break;
	}
	return true;
}

static bool
keep_change(struct console *c, struct place *p, const struct record *r)
{
	const struct world_change *ch = (const void *)r;

	return in_section(c, p->section, r->id, ch->state, ch->answers);
}

static bool
keep_request(struct console *c, struct place *p, const struct record *r)
{
	const struct world_request *q = (const void *)r;

	return in_section(c, p->section, r->id, q->state, q->answers);
}

static void
refresh(struct console *c, struct place *p)
{
	view_list_begin(c, p);
	view_list_add(c, p, WORLD_REQUESTS, true, keep_request);
	view_list_add(c, p, WORLD_CHANGES, true, keep_change);
	view_list_end(c, p);
}

static void
open_approvals(struct console *c, struct place *p)
{
	if (c->needs_known && c->world->lists[WORLD_NEEDS].count == 0 &&
		p->section == MINE)
		p->section = ALL;
	console_load_needs(c);
	console_load(c, WORLD_REQUESTS);
	console_load(c, WORLD_CHANGES);
}

/* --- painting --- */

static const char *
empty_words(int section)
{
	static const char *const words[] = {
		"nothing waits for you; ] shows what waits for others",
		"nothing is open; + plans a change",
		"nobody else has to answer", "nothing was decided yet",
		"no change yet; + plans one"};

	return section < EVERYTHING ? words[section] : words[EVERYTHING];
}

/* Lines of the list, where the page stands below it. */
static int
list_height(const struct place *p, struct rect r)
{
	int row = r.w < 60 ? 2 : 1, title = r.w < 60 ? 0 : 1;
	int want = (int)p->list.count * row + title;
	int most = r.w < 60 ? 4 : r.h >= 30 ? r.h / 3 : 8;

	if (want < row + title)
		want = row + title;
	return want < most ? want : most;
}

static void
paint_page(struct console *c, struct place *p, struct canvas *canvas,
	struct rect r, const char *id)
{
	struct rect page = {r.y + 1, r.x, r.h - 1, r.w};
	struct strbuf seen;

	strbuf_init(&seen);
	change_seen_text(c, id, r.w < 60, &seen);
	if (seen.len > 0 && r.h > 6) {
		page.h--;
		canvas_put(canvas, r.y + r.h - 1, r.x + 1, r.w - 1,
			STYLE_UI_DIM, seen.buf);
	}
	strbuf_finish(&seen);
	change_paint_tabs(c, canvas, r.y, r, id, p->tab, p->pane == PANE_LOG);
	change_page(c, &p->pager, id, p->tab, r.w);
	pager_paint(&p->pager, canvas, page, p->pane == PANE_LOG, false);
}

/* The list beside or above the page of what is selected. */
static void
paint(struct console *c, struct place *p, struct canvas *canvas, struct rect r)
{
	struct list_look look = view_look(c, p);
	const struct list_row *row = list_selected(&p->list);
	int used = view_paint_sections(c, p, canvas, r);
	struct rect list = {r.y + used, r.x, r.h - used, r.w}, page = list;

	look.focus = p->pane != PANE_LOG;
	look.empty = empty_words(p->section);
	if (p->filter_text[0] != '\0' || p->problems_only)
		look.empty = "nothing matches; \\ shows everything";
	if (row == NULL || r.h < 10) {
		list_paint(&p->list, canvas, list, &look);
		return;
	}
	if (r.w >= 120) {
		list.w = r.w * 45 / 100;
		page.x = list.x + list.w + 1;
		page.w = r.w - list.w - 1;
	} else {
		list.h = list_height(p, list);
		page.y = list.y + list.h;
		page.h = r.y + r.h - page.y;
	}
	paint_page(c, p, canvas, page, row->record->id);
	list_paint(&p->list, canvas, list, &look);
}

/* --- keys --- */

static void
turn_tab(struct place *p, int by)
{
	p->tab = (p->tab + by + TAB_COUNT) % TAB_COUNT;
	p->pager.top = 0;
	p->pager.held = false;
}

static bool
act_on_page(struct place *p, enum action_id id)
{
	if (id == ACTION_NEXT_SECTION)
		turn_tab(p, 1);
	else if (id == ACTION_PREV_SECTION)
		turn_tab(p, -1);
	else if (id == ACTION_LEFT || id == ACTION_ESCAPE || id == ACTION_OUT)
		p->pane = PANE_HOSTS;
	else
		return pager_act(&p->pager, id, false);
	return true;
}

static bool
act(struct console *c, struct place *p, enum action_id id)
{
	if (id == ACTION_NEXT_PANE || id == ACTION_PREV_PANE) {
		p->pane = p->pane == PANE_LOG ? PANE_HOSTS : PANE_LOG;
		return true;
	}
	if (id == ACTION_NEXT_ITEM || id == ACTION_PREV_ITEM) {
		list_move(&p->list, id == ACTION_NEXT_ITEM ? 1 : -1);
		p->pager.top = 0;
		return true;
	}
	if (id == ACTION_DIFF) {
		p->tab = TAB_DIFF;
		p->pane = PANE_LOG;
		return true;
	}
	if (p->pane == PANE_LOG && act_on_page(p, id))
		return true;
	return view_list_act(c, p, id);
}

const struct view approvals_view = {
	.name = "Approvals",
	.digit = '3',
	.aliases = "approvals approval ap queue changes change ch",
	.sections = sections,
	.list = WORLD_CHANGES,
	.has_rows = true,
	.open = open_approvals,
	.refresh = refresh,
	.paint = paint,
	.act = act,
};
