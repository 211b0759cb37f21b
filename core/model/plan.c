/* plan.c - what a rollout will do, computed from the configuration of the
 * day. See plan.h for the text, plan_print.c and plan_parse.c for its two
 * directions. */
#include "model/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/hostset.h"
#include "model/plan_make.h"
#include "model/policy.h"
#include "model/waves.h"

void
plan_finish(struct plan *p)
{
	size_t i;

	free(p->service);
	free(p->version);
	free(p->env);
	free(p->payload_name);
	strings_finish(&p->shared);
	pairs_finish(&p->vars);
	pairs_finish(&p->left_out);
	free(p->strategy);
	free(p->apart);
	pairs_finish(&p->rules);
	for (i = 0; i < STEP_KIND_COUNT; i++)
		free(p->steps[i].run);
	for (i = 0; i < p->health_count; i++)
		free(p->health[i].target);
	free(p->health);
	for (i = 0; i < p->metric_count; i++)
		metric_finish(&p->metrics[i]);
	free(p->metrics);
	for (i = 0; i < p->gate_count; i++)
		gate_finish(&p->gates[i]);
	free(p->gates);
	traffic_finish(&p->traffic);
	strings_finish(&p->wave_names);
	for (i = 0; i < p->host_count; i++) {
		host_finish(&p->hosts[i].host);
		free(p->hosts[i].root);
	}
	free(p->hosts);
	memset(p, 0, sizeof(*p));
}

static void
take_release(struct plan *p, const struct release *r)
{
	p->version = xstrdup(r->version);
	release_dir(r->version, r->sha256, p->release);
	memcpy(p->sha256, r->sha256, sizeof(p->sha256));
	p->size_bytes = r->size_bytes;
	p->files = r->files;
	memcpy(p->payload_sha256, r->payload_sha256, sizeof(p->payload_sha256));
	p->payload_format = r->format;
	if (r->format == PAYLOAD_FILE)
		p->payload_name = xstrdup_or_null(r->file_name);
	p->payload_bytes = r->payload_bytes;
	p->unpacked_bytes = r->unpacked_bytes;
}

static void
take_service(struct plan *p, const struct service *s)
{
	size_t i;

	p->service = xstrdup(s->name);
	p->keep = s->keep;
	p->umask = s->umask;
	strings_copy(&p->shared, &s->shared);
	for (i = 0; i < STEP_KIND_COUNT; i++) {
		p->steps[i] = s->steps[i];
		p->steps[i].run = xstrdup_or_null(s->steps[i].run);
	}
	p->health_count = s->health_count;
	p->health = s->health_count == 0
			    ? NULL
			    : xcalloc(s->health_count, sizeof(*p->health));
	for (i = 0; i < s->health_count; i++) {
		p->health[i] = s->health[i];
		p->health[i].target = xstrdup(s->health[i].target);
	}
}

static void
take_strategy(struct plan *p, const struct strategy *s)
{
	p->strategy = xstrdup(s->name);
	p->strategy_kind = s->kind;
	p->stage_first = s->stage_first;
	p->apart = xstrdup_or_null(s->apart);
	p->budget = s->budget;
	p->on_failure = s->on_failure;
	if (s->kind == STRATEGY_BLUE_GREEN)
		traffic_copy(&p->traffic, &s->traffic);
}

static void
values_of(const struct plan *p, const struct host *h,
	struct placeholder_values *ret)
{
	*ret = (struct placeholder_values){
		.host = h->name,
		.address = h->address,
		.service = p->service,
		.version = p->version,
		.env = p->env,
		.port = h->port,
		.labels = &h->labels,
	};
	if (p->strategy_kind == STRATEGY_BLUE_GREEN)
		traffic_values(&p->traffic, COLOUR_BLUE, ret);
}

static int
expand_root(const struct plan *p, const struct service *s,
	const struct host *h, char **ret, struct error *e)
{
	struct placeholder_values values;

	values_of(p, h, &values);
	if (placeholder_expand(s->root, &values, ret, e) == -1)
		return error_prefix(e, "root of service '%s'", s->name);
	if (service_root_is_valid(*ret))
		return 0;
	error_set(e, ERROR_INVALID,
		"root of service '%s' on host '%s' is '%.200s', expected an "
		"absolute path other than / and without '..'",
		s->name, h->name, *ret);
	free(*ret);
	*ret = NULL;
	return -1;
}

static int
check_text(const char *text, const struct placeholder_values *values,
	struct error *e)
{
	char *expanded;

	if (text == NULL)
		return 0;
	if (placeholder_expand(text, values, &expanded, e) == -1)
		return -1;
	free(expanded);
	return 0;
}

static int
check_metrics(const struct plan *p, const struct host *h, struct error *e)
{
	struct placeholder_values values;
	size_t i;

	values_of(p, h, &values);
	for (i = 0; i < p->metric_count; i++) {
		const struct metric *m = &p->metrics[i];

		if (m->source != METRIC_HTTP && m->source != METRIC_PROMETHEUS)
			continue;
		if (check_text(m->target, &values, e) == -1 ||
			check_text(m->query, &values, e) == -1)
			return error_prefix(e, "metric '%s' of service '%s'",
				m->name, p->service);
	}
	return 0;
}

