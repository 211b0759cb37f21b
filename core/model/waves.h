/* waves.h - which hosts move together. */
#ifndef SLUICE_MODEL_WAVES_H
#define SLUICE_MODEL_WAVES_H

#include "model/fleet.h"

/*
 * Gives every host its wave (from 1) in ret_waves[host_count]; returns the
 * number of waves. `all` is one wave; `rolling` takes its portions in turn,
 * the last repeats; those of `canary` and `staged` say how many hosts have
 * moved in all, and what is left is one wave more. Groups are waves in their
 * order. In `blue-green` routers are the second wave, all others the first.
 * Percentages are of host_count, round up, at least 1. With
 * apart, hosts of one value of that label never share a wave: hosts are taken
 * in order, one per value, and a wave may be smaller than its portion. Hosts
 * without the label count as apart from everybody.
 */
int waves_assign(const struct strategy *s, const struct host *const *hosts,
	size_t host_count, int *ret_waves);

/* The groups of a staged strategy: names in order, and each host's. */
struct wave_groups {
	struct strings names;
	int *of_host;
};

#define WAVES_OTHERS "others" /* hosts that no group takes, at the end */

/* False, with nothing to finish: the strategy has none. Selectors have been
 * checked. */
bool wave_groups_find(const struct strategy *s, const struct host *const *hosts,
	size_t host_count, struct wave_groups *ret);
void wave_groups_finish(struct wave_groups *g);

/* Hosts that a portion of total means. */
int portion_of(const struct portion *p, int total);

/* "5", 5 or "25%"; 1..100 percent, at least 1 host. */
int portion_parse(const char *s, struct portion *ret, struct error *e);

/* Whether failed of total (unreachable counted apart) reaches the budget. */
bool budget_is_reached(const struct budget *b, int total, int failed,
	int unreachable);

#endif
