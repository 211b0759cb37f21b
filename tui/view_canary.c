/*
 * view_canary.c - one metric of a canary alone: what was found, in words;
 * the plot of both sides with the limit, or behind '=' the numbers of each
 * moment.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "tui/canary_look.h"
#include "tui/view_rollout.h"
#include "wire/json.h"

#define NARROW 60
#define NUMBERS_WIDE 64

static const struct world_rollout *
rollout_of(struct console *c, const struct place *p)
{
	return world_rollout(c->world, p->object);
}

/* --- words --- */

static void
add_level(struct strbuf *out, const char *name, double value)
{
	char text[PLOT_NUMBER_SIZE];

	plot_number(value, text);
	strbuf_addf(out, "%s%s %s", out->len > 0 ? ", " : "", name,
		isfinite(value) ? text : "not known");
}

static void
levels_text(const struct metric_look *m, struct strbuf *out)
{
	add_level(out, "canary", m->canary);
	add_level(out, "baseline", m->baseline);
	if (isfinite(m->shift_percent))
		strbuf_addf(out, " (%+.1f %%)", m->shift_percent);
	add_level(out, "limit", m->limit);
	if (isfinite(m->other_limit))
		add_level(out, "and", m->other_limit);
}

/* What it still takes, and what could not be had. */
static void
samples_words(const json_t *analysis, const struct metric_look *m,
	struct strbuf *out)
{
	int64_t failed = json_get_int(m->json, "failures_canary", 0) +
			 json_get_int(m->json, "failures_baseline", 0);
	double needed = json_number_value(
		json_object_get(analysis, "needed_s"));
	char took[TIME_TEXT_SIZE];

	strbuf_addf(out, "%lld samples of the canary, %lld of the baseline",
		(long long)m->have,
		(long long)json_get_int(m->json, "samples_baseline", 0));
	if (m->need > 0)
		strbuf_addf(out, "; %lld more a side are needed",
			(long long)m->need);
	if (m->need > 0 && needed > 0) {
		duration_format((int64_t)(needed * 1000), took);
		strbuf_addf(out, ", about %s", took);
	}
	if (failed > 0)
		strbuf_addf(out, "; %lld could not be had: %s",
			(long long)failed,
			json_get_string(m->json, "last_failure", ""));
}

/* Where the analysis stands as a whole. */
static void
look_words(const json_t *analysis, struct strbuf *out)
{
	int64_t planned = json_get_int(analysis, "moments_planned", 0);

	strbuf_addf(out, "look %lld",
		(long long)json_get_int(analysis, "moments", 0));
	if (planned > 0)
		strbuf_addf(out, " of %lld", (long long)planned);
	strbuf_addf(out, ", a shift counts below p %.3g, here p ",
		json_number_value(json_object_get(analysis, "p_limit")));
}

static void
paint_words(struct console *c, const json_t *analysis,
	const struct metric_look *m, struct canvas *canvas, struct rect *r)
{
	const json_t *p = json_object_get(m->json, "p_value");
	struct rect in = {r->y, r->x + 1, r->h, r->w - 2};
	int bottom = r->y + r->h, y = r->y;
	struct strbuf text;

	(void)c;
	strbuf_init(&text);
	levels_text(m, &text);
	y += text_wrap(canvas, y, bottom, in, true, STYLE_UI_TEXT, text.buf);
	strbuf_clear(&text);
	strbuf_addf(&text, "%s: %s", m->shown, m->reason);
	y += text_wrap(canvas, y, bottom, in, true, m->role, text.buf);
	if (r->h >= 16) {
		strbuf_clear(&text);
		samples_words(analysis, m, &text);
		y += text_wrap(
			canvas, y, bottom, in, true, STYLE_UI_DIM, text.buf);
	}
	if (r->h >= 16 && r->w >= NARROW) {
		strbuf_clear(&text);
		look_words(analysis, &text);
		if (json_is_number(p))
			strbuf_addf(&text, "%.3g", json_number_value(p));
		else
			strbuf_adds(&text, "is not known");
		y += text_wrap(
			canvas, y, bottom, in, true, STYLE_UI_DIM, text.buf);
	}
	strbuf_finish(&text);
	r->h -= y - r->y;
	r->y = y;
}

static void
paint_legend(struct console *c, struct canvas *canvas, int y, struct rect r)
{
	bool dots = c->glyphs.dots == DOTS_ASCII;
	int x = r.x + 1;

	x += canvas_put(canvas, y, x, r.w - 1, STYLE_PLOT_SERIES,
		     dots ? "* canary" : "canary") +
	     2;
	x += canvas_put(canvas, y, x, r.x + r.w - x, STYLE_PLOT_SERIES2,
		     dots ? "o baseline" : "baseline") +
	     2;
	x += canvas_putf(canvas, y, x, r.x + r.w - x, STYLE_PLOT_BAND,
		     "%s its range", glyph(&c->glyphs, GLYPH_PLOT_BAND)) +
	     2;
	canvas_putf(canvas, y, x, r.x + r.w - x, STYLE_PLOT_LIMIT, "%s limit",
		glyph(&c->glyphs, GLYPH_PLOT_LIMIT));
}

/* --- numbers --- */

