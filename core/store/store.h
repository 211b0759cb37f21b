/*
 * store.h - the engine's database: releases, changes, rollouts, hosts and the
 * ledger. The only layer that knows SQL.
 *
 * One connection, EXCLUSIVE, WAL, synchronous=FULL. Every write happens
 * inside a transaction: store_begin ... store_commit. The engine opens one
 * when it first writes in a turn of its loop and commits before it acts on
 * anything (group commit): an intent is durable before the first byte that
 * can have an effect. A failed commit is fatal to the engine and is never
 * tried again on the same file.
 *
 * Objects are the structs of core/model. find: fills *ret (caller finishes
 * it) and returns 1, 0 if there is none, -1 on failure. each: calls fn for
 * every row, oldest first; the object is borrowed for the call; fn returns 0
 * to go on. put: inserts, or updates all columns of the row with that key.
 */
#ifndef SLUICE_STORE_STORE_H
#define SLUICE_STORE_STORE_H

#include "base/clock.h"
#include "model/change.h"
#include "model/period.h"
#include "model/decision.h"
#include "model/evidence.h"
#include "model/proposal.h"
#include "model/release.h"
#include "model/rollout.h"
#include "model/signable.h"

struct store;

/* ---- life ---- */

/*
 * Opens or creates DIR/sluice.db (DIR exists, 0700). Migrates an older schema
 * after a backup beside it; refuses a newer one, a network file system, and a
 * database that another process holds (ERROR_BUSY). Checks the tail of the
 * ledger. clock is borrowed.
 */
int store_open(const char *dir, struct clock *clock, struct store **ret,
	struct error *e);
void store_close(struct store *s);

/* When the file system is full while a database opened from now on is being
 * written, make_room is asked; true: it did what it could, and the write is
 * tried again. For the whole process; NULL: as without. */
void store_on_full(bool (*make_room)(void *arg), void *arg);

/* Whether a commit is made and on disk when it returns; it is, unless a
 * database is being made that is thrown away if that does not come to its
 * end: then most are put off. Turned on again, everything is brought to disk.
 */
int store_set_durable(struct store *s, bool durable, struct error *e);

/* 32 hex digits made when the database was created; borrowed. */
const char *store_engine_id(const struct store *s);
int64_t store_epoch(const struct store *s);
int store_raise_epoch(struct store *s, struct error *e);

/* The text of the configuration that was taken into use last: 1 (owned), 0
 * none was. */
int store_config_find(struct store *s, char **ret, struct error *e);
int store_config_put(struct store *s, const char *text, struct error *e);

/* Transactions do not nest; begin inside one is a broken invariant. */
int store_begin(struct store *s, struct error *e);
int store_commit(struct store *s, struct error *e);
void store_rollback(struct store *s);
bool store_in_transaction(const struct store *s);

/* Checkpoint the WAL when it is worth it; call when idle. */
void store_checkpoint(struct store *s);

/* Everything sqlite can check, and that rows agree; problems as lines in out.
 * Returns how many. */
int store_check(struct store *s, struct strbuf *out);

/* A consistent copy of the database as a new file at path. */
int store_copy_to(struct store *s, const char *path, struct error *e);

/*
 * The same in slices, while the database is in use: what is written meanwhile
 * is in the copy as well. step copies up to so many pages; 1: there is more,
 * 0: the copy is whole, -1: failed. end removes a copy that is not whole.
 * Ends before the store is closed.
 */
struct store_copying;
int store_copying_begin(struct store *s, const char *path,
	struct store_copying **ret, struct error *e);
int store_copying_step(struct store_copying *c, int pages, struct error *e);
void store_copying_end(struct store_copying *c);

/* ---- releases ---- */

/* Files of r are copied. Refuses another digest under a known name
 * (ERROR_EXISTS); the same digest again returns 0 and changes nothing. */
int store_release_add(struct store *s, const struct release *r,
	const struct release_file *files, size_t count, struct error *e);
int store_release_find(struct store *s, const char *service,
	const char *version, struct release *ret, struct error *e);
/* after: opaque cursor "rowid", 0 = from the start; fn gets the cursor. */
int store_release_each(struct store *s, const char *service, int64_t after,
	int (*fn)(const struct release *r, int64_t cursor, void *arg),
	void *arg, struct error *e);
