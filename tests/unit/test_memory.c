/* test_memory.c - what a list is like comes back on another terminal. */
#include "tests/unit/console_test.h"

static void
command(const char *line)
{
	press(":");
	press(line);
	press("\r");
}

static const char *
first_id(void)
{
	return console_place(&t.console)->list.rows[0].record->id;
}

static void
order_columns_and_filter_come_back(void **state)
{
	const struct place *p;

	(void)state;
	press("2]]]]");
	command("sort version");
	press("S/web\r");
	command("columns id,version");
	begin_again();
	press("2");
	p = console_place(&t.console);
	assert_int_equal(p->section, 4);
	assert_string_equal(p->sorted_by, "VERSION");
	assert_true(p->reversed);
	assert_string_equal(p->filter_text, "web");
	assert_string_equal(p->columns, "id,version");
	assert_int_equal(p->list.shown, 2);
}

static void
rows_are_in_the_order_of_a_column(void **state)
{
	(void)state;
	press("2]]]]");
	command("sort id");
	assert_string_equal(first_id(), "R-879");
	press("S");
	assert_string_equal(first_id(), "R-887");
	command("sort version");
	press("S");
	assert_string_equal(first_id(), "R-881");
	command("sort colour");
	assert_non_null(strstr(t.console.message, "no column"));
	command("sort");
	assert_string_equal(console_place(&t.console)->sorted_by, "");
}

static void
the_cursor_comes_back_to_its_object(void **state)
{
	(void)state;
	press("2jj");
	assert_string_equal(
		list_selected(&console_place(&t.console)->list)->record->id,
		"R-884");
	press("1");
	begin_again();
	press("2");
	assert_string_equal(
		list_selected(&console_place(&t.console)->list)->record->id,
		"R-884");
}

static void
a_filter_becomes_a_section(void **state)
{
	size_t n = view_section_count(&t.console, &rollouts_view);

	(void)state;
	press("2");
	command("save");
	press("\r");
	assert_non_null(strstr(t.console.message, "needs NAME"));
	command("save Web");
	assert_non_null(strstr(t.console.message, "no filter"));
	press("/svc:web-ui\r");
	command("save Web");
	begin_again();
	assert_int_equal(
		view_section_count(&t.console, &rollouts_view), n + 1);
	press("2\\");
	press("[");
	assert_string_equal(view_section_name(&t.console, &rollouts_view, n),
		"Web");
	assert_int_equal(console_place(&t.console)->section, (int)n);
	assert_int_equal(console_place(&t.console)->list.shown, 2);
	assert_int_equal(console_place(&t.console)->counts[n], 2);
	command("forget web");
	assert_int_equal(view_section_count(&t.console, &rollouts_view), n);
}

/* What the site says comes first, what a person keeps wins. */
static void
the_configuration_begins(void **state)
{
	size_t n = view_section_count(&t.console, &rollouts_view);

	(void)state;
	t.depth = THEME_256;
	t.configured = json_pack(
		"{s:s, s:s, s:b, s:[{s:s, s:s, s:s}, {s:s, s:s, s:s}]}",
		"theme", "light", "glyphs", "ascii", "mouse", 1, "sections",
		"view", "rollouts", "name", "Web, all", "query", "svc:web-ui",
		"view", "nowhere", "name", "Lost", "query", "x");
	begin_again();
	assert_string_equal(t.console.theme.name, "light");
	assert_true(t.console.glyphs.ascii);
	assert_true(t.console.mouse);
	assert_int_equal(
		view_section_count(&t.console, &rollouts_view), n + 1);
	assert_string_equal(view_section_name(&t.console, &rollouts_view, n),
		"Web, all");
	press("2\\[");
	assert_int_equal(console_place(&t.console)->list.shown, 2);
	command("forget web, all");
	assert_non_null(strstr(t.console.message, "configuration"));
	press("/svc:web-ui\r");
	command("save Own");
	command("theme dark");
	command("mouse off");
	begin_again();
	assert_null(strstr(json_string_value(json_object_get(
				   t.kept, "console.sections")),
		"Web, all"));
	assert_string_equal(t.console.theme.name, "dark");
	assert_false(t.console.mouse);
	assert_int_equal(
		view_section_count(&t.console, &rollouts_view), n + 2);
}

static void
where_one_was_is_offered(void **state)
{
	(void)state;
	select_rollout("R-884");
	press("\r");
	begin_again();
	assert_int_equal(t.console.prompt, PROMPT_RESUME);
	press("\r");
	assert_ptr_equal(console_place(&t.console)->view, &rollout_view);
	assert_string_equal(console_place(&t.console)->object, "R-884");
	begin_again();
	press("3");
	assert_ptr_equal(console_place(&t.console)->view, &approvals_view);
	begin_again();
	assert_int_equal(t.console.prompt, PROMPT_NONE);
}

