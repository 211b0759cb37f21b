/* restore_main.h - `sluiced --restore FILE`. */
#ifndef SLUICE_ENGINE_RESTORE_MAIN_H
#define SLUICE_ENGINE_RESTORE_MAIN_H

#include "engine/engine.h"

/* Becomes the owner of the state directory where root calls: what is restored
 * is the engine's. */
int restore_become_owner(const char *state_dir, struct error *e);

/* Restores the backup in fd into the private directory, which is locked, and
 * says in one line of JSON what was done. by is the user who called. */
int restore_print(
	const struct engine *en, int fd, uid_t by, struct error *e);

#endif
