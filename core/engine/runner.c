/* runner.c - life of the runner, what happens outside, looking. */
#include "engine/run.h"

#include <stdlib.h>
#include <string.h>

#include "engine/gate_json.h"
#include "wire/json.h"

struct runner *
runner_create(struct store *store, struct clock *clock,
	const struct runner_world *world, void *arg)
{
	struct runner *rn = xcalloc(1, sizeof(*rn));

	rn->store = store;
	rn->clock = clock;
	rn->world = world;
	rn->arg = arg;
	rn->next_job = 1;
	return rn;
}

void
runner_destroy(struct runner *rn)
{
	if (rn == NULL)
		return;
	while (rn->runs != NULL) {
		struct run *run = rn->runs;

		rn->runs = run->next;
		run_destroy(run);
	}
	free(rn->due);
	free(rn);
}

struct run *
runner_run(const struct runner *rn, struct rollout_id id)
{
	struct run *run;

	for (run = rn->runs; run != NULL; run = run->next)
		if (run->d.id.number == id.number)
			return run;
	return NULL;
}

static bool
is_undone_by_one(const struct runner *rn, const struct run *run)
{
	const struct run *back;

	for (back = rn->runs; back != NULL; back = back->next)
		if (back->d.undoes.number == run->d.id.number)
			return true;
	return false;
}

/* A rollback keeps pointers to hosts of what it undoes: that stays as long as
 * any way back is here. */
static bool
is_needed(const struct runner *rn, const struct run *run)
{
	return !rollout_is_over(run->d.state) || run->live > 0 ||
	       is_undone_by_one(rn, run);
}

static void
forget_kind(struct runner *rn, enum rollout_kind kind)
{
	struct run **slot, *run;

	for (slot = &rn->runs; *slot != NULL;) {
		run = *slot;
		if (run->d.kind != kind || is_needed(rn, run)) {
			slot = &run->next;
			continue;
		}
		*slot = run->next;
		run_destroy(run);
	}
}

static void
forget_finished(struct runner *rn)
{
	forget_kind(rn, ROLLOUT_ROLLBACK);
	forget_kind(rn, ROLLOUT_DEPLOY);
}

void
runner_add(struct runner *rn, struct run *run)
{
	struct run **slot = &rn->runs;

	while (*slot != NULL && (*slot)->d.id.number < run->d.id.number)
		slot = &(*slot)->next;
	run->next = *slot;
	*slot = run;
}

/* ---- what happened outside ---- */

static struct run_host *
find_job(struct runner *rn, int64_t job)
{
	struct run_host *h;

	HASH_FIND(hh, rn->by_job, &job, sizeof(job), h);
	return h;
}

void
runner_job_done(struct runner *rn, int64_t job, enum job_outcome outcome,
	const json_t *data, const struct error *error)
{
	struct run_host *h = find_job(rn, job);

	if (h != NULL)
		host_outcome(h, outcome, data, error);
}

void
runner_probe_done(struct runner *rn, int64_t job, bool ok, const char *text)
{
	struct run_host *h = find_job(rn, job);

	if (h != NULL)
		host_probe_done(h, ok, text);
}

void
runner_job_output(struct runner *rn, int64_t job, const char *text, size_t len)
{
	struct run_host *h = find_job(rn, job);
	struct error e;
	char *safe;

	if (h == NULL || h->step.id == 0 || len == 0)
		return;
	safe = rn->world->redact(rn->arg, text, len);
	rn->world->write(rn->arg);
	/* Who attaches to a step hears all of it again. */
	if (h->told_anew)
		rn->world->must(store_output_clear(rn->store, h->step.id, &e),
			&e, "save output of a step");
	h->told_anew = false;
	rn->world->must(store_output_append(
				rn->store, h->step.id, safe, strlen(safe), &e),
		&e, "save output of a step");
	rn->world->printed(rn->arg, &h->run->d, h->d.host, h->step.step,
		h->step.attempt, safe, strlen(safe));
	free(safe);
}

void
runner_job_progress(
	struct runner *rn, int64_t job, int64_t done_bytes, int64_t total)
{
	struct run_host *h = find_job(rn, job);

	(void)total;
	if (h == NULL)
		return;
	h->run->staged_bytes += done_bytes - h->staged_bytes;
	h->staged_bytes = done_bytes;
}

