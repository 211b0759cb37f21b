/* run_host.c - one host in a rollout: its ops in order, and what came of them.
 */
#include "engine/run.h"

#include <stdlib.h>
#include <string.h>

#include "wire/json.h"

/* A lost link is tried again after 0.5, 1, 2, 4 ... seconds, so often. */
#define SENDS_MOST 6
/* A host held by another rollout is asked again, so often. */
#define BUSY_MOST 3

const struct op_row ops[OP_COUNT] = {
#define OP(id, step, job, when, phase, trouble)                                \
	[OP_##id] = {step, JOB_##job, OP_WHEN_##when, OP_PHASE_##phase,        \
		OP_TROUBLE_##trouble},
#include "engine/ops.def"
#undef OP
};

static void host_next_op(struct run_host *h);

static void
must(struct run_host *h, int result, const struct error *e, const char *what)
{
	h->run->rn->world->must(result, e, what);
}

void
host_save(struct run_host *h)
{
	struct runner *rn = h->run->rn;
	struct error e;

	rn->world->write(rn->arg);
	must(h, store_rollout_host_put(rn->store, &h->d, &e), &e,
		"save a host of a rollout");
	rn->world->changed(rn->arg, &h->run->d, &h->d);
}

bool
host_is_open(enum host_state s)
{
	return s == HOST_PENDING || s == HOST_STAGED || s == HOST_SWITCHED;
}

bool
host_is_touched(const struct run_host *h)
{
	if (h->d.state == HOST_ROLLED_BACK)
		return false;
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
		h->d.finished_at =
			clock_wall_ms(run->rn->clock) / 1000;
	host_save(h);
}

static void
host_set_live(struct run_host *h, bool live)
{
	int change = (int)live - (int)h->is_live;

	h->is_live = live;
	h->run->live += change;
	h->run->rn->live += change;
}

/* What is known of the service on this host now. */
static void
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
	int found = store_deployment_find(rn->store, d.service, d.env, d.host,
		&old, &e);

	must(h, found, &e, "read a deployment");
	d.release = xstrdup_or_null(release);
	d.version = xstrdup_or_null(version);
	d.state = xstrdup(state);
	d.previous_version = xstrdup_or_null(h->d.previous_version);
	d.expected_version = xstrdup_or_null(
		h->d.switched ? h->d.version
		: found == 1  ? old.expected_version
			      : NULL);
	d.rollout = run->d.id;
	d.changed_at = found == 1 && !h->d.switched ? old.changed_at : now;
	d.seen_at = now;
	rn->world->write(rn->arg);
	must(h, store_deployment_put(rn->store, &d, &e), &e,
		"save a deployment");
	if (found == 1)
		deployment_finish(&old);
	free(d.release);
	free(d.version);
	free(d.state);
	free(d.previous_version);
	free(d.expected_version);
}

/* ---- steps ---- */

static void
step_save(struct run_host *h)
{
	struct runner *rn = h->run->rn;
	struct error e;

	rn->world->write(rn->arg);
	must(h, store_step_put(rn->store, &h->step, &e), &e, "save a step");
}

/* The intent: durable before the job leaves, since jobs wait for the commit. */
static void
step_begin(struct run_host *h)
{
	struct runner *rn = h->run->rn;
	struct error e;
	int attempts;

	step_run_finish(&h->step);
	must(h, store_step_attempts(rn->store, h->run->d.id, h->d.host,
			ops[h->op].step, &attempts, &e),
		&e, "count attempts of a step");
	h->step.rollout = h->run->d.id;
	h->step.host = xstrdup(h->d.host);
	h->step.step = xstrdup(ops[h->op].step);
	h->step.attempt = attempts + 1;
	h->step.epoch = store_epoch(rn->store);
	h->step.state = STEP_RUNNING;
	h->step.started_at_ms = clock_wall_ms(rn->clock);
	h->step.exit_code = -1;
	step_save(h);
	str_replace(&h->d.step, ops[h->op].step);
	h->d.is_busy = true;
	if (h->d.started_at == 0)
		h->d.started_at = h->step.started_at_ms / 1000;
	host_save(h);
}

static void
step_end(struct run_host *h, enum step_state state, const json_t *data,
	const char *error)
{
	h->step.state = state;
	h->step.finished_at_ms = clock_wall_ms(h->run->rn->clock);
	h->step.exit_code = (int)json_get_int(data, "exit", -1);
	h->step.signal = (int)json_get_int(data, "signal", 0);
	h->step.output_bytes +=
		json_get_int(data, "output_bytes", 0);
	str_replace(&h->step.error, error);
	step_save(h);
	h->d.is_busy = false;
}

