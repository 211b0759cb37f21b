/*
 * settings_verify.c - names against what they name: services, strategies,
 * environments, labels. Runs when everything is read.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/settings_reader.h"
#include "model/hostset.h"

/* One environment while it is looked at. */
struct scope {
	struct settings_reader *r;
	const struct environment *env;
	const config_setting_t *node;
	const struct host **hosts;
	size_t host_count;
};

static int
line_of(const struct scope *sc, const char *key)
{
	const config_setting_t *node = node_get(sc->node, key);

	return node_line(node == NULL ? sc->node : node);
}

static void
report_name(const struct scope *sc, int line, const char *what,
	const char *name, const char *near)
{
	report_error(sc->r, line,
		"%s '%.80s' of environment '%s' is not defined%s%s%s", what,
		name, sc->env->name, near == NULL ? "" : ", did you mean '",
		near == NULL ? "" : near, near == NULL ? "" : "'?");
}

static void
check_strategy(const struct scope *sc, const char *name, int line)
{
	const struct settings *s = sc->r->s;
	const char **names;
	size_t i;

	if (settings_strategy(s, name) != NULL)
		return;
	names = xcalloc(s->strategy_count, sizeof(*names));
	for (i = 0; i < s->strategy_count; i++)
		names[i] = s->strategies[i].name;
	report_name(sc, line, "strategy", name,
		nearest_word(name, names, s->strategy_count));
	free(names);
}

static void
check_service(const struct scope *sc, const char *name, int line)
{
	const struct settings *s = sc->r->s;
	const char **names;
	size_t i;

	if (settings_service(s, name) != NULL)
		return;
	names = xcalloc(s->service_count, sizeof(*names));
	for (i = 0; i < s->service_count; i++)
		names[i] = s->services[i].name;
	report_name(sc, line, "service", name,
		nearest_word(name, names, s->service_count));
	free(names);
}

static void
check_services(const struct scope *sc)
{
	const struct strings *services = &sc->env->services;
	size_t i, k;

	for (i = 0; i < services->count; i++) {
		check_service(sc, services->items[i], line_of(sc, "services"));
		for (k = 0; k < i; k++)
			if (strcmp(services->items[i], services->items[k]) == 0)
				report_error(sc->r, line_of(sc, "services"),
					"service '%.80s' is listed twice in "
					"environment '%s'",
					services->items[i], sc->env->name);
	}
}

static void
check_standard(const struct scope *sc)
{
	const config_setting_t *list = node_get(sc->node, "standard");
	int i;

	for (i = 0; i < node_count(list); i++) {
		const config_setting_t *node = node_at(list, i);
		struct strings names = {0};
		size_t k;

		node_texts(node, "services", &names);
		for (k = 0; k < names.count; k++)
			check_service(sc, names.items[k], node_line(node));
		strings_finish(&names);
		node_texts(node, "strategies", &names);
		for (k = 0; k < names.count; k++)
			check_strategy(sc, names.items[k], node_line(node));
		strings_finish(&names);
	}
}

/* Whether following `after` from env comes back to name. */
static bool
comes_back(const struct settings_reader *r, const struct environment *env,
	const char *name, size_t depth)
{
	const struct settings *s = r->s;
	struct strings after = {0};
	bool found = false;
	size_t i;

	if (depth > s->environment_count)
		return false;
	node_texts(r->environment_nodes[env - s->environments], "after",
		&after);
	for (i = 0; i < after.count && !found; i++) {
		const struct environment *next =
			settings_environment(s, after.items[i]);

		found = strcmp(after.items[i], name) == 0 ||
			(next != NULL && next != env &&
				comes_back(r, next, name, depth + 1));
	}
	strings_finish(&after);
	return found;
}

static void
check_after(const struct scope *sc)
{
	struct strings after = {0};
	size_t i;

	node_texts(sc->node, "after", &after);
	for (i = 0; i < after.count; i++)
		if (settings_environment(sc->r->s, after.items[i]) == NULL)
			report_name(sc, line_of(sc, "after"),
				"'after' environment", after.items[i], NULL);
	if (comes_back(sc->r, sc->env, sc->env->name, 0))
		report_error(sc->r, line_of(sc, "after"),
			"'after' of environment '%s' leads back to it, so "
			"nothing could ever be first",
			sc->env->name);
	strings_finish(&after);
}

static bool
has_label(const struct settings *s, const char *label)
{
	size_t i;

	if (strcmp(label, "name") == 0 || strcmp(label, "address") == 0)
		return true;
	for (i = 0; i < s->host_count; i++)
		if (pairs_get(&s->hosts[i].labels, label) != NULL)
			return true;
	return false;
}

static void
check_term(const char *label, const char *pattern, void *arg)
{
	const struct scope *sc = arg;
	const struct settings *s = sc->r->s;

	if (!has_label(s, label))
		report_warning(sc->r, line_of(sc, "hosts"),
			"environment '%s' asks for label '%.80s', which no "
			"host has",
			sc->env->name, label);
	else if (strcmp(label, "name") == 0 && strpbrk(pattern, "*?") == NULL &&
		 settings_host(s, pattern) == NULL)
		report_error(sc->r, line_of(sc, "hosts"),
			"host '%.80s' of environment '%s' is not defined",
			pattern, sc->env->name);
}

