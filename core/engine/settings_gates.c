/* settings_gates.c - what stands between the waves of a strategy. */
#include <stdlib.h>
#include <string.h>

#include "engine/settings_reader.h"
#include "model/gate.h"
#include "model/hostset.h"
#include "model/traffic.h"

#define CHECK_INTERVAL_MS 10000
#define CHECK_TIMEOUT_MS 60000

/* ---- groups ---- */

static void
read_group(const config_setting_t *node, struct wave_group *g)
{
	g->name = xstrdup(node_text(node, "name"));
	g->hosts = xstrdup(node_text(node, "hosts"));
	g->bake_ms = node_duration(node, "bake", -1);
	g->is_approved = node_get(node, "approval") != NULL;
	node_texts(node, "approval", &g->roles);
}

static void
read_groups(struct settings_reader *r, const config_setting_t *node,
	struct strategy *s)
{
	const config_setting_t *list = node_get(node, "groups");
	int i;
	size_t k;

	s->by = xstrdup_or_null(node_text(node, "by"));
	s->groups = xcalloc((size_t)node_count(list), sizeof(*s->groups));
	for (i = 0; i < node_count(list); i++) {
		const config_setting_t *group = node_at(list, i);
		const char *name = node_text(group, "name");

		if (name == NULL || node_text(group, "hosts") == NULL)
			continue;
		for (k = 0; k < s->group_count; k++)
			if (strcmp(s->groups[k].name, name) == 0)
				report_error(r, node_line(group),
					"group '%.80s' of strategy '%s' is "
					"there already",
					name, s->name);
		read_group(group, &s->groups[s->group_count++]);
	}
}

/* ---- gates ---- */

/* Which kinds take a setting. */
static const struct {
	const char *key;
	unsigned kinds;
} gate_keys[] = {
	{"for", 1u << GATE_TIMER | 1u << GATE_ANALYSIS},
	{"within", ~(1u << GATE_TIMER)},
	{"otherwise", ~(1u << GATE_TIMER)},
	{"roles", 1u << GATE_APPROVAL},
	{"run", 1u << GATE_CHECK},
	{"on", 1u << GATE_CHECK},
	{"attempts", 1u << GATE_CHECK},
	{"interval", 1u << GATE_CHECK},
	{"timeout", 1u << GATE_CHECK},
};

static bool
is_selector(const char *text)
{
	struct selector *parsed;

	if (selector_parse(text, &parsed, NULL) == -1)
		return false;
	selector_destroy(parsed);
	return true;
}

static void
check_gate(struct settings_reader *r, const config_setting_t *node,
	const struct strategy *s, const struct gate *g)
{
	const char *kind = gate_kind_name(g->kind);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(gate_keys); i++) {
		const config_setting_t *found =
			node_get(node, gate_keys[i].key);

		if (found != NULL && !(gate_keys[i].kinds & 1u << g->kind))
			report_error(r, node_line(found),
				"a gate of kind '%s' of strategy '%s' does "
				"not take '%s'",
				kind, s->name, gate_keys[i].key);
	}
	if (g->kind == GATE_TIMER && g->for_ms == 0)
		report_error(r, node_line(node),
			"a gate of kind 'timer' of strategy '%s' has no "
			"'for', expected one such as \"10m\"",
			s->name);
	if (g->kind == GATE_CHECK && g->run == NULL)
		report_error(r, node_line(node),
			"a gate of kind 'check' of strategy '%s' has no 'run'",
			s->name);
	if (g->kind == GATE_ANALYSIS && s->analysis.interval_ms == 0)
		report_error(r, node_line(node),
			"strategy '%s' has a gate of kind 'analysis' and no "
			"'analysis'",
			s->name);
	if (g->kind == GATE_ANALYSIS && s->kind == STRATEGY_BLUE_GREEN &&
		g->after == 1)
		report_error(r, node_line(node_get(node, "after")),
			"strategy '%s' has a gate of kind 'analysis' before "
			"its switch, expected after = 2",
			s->name);
	if (g->on != NULL && !is_selector(g->on))
		report_error(r, node_line(node_get(node, "on")),
			"'on' is '%.200s', expected bastion or a selector of "
			"hosts",
			g->on);
}

static void
read_gate(struct settings_reader *r, const config_setting_t *node,
	struct strategy *s)
{
	const char *kind = node_text(node, "kind");
	const char *otherwise = node_text(node, "otherwise");
	const char *on = node_text(node, "on");
	struct gate *g = &s->gates[s->gate_count];
	int value = kind == NULL ? -1 : gate_kind_parse(kind);

	if (value < 0)
		return;
	memset(g, 0, sizeof(*g));
	g->kind = (enum gate_kind)value;
	g->after = node_int(node, "after", 0);
	g->for_ms = node_duration(node, "for",
		g->kind == GATE_ANALYSIS ? s->bake_ms : 0);
	g->within_ms = node_duration(node, "within",
		g->kind == GATE_ANALYSIS ? s->analysis.within_ms : 0);
	value = otherwise == NULL ? -1 : gate_outcome_parse(otherwise);
	g->otherwise = value < 0 ? GATE_HOLD : (enum gate_outcome)value;
	node_texts(node, "roles", &g->roles);
	if (g->kind == GATE_CHECK) {
		g->run = xstrdup_or_null(node_text(node, "run"));
		g->attempts = node_int(node, "attempts", 1);
		g->interval_ms =
			node_duration(node, "interval", CHECK_INTERVAL_MS);
		g->timeout_ms =
			node_duration(node, "timeout", CHECK_TIMEOUT_MS);
		if (on != NULL && strcmp(on, "bastion") != 0)
			g->on = xstrdup(on);
	}
	check_gate(r, node, s, g);
	s->gate_count++;
}

