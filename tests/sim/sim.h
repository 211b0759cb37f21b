/*
 * sim.h - rollouts against a scripted world: the real runner and the real
 * store, a virtual clock, and hosts that keep their own truth as the host
 * program would (core/wire/push.h). Everything follows from the seed.
 *
 * A turn is what one turn of the engine's loop is: something happens, the
 * runner decides, the transaction is committed, and only then jobs leave.
 * The engine may be killed before the commit, between commit and send, and
 * with jobs on their way.
 */
#ifndef SLUICE_TESTS_SIM_SIM_H
#define SLUICE_TESTS_SIM_SIM_H

#include <jansson.h>

#include "base/base.h"
#include "base/clock.h"
#include "base/text.h"
#include "engine/runner.h"
#include "model/plan.h"
#include "store/store.h"

enum sim_fault {
	FAULT_NONE,
	FAULT_DOWN,	  /* not reached, nothing sent */
	FAULT_CUT_BEFORE, /* link lost, no effect */
	FAULT_CUT_AFTER,  /* effect, then the link is lost */
	FAULT_LATE,	  /* link lost; the effect comes after it */
	FAULT_FAIL,	  /* ran and failed */
	FAULT_NO_SPACE,	  /* refused: disk full */
	FAULT_BUSY,	  /* refused: somebody holds the host */
	FAULT_DIES,	  /* the host dies in the middle of it */
	FAULT_KILLED,	  /* the step's process is killed: interrupted */
	FAULT_SLOW,
	FAULT_ENGINE_BEFORE, /* engine killed, the job had no effect */
	FAULT_ENGINE_AFTER,  /* engine killed, the job had its effect */
	FAULT_COUNT
};

enum sim_step_state { SIM_STEP_RUNNING, SIM_STEP_ENDED, SIM_STEP_DEAD };

/* A line of a host's journal. */
struct sim_step {
	int64_t rollout;
	char step[24];
	int attempt;
	enum sim_step_state state;
	int64_t ends_at_ms;
	int exit_code;
	bool idempotent;
};

struct sim_job {
	int64_t id, incarnation;
	enum job_op op;
	int64_t rollout;
	json_t *args;
	enum sim_fault fault;
};

/* One service on one host. */
struct sim_host {
	char name[32], root[32];
	char current[96]; /* release directory or foreign target */
	bool is_foreign;
	char foreign[96];	 /* the target before sluice came */
	struct strings releases; /* oldest first */
	struct strings healthy;	 /* releases that passed their checks here */
	struct strings corrupt;
	struct sim_step *journal;
	size_t journal_count, journal_capacity;
	int64_t lease;		/* rollout, 0: free */
	int64_t lease_until_ms; /* a dead holder is gone by then */
	bool has_session;
	int64_t down_until_ms;
	bool has_late; /* an effect that comes after the link was lost */
	struct sim_job late;
	int64_t late_at_ms;
	struct sim_job *queue;
	size_t queue_count, queue_capacity;
	bool is_working; /* on queue[0] */
	int retries;	 /* by people, over all rollouts */
	char live[8];	 /* blue-green: the colour that is live here, or "" */
	char slots[COLOUR_COUNT][96]; /* releases in them */
	bool lies;	 /* it says that it obeys, and does not */
	bool is_bad;	 /* no release with "bad" in it is healthy here */
	int switches;
};

struct sim_rule { /* of a script: what happens to the next jobs that match */
	const char *host; /* NULL: any */
	const char *step; /* name of the op as in ops.def, NULL: any */
	enum sim_fault fault;
	int times;
};

struct sim_event {
	int64_t at_ms, seq;
	int host;    /* its job ends; -1: a probe ends; -2: a person acts;
			-3: a command beside the steps ends */
	int64_t job; /* of a probe */
	int64_t incarnation;
	bool ok;
	char *text; /* what the command printed, owned */
};

struct sim_rollout {
	struct rollout_id id;
	bool is_dirty;
	int failures_seen;
	bool is_failure_new;
	int64_t paused_seq; /* sim->step_seq when it stopped; 0: it runs */
};

struct sim {
	uint64_t seed, random;
	struct clock_virtual clock;
	char *dir;
	struct store *store;
	struct runner *rn;
	int64_t incarnation, event_seq;
	struct sim_host *hosts;
	size_t host_count;
	struct host *fleet; /* as configured */
	size_t fleet_count;
	struct sim_event *events; /* a heap */
	size_t event_count, event_capacity;
	struct { /* what leaves after the commit */
		struct sim_job job;
		int host;
	} * outbox;
	size_t outbox_count, outbox_capacity;
	struct sim_rollout *rollouts;
	size_t rollout_count, rollout_capacity;
	struct sim_rule rules[32];
	size_t rule_count;
	int most_active;
	int fault_permille[FAULT_COUNT];
	int kill_permille; /* engine, in each turn */
	int latency_ms;
	void (*person)(struct sim *sim);
	/* What a command on a host (NULL: the bastion) prints; false: it
	 * fails. NULL: every command is fine and prints nothing. */
	bool (*command)(struct sim *sim, const char *host, const json_t *env,
		char *out, size_t size);
	int64_t commands;
	const char *closed; /* why the calendar forbids, NULL: it does not */
	int64_t turns, restarts;
	uint64_t trace;
	bool is_quiet; /* no checks by query after each turn: large fleets */
	char problem[512]; /* the first broken invariant */
	int64_t jobs_sent[JOB_OP_COUNT];
	struct strings moved; /* hosts in the order in which they switched */
	json_t *last_clean;   /* args of the last clean, owned */
	bool kill_now;
};

