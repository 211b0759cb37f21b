/* test_table.c - objects as aligned text. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tui/table.h"

static const struct column columns[] = {
	{"NAME", "name", COLUMN_TEXT, NULL},
	{"STATE", "state", COLUMN_STATE, NULL},
	{"SIZE", "size_bytes", COLUMN_SIZE, NULL},
	{"AT", "at", COLUMN_TIME, NULL},
	{"SHA256", "sha256", COLUMN_DIGEST, NULL},
	{"REASON", "reason", COLUMN_TEXT, NULL},
};

/* What is printed for the JSON text (owned). */
static char *
printed(const char *json, const struct look *look, bool as_table)
{
	json_t *o = json_loads(json, 0, NULL);
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(o);
	assert_non_null(out);
	if (as_table)
		table_print(out, look, columns, ARRAY_SIZE(columns), o);
	else
		fields_print(out, look, columns, ARRAY_SIZE(columns), o);
	fclose(out);
	json_decref(o);
	return text;
}

static void
check(const char *json, const struct look *look, bool as_table,
	const char *expected)
{
	char *text = printed(json, look, as_table);

	assert_string_equal(text, expected);
	free(text);
}

static const char two_rows[] =
	"[{\"name\":\"a\",\"state\":\"failed\",\"size_bytes\":1536,"
	"\"at\":\"2026-11-23T14:05:07Z\",\"sha256\":\"0123456789abcdef\","
	"\"reason\":\"no space\"},"
	"{\"name\":\"long name \\u00e9\",\"state\":\"other\",\"at\":null}]";

static void
test_columns(void **state)
{
	struct look plain = {false, 0};

	(void)state;
	check(two_rows, &plain, true,
		"NAME         STATE      SIZE  AT                    "
		"SHA256        REASON\n"
		"a            failed  1.5 KiB  2026-11-23 14:05:07Z  "
		"0123456789ab  no space\n"
		"long name \u00e9  other         -  -                     "
		"-             -\n");
	check("[]", &plain, true, "NAME  STATE  SIZE  AT  SHA256  REASON\n");
}

static void
test_color(void **state)
{
	struct look color = {true, 0};
	char *text = printed(two_rows, &color, true);

	(void)state;
	assert_non_null(strstr(text, "\033[31mfailed\033[0m  "));
	assert_non_null(strstr(text, " other  "));
	free(text);
}

/* On a terminal nothing is wider than it, and no reason is cut. */
static void
test_width(void **state)
{
	struct look wide = {false, 100}, middle = {false, 46},
		    narrow = {false, 20}, none = {false, 0};
	const char *row = "[{\"name\":\"web\",\"at\":\"2026-11-23T14:05:07Z\","
			  "\"reason\":\"a reason that is too long for it\"}]";
	char *text;

	(void)state;
	check(row, &wide, true,
		"NAME  STATE  SIZE  AT                    SHA256  REASON\n"
		"web   -         -  2026-11-23 14:05:07Z  -       a reason "
		"that is too long for it\n");
	check(row, &middle, true,
		"NAME  AT            REASON\n"
		"web   11-23 14:05Z  a reason that is too long\n"
		"                    for it\n");
	check(row, &narrow, true,
		"NAME  AT\n"
		"web   11-23 14:05Z\n"
		"    REASON a reason\n"
		"    that is too long\n"
		"    for it\n");
	text = printed(row, &none, true);
	assert_non_null(strstr(text, "too long for it\n"));
	free(text);
}

/* The clocks of the configuration, and their name. */
static void
test_zone(void **state)
{
	struct look plain = {false, 0};

	(void)state;
	table_set_zone("Europe/Berlin");
	check("{\"at\":\"2026-11-23T23:05:07Z\"}", &plain, false,
		"AT      2026-11-24 00:05:07 CET\n");
	table_set_zone("UTC");
	check("{\"at\":\"2026-11-23T23:05:07Z\"}", &plain, false,
		"AT      2026-11-23 23:05:07Z\n");
}

/* Bytes of others stay on their line and act on no terminal. */
static void
test_hostile(void **state)
{
	struct look plain = {false, 0};
	char *text = printed("[{\"name\":\"a\\nb\\u001b[31m\\u009b\"}]", &plain,
		true);

	(void)state;
	assert_null(strstr(text, "\033"));
	assert_null(strstr(text, "\302\233"));
	assert_null(strstr(text, "a\nb"));
	free(text);
}

static void
test_fields(void **state)
{
	struct look plain = {false, 0};

	(void)state;
	check("{\"name\":\"a\",\"size_bytes\":0,"
	      "\"sha256\":\"0123456789abcdef\","
	      "\"reason\":\"one\\ntwo\\n\",\"at\":null}",
		&plain, false,
		"NAME    a\n"
		"SIZE    0 B\n"
		"SHA256  0123456789abcdef\n"
		"REASON  one\n"
		"        two\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_color),
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_zone),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_fields),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