int store_release_files(struct store *s, const char *service,
	const char *version, int64_t after,
	int (*fn)(const struct release_file *f, int64_t cursor, void *arg),
	void *arg, struct error *e);
/* Whose signature it carries. */
int store_release_sign(struct store *s, const char *service,
	const char *version, const char *principal, struct error *e);
/* Those that need others: fn gets the list for itself. */
int store_release_needs_each(struct store *s,
	int (*fn)(const char *service, const char *version,
		struct strings *needs, void *arg),
	void *arg, struct error *e);
/* 1: version was registered with, or after, the other; 0: not, or one of them
 * is not there. */
int store_release_is_newer(struct store *s, const char *service,
	const char *version, const char *other, struct error *e);
/* How many hosts of env the service is expected on, and how many of them
 * with that version or a newer one. */
int store_release_spread(struct store *s, const char *service,
	const char *version, const char *env, int *ret_hosts, int *ret_with,
	struct error *e);
int store_release_quarantine(struct store *s, const char *service,
	const char *version, const char *reason, struct error *e);

/* Payloads of releases added before that time that no deployment, healthy
 * record, quarantine, planned or running change or rollout refers to. */
int store_release_unused_each(struct store *s, int64_t before,
	int (*fn)(const char *payload_sha256, void *arg), void *arg,
	struct error *e);

/* ---- evidence ---- */

struct evidences { /* oldest first */
	struct evidence *items;
	size_t count, capacity;
};
void evidences_finish(struct evidences *list);

/* Gives v->id. data (NULL for a sign-off) is kept by v->file_sha256. */
int store_evidence_add(struct store *s, struct evidence *v, const char *data,
	size_t len, struct error *e);
/* All of a release; caller finishes the list. */
int store_evidence(struct store *s, const char *service, const char *version,
	struct evidences *ret, struct error *e);
/* 1: the file (owned), 0: there is none. */
int store_evidence_file(struct store *s, const char *sha256, char **ret_data,
	size_t *ret_len, struct error *e);

/* ---- plans: text by digest ---- */
int store_plan_put(struct store *s, const char *digest, const char *text,
	size_t len, struct error *e);
int store_plan_find(struct store *s, const char *digest, char **ret_text,
	size_t *ret_len, struct error *e);

/* ---- changes ---- */

/* Gives c->id if it is 0. */
int store_change_put(struct store *s, struct change *c, struct error *e);
int store_change_find(struct store *s, struct change_id id, struct change *ret,
	struct error *e);
/* Filters may be NULL / -1. after: number of the last id seen. */
struct change_filter {
	const char *service, *env;
	int state; /* enum change_state or -1 */
	int64_t after;
	bool newest_first;
	bool only_open; /* that may need somebody, oldest first */
};
int store_change_each(struct store *s, const struct change_filter *f,
	int (*fn)(const struct change *c, void *arg), void *arg,
	struct error *e);
/* Those that time alone alters by now; *ret is owned. */
int store_change_due(struct store *s, int64_t now_ms, struct change_id **ret,
	size_t *ret_count, struct error *e);

/* ---- what people said ---- */

/* Gives d->id. */
int store_decision_add(
	struct store *s, struct decision *d, struct error *e);
/* All about an object, oldest first; caller finishes the list. */
int store_decisions(struct store *s, const char *object,
	struct decisions *ret, struct error *e);
int store_decision_undo(
	struct store *s, int64_t id, int64_t at, struct error *e);
/* The answers about an object do not count any more. */
int store_decisions_void(struct store *s, const char *object,
	const char *reason, struct error *e);

int store_decision_void(struct store *s, int64_t id, const char *reason,
	struct error *e);

/* ---- what was signed: store_signature.c ---- */

/* Handed out to be signed; of one uid at most so many are open, the oldest go.
 * What expired more than a day ago is forgotten. */
int store_signable_put(
	struct store *s, const struct signable *st, struct error *e);
struct signables {
	struct signable *items;
	size_t count, capacity;
};
/* Those about the object, open ones first, then others of that uid. */
int store_signables(struct store *s, const char *object, int64_t uid,
	struct signables *ret, struct error *e);
