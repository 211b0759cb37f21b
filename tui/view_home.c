/* view_home.c - what needs somebody, what moves, what happened last. */
#include <stdio.h>
#include <string.h>

#include "tui/states.h"
#include "tui/view_home.h"

#define RECENT_ROWS 6

/* A rollout that stands still until a person decides. */
static bool
rollout_needs(const struct world_rollout *r)
{
	return strcmp(r->state, "paused") == 0 ||
	       strcmp(r->state, "waiting") == 0;
}

static bool
rollout_moves(const struct world_rollout *r)
{
	return rollout_is_live(r) && !rollout_needs(r);
}

/* A failed rollout needs somebody until its change found another end. */
static bool
rollout_failed(const struct world *w, const struct world_rollout *r)
{
	const struct world_change *ch = world_change(w, r->change);

	return strcmp(r->state, "failed") == 0 && r->rollback[0] == '\0' &&
	       (ch == NULL || strcmp(ch->state, "failed") == 0 ||
		       strcmp(ch->state, "mixed") == 0);
}

/* What the queue has for who looks, and what may be started by hand. */
static bool
is_mine(const struct console *c, const struct world_change *ch)
{
	if (world_needs(c->world, ch->record.id)[0] != '\0')
		return true;
	return c->may_operate && ch->scheduled_at == 0 &&
	       strcmp(ch->state, "approved") == 0;
}

/* Nothing goes on before somebody else does something. */
static bool
is_of_others(const struct console *c, const struct world_change *ch)
{
	return !is_mine(c, ch) && (strcmp(ch->state, "submitted") == 0 ||
					  strcmp(ch->state, "voided") == 0 ||
					  strcmp(ch->state, "mixed") == 0);
}

static bool
passes(struct console *c, struct place *p, const struct record *r, int kind)
{
	return filter_matches(&p->filter, r, c->world->lists[kind].type);
}

/* Adds rows newest first; returns how many. With no list to add to it
 * only counts. */
static int
add_rollouts(struct console *c, struct place *p, bool needs, bool add)
{
	const struct collection *list = &c->world->lists[WORLD_ROLLOUTS];
	int n = 0;
	size_t i;

	for (i = list->count; i > 0; i--) {
		const struct record *r = list->items[i - 1];
		const struct world_rollout *w = (const void *)r;
		bool is =
			needs ? rollout_needs(w) || rollout_failed(c->world, w)
			      : rollout_moves(w);

		if (!is || !passes(c, p, r, WORLD_ROLLOUTS))
			continue;
		if (add)
			list_add(&p->list, r, WORLD_ROLLOUTS, false);
		n++;
	}
	return n;
}

static int
add_changes(struct console *c, struct place *p,
	bool (*is)(const struct console *c, const struct world_change *ch),
	bool add)
{
	const struct collection *list = &c->world->lists[WORLD_CHANGES];
	int n = 0;
	size_t i;

	for (i = list->count; i > 0; i--) {
		const struct record *r = list->items[i - 1];

		if (!is(c, (const void *)r) || !passes(c, p, r, WORLD_CHANGES))
			continue;
		if (add)
			list_add(&p->list, r, WORLD_CHANGES, false);
		n++;
	}
	return n;
}

static int
add_requests(struct console *c, struct place *p, bool add)
{
	const struct collection *list = &c->world->lists[WORLD_REQUESTS];
	int n = 0;
	size_t i;

	for (i = list->count; i > 0; i--) {
		const struct record *r = list->items[i - 1];

		if (world_needs(c->world, r->id)[0] == '\0' ||
			!passes(c, p, r, WORLD_REQUESTS))
			continue;
		if (add)
			list_add(&p->list, r, WORLD_REQUESTS, false);
		n++;
	}
	return n;
}

static void
add_recent(struct console *c, struct place *p)
{
	const struct collection *list = &c->world->lists[WORLD_LEDGER];
	size_t i, n = 0;

	for (i = list->count; i > 0 && n < RECENT_ROWS; i--)
		if (passes(c, p, list->items[i - 1], WORLD_LEDGER)) {
			list_add(&p->list, list->items[i - 1], WORLD_LEDGER,
				false);
			n++;
		}
}

/* Who may not stop a rollout cannot help it either. */
static int
add_needs(struct console *c, struct place *p, bool add)
{
	int n = c->may_stop ? add_rollouts(c, p, true, add) : 0;

	n += add_requests(c, p, add);
	return n + add_changes(c, p, is_mine, add);
}

static void
refresh(struct console *c, struct place *p)
{
	int others, rolling;

	list_begin(&p->list);
	list_add_heading(&p->list, "NEEDS YOU", add_needs(c, p, false));
	add_needs(c, p, true);
	rolling = add_rollouts(c, p, false, false);
	if (!c->may_stop)
		rolling += add_rollouts(c, p, true, false);
	list_add_heading(&p->list, "ROLLING OUT", rolling);
	if (!c->may_stop)
		add_rollouts(c, p, true, true);
	add_rollouts(c, p, false, true);
	others = c->settled ? add_changes(c, p, is_of_others, false) : 0;
	if (others > 0) {
		list_add_heading(&p->list, "WAITING FOR OTHERS", others);
		add_changes(c, p, is_of_others, true);
	}
	list_add_heading(&p->list, "RECENT", -1);
	add_recent(c, p);
	p->list.shown = p->list.total = p->list.count;
	list_end(&p->list);
}

static void
open_home(struct console *c, struct place *p)
{
	(void)p;
	console_load(c, WORLD_LEDGER);
	console_load(c, WORLD_REQUESTS);
}

static void
paint(struct console *c, struct place *p, struct canvas *canvas, struct rect r)
{
	struct list_look look = {
		.glyphs = &c->glyphs,
		.context = {clock_wall_ms(c->clock) / 1000, c->utc},
		.table_of = view_table_of,
		.focus = true,
		.empty = "",
	};
	int used = view_paint_sections(c, p, canvas, r);

	r.y += used;
	r.h -= used;
	r.h -= home_ahead_paint(c, p, canvas, r);
	view_paint_beside(c, p, canvas, &r);
	list_paint(&p->list, canvas, r, &look);
}

static void
crumb(struct console *c, struct place *p, struct strbuf *out)
{
	strbuf_addf(out, "%s  %s", p->view->name,
		c->single_user ? "single user" : c->user);
}

const struct view home_view = {
	.name = "Home",
	.digit = '1',
	.aliases = "home ho",
	.list = LIST_NONE,
	.has_rows = true,
	.open = open_home,
	.refresh = refresh,
	.paint = paint,
	.act = view_list_act,
	.crumb = crumb,
};