static void
add_moment(struct console *c, struct place *p, const struct canary *k, size_t i)
{
	const struct canary_metric *m = &k->metrics[p->metric];
	char cells[CANARY_ROW_COUNT][PLOT_NUMBER_SIZE];
	struct strbuf when;
	int row;

	strbuf_init(&when);
	console_time(c, k->at_ms[i] / 1000, &when);
	for (row = 0; row < CANARY_ROW_COUNT; row++)
		plot_number(m->rows[row][i], cells[row]);
	if (c->width < NUMBERS_WIDE)
		pager_add(&p->pager, STYLE_UI_TEXT, k->at_ms[i],
			" %-8s %8s %8s %7d", when.buf, cells[CANARY_CANARY],
			cells[CANARY_BASELINE], m->failed[i]);
	else
		pager_add(&p->pager, STYLE_UI_TEXT, k->at_ms[i],
			" %-12s %9s %9s %9s %9s %7d", when.buf,
			cells[CANARY_CANARY], cells[CANARY_BASELINE],
			cells[CANARY_LOW], cells[CANARY_HIGH], m->failed[i]);
	strbuf_finish(&when);
}

static void
fill_numbers(struct console *c, struct place *p)
{
	const struct canary *k = &c->canary;
	size_t i;

	pager_begin(&p->pager);
	if (p->metric < CANARY_METRICS_MAX &&
		k->metrics[p->metric].failed != NULL)
		for (i = 0; i < k->count; i++)
			add_moment(c, p, k, i);
	pager_end(&p->pager);
}

static void
paint_numbers(struct console *c, struct place *p, struct canvas *canvas,
	struct rect r)
{
	if (r.w < NUMBERS_WIDE)
		canvas_putf(canvas, r.y, r.x, r.w, STYLE_UI_TITLE,
			" %-8s %8s %8s %7s", "TIME", "CANARY", "BASELINE",
			"MISSED");
	else
		canvas_putf(canvas, r.y, r.x, r.w, STYLE_UI_TITLE,
			" %-12s %9s %9s %9s %9s %7s", "TIME", "CANARY",
			"BASELINE", "LEAST", "MOST", "MISSED");
	r.y++;
	r.h--;
	fill_numbers(c, p);
	pager_paint(&p->pager, canvas, r, true, true);
}

/* --- the page --- */

static void
paint_metric(struct console *c, struct place *p, const json_t *analysis,
	struct canvas *canvas, struct rect r)
{
	size_t count = json_array_size(json_object_get(analysis, "metrics"));
	struct metric_look m;
	char title[200], right[64];

	if (p->metric >= (int)count)
		p->metric = 0;
	metric_look_at(c, analysis, &c->canary, (size_t)p->metric, &m);
	snprintf(title, sizeof(title), "%.80s  %.20s", m.name, m.shown);
	snprintf(right, sizeof(right), "metric %d of %zu  J K", p->metric + 1,
		count);
	view_rule(c, canvas, r.y, r, true, title, right);
	r.y++;
	r.h--;
	paint_words(c, analysis, &m, canvas, &r);
	if (p->numbers) {
		paint_numbers(c, p, canvas, r);
		return;
	}
	if (r.h < 4)
		return;
	plot_paint(&m.plot, canvas,
		(struct rect){r.y, r.x + 1, r.h - 1, r.w - 2}, &c->glyphs);
	paint_legend(c, canvas, r.y + r.h - 1, r);
	canvas_cursor(canvas, r.y + r.h - 1, r.x + 1);
}

static void
paint(struct console *c, struct place *p, struct canvas *canvas, struct rect r)
{
	const struct world_rollout *rollout = rollout_of(c, p);
	int wave;
	const json_t *analysis =
		rollout != NULL ? rollout_canary(c, rollout, &wave) : NULL;

	if (analysis == NULL)
		canvas_put(canvas, r.y, r.x + 2, r.w - 2, STYLE_UI_DIM,
			"nothing is compared in this rollout");
	else
		paint_metric(c, p, analysis, canvas, r);
}

static void
move(struct console *c, struct place *p, int by)
{
	const struct world_rollout *r = rollout_of(c, p);

	if (r == NULL)
		return;
	rollout_canary_move(c, p, r, by);
	pager_finish(&p->pager);
}

static bool
act(struct console *c, struct place *p, enum action_id id)
{
	bool plot = !p->numbers;

	if (id == ACTION_NUMBERS) {
		p->numbers = !p->numbers;
		return true;
	}
	if (id == ACTION_NEXT_ITEM || id == ACTION_NEXT_PANE ||
		(plot && id == ACTION_DOWN))
		return move(c, p, 1), true;
	if (id == ACTION_PREV_ITEM || id == ACTION_PREV_PANE ||
		(plot && id == ACTION_UP))
		return move(c, p, -1), true;
	return !plot && pager_act(&p->pager, id, true);
}

static void
crumb(struct console *c, struct place *p, struct strbuf *out)
{
	const struct world_rollout *r = rollout_of(c, p);

	strbuf_addf(out, "%s canary", p->object);
	if (r != NULL)
		strbuf_addf(out, " %s %s", r->service, r->version);
}

static void
open_page(struct console *c, struct place *p)
{
	console_open_rollout(c, p->object);
}

const struct view canary_view = {
	.name = "Canary",
	.aliases = "",
	.list = LIST_NONE,
	.open = open_page,
	.paint = paint,
	.act = act,
	.crumb = crumb,
};
