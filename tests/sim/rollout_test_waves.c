/* rollout_test_waves.c - strategies, stages, bakes and failure budgets. */
#include "model/gate.h"
#include "tests/sim/rollout_test.h"

static void
deploys(struct strategy *strategy, const int *sizes, int waves)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(10, &p);
	struct rollout_id id;

	strategy->name = p.strategy.name;
	p.strategy = *strategy;
	id = start(sim, &p);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	assert_int_equal(count_running(sim, "2.0"), 10);
	check_waves(sim, id, sizes, waves);
	finish(sim);
}

static void
all_is_one_wave(void **state)
{
	struct strategy s = {.kind = STRATEGY_ALL, .stage_first = true};

	(void)state;
	deploys(&s, (int[]){10}, 1);
}

static void
rolling_by_number(void **state)
{
	struct portion three = {3, false};
	struct strategy s = {.kind = STRATEGY_ROLLING,
		.portions = &three,
		.portion_count = 1,
		.stage_first = true};

	(void)state;
	deploys(&s, (int[]){3, 3, 3, 1}, 4);
}

static void
rolling_by_percent(void **state)
{
	struct portion part = {25, true};
	struct strategy s = {.kind = STRATEGY_ROLLING,
		.portions = &part,
		.portion_count = 1};

	(void)state;
	deploys(&s, (int[]){3, 3, 3, 1}, 4);
}

static void
rolling_by_list(void **state)
{
	struct portion list[] = {{1, false}, {5, false}, {20, true}};
	struct strategy s = {.kind = STRATEGY_ROLLING,
		.portions = list,
		.portion_count = 3,
		.stage_first = true};

	(void)state;
	deploys(&s, (int[]){1, 5, 2, 2}, 4);
}

static void
rolling_apart(void **state)
{
	static char zone[] = "zone";
	struct portion five = {5, false};
	struct strategy s = {.kind = STRATEGY_ROLLING,
		.portions = &five,
		.portion_count = 1,
		.apart = zone,
		.stage_first = true};

	(void)state;
	/* Three zones of 4, 3 and 3 hosts: one host of each at a time. */
	deploys(&s, (int[]){3, 3, 3, 1}, 4);
}

/* A pilot that a person takes on, then the others. */
static void
staged_by_groups(void **state)
{
	static char pilot[] = "pilot", rest[] = "rest", z1[] = "zone=z1",
		    others[] = "zone!=z1";
	struct wave_group groups[] = {{.name = pilot,
					      .hosts = z1,
					      .bake_ms = 5000,
					      .is_approved = true},
		{.name = rest, .hosts = others, .bake_ms = -1}};
	struct sim_plan p;
	struct sim *sim = fleet_on_1(9, &p);
	struct rollout_id id;

	(void)state;
	p.strategy.kind = STRATEGY_STAGED;
	p.strategy.portion_count = 0;
	p.strategy.groups = groups;
	p.strategy.group_count = 2;
	id = start(sim, &p);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_WAITING);
	assert_int_equal(runner_gate(sim->rn, id)->kind, GATE_APPROVAL);
	assert_int_equal(count_running(sim, "2.0"), 3);
	assert_true(runs(sim, "web-00002", "2.0"));
	must(runner_advance(sim->rn, id, &bob, &must_e));
	sim_flush(sim);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	check_waves(sim, id, (int[]){3, 6}, 2);
	finish(sim);
}

static int
staged(struct sim *sim, const char *version)
{
	int count = 0;
	size_t i, k;

	for (i = 0; i < sim->host_count; i++)
		for (k = 0; k < sim->hosts[i].releases.count; k++)
			count += strncmp(sim->hosts[i].releases.items[k],
					 version, strlen(version)) == 0;
	return count;
}

static void
stage_first_stages_all(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(10, &p);
	struct rollout_id id = start(sim, &p);

	(void)state;
	while (sim->moved.count == 0 && sim_turn(sim))
		continue;
	assert_int_equal(staged(sim, "2.0"), 10);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	finish(sim);
}

static void
without_stage_first_waves_stage(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(10, &p);
	struct rollout_id id;

	(void)state;
	p.strategy.stage_first = false;
	id = start(sim, &p);
	while (sim->moved.count == 0 && sim_turn(sim))
		continue;
	assert_true(staged(sim, "2.0") <= 2);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	finish(sim);
}

static void
bakes_between_waves(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(4, &p);
	struct rollout_id id;
	struct rollout r;
	int64_t began;

	(void)state;
	p.strategy.bake_ms = 60000;
	id = start(sim, &p);
	began = sim->clock.mono_ms;
	assert_true(sim_run_to(sim, id, ROLLOUT_WAITING));
	sim_rollout(sim, id, &r);
	assert_true(r.gate_until > 0);
	assert_int_equal(r.wave, 1);
	rollout_finish(&r);
	assert_int_equal(count_running(sim, "2.0"), 2);
	/* A restart does not shorten or forget it. */
	sim_restart(sim, false);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	assert_true(sim->clock.mono_ms - began >= 60000);
	assert_true(sim->clock.mono_ms - began < 2 * 60000);
	finish(sim);
}

