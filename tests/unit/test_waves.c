/* test_waves.c - which hosts move together; budgets; portions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/gate.h"
#include "model/waves.h"

#define HOSTS_MAX 6000

/* zones: one letter a host, "." for none. Returns the waves, one digit a
 * host. */
static const char *
waves_of(struct strategy *s, const char *zones)
{
	static char text[64];
	size_t count = strlen(zones), i;
	struct host hosts[64];
	const struct host *list[64];
	int waves[64], most = 0, number;

	memset(hosts, 0, sizeof(hosts));
	memset(list, 0, sizeof(list));
	for (i = 0; i < count; i++) {
		char zone[2] = {zones[i], '\0'};

		if (zones[i] != '.')
			pairs_set(&hosts[i].labels, "zone", zone);
		list[i] = &hosts[i];
	}
	number = waves_assign(s, list, count, waves);
	for (i = 0; i < count; i++) {
		text[i] = (char)('0' + waves[i]);
		most = waves[i] > most ? waves[i] : most;
		pairs_finish(&hosts[i].labels);
	}
	text[count] = '\0';
	assert_int_equal(number, most);
	return text;
}

static void
rolling(struct strategy *s, struct portion *portions, size_t count)
{
	memset(s, 0, sizeof(*s));
	s->kind = STRATEGY_ROLLING;
	s->portions = portions;
	s->portion_count = count;
}

static void
test_all(void **state)
{
	struct strategy s = {.kind = STRATEGY_ALL};

	(void)state;
	assert_string_equal(waves_of(&s, "....."), "11111");
	assert_string_equal(waves_of(&s, ""), "");
}

static void
test_rolling(void **state)
{
	struct portion two[] = {{2, false}};
	struct portion quarter[] = {{25, true}};
	struct portion list[] = {{1, false}, {3, false}, {20, true}};
	struct strategy s;

	(void)state;
	rolling(&s, two, 1);
	assert_string_equal(waves_of(&s, "....."), "11223");
	rolling(&s, quarter, 1);
	assert_string_equal(waves_of(&s, "....."), "11223");
	assert_string_equal(waves_of(&s, "..."), "123");
	rolling(&s, list, 3);
	assert_string_equal(waves_of(&s, ".........."), "1222334455");
}

static void
test_apart(void **state)
{
	struct portion three[] = {{3, false}};
	struct portion all[] = {{100, true}};
	char zone[] = "zone";
	struct strategy s;

	(void)state;
	rolling(&s, three, 1);
	s.apart = zone;
	assert_string_equal(waves_of(&s, "aaabbb"), "123123");
	assert_string_equal(waves_of(&s, "abcabc"), "111222");
	assert_string_equal(waves_of(&s, "aabbcd"), "121212");
	assert_string_equal(waves_of(&s, "a.a.a."), "112132");
	rolling(&s, all, 1);
	s.apart = zone;
	assert_string_equal(waves_of(&s, "aaaa"), "1234");
	assert_string_equal(waves_of(&s, "...."), "1111");
}

/* No wave has two of one value and none is larger than its portion, for any
 * size and any number of values; and thousands of hosts are quick. */
static void
test_apart_always(void **state)
{
	static struct host hosts[HOSTS_MAX];
	static const struct host *list[HOSTS_MAX];
	static int waves[HOSTS_MAX];
	static int seen[HOSTS_MAX + 1][8];
	static int size[HOSTS_MAX + 1];
	struct portion five[] = {{5, false}};
	char zone[] = "zone";
	struct strategy s;
	int values, i;

	(void)state;
	rolling(&s, five, 1);
	s.apart = zone;
	for (values = 1; values <= 8; values++) {
		memset(seen, 0, sizeof(seen));
		memset(size, 0, sizeof(size));
		for (i = 0; i < HOSTS_MAX; i++) {
			char value[12];

			snprintf(value, sizeof(value), "%d",
				(i / 7) % values);
			pairs_set(&hosts[i].labels, "zone", value);
			list[i] = &hosts[i];
		}
		waves_assign(&s, list, HOSTS_MAX, waves);
		for (i = 0; i < HOSTS_MAX; i++) {
			assert_in_range(waves[i], 1, HOSTS_MAX);
			assert_int_equal(
				seen[waves[i]][(i / 7) % values]++, 0);
			assert_true(++size[waves[i]] <= 5);
		}
	}
	for (i = 0; i < HOSTS_MAX; i++)
		pairs_finish(&hosts[i].labels);
}

