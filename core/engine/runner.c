/* runner.c - life of the runner, what happens outside, acts of people. */
#include "engine/run.h"

#include <stdlib.h>
#include <string.h>

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
is_needed(const struct runner *rn, const struct run *run)
{
	const struct run *other;

	if (!rollout_is_over(run->d.state) || run->live > 0 || run->busy > 0)
		return true;
	for (other = rn->runs; other != NULL; other = other->next)
		if (other->d.undoes.number == run->d.id.number &&
			!rollout_is_over(other->d.state))
			return true;
	return false;
}

/* A rollback keeps pointers to hosts of what it undoes: drop them first. */
static void
forget_finished(struct runner *rn)
{
	struct run **slot, *run;
	size_t i;

	for (run = rn->runs; run != NULL; run = run->next)
		for (i = 0; rollout_is_over(run->d.state) &&
			    i < run->host_count;
			i++)
			run->hosts[i].after = NULL;
	for (slot = &rn->runs; *slot != NULL;) {
		run = *slot;
		if (is_needed(rn, run)) {
			slot = &run->next;
			continue;
		}
		*slot = run->next;
		run_destroy(run);
	}
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
runner_job_output(
	struct runner *rn, int64_t job, const char *text, size_t len)
{
	struct run_host *h = find_job(rn, job);
	struct error e;
	char *safe;

	if (h == NULL || h->step.id == 0 || len == 0)
		return;
	safe = rn->world->redact(rn->arg, text, len);
	rn->world->write(rn->arg);
	rn->world->must(store_output_append(rn->store, h->step.id, safe,
				strlen(safe), &e),
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
	if (h != NULL)
		h->staged_bytes = done_bytes;
}

int64_t
runner_next_due_ms(const struct runner *rn)
{
	int64_t due = INT64_MAX;
	const struct run *run;
	size_t i;

	for (run = rn->runs; run != NULL; run = run->next) {
		if (run->due_ms != 0 && run->due_ms < due)
			due = run->due_ms;
		for (i = 0; run->live > run->busy && i < run->host_count; i++)
			if (run->hosts[i].due_ms != 0 &&
				run->hosts[i].due_ms < due)
				due = run->hosts[i].due_ms;
	}
	return due;
}

void
runner_tick(struct runner *rn)
{
	int64_t now = clock_mono_ms(rn->clock);
	struct run *run;
	size_t i;

	for (run = rn->runs; run != NULL; run = run->next) {
		if (run->due_ms != 0 && run->due_ms <= now) {
			run->due_ms = 0;
			run_pass_gate(run, "engine", -1);
		}
		for (i = 0; run->live > run->busy && i < run->host_count; i++)
			if (run->hosts[i].due_ms != 0 &&
				run->hosts[i].due_ms <= now)
				host_due(&run->hosts[i]);
	}
	forget_finished(rn);
}

/* ---- acts of people ---- */

static int
refuse_state(const struct run *run, const char *act, struct error *e)
{
	char id[ID_TEXT_SIZE];

	rollout_id_format(run->d.id, id);
	return error_set(e, ERROR_WRONG_STATE, "cannot %s %s: it is %s", act,
		id, rollout_state_name(run->d.state));
}

static int
refuse_overlap(struct runner *rn, const struct plan *p, struct error *e)
{
	char id[ID_TEXT_SIZE];
	struct rollout_id other;
	size_t i;

	for (i = 0; i < p->host_count; i++) {
		const char *host = p->hosts[i].host.name;

		other = runner_rollout_on(rn, p->service, host);
		if (other.number == 0)
			continue;
		rollout_id_format(other, id);
		error_set(e, ERROR_BUSY,
			"rollout %s of '%s' is active on host '%s'", id,
			p->service, host);
		return error_hint(e,
			"wait for it, or end it: sluice abort %s -m WHY", id);
	}
	return 0;
}

static void
deploy_hosts(struct run *run)
{
	size_t i;

	run_hosts_init(run, run->plan.host_count);
	for (i = 0; i < run->host_count; i++) {
		struct run_host *h = &run->hosts[i];

		h->at = &run->plan.hosts[i];
		h->commands = &run->plan;
		h->d.rollout = run->d.id;
		h->d.index = (int)i;
		h->d.host = xstrdup(h->at->host.name);
		h->d.wave = h->at->wave;
		h->d.attempts = 1;
		h->d.target = xstrdup(run->plan.release);
		h->d.version = xstrdup(run->plan.version);
		memcpy(h->d.target_plan, run->d.plan_digest,
			sizeof(h->d.target_plan));
	}
}

int
runner_start(struct runner *rn, struct change *c, const struct plan *p,
	const struct actor *by, struct rollout_id *ret, struct error *e)
{
	char id[ID_TEXT_SIZE], change[ID_TEXT_SIZE];
	struct run *run;
	size_t i;

	if (refuse_overlap(rn, p, e) == -1)
		return -1;
	run = run_create(rn, p);
	run->d.change = c->id;
	run->d.kind = ROLLOUT_DEPLOY;
	run->d.service = xstrdup(p->service);
	run->d.version = xstrdup(p->version);
	run->d.env = xstrdup(p->env);
	run->d.strategy = xstrdup(p->strategy);
	run->d.author = xstrdup(by->who);
	run->d.waves = p->waves;
	run->d.created_at = clock_wall_ms(rn->clock) / 1000;
	rn->world->write(rn->arg);
	rn->world->must(store_rollout_put(rn->store, &run->d, e), e,
		"save a rollout");
	deploy_hosts(run);
	for (i = 0; i < run->host_count; i++)
		rn->world->must(store_rollout_host_put(
					rn->store, &run->hosts[i].d, e),
			e, "save a host of a rollout");
	rollout_id_format(run->d.id, id);
	change_id_format(c->id, change);
	rn->world->record(rn->arg, by->who, by->uid, "change.start", change,
		"", json_pack("{s:s, s:s}", "rollout", id, "plan_digest",
			    run->d.plan_digest));
	run_change_event(run, CHANGE_EVENT_START, "");
	run_count(run);
	runner_add(rn, run);
	rn->world->changed(rn->arg, &run->d, NULL);
	*ret = run->d.id;
	run_advance(run);
	return 0;
}

int
runner_pause(struct runner *rn, struct rollout_id id, const struct actor *by,
	struct error *e)
{
	struct run *run = run_load(rn, id, e);
	enum rollout_state to;

	if (run == NULL)
		return -1;
	/* A hold by failed hosts becomes a person's: nothing goes on. */
	if (run->d.state == ROLLOUT_PAUSED) {
		if (run->d.pause_cause == PAUSE_PERSON)
			return 0;
		run->d.pause_cause = PAUSE_PERSON;
		run_save(run);
		return 0;
	}
	if (!rollout_next(run->d.state, ROLLOUT_EVENT_PAUSE, &to))
		return refuse_state(run, "pause", e);
	run_pause(run, PAUSE_PERSON, by->who, by->uid, "paused by a person");
	return 0;
}

/* Which event a paused or finished rollout goes on with. */
static enum rollout_event
go_on_event(const struct run *run)
{
	return run->plan.stage_first && run->counts[HOST_PENDING] > 0
		       ? ROLLOUT_EVENT_STAGE
		       : ROLLOUT_EVENT_RUN;
}

int
runner_resume(struct runner *rn, struct rollout_id id, const struct actor *by,
	struct error *e)
{
	struct run *run = run_load(rn, id, e);

	if (run == NULL)
		return -1;
	if (run->d.state != ROLLOUT_PAUSED)
		return refuse_state(run, "resume", e);
	run_reason(run, "%s", "");
	run->cursor = 0;
	run_apply(run, go_on_event(run), by->who, by->uid, NULL);
	run_advance(run);
	return 0;
}

int
runner_advance(struct runner *rn, struct rollout_id id, const struct actor *by,
	struct error *e)
{
	struct run *run = run_load(rn, id, e);

	if (run == NULL)
		return -1;
	if (run->d.state != ROLLOUT_WAITING)
		return refuse_state(run, "advance", e);
	run_pass_gate(run, by->who, by->uid);
	return 0;
}

/* Hosts that were prepared hold their leases until somebody lets them go. */
static void
let_hosts_go(struct run *run)
{
	size_t i;

	for (i = 0; i < run->host_count; i++)
		if (!run->hosts[i].is_live &&
			host_is_open(run->hosts[i].d.state) &&
			run->hosts[i].d.step != NULL)
			run->rn->world->idle(
				run->rn->arg, run->hosts[i].d.host);
}

int
runner_abort(struct runner *rn, struct rollout_id id, bool then_rollback,
	const char *text, const struct actor *by, struct error *e)
{
	struct run *run = run_load(rn, id, e);
	struct rollout_id back;
	enum rollout_state to;

	if (run == NULL)
		return -1;
	if (!rollout_next(run->d.state, ROLLOUT_EVENT_ABORT, &to))
		return refuse_state(run, "abort", e);
	if (then_rollback && run->d.kind == ROLLOUT_ROLLBACK)
		return error_set(e, ERROR_WRONG_STATE,
			"a rollback is not rolled back; plan a change with "
			"the version that should run");
	/* Asked first: an abort that cannot go back changes nothing. */
	if (then_rollback &&
		run_back_create(run, NULL, text, by, &back, e) == -1)
		return -1;
	run_apply(run, ROLLOUT_EVENT_ABORT, by->who, by->uid, text);
	if (run->d.kind == ROLLOUT_ROLLBACK)
		run_back_finished(run);
	else
		run_change_event(run, CHANGE_EVENT_ABORT, text);
	let_hosts_go(run);
	runner_pump(rn);
	return 0;
}

static struct run_host *
find_host(struct run *run, const char *name)
{
	size_t i;

	for (i = 0; i < run->host_count; i++)
		if (strcmp(run->hosts[i].d.host, name) == 0)
			return &run->hosts[i];
	return NULL;
}

/* Every named host is in the rollout and the event is allowed for it. */
static int
check_hosts(struct run *run, const struct strings *hosts,
	enum host_event event, const char *act, struct error *e)
{
	char id[ID_TEXT_SIZE];
	enum host_state to;
	size_t i;

	rollout_id_format(run->d.id, id);
	for (i = 0; i < hosts->count; i++) {
		struct run_host *h = find_host(run, hosts->items[i]);

		if (h == NULL)
			return error_set(e, ERROR_NOT_FOUND,
				"host '%s' is not in %s", hosts->items[i], id);
		if (h->is_live || !host_next(h->d.state, event, &to))
			return error_set(e, ERROR_WRONG_STATE,
				"cannot %s host '%s' of %s: it is %s%s", act,
				hosts->items[i], id,
				host_state_name(h->d.state),
				h->is_live ? " and a step is running" : "");
	}
	return 0;
}

static void
retry_host(struct run_host *h)
{
	h->d.attempts++;
	h->d.is_busy = false;
	h->d.finished_at = 0;
	str_replace(&h->d.error, NULL);
	str_replace(&h->d.way_back_error, NULL);
	host_apply(h, HOST_EVENT_RETRY);
}

static bool
wants_retry(const struct run_host *h, const struct strings *hosts)
{
	enum host_state to;

	if (h->is_live || !host_next(h->d.state, HOST_EVENT_RETRY, &to))
		return false;
	return hosts->count == 0 ? h->d.state != HOST_ROLLED_BACK
				 : strings_has(hosts, h->d.host);
}

/* A host of a way back that had no target cannot be tried again. */
static int
check_targets(const struct run *run, const struct strings *hosts,
	struct error *e)
{
	size_t i;

	for (i = 0; i < run->host_count; i++)
		if (wants_retry(&run->hosts[i], hosts) &&
			run->hosts[i].d.target[0] == '\0')
			return error_set(e, ERROR_WRONG_STATE,
				"host '%s' has no release to go back to",
				run->hosts[i].d.host);
	return 0;
}

static int
check_retry(struct runner *rn, struct run *run, struct error *e)
{
	struct rollout_id latest;
	enum rollout_state to;

	if (run->d.state == ROLLOUT_PAUSED)
		return 0;
	if (!rollout_next(run->d.state, ROLLOUT_EVENT_RETRY, &to))
		return refuse_state(run, "retry", e);
	if (store_rollout_latest(rn->store, run->d.service, run->d.env,
		    &latest, e) == -1)
		return -1;
	if (latest.number != run->d.id.number) {
		char id[ID_TEXT_SIZE];

		rollout_id_format(latest, id);
		return error_set(e, ERROR_WRONG_STATE,
			"only the latest rollout of a service in an "
			"environment is retried; that is %s",
			id);
	}
	return refuse_overlap(rn, &run->plan, e);
}

int
runner_retry(struct runner *rn, struct rollout_id id,
	const struct strings *hosts, const struct actor *by, struct error *e)
{
	struct run *run = run_load(rn, id, e);
	char text[ID_TEXT_SIZE];
	size_t i, count = 0;

	if (run == NULL || check_retry(rn, run, e) == -1 ||
		check_hosts(run, hosts, HOST_EVENT_RETRY, "retry", e) == -1 ||
		check_targets(run, hosts, e) == -1)
		return -1;
	for (i = 0; i < run->host_count; i++)
		count += wants_retry(&run->hosts[i], hosts);
	if (count == 0)
		return error_set(e, ERROR_WRONG_STATE,
			"no host of this rollout failed or was missed");
	rollout_id_format(id, text);
	rn->world->record(rn->arg, by->who, by->uid, "rollout.retry", text, "",
		json_pack("{s:i}", "hosts", (int)count));
	for (i = 0; i < run->host_count; i++)
		if (wants_retry(&run->hosts[i], hosts))
			retry_host(&run->hosts[i]);
	if (rollout_is_over(run->d.state))
		run_change_event(run, CHANGE_EVENT_RETRY, "");
	run_reason(run, "%s", "");
	run->cursor = 0;
	run->d.wave = 0;
	run_apply(run,
		rollout_is_over(run->d.state) ? ROLLOUT_EVENT_RETRY
					      : go_on_event(run),
		by->who, by->uid, NULL);
	run_advance(run);
	return 0;
}

int
runner_exclude(struct runner *rn, struct rollout_id id,
	const struct strings *hosts, const char *text, const struct actor *by,
	struct error *e)
{
	struct run *run = run_load(rn, id, e);
	char rollout[ID_TEXT_SIZE];
	size_t i;

	if (run == NULL)
		return -1;
	if (rollout_is_over(run->d.state))
		return refuse_state(run, "exclude hosts from", e);
	if (check_hosts(run, hosts, HOST_EVENT_EXCLUDE, "exclude", e) == -1)
		return -1;
	rollout_id_format(id, rollout);
	for (i = 0; i < hosts->count; i++) {
		struct run_host *h = find_host(run, hosts->items[i]);

		str_replace(&h->d.error, text);
		host_apply(h, HOST_EVENT_EXCLUDE);
		rn->world->record(rn->arg, by->who, by->uid, "host.exclude",
			h->d.host, text,
			json_pack("{s:s}", "rollout", rollout));
		rn->world->idle(rn->arg, h->d.host);
	}
	run_save(run);
	run_advance(run);
	return 0;
}

int
runner_rollback(struct runner *rn, struct rollout_id id, const char *version,
	const char *text, const struct actor *by, struct rollout_id *ret,
	struct error *e)
{
	struct run *run = run_load(rn, id, e);

	if (run == NULL)
		return -1;
	if (run->d.kind == ROLLOUT_ROLLBACK)
		return error_set(e, ERROR_WRONG_STATE,
			"a rollback is not rolled back; plan a change with "
			"the version that should run");
	if (run->d.state == ROLLOUT_ROLLED_BACK)
		return refuse_state(run, "roll back", e);
	if (rollout_is_over(run->d.state) &&
		refuse_overlap(rn, &run->plan, e) == -1)
		return -1;
	if (run_back_create(run, version, text, by, ret, e) == -1)
		return -1;
	if (!rollout_is_over(run->d.state)) {
		run_apply(run, ROLLOUT_EVENT_ABORT, by->who, by->uid, text);
		run_change_event(run, CHANGE_EVENT_ABORT, text);
		let_hosts_go(run);
	}
	runner_pump(rn);
	return 0;
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

static void
describe_phase(const struct run *run, char phase[64])
{
	if (run->d.state == ROLLOUT_STAGING)
		snprintf(phase, 64, "staging");
	else if (run->d.state == ROLLOUT_WAITING)
		snprintf(phase, 64, "baking after wave %d of %d", run->d.wave,
			run->d.waves);
	else if (rollout_is_over(run->d.state))
		snprintf(phase, 64, "%s", rollout_state_name(run->d.state));
	else if (run->d.wave == 0)
		snprintf(phase, 64, "before the first wave");
	else
		snprintf(phase, 64, "wave %d of %d", run->d.wave,
			run->d.waves);
}

bool
runner_view(const struct runner *rn, struct rollout_id id,
	struct run_view *ret, char phase[64])
{
	const struct run *run = runner_run(rn, id);
	size_t i;

	if (run == NULL)
		return false;
	ret->busy = run->busy;
	ret->staged_bytes = 0;
	memcpy(ret->counts, run->counts, sizeof(ret->counts));
	for (i = 0; i < run->host_count; i++)
		ret->staged_bytes += run->hosts[i].staged_bytes;
	describe_phase(run, phase);
	ret->phase = phase;
	return true;
}

struct rollout_id
runner_rollout_on(
	const struct runner *rn, const char *service, const char *host)
{
	const struct run *run;
	size_t i;

	for (run = rn->runs; run != NULL; run = run->next) {
		if (rollout_is_over(run->d.state) ||
			strcmp(run->d.service, service) != 0)
			continue;
		for (i = 0; i < run->host_count; i++)
			if (strcmp(run->hosts[i].d.host, host) == 0)
				return run->d.id;
	}
	return (struct rollout_id){0};
}
