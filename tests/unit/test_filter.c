/* test_filter.c - what stands behind '/'. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tui/filter.h"
#include "tui/world.h"

static struct world *world;
static const struct record *row;

#define NOW 1795442700 /* 2026-11-23T14:05:00Z */

static void
put(enum world_list list, const char *text)
{
	json_t *o = json_loads(text, 0, NULL);

	assert_non_null(o);
	row = collection_put(&world->lists[list], o);
	json_decref(o);
}

static int
setup(void **state)
{
	(void)state;
	world = world_create();
	put(WORLD_ROLLOUTS,
		"{\"id\": \"R-57\", \"service\": \"web-api\", \"env\": "
		"\"prod\", \"state\": \"failed\", \"version\": \"4.2.0\", "
		"\"author\": \"bob\", \"hosts_failed\": 3, \"reason\": "
		"\"disk full on a:b\", \"started_at\": "
		"\"2026-11-23T12:05:00Z\", \"eta_s\": 90, \"failing\": "
		"[{\"host\": \"web-0240\"}]}");
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
matches_in(enum world_list list, const char *text)
{
	const struct record_type *type = world->lists[list].type;
	struct filter f = {.now = NOW, .user = "bob"};
	struct error e;
	bool is;

	if (filter_parse(&f, text, type, &e) < 0)
		fail_msg("'%s': %s", text, e.text);
	is = filter_matches(&f, row, type);
	filter_finish(&f);
	return is;
}

static bool
matches(const char *text)
{
	return matches_in(WORLD_ROLLOUTS, text);
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
	assert_true(matches("ledger|web"));
	assert_false(matches("ledger | search"));
	assert_true(matches("ledger | env:prod !search"));
	assert_true(matches("svc:\"web-api\""));
	assert_true(matches("id:57"));
	assert_true(matches("owner:bob version:4.2"));
	assert_true(matches("\"disk full\""));
	assert_false(matches("\"full disk\""));
	assert_true(matches("\"a:b\""));
	assert_true(matches("id:=r-57"));
	assert_false(matches("id:=r-5"));
}

static void
numbers_and_times_are_compared(void **state)
{
	(void)state;
	assert_true(matches("failed:>2"));
	assert_true(matches("failed:>=3 failed:<=3"));
	assert_false(matches("failed:<3"));
	assert_true(matches("age:>1h"));
	assert_false(matches("age:>2h"));
	assert_true(matches("age:<121m"));
	assert_true(matches("eta:<2m"));
	assert_false(matches("eta:<1m"));
	assert_true(matches("!age:<1h"));
}

/* What has no such time is neither before nor after it. */
static void
time_to_answer_counts_down(void **state)
{
	(void)state;
	put(WORLD_CHANGES, "{\"id\": \"C-1\", \"answer_by\": "
			   "\"2026-11-23T14:35:00Z\", \"state\": "
			   "\"submitted\", \"author\": \"ann\", "
			   "\"warnings\": [\"in the freeze of F-3\"]}");
	assert_true(matches_in(WORLD_CHANGES, "sla:<1h"));
	assert_false(matches_in(WORLD_CHANGES, "sla:<20m"));
	assert_false(matches_in(WORLD_CHANGES, "start:<9d | start:>0s"));
	assert_true(matches_in(WORLD_CHANGES, "open freeze !mine"));
}

static void
words_say_what_a_row_is(void **state)
{
	(void)state;
	assert_true(matches("mine"));
	assert_false(matches("open"));
	assert_false(matches("\"mine\""));
	put(WORLD_HOSTS, "{\"name\": \"web-1\", \"version\": \"1.0\", "
			 "\"expected_version\": \"1.1\", \"labels\": "
			 "{\"zone\": \"eu1\", \"role\": \"web\"}}");
	assert_true(matches_in(WORLD_HOSTS, "drift zone:eu1"));
	assert_false(matches_in(WORLD_HOSTS, "zone:web"));
	assert_true(matches_in(WORLD_HOSTS, "zone:/^eu[12]$/ !role:db"));
}

static void
expressions(void **state)
{
	(void)state;
	assert_true(matches("/^web-.*i$/"));
	assert_true(matches("/disk (full|gone)/"));
	assert_false(matches("!/disk/"));
	assert_true(matches("ver:/^4\\.[0-9]+/"));
	assert_true(matches("/WEB"));
	assert_true(matches("/ledger|web/ env:prod"));
}

static void
a_bad_word_is_named_and_changes_nothing(void **state)
{
	static const struct {
		const char *text, *named;
	} bad[] = {{"web colour:red", "'colour'"}, {"failed:>many", "many"},
		{"age:<", "age:<"}, {"/a(b/", "/a(b/"},
		{"ver:/[/ x", "/[/"}};
	const struct record_type *type = world->lists[WORLD_ROLLOUTS].type;
	struct filter f = {.count = 0};
	struct error e;
	size_t i;

	(void)state;
	assert_int_equal(filter_parse(&f, "ledger", type, &e), 0);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(filter_parse(&f, bad[i].text, type, &e), -1);
		if (strstr(e.text, bad[i].named) == NULL)
			fail_msg("'%s': %s", bad[i].text, e.text);
		assert_int_equal(f.count, 1);
	}
	filter_finish(&f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(words_keys_and_alternatives),
		TEST(numbers_and_times_are_compared),
		TEST(time_to_answer_counts_down),
		TEST(words_say_what_a_row_is),
		TEST(expressions),
		TEST(a_bad_word_is_named_and_changes_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
