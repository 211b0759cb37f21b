/*
 * view_calendar_week.c - a week as a grid of hours. A row is what the clocks
 * show: an hour that comes twice on one of the days has two rows, one that
 * never comes is crossed out on its day.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tui/states.h"
#include "tui/view_calendar.h"

#define DAYS 7
#define HOURS 24
#define ROWS_MAX (HOURS + DAYS)

struct week_row {
	int second; /* of the day */
	bool again;
};

struct week {
	const struct sheet_of_days *s;
	int64_t days[DAYS + 1];
	struct week_row rows[ROWS_MAX];
	int count, top, shown, left, cell, first_day, day_count;
};

/* An hour has a second row where some day of the week has it twice. */
static void
make_rows(struct week *w)
{
	int h, d;

	for (h = 0; h < HOURS; h++) {
		bool twice = false;

		w->rows[w->count++] = (struct week_row){h * 3600, false};
		for (d = 0; d < DAYS; d++)
			if (calendar_clock(
				    w->days[d], h * 3600, true, w->s->utc) >= 0)
				twice = true;
		if (twice)
			w->rows[w->count++] = (struct week_row){h * 3600, true};
	}
}

static void
lay_out(struct week *w, struct rect r)
{
	const struct sheet_of_days *s = w->s;
	int detail = r.w < 60 ? 3 : 5, i, cursor = 0, wday;
	bool again;
	int slot = calendar_slot(s->p, &again);
	struct tm tm;

	calendar_tm(s->day, s->utc, &tm);
	wday = (tm.tm_wday + 6) % 7;
	for (i = 0; i <= DAYS; i++)
		w->days[i] = calendar_day_add(s->day, i - wday, s->utc);
	make_rows(w);
	/* A narrow screen has three days around the cursor. */
	w->day_count = r.w < 60 ? 3 : DAYS;
	w->first_day = r.w < 60 ? (wday < 2 ? 0 : wday > 4 ? 4 : wday - 1) : 0;
	w->left = 7;
	w->cell = (r.w - w->left) / w->day_count;
	w->shown = r.h - 1 - detail;
	w->shown = w->shown > w->count ? w->count : w->shown;
	for (i = 0; i < w->count; i++)
		if (w->rows[i].second == slot && w->rows[i].again == again)
			cursor = i;
	/* The working day is what is seen first. */
	w->top = 8 - (w->shown > 12 ? 2 : 0);
	if (cursor < w->top)
		w->top = cursor;
	if (cursor >= w->top + w->shown)
		w->top = cursor + 1 - w->shown;
	if (w->top + w->shown > w->count)
		w->top = w->count - w->shown;
}

static void
paint_titles(const struct week *w, struct rect r)
{
	const struct sheet_of_days *s = w->s;
	char text[40];
	struct tm tm;
	int d;

	canvas_put(s->canvas, r.y, r.x + 1, w->left - 2, STYLE_UI_DIM,
		console_zone_word(s->c, s->day));
	for (d = 0; d < w->day_count; d++) {
		int64_t day = w->days[w->first_day + d];
		bool today =
			s->now >= day && s->now < w->days[w->first_day + d + 1];

		calendar_tm(day, s->utc, &tm);
		strftime(text, sizeof(text), today ? "%a %d *" : "%a %d", &tm);
		canvas_put(s->canvas, r.y, r.x + w->left + d * w->cell,
			w->cell - 1,
			today ? STYLE_CALENDAR_TODAY : STYLE_UI_DIM, text);
	}
}

/* The stretch of a row on a day; false: the clocks never show it. */
static bool
slot_range(const struct week *w, int d, const struct week_row *row,
	int64_t *ret_from, int64_t *ret_to)
{
	int64_t at =
		calendar_clock(w->days[d], row->second, row->again, w->s->utc);
	int64_t next;

	if (at < 0)
		return false;
	*ret_from = at;
	/* Half-hour changes of the clock: up to what the clocks show next. */
	next = row->second + 3600 < HOURS * 3600
		       ? calendar_clock(w->days[d], row->second + 3600, false,
				 w->s->utc)
		       : w->days[d + 1];
	if (!row->again &&
		calendar_clock(w->days[d], row->second, true, w->s->utc) >= 0)
		next = calendar_clock(w->days[d], row->second, true, w->s->utc);
	*ret_to = next > at ? next : at + 3600;
	return true;
}

static char
mark_of(const struct calendar_row *r, int64_t now)
{
	if (r->kind == CALENDAR_ROLLOUT)
		return r->ends_at > now ? '>' : ' ';
	return strcmp(r->state, "scheduled") == 0 ||
			       strcmp(r->state, "approved") == 0
		       ? '+'
	       : strcmp(r->state, "draft") == 0 ? '-'
						: '?';
}

