/*
 * run.h - a rollout in memory; shared by the files of the runner only.
 *
 * run_host.c     one host: which op is next, and when it stops
 * run_step.c     one step: intent, job, end
 * run_outcome.c  what came of it, and what that means for the host
 * run_due.c      hosts that wait for a time
 * run_jobs.c     what a job's arguments are
 * run_wave.c     the rollout: phases, budgets, its end
 * run_advance.c  which hosts begin, and when the next wave does
 * run_stop.c     held, ended or taken back by the engine
 * run_gate.c     what it waits at between waves
 * run_check.c    the command of a gate
 * run_watch.c    the analysis of a canary
 * run_sides.c    ... which hosts it compares
 * run_sample.c   how samples are asked for, and read
 * run_traffic.c  blue-green: which colour gets the release, and the switch
 * run_live.c     ... and who is live, as those that route say it
 * run_colours.c  ... and how the hosts of both colours are
 * run_ask.c      questions beside the steps, and who waits for an answer
 * run_back.c     the way back
 * run_load.c     after a restart
 * run_acts.c     acts of people
 * run_hold.c     what the calendar holds
 * runner.c       life, what happens outside, looking
 */
#ifndef SLUICE_ENGINE_RUN_H
#define SLUICE_ENGINE_RUN_H

#include <uthash.h>

#include "engine/runner.h"

enum op {
#define OP(id, step, job, when, phase, trouble, part) OP_##id,
#include "engine/ops.def"
#undef OP
	OP_COUNT,
	OP_NONE = OP_COUNT
};

enum op_when { OP_WHEN_DEPLOY = 1, OP_WHEN_ROLLBACK = 2, OP_WHEN_BOTH = 3 };
enum op_phase { OP_PHASE_PREPARE, OP_PHASE_MOVE };
enum op_trouble { OP_TROUBLE_FATAL, OP_TROUBLE_NOTE };

/* What a host does in a rollout; see ops.def. */
enum op_part {
	OP_PART_PLAIN = 1,
	OP_PART_SLOT = 2,
	OP_PART_ROUTER = 4,
	OP_PART_LINK = 8,
	OP_PART_RELEASE = OP_PART_PLAIN | OP_PART_SLOT,
	OP_PART_TRAFFIC = OP_PART_ROUTER | OP_PART_LINK,
	OP_PART_ANY = 15
};

struct op_row {
	const char *step;
	enum job_op job;
	enum op_when when;
	enum op_phase phase;
	enum op_trouble trouble;
	enum op_part part;
};

extern const struct op_row ops[OP_COUNT];

enum watched_colour { WATCHED_OLD, WATCHED_NEW, WATCHED_COUNT };

/* How a host answers for a colour; see run_colours.c. */
struct well {
	bool is_asked, has_failed; /* in this round */
	int failed;		   /* rounds in a row */
};

struct run_host {
	struct rollout_host d; /* what the store has */
	struct run *run;
	const struct plan_host *at;
	const struct plan *commands; /* of target; NULL: none are known */
	bool is_live;	  /* between the begin and the end of a phase */
	enum op op;	  /* being done, if is_live */
	int64_t job;	  /* in flight, 0: none */
	int64_t due_ms;	  /* monotonic: send again, or probe again; 0: none */
	size_t due_place; /* in the runner's heap, from 1; 0: not in it */
	struct step_run step; /* of the op in flight; id 0: none */
	bool told_anew; /* the next output begins from its start */
	int sends;	      /* of the job in flight beyond the first */
	bool may_have_run;    /* ... as an earlier sending of it */
	int interruptions;    /* of the step in turn */
	size_t health;	      /* check in turn */
	int health_tries;
	int64_t staged_bytes;
	bool has_zstd; /* the host, as the lock saw it */
	struct run_host *after; /* the same host in the rollout undone */
	struct well well[WATCHED_COUNT];
	UT_hash_handle hh;	/* by job */
	UT_hash_handle by_name; /* in its run */
};

enum ask_kind { ASK_CHECK, ASK_SAMPLE, ASK_LIVE, ASK_COLOUR };

/* Something asked beside the steps, by its id. */
struct ask {
	int64_t id;
	struct run *run;
	struct run_host *host; /* NULL: the bastion */
	enum ask_kind kind;
	int metric; /* of a sample; -1: all that a command measures; or
		       the watched_colour */
	UT_hash_handle hh;
};

struct run_check { /* the command of the gate in turn */
	int tries, waiting, failed;
	int64_t again_ms; /* wall: the next attempt; 0: it is not known */
	char *words;	  /* why it failed first */
};