int64_t
runner_next_due_ms(const struct runner *rn)
{
	int64_t due = rn->due_count > 0 ? rn->due[0]->due_ms : INT64_MAX;
	const struct run *run;

	if (rn->is_held)
		return INT64_MAX;
	for (run = rn->runs; run != NULL; run = run->next) {
		if (run->due_ms != 0 && run->due_ms < due)
			due = run->due_ms;
		if (run_watch_due_ms(run) < due)
			due = run_watch_due_ms(run);
		if (run->says.due_ms != 0 && run->says.due_ms < due)
			due = run->says.due_ms;
		if (run->colours.due_ms != 0 && run->colours.due_ms < due)
			due = run->colours.due_ms;
	}
	return due;
}

/* A runner that is held sends nothing again and passes no gate: the next one
 * does. */
void
runner_tick(struct runner *rn)
{
	int64_t now = clock_mono_ms(rn->clock);
	struct run *run;

	for (run = rn->runs; !rn->is_held && run != NULL; run = run->next) {
		if (run_watch_due_ms(run) <= now)
			run_watch_tick(run);
		if (run->due_ms != 0 && run->due_ms <= now)
			run_gate_look(run);
		if (run->says.due_ms != 0 && run->says.due_ms <= now)
			run_live_tick(run);
		if (run->colours.due_ms != 0 && run->colours.due_ms <= now)
			run_colours_ask(run);
	}
	while (!rn->is_held && rn->due_count > 0 && rn->due[0]->due_ms <= now) {
		struct run_host *h = rn->due[0];

		host_wake_never(h);
		host_send_again(h);
	}
	forget_finished(rn);
}

void
runner_hold(struct runner *rn)
{
	rn->is_held = true;
}

/* ---- looking ---- */

int
runner_in_flight(const struct runner *rn)
{
	return (int)HASH_COUNT(rn->by_job);
}

int
runner_active_rollouts(const struct runner *rn)
{
	const struct run *run;
	int count = 0;

	for (run = rn->runs; run != NULL; run = run->next)
		count += !rollout_is_over(run->d.state);
	return count;
}

const struct rollout *
runner_find(const struct runner *rn, struct rollout_id id)
{
	const struct run *run = runner_run(rn, id);

	return run == NULL ? NULL : &run->d;
}

const struct rollout_host *
runner_host(const struct runner *rn, struct rollout_id id, int index)
{
	const struct run *run = runner_run(rn, id);

	if (run == NULL || index < 0 || (size_t)index >= run->host_count)
		return NULL;
	return &run->hosts[index].d;
}

/* Of a pause too that a gate is the cause of. */
static const struct gate *
gate_of(const struct run *run)
{
	bool waits = run->d.state == ROLLOUT_WAITING ||
		     (run->d.state == ROLLOUT_PAUSED &&
			     run->d.gate_since != 0);

	return waits ? run_gate(run) : NULL;
}

const struct gate *
runner_gate(struct runner *rn, struct rollout_id id)
{
	struct run *run = runner_run(rn, id);

	return run == NULL ? NULL : gate_of(run);
}

json_t *
runner_gate_json(struct runner *rn, struct rollout_id id)
{
	struct run *run = runner_run(rn, id);
	const struct gate *g = run == NULL ? NULL : gate_of(run);
	int64_t bake_end;
	struct strbuf words;
	json_t *o;

	if (g == NULL)
		return json_null();
	strbuf_init(&words);
	run_gate_words(run, g, &words);
	bake_end = run->d.gate_since + (g->for_ms + 999) / 1000;
	o = gate_json(g);
	json_object_update_new(o,
		json_pack("{s:i, s:i, s:i, s:s, s:o, s:o, s:o}", "number",
			run->d.gate + 1, "of", run_gate_count(run),
			"after_wave", run->d.wave, "waits", words.buf, "since",
			json_time(run->d.gate_since), "bakes_until",
			json_time(g->for_ms > 0 ? bake_end : 0), "deadline",
			json_time(g->within_ms > 0
					  ? bake_end + g->within_ms / 1000
					  : 0)));
	strbuf_finish(&words);
	return o;
}

json_t *
runner_analysis_json(struct runner *rn, struct rollout_id id)
{
	struct run *run = runner_run(rn, id);

	return run == NULL ? json_null() : run_watch_json(run);
}

json_t *
runner_colour_json(struct runner *rn, struct rollout_id id, bool is_new)
{
	struct run *run = runner_run(rn, id);

	return run == NULL ? json_null()
			   : run_colours_json(run,
				     is_new ? WATCHED_NEW : WATCHED_OLD);
}

