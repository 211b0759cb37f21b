/* settings.h - what the engine tells a pusher before the first job. */
#ifndef SLUICE_PUSH_SETTINGS_H
#define SLUICE_PUSH_SETTINGS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct push_settings {
	char **keys, **known_hosts; /* owned, NULL-terminated */
	char *config; /* of openssh; owned, NULL = none */
	bool use_agent;
	int64_t connect_timeout_ms;
	int64_t connections, unauthenticated_per_host, bandwidth_bytes;
	int64_t idle_ms;
};

/* Defaults, as before any message. */
void push_settings_init(struct push_settings *s);
void push_settings_finish(struct push_settings *s);

/* Takes over all of a message {"m":"settings"}; borrowed. */
void push_settings_read(struct push_settings *s, const json_t *message);

#endif
