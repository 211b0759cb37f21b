/* rollout_test_back.c - the way back, wave by wave, and who holds it up. */
#include "tests/sim/rollout_test.h"

static void
forget_moves(struct sim *sim)
{
	strings_finish(&sim->moved);
	memset(&sim->moved, 0, sizeof(sim->moved));
}

/* 2.0 went out in waves of 1, 3 and 4 hosts. */
static struct rollout_id
goes_back(struct sim *sim, const struct sim_plan *p)
{
	struct rollout_id id = start(sim, p), back;

	run(sim);
	forget_moves(sim);
	must(runner_rollback(sim->rn, id, NULL, "no", &bob, &back, &must_e));
	sim_flush(sim);
	return back;
}

static struct sim *
fleet_of_eight(struct sim_plan *p)
{
	static struct portion portions[] = {{1, false}, {50, true},
		{100, true}};
	struct sim *sim = fleet_on_1(8, p);

	p->strategy.kind = STRATEGY_CANARY;
	p->strategy.portions = portions;
	p->strategy.portion_count = 3;
	return sim;
}

static void
newest_wave_goes_back_first(void **state)
{
	int kill;

	(void)state;
	for (kill = 0; kill < 2; kill++) {
		struct sim_plan p;
		struct sim *sim = fleet_of_eight(&p);
		struct rollout_id back = goes_back(sim, &p);
		int64_t began = sim->clock.mono_ms;
		struct rollout_host row;

		while (sim->moved.count == 0 && sim_turn(sim))
			continue;
		/* At once: nobody waits for hosts whose turn is later. */
		assert_true(sim->clock.mono_ms - began < 2000);
		sim_row(sim, back, "web-00001", &row);
		assert_null(row.step);
		rollout_host_finish(&row);
		while (sim->moved.count < 5 && sim_turn(sim))
			continue;
		assert_true(sim_count(sim, back, HOST_HEALTHY) >= 4);
		if (kill)
			sim_restart(sim, true);
		run(sim);
		assert_int_equal(sim_state(sim, back), ROLLOUT_SUCCEEDED);
		check_waves(sim, back, (int[]){4, 3, 1}, 3);
		assert_int_equal(count_running(sim, "1.0"), 8);
		finish(sim);
	}
}

/* A host that cannot go back does not end the way of the others. */
static void
the_way_back_passes_the_dead(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_of_eight(&p);
	struct rollout_id back;

	(void)state;
	back = goes_back(sim, &p);
	sim_script(sim, "web-00007", "lock", FAULT_DOWN, 9);
	run(sim);
	assert_int_equal(sim_state(sim, back), ROLLOUT_FAILED);
	assert_int_equal(count_running(sim, "1.0"), 7);
	sim->rule_count = 0;
	must(runner_retry(sim->rn, back, &none, &bob, &must_e));
	sim_flush(sim);
	run(sim);
	assert_int_equal(sim_state(sim, back), ROLLOUT_SUCCEEDED);
	finish(sim);
}

/* Nor does one that still ends a step of what is undone. */
static void
the_way_back_passes_the_slow(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_on_1(6, &p);
	struct rollout_id id;
	int64_t began;

	(void)state;
	p.strategy.on_failure = ON_FAILURE_ROLLBACK;
	sim_script(sim, "web-00005", "after_switch", FAULT_SLOW, 1);
	sim_script(sim, "web-00006", "after_switch", FAULT_FAIL, 1);
	id = start(sim, &p);
	assert_true(sim_run_to(sim, id, ROLLOUT_FAILED));
	began = sim->clock.mono_ms;
	while (count_running(sim, "1.0") < 5 && sim_turn(sim))
		continue;
	assert_true(sim->clock.mono_ms - began < 10000);
	assert_true(runs(sim, "web-00005", "2.0"));
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_ROLLED_BACK);
	assert_int_equal(count_running(sim, "1.0"), 6);
	finish(sim);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(newest_wave_goes_back_first),
		cmocka_unit_test(the_way_back_passes_the_dead),
		cmocka_unit_test(the_way_back_passes_the_slow),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("back", tests, NULL, NULL);
}
