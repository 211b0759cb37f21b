/* calendar.c - rows of the calendar, and what they say about a time. */
#include "tui/calendar.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/zone.h"
#include "tui/record.h"
#include "wire/json.h"

#define DAY_S 86400

static const char *const kind_names[CALENDAR_KIND_COUNT] = {
	"window", "freeze", "holiday", "hold", "change", "rollout"};

static void
row_finish(struct calendar_row *r)
{
	char *texts[] = {r->id, r->name, r->env, r->state, r->service,
		r->version, r->running, r->reason};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++)
		free(texts[i]);
}

void
calendar_clear(struct calendar *cal)
{
	size_t i;

	for (i = 0; i < cal->count; i++)
		row_finish(&cal->rows[i]);
	cal->count = 0;
	cal->has_windows = false;
}

void
calendar_finish(struct calendar *cal)
{
	calendar_clear(cal);
	free(cal->rows);
	memset(cal, 0, sizeof(*cal));
}

static int
kind_of(const json_t *o)
{
	const char *word = json_get_string(o, "kind", "");
	int k;

	for (k = 0; k < CALENDAR_KIND_COUNT; k++)
		if (strcmp(kind_names[k], word) == 0)
			return k;
	return -1;
}

static void
add_row(struct calendar *cal, const json_t *o, enum calendar_kind kind)
{
	int64_t end = record_time(o, "ends_at");
	struct calendar_row *r;

	ARRAY_GROW(cal->rows, cal->count, cal->capacity);
	r = &cal->rows[cal->count++];
	*r = (struct calendar_row){
		.kind = kind,
		.id = record_text(o, "id"),
		.name = record_text(o, "name"),
		.env = record_text(o, "env"),
		.state = record_text(o, "state"),
		.service = record_text(o, "service"),
		.version = record_text(o, "version"),
		.running = record_text(
			o, kind == CALENDAR_WINDOW ? "at_close" : "running"),
		.reason = record_text(o, "reason"),
		.starts_at = record_time(o, "starts_at"),
		.ends_at = end > 0 ? end : CALENDAR_OPEN_END,
		.is_soft =
			strcmp(json_get_string(o, "severity", ""), "soft") == 0,
	};
	cal->has_windows = cal->has_windows || kind == CALENDAR_WINDOW;
}

void
calendar_add(struct calendar *cal, const json_t *answer)
{
	const json_t *o;
	size_t i;

	json_array_foreach(json_object_get(answer, "items"), i, o)
	{
		int kind = kind_of(o);

		if (kind >= 0)
			add_row(cal, o, (enum calendar_kind)kind);
	}
}

bool
calendar_is_work(const struct calendar_row *r)
{
	return r->kind == CALENDAR_CHANGE || r->kind == CALENDAR_ROLLOUT;
}

bool
calendar_overlaps(const struct calendar_row *r, int64_t from, int64_t to)
{
	return r->starts_at < to && r->ends_at > from;
}

enum calendar_shade
calendar_shade(const struct calendar *cal, int64_t from, int64_t to)
{
	enum calendar_shade shade =
		cal->has_windows ? SHADE_CLOSED : SHADE_OPEN;
	size_t i;

	for (i = 0; i < cal->count; i++) {
		const struct calendar_row *r = &cal->rows[i];
		enum calendar_shade own = SHADE_CLOSED;

		if (r->starts_at >= to)
			break;
		if (calendar_is_work(r) || !calendar_overlaps(r, from, to))
			continue;
		if (r->kind == CALENDAR_WINDOW)
			own = SHADE_OPEN;
		else if (r->kind == CALENDAR_HOLIDAY)
			own = SHADE_HOLIDAY;
		else if (r->kind == CALENDAR_HOLD)
			own = SHADE_STOPPED;
		else
			own = r->is_soft ? SHADE_SOFT : SHADE_HARD;
		if (own > shade)
			shade = own;
	}
	return shade;
}

const struct calendar_row *
calendar_next_work(const struct calendar *cal, size_t *i, int64_t from,
	int64_t to, bool clashes)
{
	for (; *i < cal->count; (*i)++) {
		const struct calendar_row *r = &cal->rows[*i];

		if (r->starts_at >= to)
			break;
		if (!calendar_is_work(r) || r->starts_at < from ||
			(clashes && !r->has_clash && !r->is_frozen))
			continue;
		(*i)++;
		return r;
	}
	return NULL;
}

size_t
calendar_count_work(
	const struct calendar *cal, int64_t from, int64_t to, bool clashes)
{
	size_t i = 0, n = 0;

	while (calendar_next_work(cal, &i, from, to, clashes) != NULL)
		n++;
	return n;
}

/* --- clocks --- */

/* Times are in UTC, or by the rules that the C library has now. */
static void
enter(struct zone_scope *scope, bool utc)
{
	if (utc)
		zone_enter(scope, NULL);
}

static void
leave(struct zone_scope *scope, bool utc)
{
	if (utc)
		zone_leave(scope);
}

static int64_t
floor_day(int64_t local)
{
	return local - ((local % DAY_S) + DAY_S) % DAY_S;
}

int64_t
calendar_day(int64_t at, bool utc)
{
	struct zone_scope scope;
	int64_t day;

	enter(&scope, utc);
	day = zone_resolve(floor_day(zone_local(at)));
	leave(&scope, utc);
	return day;
}

int64_t
calendar_day_add(int64_t day, int by, bool utc)
{
	struct zone_scope scope;
	int64_t other;

	enter(&scope, utc);
	other = zone_resolve(floor_day(zone_local(day)) + (int64_t)by * DAY_S);
	leave(&scope, utc);
	return other;
}

int64_t
calendar_clock(int64_t day, int second, bool again, bool utc)
{
	struct zone_scope scope;
	int64_t local, at, change;
	enum zone_edge edge;

	enter(&scope, utc);
	local = floor_day(zone_local(day)) + second;
	edge = zone_edge(local);
	at = zone_resolve(local);
	if (edge == ZONE_NEVER || (again && edge != ZONE_TWICE)) {
		at = -1;
	} else if (again) {
		change = zone_next_change(at, at + DAY_S);
		at += zone_offset(at) - zone_offset(change);
	}
	leave(&scope, utc);
	return at;
}

void
calendar_tm(int64_t at, bool utc, struct tm *ret)
{
	time_t t = (time_t)at;

	if (utc)
		gmtime_r(&t, ret);
	else
		localtime_r(&t, ret);
}

void
calendar_clock_words(int64_t day, bool utc, struct strbuf *out)
{
	int64_t end = calendar_day_add(day, 1, utc), change, before, after;
	struct zone_scope scope;
	struct tm a, b;

	enter(&scope, utc);
	change = zone_next_change(day, end);
	before = change < end ? zone_offset(change - 1) : 0;
	after = change < end ? zone_offset(change) : 0;
	leave(&scope, utc);
	if (change >= end || before == after)
		return;
	/* What the clocks would show, and what they do. */
	calendar_tm(change, utc, &b);
	calendar_tm(change - 1, utc, &a);
	if (before > after)
		strbuf_addf(out,
			"clocks go back: %02d:%02d to %02d:%02d "
			"happens twice",
			b.tm_hour, b.tm_min,
			(a.tm_hour + (a.tm_min == 59)) % 24,
			a.tm_min == 59 ? 0 : a.tm_min + 1);
	else
		strbuf_addf(out,
			"clocks go forward: %02d:%02d to %02d:%02d "
			"does not exist",
			(a.tm_hour + (a.tm_min == 59)) % 24,
			a.tm_min == 59 ? 0 : a.tm_min + 1, b.tm_hour, b.tm_min);
}
