/*
 * world.h - the console's copy of what the engine knows: rollouts, changes,
 * releases, hosts, the ledger's end, and one rollout in full with its log.
 *
 * Fed by answers and events, read by views; asks nobody anything itself.
 */
#ifndef SLUICE_TUI_WORLD_H
#define SLUICE_TUI_WORLD_H

#include "tui/record.h"

#define WORLD_LOG_MAX 50000 /* lines kept of one rollout's log */

struct world_rollout {
	struct record record;
	char *change, *kind, *state, *strategy, *service, *version, *env;
	char *env_kind, *protect, *phase, *author, *rollback, *undoes;
	char *on_failure, *pause_cause, *reason, *failing, *plan_digest;
	int64_t wave, waves, hosts_total, hosts_done, hosts_failed;
	int64_t hosts_unreachable; /* and those nobody knows of */
	int64_t hosts_unknown, hosts_pending, hosts_busy;
	int64_t started_at, finished_at, eta_ms, elapsed_ms;
	json_t *gate;	  /* where it waits; NULL: it does not */
	json_t *blue_green; /* NULL: it has no colours */
	json_t *analysis; /* as it stands; NULL: none runs */
};

struct world_change {
	struct record record;
	char *service, *version, *env, *type, *state, *author, *plan_digest;
	char *waiting_for, *reason, *conflicts, *env_kind, *protect, *rollout;
	char *strategy, *from_version, *why, *warnings, *answers, *taken_by;
	char *risk_band, *fits_window, *unplanned, *outcome, *selector;
	int64_t revision, scheduled_at, approvals_required, approvals_given;
	int64_t hosts_total, created_at, submitted_at, answer_by, review_by;
	int64_t grace_until, last_safe_start_at, risk;
	bool wants_signature;
};

struct world_request { /* an act that needs a second person */
	struct record record;
	char *kind, *object, *what, *why, *state, *author, *plan_digest;
	char *reason, *waiting_for, *answers;
	int64_t created_at, answer_by, approvals_required, approvals_given;
	bool wants_signature;
};

struct world_need { /* what a change or request needs of who looks */
	struct record record;
	char *needs;
};

struct world_release {
	struct record record;
	char *service, *version, *sha256, *created_by, *signed_by, *notes;
	char *commit, *refused; /* why it is not started; "": it is */
	int64_t size_bytes, files, created_at;
	bool quarantined; /* refused everywhere, or taken back in one place */
};

struct world_host {
	struct record record;
	char *name, *address, *transport, *key_fingerprint, *runs, *envs;
	char *service, *env, *version, *previous_version, *expected_version;
	char *state, *user, *path, *transport_reason, *engine_id, *labels;
	int64_t port, last_seen_at;
};

struct world_entry { /* of the ledger */
	struct record record;
	char *who, *what, *object, *reason, *hash, *prev_hash;
	int64_t seq, at;
	json_t *detail; /* NULL: none */
};

struct rollout_host {
	struct record record;
	char *host, *state, *version, *previous_version, *step, *error;
	int64_t wave, attempts, index, staged_bytes;
	bool busy;
};

struct rollout_step {
	struct record record;
	char *host, *step, *state, *signal, *error;
	int64_t attempt, exit, started_at, finished_at, duration_ms;
	int64_t output_bytes;
};

struct log_line {
	int64_t seq, at, attempt;
	char *host, *step, *text; /* printable; owned */
};

/* The last lines of a log, oldest first; seq never repeats. */
struct log_ring {
	struct log_line lines[WORLD_LOG_MAX];
	size_t first, count;
	int64_t last_seq, skipped;
	uint64_t version;
	uint64_t cleared; /* how often it was emptied: seq begins anew */
};

enum world_list {
	WORLD_ROLLOUTS,
	WORLD_CHANGES,
	WORLD_RELEASES,
	WORLD_HOSTS,
	WORLD_LEDGER,
	WORLD_ROLLOUT_HOSTS, /* of the open rollout */
	WORLD_STEPS,	     /* of the open host in the open rollout */
	WORLD_REQUESTS,
	WORLD_NEEDS, /* the queue of the person who looks */
	WORLD_LIST_COUNT
};

struct world {
	struct collection lists[WORLD_LIST_COUNT];
	struct log_ring log;	  /* of the open rollout */
	struct log_ring host_log; /* of the open host in it */
	bool ready;		  /* the first snapshot is here */
	json_t *engine;		  /* as engine.status has it */
	char *plan, *plan_of;	  /* the plan last read, and its change */
	char *open_host;	  /* whose lines go to host_log, or NULL */
	uint64_t version;	  /* grows with each change of anything */
};

extern const struct record_type world_types[WORLD_LIST_COUNT];

struct world *world_create(void);
void world_destroy(struct world *w);

/* A snapshot or an event of the topics "world", "rollout:..." and
 * "log:...". data is borrowed. */
void world_snapshot(struct world *w, const char *topic, const json_t *data);
void world_event(struct world *w, const char *topic, const json_t *data);

/* Items of an answer {"items": [...]} into a list. */
void world_put_items(
	struct world *w, enum world_list list, const json_t *answer);

/* Lines into a ring; older or known ones are left out. */
void world_put_lines(
	struct world *w, struct log_ring *ring, const json_t *lines);

/* Lines of a host from the start of what the answer has. */
void world_put_host_log(struct world *w, const json_t *lines);

/* Forgets the open rollout, or only the open host. */
void world_close_rollout(struct world *w);
void world_open_host(struct world *w, const char *host);

/* Forgets everything: another engine. */
void world_clear(struct world *w);

const struct log_line *log_ring_at(const struct log_ring *ring, size_t i);

struct world_rollout *world_rollout(const struct world *w, const char *id);
struct world_change *world_change(const struct world *w, const char *id);
struct world_request *world_request(const struct world *w, const char *id);

/* "decision", "review", "answer", ...: what it needs of who looks; "" if
 * nothing. */
const char *world_needs(const struct world *w, const char *id);
struct rollout_host *world_rollout_host(
	const struct world *w, const char *host);

/* Whether the state is one in which something still moves or waits. */
bool rollout_is_live(const struct world_rollout *r);

/* "2 unreachable", "1 unknown" or both: hosts that did not answer. */
void rollout_lost_text(const struct world_rollout *r, char *out, size_t size);

#endif
