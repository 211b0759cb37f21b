/*
 * view_home_ahead.c - what comes on Home: the next 24 hours of the
 * environments as a strip, what starts in them, and the rules ahead.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tui/view_calendar.h"
#include "tui/view_home.h"

#define HOUR_S 3600
#define DAY_S 86400
#define AHEAD_DAYS 8
#define LABEL_W 7
#define ENVS_MOST 3
#define RULES_MOST 2

struct ahead {
	struct console *c;
	struct canvas *canvas;
	const struct calendar *cal;
	int64_t now, from; /* from: the full hour */
	struct rect r;	   /* of the strip alone */
};

/* --- what there is --- */

static bool
is_rule(const struct calendar_row *row, int64_t now)
{
	return (row->kind == CALENDAR_FREEZE || row->kind == CALENDAR_HOLIDAY ||
		       row->kind == CALENDAR_HOLD) &&
	       row->ends_at > now;
}

/* A period of several environments has a row for each: the first stands for
 * all. */
static bool
is_first(const struct calendar *cal, const struct calendar_row *row)
{
	const struct calendar_row *r;

	for (r = cal->rows; r < row; r++)
		if (r->kind == row->kind && r->starts_at == row->starts_at &&
			strcmp(r->id, row->id) == 0)
			return false;
	return true;
}

static size_t
find_rules(const struct ahead *a, const struct calendar_row *rules[RULES_MOST])
{
	size_t n = 0, i;

	for (i = 0; i < a->cal->count && n < RULES_MOST; i++)
		if (is_rule(&a->cal->rows[i], a->now) &&
			is_first(a->cal, &a->cal->rows[i]))
			rules[n++] = &a->cal->rows[i];
	return n;
}

static size_t
find_envs(const struct ahead *a, const char *envs[ENVS_MOST])
{
	size_t n = 0, i, k;

	for (i = 0; i < a->cal->count && n < ENVS_MOST; i++) {
		const struct calendar_row *row = &a->cal->rows[i];

		if (row->env[0] == '\0' ||
			!calendar_overlaps(row, a->now, a->from + DAY_S))
			continue;
		for (k = 0; k < n && strcmp(envs[k], row->env) != 0; k++)
			;
		if (k == n)
			envs[n++] = row->env;
	}
	return n;
}

static const struct calendar_row *
next_start(const struct ahead *a, size_t *i)
{
	const struct calendar_row *row;

	while ((row = calendar_next_work(a->cal, i, a->now, a->from + DAY_S,
			false)) != NULL)
		if (row->kind == CALENDAR_CHANGE)
			return row;
	return NULL;
}

/* --- the strip --- */

/* The strongest that holds for an environment. */
static enum calendar_shade
shade_of(const struct calendar *cal, const char *env, int64_t from, int64_t to)
{
	static const enum calendar_shade shades[CALENDAR_KIND_COUNT] = {
		[CALENDAR_WINDOW] = SHADE_OPEN,
		[CALENDAR_FREEZE] = SHADE_HARD,
		[CALENDAR_HOLIDAY] = SHADE_HOLIDAY,
		[CALENDAR_HOLD] = SHADE_STOPPED};
	enum calendar_shade shade = SHADE_CLOSED;
	size_t i;

	for (i = 0; i < cal->count; i++) {
		const struct calendar_row *r = &cal->rows[i];
		enum calendar_shade of = shades[r->kind];

		if (calendar_is_work(r) || strcmp(r->env, env) != 0 ||
			!calendar_overlaps(r, from, to))
			continue;
		of = of == SHADE_HARD && r->is_soft ? SHADE_SOFT : of;
		shade = of > shade ? of : shade;
	}
	return shade;
}

static int64_t
time_of(const struct ahead *a, int x)
{
	return a->from + (int64_t)DAY_S * x / a->r.w;
}

static void
paint_ruler(const struct ahead *a, int y)
{
	int every = a->r.w >= 66 ? 2 : 4, x, last = -1, end = 0;
	struct tm tm;

	for (x = 0; x < a->r.w; x++) {
		calendar_tm(time_of(a, x), a->c->utc, &tm);
		if (tm.tm_hour != last && tm.tm_hour % every == 0 && x >= end) {
			canvas_putf(a->canvas, y, a->r.x + x, a->r.w - x,
				STYLE_UI_DIM, "%02d", tm.tm_hour);
			end = x + 3;
		}
		last = tm.tm_hour;
	}
}

static void
paint_env(const struct ahead *a, int y, const char *env)
{
	int x;

	canvas_put_name(a->canvas, y, a->r.x - LABEL_W, LABEL_W - 1,
		STYLE_UI_TEXT, env);
	for (x = 0; x < a->r.w; x++) {
		enum calendar_shade s = shade_of(
			a->cal, env, time_of(a, x), time_of(a, x + 1));

		canvas_put(a->canvas, y, a->r.x + x, 1, calendar_shade_role(s),
			calendar_shade_glyph(a->c, s));
	}
}

