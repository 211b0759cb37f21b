/*
 * calendar_rows.h - the calendar as rows (interface.md section 3), and its
 * periods and stopped lines as objects. All JSON returned is a new reference.
 */
#ifndef SLUICE_ENGINE_CALENDAR_ROWS_H
#define SLUICE_ENGINE_CALENDAR_ROWS_H

#include <jansson.h>

#include "engine/engine.h"

#define CALENDAR_RANGE_MOST_S ((int64_t)3660 * 86400)

/* In the order in which rows of one instant stand. */
enum row_kind {
	ROW_WINDOW,
	ROW_FREEZE,
	ROW_HOLIDAY,
	ROW_HOLD,
	ROW_ROLLOUT,
	ROW_CHANGE,
	ROW_KIND_COUNT
};

struct calendar_query {
	const char *env; /* NULL: all */
	unsigned kinds;	 /* bits 1 << enum row_kind */
	int64_t from, to;
	const char *zone; /* local times are told in it */
};

/* -1: nobody knows it. */
int row_kind_parse(const char *s);

/*
 * Up to limit rows that overlap [from, to) after the cursor ("" or NULL: from
 * the start), by start. *ret_next (owned) is the cursor for more, NULL: that
 * was all. -1: not a cursor.
 */
int calendar_rows(struct engine *en, const struct calendar_query *q,
	const char *after, size_t limit, json_t **ret_rows, char **ret_next,
	struct error *e);

/* A window, freeze or holiday; starts_at and ends_at are of the time that it
 * is or will be next, or was last. */
json_t *period_json(struct engine *en, const struct period *p);

/* What it is, without what becomes of it: for the ledger and for requests. */
json_t *period_content_json(const struct period *p);

/* The reverse, checked in full; the caller finishes ret, also after -1. */
int period_from_json(const json_t *o, struct period *ret, struct error *e);

/* A line, stopped (l) or open (NULL). */
json_t *line_json(const char *env, const struct line_stop *l);

#endif
