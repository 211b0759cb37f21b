/* gate_json.c - a gate as JSON; for rollouts and their waves. */
#include "engine/gate_json.h"

json_t *
gate_json(const struct gate *g)
{
	json_t *roles = json_array();
	size_t i;

	for (i = 0; i < g->roles.count; i++)
		json_array_append_new(roles, json_string(g->roles.items[i]));
	return json_pack("{s:s, s:f, s:f, s:s, s:o, s:s?}", "kind",
		gate_kind_name(g->kind), "for_s", (double)g->for_ms / 1000,
		"within_s", (double)g->within_ms / 1000, "otherwise",
		gate_outcome_name(g->otherwise), "awaits", roles, "command",
		g->run);
}
