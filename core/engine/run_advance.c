/*
 * run_advance.c - which hosts begin, and when the next wave does.
 *
 * Called whenever something has ended: goes on as far as it can, and is called
 * again by what it began. Waves of a deploy follow each other; so do those of
 * a way back, but for hosts that cannot go yet.
 */
#include "engine/run.h"

#include <stdio.h>
#include <stdlib.h>

static int
open_wave_from(const struct run *run, int wave)
{
	for (; wave <= run->d.waves; wave++)
		if (run->wave_open[wave] > 0)
			return wave;
	return 0;
}

/* Those before the current one are closed, but for hosts of a way back that
 * cannot go yet; a retry begins at 0. */
static int
first_open_wave(const struct run *run)
{
	bool is_back = run->d.kind == ROLLOUT_ROLLBACK;

	return open_wave_from(
		run, is_back || run->d.wave == 0 ? 1 : run->d.wave);
}

/* The same host may still be moving in the rollout that this one undoes. */
static bool
is_blocked(const struct run_host *h)
{
	return h->after != NULL && h->after->is_live;
}

/* A switch that was in flight when the way back was made has not happened:
 * there is nothing to undo on this host. */
static bool
was_never_moved(const struct run_host *h)
{
	return h->after != NULL && h->d.step == NULL &&
	       !host_is_touched(h->after);
}

static bool
wants_to_begin(const struct run_host *h, enum rollout_state state, int wave)
{
	if (h->is_live || !host_is_open(h->d.state) || is_blocked(h))
		return false;
	if (state == ROLLOUT_STAGING)
		return h->d.state == HOST_PENDING;
	return h->d.wave <= wave;
}

static void
host_skip(struct run_host *h)
{
	str_replace(&h->d.error, "it was not switched: nothing to undo");
	host_apply(h, HOST_EVENT_EXCLUDE);
}

/* Hosts that may be begun by now, or are. */
static int
count_open(const struct run *run)
{
	int open = 0, wave;

	if (run->d.state == ROLLOUT_STAGING)
		return run->counts[HOST_PENDING];
	for (wave = first_open_wave(run); wave > 0 && wave <= run->d.wave;
		wave++)
		open += run->wave_open[wave];
	return open;
}

/* Begins hosts as far as the limit allows. */
static void
begin_hosts(struct run *run)
{
	struct runner *rn = run->rn;
	int most = rn->world->most_active(rn->arg);
	size_t looked;

	if (count_open(run) <= run->live)
		return;
	for (looked = 0; looked < run->host_count && rn->live < most;
		looked++) {
		struct run_host *h = &run->hosts[run->cursor];

		run->cursor = (run->cursor + 1) % run->host_count;
		if (!wants_to_begin(h, run->d.state, run->d.wave))
			continue;
		if (was_never_moved(h))
			host_skip(h);
		else
			host_begin(h, h->d.state == HOST_PENDING
					      ? OP_PHASE_PREPARE
					      : OP_PHASE_MOVE);
		if (run->d.state != ROLLOUT_STAGING &&
			run->d.state != ROLLOUT_RUNNING)
			return;
	}
}

static void
move_to_wave(struct run *run, int wave)
{
	char id[ID_TEXT_SIZE], text[64];

	run->d.wave = wave;
	run->d.gate = 0;
	run->d.gate_since = 0;
	rollout_id_format(run->d.id, id);
	snprintf(text, sizeof(text), "wave %d of %d", wave, run->d.waves);
	run->rn->world->record(
		run->rn->arg, "engine", -1, "rollout.wave", id, text, NULL);
	run_save(run);
}

/* Between two waves, or after the last; false: the next does not begin. */
static bool
leave_wave(struct run *run, int wave)
{
	bool ends = wave == 0 && !run_traffic_is_watched(run);

	if (wave != 0 && run_is_held_before_wave(run))
		return false;
	if (!ends && run->d.wave > 0 && run_gate(run) != NULL) {
		run_gate_enter(run);
		return false;
	}
	if (wave == 0) {
		run_finish(run);
		return false;
	}
	if (wave == TRAFFIC_WAVE && !run_traffic_begin(run))
		return false;
	if (run_is_blue_green(run))
		run_watch_end(run); /* what it measured is needed after it */
	else
		run_watch_close(run);
	move_to_wave(run, wave);
	return true;
}

/* Who still ends a step of what is undone holds nobody up: the next hosts of
 * the way back go meanwhile, and this one when it can. */
static void
pass_blocked(struct run *run)
{
	struct runner *rn = run->rn;
	int wave;

	if (run->d.kind != ROLLOUT_ROLLBACK ||
		run->d.state != ROLLOUT_RUNNING || run->live > 0 ||
		rn->live >= rn->world->most_active(rn->arg))
		return;
	wave = open_wave_from(run, run->d.wave + 1);
	if (wave > 0)
		move_to_wave(run, wave);
}

static void
advance_running(struct run *run)
{
	int wave = first_open_wave(run);

	if (wave == 0)
		wave = run_traffic_next(run);
	if (wave == 0 || wave > run->d.wave) {
		if (run->live > 0)
			return; /* the tail of the wave tidies up */
		run_traffic_end(run);
		if (!leave_wave(run, wave))
			return;
	}
	begin_hosts(run);
	pass_blocked(run);
}

static bool
is_going_on(enum rollout_state s)
{
	return s == ROLLOUT_PENDING || s == ROLLOUT_STAGING ||
	       s == ROLLOUT_RUNNING;
}

static void
advance_staging(struct run *run)
{
	size_t i;

	begin_hosts(run);
	if (run->live > 0 || run->d.state != ROLLOUT_STAGING)
		return;
	for (i = 0; i < run->host_count; i++)
		if (run->hosts[i].d.state == HOST_PENDING)
			return;
	run->cursor = 0;
	run_reason(run, "%s", "");
	run_apply(run, ROLLOUT_EVENT_RUN, "engine", -1, NULL);
}

static void
advance_once(struct run *run)
{
	if (!run_traffic_is_known(run) && is_going_on(run->d.state)) {
		run_live_ask(run);
		return;
	}
	switch (run->d.state) {
	case ROLLOUT_PENDING:
		run_apply(run,
			run_stages_first(run) ? ROLLOUT_EVENT_STAGE
					      : ROLLOUT_EVENT_RUN,
			"engine", -1, NULL);
		break;
	case ROLLOUT_STAGING:
		advance_staging(run);
		break;
	case ROLLOUT_RUNNING:
		advance_running(run);
		break;
	case ROLLOUT_PAUSED:
	case ROLLOUT_WAITING:
	case ROLLOUT_SUCCEEDED:
	case ROLLOUT_FAILED:
	case ROLLOUT_ABORTED:
	case ROLLOUT_ROLLED_BACK:
	case ROLLOUT_STATE_COUNT:
		break;
	}
}

void
run_advance(struct run *run)
{
	enum rollout_state before;
	int wave;

	/* Hosts that begin may end at once and come back here. */
	if (run->is_advancing || run->rn->is_held)
		return;
	run->is_advancing = true;
	do {
		before = run->d.state;
		wave = run->d.wave;
		advance_once(run);
	} while (before != run->d.state || wave != run->d.wave);
	run->is_advancing = false;
	if (!run->rn->is_pumping)
		runner_pump(run->rn);
}

void
runner_pump(struct runner *rn)
{
	struct run *run;

	rn->is_pumping = true;
	for (run = rn->runs; run != NULL; run = run->next)
		if (!rollout_is_over(run->d.state))
			run_advance(run);
	rn->is_pumping = false;
}
