/* test_console.c - keys to requests: what is asked, what is never sent. */
#include "tests/unit/console_test.h"

static void
enter_alone_cancels(void **state)
{
	(void)state;
	select_change("C-891");
	press("a");
	assert_true(t.console.sheet.is_open);
	assert_int_equal(t.flushed, 1);
	wait_ms(300);
	press("\r");
	assert_false(t.console.sheet.is_open);
	assert_sent("");
}

static void
y_confirms_after_the_deaf_time(void **state)
{
	(void)state;
	select_change("C-891");
	press("ay");
	assert_true(t.console.sheet.is_open);
	assert_sent("");
	wait_ms(300);
	press("y");
	assert_sent("change.start C-891;");
}

static void
a_typed_environment_needs_unlock_and_word(void **state)
{
	(void)state;
	select_change("C-890");
	press("a");
	wait_ms(300);
	assert_true(t.console.sheet.is_unlock);
	press("y");
	assert_false(t.console.sheet.is_unlock);
	wait_ms(300);
	press("staging\r");
	assert_true(t.console.sheet.is_open);
	assert_sent("");
	press_burst(INPUT_CTRL('u'), false);
	press("prod\r");
	assert_sent("change.start C-890;");
}

static void
the_lock_comes_back(void **state)
{
	char text[32];

	(void)state;
	select_change("C-890");
	press("a");
	wait_ms(300);
	press("y");
	press_burst(INPUT_ESC, false);
	wait_ms(300);
	press_burst(INPUT_ESC, false);
	console_lock_text(&t.console, text, sizeof(text));
	assert_string_equal(text, "UNLOCKED 15m");
	wait_ms(15 * 60 * 1000);
	console_lock_text(&t.console, text, sizeof(text));
	assert_string_equal(text, "LOCKED");
}

static void
stopping_is_never_locked(void **state)
{
	(void)state;
	select_rollout("R-884");
	press("p");
	assert_sent("rollout.pause R-884;");
	select_rollout("R-884");
	press("x");
	assert_false(t.console.sheet.is_unlock);
	wait_ms(300);
	press("y");
	assert_sent("rollout.abort R-884;");
}

static void
going_back_needs_four_digits(void **state)
{
	(void)state;
	press("2]]]");
	list_select(&console_place(&t.console)->list, "R-879");
	paint();
	press("x");
	wait_ms(300);
	assert_true(t.console.sheet.is_open);
	assert_int_equal(strlen(t.console.sheet.word), 4);
	press("0000\r");
	assert_sent("");
	press_burst(INPUT_CTRL('u'), false);
	press(t.console.sheet.word);
	press("\r");
	assert_sent("rollout.rollback R-879;");
}

static void
a_burst_loses_the_first_press(void **state)
{
	(void)state;
	select_change("C-891");
	press_burst('a', true);
	wait_ms(300);
	press("y");
	assert_true(t.console.sheet.is_open);
	assert_sent("");
	press("y");
	assert_sent("change.start C-891;");
}

static void
what_changed_under_the_sheet_is_not_done(void **state)
{
	json_t *data = json_pack("{s:s, s:{s:s, s:s, s:s, s:i, s:s, s:s, s:s}}",
		"type", "change", "object", "id", "C-891", "state", "approved",
		"plan_digest", "0000", "revision", 4, "env", "staging",
		"protect", "none", "service", "ledger");

	(void)state;
	select_change("C-891");
	press("a");
	wait_ms(300);
	console_event(&t.console, "world", 1, data);
	json_decref(data);
	press("y");
	assert_true(t.console.sheet.is_open);
	assert_non_null(strstr(t.console.sheet.problem, "changed since"));
	assert_sent("");
}

static void
a_reason_survives_esc(void **state)
{
	(void)state;
	select_rollout("R-884");
	press("\r");
	press("n\r\r");
	press("x");
	wait_ms(300);
	press("y");
	wait_ms(300);
	assert_int_equal(t.console.sheet.action, ACTION_EXCLUDE);
	press("disk is gone");
	press_burst(INPUT_ESC, false);
	assert_false(t.console.sheet.is_open);
	press("x");
	assert_string_equal(t.console.sheet.reason.text, "disk is gone");
	assert_sent("");
}

static void
nothing_is_sent_without_a_link(void **state)
{
	struct error e;

	(void)state;
	error_set(&e, ERROR_NO_ENGINE, "refused");
	select_rollout("R-884");
	console_link_down(&t.console, &e);
	press("pxr");
	assert_sent("");
	assert_false(t.console.sheet.is_open);
}

