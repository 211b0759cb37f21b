/* settings_services.c - services with their steps and checks; strategies. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/settings_reader.h"
#include "model/waves.h"

#define STEP_TIMEOUT_MS 300000
#define HEALTH_TIMEOUT_MS 10000
#define HEALTH_INTERVAL_MS 1000

/* ---- services ---- */

/* Relative, with no empty, "." or ".." part. */
static bool
is_inside(const char *path)
{
	if (*path == '/' || *path == '\0')
		return false;
	for (;;) {
		size_t len = strcspn(path, "/");

		if (len == 0 || (len == 1 && path[0] == '.') ||
			(len == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		path += len;
		if (*path++ == '\0')
			return true;
	}
}

static bool
is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return strncmp(path, dir, len) == 0 &&
	       (path[len] == '/' || path[len] == '\0');
}

static void
read_shared(struct settings_reader *r, const config_setting_t *node,
	struct service *s)
{
	int line = node_line(node_get(node, "shared"));
	size_t i, k;

	node_texts(node, "shared", &s->shared);
	for (i = 0; i < s->shared.count; i++) {
		const char *path = s->shared.items[i];

		if (!is_inside(path))
			report_error(r, line,
				"'services.shared' has '%.200s', expected a "
				"path inside the release such as data/uploads",
				path);
		for (k = 0; k < s->shared.count; k++)
			if (k != i && is_below(path, s->shared.items[k]) &&
				(k < i || strcmp(path, s->shared.items[k])))
				report_error(r, line,
					"'services.shared' has '%.200s' below "
					"'%.200s', expected only one of them",
					path, s->shared.items[k]);
	}
}

static void
read_steps(const config_setting_t *node, struct service *s)
{
	const config_setting_t *steps = node_get(node, "steps");
	int i;

	for (i = 0; i < STEP_KIND_COUNT; i++) {
		const config_setting_t *step = node_get(
			steps, step_kind_name((enum step_kind)i));

		s->steps[i].run = xstrdup_or_null(node_text(step, "run"));
		s->steps[i].timeout_ms =
			node_duration(step, "timeout", STEP_TIMEOUT_MS);
		s->steps[i].idempotent = node_bool(step, "idempotent", false);
		s->steps[i].reversible = node_bool(step, "reversible", true);
	}
}

/* host:port, the port a number or a placeholder. */
static bool
is_tcp_target(const char *text)
{
	const char *colon = strrchr(text, ':');
	long port;

	if (colon == NULL || colon == text || strpbrk(text, " /") != NULL)
		return false;
	if (colon[1] == '{')
		return true;
	port = strtol(colon + 1, NULL, 10);
	return colon[1] != '\0' &&
	       colon[1 + strspn(colon + 1, "0123456789")] == '\0' &&
	       port >= 1 && port <= 65535;
}

static bool
is_url(const char *text)
{
	return (strncmp(text, "http://", 7) == 0 && text[7] != '\0') ||
	       (strncmp(text, "https://", 8) == 0 && text[8] != '\0');
}

static void
check_target(struct settings_reader *r, const struct health *h, int line)
{
	if (h->kind == HEALTH_HTTP && !is_url(h->target))
		report_error(r, line,
			"'services.health.http' is '%.200s', expected a URL "
			"that begins with http:// or https://",
			h->target);
	if (h->kind == HEALTH_TCP && !is_tcp_target(h->target))
		report_error(r, line,
			"'services.health.tcp' is '%.200s', expected "
			"address:port such as {address}:8443",
			h->target);
}

static void
read_health(struct settings_reader *r, const config_setting_t *node,
	struct service *s)
{
	struct health *h = &s->health[s->health_count];
	int kinds = 0, kind;

	memset(h, 0, sizeof(*h));
	for (kind = HEALTH_KIND_COUNT - 1; kind >= 0; kind--) {
		const char *key = health_kind_name((enum health_kind)kind);

		if (node_get(node, key) == NULL)
			continue;
		kinds++;
		h->kind = (enum health_kind)kind;
		str_replace(&h->target, node_text(node, key));
	}
	if (kinds != 1)
		report_error(r, node_line(node),
			"a health check of '%s' needs one of 'run', 'http' and "
			"'tcp', it has %s",
			s->name, kinds == 0 ? "none" : "more");
	if (kinds == 1 && h->kind != HEALTH_HTTP &&
		node_get(node, "expect") != NULL)
		report_error(r, node_line(node_get(node, "expect")),
			"'expect' is the status of 'http', '%s' has none",
			health_kind_name(h->kind));
	if (h->target == NULL)
		return;
	check_target(r, h, node_line(node));
	h->expect = node_int(node, "expect", 200);
	h->attempts = node_int(node, "attempts", 1);
	h->interval_ms = node_duration(node, "interval", HEALTH_INTERVAL_MS);
	h->timeout_ms = node_duration(node, "timeout", HEALTH_TIMEOUT_MS);
	s->health_count++;
}

static void
check_metric(struct settings_reader *r, const config_setting_t *node)
{
	int kinds = (node_get(node, "run") != NULL) +
		    (node_get(node, "http") != NULL) +
		    (node_get(node, "prometheus") != NULL);

	if (kinds != 1)
		report_error(r, node_line(node),
			"a metric needs one of 'run', 'http' and "
			"'prometheus'");
	if ((node_get(node, "prometheus") == NULL) !=
		(node_get(node, "query") == NULL))
		report_error(r, node_line(node),
			"'prometheus' and 'query' of a metric belong "
			"together");
}

static void
check_root(struct settings_reader *r, const config_setting_t *node,
	const struct service *s)
{
	/* What begins with a placeholder is seen host by host. */
	if (s->root[0] == '{' || service_root_is_valid(s->root))
		return;
	report_error(r, node_line(node_get(node, "root")),
		"root of service '%s' is '%.200s', expected an absolute path "
		"other than / and without '..'",
		s->name, s->root);
}

static void
read_service(struct settings_reader *r, const config_setting_t *node,
	struct service *s)
{
	const config_setting_t *health = node_get(node, "health");
	const config_setting_t *metrics = node_get(node, "metrics");
	const char *root = node_text(node, "root");
	const char *mask = node_text(node, "umask");
	int i;

	s->name = xstrdup(node_text(node, "name"));
	s->root = xstrdup(root == NULL ? "" : root);
	if (root != NULL)
		check_root(r, node, s);
	s->keep = node_int(node, "keep", 5);
	s->umask = (int)strtol(mask == NULL ? "022" : mask, NULL, 8) & 0777;
	read_shared(r, node, s);
	read_steps(node, s);
	s->health = xcalloc((size_t)node_count(health), sizeof(*s->health));
	for (i = 0; i < node_count(health); i++)
		read_health(r, node_at(health, i), s);
	s->has_metrics = node_count(metrics) > 0;
	for (i = 0; i < node_count(metrics); i++)
		check_metric(r, node_at(metrics, i));
}

void
settings_read_services(struct settings_reader *r)
{
	const config_setting_t *list =
		config_lookup(&r->config, "services");
	struct settings *s = r->s;
	int count = node_count(list), i;

	s->services = xcalloc((size_t)count, sizeof(*s->services));
	r->service_nodes = xcalloc((size_t)count, sizeof(*r->service_nodes));
	for (i = 0; i < count; i++) {
		const config_setting_t *node = node_at(list, i);
		const char *name = node_text(node, "name");

		if (name == NULL)
			continue;
		if (settings_service(s, name) != NULL)
			report_error(r, node_line(node),
				"service '%.80s' is there already", name);
		r->service_nodes[s->service_count] = node;
		read_service(r, node, &s->services[s->service_count]);
		s->service_count++;
	}
}

/* ---- strategies ---- */

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

static void
read_portions(const config_setting_t *node, struct strategy *s)
{
	int count = node_count(node), i;

	s->portions = xcalloc((size_t)count, sizeof(*s->portions));
	for (i = 0; i < count; i++)
		if (portion_read(node_at(node, i),
			    &s->portions[s->portion_count]))
			s->portion_count++;
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
	if ((s->kind == STRATEGY_ALL || s->kind == STRATEGY_ROLLING) &&
		has_waves)
		report_error(r, line,
			"strategy '%s' has 'waves', which kind '%s' does not "
			"take",
			s->name, kind);
	if (s->kind == STRATEGY_ALL && s->apart != NULL)
		report_error(r, line,
			"strategy '%s' has 'apart', which kind 'all' cannot "
			"keep: it moves every host at once",
			s->name);
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
	const config_setting_t *portions = node_get(node, "batch");
	int value = kind == NULL ? -1 : strategy_kind_parse(kind);

	s->name = xstrdup(node_text(node, "name"));
	s->kind = value < 0 ? STRATEGY_ALL : (enum strategy_kind)value;
	s->apart = xstrdup_or_null(node_text(node, "apart"));
	if (value >= 0)
		check_kind(r, node, s);
	read_portions(portions == NULL ? node_get(node, "waves") : portions,
		s);
	s->bake_ms = node_duration(node, "bake", 0);
	s->stage_first = node_bool(node, "stage_first", true);
	read_budget(node, &s->budget);
	value = on_failure == NULL ? -1 : on_failure_parse(on_failure);
	s->on_failure = value < 0 ? ON_FAILURE_HOLD : (enum on_failure)value;
	s->has_analysis = node_get(node, "analysis") != NULL;
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
