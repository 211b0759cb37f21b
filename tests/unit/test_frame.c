/* test_frame.c - what stands around the views: what is selected beside its
 * list, the mouse, messages and what rings, own keys, the tour, and that
 * letters, digits, arrows and ':' reach everything on a phone. */
#include <ctype.h>
#include <unistd.h>

#include "tests/unit/console_test.h"
#include "tui/tour.h"

static void
command(const char *line)
{
	press(":");
	press(line);
	press("\r");
}

static const char *
selected(void)
{
	return list_selected(&console_place(&t.console)->list)->record->id;
}

static struct place *
here(void)
{
	return console_place(&t.console);
}

/* --- layouts --- */

static void
the_selected_is_beside_its_list_after_a_rest(void **state)
{
	char first[32];

	(void)state;
	console_resize(&t.console, 160, 45);
	press("2]]]]");
	wait_ms(200);
	paint();
	assert_non_null(t.console.beside.object);
	snprintf(first, sizeof(first), "%s", selected());
	assert_string_equal(t.console.beside.object, first);
	press("j");
	assert_string_equal(t.console.beside.object, first);
	assert_true(t.console.stale); /* a frame looks again */
	wait_ms(200);
	paint();
	assert_string_equal(t.console.beside.object, selected());
	assert_string_not_equal(selected(), first);
}

static void
there_is_none_where_there_is_no_room(void **state)
{
	(void)state;
	console_resize(&t.console, 100, 30);
	press("2");
	wait_ms(200);
	paint();
	assert_null(t.console.beside.object);
	assert_false(t.console.stale);
	/* As high as wide: it stands below. */
	console_resize(&t.console, 70, 40);
	wait_ms(200);
	paint();
	wait_ms(200);
	paint();
	assert_non_null(t.console.beside.object);
}

static void
a_list_is_zoomed_and_resized(void **state)
{
	int width;

	(void)state;
	console_resize(&t.console, 150, 35);
	press("2");
	wait_ms(200);
	paint();
	width = here()->list.painted.w;
	assert_true(width < 100);
	press("}");
	assert_true(here()->list.painted.w > width);
	press("z");
	assert_int_equal(here()->list.painted.w, 150);
	press("z");
	begin_again();
	console_resize(&t.console, 150, 35);
	press("2");
	assert_true(here()->list.painted.w > width);
	assert_true(here()->list.painted.w < 150);
}

/* Every size class, and all that lies between. */
static void
every_size_is_painted(void **state)
{
	static const char *const ways[] = {"1", "2", "2jj\r", "3", "3\r", "4",
		"4\t", "5", "6", "6\r", "9", "9\r", "0", "?", "2m", "2L"};
	size_t i;
	int w, h;

	(void)state;
	tour_begin(&t.console);
	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		console_resize(&t.console, 80, 24);
		press(ways[i]);
		for (w = 1; w <= 300; w += w < 30 ? 29 : 15)
			for (h = 1; h <= 100; h += h < 20 ? 3 : 11) {
				console_resize(&t.console, w, h);
				wait_ms(200);
				paint();
			}
	}
}

/* --- the mouse --- */

static void
click(enum input_button button, int y, int x)
{
	struct input_event ev = {.code = INPUT_MOUSE,
		.button = button,
		.y = y,
		.x = x};

	console_key(&t.console, &ev);
	paint();
}

static void
a_click_selects_and_one_more_opens(void **state)
{
	char second[32];
	int y;

	(void)state;
	press("2]]]]j");
	snprintf(second, sizeof(second), "%s", selected());
	press("G");
	y = here()->list.painted.y + 1;
	click(INPUT_LEFT_BUTTON, y, 9);
	assert_string_equal(selected(), second);
	click(INPUT_WHEEL_UP, y, 9);
	assert_string_not_equal(selected(), second);
	click(INPUT_WHEEL_DOWN, y, 9);
	assert_string_equal(selected(), second);
	click(INPUT_LEFT_BUTTON, 0, 9);
	assert_string_equal(selected(), second);
	click(INPUT_RIGHT_BUTTON, y, 9);
	assert_ptr_equal(here()->view, &menu_view);
	press("q");
	click(INPUT_LEFT_BUTTON, y, 9);
	assert_ptr_equal(here()->view, &rollout_view);
	assert_string_equal(here()->object, second);
}

