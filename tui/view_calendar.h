/*
 * view_calendar.h - the calendar's three faces over one cursor: a month of
 * days, a week of hours, a list. What they share.
 */
#ifndef SLUICE_TUI_VIEW_CALENDAR_H
#define SLUICE_TUI_VIEW_CALENDAR_H

#include "tui/calendar.h"
#include "tui/view.h"

enum calendar_face { FACE_MONTH, FACE_WEEK, FACE_AGENDA };

/* What is painted, and with what. */
struct sheet_of_days {
	struct console *c;
	struct place *p;
	struct canvas *canvas;
	const struct calendar *cal;
	int64_t now, day; /* the day of the cursor */
	bool utc, clashes;
};

/* The rows of [from, to) in the layer that is chosen; borrowed until the next
 * call. */
const struct calendar *calendar_rows(
	struct console *c, struct place *p, int64_t from, int64_t to);

/* The row of the cursor: a change, rollout, freeze, window ... or NULL. */
const struct calendar_row *calendar_selected(
	struct console *c, struct place *p);

/* Rows in the order in which the page below the grid lists them: work that
 * begins in [from, to), then freezes, holidays and stopped lines that hold in
 * it, then windows. i: from 0 on; NULL at the end. */
const struct calendar_row *calendar_listed(const struct calendar *cal,
	size_t *i, int64_t from, int64_t to, bool clashes);

const char *calendar_shade_glyph(
	const struct console *c, enum calendar_shade s);
enum style_role calendar_shade_role(enum calendar_shade s);

/* "08:00-09:05 web-api 4.2.0 PROD waiting approval 2/3": one row in words. */
void calendar_row_text(struct console *c, const struct calendar_row *r,
	bool narrow, struct strbuf *out);
enum style_role calendar_row_role(const struct calendar_row *r);

/* The seconds of the cursor's slot within its day; whether it is the second
 * time the clocks show it. */
int calendar_slot(const struct place *p, bool *ret_again);

/* What the cursor's slot is: from its begin to its end. */
void calendar_slot_range(struct console *c, const struct place *p,
	int64_t *ret_from, int64_t *ret_to);

void month_paint(const struct sheet_of_days *s, struct rect r);
void week_paint(const struct sheet_of_days *s, struct rect r);
void agenda_paint(const struct sheet_of_days *s, struct rect r);

/* The rule and the list of what the cursor is on; uses all of r. */
void calendar_paint_list(const struct sheet_of_days *s, struct rect r,
	const char *title, int64_t from, int64_t to);

#endif
