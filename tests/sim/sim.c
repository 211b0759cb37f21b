/* sim.c - the seed, the time, the turns, and the death of the engine. */
#include "tests/sim/sim.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/store_private.h"

#define SIM_STARTS_AT_MS INT64_C(1767225600000) /* 2026-01-01 */

/* splitmix64 */
uint32_t
sim_random(struct sim *sim, uint32_t below)
{
	uint64_t z = (sim->random += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	z ^= z >> 31;
	return below == 0 ? 0 : (uint32_t)((z >> 32) % below);
}

bool
sim_chance(struct sim *sim, int permille)
{
	return permille > 0 && (int)sim_random(sim, 1000) < permille;
}

void
sim_trace(struct sim *sim, const char *fmt, ...)
{
	char line[512];
	const char *p;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	for (p = line; *p != '\0'; p++)
		sim->trace = (sim->trace ^ (unsigned char)*p) *
			     UINT64_C(0x100000001b3);
	if (getenv("SIM_TRACE") != NULL)
		fprintf(stderr, "# %8.3f %s\n",
			(double)sim->clock.mono_ms / 1000.0, line);
}

void
sim_problem(struct sim *sim, const char *fmt, ...)
{
	va_list ap;

	if (sim->problem[0] != '\0')
		return;
	va_start(ap, fmt);
	vsnprintf(sim->problem, sizeof(sim->problem), fmt, ap);
	va_end(ap);
	sim_trace(sim, "PROBLEM %s", sim->problem);
}

void
sim_script(struct sim *sim, const char *host, const char *step,
	enum sim_fault fault, int times)
{
	assert(sim->rule_count < ARRAY_SIZE(sim->rules));
	sim->rules[sim->rule_count++] = (struct sim_rule){
		.host = host, .step = step, .fault = fault, .times = times};
}

/* ---- events ---- */

static bool
is_before(const struct sim_event *a, const struct sim_event *b)
{
	return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->seq < b->seq;
}

void
sim_event_add(struct sim *sim, struct sim_event event)
{
	size_t i;

	event.seq = ++sim->event_seq;
	event.incarnation = sim->incarnation;
	ARRAY_GROW(sim->events, sim->event_count, sim->event_capacity);
	i = sim->event_count++;
	for (; i > 0 && is_before(&event, &sim->events[(i - 1) / 2]);
		i = (i - 1) / 2)
		sim->events[i] = sim->events[(i - 1) / 2];
	sim->events[i] = event;
}

bool
sim_event_take(struct sim *sim, int64_t until_ms, struct sim_event *ret)
{
	struct sim_event last;
	size_t i = 0, child;

	if (sim->event_count == 0 || sim->events[0].at_ms > until_ms)
		return false;
	*ret = sim->events[0];
	last = sim->events[--sim->event_count];
	while ((child = 2 * i + 1) < sim->event_count) {
		if (child + 1 < sim->event_count &&
			is_before(&sim->events[child + 1], &sim->events[child]))
			child++;
		if (!is_before(&sim->events[child], &last))
			break;
		sim->events[i] = sim->events[child];
		i = child;
	}
	if (sim->event_count > 0)
		sim->events[i] = last;
	return true;
}

/* ---- life ---- */

static void
fleet_create(struct sim *sim, int hosts, int services)
{
	int i, k;

	sim->fleet = xcalloc((size_t)hosts, sizeof(*sim->fleet));
	sim->fleet_count = (size_t)hosts;
	sim->host_count = (size_t)(hosts * services);
	sim->hosts = xcalloc(sim->host_count, sizeof(*sim->hosts));
	for (i = 0; i < hosts; i++) {
		struct host *f = &sim->fleet[i];
		char zone[16];

		f->name = xasprintf("web-%05d", i + 1);
		f->address = xasprintf(
			"10.%d.%d.%d", i >> 16, (i >> 8) & 255, i & 255);
		f->port = 22;
		f->user = xstrdup("deploy");
		f->transport = TRANSPORT_FAKE;
		snprintf(zone, sizeof(zone), "z%d", i % 3);
		pairs_set(&f->labels, "zone", zone);
		for (k = 0; k < services; k++) {
			struct sim_host *h = &sim->hosts[k * hosts + i];

			snprintf(h->name, sizeof(h->name), "%s", f->name);
			snprintf(h->root, sizeof(h->root), "/srv/%s",
				k == 0 ? "shop" : "mail");
		}
	}
}

struct sim *
sim_create(uint64_t seed, int hosts, int services)
{
	struct sim *sim = xcalloc(1, sizeof(*sim));
	const char *tmp =
		access("/dev/shm", W_OK) == 0 ? "/dev/shm" : getenv("TMPDIR");
	struct error e;

	sim->seed = sim->random = seed;
	sim->trace = UINT64_C(0xcbf29ce484222325);
	sim->most_active = 8;
	sim->latency_ms = 40;
	clock_virtual_init(&sim->clock, SIM_STARTS_AT_MS);
	sim->clock.mono_ms = 1000;
	sim->dir =
		xasprintf("%s/sluice-sim-XXXXXX", tmp == NULL ? "/tmp" : tmp);
	fleet_create(sim, hosts, services);
	if (mkdtemp(sim->dir) == NULL ||
		store_open_synchronous(sim->dir, &sim->clock.clock, 0,
			&sim->store, &e) == -1) {
		fprintf(stderr, "# cannot open a store in %s\n", sim->dir);
		abort();
	}
	sim->rn = runner_create(sim->store, &sim->clock.clock, &sim_world, sim);
	return sim;
}

static void
remove_dir(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		char *name = xasprintf("%s/%s", path, entry->d_name);

		unlink(name);
		free(name);
	}
	if (dir != NULL)
		closedir(dir);
	rmdir(path);
}

