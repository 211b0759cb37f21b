/* run_outcome.c - what came of a step, and what that means for its host. */
#include "engine/run.h"

#include <stdlib.h>
#include <string.h>

#include "wire/json.h"

const char *
host_words(const struct run_host *h, const char *words)
{
	size_t len = strlen(h->d.host);

	if (strncmp(words, h->d.host, len) == 0 &&
		strncmp(words + len, ": ", 2) == 0)
		return words + len + 2;
	return words;
}

static const char *
words_of(const struct run_host *h, const struct error *error)
{
	return host_words(h, error->text);
}

/* A lost link is tried again after 0.5, 1, 2, 4 ... seconds, so often. */
#define SENDS_MOST 6
/* What the pusher left behind is sent again as soon as there is another, as
 * often as need be: a host does not fail for it. */
#define ABANDONED_MS 100
/* A host held by another rollout is asked again, so often. */
#define BUSY_MOST 3
/* A step marked idempotent that never ends is begun so often at most. */
#define INTERRUPTIONS_MOST 3

/* ---- the end of an op ---- */

static void
host_fail(struct run_host *h, enum host_event event, const char *text)
{
	struct run *run = h->run;
	bool has_lease = event != HOST_EVENT_UNREACHABLE && h->op != OP_LOCK;

	str_replace(&h->d.error, text);
	if (event == HOST_EVENT_FAIL) {
		h->d.failures++;
		run->failed++;
		run->wave_failed[h->d.wave]++;
	}
	host_stop(h);
	host_apply(h, event);
	if (host_is_touched(h))
		host_deployed(h, h->d.target, h->d.version,
			event == HOST_EVENT_FAIL ? "failed" : "unknown");
	if (has_lease && h->d.state != HOST_UNKNOWN)
		host_let_go(h);
	run_host_failed(run, h);
}

/* Trouble with an op that does not decide about the host. */
static void
host_note(struct run_host *h, const char *text)
{
	if (h->op == OP_VERIFY_BACK)
		str_replace(&h->d.way_back_error, text);
	host_next_op(h);
}

/* What was found on the host. The word that is known of that very release
 * stays: being there does not make it healthy. */
static void
host_found(struct run_host *h)
{
	struct runner *rn = h->run->rn;
	struct deployment old;
	struct error e;
	const char *state = h->d.previous_is_foreign ? "unmanaged" : "healthy";
	int found = store_deployment_find(rn->store, h->run->d.service,
		h->run->d.env, h->d.host, &old, &e);

	host_must(h, found, &e, "read a deployment");
	if (found == 1 && old.release != NULL && old.state != NULL &&
		strcmp(old.release, h->d.previous) == 0)
		state = old.state;
	host_deployed(h, h->d.previous, h->d.previous_version, state);
	if (found == 1)
		deployment_finish(&old);
}

static void
lock_done(struct run_host *h, const json_t *data)
{
	const char *kind = json_get_string(data, "current_kind", "none");
	const char *current = json_get_string(data, "current", NULL);

	if (host_part(h) == OP_PART_ROUTER)
		return;
	h->has_zstd = json_get_bool(
		json_object_get(data, "tools"), "zstd", false);
	if (strcmp(kind, "foreign") == 0)
		current = json_get_string(data, "current_target", NULL);
	if (current == NULL || h->d.switched)
		return;
	if (strcmp(current, h->d.target) != 0) {
		h->d.previous_is_foreign = strcmp(kind, "foreign") == 0;
		str_replace(&h->d.previous, current);
		free(h->d.previous_version);
		h->d.previous_version = h->d.previous_is_foreign
						? xstrdup("unmanaged")
						: release_dir_version(current);
		host_found(h);
	} else if (h->d.previous != NULL) {
		/* A switch of which nobody heard has happened. */
		h->d.switched = true;
	}
}

static void
health_done(struct run_host *h)
{
	struct runner *rn = h->run->rn;
	struct error e;

	rn->world->write(rn->arg);
	if (!h->d.is_foreign)
		host_must(h,
			store_healthy_put(rn->store, h->run->d.service,
				h->d.host, h->d.target, h->d.version,
				h->d.target_plan,
				clock_wall_ms(rn->clock) / 1000, &e),
			&e, "save a healthy release");
	if (host_part(h) != OP_PART_SLOT) /* nobody sees it there yet */
		host_deployed(h, h->d.target, h->d.version,
			h->d.is_foreign ? "unmanaged" : "healthy");
	host_apply(h, HOST_EVENT_HEALTHY);
	if (h->run->d.kind == ROLLOUT_ROLLBACK)
		run_back_host_healthy(h);
}

/* What did not have to travel is the point of sending less. */
static void
stage_done(struct run_host *h, const json_t *data)
{
	struct run *run = h->run;
	int64_t sent = json_get_int(data, "sent_bytes", 0);

	run->d.sent_bytes += sent;
	if (sent < run->plan.payload_bytes)
		run->d.saved_bytes += run->plan.payload_bytes - sent;
	run_save(run);
}

