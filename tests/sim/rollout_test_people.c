/* rollout_test_people.c - pause, abort, retry, exclude, and the way back. */
#include "tests/sim/rollout_test.h"

static struct rollout_id
back_of(struct sim *sim, struct rollout_id id)
{
	struct rollout_id back;
	struct rollout r;

	sim_rollout(sim, id, &r);
	back = r.rollback;
	rollout_finish(&r);
	return back;
}

static enum change_state
change_state(struct sim *sim, struct rollout_id id)
{
	enum change_state state;
	struct rollout r;
	struct change c;
	struct error e;

	sim_rollout(sim, id, &r);
	assert_int_equal(store_change_find(sim->store, r.change, &c, &e), 1);
	state = c.state;
	change_finish(&c);
	rollout_finish(&r);
	return state;
}

static void
pause_parks_after_the_step(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(4, &p);
	struct rollout_id id;

	(void)state;
	p.has_before = true;
	id = start(sim, &p);
	assert_true(sim_run_to_step(sim, id, "web-00001", "after_switch"));
	must(runner_pause(sim->rn, id, &bob, &must_e));
	sim_flush(sim);
	run(sim);
	/* The step ended, the check after it never began. */
	assert_int_equal(sim_state(sim, id), ROLLOUT_PAUSED);
	assert_int_equal(sim_host_state(sim, id, "web-00001"), HOST_SWITCHED);
	assert_int_equal(times_ran(sim, "web-00001", "after_switch"), 2);
	must(runner_resume(sim->rn, id, &bob, &must_e));
	sim_flush(sim);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	assert_int_equal(times_ran(sim, "web-00001", "after_switch"), 2);
	assert_int_equal(times_ran(sim, "web-00001", "before_switch"), 1);
	assert_int_equal(sim->hosts[0].switches, 2);
	finish(sim);
}

static void
pause_and_resume_at_each_step(void **state)
{
	static const char *const steps[] = {"lock", "stage", "verify way back",
		"before_switch", "switch", "after_switch", "health", "unlock"};
	size_t i;

	(void)state;
	for (i = 0; i < 2 * ARRAY_SIZE(steps); i++) {
		struct sim_plan p;
		struct sim *sim = fleet_on_1(3, &p);
		struct rollout_id id;

		p.has_before = true;
		p.strategy.stage_first = i % 2 == 0;
		id = start(sim, &p);
		assert_true(
			sim_run_to_step(sim, id, "web-00002", steps[i / 2]));
		must(runner_pause(sim->rn, id, &bob, &must_e));
		sim_flush(sim);
		run(sim);
		assert_int_equal(sim_state(sim, id), ROLLOUT_PAUSED);
		if (i % 3 == 0)
			sim_restart(sim, false);
		run(sim);
		assert_int_equal(sim_state(sim, id), ROLLOUT_PAUSED);
		must(runner_resume(sim->rn, id, &bob, &must_e));
		sim_flush(sim);
		run(sim);
		assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
		assert_int_equal(
			times_ran(sim, "web-00002", "before_switch"), 1);
		finish(sim);
	}
}

static void
abort_holds(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(6, &p);
	struct rollout_id id = start(sim, &p);

	(void)state;
	assert_true(sim_run_to_step(sim, id, "web-00003", "switch"));
	must(runner_abort(sim->rn, id, false, "enough", &bob, &must_e));
	sim_flush(sim);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_ABORTED);
	assert_int_equal(change_state(sim, id), CHANGE_ABORTED);
	assert_int_equal(count_running(sim, "2.0"), 4);
	must_refuse(runner_resume(sim->rn, id, &bob, &must_e), "aborted");
	must_refuse(runner_retry(sim->rn, id, &none, &bob, &must_e), "aborted");
	/* Every lease is free: another rollout gets all hosts at once. */
	p.version = "3.0";
	id = start(sim, &p);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	finish(sim);
}