static void
job_forget(struct run_host *h)
{
	if (h->job == 0)
		return;
	HASH_DEL(h->run->rn->by_job, h);
	h->job = 0;
	h->run->busy--;
}

static void
job_expect(struct run_host *h)
{
	struct runner *rn = h->run->rn;

	assert(h->job == 0);
	h->job = rn->next_job++;
	h->run->busy++;
	HASH_ADD(hh, rn->by_job, job, sizeof(h->job), h);
}

static void
job_send(struct run_host *h)
{
	struct run *run = h->run;
	struct runner *rn = run->rn;
	char id[ID_TEXT_SIZE], reason[160];
	struct job job = {.op = ops[h->op].job,
		.host = h->at,
		.rollout = run->d.id,
		.reason = reason};

	rollout_id_format(run->d.id, id);
	snprintf(reason, sizeof(reason), "%s: %s %s to %s", id, run->d.service,
		run->d.version, run->d.env);
	job.args = job_args(h, &job.timeout_ms);
	job_expect(h);
	job.id = h->job;
	rn->world->submit(rn->arg, &job);
}

/* Gives the host's lease back without a step of its own. */
static void
host_let_go(struct run_host *h)
{
	struct runner *rn = h->run->rn;
	struct job job = {.id = rn->next_job++,
		.op = JOB_UNLOCK,
		.host = h->at,
		.rollout = h->run->d.id,
		.reason = "the host is let go",
		.timeout_ms = 30000};

	job.args = json_pack(
		"{s:s}", "note", host_state_name(h->d.state));
	rn->world->submit(rn->arg, &job);
}

/* ---- health ---- */

static const struct health *
host_health(const struct run_host *h)
{
	if (h->commands == NULL || h->health >= h->commands->health_count)
		return NULL;
	return &h->commands->health[h->health];
}

static void
health_probe(struct run_host *h, const struct health *check)
{
	struct runner *rn = h->run->rn;
	struct error e;
	char *target;
	json_t *args;

	if (check->kind == HEALTH_RUN) {
		job_send(h);
		return;
	}
	args = job_args(h, &(int64_t){0});
	target = xstrdup(json_get_string(args, "target", ""));
	json_decref(args);
	error_clear(&e);
	job_expect(h);
	rn->world->probe(rn->arg, h->job, check->kind, target, check->expect,
		check->timeout_ms);
	free(target);
}

/* ---- the end of an op ---- */

static void
host_stop(struct run_host *h)
{
	job_forget(h);
	h->due_ms = 0;
	host_set_live(h, false);
}

static void
host_fail(struct run_host *h, enum host_event event, const char *text)
{
	struct run *run = h->run;
	bool reached = event != HOST_EVENT_UNREACHABLE;

	str_replace(&h->d.error, text);
	if (event == HOST_EVENT_FAIL) {
		h->d.failures++;
		run->failed++;
		run->wave_failed[h->d.wave]++;
	}
	host_stop(h);
	if (h->d.switched || host_is_touched(h))
		host_deployed(h, h->d.target, h->d.version,
			event == HOST_EVENT_FAIL ? "failed" : "unknown");
	host_apply(h, event);
	if (reached && h->d.state != HOST_UNKNOWN)
		host_let_go(h);
	run_host_failed(run, h);
}

/* Trouble with an op that does not decide about the host. */
static void
host_note(struct run_host *h, const char *text)
{
	if (h->op == OP_VERIFY_BACK)
		str_replace(&h->d.way_back_error, text);
	host_save(h);
	host_next_op(h);
}

static void
lock_done(struct run_host *h, const json_t *data)
{
	const char *kind = json_get_string(data, "current_kind", "none");
	const char *current = json_get_string(data, "current", NULL);

	if (strcmp(kind, "foreign") == 0)
		current = json_get_string(data, "current_target", NULL);
	if (current != NULL && strcmp(current, h->d.target) != 0 &&
		!h->d.switched) {
		h->d.previous_is_foreign = strcmp(kind, "foreign") == 0;
		str_replace(&h->d.previous, current);
		free(h->d.previous_version);
		h->d.previous_version = h->d.previous_is_foreign
						? xstrdup("unmanaged")
						: release_dir_version(current);
	}
	if (h->d.previous_version != NULL && !h->d.switched)
		host_deployed(h, h->d.previous, h->d.previous_version,
			h->d.previous_is_foreign ? "unmanaged" : "healthy");
}

