/* ics_read.c - events of an iCalendar file as periods. */
#include <libical/ical.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/units.h"
#include "base/zone.h"
#include "model/ics.h"
#include "model/ics_lines.h"

#define DAY_S 86400
#define NAME_MOST 80
#define UID_MOST 255
#define DEPTH_MOST 4
#define EXDATES_MOST 1000
#define ZONES_MOST 64

struct zone_name { /* what a VTIMEZONE calls itself, and what it is */
	char *id, *location;
};

/* An EXDATE, kept until the zone of the start is known. */
struct exdate {
	char *value, *params;
	int line;
};

struct reader {
	struct ics_lines lines;
	enum period_kind kind;
	const char *zone;
	struct ics_events *list;
	struct zone_name zones[ZONES_MOST];
	size_t zone_count;
	char stack[DEPTH_MOST][24];
	int depth;
	bool cancels; /* METHOD:CANCEL */
	bool has_calendar;
	/* The event that is being read. */
	struct ics_event *event;
	bool has_start, is_date, has_end, has_rule;
	int64_t end_at, end_local;
	int end_line, rule_line;
	struct exdate *exdates;
	size_t exdate_count, exdate_capacity;
};

#define refuse(r, e, ...) ics_refuse(&(r)->lines, e, __VA_ARGS__)

static bool
is_name(const struct reader *r, const char *name)
{
	return strcasecmp(r->lines.name, name) == 0;
}

/* ---- times ---- */

static const char *
location_of(const struct reader *r, const char *id)
{
	size_t i;

	for (i = 0; i < r->zone_count; i++)
		if (strcmp(r->zones[i].id, id) == 0 &&
			r->zones[i].location != NULL)
			return r->zones[i].location;
	return id;
}

static int64_t
seconds_of(struct icaltimetype t)
{
	t.zone = NULL;
	t.is_date = 0;
	return icaltime_as_timet(t);
}

/* A DATE or DATE-TIME. *ret_zone (owned): where it is, NULL: it is a date. */
static int
parse_time(struct reader *r, const char *text, const char *params,
	int64_t *ret_local, char **ret_zone, struct error *e)
{
	struct icaltimetype t;
	char *id = ics_param(params, "TZID");
	const char *zone = r->zone;
	size_t len = strlen(text), digits = strspn(text, "0123456789");

	if (digits != 8 || (len != 8 && (text[8] != 'T' ||
			strspn(text + 9, "0123456789") != 6 ||
			(len != 15 && (len != 16 || text[15] != 'Z'))))) {
		free(id);
		return refuse(r, e, "'%.40s' is neither a date nor a time",
			text);
	}
	t = icaltime_from_string(text);
	if (icaltime_is_null_time(t) || !icaltime_is_valid_time(t) ||
		t.year < 1970 || t.year > 2200 || t.month < 1 ||
		t.month > 12 || t.day < 1 ||
		t.day > icaltime_days_in_month(t.month, t.year) ||
		t.hour > 23 || t.minute > 59 || t.second > 59) {
		free(id);
		return refuse(r, e, "'%.40s' is no time that there is", text);
	}
	if (len == 16)
		zone = "UTC";
	else if (id != NULL && len != 8)
		zone = location_of(r, id);
	if (!zone_is_known(zone)) {
		refuse(r, e, "'%.80s' is not a time zone that is known here, "
			     "expected an IANA name", zone);
		free(id);
		return -1;
	}
	*ret_local = seconds_of(t);
	*ret_zone = len == 8 ? NULL : xstrdup(zone);
	free(id);
	return 0;
}

static int64_t
to_utc(const char *zone, int64_t local)
{
	struct zone_scope scope;
	int64_t at;

	zone_enter(&scope, zone);
	at = zone_resolve(local);
	zone_leave(&scope);
	return at;
}

static int64_t
from_utc(const char *zone, int64_t at)
{
	struct zone_scope scope;
	int64_t local;

	zone_enter(&scope, zone);
	local = zone_local(at);
	zone_leave(&scope);
	return local;
}

/* ---- properties of an event ---- */

static int
read_start(struct reader *r, struct error *e)
{
	struct period *p = &r->event->period;
	char *zone;

	if (r->has_start)
		return refuse(r, e, "DTSTART stands there twice");
	if (parse_time(r, r->lines.value, r->lines.params, &p->starts_local,
		    &zone, e) == -1)
		return -1;
	r->has_start = true;
	r->is_date = zone == NULL;
	p->zone = zone == NULL ? xstrdup(r->zone) : zone;
	return 0;
}

