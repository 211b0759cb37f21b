/* run_wave.c - the rollout as a whole: phases, budgets, its end. */
#include "engine/run.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "model/waves.h"
#include "store/store_analysis.h"

static int64_t
now_s(const struct run *run)
{
	return clock_wall_ms(run->rn->clock) / 1000;
}

void
run_save(struct run *run)
{
	struct runner *rn = run->rn;
	struct error e;

	rn->world->write(rn->arg);
	rn->world->must(store_rollout_put(rn->store, &run->d, &e), &e,
		"save a rollout");
	rn->world->changed(rn->arg, &run->d, NULL);
}

void
run_reason(struct run *run, const char *fmt, ...)
{
	struct strbuf sb;
	va_list ap;

	strbuf_init(&sb);
	va_start(ap, fmt);
	strbuf_vaddf(&sb, fmt, ap);
	va_end(ap);
	free(run->d.reason);
	run->d.reason = strbuf_detach(&sb);
	strbuf_finish(&sb);
}

void
run_count(struct run *run)
{
	size_t i;

	memset(run->counts, 0, sizeof(run->counts));
	memset(run->wave_open, 0,
		sizeof(*run->wave_open) * (size_t)(run->d.waves + 2));
	memset(run->wave_total, 0,
		sizeof(*run->wave_total) * (size_t)(run->d.waves + 2));
	memset(run->wave_failed, 0,
		sizeof(*run->wave_failed) * (size_t)(run->d.waves + 2));
	run->failed = 0;
	run->taking_part = 0;
	for (i = 0; i < run->host_count; i++) {
		const struct rollout_host *d = &run->hosts[i].d;

		if (d->wave == 0)
			continue; /* it stays as it is */
		run->taking_part++;
		run->counts[d->state]++;
		run->wave_total[d->wave]++;
		run->wave_open[d->wave] += host_is_open(d->state);
		run->wave_failed[d->wave] += d->failures;
		run->failed += d->failures;
	}
}

void
run_change_event(struct run *run, enum change_event event, const char *reason)
{
	struct runner *rn = run->rn;
	struct change c;
	struct error e;
	int found = store_change_find(rn->store, run->d.change, &c, &e);

	rn->world->must(found, &e, "read a change");
	if (found == 0)
		return;
	if (change_next(c.state, event, &c.state)) {
		rn->world->write(rn->arg);
		str_replace(&c.reason, reason);
		c.finished_at = change_is_over(c.state) ? now_s(run) : 0;
		c.rollout =
			run->d.kind == ROLLOUT_DEPLOY ? run->d.id : c.rollout;
		rn->world->must(store_change_put(rn->store, &c, &e), &e,
			"save a change");
		rn->world->change_changed(rn->arg, &c);
	}
	change_finish(&c);
}

/* ---- waits, for the measures ---- */

static void
wait_note(struct run *run, enum rollout_state state, bool begins)
{
	const struct gate *g = run_gate(run);
	struct runner *rn = run->rn;
	char id[ID_TEXT_SIZE], cause[48];
	struct error e;

	if (state == ROLLOUT_PAUSED)
		snprintf(cause, sizeof(cause), "paused: %s",
			pause_cause_name(run->d.pause_cause));
	else if (state == ROLLOUT_WAITING)
		snprintf(cause, sizeof(cause), "%s",
			g == NULL || g->kind == GATE_TIMER
				? "bake"
				: gate_kind_name(g->kind));
	else
		return;
	rollout_id_format(run->d.id, id);
	rn->world->write(rn->arg);
	rn->world->must(
		begins ? store_wait_begin(rn->store, id, cause, now_s(run), &e)
		       : store_wait_end(rn->store, id, cause, now_s(run), &e),
		&e, "save a wait");
}

void
run_wait_note(struct run *run, bool begins)
{
	wait_note(run, run->d.state, begins);
}

