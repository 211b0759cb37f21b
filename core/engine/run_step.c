/* run_step.c - one step of a host: its intent, its job, its end. */
#include "engine/run.h"

#include <stdlib.h>
#include <string.h>

#include "wire/json.h"

/* Hosts' journals know a step by its rollout and its attempt. */
#define ATTEMPTS_OF_EPOCH 1000

/* ---- steps ---- */

static void
step_save(struct run_host *h)
{
	struct runner *rn = h->run->rn;
	struct error e;

	rn->world->write(rn->arg);
	host_must(
		h, store_step_put(rn->store, &h->step, &e), &e, "save a step");
}

/* Durable before the job leaves, since jobs wait for the commit. */
static void
intent_save(struct run_host *h)
{
	step_save(h);
	str_replace(&h->d.step, ops[h->op].step);
	h->d.is_busy = true;
	if (h->d.started_at == 0)
		h->d.started_at = h->step.started_at_ms / 1000;
	host_save(h);
}

static void
attempt_new(struct run_host *h)
{
	struct runner *rn = h->run->rn;
	struct error e;
	int attempts, first;

	step_run_finish(&h->step);
	host_must(h,
		store_step_attempts(rn->store, h->run->d.id, h->d.host,
			ops[h->op].step, &attempts, &e),
		&e, "count attempts of a step");
	h->step.rollout = h->run->d.id;
	h->step.host = xstrdup(h->d.host);
	h->step.step = xstrdup(ops[h->op].step);
	h->step.epoch = store_epoch(rn->store);
	/* What an engine did that this one was restored from has numbers of
	 * which this one does not know. */
	first = (int)(h->step.epoch - 1) * ATTEMPTS_OF_EPOCH;
	h->step.attempt = (attempts > first ? attempts : first) + 1;
	h->step.state = STEP_RUNNING;
	h->step.started_at_ms = clock_wall_ms(rn->clock);
	h->step.exit_code = -1;
	h->sends = 0;
	h->may_have_run = false;
}

void
step_copy(struct step_run *to, const struct step_run *from)
{
	step_run_finish(to);
	*to = *from;
	to->host = xstrdup(from->host);
	to->step = xstrdup(from->step);
	to->error = xstrdup_or_null(from->error);
}

static int
note_latest(const struct step_run *s, void *arg)
{
	struct run_host *h = arg;

	if (strcmp(s->step, ops[h->op].step) == 0)
		step_copy(&h->step, s);
	return 0;
}

/* Nobody knows whether an attempt ran whose link was lost. It is asked for
 * again under its own number, to which the host's journal has the answer; a
 * new number could run it beside or after itself. */
static bool
attempt_again(struct run_host *h)
{
	struct runner *rn = h->run->rn;
	struct error e;

	if (ops[h->op].job != JOB_STEP)
		return false;
	step_run_finish(&h->step);
	host_must(h,
		store_step_each(rn->store, h->run->d.id, h->d.host, 0,
			note_latest, h, &e),
		&e, "look for a step");
	if (h->step.id == 0 || h->step.state != STEP_UNKNOWN)
		return false;
	h->step.state = STEP_RUNNING;
	h->step.finished_at_ms = 0;
	h->sends = 0;
	h->may_have_run = true;
	return true;
}

void
step_end(struct run_host *h, enum step_state state, const json_t *data,
	const char *error)
{
	h->step.state = state;
	h->step.finished_at_ms = clock_wall_ms(h->run->rn->clock);
	h->step.exit_code = (int)json_get_int(data, "exit", -1);
	h->step.signal = (int)json_get_int(data, "signal", 0);
	h->step.output_bytes += json_get_int(data, "output_bytes", 0);
	h->step.sent_bytes = json_get_int(data, "sent_bytes", 0);
	str_replace(&h->step.error, error);
	step_save(h);
	h->d.is_busy = false;
}

void
job_forget(struct run_host *h)
{
	if (h->job == 0)
		return;
	HASH_DEL(h->run->rn->by_job, h);
	h->job = 0;
	h->run->busy--;
}

void
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
	h->told_anew = job.op == JOB_STEP;
	rn->world->submit(rn->arg, &job);
}

/* Gives the host's lease back without a step of its own. */
void
host_let_go(struct run_host *h)
{
	struct runner *rn = h->run->rn;
	struct job job = {.id = rn->next_job++,
		.op = JOB_UNLOCK,
		.host = h->at,
		.rollout = h->run->d.id,
		.reason = "the host is let go",
		.timeout_ms = 30000};

	job.args = json_pack("{s:s}", "note", host_state_name(h->d.state));
	rn->world->submit(rn->arg, &job);
}

/* ---- health ---- */

const struct health *
host_health(const struct run_host *h)
{
	if (h->commands == NULL || h->health >= h->commands->health_count)
		return NULL;
	return &h->commands->health[h->health];
}

void
health_probe(struct run_host *h)
{
	const struct health *check = host_health(h);
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

/* ---- the step in turn ---- */

void
step_begin(struct run_host *h)
{
	if (!attempt_again(h))
		attempt_new(h);
	intent_save(h);
	h->health_tries = 0;
	if (h->op == OP_LIVE) {
		host_live_ask(h);
		return;
	}
	if (h->op != OP_HEALTH) {
		job_send(h);
		return;
	}
	h->health = 0;
	if (host_health(h) != NULL) {
		health_probe(h);
		return;
	}
	step_end(h, STEP_DONE, NULL, NULL);
	op_done(h, NULL);
}

void
host_send_again(struct run_host *h)
{
	if (!h->is_live)
		host_set_live(h, true);
	if (h->op == OP_HEALTH)
		health_probe(h);
	else if (h->op == OP_LIVE)
		host_live_ask(h);
	else
		job_send(h);
}