static void
the_largest_screens_list_the_views(void **state)
{
	char second[32];
	struct canvas c;
	struct strbuf line;

	(void)state;
	console_resize(&t.console, 200, 60);
	press("2]]]]j");
	snprintf(second, sizeof(second), "%s", selected());
	press("G");
	click(INPUT_LEFT_BUTTON, 1 + here()->list.painted.y + 1, 30);
	assert_string_equal(selected(), second);
	click(INPUT_LEFT_BUTTON, 1 + here()->list.painted.y + 1, 3);
	assert_ptr_equal(here()->view, &rollouts_view);
	canvas_init(&c, 200, 60, true);
	console_paint(&t.console, &c);
	strbuf_init(&line);
	canvas_row_text(&c, 3, &line);
	assert_non_null(strstr(line.buf, " 2 Rollouts"));
	assert_int_equal(c.cursor_x, 18);
	strbuf_finish(&line);
	canvas_finish(&c);
}

/* Of a list as of the grid: from one problem to the next. */
static void
n_goes_to_what_has_a_problem(void **state)
{
	const struct world_host *h;

	(void)state;
	press("6n");
	h = (const void *)list_selected(&here()->list)->record;
	assert_string_equal(h->record.id, "web-0007");
	assert_string_not_equal(h->version, h->expected_version);
	press("kkN");
	assert_string_equal(selected(), "web-0007");
	press("jjn");
	assert_string_equal(selected(), "web-0007");
	press("g/web-0000\rn");
	assert_string_equal(t.console.message, "nothing here has a problem");
}

static void
a_sheet_hears_no_click(void **state)
{
	(void)state;
	select_rollout("R-884");
	press("x");
	assert_true(t.console.sheet.is_open);
	click(INPUT_LEFT_BUTTON, 5, 5);
	click(INPUT_RIGHT_BUTTON, 5, 5);
	assert_true(t.console.sheet.is_open);
	assert_sent("");
}

/* --- messages --- */

static void
rollout_becomes(const char *state, const char *reason)
{
	struct topic *world = &t.console.topics[0];
	json_t *data = json_pack("{s:s, s:{s:s, s:s, s:s, s:s, s:s, s:s}}",
		"type", "rollout", "object", "id", "R-884", "state", state,
		"reason", reason, "service", "web-ui", "version", "9.4.0",
		"env", "prod");

	console_event(&t.console, "world", world->seq + 1, data);
	json_decref(data);
	paint();
}

static void
what_goes_wrong_rings_and_stays(void **state)
{
	char bytes[400];

	(void)state;
	rollout_becomes("paused", "2 failed of 9 hosts\033]0;x");
	assert_int_equal(notice_at(&t.console.notices, 0)->kind,
		NOTICE_WENT_WRONG);
	notice_bytes(&t.console, false, bytes, sizeof(bytes));
	assert_string_equal(bytes, "\007");
	notice_bytes(&t.console, false, bytes, sizeof(bytes));
	assert_string_equal(bytes, "");
	command("notify osc777");
	rollout_becomes("succeeded", "");
	notice_bytes(&t.console, false, bytes, sizeof(bytes));
	assert_non_null(
		strstr(bytes, "\033]777;notify;sluice;R-884 succeeded"));
	assert_int_equal(notice_unread(&t.console.notices), 2);
	press("0j\r");
	assert_ptr_equal(here()->view, &rollout_view);
	assert_string_equal(here()->object, "R-884");
	assert_int_equal(notice_unread(&t.console.notices), 1);
	assert_null(strchr(notice_at(&t.console.notices, 1)->text, '\033'));
}

/* A change that needs who looks, with so long for its answer. */
static const char *
answer_within(int64_t seconds)
{
	struct world *w = t.console.world;
	struct world_change *ch = (void *)w->lists[WORLD_CHANGES].items[0];
	json_t *needs = json_pack("{s:[{s:s, s:s}]}", "items", "id",
		ch->record.id, "needs", "your answer");

	world_put_items(w, WORLD_NEEDS, needs);
	json_decref(needs);
	ch->answer_by = clock_wall_ms(&t.clock.clock) / 1000 + seconds;
	return ch->record.id;
}

