/* test_text_diff.c - hunks as diff -u writes them, and nothing that a
 * terminal would obey. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "model/text_diff.h"

static char *
diff(const char *a, const char *b, size_t most)
{
	struct strings lines = {0};
	struct strbuf out;
	size_t i;

	strbuf_init(&out);
	strbuf_adds(&out, "");
	text_diff(a, strlen(a), b, strlen(b), most, &lines);
	for (i = 0; i < lines.count; i++)
		strbuf_addf(&out, "%s\n", lines.items[i]);
	strings_finish(&lines);
	return strbuf_detach(&out);
}

static void
check(const char *a, const char *b, const char *expected)
{
	char *got = diff(a, b, 1000);

	assert_string_equal(got, expected);
	free(got);
}

static void
test_hunks(void **state)
{
	(void)state;
	check("a\nb\n", "a\nb\n", "");
	check("", "", "");
	check("", "a\nb\n", "@@ -0,0 +1,2 @@\n+a\n+b\n");
	check("a\nb\n", "", "@@ -1,2 +0,0 @@\n-a\n-b\n");
	check("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n",
		"@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
	check("a\nx\nb\n", "a\ny\nz\nb\n",
		"@@ -1,3 +1,4 @@\n a\n-x\n+y\n+z\n b\n");
}

/* Far apart: two hunks; near: one. */
static void
test_two_hunks(void **state)
{
	char *got = diff("a\n1\n2\n3\n4\n5\n6\n7\nb\n",
		"A\n1\n2\n3\n4\n5\n6\n7\nB\n", 1000);

	(void)state;
	assert_non_null(strstr(got, "@@ -1,4 +1,4 @@\n-a\n+A\n 1\n"));
	assert_non_null(strstr(got, "@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n"));
	free(got);
	got = diff("a\n1\n2\nb\n", "A\n1\n2\nB\n", 1000);
	assert_string_equal(
		got, "@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n-b\n+B\n");
	free(got);
}

static void
test_limits(void **state)
{
	struct strbuf a, b;
	char *got;
	int i;

	(void)state;
	strbuf_init(&a);
	strbuf_init(&b);
	for (i = 0; i < 3 * TEXT_DIFF_LINES; i++) {
		strbuf_addf(&a, "a%d\n", i);
		strbuf_addf(&b, "b%d\n", i);
	}
	got = diff(a.buf, b.buf, 5);
	assert_string_equal(got,
		"@@ -1,3000 +1,3000 @@\n-a0\n-a1\n-a2\n-a3\n...\n");
	free(got);
	strbuf_finish(&a);
	strbuf_finish(&b);
}

static void
test_hostile(void **state)
{
	char *got = diff("x\n", "\x1b]0;owned\a\x1b[2J\xff\r\n", 100);

	(void)state;
	assert_null(strchr(got, '\x1b'));
	assert_null(strchr(got, '\a'));
	assert_null(strchr(got, '\r'));
	assert_null(strchr(got, '\xff'));
	free(got);
	assert_false(text_diff_is_text("a\0b", 3));
	assert_false(text_diff_is_text("\xff", 1));
	assert_true(text_diff_is_text("gr\xc3\xbc\xc3\x9f", 6));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hunks),
		cmocka_unit_test(test_two_hunks),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_hostile),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("text_diff", tests, NULL, NULL);
}
