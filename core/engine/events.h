/*
 * events.h - turns what changed into events: coalesced, at most ten a second
 * for one rollout, and only for what somebody listens to.
 */
#ifndef SLUICE_ENGINE_EVENTS_H
#define SLUICE_ENGINE_EVENTS_H

#include "engine/engine.h"

struct events;

struct events *events_create(struct engine *en);
void events_destroy(struct events *ev);

/* Notes of a turn; they become events after its commit. */
void events_rollout(struct engine *en, const struct rollout *r,
	const struct rollout_host *h);
void events_change(struct engine *en, const struct change *c);
void events_release(struct engine *en, const struct release *r);
void events_host(struct engine *en, const struct host *h);
/* An act that needs a second person; o is taken. */
void events_request(struct engine *en, json_t *o);
void events_engine(struct engine *en);
/* Windows, freezes or lines are others now. */
void events_calendar(struct engine *en);
void events_printed(struct engine *en, struct rollout_id id, const char *host,
	const char *step, int attempt, const char *text, size_t len);

/* Publishes what is due; called after each commit and by a timer. */
void events_flush(struct engine *en);

/* The last lines of a rollout that ran since the engine started, or NULL. */
json_t *events_log_tail(struct engine *en, struct rollout_id id, size_t most);

#endif
