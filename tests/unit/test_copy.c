/* test_copy.c - what is put on a clipboard, and written to files. */
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/unit/console_test.h"
#include "tui/export.h"
#include "tui/osc.h"

static void
a_clipboard_gets_base64(void **state)
{
	struct strbuf out;

	(void)state;
	strbuf_init(&out);
	assert_true(osc_clipboard(&out, "R-884", false));
	assert_string_equal(out.buf, "\033]52;c;Ui04ODQ=\a");
	strbuf_clear(&out);
	assert_true(osc_clipboard(&out, "R-884", true));
	assert_string_equal(out.buf, "\033P\033]52;c;Ui04ODQ=\a\033\\");
	strbuf_finish(&out);
}

static void
too_much_is_refused(void **state)
{
	char *text = xcalloc(OSC_CLIPBOARD_MAX + 2, 1);
	struct strbuf out;

	(void)state;
	memset(text, 'x', OSC_CLIPBOARD_MAX + 1);
	strbuf_init(&out);
	assert_false(osc_clipboard(&out, text, false));
	assert_int_equal(out.len, 0);
	text[OSC_CLIPBOARD_MAX] = '\0';
	assert_true(osc_clipboard(&out, text, false));
	strbuf_finish(&out);
	free(text);
}

/* Nothing in a text ends the sequence it stands in. */
static void
texts_stay_inside(void **state)
{
	struct strbuf out;

	(void)state;
	strbuf_init(&out);
	osc_link(&out, "https://a/\033]0;x", "t");
	assert_string_equal(out.buf, "t");
	strbuf_clear(&out);
	osc_notice(&out, 777, "a;b", "c\a\033]d", false);
	assert_string_equal(out.buf, "\033]777;notify;a b;c  ]d\a");
	strbuf_clear(&out);
	osc_notice(&out, 9, "sluice", "C-1 waits", true);
	assert_string_equal(out.buf,
		"\033Ptmux;\033\033]9;sluice: C-1 waits\a\033\\");
	strbuf_finish(&out);
}

static void
y_copies_the_id(void **state)
{
	(void)state;
	select_rollout("R-884");
	press("y");
	assert_ptr_equal(console_place(&t.console)->view, &copy_view);
	press("\r");
	assert_string_equal(t.console.raw.buf, "\033]52;c;Ui04ODQ=\a");
	press("q");
	assert_ptr_equal(console_place(&t.console)->view, &rollouts_view);
	assert_sent("");
}

static void
rows_are_exported_once(void **state)
{
	char dir[] = "/tmp/sluice-copy-XXXXXX", *text = NULL, *line;
	size_t len;
	struct error e;

	(void)state;
	assert_non_null(mkdtemp(dir));
	select_rollout("R-884");
	line = xasprintf(":export %s/rows.csv\r", dir);
	press(line);
	assert_non_null(strstr(t.console.message, "wrote"));
	press(line);
	assert_non_null(strstr(t.console.message, "there is such a file"));
	free(line);
	line = xasprintf("%s/rows.csv", dir);
	assert_int_equal(file_read(line, 1 << 20, &text, &len, &e), 0);
	assert_memory_equal(text, "\"ID\",\"STATE\"", 12);
	assert_non_null(strstr(text, "\"R-884\",\"RUNNING\""));
	unlink(line);
	rmdir(dir);
	free(line);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_clipboard_gets_base64),
		TEST(too_much_is_refused),
		TEST(texts_stay_inside),
		TEST(y_copies_the_id),
		TEST(rows_are_exported_once),
	};

	setlocale(LC_ALL, "C.UTF-8");
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("copy", tests, NULL, NULL);
}
