/* recur.c - RFC 5545 rules, expanded on local times and resolved to UTC. */
#include "model/recur.h"

#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "base/zone.h"

#define DAY_S 86400
#define RULE_MOST 500
#define LENGTH_MOST_S ((int64_t)3660 * DAY_S)

void
spans_finish(struct spans *s)
{
	free(s->items);
	memset(s, 0, sizeof(*s));
}

void
spans_add(struct spans *s, int64_t start, int64_t end,
	const struct period *period)
{
	ARRAY_GROW(s->items, s->count, s->capacity);
	s->items[s->count++] = (struct span){start, end, period};
}

static int
compare_spans(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (x->end > y->end) - (x->end < y->end);
}

void
spans_sort(struct spans *s)
{
	size_t i;

	/* Mostly they are in order already. */
	for (i = 1; i < s->count; i++)
		if (compare_spans(&s->items[i - 1], &s->items[i]) > 0)
			break;
	if (i < s->count)
		qsort(s->items, s->count, sizeof(*s->items), compare_spans);
}

/* ---- rules ---- */

static struct icaltimetype
ical_time(int64_t local)
{
	struct icaltimetype t = icaltime_from_timet_with_zone(
		(time_t)local, 0, icaltimezone_get_utc_timezone());

	t.zone = NULL;
	return t;
}

static int
list_length(const short *list, int size)
{
	int i;

	for (i = 0; i < size && list[i] != ICAL_RECURRENCE_ARRAY_MAX; i++)
		continue;
	return i == 0 ? 1 : i;
}

static bool
has_positions(const struct icalrecurrencetype *rule)
{
	int i;

	for (i = 0; i < ICAL_BY_DAY_SIZE &&
		    rule->by_day[i] != ICAL_RECURRENCE_ARRAY_MAX;
		i++)
		if (icalrecurrencetype_day_position(rule->by_day[i]) != 0)
			return true;
	return false;
}

/* NULL: fine. */
static const char *
refuse_rule(const struct icalrecurrencetype *rule)
{
	int times = list_length(rule->by_hour, ICAL_BY_HOUR_SIZE) *
		    list_length(rule->by_minute, ICAL_BY_MINUTE_SIZE) *
		    list_length(rule->by_second, ICAL_BY_SECOND_SIZE);

	if (rule->rscale != NULL)
		return ": calendars other than the Gregorian are not known";
	if (rule->freq == ICAL_SECONDLY_RECURRENCE ||
		rule->freq == ICAL_MINUTELY_RECURRENCE ||
		rule->freq == ICAL_HOURLY_RECURRENCE)
		return ": it may come once a day or more rarely, expected "
		       "FREQ=DAILY, WEEKLY, MONTHLY or YEARLY; BYHOUR gives "
		       "several times in a day";
	if (times > RECUR_PER_DAY_MOST)
		return ": it would come more than 24 times in a day";
	if (rule->count > RECUR_COUNT_MOST)
		return ": COUNT is more than 10000";
	if ((rule->freq == ICAL_DAILY_RECURRENCE ||
		    rule->freq == ICAL_WEEKLY_RECURRENCE) &&
		has_positions(rule))
		return ": BYDAY with a number needs FREQ=MONTHLY or YEARLY";
	return NULL;
}

/* UNTIL in UTC, or as a whole day, becomes a local time. */
static void
localise_until(struct icalrecurrencetype *rule)
{
	struct icaltimetype *until = &rule->until;

	if (icaltime_is_null_time(*until))
		return;
	if (until->is_date) {
		until->is_date = 0;
		until->hour = 23;
		until->minute = until->second = 59;
	} else if (icaltime_is_utc(*until)) {
		*until = ical_time(zone_local(icaltime_as_timet(*until)));
	}
	until->zone = NULL;
}

/* In the zone of the period. */
static int
parse_rule(const struct period *p, struct icalrecurrencetype *ret,
	struct error *e)
{
	const char *why = NULL;

	icalerror_set_errors_are_fatal(0);
	icalerror_clear_errno();
	if (strlen(p->rrule) > RULE_MOST)
		return error_set(e, ERROR_INVALID,
			"the rule is longer than %d characters", RULE_MOST);
	*ret = icalrecurrencetype_from_string(p->rrule);
	if (ret->freq == ICAL_NO_RECURRENCE)
		why = ", expected an RFC 5545 rule such as "
		      "FREQ=WEEKLY;BYDAY=MO";
	else
		why = refuse_rule(ret);
	free(ret->rscale);
	ret->rscale = NULL;
	if (why != NULL)
		return error_set(
			e, ERROR_INVALID, "'%.120s'%s", p->rrule, why);
	localise_until(ret);
	return 0;
}

/* ---- one occurrence ---- */

static bool
is_excepted(const struct period *p, int64_t local)
{
	size_t i;

	for (i = 0; i < p->exdate_count; i++)
		if (p->exdates[i] == local)
			return true;
	return false;
}

static struct span
resolve(const struct period *p, int64_t local)
{
	struct span s = {.start = zone_resolve(local), .period = p};
	int64_t after_days = p->days == 0
				     ? s.start
				     : zone_resolve(local + p->days * DAY_S);

	s.end = after_days + p->exact_s;
	return s;
}

static int
add_occurrence(const struct period *p, int64_t local, int64_t from, int64_t to,
	struct spans *ret, struct error *e)
{
	struct span s;

	if (is_excepted(p, local))
		return 0;
	s = resolve(p, local);
	if (s.end <= from || s.start >= to || s.end <= s.start)
		return 0;
	if (ret->count >= RECUR_SPANS_MOST)
		return error_set(e, ERROR_LIMIT,
			"'%.80s' happens more than %d times in this range",
			p->name, RECUR_SPANS_MOST);
	spans_add(ret, s.start, s.end, p);
	return 0;
}