void
op_done(struct run_host *h, const json_t *data)
{
	switch (h->op) {
	case OP_LOCK:
		lock_done(h, data);
		break;
	case OP_STAGE:
		stage_done(h, data);
		break;
	case OP_SWITCH:
		h->d.switched = true;
		host_deployed(h, h->d.target, h->d.version, "switched");
		host_apply(h, HOST_EVENT_SWITCHED);
		break;
	case OP_SLOT:
		host_apply(h, HOST_EVENT_SWITCHED);
		break;
	case OP_HEALTH:
		health_done(h);
		break;
	case OP_LINK:
	case OP_TRAFFIC:
		host_traffic_moved(h);
		break;
	case OP_LIVE:
		host_traffic_confirmed(h);
		break;
	case OP_VERIFY_BACK:
	case OP_VERIFY_TARGET:
	case OP_BEFORE_SWITCH:
	case OP_BEFORE_ROLLBACK:
	case OP_AFTER_SWITCH:
	case OP_UNLOCK:
	case OP_CLEAN:
	case OP_COUNT:
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
	h->sends = 0;
	h->may_have_run = false;
	if (host_health(h) != NULL) {
		health_probe(h);
		return;
	}
	step_end(h, STEP_DONE, NULL, NULL);
	op_done(h, NULL);
}

static bool
is_tried_again(struct run_host *h, int attempts, int64_t interval_ms)
{
	h->health_tries++;
	h->sends = 0;
	h->may_have_run = false;
	if (h->health_tries >= attempts)
		return false;
	host_wake_in(h, interval_ms);
	return true;
}

void
host_read_again(struct run_host *h, int attempts, int64_t interval_ms,
	const char *words)
{
	if (is_tried_again(h, attempts, interval_ms))
		return;
	step_end(h, STEP_FAILED, NULL, words);
	host_fail(h, HOST_EVENT_FAIL, words);
}

static void
health_failed(struct run_host *h, const json_t *data, const char *text)
{
	const struct health *check = host_health(h);
	char *error;

	assert(check != NULL);
	if (is_tried_again(h, check->attempts, check->interval_ms))
		return;
	error = xasprintf("health check '%s' failed after %d %s: %s",
		check->target, h->health_tries,
		h->health_tries == 1 ? "try" : "tries", text);
	step_end(h, STEP_FAILED, data, error);
	host_fail(h, HOST_EVENT_FAIL, error);
	free(error);
}

/* ---- outcomes ---- */

/* The host has done its part: trouble with tidying up is only noted. */
static bool
is_tidying_up(const struct run_host *h)
{
	return ops[h->op].trouble == OP_TROUBLE_NOTE &&
	       ops[h->op].phase == OP_PHASE_MOVE;
}

static void
op_lost(struct run_host *h, const char *text)
{
	bool effect = ops[h->op].phase == OP_PHASE_MOVE;
	char *error;

	h->may_have_run = true;
	h->sends++;
	if (h->sends < SENDS_MOST) {
		host_wake_in(h, (int64_t)250 * (1 << h->sends));
		return;
	}
	error = xasprintf("link lost during %s: %s", ops[h->op].step, text);
	step_end(h, STEP_UNKNOWN, NULL, error);
	if (is_tidying_up(h))
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
		health_failed(h, data, words_of(h, error));
		return;
	}
	text = xasprintf("%s%s%s", words_of(h, error),
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
	if (h->may_have_run) {
		op_lost(h, words_of(h, error));
		return;
	}
	text = xasprintf("%s%s%s", words_of(h, error),
		error->hint[0] == '\0' ? "" : "; ", error->hint);
	step_end(h, STEP_FAILED, NULL, text);
	if (is_tidying_up(h))
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
		ops[h->op].step, words_of(h, error));

	step_end(h, STEP_INTERRUPTED, NULL, text);
	if (ops[h->op].trouble == OP_TROUBLE_NOTE)
		host_note(h, text);
	else if (step == NULL || !step->idempotent ||
		 ++h->interruptions >= INTERRUPTIONS_MOST)
		host_fail(h, HOST_EVENT_UNKNOWN, text);
	else if (host_may_go_on(h))
		step_begin(h);
	else
		host_park(h);
	free(text);
}

/* The host program refuses those that do not hold the host before it looks
 * into its journal: what an earlier sending did is still not known. */
static void
op_refused(struct run_host *h, const json_t *data, const struct error *error)
{
	bool is_held = error->code == ERROR_BUSY ||
		       error->code == ERROR_FOREIGN_ENGINE;

	if (is_held && h->may_have_run) {
		op_lost(h, error->text);
	} else if (error->code == ERROR_BUSY && h->sends < BUSY_MOST) {
		h->sends++;
		host_wake_in(h, 1000);
	} else {
		op_failed(h, data, error);
	}
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
		op_refused(h, data, error);
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
		op_lost(h, words_of(h, error));
		return;
	case OUTCOME_ABANDONED:
		h->may_have_run = true;
		host_wake_in(h, ABANDONED_MS);
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
