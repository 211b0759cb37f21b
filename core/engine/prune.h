/* prune.h - artefacts and logs that are older than retention says and that
 * nothing needs, removed a slice at a time: daily, or when asked for. */
#ifndef SLUICE_ENGINE_PRUNE_H
#define SLUICE_ENGINE_PRUNE_H

#include "engine/engine.h"

/* Begins when a day is over; called by housekeeping. */
void prune_daily(struct engine *en);

/* Gives up what is going on, with the engine. */
void prune_end(struct engine *en);

#endif