static int
read_end(struct reader *r, struct error *e)
{
	char *zone;

	if (r->has_end)
		return refuse(r, e, "it has an end or a duration already");
	if (parse_time(r, r->lines.value, r->lines.params, &r->end_local, &zone,
		    e) == -1)
		return -1;
	r->has_end = true;
	r->end_line = r->lines.at_line;
	r->end_at = to_utc(zone == NULL ? r->zone : zone, r->end_local);
	free(zone);
	return 0;
}

static int
read_duration(struct reader *r, struct error *e)
{
	struct icaldurationtype d =
		icaldurationtype_from_string(r->lines.value);
	struct period *p = &r->event->period;

	if (r->has_end)
		return refuse(r, e, "it has an end or a duration already");
	if (icaldurationtype_is_bad_duration(d) || d.is_neg ||
		d.weeks > 600 || d.days > 4000 || d.hours > 100000 ||
		d.minutes > 6000000 || d.seconds > 360000000)
		return refuse(r, e, "'%.40s' is no duration that can be used",
			r->lines.value);
	r->has_end = true;
	r->end_line = r->lines.at_line;
	r->end_at = INT64_MIN;
	p->days = (int64_t)d.weeks * 7 + d.days;
	p->exact_s = (int64_t)d.hours * 3600 + (int64_t)d.minutes * 60 +
		     d.seconds;
	return 0;
}

static int
read_rule(struct reader *r, struct error *e)
{
	if (r->has_rule)
		return refuse(r, e, "more than one RRULE cannot be "
				    "represented");
	r->has_rule = true;
	r->rule_line = r->lines.at_line;
	r->event->period.rrule = xstrdup(r->lines.value);
	return 0;
}

static int
read_exdate(struct reader *r, struct error *e)
{
	if (r->exdate_count >= EXDATES_MOST)
		return refuse(r, e, "there are more than %d EXDATE lines",
			EXDATES_MOST);
	ARRAY_GROW(r->exdates, r->exdate_count, r->exdate_capacity);
	r->exdates[r->exdate_count++] =
		(struct exdate){xstrdup(r->lines.value),
			xstrdup(r->lines.params), r->lines.at_line};
	return 0;
}

static void
forget_exdates(struct reader *r)
{
	while (r->exdate_count > 0) {
		struct exdate *x = &r->exdates[--r->exdate_count];

		free(x->value);
		free(x->params);
	}
}

static int
read_uid(struct reader *r, struct error *e)
{
	char *uid = ics_text(r->lines.value, UID_MOST + 1);

	if (*uid == '\0' || strlen(uid) > UID_MOST) {
		free(uid);
		return refuse(r, e, "a UID has 1 to %d bytes", UID_MOST);
	}
	free(r->event->period.uid);
	r->event->period.uid = uid;
	return 0;
}

static int
read_summary(struct reader *r, struct error *e)
{
	(void)e;
	free(r->event->period.name);
	r->event->period.name = ics_text(r->lines.value, NAME_MOST);
	return 0;
}

static int
read_sequence(struct reader *r, struct error *e)
{
	char *end;
	long long n = strtoll(r->lines.value, &end, 10);

	if (*r->lines.value == '\0' || *end != '\0' || n < 0 || n > INT32_MAX)
		return refuse(r, e, "'%.40s' is no SEQUENCE", r->lines.value);
	r->event->period.sequence = n;
	return 0;
}

static int
read_status(struct reader *r, struct error *e)
{
	(void)e;
	if (strcasecmp(r->lines.value, "CANCELLED") == 0)
		r->event->is_cancelled = true;
	return 0;
}

static int
read_impossible(struct reader *r, struct error *e)
{
	return refuse(r, e, "%.40s cannot be represented: a window or freeze "
			    "has one start, one length and one rule",
		r->lines.name);
}

static const struct {
	const char *name;
	int (*take)(struct reader *r, struct error *e);
} properties[] = {
	{"DTSTART", read_start},
	{"DTEND", read_end},
	{"DURATION", read_duration},
	{"RRULE", read_rule},
	{"EXDATE", read_exdate},
	{"UID", read_uid},
	{"SUMMARY", read_summary},
	{"SEQUENCE", read_sequence},
	{"STATUS", read_status},
	{"RDATE", read_impossible},
	{"EXRULE", read_impossible},
	{"RECURRENCE-ID", read_impossible},
};

