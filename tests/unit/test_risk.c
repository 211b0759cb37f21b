/* test_risk.c - the score of a change: nothing hidden, every band reached. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/risk.h"

#define DAY_S 86400

/* A release that has been elsewhere, on a Tuesday at ten, of what went well
 * ten times: one file of a hundred to one of ten hosts. */
static struct risk_facts
calm(void)
{
	return (struct risk_facts){.runs = "1",
		.files = 100,
		.files_differ = 1,
		.hosts = 1,
		.env_hosts = 10,
		.env = "lab",
		.rollouts = 10,
		.last_at = 100 * DAY_S,
		.starts_at = 101 * DAY_S,
		.start_min = 600,
		.start_wday = 2,
		.strategy = "careful",
		.author = "alice"};
}

static struct risk_facts
wild(void)
{
	return (struct risk_facts){.schema_files = 1,
		.settings_files = 2,
		.schema_file = "db/1.sql",
		.settings_file = "a.conf",
		.steps_differ = 3,
		.irreversible = "before_switch",
		.hosts = 10,
		.env_hosts = 10,
		.first_wave = 10,
		.env = "prod",
		.env_kind = "production",
		.rollouts = 2,
		.rollouts_bad = 2,
		.starts_at = 10 * DAY_S,
		.start_min = 23 * 60,
		.start_wday = 6,
		.missing_count = 3,
		.missing = "tests, scan, sbom",
		.strategy = "all",
		.strategy_is_new = true,
		.overlaps = 2,
		.overlap_ids = "C-1, C-2",
		.author = "alice",
		.author_is_new = true,
		.is_emergency = true};
}

/* What it is made of adds up to it, and each says something. */
static int
score_of(const struct risk_table *t, const struct risk_facts *f)
{
	struct risk r;
	int sum = 0, score;
	size_t i;

	risk_assess(t, f, &r);
	for (i = 0; i < r.count; i++) {
		assert_int_not_equal(r.items[i].points, 0);
		assert_true(strlen(r.items[i].text) > 0);
		sum += r.items[i].points;
	}
	assert_int_equal(sum, r.score);
	assert_in_range(r.score, 0, RISK_MOST);
	score = r.score;
	risk_finish(&r);
	return score;
}

static void
test_ends(void **state)
{
	struct risk_facts low = calm(), high = wild();
	struct risk_table t;

	(void)state;
	risk_table_init(&t);
	assert_int_equal(risk_table_most(&t), RISK_MOST);
	assert_int_equal(score_of(&t, &high), RISK_MOST);
	low.proven_env = "staging";
	low.proven_s = 3 * DAY_S;
	assert_int_equal(score_of(&t, &low), 0);
	assert_int_equal(risk_band(&t, 0), RISK_BAND_LOW);
	assert_int_equal(risk_band(&t, 100), RISK_BAND_CRITICAL);
}

/* Trap 17: a band that no change can be in. Walks from the calm change to the
 * wild one, a fact at a time, and must pass through all of them. */
static void
test_every_band(void **state)
{
	struct risk_facts f = calm(), w = wild();
	bool seen[RISK_BAND_COUNT] = {false};
	struct risk_table t;
	int last = 0, score, i;

	(void)state;
	risk_table_init(&t);
	for (i = 0; i < 12; i++) {
		switch (i) {
		case 1: f.runs = NULL; break;
		case 2: f.is_emergency = true; break;
		case 3: f.rollouts_bad = 10; break;
		case 4: f.env_kind = "production"; break;
		case 5: f.hosts = 10; break;
		case 6: f.first_wave = 10; break;
		case 7: f.missing_count = 3; f.missing = w.missing; break;
		case 8: f.schema_files = 1; f.schema_file = "a.sql"; break;
		case 9: f.start_wday = 0; break;
		case 10: f.start_min = 0; break;
		case 11: f.author_is_new = true; break;
		}
		score = score_of(&t, &f);
		assert_true(score >= last);
		seen[risk_band(&t, score)] = true;
		last = score;
	}
	for (i = 0; i < RISK_BAND_COUNT; i++)
		assert_true(seen[i]);
}

/* Each factor alone changes the score by exactly what the table says. */
static void
test_one_at_a_time(void **state)
{
	struct risk_facts f = wild();
	struct risk_table none = {.from = {0, 25, 50, 75}}, t = none;
	int i;

	(void)state;
	none.day_starts_min = t.day_starts_min = 480;
	none.day_ends_min = t.day_ends_min = 1080;
	f.proven_env = "staging";
	f.proven_s = 30 * DAY_S;
	assert_int_equal(score_of(&none, &f), 0);
	for (i = 0; i < RISK_FACTOR_COUNT; i++) {
		memset(t.points, 0, sizeof(t.points));
		t.points[i] = 7;
		assert_int_equal(score_of(&t, &f), 7);
		t.points[i] = -7;
		t.points[(i + 1) % RISK_FACTOR_COUNT] = 20;
		assert_int_equal(score_of(&t, &f), 13);
	}
}

static void
test_shares(void **state)
{
	struct risk_facts f = calm();
	struct risk_table t = {.days = 1u << 2, .day_ends_min = 1440};

	(void)state;
	t.points[RISK_SIZE] = 10;
	f.files_differ = 0;
	assert_int_equal(score_of(&t, &f), 0);
	f.files_differ = 1;
	assert_int_equal(score_of(&t, &f), 1);
	f.files_differ = 50;
	assert_int_equal(score_of(&t, &f), 5);
	f.not_compared = "it is too much";
	assert_int_equal(score_of(&t, &f), 10);
	memset(t.points, 0, sizeof(t.points));
	t.points[RISK_PAUSE] = 9;
	f.starts_at = f.last_at + 6 * DAY_S;
	assert_int_equal(score_of(&t, &f), 0);
	f.starts_at = f.last_at + 30 * DAY_S;
	assert_int_equal(score_of(&t, &f), 3);
	f.starts_at = f.last_at + 400 * (int64_t)DAY_S;
	assert_int_equal(score_of(&t, &f), 9);
	f.last_at = 0;
	assert_int_equal(score_of(&t, &f), 9);
}

static void
test_hours(void **state)
{
	struct risk_facts f = calm();
	struct risk_table t;

	(void)state;
	risk_table_init(&t);
	memset(t.points, 0, sizeof(t.points));
	t.points[RISK_HOUR] = 5;
	f.start_min = 479;
	assert_int_equal(score_of(&t, &f), 5);
	f.start_min = 480;
	assert_int_equal(score_of(&t, &f), 0);
	f.start_min = 1080;
	assert_int_equal(score_of(&t, &f), 5);
	t.day_starts_min = 22 * 60; /* over midnight */
	t.day_ends_min = 6 * 60;
	f.start_min = 0;
	assert_int_equal(score_of(&t, &f), 0);
	f.start_min = 720;
	assert_int_equal(score_of(&t, &f), 5);
}

static void
test_kinds_of_files(void **state)
{
	(void)state;
	assert_true(risk_is_schema("db/migrations/001_add.rb"));
	assert_true(risk_is_schema("x.SQL"));
	assert_false(risk_is_schema("bin/sqlite"));
	assert_true(risk_is_settings("etc/app.yaml"));
	assert_true(risk_is_settings(".env"));
	assert_false(risk_is_settings("bin/conf"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_every_band),
		cmocka_unit_test(test_one_at_a_time),
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_hours),
		cmocka_unit_test(test_kinds_of_files),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("risk", tests, NULL, NULL);
}
