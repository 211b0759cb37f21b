/*
 * memo.h - what was looked up in this turn already. A list of changes asks
 * the same about each of them: who said it, which release, what else is
 * planned.
 *
 * All that is given is borrowed and lives until the end of the turn, the next
 * write, or, while a transaction is open, until the same is asked again: then
 * everything but who people are is looked up anew each time.
 */
#ifndef SLUICE_ENGINE_MEMO_H
#define SLUICE_ENGINE_MEMO_H

#include "engine/engine.h"

struct memo;

struct memo *memo_create(void);
void memo_destroy(struct memo *m);

/* Something is being written: what the store said may be over. */
void memo_forget(struct engine *en);
/* The turn ends, or another configuration is in use. */
void memo_forget_all(struct engine *en);

const struct identity *memo_identity(struct engine *en, int64_t uid);

struct memo_release {
	bool is_known, is_pruned;
	struct release release; /* where it is known */
	struct evidences evidence;
};
const struct memo_release *memo_release(
	struct engine *en, const char *service, const char *version);

/* When the release last succeeded in env and stayed; 0: it did not. */
int64_t memo_succeeded(struct engine *en, const char *service,
	const char *version, const char *env);

#endif
