/* settings_services.c - services with their steps, checks and metrics. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/settings_reader.h"
#include "model/gate.h"

#define STEP_TIMEOUT_MS 300000
#define HEALTH_TIMEOUT_MS 10000
#define HEALTH_INTERVAL_MS 1000
#define METRIC_TIMEOUT_MS 10000

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

/* ---- metrics ---- */

/* The key that says where a metric comes from, and what else it takes. */
static const struct {
	const char *key, *query;
	bool needs_query;
} metric_keys[METRIC_SOURCE_COUNT] = {
	[METRIC_RUN] = {"run", NULL, false},
	[METRIC_HTTP] = {"http", "pointer", false},
	[METRIC_PROMETHEUS] = {"prometheus", "query", true},
	[METRIC_PROBE] = {"probe", NULL, false},
	[METRIC_RESTARTS] = {"restarts", NULL, false},
	[METRIC_LOG] = {"log", "pattern", true},
};

/* The one source that it has; -1, and reported: none, or several. */
static int
metric_source(struct settings_reader *r, const config_setting_t *node)
{
	int i, found = -1, count = 0;

	for (i = 0; i < METRIC_SOURCE_COUNT; i++) {
		if (node_get(node, metric_keys[i].key) == NULL)
			continue;
		found = i;
		count++;
	}
	if (count == 1)
		return found;
	report_error(r, node_line(node),
		"a metric needs one of 'run', 'http', 'prometheus', 'probe', "
		"'restarts' and 'log'");
	return -1;
}

static void
check_metric_query(struct settings_reader *r, const config_setting_t *node,
	int source)
{
	const char *query = metric_keys[source].query;
	int i;

	if (metric_keys[source].needs_query && node_get(node, query) == NULL)
		report_error(r, node_line(node),
			"'%s' and '%s' of a metric belong together",
			metric_keys[source].key, query);
	for (i = 0; i < METRIC_SOURCE_COUNT; i++) {
		const char *other = metric_keys[i].query;

		if (i != source && other != NULL &&
			node_get(node, other) != NULL)
			report_error(r, node_line(node_get(node, other)),
				"'%s' and '%s' of a metric belong together",
				metric_keys[i].key, other);
	}
}

static void
check_metric(struct settings_reader *r, const config_setting_t *node,
	const struct service *s, const struct metric *m)
{
	size_t i;

	for (i = 0; i < s->metric_count; i++)
		if (strcmp(s->metrics[i].name, m->name) == 0)
			report_error(r, node_line(node),
				"metric '%s' of service '%s' is there already",
				m->name, s->name);
	if ((m->source == METRIC_HTTP || m->source == METRIC_PROMETHEUS) &&
		!is_url(m->target))
		report_error(r, node_line(node),
			"'services.metrics.%s' is '%.200s', expected a URL "
			"that begins with http:// or https://",
			metric_source_name(m->source), m->target);
	if (m->source == METRIC_HTTP && m->query != NULL &&
		m->query[0] != '/' && m->query[0] != '\0')
		report_error(r, node_line(node_get(node, "pointer")),
			"'pointer' is '%.200s', expected a JSON pointer such "
			"as /latency/p95",
			m->query);
	if (m->source == METRIC_LOG && m->target[0] != '/')
		report_error(r, node_line(node_get(node, "log")),
			"'log' is '%.200s', expected an absolute path",
			m->target);
	for (i = 0; m->source == METRIC_PROBE && i < s->health_count; i++)
		if (s->health[i].kind != HEALTH_RUN)
			return;
	if (m->source == METRIC_PROBE)
		report_error(r, node_line(node),
			"metric '%s' is of health probes, and service '%s' "
			"has no 'http' or 'tcp' check",
			m->name, s->name);
}

static void
read_metric(struct settings_reader *r, const config_setting_t *node,
	struct service *s)
{
	int source = metric_source(r, node);
	const char *name = node_text(node, "name"), *query;
	const char *worse = node_text(node, "worse");
	struct metric *m = &s->metrics[s->metric_count];
	const char *target;

	if (source == -1 || name == NULL)
		return;
	check_metric_query(r, node, source);
	target = node_text(node, metric_keys[source].key);
	query = metric_keys[source].query;
	if (target == NULL)
		return;
	memset(m, 0, sizeof(*m));
	m->source = (enum metric_source)source;
	m->name = xstrdup(name);
	m->target = xstrdup(target);
	if (query != NULL)
		m->query = xstrdup_or_null(node_text(node, query));
	source = worse == NULL ? -1 : analysis_worse_parse(worse);
	m->worse = source < 0 ? ANALYSIS_HIGHER : (enum analysis_worse)source;
	m->tolerance = node_real(node, "tolerance", 0);
	m->is_critical = node_bool(node, "critical", false);
	m->weight = node_real(node, "weight", 1);
	m->min_samples = node_int(node, "min_samples", 0);
	m->is_counter = node_bool(node, "counter", false);
	m->timeout_ms = node_duration(node, "timeout", METRIC_TIMEOUT_MS);
	check_metric(r, node, s, m);
	s->metric_count++;
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
	s->metrics = xcalloc((size_t)node_count(metrics), sizeof(*s->metrics));
	for (i = 0; i < node_count(metrics); i++)
		read_metric(r, node_at(metrics, i), s);
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