bool
run_apply(struct run *run, enum rollout_event event, const char *who,
	int64_t uid, const char *reason)
{
	struct runner *rn = run->rn;
	enum rollout_state from = run->d.state, to;
	char id[ID_TEXT_SIZE], what[64];

	if (!rollout_next(from, event, &to))
		return false;
	wait_note(run, from, false);
	run->d.state = to;
	if (to != ROLLOUT_PAUSED)
		run->d.pause_cause = PAUSE_NONE;
	if (to != ROLLOUT_WAITING) {
		run->d.gate_until = 0;
		run->due_ms = 0;
		run_check_forget(run);
	}
	if (rollout_is_over(to))
		run_watch_close(run);
	if (reason != NULL && reason != run->d.reason)
		run_reason(run, "%s", reason);
	if (!rollout_is_over(to))
		run->d.finished_at = 0;
	else if (!rollout_is_over(
			 from)) /* undone later, it ended when it did */
		run->d.finished_at = now_s(run);
	if (run->d.started_at == 0)
		run->d.started_at = now_s(run);
	rn->world->write(rn->arg);
	run_save(run);
	rollout_id_format(run->d.id, id);
	snprintf(what, sizeof(what), "rollout.%s", rollout_state_name(to));
	rn->world->record(rn->arg, who, uid, what, id,
		reason == NULL ? "" : reason, NULL);
	return true;
}

void
run_pause(struct run *run, enum pause_cause cause, const char *who, int64_t uid,
	const char *reason)
{
	enum rollout_state to;

	if (!rollout_next(run->d.state, ROLLOUT_EVENT_PAUSE, &to))
		return;
	run->d.pause_cause = cause;
	run_apply(run, ROLLOUT_EVENT_PAUSE, who, uid, reason);
	wait_note(run, ROLLOUT_PAUSED, true);
}

void
run_pause_becomes(struct run *run, enum pause_cause cause)
{
	wait_note(run, ROLLOUT_PAUSED, false);
	run->d.pause_cause = cause;
	wait_note(run, ROLLOUT_PAUSED, true);
	run_save(run);
}

/* ---- failures ---- */

static bool
is_tripped(const struct run *run, const struct run_host *h)
{
	const struct budget *b = &run->plan.budget;
	int lost = run->counts[HOST_UNREACHABLE] + run->counts[HOST_UNKNOWN];
	struct budget wave = {.percent = b->percent};

	/* Going back is not stopped by a host that cannot. */
	if (run->d.kind == ROLLOUT_ROLLBACK)
		return false;
	/* Half a switch is none. */
	if (host_moves_traffic(h))
		return true;
	if (budget_is_reached(b, run->taking_part, run->failed, lost))
		return true;
	return budget_is_reached(&wave, run->wave_total[h->d.wave],
		run->wave_failed[h->d.wave], 0);
}

static void
run_trip(struct run *run, enum pause_cause cause)
{
	struct strbuf reason;
	enum on_failure answer = run->plan.on_failure;

	if (cause == PAUSE_UNKNOWN_HOSTS ||
		(cause == PAUSE_TRAFFIC && answer == ON_FAILURE_CONTINUE))
		answer = ON_FAILURE_HOLD;
	if (answer == ON_FAILURE_CONTINUE)
		return;
	strbuf_init(&reason);
	if (cause == PAUSE_TRAFFIC)
		run_traffic_words(run, &reason);
	run_describe_failures(run, &reason);
	switch (answer) {
	case ON_FAILURE_HOLD:
		run_pause(run, cause, "engine", -1, reason.buf);
		break;
	case ON_FAILURE_ROLLBACK:
		run_go_back(run, cause, reason.buf);
		break;
	case ON_FAILURE_CONTINUE:
	case ON_FAILURE_COUNT:
		break;
	}
	strbuf_finish(&reason);
}

static enum pause_cause
cause_of(const struct run_host *h)
{
	if (host_moves_traffic(h) && h->d.step != NULL &&
		host_is_touched(h))
		return PAUSE_TRAFFIC;
	return h->d.state == HOST_UNREACHABLE ? PAUSE_UNREACHABLE_HOSTS
					      : PAUSE_FAILED_HOSTS;
}

