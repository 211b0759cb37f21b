/*
 * run.h - a rollout in memory; shared by the files of the runner only.
 *
 * run_host.c  one host: which op is next, jobs, outcomes
 * run_jobs.c  what a job's arguments are
 * run_wave.c  the rollout: phases, waves, budgets, its end
 * run_back.c  the way back
 * run_load.c  after a restart
 * runner.c    life, look-ups, acts of people
 */
#ifndef SLUICE_ENGINE_RUN_H
#define SLUICE_ENGINE_RUN_H

#include <uthash.h>

#include "engine/runner.h"

enum op {
#define OP(id, step, job, when, phase, trouble) OP_##id,
#include "engine/ops.def"
#undef OP
	OP_COUNT,
	OP_NONE = OP_COUNT
};

enum op_when { OP_WHEN_DEPLOY = 1, OP_WHEN_ROLLBACK = 2, OP_WHEN_BOTH = 3 };
enum op_phase { OP_PHASE_PREPARE, OP_PHASE_MOVE };
enum op_trouble { OP_TROUBLE_FATAL, OP_TROUBLE_NOTE };

struct op_row {
	const char *step;
	enum job_op job;
	enum op_when when;
	enum op_phase phase;
	enum op_trouble trouble;
};

extern const struct op_row ops[OP_COUNT];

struct run_host {
	struct rollout_host d; /* what the store has */
	struct run *run;
	const struct plan_host *at;
	const struct plan *commands; /* of target; NULL: none are known */
	bool is_live;	/* between the begin and the end of a phase */
	enum op op;	/* being done, if is_live */
	int64_t job;	/* in flight, 0: none */
	int64_t due_ms; /* monotonic: send again, or probe again; 0: none */
	struct step_run step; /* of the op in flight; id 0: none */
	int sends;	      /* of the job in flight beyond the first */
	size_t health;	      /* check in turn */
	int health_tries;
	int64_t staged_bytes;
	struct run_host *after; /* the same host in the rollout undone */
	UT_hash_handle hh;	/* by job */
};

struct run {
	struct runner *rn;
	struct rollout d; /* what the store has */
	struct plan plan;
	struct run_host *hosts;
	size_t host_count;
	struct plan **plans; /* of targets, beside plan */
	size_t plan_count;
	int live, busy;
	int counts[HOST_STATE_COUNT];
	int *wave_open;	  /* hosts not at their end, by wave */
	int *wave_failed; /* failures, by wave */
	int *wave_total;
	int failed; /* failures in all, retried ones too */
	size_t cursor;
	bool is_advancing;
	int64_t due_ms; /* monotonic: end of a bake; 0: none */
	struct run *next;
};

struct runner {
	struct store *store;
	struct clock *clock;
	const struct runner_world *world;
	void *arg;
	struct run *runs; /* oldest first */
	struct run_host *by_job;
	int64_t next_job;
	int live; /* hosts being driven, over all rollouts */
	bool is_held;
	bool is_pumping;
};

/* ---- run_host.c ---- */

/* Begins the ops of a phase on a host that is not live. */
void host_begin(struct run_host *h, enum op_phase phase);
/* Sends the job in flight again, after a restart or a lost link. */
void host_send_again(struct run_host *h);
void host_outcome(struct run_host *h, enum job_outcome outcome,
	const json_t *data, const struct error *error);
void host_probe_done(struct run_host *h, bool ok, const char *text);
void host_due(struct run_host *h);
/* Applies the event (which must be allowed) and saves the host. */
void host_apply(struct run_host *h, enum host_event event);
void host_save(struct run_host *h);
bool host_is_open(enum host_state s); /* more is to be done in this rollout */
/* A switch has happened or may have. */
bool host_is_touched(const struct run_host *h);

/* ---- run_jobs.c ---- */
/* Arguments of the op in turn; its time limit in *ret_timeout_ms. */
json_t *job_args(const struct run_host *h, int64_t *ret_timeout_ms);
/* The command of a step, or NULL: there is none. */
const struct step *host_step(const struct run_host *h, enum op op);
/* Root of the service as the host's own programs see it (owned). */
char *host_root(const struct run_host *h);
/* Version of "VERSION-SHA12" (owned); NULL stays NULL. */
char *release_dir_version(const char *dir);

/* ---- run_wave.c ---- */
void run_advance(struct run *run);
void run_host_failed(struct run *run, struct run_host *h);
bool run_apply(struct run *run, enum rollout_event event, const char *who,
	int64_t uid, const char *reason);
void run_save(struct run *run);
/* Past the end of a bake, into the next wave. */
void run_pass_gate(struct run *run, const char *who, int64_t uid);
void run_pause(struct run *run, enum pause_cause cause, const char *who,
	int64_t uid, const char *reason);
void run_change_event(
	struct run *run, enum change_event event, const char *reason);
/* Starts hosts of all rollouts as far as limits allow. */
void runner_pump(struct runner *rn);
void run_count(struct run *run);
/* Sets an owned reason text. */
void run_reason(struct run *run, const char *fmt, ...) SLUICE_PRINTF(2, 3);

/* ---- run_back.c ---- */
int run_back_create(struct run *run, const char *version, const char *text,
	const struct actor *by, struct rollout_id *ret, struct error *e);
/* A rollback ended: what that means for what it undid. */
void run_back_finished(struct run *back);
void run_back_host_healthy(struct run_host *h);

/* ---- run_load.c ---- */
struct run *run_create(struct runner *rn, const struct plan *plan);
void run_hosts_init(struct run *run, size_t host_count);
void run_destroy(struct run *run);
struct run *run_load(struct runner *rn, struct rollout_id id, struct error *e);
/* Gives every host the plan that its target was installed by. */
int run_find_commands(struct run *run, struct error *e);

struct run *runner_run(const struct runner *rn, struct rollout_id id);
void runner_add(struct runner *rn, struct run *run);

#endif