static void
hold(struct sim *sim, struct rollout_id id)
{
	const struct actor engine = {"engine", -1};

	runner_hold_for(sim->rn, id, PAUSE_CALENDAR, &engine,
		"window 'early' of 'prod' closed: hold");
	sim_flush(sim);
}

/* It is held there, and what it had baked so far does not count. */
static void
a_window_closes_in_a_bake(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(4, &p);
	struct rollout_id id;
	struct rollout r;
	int64_t began;

	(void)state;
	p.strategy.bake_ms = 60000;
	id = start(sim, &p);
	assert_true(sim_run_to(sim, id, ROLLOUT_WAITING));
	clock_virtual_advance(&sim->clock, 50000);
	hold(sim, id);
	sim_restart(sim, true);
	run(sim);
	sim_rollout(sim, id, &r);
	assert_int_equal(r.state, ROLLOUT_PAUSED);
	assert_int_equal(r.pause_cause, PAUSE_CALENDAR);
	assert_non_null(strstr(r.reason, "closed"));
	rollout_finish(&r);
	assert_int_equal(count_running(sim, "2.0"), 2);
	began = sim->clock.mono_ms;
	must(runner_resume(sim->rn, id, &bob, &must_e));
	sim_flush(sim);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	assert_true(sim->clock.mono_ms - began >= 59000);
	finish(sim);
}

/* The bake is of the wave that is finished; the next does not begin. */
static void
finish_wave_in_a_bake(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(4, &p);
	struct rollout_id id;

	(void)state;
	p.strategy.bake_ms = 60000;
	id = start(sim, &p);
	assert_true(sim_run_to(sim, id, ROLLOUT_WAITING));
	runner_hold_after_wave(sim->rn, id, "window 'early' closed");
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_PAUSED);
	assert_int_equal(count_running(sim, "2.0"), 2);
	must(runner_resume(sim->rn, id, &bob, &must_e));
	sim_flush(sim);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	finish(sim);
}

static void
advance_passes_a_bake(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(4, &p);
	struct rollout_id id;
	int64_t began;

	(void)state;
	p.strategy.bake_ms = 3600000;
	id = start(sim, &p);
	began = sim->clock.mono_ms;
	assert_true(sim_run_to(sim, id, ROLLOUT_WAITING));
	must(runner_advance(sim->rn, id, &bob, &must_e));
	sim_flush(sim);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	assert_true(sim->clock.mono_ms - began < 3600000);
	finish(sim);
}

/* ---- failures ---- */

static void
budget_holds(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(10, &p);
	struct rollout_id id;
	struct rollout r;

	(void)state;
	p.strategy.budget.hosts = 2;
	sim_script(sim, "web-00003", "after_switch", FAULT_FAIL, 1);
	sim_script(sim, "web-00005", "after_switch", FAULT_FAIL, 1);
	id = start(sim, &p);
	run(sim);
	sim_rollout(sim, id, &r);
	assert_int_equal(r.state, ROLLOUT_PAUSED);
	assert_int_equal(r.pause_cause, PAUSE_FAILED_HOSTS);
	assert_non_null(strstr(r.reason, "web-00003"));
	rollout_finish(&r);
	/* Waves 1 to 3 moved, no host of the fourth. */
	assert_int_equal(count_running(sim, "2.0"), 6);
	assert_int_equal(sim_count(sim, id, HOST_FAILED), 2);
	finish_open(sim);
}

static void
percent_of_a_wave_holds(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(10, &p);
	struct rollout_id id;

	(void)state;
	p.strategy.budget = (struct budget){.percent = 50};
	sim_script(sim, "web-00004", "after_switch", FAULT_FAIL, 1);
	id = start(sim, &p);
	run(sim);
	/* One of two in the wave: reached, though it is a tenth of all. */
	assert_int_equal(sim_state(sim, id), ROLLOUT_PAUSED);
	assert_int_equal(count_running(sim, "2.0"), 4);
	finish_open(sim);
}

static void
failure_rolls_back(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(6, &p);
	struct rollout_id id;
	struct rollout r;

	(void)state;
	p.strategy.on_failure = ON_FAILURE_ROLLBACK;
	sim_script(sim, "web-00004", "after_switch", FAULT_FAIL, 1);
	id = start(sim, &p);
	run(sim);
	sim_rollout(sim, id, &r);
	assert_int_equal(r.state, ROLLOUT_ROLLED_BACK);
	assert_int_equal(sim_state(sim, r.rollback), ROLLOUT_SUCCEEDED);
	assert_int_equal(sim_count(sim, r.rollback, HOST_HEALTHY), 4);
	rollout_finish(&r);
	assert_int_equal(count_running(sim, "1.0"), 6);
	assert_int_equal(sim_count(sim, id, HOST_ROLLED_BACK), 4);
	finish(sim);
}

