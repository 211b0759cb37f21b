/* test_hostset.c - ranges, selectors, placeholders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/hostset.h"

static void
expands(const char *pattern, const char *expected)
{
	struct strings names;
	struct strbuf all;
	struct error e;
	size_t i;

	assert_int_equal(hostset_expand(pattern, &names, &e), 0);
	strbuf_init(&all);
	for (i = 0; i < names.count; i++)
		strbuf_addf(&all, "%s%s", i == 0 ? "" : " ", names.items[i]);
	assert_string_equal(all.buf, expected);
	strbuf_finish(&all);
	strings_finish(&names);
}

static void
refuses(const char *pattern, const char *words)
{
	struct strings names;
	struct error e;

	assert_int_equal(hostset_expand(pattern, &names, &e), -1);
	assert_non_null(strstr(e.text, words));
}

static void
test_ranges(void **state)
{
	(void)state;
	expands("web-1", "web-1");
	expands("web-[1-3]", "web-1 web-2 web-3");
	expands("web-[08-11].eu", "web-08.eu web-09.eu web-10.eu web-11.eu");
	expands("[1-2]", "1 2");
	expands("lab-[1-3,7]", "lab-1 lab-2 lab-3 lab-7");
	expands("r[1-2]n[1-2]", "r1n1 r1n2 r2n1 r2n2");
	expands("a[001]", "a001");
	expands("web-[98-101]", "web-98 web-99 web-100 web-101");
	expands("10.0.1.[9-10]", "10.0.1.9 10.0.1.10");
}

static void
test_bad_ranges(void **state)
{
	(void)state;
	refuses("", "empty");
	refuses("web-[1-", "other half");
	refuses("web-1]", "other half");
	refuses("web-[]", "not a range");
	refuses("web-[a-b]", "not a range");
	refuses("web-[1-2-3]", "not a range");
	refuses("web-[1,]", "not a range");
	refuses("web-[-1]", "not a range");
	refuses("web-[5-2]", "ends before it begins");
	refuses("web-[1-01]", "same number of digits");
	refuses("web-[1-100001]", "more than 100000");
	refuses("[1-1000][1-1000]", "more than 100000");
	refuses("[1-9999999999999999999999]", "not a range");
	refuses("[1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1]",
		"too many brackets");
}

static void
test_most_names(void **state)
{
	struct strings names;

	(void)state;
	assert_int_equal(hostset_expand("h[1-100000]", &names, NULL), 0);
	assert_int_equal(names.count, HOSTSET_MAX);
	strings_finish(&names);
}

/* ---- selectors ---- */

static const struct {
	const char *name, *address, *role, *zone;
} fleet[] = {
	{"web-01", "10.0.1.1", "web", "eu1"},
	{"web-02", "10.0.1.2", "web", "eu2"},
	{"db-1", "10.0.2.1", "db", "eu1"},
	{"lone", "10.0.3.1", NULL, NULL},
};

static void
host_make(struct host *h, size_t i)
{
	memset(h, 0, sizeof(*h));
	h->name = xstrdup(fleet[i].name);
	h->address = xstrdup(fleet[i].address);
	if (fleet[i].role != NULL)
		pairs_set(&h->labels, "role", fleet[i].role);
	if (fleet[i].zone != NULL)
		pairs_set(&h->labels, "zone", fleet[i].zone);
}

/* expected: one letter a host, y or n. */
static void
selects(const char *text, const char *expected)
{
	struct selector *s;
	struct error e;
	size_t i;

	assert_int_equal(selector_parse(text, &s, &e), 0);
	for (i = 0; i < ARRAY_SIZE(fleet); i++) {
		struct host h;

		host_make(&h, i);
		if (selector_matches(s, &h) != (expected[i] == 'y'))
			fail_msg("'%s' is wrong about %s", text, h.name);
		host_finish(&h);
	}
	selector_destroy(s);
}

static void
test_selectors(void **state)
{
	(void)state;
	selects("", "yyyy");
	selects("  ", "yyyy");
	selects("*", "yyyy");
	selects("web-01", "ynnn");
	selects("web-*", "yynn");
	selects("name=web-0*", "yynn");
	selects("name=web-0?", "yynn");
	selects("role=web", "yynn");
	selects("role=web & zone!=eu2", "ynnn");
	selects("role=web&zone!=eu2", "ynnn");
	selects("zone!=eu2", "ynyy");
	selects("!zone=eu1", "nyny");
	selects("!(role=web|role=db)", "nnny");
	selects("role=db | role=web & zone=eu2", "nyyn");
	selects("(role=db | role=web) & zone=eu1", "ynyn");
	selects("!!role=db", "nnyn");
	selects("role=\"web\"", "yynn");
	selects("address=10.0.2.*", "nnyn");
	selects("role=*", "yyyn");
	selects("nothing=x", "nnnn");
	selects("role=web & role=db", "nnnn");
}

