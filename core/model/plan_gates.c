/* plan_gates.c - the gates of a plan: made from a strategy, and in order. */
#include <stdlib.h>
#include <string.h>

#include "model/plan.h"
#include "model/plan_make.h"
#include "model/waves.h"

static struct gate *
add_gate(struct plan *p, enum gate_kind kind, int after)
{
	struct gate *g;

	p->gates = xrealloc(p->gates, p->gate_count + 1, sizeof(*p->gates));
	g = &p->gates[p->gate_count++];
	memset(g, 0, sizeof(*g));
	g->kind = kind;
	g->after = after;
	return g;
}

/* A bake: with an analysis it has to end well, without it only to end. */
static void
add_bake(struct plan *p, int after, int64_t ms)
{
	bool judged = p->analysis.interval_ms > 0;
	struct gate *g;

	if (!judged && ms == 0)
		return;
	g = add_gate(p, judged ? GATE_ANALYSIS : GATE_TIMER, after);
	g->for_ms = ms;
	g->within_ms = judged ? p->analysis.within_ms : 0;
}

static void
add_group_gates(struct plan *p, const struct wave_group *group, int64_t bake_ms,
	int after)
{
	struct gate *g;

	add_bake(p, after, group->bake_ms >= 0 ? group->bake_ms : bake_ms);
	if (!group->is_approved)
		return;
	g = add_gate(p, GATE_APPROVAL, after);
	strings_copy(&g->roles, &group->roles);
}

/* The last wave of a group is where it ends. */
static int
last_wave(const struct wave_groups *groups, size_t group, const int *waves,
	size_t host_count)
{
	int last = 0;
	size_t i;

	for (i = 0; i < host_count; i++)
		if (groups->of_host[i] == (int)group && waves[i] > last)
			last = waves[i];
	return last;
}

static void
name_waves(struct plan *p, const struct wave_groups *groups, const int *waves,
	size_t host_count)
{
	int wave;
	size_t i;

	for (wave = 1; wave <= p->waves; wave++)
		for (i = 0; i < host_count; i++)
			if (waves[i] == wave) {
				strings_add(&p->wave_names,
					groups->names.items
						[groups->of_host[i]]);
				break;
			}
}

static void
take_groups(struct plan *p, const struct strategy *s,
	const struct host *const *hosts, size_t host_count, const int *waves)
{
	struct wave_groups groups;
	size_t i;

	if (!wave_groups_find(s, hosts, host_count, &groups)) {
		if (p->analysis.interval_ms > 0)
			add_bake(p, 0, s->bake_ms);
		else
			plan_set_bake(p, s->bake_ms);
		return;
	}
	name_waves(p, &groups, waves, host_count);
	for (i = 0; i < groups.names.count; i++) {
		struct wave_group none = {.bake_ms = -1};
		int last = last_wave(&groups, i, waves, host_count);

		if (last > 0 && last < p->waves)
			add_group_gates(p,
				i < s->group_count ? &s->groups[i] : &none,
				s->bake_ms, last);
	}
	wave_groups_finish(&groups);
}

/* What moves in each wave, and the watch over the colour that went live. */
static void
take_colours(struct plan *p, const struct strategy *s)
{
	bool has_slots = traffic_has_slots(&s->traffic);

	strings_add(&p->wave_names, has_slots ? "slots" : "colours");
	if (p->waves > 1)
		strings_add(&p->wave_names, "routers");
	add_bake(p, TRAFFIC_WAVE, s->bake_ms);
}

/* Moments until the smaller colour has given the samples that are wanted. */
static void
add_baseline(struct plan *p, const struct strategy *s,
	const struct host *const *hosts, size_t host_count, const int *waves)
{
	const struct analysis_rules *a = &p->analysis;
	int count[COLOUR_COUNT] = {0}, least, moments;
	struct gate *g;
	size_t i;

	if (a->interval_ms == 0)
		return;
	for (i = 0; i < host_count; i++) {
		const char *label =
			pairs_get(&hosts[i]->labels, TRAFFIC_LABEL);
		int c = label == NULL ? -1 : colour_parse(label);

		if (waves[i] == 1 && traffic_has_slots(&s->traffic))
			count[COLOUR_BLUE] = ++count[COLOUR_GREEN];
		else if (waves[i] == 1 && c >= 0)
			count[c]++;
	}
	least = count[COLOUR_BLUE] < count[COLOUR_GREEN] ? count[COLOUR_BLUE]
							 : count[COLOUR_GREEN];
	if (least > a->hosts)
		least = a->hosts;
	moments = least == 0 ? 1 : (a->min_samples + least - 1) / least;
	g = add_gate(p, GATE_BASELINE, 1);
	g->for_ms = (moments - 1) * a->interval_ms;
	g->within_ms = a->within_ms;
}

