/*
 * ics.h - iCalendar (RFC 5545), read and written.
 *
 * Read by lines, so that what is wrong can be told with its line; values are
 * libical's to parse. What cannot be represented is refused, never dropped:
 * RDATE, RECURRENCE-ID, zones that nobody knows, more than one rule.
 */
#ifndef SLUICE_MODEL_ICS_H
#define SLUICE_MODEL_ICS_H

#include "model/recur.h"

#define ICS_BYTES_MOST (2 * 1024 * 1024)
#define ICS_EVENTS_MOST 2000

/* ---- reading ---- */

struct ics_event {
	struct period period; /* name, times, uid, sequence */
	bool is_cancelled;
	int line; /* of its BEGIN */
};

struct ics_events {
	struct ics_event *items;
	size_t count, capacity;
	int ignored; /* tasks, journals and the like */
};

/*
 * All events of a file, as periods of that kind; checked in full. zone is
 * where times without one are. -1: refused, with "line N: ...".
 */
int ics_read(const char *text, size_t len, enum period_kind kind,
	const char *zone, struct ics_events *ret, struct error *e);
void ics_events_finish(struct ics_events *list);

/* ---- writing ---- */

void ics_begin(struct strbuf *out, const char *name);
void ics_end(struct strbuf *out);

/* The zone with every change of its clocks from 1970 or the year of `from`
 * to that of `to`; nothing for UTC. */
void ics_zone(struct strbuf *out, const char *zone, int64_t from, int64_t to);

enum ics_status { ICS_TENTATIVE, ICS_CONFIRMED, ICS_CANCELLED };

struct ics_about { /* what stands beside the times of an event */
	const char *uid, *summary, *description, *category;
	int64_t sequence;
	int64_t stamp; /* last altered */
	enum ics_status status;
	bool is_busy;
};

/* One that recurs by a period. */
void ics_period(struct strbuf *out, const struct ics_about *about,
	const struct period *p);
/* One from an instant to another. */
void ics_span(struct strbuf *out, const struct ics_about *about, int64_t start,
	int64_t end);

#endif
