/* host_facts.c - what is remembered of hosts. */
#include "engine/host_facts.h"

#include <stdio.h>
#include <string.h>

#include "engine/host_watch.h"
#include "wire/json.h"

static void
put(struct engine *en, const char *host, const char *key, const char *value)
{
	struct error e;

	engine_must(store_host_fact_put(en->store, host, key, value, &e), &e,
		"save a fact of a host");
}

void
host_facts_seen(struct engine *en, const json_t *message)
{
	static const char *const keys[] = {
		"key_fingerprint", "transport", "transport_reason"};
	const char *host = json_get_string(message, "name", NULL);
	char now[24];
	size_t i;

	if (host == NULL || settings_host(en->settings, host) == NULL)
		return;
	engine_write(en);
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *value = json_get_string(message, keys[i], NULL);

		if (value != NULL)
			put(en, host, keys[i], value);
	}
	snprintf(now, sizeof(now), "%lld", (long long)engine_now(en));
	put(en, host, "last_seen_at", now);
	host_watch_heard(en->host_watch, host);
}

static int
add_known(const char *host, const char *key, const char *value, void *arg)
{
	(void)host;
	if (*value == '\0')
		return 0;
	if (strcmp(key, "transport") == 0)
		json_object_set_new(arg, "known", json_text(value));
	else if (strcmp(key, "transport_reason") == 0)
		json_object_set_new(arg, "known_reason", json_text(value));
	return 0;
}

void
host_facts_add_known(
	struct engine *en, const struct host *host, json_t *message)
{
	struct error e;

	if (host->transport != TRANSPORT_AUTO)
		return;
	engine_must(store_host_fact_each(
			    en->store, host->name, add_known, message, &e),
		&e, "read facts of a host");
}

void
host_facts_unreachable(struct engine *en, const char *name)
{
	const struct host *host = settings_host(en->settings, name);
	json_t *facts;

	host_watch_away(en->host_watch, name);
	if (host == NULL || host->transport != TRANSPORT_AUTO)
		return;
	facts = json_object();
	host_facts_add_known(en, host, facts);
	if (strcmp(json_get_string(facts, "known", ""), "openssh") == 0) {
		engine_write(en);
		put(en, name, "transport", "");
		put(en, name, "transport_reason", "");
	}
	json_decref(facts);
}