static void
test_portions(void **state)
{
	struct portion p;

	(void)state;
	assert_int_equal(portion_parse("5", &p, NULL), 0);
	assert_int_equal(portion_of(&p, 100), 5);
	assert_int_equal(portion_parse("25%", &p, NULL), 0);
	assert_int_equal(portion_of(&p, 10), 3);
	assert_int_equal(portion_of(&p, 4), 1);
	assert_int_equal(portion_of(&p, 1), 1);
	assert_int_equal(portion_of(&p, 0), 1);
	assert_int_equal(portion_parse("100%", &p, NULL), 0);
	assert_int_equal(portion_of(&p, 7), 7);
	assert_int_equal(portion_parse("1%", &p, NULL), 0);
	assert_int_equal(portion_of(&p, 100000), 1000);
}

static void
test_bad_portions(void **state)
{
	static const char *const bad[] = {"", "0", "0%", "101%", "-1", "1.5",
		"5 ", " 5", "%", "5%%", "x", "99999999", "5%x"};
	struct portion p;
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (portion_parse(bad[i], &p, &e) != -1)
			fail_msg("'%s' passed", bad[i]);
}

/* Reaching stops, not exceeding. */
static void
test_budget(void **state)
{
	static const struct {
		struct budget budget;
		int total, failed, unreachable;
		bool reached;
	} rows[] = {
		{{1, 0, 1}, 10, 0, 0, false},
		{{1, 0, 1}, 10, 1, 0, true},
		{{1, 0, 1}, 10, 0, 1, true},
		{{3, 0, 0}, 10, 2, 9, false},
		{{3, 0, 0}, 10, 3, 0, true},
		{{0, 5, 0}, 100, 4, 0, false},
		{{0, 5, 0}, 100, 5, 0, true},
		{{0, 5, 0}, 10, 0, 0, false},
		{{0, 5, 0}, 10, 1, 0, true},
		{{0, 0, 0}, 10, 10, 10, false},
		{{3, 5, 2}, 100, 2, 1, false},
		{{3, 5, 2}, 100, 2, 2, true},
		{{9, 5, 2}, 100, 5, 0, true},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (budget_is_reached(&rows[i].budget, rows[i].total,
			    rows[i].failed,
			    rows[i].unreachable) != rows[i].reached)
			fail_msg("row %zu", i);
}

static void
test_canary_goes_so_far(void **state)
{
	struct portion list[] = {
		{1, false}, {5, true}, {25, true}, {100, true}};
	struct strategy s = {.kind = STRATEGY_CANARY,
		.portions = list,
		.portion_count = 4};

	(void)state;
	/* 5 % of twenty hosts is the one that has moved: no wave of its own. */
	assert_string_equal(
		waves_of(&s, "...................."), "12222333333333333333");
	/* What the list leaves is a wave more. */
	s.portion_count = 1;
	assert_string_equal(waves_of(&s, "...."), "1222");
	assert_string_equal(waves_of(&s, "."), "1");
}

static void
test_canary_apart(void **state)
{
	static char zone[] = "zone";
	struct portion list[] = {{3, false}, {100, true}};
	struct strategy s = {.kind = STRATEGY_CANARY,
		.portions = list,
		.portion_count = 2,
		.apart = zone};

	(void)state;
	/* A wave that cannot be whole goes on until the portion is reached. */
	assert_string_equal(waves_of(&s, "aabb"), "1213");
}

static void
test_staged_by_selector(void **state)
{
	static char pilot[] = "pilot", b[] = "b";
	static char is_b[] = "zone=b", is_one[] = "zone=c";
	struct wave_group groups[] = {{.name = pilot, .hosts = is_one},
		{.name = b, .hosts = is_b}};
	struct strategy s = {.kind = STRATEGY_STAGED,
		.groups = groups,
		.group_count = 2};

	(void)state;
	assert_string_equal(waves_of(&s, "abcbba"), "321223");
	/* A group without hosts is no wave. */
	assert_string_equal(waves_of(&s, "bb"), "11");
}

static void
test_staged_by_label(void **state)
{
	static char zone[] = "zone";
	struct strategy s = {.kind = STRATEGY_STAGED, .by = zone};

	(void)state;
	assert_string_equal(waves_of(&s, "ab.ba"), "12321");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_canary_goes_so_far),
		cmocka_unit_test(test_canary_apart),
		cmocka_unit_test(test_staged_by_selector),
		cmocka_unit_test(test_staged_by_label),
		cmocka_unit_test(test_rolling),
		cmocka_unit_test(test_apart),
		cmocka_unit_test(test_apart_always),
		cmocka_unit_test(test_portions),
		cmocka_unit_test(test_bad_portions),
		cmocka_unit_test(test_budget),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("waves", tests, NULL, NULL);
}
