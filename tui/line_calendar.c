/* line_calendar.c - the calendar as text: by day, as a month, as a week. Times
 * are those of the zone that the engine names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "base/zone.h"
#include "tui/line.h"
#include "wire/json.h"

#define DAY_S 86400
#define WEEK_DAYS 7
#define CELL 11 /* columns of a day in a month, 10 in a week */

static const char *const day_names[] = {
	"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
static const char *const month_names[] = {"Jan", "Feb", "Mar", "Apr", "May",
	"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct entry { /* of a row, read once */
	int64_t start, end; /* end 0: not in sight */
	const char *service; /* of a change or rollout, else "" */
	char shade;
};

struct calendar {
	struct line *l;
	json_t *rows;
	struct entry *entries;
	size_t count;
	const char *zone;
	int64_t from, to; /* local, see zone.h */
	int64_t today;	  /* local, its first second */
};

static const char *
str(const json_t *o, const char *key)
{
	return json_get_string(o, key, "");
}

static int64_t
time_of(const json_t *o, const char *key)
{
	int64_t at = 0;

	if (*str(o, key) != '\0')
		time_parse(str(o, key), NULL, 0, &at, NULL);
	return at;
}

/* ---- local days ---- */

struct day {
	int year, month, day; /* month from 1 */
	int weekday;	      /* 0: Monday */
};

static struct day
day_of(int64_t local)
{
	char text[TIME_TEXT_SIZE];
	struct day d = {0};

	time_format_utc(local, text);
	sscanf(text, "%d-%d-%d", &d.year, &d.month, &d.day);
	d.weekday = (int)(((local / DAY_S) % WEEK_DAYS + 3 + WEEK_DAYS) %
			  WEEK_DAYS);
	return d;
}

static int64_t
midnight(int64_t local)
{
	return local - (local % DAY_S + DAY_S) % DAY_S;
}

/* "22:00"; what the clocks show twice is told apart by its offset. */
static void
add_clock(struct strbuf *out, int64_t at)
{
	int64_t local = zone_local(at), offset = zone_offset(at) / 60;
	char text[TIME_TEXT_SIZE];

	time_format_utc(local, text);
	strbuf_addf(out, "%.5s", text + 11);
	if (zone_edge(local) == ZONE_TWICE)
		strbuf_addf(out, "%c%02d:%02d", offset < 0 ? '-' : '+',
			(int)(llabs(offset) / 60), (int)(llabs(offset) % 60));
}

static void
add_day(struct strbuf *out, int64_t local)
{
	struct day d = day_of(local);

	strbuf_addf(out, "%s %2d %s", day_names[d.weekday], d.day,
		month_names[d.month - 1]);
}

/* ---- agenda ---- */

static void
add_when(struct strbuf *out, const json_t *row, int64_t day)
{
	int64_t start = time_of(row, "starts_at");
	int64_t end = time_of(row, "ends_at");
	int64_t last = midnight(zone_local(end - 1));

	if (midnight(zone_local(start)) < day)
		strbuf_adds(out, "  ...");
	else
		add_clock(out, start);
	strbuf_adds(out, " - ");
	if (end != 0)
		add_clock(out, end);
	if (end != 0 && last > day) {
		strbuf_addc(out, ' ');
		add_day(out, zone_local(end));
	}
}

static void
add_what(struct strbuf *out, const json_t *row)
{
	const char *kind = str(row, "kind");

	if (strcmp(kind, "window") == 0)
		strbuf_addf(out, "at close: %s", str(row, "at_close"));
	else if (strcmp(kind, "freeze") == 0)
		strbuf_addf(out, "%s, what runs: %s", str(row, "severity"),
			str(row, "running"));
	else
		strbuf_adds(out, str(row, "state"));
	if (*str(row, "reason") != '\0')
		strbuf_addf(out, ": %s", str(row, "reason"));
}

/* Without blanks at its end. */
static void
say_trimmed(struct calendar *c, struct strbuf *line)
{
	while (line->len > 0 && line->buf[line->len - 1] == ' ')
		line->buf[--line->len] = '\0';
	line_say(c->l, "%s", line->buf);
}

static void
say_row(struct calendar *c, const json_t *row, int64_t day)
{
	struct strbuf when, what, text;

	strbuf_init(&when);
	strbuf_init(&what);
	strbuf_init(&text);
	add_when(&when, row, day);
	strbuf_adds(&what, "");
	add_what(&what, row);
	strbuf_addf(&text, "  %-24s %-8s %-12s %-18s %-18s %s", when.buf,
		str(row, "kind"), str(row, "env"), str(row, "id"),
		str(row, "name"), what.buf);
	say_trimmed(c, &text);
	strbuf_finish(&when);
	strbuf_finish(&what);
	strbuf_finish(&text);
}

/* On that day the clocks are put forward or back. */
static void
say_clocks(struct calendar *c, int64_t day)
{
	int64_t start = zone_resolve(day), end = zone_resolve(day + DAY_S);
	int64_t at = zone_next_change(start, end), before, after;
	char from[TIME_TEXT_SIZE], to[TIME_TEXT_SIZE];

	if (at >= end)
		return;
	before = zone_local(at - 1) + 1;
	after = zone_local(at);
	time_format_utc(before < after ? before : after, from);
	time_format_utc(before < after ? after : before, to);
	line_say(c->l, "  ! the clocks change: %.5s to %.5s %s", from + 11,
		to + 11, before < after ? "does not exist" : "happens twice");
}

static void
say_day(struct calendar *c, int64_t day)
{
	struct strbuf head;

	strbuf_init(&head);
	add_day(&head, day);
	line_say(c->l, "%s %d  %s", head.buf, day_of(day).year, c->zone);
	strbuf_finish(&head);
	say_clocks(c, day);
}

/* Days before `until` on which nothing is but that the clocks change. */
static void
say_changes_of_clocks(struct calendar *c, int64_t day, int64_t until)
{
	int64_t end = zone_resolve(until);
	int64_t at = zone_next_change(zone_resolve(day), end);

	while (at < end) {
		say_day(c, midnight(zone_local(at)));
		at = zone_next_change(at, end);
	}
}

static void
say_agenda(struct calendar *c)
{
	int64_t day = midnight(c->from) - DAY_S;
	const json_t *row;
	size_t i;

	json_array_foreach(c->rows, i, row)
	{
		int64_t at = midnight(zone_local(time_of(row, "starts_at")));

		if (at < midnight(c->from))
			at = midnight(c->from);
		if (at != day) {
			say_changes_of_clocks(c, day + DAY_S, at);
			say_day(c, at);
			day = at;
		}
		say_row(c, row, day);
	}
	say_changes_of_clocks(c, day + DAY_S, c->to);
	if (json_array_size(c->rows) == 0)
		line_say(c->l, "nothing is planned, and nothing opens or "
			       "closes, in that time");
}

/* ---- what a stretch of time looks like ---- */

struct look_at {
	int changes;
	const char *first; /* name of the first change or rollout */
	char shade;	   /* '/' hard, ':' soft, 'h' holiday, '.' window */
};

static char
shade_of(const json_t *row)
{
	const char *kind = str(row, "kind");

	if (strcmp(kind, "freeze") == 0)
		return strcmp(str(row, "severity"), "soft") == 0 ? ':' : '/';
	if (strcmp(kind, "holiday") == 0)
		return 'h';
	return strcmp(kind, "window") == 0 ? '.' : ' ';
}

static bool
is_stronger(char a, char b)
{
	static const char order[] = " .h:/";

	return strchr(order, a) > strchr(order, b);
}

/* Rows that are there at some time of [start, end); changes and rollouts only
 * where they begin in it. */
static struct look_at
look_at(const struct calendar *c, int64_t start, int64_t end)
{
	struct look_at look = {0, NULL, ' '};
	size_t i;

	for (i = 0; i < c->count && c->entries[i].start < end; i++) {
		const struct entry *n = &c->entries[i];

		if (n->end != 0 && n->end <= start)
			continue;
		if (is_stronger(n->shade, look.shade))
			look.shade = n->shade;
		if (*n->service == '\0' || n->start < start)
			continue;
		if (look.changes++ == 0)
			look.first = n->service;
	}
	return look;
}

static void
read_entries(struct calendar *c)
{
	const json_t *row;
	size_t i;

	c->count = json_array_size(c->rows);
	c->entries = xcalloc(c->count + 1, sizeof(*c->entries));
	json_array_foreach(c->rows, i, row) c->entries[i] =
		(struct entry){time_of(row, "starts_at"),
			time_of(row, "ends_at"), str(row, "service"),
			shade_of(row)};
}

static void
pad_to(struct strbuf *out, size_t width, char with)
{
	while (out->len < width)
		strbuf_addc(out, with);
}

/* ---- month ---- */

static void
add_cells(struct calendar *c, int64_t monday, struct strbuf *days,
	struct strbuf *names)
{
	int i;

	for (i = 0; i < WEEK_DAYS; i++) {
		int64_t day = monday + i * DAY_S;
		struct look_at look = look_at(c, zone_resolve(day),
			zone_resolve(day + DAY_S));
		char fill = look.shade == '/' || look.shade == ':' ? look.shade
								   : ' ';
		size_t edge = (size_t)(4 + (i + 1) * CELL);

		if (day < c->from || day >= c->to) {
			pad_to(days, edge, ' ');
			pad_to(names, edge, ' ');
			continue;
		}
		strbuf_addf(days, day == c->today ? "[%d]" : "%2d ",
			day_of(day).day);
		if (look.changes > 0)
			strbuf_addf(days, "%d ", look.changes);
		if (look.shade == '.' || look.shade == 'h')
			strbuf_addc(days, look.shade);
		pad_to(days, edge - 1, fill);
		if (look.first != NULL)
			strbuf_addf(names, "%.9s", look.first);
		pad_to(names, edge - 1, fill);
		pad_to(days, edge, ' ');
		pad_to(names, edge, ' ');
	}
}

static void
say_month(struct calendar *c)
{
	struct day d = day_of(c->from);
	int64_t monday = c->from - d.weekday * DAY_S;
	struct strbuf days, names;
	int i;

	line_say(c->l, "%s %d  %s", month_names[d.month - 1], d.year, c->zone);
	strbuf_init(&days);
	pad_to(&days, 4, ' ');
	for (i = 0; i < WEEK_DAYS; i++) {
		strbuf_adds(&days, day_names[i]);
		pad_to(&days, (size_t)(4 + (i + 1) * CELL), ' ');
	}
	say_trimmed(c, &days);
	strbuf_finish(&days);
	for (; monday < c->to; monday += WEEK_DAYS * DAY_S) {
		strbuf_init(&days);
		strbuf_init(&names);
		pad_to(&days, 4, ' ');
		pad_to(&names, 4, ' ');
		add_cells(c, monday, &days, &names);
		say_trimmed(c, &days);
		say_trimmed(c, &names);
		strbuf_finish(&days);
		strbuf_finish(&names);
	}
	line_say(c->l, "[d] today  N changes  / hard freeze  : soft  "
		       "h holiday  . window");
}

/* ---- week ---- */

static void
say_hour(struct calendar *c, int hour)
{
	struct strbuf line;
	int i;

	strbuf_init(&line);
	strbuf_addf(&line, "%02d:00 ", hour);
	for (i = 0; i < WEEK_DAYS; i++) {
		int64_t local = c->from + i * DAY_S + hour * 3600;
		struct look_at look = look_at(c, zone_resolve(local),
			zone_resolve(local + 3600));
		size_t edge = (size_t)(6 + (i + 1) * (CELL - 1));

		if (look.first != NULL)
			strbuf_addf(&line, "%.8s", look.first);
		if (look.changes > 1)
			strbuf_adds(&line, "+");
		if (look.shade == '/' || look.shade == ':')
			pad_to(&line, edge - 1, look.shade);
		else if (look.first == NULL && look.shade != ' ')
			strbuf_addf(&line, "  %c", look.shade);
		pad_to(&line, edge, ' ');
	}
	say_trimmed(c, &line);
	strbuf_finish(&line);
}

static void
say_week(struct calendar *c)
{
	struct strbuf head;
	int i;

	strbuf_init(&head);
	pad_to(&head, 6, ' ');
	for (i = 0; i < WEEK_DAYS; i++) {
		int64_t day = c->from + i * DAY_S;

		strbuf_addf(&head, "%s %d%s", day_names[i], day_of(day).day,
			day == c->today ? " *" : "");
		pad_to(&head, (size_t)(6 + (i + 1) * (CELL - 1)), ' ');
	}
	line_say(c->l, "%d  %s", day_of(c->from).year, c->zone);
	say_trimmed(c, &head);
	strbuf_finish(&head);
	for (i = 0; i < 24; i++)
		say_hour(c, i);
	for (i = 0; i < WEEK_DAYS; i++)
		say_clocks(c, c->from + i * DAY_S);
	line_say(c->l, "* today  / hard freeze  : soft  h holiday  . window");
}

/* ---- the command ---- */

/* What the engine takes the range to be. */
static int
ask_range(struct calendar *c, json_t *params, json_t **ret, struct error *e)
{
	json_t *first = json_deep_copy(params);

	json_object_set_new(first, "limit", json_integer(1));
	return line_ask(c->l, "calendar.ls", first, ret, e);
}

static void
say_calendar(struct calendar *c, const json_t *range)
{
	struct zone_scope scope;

	c->zone = str(range, "zone");
	zone_enter(&scope, c->zone);
	c->from = zone_local(time_of(range, "from"));
	c->to = zone_local(time_of(range, "to"));
	c->today = midnight(zone_local(time_of(range, "now")));
	read_entries(c);
	if (args_has(&c->l->args, "--month"))
		say_month(c);
	else if (args_has(&c->l->args, "--week"))
		say_week(c);
	else
		say_agenda(c);
	free(c->entries);
	zone_leave(&scope);
}

static json_t *
calendar_params(struct line *l)
{
	json_t *params = args_params(&l->args);

	json_object_del(params, "agenda");
	json_object_del(params, "ics");
	json_object_del(params, "month");
	json_object_del(params, "week");
	if (args_has(&l->args, "--month") || args_has(&l->args, "--week"))
		json_object_set_new(params, "span",
			json_string(args_has(&l->args, "--month") ? "month"
								  : "week"));
	return params;
}

int
line_calendar(struct line *l)
{
	struct calendar c = {.l = l};
	json_t *params, *range;
	struct error e;

	if (args_has(&l->args, "--ics"))
		return line_calendar_ics(l);
	params = calendar_params(l);
	if (ask_range(&c, params, &range, &e) == -1) {
		json_decref(params);
		return line_fail(l, &e);
	}
	json_object_set_new(params, "limit", json_integer(1000));
	if (client_list(l->client, "calendar.ls", params, &c.rows, &e) == -1) {
		json_decref(range);
		return line_fail(l, &e);
	}
	if (l->json)
		line_print_json(c.rows);
	else
		say_calendar(&c, range);
	json_decref(c.rows);
	json_decref(range);
	return 0;
}
