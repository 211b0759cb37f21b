/* known_hosts lines: read, matched, and put in place of others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/known_hosts.h"

/* Blobs that say "ssh-ed25519" and end in one letter each. */
#define KEY_A \
	"AAAAC3NzaC1lZDI1NTE5AAAAIEFBQUFBQU" \
	"FBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB"
#define KEY_B \
	"AAAAC3NzaC1lZDI1NTE5AAAAIEJCQkJCQk" \
	"JCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJC"

/* The name "web" behind a salt of 20 letters S. */
#define HASHED_WEB \
	"|1|U1NTU1NTU1NTU1NTU1NTU1NTU1M" \
	"=|mluRJ2BAmBbgXXohhBjt06Ssap8="

static struct known_key
key_of(const char *base64)
{
	char *line = xasprintf("ssh-ed25519 %s", base64);
	struct known_key k;

	assert_true(known_key_parse_public(line, &k));
	free(line);
	return k;
}

/* text with KEY_B for name; what was replaced is how many fingerprints. */
static char *
put_b(const char *text, const char *name, int *ret_replaced)
{
	struct known_key b = key_of(KEY_B);
	struct strbuf out, replaced;
	char *result;
	size_t i;

	strbuf_init(&out);
	strbuf_init(&replaced);
	known_hosts_put(text, name, &b, 1, &out, &replaced);
	*ret_replaced = replaced.len > 0;
	for (i = 0; i < replaced.len; i++)
		*ret_replaced += replaced.buf[i] == ' ';
	result = xstrdup(out.buf);
	strbuf_finish(&out);
	strbuf_finish(&replaced);
	known_key_finish(&b);
	return result;
}

static void
expect_put(const char *text, const char *name, const char *expected,
	int expected_replaced)
{
	int replaced;
	char *got = put_b(text, name, &replaced);

	assert_string_equal(got, expected);
	assert_int_equal(replaced, expected_replaced);
	free(got);
}

static void
test_put(void **state)
{
	(void)state;
	expect_put("", "web", "web ssh-ed25519 " KEY_B "\n", 0);
	expect_put("web ssh-ed25519 " KEY_A "\n", "web",
		"web ssh-ed25519 " KEY_B "\n", 1);
	expect_put("web ssh-ed25519 " KEY_B " old", "web",
		"web ssh-ed25519 " KEY_B "\n", 0);
	expect_put("# a note\nother ssh-ed25519 " KEY_A "\nnonsense\n", "web",
		"# a note\nother ssh-ed25519 " KEY_A "\nnonsense\n"
		"web ssh-ed25519 " KEY_B "\n",
		0);
}

static void
test_put_among_names(void **state)
{
	(void)state;
	expect_put("a,WEB,10.0.0.1 ssh-ed25519 " KEY_A "\n", "web",
		"a,10.0.0.1 ssh-ed25519 " KEY_A "\n"
		"web ssh-ed25519 " KEY_B "\n",
		1);
	expect_put("w*,!x ssh-ed25519 " KEY_A "\n", "web",
		"w*,!x ssh-ed25519 " KEY_A "\nweb ssh-ed25519 " KEY_B "\n", 0);
	expect_put("@revoked web ssh-ed25519 " KEY_A "\n", "web",
		"@revoked web ssh-ed25519 " KEY_A "\n"
		"web ssh-ed25519 " KEY_B "\n",
		0);
	expect_put(HASHED_WEB " ssh-ed25519 " KEY_A "\n", "other",
		HASHED_WEB " ssh-ed25519 " KEY_A "\n"
			   "other ssh-ed25519 " KEY_B "\n",
		0);
	expect_put(HASHED_WEB " ssh-ed25519 " KEY_A "\n", "web",
		"web ssh-ed25519 " KEY_B "\n", 1);
}

static void
test_names(void **state)
{
	char *name = known_hosts_name("Web.Example", 22);

	(void)state;
	assert_string_equal(name, "web.example");
	free(name);
	name = known_hosts_name("10.0.0.1", 2222);
	assert_string_equal(name, "[10.0.0.1]:2222");
	free(name);
	assert_true(known_hosts_match("a,w*", "web"));
	assert_false(known_hosts_match("w*,!web", "web"));
}

static void
test_nonsense(void **state)
{
	static const char *const lines[] = {"", "# x", "web", "web ssh-ed25519",
		"web ssh-ed25519 AAAA", "web ssh-rsa " KEY_A,
		"@other web ssh-ed25519 " KEY_A, "web ssh-ed25519 ====",
		"@revoked", "@revoked web"};
	struct known_key k;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lines); i++)
		assert_false(known_key_parse(lines[i], &k));
	assert_null(hostkey_text((const unsigned char *)"\0\0\0\7ssh", 7));
	assert_null(hostkey_text((const unsigned char *)"", 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_put),
		cmocka_unit_test(test_put_among_names),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_nonsense),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
