/*
 * calendar.h - the console's calendar: rows of the engine over a range of
 * days, and what they say about any stretch of time.
 */
#ifndef SLUICE_TUI_CALENDAR_H
#define SLUICE_TUI_CALENDAR_H

#include <jansson.h>

#include "base/base.h"

#define CALENDAR_OPEN_END INT64_MAX

enum calendar_kind {
	CALENDAR_WINDOW,
	CALENDAR_FREEZE,
	CALENDAR_HOLIDAY,
	CALENDAR_HOLD, /* a stopped line */
	CALENDAR_CHANGE,
	CALENDAR_ROLLOUT,
	CALENDAR_KIND_COUNT
};

struct calendar_row {
	enum calendar_kind kind;
	char *id, *name, *env, *state, *service, *version, *running, *reason;
	int64_t starts_at, ends_at; /* half-open */
	bool is_soft;		    /* a freeze that needs one more yes */
	bool has_clash, is_frozen;  /* a change, by its conflicts */
};

struct calendar {
	struct calendar_row *rows; /* by start */
	size_t count, capacity;
	bool has_windows; /* some window is in sight */
};

void calendar_finish(struct calendar *cal);
void calendar_clear(struct calendar *cal);

/* Adds the rows of one answer of calendar.ls; what it does not know is left
 * out. */
void calendar_add(struct calendar *cal, const json_t *answer);

bool calendar_is_work(const struct calendar_row *r); /* change or rollout */
bool calendar_overlaps(const struct calendar_row *r, int64_t from, int64_t to);

/* What holds in [from, to), the strongest: a stopped line, a hard freeze, a
 * soft one, a holiday, a window, or nothing: a character of shades. */
enum calendar_shade {
	SHADE_CLOSED,
	SHADE_OPEN,
	SHADE_HOLIDAY,
	SHADE_SOFT,
	SHADE_HARD,
	SHADE_STOPPED,
	SHADE_COUNT
};
enum calendar_shade calendar_shade(
	const struct calendar *cal, int64_t from, int64_t to);

/* The next change or rollout that begins in [from, to), from index i on; NULL
 * at the end. With clashes only those that have one. */
const struct calendar_row *calendar_next_work(const struct calendar *cal,
	size_t *i, int64_t from, int64_t to, bool clashes);
size_t calendar_count_work(
	const struct calendar *cal, int64_t from, int64_t to, bool clashes);

/* --- days and hours of the zone that is shown (console_zone) --- */

/* The instant at which the day of at begins, and that of by days later. */
int64_t calendar_day(int64_t at, bool utc);
int64_t calendar_day_add(int64_t day, int by, bool utc);

/* The instant of the first and the second time the clocks show that second
 * of the day; -1 where they never or only once do. */
int64_t calendar_clock(int64_t day, int second, bool again, bool utc);

/* Year, month and so on of an instant. */
struct tm;
void calendar_tm(int64_t at, bool utc, struct tm *ret);

/* "clocks go back: 02:00 to 03:00 comes twice", or "" on other days. */
void calendar_clock_words(int64_t day, bool utc, struct strbuf *out);

#endif