/* ---- analysis ---- */

static void
read_analysis(struct settings_reader *r, const config_setting_t *node,
	struct strategy *s)
{
	const config_setting_t *group = node_get(node, "analysis");
	struct analysis_rules *a = &s->analysis, absent;

	if (group == NULL)
		return;
	analysis_rules_default(s->bake_ms, &absent);
	a->interval_ms = node_duration(group, "interval", absent.interval_ms);
	a->min_samples = node_int(group, "min_samples", absent.min_samples);
	a->confidence = node_real(group, "confidence", absent.confidence);
	a->pass = node_int(group, "pass", absent.pass);
	a->marginal = node_int(group, "marginal", absent.marginal);
	a->within_ms = node_duration(group, "within", absent.within_ms);
	a->hosts = node_int(group, "hosts", absent.hosts);
	if (a->marginal > a->pass)
		report_error(r, node_line(group),
			"'marginal' of strategy '%s' is above 'pass'", s->name);
}

static void
read_fast_track(const config_setting_t *node, struct strategy *s)
{
	const config_setting_t *group = node_get(node, "fast_track");

	s->fast_track.within_ms = node_duration(group, "within", 0);
	settings_read_portions(node_get(group, "waves"),
		&s->fast_track.portions, &s->fast_track.portion_count);
}

/* ---- blue-green ---- */

#define LIVE_ATTEMPTS 5
#define LIVE_INTERVAL_MS 1000
#define SWITCH_TIMEOUT_MS 30000

/* Pools are told by commands on their routers; slots have a link of their
 * own, and commands only where somebody wants them. */
static void
check_traffic(struct settings_reader *r, const config_setting_t *node,
	const struct strategy *s)
{
	const struct traffic *t = &s->traffic;
	bool has_slots = traffic_has_slots(t);
	const config_setting_t *group = node_get(node, "traffic");
	int line = node_line(group == NULL ? node : group);

	if (!has_slots && (t->routers == NULL || t->order.run == NULL ||
				  t->live_run == NULL))
		report_error(r, line,
			"strategy '%s' is blue-green, expected 'slots', or "
			"'traffic' with 'routers', 'switch' and 'live'",
			s->name);
	if (has_slots && t->routers != NULL)
		report_error(r, line,
			"strategy '%s' has 'slots', where every host routes "
			"for itself, and 'routers'",
			s->name);
}

static void
check_not_traffic(struct settings_reader *r, const config_setting_t *node,
	const struct strategy *s)
{
	static const char *const keys[] = {"slots", "traffic", "hold"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (node_get(node, keys[i]) != NULL)
			report_error(r, node_line(node_get(node, keys[i])),
				"strategy '%s' has '%s', which only kind "
				"blue-green takes",
				s->name, keys[i]);
}

static void
read_traffic(struct settings_reader *r, const config_setting_t *node,
	struct strategy *s)
{
	const config_setting_t *group = node_get(node, "traffic");
	const config_setting_t *slots = node_get(node, "slots");
	struct traffic *t = &s->traffic;
	int c;

	if (s->kind != STRATEGY_BLUE_GREEN) {
		check_not_traffic(r, node, s);
		return;
	}
	for (c = 0; c < COLOUR_COUNT; c++)
		t->slots[c] = xstrdup_or_null(
			node_text(slots, colour_name((enum colour)c)));
	t->routers = xstrdup_or_null(node_text(group, "routers"));
	t->order.run = xstrdup_or_null(node_text(group, "switch"));
	t->live_run = xstrdup_or_null(node_text(group, "live"));
	t->attempts = node_int(group, "attempts", LIVE_ATTEMPTS);
	t->interval_ms = node_duration(group, "interval", LIVE_INTERVAL_MS);
	t->timeout_ms = node_duration(group, "timeout", SWITCH_TIMEOUT_MS);
	t->hold_ms = node_duration(node, "hold", 0);
	traffic_order(t);
	check_traffic(r, node, s);
}

void
settings_read_gates(struct settings_reader *r, const config_setting_t *node,
	struct strategy *s)
{
	const config_setting_t *list = node_get(node, "gates");
	int i;

	read_groups(r, node, s);
	read_analysis(r, node, s);
	read_traffic(r, node, s);
	s->gates = xcalloc((size_t)node_count(list), sizeof(*s->gates));
	for (i = 0; i < node_count(list); i++)
		read_gate(r, node_at(list, i), s);
	if (node_get(node, "fast_track") == NULL)
		return;
	if (s->kind == STRATEGY_CANARY)
		read_fast_track(node, s);
	else
		report_error(r, node_line(node_get(node, "fast_track")),
			"strategy '%s' has 'fast_track', which only kind "
			"canary takes",
			s->name);
}
