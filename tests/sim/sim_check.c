/* sim_check.c - what must hold after every turn, and at the end. */
#include <stdlib.h>
#include <string.h>

#include "model/waves.h"
#include "tests/sim/sim.h"
#include "wire/json.h"

/* ---- rows ---- */

void
sim_rollout(struct sim *sim, struct rollout_id id, struct rollout *ret)
{
	struct error e;

	if (store_rollout_find(sim->store, id, ret, &e) != 1) {
		sim_problem(sim, "R-%d is not in the store", (int)id.number);
		memset(ret, 0, sizeof(*ret));
	}
}

enum rollout_state
sim_state(struct sim *sim, struct rollout_id id)
{
	struct rollout r;
	enum rollout_state state;

	sim_rollout(sim, id, &r);
	state = r.state;
	rollout_finish(&r);
	return state;
}

struct row_search {
	const char *host;
	struct rollout_host *ret;
	bool is_found;
};

static int
find_row(const struct rollout_host *h, void *arg)
{
	struct row_search *search = arg;
	struct rollout_host *to = search->ret;

	if (strcmp(h->host, search->host) != 0)
		return 0;
	*to = *h;
	to->host = xstrdup(h->host);
	to->target = xstrdup_or_null(h->target);
	to->version = xstrdup_or_null(h->version);
	to->previous = xstrdup_or_null(h->previous);
	to->previous_version = xstrdup_or_null(h->previous_version);
	to->step = xstrdup_or_null(h->step);
	to->error = xstrdup_or_null(h->error);
	to->way_back_error = xstrdup_or_null(h->way_back_error);
	search->is_found = true;
	return 1;
}

void
sim_row(struct sim *sim, struct rollout_id id, const char *host,
	struct rollout_host *ret)
{
	struct row_search search = {.host = host, .ret = ret};
	struct error e;

	memset(ret, 0, sizeof(*ret));
	ret->state = HOST_STATE_COUNT;
	store_rollout_host_each(sim->store, id, -1, find_row, &search, &e);
}

enum host_state
sim_host_state(struct sim *sim, struct rollout_id id, const char *host)
{
	struct rollout_host row;
	enum host_state state;

	sim_row(sim, id, host, &row);
	state = row.state;
	rollout_host_finish(&row);
	return state;
}

int
sim_count(struct sim *sim, struct rollout_id id, enum host_state state)
{
	int counts[HOST_STATE_COUNT];
	struct error e;

	if (store_rollout_counts(sim->store, id, counts, &e) == -1)
		sim_problem(sim, "counts: %s", e.text);
	return counts[state];
}

/* ---- as it happens ---- */

static struct sim_rollout *
note_find(struct sim *sim, struct rollout_id id)
{
	size_t i;

	for (i = 0; i < sim->rollout_count; i++)
		if (sim->rollouts[i].id.number == id.number)
			return &sim->rollouts[i];
	ARRAY_GROW(sim->rollouts, sim->rollout_count, sim->rollout_capacity);
	sim->rollouts[sim->rollout_count] = (struct sim_rollout){.id = id};
	return &sim->rollouts[sim->rollout_count++];
}

void
sim_note_rollout(struct sim *sim, const struct rollout *r,
	const struct rollout_host *host)
{
	struct sim_rollout *note = note_find(sim, r->id);

	note->is_dirty = true;
	if (host != NULL && host->state == HOST_FAILED &&
		r->kind == ROLLOUT_DEPLOY)
		note->is_failure_new = true;
}

static bool
is_the_same_step(const struct sim_step *a, const struct sim_step *b)
{
	return a->rollout == b->rollout && strcmp(a->step, b->step) == 0;
}

/* A step that may not be repeated runs once, and once more for each time that
 * a person said retry; no attempt runs twice; what ended well does not run
 * again; two never run at once. */
void
sim_check_step_begins(
	struct sim *sim, struct sim_host *h, const struct sim_step *step)
{
	int ran = 0;
	size_t i;

