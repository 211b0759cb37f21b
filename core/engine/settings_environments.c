/* settings_environments.c - environments and their policy. */
#include <stdlib.h>
#include <string.h>

#include "engine/settings_reader.h"

static enum protect
read_protect(const config_setting_t *node, int approvals)
{
	const char *text = node_text(node, "protect");
	int value = text == NULL ? -1 : protect_parse(text);

	if (value >= 0)
		return (enum protect)value;
	return approvals > 0 ? PROTECT_TYPED : PROTECT_NONE;
}

/* The names of variables become names in the environment of commands. */
static void
check_vars(struct settings_reader *r, const config_setting_t *node,
	const struct environment *env)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz_"
				      "0123456789";
	int line = node_line(node_get(node, "vars"));
	size_t i;

	for (i = 0; i < env->vars.count; i++) {
		const char *name = env->vars.items[i].name;

		if (name[strspn(name, allowed)] != '\0' ||
			strchr("0123456789", name[0]) != NULL)
			report_error(r, line,
				"'vars' of '%s' has '%.80s', expected the "
				"name of a variable: letters, digits and _",
				env->name, name);
		else if (strncmp(name, "SLUICE_", 7) == 0)
			report_error(r, line,
				"'vars' of '%s' has '%.80s', expected another "
				"name: sluice sets SLUICE_* itself",
				env->name, name);
	}
}

static void
read_environment(struct settings_reader *r, const config_setting_t *node,
	struct environment *env)
{
	const char *hosts = node_text(node, "hosts");

	env->name = xstrdup(node_text(node, "name"));
	env->kind = xstrdup_or_null(node_text(node, "kind"));
	env->hosts = xstrdup(hosts == NULL ? "" : hosts);
	env->strategy = xstrdup_or_null(node_text(node, "strategy"));
	node_texts(node, "services", &env->services);
	node_pairs(node, "vars", &env->vars);
	settings_read_policy(node_get(node, "policy"), &env->policy);
	settings_read_after(node, &env->policy);
	settings_read_standard(node_get(node, "standard"), env);
	env->protect = read_protect(node, env->policy.approvals);
	check_vars(r, node, env);
	settings_check_policy(r, &env->policy, env->name);
	settings_read_calendar(r, node, env);
}

void
settings_read_environments(struct settings_reader *r)
{
	const config_setting_t *list =
		config_lookup(&r->config, "environments");
	struct settings *s = r->s;
	int count = node_count(list), i;

	s->environments = xcalloc((size_t)count, sizeof(*s->environments));
	r->environment_nodes =
		xcalloc((size_t)count, sizeof(*r->environment_nodes));
	for (i = 0; i < count; i++) {
		const config_setting_t *node = node_at(list, i);
		const char *name = node_text(node, "name");

		if (name == NULL)
			continue;
		if (settings_environment(s, name) != NULL)
			report_error(r, node_line(node),
				"environment '%.80s' is there already", name);
		r->environment_nodes[s->environment_count] = node;
		read_environment(
			r, node, &s->environments[s->environment_count]);
		s->environment_count++;
	}
}