/* A host may still be in a step of what was aborted. */
static void
abort_then_start_waits_for_the_step(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(2, &p);
	struct rollout_id id = start(sim, &p);

	(void)state;
	assert_true(sim_run_to_step(sim, id, "web-00001", "after_switch"));
	must(runner_abort(sim->rn, id, false, "enough", &bob, &must_e));
	sim_flush(sim);
	p.version = "3.0";
	must_refuse(sim_start(sim, &p, &id, &must_e), "is active");
	run(sim);
	id = start(sim, &p);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	finish(sim);
}

static void
abort_goes_back(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(6, &p);
	struct rollout_id id, back;

	(void)state;
	p.has_before_rollback = true;
	id = start(sim, &p);
	assert_true(sim_run_to_step(sim, id, "web-00003", "after_switch"));
	must(runner_abort(sim->rn, id, true, "no good", &bob, &must_e));
	sim_flush(sim);
	run(sim);
	back = back_of(sim, id);
	assert_int_equal(sim_state(sim, id), ROLLOUT_ROLLED_BACK);
	assert_int_equal(sim_state(sim, back), ROLLOUT_SUCCEEDED);
	assert_int_equal(change_state(sim, id), CHANGE_ROLLED_BACK);
	assert_int_equal(count_running(sim, "1.0"), 6);
	assert_int_equal(times_ran(sim, "web-00001", "before_rollback"), 1);
	assert_int_equal(times_ran(sim, "web-00005", "before_rollback"), 0);
	finish(sim);
}

static void
abort_paused_goes_back(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(4, &p);
	struct rollout_id id = start(sim, &p);

	(void)state;
	assert_true(sim_run_to_step(sim, id, "web-00001", "switch"));
	must(runner_pause(sim->rn, id, &bob, &must_e));
	sim_flush(sim);
	run(sim);
	/* Parked behind its switch, it holds its lease. */
	assert_int_equal(sim_host_state(sim, id, "web-00001"), HOST_SWITCHED);
	must(runner_abort(sim->rn, id, true, "no good", &bob, &must_e));
	sim_flush(sim);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_ROLLED_BACK);
	assert_int_equal(count_running(sim, "1.0"), 4);
	finish(sim);
}

static void
nothing_to_go_back_to_is_refused(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(4, &p);
	struct rollout_id id = start(sim, &p);

	(void)state;
	must_refuse(runner_abort(sim->rn, id, true, "no", &bob, &must_e),
		"no host was switched");
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	finish(sim);
}

static void
rolls_back_what_succeeded(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(4, &p);
	struct rollout_id id = start(sim, &p), back, again;

	(void)state;
	run(sim);
	must(runner_rollback(
		sim->rn, id, NULL, "no good", &bob, &back, &must_e));
	sim_flush(sim);
	must_refuse(
		runner_rollback(sim->rn, id, NULL, "x", &bob, &again, &must_e),
		"is active");
	run(sim);
	assert_int_equal(sim_state(sim, back), ROLLOUT_SUCCEEDED);
	assert_int_equal(sim_state(sim, id), ROLLOUT_ROLLED_BACK);
	assert_int_equal(change_state(sim, id), CHANGE_ROLLED_BACK);
	assert_int_equal(count_running(sim, "1.0"), 4);
	must_refuse(runner_rollback(
			    sim->rn, back, NULL, "x", &bob, &again, &must_e),
		"a rollback is not rolled back");
	must_refuse(
		runner_rollback(sim->rn, id, NULL, "x", &bob, &again, &must_e),
		"rolled_back");
	finish(sim);
}

static void
rolls_back_to_a_named_version(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(3, &p);
	struct rollout_id id = start(sim, &p), back;

	(void)state;
	run(sim);
	p.version = "3.0";
	id = start(sim, &p);
	run(sim);
	must_refuse(
		runner_rollback(sim->rn, id, "9.9", "x", &bob, &back, &must_e),
		"version '9.9' was never healthy");
	must(runner_rollback(
		sim->rn, id, "1.0", "far back", &bob, &back, &must_e));
	sim_flush(sim);
	run(sim);
	assert_int_equal(sim_state(sim, back), ROLLOUT_SUCCEEDED);
	assert_int_equal(count_running(sim, "1.0"), 3);
	finish(sim);
}

