/*
 * view_rollout_canary.c - the canary on the page of its rollout: a line of
 * numbers for each metric, plots where there is room, and the reason of the
 * one that decides in words.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tui/canary_look.h"
#include "tui/view_rollout.h"
#include "wire/json.h"

#define NARROW 60
#define PLOT_H 9 /* with its line of numbers */
#define LINES_MOST 6

static size_t
metrics_of(const json_t *analysis)
{
	return json_array_size(json_object_get(analysis, "metrics"));
}

static bool
has_plots(struct rect at)
{
	return at.w >= 100 && at.h >= 40;
}

int
rollout_canary_height(
	struct console *c, const struct world_rollout *r, struct rect at)
{
	int wave, lines;
	const json_t *analysis = rollout_canary(c, r, &wave);

	if (analysis == NULL)
		return 0;
	lines = (int)metrics_of(analysis);
	if (has_plots(at))
		return 2 + (lines > 2 ? 2 : 1) * PLOT_H;
	if (lines > (at.h < 18 ? 2 : LINES_MOST))
		lines = at.h < 18 ? 2 : LINES_MOST;
	return lines + (at.h < 18 ? 0 : 2);
}

static void
add_number(struct strbuf *out, double value)
{
	char text[PLOT_NUMBER_SIZE];

	plot_number(value, text);
	strbuf_adds(out, isfinite(value) ? text : "-");
}

/* "9/12": samples, and as many as it takes. */
static void
samples_text(const struct metric_look *m, char *out, size_t size)
{
	if (m->need > 0)
		snprintf(out, size, "%lld/%lld", (long long)m->have,
			(long long)(m->have + m->need));
	else
		snprintf(out, size, "%lld", (long long)m->have);
}

/* " p95_ms     214  base 188  limit 216  ..-:=+ INCONCL 9/12" */
static void
paint_wide(struct console *c, const struct metric_look *m,
	struct canvas *canvas, int y, struct rect at, bool selected)
{
	char samples[48];
	struct strbuf text;
	int x = at.x + 1, right = at.x + at.w - 1, end;

	if (selected)
		canvas_put(canvas, y, at.x, 1, STYLE_UI_KEY,
			glyph(&c->glyphs, GLYPH_MARK_CURSOR));
	canvas_put_name(canvas, y, x, 10, STYLE_UI_TEXT, m->name);
	strbuf_init(&text);
	add_number(&text, m->canary);
	canvas_put_right(canvas, y, x + 11, 6, STYLE_PLOT_SERIES, text.buf);
	strbuf_clear(&text);
	strbuf_adds(&text, "base ");
	add_number(&text, m->baseline);
	canvas_put(canvas, y, x + 19, 11, STYLE_PLOT_SERIES2, text.buf);
	strbuf_clear(&text);
	strbuf_adds(&text, "limit ");
	add_number(&text, m->limit);
	end = right - 18;
	/* A number is whole or not there. */
	if (end - x - 31 >= (int)text.len)
		canvas_put(canvas, y, x + 31, 12, STYLE_PLOT_LIMIT, text.buf);
	strbuf_finish(&text);
	samples_text(m, samples, sizeof(samples));
	canvas_put(canvas, y, end + 1, 8, m->role, m->shown);
	canvas_put_right(canvas, y, end + 9, 9, STYLE_UI_DIM, samples);
	plot_spark(&m->plot, 1, canvas, y, x + 44, end - x - 45, &c->glyphs);
	if (selected)
		canvas_cursor(canvas, y, x);
}

/* "p95_ms  214/216 ..-:=+  INCONCL" */
static void
paint_narrow(struct console *c, const struct metric_look *m,
	struct canvas *canvas, int y, struct rect at, bool selected)
{
	struct strbuf text;
	int right = at.x + at.w;

	canvas_put_name(canvas, y, at.x, 8,
		selected ? STYLE_UI_KEY : STYLE_UI_TEXT, m->name);
	strbuf_init(&text);
	add_number(&text, m->canary);
	strbuf_addc(&text, '/');
	add_number(&text, m->limit);
	canvas_put(canvas, y, at.x + 9, 11, STYLE_PLOT_SERIES, text.buf);
	strbuf_finish(&text);
	canvas_put(canvas, y, right - 7, 7, m->role, m->shown);
	plot_spark(&m->plot, 1, canvas, y, at.x + 21, right - 8 - at.x - 21,
		&c->glyphs);
	if (selected)
		canvas_cursor(canvas, y, at.x);
}