static void
what_is_nearly_late_rings_each_minute(void **state)
{
	char bytes[400];
	int i;

	(void)state;
	command("notify osc9");
	answer_within(3600);
	wait_ms(60000);
	notice_bytes(&t.console, false, bytes, sizeof(bytes));
	assert_string_equal(bytes, "");
	answer_within(300);
	for (i = 0; i < 3; i++) {
		wait_ms(60000);
		notice_bytes(&t.console, false, bytes, sizeof(bytes));
		assert_non_null(strstr(bytes, " needs you within "));
		console_tick(&t.console);
		notice_bytes(&t.console, false, bytes, sizeof(bytes));
		assert_string_equal(bytes, "");
	}
	notice_mute(&t.console, answer_within(300));
	wait_ms(60000);
	notice_bytes(&t.console, false, bytes, sizeof(bytes));
	assert_string_equal(bytes, "");
}

static void
nothing_rings_in_quiet_hours_or_when_muted(void **state)
{
	char bytes[400];

	(void)state;
	command("quiet 00:00-23:59");
	rollout_becomes("paused", "");
	notice_bytes(&t.console, false, bytes, sizeof(bytes));
	assert_string_equal(bytes, "");
	assert_int_equal(t.console.notices.count, 1);
	command("quiet 25:00-1:00");
	assert_non_null(strstr(t.console.message, "22:00-07:00"));
	command("quiet off");
	select_rollout("R-884");
	press("M");
	assert_non_null(strstr(t.console.message, "an hour"));
	rollout_becomes("failed", "");
	notice_bytes(&t.console, false, bytes, sizeof(bytes));
	assert_string_equal(bytes, "");
	clock_virtual_advance(&t.clock, 61 * 60 * 1000);
	rollout_becomes("running", "");
	rollout_becomes("failed", "");
	notice_bytes(&t.console, false, bytes, sizeof(bytes));
	assert_string_equal(bytes, "\007");
	command("notify osc99");
	rollout_becomes("running", "");
	rollout_becomes("failed", "");
	notice_bytes(&t.console, true, bytes, sizeof(bytes));
	assert_non_null(strstr(
		bytes, "\033Ptmux;\033\033]99;;sluice: R-884 failed"));
	assert_string_equal(bytes + strlen(bytes) - 5, "\033\033\\\033\\");
	assert_sent("");
}

static void
looks_come_back_on_another_terminal(void **state)
{
	(void)state;
	command("announce on");
	command("motion none");
	command("notify osc9");
	command("quiet 22:00-07:00");
	command("mouse on");
	begin_again();
	assert_true(t.console.notices.announce);
	assert_true(t.console.mouse);
	assert_int_equal(t.console.motion, MOTION_NONE);
	assert_int_equal(t.console.notices.method, NOTICE_OSC9);
	assert_int_equal(t.console.notices.quiet_from, 22 * 60);
}

static void
without_motion_time_alone_paints_nothing(void **state)
{
	(void)state;
	command("motion none");
	wait_ms(10000);
	paint();
	wait_ms(11000);
	assert_false(t.console.stale);
}

/* --- own keys --- */

static int
load(const char *text, struct error *e)
{
	char path[] = "/tmp/sluice-keys-XXXXXX";
	int fd = mkstemp(path), result;

	assert_int_equal(write(fd, text, strlen(text)), (int)strlen(text));
	close(fd);
	result = keys_load(path, e);
	unlink(path);
	return result;
}

static void
own_keys_win(void **state)
{
	struct error e;

	(void)state;
	assert_int_equal(load("keys = ( { key = \"X\"; action = \"abort\"; },\n"
			      "{ key = \"x\"; view = \"Rollouts\"; action = "
			      "\"none\"; } );",
				 &e),
		0);
	select_rollout("R-884");
	press("x");
	assert_false(t.console.sheet.is_open);
	press("X");
	assert_true(t.console.sheet.is_open);
	assert_sent("");
	assert_int_equal(keys_load("/nonexistent", &e), 0);
}

