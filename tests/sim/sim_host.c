/*
 * sim_host.c - one host with its own truth: its current link, what lies under
 * releases/, its lease and its journal. It answers as core/wire/push.h says.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"
#include "wire/json.h"

#define CONNECT_MS 200

struct answer {
	enum job_outcome outcome;
	json_t *data;
	struct error error;
};

struct sim_host *
sim_host_find(struct sim *sim, const char *name, const char *root)
{
	size_t first = strtoul(name + 4, NULL, 10) - 1;

	for (; first < sim->host_count; first += sim->fleet_count)
		if (strcmp(sim->hosts[first].root, root) == 0)
			return &sim->hosts[first];
	return NULL;
}

void
sim_host_make_foreign(struct sim_host *h, const char *target)
{
	snprintf(h->foreign, sizeof(h->foreign), "%s", target);
	snprintf(h->current, sizeof(h->current), "%s", target);
	h->is_foreign = true;
}

bool
sim_host_is_well(const struct sim_host *h)
{
	if (h->is_foreign)
		return true;
	/* What gets into a slot is looked at there. */
	return (h->current[0] != '\0' || h->slots[0][0] != '\0') &&
	       !(h->is_bad && strstr(h->current, "bad") != NULL);
}

static void
strings_drop(struct strings *s, const char *value)
{
	size_t i;

	for (i = 0; i < s->count && strcmp(s->items[i], value) != 0; i++)
		continue;
	if (i == s->count)
		return;
	free(s->items[i]);
	s->count--;
	memmove(&s->items[i], &s->items[i + 1],
		(s->count - i) * sizeof(s->items[0]));
}

/* ---- sessions and leases ---- */

void
sim_host_link_lost(struct sim *sim, struct sim_host *h)
{
	h->has_session = false;
	h->lease_until_ms = sim->clock.mono_ms + sim_random(sim, 700);
	if (h->has_late && h->late_at_ms > h->lease_until_ms)
		h->lease_until_ms = h->late_at_ms;
}

static void
answer_error(struct answer *a, enum job_outcome outcome, enum error_code code,
	const char *text)
{
	a->outcome = outcome;
	error_set(&a->error, code, "%s", text);
}

static bool
is_running_for_other(const struct sim_host *h, int64_t rollout)
{
	size_t i;

	for (i = 0; i < h->journal_count; i++)
		if (h->journal[i].state == SIM_STEP_RUNNING &&
			h->journal[i].rollout != rollout)
			return true;
	return false;
}

/* The same rollout that comes again replaces its own dead program; within a
 * session the lease goes from one rollout to the next. */
static bool
lease_take(
	struct sim *sim, struct sim_host *h, int64_t rollout, struct answer *a)
{
	bool is_free = h->lease == 0 || h->lease == rollout || h->has_session ||
		       h->lease_until_ms <= sim->clock.mono_ms;

	if (!is_free || is_running_for_other(h, rollout)) {
		answer_error(a, OUTCOME_REFUSED, ERROR_BUSY,
			"the host is held by another rollout");
		return false;
	}
	if (h->has_late && h->late.rollout == rollout) {
		json_decref(h->late.args);
		h->has_late = false;
	}
	h->lease = rollout;
	h->has_session = true;
	return true;
}

/* ---- ops ---- */

static void
op_lock(struct sim_host *h, struct answer *a)
{
	a->data = json_pack("{s:s, s:o, s:o}", "current_kind",
		h->is_foreign		? "foreign"
		: h->current[0] != '\0' ? "release"
					: "none",
		"current",
		json_text(h->is_foreign || h->current[0] == '\0' ? NULL
								 : h->current),
		"current_target", json_text(h->current));
}

