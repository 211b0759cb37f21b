/* view_calendar_agenda.c - the calendar as a list: days with what is planned
 * on them, what forbids and what allows. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tui/view_calendar.h"

#define AGENDA_DAYS 31

/* The same order as the one that the cursor counts in. */
static void
paint_entry(const struct sheet_of_days *s, const struct calendar_row *row,
	int y, struct rect r, bool on)
{
	char day[32];
	struct tm tm;
	struct strbuf text;
	int x = r.x + 2;

	calendar_tm(row->starts_at, s->utc, &tm);
	strftime(day, sizeof(day), r.w < 60 ? "%d %b " : "%a %d %b  ", &tm);
	strbuf_init(&text);
	calendar_row_text(s->c, row, r.w < 60, &text);
	if (on) {
		canvas_put(s->canvas, y, r.x, 1, STYLE_UI_TEXT,
			glyph(&s->c->glyphs, GLYPH_MARK_CURSOR));
		canvas_cursor(s->canvas, y, r.x);
	}
	x += canvas_put(s->canvas, y, x, r.w, STYLE_UI_DIM, day);
	canvas_put(s->canvas, y, x, r.x + r.w - x, calendar_row_role(row),
		text.buf);
	strbuf_finish(&text);
}

void
agenda_paint(const struct sheet_of_days *s, struct rect r)
{
	int64_t end = calendar_day_add(s->day, AGENDA_DAYS, s->utc);
	int y = r.y + 1, n = 0, skip;
	const struct calendar_row *row;
	char title[80], from[32], zone[16];
	const char *later;
	struct tm tm;
	size_t i = 0;

	calendar_tm(s->day, s->utc, &tm);
	strftime(from, sizeof(from), "%a %d %b", &tm);
	snprintf(zone, sizeof(zone), "%s", console_zone_word(s->c, s->day));
	later = console_zone_word(s->c, end);
	snprintf(title, sizeof(title), "from %s, %d days, %s%s%s", from,
		AGENDA_DAYS, zone, strcmp(zone, later) != 0 ? " and " : "",
		strcmp(zone, later) != 0 ? later : "");
	view_rule(s->c, s->canvas, r.y, r, true, title,
		s->clashes ? "clashes" : NULL);
	skip = s->p->item >= r.h - 1 ? s->p->item - r.h + 2 : 0;
	while (y < r.y + r.h && (row = calendar_listed(s->cal, &i, s->day, end,
					 s->clashes)) != NULL) {
		bool on = n == s->p->item;

		if (n++ < skip)
			continue;
		paint_entry(s, row, y++, r, on);
	}
	if (n == 0)
		canvas_put(s->canvas, y, r.x + 2, r.w - 2, STYLE_UI_DIM,
			s->clashes ? "no clash; f shows everything"
				   : "nothing is planned; + plans a change");
}
