/*
 * freeze.h - freezes made by command: read from arguments, compared, looked
 * at before they are saved.
 */
#ifndef SLUICE_ENGINE_FREEZE_H
#define SLUICE_ENGINE_FREEZE_H

#include <jansson.h>

#include "engine/clients.h"
#include "engine/runner.h"
#include "model/period.h"

/* The freeze that the arguments of freeze.add describe; checked in full. The
 * caller finishes ret, also after -1. */
int freeze_from_args(
	struct request *rq, struct period *ret, struct error *e);

/* The freeze old with what the arguments of freeze.edit say instead. */
int freeze_edited(struct request *rq, const struct period *old,
	struct period *ret, struct error *e);

/* Whether p forbids all that old did, for as long and as strictly. */
bool freeze_covers(
	struct engine *en, const struct period *p, const struct period *old);

/*
 * What it would meet: {hits: [{kind (rollout approval change) id service
 * version env hosts at effect text}], hits_hosts}. before: the freeze that it
 * replaces, NULL: none.
 */
json_t *freeze_hits(struct engine *en, const struct period *p,
	const struct period *before);

/* Saves it and lets it hold at once. */
void freeze_put(struct engine *en, struct period *p, const struct actor *by,
	const char *what, const char *reason);

/* With its overrides. */
json_t *freeze_json(struct engine *en, const struct period *p);

#endif