static void
op_stage(struct sim_host *h, const struct sim_job *job, struct answer *a)
{
	const char *release = json_get_string(job->args, "release", "");

	if (job->fault == FAULT_NO_SPACE) {
		answer_error(a, OUTCOME_REFUSED, ERROR_NO_SPACE,
			"/srv has 3 MiB free, 40 MiB are needed");
		return;
	}
	strings_drop(&h->corrupt, release);
	if (!strings_has(&h->releases, release))
		strings_add(&h->releases, release);
	a->data = json_pack("{s:b}", "already", 0);
}

static void
op_verify(struct sim_host *h, const struct sim_job *job, struct answer *a)
{
	const char *release = json_get_string(job->args, "release", "");

	if (!strings_has(&h->releases, release))
		answer_error(a, OUTCOME_FAILED, ERROR_NOT_FOUND,
			"the release is not there");
	else if (strings_has(&h->corrupt, release))
		answer_error(a, OUTCOME_FAILED, ERROR_CORRUPT,
			"the release was altered");
}

static void
op_switch(struct sim *sim, struct sim_host *h, const struct sim_job *job,
	struct answer *a)
{
	const char *release = json_get_string(job->args, "release", "");
	bool foreign = json_get_bool(job->args, "foreign", false);
	const char *refused = NULL;

	if (sim_host_into_slot(h, job->args, &refused)) {
		if (refused != NULL)
			answer_error(
				a, OUTCOME_REFUSED, ERROR_NOT_FOUND, refused);
		return;
	}

	if (!foreign && !strings_has(&h->releases, release)) {
		answer_error(a, OUTCOME_REFUSED, ERROR_NOT_FOUND,
			"the release is not there");
		return;
	}
	if (foreign && strcmp(release, h->foreign) != 0)
		sim_problem(sim, "%s: switched to '%s', which was never there",
			h->name, release);
	if (strcmp(h->current, release) != 0) {
		h->switches++;
		strings_add(&sim->moved, h->name);
	}
	h->is_foreign = foreign;
	snprintf(h->current, sizeof(h->current), "%s", release);
	sim_trace(sim, "%s current -> %s", h->name, release);
}

static void
op_exec(struct sim_host *h, const struct sim_job *job, struct answer *a)
{
	if (!sim_host_is_well(h) || job->fault == FAULT_FAIL) {
		answer_error(a, OUTCOME_FAILED, ERROR_FAILED, "exit status 1");
		return;
	}
	if (!strings_has(&h->healthy, h->current))
		strings_add(&h->healthy, h->current);
	sim_host_slots_are_healthy(h);
}

static void
op_clean(struct sim_host *h, const struct sim_job *job)
{
	size_t keep = (size_t)json_get_int(job->args, "keep", 0);
	const json_t *protect = json_object_get(job->args, "protect"), *item;
	size_t i, k, kept = h->releases.count;

	for (i = 0; i < h->releases.count && kept > keep;) {
		const char *release = h->releases.items[i];
		bool is_safe = strcmp(release, h->current) == 0;

		json_array_foreach(protect, k, item) is_safe |=
			strcmp(json_string_value(item), release) == 0;
		if (is_safe) {
			i++;
			continue;
		}
		strings_drop(&h->releases, release);
		kept--;
	}
}

static void
op_unlock(struct sim *sim, struct sim_host *h, const struct sim_job *job,
	int64_t held_by)
{
	if (held_by != 0 && held_by != job->rollout)
		sim_problem(sim, "%s: R-%d freed the lease of R-%d", h->name,
			(int)job->rollout, (int)held_by);
	h->lease = 0;
}

/* ---- steps ---- */

static struct sim_step *
step_find(struct sim_host *h, const struct sim_job *job)
{
	const char *step = json_get_string(job->args, "step", "");
	int attempt = (int)json_get_int(job->args, "attempt", 0);
	size_t i;

	for (i = 0; i < h->journal_count; i++)
		if (h->journal[i].rollout == job->rollout &&
			h->journal[i].attempt == attempt &&
			strcmp(h->journal[i].step, step) == 0)
			return &h->journal[i];
	return NULL;
}

