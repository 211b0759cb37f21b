/* plan_make.h - between the files that make a plan: plan.c, plan_gates.c. */
#ifndef SLUICE_MODEL_PLAN_MAKE_H
#define SLUICE_MODEL_PLAN_MAKE_H

#include "model/plan.h"

/* What is measured and compared, where there is a wave to compare with. */
int plan_take_analysis(struct plan *p, const struct strategy *s,
	const struct service *service, struct error *e);

/* Bakes, gates and names of waves; p->waves and p->analysis are there, and
 * waves[i] is the wave of hosts[i]. */
void plan_take_gates(struct plan *p, const struct strategy *s,
	const struct host *const *hosts, size_t host_count, const int *waves);

/* Of a blue-green plan: both colours have hosts, and somebody routes. */
int plan_check_colours(const struct plan *p, struct error *e);

#endif
