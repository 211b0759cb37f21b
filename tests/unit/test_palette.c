/* test_palette.c - palette, help and menu: what is listed, what is run. */
#include <sys/stat.h>

#include "tests/unit/console_test.h"

static void
command(const char *line)
{
	press(":");
	press(line);
	press("\r");
}

static void
an_empty_line_does_nothing(void **state)
{
	(void)state;
	select_rollout("R-884");
	command("");
	assert_int_equal(t.console.prompt, PROMPT_NONE);
	assert_sent("");
	assert_ptr_equal(console_place(&t.console)->view, &rollouts_view);
}

static void
a_name_opens_its_object(void **state)
{
	(void)state;
	command("r-884");
	assert_ptr_equal(console_place(&t.console)->view, &rollout_view);
	assert_string_equal(console_place(&t.console)->object, "R-884");
	command("c-891");
	assert_ptr_equal(console_place(&t.console)->view, &change_view);
}

static void
a_view_takes_a_section_and_a_filter(void **state)
{
	(void)state;
	command("ro all svc:web");
	assert_ptr_equal(console_place(&t.console)->view, &rollouts_view);
	assert_int_equal(console_place(&t.console)->section, 4);
	assert_string_equal(
		console_place(&t.console)->filter_text, "svc:web");
}

static void
a_verb_is_run_by_its_name(void **state)
{
	(void)state;
	select_rollout("R-884");
	command("pause");
	assert_sent("rollout.pause R-884;");
	select_rollout("R-884");
	command("abort");
	assert_true(t.console.sheet.is_open);
	assert_sent("");
}

/* Letters of a verb in any order are not its name. */
static void
a_verb_is_not_run_by_accident(void **state)
{
	(void)state;
	select_rollout("R-884");
	command("pse");
	assert_sent("");
	assert_false(t.console.sheet.is_open);
}

static void
what_is_not_possible_says_why(void **state)
{
	(void)state;
	select_rollout("R-884");
	command("retry");
	assert_non_null(strstr(t.console.message, "pause it first"));
	command("nonsense");
	assert_non_null(strstr(t.console.message, "nothing is called"));
	command("fps 900");
	assert_non_null(strstr(t.console.message, "1 to 30"));
}

static void
a_theme_is_seen_before_it_is_taken(void **state)
{
	(void)state;
	console_set_theme(&t.console, "terminal");
	press(":theme ");
	press_burst(INPUT_DOWN, false);
	press_burst(INPUT_UP, false);
	press("dark");
	assert_string_equal(t.console.theme.name, "dark");
	press_burst(INPUT_ESC, false);
	assert_string_equal(t.console.theme.name, "terminal");
	command("theme dark");
	assert_string_equal(t.console.theme.name, "dark");
	assert_int_equal(t.console.prompt, PROMPT_NONE);
}

static void
tab_completes_and_up_recalls(void **state)
{
	(void)state;
	press(":the");
	press_burst(INPUT_TAB, false);
	assert_string_equal(t.console.field.text, "theme ");
	press_burst(INPUT_ESC, false);
	command("fps 3");
	command("fps 4");
	press(":");
	press_burst(INPUT_UP, false);
	assert_string_equal(t.console.field.text, "fps 4");
	press_burst(INPUT_UP, false);
	assert_string_equal(t.console.field.text, "fps 3");
	press("\r");
	assert_int_equal(t.console.fps, 3);
}

static void
the_help_is_typed_into_and_acts(void **state)
{
	(void)state;
	select_rollout("R-884");
	press("?pause");
	assert_ptr_equal(console_place(&t.console)->view, &help_view);
	assert_sent("");
	press("\r");
	assert_sent("rollout.pause R-884;");
	press("?");
	press_burst('x', false);
	press_burst(INPUT_ESC, false);
	assert_ptr_equal(console_place(&t.console)->view, &help_view);
	press("q");
	assert_ptr_equal(console_place(&t.console)->view, &rollouts_view);
}

static void
the_help_lists_every_action(void **state)
{
	const struct choices *l;
	bool seen[ACTION_COUNT] = {false};
	size_t i;

	(void)state;
	press("?");
	l = &console_place(&t.console)->choices;
	for (i = 0; i < l->count; i++)
		if (l->items[i].kind == CHOICE_ACTION)
			seen[l->items[i].action] = true;
	for (i = 0; i < ACTION_COUNT; i++)
		assert_true(seen[i] || i == ACTION_PALETTE);
}

