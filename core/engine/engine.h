/*
 * engine.h - the engine as one value, and how a turn of its loop works.
 *
 * Handlers and the runner change memory and the store, and leave what goes
 * out (answers, events, jobs for pushers) in queues. At the end of the turn
 * engine_flush commits the transaction that the turn opened and only then
 * lets them out: nobody is told, and no host is touched, before it is durable.
 */
#ifndef SLUICE_ENGINE_ENGINE_H
#define SLUICE_ENGINE_ENGINE_H

#include <jansson.h>
#include <uv.h>

#include "base/base.h"
#include "base/clock.h"
#include "engine/settings.h"
#include "store/store.h"

#define ENGINE_PROTOCOL 1

struct anchor;
struct clients;
struct differences;
struct host_run;
struct events;
struct pushers;
struct probes;
struct bastion;
struct runner;
struct schedule;
struct scheduler;
struct signing;
struct topics;
struct memo;
struct needs;
struct notifier;
struct pruning;
struct reconcile;
struct host_watch;
struct redactor;
struct room;

struct engine {
	uv_loop_t *loop;
	struct clock *clock;
	struct settings *settings;
	struct redactor *redactor;
	struct room *room;
	struct store *store;
	char *state_dir, *private_dir, *socket_path;
	struct anchor *anchor;
	struct clients *clients;
	struct differences *differences;
	struct topics *topics;
	struct events *events;
	struct pushers *pushers;
	struct probes *probes;
	struct bastion *bastion;
	struct runner *runner;
	struct scheduler *scheduler;
	struct schedule *schedule;
	struct signing *signing;
	struct reconcile *reconcile;
	struct notifier *notifier;
	struct host_watch *host_watch;
	struct memo *memo;
	struct needs *needs;
	struct pruning *pruning; /* NULL: none is going on */
	int64_t prune_at;
	struct host_run *host_runs; /* newest first */
	int64_t host_run_count;
	int64_t started_at;
	bool no_key;
	char *no_key_message;
	bool stopping, restart;
	uv_prepare_t turn; /* flushes before the loop sleeps */
	uv_idle_t awake;   /* keeps the loop from sleeping before a flush */
	uv_timer_t housekeeping;
};

/* Opens the turn's transaction if none is open. Store failures end the
 * engine: nothing after them could be trusted. */
void engine_write(struct engine *en);

/* Ends the process when result is -1; what is the act that failed. */
void engine_must(int result, const struct error *e, const char *what);

/* Asks for a flush at the end of this turn. */
void engine_wake(struct engine *en);

/* Commits, then lets out answers, jobs and events. */
void engine_flush(struct engine *en);

/* One ledger entry in the turn's transaction. detail is taken (NULL: {}). */
void engine_record(struct engine *en, const char *who, int64_t uid,
	const char *what, const char *object, const char *reason,
	json_t *detail);

/* Takes a checked configuration into use; settings is taken. */
void engine_use_settings(struct engine *en, struct settings *settings,
	const char *who, int64_t uid);

/* Ends the loop once no step is in flight. */
void engine_stop(struct engine *en, bool restart);

int64_t engine_now(struct engine *en); /* unix seconds */

#endif
