/* test_rollout.c - the lives of a rollout and of a host in it, over all
 * pairs of state and event. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/rollout.h"

/*
 * A second account of the tables, one letter a pair: rows are states in
 * their order, columns events in theirs, "." is refused.
 */
static const char rollout_letters[] = "psrzwSFAB";
static const char *const rollout_matrix[ROLLOUT_STATE_COUNT] = {
	/* stage run pause gate succeed fail abort rollback retry */
	[ROLLOUT_PENDING] = "srz...A..",
	[ROLLOUT_STAGING] = ".rz..FA..",
	[ROLLOUT_RUNNING] = "s.zwSFA..",
	[ROLLOUT_PAUSED] = "sr.wSFA..",
	[ROLLOUT_WAITING] = ".rz..FA..",
	[ROLLOUT_SUCCEEDED] = ".......Bp",
	[ROLLOUT_FAILED] = ".......Bp",
	[ROLLOUT_ABORTED] = ".......B.",
	[ROLLOUT_ROLLED_BACK] = ".........",
};

static const char host_letters[] = "psxhFUBEK";
static const char *const host_matrix[HOST_STATE_COUNT] = {
	/* staged switched healthy fail unreachable unknown exclude back retry
	 * traffic */
	[HOST_PENDING] = "s..FUKE...",
	[HOST_STAGED] = ".x.FUKE...",
	[HOST_SWITCHED] = "..hFUK.B..",
	[HOST_HEALTHY] = ".......B.s",
	[HOST_FAILED] = "......EBp.",
	[HOST_UNREACHABLE] = "......EBp.",
	[HOST_ROLLED_BACK] = "........p.",
	[HOST_EXCLUDED] = "..........",
	[HOST_UNKNOWN] = "......EBp.",
};

static void
test_rollout_pairs(void **state)
{
	int from, ev;

	(void)state;
	for (from = 0; from < ROLLOUT_STATE_COUNT; from++) {
		for (ev = 0; ev < ROLLOUT_EVENT_COUNT; ev++) {
			enum rollout_state to = ROLLOUT_STATE_COUNT;
			bool ok = rollout_next((enum rollout_state)from,
				(enum rollout_event)ev, &to);
			char got = ok ? rollout_letters[to] : '.';

			if (!ok)
				assert_int_equal(to, ROLLOUT_STATE_COUNT);
			if (got != rollout_matrix[from][ev])
				fail_msg("%s + %s: %c",
					rollout_state_name(
						(enum rollout_state)from),
					rollout_event_name(
						(enum rollout_event)ev),
					got);
		}
	}
}

static void
test_host_pairs(void **state)
{
	int from, ev;

	(void)state;
	for (from = 0; from < HOST_STATE_COUNT; from++) {
		for (ev = 0; ev < HOST_EVENT_COUNT; ev++) {
			enum host_state to = HOST_STATE_COUNT;
			bool ok = host_next((enum host_state)from,
				(enum host_event)ev, &to);
			char got = ok ? host_letters[to] : '.';

			if (!ok)
				assert_int_equal(to, HOST_STATE_COUNT);
			if (got != host_matrix[from][ev])
				fail_msg("%s + event %d: %c",
					host_state_name((enum host_state)from),
					ev, got);
		}
	}
}

/* What is over leaves only by a retry or by a way back. */
static void
test_over(void **state)
{
	int from, ev;

	(void)state;
	for (from = 0; from < ROLLOUT_STATE_COUNT; from++) {
		if (!rollout_is_over((enum rollout_state)from))
			continue;
		for (ev = 0; ev < ROLLOUT_EVENT_COUNT; ev++) {
			enum rollout_state to;

			if (rollout_next((enum rollout_state)from,
				    (enum rollout_event)ev, &to))
				assert_true(ev == ROLLOUT_EVENT_RETRY ||
					    ev == ROLLOUT_EVENT_ROLL_BACK);
		}
	}
	assert_true(rollout_is_over(ROLLOUT_SUCCEEDED));
	assert_true(rollout_is_over(ROLLOUT_FAILED));
	assert_true(rollout_is_over(ROLLOUT_ABORTED));
	assert_true(rollout_is_over(ROLLOUT_ROLLED_BACK));
	assert_false(rollout_is_over(ROLLOUT_PAUSED));
	assert_false(rollout_is_over(ROLLOUT_WAITING));
}

/* Stopping is always possible while anything goes on. */
static void
test_abort(void **state)
{
	int from;

	(void)state;
	for (from = 0; from < ROLLOUT_STATE_COUNT; from++) {
		enum rollout_state to;

		assert_int_equal(rollout_next((enum rollout_state)from,
					 ROLLOUT_EVENT_ABORT, &to),
			!rollout_is_over((enum rollout_state)from));
	}
}

/* A host is healthy only after it was switched, switched only after it was
 * staged; one that is left out stays out. */
static void
test_host_order(void **state)
{
	int from, ev;

	(void)state;
	for (from = 0; from < HOST_STATE_COUNT; from++) {
		for (ev = 0; ev < HOST_EVENT_COUNT; ev++) {
			enum host_state to;

			if (!host_next((enum host_state)from,
				    (enum host_event)ev, &to))
				continue;
			assert_true(from != HOST_EXCLUDED);
			if (to == HOST_HEALTHY)
				assert_int_equal(from, HOST_SWITCHED);
			if (to == HOST_SWITCHED)
				assert_int_equal(from, HOST_STAGED);
			if (to == HOST_STAGED && ev != HOST_EVENT_TRAFFIC)
				assert_int_equal(from, HOST_PENDING);
		}
	}
}

static void
test_names(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < ROLLOUT_STATE_COUNT; i++)
		assert_int_equal(rollout_state_parse(rollout_state_name(
					 (enum rollout_state)i)),
			i);
	for (i = 0; i < HOST_STATE_COUNT; i++)
		assert_int_equal(host_state_parse(host_state_name(
					 (enum host_state)i)),
			i);
	for (i = 0; i < PAUSE_CAUSE_COUNT; i++)
		assert_non_null(pause_cause_name((enum pause_cause)i));
	for (i = 0; i < STEP_STATE_COUNT; i++)
		assert_non_null(step_state_name((enum step_state)i));
	assert_int_equal(host_state_parse("fine"), -1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rollout_pairs),
		cmocka_unit_test(test_host_pairs),
		cmocka_unit_test(test_over),
		cmocka_unit_test(test_abort),
		cmocka_unit_test(test_host_order),
		cmocka_unit_test(test_names),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("rollout", tests, NULL, NULL);
}
