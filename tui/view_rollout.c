/*
 * view_rollout.c - one rollout live: state, bar, waves, the grid of hosts,
 * failing names in words, the log's tail. Everything has a fixed place, so
 * that nothing jumps while it runs and only changed cells are sent.
 */
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "tui/states.h"
#include "tui/view_log.h"
#include "tui/view_rollout.h"

static const struct collection *
hosts_of(const struct console *c)
{
	return &c->world->lists[WORLD_ROLLOUT_HOSTS];
}

/* --- the lines above the grid --- */

static void
elapsed_text(struct console *c, const struct world_rollout *r,
	char out[TIME_TEXT_SIZE])
{
	int64_t ms = r->elapsed_ms;

	if (rollout_is_live(r) && r->started_at > 0)
		ms = clock_wall_ms(c->clock) - r->started_at * 1000;
	else if (r->finished_at > 0 && r->started_at > 0)
		ms = (r->finished_at - r->started_at) * 1000;
	if (ms < 0)
		ms = 0;
	/* Seconds that run would repaint the line for nothing. */
	if (rollout_is_live(r) && ms >= 10000)
		ms = ms / 10000 * 10000;
	duration_format(ms / 1000 * 1000, out);
	if (ms < 1000)
		snprintf(out, TIME_TEXT_SIZE, "0s");
}

static void
phase_text(const struct world_rollout *r, struct strbuf *out)
{
	if (r->phase[0] != '\0' && strcmp(r->phase, r->state) != 0)
		strbuf_adds(out, r->phase);
	else if (r->waves > 0 && rollout_is_live(r))
		strbuf_addf(out, "wave %lld of %lld", (long long)r->wave,
			(long long)r->waves);
	if (strcmp(r->kind, "rollback") == 0)
		strbuf_addf(out, "  rollback of %s", r->undoes);
}

/* Whole or not at all: half of a number or of an id is another one. */
static int
put_whole(struct canvas *canvas, int y, int x, int w, const char *text)
{
	return x + canvas_width_of(canvas, text) > w
		       ? 0
		       : canvas_put(canvas, y, x, w - x, STYLE_UI_TEXT, text);
}

static void
paint_state(struct console *c, const struct world_rollout *r,
	struct canvas *canvas, int y, int w)
{
	struct state_look look = state_look(r->state);
	char elapsed[TIME_TEXT_SIZE];
	struct strbuf part;
	bool narrow = w < 60;
	int x = narrow ? 0 : 1;

	strbuf_init(&part);
	x += canvas_put(canvas, y, x, w - x, look.role, look.shown);
	strbuf_adds(&part, narrow ? " " : "  ");
	phase_text(r, &part);
	if (part.buf[strspn(part.buf, " ")] != '\0')
		x += canvas_put(canvas, y, x, w - x, STYLE_UI_TEXT, part.buf);
	if (r->eta_ms >= 0 && rollout_is_live(r)) {
		strbuf_clear(&part);
		strbuf_adds(&part, narrow ? " " : "  eta ");
		view_eta(r->eta_ms, &part);
		x += put_whole(canvas, y, x, w, part.buf);
	}
	if (!narrow) {
		elapsed_text(c, r, elapsed);
		strbuf_clear(&part);
		strbuf_addf(&part, "  elapsed %s", elapsed);
		x += put_whole(canvas, y, x, w, part.buf);
		strbuf_clear(&part);
		strbuf_addf(&part, "  %s", r->change);
		x += put_whole(canvas, y, x, w, part.buf);
		strbuf_clear(&part);
		strbuf_addf(&part, " by %s", r->author);
		put_whole(canvas, y, x, w, part.buf);
	}
	strbuf_finish(&part);
}

static void
paint_bar(struct console *c, const struct world_rollout *r,
	struct canvas *canvas, int y, int w)
{
	int64_t total = r->hosts_total > 0 ? r->hosts_total : 1;
	int64_t done = r->hosts_done > 0 ? r->hosts_done : 0;
	char count[48];
	int x = w < 60 ? 0 : 1, width, full;

