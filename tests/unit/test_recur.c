/* test_recur.c - rules expanded: RFC 5545's own examples, and the edges of
 * summer time in several zones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/units.h"
#include "base/zone.h"
#include "model/recur.h"

#define DAY ((int64_t)86400)

static int64_t
at(const char *text)
{
	int64_t t = 0;
	struct error e;

	if (time_parse(text, "UTC", 0, &t, &e) == -1)
		fail_msg("%s", e.text);
	return t;
}

static void
make(struct period *p, const char *zone, const char *start,
	const char *duration, const char *rule)
{
	struct error e;

	memset(p, 0, sizeof(*p));
	p->name = xstrdup("test");
	p->zone = xstrdup(zone);
	p->starts_local = at(start);
	p->rrule = xstrdup_or_null(rule);
	assert_int_equal(period_duration_parse(p, duration, &e), 0);
}

/* Starts in UTC, as one line of text. */
static void
expect(const struct period *p, const char *from, const char *to,
	const char *expected)
{
	struct spans s = {0};
	struct strbuf sb;
	struct error e;
	size_t i;

	strbuf_init(&sb);
	strbuf_adds(&sb, "");
	if (recur_expand(p, at(from), at(to), &s, &e) == -1)
		fail_msg("%s", e.text);
	for (i = 0; i < s.count; i++) {
		char start[TIME_TEXT_SIZE], end[TIME_TEXT_SIZE];

		time_format_utc(s.items[i].start, start);
		time_format_utc(s.items[i].end, end);
		strbuf_addf(&sb, "%s%.16s/%.11s%.5s", i ? " " : "", start,
			strncmp(start, end, 11) == 0 ? "" : end, end + 11);
	}
	assert_string_equal(sb.buf == NULL ? "" : sb.buf, expected);
	strbuf_finish(&sb);
	spans_finish(&s);
}

/* The first days, in local time, of the examples of section 3.8.5.3. */
static void
test_rfc_examples(void **state)
{
	static const struct {
		const char *start, *rule, *days;
	} rows[] = {
		{"1997-09-02 09:00", "FREQ=DAILY;COUNT=4",
			"09-02 09-03 09-04 09-05"},
		{"1997-09-02 09:00", "FREQ=DAILY;UNTIL=19970905T000000Z",
			"09-02 09-03 09-04"},
		{"1997-09-02 09:00", "FREQ=DAILY;INTERVAL=10;COUNT=5",
			"09-02 09-12 09-22 10-02 10-12"},
		{"1997-09-02 09:00", "FREQ=WEEKLY;COUNT=5;WKST=SU;BYDAY=TU,TH",
			"09-02 09-04 09-09 09-11 09-16"},
		{"1997-09-01 09:00",
			"FREQ=WEEKLY;INTERVAL=2;UNTIL=19971008T000000Z;"
			"WKST=SU;BYDAY=MO,WE,FR",
			"09-01 09-03 09-05 09-15 09-17 09-19 09-29 10-01 "
			"10-03"},
		{"1997-09-05 09:00", "FREQ=MONTHLY;COUNT=4;BYDAY=1FR",
			"09-05 10-03 11-07 12-05"},
		{"1997-09-22 09:00", "FREQ=MONTHLY;COUNT=3;BYDAY=-2MO",
			"09-22 10-20 11-17"},
		{"1997-09-28 09:00", "FREQ=MONTHLY;BYMONTHDAY=-3;COUNT=3",
			"09-28 10-29 11-28"},
		{"1997-09-02 09:00",
			"FREQ=MONTHLY;COUNT=6;BYMONTHDAY=2,15",
			"09-02 09-15 10-02 10-15 11-02 11-15"},
		{"1997-09-13 09:00",
			"FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13;"
			"COUNT=4",
			"09-13 10-11 11-08 12-13"},
		{"1997-09-04 09:00",
			"FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
			"09-04 10-07 11-06"},
		{"1997-09-29 09:00",
			"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2;"
			"COUNT=3",
			"09-29 10-30 11-27"},
		{"1997-08-05 09:00",
			"FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
			"08-05 08-10 08-19 08-24"},
		{"1997-08-05 09:00",
			"FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
			"08-05 08-17 08-19 08-31"},
	};
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct spans s = {0};
		struct strbuf sb;
		struct period p;
		struct error e;

		make(&p, "America/New_York", rows[i].start, "1h",
			rows[i].rule);
		assert_int_equal(recur_check(&p, &e), 0);
		assert_int_equal(recur_expand(&p, at("1997-01-01"),
					 at("1998-12-31"), &s, &e),
			0);
		strbuf_init(&sb);
		for (k = 0; k < s.count; k++) {
			struct zone_scope scope;
			char text[TIME_TEXT_SIZE];

			zone_enter(&scope, p.zone);
			time_format_utc(
				zone_local(s.items[k].start), text);
			zone_leave(&scope);
			assert_memory_equal(text + 11, "09:00", 5);
			strbuf_addf(&sb, "%s%.5s", k ? " " : "", text + 5);
		}
		assert_string_equal(sb.buf, rows[i].days);
		strbuf_finish(&sb);
		spans_finish(&s);
		period_finish(&p);
	}
}

