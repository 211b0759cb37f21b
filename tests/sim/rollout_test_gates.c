/* rollout_test_gates.c - what a rollout waits at between waves, and the
 * analysis of a canary, with the engine killed on the way. */
#include <math.h>
#include <stdio.h>

#include "model/gate.h"
#include "store/store_analysis.h"
#include "tests/sim/rollout_test.h"

static struct portion canary_waves[] = {{1, false}, {50, true}, {100, true}};
static struct gate gates[2];
static struct metric metrics[2];

/* What hosts measure in the test at hand. */
static double canary_factor, noise;
static const char *canary_text, *baseline_text;

static struct sim *
fleet_with_gates(struct sim_plan *p, size_t count)
{
	struct sim *sim = fleet_on_1(8, p);

	p->strategy.kind = STRATEGY_CANARY;
	p->strategy.portions = canary_waves;
	p->strategy.portion_count = 3;
	p->strategy.gates = gates;
	p->strategy.gate_count = count;
	p->strategy.on_failure = ON_FAILURE_ROLLBACK;
	memset(gates, 0, sizeof(gates));
	return sim;
}

static const struct gate *
gate_now(struct sim *sim, struct rollout_id id)
{
	return runner_gate(sim->rn, id);
}

/* ---- kinds ---- */

static void
a_timer_survives_a_kill(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_with_gates(&p, 1);
	struct rollout_id id;
	int64_t began;

	(void)state;
	gates[0] = (struct gate){.kind = GATE_TIMER, .for_ms = 60000};
	id = start(sim, &p);
	assert_true(sim_run_to(sim, id, ROLLOUT_WAITING));
	began = sim->clock.mono_ms;
	assert_int_equal(count_running(sim, "2.0"), 1);
	sim_restart(sim, true);
	assert_int_equal(sim_state(sim, id), ROLLOUT_WAITING);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	assert_true(sim->clock.mono_ms - began >= 2 * 59000);
	finish(sim);
}

static void
an_approval_waits(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_with_gates(&p, 1);
	struct rollout_id id;

	(void)state;
	gates[0] = (struct gate){.kind = GATE_APPROVAL, .after = 1};
	id = start(sim, &p);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_WAITING);
	assert_int_equal(gate_now(sim, id)->kind, GATE_APPROVAL);
	assert_int_equal(count_running(sim, "2.0"), 1);
	must(runner_advance(sim->rn, id, &bob, &must_e));
	sim_flush(sim);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	finish(sim);
}

static void
nobody_answers(void **state)
{
	static const struct {
		enum gate_outcome outcome;
		enum rollout_state state;
		int on_2;
	} rows[] = {{GATE_HOLD, ROLLOUT_PAUSED, 1},
		{GATE_ROLLBACK, ROLLOUT_ROLLED_BACK, 0},
		{GATE_ABORT, ROLLOUT_ABORTED, 1}};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct sim_plan p;
		struct sim *sim = fleet_with_gates(&p, 1);
		struct rollout_id id;
		struct rollout r;

		gates[0] = (struct gate){.kind = GATE_APPROVAL,
			.within_ms = 30000,
			.otherwise = rows[i].outcome};
		id = start(sim, &p);
		run(sim);
		assert_int_equal(sim_state(sim, id), rows[i].state);
		assert_int_equal(count_running(sim, "2.0"), rows[i].on_2);
		sim_rollout(sim, id, &r);
		assert_non_null(strstr(r.reason, "nobody answered in time"));
		rollout_finish(&r);
		finish_open(sim);
	}
}

static int failures_left;

static bool
fails_at_first(struct sim *sim, const char *host, const json_t *env, char *out,
	size_t size)
{
	(void)sim;
	(void)out;
	(void)size;
	assert_null(host);
	assert_string_equal(
		json_string_value(json_object_get(env, "SLUICE_VERSION")),
		"2.0");
	return failures_left-- <= 0;
}