	snprintf(count, sizeof(count), "%lld/%lld", (long long)done,
		(long long)r->hosts_total);
	width = w - x - 2 - (int)strlen(count) - 3;
	full = (int)(done * width / total);
	canvas_put(canvas, y, x, 1, STYLE_UI_TEXT,
		glyph(&c->glyphs, GLYPH_BAR_LEFT));
	canvas_fill(canvas, y, x + 1, full, STYLE_STATE_OK,
		glyph(&c->glyphs, GLYPH_BAR_FULL));
	canvas_fill(canvas, y, x + 1 + full, width - full, STYLE_UI_DIM,
		glyph(&c->glyphs, GLYPH_BAR_EMPTY));
	if (full < width && rollout_is_live(r))
		canvas_put(canvas, y, x + 1 + full, 1, STYLE_STATE_OK,
			glyph(&c->glyphs, GLYPH_BAR_HEAD));
	canvas_put(canvas, y, x + 1 + width, 1, STYLE_UI_TEXT,
		glyph(&c->glyphs, GLYPH_BAR_RIGHT));
	canvas_put_right(canvas, y, x + 3 + width, (int)strlen(count) + 1,
		STYLE_UI_TEXT, count);
}

/* --- the grid and the words under it --- */

/* Hosts that switched and wait for their check while nothing moves. */
static int64_t
half_of(const struct console *c, const struct world_rollout *r)
{
	const struct collection *hosts = hosts_of(c);
	int64_t n = 0;
	size_t i;

	for (i = 0; strcmp(r->state, "running") != 0 && i < hosts->count; i++) {
		const struct rollout_host *h = (const void *)hosts->items[i];

		n += strcmp(h->state, "switched") == 0 && !h->busy;
	}
	return n;
}

/* Hosts that nothing has been decided about yet. */
static int64_t
todo_of(const struct world_rollout *r, int64_t half)
{
	int64_t todo = r->hosts_total - r->hosts_done - r->hosts_failed -
		       r->hosts_unreachable - r->hosts_busy - half;

	return todo > 0 ? todo : 0;
}

/* "X 2  ! 0  ? 1  half 4  todo 24  busy 0", or what of it matters most. */
static void
rule_counts(struct console *c, const struct world_rollout *r, bool narrow,
	struct strbuf *out)
{
	int64_t half = half_of(c, r);
	int64_t unknown = r->hosts_unknown > 0 ? r->hosts_unknown : 0;
	const char *gap = narrow ? " " : "  ";

	strbuf_addf(out, "X %lld%s! %lld%s? %lld", (long long)r->hosts_failed,
		gap, (long long)(r->hosts_unreachable - unknown), gap,
		(long long)unknown);
	if (half > 0)
		strbuf_addf(out, "%shalf %lld", gap, (long long)half);
	strbuf_addf(out, "%stodo %lld", gap, (long long)todo_of(r, half));
	if (!narrow)
		strbuf_addf(out, "%sbusy %lld", gap, (long long)r->hosts_busy);
}

static void
paint_grid_rule(struct console *c, struct place *p,
	const struct world_rollout *r, struct canvas *canvas, struct rect at,
	size_t per_cell)
{
	char title[64];
	struct strbuf right;

	if (p->grid.count > 0)
		snprintf(title, sizeof(title), "HOSTS %zu-%zu  q all",
			p->grid.first + 1, p->grid.first + p->grid.count);
	else if (per_cell > 1)
		snprintf(title, sizeof(title),
			at.w < 60 ? "1 = %zu HOSTS"
				  : "HOSTS  1 cell = %zu, worst wins",
			per_cell);
	else
		snprintf(title, sizeof(title), "HOSTS");
	strbuf_init(&right);
	rule_counts(c, r, at.w < 60, &right);
	view_rule(c, canvas, at.y, at, p->pane == PANE_HOSTS, title, right.buf);
	strbuf_finish(&right);
}

static void
paint_selected(
	struct console *c, struct place *p, struct canvas *canvas, int y, int w)
{
	const struct rollout_host *h = grid_selected(&p->grid, hosts_of(c));
	int x = w < 60 ? 0 : 1;
	struct state_look look;