static void
test_times_that_happen_twice(void **state)
{
	struct period p;
	char *text;

	(void)state;
	make(&p, "Europe/Berlin", "2026-10-24 02:30", "30m", "FREQ=DAILY");
	expect(&p, "2026-10-24", "2026-10-27",
		"2026-10-24T00:30/01:00 2026-10-25T00:30/01:00 "
		"2026-10-26T01:30/02:00");
	text = recur_edges(&p, at("2026-10-24"), at("2026-10-27"));
	assert_string_equal(text, "its start 02:30 happens twice: the first "
				  "is meant on 2026-10-25");
	free(text);
	assert_null(recur_edges(&p, at("2026-11-01"), at("2026-11-27")));
	period_finish(&p);
}

static void
test_times_that_do_not_exist(void **state)
{
	struct period p;
	char *text;

	(void)state;
	make(&p, "Europe/Berlin", "2026-03-28 02:30", "30m", "FREQ=DAILY");
	expect(&p, "2026-03-28", "2026-03-31",
		"2026-03-28T01:30/02:00 2026-03-29T01:30/02:00 "
		"2026-03-30T00:30/01:00");
	text = recur_edges(&p, at("2026-03-28"), at("2026-03-31"));
	assert_non_null(strstr(text, "02:30 does not exist"));
	free(text);
	period_finish(&p);
	/* Half an hour, in the south. */
	make(&p, "Australia/Lord_Howe", "2026-10-03 02:15", "1h",
		"FREQ=DAILY;COUNT=3");
	expect(&p, "2026-10-01", "2026-10-07",
		"2026-10-02T15:45/16:45 2026-10-03T15:45/16:45 "
		"2026-10-04T15:15/16:15");
	period_finish(&p);
}

/* Days are nominal, hours exact. */
static void
test_durations(void **state)
{
	struct period p;

	(void)state;
	make(&p, "Europe/Berlin", "2026-03-28 12:00", "1d", NULL);
	expect(&p, "2026-03-01", "2026-04-01",
		"2026-03-28T11:00/2026-03-29T10:00");
	period_finish(&p);
	make(&p, "Europe/Berlin", "2026-03-28 12:00", "24h", NULL);
	expect(&p, "2026-03-01", "2026-04-01",
		"2026-03-28T11:00/2026-03-29T11:00");
	period_finish(&p);
	make(&p, "Europe/Berlin", "2026-10-24 12:00", "1d", NULL);
	expect(&p, "2026-10-01", "2026-11-01",
		"2026-10-24T10:00/2026-10-25T11:00");
	period_finish(&p);
}

/* It belongs to the day on which it opens. */
static void
test_overnight(void **state)
{
	struct period p;

	(void)state;
	make(&p, "Europe/Berlin", "2026-01-02 22:00", "4h",
		"FREQ=WEEKLY;BYDAY=FR");
	expect(&p, "2026-11-23", "2026-12-07",
		"2026-11-27T21:00/2026-11-28T01:00 "
		"2026-12-04T21:00/2026-12-05T01:00");
	/* A range that begins inside of it has it. */
	expect(&p, "2026-11-28 00:30", "2026-11-29",
		"2026-11-27T21:00/2026-11-28T01:00");
	expect(&p, "2026-11-28 01:00", "2026-11-29", "");
	expect(&p, "2026-11-27", "2026-11-27 21:00", "");
	/* Over the end of summer time it is five hours by the clock. */
	period_finish(&p);
	make(&p, "Europe/Berlin", "2026-10-24 22:00", "8h", NULL);
	expect(&p, "2026-10-24", "2026-10-26",
		"2026-10-24T20:00/2026-10-25T04:00");
	period_finish(&p);
}