static void
a_way_back_that_fails_is_mixed(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(4, &p);
	struct rollout_id id = start(sim, &p), back;
	struct strings hosts = {0};

	(void)state;
	run(sim);
	sim_script(sim, "web-00002", "after_switch", FAULT_FAIL, 1);
	must(runner_rollback(
		sim->rn, id, NULL, "no good", &bob, &back, &must_e));
	sim_flush(sim);
	run(sim);
	assert_int_equal(sim_state(sim, back), ROLLOUT_FAILED);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	assert_int_equal(change_state(sim, id), CHANGE_MIXED);
	assert_int_equal(
		sim_host_state(sim, id, "web-00001"), HOST_ROLLED_BACK);
	/* Somebody retries the named host, also after a restart. */
	sim_restart(sim, false);
	strings_add(&hosts, "web-00002");
	sim->hosts[1].retries++;
	must(runner_retry(sim->rn, back, &hosts, &bob, &must_e));
	strings_finish(&hosts);
	sim_flush(sim);
	run(sim);
	assert_int_equal(sim_state(sim, back), ROLLOUT_SUCCEEDED);
	assert_int_equal(sim_state(sim, id), ROLLOUT_ROLLED_BACK);
	assert_int_equal(change_state(sim, id), CHANGE_ROLLED_BACK);
	assert_int_equal(count_running(sim, "1.0"), 4);
	finish(sim);
}

static void
a_host_without_a_way_back_is_named(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(3, &p);
	struct rollout_id id, back;
	struct rollout_host row;

	(void)state;
	/* What was healthy on it has been altered since. */
	strings_add(&sim->hosts[1].corrupt, sim->hosts[1].current);
	id = start(sim, &p);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	sim_row(sim, id, "web-00002", &row);
	assert_non_null(row.way_back_error);
	rollout_host_finish(&row);
	must(runner_rollback(
		sim->rn, id, NULL, "no good", &bob, &back, &must_e));
	sim_flush(sim);
	run(sim);
	assert_int_equal(sim_state(sim, back), ROLLOUT_FAILED);
	assert_int_equal(change_state(sim, id), CHANGE_MIXED);
	assert_int_equal(count_running(sim, "1.0"), 2);
	assert_true(runs(sim, "web-00002", "2.0"));
	must_refuse(runner_retry(sim->rn, back, &none, &bob, &must_e),
		"no release to go back to");
	finish(sim);
}

static void
the_first_release_has_no_way_back(void **state)
{
	struct sim_plan p;
	struct sim *sim = sim_create(3, 2, 1);
	struct rollout_id id, back;

	(void)state;
	sim_plan_init(&p, "1.0");
	id = start(sim, &p);
	run(sim);
	must_refuse(
		runner_rollback(sim->rn, id, NULL, "x", &bob, &back, &must_e),
		"no release was healthy");
	finish(sim);
}

static void
goes_back_to_what_was_there_before_sluice(void **state)
{
	struct sim_plan p;
	struct sim *sim = sim_create(3, 2, 1);
	struct rollout_id id, back;
	struct rollout_host row;

	(void)state;
	sim_host_make_foreign(&sim->hosts[0], "/opt/shop-old");
	sim_plan_init(&p, "1.0");
	id = start(sim, &p);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	sim_row(sim, id, "web-00001", &row);
	assert_string_equal(row.previous, "/opt/shop-old");
	assert_true(row.previous_is_foreign);
	assert_string_equal(row.previous_version, "unmanaged");
	rollout_host_finish(&row);
	must(runner_rollback(
		sim->rn, id, NULL, "no good", &bob, &back, &must_e));
	sim_flush(sim);
	run(sim);
	/* The other host had nothing before. */
	assert_int_equal(sim_state(sim, back), ROLLOUT_FAILED);
	assert_int_equal(sim_host_state(sim, back, "web-00001"), HOST_HEALTHY);
	assert_string_equal(sim->hosts[0].current, "/opt/shop-old");
	finish(sim);
}