	if (h == NULL)
		return;
	look = rollout_host_look(h);
	x += canvas_put_name(canvas, y, x, w / 2, STYLE_UI_TEXT, h->host) + 1;
	x += canvas_put(canvas, y, x, w - x, look.role, look.shown) + 1;
	x += canvas_put(canvas, y, x, w - x, STYLE_UI_DIM, h->step) + 1;
	canvas_put(canvas, y, x, w - x, STYLE_UI_DIM, h->error);
}

/* Failing names are always in words; and why it stands still. */
static void
paint_failing(
	const struct world_rollout *r, struct canvas *canvas, int y, int w)
{
	int64_t bad = r->hosts_failed + r->hosts_unreachable;
	const char *why = r->reason;

	if (bad > 0)
		canvas_putf(canvas, y, 0, w, STYLE_NOTICE_WARN,
			w < 60 ? "! %lld bad: %s %s" : " ! %lld bad: %s   %s",
			(long long)bad, r->failing, why);
	else if (why[0] != '\0')
		canvas_putf(canvas, y, 0, w, STYLE_NOTICE_INFO, " %s", why);
}

static void
paint_log(struct console *c, struct place *p, struct canvas *canvas,
	struct rect r)
{
	bool focus = p->pane == PANE_LOG;

	if (r.h < 2)
		return;
	view_rule(c, canvas, r.y, r, focus, "LOG", log_state_text(&p->pager));
	r.y++;
	r.h--;
	if (p->pager.count == 0)
		canvas_put(canvas, r.y, r.x + 2, r.w - 2, STYLE_UI_DIM,
			"no lines yet");
	pager_paint(&p->pager, canvas, r, focus, true);
}

/* Rows for the grid at most: seven at 80x24, four on a phone. */
static int
grid_rows(int h)
{
	int rows = (h - 7) / 2;

	return rows < 4 ? 4 : rows;
}

static void
paint_hosts(struct console *c, struct place *p, const struct world_rollout *r,
	struct canvas *canvas, struct rect at, int most)
{
	size_t n = hosts_of(c)->count;
	int lines = grid_lines(&p->grid, n, at.w, most);
	struct rect grid = {at.y + 1, at.x, lines, at.w};

	grid_paint(&p->grid, hosts_of(c), canvas, grid, &c->glyphs,
		p->pane == PANE_HOSTS);
	paint_grid_rule(c, p, r, canvas, at, p->grid.per_cell);
	if (n == 0)
		canvas_put(canvas, at.y + 1, at.x + 2, at.w - 2, STYLE_UI_DIM,
			"reading");
	paint_selected(c, p, canvas, at.y + 1 + lines, at.w);
	paint_failing(r, canvas, at.y + 2 + lines, at.w);
}

/* What is awaited, of whom, until when, and what follows else. Returns the
 * lines used. */
static int
paint_gate(struct console *c, const struct world_rollout *r,
	struct canvas *canvas, int y, struct rect at)
{
	int margin = at.w < 60 ? 0 : 1, lines = 0;
	struct rect in = {y, at.x + margin, 0, at.w - 2 * margin};
	struct strbuf words;

	strbuf_init(&words);
	rollout_gate_words(c, r, at.w < 60 || at.h < 18, &words);
	if (words.len > 0)
		lines = text_wrap(canvas, y, y + (at.h < 18 ? 1 : 3), in, true,
			STYLE_STATE_WAITING, words.buf);
	strbuf_finish(&words);
	return lines > 1 && at.h < 18 ? 1 : lines;
}

/* Lines for the grid: what its share is, less where little is left. */
static int
lines_for_grid(struct console *c, struct place *p, struct rect at, int left)
{
	int most = grid_rows(at.h) + p->split;

	if (most > left - 3)
		most = left - 3;
	if (most < 1)
		most = 1;
	return grid_lines(&p->grid, hosts_of(c)->count, at.w, most);
}

static void
paint_all(struct console *c, struct place *p, const struct world_rollout *r,
	struct canvas *canvas, struct rect at)
{
	int canary = rollout_canary_height(c, r, at), log, lines;
	int y = at.y, bottom = at.y + at.h;