static void
test_exceptions(void **state)
{
	struct period p;

	(void)state;
	make(&p, "Asia/Kathmandu", "2026-01-01 09:00", "1h", "FREQ=DAILY");
	period_add_exdate(&p, at("2026-01-02 09:00"));
	period_add_exdate(&p, at("2026-01-03 10:00")); /* no start of it */
	expect(&p, "2026-01-01", "2026-01-04",
		"2026-01-01T03:15/04:15 2026-01-03T03:15/04:15");
	period_finish(&p);
}

/* A range far from the start gives what iterating from the start gives. */
static void
test_ranges_agree(void **state)
{
	static const char *const rules[] = {"FREQ=DAILY",
		"FREQ=DAILY;INTERVAL=3",
		"FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,FR",
		"FREQ=WEEKLY;INTERVAL=3;BYDAY=TU,SU;WKST=SU",
		"FREQ=MONTHLY;BYDAY=2TU", "FREQ=MONTHLY;INTERVAL=5",
		"FREQ=MONTHLY;BYMONTHDAY=31", "FREQ=YEARLY",
		"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
		"FREQ=YEARLY;INTERVAL=3;BYYEARDAY=1,100,200",
		"FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", "FREQ=YEARLY;BYWEEKNO=20"};
	size_t i, k, n;
	int64_t from;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rules); i++) {
		struct spans all = {0};
		struct period p;
		struct error e;

		make(&p, "Europe/London", "2010-01-05 22:00", "5h", rules[i]);
		assert_int_equal(recur_expand(&p, at("2010-01-01"),
					 at("2031-01-01"), &all, &e),
			0);
		assert_true(all.count > 0);
		for (from = at("2012-02-25"); from < at("2030-01-01");
			from += 57 * DAY + 3601) {
			struct spans some = {0};

			assert_int_equal(recur_expand(&p, from,
						 from + 100 * DAY, &some, &e),
				0);
			for (k = n = 0; k < all.count; k++) {
				if (all.items[k].end <= from ||
					all.items[k].start >= from + 100 * DAY)
					continue;
				assert_true(n < some.count);
				assert_int_equal(some.items[n++].start,
					all.items[k].start);
			}
			assert_int_equal(n, some.count);
			spans_finish(&some);
		}
		spans_finish(&all);
		period_finish(&p);
	}
}

static void
test_refused(void **state)
{
	static const struct {
		const char *rule, *why;
	} rows[] = {{"FREQ=FOO", "expected an RFC 5545 rule"},
		{"BYDAY=MO", "expected an RFC 5545 rule"},
		{"", "expected an RFC 5545 rule"},
		{"FREQ=DAILY;INTERVAL=0", "expected an RFC 5545 rule"},
		{"FREQ=DAILY;COUNT=2;UNTIL=20260101T000000Z",
			"expected an RFC 5545 rule"},
		{"FREQ=SECONDLY", "once a day"},
		{"FREQ=MINUTELY", "once a day"},
		{"FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30", "once a day"},
		{"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "never happens"},
		{"FREQ=DAILY;UNTIL=20250101T000000Z", "never happens"},
		{"FREQ=DAILY;COUNT=20000", "COUNT is more than"},
		{"FREQ=WEEKLY;BYDAY=5MO", "BYDAY with a number"},
		{"FREQ=DAILY;BYHOUR=1,2,3,4,5;BYMINUTE=1,2,3,4,5",
			"more than 24 times"}};
	struct period p;
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		make(&p, "UTC", "2026-01-01 09:00", "1h", rows[i].rule);
		assert_int_equal(recur_check(&p, &e), -1);
		if (strstr(e.text, rows[i].why) == NULL)
			fail_msg("%s: %s", rows[i].rule, e.text);
		period_finish(&p);
	}
	make(&p, "Mars/Olympus", "2026-01-01 09:00", "1h", NULL);
	assert_int_equal(recur_check(&p, &e), -1);
	period_finish(&p);
	make(&p, "../../etc/passwd", "2026-01-01 09:00", "1h", NULL);
	assert_int_equal(recur_check(&p, &e), -1);
	period_finish(&p);
	make(&p, "UTC", "2026-01-01 09:00", "0s", NULL);
	assert_int_equal(recur_check(&p, &e), -1);
	period_finish(&p);
	make(&p, "UTC", "2026-01-01 09:00", "1h", NULL);
	period_add_exdate(&p, p.starts_local);
	assert_int_equal(recur_check(&p, &e), -1);
	period_finish(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc_examples),
		cmocka_unit_test(test_times_that_happen_twice),
		cmocka_unit_test(test_times_that_do_not_exist),
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_overnight),
		cmocka_unit_test(test_exceptions),
		cmocka_unit_test(test_ranges_agree),
		cmocka_unit_test(test_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
