/* rollout_test_steps.c - lost links, interrupted steps, and the engine killed
 * in every op. */
#include "tests/sim/rollout_test.h"

#include "wire/json.h"

static void
lost_reply_is_asked_again(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(2, &p);
	struct rollout_id id;

	(void)state;
	/* The effect was there, the answer was lost three times. */
	sim_script(sim, "web-00001", "after_switch", FAULT_CUT_AFTER, 3);
	id = start(sim, &p);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	assert_int_equal(times_ran(sim, "web-00001", "after_switch"), 2);
	finish(sim);
}

static void
cut_before_runs_once(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(2, &p);
	struct rollout_id id;

	(void)state;
	sim_script(sim, "web-00001", "after_switch", FAULT_CUT_BEFORE, 3);
	id = start(sim, &p);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	assert_int_equal(times_ran(sim, "web-00001", "after_switch"), 2);
	finish(sim);
}

static void
lost_for_long_is_unknown(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(4, &p);
	struct rollout_id id;
	struct rollout r;

	(void)state;
	p.strategy.on_failure = ON_FAILURE_ROLLBACK;
	sim_script(sim, "web-00001", "after_switch", FAULT_SLOW, 1);
	sim_script(sim, "web-00001", "after_switch", FAULT_CUT_BEFORE, 100);
	id = start(sim, &p);
	/* The engine dies while it runs for long, and the link stays cut. */
	assert_true(sim_run_to_step(sim, id, "web-00001", "after_switch"));
	sim_turn(sim);
	sim_restart(sim, false);
	run(sim);
	sim_rollout(sim, id, &r);
	/* Nobody may guess: this asks a person whatever on_failure says. */
	assert_int_equal(r.state, ROLLOUT_PAUSED);
	assert_int_equal(r.pause_cause, PAUSE_UNKNOWN_HOSTS);
	rollout_finish(&r);
	assert_int_equal(sim_host_state(sim, id, "web-00001"), HOST_UNKNOWN);
	finish_open(sim);
}

/* The attempt whose link was lost still runs when a person says retry: it is
 * asked for, not begun beside itself. */
static void
retry_asks_for_what_still_runs(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(2, &p);
	struct sim_host *h = &sim->hosts[0];
	struct rollout_id id;
	size_t i;

	(void)state;
	sim_script(sim, "web-00001", "after_switch", FAULT_CUT_AFTER, 1);
	sim_script(sim, "web-00001", "after_switch", FAULT_CUT_BEFORE, 5);
	id = start(sim, &p);
	while (times_ran(sim, "web-00001", "after_switch") < 2 && sim_turn(sim))
		continue;
	for (i = 0; i < h->journal_count; i++)
		if (h->journal[i].state == SIM_STEP_RUNNING)
			h->journal[i].ends_at_ms += 120000;
	run(sim);
	assert_int_equal(sim_host_state(sim, id, "web-00001"), HOST_UNKNOWN);
	must(runner_retry(sim->rn, id, &none, &bob, &must_e));
	sim_flush(sim);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	assert_int_equal(times_ran(sim, "web-00001", "after_switch"), 2);
	finish(sim);
}

static void
interrupted_asks_a_person(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(2, &p);
	struct rollout_id id;
	struct rollout_host row;

	(void)state;
	sim_script(sim, "web-00001", "after_switch", FAULT_KILLED, 1);
	id = start(sim, &p);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_PAUSED);
	sim_row(sim, id, "web-00001", &row);
	assert_int_equal(row.state, HOST_UNKNOWN);
	assert_non_null(strstr(row.error, "was interrupted"));
	rollout_host_finish(&row);
	/* The person looked and says: again. */
	sim->hosts[0].retries++;
	must(runner_retry(sim->rn, id, &none, &bob, &must_e));
	sim_flush(sim);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	finish(sim);
}

static void
interrupted_idempotent_runs_again(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(2, &p);
	struct rollout_id id;

	(void)state;
	p.is_idempotent = true;
	sim_script(sim, "web-00001", "after_switch", FAULT_KILLED, 1);
	id = start(sim, &p);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	assert_int_equal(times_ran(sim, "web-00001", "after_switch"), 3);
	finish(sim);
}

