/* running.h - what runs now on the hosts of a change, by version. */
#ifndef SLUICE_ENGINE_RUNNING_H
#define SLUICE_ENGINE_RUNNING_H

#include "engine/engine.h"
#include "model/change.h"
#include "model/plan.h"

struct running_host {
	const char *name; /* borrowed from who asked */
	char *state;	  /* of its deployment, NULL: none is known */
	int64_t seen_at;
};

struct running_version {
	char *version; /* NULL: nothing is known to run there */
	struct rollout_id rollout; /* the last that brought it to one of them */
	struct running_host *hosts;
	size_t host_count, host_capacity;
};

struct running { /* most hosts first */
	struct running_version *items;
	size_t count, capacity;
};

/* On those hosts of an environment (borrowed names), or those of a plan. */
void running_on(struct engine *en, const char *service, const char *env,
	const char *const *hosts, size_t count, struct running *ret);
void running_load(struct engine *en, const struct change *c,
	const struct plan *plan, struct running *ret);
void running_finish(struct running *r);

/* The text of the plan that installed that version there (owned); NULL: it
 * is not known. */
char *running_plan(struct engine *en, const struct running_version *v);

/* The lines of a plan that say what is done on a host and how it goes on,
 * without the artefact, the hosts and the rules (owned). */
char *running_settings(const char *plan);

#endif