void signables_finish(struct signables *list);
/* 1: it is there and was not used; 0: not, -1. */
int store_signable_is_open(
	struct store *s, const char *nonce, struct error *e);
int store_signable_use(struct store *s, const char *nonce, int64_t decision,
	struct error *e);

/* signers: the text of allowed signers, kept by its digest in sig. */
int store_signature_add(struct store *s, const struct signature *sig,
	const char *signers, struct error *e);
/* 1, 0, -1; caller finishes *ret. */
int store_signature_find(struct store *s, int64_t decision,
	struct signature *ret, struct error *e);
int store_signature_of_release(struct store *s, const char *service,
	const char *version, struct signature *ret, struct error *e);
/* 1: the text (owned), 0: there is none. */
int store_signers_find(
	struct store *s, const char *sha256, char **ret, struct error *e);

int store_claim_put(struct store *s, const char *object, const char *person,
	int64_t until, struct error *e);
int store_claim_drop(struct store *s, const char *object, const char *person,
	struct error *e);
/* Those that hold at now. */
/* Those that ended by now, a hundred at once. */
int store_claim_over_each(struct store *s, int64_t now,
	int (*fn)(const char *object, const char *person, void *arg),
	void *arg, struct error *e);
int store_claim_each(struct store *s, const char *object, int64_t now,
	int (*fn)(const char *person, int64_t until, void *arg), void *arg,
	struct error *e);

/* ---- what consoles keep for their person ---- */

/* value NULL or "" forgets it; of many the oldest go. */
int store_kept_put(struct store *s, const char *person, const char *key,
	const char *value, int64_t at, struct error *e);
/* Those whose key begins with prefix, oldest first. */
int store_kept_each(struct store *s, const char *person, const char *prefix,
	int (*fn)(const char *key, const char *value, void *arg), void *arg,
	struct error *e);

/* ---- acts that need a second person ---- */

/* Gives p->id if it is 0. */
int store_proposal_put(struct store *s, struct proposal *p, struct error *e);
int store_proposal_find(struct store *s, struct proposal_id id,
	struct proposal *ret, struct error *e);
struct proposal_filter {
	const char *kind, *object; /* NULL: any */
	int state;		   /* enum proposal_state or -1 */
	int64_t after;		   /* number of the last id seen */
	int64_t due_by_ms;	   /* 0: whenever */
};
int store_proposal_each(struct store *s, const struct proposal_filter *f,
	int (*fn)(const struct proposal *p, void *arg), void *arg,
	struct error *e);

/* ---- notices: store_notice.c ---- */
enum delivery_state {
	DELIVERY_WAITING,
	DELIVERY_SENT,
	DELIVERY_FAILED, /* given up */
	DELIVERY_DROPPED, /* nobody of that name is told any more */
	DELIVERY_STATE_COUNT
};
const char *delivery_state_name(enum delivery_state s);

struct delivery {
	int64_t notice;
	char *target; /* an entry of `notify`, by what it does */
	enum delivery_state state;
	int attempts;
	int64_t next_at;
	char *error; /* of the last attempt, NULL: there was none */
	char *kind, *object, *body; /* the notice's */
};
void delivery_finish(struct delivery *d);

int store_notice_add(struct store *s, const char *kind, const char *object,
	int64_t at, const char *body, int64_t *ret, struct error *e);
/* 1: *ret_kind (owned) is that of the latest about object; 0: none. */
int store_notice_latest(
	struct store *s, const char *object, char **ret_kind, struct error *e);
int store_delivery_put(
	struct store *s, const struct delivery *d, struct error *e);
/* Those that wait and are due by that time, soonest first. */
int store_delivery_due_each(struct store *s, int64_t by,
	int (*fn)(const struct delivery *d, void *arg), void *arg,
	struct error *e);
/* Of each target the last that was tried, where it did not arrive. */
int store_delivery_trouble_each(struct store *s,
	int (*fn)(const struct delivery *d, void *arg), void *arg,
	struct error *e);
/* Forgets notices from before that time. */
int store_notice_prune(struct store *s, int64_t before, struct error *e);

/* ---- rollouts ---- */
int store_rollout_put(struct store *s, struct rollout *r, struct error *e);
int store_rollout_find(struct store *s, struct rollout_id id,
	struct rollout *ret, struct error *e);
