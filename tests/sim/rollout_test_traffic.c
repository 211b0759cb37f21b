/*
 * rollout_test_traffic.c - blue-green, with routers that fail, lie and
 * disagree, and with the engine killed after every single turn.
 */
#include "tests/sim/traffic_test.h"

/* ---- as it should be ---- */

static void
pools_take_turns(void **state)
{
	struct sim_plan p;
	struct sim *sim = live_on_blue(&p, false);
	struct rollout_id id;
	struct rollout r;

	(void)state;
	assert_int_equal(count_live(sim, "blue"), 2);
	assert_int_equal(count_running(sim, "1.0"), 2);
	id = start(sim, &p);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	assert_int_equal(count_live(sim, "green"), 2);
	assert_true(runs(sim, "web-00001", "1.0"));
	assert_true(runs(sim, "web-00003", "2.0"));
	/* Those that stay as they are do not count. */
	assert_int_equal(sim_count(sim, id, HOST_HEALTHY), 4);
	assert_int_equal(sim_count(sim, id, HOST_EXCLUDED), 0);
	sim_rollout(sim, id, &r);
	assert_string_equal(r.colour, "green");
	assert_string_equal(r.traffic, "switched blue");
	rollout_finish(&r);
	finish(sim);
}

static void
slots_take_turns(void **state)
{
	struct sim_plan p;
	struct sim *sim = live_on_blue(&p, true);
	struct rollout_id id;

	(void)state;
	assert_int_equal(count_live(sim, "blue"), HOSTS);
	id = start(sim, &p);
	assert_true(sim_run_to_step(sim, id, "web-00001", "live link"));
	/* The other slot has it, and nobody sees it yet. */
	assert_int_equal(strncmp(on(sim, "web-00001")->slots[COLOUR_GREEN],
				 "2.0", 3),
		0);
	assert_true(runs(sim, "web-00001", "1.0"));
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	assert_int_equal(count_live(sim, "green"), HOSTS);
	assert_int_equal(count_running(sim, "2.0"), HOSTS);
	finish(sim);
}

static void
back_by_one_command(void **state)
{
	int slots;

	(void)state;
	for (slots = 0; slots < 2; slots++) {
		struct sim_plan p;
		struct sim *sim = live_on_blue(&p, slots);
		struct rollout_id id, back;
		int64_t began;

		id = start(sim, &p);
		assert_true(sim_run_to(sim, id, ROLLOUT_WAITING));
		began = sim->clock.mono_ms;
		must(runner_rollback(
			sim->rn, id, NULL, "ugly", &bob, &back, &must_e));
		sim_flush(sim);
		assert_true(sim_run_to(sim, id, ROLLOUT_ROLLED_BACK));
		/* A switch, not another deploy. */
		assert_true(sim->clock.mono_ms - began < 2000);
		assert_int_equal(count_live(sim, "blue"), slots ? HOSTS : 2);
		run(sim);
		assert_int_equal(sim_state(sim, back), ROLLOUT_SUCCEEDED);
		must_refuse(runner_rollback(sim->rn, back, NULL, "again", &bob,
				    &back, &must_e),
			"a rollback is not rolled back");
		finish(sim);
	}
}

static void
nothing_moved_nothing_to_go_back(void **state)
{
	struct sim_plan p;
	struct sim *sim = live_on_blue(&p, false);
	struct rollout_id id, back;

	(void)state;
	id = start(sim, &p);
	assert_true(sim_run_to(sim, id, ROLLOUT_RUNNING));
	must_refuse(runner_rollback(
			    sim->rn, id, NULL, "no", &bob, &back, &must_e),
		"has not moved any traffic");
	must(runner_abort(sim->rn, id, false, "no", &bob, &must_e));
	sim_flush(sim);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_ABORTED);
	assert_int_equal(count_live(sim, "blue"), 2);
	finish(sim);
}

/* A colour whose hosts fail never gets traffic. */
static void
a_bad_colour_stays_idle(void **state)
{
	struct sim_plan p;
	struct sim *sim = live_on_blue(&p, false);
	struct rollout_id id;

	(void)state;
	p.version = "2.0-bad";
	on(sim, "web-00003")->is_bad = true;
	id = start(sim, &p);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_FAILED);
	assert_int_equal(count_live(sim, "blue"), 2);
	finish(sim);
}

