/* run_stop.c - how a rollout is stopped by the engine: held, ended, or taken
 * back. */
#include <stdlib.h>

#include "engine/run.h"

static bool
has_touched(const struct run *run)
{
	size_t i;

	for (i = 0; i < run->host_count; i++)
		if (host_is_touched(&run->hosts[i]))
			return true;
	return false;
}

/* A step that cannot be undone and ran on a host that was switched. */
static const char *
irreversible_step(const struct run *run)
{
	int kind;

	for (kind = 0; has_touched(run) && kind < STEP_KIND_COUNT; kind++)
		if (run->plan.steps[kind].run != NULL &&
			!run->plan.steps[kind].reversible &&
			kind != STEP_BEFORE_ROLLBACK)
			return step_kind_name((enum step_kind)kind);
	return NULL;
}

/* Why nobody but a person takes it back (owned); NULL: the engine does. */
static char *
refuse_back(const struct run *run)
{
	const char *step = irreversible_step(run);

	if (step != NULL)
		return xasprintf("the step %s cannot be undone", step);
	return run_colours_old_is_down(run)
		       ? xstrdup(run_colours_words(run, WATCHED_OLD))
		       : NULL;
}

/* Of blue-green: before that nobody has seen the new colour. */
static bool
has_moved_traffic(const struct run *run)
{
	return !run_is_blue_green(run) ||
	       traffic_state_parse(run->d.traffic).phase >= TRAFFIC_ORDERED;
}

/* Pauses it, or says why it stays paused. */
void
run_stop(struct run *run, enum pause_cause cause, const char *reason)
{
	if (run->d.state != ROLLOUT_PAUSED) {
		run_pause(run, cause, "engine", -1, reason);
		return;
	}
	run_reason(run, "%s", reason);
	run_pause_becomes(run, cause);
}

void
run_end(struct run *run, const char *reason)
{
	run_apply(run, ROLLOUT_EVENT_ABORT, "engine", -1, reason);
	run_change_event(run, CHANGE_EVENT_ABORT, reason);
	run_let_hosts_go(run);
}

void
run_go_back(struct run *run, enum pause_cause cause, const char *reason)
{
	const struct actor engine = {"engine", -1};
	char *why_not = refuse_back(run);
	struct rollout_id back;
	struct error e;

	if (why_not != NULL) {
		char *words = xasprintf("%s; not taken back by itself: %s",
			reason, why_not);

		run_stop(run, cause, words);
		free(words);
		free(why_not);
		return;
	}
	run_apply(run, ROLLOUT_EVENT_FAIL, "engine", -1, reason);
	run_change_event(run, CHANGE_EVENT_FAIL, reason);
	run_let_hosts_go(run);
	if (!has_touched(run) || !has_moved_traffic(run))
		return;
	if (run_back_create(run, NULL, reason, &engine, &back, &e) == -1) {
		run_reason(run, "%s; no way back: %s", reason, e.text);
		run_save(run);
		run_change_event(run, CHANGE_EVENT_MIX, run->d.reason);
	}
	if (!run->rn->is_pumping)
		runner_pump(run->rn);
}
