/*
 * period.h - a time that comes back: a window, in which changes may run, a
 * freeze or a holiday, in which they may not. Plain values; recur.h expands
 * them, calendar.h decides by them.
 *
 * Local times are written as zone.h has them: the unix time that the same
 * clock reading would have in UTC.
 */
#ifndef SLUICE_MODEL_PERIOD_H
#define SLUICE_MODEL_PERIOD_H

#include "base/base.h"
#include "model/fleet.h"

enum period_kind {
	PERIOD_WINDOW,
	PERIOD_FREEZE,
	PERIOD_HOLIDAY,
	PERIOD_KIND_COUNT
};

enum period_severity { SEVERITY_HARD, SEVERITY_SOFT, SEVERITY_COUNT };

/* What a rollout that runs does when the time for it is over: `running` of a
 * freeze that begins, `at_close` of a window that ends. */
enum period_effect {
	EFFECT_FINISH,	    /* it may end */
	EFFECT_FINISH_WAVE, /* the wave may end, then it is held */
	EFFECT_HOLD,
	EFFECT_ROLLBACK,
	EFFECT_ABORT,
	EFFECT_COUNT
};

struct period {
	int64_t number; /* in the store; 0: it stands in the configuration */
	enum period_kind kind;
	char *name;
	struct strings envs;	 /* empty: all */
	struct strings services; /* empty: all */
	char *selector;		 /* over labels of hosts, NULL: all */
	char *zone;
	int64_t starts_local; /* the first start */
	int64_t days;	      /* duration: nominal days, then ... */
	int64_t exact_s;      /* ... exact seconds */
	char *rrule;	      /* RFC 5545, NULL: once */
	int64_t *exdates;     /* local starts that do not happen */
	size_t exdate_count;
	enum period_severity severity; /* of a freeze */
	enum period_effect effect;
	/* What the store knows beyond the configuration. */
	char *uid;     /* iCalendar, NULL: made from the id */
	int64_t sequence; /* rises with every edit */
	char *reason, *author;
	int64_t author_uid;
	int64_t created_at, changed_at;
	int64_t ended_at; /* removed; 0: in force */
};

void period_finish(struct period *p);
/* to has nothing yet; it owns all that it gets. */
void period_copy(struct period *to, const struct period *from);
/* When it happens, and nothing else. */
void period_take_times(struct period *to, const struct period *from);
void period_add_exdate(struct period *p, int64_t local);

/* "F-3", "W-4", "H-5"; of the configuration "production/year end". Owned. */
char *period_id(const struct period *p);

/* Whether its environments and services take in this one; service NULL:
 * any. Labels are up to the caller. */
bool period_is_about(
	const struct period *p, const char *env, const char *service);

/* Same times, scope and effects: ids, authors and texts do not count. */
bool period_is_same(const struct period *a, const struct period *b);

/* "7h", "90m", "19d": whole days are nominal. */
int period_duration_parse(struct period *p, const char *text, struct error *e);

const char *period_kind_name(enum period_kind k);
const char *period_severity_name(enum period_severity s);
const char *period_effect_name(enum period_effect f);
int period_kind_parse(const char *s); /* -1: nobody knows it */
int period_severity_parse(const char *s);
int period_effect_parse(const char *s);

#endif