/* M moves a change that can be moved: mute has no key there. */
static void
a_key_stands_once_in_the_help(void **state)
{
	const struct choices *l;
	int shown = 0;
	size_t i;

	(void)state;
	json_decref(t.console.permissions);
	t.console.permissions = json_pack("[s, s]", "view", "plan");
	select_change("C-891");
	press("?");
	l = &console_place(&t.console)->choices;
	for (i = 0; i < l->count; i++)
		if (strcmp(l->items[i].keys, "M") == 0) {
			assert_int_equal(l->items[i].action, ACTION_MOVE);
			assert_null(l->items[i].reason);
			shown++;
		}
	assert_int_equal(shown, 1);
}

static void
keys_of_the_menu_act_on_what_is_below(void **state)
{
	(void)state;
	select_rollout("R-884");
	press("m");
	assert_ptr_equal(console_place(&t.console)->view, &menu_view);
	press("x");
	assert_true(t.console.sheet.is_open);
	assert_string_equal(t.console.sheet.object, "R-884");
	assert_sent("");
}

static void
write_theme(const char *dir, const char *text)
{
	char *path = xasprintf("%s/sluice/themes/mine.cfg", dir);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	free(path);
}

static void
make_folder(const char *dir, const char *sub)
{
	char *path = xasprintf("%s/%s", dir, sub);

	mkdir(path, 0700);
	free(path);
}

/* A theme that is being written is seen at once; a mistake in it keeps the
 * look and is named with its line, once. */
static void
a_theme_is_read_again_when_it_changes(void **state)
{
	char dir[] = "/tmp/sluice-theme-XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(dir));
	make_folder(dir, "sluice");
	make_folder(dir, "sluice/themes");
	setenv("XDG_CONFIG_HOME", dir, 1);
	write_theme(dir, "theme : { name = \"mine\"; };\n");
	command("theme mine");
	assert_string_equal(t.console.theme.name, "mine");
	write_theme(dir, "theme : { name = \"mine\"; roles : { ui : { text = "
			 "\"bold\"; }; }; };\n");
	wait_ms(2500);
	assert_non_null(strstr(t.console.message, "read anew"));
	assert_int_equal(
		t.console.theme.styles[STYLE_UI_TEXT].attrs, STYLE_BOLD);
	write_theme(dir, "theme :\n{\n  nonsense\n");
	wait_ms(2500);
	assert_non_null(strstr(t.console.message, "mine.cfg:4: syntax error"));
	assert_int_equal(
		t.console.theme.styles[STYLE_UI_TEXT].attrs, STYLE_BOLD);
	press_burst(INPUT_DOWN, false);
	wait_ms(2500);
	assert_string_equal(t.console.message, "");
	unsetenv("XDG_CONFIG_HOME");
}

static void
a_zone_is_one_of_the_database(void **state)
{
	struct strbuf at;

	(void)state;
	strbuf_init(&at);
	command("tz Europe/Berlin");
	console_time(&t.console, 1795442700, &at);
	assert_string_equal(at.buf, "15:05:00");
	strbuf_clear(&at);
	command("tz utc");
	console_time(&t.console, 1795442700, &at);
	assert_string_equal(at.buf, "14:05:00");
	strbuf_finish(&at);
	command("tz ../../etc/passwd");
	assert_non_null(strstr(t.console.message, "no time zone"));
	command("tz local");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_empty_line_does_nothing),
		TEST(a_name_opens_its_object),
		TEST(a_view_takes_a_section_and_a_filter),
		TEST(a_verb_is_run_by_its_name),
		TEST(a_verb_is_not_run_by_accident),
		TEST(what_is_not_possible_says_why),
		TEST(a_theme_is_seen_before_it_is_taken),
		TEST(tab_completes_and_up_recalls),
		TEST(the_help_is_typed_into_and_acts),
		TEST(the_help_lists_every_action),
		TEST(a_key_stands_once_in_the_help),
		TEST(keys_of_the_menu_act_on_what_is_below),
		TEST(a_theme_is_read_again_when_it_changes),
		TEST(a_zone_is_one_of_the_database),
	};

	setlocale(LC_ALL, "C.UTF-8");
	setenv("TZ", "UTC", 1);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("palette", tests, NULL, NULL);
}