	for (i = 0; i < h->journal_count; i++) {
		const struct sim_step *s = &h->journal[i];

		if (s->state == SIM_STEP_RUNNING)
			sim_problem(sim,
				"%s: R-%d %s.%d begins while R-%d %s.%d runs",
				h->name, (int)step->rollout, step->step,
				step->attempt, (int)s->rollout, s->step,
				s->attempt);
		if (!is_the_same_step(s, step))
			continue;
		ran++;
		if (s->attempt == step->attempt)
			sim_problem(sim, "%s: %s.%d ran twice", h->name,
				step->step, step->attempt);
		if (s->state == SIM_STEP_ENDED && s->exit_code == 0 &&
			strcmp(s->step, "traffic") != 0)
			sim_problem(sim,
				"%s: R-%d %s.%d ended well and runs again",
				h->name, (int)step->rollout, step->step,
				s->attempt);
	}
	if (!step->idempotent && ran > h->retries)
		sim_problem(sim, "%s: R-%d %s runs again, nobody asked",
			h->name, (int)step->rollout, step->step);
}

struct intent_search {
	const char *step;
	int attempt; /* 0: any */
	bool is_found;
	int64_t began_at_ms;
};

static int
find_intent(const struct step_run *s, void *arg)
{
	struct intent_search *search = arg;

	if (s->state != STEP_RUNNING)
		return 0;
	if (search->attempt != 0 && (s->attempt != search->attempt ||
					    strcmp(s->step, search->step) != 0))
		return 0;
	search->is_found = true;
	search->began_at_ms = s->started_at_ms;
	return 0;
}

/* A job that leaves: its intent is in the store, and a rollout that stands
 * begins nothing. */
void
sim_check_job(
	struct sim *sim, const struct sim_host *h, const struct sim_job *job)
{
	struct rollout_id id = {job->rollout};
	struct intent_search search = {
		.step = json_get_string(job->args, "step", NULL)};
	struct rollout_host row;
	struct rollout r;
	struct error e;

	if (job->op == JOB_UNLOCK)
		return;
	if (job->op == JOB_STEP)
		search.attempt = (int)json_get_int(job->args, "attempt", -1);
	store_step_each(sim->store, id, h->name, 0, find_intent, &search, &e);
	if (!search.is_found)
		sim_problem(sim, "%s R-%d: a job leaves without an intent",
			h->name, (int)job->rollout);
	sim_rollout(sim, id, &r);
	sim_row(sim, id, h->name, &row);
	/* It began in this very instant, so no job of it was in flight. */
	if (search.began_at_ms == clock_wall_ms(&sim->clock.clock) &&
		row.state != HOST_HEALTHY &&
		(rollout_is_over(r.state) ||
			(r.state == ROLLOUT_PAUSED &&
				(r.pause_cause == PAUSE_PERSON ||
					row.state != HOST_SWITCHED))))
		sim_problem(sim, "%s R-%d: '%s' begins though it is %s",
			h->name, (int)job->rollout, row.step,
			rollout_state_name(r.state));
	rollout_host_finish(&row);
	rollout_finish(&r);
}

static void
check_counts(struct sim *sim, const struct rollout *r)
{
	struct run_view view;
	char phase[64];
	int counts[HOST_STATE_COUNT], s;
	struct error e;

	if (!runner_view(sim->rn, r->id, &view, phase))
		return;
	if (store_rollout_counts(sim->store, r->id, counts, &e) == -1)
		sim_problem(sim, "counts: %s", e.text);
	for (s = 0; s < HOST_STATE_COUNT; s++)
		if (counts[s] != view.counts[s])
			sim_problem(sim, "R-%d: %d hosts are %s, counted as %d",
				(int)r->id.number, counts[s],
				host_state_name((enum host_state)s),
				view.counts[s]);
}

struct sums {
	struct sim *sim;
	const struct rollout *r;
	int failures, hosts;
};

static int
sum_row(const struct rollout_host *h, void *arg)
{
	struct sums *sums = arg;
	struct sim_host *host = sim_host_find(sums->sim, h->host,
		strcmp(sums->r->service, "shop") == 0 ? "/srv/shop"
						      : "/srv/mail");

	sums->hosts++;
	sums->failures += h->failures;
	/* A router goes to a colour. */
	if (sums->r->kind != ROLLOUT_ROLLBACK || h->target[0] == '\0' ||
		colour_parse(h->target) >= 0)
		return 0;
	if (h->is_foreign ? strcmp(h->target, host->foreign) != 0
			  : !strings_has(&host->healthy, h->target))
		sim_problem(sums->sim,
			"%s goes back to '%s', which was not healthy on it",
			h->host, h->target);
	return 0;
}

