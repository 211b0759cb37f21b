/*
 * runner.h - runs rollouts: decides what every host does next.
 *
 * Deterministic: time, the store, hosts and probes are reached only through
 * struct runner_world, so that a virtual clock and scripted hosts can run it.
 * The order is always: write the event, apply it, then act; acting is
 * idempotent, since hosts keep a journal and the same job sent again is the
 * same act. A restart loads the store and sends again what had no outcome.
 *
 * A rollout that is over (aborted, failed) may still have steps in flight;
 * their outcomes are recorded as they come, and a way back waits, host by
 * host, until they have.
 */
#ifndef SLUICE_ENGINE_RUNNER_H
#define SLUICE_ENGINE_RUNNER_H

#include <jansson.h>

#include "base/base.h"
#include "base/clock.h"
#include "model/plan.h"
#include "store/store.h"

enum job_op {
	JOB_LOCK,
	JOB_STAGE,
	JOB_VERIFY,
	JOB_STEP,
	JOB_SWITCH,
	JOB_EXEC,
	JOB_UNLOCK,
	JOB_CLEAN,
	JOB_OP_COUNT
};

/* One act on one host; see wire/push.h for args and answers. */
struct job {
	int64_t id;
	enum job_op op;
	const struct plan_host *host;
	struct rollout_id rollout;
	const char *reason; /* for the lease */
	json_t *args;
	int64_t timeout_ms;
};

enum job_outcome {
	OUTCOME_DONE,
	OUTCOME_FAILED,
	OUTCOME_REFUSED,
	OUTCOME_INTERRUPTED,
	OUTCOME_UNREACHABLE,
	OUTCOME_LOST,
	OUTCOME_ABANDONED, /* as lost, and not for anything of the host */
	OUTCOME_COUNT
};

/* Something that the engine itself asks over HTTP. */
struct fetch {
	const char *url; /* is_tcp: address:port */
	bool is_probe;	 /* only whether it answers, and how fast */
	bool is_tcp;
	int expect; /* of a probe: the status */
	int64_t timeout_ms;
};

struct fetched {
	bool ok; /* a probe: as expected; else: it answered 2xx */
	const char *words;
	const char *body;
	size_t len;
	double took_ms;
};

struct run;
struct run_host;

struct runner_world {
	/* Opens the transaction of this turn. */
	void (*write)(void *arg);
	/* Keep the job (args taken) and send it once the turn is durable. Args
	 * of a stage may have "base": {"release" on the host, "sha256" and
	 * "format" of its payload, "zstd": the host has that}. */
	void (*submit)(void *arg, struct job *job);
	/* No more jobs for this host soon: its session need not hold on. */
	void (*idle)(void *arg, const char *host);
	/* Start an HTTP or TCP probe; answered by runner_probe_done. */
	void (*probe)(void *arg, int64_t job, enum health_kind kind,
		const char *target, int expect, int64_t timeout_ms);
	void (*record)(void *arg, const char *who, int64_t uid,
		const char *what, const char *object, const char *reason,
		json_t *detail);
	/* Something of it changed; host NULL: the rollout itself. */
	void (*changed)(void *arg, const struct rollout *r,
		const struct rollout_host *host);
	void (*change_changed)(void *arg, const struct change *c);
	/* Lines that a step printed, redacted. */
	void (*printed)(void *arg, const struct rollout *r, const char *host,
		const char *step, int attempt, const char *text, size_t len);
	/* Path of a payload or its manifest in the artefact store (owned),
	 * NULL: not there; its size in *ret_bytes. */
	char *(*payload_path)(void *arg, const char *sha256, bool manifest,
		int64_t *ret_bytes);
	/* Hides secrets in text (owned result). */
	char *(*redact)(void *arg, const char *text, size_t len);
	/* A command on a host (NULL: on the bastion), which changes nothing;
	 * args (taken) as of `exec` in push.h; answered by
	 * runner_command_done. */
	void (*command)(void *arg, int64_t id, const struct plan_host *host,
		json_t *args, int64_t timeout_ms);
	/* Answered by runner_fetched. */
	void (*fetch)(void *arg, int64_t id, const struct fetch *f);
	/* Why the calendar does not let it run now (owned); NULL: it does. */
	char *(*closed)(void *arg, const struct rollout *r);
	/* Ends the engine when a store call failed. */
	void (*must)(int result, const struct error *e, const char *what);
	int (*most_active)(void *arg); /* hosts driven at once */
};

struct runner;

struct runner *runner_create(struct store *store, struct clock *clock,
	const struct runner_world *world, void *arg);
void runner_destroy(struct runner *rn);

/* Loads what was running; called once, before anything else. */
int runner_load(struct runner *rn, struct error *e);

/* ---- what happened outside ---- */
void runner_job_done(struct runner *rn, int64_t job, enum job_outcome outcome,
	const json_t *data, const struct error *error);
void runner_job_output(
	struct runner *rn, int64_t job, const char *text, size_t len);
