/* test_change.c - the life of a change over all pairs of state and event. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/change.h"

/*
 * Written down a second time, by hand and another way: per state the events
 * that are taken and where each leads. What is not here must be refused.
 */
static const struct {
	enum change_state from;
	const char *moves;
} moves[] = {
	{CHANGE_DRAFT, "submit:submitted revise:draft cancel:cancelled"},
	{CHANGE_SUBMITTED, "approve:approved reject:rejected void:voided "
			   "expire:expired revise:submitted cancel:cancelled"},
	{CHANGE_APPROVED, "schedule:scheduled start:running "
			  "lapse:submitted void:voided "
			  "expire:expired revise:submitted cancel:cancelled"},
	{CHANGE_SCHEDULED, "schedule:scheduled start:running "
			   "lapse:submitted void:voided "
			  "expire:expired revise:submitted cancel:cancelled"},
	{CHANGE_RUNNING, "succeed:succeeded fail:failed abort:aborted "
			 "roll_back:rolled_back mix:mixed"},
	{CHANGE_SUCCEEDED, "roll_back:rolled_back mix:mixed retry:running"},
	{CHANGE_FAILED, "roll_back:rolled_back mix:mixed retry:running"},
	{CHANGE_ABORTED, "roll_back:rolled_back mix:mixed"},
	{CHANGE_ROLLED_BACK, ""},
	{CHANGE_MIXED, "roll_back:rolled_back mix:mixed retry:running"},
	{CHANGE_REJECTED, "revise:submitted"},
	{CHANGE_VOIDED, "submit:submitted revise:submitted cancel:cancelled"},
	{CHANGE_EXPIRED, "submit:submitted revise:submitted cancel:cancelled"},
	{CHANGE_CANCELLED, ""},
};

/* "EVENT:" of "roll back" as it stands in moves. */
static void
event_word(enum change_event ev, char out[32])
{
	size_t i;

	strncpy(out, change_event_name(ev), 30);
	out[30] = '\0';
	for (i = 0; out[i] != '\0'; i++)
		if (out[i] == ' ')
			out[i] = '_';
}

/* The state that text says ev leads to, -1: refused. */
static int
expected_of(const char *text, enum change_event ev)
{
	char event[32];
	size_t len;

	event_word(ev, event);
	len = strlen(event);
	while (*text != '\0') {
		size_t word = strcspn(text, " ");

		if (word > len && strncmp(text, event, len) == 0 &&
			text[len] == ':') {
			char state[32] = "";

			memcpy(state, text + len + 1, word - len - 1);
			return change_state_parse(state);
		}
		text += word + strspn(text + word, " ");
	}
	return -1;
}

static void
test_all_pairs(void **state)
{
	int taken = 0;
	size_t i;

	(void)state;
	assert_int_equal(ARRAY_SIZE(moves), CHANGE_STATE_COUNT);
	for (i = 0; i < ARRAY_SIZE(moves); i++) {
		int ev;

		for (ev = 0; ev < CHANGE_EVENT_COUNT; ev++) {
			enum change_state to = CHANGE_STATE_COUNT;
			bool ok = change_next(
				moves[i].from, (enum change_event)ev, &to);
			int want = expected_of(
				moves[i].moves, (enum change_event)ev);

			if (!ok)
				assert_int_equal(to, CHANGE_STATE_COUNT);
			if (ok != (want >= 0) || (ok && (int)to != want))
				fail_msg("%s + %s",
					change_state_name(moves[i].from),
					change_event_name(
						(enum change_event)ev));
			taken += ok;
		}
	}
	assert_int_equal(taken, 46);
}

/* Nothing is run that was not approved: no way leads around it. */
static void
test_running_needs_approved(void **state)
{
	int from, ev;

	(void)state;
	for (from = 0; from < CHANGE_STATE_COUNT; from++) {
		for (ev = 0; ev < CHANGE_EVENT_COUNT; ev++) {
			enum change_state to;

			if (!change_next((enum change_state)from,
				    (enum change_event)ev, &to))
				continue;
			if (to == CHANGE_RUNNING && ev == CHANGE_EVENT_START)
				assert_true(from == CHANGE_APPROVED ||
					    from == CHANGE_SCHEDULED);
			else if (to == CHANGE_RUNNING)
				assert_int_equal(ev, CHANGE_EVENT_RETRY);
			if (to == CHANGE_APPROVED)
				assert_int_equal(from, CHANGE_SUBMITTED);
		}
	}
}

static void
test_ends(void **state)
{
	enum change_state to;
	int ev;

	(void)state;
	for (ev = 0; ev < CHANGE_EVENT_COUNT; ev++) {
		assert_false(change_next(CHANGE_CANCELLED,
			(enum change_event)ev, &to));
		assert_false(change_next(CHANGE_ROLLED_BACK,
			(enum change_event)ev, &to));
	}
	assert_true(change_is_over(CHANGE_CANCELLED));
	assert_true(change_is_over(CHANGE_REJECTED));
	assert_true(change_is_over(CHANGE_SUCCEEDED));
	assert_false(change_is_over(CHANGE_MIXED));
	assert_false(change_is_over(CHANGE_VOIDED));
	assert_false(change_is_over(CHANGE_RUNNING));
}

static void
test_names(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < CHANGE_STATE_COUNT; i++)
		assert_int_equal(change_state_parse(change_state_name(
					 (enum change_state)i)),
			i);
	for (i = 0; i < CHANGE_TYPE_COUNT; i++)
		assert_int_equal(change_type_parse(change_type_name(
					 (enum change_type)i)),
			i);
	assert_int_equal(change_state_parse("nothing"), -1);
	assert_int_equal(change_state_parse(""), -1);
}

static void
test_ids(void **state)
{
	static const char *const bad[] = {"", "C", "C-", "C-0", "C-01", "R-1",
		"C-1x", "C--1", "C-9999999999999999", "42", "C 42", " C-42"};
	struct change_id c = {7};
	struct rollout_id r = {0};
	char text[ID_TEXT_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (change_id_parse(bad[i], &c))
			fail_msg("'%s' passed", bad[i]);
	assert_int_equal(c.number, 7);
	assert_true(change_id_parse("c-42", &c));
	change_id_format(c, text);
	assert_string_equal(text, "C-42");
	assert_true(rollout_id_parse("R-999999999999999", &r));
	rollout_id_format(r, text);
	assert_string_equal(text, "R-999999999999999");
	assert_false(rollout_id_parse("C-1", &r));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_pairs),
		cmocka_unit_test(test_running_needs_approved),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_ids),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("change", tests, NULL, NULL);
}
