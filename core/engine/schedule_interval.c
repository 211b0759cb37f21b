/* schedule_interval.c - in which of its windows a change that has a time runs.
 * A yes is for that stretch: its plan names it, and its end is the end of the
 * yes where the policy says nothing else. */
#include <stdio.h>

#include "base/units.h"
#include "engine/governance.h"
#include "engine/schedule.h"
#include "model/policy.h"

/* As far as is looked to either side: what goes further has no end. */
#define AROUND_S ((int64_t)40 * SCHEDULE_DAY_S)

bool
schedule_interval(struct engine *en, const struct change *c,
	const struct policy *p, int64_t *ret_start, int64_t *ret_end)
{
	struct scope scope = scope_of(c);
	int64_t at = c->scheduled_at, from = at - AROUND_S, to = at + AROUND_S;
	struct openings open = {0};
	struct spans none = {0};
	const struct opening *o = NULL;
	struct outlook look;

	if (at == 0 || p->approvals == 0 || c->type == CHANGE_TYPE_EMERGENCY)
		return false;
	schedule_outlook(en, &scope, from, to, &look);
	/* A freeze takes nothing from what was agreed to: it holds itself. */
	calendar_open(&look.windows, look.has_windows, &none, from, to, &open);
	if (look.has_windows)
		o = openings_after(&open, at);
	if (o != NULL) {
		*ret_start = o->start <= from ? 0 : o->start;
		*ret_end = o->end >= to ? CALENDAR_FOREVER : o->end;
	}
	openings_finish(&open);
	outlook_finish(&look);
	return o != NULL;
}

void
schedule_interval_words(int64_t start, int64_t end, char ret[INTERVAL_SIZE])
{
	char from[TIME_TEXT_SIZE] = "..", to[TIME_TEXT_SIZE] = "..";

	if (start != 0)
		time_format_utc(start, from);
	if (end != CALENDAR_FOREVER)
		time_format_utc(end, to);
	snprintf(ret, INTERVAL_SIZE, "%s/%s", from, to);
}

int
schedule_refuse_early(struct engine *en, const struct change *c,
	struct error *e)
{
	char id[ID_TEXT_SIZE], when[TIME_TEXT_SIZE];
	int64_t from, to;
	struct policy p;
	bool is_early;

	if (change_policy(en, c, &p, e) == -1)
		return -1;
	is_early = schedule_interval(en, c, &p, &from, &to) &&
		   engine_now(en) < from;
	policy_finish(&p);
	if (!is_early)
		return 0;
	change_id_format(c->id, id);
	time_format_utc(from, when);
	error_set(e, ERROR_NOT_APPROVED,
		"%s is approved for a window that opens at %s", id, when);
	return error_hint(e,
		"move it into this one, which asks for approvals again: sluice "
		"change move %s --at TIME",
		id);
}