static struct sim_step *
step_begin(struct sim *sim, struct sim_host *h, const struct sim_job *job)
{
	struct sim_step *s;

	ARRAY_GROW(h->journal, h->journal_count, h->journal_capacity);
	s = &h->journal[h->journal_count];
	*s = (struct sim_step){.rollout = job->rollout,
		.attempt = (int)json_get_int(job->args, "attempt", 0),
		.exit_code = job->fault == FAULT_FAIL ? 1 : 0,
		.idempotent = strstr(json_get_string(job->args, "run", ""),
				      "idempotent") != NULL,
		.ends_at_ms = sim->clock.mono_ms + 20 + sim_random(sim, 400)};
	if (job->fault == FAULT_SLOW)
		s->ends_at_ms += 20000;
	snprintf(s->step, sizeof(s->step), "%s",
		json_get_string(job->args, "step", ""));
	if (strcmp(s->step, "after_switch") == 0 && !sim_host_is_well(h) &&
		sim_chance(sim, 200))
		s->exit_code = 1;
	sim_trace(sim, "%s R-%d runs %s.%d", h->name, (int)s->rollout, s->step,
		s->attempt);
	sim_check_step_begins(sim, h, s);
	if (strcmp(s->step, "traffic") == 0 && s->exit_code == 0)
		sim_host_is_told(h, job->args);
	h->journal_count++;
	return s;
}

/* What is due by now has happened. */
void
sim_host_settle(struct sim *sim, struct sim_host *h)
{
	struct answer a = {0};
	size_t i;

	for (i = 0; i < h->journal_count; i++)
		if (h->journal[i].state == SIM_STEP_RUNNING &&
			h->journal[i].ends_at_ms <= sim->clock.mono_ms)
			h->journal[i].state = SIM_STEP_ENDED;
	if (!h->has_late || h->late_at_ms > sim->clock.mono_ms)
		return;
	h->has_late = false;
	if (h->late.op == JOB_SWITCH)
		op_switch(sim, h, &h->late, &a);
	else if (h->late.op == JOB_STAGE)
		op_stage(h, &h->late, &a);
	json_decref(a.data);
	json_decref(h->late.args);
}

static void
step_answer(const struct sim_step *s, struct answer *a)
{
	if (s == NULL) { /* another held the host when it came */
		answer_error(a, OUTCOME_REFUSED, ERROR_BUSY, "held");
		return;
	}
	if (s->state == SIM_STEP_DEAD) {
		answer_error(a, OUTCOME_INTERRUPTED, ERROR_FAILED,
			"it began and was cut off");
		return;
	}
	a->data = json_pack("{s:i, s:I}", "exit", s->exit_code, "output_bytes",
		(json_int_t)12);
	if (s->exit_code != 0)
		answer_error(a, OUTCOME_FAILED, ERROR_FAILED, "exit status 1");
}

/* ---- work ---- */

static void
do_op(struct sim *sim, struct sim_host *h, const struct sim_job *job,
	struct answer *a)
{
	int64_t held_by = h->lease;

	memset(a, 0, sizeof(*a));
	a->outcome = OUTCOME_DONE;
	if (job->op == JOB_EXEC) {
		op_exec(h, job, a);
		return;
	}
	if (!lease_take(sim, h, job->rollout, a))
		return;
	if (job->fault == FAULT_FAIL && job->op != JOB_STEP &&
		!(job->op == JOB_SWITCH &&
			strcmp(h->current, json_get_string(job->args, "release",
						   "")) == 0)) {
		answer_error(a, OUTCOME_FAILED, ERROR_FAILED, "input/output");
		return;
	}
	switch (job->op) {
	case JOB_LOCK:
		op_lock(h, a);
		break;
	case JOB_STAGE:
		op_stage(h, job, a);
		break;
	case JOB_VERIFY:
		op_verify(h, job, a);
		break;
	case JOB_SWITCH:
		op_switch(sim, h, job, a);
		break;
	case JOB_UNLOCK:
		op_unlock(sim, h, job, held_by);
		break;
	case JOB_CLEAN:
		json_decref(sim->last_clean);
		sim->last_clean = json_incref(job->args);
		op_clean(h, job);
		break;
	case JOB_STEP:
		step_answer(step_find(h, job), a);
		break;
	case JOB_EXEC:
	case JOB_OP_COUNT:
		break;
	}
}

