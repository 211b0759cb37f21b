/* run_acts.c - what people do to rollouts: start, pause, abort, retry ... */
#include "engine/run.h"

#include <stdlib.h>
#include <string.h>

static int
refuse_state(const struct run *run, const char *act, struct error *e)
{
	char id[ID_TEXT_SIZE];

	rollout_id_format(run->d.id, id);
	return error_set(e, ERROR_WRONG_STATE, "cannot %s %s: it is %s", act,
		id, rollout_state_name(run->d.state));
}

/* own: steps in flight of this one do not count; 0: none. */
static int
refuse_overlap(struct runner *rn, const struct plan *p, struct rollout_id own,
	struct error *e)
{
	char id[ID_TEXT_SIZE];
	struct rollout_id other;
	size_t i;

	for (i = 0; i < p->host_count; i++) {
		const char *host = p->hosts[i].host.name;

		other = runner_rollout_on(rn, p->service, host);
		if (other.number == 0 || other.number == own.number)
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

/* Out of service since the plan was approved: named, and not touched. */
static void
leave_out(struct run_host *h, const char *reason)
{
	if (reason == NULL)
		return;
	h->d.state = HOST_EXCLUDED;
	h->d.error = xstrdup(reason);
	h->d.finished_at = h->run->d.created_at;
}

static void
deploy_hosts(struct run *run, const struct pairs *excluded)
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
		if (host_part(h) == OP_PART_ROUTER) {
			h->d.target = xstrdup("traffic");
		} else {
			h->d.target = xstrdup(run->plan.release);
			h->d.version = xstrdup(run->plan.version);
		}
		memcpy(h->d.target_plan, run->d.plan_digest,
			sizeof(h->d.target_plan));
		if (excluded != NULL)
			leave_out(h, pairs_get(excluded, h->d.host));
	}
	run_hosts_index(run);
}

int
runner_start(struct runner *rn, struct change *c, const struct plan *p,
	const struct pairs *excluded, const struct actor *by,
	struct rollout_id *ret, struct error *e)
{
	char id[ID_TEXT_SIZE], change[ID_TEXT_SIZE];
	struct run *run;
	size_t i;

	if (refuse_overlap(rn, p, (struct rollout_id){0}, e) == -1)
		return -1;
	run = run_create(rn, p);
	run->d.change = c->id;
	run->d.kind = ROLLOUT_DEPLOY;
	run->d.service = xstrdup(p->service);
	run->d.version = xstrdup(p->version);
	run->d.env = xstrdup(p->env);
	run->d.strategy = xstrdup(p->strategy);
	run->d.author = xstrdup(by->who);
	run->d.waves = plan_run_waves(p);
	run->d.created_at = clock_wall_ms(rn->clock) / 1000;
	rn->world->write(rn->arg);
	rn->world->must(
		store_rollout_put(rn->store, &run->d, e), e, "save a rollout");
	deploy_hosts(run, excluded);
	for (i = 0; i < run->host_count; i++)
		rn->world->must(
			store_rollout_host_put(rn->store, &run->hosts[i].d, e),
			e, "save a host of a rollout");
	rollout_id_format(run->d.id, id);
	change_id_format(c->id, change);
	rn->world->record(rn->arg, by->who, by->uid, "change.start", change, "",
		json_pack("{s:s, s:s}", "rollout", id, "plan_digest",
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
		run_pause_becomes(run, PAUSE_PERSON);
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
	return run_stages_first(run) && run->counts[HOST_PENDING] > 0
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

/* A gate was not passed, and a person is asked. */
static bool
is_held_at_gate(const struct run *run)
{
	return run->d.state == ROLLOUT_PAUSED && run->d.gate_since != 0 &&
	       (run->d.pause_cause == PAUSE_GATE ||
		       run->d.pause_cause == PAUSE_ANALYSIS) &&
	       run_gate(run) != NULL;
}

int
runner_advance(struct runner *rn, struct rollout_id id, const struct actor *by,
	struct error *e)
{
	struct run *run = run_load(rn, id, e);

	if (run == NULL)
		return -1;
	if (run->d.state != ROLLOUT_WAITING && !is_held_at_gate(run))
		return refuse_state(run, "advance", e);
	run_pass_gate(run, by->who, by->uid);
	return 0;
}

/* Hosts that were prepared hold their leases until somebody lets them go. A
 * way back asks for them next. */
void
run_let_hosts_go(struct run *run)
{
	size_t i;

	for (i = 0; i < run->host_count; i++) {
		struct run_host *h = &run->hosts[i];

		if (h->is_live || !host_is_open(h->d.state) ||
			h->d.step == NULL)
			continue;
		host_let_go(h);
		run->rn->world->idle(run->rn->arg, h->d.host);
	}
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
	run_let_hosts_go(run);
	runner_pump(rn);
	return 0;
}

/* Every named host is in the rollout and the event is allowed for it. */
static int
check_hosts(struct run *run, const struct strings *hosts, enum host_event event,
	const char *act, struct error *e)
{
	char id[ID_TEXT_SIZE];
	enum host_state to;
	size_t i;

	rollout_id_format(run->d.id, id);
	for (i = 0; i < hosts->count; i++) {
		struct run_host *h = run_find_host(run, hosts->items[i]);

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
check_targets(
	const struct run *run, const struct strings *hosts, struct error *e)
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
	if (store_rollout_latest(
		    rn->store, run->d.service, run->d.env, &latest, e) == -1)
		return -1;
	if (latest.number != run->d.id.number) {
		char id[ID_TEXT_SIZE];

		rollout_id_format(latest, id);
		return error_set(e, ERROR_WRONG_STATE,
			"only the latest rollout of a service in an "
			"environment is retried; that is %s",
			id);
	}
	return refuse_overlap(rn, &run->plan, run->d.id, e);
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
	run->d.gate = 0;
	run->d.gate_since = 0;
	run_traffic_retry(run);
	run_watch_close(run);
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
		struct run_host *h = run_find_host(run, hosts->items[i]);

		if (h->d.state == HOST_EXCLUDED)
			continue; /* named twice */
		str_replace(&h->d.error, text);
		host_apply(h, HOST_EVENT_EXCLUDE);
		rn->world->record(rn->arg, by->who, by->uid, "host.exclude",
			h->d.host, text,
			json_pack("{s:s}", "rollout", rollout));
		rn->world->idle(rn->arg, h->d.host);
		if (h->d.switched)
			run_reason(run,
				"%s is left out and stays on %s as it is",
				h->d.host, h->d.version);
		else
			run_reason(run, "%s is left out", h->d.host);
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
		refuse_overlap(rn, &run->plan, id, e) == -1)
		return -1;
	if (run_back_create(run, version, text, by, ret, e) == -1)
		return -1;
	if (!rollout_is_over(run->d.state)) {
		run_apply(run, ROLLOUT_EVENT_ABORT, by->who, by->uid, text);
		run_change_event(run, CHANGE_EVENT_ABORT, text);
		run_let_hosts_go(run);
	}
	runner_pump(rn);
	return 0;
}