struct rollout_filter {
	const char *service, *env;
	int state; /* enum rollout_state or -1 */
	bool only_active; /* not over */
	int64_t change;	  /* number or 0 */
	int64_t after;
	bool newest_first;
};
int store_rollout_each(struct store *s, const struct rollout_filter *f,
	int (*fn)(const struct rollout *r, void *arg), void *arg,
	struct error *e);
/* The newest rollout of service and env in *ret; 0: there is none. */
int store_rollout_latest(struct store *s, const char *service,
	const char *env, struct rollout_id *ret, struct error *e);
/* ... of kind deploy that is not rolled back. */
int store_rollout_latest_deploy(struct store *s, const char *service,
	const char *env, struct rollout_id *ret, struct error *e);
/* When that version last succeeded in env and was not rolled back; 0: it did
 * not. */
int store_rollout_succeeded(struct store *s, const char *service,
	const char *version, const char *env, int64_t *ret, struct error *e);
/* Those that run, and those that ran at some time in [from, to). */
int store_rollout_between(struct store *s, int64_t from, int64_t to,
	int (*fn)(const struct rollout *r, void *arg), void *arg,
	struct error *e);
/* Rollouts of which a host has an intent without outcome. */
int store_rollout_busy_each(struct store *s,
	int (*fn)(const struct rollout *r, void *arg), void *arg,
	struct error *e);
/* Hosts per host_state in ret[HOST_STATE_COUNT]. */
int store_rollout_counts(struct store *s, struct rollout_id id,
	int ret[HOST_STATE_COUNT], struct error *e);

int store_rollout_host_put(
	struct store *s, const struct rollout_host *h, struct error *e);
/* In order of index, from index > after (-1: all). */
int store_rollout_host_each(struct store *s, struct rollout_id id,
	int64_t after,
	int (*fn)(const struct rollout_host *h, void *arg), void *arg,
	struct error *e);

/* ---- steps ---- */

/* Gives r->id if it is 0. An intent is a row in state STEP_RUNNING. */
int store_step_put(struct store *s, struct step_run *r, struct error *e);
/* host may be NULL: all; from id > after. */
int store_step_each(struct store *s, struct rollout_id id, const char *host,
	int64_t after, int (*fn)(const struct step_run *r, void *arg),
	void *arg, struct error *e);
/* Attempts of this step so far; 0: never begun. */
int store_step_attempts(struct store *s, struct rollout_id id,
	const char *host, const char *step, int *ret, struct error *e);
/* 1: this step has an attempt in state STEP_DONE; 0: none. */
int store_step_was_done(struct store *s, struct rollout_id id,
	const char *host, const char *step, struct error *e);
/* Appends to what a step printed and keeps the last 64 KiB. */
int store_output_append(struct store *s, int64_t step_id, const char *text,
	size_t len, struct error *e);
/* Drops all that a step printed: it is being told again from its start. */
int store_output_clear(struct store *s, int64_t step_id, struct error *e);
int store_output_find(struct store *s, int64_t step_id, char **ret_text,
	size_t *ret_len, int64_t *ret_dropped, struct error *e);

/* Drops a slice of what steps printed that ended before that time (unix
 * milliseconds), but for rollouts that were taken back; *ret_count pieces, 0:
 * there is no more. */
int store_output_prune(struct store *s, int64_t before_ms, int *ret_count,
	struct error *e);

/* ---- what runs where ---- */
struct deployment {
	char *service, *env, *host;
	char *release;	/* directory on the host, NULL: nothing known */
	char *version, *previous_version, *expected_version;
	char *state;	/* "healthy" "failed" "behind" "unknown" "unmanaged" */
	struct rollout_id rollout; /* the last that touched it */
	int64_t changed_at, seen_at;
};
void deployment_finish(struct deployment *d);
int store_deployment_put(
	struct store *s, const struct deployment *d, struct error *e);
int store_deployment_find(struct store *s, const char *service,
	const char *env, const char *host, struct deployment *ret,
	struct error *e);
/* Each filter may be NULL. Ordered by host, service, env. */
int store_deployment_each(struct store *s, const char *service,
	const char *env, const char *host,
	int (*fn)(const struct deployment *d, void *arg), void *arg,
	struct error *e);