static void
check_selector(const struct scope *sc)
{
	struct selector *selector;

	if (selector_parse(sc->env->hosts, &selector, NULL) == -1)
		return;
	selector_each_term(selector, check_term, (void *)(uintptr_t)sc);
	selector_destroy(selector);
	if (sc->host_count == 0 && sc->r->s->host_count > 0)
		report_warning(sc->r, line_of(sc, "hosts"),
			"environment '%s' has no hosts: nothing matches '%s'",
			sc->env->name, sc->env->hosts);
}

/* Reports at most one host a service, for all would say the same. */
static void
check_root(const struct scope *sc, const struct service *service)
{
	const config_setting_t *node =
		sc->r->service_nodes[service - sc->r->s->services];
	size_t i;

	for (i = 0; i < sc->host_count; i++) {
		const struct host *h = sc->hosts[i];
		struct placeholder_values values = {
			.host = h->name,
			.address = h->address,
			.service = service->name,
			.version = "1",
			.env = sc->env->name,
			.port = h->port,
			.labels = &h->labels,
		};
		struct error e;
		char *root;
		bool ok;

		if (placeholder_expand(service->root, &values, &root, &e) ==
			-1) {
			report_error(sc->r, node_line(node_get(node, "root")),
				"'root' of service '%s': %s", service->name,
				e.text);
			return;
		}
		ok = service->root[0] != '{' || service_root_is_valid(root);
		if (!ok)
			report_error(sc->r, node_line(node_get(node, "root")),
				"'root' of service '%s' on host '%s' is "
				"'%.200s', expected an absolute path other "
				"than / and without '..'",
				service->name, h->name, root);
		free(root);
		if (!ok)
			return;
	}
}

static void
check_targets(const struct scope *sc, const struct service *service)
{
	const config_setting_t *node =
		sc->r->service_nodes[service - sc->r->s->services];
	size_t i, k;

	for (i = 0; i < service->health_count; i++) {
		bool failed = service->health[i].kind == HEALTH_RUN;

		for (k = 0; k < sc->host_count && !failed; k++) {
			struct placeholder_values values = {
				.host = sc->hosts[k]->name,
				.labels = &sc->hosts[k]->labels,
			};
			struct error e;
			char *text;

			failed = placeholder_expand(service->health[i].target,
					 &values, &text, &e) == -1;
			if (failed)
				report_error(sc->r,
					node_line(node_get(node, "health")),
					"a health check of service '%s': %s",
					service->name, e.text);
			else
				free(text);
		}
	}
}

static void
check_placeholders(const struct scope *sc)
{
	size_t i;

	for (i = 0; i < sc->env->services.count; i++) {
		const struct service *service = settings_service(
			sc->r->s, sc->env->services.items[i]);

		if (service == NULL)
			continue;
		check_root(sc, service);
		check_targets(sc, service);
	}
}

static void
check_environment(struct settings_reader *r, size_t i)
{
	struct scope sc = {.r = r,
		.env = &r->s->environments[i],
		.node = r->environment_nodes[i]};

	if (settings_hosts_of(r->s, sc.env, NULL, &sc.hosts, &sc.host_count,
		    NULL) == -1) {
		sc.hosts = NULL;
		sc.host_count = 0;
	}
	if (sc.env->strategy != NULL)
		check_strategy(
			&sc, sc.env->strategy, line_of(&sc, "strategy"));
	check_services(&sc);
	check_standard(&sc);
	check_after(&sc);
	check_selector(&sc);
	check_placeholders(&sc);
	free(sc.hosts);
}

static void
check_apart(struct settings_reader *r)
{
	const struct settings *s = r->s;
	size_t i;

	for (i = 0; i < s->strategy_count; i++) {
		const char *label = s->strategies[i].apart;

		if (label != NULL && s->host_count > 0 && !has_label(s, label))
			report_warning(r,
				node_line(node_get(
					r->strategy_nodes[i], "apart")),
				"strategy '%s' keeps hosts of one '%.80s' "
				"apart, a label that no host has",
				s->strategies[i].name, label);
	}
}

static void
check_role_names(struct settings_reader *r)
{
	const config_setting_t *list = config_lookup(&r->config, "roles");
	int count = node_count(list), i, k;

	for (i = 0; i < count; i++) {
		const char *name = node_text(node_at(list, i), "name");

		for (k = 0; name != NULL && k < i; k++) {
			const char *other =
				node_text(node_at(list, k), "name");

			if (other != NULL && strcmp(name, other) == 0)
				report_error(r, node_line(node_at(list, i)),
					"role '%.80s' is there already", name);
		}
	}
}

void
settings_verify(struct settings_reader *r)
{
	size_t i;

	for (i = 0; i < r->s->environment_count; i++)
		check_environment(r, i);
	settings_verify_policies(r);
	check_apart(r);
	check_role_names(r);
}