struct sim_plan { /* what a directed test varies */
	const char *service, *version;
	struct strategy strategy;
	bool has_before, has_after, has_before_rollback;
	bool is_idempotent;
	int health_attempts; /* 0: no check */
	enum health_kind health_kind;
	int keep;
	bool is_irreversible; /* the step before the switch */
	struct metric *metrics; /* borrowed */
	size_t metric_count;
};

/* ---- sim.c ---- */
struct sim *sim_create(uint64_t seed, int hosts, int services);
void sim_destroy(struct sim *sim);
uint32_t sim_random(struct sim *sim, uint32_t below);
bool sim_chance(struct sim *sim, int permille);
void sim_trace(struct sim *sim, const char *fmt, ...) SLUICE_PRINTF(2, 3);
void sim_problem(struct sim *sim, const char *fmt, ...) SLUICE_PRINTF(2, 3);
void sim_script(struct sim *sim, const char *host, const char *step,
	enum sim_fault fault, int times);
void sim_event_add(struct sim *sim, struct sim_event event);
bool sim_event_take(struct sim *sim, int64_t until_ms, struct sim_event *ret);
/* One turn; false: nothing will happen any more. */
bool sim_turn(struct sim *sim);
/* Until nothing happens any more, at most so many turns. */
void sim_run(struct sim *sim, int64_t turns);
/* Until the rollout is in that state; false: it never comes there. */
bool sim_run_to(
	struct sim *sim, struct rollout_id id, enum rollout_state state);
/* Until that host's row is busy with that step. */
bool sim_run_to_step(struct sim *sim, struct rollout_id id, const char *host,
	const char *step);
/* Commits and sends; the end of every turn and act. */
void sim_flush(struct sim *sim);
/* Kills the engine: what was not committed is gone. */
void sim_restart(struct sim *sim, bool with_effects);

/* ---- sim_world.c ---- */
extern const struct runner_world sim_world;

/* ---- sim_host.c ---- */
struct sim_host *sim_host_find(
	struct sim *sim, const char *name, const char *root);
void sim_host_queue(struct sim *sim, struct sim_host *h, struct sim_job *job);
/* The job in front has come to its end. */
void sim_host_work_ends(struct sim *sim, struct sim_host *h);
void sim_host_settle(struct sim *sim, struct sim_host *h);
void sim_host_link_lost(struct sim *sim, struct sim_host *h);
void sim_host_engine_gone(struct sim *sim, struct sim_host *h, bool effects);
/* The link is there since before sluice came. */
void sim_host_make_foreign(struct sim_host *h, const char *target);
bool sim_host_is_well(const struct sim_host *h);

/* ---- sim_colour.c ---- */
/* Into a slot; and, if it goes live, to that of `current` too: false, and
 * there is more to do. */
bool sim_host_into_slot(
	struct sim_host *h, const json_t *args, const char **ret_refused);
/* A router gets its order. */
void sim_host_is_told(struct sim_host *h, const json_t *args);
void sim_host_slots_are_healthy(struct sim_host *h);

/* ---- sim_plan.c ---- */
void sim_plan_init(struct sim_plan *p, const char *version);
/* A change, approved, and its rollout; 0 in ret when it was refused. */
int sim_start(struct sim *sim, const struct sim_plan *p, struct rollout_id *ret,
	struct error *e);
/* Deploys without faults, to the end. */
struct rollout_id sim_deploy(struct sim *sim, const struct sim_plan *p);

/* ---- sim_check.c ---- */
void sim_check_job(
	struct sim *sim, const struct sim_host *h, const struct sim_job *job);
void sim_check_step_begins(
	struct sim *sim, struct sim_host *h, const struct sim_step *step);
void sim_check_turn(struct sim *sim);
void sim_check_end(struct sim *sim);
void sim_note_rollout(struct sim *sim, const struct rollout *r,
	const struct rollout_host *host);
enum host_state sim_host_state(
	struct sim *sim, struct rollout_id id, const char *host);
enum rollout_state sim_state(struct sim *sim, struct rollout_id id);
/* Filled; the caller finishes it. */
void sim_rollout(struct sim *sim, struct rollout_id id, struct rollout *ret);
void sim_row(struct sim *sim, struct rollout_id id, const char *host,
	struct rollout_host *ret);
int sim_count(struct sim *sim, struct rollout_id id, enum host_state state);

#endif
