/*
 * pushers.h - the processes that drive hosts (transports/sluice-push).
 *
 * One per core, started by the engine over a socket pair; hosts are sharded
 * over them by name. A pusher that ends unexpectedly costs the hosts that it
 * drove a reconnect: its jobs are sent again and it is started again, after
 * growing pauses when it keeps ending; that is a condition of the engine then.
 */
#ifndef SLUICE_ENGINE_PUSHERS_H
#define SLUICE_ENGINE_PUSHERS_H

#include "engine/engine.h"
#include "engine/runner.h"

struct pushers;

typedef void (*pusher_answer)(enum job_outcome outcome, const json_t *data,
	const struct error *error, const char *output, void *arg);

struct pushers *pushers_create(struct engine *en);
void pushers_destroy(struct pushers *ps);

/* Keeps the job until pushers_flush. args are taken. */
void pushers_submit(struct pushers *ps, const struct job *job);
void pushers_flush(struct pushers *ps);
void pushers_idle(struct pushers *ps, const char *host);

/*
 * An act that belongs to no rollout (host check): op is one of push.h, args
 * are taken, root may be NULL; reason is what a lease and the host's journal
 * say. The answer has everything that was printed.
 */
void pushers_ask(struct pushers *ps, const struct host *host, const char *root,
	const char *op, json_t *args, const char *reason, int64_t timeout_ms,
	pusher_answer answer, void *arg);

/* What a person should know of pushers that do not work; NULL: all do. */
const char *pushers_trouble(const struct pushers *ps);

/* This rollout waits for such a one. */
bool pushers_trouble_holds(const struct pushers *ps, struct rollout_id id);

/* Sends ssh, limits and idle times again. */
void pushers_use_settings(struct pushers *ps);

#endif
