/* rollout_test.h - what the directed tests of rollouts share. */
#ifndef SLUICE_TESTS_SIM_ROLLOUT_TEST_H
#define SLUICE_TESTS_SIM_ROLLOUT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/sim/sim.h"

static const struct actor bob = {"bob", 1001};
static const struct strings none = {0};

#define must(call)                                                             \
	do {                                                                   \
		struct error must_e;                                           \
                                                                               \
		error_clear(&must_e);                                          \
		if ((call) == -1)                                              \
			fail_msg("%s: %s", #call, must_e.text);                \
	} while (0)

/* Something must be refused, with these words in the reason. */
#define must_refuse(call, words)                                               \
	do {                                                                   \
		struct error must_e;                                           \
                                                                               \
		error_clear(&must_e);                                          \
		assert_int_equal((call), -1);                                  \
		if (strstr(must_e.text, words) == NULL)                        \
			fail_msg("refused with: %s", must_e.text);             \
	} while (0)

static inline struct rollout_id
start(struct sim *sim, const struct sim_plan *p)
{
	struct rollout_id id;

	must(sim_start(sim, p, &id, &must_e));
	return id;
}

/* A fleet on which 1.0 runs, and a plan for 2.0. */
static inline struct sim *
fleet_on_1(int hosts, struct sim_plan *p)
{
	struct sim *sim = sim_create(7, hosts, 1);

	sim_plan_init(p, "1.0");
	p->strategy.kind = STRATEGY_ALL;
	sim_deploy(sim, p);
	sim_plan_init(p, "2.0");
	strings_finish(&sim->moved);
	memset(&sim->moved, 0, sizeof(sim->moved));
	return sim;
}

static inline void
run(struct sim *sim)
{
	sim_run(sim, 1000000);
}

/* Everything has ended and agrees. */
static inline void
finish(struct sim *sim)
{
	sim_check_end(sim);
	assert_string_equal(sim->problem, "");
	sim_destroy(sim);
}

/* Something is left standing. */
static inline void
finish_open(struct sim *sim)
{
	assert_string_equal(sim->problem, "");
	sim_destroy(sim);
}

static inline bool
runs(struct sim *sim, const char *host, const char *version)
{
	const struct sim_host *h = sim_host_find(sim, host, "/srv/shop");

	return strncmp(h->current, version, strlen(version)) == 0;
}

static inline int
count_running(struct sim *sim, const char *version)
{
	int count = 0;
	size_t i;

	for (i = 0; i < sim->host_count; i++)
		count += runs(sim, sim->hosts[i].name, version);
	return count;
}

/* How often a step ran on a host, by the host's own journal. */
static inline int
times_ran(struct sim *sim, const char *host, const char *step)
{
	const struct sim_host *h = sim_host_find(sim, host, "/srv/shop");
	int count = 0;
	size_t i;

	for (i = 0; i < h->journal_count; i++)
		count += strcmp(h->journal[i].step, step) == 0;
	return count;
}

static inline int
wave_of(struct sim *sim, struct rollout_id id, const char *host)
{
	struct rollout_host row;
	int wave;

	sim_row(sim, id, host, &row);
	wave = row.wave;
	rollout_host_finish(&row);
	return wave;
}

/* Hosts moved wave by wave, and each wave has so many. */
static inline void
check_waves(struct sim *sim, struct rollout_id id, const int *sizes, int waves)
{
	int count[32] = {0}, last = 0, wave;
	size_t i;

	for (i = 0; i < sim->moved.count; i++) {
		wave = wave_of(sim, id, sim->moved.items[i]);
		assert_true(wave >= last && wave <= waves);
		last = wave;
		count[wave]++;
	}
	for (wave = 1; wave <= waves; wave++)
		assert_int_equal(count[wave], sizes[wave - 1]);
}

#endif
