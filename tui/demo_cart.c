/* demo_cart.c - the demo's service with metrics. */
#include "tui/demo_cart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "tui/program.h"
#include "tui/sandbox.h"
#include "wire/json.h"

static const char *const demo_cart[] = {
#include "tui/demo_cart.inc"
};

/* What each does: the level of its errors, and more; see demo-cart.sh. */
static const struct {
	const char *version, *level, *notes;
} releases[] = {
	{"1.0.0", "100 6", "the first release"},
	{"1.1.0", "101 6", "a good canary: 1 % more errors, 10 % are allowed"},
	{"1.2.0", "150 6", "a bad canary: half as many errors again"},
	{"1.3.0", "60 5 200", "too uneven: nobody can tell in time"},
};

static const struct {
	const char *version, *env, *strategy;
	bool is_started;
} changes[] = {
	{"1.0.0", "cart", "quick", true},
	{"1.0.0", "duo", "pair-first", true},
	{"1.1.0", "cart", "canary", false},
	{"1.2.0", "cart", "canary", false},
	{"1.3.0", "cart", "canary", false},
	{"1.1.0", "duo", "pair", false},
};

static char *
release_path(const char *dir, size_t i)
{
	return xasprintf("%s/releases/cart-%s", dir, releases[i].version);
}

static int
make_release(const char *dir, size_t i, struct error *e)
{
	char *top = release_path(dir, i);
	char *bin = path_join(top, "bin"), *lib = path_join(top, "lib");
	char *cart = path_join(bin, "cart"), *level = path_join(lib, "level");
	char *text = xasprintf("%s\n", releases[i].level);
	int result = -1;

	if (dir_make(bin, 0755, e) == 0 && dir_make(lib, 0755, e) == 0 &&
		sandbox_write(cart, demo_cart, ARRAY_SIZE(demo_cart), dir,
			0755, e) == 0)
		result = file_write_atomic(
			level, text, strlen(text), 0644, e);
	free(text);
	free(level);
	free(cart);
	free(lib);
	free(bin);
	free(top);
	return result;
}

int
demo_cart_make(const char *dir, struct error *e)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(releases); i++)
		if (make_release(dir, i, e) == -1)
			return -1;
	return 0;
}

static bool
is_there(struct line *l, size_t i)
{
	struct error e;
	json_t *o;

	if (line_ask(l, "release.show",
		    json_pack("{s:s, s:s}", "service", "cart", "version",
			    releases[i].version),
		    &o, &e) == -1)
		return false;
	json_decref(o);
	return true;
}

int
demo_cart_add(struct line *l, const char *self, const char *config,
	const char *dir, struct error *e)
{
	int status = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(releases) && status == 0; i++) {
		char *path = release_path(dir, i), *words = NULL;

		if (!is_there(l, i))
			status = program_capture(
				(const char *const[]){self, "--config", config,
					"release", "add", "cart",
					releases[i].version, path, "--notes",
					releases[i].notes, NULL},
				&words);
		if (status != 0)
			error_set(e, ERROR_FAILED, "cart %s: %s",
				releases[i].version, words);
		free(words);
		free(path);
	}
	return status == 0 ? 0 : -1;
}

static int
plan_and_start(struct line *l, size_t i, char **ret_id, struct error *e)
{
	json_t *o, *started;
	int result;

	printf("\n$ sluice change new cart %s %s --strategy %s\n",
		changes[i].version, changes[i].env, changes[i].strategy);
	if (line_ask(l, "change.new",
		    json_pack("{s:s, s:s, s:s, s:s}", "service", "cart",
			    "version", changes[i].version, "env",
			    changes[i].env, "strategy", changes[i].strategy),
		    &o, e) == -1)
		return -1;
	result = line_ask(l, "change.start",
		json_pack("{s:s}", "id", json_get_string(o, "id", "")),
		&started, e);
	if (result == 0) {
		*ret_id = xstrdup(json_get_string(o, "id", ""));
		json_decref(started);
	}
	json_decref(o);
	return result;
}

int
demo_cart_begin(struct line *l, struct strings *ret_ids, struct error *e)
{
	char *id = NULL;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(changes); i++) {
		if (!changes[i].is_started)
			continue;
		if (plan_and_start(l, i, &id, e) == -1)
			return -1;
		strings_add(ret_ids, id);
		free(id);
	}
	return 0;
}

void
demo_cart_plan(demo_plan_fn plan, const void *arg)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(changes); i++)
		if (!changes[i].is_started)
			plan(arg, "cart", changes[i].version, changes[i].env,
				changes[i].strategy);
}
