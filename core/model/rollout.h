/* rollout.h - one execution of an approved change, and its hosts. */
#ifndef SLUICE_MODEL_ROLLOUT_H
#define SLUICE_MODEL_ROLLOUT_H

#include "base/digest.h"
#include "model/fleet.h"
#include "model/ids.h"
#include "model/release.h"

enum rollout_state {
#define ROLLOUT_STATE(id, name) ROLLOUT_##id,
#include "model/rollout_states.def"
#undef ROLLOUT_STATE
	ROLLOUT_STATE_COUNT
};

enum rollout_event {
#define ROLLOUT_EVENT(id, name) ROLLOUT_EVENT_##id,
#include "model/rollout_states.def"
#undef ROLLOUT_EVENT
	ROLLOUT_EVENT_COUNT
};

enum host_state {
#define HOST_STATE(id, name) HOST_##id,
#include "model/rollout_states.def"
#undef HOST_STATE
	HOST_STATE_COUNT
};

enum host_event {
#define HOST_EVENT(id, name) HOST_EVENT_##id,
#include "model/rollout_states.def"
#undef HOST_EVENT
	HOST_EVENT_COUNT
};

enum rollout_kind { ROLLOUT_DEPLOY, ROLLOUT_ROLLBACK, ROLLOUT_KIND_COUNT };

/* Why a rollout is paused: what has to be answered before it goes on. */
enum pause_cause {
	PAUSE_NONE,
	PAUSE_PERSON,
	PAUSE_FAILED_HOSTS,
	PAUSE_UNREACHABLE_HOSTS,
	PAUSE_UNKNOWN_HOSTS,
	PAUSE_NO_KEY,
	PAUSE_ENGINE, /* the engine was stopped or restored */
	PAUSE_CALENDAR, /* a window closed or a freeze began */
	PAUSE_LINE,	/* somebody stopped the line */
	PAUSE_NO_PUSHER,
	PAUSE_ANALYSIS, /* the canary is worse */
	PAUSE_GATE,	/* a gate was not passed */
	PAUSE_TRAFFIC,	/* blue-green: the router disagrees */
	PAUSE_CAUSE_COUNT
};

struct rollout {
	struct rollout_id id;
	struct change_id change;
	enum rollout_kind kind;
	enum rollout_state state;
	enum pause_cause pause_cause;
	char *service, *version, *env; /* version: what hosts shall run after;
					  of a rollback the one most go to */
	char *strategy;
	char plan_digest[DIGEST_HEX_SIZE];
	char *author; /* who started it */
	char *reason; /* in words: why paused, failed, aborted, rolled back */
	struct rollout_id undoes;   /* a rollback: what it undoes */
	struct rollout_id rollback; /* the rollout that undoes this one */
	int wave, waves;	    /* current, from 1; 0 before the first */
	int64_t created_at, started_at, finished_at;
	int64_t gate_until; /* end of a bake, a gate's deadline; 0: none */
	int gate;	    /* gates passed after this wave */
	int64_t gate_since; /* when it came to the next one; 0: it did not */
	char *colour;  /* blue-green: what this rollout makes live, or NULL */
	char *traffic; /* blue-green: how far the switch is, or NULL */
	bool stop_asked;    /* abort: no new step, then the end */
	bool then_rollback; /* ... and the way back after it */
	int64_t sent_bytes; /* of artefacts, to all hosts */
	int64_t saved_bytes; /* what whole ones would be, less that */
};

/* One host in one rollout. */
struct rollout_host {
	struct rollout_id rollout;
	int index; /* order in the plan, from 0 */
	char *host;
	int wave; /* from 1; 0: it stays as it is (blue-green) */
	enum host_state state;
	/* What the host shall run: directory name (or foreign target). */
	char *target;
	char *version;	/* of target; "unmanaged" for a foreign one */
	bool is_foreign;
	/* What ran before, as found on the host; NULL: nothing. */
	char *previous, *previous_version;
	bool previous_is_foreign;
	/* The plan whose commands apply to target (a rollback goes by the plan
	 * that installed it); empty: none is known, no commands run. */
	char target_plan[DIGEST_HEX_SIZE];
	char *step;   /* the last step begun, NULL: none */
	bool is_busy; /* ... and not ended: an intent without outcome */
	bool switched; /* `current` was changed in this rollout */
	int attempts; /* attempts of the host as a whole, from 1 */
	int failures; /* times it failed; a retry does not reset the budget */
	char *error;  /* in words, NULL: none */
	char *way_back_error; /* why this host cannot go back, NULL: it can */
	int64_t started_at, finished_at;
};

/* One step on one host, as it was tried. */
enum step_state {
	STEP_RUNNING,
	STEP_DONE,
	STEP_FAILED,
	STEP_INTERRUPTED,
	STEP_UNKNOWN,
	STEP_STATE_COUNT
};

struct step_run {
	int64_t id;
	struct rollout_id rollout;
	char *host;
	char *step;
	int attempt; /* from 1 */
	int64_t epoch;
	enum step_state state;
	int64_t started_at_ms, finished_at_ms; /* unix milliseconds */
	int exit_code; /* -1: none */
	int signal;    /* 0: none */
	char *error;
	int64_t output_bytes;
	int64_t sent_bytes; /* of an artefact, to this host */
};

void rollout_finish(struct rollout *r);
void rollout_host_finish(struct rollout_host *h);
void step_run_finish(struct step_run *s);

/* False, and *ret untouched, where the event is refused in that state. */
bool rollout_next(enum rollout_state from, enum rollout_event event,
	enum rollout_state *ret);
bool host_next(
	enum host_state from, enum host_event event, enum host_state *ret);

const char *rollout_state_name(enum rollout_state s);
const char *rollout_event_name(enum rollout_event ev);
const char *rollout_kind_name(enum rollout_kind k);
const char *host_state_name(enum host_state s);
const char *step_state_name(enum step_state s);
const char *pause_cause_name(enum pause_cause c);
int rollout_state_parse(const char *s); /* -1: nobody knows it */
int host_state_parse(const char *s);

/* Over: no step will run unless somebody retries. */
bool rollout_is_over(enum rollout_state s);

#endif
