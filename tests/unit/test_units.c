/* test_units.c - durations, sizes and times, at the edges of summer time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/base.h"
#include "base/units.h"

#define BERLIN "Europe/Berlin"
#define DAY ((int64_t)86400)

static void
test_durations(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = {{"0", 0}, {"90s", 90000}, {"10m", 600000},
		{"2h", 7200000}, {"3d", 259200000}, {"0.2s", 200},
		{"200ms", 200}, {"1.5h", 5400000}, {"0s", 0},
		{"3650d", 315360000000}};
	static const char *const bad[] = {"", "10", "s", "-1s", "1 s", "1s ",
		"1x", "1.2.3s", ".5s", "1e3s", "3651d", "999999999999999999d",
		"1h30m", "0x1s", "nans", "infs",
		"00000000000000000000000000000000000000001s"};
	int64_t ms = 5;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(duration_parse(rows[i].text, &ms, NULL), 0);
		assert_int_equal(ms, rows[i].ms);
	}
	ms = 5;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		struct error e;

		if (duration_parse(bad[i], &ms, &e) != -1)
			fail_msg("'%s' passed", bad[i]);
		assert_int_equal(e.code, ERROR_INVALID);
	}
	assert_int_equal(ms, 5);
}

static void
test_sizes(void **state)
{
	static const struct {
		const char *text;
		int64_t bytes;
	} rows[] = {{"0", 0}, {"100", 100}, {"100B", 100}, {"64KiB", 65536},
		{"10MB", 10000000}, {"5GiB", 5368709120}, {"1.5KiB", 1536},
		{"2TiB", 2199023255552}};
	static const char *const bad[] = {"", "-1", "5 GiB", "5gib", "GiB",
		"1e9", "99999999999TiB", "1..5KiB"};
	int64_t bytes;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(size_parse(rows[i].text, &bytes, NULL), 0);
		assert_int_equal(bytes, rows[i].bytes);
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (size_parse(bad[i], &bytes, NULL) != -1)
			fail_msg("'%s' passed", bad[i]);
}

static void
is_time(const char *text, const char *zone, int64_t now, const char *expected)
{
	char out[TIME_TEXT_SIZE];
	struct error e;
	int64_t at;

	if (time_parse(text, zone, now, &at, &e) == -1)
		fail_msg("%s", e.text);
	time_format_utc(at, out);
	if (strcmp(out, expected) != 0)
		fail_msg("'%s' in %s is %s, not %s", text,
			zone == NULL ? "UTC" : zone, out, expected);
}

static void
test_times(void **state)
{
	/* 2026-11-23T14:05:00Z, a Monday. */
	int64_t now = 1795442700;

	(void)state;
	is_time("now", NULL, now, "2026-11-23T14:05:00Z");
	is_time("2026-11-24T08:00:00Z", BERLIN, now, "2026-11-24T08:00:00Z");
	is_time("2026-11-24T08:00:00+05:30", NULL, now,
		"2026-11-24T02:30:00Z");
	is_time("2026-11-24T08:00:00.5-01:00", NULL, now,
		"2026-11-24T09:00:00Z");
	is_time("2026-11-24 08:00", BERLIN, now, "2026-11-24T07:00:00Z");
	is_time("2026-07-24 08:00", BERLIN, now, "2026-07-24T06:00:00Z");
	is_time("2026-11-24", BERLIN, now, "2026-11-23T23:00:00Z");
	is_time("2026-11-24 08:00:30", NULL, now, "2026-11-24T08:00:30Z");
	is_time("+2h", NULL, now, "2026-11-23T16:05:00Z");
	is_time("-90d", NULL, now, "2026-08-25T14:05:00Z");
	is_time("today", BERLIN, now, "2026-11-22T23:00:00Z");
	is_time("tomorrow 08:00", BERLIN, now, "2026-11-24T07:00:00Z");
	is_time("mon 09:30", NULL, now, "2026-11-30T09:30:00Z");
	is_time("mon 18:30", NULL, now, "2026-11-23T18:30:00Z");
	is_time("Tue 09:30", NULL, now, "2026-11-24T09:30:00Z");
	is_time("2028-02-29 00:00", NULL, now, "2028-02-29T00:00:00Z");
	is_time("2026-11-24 08:00", "Asia/Kolkata", now,
		"2026-11-24T02:30:00Z");
	is_time("2026-11-24 08:00", "Australia/Lord_Howe", now,
		"2026-11-23T21:00:00Z");
}

/* RFC 5545 3.3.5: twice is the first, never is read as before the gap. */
static void
test_summer_time(void **state)
{
	(void)state;
	/* Berlin falls back on 2026-10-25 at 03:00 CEST to 02:00 CET. */
	is_time("2026-10-25 01:59", BERLIN, 0, "2026-10-24T23:59:00Z");
	is_time("2026-10-25 02:30", BERLIN, 0, "2026-10-25T00:30:00Z");
	is_time("2026-10-25 03:00", BERLIN, 0, "2026-10-25T02:00:00Z");
	/* and springs forward on 2026-03-29 at 02:00. */
	is_time("2026-03-29 01:59", BERLIN, 0, "2026-03-29T00:59:00Z");
	is_time("2026-03-29 02:30", BERLIN, 0, "2026-03-29T01:30:00Z");
	is_time("2026-03-29 03:00", BERLIN, 0, "2026-03-29T01:00:00Z");
	/* New York, west of Greenwich. */
	is_time("2026-11-01 01:30", "America/New_York", 0,
		"2026-11-01T05:30:00Z");
	is_time("2026-03-08 02:30", "America/New_York", 0,
		"2026-03-08T07:30:00Z");
	/* Lord Howe moves by half an hour, in the southern hemisphere. */
	is_time("2026-04-05 01:45", "Australia/Lord_Howe", 0,
		"2026-04-04T14:45:00Z");
	is_time("2026-10-04 02:15", "Australia/Lord_Howe", 0,
		"2026-10-03T15:45:00Z");
	/* "+2h" is exact, "tomorrow" is by the clock on the wall. */
	is_time("tomorrow 08:00", BERLIN, 1792882800 - DAY,
		"2026-10-25T07:00:00Z");
}

static void
test_bad_times(void **state)
{
	static const char *const bad[] = {"", "soon", "2026-13-01",
		"2026-02-30", "2026-11-24 24:00", "2026-11-24 08:60",
		"2026-11-24T08:00:00+25:00", "2026-11-24 08:00 PM", "+",
		"+2", "-x", "08:00", "2026-11-24Z", "26-11-24", "tomorrow 8",
		"mon09:30", "2027-02-29", "1969-01-01", "2026-1-1",
		"2026-11-24 08:00:61", "2026-11-24x08:00"};
	int64_t at = 5;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (time_parse(bad[i], NULL, 0, &at, NULL) != -1)
			fail_msg("'%s' passed", bad[i]);
	assert_int_equal(at, 5);
}

static void
test_formats(void **state)
{
	char out[TIME_TEXT_SIZE];

	(void)state;
	duration_format(45000, out);
	assert_string_equal(out, "45s");
	duration_format(370000, out);
	assert_string_equal(out, "6m10");
	duration_format(7500000, out);
	assert_string_equal(out, "2h05");
	duration_format(273600000, out);
	assert_string_equal(out, "3d 4h");
	size_format(1572864, out);
	assert_string_equal(out, "1.5 MiB");
	size_format(0, out);
	assert_string_equal(out, "0 B");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_summer_time),
		cmocka_unit_test(test_bad_times),
		cmocka_unit_test(test_formats),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}
