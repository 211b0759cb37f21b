/* settings.c - what the engine tells a pusher before the first job. */
#include "transports/settings.h"

#include <stdlib.h>

#include "wire/json.h"

static char **
strings_of(const json_t *list)
{
	char **all = xcalloc(json_array_size(list) + 1, sizeof(*all));
	size_t i, count = 0;
	json_t *value;

	json_array_foreach (list, i, value)
		if (json_is_string(value))
			all[count++] = xstrdup(json_string_value(value));
	return all;
}

static void
strings_free(char **all)
{
	size_t i;

	for (i = 0; all != NULL && all[i] != NULL; i++)
		free(all[i]);
	free(all);
}

void
push_settings_init(struct push_settings *s)
{
	json_t *none = json_object();

	s->keys = s->known_hosts = NULL;
	s->config = NULL;
	push_settings_read(s, none);
	json_decref(none);
}

void
push_settings_finish(struct push_settings *s)
{
	strings_free(s->keys);
	strings_free(s->known_hosts);
	free(s->config);
	s->keys = s->known_hosts = NULL;
	s->config = NULL;
}

void
push_settings_read(struct push_settings *s, const json_t *message)
{
	const json_t *ssh = json_object_get(message, "ssh");
	const json_t *limits = json_object_get(message, "limits");

	push_settings_finish(s);
	s->keys = strings_of(json_object_get(ssh, "keys"));
	s->known_hosts = strings_of(json_object_get(ssh, "known_hosts"));
	s->config = xstrdup_or_null(json_get_string(ssh, "config", NULL));
	s->use_agent = json_get_bool(ssh, "use_agent", false);
	s->connect_timeout_ms = json_get_int(ssh, "connect_timeout_ms", 10000);
	s->connections = json_get_int(limits, "connections", 64);
	s->unauthenticated_per_host =
		json_get_int(limits, "unauthenticated_per_host", 8);
	s->bandwidth_bytes = json_get_int(limits, "bandwidth_bytes", 0);
	s->idle_ms = json_get_int(message, "idle_ms", 60000);
	if (s->connections < 1)
		s->connections = 1;
	if (s->unauthenticated_per_host < 1)
		s->unauthenticated_per_host = 1;
	if (s->connect_timeout_ms < 1)
		s->connect_timeout_ms = 10000;
}
