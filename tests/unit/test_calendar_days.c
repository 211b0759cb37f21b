/* test_calendar_days.c - days and hours as clocks show them, in zones whose
 * clocks change: by an hour, by half an hour, in the southern hemisphere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/units.h"
#include "tui/calendar.h"

static int64_t
at(const char *text)
{
	int64_t t;

	assert_int_equal(time_parse(text, NULL, 0, &t, NULL), 0);
	return t;
}

static void
zone(const char *name)
{
	setenv("TZ", name, 1);
	tzset();
}

static void
expect_words(int64_t day, const char *words)
{
	struct strbuf out;

	strbuf_init(&out);
	calendar_clock_words(day, false, &out);
	assert_string_equal(out.len > 0 ? out.buf : "", words);
	strbuf_finish(&out);
}

static void
an_hour_that_comes_twice(void **state)
{
	int64_t day;

	(void)state;
	zone("Europe/Berlin");
	day = calendar_day(at("2026-10-25T12:00:00Z"), false);
	assert_int_equal(day, at("2026-10-24T22:00:00Z"));
	assert_int_equal(calendar_day_add(day, 1, false) - day, 25 * 3600);
	assert_int_equal(calendar_clock(day, 2 * 3600, false, false),
		at("2026-10-25T00:00:00Z"));
	assert_int_equal(calendar_clock(day, 2 * 3600, true, false),
		at("2026-10-25T01:00:00Z"));
	assert_int_equal(calendar_clock(day, 3 * 3600, true, false), -1);
	assert_int_equal(calendar_clock(day, 3 * 3600, false, false),
		at("2026-10-25T02:00:00Z"));
	expect_words(day, "clocks go back: 02:00 to 03:00 happens twice");
	expect_words(calendar_day_add(day, 1, false), "");
}

static void
an_hour_that_never_comes(void **state)
{
	int64_t day;

	(void)state;
	zone("Europe/Berlin");
	day = calendar_day(at("2026-03-29T12:00:00Z"), false);
	assert_int_equal(calendar_day_add(day, 1, false) - day, 23 * 3600);
	assert_int_equal(calendar_clock(day, 2 * 3600, false, false), -1);
	assert_int_equal(calendar_clock(day, 3 * 3600, false, false),
		at("2026-03-29T01:00:00Z"));
	expect_words(day, "clocks go forward: 02:00 to 03:00 does not exist");
}

static void
half_an_hour_in_the_south(void **state)
{
	int64_t day;

	(void)state;
	zone("Australia/Lord_Howe");
	day = calendar_day(at("2026-04-05T00:00:00Z"), false);
	assert_int_equal(
		calendar_day_add(day, 1, false) - day, 24 * 3600 + 1800);
	assert_int_equal(calendar_clock(day, 3600 + 1800, true, false) -
				 calendar_clock(day, 3600 + 1800, false, false),
		1800);
	expect_words(day, "clocks go back: 01:30 to 02:00 happens twice");
}

static void
months_go_on_over_the_change(void **state)
{
	int64_t day;
	struct tm tm;
	int i;

	(void)state;
	zone("America/New_York");
	day = calendar_day(at("2026-01-01T12:00:00Z"), false);
	for (i = 0; i < 365; i++) {
		calendar_tm(day, false, &tm);
		assert_int_equal(tm.tm_yday, i);
		assert_int_equal(tm.tm_hour, 0);
		day = calendar_day_add(day, 1, false);
	}
	assert_int_equal(
		calendar_day_add(day, -365, false), at("2026-01-01T05:00:00Z"));
	/* In UTC no day is special. */
	day = calendar_day(at("2026-11-01T12:00:00Z"), true);
	assert_int_equal(calendar_day_add(day, 1, true) - day, 24 * 3600);
}

static void
the_strongest_rule_shades(void **state)
{
	struct calendar cal = {0};
	json_t *answer = json_pack(
		"{s:[{s:s, s:s, s:s, s:s, s:s}, {s:s, s:s, s:s, s:s, s:s, "
		"s:s}, {s:s, s:s, s:s, s:n}]}",
		"items", "kind", "window", "id", "prod/w", "name", "w",
		"starts_at", "2026-11-23T08:00:00Z", "ends_at",
		"2026-11-23T17:00:00Z", "kind", "freeze", "id", "F-1", "name",
		"f", "severity", "soft", "starts_at", "2026-11-23T12:00:00Z",
		"ends_at", "2026-11-23T13:00:00Z", "kind", "hold", "id", "prod",
		"starts_at", "2026-11-23T16:00:00Z", "ends_at");
	int64_t day = at("2026-11-23T00:00:00Z");

	(void)state;
	assert_non_null(answer);
	calendar_add(&cal, answer);
	assert_int_equal(cal.count, 3);
	assert_int_equal(calendar_shade(&cal, day, day + 3600), SHADE_CLOSED);
	assert_int_equal(calendar_shade(&cal, day + 9 * 3600, day + 10 * 3600),
		SHADE_OPEN);
	assert_int_equal(calendar_shade(&cal, day + 12 * 3600, day + 13 * 3600),
		SHADE_SOFT);
	assert_int_equal(calendar_shade(&cal, day + 11 * 3600, day + 12 * 3600),
		SHADE_OPEN);
	assert_int_equal(calendar_shade(&cal, day + 40 * 3600, day + 41 * 3600),
		SHADE_STOPPED);
	json_decref(answer);
	calendar_finish(&cal);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_hour_that_comes_twice),
		cmocka_unit_test(an_hour_that_never_comes),
		cmocka_unit_test(half_an_hour_in_the_south),
		cmocka_unit_test(months_go_on_over_the_change),
		cmocka_unit_test(the_strongest_rule_shades),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("calendar_days", tests, NULL, NULL);
}
