/* test_canvas.c - cells, widths, clipping; no control byte gets in. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tui/canvas.h"

static void
assert_row(const struct canvas *c, int y, const char *expected)
{
	struct strbuf row;

	strbuf_init(&row);
	canvas_row_text(c, y, &row);
	assert_string_equal(row.buf, expected);
	strbuf_finish(&row);
}

static void
text_is_clipped_at_every_edge(void **state)
{
	struct canvas c;

	(void)state;
	canvas_init(&c, 10, 2, false);
	assert_int_equal(canvas_put(&c, 0, 7, 99, STYLE_UI_TEXT, "abcdef"), 3);
	assert_int_equal(canvas_put(&c, 1, 0, 4, STYLE_UI_TEXT, "abcdef"), 4);
	assert_int_equal(canvas_put(&c, 2, 0, 9, STYLE_UI_TEXT, "x"), 0);
	assert_int_equal(canvas_put(&c, -1, 0, 9, STYLE_UI_TEXT, "x"), 0);
	assert_int_equal(canvas_put(&c, 0, 10, 9, STYLE_UI_TEXT, "x"), 0);
	assert_row(&c, 0, "       abc");
	assert_row(&c, 1, "abcd");
	canvas_finish(&c);
}

/* What is cut says so, where there is room to; blanks are no loss. */
static void
what_is_cut_has_a_sign(void **state)
{
	struct canvas c;

	(void)state;
	canvas_init(&c, 10, 6, true);
	canvas_put(&c, 0, 0, 8, STYLE_UI_TEXT, "freeze of the year");
	assert_row(&c, 0, "freeze ~");
	canvas_put(&c, 1, 0, 8, STYLE_UI_TEXT, "it fits.   ");
	assert_row(&c, 1, "it fits.");
	canvas_put(&c, 2, 3, 99, STYLE_UI_TEXT, "the edge too");
	assert_row(&c, 2, "   the ed~");
	canvas_put(&c, 3, 0, 6, STYLE_UI_TEXT, "short of room");
	assert_row(&c, 3, "short");
	c.ascii = false;
	canvas_put(&c, 4, 0, 8, STYLE_UI_TEXT, "abcdefghi");
	assert_row(&c, 4, "abcdefg\xe2\x80\xa6");
	canvas_put(&c, 5, 0, 8, STYLE_UI_TEXT, "abcdef\xe6\x97\xa5z");
	assert_row(&c, 5, "abcdef\xe2\x80\xa6");
	canvas_finish(&c);
}

static void
wide_characters_are_never_halved(void **state)
{
	struct canvas c;

	(void)state;
	canvas_init(&c, 5, 1, false);
	assert_int_equal(canvas_put(&c, 0, 0, 5, STYLE_UI_TEXT,
				 "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"),
		4);
	assert_row(&c, 0, "\xe6\x97\xa5\xe6\x9c\xac");
	/* Over the right half of the first: its left half goes as well. */
	canvas_put(&c, 0, 1, 1, STYLE_UI_TEXT, "x");
	assert_row(&c, 0, " x\xe6\x9c\xac");
	canvas_finish(&c);
}

static void
control_bytes_become_question_marks(void **state)
{
	struct canvas c;

	(void)state;
	canvas_init(&c, 20, 1, false);
	canvas_put(&c, 0, 0, 20, STYLE_UI_TEXT,
		"a\033[31m\a\x7f\xc2\x9b\xff\xe2\x82z");
	assert_row(&c, 0, "a?[31m?????z");
	canvas_finish(&c);
}

static void
ascii_canvas_holds_ascii_only(void **state)
{
	struct canvas c;

	(void)state;
	canvas_init(&c, 20, 1, true);
	canvas_put(&c, 0, 0, 20, STYLE_UI_TEXT, "caf\xc3\xa9 \xe2\x96\x88");
	assert_row(&c, 0, "caf? ?");
	canvas_finish(&c);
}

static void
names_are_cut_in_the_middle(void **state)
{
	struct canvas c;

	(void)state;
	canvas_init(&c, 20, 1, true);
	canvas_put_name(&c, 0, 0, 11, STYLE_UI_TEXT, "web-api-eu1-0231");
	assert_row(&c, 0, "web-a~-0231");
	canvas_finish(&c);
}

static void
numbers_stand_at_the_right(void **state)
{
	struct canvas c;

	(void)state;
	canvas_init(&c, 8, 1, true);
	canvas_put_right(&c, 0, 1, 5, STYLE_UI_TEXT, "42%");
	assert_row(&c, 0, "   42%");
	canvas_finish(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_clipped_at_every_edge),
		cmocka_unit_test(what_is_cut_has_a_sign),
		cmocka_unit_test(wide_characters_are_never_halved),
		cmocka_unit_test(control_bytes_become_question_marks),
		cmocka_unit_test(ascii_canvas_holds_ascii_only),
		cmocka_unit_test(names_are_cut_in_the_middle),
		cmocka_unit_test(numbers_stand_at_the_right),
	};

	setlocale(LC_ALL, "C.UTF-8");
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("canvas", tests, NULL, NULL);
}