static void
health_done(struct run_host *h)
{
	struct runner *rn = h->run->rn;
	struct error e;

	rn->world->write(rn->arg);
	if (!h->d.is_foreign)
		must(h,
			store_healthy_put(rn->store, h->run->d.service,
				h->d.host, h->d.target, h->d.version,
				h->commands != NULL && h->run->d.kind ==
							       ROLLOUT_ROLLBACK
					? h->d.target_plan
					: h->run->d.plan_digest,
				clock_wall_ms(rn->clock) / 1000, &e),
			&e, "save a healthy release");
	host_deployed(h, h->d.target, h->d.version,
		h->d.is_foreign ? "unmanaged" : "healthy");
	host_apply(h, HOST_EVENT_HEALTHY);
	if (h->run->d.kind == ROLLOUT_ROLLBACK)
		run_back_host_healthy(h);
}

static void
op_done(struct run_host *h, const json_t *data)
{
	switch (h->op) {
	case OP_LOCK:
		lock_done(h, data);
		host_save(h);
		break;
	case OP_SWITCH:
		h->d.switched = true;
		host_deployed(h, h->d.target, h->d.version, "switched");
		host_apply(h, HOST_EVENT_SWITCHED);
		break;
	case OP_HEALTH:
		health_done(h);
		break;
	case OP_STAGE:
	case OP_VERIFY_BACK:
	case OP_VERIFY_TARGET:
	case OP_BEFORE_SWITCH:
	case OP_BEFORE_ROLLBACK:
	case OP_AFTER_SWITCH:
	case OP_UNLOCK:
	case OP_CLEAN:
	case OP_COUNT:
		host_save(h);
		break;
	}
	host_next_op(h);
}

/* A health check passed: the next one, or the end of the op. */
static void
health_passed(struct run_host *h)
{
	h->health++;
	h->health_tries = 0;
	if (host_health(h) != NULL) {
		health_probe(h, host_health(h));
		return;
	}
	step_end(h, STEP_DONE, NULL, NULL);
	op_done(h, NULL);
}

static void
health_failed(struct run_host *h, const json_t *data, const char *text)
{
	const struct health *check = host_health(h);
	char *error;

	assert(check != NULL);
	h->health_tries++;
	if (h->health_tries < check->attempts) {
		h->due_ms = clock_mono_ms(h->run->rn->clock) +
			    check->interval_ms;
		return;
	}
	error = xasprintf("health check '%s' failed after %d %s: %s",
		check->target, h->health_tries,
		h->health_tries == 1 ? "try" : "tries", text);
	step_end(h, STEP_FAILED, data, error);
	host_fail(h, HOST_EVENT_FAIL, error);
	free(error);
}

/* ---- ops in order ---- */

static bool
op_applies(const struct run_host *h, enum op op)
{
	const struct run *run = h->run;
	enum op_when when = run->d.kind == ROLLOUT_DEPLOY ? OP_WHEN_DEPLOY
							  : OP_WHEN_ROLLBACK;

	if (!(ops[op].when & when))
		return false;
	if (ops[op].job == JOB_STEP)
		return host_step(h, op) != NULL;
	if (op == OP_VERIFY_TARGET)
		return !h->d.is_foreign;
	if (op == OP_VERIFY_BACK)
		return h->d.previous != NULL && !h->d.previous_is_foreign;
	return true;
}

/* A step that ended well in this rollout does not run again. */
static bool
op_was_done(struct run_host *h, enum op op)
{
	struct runner *rn = h->run->rn;
	struct error e;
	int done;

	if (ops[op].job != JOB_STEP)
		return false;
	done = store_step_was_done(
		rn->store, h->run->d.id, h->d.host, ops[op].step, &e);
	must(h, done, &e, "look for a step that was done");
	return done == 1;
}

static void
phase_done(struct run_host *h)
{
	host_stop(h);
	if (h->d.state == HOST_PENDING)
		host_apply(h, HOST_EVENT_STAGED);
	else
		h->run->rn->world->idle(h->run->rn->arg, h->d.host);
	run_advance(h->run);
}

static void
op_begin(struct run_host *h)
{
	h->sends = 0;
	step_begin(h);
	if (h->op != OP_HEALTH) {
		job_send(h);
		return;
	}
	h->health = 0;
	h->health_tries = 0;
	if (host_health(h) != NULL) {
		health_probe(h, host_health(h));
		return;
	}
	step_end(h, STEP_DONE, NULL, NULL);
	op_done(h, NULL);
}

static void
op_begin_from(struct run_host *h, enum op from)
{
	enum op_phase phase = ops[h->op].phase;
	enum op op = from;

	while (op < OP_COUNT && (!op_applies(h, op) || op_was_done(h, op)))
		op++;
	if (op == OP_COUNT ||
		(ops[op].phase != phase && h->run->plan.stage_first)) {
		phase_done(h);
		return;
	}
	if (ops[op].phase != phase && h->d.state == HOST_PENDING)
		host_apply(h, HOST_EVENT_STAGED);
	h->op = op;
	op_begin(h);
}

