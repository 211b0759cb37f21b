/*
 * run_due.c - hosts that wait for a time, soonest first: a binary heap, since
 * the loop asks for the next one every time before it sleeps.
 */
#include "engine/run.h"

/* Equal times go by rollout and host, so that a run can be repeated. */
static bool
is_sooner(const struct run_host *a, const struct run_host *b)
{
	if (a->due_ms != b->due_ms)
		return a->due_ms < b->due_ms;
	if (a->d.rollout.number != b->d.rollout.number)
		return a->d.rollout.number < b->d.rollout.number;
	return a->d.index < b->d.index;
}

static void
put(struct runner *rn, size_t place, struct run_host *h)
{
	rn->due[place] = h;
	h->due_place = place + 1;
}

/* Moves h up from a place that is free to where it belongs. */
static void
sift_up(struct runner *rn, size_t place, struct run_host *h)
{
	while (place > 0 && is_sooner(h, rn->due[(place - 1) / 2])) {
		put(rn, place, rn->due[(place - 1) / 2]);
		place = (place - 1) / 2;
	}
	put(rn, place, h);
}

static void
sift_down(struct runner *rn, size_t place, struct run_host *h)
{
	for (;;) {
		size_t child = 2 * place + 1;

		if (child + 1 < rn->due_count &&
			is_sooner(rn->due[child + 1], rn->due[child]))
			child++;
		if (child >= rn->due_count || !is_sooner(rn->due[child], h))
			break;
		put(rn, place, rn->due[child]);
		place = child;
	}
	put(rn, place, h);
}

void
host_wake_never(struct run_host *h)
{
	struct runner *rn = h->run->rn;
	size_t place = h->due_place;
	struct run_host *last;

	h->due_ms = 0;
	h->due_place = 0;
	if (place == 0)
		return;
	last = rn->due[--rn->due_count];
	if (last == h)
		return;
	place--;
	if (place > 0 && is_sooner(last, rn->due[(place - 1) / 2]))
		sift_up(rn, place, last);
	else
		sift_down(rn, place, last);
}

void
host_wake_in(struct run_host *h, int64_t ms)
{
	struct runner *rn = h->run->rn;

	host_wake_never(h);
	h->due_ms = clock_mono_ms(rn->clock) + ms;
	ARRAY_GROW(rn->due, rn->due_count, rn->due_capacity);
	rn->due_count++;
	sift_up(rn, rn->due_count - 1, h);
}
