/* run_host.c - one host in a rollout: its ops in order, and where it stops. */
#include "engine/run.h"

#include <stdlib.h>
#include <string.h>

const struct op_row ops[OP_COUNT] = {
#define OP(id, step, job, when, phase, trouble, part)                          \
	[OP_##id] = {step, JOB_##job, OP_WHEN_##when, OP_PHASE_##phase,        \
		OP_TROUBLE_##trouble, OP_PART_##part},
#include "engine/ops.def"
#undef OP
};

void
host_must(
	struct run_host *h, int result, const struct error *e, const char *what)
{
	h->run->rn->world->must(result, e, what);
}

void
host_save(struct run_host *h)
{
	struct runner *rn = h->run->rn;
	struct error e;

	rn->world->write(rn->arg);
	host_must(h, store_rollout_host_put(rn->store, &h->d, &e), &e,
		"save a host of a rollout");
	rn->world->changed(rn->arg, &h->run->d, &h->d);
}

bool
host_is_open(enum host_state s)
{
	return s == HOST_PENDING || s == HOST_STAGED || s == HOST_SWITCHED;
}

enum op_part
host_part(const struct run_host *h)
{
	const struct run *run = h->run;
	bool slots = traffic_has_slots(&run->plan.traffic);

	if (!run_is_blue_green(run))
		return OP_PART_PLAIN;
	if (host_moves_traffic(h))
		return slots ? OP_PART_LINK : OP_PART_ROUTER;
	return slots ? OP_PART_SLOT : OP_PART_PLAIN;
}

/* It was told where traffic goes, or may have been. */
static bool
was_told(const struct run_host *h)
{
	enum op op;

	if (h->d.switched)
		return true;
	for (op = OP_LINK; op <= OP_LIVE; op++)
		if (h->d.step != NULL && strcmp(h->d.step, ops[op].step) == 0)
			return true;
	return false;
}

bool
host_is_touched(const struct run_host *h)
{
	if (h->d.state == HOST_ROLLED_BACK || host_part(h) == OP_PART_SLOT)
		return false;
	if (host_part(h) & OP_PART_TRAFFIC)
		return was_told(h);
	return h->d.switched || (h->is_live && h->op == OP_SWITCH) ||
	       (h->d.state == HOST_UNKNOWN && h->d.step != NULL &&
		       strcmp(h->d.step, ops[OP_SWITCH].step) == 0);
}

void
host_apply(struct run_host *h, enum host_event event)
{
	struct run *run = h->run;
	enum host_state to;
	bool known = host_next(h->d.state, event, &to);

	assert(known);
	run->counts[h->d.state]--;
	run->counts[to]++;
	run->wave_open[h->d.wave] +=
		(int)host_is_open(to) - (int)host_is_open(h->d.state);
	h->d.state = to;
	if (!host_is_open(to))
		h->d.finished_at = clock_wall_ms(run->rn->clock) / 1000;
	host_save(h);
}

void
host_set_live(struct run_host *h, bool live)
{
	int change = (int)live - (int)h->is_live;

	h->is_live = live;
	h->run->live += change;
	h->run->rn->live += change;
}

void
host_deployed(struct run_host *h, const char *release, const char *version,
	const char *state)
{
	struct run *run = h->run;
	struct runner *rn = run->rn;
	struct deployment old, d = {.service = run->d.service,
				       .env = run->d.env,
				       .host = h->d.host};
	int64_t now = clock_wall_ms(rn->clock) / 1000;
	struct error e;
	int found;

	if (host_part(h) == OP_PART_ROUTER)
		return; /* nothing runs there */
	found = store_deployment_find(
		rn->store, d.service, d.env, d.host, &old, &e);
	host_must(h, found, &e, "read a deployment");
	d.release = xstrdup_or_null(release);
	d.version = xstrdup_or_null(version);
	d.state = xstrdup(state);
	d.previous_version = xstrdup_or_null(h->d.previous_version);
	d.expected_version = xstrdup_or_null(h->d.switched ? h->d.version
					     : found == 1 ? old.expected_version
							  : NULL);
	d.rollout = run->d.id;
	d.changed_at = found == 1 && !h->d.switched ? old.changed_at : now;
	d.seen_at = now;
	rn->world->write(rn->arg);
	host_must(h, store_deployment_put(rn->store, &d, &e), &e,
		"save a deployment");
	if (found == 1)
		deployment_finish(&old);
	free(d.release);
	free(d.version);
	free(d.state);
	free(d.previous_version);
	free(d.expected_version);
}

/* ---- ops in order ---- */

static bool
op_applies(const struct run_host *h, enum op op)
{
	const struct run *run = h->run;
	enum op_when when = run->d.kind == ROLLOUT_DEPLOY ? OP_WHEN_DEPLOY
							  : OP_WHEN_ROLLBACK;

	if (!(ops[op].when & when) || !(ops[op].part & host_part(h)))
		return false;
	if (ops[op].job == JOB_STEP)
		return host_step(h, op) != NULL;
	if (op == OP_VERIFY_TARGET)
		return !h->d.is_foreign;
	if (op == OP_VERIFY_BACK) {
		char *release = run_back_release(h);

		free(release);
		return release != NULL;
	}
	return true;
}

/* A step that ended well in this rollout does not run again, nor does a
 * switch for a host that goes on from behind it. */
static bool
op_was_done(struct run_host *h, enum op op)
{
	struct runner *rn = h->run->rn;
	struct error e;
	int done;

	if (op == OP_SWITCH || op == OP_SLOT || op == OP_LINK ||
		op == OP_TRAFFIC)
		return h->d.state == HOST_SWITCHED;
	if (ops[op].job != JOB_STEP)
		return false;
	done = store_step_was_done(
		rn->store, h->run->d.id, h->d.host, ops[op].step, &e);
	host_must(h, done, &e, "look for a step that was done");
	return done == 1;
}

void
host_stop(struct run_host *h)
{
	job_forget(h);
	host_wake_never(h);
	host_set_live(h, false);
}

static void
phase_done(struct run_host *h)
{
	host_stop(h);
	if (h->d.state == HOST_PENDING) {
		host_apply(h, HOST_EVENT_STAGED);
	} else {
		host_save(h);
		h->run->rn->world->idle(h->run->rn->arg, h->d.host);
	}
	run_advance(h->run);
}

static void
op_begin_from(struct run_host *h, enum op from)
{
	enum op_phase phase = ops[h->op].phase;
	enum op op = from;

	while (op < OP_COUNT && (!op_applies(h, op) || op_was_done(h, op)))
		op++;
	if (op == OP_COUNT ||
		(ops[op].phase != phase && run_stages_first(h->run))) {
		phase_done(h);
		return;
	}
	if (ops[op].phase != phase && h->d.state == HOST_PENDING)
		host_apply(h, HOST_EVENT_STAGED);
	h->op = op;
	h->interruptions = 0;
	step_begin(h);
}

/*
 * Whether the host may go on to its next op. A person's pause, an abort and
 * the end of the engine stop it after the step in flight; when failed hosts
 * stopped the rollout, a host that has switched is still brought to its
 * health check, so that nobody finds it between two releases. What comes
 * after HEALTHY only tidies up.
 */
bool
host_may_go_on(const struct run_host *h)
{
	const struct rollout *r = &h->run->d;

	if (!host_is_open(h->d.state))
		return true;
	if (h->run->rn->is_held || rollout_is_over(r->state))
		return false;
	if (r->state != ROLLOUT_PAUSED)
		return true;
	return r->pause_cause != PAUSE_PERSON && h->d.state == HOST_SWITCHED;
}

/* Stops between two ops. host_begin finds the place again: ops are
 * idempotent and steps that were done do not run twice. */
void
host_park(struct run_host *h)
{
	host_stop(h);
	host_save(h);
	if (rollout_is_over(h->run->d.state))
		host_let_go(h);
	run_advance(h->run);
}

void
host_next_op(struct run_host *h)
{
	if (host_may_go_on(h))
		op_begin_from(h, (enum op)(h->op + 1));
	else
		host_park(h);
}

void
host_begin(struct run_host *h, enum op_phase phase)
{
	enum op first = OP_LOCK;

	while (ops[first].phase != phase || !op_applies(h, first))
		first = (enum op)(first + 1);
	host_set_live(h, true);
	h->op = first;
	op_begin_from(h, first);
}