static void
failure_continues(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(6, &p);
	struct rollout_id id;

	(void)state;
	p.strategy.on_failure = ON_FAILURE_CONTINUE;
	sim_script(sim, "web-00001", "after_switch", FAULT_FAIL, 1);
	id = start(sim, &p);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_FAILED);
	assert_int_equal(sim_count(sim, id, HOST_HEALTHY), 5);
	finish(sim);
}

static void
unreachable_has_its_own_budget(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(6, &p);
	struct rollout_id id;
	struct rollout r;

	(void)state;
	p.strategy.budget = (struct budget){.hosts = 1, .unreachable = 2};
	sim_script(sim, "web-00002", NULL, FAULT_DOWN, 1);
	id = start(sim, &p);
	run(sim);
	/* One is below the budget: the others go, and it is behind. */
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	assert_int_equal(sim_count(sim, id, HOST_UNREACHABLE), 1);
	assert_int_equal(count_running(sim, "2.0"), 5);
	p.version = "3.0";
	sim_script(sim, "web-00002", NULL, FAULT_DOWN, 1);
	sim_script(sim, "web-00003", NULL, FAULT_DOWN, 1);
	id = start(sim, &p);
	run(sim);
	sim_rollout(sim, id, &r);
	assert_int_equal(r.state, ROLLOUT_PAUSED);
	assert_int_equal(r.pause_cause, PAUSE_UNREACHABLE_HOSTS);
	rollout_finish(&r);
	assert_int_equal(count_running(sim, "3.0"), 0);
	finish_open(sim);
}

static void
failures_while_staging_count(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(6, &p);
	struct rollout_id id;

	(void)state;
	sim_script(sim, "web-00005", "stage", FAULT_NO_SPACE, 1);
	id = start(sim, &p);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_PAUSED);
	assert_int_equal(sim_host_state(sim, id, "web-00005"), HOST_FAILED);
	assert_int_equal(count_running(sim, "2.0"), 0);
	finish_open(sim);
}

static void
retry_keeps_the_budget_spent(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(6, &p);
	struct rollout_id id;

	(void)state;
	p.strategy.budget.hosts = 2;
	sim_script(sim, "web-00001", "after_switch", FAULT_FAIL, 1);
	sim_script(sim, "web-00002", "after_switch", FAULT_FAIL, 1);
	sim_script(sim, "web-00004", "after_switch", FAULT_FAIL, 1);
	id = start(sim, &p);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_PAUSED);
	sim->hosts[0].retries++;
	sim->hosts[1].retries++;
	must(runner_retry(sim->rn, id, &none, &bob, &must_e));
	sim_flush(sim);
	sim_restart(sim, true);
	/* Both are healthy now; a third failure still finds it spent. */
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_PAUSED);
	assert_int_equal(sim_host_state(sim, id, "web-00001"), HOST_HEALTHY);
	assert_int_equal(sim_host_state(sim, id, "web-00004"), HOST_FAILED);
	assert_int_equal(count_running(sim, "2.0"), 4);
	finish_open(sim);
}

static void
hold_then_retry_ends_well(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(6, &p);
	struct rollout_id id;

	(void)state;
	sim_script(sim, "web-00002", "after_switch", FAULT_FAIL, 1);
	id = start(sim, &p);
	run(sim);
	sim->hosts[1].retries++;
	must(runner_retry(sim->rn, id, &none, &bob, &must_e));
	sim_flush(sim);
	run(sim);
	/* Every host is healthy: that is a success, whatever was before. */
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	assert_int_equal(count_running(sim, "2.0"), 6);
	finish(sim);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_one_wave),
		cmocka_unit_test(rolling_by_number),
		cmocka_unit_test(rolling_by_percent),
		cmocka_unit_test(rolling_by_list),
		cmocka_unit_test(rolling_apart),
		cmocka_unit_test(staged_by_groups),
		cmocka_unit_test(stage_first_stages_all),
		cmocka_unit_test(without_stage_first_waves_stage),
		cmocka_unit_test(bakes_between_waves),
		cmocka_unit_test(a_window_closes_in_a_bake),
		cmocka_unit_test(finish_wave_in_a_bake),
		cmocka_unit_test(advance_passes_a_bake),
		cmocka_unit_test(budget_holds),
		cmocka_unit_test(percent_of_a_wave_holds),
		cmocka_unit_test(failure_rolls_back),
		cmocka_unit_test(failure_continues),
		cmocka_unit_test(unreachable_has_its_own_budget),
		cmocka_unit_test(failures_while_staging_count),
		cmocka_unit_test(retry_keeps_the_budget_spent),
		cmocka_unit_test(hold_then_retry_ends_well),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
