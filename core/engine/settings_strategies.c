/* settings_strategies.c - how rollouts move. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/settings_reader.h"
#include "model/waves.h"

static bool
portion_read(const config_setting_t *node, struct portion *ret)
{
	long long value;
	char text[32];

	if (node_is_int(node, &value)) {
		snprintf(text, sizeof(text), "%lld", value);
		return portion_parse(text, ret, NULL) == 0;
	}
	return config_setting_type(node) == CONFIG_TYPE_STRING &&
	       portion_parse(config_setting_get_string(node), ret, NULL) == 0;
}

void
settings_read_portions(const config_setting_t *node, struct portion **ret,
	size_t *ret_count)
{
	int count = node_count(node), i;

	*ret = xcalloc((size_t)count, sizeof(**ret));
	for (i = 0; i < count; i++)
		if (portion_read(node_at(node, i), &(*ret)[*ret_count]))
			(*ret_count)++;
}

/* What staged alone takes, and what all cannot. */
static void
check_waves_of(struct settings_reader *r, const config_setting_t *node,
	const struct strategy *s, bool has_waves)
{
	static const char *const staged[] = {"groups", "by"};
	static const char *const later[] = {"analysis", "gates"};
	int kinds = has_waves;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(staged); i++) {
		const config_setting_t *found = node_get(node, staged[i]);

		kinds += found != NULL;
		if (found != NULL && s->kind != STRATEGY_STAGED)
			report_error(r, node_line(found),
				"strategy '%s' has '%s', which kind '%s' does "
				"not take",
				s->name, staged[i],
				strategy_kind_name(s->kind));
	}
	if (s->kind == STRATEGY_STAGED && kinds != 1)
		report_error(r, node_line(node),
			"strategy '%s' is staged, expected one of 'groups', "
			"'by' and 'waves'",
			s->name);
	for (i = 0; i < ARRAY_SIZE(later) && s->kind == STRATEGY_ALL; i++)
		if (node_get(node, later[i]) != NULL)
			report_error(r, node_line(node_get(node, later[i])),
				"strategy '%s' has '%s', which kind 'all' "
				"cannot keep: nothing comes after its one wave",
				s->name, later[i]);
}

static void
check_kind(struct settings_reader *r, const config_setting_t *node,
	const struct strategy *s)
{
	const char *kind = strategy_kind_name(s->kind);
	bool has_batch = node_get(node, "batch") != NULL;
	bool has_waves = node_get(node, "waves") != NULL;
	int line = node_line(node);

	if (s->kind == STRATEGY_ROLLING && !has_batch)
		report_error(r, line,
			"strategy '%s' is rolling and has no 'batch', "
			"expected one such as 5, \"25%%\" or ( 1, \"25%%\" )",
			s->name);
	if (s->kind == STRATEGY_CANARY && !has_waves)
		report_error(r, line,
			"strategy '%s' is canary and has no 'waves', expected "
			"a list such as ( 1, \"25%%\", \"100%%\" )",
			s->name);
	if (s->kind != STRATEGY_ROLLING && has_batch)
		report_error(r, line,
			"strategy '%s' has a 'batch', which kind '%s' does "
			"not take",
			s->name, kind);
	if ((s->kind == STRATEGY_ALL || s->kind == STRATEGY_ROLLING ||
		    s->kind == STRATEGY_BLUE_GREEN) &&
		has_waves)
		report_error(r, line,
			"strategy '%s' has 'waves', which kind '%s' does not "
			"take",
			s->name, kind);
	check_waves_of(r, node, s, has_waves);
	if ((s->kind == STRATEGY_ALL || s->kind == STRATEGY_BLUE_GREEN) &&
		s->apart != NULL)
		report_error(r, line,
			"strategy '%s' has 'apart', which kind '%s' cannot "
			"keep: it moves every host at once",
			s->name, kind);
	if (strcmp(s->name, "all") == 0 && s->kind != STRATEGY_ALL)
		report_error(r, line,
			"strategy 'all' is of kind '%s', expected kind all or "
			"another name",
			kind);
}

/*
 * Without `budget` one failed and one unreachable host stop. Within it a
 * limit that is not written keeps that default, but for `hosts` beside
 * `percent`, which would never be reached.
 */
static void
read_budget(const config_setting_t *node, struct budget *b)
{
	const config_setting_t *budget = node_get(node, "budget");

	b->percent = node_int(budget, "percent", 0);
	b->hosts = node_int(budget, "hosts", b->percent > 0 ? 0 : 1);
	b->unreachable = node_int(budget, "unreachable", 1);
}

static void
read_strategy(struct settings_reader *r, const config_setting_t *node,
	struct strategy *s)
{
	const char *kind = node_text(node, "kind");
	const char *on_failure = node_text(node, "on_failure");
	const config_setting_t *batch = node_get(node, "batch");
	int value = kind == NULL ? -1 : strategy_kind_parse(kind);

	s->name = xstrdup(node_text(node, "name"));
	s->kind = value < 0 ? STRATEGY_ALL : (enum strategy_kind)value;
	s->apart = xstrdup_or_null(node_text(node, "apart"));
	if (value >= 0)
		check_kind(r, node, s);
	settings_read_portions(batch == NULL ? node_get(node, "waves") : batch,
		&s->portions, &s->portion_count);
	s->bake_ms = node_duration(node, "bake", 0);
	s->stage_first = node_bool(node, "stage_first", true);
	read_budget(node, &s->budget);
	value = on_failure == NULL ? -1 : on_failure_parse(on_failure);
	s->on_failure = value < 0 ? ON_FAILURE_HOLD : (enum on_failure)value;
	settings_read_gates(r, node, s);
}

static void
add_builtin_strategy(struct settings *s)
{
	struct strategy *all = &s->strategies[s->strategy_count++];

	memset(all, 0, sizeof(*all));
	all->name = xstrdup("all");
	all->kind = STRATEGY_ALL;
	all->stage_first = true;
	all->budget.hosts = 1;
	all->budget.unreachable = 1;
	all->on_failure = ON_FAILURE_HOLD;
}

static bool
has_strategy(const struct settings *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->strategy_count; i++)
		if (strcmp(s->strategies[i].name, name) == 0)
			return true;
	return false;
}

void
settings_read_strategies(struct settings_reader *r)
{
	const config_setting_t *list =
		config_lookup(&r->config, "strategies");
	struct settings *s = r->s;
	int count = node_count(list), i;

	s->strategies = xcalloc((size_t)count + 1, sizeof(*s->strategies));
	r->strategy_nodes =
		xcalloc((size_t)count + 1, sizeof(*r->strategy_nodes));
	for (i = 0; i < count; i++) {
		const config_setting_t *node = node_at(list, i);
		const char *name = node_text(node, "name");

		if (name == NULL)
			continue;
		if (has_strategy(s, name))
			report_error(r, node_line(node),
				"strategy '%.80s' is there already", name);
		r->strategy_nodes[s->strategy_count] = node;
		read_strategy(r, node, &s->strategies[s->strategy_count]);
		s->strategy_count++;
	}
	if (!has_strategy(s, "all"))
		add_builtin_strategy(s);
}
