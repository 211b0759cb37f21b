/*
 * traffic_test.h - the world of the directed tests of blue-green.
 *
 * web-00001, -2 are blue, -3, -4 green, and -5, -6 route.
 */
#ifndef SLUICE_TESTS_SIM_TRAFFIC_TEST_H
#define SLUICE_TESTS_SIM_TRAFFIC_TEST_H

#include <stdio.h>

#include "model/gate.h"
#include "tests/sim/rollout_test.h"

#define HOSTS 6
#define LB "web-00005"
#define LB2 "web-00006"

static char routers[] = "role=lb", order[] = "idempotent: go there",
	    who[] = "./who", port[] = "8001", port2[] = "8002";

/* What 2.0 makes of the metric, and which version answers no more. */
static double factor;
static const char *dead;
static struct metric metrics[1];

static inline struct sim_host *
on(struct sim *sim, const char *host)
{
	return sim_host_find(sim, host, "/srv/shop");
}

static inline void
says(struct sim *sim, const char *router, const char *what)
{
	struct sim_host *h = on(sim, router);

	snprintf(h->live, sizeof(h->live), "%s", what);
}

static inline const char *
text_of(const json_t *env, const char *name)
{
	return json_string_value(json_object_get(env, name));
}

static inline bool
says_who_is_live(struct sim *sim, const char *host, const json_t *env,
	char *out, size_t size)
{
	const struct sim_host *h = on(sim, host);

	if (json_object_get(env, "SLUICE_METRICS") != NULL) {
		bool is_new = strncmp(h->current, "2.0", 3) == 0;
		double noise = ((int)sim_random(sim, 2001) - 1000) / 100.0;

		snprintf(out, size, "\n#metric 0 0\n%.4f\n",
			(100 + noise) * (is_new ? factor : 1));
		return true;
	}
	if (strcmp(text_of(env, "SLUICE_STEP"), "health") == 0)
		return strcmp(text_of(env, "SLUICE_VERSION"), dead) != 0;
	if (strcmp(h->live, "?") == 0)
		return false;
	snprintf(out, size, "%s\n", h->live[0] == '\0' ? "none" : h->live);
	return true;
}

static inline void
plan_of(struct sim_plan *p, const char *version, bool slots)
{
	struct traffic *t = &p->strategy.traffic;

	sim_plan_init(p, version);
	p->strategy.kind = STRATEGY_BLUE_GREEN;
	p->strategy.on_failure = ON_FAILURE_ROLLBACK;
	*t = (struct traffic){.attempts = 3,
		.interval_ms = 100,
		.timeout_ms = 1000,
		.hold_ms = 60000};
	if (slots) {
		t->slots[COLOUR_BLUE] = port;
		t->slots[COLOUR_GREEN] = port2;
	} else {
		t->routers = routers;
		t->order.run = order;
		t->live_run = who;
	}
	traffic_order(t);
}

static inline struct sim *
world(void)
{
	static const char *const colours[HOSTS] = {
		"blue", "blue", "green", "green"};
	struct sim *sim = sim_create(7, HOSTS, 1);
	int i;

	for (i = 0; i < HOSTS; i++)
		if (colours[i] != NULL)
			pairs_set(&sim->fleet[i].labels, "colour", colours[i]);
		else
			pairs_set(&sim->fleet[i].labels, "role", "lb");
	sim->command = says_who_is_live;
	dead = "";
	return sim;
}

/* 1.0 is live on blue, and p is the plan of 2.0. */
static inline struct sim *
live_on_blue(struct sim_plan *p, bool slots)
{
	struct sim *sim = world();

	plan_of(p, "1.0", slots);
	sim_deploy(sim, p);
	assert_string_equal(sim->problem, "");
	plan_of(p, "2.0", slots);
	return sim;
}

static inline int
count_live(struct sim *sim, const char *colour)
{
	int count = 0;
	size_t i;

	for (i = 0; i < sim->host_count; i++)
		count += strcmp(sim->hosts[i].live, colour) == 0;
	return count;
}

static inline void
check_reason(struct sim *sim, struct rollout_id id, const char *words)
{
	struct rollout r;

	sim_rollout(sim, id, &r);
	if (strstr(r.reason, words) == NULL)
		fail_msg("the reason is: %s", r.reason);
	rollout_finish(&r);
}

/* Blue is measured before the switch, green after it. */
static inline struct sim *
analysed(struct sim_plan *p, bool slots, double new_factor)
{
	static char name[] = "p95", run_it[] = "./metric";
	struct sim *sim = live_on_blue(p, slots);

	metrics[0] = (struct metric){.name = name,
		.source = METRIC_RUN,
		.target = run_it,
		.tolerance = 0.05,
		.weight = 1,
		.is_critical = true,
		.timeout_ms = 5000};
	p->metrics = metrics;
	p->metric_count = 1;
	p->strategy.bake_ms = 300000;
	analysis_rules_default(300000, &p->strategy.analysis);
	p->strategy.analysis.min_samples = 10;
	factor = new_factor;
	return sim;
}

#endif