/* ---- an event that is whole ---- */

static int
add_exdate(struct reader *r, const char *text, const char *params,
	struct error *e)
{
	struct period *p = &r->event->period;
	int64_t local;
	char *zone;

	if (parse_time(r, text, params, &local, &zone, e) == -1)
		return -1;
	if (zone == NULL && !r->is_date)
		local += p->starts_local % DAY_S; /* that day's start */
	else if (zone != NULL && strcmp(zone, p->zone) != 0)
		local = from_utc(p->zone, to_utc(zone, local));
	free(zone);
	if (p->exdate_count >= EXDATES_MOST)
		return refuse(
			r, e, "there are more than %d EXDATEs", EXDATES_MOST);
	period_add_exdate(p, local);
	return 0;
}

static int
add_exdates(struct reader *r, struct error *e)
{
	size_t i;

	for (i = 0; i < r->exdate_count; i++) {
		const struct exdate *x = &r->exdates[i];
		char *text = x->value, *one;

		r->lines.at_line = x->line;
		while ((one = strsep(&text, ",")) != NULL)
			if (add_exdate(r, one, x->params, e) == -1)
				return -1;
	}
	return 0;
}

/* DTEND makes a length that is exact, of dates one of days (3.6.1). */
static void
set_length(struct reader *r)
{
	struct period *p = &r->event->period;

	if (!r->has_end) {
		p->days = r->is_date ? 1 : 0;
	} else if (r->end_at != INT64_MIN && r->is_date) {
		p->days = (r->end_local - p->starts_local) / DAY_S;
	} else if (r->end_at != INT64_MIN) {
		p->exact_s = r->end_at - to_utc(p->zone, p->starts_local);
	}
}

static int
check_double(struct reader *r, struct error *e)
{
	size_t i;

	for (i = 0; i + 1 < r->list->count; i++)
		if (strcmp(r->list->items[i].period.uid,
			    r->event->period.uid) == 0)
			return refuse(r, e,
				"the UID '%.80s' is that of line %d already",
				r->event->period.uid,
				r->list->items[i].line);
	return 0;
}

/* What is wrong with an event whose lines are right, each for itself, is its
 * length or else its rule. */
static int
line_at_fault(const struct reader *r)
{
	const struct period *p = &r->event->period;
	bool has_length = p->days > 0 || (p->days == 0 && p->exact_s > 0);

	if (!has_length && r->has_end)
		return r->end_line;
	return has_length && r->has_rule ? r->rule_line : r->event->line;
}

static int
finish_event(struct reader *r, struct error *e)
{
	struct period *p = &r->event->period;
	struct error why;

	r->event->is_cancelled |= r->cancels;
	r->lines.at_line = r->event->line;
	if (p->uid == NULL)
		return refuse(r, e, "the event has no UID: it could not be "
				    "known again");
	if (check_double(r, e) == -1)
		return -1;
	if (p->name == NULL || *p->name == '\0') {
		free(p->name);
		p->name = ics_text(p->uid, NAME_MOST);
	}
	if (!r->has_start && r->event->is_cancelled)
		p->zone = xstrdup(r->zone);
	else if (!r->has_start)
		return refuse(r, e, "the event has no DTSTART");
	set_length(r);
	if (add_exdates(r, e) == -1)
		return -1;
	r->lines.at_line = line_at_fault(r);
	if (!r->event->is_cancelled && recur_check(p, &why) == -1)
		return refuse(r, e, "%s", why.text);
	r->event = NULL;
	return 0;
}

static int
begin_event(struct reader *r, struct error *e)
{
	struct ics_events *list = r->list;

	if (list->count >= ICS_EVENTS_MOST)
		return refuse(r, e, "there are more than %d events",
			ICS_EVENTS_MOST);
	ARRAY_GROW(list->items, list->count, list->capacity);
	r->event = &list->items[list->count++];
	*r->event = (struct ics_event){.line = r->lines.at_line,
		.period = {.kind = r->kind,
			.effect = r->kind == PERIOD_WINDOW ? EFFECT_HOLD
							   : EFFECT_FINISH}};
	r->has_start = r->is_date = r->has_end = r->has_rule = false;
	forget_exdates(r);
	return 0;
}

/* ---- components ---- */

