/* fleet.c - hosts, services, strategies, environments: names and lives. */
#include "model/fleet.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/gate.h"
#include "model/policy.h"
#include "model/traffic.h"

static const char *const transport_names[TRANSPORT_COUNT] = {
	"auto", "ssh", "openssh", "local", "fake"};

static const char *const step_names[STEP_KIND_COUNT] = {
	"before_switch", "after_switch", "before_rollback"};

static const char *const health_names[HEALTH_KIND_COUNT] = {
	"run", "http", "tcp"};

static const char *const strategy_names[STRATEGY_KIND_COUNT] = {
	"all", "rolling", "canary", "blue-green", "staged"};

static const char *const on_failure_names[ON_FAILURE_COUNT] = {
	"hold", "rollback", "continue"};

static const char *const protect_names[PROTECT_COUNT] = {
	"none", "confirm", "typed", "readonly"};

static const char *const on_expiry_names[ON_EXPIRY_COUNT] = {
	"hold", "reject", "cancel"};

#define NAME_FUNCTION(function, type, names, count)                            \
	const char *function(type value)                                       \
	{                                                                      \
		assert((unsigned)value < (count));                             \
		return (names)[value];                                         \
	}
#define PARSE_FUNCTION(function, names, count)                                 \
	int function(const char *s)                                            \
	{                                                                      \
		return text_index((names), (count), s);                        \
	}

NAME_FUNCTION(transport_kind_name, enum transport_kind, transport_names,
	TRANSPORT_COUNT)
NAME_FUNCTION(step_kind_name, enum step_kind, step_names, STEP_KIND_COUNT)
NAME_FUNCTION(
	health_kind_name, enum health_kind, health_names, HEALTH_KIND_COUNT)
NAME_FUNCTION(strategy_kind_name, enum strategy_kind, strategy_names,
	STRATEGY_KIND_COUNT)
NAME_FUNCTION(
	on_failure_name, enum on_failure, on_failure_names, ON_FAILURE_COUNT)
NAME_FUNCTION(protect_name, enum protect, protect_names, PROTECT_COUNT)
NAME_FUNCTION(
	on_expiry_name, enum on_expiry, on_expiry_names, ON_EXPIRY_COUNT)

PARSE_FUNCTION(transport_kind_parse, transport_names, TRANSPORT_COUNT)
PARSE_FUNCTION(step_kind_parse, step_names, STEP_KIND_COUNT)
PARSE_FUNCTION(strategy_kind_parse, strategy_names, STRATEGY_KIND_COUNT)
PARSE_FUNCTION(on_failure_parse, on_failure_names, ON_FAILURE_COUNT)
PARSE_FUNCTION(protect_parse, protect_names, PROTECT_COUNT)
PARSE_FUNCTION(on_expiry_parse, on_expiry_names, ON_EXPIRY_COUNT)
PARSE_FUNCTION(health_kind_parse, health_names, HEALTH_KIND_COUNT)

