/*
 * anchor.h - the ledger's head told to somebody else: to syslog, after each
 * commit, so that whoever alters the database must alter the logs as well.
 *
 * Never waits: what syslog does not take at once is tried again later, and of
 * many entries the newest are told, since each hash covers all before it.
 */
#ifndef SLUICE_ENGINE_ANCHOR_H
#define SLUICE_ENGINE_ANCHOR_H

#include "engine/engine.h"

struct anchor *anchor_create(void);
void anchor_destroy(struct anchor *a);

/* An entry that was appended in this turn: its number and hash, and what. */
void anchor_note(struct engine *en, const char *what, const char *object,
	const char *who);

/* After the commit of each turn. */
void anchor_flush(struct engine *en);

#endif
