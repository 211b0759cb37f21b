/*
 * rollout_test_scale.c - thousands of hosts in one rollout. Counts, not times:
 * what the runner does must grow with the hosts, not with their square.
 *
 *	rollout_test_scale HOSTS	one rollout of so many, to be profiled
 */
#include "tests/sim/rollout_test.h"

#include <stdio.h>

static struct sim *
large_fleet(int hosts, struct sim_plan *p)
{
	struct sim *sim = sim_create(11, hosts, 1);

	sim->is_quiet = true;
	sim->most_active = 200;
	sim_plan_init(p, "1.0");
	p->strategy.kind = STRATEGY_ALL;
	p->strategy.budget = (struct budget){.percent = 10};
	return sim;
}

static struct rollout_id
deploy(struct sim *sim, const struct sim_plan *p)
{
	struct rollout_id id = start(sim, p);

	sim_run(sim, 10000000);
	assert_int_equal(sim_state(sim, id), ROLLOUT_SUCCEEDED);
	return id;
}

static void
two_thousand_hosts(void **state)
{
	struct sim_plan p;
	struct sim *sim = large_fleet(2000, &p);
	struct rollout_id id = deploy(sim, &p);
	int op, jobs = 0;

	(void)state;
	assert_int_equal(sim_count(sim, id, HOST_HEALTHY), 2000);
	for (op = 0; op < JOB_OP_COUNT; op++)
		jobs += (int)sim->jobs_sent[op];
	/* lock stage before? switch after health unlock clean: no more. */
	assert_true(jobs <= 8 * 2000);
	assert_true(sim->turns <= 8 * 2000 + 100);
	finish(sim);
}

static void
two_thousand_waves(void **state)
{
	struct portion one = {1, false};
	struct sim_plan p;
	struct sim *sim = large_fleet(2000, &p);
	struct rollout_id id;

	(void)state;
	p.strategy.kind = STRATEGY_ROLLING;
	p.strategy.portions = &one;
	p.strategy.portion_count = 1;
	id = deploy(sim, &p);
	assert_int_equal(sim_count(sim, id, HOST_HEALTHY), 2000);
	assert_true(sim->turns <= 8 * 2000 + 100);
	finish(sim);
}

static void
goes_back_after_a_restart(void **state)
{
	struct sim_plan p;
	struct sim *sim = large_fleet(2000, &p);
	struct rollout_id id = deploy(sim, &p), back;

	(void)state;
	p.version = "2.0";
	id = deploy(sim, &p);
	must(runner_rollback(
		sim->rn, id, NULL, "no good", &bob, &back, &must_e));
	sim_flush(sim);
	sim_run(sim, 3000);
	sim_restart(sim, true);
	sim_run(sim, 10000000);
	assert_int_equal(sim_state(sim, back), ROLLOUT_SUCCEEDED);
	assert_int_equal(sim_count(sim, id, HOST_ROLLED_BACK), 2000);
	assert_int_equal(count_running(sim, "1.0"), 2000);
	finish(sim);
}

static int
profile(int hosts)
{
	struct sim_plan p;
	struct sim *sim = large_fleet(hosts, &p);
	struct rollout_id id = start(sim, &p);

	sim_run(sim, INT64_MAX);
	printf("%d hosts: %s, %lld turns\n", hosts,
		rollout_state_name(sim_state(sim, id)), (long long)sim->turns);
	sim_destroy(sim);
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_thousand_hosts),
		cmocka_unit_test(two_thousand_waves),
		cmocka_unit_test(goes_back_after_a_restart),
	};

	if (argc > 1)
		return profile((int)strtol(argv[1], NULL, 10));
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