/* ---- retry and exclude ---- */

static void
retry_after_success_takes_the_missed(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(4, &p);
	struct rollout_id id;
	struct deployment d;
	struct error e;

	(void)state;
	p.strategy.budget = (struct budget){.unreachable = 2};
	sim_script(sim, "web-00003", NULL, FAULT_DOWN, 1);
	id = start(sim, &p);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	assert_int_equal(store_deployment_find(sim->store, "shop", "production",
				 "web-00003", &d, &e),
		1);
	assert_string_equal(d.state, "behind");
	assert_string_equal(d.expected_version, "2.0");
	deployment_finish(&d);
	must(runner_retry(sim->rn, id, &none, &bob, &must_e));
	sim_flush(sim);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	assert_int_equal(count_running(sim, "2.0"), 4);
	must_refuse(runner_retry(sim->rn, id, &none, &bob, &must_e),
		"no host of this rollout failed");
	finish(sim);
}

static void
only_the_latest_is_retried(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(3, &p);
	struct rollout_id id;

	(void)state;
	p.strategy.budget = (struct budget){.unreachable = 2};
	sim_script(sim, "web-00003", NULL, FAULT_DOWN, 1);
	id = start(sim, &p);
	run(sim);
	p.version = "3.0";
	start(sim, &p);
	run(sim);
	must_refuse(runner_retry(sim->rn, id, &none, &bob, &must_e),
		"only the latest");
	finish(sim);
}

static void
exclude_lets_the_others_end(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(4, &p);
	struct rollout_id id;
	struct strings hosts = {0};

	(void)state;
	sim_script(sim, "web-00002", "stage", FAULT_NO_SPACE, 1);
	id = start(sim, &p);
	run(sim);
	strings_add(&hosts, "web-00002");
	strings_add(&hosts, "web-00002"); /* named twice */
	must(runner_exclude(sim->rn, id, &hosts, "disk full", &bob, &must_e));
	sim_flush(sim);
	must(runner_resume(sim->rn, id, &bob, &must_e));
	sim_flush(sim);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	assert_int_equal(sim_host_state(sim, id, "web-00002"), HOST_EXCLUDED);
	assert_int_equal(count_running(sim, "2.0"), 3);
	must_refuse(runner_exclude(sim->rn, id, &hosts, "x", &bob, &must_e),
		"succeeded");
	strings_finish(&hosts);
	finish(sim);
}

static void
unknown_hosts_are_refused(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(4, &p);
	struct rollout_id id = start(sim, &p);
	struct strings hosts = {0};

	(void)state;
	strings_add(&hosts, "db-01");
	must_refuse(runner_exclude(sim->rn, id, &hosts, "x", &bob, &must_e),
		"host 'db-01' is not in");
	strings_finish(&hosts);
	must_refuse(sim_start(sim, &p, &id, &must_e), "is active");
	run(sim);
	finish(sim);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pause_parks_after_the_step),
		cmocka_unit_test(pause_and_resume_at_each_step),
		cmocka_unit_test(abort_holds),
		cmocka_unit_test(abort_then_start_waits_for_the_step),
		cmocka_unit_test(abort_goes_back),
		cmocka_unit_test(abort_paused_goes_back),
		cmocka_unit_test(nothing_to_go_back_to_is_refused),
		cmocka_unit_test(rolls_back_what_succeeded),
		cmocka_unit_test(rolls_back_to_a_named_version),
		cmocka_unit_test(a_way_back_that_fails_is_mixed),
		cmocka_unit_test(a_host_without_a_way_back_is_named),
		cmocka_unit_test(the_first_release_has_no_way_back),
		cmocka_unit_test(goes_back_to_what_was_there_before_sluice),
		cmocka_unit_test(retry_after_success_takes_the_missed),
		cmocka_unit_test(only_the_latest_is_retried),
		cmocka_unit_test(exclude_lets_the_others_end),
		cmocka_unit_test(unknown_hosts_are_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
