/* run_load.c - rollouts from the store into memory, after a restart or for an
 * act on one that is over. */
#include "engine/run.h"

#include <stdlib.h>
#include <string.h>

struct run *
run_create(struct runner *rn, const struct plan *plan)
{
	struct run *run = xcalloc(1, sizeof(*run));
	struct strbuf text;
	struct error e;
	int result;

	/* The text is what runs, so that what is run can be printed. */
	run->rn = rn;
	strbuf_init(&text);
	plan_print(plan, &text);
	result = plan_parse(text.buf, text.len, &run->plan, &e);
	assert(result == 0);
	digest_hex(text.buf, text.len, run->d.plan_digest);
	strbuf_finish(&text);
	return run;
}

static void
run_make_room(struct run *run, size_t host_count)
{
	size_t waves = (size_t)run->d.waves + 2;

	run->hosts = xcalloc(host_count, sizeof(*run->hosts));
	run->wave_open = xcalloc(waves, sizeof(*run->wave_open));
	run->wave_failed = xcalloc(waves, sizeof(*run->wave_failed));
	run->wave_total = xcalloc(waves, sizeof(*run->wave_total));
}

void
run_hosts_init(struct run *run, size_t host_count)
{
	size_t i;

	run_make_room(run, host_count);
	run->host_count = host_count;
	for (i = 0; i < host_count; i++)
		run->hosts[i].run = run;
}

void
run_hosts_index(struct run *run)
{
	size_t i;

	for (i = 0; i < run->host_count; i++) {
		struct run_host *h = &run->hosts[i];

		HASH_ADD_KEYPTR(
			by_name, run->names, h->d.host, strlen(h->d.host), h);
	}
}

struct run_host *
run_find_host(const struct run *run, const char *name)
{
	struct run_host *h;

	HASH_FIND(by_name, run->names, name, strlen(name), h);
	return h;
}

void
run_destroy(struct run *run)
{
	size_t i;

	if (run == NULL)
		return;
	run_watch_end(run);
	run_check_forget(run);
	run_live_forget(run);
	run_colours_forget(run);
	HASH_CLEAR(by_name, run->names);
	for (i = 0; i < run->host_count; i++) {
		struct run_host *h = &run->hosts[i];

		if (h->job != 0)
			HASH_DEL(run->rn->by_job, h);
		host_wake_never(h);
		rollout_host_finish(&h->d);
		step_run_finish(&h->step);
	}
	for (i = 0; i < run->plan_count; i++) {
		plan_finish(run->plans[i]);
		free(run->plans[i]);
	}
	free(run->plans);
	free(run->hosts);
	free(run->wave_open);
	free(run->wave_failed);
	free(run->wave_total);
	plan_finish(&run->plan);
	rollout_finish(&run->d);
	free(run->hold_reason);
	free(run);
}

/* ---- plans of targets ---- */

static int
plan_load(
	struct run *run, const char *digest, struct plan *ret, struct error *e)
{
	char *text;
	size_t len;
	int found = store_plan_find(run->rn->store, digest, &text, &len, e);

	if (found == -1)
		return -1;
	if (found == 0)
		return error_set(
			e, ERROR_NOT_FOUND, "no plan with digest %s", digest);
	found = plan_parse(text, len, ret, e);
	free(text);
	return found;
}

struct known_plan {
	char digest[DIGEST_HEX_SIZE];
	const struct plan *plan;
};

static const struct plan *
plan_known(struct run *run, const char *digest, struct known_plan *known,
	size_t *count, struct error *e)
{
	struct plan *plan;
	size_t i;

	for (i = 0; i < *count; i++)
		if (strcmp(known[i].digest, digest) == 0)
			return known[i].plan;
	plan = xcalloc(1, sizeof(*plan));
	if (plan_load(run, digest, plan, e) == -1) {
		free(plan);
		return NULL;
	}
	run->plans =
		xrealloc(run->plans, run->plan_count + 1, sizeof(*run->plans));
	run->plans[run->plan_count++] = plan;
	memcpy(known[*count].digest, digest, DIGEST_HEX_SIZE);
	known[(*count)++].plan = plan;
	return plan;
}

int
run_find_commands(struct run *run, struct error *e)
{
	struct known_plan *known = xcalloc(run->host_count + 1, sizeof(*known));
	size_t count = 0, i;
	int result = 0;

	for (i = 0; result == 0 && i < run->host_count; i++) {
		struct run_host *h = &run->hosts[i];

		if (run->d.kind == ROLLOUT_DEPLOY) {
			h->commands = &run->plan;
			continue;
		}
		if (h->d.target_plan[0] == '\0')
			continue;
		h->commands =
			plan_known(run, h->d.target_plan, known, &count, e);
		if (h->commands == NULL)
			result = -1;
	}
	free(known);
	return result;
}

/* ---- rows ---- */

struct load {
	struct run *run;
	size_t capacity;
	struct rollout_host *rows;
	size_t count;
};

static void
copy_host(struct rollout_host *to, const struct rollout_host *from)
{
	*to = *from;
	to->host = xstrdup(from->host);
	to->target = xstrdup_or_null(from->target);
	to->version = xstrdup_or_null(from->version);
	to->previous = xstrdup_or_null(from->previous);
	to->previous_version = xstrdup_or_null(from->previous_version);
	to->step = xstrdup_or_null(from->step);
	to->error = xstrdup_or_null(from->error);
	to->way_back_error = xstrdup_or_null(from->way_back_error);
}

