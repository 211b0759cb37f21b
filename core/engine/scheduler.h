/* scheduler.h - starts what is scheduled and due. */
#ifndef SLUICE_ENGINE_SCHEDULER_H
#define SLUICE_ENGINE_SCHEDULER_H

#include "engine/engine.h"

/* Starts every change whose time has come. What cannot start waits, says for
 * what, and is looked at again. Returns the unix time of the next one
 * (INT64_MAX: none). */
int64_t scheduler_run(struct engine *en);

#endif