/* What those that route have said in this round. */
struct run_live {
	int waiting;
	int said[COLOUR_COUNT + 1]; /* the last: that nobody is live */
	const char *who[COLOUR_COUNT + 1]; /* one of them */
	char *unread;			   /* one that did not say, and why */
	int unread_rounds;		   /* in a row */
	int64_t due_ms;			   /* monotonic: again; 0: never */
};

/* One of the colours, as it answered last. */
struct colour_watch {
	int hosts, down; /* 0 hosts: nothing is known */
	char *words;	 /* NULL: all are well */
	char *why;	 /* one that failed in this round */
};

struct run_colours {
	int waiting;
	struct colour_watch of[WATCHED_COUNT];
	int64_t due_ms; /* monotonic: again; 0: never */
};

struct watch;

struct run {
	struct runner *rn;
	struct rollout d; /* what the store has */
	struct plan plan;
	struct run_host *hosts;
	size_t host_count;
	struct run_host *names; /* the same hosts by name */
	struct plan **plans;	/* of targets, beside plan */
	size_t plan_count;
	int live, busy;
	int taking_part; /* hosts that have a wave */
	int counts[HOST_STATE_COUNT];
	int *wave_open;	  /* hosts not at their end, by wave */
	int *wave_failed; /* failures, by wave */
	int *wave_total;
	int failed; /* failures in all, retried ones too */
	int64_t staged_bytes;
	size_t cursor;
	bool is_advancing;
	int64_t due_ms; /* monotonic: the gate is looked at; 0: never */
	struct run_check check;
	struct run_live says;
	struct run_colours colours;
	struct watch *watch; /* NULL: nothing is analysed */
	char words[320];     /* what run_watch_words returned last */
	char *hold_reason; /* pause before the next wave; NULL: do not */
	struct run *next;
};

struct runner {
	struct store *store;
	struct clock *clock;
	const struct runner_world *world;
	void *arg;
	struct run *runs; /* oldest first */
	struct run_host *by_job;
	struct ask *asks;
	struct run_host **due; /* a heap: soonest first */
	size_t due_count, due_capacity;
	int64_t next_job;
	int live; /* hosts being driven, over all rollouts */
	bool is_held;
	bool is_pumping;
};

/* ---- run_host.c ---- */

/* Begins the ops of a phase on a host that is not live. */
void host_begin(struct run_host *h, enum op_phase phase);
/* To the op after the one that ended, or a stop; saves the host. */
void host_next_op(struct run_host *h);
bool host_may_go_on(const struct run_host *h);
/* Stops between two ops. */
void host_park(struct run_host *h);
/* Nothing is in flight or awaited any more. */
void host_stop(struct run_host *h);
void host_set_live(struct run_host *h, bool live);
/* Applies the event (which must be allowed) and saves the host. */
void host_apply(struct run_host *h, enum host_event event);
void host_save(struct run_host *h);
/* What is known of the service on this host now. */
void host_deployed(struct run_host *h, const char *release, const char *version,
	const char *state);
void host_must(struct run_host *h, int result, const struct error *e,
	const char *what);
bool host_is_open(enum host_state s); /* more is to be done in this rollout */
/* A switch has happened or may have. */
bool host_is_touched(const struct run_host *h);

enum op_part host_part(const struct run_host *h);

/* ---- run_step.c ---- */

/* Writes the intent of h->op and sends its job. */
void step_begin(struct run_host *h);
/* Sends the job in flight again, after a restart or a lost link. */
void host_send_again(struct run_host *h);
void step_end(struct run_host *h, enum step_state state, const json_t *data,
	const char *error);
void job_forget(struct run_host *h);
/* An answer by the number h->job. */
void job_expect(struct run_host *h);
void step_copy(struct step_run *to, const struct step_run *from);
/* Gives the host's lease back without a step of its own. */
void host_let_go(struct run_host *h);
/* The health check in turn; NULL: no more. */
const struct health *host_health(const struct run_host *h);
void health_probe(struct run_host *h);

/* ---- run_outcome.c ---- */
/* A pusher names the host before what it says; so do we wherever we show it:
 * what is behind that. */
const char *host_words(const struct run_host *h, const char *words);
void host_outcome(struct run_host *h, enum job_outcome outcome,
	const json_t *data, const struct error *error);
void host_probe_done(struct run_host *h, bool ok, const char *text);
/* The op in turn failed with words, for good or until it is tried again. */
void host_read_again(struct run_host *h, int attempts, int64_t interval_ms,
	const char *words);
/* The op in turn ended well. */
void op_done(struct run_host *h, const json_t *data);

/* ---- run_due.c ---- */
void host_wake_in(struct run_host *h, int64_t ms);
void host_wake_never(struct run_host *h);

/* ---- run_jobs.c ---- */
/* Arguments of the op in turn; its time limit in *ret_timeout_ms. */
json_t *job_args(const struct run_host *h, int64_t *ret_timeout_ms);
/* Variables of what is run for this host, by the op in turn. */
json_t *job_env(const struct run_host *h);
/* A health check of what the host runs for that colour. */
json_t *job_health_of(const struct run_host *h, const struct health *check,
	const char *colour, const char *release, const char *version);