static const char *
waiting_word(const struct run *run)
{
	static const char *const words[GATE_KIND_COUNT] = {"baking",
		"analysing", "approval", "check", "window", "measuring",
		"holding"};
	const struct gate *g = run_gate(run);

	return words[g == NULL ? GATE_TIMER : g->kind];
}

static void
describe_colours(const struct run *run, char phase[64])
{
	const char *colour = run_colour(run);
	bool waits = run->d.state == ROLLOUT_WAITING;
	bool moves = run->d.kind == ROLLOUT_ROLLBACK ||
		     run->d.wave == TRAFFIC_WAVE;

	if (colour == NULL)
		snprintf(phase, 64, "asking who is live");
	else if (run_traffic_is_watched(run) && !waits)
		snprintf(phase, 64, "%s is live", colour);
	else if (waits && moves)
		snprintf(phase, 64, "%s, %s is live", waiting_word(run),
			colour);
	else if (waits)
		snprintf(phase, 64, "%s before the switch to %s",
			waiting_word(run), colour);
	else
		snprintf(phase, 64, "%s %s",
			moves ? "switching traffic to" : "deploying to",
			colour);
}

static void
describe_phase(const struct run *run, char phase[64])
{
	if (run->d.state == ROLLOUT_STAGING)
		snprintf(phase, 64, "staging");
	else if (run_is_blue_green(run) && !rollout_is_over(run->d.state))
		describe_colours(run, phase);
	else if (run->d.state == ROLLOUT_WAITING)
		snprintf(phase, 64, "%s after wave %d of %d",
			waiting_word(run), run->d.wave, run->d.waves);
	else if (rollout_is_over(run->d.state))
		snprintf(phase, 64, "%s", rollout_state_name(run->d.state));
	else if (run->d.wave == 0)
		snprintf(phase, 64, "before the first wave");
	else
		snprintf(phase, 64, "wave %d of %d", run->d.wave, run->d.waves);
}

bool
runner_view(const struct runner *rn, struct rollout_id id, struct run_view *ret,
	char phase[64])
{
	const struct run *run = runner_run(rn, id);

	if (run == NULL)
		return false;
	ret->busy = run->busy;
	ret->staged_bytes = run->staged_bytes;
	memcpy(ret->counts, run->counts, sizeof(ret->counts));
	run_gate_times(run, &ret->gates_spent_ms, &ret->gates_left_ms);
	describe_phase(run, phase);
	ret->phase = phase;
	return true;
}

static int
note_last_state(const struct step_run *s, void *arg)
{
	*(enum step_state *)arg = s->state;
	return 0;
}

void
runner_unheard(const struct runner *rn, struct rollout_id id,
	struct strings *ret)
{
	const struct run *run = runner_run(rn, id);
	struct error e;
	size_t i;

	memset(ret, 0, sizeof(*ret));
	for (i = 0; run != NULL && i < run->host_count; i++) {
		const struct rollout_host *h = &run->hosts[i].d;
		enum step_state last = STEP_DONE;

		if (h->state != HOST_UNKNOWN)
			continue;
		rn->world->must(store_step_each(rn->store, id, h->host, 0,
					note_last_state, &last, &e),
			&e, "look for a step");
		if (last == STEP_UNKNOWN)
			strings_add(ret, h->host);
	}
}

bool
runner_uses_key(const struct runner *rn, struct rollout_id id)
{
	const struct run *run = runner_run(rn, id);
	size_t i;

	for (i = 0; run != NULL && i < run->host_count; i++) {
		const struct run_host *h = &run->hosts[i];

		if (h->job != 0 && h->at->host.transport != TRANSPORT_LOCAL &&
			h->at->host.transport != TRANSPORT_FAKE)
			return true;
	}
	return false;
}

void
runner_each(const struct runner *rn,
	void (*fn)(const struct rollout *r, void *arg), void *arg)
{
	const struct run *run;

	for (run = rn->runs; run != NULL; run = run->next)
		fn(&run->d, arg);
}

struct rollout_id
runner_rollout_on(
	const struct runner *rn, const char *service, const char *host)
{
	struct rollout_id moving = {0};
	const struct run *run;

	for (run = rn->runs; run != NULL; run = run->next) {
		const struct run_host *h;

		if (strcmp(run->d.service, service) != 0)
			continue;
		h = run_find_host(run, host);
		if (h != NULL && !rollout_is_over(run->d.state))
			return run->d.id;
		if (h != NULL && h->is_live)
			moving = run->d.id;
	}
	return moving;
}
