/*
 * host_watch.h - asks again, by itself, what nobody could say: hosts that
 * could not be reached, and steps whose link was lost for longer than a
 * rollout waits.
 */
#ifndef SLUICE_ENGINE_HOST_WATCH_H
#define SLUICE_ENGINE_HOST_WATCH_H

#include "engine/engine.h"

struct host_watch *host_watch_create(struct engine *en);
void host_watch_destroy(struct host_watch *w);

/* What is due; called by housekeeping. */
void host_watch_run(struct host_watch *w);

/* It could not be reached; it was heard. */
void host_watch_away(struct host_watch *w, const char *host);
void host_watch_heard(struct host_watch *w, const char *host);

#endif