/* Who may only stop is told so before a sheet opens. */
static void
permissions_are_known_beforehand(void **state)
{
	json_t *hello = json_deep_copy(json_object_get(t.file, "hello"));

	(void)state;
	json_object_set_new(
		hello, "permissions", json_pack("[s, s]", "view", "stop"));
	console_link_up(&t.console, hello);
	json_decref(hello);
	select_change("C-891");
	press("a");
	assert_false(t.console.sheet.is_open);
	assert_non_null(strstr(t.console.message, "you may not operate"));
	select_rollout("R-884");
	press("p");
	assert_sent("rollout.pause R-884;");
}

static void
a_paste_outside_fields_is_dropped(void **state)
{
	struct input_event ev = {
		.code = INPUT_PASTE, .text = "pxy\r", .length = 4};

	(void)state;
	select_rollout("R-884");
	console_key(&t.console, &ev);
	assert_sent("");
	assert_string_equal(
		t.console.message, "paste ignored (4 characters), : first");
}

static void
a_key_without_a_meaning_is_said_to_be(void **state)
{
	(void)state;
	press("X");
	assert_string_equal(t.console.message,
		"X does nothing here; ? lists what does");
	press("2f");
	assert_true(console_place(&t.console)->problems_only);
	press_burst(INPUT_ESC, false);
	assert_false(console_place(&t.console)->problems_only);
	assert_string_equal(t.console.message, "");
	assert_sent("");
}

/* The link breaks while somebody types: nothing is lost, nothing is sent
 * twice, and the sheet is where it was when the engine is back. */
static void
a_draft_survives_the_link(void **state)
{
	struct error why;

	(void)state;
	select_rollout("R-884");
	press("x");
	wait_ms(300);
	press_burst(INPUT_TAB, false);
	press(" for now");
	error_set(&why, ERROR_UNREACHABLE, "connection reset");
	console_link_down(&t.console, &why);
	paint();
	press(" at 3 am");
	assert_sent("");
	console_link_up(&t.console, json_object_get(t.file, "hello"));
	paint();
	assert_true(t.console.sheet.is_open);
	assert_string_equal(t.console.sheet.object, "R-884");
	assert_non_null(strstr(t.console.sheet.reason.text, "for now at 3 am"));
	press_burst(INPUT_TAB, false);
	wait_ms(300);
	press("y");
	assert_sent("rollout.abort R-884;");
}

static void
no_keys_while_too_small(void **state)
{
	(void)state;
	select_rollout("R-884");
	console_resize(&t.console, 25, 5);
	press("pxry\r");
	assert_sent("");
}

/* A row that left the section stays under the cursor until it moves. */
static void
the_cursor_stays_on_its_object(void **state)
{
	json_t *data = json_pack("{s:s, s:{s:s, s:s, s:s, s:s}}", "type",
		"rollout", "object", "id", "R-884", "state", "succeeded", "env",
		"prod", "protect", "typed");
	const struct list_row *row;

	(void)state;
	select_rollout("R-884");
	console_event(&t.console, "world", 1, data);
	json_decref(data);
	paint();
	row = list_selected(&console_place(&t.console)->list);
	assert_string_equal(row->record->id, "R-884");
	assert_true(row->ghost);
	press("j");
	press("k");
	row = list_selected(&console_place(&t.console)->list);
	assert_string_not_equal(row->record->id, "R-884");
}

/* Random keys of every kind but those that confirm: only what is instantly
 * reversible ever leaves. */
/* ---- decisions on several at once ---- */

static bool key_is_wrong;

static int
sign_it(void *arg, const json_t *statement, const char *verb,
	const char *digest, const char *key, char **ret, struct error *e)
{
	(void)arg;
	(void)statement;
	strbuf_addf(&t.sent, "sign %s %s %s;", verb, digest, key);
	if (key_is_wrong)
		return error_set(e, ERROR_NO_KEY, "no such key");
	*ret = xstrdup("signature");
	return 0;
}

/* count changes C-901.. that wait for who looks; every third is not signed. */
static void
add_waiting(int count)
{
	static const struct console_io signing = {
		request, flush_input, NULL, sign_it};
	json_t *changes = json_object_get(
		json_object_get(t.file, "world"), "changes");
	json_t *queue = json_object_get(
		json_object_get(t.file, "queue.ls"), "items");
	int i;

	setenv("HOME", "/nonexistent", 1);
	key_is_wrong = false;
	for (i = 1; i <= count; i++) {
		json_t *change = json_pack(
			"{s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:i, s:i, "
			"s:b}",
			"id", json_sprintf("C-%d", 900 + i), "service", "auth",
			"version", "3", "env", "lab", "state", "submitted",
			"author", "zoe", "protect", "none", "plan_digest",
			json_sprintf("%04d", i), "approvals_required", 1,
			"approvals_given", 0, "wants_signature", i % 3 != 0);
		json_t *need = json_copy(change);

		json_object_set_new(need, "needs", json_string("decision"));
		json_array_append_new(changes, change);
		json_array_append_new(queue, need);
	}
	json_array_append_new(
		json_object_get(json_object_get(t.file, "hello"),
			"permissions"),
		json_string("approve"));
	json_object_set_new(t.file, "change.statement", json_object());
	json_object_set_new(t.file, "change.approve",
		json_pack("{s:s}", "id", "C-903"));
	begin_again();
	t.console.io = &signing;
	press("3*a");
	wait_ms(300);
	assert_true(t.console.sheet.is_bulk);
}

