/* sim_plan.c - releases, plans and changes for the scripted world. */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"

void
sim_plan_init(struct sim_plan *p, const char *version)
{
	static struct portion two = {2, false};
	static char quick[] = "quick";

	memset(p, 0, sizeof(*p));
	p->service = "shop";
	p->version = version;
	p->strategy.name = quick;
	p->strategy.kind = STRATEGY_ROLLING;
	p->strategy.portions = &two;
	p->strategy.portion_count = 1;
	p->strategy.stage_first = true;
	p->strategy.budget.hosts = 1;
	p->strategy.on_failure = ON_FAILURE_HOLD;
	p->has_after = true;
	p->health_attempts = 2;
	p->keep = 3;
}

static void
fill_release(struct release *r, const struct sim_plan *p)
{
	memset(r, 0, sizeof(*r));
	r->service = xstrdup(p->service);
	r->version = xstrdup(p->version);
	r->file_name = xstrdup("shop.tar.gz");
	r->size_bytes = r->payload_bytes = 4096;
	r->unpacked_bytes = 9000;
	r->files = 3;
	r->format = PAYLOAD_TAR_GZ;
	digest_hex(p->version, strlen(p->version), r->sha256);
	memcpy(r->payload_sha256, r->sha256, sizeof(r->sha256));
}

static void
fill_step(struct service *s, enum step_kind kind, bool has, bool idempotent)
{
	s->steps[kind].timeout_ms = 60000;
	s->steps[kind].reversible = true;
	s->steps[kind].idempotent = idempotent;
	if (has)
		s->steps[kind].run =
			xstrdup(idempotent ? "true idempotent" : "true");
}

static void
fill_service(struct service *s, const struct sim_plan *p)
{
	struct health *check;

	memset(s, 0, sizeof(*s));
	s->name = xstrdup(p->service);
	s->root = xasprintf("/srv/%s", p->service);
	s->keep = p->keep;
	s->umask = 022;
	fill_step(s, STEP_BEFORE_SWITCH, p->has_before, p->is_idempotent);
	fill_step(s, STEP_AFTER_SWITCH, p->has_after, p->is_idempotent);
	fill_step(s, STEP_BEFORE_ROLLBACK, p->has_before_rollback,
		p->is_idempotent);
	if (p->health_attempts == 0)
		return;
	check = xcalloc(1, sizeof(*check));
	check->kind = p->health_kind;
	check->target =
		p->health_kind == HEALTH_RUN
			? xstrdup("./check")
			: xasprintf("http://{host}:8080/srv/%s", p->service);
	check->expect = 200;
	check->attempts = p->health_attempts;
	check->interval_ms = 300;
	check->timeout_ms = 1000;
	s->health = check;
	s->health_count = 1;
}

static int
make_plan(struct sim *sim, const struct sim_plan *p, struct plan *ret,
	struct error *e)
{
	const struct host **hosts = xcalloc(sim->fleet_count, sizeof(*hosts));
	struct release release;
	struct service service;
	static char production[] = "production";
	struct environment env = {.name = production, .kind = production};
	size_t i;
	int result;

	for (i = 0; i < sim->fleet_count; i++)
		hosts[i] = &sim->fleet[i];
	fill_release(&release, p);
	fill_service(&service, p);
	service.metrics = p->metrics;
	service.metric_count = p->metric_count;
	service.steps[STEP_BEFORE_SWITCH].reversible = !p->is_irreversible;
	result = plan_make(ret, &release, &service, &env, &p->strategy, hosts,
		sim->fleet_count, e);
	free(hosts);
	release_finish(&release);
	service.metrics = NULL;
	service.metric_count = 0;
	service_finish(&service);
	return result;
}

static int
put_change(struct sim *sim, const struct plan *p, struct change *c,
	struct error *e)
{
	struct strbuf text;
	int result = -1;

	memset(c, 0, sizeof(*c));
	c->revision = 1;
	c->state = CHANGE_APPROVED;
	c->type = CHANGE_TYPE_NORMAL;
	c->service = xstrdup(p->service);
	c->version = xstrdup(p->version);
	c->env = xstrdup(p->env);
	c->why = xstrdup("simulated");
	c->author = xstrdup("alice");
	c->created_at = clock_wall_ms(&sim->clock.clock) / 1000;
	strbuf_init(&text);
	plan_print(p, &text);
	digest_hex(text.buf, text.len, c->plan_digest);
	if (store_in_transaction(sim->store) || store_begin(sim->store, e) == 0)
		result = store_plan_put(
			sim->store, c->plan_digest, text.buf, text.len, e);
	if (result == 0)
		result = store_change_put(sim->store, c, e);
	strbuf_finish(&text);
	return result;
}

int
sim_start(struct sim *sim, const struct sim_plan *p, struct rollout_id *ret,
	struct error *e)
{
	const struct actor alice = {"alice", 1000};
	struct change c = {0};
	struct plan plan;
	int result;

	ret->number = 0;
	if (make_plan(sim, p, &plan, e) == -1)
		return -1;
	result = put_change(sim, &plan, &c, e);
	if (result == 0)
		result = runner_start(
			sim->rn, &c, &plan, NULL, &alice, ret, e);
	sim_trace(sim, "start %s %s: R-%d %s", p->service, p->version,
		(int)ret->number, result == -1 ? e->text : "");
	sim_flush(sim);
	change_finish(&c);
	plan_finish(&plan);
	return result;
}

struct rollout_id
sim_deploy(struct sim *sim, const struct sim_plan *p)
{
	struct rollout_id id;
	struct error e;

	if (sim_start(sim, p, &id, &e) == -1)
		sim_problem(sim, "cannot start: %s", e.text);
	sim_run(sim, 1000000);
	if (id.number != 0 && sim_state(sim, id) != ROLLOUT_SUCCEEDED)
		sim_problem(sim, "the first deploy is %s",
			rollout_state_name(sim_state(sim, id)));
	return id;
}
