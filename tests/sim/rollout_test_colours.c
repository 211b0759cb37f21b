/* rollout_test_colours.c - hosts of blue-green that die while the new colour
 * is watched. */
#include "tests/sim/traffic_test.h"

/* What is down is no way back: a person is asked, until it is well again. */
static void
the_old_colour_dies(void **state)
{
	int slots, i;

	(void)state;
	for (slots = 0; slots < 2; slots++) {
		struct sim_plan p;
		struct sim *sim = live_on_blue(&p, slots);
		struct rollout_id id = start(sim, &p);

		assert_true(sim_run_to(sim, id, ROLLOUT_WAITING));
		dead = "1.0";
		for (i = 0; i < 2; i++) {
			assert_true(sim_run_to(sim, id, ROLLOUT_PAUSED));
			check_reason(sim, id,
				slots ? "blue is down: 6 of 6"
				      : "blue is down: 2 of 2");
			dead = i == 0 ? "1.0" : "";
			must(runner_resume(sim->rn, id, &bob, &must_e));
			sim_flush(sim);
		}
		run(sim);
		assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
		finish(sim);
	}
}

/* What is live is watched without any metrics: it goes back at once, but not
 * to a colour that is down. */
static void
the_new_colour_dies(void **state)
{
	struct sim_plan p;
	struct sim *sim = live_on_blue(&p, false);
	struct rollout_id id = start(sim, &p);
	int64_t began;

	(void)state;
	assert_true(sim_run_to(sim, id, ROLLOUT_WAITING));
	began = sim->clock.mono_ms;
	dead = "2.0";
	assert_true(sim_run_to(sim, id, ROLLOUT_ROLLED_BACK));
	assert_true(sim->clock.mono_ms - began < 25000);
	run(sim);
	check_reason(sim, id, "green is down: 2 of 2");
	assert_int_equal(count_live(sim, "blue"), 2);
	finish(sim);
}

static void
no_way_back_to_the_dead(void **state)
{
	struct sim_plan p;
	struct sim *sim = analysed(&p, false, 1.5);
	struct rollout_id id = start(sim, &p), back;

	(void)state;
	assert_true(sim_run_to(sim, id, ROLLOUT_WAITING));
	dead = "1.0";
	assert_true(sim_run_to(sim, id, ROLLOUT_PAUSED));
	check_reason(sim, id, "p95: shift +");
	check_reason(sim, id, "not taken back by itself: blue is down");
	/* A person may. */
	must(runner_rollback(sim->rn, id, NULL, "go", &bob, &back, &must_e));
	sim_flush(sim);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_ROLLED_BACK);
	finish(sim);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_old_colour_dies),
		cmocka_unit_test(the_new_colour_dies),
		cmocka_unit_test(no_way_back_to_the_dead),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("colours", tests, NULL, NULL);
}
