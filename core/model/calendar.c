/* calendar.c - windows united, freezes taken away, and what fits. */
#include "model/calendar.h"

#include <stdlib.h>
#include <string.h>

static const char *const fit_names[FIT_COUNT] = {
	"fits", "fits_without_rollback", "does_not_fit"};

const char *
fit_name(enum fit f)
{
	assert((unsigned)f < FIT_COUNT);
	return fit_names[f];
}

void
openings_finish(struct openings *o)
{
	free(o->items);
	memset(o, 0, sizeof(*o));
}

static void
add(struct openings *o, int64_t start, int64_t end,
	const struct period *closer)
{
	if (start >= end)
		return;
	ARRAY_GROW(o->items, o->count, o->capacity);
	o->items[o->count++] = (struct opening){start, end, closer};
}

/* Takes the denies out of one stretch of united windows. *next is the first
 * deny that may still matter. */
static void
add_without(struct openings *o, struct opening w, const struct spans *denies,
	size_t *next)
{
	size_t i;

	while (*next < denies->count && denies->items[*next].end <= w.start)
		(*next)++;
	for (i = *next; i < denies->count && w.start < w.end; i++) {
		const struct span *d = &denies->items[i];

		if (d->start >= w.end)
			break;
		if (d->end <= w.start)
			continue;
		add(o, w.start, d->start, d->period);
		w.start = d->end;
	}
	add(o, w.start, w.end, w.closer);
}

void
calendar_open(const struct spans *windows, bool has_windows,
	const struct spans *denies, int64_t from, int64_t to,
	struct openings *ret)
{
	struct opening w = {from, CALENDAR_FOREVER, NULL};
	size_t i, next = 0;

	memset(ret, 0, sizeof(*ret));
	if (!has_windows) {
		add_without(ret, w, denies, &next);
		return;
	}
	for (i = 0; i < windows->count; i++) {
		const struct span *s = &windows->items[i];

		if (i > 0 && s->start <= w.end) {
			if (s->end > w.end) {
				w.end = s->end;
				w.closer = s->period;
			}
			continue;
		}
		if (i > 0)
			add_without(ret, w, denies, &next);
		w = (struct opening){s->start, s->end, s->period};
	}
	if (i > 0 && w.end >= to)
		w.end = CALENDAR_FOREVER;
	if (i > 0)
		add_without(ret, w, denies, &next);
}

const struct opening *
openings_after(const struct openings *o, int64_t at)
{
	size_t low = 0, high = o->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (o->items[middle].end <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low < o->count ? &o->items[low] : NULL;
}

const struct opening *
openings_at(const struct openings *o, int64_t at)
{
	const struct opening *found = openings_after(o, at);

	return found != NULL && found->start <= at ? found : NULL;
}

const struct span *
spans_at(const struct spans *s, int64_t at)
{
	const struct span *found = NULL;
	size_t i;

	for (i = 0; i < s->count && s->items[i].start <= at; i++)
		if (s->items[i].end > at &&
			(found == NULL || s->items[i].end > found->end))
			found = &s->items[i];
	return found;
}

const struct span *
spans_before(const struct spans *s, int64_t at)
{
	const struct span *found = NULL;
	size_t i;

	for (i = 0; i < s->count && s->items[i].start <= at; i++)
		if (s->items[i].end <= at &&
			(found == NULL || s->items[i].end >= found->end))
			found = &s->items[i];
	return found;
}

/* ---- fit ---- */

/* Whether what begins at `at` ends before the opening does. */
static bool
ends_in(const struct opening *o, int64_t at, int64_t length_s)
{
	return o->end == CALENDAR_FOREVER || o->end - at >= length_s;
}

enum fit
calendar_fit(const struct openings *o, int64_t at, const struct need *need)
{
	const struct opening *open = openings_at(o, at);

	if (open == NULL || !ends_in(open, at, need->forward_s))
		return FIT_NO;
	return ends_in(open, at, need->forward_s + need->back_s)
		       ? FIT_YES
		       : FIT_WITHOUT_ROLLBACK;
}

int64_t
calendar_last_safe_start(
	const struct openings *o, int64_t at, const struct need *need)
{
	int64_t length_s = need->forward_s + need->back_s;
	const struct opening *open = openings_after(o, at);

	for (; open != NULL && open < o->items + o->count; open++) {
		if (open->end == CALENDAR_FOREVER)
			return 0;
		if (open->end - open->start >= length_s &&
			open->end - length_s >= at)
			return open->end - length_s;
	}
	return 0;
}

int64_t
calendar_next_slot_by(const struct openings *o,
	int64_t (*busy_until)(int64_t from, int64_t to, void *arg), void *arg,
	int64_t from, int64_t until, const struct need *need)
{
	int64_t length_s = need->forward_s + need->back_s;
	const struct opening *open = openings_after(o, from);

	for (; open != NULL && open < o->items + o->count; open++) {
		int64_t at = open->start > from ? open->start : from, next;

		while (at < until && ends_in(open, at, length_s)) {
			next = busy_until(at, at + length_s, arg);
			if (next == 0)
				return at;
			at = next;
		}
		if (at >= until)
			break;
	}
	return -1;
}

static int64_t
busy_until(int64_t from, int64_t to, void *arg)
{
	const struct spans *busy = arg;
	int64_t until = 0;
	size_t i;

	for (i = 0; i < busy->count && busy->items[i].start < to; i++)
		if (busy->items[i].end > from && busy->items[i].end > until)
			until = busy->items[i].end;
	return until;
}

int64_t
calendar_next_slot(const struct openings *o, const struct spans *busy,
	int64_t from, int64_t until, const struct need *need)
{
	return calendar_next_slot_by(o, busy_until,
		(struct spans *)(uintptr_t)busy, from, until, need);
}