/* The command of a step, or NULL: there is none. */
const struct step *host_step(const struct run_host *h, enum op op);
/* Root of the service as the host's own programs see it (owned). */
char *host_root(const struct run_host *h);

/* ---- run_advance.c ---- */
void run_advance(struct run *run);

/* ---- run_wave.c ---- */
/* All that it could do is done. */
void run_finish(struct run *run);
void run_host_failed(struct run *run, struct run_host *h);
bool run_apply(struct run *run, enum rollout_event event, const char *who,
	int64_t uid, const char *reason);
void run_save(struct run *run);
/* Leases of hosts that were prepared are given back. */
void run_let_hosts_go(struct run *run);
/* Begins or ends the wait in which it is now, for the measures. */
void run_wait_note(struct run *run, bool begins);
void run_pause(struct run *run, enum pause_cause cause, const char *who,
	int64_t uid, const char *reason);
/* The same pause for another cause. */
void run_pause_becomes(struct run *run, enum pause_cause cause);
void run_change_event(
	struct run *run, enum change_event event, const char *reason);
void run_count(struct run *run);
/* Sets an owned reason text. */
void run_reason(struct run *run, const char *fmt, ...) SLUICE_PRINTF(2, 3);

/* ---- run_stop.c ---- */
/* Fails and takes back what was touched; holds for cause where that cannot
 * be done by itself. */
void run_go_back(
	struct run *run, enum pause_cause cause, const char *reason);
/* Pauses it, or makes what paused it this. */
void run_stop(struct run *run, enum pause_cause cause, const char *reason);
/* Aborts it; hosts stay as they are. */
void run_end(struct run *run, const char *reason);

/* ---- run_gate.c ---- */
/* The gate in turn after this wave; NULL: all are passed. */
const struct gate *run_gate(const struct run *run);
int run_gate_count(const struct run *run); /* after this wave */
/* How long gates take at least: until now, and from now on. */
void run_gate_times(
	const struct run *run, int64_t *ret_spent_ms, int64_t *ret_left_ms);
void run_gate_enter(struct run *run);
/* Goes on waiting there, after a restart. */
void run_gate_resume(struct run *run);
/* Its time has come, or something changed. */
void run_gate_look(struct run *run);
void run_gate_missed(struct run *run, const char *why);
/* What it waits for, in words added to out. */
void run_gate_words(
	const struct run *run, const struct gate *g, struct strbuf *out);
/* To the next gate or wave. */
void run_pass_gate(struct run *run, const char *who, int64_t uid);

/* ---- run_check.c ---- */
void run_check_begin(struct run *run, const struct gate *g);
void run_check_forget(struct run *run);
/* It failed and is asked again later, or the gate is missed. */
void run_check_failed(struct run *run, const struct gate *g);
void run_check_done(
	struct run *run, const char *host, bool ok, const char *words);

/* ---- run_watch.c ---- */
void run_watch_begin(struct run *run);
/* Ends it for good; what it found stays. */
void run_watch_close(struct run *run);
/* Frees it; the next engine goes on with it. */
void run_watch_end(struct run *run);
int run_watch_load(struct run *run, struct error *e);
void run_watch_tick(struct run *run);
int64_t run_watch_due_ms(const struct run *run);
bool run_watch_is_on(const struct run *run);
enum analysis_verdict run_watch_verdict(const struct run *run);
/* Blue-green: the colour that is live was measured often enough; if not, why
 * is added to out. */
bool run_watch_has_baseline(const struct run *run, struct strbuf *out);
/* Why the verdict is what it is; until the next call. */
const char *run_watch_words(struct run *run);
json_t *run_watch_json(const struct run *run); /* null: there is none */
void run_watch_printed(struct run *run, struct run_host *h, bool ok,
	const char *words, const char *output);
void run_watch_fetched(struct run *run, struct run_host *h, int metric,
	const struct fetched *f);

/* ---- run_traffic.c ---- */
/* Everybody is prepared before anybody moves; a way back has no time for
 * it. */