/* ---- routers ---- */

static void
a_router_fails(void **state)
{
	struct sim_plan p;
	struct sim *sim = live_on_blue(&p, false);
	struct rollout_id id;

	(void)state;
	sim_script(sim, LB2, "traffic", FAULT_FAIL, 1);
	id = start(sim, &p);
	run(sim);
	/* Half a switch is taken back by itself. */
	assert_int_equal(sim_state(sim, id), ROLLOUT_ROLLED_BACK);
	assert_int_equal(count_live(sim, "blue"), 2);
	check_reason(sim, id, "traffic");
	finish(sim);
}

static void
half_a_switch_is_held(void **state)
{
	struct sim_plan p;
	struct sim *sim = live_on_blue(&p, false);
	struct rollout_id id;
	struct rollout r;

	(void)state;
	p.strategy.on_failure = ON_FAILURE_CONTINUE;
	sim_script(sim, LB2, "traffic", FAULT_FAIL, 1);
	id = start(sim, &p);
	assert_true(sim_run_to(sim, id, ROLLOUT_PAUSED));
	run(sim);
	sim_rollout(sim, id, &r);
	assert_int_equal(r.pause_cause, PAUSE_TRAFFIC);
	rollout_finish(&r);
	/* A person has it tried again. */
	must(runner_retry(sim->rn, id, &none, &bob, &must_e));
	on(sim, LB2)->retries++;
	sim_flush(sim);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	assert_int_equal(count_live(sim, "green"), 2);
	finish(sim);
}

static void
a_router_lies(void **state)
{
	struct sim_plan p;
	struct sim *sim = live_on_blue(&p, false);
	struct rollout_id id;
	struct rollout_host row;

	(void)state;
	on(sim, LB)->lies = true;
	id = start(sim, &p);
	run(sim);
	/* The way back of one that does not listen is where it was. */
	assert_int_equal(sim_state(sim, id), ROLLOUT_ROLLED_BACK);
	assert_int_equal(count_live(sim, "blue"), 2);
	sim_row(sim, id, LB, &row);
	assert_non_null(strstr(row.error, "says that blue is"));
	rollout_host_finish(&row);
	finish(sim);
}

static void
they_disagree_at_first(void **state)
{
	struct sim_plan p;
	struct sim *sim = live_on_blue(&p, false);
	struct rollout_id id;

	(void)state;
	says(sim, LB2, "green");
	id = start(sim, &p);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_PAUSED);
	check_reason(sim, id, LB " says that blue is live, and " LB2);
	says(sim, LB2, "?");
	must(runner_resume(sim->rn, id, &bob, &must_e));
	sim_flush(sim);
	run(sim);
	check_reason(sim, id, "nobody knows who is live: " LB2);
	says(sim, LB2, "purple");
	must(runner_resume(sim->rn, id, &bob, &must_e));
	sim_flush(sim);
	run(sim);
	check_reason(sim, id, "'purple' is no colour");
	assert_int_equal(count_running(sim, "2.0"), 0);
	says(sim, LB2, "blue");
	must(runner_resume(sim->rn, id, &bob, &must_e));
	sim_flush(sim);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	finish(sim);
}

/* Somebody else moves traffic while the new colour is watched. */
static void
one_turns_away(void **state)
{
	struct sim_plan p;
	struct sim *sim = live_on_blue(&p, false);
	struct rollout_id id;
	int i;

	(void)state;
	id = start(sim, &p);
	assert_true(sim_run_to(sim, id, ROLLOUT_WAITING));
	for (i = 0; i < 8; i++)
		sim_turn(sim);
	says(sim, LB, "blue");
	assert_true(sim_run_to(sim, id, ROLLOUT_PAUSED));
	check_reason(sim, id, LB " says that blue is live, and green");
	/* Nobody fights it; who resumes orders it again. */
	assert_int_equal(times_ran(sim, LB, "traffic"), 2);
	must(runner_resume(sim->rn, id, &bob, &must_e));
	sim_flush(sim);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	assert_int_equal(count_live(sim, "green"), 2);
	finish(sim);
}

/* ---- analysis ---- */

