/* test_args.c - usage lines as grammars. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tui/args.h"

/* Knows --json, which takes no value. */
static int
global(int argc, char **argv, void *arg, struct error *e)
{
	(void)argc;
	(void)e;
	if (strcmp(argv[0], "--json") != 0)
		return 0;
	*(bool *)arg = true;
	return 1;
}

/* Splits line at blanks and parses it. */
static int
parse(struct args *a, const char *usage, const char *line, struct error *e)
{
	static char text[256];
	char *argv[32], *p;
	bool json = false;
	int argc = 0;

	assert_true(strlen(line) < sizeof(text));
	memcpy(text, line, strlen(line) + 1);
	for (p = text; *p != '\0';) {
		argv[argc++] = p;
		p += strcspn(p, " ");
		if (*p == ' ')
			*p++ = '\0';
	}
	return args_parse(a, usage, argc, argv, global, &json, e);
}

static const char usage_new[] =
	"SERVICE VERSION [--at TIME] [--type standard|normal] [--draft] "
	"[--host NAME]... -m TEXT";

static void
test_takes(void **state)
{
	struct args a;
	struct error e;
	size_t count;
	const char *const *hosts;

	(void)state;
	assert_int_equal(parse(&a, usage_new,
				 "--at now shop --json --host a -mwhy 1.0 "
				 "--host=b --draft --type=normal",
				 &e),
		0);
	assert_string_equal(args_get(&a, "SERVICE"), "shop");
	assert_string_equal(args_get(&a, "VERSION"), "1.0");
	assert_string_equal(args_get(&a, "--at"), "now");
	assert_string_equal(args_get(&a, "--type"), "normal");
	assert_string_equal(args_get(&a, "-m"), "why");
	assert_true(args_has(&a, "--draft"));
	hosts = args_all(&a, "--host", &count);
	assert_int_equal(count, 2);
	assert_string_equal(hosts[0], "a");
	assert_string_equal(hosts[1], "b");
	args_finish(&a);
}

/* "--env ENV..." goes on until the next option; places of their own first. */
static void
test_several_values(void **state)
{
	static const char usage[] = "NAME --env ENV... [--at TIME]";
	struct args a;
	struct error e;
	size_t count;
	const char *const *envs;

	(void)state;
	assert_int_equal(
		parse(&a, usage, "--env a name b --at now", &e), -1);
	args_finish(&a);
	assert_int_equal(
		parse(&a, usage, "name --env a b --at now --env c", &e), 0);
	envs = args_all(&a, "--env", &count);
	assert_int_equal(count, 3);
	assert_string_equal(envs[1], "b");
	assert_string_equal(envs[2], "c");
	args_finish(&a);
	assert_int_equal(parse(&a, usage, "name --env a --at now b", &e), -1);
	args_finish(&a);
}

static void
test_params(void **state)
{
	json_t *params, *expected;
	struct args a;
	struct error e;

	(void)state;
	assert_int_equal(parse(&a,
				 "ID PATH [--dry-run] [--host NAME]... "
				 "[--committed-at TIME] -m TEXT",
				 "C-1 /etc --dry-run --host a --host b "
				 "--committed-at now -m x",
				 &e),
		0);
	params = args_params(&a);
	expected = json_pack("{s:s, s:b, s:[s, s], s:s, s:s}", "id", "C-1",
		"dry_run", 1, "hosts", "a", "b", "committed_at", "now", "text",
		"x");
	assert_true(json_equal(params, expected));
	json_decref(params);
	json_decref(expected);
	args_finish(&a);
}

static void
test_operands(void **state)
{
	struct args a;
	struct error e;
	size_t count;

	(void)state;
	assert_int_equal(parse(&a, "[COMMAND]... [--roff]", "a b c", &e), 0);
	args_all(&a, "COMMAND", &count);
	assert_int_equal(count, 3);
	args_finish(&a);
	assert_int_equal(parse(&a, "SERVICE [ENV]", "-- --x -y", &e), 0);
	assert_string_equal(args_get(&a, "SERVICE"), "--x");
	assert_string_equal(args_get(&a, "ENV"), "-y");
	args_finish(&a);
	assert_int_equal(parse(&a, "[FILE]", "-", &e), 0);
	assert_string_equal(args_get(&a, "FILE"), "-");
	args_finish(&a);
	assert_int_equal(parse(&a, "", "", &e), 0);
	args_finish(&a);
}

static void
test_refuses(void **state)
{
	static const struct {
		const char *line, *reason;
	} wrong[] = {
		{"shop", "VERSION is missing"},
		{"shop 1", "-m TEXT is missing"},
		{"shop 1 -m", "-m needs a value: -m TEXT"},
		{"shop 1 2 -m x", "'2' is one argument too many"},
		{"shop 1 -m x --foo", "unknown option '--foo'"},
		{"shop 1 -m x -f", "unknown option '-f'"},
		{"shop 1 -m x -m y", "-m was given twice"},
		{"shop 1 -m x --draft=1", "--draft takes no value"},
		{"shop 1 -m x --typ normal", "unknown option '--typ'"},
		{"shop 1 -m x --type norm",
			"'norm' is no value of --type; one of "
			"standard|normal is"},
		{"shop 1 -m \377", "the value of -m is not UTF-8 text"},
	};
	struct args a;
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(parse(&a, usage_new, wrong[i].line, &e), -1);
		assert_string_equal(e.text, wrong[i].reason);
		assert_int_equal(e.code, ERROR_USAGE);
		args_finish(&a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_takes),
		cmocka_unit_test(test_params),
		cmocka_unit_test(test_several_values),
		cmocka_unit_test(test_operands),
		cmocka_unit_test(test_refuses),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("args", tests, NULL, NULL);
}