static void
a_check_is_tried_again(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_with_gates(&p, 1);
	static char check[] = "./check";
	struct rollout_id id;

	(void)state;
	gates[0] = (struct gate){.kind = GATE_CHECK,
		.after = 1,
		.run = check,
		.attempts = 3,
		.interval_ms = 1000,
		.timeout_ms = 1000,
		.otherwise = GATE_ROLLBACK};
	sim->command = fails_at_first;
	failures_left = 2;
	id = start(sim, &p);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	assert_int_equal(sim->commands, 3);
	finish(sim);
	/* One time more is too often. */
	sim = fleet_with_gates(&p, 1);
	gates[0] = (struct gate){.kind = GATE_CHECK,
		.after = 1,
		.run = check,
		.attempts = 3,
		.interval_ms = 1000,
		.timeout_ms = 1000,
		.otherwise = GATE_ROLLBACK};
	sim->command = fails_at_first;
	failures_left = 3;
	id = start(sim, &p);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_ROLLED_BACK);
	assert_int_equal(count_running(sim, "1.0"), 8);
	finish(sim);
}

static void
a_check_on_hosts(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_with_gates(&p, 1);
	static char check[] = "./check", all[] = "*", no[] = "name=nobody";
	struct rollout_id id;

	(void)state;
	gates[0] = (struct gate){.kind = GATE_CHECK,
		.run = check,
		.on = all,
		.attempts = 1,
		.timeout_ms = 1000};
	id = start(sim, &p);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	/* One host after the first wave, four after the second. */
	assert_int_equal(sim->commands, 5);
	finish(sim);
	/* Nobody to ask is no yes. */
	sim = fleet_with_gates(&p, 1);
	gates[0] = (struct gate){.kind = GATE_CHECK,
		.run = check,
		.on = no,
		.attempts = 2,
		.interval_ms = 500,
		.timeout_ms = 1000};
	id = start(sim, &p);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_PAUSED);
	finish_open(sim);
}

static void
a_window_opens(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_with_gates(&p, 1);
	struct rollout_id id;
	int i;

	(void)state;
	gates[0] = (struct gate){.kind = GATE_WINDOW, .after = 1};
	sim->closed = "no window is open";
	id = start(sim, &p);
	assert_true(sim_run_to(sim, id, ROLLOUT_WAITING));
	for (i = 0; i < 20; i++)
		sim_turn(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_WAITING);
	sim->closed = NULL;
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	finish(sim);
}

static void
gates_in_order_through_kills(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_with_gates(&p, 2);
	struct rollout_id id;

	(void)state;
	gates[0] = (struct gate){.kind = GATE_APPROVAL, .after = 1};
	gates[1] = (struct gate){.kind = GATE_APPROVAL, .after = 1};
	id = start(sim, &p);
	run(sim);
	must(runner_advance(sim->rn, id, &bob, &must_e));
	sim_flush(sim);
	sim_restart(sim, true);
	/* At the second gate, not at the first one again. */
	assert_int_equal(sim_state(sim, id), ROLLOUT_WAITING);
	assert_int_equal(count_running(sim, "2.0"), 1);
	must(runner_advance(sim->rn, id, &bob, &must_e));
	sim_flush(sim);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	finish(sim);
}

/* ---- analysis ---- */

static bool
measure(struct sim *sim, const char *host, const json_t *env, char *out,
	size_t size)
{
	const struct sim_host *h = sim_host_find(sim, host, "/srv/shop");
	bool moved = strncmp(h->current, "2.0", 3) == 0;
	const char *text = moved ? canary_text : baseline_text;
	double value = 100 + noise * ((int)sim_random(sim, 2001) - 1000) / 1000;

	(void)env;
	if (text != NULL && *text == '!')
		return false;
	if (text != NULL)
		snprintf(out, size, "\n#metric 0 0\n%s\n", text);
	else
		snprintf(out, size, "\n#metric 0 0\n%.4f\n",
			moved ? value * canary_factor : value);
	return true;
}

static struct sim *
fleet_analysed(struct sim_plan *p)
{
	static char name[] = "p95", run_it[] = "./metric";
	struct sim *sim = fleet_with_gates(p, 0);

	metrics[0] = (struct metric){.name = name,
		.source = METRIC_RUN,
		.target = run_it,
		.tolerance = 0.05,
		.weight = 1,
		.is_critical = true,
		.timeout_ms = 5000};
	p->metrics = metrics;
	p->metric_count = 1;
	p->strategy.bake_ms = 600000;
	analysis_rules_default(600000, &p->strategy.analysis);
	p->strategy.analysis.min_samples = 10;
	sim->command = measure;
	canary_factor = 1;
	noise = 10;
	canary_text = baseline_text = NULL;
	return sim;
}