static void
a_good_colour_stays(void **state)
{
	int slots;

	(void)state;
	for (slots = 0; slots < 2; slots++) {
		struct sim_plan p;
		struct sim *sim = analysed(&p, slots, 1.01);
		struct rollout_id id = start(sim, &p);

		run(sim);
		assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
		finish(sim);
	}
}

/* The engine dies while it measures, and after the switch. */
static void
a_bad_colour_goes_back(void **state)
{
	int slots, kills;

	(void)state;
	for (slots = 0; slots < 2; slots++) {
		for (kills = 0; kills < 3; kills++) {
			struct sim_plan p;
			struct sim *sim = analysed(&p, slots, 1.5);
			struct rollout_id id = start(sim, &p);

			assert_true(sim_run_to(sim, id, ROLLOUT_WAITING));
			if (kills > 0)
				sim_restart(sim, true);
			assert_true(sim_run_to(sim, id, ROLLOUT_RUNNING));
			assert_true(sim_run_to(sim, id, ROLLOUT_WAITING));
			if (kills > 1)
				sim_restart(sim, true);
			run(sim);
			assert_int_equal(
				sim_state(sim, id), ROLLOUT_ROLLED_BACK);
			check_reason(sim, id, "p95: shift +");
			assert_int_equal(count_live(sim, "blue"),
				slots ? HOSTS : 2);
			finish(sim);
		}
	}
}

/* There is nothing to compare the first one with: a person says go on. */
static void
nothing_was_live_before(void **state)
{
	struct sim_plan p;
	struct sim *sim = analysed(&p, false, 1);
	struct rollout_id id;

	(void)state;
	says(sim, LB, "none");
	says(sim, LB2, "none");
	id = start(sim, &p);
	assert_true(sim_run_to(sim, id, ROLLOUT_PAUSED));
	check_reason(sim, id, "nothing to compare with was live before");
	must(runner_advance(sim->rn, id, &bob, &must_e));
	sim_flush(sim);
	assert_true(sim_run_to(sim, id, ROLLOUT_PAUSED));
	check_reason(sim, id, "no samples of the baseline");
	finish_open(sim);
}

/* ---- killed ---- */

/* The same story, and the engine dies after so many turns. */
static int
killed_after(int turns, bool slots, bool fails)
{
	struct sim_plan p;
	struct sim *sim = live_on_blue(&p, slots);
	int64_t before = sim->turns;
	struct rollout_id id;
	enum rollout_state end;
	int i;

	if (fails)
		sim_script(sim, LB2, "traffic", FAULT_FAIL, 1);
	id = start(sim, &p);
	for (i = 0; i < turns && sim_turn(sim); i++)
		continue;
	sim_restart(sim, turns % 2 == 0);
	run(sim);
	end = sim_state(sim, id);
	assert_string_equal(sim->problem, "");
	assert_int_equal(
		end, fails ? ROLLOUT_ROLLED_BACK : ROLLOUT_SUCCEEDED);
	/* All say the same, whatever happened. */
	assert_int_equal(count_live(sim, end == ROLLOUT_SUCCEEDED ? "green"
								  : "blue"),
		slots ? HOSTS : 2);
	i = (int)(sim->turns - before);
	finish(sim);
	return i;
}

static void
killed_at_any_time(void **state)
{
	int kind, turn, most;

	(void)state;
	for (kind = 0; kind < 3; kind++) {
		most = 1;
		for (turn = 0; turn < most && turn < 300; turn++)
			most = killed_after(turn, kind == 1, kind == 2);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pools_take_turns),
		cmocka_unit_test(slots_take_turns),
		cmocka_unit_test(back_by_one_command),
		cmocka_unit_test(nothing_moved_nothing_to_go_back),
		cmocka_unit_test(a_bad_colour_stays_idle),
		cmocka_unit_test(a_router_fails),
		cmocka_unit_test(half_a_switch_is_held),
		cmocka_unit_test(a_router_lies),
		cmocka_unit_test(they_disagree_at_first),
		cmocka_unit_test(one_turns_away),
		cmocka_unit_test(a_good_colour_stays),
		cmocka_unit_test(a_bad_colour_goes_back),
		cmocka_unit_test(nothing_was_live_before),
		cmocka_unit_test(killed_at_any_time),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("traffic", tests, NULL, NULL);
}
