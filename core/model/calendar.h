/*
 * calendar.h - when a change may run: windows united, freezes and holidays
 * taken away. Deny beats allow; a scope without any window is always open.
 *
 * Everything is half-open [start, end) in UTC, so that two windows that touch
 * are one.
 */
#ifndef SLUICE_MODEL_CALENDAR_H
#define SLUICE_MODEL_CALENDAR_H

#include "model/recur.h"

#define CALENDAR_FOREVER INT64_MAX

/* One stretch in which changes may run. */
struct opening {
	int64_t start, end; /* end may be CALENDAR_FOREVER */
	/* What ends it: a window that closes, or a freeze or holiday that
	 * begins; NULL: nothing does. */
	const struct period *closer;
};

struct openings {
	struct opening *items;
	size_t count, capacity;
};

void openings_finish(struct openings *o);

/*
 * The openings of [from, to). windows and denies are sorted; has_windows: some
 * window is about this scope, so that outside of all is closed. What is open
 * at `to` is open for ever: callers look further than they care.
 */
void calendar_open(const struct spans *windows, bool has_windows,
	const struct spans *denies, int64_t from, int64_t to,
	struct openings *ret);

/* The opening at an instant, or the first after it; NULL: none. */
const struct opening *openings_at(const struct openings *o, int64_t at);
const struct opening *openings_after(const struct openings *o, int64_t at);

/* The deny or window that holds at an instant; of several the one that ends
 * last. NULL: none. */
const struct span *spans_at(const struct spans *s, int64_t at);
/* The one that ended last before an instant, or NULL. */
const struct span *spans_before(const struct spans *s, int64_t at);

enum fit {
	FIT_YES,
	FIT_WITHOUT_ROLLBACK, /* the way back would end too late */
	FIT_NO,
	FIT_COUNT
};

const char *fit_name(enum fit f);

/* What a rollout needs: forward (with its bakes) and one way back. */
struct need {
	int64_t forward_s, back_s;
};

enum fit calendar_fit(
	const struct openings *o, int64_t at, const struct need *need);

/* The last start at or after `at` that still fits, in the opening of `at` or
 * the first after it that is long enough. 0: there is none, or it has no
 * end. */
int64_t calendar_last_safe_start(
	const struct openings *o, int64_t at, const struct need *need);

/*
 * The first start from `from` on that fits whole and overlaps nothing of busy
 * (sorted). -1: none before `until`.
 */
int64_t calendar_next_slot(const struct openings *o, const struct spans *busy,
	int64_t from, int64_t until, const struct need *need);

/* The same, where busy_until says when [from, to) is free of what is in its
 * way: 0: it is, else when to look again, which is after `from`. */
int64_t calendar_next_slot_by(const struct openings *o,
	int64_t (*busy_until)(int64_t from, int64_t to, void *arg), void *arg,
	int64_t from, int64_t until, const struct need *need);

#endif