static void
test_bad_selectors(void **state)
{
	static const char *const bad[] = {"role=", "=web", "&", "a &", "a | ",
		"(a", "a)", "a b", "!", "role=web zone=eu1", "a && b", "\"x",
		"role==web", "()", "role!web", "role=web &", "a=\xff"};
	struct selector *s;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		struct error e;

		if (selector_parse(bad[i], &s, &e) != -1)
			fail_msg("'%s' passed", bad[i]);
		assert_non_null(strstr(e.text, "selector"));
	}
}

static void
test_deep_selector(void **state)
{
	char text[4000];
	struct selector *s;
	struct error e;

	(void)state;
	memset(text, '(', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(selector_parse(text, &s, &e), -1);
	memset(text, '!', sizeof(text) - 1);
	assert_int_equal(selector_parse(text, &s, &e), -1);
	assert_non_null(strstr(e.text, "fewer levels"));
}

/* ---- placeholders ---- */

static void
test_placeholders(void **state)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
		{"/srv/{host}/shop", "/srv/web-01/shop"},
		{"http://{address}:{port}/", "http://10.0.1.1:2222/"},
		{"{service}-{version}-{env}", "shop-1.4-prod"},
		{"{label.zone}", "eu1"},
		{"{unknown} { } {} {{host}", "{unknown} { } {} {web-01"},
		{"{label.}", "{label.}"},
		{"{host", "{host"},
		{"}", "}"},
		{"", ""},
		{"{host}{host}", "web-01web-01"},
		{"p95{host=\"{host}\"}", "p95{host=\"web-01\"}"},
	};
	struct placeholder_values v = {.host = "web-01",
		.address = "10.0.1.1",
		.service = "shop",
		.version = "1.4",
		.env = "prod",
		.port = 2222};
	struct pairs labels = {0};
	size_t i;

	(void)state;
	pairs_set(&labels, "zone", "eu1");
	v.labels = &labels;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct error e;
		char *text;

		assert_int_equal(
			placeholder_expand(rows[i].text, &v, &text, &e), 0);
		assert_string_equal(text, rows[i].expected);
		free(text);
	}
	pairs_finish(&labels);
}

/* A value is data: what looks like a placeholder in it stays. */
static void
test_placeholder_once(void **state)
{
	struct placeholder_values v = {.host = "{address}", .address = "x"};
	char *text;

	(void)state;
	assert_int_equal(placeholder_expand("{host}", &v, &text, NULL), 0);
	assert_string_equal(text, "{address}");
	free(text);
}

static void
test_placeholder_label(void **state)
{
	struct placeholder_values v = {.host = "web-01"};
	struct error e;
	char *text;

	(void)state;
	assert_int_equal(
		placeholder_expand("{label.zone}", &v, &text, &e), -1);
	assert_string_equal(e.text, "host 'web-01' has no label 'zone'");
}

static void
test_pairs(void **state)
{
	struct pairs p = {0}, copy;

	(void)state;
	pairs_set(&p, "b", "2");
	pairs_set(&p, "a", "1");
	pairs_set(&p, "c", "3");
	pairs_set(&p, "b", "4");
	pairs_copy(&copy, &p);
	pairs_finish(&p);
	assert_int_equal(copy.count, 3);
	assert_string_equal(copy.items[0].name, "a");
	assert_string_equal(copy.items[2].name, "c");
	assert_string_equal(pairs_get(&copy, "b"), "4");
	assert_null(pairs_get(&copy, "d"));
	pairs_finish(&copy);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_bad_ranges),
		cmocka_unit_test(test_most_names),
		cmocka_unit_test(test_selectors),
		cmocka_unit_test(test_bad_selectors),
		cmocka_unit_test(test_deep_selector),
		cmocka_unit_test(test_placeholders),
		cmocka_unit_test(test_placeholder_once),
		cmocka_unit_test(test_placeholder_label),
		cmocka_unit_test(test_pairs),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("hostset", tests, NULL, NULL);
}
