/*
 * recur.h - when a period happens: RFC 5545 rules, expanded.
 *
 * libical iterates a rule without any zone, on local times; what they mean in
 * UTC is decided here, since libical is wrong at the edges of summer time. A
 * start that happens twice is the first one, one that does not exist is read
 * with the offset before the gap; days of a duration are nominal, hours,
 * minutes and seconds exact (section 3.3.6).
 */
#ifndef SLUICE_MODEL_RECUR_H
#define SLUICE_MODEL_RECUR_H

#include "model/period.h"

#define RECUR_PER_DAY_MOST 24
#define RECUR_COUNT_MOST 10000
#define RECUR_SPANS_MOST 200000

struct span { /* one time a period happens: [start, end) in UTC */
	int64_t start, end;
	const struct period *period; /* borrowed */
};

struct spans {
	struct span *items;
	size_t count, capacity;
};

void spans_finish(struct spans *s);
void spans_add(struct spans *s, int64_t start, int64_t end,
	const struct period *period);
/* By start, then end. */
void spans_sort(struct spans *s);

/*
 * Refuses what cannot be: a rule that is none, that comes more often than a
 * window can, that never comes; no length; a zone that nobody knows.
 */
int recur_check(const struct period *p, struct error *e);

/* Adds what overlaps [from, to), in order. p has passed recur_check; more
 * than RECUR_SPANS_MOST are refused. */
int recur_expand(const struct period *p, int64_t from, int64_t to,
	struct spans *ret, struct error *e);

/* When a period without a rule happens. */
void recur_once(const struct period *p, struct span *ret);

/* How the clocks treat a local start or end: a warning for people, such as
 * "01:30 happens twice on 2026-10-25"; NULL: none in [from, to). Owned. */
char *recur_edges(const struct period *p, int64_t from, int64_t to);

#endif
