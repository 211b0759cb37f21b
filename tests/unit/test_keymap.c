/* test_keymap.c - the rules that the table of keys obeys (console.md 4.1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tui/input.h"
#include "tui/keymap.h"

/* What the end of a split escape sequence can be. Not M: it ends reports of a
 * mouse alone, which is off, and it opens a sheet. */
static const char harmless[] = "ABCDEFHIOPQRSZm[~0123456789;";

static void
split_sequences_have_no_effect(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; harmless[i] != '\0'; i++) {
		int after = -1;
		enum action_id id;

		while ((id = keymap_find((unsigned char)harmless[i], after)) !=
			ACTION_COUNT) {
			after = (int)id;
			assert_int_equal(action_get(id)->tier, 0);
		}
	}
}

static void
letters_that_sequences_end_in_are_not_bound(void **state)
{
	const char *p;

	(void)state;
	for (p = "ABCDHOP~"; *p != '\0'; p++)
		assert_int_equal(
			keymap_find((unsigned char)*p, -1), ACTION_COUNT);
}

static void
backspace_and_delete_delete_nothing(void **state)
{
	enum action_id id = keymap_find(INPUT_BACKSPACE, -1);

	(void)state;
	assert_int_equal(action_get(id)->tier, 0);
	assert_int_equal(keymap_find(INPUT_DELETE, -1), ACTION_COUNT);
}

static void
every_key_in_the_table_exists(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < ACTION_COUNT; i++) {
		const char *keys = action_get((enum action_id)i)->keys;

		assert_true(*keys != '\0');
		while (*keys != '\0') {
			size_t n = strcspn(keys, " ");

			assert_int_not_equal(keymap_code(keys, n), 0);
			keys += n;
			keys += *keys == ' ';
		}
	}
}

static void
what_has_an_effect_says_so(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < ACTION_COUNT; i++) {
		const struct action *a = action_get((enum action_id)i);

		assert_true(a->sentence[0] != '\0');
		assert_int_equal(a->tier > 0, a->method[0] != '\0');
		if (a->tier > 1)
			assert_non_null(strstr(a->label, "..."));
	}
}

static void
no_effect_needs_ctrl_alt_or_a_function_key(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < ACTION_COUNT; i++) {
		const struct action *a = action_get((enum action_id)i);

		if (a->tier > 0)
			assert_int_equal(strcspn(a->keys, " "), 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(split_sequences_have_no_effect),
		cmocka_unit_test(letters_that_sequences_end_in_are_not_bound),
		cmocka_unit_test(backspace_and_delete_delete_nothing),
		cmocka_unit_test(every_key_in_the_table_exists),
		cmocka_unit_test(what_has_an_effect_says_so),
		cmocka_unit_test(no_effect_needs_ctrl_alt_or_a_function_key),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("keymap", tests, NULL, NULL);
}