static enum sim_fault
pick_fault(struct sim *sim, const struct sim_host *h, const struct sim_job *job)
{
	static const char *const names[JOB_OP_COUNT] = {"lock", "stage",
		"verify", "", "switch", "health", "unlock", "clean"};
	const char *step = job->op == JOB_STEP
				   ? json_get_string(job->args, "step", "")
				   : names[job->op];
	size_t i;
	int fault;

	for (i = 0; i < sim->rule_count; i++) {
		struct sim_rule *rule = &sim->rules[i];

		if (rule->times == 0 ||
			(rule->host != NULL &&
				strcmp(rule->host, h->name) != 0) ||
			(rule->step != NULL && strcmp(rule->step, step) != 0))
			continue;
		rule->times--;
		return rule->fault;
	}
	for (fault = 1; fault < FAULT_COUNT; fault++)
		if (sim_chance(sim, sim->fault_permille[fault]))
			return (enum sim_fault)fault;
	return FAULT_NONE;
}

/* Begins the job in front: when will there be an answer? */
static void
work_begin(struct sim *sim, struct sim_host *h)
{
	struct sim_job *job = &h->queue[0];
	int64_t now = sim->clock.mono_ms, at;
	struct sim_step *step;

	h->is_working = true;
	sim_host_settle(sim, h);
	job->fault = pick_fault(sim, h, job);
	if (h->down_until_ms > now)
		job->fault = FAULT_DOWN;
	at = now + 1 + sim_random(sim, (uint32_t)sim->latency_ms) +
	     (h->has_session ? 0 : 10);
	if (job->fault == FAULT_SLOW)
		at += 5000;
	if (job->fault == FAULT_DOWN || job->fault == FAULT_ENGINE_BEFORE ||
		job->fault == FAULT_CUT_BEFORE || job->fault == FAULT_BUSY) {
		at = now + CONNECT_MS;
	} else if (job->op == JOB_STEP) {
		struct answer a = {0};

		step = step_find(h, job);
		if (step == NULL && lease_take(sim, h, job->rollout, &a))
			step = step_begin(sim, h, job);
		if (step != NULL && step->state == SIM_STEP_RUNNING)
			at = step->ends_at_ms + 1;
		if (step != NULL && (job->fault == FAULT_CUT_AFTER ||
					    job->fault == FAULT_DIES ||
					    job->fault == FAULT_KILLED))
			at = now + (at - now) / (2 + sim_random(sim, 3)) + 1;
	}
	sim_event_add(sim,
		(struct sim_event){.at_ms = at, .host = (int)(h - sim->hosts)});
}

void
sim_host_queue(struct sim *sim, struct sim_host *h, struct sim_job *job)
{
	ARRAY_GROW(h->queue, h->queue_count, h->queue_capacity);
	h->queue[h->queue_count++] = *job;
	if (!h->is_working)
		work_begin(sim, h);
}

static void
kill_steps(struct sim_host *h)
{
	size_t i;

	for (i = 0; i < h->journal_count; i++)
		if (h->journal[i].state == SIM_STEP_RUNNING)
			h->journal[i].state = SIM_STEP_DEAD;
}

static void
host_dies(struct sim *sim, struct sim_host *h)
{
	sim_trace(sim, "%s dies", h->name);
	kill_steps(h);
	if (h->has_late)
		json_decref(h->late.args);
	h->has_late = false;
	h->has_session = false;
	h->lease = 0;
	h->down_until_ms = sim->clock.mono_ms + 500 + sim_random(sim, 40000);
}