/* The reason of the one that is selected, or of the one that decides. */
static void
paint_reason(struct console *c, struct place *p, const json_t *analysis,
	struct canvas *canvas, int y, struct rect at)
{
	struct metric_look m;
	size_t index = p->pane == PANE_CANARY ? (size_t)p->metric
					      : metric_deciding(analysis);

	metric_look_at(c, analysis, &c->canary, index, &m);
	canvas_putf(canvas, y, at.x + 1, at.w - 1, m.role, "%s: %s", m.name,
		m.reason);
}

static void
paint_lines(struct console *c, struct place *p, const json_t *analysis,
	struct canvas *canvas, struct rect at)
{
	size_t count = metrics_of(analysis), first = 0, i;
	struct metric_look m;

	if (p->pane == PANE_CANARY && p->metric >= at.h)
		first = (size_t)(p->metric - at.h + 1);
	for (i = first; i < count && (int)(i - first) < at.h; i++) {
		bool selected = p->pane == PANE_CANARY && (int)i == p->metric;
		int y = at.y + (int)(i - first);

		metric_look_at(c, analysis, &c->canary, i, &m);
		if (at.w < NARROW)
			paint_narrow(c, &m, canvas, y, at, selected);
		else
			paint_wide(c, &m, canvas, y, at, selected);
	}
}

/* Two beside each other, two below, from the selected one on. */
static void
paint_plots(struct console *c, struct place *p, const json_t *analysis,
	struct canvas *canvas, struct rect at)
{
	size_t count = metrics_of(analysis), first = 0, i;
	struct metric_look m;
	int half = at.w / 2;

	if (p->pane == PANE_CANARY && p->metric >= 4)
		first = (size_t)(p->metric - 3);
	for (i = first; i < count && i < first + 4; i++) {
		int n = (int)(i - first);
		struct rect r = {at.y + n / 2 * PLOT_H, at.x + n % 2 * half,
			PLOT_H, half};

		if (r.y + PLOT_H > at.y + at.h)
			return;
		metric_look_at(c, analysis, &c->canary, i, &m);
		paint_wide(c, &m, canvas, r.y, r,
			p->pane == PANE_CANARY && (int)i == p->metric);
		r = (struct rect){r.y + 1, r.x + 1, PLOT_H - 1, r.w - 3};
		plot_paint(&m.plot, canvas, r, &c->glyphs);
	}
}

void
rollout_canary_paint(struct console *c, struct place *p,
	const struct world_rollout *r, struct canvas *canvas, struct rect at)
{
	int wave;
	const json_t *analysis = rollout_canary(c, r, &wave);
	struct rect body = {at.y + 1, at.x, at.h - 2, at.w};
	struct strbuf right;
	char title[64];

	if (analysis == NULL || at.h < 1)
		return;
	if (p->metric >= (int)metrics_of(analysis))
		p->metric = 0;
	if (at.h < 3) {
		paint_lines(c, p, analysis, canvas, at);
		return;
	}
	strbuf_init(&right);
	metrics_summary(analysis, &right);
	snprintf(title, sizeof(title),
		at.w < NARROW ? "CANARY" : "CANARY wave %d against BASELINE",
		wave);
	view_rule(c, canvas, at.y, at, p->pane == PANE_CANARY, title,
		right.buf);
	strbuf_finish(&right);
	if (body.h >= PLOT_H && at.w >= 100)
		paint_plots(c, p, analysis, canvas, body);
	else
		paint_lines(c, p, analysis, canvas, body);
	paint_reason(c, p, analysis, canvas, at.y + at.h - 1, at);
}

void
rollout_canary_move(
	struct console *c, struct place *p, const struct world_rollout *r,
	int by)
{
	int wave, count = (int)metrics_of(rollout_canary(c, r, &wave));

	p->metric += by;
	if (p->metric >= count)
		p->metric = count - 1;
	if (p->metric < 0)
		p->metric = 0;
}