static void
several_are_signed_each_on_its_own(void **state)
{
	(void)state;
	add_waiting(3);
	press_burst(INPUT_ESC, false);
	/* Wherever the cursor stands: C-890 is approved. */
	press("3]*");
	list_select(&console_place(&t.console)->list, "C-890");
	paint();
	press("a");
	wait_ms(300);
	assert_true(t.console.sheet.is_bulk);
	assert_int_equal(t.console.sheet.item_count, 4);
	assert_int_equal(t.console.sheet.focus, SHEET_ITEM);
	press("k\r\t");
	wait_ms(300);
	press("y");
	assert_sent("change.approve C-903;"
		    "sign approve 0002 k;change.approve C-902;"
		    "sign approve 0001 k;change.approve C-901;");
	assert_string_equal(t.console.message, "3 of 3 approved");
	assert_false(list_is_marked(
		&console_place(&t.console)->list, "C-903"));
}

static void
a_key_that_is_wrong_is_asked_once(void **state)
{
	(void)state;
	add_waiting(3);
	key_is_wrong = true;
	press("k\r\t");
	wait_ms(300);
	press("y");
	assert_sent("change.approve C-903;sign approve 0002 k;");
	assert_string_equal(t.console.message,
		"1 of 3 approved: C-902: no such key");
}

static void
what_does_not_fit_stays_marked(void **state)
{
	(void)state;
	add_waiting(SHEET_ITEMS_MAX + 2);
	assert_int_equal(t.console.sheet.item_count, SHEET_ITEMS_MAX);
	assert_string_equal(t.console.sheet.word, "lab");
	press("k\r\tlab\t");
	wait_ms(300);
	press("y");
	assert_int_equal(list_marked(&console_place(&t.console)->list), 3);
	assert_null(strstr(t.sent.buf, "C-903;"));
	assert_non_null(strstr(t.sent.buf, "change.approve C-904;"));
}

static void
random_keys_decide_nothing(void **state)
{
	unsigned seed = 7;
	int i;
	char *word, *save = NULL;

	(void)state;
	for (i = 0; i < 30000; i++) {
		uint32_t code;

		seed = seed * 1103515245u + 12345u;
		code = (seed >> 16) % 3 == 0 ? INPUT_UP + (seed >> 20) % 12
					     : (seed >> 18) % 0x80;
		if (code == 'y' || code == INPUT_ENTER || code == '\n')
			continue;
		if (i % 500 == 0)
			console_resize(&t.console, 1 + (int)(seed >> 16) % 220,
				1 + (int)(seed >> 20) % 70);
		wait_ms(50);
		press_burst(code, false);
		t.console.wants_quit = false;
	}
	for (word = strtok_r(t.sent.buf, ";", &save); word != NULL;
		word = strtok_r(NULL, ";", &save))
		assert_true(strncmp(word, "rollout.pause ", 14) == 0 ||
			    strncmp(word, "rollout.resume ", 15) == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(enter_alone_cancels),
		TEST(y_confirms_after_the_deaf_time),
		TEST(a_typed_environment_needs_unlock_and_word),
		TEST(the_lock_comes_back),
		TEST(stopping_is_never_locked),
		TEST(going_back_needs_four_digits),
		TEST(a_burst_loses_the_first_press),
		TEST(what_changed_under_the_sheet_is_not_done),
		TEST(a_reason_survives_esc),
		TEST(nothing_is_sent_without_a_link),
		TEST(permissions_are_known_beforehand),
		TEST(a_paste_outside_fields_is_dropped),
		TEST(a_key_without_a_meaning_is_said_to_be),
		TEST(a_draft_survives_the_link),
		TEST(no_keys_while_too_small),
		TEST(the_cursor_stays_on_its_object),
		TEST(several_are_signed_each_on_its_own),
		TEST(a_key_that_is_wrong_is_asked_once),
		TEST(what_does_not_fit_stays_marked),
		TEST(random_keys_decide_nothing),
	};

	setlocale(LC_ALL, "C.UTF-8");
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("console", tests, NULL, NULL);
}
