/* test_text.c - bytes of others made safe to show; names; patterns. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/base.h"
#include "base/text.h"

#define BAD "\xef\xbf\xbd"

static void
shows(const char *in, const char *expected)
{
	char *out = text_printable(in);

	assert_string_equal(out, expected);
	free(out);
}

static void
test_printable(void **state)
{
	(void)state;
	shows("plain text", "plain text");
	shows("gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f");
	shows("a\tb\nc\r", "a" BAD "b" BAD "c" BAD);
	shows("\x1b[31mred", BAD "[31mred");
	shows("\x7f\x01", BAD BAD);
	shows("\xc2\x9b" "31m", BAD "31m");
	shows("a\xe2\x80\xae" "b", "a" BAD "b");
	shows("a\xe2\x80\xa8" "b", "a" BAD "b");
	shows("\xff\xfe", BAD BAD);
	shows("\xc0\xaf", BAD BAD);
	shows("\xed\xa0\x80", BAD BAD BAD);
	shows("\xf4\x90\x80\x80", BAD BAD BAD BAD);
	shows("\xe2\x82", BAD BAD);
	shows("\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80");
}

static void
test_whole(void **state)
{
	(void)state;
	assert_int_equal(text_whole("abc", 3), 3);
	assert_int_equal(text_whole("", 0), 0);
	assert_int_equal(text_whole("a\xc3\xbc", 3), 3);
	assert_int_equal(text_whole("a\xc3", 2), 1);
	assert_int_equal(text_whole("a\xe2\x82", 3), 1);
	assert_int_equal(text_whole("a\xe2\x82\xac", 4), 4);
	assert_int_equal(text_whole("\xf0\x9f\x98", 3), 0);
	assert_int_equal(text_whole("\xf0\x9f\x98\x80", 4), 4);
	/* What was no UTF-8 before it was cut stays as it is. */
	assert_int_equal(text_whole("a\x80", 2), 2);
}

static void
test_error_is_cut(void **state)
{
	char long_name[4096];
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i + 2 < sizeof(long_name); i += 2)
		memcpy(long_name + i, "\xc3\xbc", 3);
	for (i = 0; i < 2; i++) {
		error_set(&e, ERROR_IO, "%s%s", i ? "x" : "", long_name);
		assert_null(strstr(e.text, BAD));
		error_hint(&e, "%s%s", i ? "x" : "", long_name);
		assert_null(strstr(e.hint, BAD));
	}
}

static void
gives(const char *in, size_t len, const char *expected)
{
	struct strbuf out;

	strbuf_init(&out);
	text_add_output(&out, in, len);
	if (strcmp(out.buf, expected) != 0)
		fail_msg("'%s' became '%s'", in, out.buf);
	strbuf_finish(&out);
}

static void
test_output(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"a\nb\tc\n", "a\nb\tc\n"},
		{"a\r\nb\r\n", "a\nb\n"},
		{"10%\r20%\r30%\n", "30%\n"},
		{"x\ny 1\ry 2\n", "x\ny 2\n"},
		{"\x1b[1;31mred\x1b[0m", "red"},
		{"\x1b]0;title\a.", "."},
		{"\x1b]0;title\x1b\\.", "."},
		{"\x1bP1$r\x1b\\.", "."},
		{"\x1b[2J\x1b[H.", "."},
		{"\x1b(B.", "."},
		{"\x1b" "c.", "."},
		{"\x1b", ""},
		{"\x1b[", ""},
		{"\x1b[31", ""},
		{"\x1b]0;never closed", ""},
		{"\x1b]0;cut\nnext", "\nnext"},
		{"a\bb", "a" BAD "b"},
		{"\xff", BAD},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		gives(rows[i].in, strlen(rows[i].in), rows[i].out);
	gives("a\0b", 3, "a" BAD "b");
}

/* Cut anywhere into two pieces, nothing that a terminal obeys comes out. */
static void
test_split_sequences(void **state)
{
	static const char in[] = "ok \x1b[1;31mred\x1b[0m \x1b]0;evil\a "
				 "\x1bP+q\x1b\\ \xe2\x80\xae "
				 "\xc2\x9b" "31m\r\n";
	size_t len = sizeof(in) - 1, at, i;

	(void)state;
	for (at = 0; at <= len; at++) {
		struct strbuf out;

		strbuf_init(&out);
		text_add_output(&out, in, at);
		text_add_output(&out, in + at, len - at);
		assert_true(text_is_utf8(out.buf, out.len));
		for (i = 0; i < out.len; i++) {
			unsigned char c = (unsigned char)out.buf[i];

			if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
				fail_msg("byte 0x%02x, cut at %zu", c, at);
			if (c == 0xc2)
				assert_true((unsigned char)out.buf[i + 1] >=
					    0xa0);
		}
		assert_null(strstr(out.buf, "\xe2\x80\xae"));
		strbuf_finish(&out);
	}
}

static void
test_utf8(void **state)
{
	(void)state;
	assert_true(text_is_utf8("", 0));
	assert_true(text_is_utf8("\xc3\xa9", 2));
	assert_false(text_is_utf8("\xc3", 1));
	assert_false(text_is_utf8("a\0b", 3));
	assert_false(text_is_utf8("\xe0\x80\x80", 3));
	assert_false(text_is_utf8("\xf8\x88\x80\x80\x80", 5));
}

#define A62 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void
test_names(void **state)
{
	(void)state;
	assert_true(text_is_name("web-01.eu_1"));
	assert_true(text_is_name("a" A62));
	assert_false(text_is_name("ab" A62));
	assert_true(text_is_version("ab" A62));
	assert_false(text_is_version("abc" A62));
	assert_false(text_is_name(""));
	assert_false(text_is_name("-a"));
	assert_false(text_is_name(".."));
	assert_false(text_is_name("a b"));
	assert_false(text_is_name("a/b"));
	assert_false(text_is_name("a\n"));
	assert_false(text_is_name("a\xc3\xa9"));
	assert_true(text_is_version("1.4.2+build~1-x_y"));
	assert_false(text_is_version("1:2"));
	assert_false(text_is_version("$(x)"));
}

static void
test_patterns(void **state)
{
	char many_a[2000];

	(void)state;
	assert_true(text_matches("*", ""));
	assert_true(text_matches("web-*", "web-"));
	assert_true(text_matches("*-0?", "web-01"));
	assert_true(text_matches("a*b*c", "aXbYbZc"));
	assert_false(text_matches("a*b", "abc"));
	assert_false(text_matches("", "a"));
	assert_false(text_matches("?", ""));
	memset(many_a, 'a', sizeof(many_a) - 1);
	many_a[sizeof(many_a) - 1] = '\0';
	assert_false(text_matches("*a*a*a*a*a*a*a*a*a*a*b", many_a));
}

static void
test_width(void **state)
{
	(void)state;
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		fail_msg("no C.UTF-8 locale");
	assert_int_equal(text_width("abc"), 3);
	assert_int_equal(text_width("gr\xc3\xbc\xc3\x9f"), 4);
	assert_int_equal(text_width("\xe6\xbc\xa2"), 2);
	assert_int_equal(text_width("e\xcc\x81"), 1);
	assert_int_equal(text_width(""), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_printable),
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_error_is_cut),
		cmocka_unit_test(test_output),
		cmocka_unit_test(test_split_sequences),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_width),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