static void
check_reason(struct sim *sim, struct rollout_id id, const char *words)
{
	struct rollout r;

	sim_rollout(sim, id, &r);
	if (strstr(r.reason, words) == NULL)
		fail_msg("the reason is: %s", r.reason);
	rollout_finish(&r);
}

static void
a_good_canary_passes(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_analysed(&p);
	struct rollout_id id;

	(void)state;
	canary_factor = 1.01; /* within the tolerance */
	id = start(sim, &p);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	assert_int_equal(count_running(sim, "2.0"), 8);
	finish(sim);
}

static void
a_bad_canary_goes_back(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_analysed(&p);
	struct rollout_id id;
	int64_t began, failed;

	(void)state;
	canary_factor = 1.5;
	id = start(sim, &p);
	assert_true(sim_run_to(sim, id, ROLLOUT_WAITING));
	began = sim->clock.mono_ms;
	assert_true(sim_run_to(sim, id, ROLLOUT_FAILED));
	failed = sim->clock.mono_ms;
	while (sim->moved.count < 2 && sim_turn(sim))
		continue;
	/* From the sample that decides to the first host that is back. */
	assert_true(sim->clock.mono_ms - failed < 2000);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_ROLLED_BACK);
	assert_int_equal(count_running(sim, "1.0"), 8);
	check_reason(sim, id, "p95: shift +5");
	/* It did not wait for the end of the bake, and only the canary was
	 * ever touched. */
	assert_true(sim->clock.mono_ms - began < 400000);
	assert_int_equal(sim->moved.count, 2);
	finish(sim);
}

static void
held_if_so_configured(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_analysed(&p);
	struct rollout_id id;
	struct rollout r;

	(void)state;
	canary_factor = 1.5;
	p.strategy.on_failure = ON_FAILURE_HOLD;
	id = start(sim, &p);
	run(sim);
	sim_rollout(sim, id, &r);
	assert_int_equal(r.state, ROLLOUT_PAUSED);
	assert_int_equal(r.pause_cause, PAUSE_ANALYSIS);
	rollout_finish(&r);
	assert_int_equal(count_running(sim, "2.0"), 1);
	finish_open(sim);
}

/* What is no number is never a pass, and has a reason. */
static void
bad_samples(void **state)
{
	static const struct {
		const char *canary, *baseline, *words;
	} rows[] = {{"!", NULL, "no samples of the canary: "},
		{"", NULL, "nothing was answered"},
		{"nan", NULL, "'nan' is not a number"},
		{"inf", NULL, "'inf' is not a number"},
		{"1e999", NULL, "more than can be kept"},
		{"12 ms", NULL, "is not a number"},
		{NULL, "!", "no samples of the baseline"}};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct sim_plan p;
		struct sim *sim = fleet_analysed(&p);
		struct rollout_id id;

		canary_text = rows[i].canary;
		baseline_text = rows[i].baseline;
		id = start(sim, &p);
		assert_true(sim_run_to(sim, id, ROLLOUT_PAUSED));
		assert_int_equal(count_running(sim, "2.0"), 1);
		check_reason(sim, id, rows[i].words);
		finish_open(sim);
	}
}

/* All of one side are gone after some samples: what there was is no verdict. */
static void
one_side_is_lost(void **state)
{
	static const struct {
		const char **side, *words;
	} rows[] = {{&canary_text, "p95: no samples any more of the canary"},
		{&baseline_text,
			"p95: no samples any more of the baseline"}};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct sim_plan p;
		struct sim *sim = fleet_analysed(&p);
		struct rollout_id id;

		id = start(sim, &p);
		assert_true(sim_run_to(sim, id, ROLLOUT_WAITING));
		sim_run(sim, 40);
		assert_int_equal(sim_state(sim, id), ROLLOUT_WAITING);
		*rows[i].side = "!";
		assert_true(sim_run_to(sim, id, ROLLOUT_PAUSED));
		assert_int_equal(count_running(sim, "2.0"), 1);
		check_reason(sim, id, rows[i].words);
		finish_open(sim);
	}
}