/* A check that cannot be expanded on some host is found before anything
 * runs. */
static int
check_health(const struct plan *p, const struct host *h, struct error *e)
{
	struct placeholder_values values;
	size_t i;

	values_of(p, h, &values);
	for (i = 0; i < p->health_count; i++)
		if (p->health[i].kind != HEALTH_RUN &&
			check_text(p->health[i].target, &values, e) == -1)
			return error_prefix(e, "health check of service '%s'",
				p->service);
	return 0;
}

struct place {
	char *key; /* machine and directory */
	const char *host;
};

static int
compare_places(const void *a, const void *b)
{
	return strcmp(((const struct place *)a)->key,
		((const struct place *)b)->key);
}

static char *
place_key(const struct plan_host *h)
{
	if (h->host.transport == TRANSPORT_LOCAL)
		return xasprintf("local %s%s", h->host.path, h->root);
	if (h->host.transport == TRANSPORT_FAKE || h->host.address == NULL)
		return xasprintf("name %s", h->host.name);
	return xasprintf("%s %d %s", h->host.address, h->host.port, h->root);
}

/* Two names of one directory would undo each other's work. */
static int
check_places(const struct plan *p, struct error *e)
{
	struct place *places = xcalloc(p->host_count, sizeof(*places));
	int result = 0;
	size_t i;

	for (i = 0; i < p->host_count; i++) {
		places[i].key = place_key(&p->hosts[i]);
		places[i].host = p->hosts[i].host.name;
	}
	qsort(places, p->host_count, sizeof(*places), compare_places);
	for (i = 1; i < p->host_count && result == 0; i++) {
		if (strcmp(places[i - 1].key, places[i].key) != 0)
			continue;
		error_set(e, ERROR_INVALID,
			"hosts '%s' and '%s' are the same directory of the "
			"same machine for service '%s'",
			places[i - 1].host, places[i].host, p->service);
		result = error_hint(e, "put {host} into the service's root, "
				       "or leave one of them out");
	}
	for (i = 0; i < p->host_count; i++)
		free(places[i].key);
	free(places);
	return result;
}

/* It routes, and has no release. */
static bool
is_router(const struct plan *p, const struct plan_host *h)
{
	return p->strategy_kind == STRATEGY_BLUE_GREEN &&
	       h->wave == TRAFFIC_WAVE;
}

/* The hosts wave by wave; waves[i] is the wave of hosts[i]. */
static int
take_hosts(struct plan *p, const struct service *service,
	const struct host *const *hosts, size_t count, const int *waves,
	struct error *e)
{
	int *starts = xcalloc((size_t)p->waves + 2, sizeof(*starts));
	int result = 0;
	size_t i;

	for (i = 0; i < count; i++)
		starts[waves[i] + 1]++;
	for (i = 1; i < (size_t)p->waves + 2; i++)
		starts[i] += starts[i - 1];
	p->hosts = xcalloc(count, sizeof(*p->hosts));
	p->host_count = count;
	for (i = 0; i < count; i++) {
		struct plan_host *to = &p->hosts[starts[waves[i]]++];

		host_copy(&to->host, hosts[i]);
		to->wave = waves[i];
		if (result == -1 ||
			expand_root(p, service, hosts[i], &to->root, e) == -1 ||
			(!is_router(p, to) &&
				(check_health(p, hosts[i], e) == -1 ||
					check_metrics(p, hosts[i], e) == -1)))
			result = -1;
	}
	free(starts);
	return result == 0 ? check_places(p, e) : -1;
}

int
plan_make(struct plan *ret, const struct release *release,
	const struct service *service, const struct environment *env,
	const struct strategy *strategy, const struct host *const *hosts,
	size_t host_count, struct error *e)
{
	struct plan p;
	int *waves, result;

	if (host_count == 0)
		return error_set(e, ERROR_INVALID,
			"no host of environment '%s' is left to roll out to",
			env->name);
	if (host_count > HOSTSET_MAX)
		return error_set(e, ERROR_LIMIT,
			"%zu hosts are more than the %d of one rollout",
			host_count, HOSTSET_MAX);
	memset(&p, 0, sizeof(p));
	p.kind = ROLLOUT_DEPLOY;
	p.env = xstrdup(env->name);
	take_release(&p, release);
	take_service(&p, service);
	take_strategy(&p, strategy);
	policy_add_rules(&env->policy, &p.rules);
	pairs_copy(&p.vars, &env->vars);
	waves = xcalloc(host_count, sizeof(*waves));
	p.waves = waves_assign(strategy, hosts, host_count, waves);
	result = plan_take_analysis(&p, strategy, service, e);
	plan_take_gates(&p, strategy, hosts, host_count, waves);
	if (result == 0)
		result = take_hosts(&p, service, hosts, host_count, waves, e);
	if (result == 0 && p.strategy_kind == STRATEGY_BLUE_GREEN)
		result = plan_check_colours(&p, e);
	free(waves);
	if (result == -1)
		plan_finish(&p);
	else
		*ret = p;
	return result;
}