static void
outbox_clear(struct sim *sim)
{
	while (sim->outbox_count > 0)
		json_decref(sim->outbox[--sim->outbox_count].job.args);
}

static void
host_clear(struct sim_host *h)
{
	while (h->queue_count > 0)
		json_decref(h->queue[--h->queue_count].args);
	if (h->has_late)
		json_decref(h->late.args);
	free(h->queue);
	free(h->journal);
	strings_finish(&h->releases);
	strings_finish(&h->healthy);
	strings_finish(&h->corrupt);
}

void
sim_destroy(struct sim *sim)
{
	size_t i;

	runner_destroy(sim->rn);
	if (store_in_transaction(sim->store))
		store_rollback(sim->store);
	store_close(sim->store);
	remove_dir(sim->dir);
	outbox_clear(sim);
	for (i = 0; i < sim->host_count; i++)
		host_clear(&sim->hosts[i]);
	for (i = 0; i < sim->fleet_count; i++)
		host_finish(&sim->fleet[i]);
	strings_finish(&sim->moved);
	json_decref(sim->last_clean);
	free(sim->fleet);
	free(sim->hosts);
	while (sim->event_count > 0)
		free(sim->events[--sim->event_count].text);
	free(sim->events);
	free(sim->outbox);
	free(sim->rollouts);
	free(sim->dir);
	free(sim);
}

/* ---- turns ---- */

static void
outbox_send(struct sim *sim)
{
	size_t i;

	for (i = 0; i < sim->outbox_count; i++) {
		struct sim_job *job = &sim->outbox[i].job;
		struct sim_host *h = &sim->hosts[sim->outbox[i].host];

		if (!sim->is_quiet)
			sim_check_job(sim, h, job);
		sim->jobs_sent[job->op]++;
		sim_host_queue(sim, h, job);
	}
	sim->outbox_count = 0;
}

void
sim_flush(struct sim *sim)
{
	struct error e;

	if (store_in_transaction(sim->store) &&
		store_commit(sim->store, &e) == -1)
		sim_problem(sim, "commit: %s", e.text);
	if (!sim->is_quiet)
		sim_check_turn(sim);
	outbox_send(sim);
}