/* One that the strategy lists is where it wants it; its own times count. */
static bool
lists_analysis(const struct strategy *s)
{
	size_t i;

	for (i = 0; i < s->gate_count; i++)
		if (s->gates[i].kind == GATE_ANALYSIS)
			return true;
	return false;
}

static void
take_listed(struct plan *p, const struct strategy *s)
{
	size_t i;

	for (i = 0; i < s->gate_count; i++) {
		struct gate *g;

		if (s->gates[i].after != 0 &&
			!plan_is_gated(p, s->gates[i].after))
			continue;
		g = add_gate(p, s->gates[i].kind, 0);
		gate_copy(g, &s->gates[i]);
		/* There is nothing to judge before the switch. */
		if (s->kind == STRATEGY_BLUE_GREEN && g->kind == GATE_ANALYSIS)
			g->after = TRAFFIC_WAVE;
	}
}

void
plan_take_gates(struct plan *p, const struct strategy *s,
	const struct host *const *hosts, size_t host_count, const int *waves)
{
	struct analysis_rules rules = p->analysis;

	if (lists_analysis(s))
		p->analysis.interval_ms = 0; /* the bake is a timer then */
	if (s->kind == STRATEGY_BLUE_GREEN)
		take_colours(p, s);
	else
		take_groups(p, s, hosts, host_count, waves);
	p->analysis = rules;
	if (s->kind == STRATEGY_BLUE_GREEN)
		add_baseline(p, s, hosts, host_count, waves);
	take_listed(p, s);
	if (s->kind == STRATEGY_BLUE_GREEN && s->traffic.hold_ms > 0)
		add_gate(p, GATE_KEEP, TRAFFIC_WAVE)->for_ms =
			s->traffic.hold_ms;
}

int
plan_take_analysis(struct plan *p, const struct strategy *s,
	const struct service *service, struct error *e)
{
	struct analysis_rules rules = s->analysis;
	size_t i;

	/* A canary that can be compared is. */
	if (rules.interval_ms == 0 && s->kind == STRATEGY_CANARY &&
		service->metric_count > 0)
		analysis_rules_default(s->bake_ms, &rules);
	if (rules.interval_ms == 0 || !plan_is_gated(p, 1))
		return 0;
	if (service->metric_count == 0) {
		error_set(e, ERROR_INVALID,
			"strategy '%s' analyses the canary, and service '%s' "
			"has no metrics",
			s->name, service->name);
		return error_hint(e, "give the service 'metrics', or take "
				     "another strategy");
	}
	p->analysis = rules;
	p->metrics = xcalloc(service->metric_count, sizeof(*p->metrics));
	p->metric_count = service->metric_count;
	for (i = 0; i < p->metric_count; i++)
		metric_copy(&p->metrics[i], &service->metrics[i]);
	return 0;
}

void
plan_set_bake(struct plan *p, int64_t ms)
{
	p->bake_ms = ms;
	p->bake = (struct gate){.kind = GATE_TIMER, .for_ms = ms};
}

int
plan_run_waves(const struct plan *p)
{
	return p->strategy_kind == STRATEGY_BLUE_GREEN ? TRAFFIC_WAVE
						       : p->waves;
}

bool
plan_is_gated(const struct plan *p, int wave)
{
	int last = plan_run_waves(p);

	return wave >= 1 && (wave < last ||
				    (wave == last &&
					    p->strategy_kind ==
						    STRATEGY_BLUE_GREEN));
}

size_t
plan_gates_after(
	const struct plan *p, int wave, const struct gate **ret, size_t max)
{
	size_t count = 0, i;

	if (!plan_is_gated(p, wave))
		return 0;
	if (p->bake_ms > 0)
		ret[count++] = &p->bake;
	for (i = 0; i < p->gate_count && count < max; i++)
		if (p->gates[i].after == 0 || p->gates[i].after == wave)
			ret[count++] = &p->gates[i];
	return count;
}

int64_t
plan_shortest_ms(const struct plan *p)
{
	const struct gate *gates[PLAN_GATES_MAX];
	int64_t ms = 0;
	int wave;

	for (wave = 1; plan_is_gated(p, wave); wave++) {
		size_t count = plan_gates_after(
			       p, wave, gates, PLAN_GATES_MAX),
		       i;

		for (i = 0; i < count; i++)
			ms += gates[i]->for_ms;
	}
	return ms;
}
