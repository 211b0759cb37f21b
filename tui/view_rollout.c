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

#define WAVE_WIDTH 12

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

static void
paint_state(struct console *c, const struct world_rollout *r,
	struct canvas *canvas, int y, int w)
{
	struct state_look look = state_look(r->state);
	char elapsed[TIME_TEXT_SIZE];
	struct strbuf line;
	int x = w < 60 ? 0 : 1;

	strbuf_init(&line);
	elapsed_text(c, r, elapsed);
	phase_text(r, &line);
	if (w >= 60)
		strbuf_addf(&line, "   elapsed %s", elapsed);
	if (r->eta_ms >= 0 && rollout_is_live(r)) {
		strbuf_adds(&line, w < 60 ? " " : "  eta ");
		view_eta(r->eta_ms, &line);
	}
	if (w >= 60)
		strbuf_addf(&line, "   by %s  %s", r->author, r->change);
	x += canvas_put(canvas, y, x, w - x, look.role, look.shown) +
	     (w < 60 ? 1 : 2);
	canvas_put(canvas, y, x, w - x, STYLE_UI_TEXT, line.buf);
	strbuf_finish(&line);
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

struct wave_count {
	int64_t total, done, bad, staged;
};

static struct wave_count
count_wave(const struct collection *hosts, int64_t wave)
{
	struct wave_count n = {0, 0, 0, 0};
	size_t i;

	for (i = 0; i < hosts->count; i++) {
		const struct rollout_host *h = (const void *)hosts->items[i];
		const char *s = h->state;

		if (wave > 0 && h->wave != wave)
			continue;
		n.total++;
		n.done += strcmp(s, "healthy") == 0 ||
			  strcmp(s, "excluded") == 0 ||
			  strcmp(s, "rolled_back") == 0;
		n.bad += strcmp(s, "failed") == 0 ||
			 strcmp(s, "unreachable") == 0 ||
			 strcmp(s, "unknown") == 0;
		n.staged += strcmp(s, "pending") != 0;
	}
	return n;
}

static void
wave_text(struct wave_count n, bool is_current, char *out, size_t size)
{
	if (n.total > 0 && n.done == n.total)
		snprintf(out, size, "ok %lld", (long long)n.total);
	else if (n.bad > 0)
		snprintf(out, size, "%lld/%lld X%lld", (long long)n.done,
			(long long)n.total, (long long)n.bad);
	else if (is_current || n.done > 0)
		snprintf(out, size, "%lld/%lld", (long long)n.done,
			(long long)n.total);
	else
		snprintf(out, size, "-");
}

/* "stage" and the waves around the one that moves. */
static void
paint_waves(struct console *c, const struct world_rollout *r,
	struct canvas *canvas, int y, int w)
{
	struct wave_count all = count_wave(hosts_of(c), 0);
	int64_t fit = (w - 2) / WAVE_WIDTH - 1, first = 1, i;
	char text[48];
	int x = 1;

	canvas_put(canvas, y, x, WAVE_WIDTH - 1, STYLE_UI_TEXT, "stage");
	snprintf(text, sizeof(text),
		all.staged == all.total ? "ok %lld" : "%lld/%lld",
		(long long)all.staged, (long long)all.total);
	canvas_put(canvas, y + 1, x, WAVE_WIDTH - 1, STYLE_UI_DIM, text);
	if (r->waves > fit && r->wave > fit / 2)
		first = r->wave - fit / 2;
	if (first > r->waves - fit + 1)
		first = r->waves - fit + 1 < 1 ? 1 : r->waves - fit + 1;
	for (i = first; i <= r->waves && i < first + fit; i++) {
		bool is = i == r->wave && rollout_is_live(r);

		x += WAVE_WIDTH;
		canvas_putf(canvas, y, x, WAVE_WIDTH - 1,
			is ? STYLE_UI_KEY : STYLE_UI_TEXT,
			is ? ">WAVE %lld<" : "wave %lld", (long long)i);
		wave_text(count_wave(hosts_of(c), i), is, text, sizeof(text));
		canvas_put(canvas, y + 1, x, WAVE_WIDTH - 1,
			is ? STYLE_UI_TEXT : STYLE_UI_DIM, text);
	}
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

static void
paint_all(struct console *c, struct place *p, const struct world_rollout *r,
	struct canvas *canvas, struct rect at)
{
	int y = at.y, bottom = at.y + at.h, lines, most;

	paint_state(c, r, canvas, y++, at.w);
	paint_bar(c, r, canvas, y++, at.w);
	if (at.h >= 18 && at.w >= 60) {
		paint_waves(c, r, canvas, y, at.w);
		y += 2;
	}
	most = bottom - y - 3 - (at.h >= 12 ? 3 : 0);
	if (most > grid_rows(at.h) + p->split)
		most = grid_rows(at.h) + p->split;
	if (most < 1)
		most = 1;
	lines = grid_lines(&p->grid, hosts_of(c)->count, at.w, most);
	paint_hosts(c, p, r, canvas, (struct rect){y, at.x, bottom - y, at.w},
		most);
	y += lines + 3;
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
	if (p->zoomed && p->pane == PANE_LOG)
		paint_log(c, p, canvas, r);
	else if (p->zoomed)
		paint_hosts(c, p, rollout, canvas, r, r.h - 3);
	else
		paint_all(c, p, rollout, canvas, r);
}

/* --- keys --- */

static void
open_rollout(struct console *c, struct place *p)
{
	console_open_rollout(c, p->object);
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

static bool
act(struct console *c, struct place *p, enum action_id id)
{
	if (id == ACTION_NEXT_PANE || id == ACTION_PREV_PANE) {
		p->pane = p->pane == PANE_HOSTS ? PANE_LOG : PANE_HOSTS;
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
	if (p->pane == PANE_LOG)
		return log_act(p, id);
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
