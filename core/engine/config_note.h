/* config_note.h - each configuration that is taken into use is an entry of the
 * ledger: its digest, what differs from the one before, who did it. */
#ifndef SLUICE_ENGINE_CONFIG_NOTE_H
#define SLUICE_ENGINE_CONFIG_NOTE_H

#include "engine/engine.h"

/* The engine's settings were loaded by who. */
void config_note(struct engine *en, const char *who, int64_t uid);

/* The engine starts with its settings: an entry where they are not those that
 * it had when it stopped. */
void config_note_start(struct engine *en);

#endif
