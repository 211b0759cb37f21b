/* gate.c - gates and metrics as values, and their names. */
#include "model/gate.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const char *const kind_names[GATE_KIND_COUNT] = {
	"timer", "analysis", "approval", "check", "window", "baseline",
	"hold"};

static const char *const outcome_names[GATE_OUTCOME_COUNT] = {
	"hold", "rollback", "abort"};

static const char *const source_names[METRIC_SOURCE_COUNT] = {
	"run", "http", "prometheus", "probe", "restarts", "log"};

void
analysis_rules_default(int64_t bake_ms, struct analysis_rules *ret)
{
	*ret = (struct analysis_rules){.interval_ms = 15000,
		.min_samples = ANALYSIS_MIN_SAMPLES,
		.confidence = ANALYSIS_CONFIDENCE,
		.pass = ANALYSIS_SCORE_PASS,
		.marginal = ANALYSIS_SCORE_MARGINAL,
		.within_ms = bake_ms > 60000 ? bake_ms : 60000,
		.hosts = 50};
}

void
gate_copy(struct gate *to, const struct gate *from)
{
	*to = *from;
	strings_copy(&to->roles, &from->roles);
	to->run = xstrdup_or_null(from->run);
	to->on = xstrdup_or_null(from->on);
}

void
gate_finish(struct gate *g)
{
	strings_finish(&g->roles);
	free(g->run);
	free(g->on);
	memset(g, 0, sizeof(*g));
}

void
wave_group_finish(struct wave_group *g)
{
	free(g->name);
	free(g->hosts);
	strings_finish(&g->roles);
	memset(g, 0, sizeof(*g));
}

void
metric_copy(struct metric *to, const struct metric *from)
{
	*to = *from;
	to->name = xstrdup(from->name);
	to->target = xstrdup(from->target);
	to->query = xstrdup_or_null(from->query);
}

void
metric_finish(struct metric *m)
{
	free(m->name);
	free(m->target);
	free(m->query);
	memset(m, 0, sizeof(*m));
}

const char *
gate_kind_name(enum gate_kind k)
{
	assert((unsigned)k < GATE_KIND_COUNT);
	return kind_names[k];
}

const char *
gate_outcome_name(enum gate_outcome o)
{
	assert((unsigned)o < GATE_OUTCOME_COUNT);
	return outcome_names[o];
}

const char *
metric_source_name(enum metric_source s)
{
	assert((unsigned)s < METRIC_SOURCE_COUNT);
	return source_names[s];
}

int
gate_kind_parse(const char *s)
{
	return text_index(kind_names, GATE_KIND_COUNT, s);
}

int
gate_outcome_parse(const char *s)
{
	return text_index(outcome_names, GATE_OUTCOME_COUNT, s);
}

int
metric_source_parse(const char *s)
{
	return text_index(source_names, METRIC_SOURCE_COUNT, s);
}

bool
metric_is_rate(const struct metric *m)
{
	return m->is_counter || m->source == METRIC_RESTARTS ||
	       m->source == METRIC_LOG;
}
