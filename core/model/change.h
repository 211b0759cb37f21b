/* change.h - "release R to environment E": planned, approved, run. */
#ifndef SLUICE_MODEL_CHANGE_H
#define SLUICE_MODEL_CHANGE_H

#include "base/digest.h"
#include "model/fleet.h"
#include "model/ids.h"

enum change_state {
#define CHANGE_STATE(id, name) CHANGE_##id,
#include "model/change_states.def"
#undef CHANGE_STATE
	CHANGE_STATE_COUNT
};

enum change_event {
#define CHANGE_EVENT(id, name) CHANGE_EVENT_##id,
#include "model/change_states.def"
#undef CHANGE_EVENT
	CHANGE_EVENT_COUNT
};

enum change_type {
	CHANGE_TYPE_STANDARD,
	CHANGE_TYPE_NORMAL,
	CHANGE_TYPE_EMERGENCY,
	CHANGE_TYPE_COUNT
};

struct change {
	struct change_id id;
	int revision; /* from 1 */
	enum change_state state;
	enum change_type type;
	char *service, *version, *env;
	char *strategy;	 /* as asked for, NULL: the environment's */
	char *selector;	 /* --hosts, NULL: all of the environment */
	char *why;	 /* -m */
	char *unplanned; /* incident it answers, NULL: planned */
	char *author;	 /* person */
	int64_t author_uid;
	char plan_digest[DIGEST_HEX_SIZE]; /* empty while draft */
	int approvals_required, approvals_given;
	char *reason;	      /* of the last outcome or refusal, in words */
	int64_t created_at;
	int64_t submitted_at, approved_at, finished_at; /* 0: not yet */
	int64_t scheduled_at; /* 0: nothing starts by itself */
	struct rollout_id rollout; /* the latest, 0: none */
	int64_t due_at_ms;	   /* time alone alters it then, 0: never */
	int64_t answer_by, valid_until; /* 0: no such limit */
	int64_t review_by; /* an emergency owes its review, 0: none */
	char *outcome;	   /* as it was closed, NULL: it was not */
	char *closed_by;
	int64_t closed_at;
	int risk;	    /* 0..100 when it was submitted, -1: not known */
	char *risk_reasons; /* canonical JSON, NULL: not known */
	int reminders;	    /* that were sent about this request */
};

void change_finish(struct change *c);

/* False, and *ret untouched, where the event is refused in that state. */
bool change_next(enum change_state from, enum change_event event,
	enum change_state *ret);

const char *change_state_name(enum change_state s);
const char *change_event_name(enum change_event ev);
const char *change_type_name(enum change_type t);
int change_state_parse(const char *s); /* -1: nobody knows it */
int change_type_parse(const char *s);

/* Nothing more happens by itself: neither waiting nor running. */
bool change_is_over(enum change_state s);

/* It ran and has ended: what it came to can be judged. */
bool change_has_run(enum change_state s);

#endif