/* What begins here by name, what goes on as a bar. */
static void
paint_work(const struct week *w, int64_t from, int64_t to, struct rect cell)
{
	const struct sheet_of_days *s = w->s;
	const struct calendar_row *first;
	size_t i = 0, k, n = calendar_count_work(s->cal, from, to, s->clashes);
	char text[80];

	first = calendar_next_work(s->cal, &i, from, to, s->clashes);
	if (first != NULL) {
		snprintf(text, sizeof(text), n > 1 ? "%c%.40s +%zu" : "%c%.40s",
			first->is_frozen   ? '!'
			: first->has_clash ? '!'
					   : mark_of(first, s->now),
			first->service, n - 1);
		canvas_put(s->canvas, cell.y, cell.x, cell.w - 1,
			calendar_row_role(first), text);
		return;
	}
	for (k = 0; k < s->cal->count; k++) {
		const struct calendar_row *r = &s->cal->rows[k];

		if (calendar_is_work(r) && calendar_overlaps(r, from, to) &&
			(!s->clashes || r->has_clash)) {
			canvas_put(s->canvas, cell.y, cell.x, 1,
				calendar_row_role(r), "|");
			return;
		}
	}
}

static void
paint_cell(const struct week *w, int d, const struct week_row *row,
	struct rect cell)
{
	const struct sheet_of_days *s = w->s;
	enum calendar_shade shade;
	int64_t from, to;

	if (!slot_range(w, d, row, &from, &to)) {
		if (!row->again)
			canvas_put(s->canvas, cell.y, cell.x, cell.w - 1,
				STYLE_UI_DIM, "never");
		return;
	}
	shade = calendar_shade(s->cal, from, to);
	if (shade == SHADE_OPEN && s->cal->has_windows)
		canvas_put(s->canvas, cell.y, cell.x + 1, 1,
			calendar_shade_role(shade),
			calendar_shade_glyph(s->c, shade));
	else if (shade != SHADE_CLOSED && shade != SHADE_OPEN)
		canvas_fill(s->canvas, cell.y, cell.x, cell.w - 1,
			calendar_shade_role(shade),
			calendar_shade_glyph(s->c, shade));
	paint_work(w, from, to, cell);
}

static void
paint_label(
	const struct week *w, const struct week_row *row, int y, struct rect r)
{
	const struct sheet_of_days *s = w->s;
	bool is_now = false;
	int64_t from, to;
	struct tm tm;
	char text[32];
	int d;

	for (d = 0; d < DAYS; d++)
		if (slot_range(w, d, row, &from, &to) && s->now >= from &&
			s->now < to)
			is_now = true;
	calendar_tm(s->now, s->utc, &tm);
	if (is_now)
		snprintf(text, sizeof(text), ">%02d:%02d", tm.tm_hour,
			tm.tm_min);
	else
		snprintf(text, sizeof(text), " %02d:00%s", row->second / 3600,
			row->again ? "+" : "");
	canvas_put(s->canvas, y, r.x, w->left - 1,
		is_now ? STYLE_CALENDAR_NOW : STYLE_UI_DIM, text);
}

static void
paint_rows(const struct week *w, struct rect r)
{
	const struct sheet_of_days *s = w->s;
	bool again;
	int slot = calendar_slot(s->p, &again), i, d;

	for (i = 0; i < w->shown; i++) {
		const struct week_row *row = &w->rows[w->top + i];
		int y = r.y + 1 + i;

		paint_label(w, row, y, r);
		for (d = 0; d < w->day_count; d++) {
			struct rect cell = {
				y, r.x + w->left + d * w->cell, 1, w->cell};

			paint_cell(w, w->first_day + d, row, cell);
			if (w->days[w->first_day + d] != s->day ||
				row->second != slot || row->again != again)
				continue;
			canvas_put(s->canvas, y, cell.x - 1, 1,
				STYLE_CALENDAR_CURSOR,
				glyph(&s->c->glyphs, GLYPH_MARK_CURSOR));
			canvas_cursor(s->canvas, y, cell.x - 1);
		}
	}
}

void
week_paint(const struct sheet_of_days *s, struct rect r)
{
	struct week w = {.s = s};
	struct rect list = r;
	struct strbuf title;
	int64_t from, to;
	struct tm tm;
	char day[40];
	bool again;
	int slot = calendar_slot(s->p, &again);

	lay_out(&w, r);
	paint_titles(&w, r);
	paint_rows(&w, r);
	calendar_slot_range(s->c, s->p, &from, &to);
	calendar_tm(s->day, s->utc, &tm);
	strftime(day, sizeof(day), "%a %d %b", &tm);
	strbuf_init(&title);
	strbuf_addf(&title, "%s %02d:00%s%s", day, slot / 3600,
		again ? " (the second time)" : "",
		from == to ? " does not exist" : "");
	if (r.w >= 60) {
		struct strbuf clocks;

		strbuf_init(&clocks);
		calendar_clock_words(s->day, s->utc, &clocks);
		if (clocks.len > 0)
			strbuf_addf(&title, "  %s", clocks.buf);
		strbuf_finish(&clocks);
	}
	list.y = r.y + 1 + w.shown;
	list.h = r.y + r.h - list.y - (r.w < 60 ? 0 : 1);
	calendar_paint_list(s, list, title.buf, from, to);
	if (r.w >= 60)
		canvas_put(s->canvas, r.y + r.h - 1, r.x + 1, r.w - 1,
			STYLE_UI_DIM,
			r.w < 80 ? "/ freeze : soft # stopped ? waiting "
				   "+ approved ! clash"
				 : ". open / freeze : soft ~ holiday # stopped "
				   "? waiting + approved > live ! clash");
	strbuf_finish(&title);
}