static bool
is_in(const struct reader *r, const char *name)
{
	return r->depth > 0 && strcasecmp(r->stack[r->depth - 1], name) == 0;
}

static int
begin(struct reader *r, struct error *e)
{
	const char *name = r->lines.value;

	if (r->depth == DEPTH_MOST || strlen(name) >= sizeof(r->stack[0]))
		return refuse(r, e, "components are nested too deep");
	if (r->depth == 0 && strcasecmp(name, "VCALENDAR") != 0)
		return refuse(r, e, "expected BEGIN:VCALENDAR");
	snprintf(r->stack[r->depth++], sizeof(r->stack[0]), "%s", name);
	if (r->depth == 1) {
		r->has_calendar = true;
		r->cancels = false;
	} else if (r->depth == 2 && strcasecmp(name, "VEVENT") == 0) {
		return begin_event(r, e);
	} else if (r->depth == 2 && strcasecmp(name, "VTIMEZONE") != 0) {
		r->list->ignored++;
	}
	if (is_in(r, "VTIMEZONE") && r->zone_count < ZONES_MOST)
		r->zones[r->zone_count++] = (struct zone_name){xstrdup(""),
			NULL};
	return 0;
}

static int
end(struct reader *r, struct error *e)
{
	if (!is_in(r, r->lines.value))
		return refuse(r, e, "END:%.40s closes nothing that is open",
			r->lines.value);
	r->depth--;
	if (r->event != NULL && r->depth == 1)
		return finish_event(r, e);
	return 0;
}

static void
read_zone(struct reader *r)
{
	struct zone_name *z = r->zone_count == 0
				      ? NULL
				      : &r->zones[r->zone_count - 1];

	if (z != NULL && is_name(r, "TZID"))
		str_replace(&z->id, r->lines.value);
	else if (z != NULL && is_name(r, "X-LIC-LOCATION"))
		str_replace(&z->location, r->lines.value);
}

static int
read_property(struct reader *r, struct error *e)
{
	size_t i;

	if (r->depth == 0)
		return refuse(r, e, "it stands outside of every calendar");
	if (is_in(r, "VTIMEZONE"))
		read_zone(r);
	if (r->depth == 1 && is_name(r, "METHOD"))
		r->cancels = strcasecmp(r->lines.value, "CANCEL") == 0;
	if (r->event == NULL || r->depth != 2)
		return 0;
	for (i = 0; i < ARRAY_SIZE(properties); i++)
		if (is_name(r, properties[i].name))
			return properties[i].take(r, e);
	return 0;
}

static int
read_line(struct reader *r, struct error *e)
{
	if (is_name(r, "BEGIN"))
		return begin(r, e);
	if (is_name(r, "END"))
		return end(r, e);
	return read_property(r, e);
}

static int
read_all(struct reader *r, struct error *e)
{
	int got;

	while ((got = ics_next(&r->lines, e)) == 1)
		if (read_line(r, e) == -1)
			return -1;
	if (got == -1)
		return -1;
	r->lines.at_line = r->lines.number > 0 ? r->lines.number : 1;
	if (r->depth > 0)
		return refuse(r, e, "the file ends within %s",
			r->stack[r->depth - 1]);
	if (!r->has_calendar)
		return refuse(r, e, "there is no calendar in it");
	return 0;
}

static void
reader_finish(struct reader *r)
{
	size_t i;

	for (i = 0; i < r->zone_count; i++) {
		free(r->zones[i].id);
		free(r->zones[i].location);
	}
	forget_exdates(r);
	free(r->exdates);
	strbuf_finish(&r->lines.text);
}

int
ics_read(const char *text, size_t len, enum period_kind kind, const char *zone,
	struct ics_events *ret, struct error *e)
{
	struct reader r = {.kind = kind, .zone = zone, .list = ret};
	int result;

	memset(ret, 0, sizeof(*ret));
	icalerror_set_errors_are_fatal(0);
	if (len > ICS_BYTES_MOST)
		return error_set(e, ERROR_LIMIT,
			"the file is larger than %d bytes", ICS_BYTES_MOST);
	ics_lines_init(&r.lines, text, len);
	result = read_all(&r, e);
	reader_finish(&r);
	if (result == -1)
		ics_events_finish(ret);
	return result;
}

void
ics_events_finish(struct ics_events *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		period_finish(&list->items[i].period);
	free(list->items);
	memset(list, 0, sizeof(*list));
}
