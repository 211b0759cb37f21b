/* test_filter.c - what stands behind '/'. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tui/filter.h"
#include "tui/world.h"

static struct world *world;
static const struct record *row;

static int
setup(void **state)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:[{s:s}]}", "id",
		"R-57", "service", "web-api", "env", "prod", "state", "failed",
		"version", "4.2.0", "failing", "host", "web-0240");

	(void)state;
	world = world_create();
	row = collection_put(&world->lists[WORLD_ROLLOUTS], o);
	json_decref(o);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	world_destroy(world);
	return 0;
}

static bool
matches(const char *text)
{
	const struct record_type *type = world->lists[WORLD_ROLLOUTS].type;
	struct filter f = {.count = 0};
	struct error e;

	assert_int_equal(filter_parse(&f, text, type, &e), 0);
	return filter_matches(&f, row, type);
}

static void
words_keys_and_alternatives(void **state)
{
	(void)state;
	assert_true(matches(""));
	assert_true(matches("WEB"));
	assert_true(matches("r-57"));
	assert_false(matches("ledger"));
	assert_true(matches("env:prod state:fail"));
	assert_false(matches("env:prod !state:failed"));
	assert_true(matches("!ledger"));
	assert_true(matches("host:0240"));
	assert_true(matches("ledger | web"));
	assert_false(matches("ledger | search"));
	assert_true(matches("svc:\"web-api\""));
	assert_true(matches("id:57"));
}

static void
a_bad_word_is_named_and_changes_nothing(void **state)
{
	const struct record_type *type = world->lists[WORLD_ROLLOUTS].type;
	struct filter f = {.count = 0};
	struct error e;

	(void)state;
	assert_int_equal(filter_parse(&f, "ledger", type, &e), 0);
	assert_int_equal(filter_parse(&f, "web colour:red", type, &e), -1);
	assert_string_equal(e.text, "nothing here is called 'colour'");
	assert_int_equal(f.count, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_keys_and_alternatives),
		cmocka_unit_test(a_bad_word_is_named_and_changes_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("filter", tests, setup, teardown);
}