static void
constant_and_negative(void **state)
{
	static const char *const texts[] = {"0", "-3.5", "+1e-3"};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		struct sim_plan p;
		struct sim *sim = fleet_analysed(&p);
		struct rollout_id id;

		canary_text = baseline_text = texts[i];
		id = start(sim, &p);
		run(sim);
		assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
		finish(sim);
	}
}

static bool
is_at_approval(struct sim *sim, struct rollout_id id)
{
	const struct gate *g = gate_now(sim, id);

	return g != NULL && g->kind == GATE_APPROVAL;
}

/* The canary becomes bad while a person is awaited, or a window. */
static void
it_goes_on_looking(void **state)
{
	int held, i;

	(void)state;
	for (held = 0; held < 2; held++) {
		struct sim_plan p;
		struct sim *sim = fleet_analysed(&p);
		struct rollout_id id;

		p.strategy.gates = gates;
		p.strategy.gate_count = 1;
		gates[0] = (struct gate){.kind = GATE_APPROVAL, .after = 1};
		id = start(sim, &p);
		for (i = 0; i < 20000 && !is_at_approval(sim, id); i++)
			sim_turn(sim);
		assert_int_equal(sim_state(sim, id), ROLLOUT_WAITING);
		if (held)
			runner_hold_for(sim->rn, id, PAUSE_CALENDAR, &bob,
				"window closed");
		canary_factor = 3;
		sim_run(sim, 200000);
		assert_int_equal(sim_state(sim, id), ROLLOUT_ROLLED_BACK);
		assert_int_equal(count_running(sim, "1.0"), 8);
		finish(sim);
	}
}

/* Samples and looks of before the kill count. */
static void
killed_in_the_bake(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_analysed(&p);
	struct rollout_id id;
	struct analysis_row row;
	json_t *o;
	struct error e;
	int i;

	(void)state;
	id = start(sim, &p);
	assert_true(sim_run_to(sim, id, ROLLOUT_WAITING));
	for (i = 0; i < 5; i++) {
		int64_t until = sim->clock.mono_ms + 61000;

		while (sim->clock.mono_ms < until)
			sim_turn(sim);
		sim_restart(sim, i % 2 == 0);
	}
	assert_int_equal(sim_state(sim, id), ROLLOUT_WAITING);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	assert_int_equal(
		store_analysis_find(sim->store, id, 1, &row, &e), 1);
	o = json_loads(row.result, 0, NULL);
	/* Forty moments in ten minutes; a kill costs one at most. */
	assert_in_range(json_integer_value(json_object_get(o, "moments")), 35,
		46);
	assert_string_equal(row.verdict, "pass");
	assert_int_not_equal(row.ended_at_ms, 0);
	json_decref(o);
	analysis_row_finish(&row);
	finish(sim);
}

/* A step that cannot be undone is not taken back by itself. */
static void
irreversible(void **state)
{
	struct sim_plan p;
	struct sim *sim = fleet_analysed(&p);
	struct rollout_id id;

	(void)state;
	canary_factor = 1.5;
	p.has_before = true;
	p.is_irreversible = true;
	id = start(sim, &p);
	run(sim);
	assert_int_equal(sim_state(sim, id), ROLLOUT_PAUSED);
	check_reason(sim, id, "the step before_switch cannot be undone");
	finish_open(sim);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_timer_survives_a_kill),
		cmocka_unit_test(an_approval_waits),
		cmocka_unit_test(nobody_answers),
		cmocka_unit_test(a_check_is_tried_again),
		cmocka_unit_test(a_check_on_hosts),
		cmocka_unit_test(a_window_opens),
		cmocka_unit_test(gates_in_order_through_kills),
		cmocka_unit_test(a_good_canary_passes),
		cmocka_unit_test(a_bad_canary_goes_back),
		cmocka_unit_test(held_if_so_configured),
		cmocka_unit_test(bad_samples),
		cmocka_unit_test(one_side_is_lost),
		cmocka_unit_test(constant_and_negative),
		cmocka_unit_test(it_goes_on_looking),
		cmocka_unit_test(killed_in_the_bake),
		cmocka_unit_test(irreversible),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("gates", tests, NULL, NULL);
}
