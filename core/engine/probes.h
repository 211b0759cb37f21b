/* probes.h - health checks from the engine itself: HTTP by libcurl, TCP. */
#ifndef SLUICE_ENGINE_PROBES_H
#define SLUICE_ENGINE_PROBES_H

#include "engine/engine.h"
#include "engine/runner.h"
#include "model/fleet.h"

struct probes;

struct probes *probes_create(struct engine *en);
void probes_destroy(struct probes *ps);

/* Answers runner_probe_done(job) once, from the loop. target is a URL, or
 * "address:port" ("[v6]:port"). */
void probes_start(struct probes *ps, int64_t job, enum health_kind kind,
	const char *target, int expect, int64_t timeout_ms);

/* Answers runner_fetched(id) once, from the loop. */
void probes_fetch(struct probes *ps, int64_t id, const struct fetch *f);

#endif