/* A release was seen healthy on a host, installed by that plan. */
int store_healthy_put(struct store *s, const char *service, const char *host,
	const char *release, const char *version, const char *plan_digest,
	int64_t at, struct error *e);
/* The release was taken back from this host: store_healthy_find gives it only
 * to those who name its version, until it is healthy there again. */
int store_healthy_withdraw(struct store *s, const char *service,
	const char *host, const char *release, struct error *e);
/* 1, 0, -1. The latest healthy release on that host other than `except` that
 * is not quarantined; strings are owned. version NULL: any, else that one. */
int store_healthy_find(struct store *s, const char *service, const char *host,
	const char *except, const char *version, char **ret_release,
	char **ret_version, char ret_plan[DIGEST_HEX_SIZE], struct error *e);

/* What was last learnt of a host; key "fingerprint", "transport",
 * "last_seen_at", "facts" ... */
int store_host_fact_put(struct store *s, const char *host, const char *key,
	const char *value, struct error *e);
/* 1: *ret is the value (owned), 0: there is none. */
int store_host_fact_find(struct store *s, const char *host, const char *key,
	char **ret, struct error *e);
int store_host_fact_drop(
	struct store *s, const char *host, const char *key, struct error *e);
/* host NULL: of all hosts. */
int store_host_fact_each(struct store *s, const char *host,
	int (*fn)(const char *host, const char *key, const char *value,
		void *arg),
	void *arg, struct error *e);

/* ---- calendar: store_calendar.c ---- */

/* Gives p->number if it is 0. */
int store_period_put(struct store *s, struct period *p, struct error *e);
int store_period_find(struct store *s, int64_t number, struct period *ret,
	struct error *e);
int store_period_find_uid(struct store *s, enum period_kind kind,
	const char *uid, struct period *ret, struct error *e);
/* with_ended: removed ones too. */
int store_period_each(struct store *s, bool with_ended,
	int (*fn)(const struct period *p, void *arg), void *arg,
	struct error *e);

/* The freeze lets this change through. */
int store_override_put(struct store *s, const char *freeze,
	struct change_id change, const char *author, int64_t uid,
	const char *reason, struct error *e);
/* Of one freeze, NULL: of all; by when they were given. */
int store_override_each(struct store *s, const char *freeze,
	int (*fn)(const char *freeze, struct change_id change,
		const char *author, const char *reason, int64_t at, void *arg),
	void *arg, struct error *e);

struct line_stop { /* everything in an environment is held */
	char *env, *author, *reason;
	int64_t author_uid, stopped_at;
};
int store_line_put(
	struct store *s, const struct line_stop *l, struct error *e);
int store_line_drop(struct store *s, const char *env, struct error *e);
/* Stops of env that were over, by opening it, in [from, to); as the ledger
 * has them. */
struct line_past {
	int64_t stopped_at, opened_at;
	char *author, *reason;
};
int store_line_past_each(struct store *s, const char *env, int64_t from,
	int64_t to, int (*fn)(const struct line_past *l, void *arg), void *arg,
	struct error *e);
int store_line_each(struct store *s,
	int (*fn)(const struct line_stop *l, void *arg), void *arg,
	struct error *e);

/* What rollouts of a service in an environment took, newest first. */
struct history_row {
	int64_t active_s;  /* without pauses and bakes */
	int64_t staging_s; /* of that */
	int waves, hosts;
};
int store_history_each(struct store *s, const char *service, const char *env,
	enum rollout_kind kind,
	int (*fn)(const struct history_row *r, void *arg), void *arg,
	struct error *e);


/* 1: there is an open wait of that cause; NULL: of any. */
int store_wait_is_open(struct store *s, const char *object, const char *cause,
	struct error *e);
/* Ends those whose cause begins with "start: ". */
int store_wait_end_start(
	struct store *s, const char *object, int64_t at, struct error *e);

/* ---- waits: every wait with its cause (product.md section 7) ---- */
int store_wait_begin(struct store *s, const char *object, const char *cause,
	int64_t at, struct error *e);
int store_wait_end(struct store *s, const char *object, const char *cause,
	int64_t at, struct error *e);

/* ---- requests: the same id is the same act ---- */