/* A budget that is reached stops. */
static void
check_budget(struct sim *sim, struct sim_rollout *note, const struct rollout *r,
	const struct sums *sums)
{
	struct plan plan;
	struct error e;
	char *text;
	size_t len;
	bool is_new =
		note->is_failure_new && sums->failures > note->failures_seen;

	note->failures_seen = sums->failures;
	note->is_failure_new = false;
	if (!is_new || store_plan_find(sim->store, r->plan_digest, &text, &len,
			       &e) != 1)
		return;
	if (plan_parse(text, len, &plan, &e) == 0) {
		if (plan.on_failure != ON_FAILURE_CONTINUE &&
			budget_is_reached(
				&plan.budget, sums->hosts, sums->failures, 0) &&
			r->state != ROLLOUT_PAUSED &&
			!rollout_is_over(r->state))
			sim_problem(sim,
				"R-%d: %d failures reached the budget and it "
				"is %s",
				(int)r->id.number, sums->failures,
				rollout_state_name(r->state));
		plan_finish(&plan);
	}
	free(text);
}

static void
check_rollout(struct sim *sim, struct sim_rollout *note)
{
	struct rollout r;
	struct sums sums = {.sim = sim, .r = &r};
	struct error e;

	note->is_dirty = false;
	if (store_rollout_find(sim->store, note->id, &r, &e) != 1) {
		note->is_failure_new = false;
		return; /* the engine was killed before the commit */
	}
	check_counts(sim, &r);
	store_rollout_host_each(sim->store, r.id, -1, sum_row, &sums, &e);
	check_budget(sim, note, &r, &sums);
	rollout_finish(&r);
}

void
sim_check_turn(struct sim *sim)
{
	size_t i;

	for (i = 0; i < sim->rollout_count; i++)
		if (sim->rollouts[i].is_dirty)
			check_rollout(sim, &sim->rollouts[i]);
}

/* ---- the end ---- */

static int
check_active(const struct rollout *r, void *arg)
{
	sim_problem(arg, "R-%d never ended: it is %s", (int)r->id.number,
		rollout_state_name(r->state));
	return 0;
}

static int
check_deployment(const struct deployment *d, void *arg)
{
	struct sim *sim = arg;
	struct sim_host *h = sim_host_find(sim, d->host,
		strcmp(d->service, "shop") == 0 ? "/srv/shop" : "/srv/mail");

	if (d->state == NULL || (strcmp(d->state, "healthy") != 0 &&
					strcmp(d->state, "failed") != 0 &&
					strcmp(d->state, "unmanaged") != 0))
		return 0;
	if (strcmp(h->current, d->release == NULL ? "" : d->release) != 0)
		sim_problem(sim,
			"%s %s: the store says '%s' is %s, current is '%s'",
			d->host, d->service, d->release, d->state, h->current);
	return 0;
}

static void
check_host(struct sim *sim, const struct sim_host *h)
{
	if (h->current[0] == '\0' || h->is_foreign)
		return;
	if (!strings_has(&h->releases, h->current))
		sim_problem(sim, "%s: '%s' is current and not there", h->name,
			h->current);
}

void
sim_check_end(struct sim *sim)
{
	struct rollout_filter active = {.state = -1, .only_active = true};
	struct strbuf problems;
	struct error e;
	size_t i;

	store_rollout_each(sim->store, &active, check_active, sim, &e);
	for (i = 0; i < sim->host_count; i++) {
		sim_host_settle(sim, &sim->hosts[i]);
		check_host(sim, &sim->hosts[i]);
	}
	store_deployment_each(
		sim->store, NULL, NULL, NULL, check_deployment, sim, &e);
	if (runner_in_flight(sim->rn) != 0)
		sim_problem(sim, "%d jobs are in flight at the end",
			runner_in_flight(sim->rn));
	strbuf_init(&problems);
	if (store_check(sim->store, &problems) != 0)
		sim_problem(sim, "store: %s", problems.buf);
	strbuf_finish(&problems);
}
