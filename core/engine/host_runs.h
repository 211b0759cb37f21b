/* host_runs.h - commands on many hosts whose results wait to be read. */
#ifndef SLUICE_ENGINE_HOST_RUNS_H
#define SLUICE_ENGINE_HOST_RUNS_H

#include "engine/engine.h"

/* Forgets what was read to its end, or what nobody asks for. */
void host_runs_housekeeping(struct engine *en);
void host_runs_destroy(struct engine *en);

#endif
