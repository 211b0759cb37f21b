/* run_hold.c - holding a rollout for the calendar: at once, or when the wave
 * that moves has ended. */
#include <stdlib.h>
#include <string.h>

#include "engine/run.h"

void
runner_hold_for(struct runner *rn, struct rollout_id id,
	enum pause_cause cause, const struct actor *by, const char *reason)
{
	struct run *run = runner_run(rn, id);

	if (run == NULL || run->d.kind != ROLLOUT_DEPLOY)
		return;
	run_pause(run, cause, by->who, by->uid, reason);
}

void
runner_hold_after_wave(
	struct runner *rn, struct rollout_id id, const char *reason)
{
	struct run *run = runner_run(rn, id);

	if (run != NULL && run->d.kind == ROLLOUT_DEPLOY)
		str_replace(&run->hold_reason, reason);
}

bool
run_is_held_before_wave(struct run *run)
{
	char *reason = run->hold_reason;

	if (reason == NULL)
		return false;
	run->hold_reason = NULL;
	run_pause(run, PAUSE_CALENDAR, "engine", -1, reason);
	free(reason);
	return true;
}