void
recur_once(const struct period *p, struct span *ret)
{
	struct zone_scope scope;

	zone_enter(&scope, p->zone);
	*ret = resolve(p, p->starts_local);
	zone_leave(&scope);
}

/* ---- all of them ---- */

static int64_t
length_most(const struct period *p)
{
	return p->days * DAY_S + p->exact_s + 2 * DAY_S;
}

static int
expand_rule(const struct period *p, int64_t from, int64_t to,
	struct spans *ret, struct error *e)
{
	int64_t first = from - length_most(p), local;
	struct icalrecurrencetype rule;
	icalrecur_iterator *it;
	struct icaltimetype t;
	int result = 0;

	if (parse_rule(p, &rule, e) == -1)
		return -1;
	it = icalrecur_iterator_new(rule, ical_time(p->starts_local));
	if (it == NULL)
		return 0;
	if (rule.count == 0 && first > p->starts_local)
		icalrecur_iterator_set_start(it, ical_time(first));
	while (result == 0) {
		t = icalrecur_iterator_next(it);
		if (icaltime_is_null_time(t))
			break;
		local = icaltime_as_timet(t);
		if (local > to + DAY_S)
			break;
		if (local >= first)
			result = add_occurrence(p, local, from, to, ret, e);
	}
	icalrecur_iterator_free(it);
	return result;
}

int
recur_expand(const struct period *p, int64_t from, int64_t to,
	struct spans *ret, struct error *e)
{
	struct zone_scope scope;
	int result;

	zone_enter(&scope, p->zone);
	result = p->rrule == NULL ? add_occurrence(p, p->starts_local, from, to,
					    ret, e)
				  : expand_rule(p, from, to, ret, e);
	zone_leave(&scope);
	return result;
}

/* ---- checks ---- */

static bool
comes_at_all(const struct period *p, const struct icalrecurrencetype *rule)
{
	icalrecur_iterator *it =
		icalrecur_iterator_new(*rule, ical_time(p->starts_local));
	bool found = false;
	size_t i;

	if (it == NULL)
		return false;
	for (i = 0; i <= p->exdate_count && !found; i++) {
		struct icaltimetype t = icalrecur_iterator_next(it);

		if (icaltime_is_null_time(t))
			break;
		found = !is_excepted(p, icaltime_as_timet(t));
	}
	icalrecur_iterator_free(it);
	return found;
}

static int
check_rule(const struct period *p, struct error *e)
{
	struct icalrecurrencetype rule;

	if (p->rrule == NULL && is_excepted(p, p->starts_local))
		return error_set(e, ERROR_INVALID,
			"'%.80s' never happens: its only start is excepted",
			p->name);
	if (p->rrule == NULL)
		return 0;
	if (parse_rule(p, &rule, e) == -1)
		return -1;
	if (!comes_at_all(p, &rule))
		return error_set(e, ERROR_INVALID,
			"'%.120s' never happens from its start on", p->rrule);
	return 0;
}

int
recur_check(const struct period *p, struct error *e)
{
	struct zone_scope scope;
	int result;

	if (p->zone == NULL || !zone_is_known(p->zone))
		return error_set(e, ERROR_INVALID,
			"'%.80s' is not a time zone, expected an IANA name "
			"such as Europe/Berlin",
			p->zone == NULL ? "" : p->zone);
	if (p->days < 0 || p->exact_s < 0 || p->days + p->exact_s == 0)
		return error_set(e, ERROR_INVALID,
			"'%.80s' has no length: it would begin and end at "
			"once",
			p->name);
	if (p->days > 3650 ||
		p->days * DAY_S + p->exact_s > LENGTH_MOST_S)
		return error_set(e, ERROR_INVALID,
			"'%.80s' is longer than ten years", p->name);
	zone_enter(&scope, p->zone);
	result = check_rule(p, e);
	zone_leave(&scope);
	return result;
}

/* ---- words about summer time ---- */

static void
describe_edge(struct strbuf *out, const char *what, int64_t local)
{
	enum zone_edge edge = zone_edge(local);
	char text[TIME_TEXT_SIZE];

	if (edge == ZONE_PLAIN)
		return;
	time_format_utc(local, text);
	strbuf_addf(out, "%s%s %.5s %s on %.10s", out->len > 0 ? "; " : "",
		what, text + 11,
		edge == ZONE_TWICE ? "happens twice: the first is meant"
				   : "does not exist: the clocks skip it",
		text);
}

/* The local time that an edge at this instant was meant to be. */
static int64_t
wanted(const struct period *p, int64_t at)
{
	int64_t local = zone_local(at);

	if (p->rrule != NULL && strcasestr(p->rrule, "BYHOUR") != NULL)
		return local;
	return local - local % DAY_S + p->starts_local % DAY_S;
}

char *
recur_edges(const struct period *p, int64_t from, int64_t to)
{
	struct spans spans = {0};
	struct zone_scope scope;
	struct strbuf out;
	struct error e;
	char *text = NULL;
	size_t i;

	if (recur_expand(p, from, to, &spans, &e) == -1) {
		spans_finish(&spans);
		return NULL;
	}
	strbuf_init(&out);
	zone_enter(&scope, p->zone);
	for (i = 0; i < spans.count && out.len < 400; i++) {
		describe_edge(
			&out, "its start", wanted(p, spans.items[i].start));
		if (p->exact_s == 0)
			describe_edge(&out, "its end",
				wanted(p, spans.items[i].end));
	}
	zone_leave(&scope);
	spans_finish(&spans);
	if (out.len > 0)
		text = strbuf_detach(&out);
	strbuf_finish(&out);
	return text;
}
