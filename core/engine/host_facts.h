/*
 * host_facts.h - what is remembered of hosts from one connection to the next,
 * also after a restart: their key, when they were seen, and by which
 * transport one of `auto` was reached.
 */
#ifndef SLUICE_ENGINE_HOST_FACTS_H
#define SLUICE_ENGINE_HOST_FACTS_H

#include "engine/engine.h"

/* A pusher's message "host": it is connected. */
void host_facts_seen(struct engine *en, const json_t *message);

/* It could not be reached: whatever was chosen for it may be wrong by now, so
 * `auto` looks for its way again the next time. */
void host_facts_unreachable(struct engine *en, const char *host);

/* Adds "known" and "known_reason" (wire/push.h) to the message for a host of
 * the transport `auto`. */
void host_facts_add_known(
	struct engine *en, const struct host *host, json_t *message);

#endif
