/* sim_world.c - what the runner sees of the world. */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"

static void
world_write(void *arg)
{
	struct sim *sim = arg;
	struct error e;

	if (!store_in_transaction(sim->store) &&
		store_begin(sim->store, &e) == -1)
		sim_problem(sim, "begin: %s", e.text);
}

static void
world_submit(void *arg, struct job *job)
{
	struct sim *sim = arg;
	struct sim_host *h =
		sim_host_find(sim, job->host->host.name, job->host->root);

	assert(h != NULL && job->args != NULL);
	ARRAY_GROW(sim->outbox, sim->outbox_count, sim->outbox_capacity);
	sim->outbox[sim->outbox_count].host = (int)(h - sim->hosts);
	sim->outbox[sim->outbox_count++].job = (struct sim_job){.id = job->id,
		.incarnation = sim->incarnation,
		.op = job->op,
		.rollout = job->rollout.number,
		.args = job->args};
}

static void
world_idle(void *arg, const char *host)
{
	struct sim *sim = arg;
	size_t i;

	/* Where nothing waits the session is closed, and the lease with it. */
	if (sim->is_quiet)
		return;
	for (i = 0; i < sim->host_count; i++) {
		struct sim_host *h = &sim->hosts[i];

		if (strcmp(h->name, host) == 0 && h->queue_count == 0 &&
			sim->outbox_count == 0)
			sim_host_link_lost(sim, h);
	}
}

static void
world_probe(void *arg, int64_t job, enum health_kind kind, const char *target,
	int expect, int64_t timeout_ms)
{
	struct sim *sim = arg;
	char name[32] = "";
	struct sim_host *h;

	(void)kind;
	(void)expect;
	(void)timeout_ms;
	/* Targets are "http://{host}:8080/srv/shop". */
	sscanf(target, "http://%31[^:]", name);
	h = sim_host_find(sim, name, strstr(target, "/srv/"));
	assert(h != NULL);
	sim_host_settle(sim, h);
	sim_event_add(sim,
		(struct sim_event){
			.at_ms = sim->clock.mono_ms + 5 + sim_random(sim, 30),
			.host = -1,
			.job = job,
			.ok = sim_host_is_well(h) &&
			      h->down_until_ms <= sim->clock.mono_ms});
	if (sim_host_is_well(h) && !strings_has(&h->healthy, h->current))
		strings_add(&h->healthy, h->current);
}

static void
world_record(void *arg, const char *who, int64_t uid, const char *what,
	const char *object, const char *reason, json_t *detail)
{
	struct sim *sim = arg;
	char *text = detail == NULL ? NULL
				    : json_dumps(detail,
					      JSON_COMPACT | JSON_SORT_KEYS);
	struct error e;

	sim_trace(sim, "ledger %s %s %s", who, what, object);
	world_write(arg);
	if (store_ledger_append(
		    sim->store, who, uid, what, object, reason, text, &e) == -1)
		sim_problem(sim, "ledger: %s", e.text);
	free(text);
	json_decref(detail);
}

static void
world_changed(
	void *arg, const struct rollout *r, const struct rollout_host *host)
{
	struct sim *sim = arg;

	sim_note_rollout(sim, r, host);
	if (sim->is_quiet)
		return;
	if (host != NULL)
		sim_trace(sim, "R-%d %s %s%s%s%s", (int)r->id.number,
			host->host, host_state_name(host->state),
			host->is_busy ? " in " : "",
			host->is_busy ? host->step : "",
			host->error == NULL ? "" : " !");
	else
		sim_trace(sim, "R-%d %s wave %d", (int)r->id.number,
			rollout_state_name(r->state), r->wave);
}

static void
world_change_changed(void *arg, const struct change *c)
{
	sim_trace(
		arg, "C-%d %s", (int)c->id.number, change_state_name(c->state));
}

static void
world_printed(void *arg, const struct rollout *r, const char *host,
	const char *step, int attempt, const char *text, size_t len)
{
	sim_trace(arg, "R-%d %s %s.%d: %.*s", (int)r->id.number, host, step,
		attempt, (int)len, text);
}

static char *
world_payload_path(
	void *arg, const char *sha256, bool manifest, int64_t *ret_bytes)
{
	(void)arg;
	if (ret_bytes != NULL)
		*ret_bytes = 4096;
	return xasprintf(
		"/artefacts/%.12s%s", sha256, manifest ? ".manifest" : "");
}

static char *
world_redact(void *arg, const char *text, size_t len)
{
	(void)arg;
	return xstrndup(text, len);
}

static void
world_must(int result, const struct error *e, const char *what)
{
	if (result != -1)
		return;
	fprintf(stderr, "# cannot %s: %s\n", what, e->text);
	abort();
}

static void
world_command(void *arg, int64_t id, const struct plan_host *host, json_t *args,
	int64_t timeout_ms)
{
	struct sim *sim = arg;
	char out[4096] = "";
	bool ok = sim->command == NULL ||
		  sim->command(sim, host == NULL ? NULL : host->host.name,
			  json_object_get(args, "env"), out, sizeof(out));

	(void)timeout_ms;
	sim->commands++;
	json_decref(args);
	sim_event_add(sim,
		(struct sim_event){.at_ms = sim->clock.mono_ms + 5 +
					    sim_random(sim, 30),
			.host = -3,
			.job = id,
			.incarnation = sim->incarnation,
			.ok = ok,
			.text = xstrdup(out)});
}

static char *
world_closed(void *arg, const struct rollout *r)
{
	(void)r;
	return xstrdup_or_null(((struct sim *)arg)->closed);
}

static int
world_most_active(void *arg)
{
	return ((struct sim *)arg)->most_active;
}

const struct runner_world sim_world = {
	.write = world_write,
	.submit = world_submit,
	.idle = world_idle,
	.probe = world_probe,
	.record = world_record,
	.changed = world_changed,
	.change_changed = world_change_changed,
	.printed = world_printed,
	.payload_path = world_payload_path,
	.redact = world_redact,
	.must = world_must,
	.most_active = world_most_active,
	.command = world_command,
	.closed = world_closed,
};
