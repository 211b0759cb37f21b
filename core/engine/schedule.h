/*
 * schedule.h - the calendar of the running engine: which periods hold, what a
 * change needs, whether it may start, and what happens at the edges.
 *
 * schedule.c            periods, their expansions, what is open for a change
 * schedule_need.c       how long it takes: history, plan, default
 * schedule_planned.c    every change that has a time, indexed
 * schedule_check.c      what refuses a start, and what a change shows
 * schedule_conflicts.c  what stands against it, by name
 * schedule_depend.c     what must be there first
 * schedule_interval.c   the window that a yes is for
 * schedule_run.c        edges under running rollouts, jumps, missed starts
 */
#ifndef SLUICE_ENGINE_SCHEDULE_H
#define SLUICE_ENGINE_SCHEDULE_H

#include <jansson.h>

#include "engine/engine.h"
#include "engine/runner.h"
#include "model/calendar.h"

#define SCHEDULE_DAY_S 86400
#define SCHEDULE_AHEAD_S ((int64_t)90 * SCHEDULE_DAY_S)
#define SCHEDULE_BACK_S ((int64_t)40 * SCHEDULE_DAY_S)

struct schedule;
struct selector;
struct policy;

/* A period and when it happens in the range that is kept. */
struct cached_period {
	const struct period *period; /* borrowed */
	struct selector *selector;   /* NULL: all hosts */
	struct spans spans;
};

/* Whose calendar it is. */
struct scope {
	const char *env, *service;
	const char *hosts; /* selector of the change, NULL: all */
	struct change_id change; /* 0: none; its overrides count */
	bool past_soft; /* somebody with the role for soft freezes said yes */
	/* What somebody would like to add and to leave out; NULL: nothing. */
	const struct period *extra, *without;
};

/* What holds for a scope in [from, to). */
struct outlook {
	struct spans windows, denies;
	bool has_windows;
	struct openings open;
	int64_t from, to;
};

/* ---- schedule.c ---- */
struct schedule *schedule_create(struct engine *en);
void schedule_destroy(struct schedule *sc);

/* The configuration or the store has other periods or lines now. */
void schedule_changed(struct engine *en);

struct scope scope_of(const struct change *c);
void schedule_outlook(struct engine *en, const struct scope *s, int64_t from,
	int64_t to, struct outlook *ret);
void outlook_finish(struct outlook *o);

/* The same for a range from 40 days back to 90 ahead and some more, kept.
 * Borrowed until another is asked for or schedule_changed. */
const struct outlook *schedule_look(struct engine *en, const struct scope *s);

/* Whether the period takes in this scope: environment, service, hosts. */
bool schedule_is_about(struct engine *en, const struct period *p,
	const struct scope *s);

/* Whether some freeze does. */
bool schedule_has_override(struct engine *en, struct change_id change);

/* Whether some freeze in force is soft. */
bool schedule_has_soft(struct engine *en);
/* Whether this freeze lets the change through. */
bool schedule_is_overridden(
	struct engine *en, const struct period *p, struct change_id change);

/* The period with this id ("F-3", "production/year end"), in force; NULL:
 * there is none. Borrowed until schedule_changed. */
const struct period *schedule_find(struct engine *en, const char *id);
/* All in force, configuration first; borrowed. */
size_t schedule_count(struct engine *en);
const struct cached_period *schedule_at(struct engine *en, size_t i);

/* NULL: the line runs. Borrowed. */
const struct line_stop *schedule_line(struct engine *en, const char *env);
const struct line_stop *schedule_line_at(struct engine *en, size_t i);

/* ---- schedule_need.c ---- */
#define AT_RISK_WAVES 20

struct plan_facts { /* of a plan, by its digest */
	int waves;
	int64_t bake_s;		  /* all of them: the shortest it takes */
	struct strings hosts;	  /* sorted */
	int at_risk[AT_RISK_WAVES]; /* hosts that have moved after each wave */
};

struct plan_size { /* what an estimate is scaled to */
	int waves;
	size_t hosts;
	int64_t bake_s;
};

struct estimate {
	struct need need; /* forward with bakes, back */
	int64_t p50_s;	  /* forward, of every other rollout */
	int64_t bake_s;
	int samples; /* rollouts it is made of; 0: the stated default */
};

void plan_facts_init(struct plan_facts *ret, const struct plan *p);
void plan_facts_finish(struct plan_facts *f);
/* Borrowed until the next call; NULL: there is no plan. */
const struct plan_facts *schedule_facts(
	struct engine *en, const struct change *c);
/* That plan was just stored: it need not be read to be known. */
void schedule_note_plan(
	struct engine *en, const char *digest, const struct plan *plan);
void schedule_estimate(
	struct engine *en, const struct change *c, struct estimate *ret);
void schedule_estimate_facts(struct engine *en, const struct change *c,
	const struct plan_facts *facts, struct estimate *ret);
void schedule_estimate_size(struct engine *en, const char *service,
	const char *env, const struct plan_size *size, struct estimate *ret);
void schedule_forget_facts(struct schedule *sc);
void schedule_forget_history(struct engine *en);

