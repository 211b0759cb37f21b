/*
 * reconcile.h - after a restore: what hosts run, against what the backup
 * says. Hosts are marked by the fact "reconcile" until all their services
 * have answered; taking the lease there makes the new epoch known, which
 * refuses the engine that was backed up.
 */
#ifndef SLUICE_ENGINE_RECONCILE_H
#define SLUICE_ENGINE_RECONCILE_H

#include "engine/engine.h"

struct reconcile *reconcile_create(struct engine *en);
void reconcile_destroy(struct reconcile *r);

/* Asks hosts that are left, now and then; called by housekeeping. */
void reconcile_run(struct reconcile *r);

/* How many hosts are left, and the first of them (borrowed). */
size_t reconcile_left(const struct reconcile *r, const char **ret_first);

#endif