/* 1: known with the same content, *ret_answer is the answer (owned); 0: new;
 * -1 with ERROR_CHANGED: known with other content. Older than 30 days is
 * forgotten. */
int store_request_find(struct store *s, int64_t uid, const char *request_id,
	const char *method, const char *args_digest, char **ret_answer,
	struct error *e);
int store_request_put(struct store *s, int64_t uid, const char *request_id,
	const char *method, const char *args_digest, const char *answer,
	struct error *e);

/* ---- ledger ---- */
struct ledger_entry {
	int64_t seq; /* from 1, gap-free */
	int64_t at;  /* never runs back */
	char *who;   /* person, or "engine" */
	int64_t uid; /* -1: the engine itself */
	char *what;  /* "change.start", "rollout.failed", "refused" ... */
	char *object; /* "C-42", "shop 1.4.2", "web-01" ... */
	char *reason; /* words of the person or of the engine */
	char *detail; /* canonical JSON object with the rest */
	char prev_hash[DIGEST_HEX_SIZE];
	char hash[DIGEST_HEX_SIZE];
};

/*
 * Appends in the open transaction. who, what, object, reason, detail are as
 * above (detail NULL: "{}"). hash is the SHA-256 of the canonical JSON of the
 * entry (keys sorted, no spaces) with prev_hash in it.
 */
int store_ledger_append(struct store *s, const char *who, int64_t uid,
	const char *what, const char *object, const char *reason,
	const char *detail, struct error *e);
/* How many entries are about an object, and when the last was made; what:
 * NULL, or only those that say so and altered something. */
int store_ledger_about(struct store *s, const char *object, const char *what,
	int64_t *ret_count, int64_t *ret_at, struct error *e);
/* Adds the bytes that the hash of the entry is of. */
void ledger_entry_canonical(
	const struct ledger_entry *entry, struct strbuf *out);
struct ledger_filter {
	const char *object, *who; /* NULL: any */
	const char *what;	  /* a pattern such as "change.*", NULL: any */
	int64_t change; /* number: entries of it and of its rollouts */
	int64_t after, last; /* seq; last 0: to the end */
	int64_t most; /* so many will be read, 0: all; lets it stop early */
};
int store_ledger_each(struct store *s, const struct ledger_filter *f,
	int (*fn)(const struct ledger_entry *entry, void *arg), void *arg,
	struct error *e);
/* The last entry that was made before `at`; time never runs back in it. */
int64_t store_ledger_before(struct store *s, int64_t at);
/* What the check of the newest entries found when the database was opened;
 * NULL: nothing. The engine serves and says so. Borrowed. */
const char *store_ledger_problem(const struct store *s);

/* seq and hash of the newest entry; 0 and 64 zeros when empty. */
void store_ledger_head(
	struct store *s, int64_t *ret_seq, char ret_hash[DIGEST_HEX_SIZE]);

/*
 * Checks up to `most` entries after *seq, whose hash must be in hash; moves
 * both on. Problems are lines "entry 17: ..." in out. Returns the number of
 * entries looked at (0: the end is reached and agrees with the head), -1 when
 * the chain is broken and cannot be followed.
 */
int store_ledger_verify(struct store *s, int64_t *seq,
	char hash[DIGEST_HEX_SIZE], int most, struct strbuf *out);

/* How far store_ledger_agree has looked; begins zeroed. */
struct ledger_agreement {
	size_t look;
	int64_t after;
	char plan[DIGEST_HEX_SIZE];
};
/* Compares a slice of the tables with the ledger; problems are lines "entry
 * 17: ..." in out. 1: there is more, 0: all was looked at. */
int store_ledger_agree(
	struct store *s, struct ledger_agreement *a, struct strbuf *out);

/* The signature behind *after, which moves on. 1, 0 at the end, -1. */
int store_signature_next(struct store *s, int64_t *after,
	struct signature *ret, struct error *e);
/* The entry about what was signed (of a release: about that signature), and
 * the digests that it has of the signature and of what was signed. 1, 0, -1. */
int store_signature_entry(struct store *s, const struct signature *sig,
	int64_t *ret_seq, char ret_signature[DIGEST_HEX_SIZE],
	char ret_message[DIGEST_HEX_SIZE], struct error *e);

#endif