	paint_state(c, r, canvas, y++, at.w);
	paint_bar(c, r, canvas, y++, at.w);
	if (at.h >= 18 && at.w >= 60) {
		rollout_way_paint(c, r, canvas, y, at.w);
		y += 2;
	}
	y += paint_gate(c, r, canvas, y, at);
	if (r->blue_green != NULL)
		rollout_colours_paint(c, r, canvas, y, at);
	y += rollout_colours_height(r);
	log = at.h >= (canary > 0 ? 18 : 12) ? 3 : 0;
	lines = lines_for_grid(c, p, at, bottom - y - log - canary);
	paint_hosts(c, p, r, canvas, (struct rect){y, at.x, bottom - y, at.w},
		lines);
	y += lines + 3;
	rollout_canary_paint(
		c, p, r, canvas, (struct rect){y, at.x, canary, at.w});
	y += canary;
	paint_log(c, p, canvas, (struct rect){y, at.x, bottom - y, at.w});
}

static void
paint(struct console *c, struct place *p, struct canvas *canvas, struct rect r)
{
	const struct world_rollout *rollout =
		world_rollout(c->world, p->object);

	if (rollout == NULL) {
		canvas_putf(canvas, r.y, 2, r.w - 2, STYLE_UI_DIM,
			"%s is not there", p->object);
		return;
	}
	if (p->pane == PANE_CANARY && rollout_canary_height(c, rollout, r) == 0)
		p->pane = PANE_HOSTS;
	if (p->zoomed && p->pane == PANE_LOG)
		paint_log(c, p, canvas, r);
	else if (p->zoomed && p->pane == PANE_CANARY)
		rollout_canary_paint(c, p, rollout, canvas, r);
	else if (p->zoomed)
		paint_hosts(c, p, rollout, canvas, r, r.h - 3);
	else
		paint_all(c, p, rollout, canvas, r);
}

/* --- keys --- */

static void
open_rollout(struct console *c, struct place *p)
{
	const struct world_rollout *r = world_rollout(c->world, p->object);

	console_open_rollout(c, p->object);
	/* The other colour is not of this rollout. */
	if (r != NULL && r->blue_green != NULL)
		console_load(c, WORLD_HOSTS);
}

static void
enter_cell(struct console *c, struct place *p)
{
	const struct collection *hosts = hosts_of(c);
	const struct rollout_host *h;

	if (grid_zoom(&p->grid, hosts->count))
		return;
	h = grid_selected(&p->grid, hosts);
	if (h != NULL)
		console_go(c, &host_log_view, p->object, h->host);
}

static bool
grid_act(struct console *c, struct place *p, enum action_id id)
{
	const struct collection *hosts = hosts_of(c);
	struct grid *g = &p->grid;
	const struct rollout_host *h;

	switch (id) {
	case ACTION_DOWN:
		return grid_move(g, hosts->count, 0, 1), true;
	case ACTION_UP:
		return grid_move(g, hosts->count, 0, -1), true;
	case ACTION_RIGHT:
		return grid_move(g, hosts->count, 1, 0), true;
	case ACTION_LEFT:
		return grid_move(g, hosts->count, -1, 0), true;
	case ACTION_FIRST:
		g->cursor = g->count > 0 ? g->first : 0;
		return true;
	case ACTION_LAST:
		g->cursor = g->count > 0       ? g->first + g->count - 1
			    : hosts->count > 0 ? hosts->count - 1
					       : 0;
		return true;
	case ACTION_NEXT_MATCH:
	case ACTION_PREV_MATCH:
		if (!grid_next_failing(
			    g, hosts, id == ACTION_NEXT_MATCH ? 1 : -1))
			console_say(c, STYLE_NOTICE_INFO, "no host failed");
		return true;
	case ACTION_PROBLEMS:
		g->failing_only = !g->failing_only;
		/* Not on one that is not drawn any more. */
		h = grid_selected(g, hosts);
		if (g->failing_only && (h == NULL || !grid_is_failing(h)))
			grid_next_failing(g, hosts, 1);
		return true;
	case ACTION_IN:
		enter_cell(c, p);
		return true;
	case ACTION_OUT:
	case ACTION_ESCAPE:
		return grid_unzoom(g);
	default:
		return false;
	}
}

