/* objects_host.c - hosts as JSON. */
#include <stdlib.h>
#include <string.h>

#include "engine/objects.h"
#include "wire/json.h"

static int
add_deployment(const struct deployment *d, void *arg)
{
	char id[ID_TEXT_SIZE];

	rollout_id_format(d->rollout, id);
	json_array_append_new(arg,
		json_pack("{s:s, s:s, s:o, s:o, s:o, s:s, s:o, s:o, s:o}",
			"service", d->service, "env", d->env, "version",
			json_text(d->version), "previous_version",
			json_text(d->previous_version), "expected_version",
			json_text(d->expected_version), "state",
			d->state == NULL ? "unknown" : d->state, "rollout",
			d->rollout.number == 0 ? json_null() : json_string(id),
			"changed_at", json_time(d->changed_at), "seen_at",
			json_time(d->seen_at)));
	return 0;
}

static int
add_fact(const char *host, const char *key, const char *value, void *arg)
{
	char *end;
	long long number = strtoll(value, &end, 10);

	(void)host;
	if (strncmp(key, "transport", 9) == 0 && *value == '\0')
		return 0; /* forgotten, or nothing to say */
	if (strcmp(key, "last_seen_at") == 0 && *end == '\0')
		json_object_set_new(arg, key, json_time(number));
	else
		json_object_set_new(arg, key, json_text(value));
	return 0;
}

static json_t *
labels_json(const struct pairs *labels)
{
	json_t *o = json_object();
	size_t i;

	for (i = 0; i < labels->count; i++)
		json_object_set_new(o, labels->items[i].name,
			json_text(labels->items[i].value));
	return o;
}

static json_t *
envs_of(struct engine *en, const struct host *h)
{
	const struct settings *s = en->settings;
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < s->environment_count; i++)
		if (settings_is_host_of(s, &s->environments[i], h))
			json_array_append_new(
				list, json_text(s->environments[i].name));
	return list;
}

/* The last time that it was reached, or that a step of it ended. */
static void
put_last_seen(json_t *o, const json_t *deployments)
{
	const json_t *d;
	size_t i;

	json_array_foreach(deployments, i, d)
	{
		const char *seen = json_get_string(d, "seen_at", "");

		if (strcmp(seen, json_get_string(o, "last_seen_at", "")) > 0)
			json_object_set_new(
				o, "last_seen_at", json_string(seen));
	}
}

json_t *
host_json(struct engine *en, const struct host *h)
{
	json_t *deployments = json_array(), *o;
	struct error e;
	const char *transport = transport_kind_name(h->transport);

	engine_must(store_deployment_each(en->store, NULL, NULL, h->name,
			    add_deployment, deployments, &e),
		&e, "read deployments");
	o = json_pack("{s:s, s:o, s:s, s:n, s:n, s:i, s:o, s:o, s:o, s:o}",
		"name", h->name, "address", json_text(h->address), "transport",
		transport, "key_fingerprint", "last_seen_at", "port", h->port,
		"user", json_text(h->user), "path", json_text(h->path),
		"labels", labels_json(&h->labels), "envs", envs_of(en, h));
	engine_must(store_host_fact_each(en->store, h->name, add_fact, o, &e),
		&e, "read facts of a host");
	put_last_seen(o, deployments);
	json_object_set_new(o, "transport_configured", json_string(transport));
	if (json_object_get(o, "transport_reason") == NULL)
		json_object_set_new(o, "transport_reason", json_null());
	if (json_array_size(deployments) == 1) {
		static const char *const top[] = {"service", "env", "version",
			"previous_version", "expected_version", "state"};
		const json_t *only = json_array_get(deployments, 0);
		size_t i;

		for (i = 0; i < ARRAY_SIZE(top); i++)
			json_object_set(
				o, top[i], json_object_get(only, top[i]));
	}
	json_object_set_new(o, "deployments", deployments);
	return o;
}