static int
load_host(const struct rollout_host *h, void *arg)
{
	struct load *load = arg;

	ARRAY_GROW(load->rows, load->count, load->capacity);
	copy_host(&load->rows[load->count++], h);
	return 0;
}

/* Rows come in the order of the plan or, of a way back, against it: looks
 * downwards from *place, which moves to what was found. */
static const struct plan_host *
find_plan_host(
	const struct plan *p, const char *name, size_t index, size_t *place)
{
	size_t looked;

	if (index < p->host_count &&
		strcmp(p->hosts[index].host.name, name) == 0)
		return &p->hosts[index];
	for (looked = 0; looked < p->host_count; looked++) {
		size_t i = (*place + p->host_count - looked) % p->host_count;

		if (strcmp(p->hosts[i].host.name, name) != 0)
			continue;
		*place = i;
		return &p->hosts[i];
	}
	return NULL;
}

static int
load_hosts(struct run *run, struct error *e)
{
	struct load load = {.run = run};
	size_t i, place = 0;
	int result = store_rollout_host_each(
		run->rn->store, run->d.id, -1, load_host, &load, e);

	run_hosts_init(run, load.count);
	for (i = 0; i < load.count; i++) {
		struct run_host *h = &run->hosts[i];

		h->d = load.rows[i];
		h->at = find_plan_host(&run->plan, h->d.host, i, &place);
		if (h->at == NULL && result == 0)
			result = error_set(e, ERROR_CORRUPT,
				"host '%s' is not in the plan of its rollout",
				h->d.host);
	}
	free(load.rows);
	run_hosts_index(run);
	return result;
}

/* ---- intents without an outcome ---- */

static int
load_step(const struct step_run *s, void *arg)
{
	struct run_host *h = arg;

	if (s->state != STEP_RUNNING)
		return 0;
	step_copy(&h->step, s);
	return 0;
}

static enum op
op_find(const char *step, enum rollout_kind kind)
{
	enum op_when when =
		kind == ROLLOUT_DEPLOY ? OP_WHEN_DEPLOY : OP_WHEN_ROLLBACK;
	enum op op;

	for (op = 0; op < OP_COUNT; op++)
		if ((ops[op].when & when) && strcmp(ops[op].step, step) == 0)
			return op;
	return OP_NONE;
}

/* What was in flight when the engine ended is asked for again: the same job
 * with the same attempt, to which the host's journal has the answer. */
static int
resolve_intents(struct run *run, struct error *e)
{
	size_t i;

	for (i = 0; i < run->host_count; i++) {
		struct run_host *h = &run->hosts[i];

		if (!h->d.is_busy || h->d.step == NULL)
			continue;
		if (store_step_each(run->rn->store, run->d.id, h->d.host, 0,
			    load_step, h, e) == -1)
			return -1;
		h->op = op_find(h->d.step, run->d.kind);
		if (h->op == OP_NONE || h->step.id == 0) {
			h->d.is_busy = false;
			continue;
		}
		h->may_have_run = true;
		host_send_again(h);
	}
	return 0;
}

static int
find_rollout(struct runner *rn, struct rollout_id id, struct rollout *ret,
	struct error *e)
{
	char text[ID_TEXT_SIZE];
	int found = store_rollout_find(rn->store, id, ret, e);

	rollout_id_format(id, text);
	if (found == 0)
		return error_set(e, ERROR_NOT_FOUND, "no rollout '%s'", text);
	return found == 1 ? 0 : -1;
}

struct run *
run_load(struct runner *rn, struct rollout_id id, struct error *e)
{
	struct run *run = runner_run(rn, id);

	if (run != NULL)
		return run;
	run = xcalloc(1, sizeof(*run));
	run->rn = rn;
	if (find_rollout(rn, id, &run->d, e) == -1) {
		free(run);
		return NULL;
	}
	if (plan_load(run, run->d.plan_digest, &run->plan, e) == -1 ||
		load_hosts(run, e) == -1 || run_find_commands(run, e) == -1) {
		run_destroy(run);
		return NULL;
	}
	if (run->d.undoes.number != 0 && run_back_link(run, e) == -1) {
		run_destroy(run);
		return NULL;
	}
	run_count(run);
	runner_add(rn, run);
	if (resolve_intents(run, e) == -1)
		return NULL;
	if (!rollout_is_over(run->d.state) && run_watch_load(run, e) == -1)
		return NULL;
	if (run->d.state == ROLLOUT_WAITING)
		run_gate_resume(run);
	return run;
}

struct id_list {
	struct rollout_id *ids;
	size_t count, capacity;
};

static int
note_id(const struct rollout *r, void *arg)
{
	struct id_list *list = arg;

	ARRAY_GROW(list->ids, list->count, list->capacity);
	list->ids[list->count++] = r->id;
	return 0;
}

int
runner_load(struct runner *rn, struct error *e)
{
	struct rollout_filter active = {.state = -1, .only_active = true};
	struct id_list list = {0};
	size_t i;
	int result = store_rollout_each(rn->store, &active, note_id, &list, e);

	/* Those that are over may still have had steps in flight. */
	if (result == 0)
		result = store_rollout_busy_each(rn->store, note_id, &list, e);
	for (i = 0; result == 0 && i < list.count; i++)
		if (run_load(rn, list.ids[i], e) == NULL)
			result = -1;
	free(list.ids);
	if (result == 0)
		runner_pump(rn);
	return result;
}