/* The next item of the list this was opened from. */
static bool
next_item(struct console *c, struct place *p, int by)
{
	struct place *parent;
	const struct list_row *row;

	if (c->depth_places < 2)
		return false;
	parent = &c->places[c->depth_places - 2];
	console_refresh_place(c, parent);
	if (!parent->view->has_rows || !list_move(&parent->list, by))
		return true;
	row = list_selected(&parent->list);
	if (row == NULL || row->kind != WORLD_ROLLOUTS)
		return true;
	str_replace(&p->object, row->record->id);
	memset(&p->grid, 0, sizeof(p->grid));
	pager_finish(&p->pager);
	console_open_rollout(c, p->object);
	console_invalidate(c);
	return true;
}

/* Hosts, the canary where there is one, the log. */
static void
turn_pane(struct console *c, struct place *p, int by)
{
	const struct world_rollout *r = world_rollout(c->world, p->object);
	int wave;

	do
		p->pane = (enum pane)(((int)p->pane + by + PANE_COUNT) %
				      PANE_COUNT);
	while (p->pane == PANE_CANARY &&
		(r == NULL || rollout_canary(c, r, &wave) == NULL));
}

/* The page of one metric: its plot, or its numbers. */
static bool
open_canary(struct console *c, struct place *p, bool numbers)
{
	const struct world_rollout *r = world_rollout(c->world, p->object);
	int wave, metric = p->metric;

	if (r == NULL || rollout_canary(c, r, &wave) == NULL)
		return false;
	console_go(c, &canary_view, p->object, NULL);
	console_place(c)->metric = metric;
	console_place(c)->numbers = numbers;
	return true;
}

static bool
canary_act(struct console *c, struct place *p, enum action_id id)
{
	const struct world_rollout *r = world_rollout(c->world, p->object);

	if (r == NULL)
		return false;
	switch (id) {
	case ACTION_DOWN:
	case ACTION_UP:
		rollout_canary_move(c, p, r, id == ACTION_DOWN ? 1 : -1);
		return true;
	case ACTION_FIRST:
	case ACTION_LAST:
		rollout_canary_move(
			c, p, r, id == ACTION_FIRST ? -1000 : 1000);
		return true;
	case ACTION_IN:
	case ACTION_RIGHT:
		return open_canary(c, p, false);
	default:
		return false;
	}
}

static bool
act(struct console *c, struct place *p, enum action_id id)
{
	if (id == ACTION_NEXT_PANE || id == ACTION_PREV_PANE) {
		turn_pane(c, p, id == ACTION_NEXT_PANE ? 1 : -1);
		return true;
	}
	if (id == ACTION_ZOOM) {
		p->zoomed = !p->zoomed;
		memory_note(c, p);
		return true;
	}
	if (id == ACTION_SHRINK || id == ACTION_GROW) {
		p->split += id == ACTION_GROW ? 1 : -1;
		if (p->split < -SPLIT_MAX || p->split > SPLIT_MAX)
			p->split -= id == ACTION_GROW ? 1 : -1;
		memory_note(c, p);
		return true;
	}
	if (id == ACTION_NEXT_ITEM || id == ACTION_PREV_ITEM)
		return next_item(c, p, id == ACTION_NEXT_ITEM ? 1 : -1);
	if (id == ACTION_FOLLOW)
		return pager_act(&p->pager, id, true);
	if (id == ACTION_NUMBERS)
		return open_canary(c, p, true);
	if (p->pane == PANE_LOG)
		return log_act(c, p, id);
	if (p->pane == PANE_CANARY)
		return canary_act(c, p, id);
	return grid_act(c, p, id);
}

static void
crumb(struct console *c, struct place *p, struct strbuf *out)
{
	const struct world_rollout *r = world_rollout(c->world, p->object);

	strbuf_adds(out, p->object);
	if (r != NULL)
		strbuf_addf(out, " %s %s", r->service, r->version);
}

const struct view rollout_view = {
	.name = "Rollout",
	.aliases = "",
	.list = LIST_NONE,
	.open = open_rollout,
	.refresh = log_lines_refresh,
	.paint = paint,
	.act = act,
	.crumb = crumb,
};