/* "^shop 17:00" where it starts; what would stand on another is left out. */
static void
paint_starts(const struct ahead *a, int y)
{
	const struct calendar_row *row;
	struct strbuf when;
	int end = 0;
	size_t i = 0;

	canvas_put(a->canvas, y, a->r.x - LABEL_W, LABEL_W, STYLE_UI_TEXT,
		"starts");
	strbuf_init(&when);
	while ((row = next_start(a, &i)) != NULL) {
		int x = (int)((row->starts_at - a->from) * a->r.w / DAY_S);

		if (x < end || x >= a->r.w)
			continue;
		strbuf_clear(&when);
		console_time(a->c, row->starts_at, &when);
		end = x + 1 +
		      canvas_putf(a->canvas, y, a->r.x + x, a->r.w - x,
			      row->has_clash || row->is_frozen
				      ? STYLE_CALENDAR_CLASH
				      : STYLE_CALENDAR_PLANNED,
			      "%s%s %.5s",
			      glyph(&a->c->glyphs, GLYPH_MARK_UP), row->service,
			      when.len > 8 ? when.buf + 7 : when.buf);
	}
	strbuf_finish(&when);
}

/* --- words --- */

static const char *
rule_kind(const struct calendar_row *row)
{
	return row->kind == CALENDAR_HOLIDAY ? "holiday"
	       : row->kind == CALENDAR_HOLD  ? "line stopped"
	       : row->is_soft		     ? "soft freeze"
					     : "freeze";
}

/* "// freeze year-end, prod: in force until 30 Nov 06:00" */
static void
rule_text(const struct ahead *a, const struct calendar_row *row,
	struct strbuf *out)
{
	strbuf_addf(out, "%s %s%s%s", rule_kind(row),
		row->kind == CALENDAR_HOLD ? "" : row->name,
		row->kind == CALENDAR_HOLD ? "" : ", ", row->env);
	if (row->starts_at > a->now) {
		strbuf_adds(out, ": from ");
		console_time(a->c, row->starts_at, out);
		strbuf_adds(out, ", ");
		view_ago(a->now - row->starts_at, out);
	} else if (row->ends_at == CALENDAR_OPEN_END) {
		strbuf_adds(out, ": until somebody ends it");
	} else {
		strbuf_adds(out, ": in force until ");
		console_time(a->c, row->ends_at, out);
	}
	if (row->is_soft)
		strbuf_adds(out, "; needs one more yes");
}

static void
paint_rule(const struct ahead *a, int y, int x, int w,
	const struct calendar_row *row)
{
	enum calendar_shade s =
		row->kind == CALENDAR_HOLIDAY ? SHADE_HOLIDAY
		: row->kind == CALENDAR_HOLD  ? SHADE_STOPPED
		: row->is_soft		      ? SHADE_SOFT
					      : SHADE_HARD;
	const char *shade = calendar_shade_glyph(a->c, s);
	struct strbuf text;

	strbuf_init(&text);
	rule_text(a, row, &text);
	canvas_putf(a->canvas, y, x, w, calendar_shade_role(s), "%s%s %s",
		shade, shade, text.buf);
	strbuf_finish(&text);
}

/* --- both sizes --- */

/* One line of what starts next, one of the next rule. */
static int
paint_narrow(struct ahead *a, struct rect r)
{
	const struct calendar_row *rules[RULES_MOST], *start;
	size_t i = 0, n = find_rules(a, rules);
	struct strbuf when;
	int lines, y;

	start = next_start(a, &i);
	lines = (start != NULL) + (n > 0);
	if (lines == 0 || r.h < 10)
		return 0;
	y = r.y + r.h - lines;
	canvas_blank(a->canvas, (struct rect){y, r.x, lines, r.w},
		STYLE_UI_TEXT);
	strbuf_init(&when);
	if (start != NULL) {
		console_time(a->c, start->starts_at, &when);
		canvas_putf(a->canvas, y++, r.x, r.w, STYLE_CALENDAR_PLANNED,
			"next %s %s %s", start->id, start->service, when.buf);
	}
	if (n > 0)
		paint_rule(a, y, r.x, r.w, rules[0]);
	strbuf_finish(&when);
	return lines;
}

static int
paint_wide(struct ahead *a, struct rect r)
{
	const struct calendar_row *rules[RULES_MOST];
	const char *envs[ENVS_MOST];
	size_t rule_count = find_rules(a, rules), i;
	size_t env_count = find_envs(a, envs);
	int lines = 3 + (int)(env_count + rule_count), y = r.y + r.h - lines;
	char now[32];
	struct tm tm;

	canvas_blank(a->canvas, (struct rect){y, r.x, lines, r.w},
		STYLE_UI_TEXT);
	calendar_tm(a->now, a->c->utc, &tm);
	snprintf(now, sizeof(now), "now %02d:%02d %.10s", tm.tm_hour, tm.tm_min,
		console_zone_word(a->c, a->now));
	view_rule(a->c, a->canvas, y++, r, false, "NEXT 24 H", now);
	a->r = (struct rect){y, r.x + LABEL_W + 1, 1, r.w - LABEL_W - 2};
	paint_ruler(a, y++);
	for (i = 0; i < env_count; i++)
		paint_env(a, y++, envs[i]);
	paint_starts(a, y++);
	for (i = 0; i < rule_count; i++)
		paint_rule(a, y++, r.x + 1, r.w - 1, rules[i]);
	return lines;
}

int
home_ahead_paint(struct console *c, struct place *p, struct canvas *canvas,
	struct rect r)
{
	struct ahead a = {.c = c,
		.canvas = canvas,
		.now = clock_wall_ms(c->clock) / 1000};

	/* The first frame is what it needs to be and no more. */
	if (!c->settled)
		return 0;
	a.from = a.now - a.now % HOUR_S;
	a.cal = calendar_rows(c, p, a.from, a.from + AHEAD_DAYS * DAY_S);
	if (a.cal->count == 0)
		return 0;
	if (r.w < 60 || r.h < 16)
		return paint_narrow(&a, r);
	return paint_wide(&a, r);
}