static void
comes_late(struct sim *sim, struct sim_host *h, const struct sim_job *job)
{
	if (job->op != JOB_SWITCH && job->op != JOB_STAGE)
		return;
	if (h->has_late)
		json_decref(h->late.args);
	h->has_late = true;
	h->late = *job;
	h->late.fault = FAULT_NONE;
	json_incref(job->args);
	h->late_at_ms = sim->clock.mono_ms + sim_random(sim, 650);
	h->lease = job->rollout;
}

/* The end of a job; false: nobody is told, since the engine was killed. */
static bool
work_outcome(struct sim *sim, struct sim_host *h, struct sim_job *job,
	struct answer *a)
{
	switch (job->fault) {
	case FAULT_DOWN:
		answer_error(a, OUTCOME_UNREACHABLE, ERROR_UNREACHABLE,
			"no route to host");
		return true;
	case FAULT_BUSY:
		answer_error(a, OUTCOME_REFUSED, ERROR_BUSY, "held");
		return true;
	case FAULT_DIES:
		host_dies(sim, h);
		break;
	case FAULT_KILLED:
		kill_steps(h);
		do_op(sim, h, job, a);
		return true;
	case FAULT_LATE:
		comes_late(sim, h, job);
		break;
	case FAULT_ENGINE_BEFORE:
		sim->kill_now = true;
		return false;
	case FAULT_CUT_AFTER:
	case FAULT_ENGINE_AFTER:
		do_op(sim, h, job, a);
		sim->kill_now = job->fault == FAULT_ENGINE_AFTER;
		json_decref(a->data);
		a->data = NULL;
		if (sim->kill_now)
			return false;
		break;
	case FAULT_CUT_BEFORE:
		break;
	case FAULT_NONE:
	case FAULT_FAIL:
	case FAULT_NO_SPACE:
	case FAULT_SLOW:
	case FAULT_COUNT:
		do_op(sim, h, job, a);
		return true;
	}
	sim_host_link_lost(sim, h);
	error_clear(&a->error);
	answer_error(a, OUTCOME_LOST, ERROR_UNREACHABLE, "the link was lost");
	return true;
}

void
sim_host_work_ends(struct sim *sim, struct sim_host *h)
{
	static const char *const words[OUTCOME_COUNT] = {"done", "failed",
		"refused", "interrupted", "unreachable", "lost"};
	struct sim_job job = h->queue[0];
	struct answer a = {0};
	bool is_told;

	error_clear(&a.error);
	h->is_working = false;
	h->queue_count--;
	memmove(&h->queue[0], &h->queue[1],
		h->queue_count * sizeof(h->queue[0]));
	sim_host_settle(sim, h);
	is_told = work_outcome(sim, h, &job, &a);
	if (is_told) {
		sim_trace(sim, "%s R-%d job %d op %d: %s", h->name,
			(int)job.rollout, (int)job.id, (int)job.op,
			words[a.outcome]);
		if (job.op == JOB_STEP && a.outcome == OUTCOME_DONE)
			runner_job_output(sim->rn, job.id, "hello world\n", 12);
		if (job.op == JOB_STAGE)
			runner_job_progress(sim->rn, job.id, 4096, 4096);
		runner_job_done(sim->rn, job.id, a.outcome, a.data, &a.error);
	}
	json_decref(a.data);
	json_decref(job.args);
	if (h->queue_count > 0 && !h->is_working)
		work_begin(sim, h);
}

/* The pushers are gone with their engine: what waits is never sent; what was
 * begun may or may not have its effect. */
void
sim_host_engine_gone(struct sim *sim, struct sim_host *h, bool effects)
{
	struct answer a = {0};

	sim_host_settle(sim, h);
	if (h->is_working && effects && h->queue[0].op != JOB_EXEC &&
		h->queue[0].fault == FAULT_NONE) {
		do_op(sim, h, &h->queue[0], &a);
		json_decref(a.data);
	}
	h->is_working = false;
	while (h->queue_count > 0)
		json_decref(h->queue[--h->queue_count].args);
	sim_host_link_lost(sim, h);
}
