/*
 * run_sides.c - which hosts an analysis compares.
 *
 * Those of a canary have moved, and those of its baseline have not: they are
 * sampled at the same moments. The colours of blue-green never have traffic at
 * once: the one that is live is measured before the switch (wave 1) and is the
 * baseline of the one that is live after it (TRAFFIC_WAVE).
 */
#include <stdlib.h>

#include "engine/run_watch.h"

static bool
is_serving(const struct run_host *h)
{
	const struct run *run = h->run;
	bool is_slots = traffic_has_slots(&run->plan.traffic);

	if (h->at->wave != 1)
		return false;
	if (run->watch->wave < TRAFFIC_WAVE &&
		strcmp(run_old_colour(run), "none") == 0)
		return false;
	if (run->watch->wave < TRAFFIC_WAVE)
		return is_slots ? h->d.state != HOST_EXCLUDED &&
					  h->d.previous != NULL
				: h->d.wave == 0;
	return h->d.wave > 0 && h->d.switched && h->d.state == HOST_HEALTHY;
}

static bool
is_canary(const struct run_host *h)
{
	const struct run *run = h->run;

	if (run_is_blue_green(run))
		return run->watch->wave == TRAFFIC_WAVE && is_serving(h);
	return h->d.wave <= run->d.wave && h->d.switched &&
	       h->d.state == HOST_HEALTHY;
}

static bool
is_baseline(const struct run_host *h)
{
	const struct run *run = h->run;

	if (run_is_blue_green(run))
		return run->watch->wave < TRAFFIC_WAVE && is_serving(h);
	return h->d.wave > run->d.wave && !h->d.switched &&
	       (h->d.state == HOST_PENDING || h->d.state == HOST_STAGED);
}

/* At most so many, evenly over the plan. */
static void
choose_side(
	struct run *run, enum side side, bool (*is)(const struct run_host *))
{
	struct watch *w = run->watch;
	size_t all = 0, seen = 0, i;
	size_t most = (size_t)run->plan.analysis.hosts;

	for (i = 0; i < run->host_count; i++)
		all += is(&run->hosts[i]);
	if (most > all)
		most = all;
	for (i = 0; i < run->host_count && most > 0; i++) {
		if (!is(&run->hosts[i]))
			continue;
		if (seen * most / all != (seen + 1) * most / all)
			w->hosts[w->host_count++] = (struct watch_host){
				.host = &run->hosts[i], .side = side};
		seen++;
	}
}

void
watch_choose(struct run *run)
{
	choose_side(run, SIDE_CANARY, is_canary);
	choose_side(run, SIDE_BASELINE, is_baseline);
}

int
watch_canaries(const struct run *run)
{
	int most = run->plan.analysis.hosts, count = 0;
	size_t i;

	for (i = 0; i < run->host_count; i++)
		count += run_is_blue_green(run)
				 ? run->hosts[i].at->wave == 1 &&
					   run->hosts[i].d.wave > 0
				 : is_canary(&run->hosts[i]);
	return count > most ? most : count;
}

enum side
watch_side(const struct run *run, int wave, int host)
{
	if (run_is_blue_green(run))
		return wave < TRAFFIC_WAVE ? SIDE_BASELINE : SIDE_CANARY;
	return run->hosts[host].d.wave <= wave ? SIDE_CANARY : SIDE_BASELINE;
}

struct watch_host *
watch_find(struct watch *w, const struct run_host *h)
{
	size_t i;

	for (i = 0; i < w->host_count; i++)
		if (w->hosts[i].host == h)
			return &w->hosts[i];
	return NULL;
}

bool
run_watch_has_baseline(const struct run *run, struct strbuf *out)
{
	const struct watch *w = run->watch;
	const struct compared_metric *least = NULL;
	int64_t wanted = 0;
	size_t i;

	for (i = 0; w != NULL && i < w->comparison.count; i++) {
		const struct compared_metric *m = &w->comparison.metrics[i];
		int64_t min = m->metric->min_samples > 0
				      ? m->metric->min_samples
				      : run->plan.analysis.min_samples;

		if (m->sides[SIDE_BASELINE].taken >= min)
			continue;
		least = m;
		wanted = min;
	}
	if (w != NULL && least == NULL)
		return true;
	if (least != NULL)
		strbuf_addf(out, "%s has %lld of %lld samples%s%s",
			least->metric->name,
			(long long)least->sides[SIDE_BASELINE].taken,
			(long long)wanted,
			least->last_failure[0] == '\0' ? "" : "; ",
			least->last_failure);
	return false;
}
