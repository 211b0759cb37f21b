/* console_test.h - a console without a terminal over an engine from a file,
 * for unit tests: keys in, requests with an effect out. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/canned.h"
#include "tui/console.h"
#include "tui/view.h"
#include "wire/json.h"

static struct {
	struct console console;
	struct clock_virtual clock;
	json_t *file;
	struct strbuf sent;
	enum theme_depth depth;
	json_t *configured; /* how consoles begin */
	json_t *kept; /* what the engine keeps for this person */
	int flushed;
} t;

static bool
has_effect(const char *method)
{
	int i;

	for (i = 0; i < ACTION_COUNT; i++)
		if (strcmp(action_get((enum action_id)i)->method, method) == 0)
			return true;
	return false;
}

/* session.put and session.ls as the engine has them. */
static json_t *
session(const char *method, const json_t *params)
{
	const char *key = json_get_string(params, "key", "");
	json_t *items, *value;

	if (strcmp(method, "session.put") == 0) {
		json_object_set(t.kept, key, json_object_get(params, "value"));
		return json_object();
	}
	if (strcmp(method, "session.ls") != 0)
		return NULL;
	items = json_array();
	json_object_foreach(t.kept, key, value) json_array_append_new(items,
		json_pack("{s:s, s:O}", "key", key, "value", value));
	return json_pack("{s:o, s:O*}", "items", items, "console",
		t.configured);
}

static void
request(void *arg, const char *method, json_t *params, client_answer answer,
	void *answer_arg)
{
	json_t *result = canned_answer(t.file, method, params);
	struct error e;

	(void)arg;
	if (result == NULL)
		result = session(method, params);
	if (has_effect(method))
		strbuf_addf(&t.sent, "%s %s;", method,
			json_get_string(params, "id", "?"));
	error_set(&e, ERROR_NOT_FOUND, "no answer");
	answer(result, result == NULL ? &e : NULL, answer_arg);
	json_decref(result);
	json_decref(params);
}

static void
flush_input(void *arg)
{
	(void)arg;
	t.flushed++;
}

static const struct console_io io = {request, flush_input, NULL, NULL};

static inline void
paint(void)
{
	struct canvas c;

	canvas_init(&c, t.console.width, t.console.height, true);
	console_paint(&t.console, &c);
	assert_true(c.cursor_y < c.height && c.cursor_x < c.width);
	canvas_finish(&c);
}

static inline void
press_burst(uint32_t code, bool burst)
{
	struct input_event ev = {.code = code, .burst = burst};

	console_key(&t.console, &ev);
	paint();
}

static inline void
press(const char *keys)
{
	for (; *keys != '\0'; keys++)
		press_burst((unsigned char)*keys, false);
}

static inline void
wait_ms(int64_t ms)
{
	clock_virtual_advance(&t.clock, ms);
	console_tick(&t.console);
}

static inline void
begin(void)
{
	console_init(&t.console, &t.clock.clock, &io, NULL);
	t.console.depth = t.depth;
	console_link_up(&t.console, json_object_get(t.file, "hello"));
	console_root(&t.console, &home_view);
	paint();
}

/* The same person at another terminal. */
static inline void
begin_again(void)
{
	wait_ms(1000);
	console_finish(&t.console);
	begin();
}

static int
setup(void **state)
{
	char *path = xasprintf("%s/tests/tui/worlds/busy.json",
		getenv("top_srcdir") != NULL ? getenv("top_srcdir") : ".");

	(void)state;
	memset(&t, 0, sizeof(t));
	t.file = json_load_file(path, 0, NULL);
	free(path);
	assert_non_null(t.file);
	strbuf_init(&t.sent);
	clock_virtual_init(&t.clock, 1795442700000);
	clock_virtual_advance(&t.clock, 1000);
	t.kept = json_object();
	begin();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	console_finish(&t.console);
	strbuf_finish(&t.sent);
	json_decref(t.file);
	json_decref(t.configured);
	json_decref(t.kept);
	return 0;
}

static inline void
assert_sent(const char *expected)
{
	assert_string_equal(t.sent.buf, expected);
	strbuf_clear(&t.sent);
}

/* 3 Changes: C-890 goes to a typed environment, C-891 to an open one. */
static inline void
select_change(const char *id)
{
	press("3");
	list_select(&console_place(&t.console)->list, id);
	paint();
}

static inline void
select_rollout(const char *id)
{
	press("2");
	list_select(&console_place(&t.console)->list, id);
	paint();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