static void
bad_keys_change_nothing(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{"keys = ( { key = \"X\"; action = \"fly\"; } );",
			":1: there is no action 'fly'"},
		{"keys = (\n { key = \"Wheel\"; action = \"abort\"; } );",
			":2: there is no key 'Wheel'"},
		{"keys = ( { key = \"B\"; action = \"abort\"; } );",
			"cut escape sequence"},
		{"keys = ( { key = \"X\"; action = \"log\"; },\n"
		 "{ key = \"X\"; action = \"diff\"; } );",
			":2: this key stands twice: 'X'"},
		{"keys = ( ", ":1: syntax error"},
	};
	enum action_id id;
	struct error e;
	size_t i;

	(void)state;
	assert_int_equal(
		load("keys = ( { key = \"X\"; action = \"log\"; } );", &e), 0);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(load(bad[i].text, &e), -1);
		if (strstr(e.text, bad[i].says) == NULL)
			fail_msg("%s", e.text);
		assert_true(keys_personal('X', "Home", &id));
		assert_int_equal(id, ACTION_LOG);
	}
	assert_int_equal(keys_load("/nonexistent", &e), 0);
}

/* --- everything can be reached --- */

static bool
has_plain_key(const struct action *a)
{
	const char *keys = a->keys;

	while (*keys != '\0') {
		size_t len = strcspn(keys, " ");
		uint32_t code = keymap_code(keys, len);

		if ((len == 1 && isalnum((unsigned char)keys[0])) ||
			keys[0] == ':' ||
			(code >= INPUT_UP && code <= INPUT_RIGHT))
			return true;
		keys += len;
		keys += *keys == ' ';
	}
	return false;
}

/* Whether its name behind ':' is what Enter would run. */
static bool
is_first_choice(enum action_id id)
{
	const struct palette *p = &t.console.palette;
	bool is;

	press(":");
	press(action_get(id)->name);
	is = p->choices.count > 0 &&
	     p->choices.items[0].kind == CHOICE_ACTION &&
	     p->choices.items[0].action == id;
	press_burst(INPUT_ESC, false);
	return is;
}

static void
letters_digits_arrows_and_colon_reach_everything(void **state)
{
	static const char *const ways[] = {"1", "2", "2jjl", "2jjL", "3", "3l",
		"4", "5", "6", "9"};
	bool reached[ACTION_COUNT] = {false};
	struct world_rollout *r = (void *)(uintptr_t)collection_find(
		&t.console.world->lists[WORLD_ROLLOUTS], "R-884");
	size_t i;
	int id;

	(void)state;
	/* One that has plots. */
	json_decref(r->analysis);
	r->analysis = json_pack("{s:[{s:s, s:s}]}", "metrics", "name",
		"err_pct", "verdict", "pass");
	console_resize(&t.console, 40, 15);
	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		press(ways[i]);
		for (id = 0; id < ACTION_COUNT; id++)
			if (has_plain_key(action_get((enum action_id)id)) ||
				(console_applies(&t.console,
					 (enum action_id)id) &&
					is_first_choice((enum action_id)id)))
				reached[id] = true;
	}
	for (id = 0; id < ACTION_COUNT; id++)
		if (!reached[id])
			fail_msg("'%s' is out of reach",
				action_get((enum action_id)id)->name);
	assert_sent("");
}

/* --- the tour --- */

static void
the_tour_watches_and_can_be_left(void **state)
{
	(void)state;
	tour_begin(&t.console);
	paint();
	assert_int_equal(t.console.tour, 1);
	press("2");
	assert_int_equal(t.console.tour, 1);
	press("4");
	assert_int_equal(t.console.tour, 2);
	press("3");
	assert_int_equal(t.console.tour, 3);
	command("tour");
	assert_int_equal(t.console.tour, 4);
	command("tour off");
	assert_int_equal(t.console.tour, 0);
	press("2");
	assert_int_equal(t.console.tour, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_selected_is_beside_its_list_after_a_rest),
		TEST(there_is_none_where_there_is_no_room),
		TEST(a_list_is_zoomed_and_resized),
		TEST(every_size_is_painted),
		TEST(a_click_selects_and_one_more_opens),
		TEST(the_largest_screens_list_the_views),
		TEST(n_goes_to_what_has_a_problem),
		TEST(a_sheet_hears_no_click),
		TEST(what_goes_wrong_rings_and_stays),
		TEST(what_is_nearly_late_rings_each_minute),
		TEST(nothing_rings_in_quiet_hours_or_when_muted),
		TEST(looks_come_back_on_another_terminal),
		TEST(without_motion_time_alone_paints_nothing),
		TEST(own_keys_win),
		TEST(bad_keys_change_nothing),
		TEST(letters_digits_arrows_and_colon_reach_everything),
		TEST(the_tour_watches_and_can_be_left),
	};

	setlocale(LC_ALL, "C.UTF-8");
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