/*
 * Whether the host may go on to its next op. A person's pause, an abort and
 * the end of the engine stop it after the step in flight; when failed hosts
 * stopped the rollout, a host that has switched is still brought to its
 * health check, so that nobody finds it between two releases. What comes
 * after HEALTHY only tidies up.
 */
static bool
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
static void
host_park(struct run_host *h)
{
	host_stop(h);
	host_save(h);
	if (rollout_is_over(h->run->d.state))
		host_let_go(h);
	run_advance(h->run);
}

static void
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

void
host_send_again(struct run_host *h)
{
	if (!h->is_live)
		host_set_live(h, true);
	if (h->op == OP_HEALTH)
		health_probe(h, host_health(h));
	else
		job_send(h);
}

/* ---- outcomes ---- */

static void
op_lost(struct run_host *h, const char *text)
{
	bool effect = ops[h->op].phase == OP_PHASE_MOVE;
	char *error;

	h->sends++;
	if (h->sends < SENDS_MOST) {
		h->due_ms = clock_mono_ms(h->run->rn->clock) +
			    (int64_t)250 * (1 << h->sends);
		return;
	}
	error = xasprintf("link lost during %s: %s", ops[h->op].step, text);
	step_end(h, STEP_UNKNOWN, NULL, error);
	if (ops[h->op].trouble == OP_TROUBLE_NOTE)
		host_note(h, error);
	else
		host_fail(h,
			effect ? HOST_EVENT_UNKNOWN : HOST_EVENT_UNREACHABLE,
			error);
	free(error);
}

static void
op_failed(struct run_host *h, const json_t *data, const struct error *error)
{
	char *text;

	if (h->op == OP_HEALTH) {
		health_failed(h, data, error->text);
		return;
	}
	text = xasprintf("%s: %s%s%s", ops[h->op].step, error->text,
		error->hint[0] == '\0' ? "" : "; ", error->hint);
	step_end(h, STEP_FAILED, data, text);
	if (ops[h->op].trouble == OP_TROUBLE_NOTE)
		host_note(h, text);
	else
		host_fail(h, HOST_EVENT_FAIL, text);
	free(text);
}

static void
op_unreachable(struct run_host *h, const struct error *error)
{
	char *text;

	/* If an earlier sending may have reached the host, nothing is known. */
	if (h->sends > 0) {
		op_lost(h, error->text);
		return;
	}
	text = xasprintf("%s%s%s", error->text,
		error->hint[0] == '\0' ? "" : "; ", error->hint);
	step_end(h, STEP_FAILED, NULL, text);
	if (ops[h->op].trouble == OP_TROUBLE_NOTE)
		host_note(h, text);
	else
		host_fail(h, HOST_EVENT_UNREACHABLE, text);
	free(text);
}

/* A step began, never ended and is not running: nobody can say what it did.
 * One that is marked idempotent runs again; any other asks a person. */
static void
op_interrupted(struct run_host *h, const struct error *error)
{
	const struct step *step = host_step(h, h->op);
	char *text = xasprintf("%s was interrupted and may have had part of "
			       "its effect: %s; look at the host, then retry "
			       "or exclude it",
		ops[h->op].step, error->text);

	step_end(h, STEP_INTERRUPTED, NULL, text);
	if (step != NULL && step->idempotent)
		op_begin(h);
	else
		host_fail(h, HOST_EVENT_UNKNOWN, text);
	free(text);
}

void
host_outcome(struct run_host *h, enum job_outcome outcome, const json_t *data,
	const struct error *error)
{
	job_forget(h);
	switch (outcome) {
	case OUTCOME_DONE:
		if (h->op == OP_HEALTH) {
			health_passed(h);
			return;
		}
		step_end(h, STEP_DONE, data, NULL);
		op_done(h, data);
		return;
	case OUTCOME_REFUSED:
		if (error->code == ERROR_BUSY && h->sends < BUSY_MOST) {
			h->sends++;
			h->due_ms = clock_mono_ms(h->run->rn->clock) + 1000;
			return;
		}
		op_failed(h, data, error);
		return;
	case OUTCOME_FAILED:
		op_failed(h, data, error);
		return;
	case OUTCOME_INTERRUPTED:
		op_interrupted(h, error);
		return;
	case OUTCOME_UNREACHABLE:
		op_unreachable(h, error);
		return;
	case OUTCOME_LOST:
		op_lost(h, error->text);
		return;
	case OUTCOME_COUNT:
		break;
	}
	assert(!"known outcome");
}

void
host_probe_done(struct run_host *h, bool ok, const char *text)
{
	job_forget(h);
	if (ok)
		health_passed(h);
	else
		health_failed(h, NULL, text);
}

void
host_due(struct run_host *h)
{
	h->due_ms = 0;
	host_send_again(h);
}