void runner_job_progress(
	struct runner *rn, int64_t job, int64_t done_bytes, int64_t total);
void runner_probe_done(
	struct runner *rn, int64_t job, bool ok, const char *text);

void runner_command_done(struct runner *rn, int64_t id, bool ok,
	const char *words, const char *output);
void runner_fetched(
	struct runner *rn, int64_t id, const struct fetched *f);

/* Timers: the monotonic time of the next one (INT64_MAX: none), and what is
 * due by now. */
int64_t runner_next_due_ms(const struct runner *rn);
void runner_tick(struct runner *rn);

/* ---- acts of people; who and uid go to the ledger ---- */
struct actor {
	const char *who;
	int64_t uid;
};

/* Starts a rollout of an approved change whose plan is p (borrowed). Hosts in
 * excluded (name and reason; may be NULL) are in it and not touched. */
int runner_start(struct runner *rn, struct change *c, const struct plan *p,
	const struct pairs *excluded, const struct actor *by,
	struct rollout_id *ret, struct error *e);
int runner_pause(struct runner *rn, struct rollout_id id,
	const struct actor *by, struct error *e);
int runner_resume(struct runner *rn, struct rollout_id id,
	const struct actor *by, struct error *e);
int runner_advance(struct runner *rn, struct rollout_id id,
	const struct actor *by, struct error *e);
int runner_abort(struct runner *rn, struct rollout_id id, bool then_rollback,
	const char *text, const struct actor *by, struct error *e);
/* hosts empty: all that failed or were missed. */
int runner_retry(struct runner *rn, struct rollout_id id,
	const struct strings *hosts, const struct actor *by, struct error *e);
int runner_exclude(struct runner *rn, struct rollout_id id,
	const struct strings *hosts, const char *text, const struct actor *by,
	struct error *e);
/* Takes the hosts that id touched back; version NULL: each to what was last
 * healthy on it. */
int runner_rollback(struct runner *rn, struct rollout_id id,
	const char *version, const char *text, const struct actor *by,
	struct rollout_id *ret, struct error *e);

/* More hosts may be driven at once than before: looks whom to begin. */
void runner_pump(struct runner *rn);

/*
 * What the calendar says: run_hold.c. Of a deploy only, a way back is never
 * held; one that is paused or over stays as it is.
 */
void runner_hold_for(struct runner *rn, struct rollout_id id,
	enum pause_cause cause, const struct actor *by, const char *reason);
/* Pauses before the next wave; reason NULL: it need not any more. */
void runner_hold_after_wave(
	struct runner *rn, struct rollout_id id, const char *reason);

/* No new steps from now on (the engine stops). */
void runner_hold(struct runner *rn);

/* ---- looking ---- */
int runner_in_flight(const struct runner *rn);
int runner_active_rollouts(const struct runner *rn);

/* Borrowed until the next act, or NULL: not in memory (ask the store). */
const struct rollout *runner_find(
	const struct runner *rn, struct rollout_id id);

/* One host of it by its index; borrowed, NULL: not in memory. */
const struct rollout_host *runner_host(
	const struct runner *rn, struct rollout_id id, int index);

/* The gate at which it waits, or that held it; borrowed, NULL: none. */
const struct gate *runner_gate(struct runner *rn, struct rollout_id id);
/* The same as JSON, and the analysis as it stands; null: there is none. */
json_t *runner_gate_json(struct runner *rn, struct rollout_id id);
json_t *runner_analysis_json(struct runner *rn, struct rollout_id id);
/* Blue-green: how the hosts of the colour that is live now are, or of what was
 * live before, while they are watched; null: nothing is known. */
json_t *runner_colour_json(
	struct runner *rn, struct rollout_id id, bool is_new);

struct run_view { /* what only a running rollout knows */
	int busy;
	int counts[HOST_STATE_COUNT];
	int64_t staged_bytes;
	int64_t gates_spent_ms, gates_left_ms; /* at least */
	const char *phase; /* "staging", "wave 2 of 4", "baking" ... */
};
bool runner_view(const struct runner *rn, struct rollout_id id,
	struct run_view *ret, char phase[64]);

/* Jobs of it are in flight to hosts that want a key of ours. */
bool runner_uses_key(const struct runner *rn, struct rollout_id id);

/* Every rollout in memory, oldest first. */
void runner_each(const struct runner *rn,
	void (*fn)(const struct rollout *r, void *arg), void *arg);

/* Hosts of it whose step nobody heard the end of, because the link was lost:
 * not those that say themselves that it was interrupted. Names are added to
 * *ret, which is made empty first. */
void runner_unheard(const struct runner *rn, struct rollout_id id,
	struct strings *ret);

/* The rollout of this service that is active on this host, or that is over
 * but still has a step in flight there; 0: none. */
struct rollout_id runner_rollout_on(
	const struct runner *rn, const char *service, const char *host);

/* Version of "VERSION-SHA12" (owned); NULL stays NULL. */
char *release_dir_version(const char *dir);

#endif