/* Where name is, or where it belongs; *ret_found says which. */
static size_t
pairs_place(const struct pairs *p, const char *name, bool *ret_found)
{
	size_t low = 0, high = p->count;

	*ret_found = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(name, p->items[middle].name);

		if (order == 0) {
			*ret_found = true;
			return middle;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

const char *
pairs_get(const struct pairs *p, const char *name)
{
	bool found;
	size_t i = pairs_place(p, name, &found);

	return found ? p->items[i].value : NULL;
}

void
pairs_set(struct pairs *p, const char *name, const char *value)
{
	bool found;
	size_t i = pairs_place(p, name, &found);

	if (found) {
		str_replace(&p->items[i].value, value);
		return;
	}
	p->items = xrealloc(p->items, p->count + 1, sizeof(*p->items));
	memmove(p->items + i + 1, p->items + i,
		(p->count - i) * sizeof(*p->items));
	p->items[i].name = xstrdup(name);
	p->items[i].value = xstrdup(value);
	p->count++;
}

void
pairs_copy(struct pairs *to, const struct pairs *from)
{
	size_t i;

	to->count = from->count;
	to->items = from->count == 0
			    ? NULL
			    : xcalloc(from->count, sizeof(*to->items));
	for (i = 0; i < from->count; i++) {
		to->items[i].name = xstrdup(from->items[i].name);
		to->items[i].value = xstrdup(from->items[i].value);
	}
}

void
pairs_finish(struct pairs *p)
{
	size_t i;

	for (i = 0; i < p->count; i++) {
		free(p->items[i].name);
		free(p->items[i].value);
	}
	free(p->items);
	memset(p, 0, sizeof(*p));
}

/* Room doubles at powers of two, so that no capacity need be kept. */
void
strings_add(struct strings *s, const char *value)
{
	if ((s->count & (s->count - 1)) == 0)
		s->items = xrealloc(s->items, s->count == 0 ? 1 : s->count * 2,
			sizeof(*s->items));
	s->items[s->count++] = xstrdup(value);
}

void
strings_copy(struct strings *to, const struct strings *from)
{
	size_t i;

	memset(to, 0, sizeof(*to));
	for (i = 0; i < from->count; i++)
		strings_add(to, from->items[i]);
}

static int
compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
strings_sort(struct strings *s)
{
	if (s->count > 1)
		qsort(s->items, s->count, sizeof(*s->items), compare_strings);
}

bool
strings_has(const struct strings *s, const char *value)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (strcmp(s->items[i], value) == 0)
			return true;
	return false;
}

void
strings_finish(struct strings *s)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		free(s->items[i]);
	free(s->items);
	memset(s, 0, sizeof(*s));
}

void
host_copy(struct host *to, const struct host *from)
{
	*to = *from;
	to->name = xstrdup(from->name);
	to->address = xstrdup_or_null(from->address);
	to->user = xstrdup_or_null(from->user);
	to->path = xstrdup_or_null(from->path);
	pairs_copy(&to->labels, &from->labels);
}

void
host_finish(struct host *h)
{
	free(h->name);
	free(h->address);
	free(h->user);
	free(h->path);
	pairs_finish(&h->labels);
	memset(h, 0, sizeof(*h));
}

bool
service_root_is_valid(const char *root)
{
	const char *part = root;

	if (*part != '/' || part[strspn(part, "/")] == '\0')
		return false;
	while (*part != '\0') {
		size_t len;

		part += strspn(part, "/");
		len = strcspn(part, "/");
		if (len == 2 && memcmp(part, "..", 2) == 0)
			return false;
		part += len;
	}
	return true;
}

void
service_finish(struct service *s)
{
	size_t i;

	free(s->name);
	free(s->root);
	strings_finish(&s->shared);
	for (i = 0; i < STEP_KIND_COUNT; i++)
		free(s->steps[i].run);
	for (i = 0; i < s->health_count; i++)
		free(s->health[i].target);
	free(s->health);
	for (i = 0; i < s->metric_count; i++)
		metric_finish(&s->metrics[i]);
	free(s->metrics);
	memset(s, 0, sizeof(*s));
}

void
strategy_finish(struct strategy *s)
{
	size_t i;

	free(s->name);
	free(s->portions);
	free(s->apart);
	free(s->by);
	free(s->fast_track.portions);
	for (i = 0; i < s->group_count; i++)
		wave_group_finish(&s->groups[i]);
	free(s->groups);
	for (i = 0; i < s->gate_count; i++)
		gate_finish(&s->gates[i]);
	free(s->gates);
	traffic_finish(&s->traffic);
	memset(s, 0, sizeof(*s));
}

void
environment_finish(struct environment *env)
{
	size_t i;

	free(env->name);
	free(env->kind);
	free(env->hosts);
	free(env->strategy);
	free(env->timezone);
	strings_finish(&env->services);
	pairs_finish(&env->vars);
	policy_finish(&env->policy);
	for (i = 0; i < env->standard_count; i++) {
		strings_finish(&env->standard[i].services);
		strings_finish(&env->standard[i].strategies);
	}
	free(env->standard);
	memset(env, 0, sizeof(*env));
}