void
sim_restart(struct sim *sim, bool with_effects)
{
	struct error e;
	size_t i;

	sim_trace(sim, "engine killed");
	sim->restarts++;
	sim->incarnation++;
	sim->kill_now = false;
	if (store_in_transaction(sim->store))
		store_rollback(sim->store);
	outbox_clear(sim);
	runner_destroy(sim->rn);
	for (i = 0; i < sim->host_count; i++)
		sim_host_engine_gone(sim, &sim->hosts[i], with_effects);
	clock_virtual_advance(&sim->clock, sim_random(sim, 2500));
	sim->rn = runner_create(sim->store, &sim->clock.clock, &sim_world, sim);
	if (runner_load(sim->rn, &e) == -1)
		sim_problem(sim, "load after a restart: %s", e.text);
	sim_flush(sim);
}

static void
happen(struct sim *sim, const struct sim_event *ev)
{
	if (ev->host == -2) {
		if (sim->person != NULL)
			sim->person(sim);
	} else if (ev->incarnation != sim->incarnation) {
		return; /* of pushers that died with their engine */
	} else if (ev->host == -1) {
		sim_trace(sim, "probe %s", ev->ok ? "ok" : "failed");
		runner_probe_done(sim->rn, ev->job, ev->ok,
			ev->ok ? "" : "connection refused");
	} else if (ev->host == -3) {
		runner_command_done(sim->rn, ev->job, ev->ok,
			ev->ok ? "" : "it exited 1", ev->text);
	} else {
		sim_host_work_ends(sim, &sim->hosts[ev->host]);
	}
}

static void
end_turn(struct sim *sim)
{
	struct error e;

	sim->turns++;
	if (sim->kill_now) {
		sim_restart(sim, false);
		return;
	}
	if (!sim_chance(sim, sim->kill_permille)) {
		sim_flush(sim);
		return;
	}
	switch (sim_random(sim, 3)) {
	case 0: /* before the commit */
		break;
	case 1: /* between commit and send */
		if (store_in_transaction(sim->store) &&
			store_commit(sim->store, &e) == -1)
			sim_problem(sim, "commit: %s", e.text);
		break;
	default: /* jobs on their way */
		sim_flush(sim);
		break;
	}
	sim_restart(sim, sim_chance(sim, 500));
}

bool
sim_turn(struct sim *sim)
{
	int64_t due = runner_next_due_ms(sim->rn), at = due;
	struct sim_event ev;

	if (sim->event_count > 0 && sim->events[0].at_ms < at)
		at = sim->events[0].at_ms;
	if (at == INT64_MAX)
		return false;
	if (at > sim->clock.mono_ms)
		clock_virtual_advance(&sim->clock, at - sim->clock.mono_ms);
	if (due <= sim->clock.mono_ms)
		runner_tick(sim->rn);
	else if (sim_event_take(sim, sim->clock.mono_ms, &ev)) {
		happen(sim, &ev);
		free(ev.text);
	}
	end_turn(sim);
	return sim->problem[0] == '\0';
}

void
sim_run(struct sim *sim, int64_t turns)
{
	while (turns-- > 0 && sim_turn(sim))
		continue;
}

bool
sim_run_to(struct sim *sim, struct rollout_id id, enum rollout_state state)
{
	while (sim_state(sim, id) != state)
		if (!sim_turn(sim))
			return sim_state(sim, id) == state;
	return true;
}

bool
sim_run_to_step(struct sim *sim, struct rollout_id id, const char *host,
	const char *step)
{
	bool is_there = false;

	do {
		struct rollout_host row;

		sim_row(sim, id, host, &row);
		is_there = row.is_busy && strcmp(row.step, step) == 0;
		rollout_host_finish(&row);
	} while (!is_there && sim_turn(sim));
	return is_there;
}
