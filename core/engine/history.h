/*
 * history.h - past days that the engine makes itself, for the demo.
 *
 * The real engine, its real pushers and hosts that are simulated, under a
 * clock that is moved: people of a script ask for things through the same
 * methods as everybody, and what is in the ledger afterwards is what the
 * engine made of it. It is not shipped ready-made, since it has to end now
 * and a chained ledger cannot be moved in time.
 */
#ifndef SLUICE_ENGINE_HISTORY_H
#define SLUICE_ENGINE_HISTORY_H

#include "engine/engine.h"

/*
 * Makes days of history up to now with the configuration of en, in a state
 * directory that is not there yet; en has the settings and the four paths
 * (taken), loop and clock are set here. The directory appears when all is
 * done, or not at all. Services whose hosts are not simulated are left alone.
 */
int history_make(struct engine *en, int days, struct error *e);

#endif
