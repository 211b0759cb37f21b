/*
 * view_calendar_month.c - a month as a grid of days: each cell is shaded by
 * the time of day that is closed, counts what is planned and names it.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tui/states.h"
#include "tui/view_calendar.h"

#define DAYS 7
#define WEEKS 6

struct month {
	const struct sheet_of_days *s;
	int64_t first; /* the Monday of the first week */
	int month;     /* tm_mon of the cursor */
	int left, cell, lines, weeks;
};

static const char *const day_names[] = {
	"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

static void
lay_out(struct month *m, struct rect r)
{
	const struct sheet_of_days *s = m->s;
	int64_t first;
	int detail = r.w < 60 ? 4 : 6;
	struct tm tm;

	calendar_tm(s->day, s->utc, &tm);
	m->month = tm.tm_mon;
	first = calendar_day_add(s->day, 1 - tm.tm_mday, s->utc);
	calendar_tm(first, s->utc, &tm);
	m->first = calendar_day_add(first, -((tm.tm_wday + 6) % 7), s->utc);
	calendar_tm(calendar_day_add(m->first, 35, s->utc), s->utc, &tm);
	m->weeks = tm.tm_mon == m->month ? WEEKS : WEEKS - 1;
	m->left = r.w < 60 ? 0 : 4;
	m->cell = (r.w - m->left) / DAYS;
	m->lines = (r.h - 1 - detail) / m->weeks;
	m->lines = m->lines < 1 ? 1 : m->lines > 5 ? 5 : m->lines;
}

static void
paint_titles(const struct month *m, struct rect r)
{
	int i;

	if (m->left > 0)
		canvas_put(m->s->canvas, r.y, r.x + 1, 3, STYLE_UI_DIM, "wk");
	for (i = 0; i < DAYS; i++)
		canvas_put(m->s->canvas, r.y, r.x + m->left + i * m->cell + 1,
			m->cell - 1,
			i >= 5 ? STYLE_CALENDAR_WEEKEND : STYLE_UI_DIM,
			m->cell > 3 ? day_names[i] : "");
}

/* Every column of the cell is a stretch of the day. Windows are not drawn in
 * months: where there are any most days have one. */
static void
shade(const struct month *m, int64_t day, struct rect cell)
{
	int64_t end = calendar_day_add(day, 1, m->s->utc);
	int x, y, w = cell.w - 1;

	for (x = 0; x < w; x++) {
		int64_t from = day + (end - day) * x / w;
		int64_t to = day + (end - day) * (x + 1) / w;
		enum calendar_shade own = calendar_shade(m->s->cal, from, to);

		if (own == SHADE_OPEN || own == SHADE_CLOSED)
			continue;
		for (y = 0; y < cell.h; y++)
			canvas_put(m->s->canvas, cell.y + y, cell.x + 1 + x, 1,
				calendar_shade_role(own),
				calendar_shade_glyph(m->s->c, own));
	}
}

/* Whether a window opens on that day: a dot below the number. */
static bool
has_window(const struct month *m, int64_t day, int64_t end)
{
	size_t i;

	for (i = 0; i < m->s->cal->count; i++) {
		const struct calendar_row *r = &m->s->cal->rows[i];

		if (r->kind == CALENDAR_WINDOW && r->starts_at >= day &&
			r->starts_at < end)
			return true;
	}
	return false;
}

/* "", "!", "!!": something clashes; something stands in a freeze. */
static const char *
alarm_of(const struct month *m, int64_t day, int64_t end)
{
	const struct calendar_row *r;
	const char *mark = "";
	size_t i = 0;

	while ((r = calendar_next_work(m->s->cal, &i, day, end, true)) !=
		NULL) {
		if (r->is_frozen)
			return "!!";
		mark = "!";
	}
	return mark;
}

static void
paint_number(const struct month *m, int64_t day, int64_t end, struct rect cell)
{
	bool cursor = day == m->s->day;
	bool today = m->s->now >= day && m->s->now < end;
	size_t n = calendar_count_work(m->s->cal, day, end, m->s->clashes);
	struct tm tm;
	char text[40], count[24] = "";
	enum style_role role;

	calendar_tm(day, m->s->utc, &tm);
	role = cursor		       ? STYLE_CALENDAR_CURSOR
	       : today		       ? STYLE_CALENDAR_TODAY
	       : tm.tm_mon != m->month ? STYLE_CALENDAR_OTHER_MONTH
				       : STYLE_UI_TEXT;
	if (n > 0)
		snprintf(count, sizeof(count), " %zu%s", n,
			alarm_of(m, day, end));
	snprintf(text, sizeof(text),
		cursor	? ">%d<%s"
		: today ? "[%d]%s"
			: " %d%s",
		tm.tm_mday, count);
	canvas_put(m->s->canvas, cell.y, cell.x, cell.w, role, text);
	if (cursor)
		canvas_cursor(m->s->canvas, cell.y, cell.x);
}

static void
paint_names(const struct month *m, int64_t day, int64_t end, struct rect cell)
{
	const struct calendar_row *r;
	int y = cell.y + 1;
	size_t i = 0;

	if (cell.h > 1 && has_window(m, day, end) &&
		calendar_count_work(m->s->cal, day, end, m->s->clashes) == 0)
		canvas_put(m->s->canvas, y, cell.x + 1, 1,
			STYLE_CALENDAR_WINDOW, ".");
	while (y < cell.y + cell.h &&
		(r = calendar_next_work(
			 m->s->cal, &i, day, end, m->s->clashes)) != NULL) {
		struct strbuf name;

		strbuf_init(&name);
		strbuf_addf(&name, "%s%s", r->has_clash ? "!" : "", r->service);
		if (cell.w > 18)
			strbuf_addf(&name, " %s", r->version);
		if (r->kind == CALENDAR_ROLLOUT && r->ends_at > m->s->now &&
			r->starts_at <= m->s->now)
			strbuf_adds(&name, " >");
		canvas_put(m->s->canvas, y, cell.x + 1, cell.w - 2,
			calendar_row_role(r), name.buf);
		strbuf_finish(&name);
		y++;
	}
}

/* The first week that is seen where not all are: that of the cursor is. */
static int
first_seen(const struct month *m, int seen)
{
	int week = seen > 0 ? seen - 1 : 0;

	while (week + 1 < m->weeks &&
		calendar_day_add(m->first, 7 * (week + 1), m->s->utc) <=
			m->s->day)
		week++;
	return week + 1 - seen;
}

static void
paint_week(const struct month *m, int week, int y, struct rect r)
{
	int64_t day = calendar_day_add(m->first, 7 * week, m->s->utc);
	int i;
	char number[8];
	struct tm tm;

	calendar_tm(day, m->s->utc, &tm);
	strftime(number, sizeof(number), "%V", &tm);
	if (m->left > 0)
		canvas_put(m->s->canvas, y, r.x + 1, 2, STYLE_UI_DIM, number);
	for (i = 0; i < DAYS; i++) {
		int64_t end = calendar_day_add(day, 1, m->s->utc);
		struct rect cell = {
			y, r.x + m->left + i * m->cell, m->lines, m->cell};

		shade(m, day, cell);
		paint_number(m, day, end, cell);
		paint_names(m, day, end, cell);
		day = end;
	}
}

static const char *
legend(int width)
{
	if (width < 60)
		return "/ hard : soft ~ holiday # stopped";
	if (width < 78)
		return "/ hard : soft ~ holiday # stopped . window ! clash";
	return "/ hard freeze  : soft  ~ holiday  # line stopped  . window  "
	       "N changes  ! clash";
}

void
month_paint(const struct sheet_of_days *s, struct rect r)
{
	struct month m = {.s = s};
	int64_t end = calendar_day_add(s->day, 1, s->utc);
	struct rect list = r;
	struct strbuf title;
	struct tm tm;
	char day[40];
	int seen, week, top;

	lay_out(&m, r);
	paint_titles(&m, r);
	seen = m.lines > 0 ? (r.h - 1) / m.lines : 0;
	seen = seen < m.weeks ? seen : m.weeks;
	top = first_seen(&m, seen);
	for (week = 0; week < seen; week++)
		paint_week(&m, top + week, r.y + 1 + week * m.lines, r);
	calendar_tm(s->day, s->utc, &tm);
	strftime(day, sizeof(day), "%a %d %b", &tm);
	strbuf_init(&title);
	strbuf_adds(&title, day);
	calendar_clock_words(s->day, s->utc, &title);
	if (title.len > strlen(day)) {
		strbuf_clear(&title);
		strbuf_addf(&title, "%s: ", day);
		calendar_clock_words(s->day, s->utc, &title);
	}
	list.y = r.y + 1 + seen * m.lines;
	list.h = r.y + r.h - list.y - 1;
	if (list.h >= 0)
		canvas_put(s->canvas, r.y + r.h - 1, r.x + 1, r.w - 1,
			STYLE_UI_DIM, legend(r.w));
	if (list.h > 1)
		calendar_paint_list(s, list, title.buf, s->day, end);
	strbuf_finish(&title);
}