static void
interrupted_for_ever_asks_a_person(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(2, &p);
	struct rollout_id id;

	(void)state;
	p.is_idempotent = true;
	sim_script(sim, "web-00001", "after_switch", FAULT_KILLED, 1000);
	id = start(sim, &p);
	run(sim);
	assert_int_equal(sim_host_state(sim, id, "web-00001"), HOST_UNKNOWN);
	assert_true(times_ran(sim, "web-00001", "after_switch") < 10);
	finish_open(sim);
}

static void
lost_while_preparing_is_unreachable(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(2, &p);
	struct rollout_id id;

	(void)state;
	p.strategy.budget.unreachable = 1;
	sim_script(sim, "web-00002", "stage", FAULT_CUT_BEFORE, 100);
	id = start(sim, &p);
	run(sim);
	assert_int_equal(
		sim_host_state(sim, id, "web-00002"), HOST_UNREACHABLE);
	assert_int_equal(count_running(sim, "2.0"), 0);
	finish_open(sim);
}

static void
busy_host_is_asked_again(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(2, &p);
	struct rollout_id id;

	(void)state;
	sim_script(sim, "web-00001", "lock", FAULT_BUSY, 2);
	sim_script(sim, "web-00002", "lock", FAULT_BUSY, 50);
	id = start(sim, &p);
	run(sim);
	assert_int_equal(sim_host_state(sim, id, "web-00001"), HOST_STAGED);
	assert_int_equal(sim_host_state(sim, id, "web-00002"), HOST_FAILED);
	finish_open(sim);
}

/* Refused because somebody holds the host says nothing of an earlier sending
 * that had its effect. */
static void
busy_after_a_lost_switch_is_unknown(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(2, &p);
	struct rollout_id id;

	(void)state;
	sim_script(sim, "web-00001", "switch", FAULT_CUT_AFTER, 1);
	sim_script(sim, "web-00001", "switch", FAULT_BUSY, 50);
	id = start(sim, &p);
	run(sim);
	assert_int_equal(sim_host_state(sim, id, "web-00001"), HOST_UNKNOWN);
	assert_true(runs(sim, "web-00001", "2.0"));
	/* So it is one of those that a way back takes along. */
	must(runner_abort(sim->rn, id, true, "no good", &bob, &must_e));
	sim_flush(sim);
	sim->rule_count = 0;
	run(sim);
	assert_int_equal(count_running(sim, "1.0"), 2);
	assert_int_equal(sim_state(sim, id), ROLLOUT_ROLLED_BACK);
	finish(sim);
}

static void
tidying_up_fails_nobody(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(3, &p);
	struct rollout_id id;

	(void)state;
	sim_script(sim, "web-00001", "unlock", FAULT_FAIL, 1);
	sim_script(sim, "web-00002", "clean", FAULT_DOWN, 1);
	sim_script(sim, "web-00003", "unlock", FAULT_CUT_BEFORE, 100);
	id = start(sim, &p);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	assert_int_equal(sim_count(sim, id, HOST_HEALTHY), 3);
	finish(sim);
}

static bool
protects(struct sim *sim, const char *version)
{
	const json_t *list = json_object_get(sim->last_clean, "protect");
	size_t i;
	const json_t *item;

	json_array_foreach(
		list, i, item) if (strncmp(json_string_value(item), version,
					   strlen(version)) == 0) return true;
	return false;
}

static void
clean_leaves_the_way_back(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(1, &p);
	struct rollout_id id, back;

	(void)state;
	/* 2.0 is installed, never healthy, and left there by a person. */
	sim->hosts[0].is_bad = true;
	p.version = "2.0-bad";
	id = start(sim, &p);
	run(sim);
	must(runner_abort(sim->rn, id, false, "leave it", &bob, &must_e));
	sim_flush(sim);
	p.version = "3.0";
	p.keep = 1;
	id = start(sim, &p);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	assert_int_equal(json_get_int(sim->last_clean, "keep", 0), 1);
	assert_true(protects(sim, "3.0"));
	assert_true(protects(sim, "1.0"));
	must(runner_rollback(
		sim->rn, id, NULL, "no good", &bob, &back, &must_e));
	sim_flush(sim);
	run(sim);
	assert_int_equal(sim_state(sim, back), ROLLOUT_SUCCEEDED);
	assert_true(runs(sim, "web-00001", "1.0"));
	finish(sim);
}

/* ---- the engine killed ---- */

