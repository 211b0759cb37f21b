/*
 * needs.h - which releases need releases of other services where they go.
 * Few do, so all of them are kept in memory.
 */
#ifndef SLUICE_ENGINE_NEEDS_H
#define SLUICE_ENGINE_NEEDS_H

#include "engine/engine.h"

struct needs;

struct needs *needs_create(struct engine *en);
void needs_destroy(struct needs *n);

/* A release was registered. */
void needs_note(struct engine *en, const struct release *r);

/* What it needs, each "SERVICE=VERSION"; NULL: nothing. Borrowed. */
const struct strings *needs_of(
	struct engine *en, const char *service, const char *version);

/* Which of them the release of on_service is: it is about that service, and
 * that version, or one registered before, is what is needed. NULL: none. */
const char *needs_met_by(struct engine *en, const char *service,
	const char *version, const char *on_service, const char *on_version);

/* Whether env has what is needed already. */
bool needs_is_met(struct engine *en, const char *need, const char *env);

#endif