/* ---- schedule_planned.c ---- */

/* A change is another than before; called for every one that is saved. */
void schedule_note_change(struct engine *en, const struct change *c);

/* ---- schedule_check.c ---- */

/* What holds for a change with what was said about it: a yes of somebody with
 * the role for soft freezes counts. Borrowed as of schedule_look. */
const struct outlook *schedule_look_of(
	struct engine *en, const struct change *c);

/* -1 and why, where the calendar, the line or the queue refuses a start now.
 * An emergency has its own override: only a stopped line refuses it. */
int schedule_refuse_start(struct engine *en, const struct change *c,
	const struct actor *by, struct error *e);

/* The same for a rollout that somebody wants to go on. */
int schedule_refuse_resume(
	struct engine *en, const struct rollout *r, struct error *e);

/* Sets conflicts, fits_window, last_safe_start_at and what belongs to them in
 * the object of a change. */
void schedule_change_json(
	struct engine *en, const struct change *c, json_t *o);

/* ---- schedule_conflicts.c ---- */

/* Objects {kind, with, text, next_free_at}; owned. */
json_t *schedule_conflicts(struct engine *en, const struct change *c,
	const struct estimate *estimate, const struct outlook *o);

/* ---- schedule_interval.c ---- */
#define INTERVAL_SIZE 72

/* The stretch of windows in which a change that has a time would run, where
 * its policy asks people. *ret_start may be 0, *ret_end CALENDAR_FOREVER.
 * False: it has no time, or no window that it needs, or is an emergency. */
bool schedule_interval(struct engine *en, const struct change *c,
	const struct policy *p, int64_t *ret_start, int64_t *ret_end);
/* As the plan has it: "FROM/TO", ".." for none (ISO 8601-2). */
void schedule_interval_words(int64_t start, int64_t end,
	char ret[INTERVAL_SIZE]);
/* -1 and why, where a start now comes before that stretch. */
int schedule_refuse_early(struct engine *en, const struct change *c,
	struct error *e);

/* ---- schedule_depend.c ---- */

/* Adds what c, planned for [start, end), depends on and what depends on it.
 * Returns from when on everything is there that must be, -1: as far as is
 * planned never. */
int64_t schedule_dependencies(struct engine *en, const struct change *c,
	int64_t start, int64_t end, json_t *list);

/* Adds a conflict; text is taken, with may be NULL. */
void schedule_found(
	json_t *list, const char *kind, const char *with, char *text);

/* Other changes that take hosts, service or person at the same time; ids, or
 * the environment that is booked. Adds to ret. */
void schedule_overlaps(struct engine *en, const struct change *c,
	const struct plan *plan, struct strings *ret);

/* The kinds alone, each once, without dependencies: for lists. */
struct planned;
json_t *schedule_conflict_kinds(struct engine *en, struct planned *p);

struct slot {
	int64_t start;
	int64_t closes_at; /* 0: not in sight */
	const struct period *closer; /* NULL: nothing closes it */
};

/* The next time in 90 days at which so much fits, where no rule is against it
 * and nothing that is planned: of the service and on its hosts, without a
 * service of the whole environment. False: there is none. */
bool schedule_next_slot(struct engine *en, const struct scope *s,
	const struct need *need, struct slot *ret);

/* ---- schedule_run.c ---- */

/* What the edges since the last look mean for rollouts that run; notices a
 * jump of the wall clock. False: it was looked less than half a second ago. */
bool schedule_run(struct engine *en);

/* The next turn looks at rollouts and starts, however short ago it did. */
void schedule_look_now(struct engine *en);

/* Rollouts are looked at now: a line was stopped or opened. */
void schedule_line_changed(struct engine *en, const char *env);

/* A start that was missed while the engine was away. */
bool schedule_is_missed(struct engine *en, const struct change *c,
	const struct outlook *o, int64_t *ret_due);

/* The engine's start was refused: the wait and its cause. */
void schedule_note_wait(
	struct engine *en, const struct change *c, const struct error *why);
/* It was moved: what it waited for is over. */
void schedule_wait_over(struct engine *en, const struct change *c);
/* It starts: the same, and an emergency that passed a closed calendar. */
void schedule_note_start(struct engine *en, const struct change *c,
	const struct actor *by);

/* ---- private to schedule*.c ---- */
struct override {
	char *freeze; /* id */
	struct change_id change;
};

struct schedule {
	struct plans *plans;
	struct outlook_entry *outlooks;
	struct override *overrides;
	size_t override_count;
	struct period *stored;
	size_t stored_count;
	struct line_stop *lines;
	size_t line_count;
	struct cached_period *cached;
	size_t cached_count;
	int64_t from, to; /* of the expansions kept; 0, 0: none */
	struct facts_entry *facts;
	struct history_entry *history;
	/* The clocks of the last look. */
	int64_t wall_ms, mono_ms;
	int64_t looked_ms; /* monotonic, of the last look at all */
	int64_t present_since; /* started, or since the last jump */
	int64_t jumped_from;   /* the last jump began here; 0: none */
	struct edge_entry *edges;
};

void schedule_forget_edges(struct schedule *sc);

#endif