static const char *const deploy_steps[] = {"lock", "stage", "verify",
	"before_switch", "switch", "after_switch", "health", "unlock", "clean"};

static void
killed_in(const char *step, enum sim_fault fault)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(3, &p);
	struct rollout_id id;

	p.has_before = true;
	sim_script(sim, "web-00002", step, fault, 1);
	id = start(sim, &p);
	run(sim);
	if (sim->restarts != 1)
		fail_msg("not killed in %s", step);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	assert_int_equal(count_running(sim, "2.0"), 3);
	assert_int_equal(times_ran(sim, "web-00002", "before_switch"), 1);
	finish(sim);
}

static void
killed_before_each_op(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(deploy_steps); i++)
		killed_in(deploy_steps[i], FAULT_ENGINE_BEFORE);
}

static void
killed_after_each_op(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(deploy_steps); i++)
		killed_in(deploy_steps[i], FAULT_ENGINE_AFTER);
}

static void
killed_in_each_op_of_a_way_back(void **state)
{
	static const char *const steps[] = {"lock", "verify", "before_rollback",
		"switch", "after_switch", "health", "unlock"};
	size_t i;

	(void)state;
	for (i = 0; i < 2 * ARRAY_SIZE(steps); i++) {
		struct sim_plan p;
		struct sim *sim = fleet_on_1(3, &p);
		struct rollout_id id, back;

		p.has_before_rollback = true;
		id = start(sim, &p);
		run(sim);
		must(runner_rollback(
			sim->rn, id, NULL, "no", &bob, &back, &must_e));
		sim_flush(sim);
		sim_script(sim, "web-00002", steps[i / 2],
			i % 2 == 0 ? FAULT_ENGINE_BEFORE : FAULT_ENGINE_AFTER,
			1);
		run(sim);
		assert_int_equal(sim->restarts, 1);
		assert_int_equal(sim_state(sim, back), ROLLOUT_SUCCEEDED);
		assert_int_equal(sim_state(sim, id), ROLLOUT_ROLLED_BACK);
		assert_int_equal(count_running(sim, "1.0"), 3);
		assert_int_equal(
			times_ran(sim, "web-00002", "before_rollback"), 1);
		finish(sim);
	}
}

static void
killed_before_the_start_is_durable(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(2, &p);
	struct rollout_id id;

	(void)state;
	id = start(sim, &p);
	/* A turn decides something that is never committed. */
	must(runner_abort(sim->rn, id, false, "stop", &bob, &must_e));
	sim_restart(sim, false);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	finish(sim);
}

static void
a_held_runner_begins_nothing(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(4, &p);
	struct rollout_id id = start(sim, &p);

	(void)state;
	assert_true(sim_run_to_step(sim, id, "web-00001", "after_switch"));
	runner_hold(sim->rn);
	run(sim);
	assert_int_equal(runner_in_flight(sim->rn), 0);
	assert_int_equal(sim_state(sim, id), ROLLOUT_RUNNING);
	assert_int_equal(sim_host_state(sim, id, "web-00001"), HOST_SWITCHED);
	/* The next engine goes on where this one stopped. */
	sim_restart(sim, false);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	assert_int_equal(times_ran(sim, "web-00001", "after_switch"), 2);
	finish(sim);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lost_reply_is_asked_again),
		cmocka_unit_test(cut_before_runs_once),
		cmocka_unit_test(lost_for_long_is_unknown),
		cmocka_unit_test(retry_asks_for_what_still_runs),
		cmocka_unit_test(interrupted_asks_a_person),
		cmocka_unit_test(interrupted_idempotent_runs_again),
		cmocka_unit_test(interrupted_for_ever_asks_a_person),
		cmocka_unit_test(lost_while_preparing_is_unreachable),
		cmocka_unit_test(busy_host_is_asked_again),
		cmocka_unit_test(busy_after_a_lost_switch_is_unknown),
		cmocka_unit_test(tidying_up_fails_nobody),
		cmocka_unit_test(clean_leaves_the_way_back),
		cmocka_unit_test(killed_before_each_op),
		cmocka_unit_test(killed_after_each_op),
		cmocka_unit_test(killed_in_each_op_of_a_way_back),
		cmocka_unit_test(killed_before_the_start_is_durable),
		cmocka_unit_test(a_held_runner_begins_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