bool run_stages_first(const struct run *run);
bool run_is_blue_green(const struct run *run);
bool host_moves_traffic(const struct run_host *h);
/* The colour that it makes live; NULL: it is not known yet. */
const char *run_colour(const struct run *run);
const char *run_old_colour(const struct run *run); /* "none": none was */
/* Whether hosts may be begun; if not, those that route are asked. */
bool run_traffic_is_known(struct run *run);
/* All have said who is live, before anything else. */
void run_traffic_found(struct run *run);
/* The wave of the traffic where no other is open; 0: there is none. */
int run_traffic_next(const struct run *run);
/* Before its wave: false, and it is held: nothing could take the traffic. */
bool run_traffic_begin(struct run *run);
/* Its wave ended: says what became of it. */
void run_traffic_end(struct run *run);
/* It was switched, and is not known to be any more: holds it. */
void run_traffic_lost(struct run *run, const char *words);
/* Gates follow although no wave does. */
bool run_traffic_is_watched(const struct run *run);
bool run_traffic_is_done(const struct run *run);
void run_traffic_retry(struct run *run);
void host_traffic_moved(struct run_host *h);
void host_traffic_confirmed(struct run_host *h);
/* How far the switch came, in words added to out. */
void run_traffic_words(const struct run *run, struct strbuf *out);
/* The way back: why there is none, or what is in it. */
int run_traffic_refuse_back(
	struct run *run, const char *version, struct error *e);
size_t run_traffic_fill_back(struct run *back, struct run *run);
/* Traffic is where it was: the hosts that lost it are told. */
void run_traffic_went_back(struct run *undone);

/* ---- run_live.c ---- */
/* Asks everybody, unless they are being asked. */
void run_live_ask(struct run *run);
/* Asks again while the new colour is watched. */
void run_live_tick(struct run *run);
void run_live_forget(struct run *run);
void run_live_answered(struct run *run, struct run_host *h, bool ok,
	const char *words, const char *output);
/* Reads back what one host was told. */
void host_live_ask(struct run_host *h);
void host_live_answered(
	struct run_host *h, bool ok, const char *words, const char *output);

/* ---- run_colours.c ---- */
/* Asks the hosts of both colours how they are, while the new is watched. */
void run_colours_ask(struct run *run);
void run_colours_forget(struct run *run);
void run_colours_answered(struct run *run, struct run_host *h, int which,
	bool ok, const char *words);
/* None of its hosts is well: going back would help nobody. */
bool run_colours_old_is_down(const struct run *run);
/* NULL: all are well, as far as is known. */
const char *run_colours_words(
	const struct run *run, enum watched_colour which);
/* null: nothing is known. */
json_t *run_colours_json(const struct run *run, enum watched_colour which);

/* ---- run_ask.c ---- */
/* A command on the host, in the directory of what runs there; env is taken. */
void run_ask_host(struct run_host *h, enum ask_kind kind, int metric,
	const char *command, json_t *env, int64_t timeout_ms);
/* A command as args (taken) say. */
void run_ask_command(struct run_host *h, enum ask_kind kind, int which,
	json_t *args, int64_t timeout_ms);
void run_ask_bastion(struct run *run, enum ask_kind kind, const char *command,
	json_t *env, int64_t timeout_ms);
void run_ask_fetch(struct run_host *h, enum ask_kind kind, int metric,
	const struct fetch *f);
/* Nobody waits for them any more. */
void run_asks_drop(struct run *run, enum ask_kind kind);
/* Those that are open. */
void run_asks_each(struct run *run, enum ask_kind kind,
	void (*fn)(struct run *run, const struct ask *a));

/* ---- run_hold.c ---- */
/* True: it was held before the next wave. */
bool run_is_held_before_wave(struct run *run);

/* ---- run_words.c ---- */
/* "2 failed of 40 hosts: web-01 (why), ..." added to out. */
void run_describe_failures(const struct run *run, struct strbuf *out);
/* Hosts that were left out, if any. */
void run_describe_excluded(const struct run *run, struct strbuf *out);

/* ---- run_back.c ---- */
void back_host_init(struct run *back, size_t index, struct run_host *from,
	const char *release, const char *version);
int run_back_create(struct run *run, const char *version, const char *text,
	const struct actor *by, struct rollout_id *ret, struct error *e);
/* A rollback ended: what that means for what it undid. */
void run_back_finished(struct run *back);
void run_back_host_healthy(struct run_host *h);
/* The release that this host would go back to (owned); NULL: none. */
char *run_back_release(const struct run_host *h);
/* Hosts of a rollback wait for those of what it undoes; that is loaded. */
int run_back_link(struct run *run, struct error *e);

/* ---- run_load.c ---- */
struct run *run_create(struct runner *rn, const struct plan *plan);
void run_hosts_init(struct run *run, size_t host_count);
/* Makes the hosts, which have their names now, known by name. */
void run_hosts_index(struct run *run);
void run_destroy(struct run *run);
struct run *run_load(struct runner *rn, struct rollout_id id, struct error *e);
struct run_host *run_find_host(const struct run *run, const char *name);
/* Gives every host the plan that its target was installed by. */
int run_find_commands(struct run *run, struct error *e);

struct run *runner_run(const struct runner *rn, struct rollout_id id);
void runner_add(struct runner *rn, struct run *run);

#endif
