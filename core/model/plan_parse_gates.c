/* plan_parse_gates.c - the lines of a plan about analysis and gates. */
#include <string.h>

#include "model/plan_parser.h"

/* Which form it is the slots say, and the comparison at the end. */
void
plan_parse_traffic(struct parser *p, struct line *l)
{
	struct traffic *t = &p->plan->traffic;

	line_text(l);
	line_key(l, "hold_ms");
	t->hold_ms = line_number(l, INT64_MAX);
	line_key(l, "attempts");
	t->attempts = line_int(l);
	line_key(l, "interval_ms");
	t->interval_ms = line_number(l, INT64_MAX);
	line_key(l, "timeout_ms");
	t->timeout_ms = line_number(l, INT64_MAX);
	traffic_order(t);
}

void
plan_parse_switch(struct parser *p, struct line *l)
{
	line_copy(l, &p->plan->traffic.order.run);
}

void
plan_parse_live(struct parser *p, struct line *l)
{
	line_copy(l, &p->plan->traffic.live_run);
}

void
plan_parse_slot(struct parser *p, struct line *l)
{
	int colour = line_name(l, colour_parse);

	line_copy(l, &p->plan->traffic.slots[colour]);
}

void
plan_parse_fast_track(struct parser *p, struct line *l)
{
	line_key(l, "within_ms");
	p->plan->fast_track_ms = line_number(l, INT64_MAX);
}

void
plan_parse_analysis(struct parser *p, struct line *l)
{
	struct analysis_rules *a = &p->plan->analysis;

	line_key(l, "interval_ms");
	a->interval_ms = line_number(l, INT64_MAX);
	line_key(l, "min_samples");
	a->min_samples = line_int(l);
	line_key(l, "confidence");
	a->confidence = line_real(l);
	line_key(l, "pass");
	a->pass = line_int(l);
	line_key(l, "marginal");
	a->marginal = line_int(l);
	line_key(l, "hosts");
	a->hosts = line_int(l);
}

void
plan_parse_metric(struct parser *p, struct line *l)
{
	struct plan *plan = p->plan;
	struct metric *m;

	if (plan->metric_count >= LIST_MAX) {
		l->is_bad = true;
		return;
	}
	ARRAY_GROW(plan->metrics, plan->metric_count, p->metric_capacity);
	m = &plan->metrics[plan->metric_count++];
	memset(m, 0, sizeof(*m));
	line_copy(l, &m->name);
	m->source = (enum metric_source)line_name(l, metric_source_parse);
	line_key(l, "worse");
	m->worse = (enum analysis_worse)line_name(l, analysis_worse_parse);
	line_key(l, "tolerance");
	m->tolerance = line_real(l);
	line_key(l, "critical");
	m->is_critical = line_yes(l);
	line_key(l, "weight");
	m->weight = line_real(l);
	line_key(l, "min_samples");
	m->min_samples = line_int(l);
	line_key(l, "counter");
	m->is_counter = line_yes(l);
	line_key(l, "timeout_ms");
	m->timeout_ms = line_number(l, INT64_MAX);
}

void
plan_parse_measures(struct parser *p, struct line *l)
{
	struct plan *plan = p->plan;

	if (plan->metric_count == 0)
		l->is_bad = true;
	else
		line_copy(l, &plan->metrics[plan->metric_count - 1].target);
}

void
plan_parse_query(struct parser *p, struct line *l)
{
	struct plan *plan = p->plan;

	if (plan->metric_count == 0)
		l->is_bad = true;
	else
		line_copy(l, &plan->metrics[plan->metric_count - 1].query);
}

/* "each", or the number of a wave. */
static int
line_after(struct line *l)
{
	if (l->at < l->count && strcmp(l->words[l->at], "each") == 0) {
		l->at++;
		return 0;
	}
	return line_int(l);
}

void
plan_parse_gate(struct parser *p, struct line *l)
{
	struct plan *plan = p->plan;
	struct gate *g;

	if (plan->gate_count >= LIST_MAX) {
		l->is_bad = true;
		return;
	}
	ARRAY_GROW(plan->gates, plan->gate_count, p->gate_capacity);
	g = &plan->gates[plan->gate_count++];
	memset(g, 0, sizeof(*g));
	g->kind = (enum gate_kind)line_name(l, gate_kind_parse);
	line_key(l, "after");
	g->after = line_after(l);
	line_key(l, "for_ms");
	g->for_ms = line_number(l, INT64_MAX);
	line_key(l, "within_ms");
	g->within_ms = line_number(l, INT64_MAX);
	line_key(l, "otherwise");
	g->otherwise = (enum gate_outcome)line_name(l, gate_outcome_parse);
}

static struct gate *
last_gate(struct parser *p, struct line *l)
{
	if (p->plan->gate_count > 0)
		return &p->plan->gates[p->plan->gate_count - 1];
	l->is_bad = true;
	return NULL;
}

void
plan_parse_role(struct parser *p, struct line *l)
{
	struct gate *g = last_gate(p, l);

	if (g != NULL && g->roles.count < LIST_MAX)
		strings_add(&g->roles, line_text(l));
}

void
plan_parse_command(struct parser *p, struct line *l)
{
	struct gate *g = last_gate(p, l);

	if (g == NULL)
		return;
	line_copy(l, &g->run);
	line_key(l, "attempts");
	g->attempts = line_int(l);
	line_key(l, "interval_ms");
	g->interval_ms = line_number(l, INT64_MAX);
	line_key(l, "timeout_ms");
	g->timeout_ms = line_number(l, INT64_MAX);
}

void
plan_parse_on(struct parser *p, struct line *l)
{
	struct gate *g = last_gate(p, l);

	if (g != NULL)
		line_copy(l, &g->on);
}

/* Follows from the gates: the comparison at the end proves it. */
void
plan_parse_shortest(struct parser *p, struct line *l)
{
	(void)p;
	line_number(l, INT64_MAX);
}
