/* test_world.c - the copy of the engine's world: snapshots, events, logs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tui/world.h"

static struct world *w;

static int
setup(void **state)
{
	(void)state;
	w = world_create();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	world_destroy(w);
	return 0;
}

static void
event(const char *topic, const char *text)
{
	json_t *data = json_loads(text, 0, NULL);

	assert_non_null(data);
	world_event(w, topic, data);
	json_decref(data);
}

static void
objects_keep_the_order_of_their_numbers(void **state)
{
	const struct collection *list = &w->lists[WORLD_ROLLOUTS];

	(void)state;
	event("world", "{\"type\":\"rollout\",\"object\":{\"id\":\"R-10\"}}");
	event("world", "{\"type\":\"rollout\",\"object\":{\"id\":\"R-9\"}}");
	event("world", "{\"type\":\"rollout\",\"object\":{\"id\":\"R-10\","
		       "\"state\":\"paused\"}}");
	assert_int_equal(list->count, 2);
	assert_string_equal(list->items[0]->id, "R-9");
	assert_string_equal(world_rollout(w, "R-10")->state, "paused");
	assert_null(world_rollout(w, "R-11"));
}

static void
hostile_text_is_made_printable(void **state)
{
	(void)state;
	event("world", "{\"type\":\"change\",\"object\":{\"id\":\"C-1\","
		       "\"service\":\"a\\u001b]0;x\\u0007b\\u009bc\\nd\"}}");
	assert_null(strpbrk(world_change(w, "C-1")->service, "\033\a\n"));
	assert_null(strstr(world_change(w, "C-1")->service, "\xc2\x9b"));
}

static void
malformed_objects_are_left_out(void **state)
{
	(void)state;
	event("world", "{\"type\":\"rollout\",\"object\":[]}");
	event("world", "{\"type\":\"rollout\",\"object\":{\"id\":7}}");
	event("world", "{\"type\":\"rollout\"}");
	event("world", "{\"type\":\"nothing\",\"object\":{\"id\":\"R-1\"}}");
	event("world", "[]");
	event("rollout:R-1", "{\"hosts\":{\"host\":\"x\"}}");
	event("log:R-1", "{\"lines\":[1,null,[]]}");
	assert_int_equal(w->lists[WORLD_ROLLOUTS].count, 0);
	assert_int_equal(w->log.count, 0);
}

static void
lines_come_once_and_the_oldest_go(void **state)
{
	char text[128];
	int i;

	(void)state;
	for (i = 1; i <= WORLD_LOG_MAX + 10; i++) {
		snprintf(text, sizeof(text),
			"{\"lines\":[{\"seq\":%d,\"text\":\"%d\"}]}", i, i);
		event("log:R-1", text);
		event("log:R-1", text);
	}
	assert_int_equal(w->log.count, WORLD_LOG_MAX);
	assert_string_equal(log_ring_at(&w->log, 0)->text, "11");
	assert_int_equal(log_ring_at(&w->log, WORLD_LOG_MAX - 1)->seq,
		WORLD_LOG_MAX + 10);
}

static void
hosts_keep_the_order_of_the_rollout(void **state)
{
	const struct collection *hosts = &w->lists[WORLD_ROLLOUT_HOSTS];

	(void)state;
	event("rollout:R-1", "{\"hosts\":[{\"host\":\"b\",\"index\":1},"
			     "{\"host\":\"a\",\"index\":0}]}");
	assert_string_equal(hosts->items[0]->id, "a");
	event("rollout:R-1", "{\"hosts\":[{\"host\":\"b\",\"index\":1,"
			     "\"state\":\"failed\"}]}");
	assert_int_equal(hosts->count, 2);
	assert_string_equal(world_rollout_host(w, "b")->state, "failed");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(objects_keep_the_order_of_their_numbers),
		TEST(hostile_text_is_made_printable),
		TEST(malformed_objects_are_left_out),
		TEST(lines_come_once_and_the_oldest_go),
		TEST(hosts_keep_the_order_of_the_rollout),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("world", tests, NULL, NULL);
}
