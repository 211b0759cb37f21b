/* test_calendar.c - what is open, what fits, what is the next slot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/calendar.h"

static void
expect(const struct openings *o, const char *expected)
{
	struct strbuf sb;
	size_t i;

	strbuf_init(&sb);
	for (i = 0; i < o->count; i++) {
		strbuf_addf(&sb, "%s%d-", i ? " " : "",
			(int)o->items[i].start);
		if (o->items[i].end == CALENDAR_FOREVER)
			strbuf_adds(&sb, "ever");
		else
			strbuf_addf(&sb, "%d", (int)o->items[i].end);
	}
	assert_string_equal(sb.buf == NULL ? "" : sb.buf, expected);
	strbuf_finish(&sb);
}

static void
test_deny_beats_allow(void **state)
{
	struct period window = {.kind = PERIOD_WINDOW};
	struct period freeze = {.kind = PERIOD_FREEZE};
	struct span w[] = {{10, 20, &window}, {20, 30, &window},
		{25, 28, &window}, {40, 50, &window}};
	struct span d[] = {{12, 14, &freeze}, {13, 16, &freeze},
		{29, 45, &freeze}};
	struct spans windows = {w, 4, 4}, denies = {d, 3, 3}, none = {0};
	struct openings o;

	(void)state;
	calendar_open(&windows, true, &denies, 0, 1000, &o);
	expect(&o, "10-12 16-29 45-50");
	assert_ptr_equal(o.items[0].closer, &freeze);
	assert_ptr_equal(o.items[2].closer, &window);
	openings_finish(&o);
	/* Windows that touch are one: nothing closes at 20. */
	calendar_open(&windows, true, &none, 0, 1000, &o);
	expect(&o, "10-30 40-50");
	openings_finish(&o);
	calendar_open(&none, false, &denies, 0, 1000, &o);
	expect(&o, "0-12 16-29 45-ever");
	openings_finish(&o);
	calendar_open(&none, true, &none, 0, 1000, &o);
	expect(&o, "");
	openings_finish(&o);
	calendar_open(&windows, true, &none, 0, 50, &o);
	expect(&o, "10-30 40-ever");
	openings_finish(&o);
}

static void
test_nested_denies(void **state)
{
	struct period freeze = {.kind = PERIOD_FREEZE};
	struct span d[] = {{10, 100, &freeze}, {20, 30, &freeze},
		{40, 50, &freeze}, {200, 210, &freeze}};
	struct span w[] = {{15, 25, NULL}, {35, 120, NULL}, {150, 205, NULL}};
	struct spans denies = {d, 4, 4}, windows = {w, 3, 3};
	struct openings o;

	(void)state;
	calendar_open(&windows, true, &denies, 0, 1000, &o);
	expect(&o, "100-120 150-200");
	openings_finish(&o);
	assert_ptr_equal(spans_at(&denies, 45), &d[0]);
	assert_null(spans_at(&denies, 100));
	assert_ptr_equal(spans_at(&denies, 200), &d[3]);
	assert_ptr_equal(spans_before(&denies, 150), &d[0]);
}

static void
test_fit(void **state)
{
	struct opening items[] = {{100, 200, NULL}, {300, 340, NULL},
		{400, CALENDAR_FOREVER, NULL}};
	struct openings o = {items, 3, 3}, first = {items, 2, 2};
	struct need need = {30, 20};

	(void)state;
	assert_int_equal(calendar_fit(&o, 150, &need), FIT_YES);
	assert_int_equal(calendar_fit(&o, 151, &need), FIT_WITHOUT_ROLLBACK);
	assert_int_equal(calendar_fit(&o, 170, &need), FIT_WITHOUT_ROLLBACK);
	assert_int_equal(calendar_fit(&o, 171, &need), FIT_NO);
	assert_int_equal(calendar_fit(&o, 99, &need), FIT_NO);
	assert_int_equal(calendar_fit(&o, 200, &need), FIT_NO);
	assert_int_equal(calendar_fit(&o, 1000000, &need), FIT_YES);
	assert_int_equal(calendar_last_safe_start(&o, 0, &need), 150);
	assert_int_equal(calendar_last_safe_start(&o, 150, &need), 150);
	assert_int_equal(calendar_last_safe_start(&o, 151, &need), 0);
	assert_int_equal(calendar_last_safe_start(&first, 151, &need), 0);
}

static void
test_next_slot(void **state)
{
	struct opening items[] = {{100, 200, NULL}, {300, 340, NULL},
		{400, CALENDAR_FOREVER, NULL}};
	struct openings o = {items, 3, 3};
	struct span b[] = {{90, 120, NULL}, {130, 160, NULL},
		{380, 900, NULL}, {410, 420, NULL}};
	struct spans busy = {b, 4, 4}, none = {0};
	struct need need = {30, 20};

	(void)state;
	assert_int_equal(calendar_next_slot(&o, &none, 0, 1000, &need), 100);
	assert_int_equal(calendar_next_slot(&o, &none, 151, 1000, &need), 400);
	assert_int_equal(calendar_next_slot(&o, &none, 151, 400, &need), -1);
	assert_int_equal(calendar_next_slot(&o, &busy, 0, 1000, &need), 900);
	need.back_s = 0;
	assert_int_equal(calendar_next_slot(&o, &busy, 0, 1000, &need), 160);
	need.forward_s = 10;
	assert_int_equal(calendar_next_slot(&o, &busy, 0, 1000, &need), 120);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deny_beats_allow),
		cmocka_unit_test(test_nested_denies),
		cmocka_unit_test(test_fit),
		cmocka_unit_test(test_next_slot),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