void
run_host_failed(struct run *run, struct run_host *h)
{
	struct runner *rn = run->rn;
	char id[ID_TEXT_SIZE];
	json_t *detail;

	rollout_id_format(run->d.id, id);
	detail = json_pack("{s:s, s:s?, s:s}", "rollout", id, "step", h->d.step,
		"state", host_state_name(h->d.state));
	rn->world->record(rn->arg, "engine", -1, "host.failed", h->d.host,
		h->d.error, detail);
	if (run->d.state == ROLLOUT_STAGING ||
		run->d.state == ROLLOUT_RUNNING ||
		run->d.state == ROLLOUT_WAITING) {
		if (h->d.state == HOST_UNKNOWN && run->d.kind == ROLLOUT_DEPLOY)
			run_trip(run, PAUSE_UNKNOWN_HOSTS);
		else if (is_tripped(run, h))
			run_trip(run, cause_of(h));
	}
	run_advance(run);
}

/* ---- the end ---- */

/* What should run on every host of a rollout that succeeded; a host that
 * missed it is behind. */
static void
note_expected(struct run *run)
{
	struct runner *rn = run->rn;
	struct error e;
	size_t i;

	for (i = 0; i < run->host_count; i++) {
		struct rollout_host *h = &run->hosts[i].d;
		struct deployment d;
		int found;

		if (h->state == HOST_HEALTHY || h->state == HOST_EXCLUDED ||
			host_part(&run->hosts[i]) == OP_PART_ROUTER)
			continue;
		found = store_deployment_find(
			rn->store, run->d.service, run->d.env, h->host, &d, &e);
		rn->world->must(found, &e, "read a deployment");
		if (found == 0) {
			memset(&d, 0, sizeof(d));
			d.service = xstrdup(run->d.service);
			d.env = xstrdup(run->d.env);
			d.host = xstrdup(h->host);
		}
		str_replace(&d.expected_version, h->version);
		if (!h->switched)
			str_replace(&d.state, "behind");
		d.rollout = run->d.id;
		rn->world->write(rn->arg);
		rn->world->must(store_deployment_put(rn->store, &d, &e), &e,
			"save a deployment");
		deployment_finish(&d);
	}
}

/* What had to be taken back here before went well after all. */
static void
release_is_good(struct run *run)
{
	struct runner *rn = run->rn;
	struct error e;

	rn->world->write(rn->arg);
	rn->world->must(store_taken_back_drop(rn->store, run->d.service,
				run->d.version, run->d.env, &e),
		&e, "let a release go");
}

static bool
is_success(const struct run *run)
{
	int bad = run->counts[HOST_FAILED] + run->counts[HOST_UNREACHABLE] +
		  run->counts[HOST_UNKNOWN];

	if (!run_traffic_is_done(run))
		return false;
	if (bad == 0)
		return true;
	if (run->d.kind == ROLLOUT_ROLLBACK || run->counts[HOST_HEALTHY] == 0)
		return false;
	return !budget_is_reached(&run->plan.budget, run->taking_part,
		run->failed,
		run->counts[HOST_UNREACHABLE] + run->counts[HOST_UNKNOWN]);
}

void
run_finish(struct run *run)
{
	struct strbuf reason;
	bool success = is_success(run);

	strbuf_init(&reason);
	if (run->counts[HOST_HEALTHY] + run->counts[HOST_EXCLUDED] <
		run->taking_part)
		run_describe_failures(run, &reason);
	run_describe_excluded(run, &reason);
	run_reason(run, "%s", reason.buf);
	run_apply(run, success ? ROLLOUT_EVENT_SUCCEED : ROLLOUT_EVENT_FAIL,
		"engine", -1, reason.buf);
	if (run->d.kind == ROLLOUT_ROLLBACK) {
		run_back_finished(run);
	} else {
		if (success) {
			note_expected(run);
			release_is_good(run);
		}
		run_change_event(run,
			success ? CHANGE_EVENT_SUCCEED : CHANGE_EVENT_FAIL,
			reason.buf);
	}
	strbuf_finish(&reason);
}
