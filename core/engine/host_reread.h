/* host_reread.h - what a host says it runs becomes what the engine knows. */
#ifndef SLUICE_ENGINE_HOST_REREAD_H
#define SLUICE_ENGINE_HOST_REREAD_H

#include "engine/engine.h"

/*
 * Takes the data of a probe of one service (wire/push.h) over into its
 * deployment. A difference from what was known enters the ledger; while a
 * rollout is active there, the rollout knows better and nothing is taken,
 * unless always.
 */
void host_reread(struct engine *en, const char *host, const char *service,
	const char *env, const json_t *data, bool always);

#endif