static void
zoom_and_split_come_back(void **state)
{
	(void)state;
	select_rollout("R-884");
	press("\r}}z");
	begin_again();
	press_burst(INPUT_ESC, false);
	select_rollout("R-884");
	press("\r");
	assert_true(console_place(&t.console)->zoomed);
	assert_int_equal(console_place(&t.console)->split, 2);
}

/* A log keeps its end, its problems alone, and what was looked for. */
static void
a_log_is_looked_into(void **state)
{
	size_t all, top;
	json_t *line;

	(void)state;
	select_rollout("R-884");
	press("L");
	all = console_place(&t.console)->pager.count;
	assert_true(all > 0);
	press("f");
	assert_true(console_place(&t.console)->pager.count < all);
	press("f");
	assert_int_equal(console_place(&t.console)->pager.count, all);
	press("b");
	assert_true(console_place(&t.console)->pager.count < all);
	assert_non_null(strstr(console_place(&t.console)->pager.lines[0].text,
		console_place(&t.console)->layer));
	press("b");
	assert_int_equal(console_place(&t.console)->pager.count, all);
	press("w/web\r");
	assert_true(console_place(&t.console)->pager.wrap);
	assert_string_equal(console_place(&t.console)->pager.match, "web");
	press("w");
	/* n goes through the lines that have it, and says which one it is. */
	press("/web-027\r");
	assert_string_equal(t.console.message, "line 1 of 10 with web-027");
	press("nn");
	assert_string_equal(t.console.message, "line 3 of 10 with web-027");
	press("N");
	assert_string_equal(t.console.message, "line 2 of 10 with web-027");
	assert_int_equal(console_place(&t.console)->pager.found_nth, 2);
	assert_true(console_place(&t.console)->pager.held);
	press("k");
	assert_int_equal(console_place(&t.console)->pager.found, 0);
	press("/nowhere\r");
	assert_string_equal(t.console.message, "no line has nowhere");
	/* Held and moved sideways it stays so while lines come. */
	press("\\>");
	top = console_place(&t.console)->pager.top;
	line = json_pack("{s:[{s:i, s:s, s:s, s:s, s:i, s:s}]}", "lines", "seq",
		900, "at", "2026-11-23T14:05:00Z", "host", "web-0900", "step",
		"health", "attempt", 1, "text", "late");
	console_event(&t.console, "log:R-884", 1, line);
	json_decref(line);
	wait_ms(2000);
	paint();
	assert_int_equal(console_place(&t.console)->pager.count, all + 1);
	assert_int_equal(console_place(&t.console)->pager.side, 16);
	assert_int_equal(console_place(&t.console)->pager.top, top);
	press("F");
	assert_false(console_place(&t.console)->pager.held);
}

static void
lines_of_the_palette_come_back(void **state)
{
	(void)state;
	command("fps 7");
	begin_again();
	press(":");
	press_burst(INPUT_UP, false);
	assert_string_equal(t.console.field.text, "fps 7");
}

/* What comes back may be anything. */
static void
nonsense_is_left_out(void **state)
{
	static const char *const values[] = {"", "7", "[[]]",
		"{\"Rollouts\":9}",
		"[{\"view\":\"Rollouts\",\"name\":\"a\\u001b[2Jb\"}]",
		"{\"Rollouts\":{\"section\":99,\"filter\":\"x:y\","
		"\"sort\":\"no\",\"columns\":\"zz\",\"cursor\":\"R-0\"}}"};
	static const char *const keys[] = {"console.views", "console.sections",
		"console.palette", "console.place", "console.looks"};
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(values); i++) {
		for (k = 0; k < ARRAY_SIZE(keys); k++)
			json_object_set_new(
				t.kept, keys[k], json_string(values[i]));
		begin_again();
		press("2jk:");
		press_burst(INPUT_UP, false);
		press_burst(INPUT_ESC, false);
		press("3");
	}
}

static void
marks_stay_on_their_objects(void **state)
{
	struct list *l;

	(void)state;
	press("2]]]]  ");
	l = &console_place(&t.console)->list;
	assert_int_equal(list_marked(l), 2);
	assert_true(list_is_marked(l, "R-887"));
	command("sort version");
	assert_true(list_is_marked(l, "R-887"));
	assert_int_equal(list_marked(l), 2);
	press("*");
	assert_int_equal(list_marked(l), 5);
	press_burst(INPUT_ESC, false);
	assert_int_equal(list_marked(l), 0);
	press("g Gv");
	assert_int_equal(list_marked(l), 5);
	assert_sent("");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(order_columns_and_filter_come_back),
		TEST(rows_are_in_the_order_of_a_column),
		TEST(the_cursor_comes_back_to_its_object),
		TEST(a_filter_becomes_a_section),
		TEST(the_configuration_begins),
		TEST(where_one_was_is_offered),
		TEST(zoom_and_split_come_back),
		TEST(a_log_is_looked_into),
		TEST(lines_of_the_palette_come_back),
		TEST(nonsense_is_left_out),
		TEST(marks_stay_on_their_objects),
	};

	setlocale(LC_ALL, "C.UTF-8");
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
