/* widget_grid.c - the heat grid: the worst host of each cell. */
#include "tui/widget_grid.h"

#include <string.h>

#include "tui/states.h"

/* Columns left of the cells: "w12  ", or none to speak of on a phone. */
static int
margin_of(int w)
{
	return w < 60 ? 2 : 5;
}

size_t
grid_hosts_per_cell(size_t hosts, size_t cells)
{
	static const size_t steps[] = {1, 2, 5, 10, 20, 50, 100, 200};
	size_t least, i;

	if (cells == 0 || hosts <= cells)
		return 1;
	least = (hosts + cells - 1) / cells;
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		size_t used;

		if (steps[i] < least)
			continue;
		used = (hosts + steps[i] - 1) / steps[i];
		return used * 4 >= cells * 3 ? steps[i] : least;
	}
	return least;
}

static size_t
shown(const struct grid *g, size_t hosts)
{
	if (g->count == 0 || g->first >= hosts)
		return hosts;
	return g->first + g->count <= hosts ? g->count : hosts - g->first;
}

static int
columns_of(int w)
{
	int columns = w - margin_of(w) - (w < 60 ? 2 : 3);

	return columns < 4 ? 4 : columns;
}

int
grid_lines(const struct grid *g, size_t hosts, int w, int h)
{
	size_t columns = (size_t)columns_of(w), n = shown(g, hosts), k, cells;

	if (h < 1)
		return 0;
	k = grid_hosts_per_cell(n, columns * (size_t)h);
	cells = (n + k - 1) / k;
	if (cells == 0)
		return 1;
	return (int)((cells + columns - 1) / columns);
}

static const struct rollout_host *
host_at(const struct collection *hosts, size_t i)
{
	return i < hosts->count ? (const struct rollout_host *)(const void *)
					  hosts->items[i]
				: NULL;
}

static const struct rollout_host *
worst_of(const struct collection *hosts, size_t from, size_t to)
{
	const struct rollout_host *worst = NULL;
	int rank = -1;
	size_t i;

	for (i = from; i < to && i < hosts->count; i++) {
		const struct rollout_host *h = host_at(hosts, i);
		int r = rollout_host_look(h).rank;

		if (r > rank) {
			rank = r;
			worst = h;
		}
	}
	return worst;
}

bool
grid_is_failing(const struct rollout_host *h)
{
	return strcmp(h->state, "failed") == 0 ||
	       strcmp(h->state, "unreachable") == 0 ||
	       strcmp(h->state, "unknown") == 0;
}

/* The wave of the first host in a row, where it is another than above. */
static void
paint_margin(const struct grid *g, const struct collection *hosts,
	struct canvas *c, int y, int x, size_t at)
{
	const struct rollout_host *h = host_at(hosts, at);
	size_t row = (size_t)g->columns * g->per_cell;
	const struct rollout_host *above =
		at >= g->first + row ? host_at(hosts, at - row) : NULL;

	if (h == NULL || h->wave < 0)
		return;
	if (above == NULL || above->wave != h->wave)
		canvas_putf(
			c, y, x, 4, STYLE_UI_DIM, "w%lld", (long long)h->wave);
}

static void
paint_cell(const struct grid *g, const struct rollout_host *h, struct canvas *c,
	int y, int x, const struct glyphs *glyphs)
{
	struct state_look look = rollout_host_look(h);
	if (g->failing_only && !grid_is_failing(h))
		canvas_put(c, y, x, 1, STYLE_UI_TEXT, " ");
	else
		canvas_put(c, y, x, 1, look.role, glyph(glyphs, look.glyph));
}

void
grid_paint(struct grid *g, const struct collection *hosts, struct canvas *c,
	struct rect r, const struct glyphs *glyphs, bool focus)
{
	size_t n = shown(g, hosts->count), cell, at;
	size_t first = n == hosts->count ? 0 : g->first;
	int margin = margin_of(r.w);

	g->columns = columns_of(r.w);
	g->rows = r.h;
	g->per_cell = grid_hosts_per_cell(
		n, (size_t)g->columns * (size_t)(r.h < 1 ? 1 : r.h));
	if (g->cursor < first || g->cursor >= first + n)
		g->cursor = first;
	for (cell = 0; cell * g->per_cell < n; cell++) {
		int y = r.y + (int)(cell / (size_t)g->columns);
		int x = r.x + margin + (int)(cell % (size_t)g->columns);
		size_t end;
		bool selected;

		at = first + cell * g->per_cell;
		end = at + g->per_cell;
		selected = focus && g->cursor >= at && g->cursor < end;
		if (y >= r.y + r.h)
			break;
		if (margin > 2 && x == r.x + margin)
			paint_margin(g, hosts, c, y, r.x + 1, at);
		paint_cell(g, worst_of(hosts, at, end), c, y, x, glyphs);
		/* The terminal's own cursor marks the cell: nothing is sent
		 * but its move. */
		if (selected)
			canvas_cursor(c, y, x);
	}
}

bool
grid_move(struct grid *g, size_t hosts, int dx, int dy)
{
	size_t n = shown(g, hosts);
	size_t first = n == hosts ? 0 : g->first;
	long k = g->per_cell ? (long)g->per_cell : 1;
	long cells = ((long)n + k - 1) / k;
	long cell = ((long)g->cursor - (long)first) / k;
	long to = cell + dx + (long)dy * g->columns;

	if (n == 0 || to < 0 || to >= cells)
		return false;
	g->cursor = first + (size_t)(to * k);
	return to != cell;
}

bool
grid_next_failing(struct grid *g, const struct collection *hosts, int direction)
{
	long n = (long)hosts->count, i = (long)g->cursor, step;
	long k = g->per_cell ? (long)g->per_cell : 1;

	/* Leave the selected cell first: its worst host was seen. */
	i -= i % k;
	if (direction > 0)
		i += k - 1;
	for (step = 0; step < n; step++) {
		i = (i + direction + n) % n;
		if (grid_is_failing(host_at(hosts, (size_t)i))) {
			g->cursor = (size_t)i;
			g->first = g->count = 0;
			return true;
		}
	}
	return false;
}

bool
grid_zoom(struct grid *g, size_t hosts)
{
	size_t n = shown(g, hosts);
	size_t first = n == hosts ? 0 : g->first;
	size_t k = g->per_cell;

	if (k <= 1 || n == 0)
		return false;
	g->first = first + (g->cursor - first) / k * k;
	g->count = k;
	return true;
}

bool
grid_unzoom(struct grid *g)
{
	if (g->count == 0)
		return false;
	g->first = g->count = 0;
	return true;
}

const struct rollout_host *
grid_selected(const struct grid *g, const struct collection *hosts)
{
	size_t k = g->per_cell ? g->per_cell : 1;
	size_t first = g->count ? g->first : 0;
	size_t at =
		g->cursor < first ? first : first + (g->cursor - first) / k * k;

	return worst_of(hosts, at, at + k);
}
