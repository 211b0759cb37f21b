/*
 * run_back.c - the way back: a rollout of its own that takes hosts to what was
 * healthy on them before, in the waves in which they moved, the newest first.
 * Nothing is prepared beforehand and no gate follows a wave: the first hosts
 * go at once.
 */
#include "engine/run.h"

#include <stdlib.h>
#include <string.h>

#include "store/store_analysis.h"

struct back_target {
	char *release, *version;
	char plan[DIGEST_HEX_SIZE];
	bool is_foreign;
	char *error; /* why there is none */
};

static void
back_target_finish(struct back_target *t)
{
	free(t->release);
	free(t->version);
	free(t->error);
}

/*
 * The last release that was healthy on that very host, or the link that was
 * there before sluice came. Never "the previous directory".
 */
static void
back_target_find(
	const struct run_host *h, const char *version, struct back_target *ret)
{
	struct runner *rn = h->run->rn;
	struct error e;
	int found;

	memset(ret, 0, sizeof(*ret));
	if (version == NULL && h->d.way_back_error != NULL) {
		ret->error = xstrdup(h->d.way_back_error);
		return;
	}
	found = store_healthy_find(rn->store, h->run->d.service, h->d.host,
		h->d.target, version, &ret->release, &ret->version, ret->plan,
		&e);
	rn->world->must(found, &e, "look for a healthy release");
	if (found == 1)
		return;
	if (version == NULL && h->d.previous != NULL &&
		h->d.previous_is_foreign) {
		ret->release = xstrdup(h->d.previous);
		ret->version = xstrdup("unmanaged");
		ret->is_foreign = true;
		return;
	}
	ret->error = version == NULL
			     ? xstrdup("no release was healthy on this host "
				       "before")
			     : xasprintf("version '%s' was never healthy on "
					 "this host",
				       version);
}

char *
run_back_release(const struct run_host *h)
{
	struct runner *rn = h->run->rn;
	char *release = NULL, *version = NULL, plan[DIGEST_HEX_SIZE];
	struct error e;
	int found = store_healthy_find(rn->store, h->run->d.service, h->d.host,
		h->d.target, NULL, &release, &version, plan, &e);

	rn->world->must(found, &e, "look for a healthy release");
	free(version);
	return release;
}

void
back_host_init(struct run *back, size_t index, struct run_host *from,
	const char *release, const char *version)
{
	struct run_host *h = &back->hosts[index];

	/* Both parsed the same text: the same place, but its own copy. */
	h->at = &back->plan.hosts[from->at - from->run->plan.hosts];
	h->after = from;
	h->d.index = (int)index;
	h->d.host = xstrdup(from->d.host);
	h->d.wave = 1;
	h->d.attempts = 1;
	h->d.previous = xstrdup(from->d.target);
	h->d.previous_version = xstrdup_or_null(from->d.version);
	h->d.target = xstrdup(release == NULL ? "" : release);
	h->d.version = xstrdup_or_null(version);
}

static void
back_host_target(struct run_host *h, const struct back_target *t)
{
	if (h->d.version == NULL)
		h->d.version = xstrdup("");
	h->d.is_foreign = t->is_foreign;
	memcpy(h->d.target_plan, t->plan, sizeof(t->plan));
	if (t->error != NULL) {
		h->d.state = HOST_FAILED;
		h->d.failures = 1;
		str_replace(&h->d.error, t->error);
	}
}

/* Hosts that moved together go back together, those that moved last first. */
static int
count_waves(const struct run *run)
{
	int waves = 0, last = -1;
	size_t i;

	for (i = run->host_count; i-- > 0;) {
		const struct run_host *from = &run->hosts[i];

		if (host_is_touched(from) && from->d.wave != last) {
			last = from->d.wave;
			waves++;
		}
	}
	return waves < 1 ? 1 : waves;
}

static size_t
fill_hosts(struct run *back, struct run *run, const char *version)
{
	int wave = 0, last = -1;
	size_t i, count = 0, able = 0;

	for (i = run->host_count; i-- > 0;) {
		struct run_host *from = &run->hosts[i];
		struct back_target t;

		if (!host_is_touched(from))
			continue;
		back_target_find(from, version, &t);
		back_host_init(back, count, from, t.release, t.version);
		back_host_target(&back->hosts[count], &t);
		wave += from->d.wave != last;
		last = from->d.wave;
		back->hosts[count].d.wave = wave;
		able += t.error == NULL;
		back_target_finish(&t);
		count++;
	}
	back->host_count = count;
	return able;
}

/* The version that most hosts go back to. */
static void
name_version(struct run *back)
{
	size_t i, k, best = 0, best_count = 0;

	for (i = 0; i < back->host_count && i < 64; i++) {
		size_t same = 0;

		if (back->hosts[i].d.state == HOST_FAILED)
			continue;
		for (k = 0; k < back->host_count; k++)
			same += strcmp(back->hosts[i].d.version,
					back->hosts[k].d.version) == 0;
		if (same > best_count) {
			best = i;
			best_count = same;
		}
	}
	str_replace(&back->d.version, back->hosts[best].d.version);
}

static void
back_save(struct run *back, struct run *run, const char *text,
	const struct actor *by)
{
	struct runner *rn = back->rn;
	char id[ID_TEXT_SIZE], undone[ID_TEXT_SIZE], old[DIGEST_HEX_SIZE];
	struct error e;
	size_t i;

	memcpy(old, run->d.plan_digest, sizeof(old));
	rn->world->write(rn->arg);
	back->d.created_at = clock_wall_ms(rn->clock) / 1000;
	rn->world->must(store_rollout_put(rn->store, &back->d, &e), &e,
		"save a rollout");
	for (i = 0; i < back->host_count; i++) {
		back->hosts[i].d.rollout = back->d.id;
		rn->world->must(store_rollout_host_put(
					rn->store, &back->hosts[i].d, &e),
			&e, "save a host of a rollout");
	}
	rollout_id_format(back->d.id, id);
	rollout_id_format(run->d.id, undone);
	rn->world->record(rn->arg, by->who, by->uid, "rollout.rollback", undone,
		text,
		json_pack("{s:s, s:i}", "rollout", id, "hosts",
			(int)back->host_count));
	run->d.rollback = back->d.id;
	rn->world->must(store_taken_back_put(rn->store, run->d.service,
				run->d.version, run->d.env, run->d.id, text,
				back->d.created_at, &e),
		&e, "quarantine a release");
	run_save(run);
	rn->world->changed(rn->arg, &back->d, NULL);
}

int
run_back_create(struct run *run, const char *version, const char *text,
	const struct actor *by, struct rollout_id *ret, struct error *e)
{
	struct runner *rn = run->rn;
	bool traffic = run_is_blue_green(run);
	struct run *back;
	size_t able;

	if (traffic && run_traffic_refuse_back(run, version, e) == -1)
		return -1;
	back = run_create(rn, &run->plan);
	back->d.change = run->d.change;
	back->d.kind = ROLLOUT_ROLLBACK;
	back->d.service = xstrdup(run->d.service);
	back->d.env = xstrdup(run->d.env);
	back->d.strategy = xstrdup_or_null(run->d.strategy);
	back->d.author = xstrdup(by->who);
	back->d.reason = xstrdup(text);
	back->d.undoes = run->d.id;
	back->d.waves = traffic ? 1 : count_waves(run);
	run_hosts_init(back, run->host_count);
	able = traffic ? run_traffic_fill_back(back, run)
		       : fill_hosts(back, run, version);
	if (able == 0) {
		error_set(e, ERROR_NOT_FOUND,
			"no host has a release to go "
			"back to: %s",
			back->host_count == 0 ? "no host was switched"
					      : back->hosts[0].d.error);
		error_hint(e,
			"plan a change with the version that should "
			"run: sluice change new %s VERSION %s",
			run->d.service, run->d.env);
		run_destroy(back);
		return -1;
	}
	if (run_find_commands(back, e) == -1) {
		run_destroy(back);
		return -1;
	}
	run_hosts_index(back);
	if (!traffic)
		name_version(back);
	back_save(back, run, text, by);
	run_count(back);
	runner_add(rn, back);
	*ret = back->d.id;
	return 0;
}

void
run_back_host_healthy(struct run_host *h)
{
	struct runner *rn = h->run->rn;
	struct run_host *from = h->after;
	enum host_state to;
	struct error e;

	/* What was rejected here is no way back for a later rollout. */
	rn->world->write(rn->arg);
	rn->world->must(store_healthy_withdraw(rn->store, h->run->d.service,
				h->d.host, from->d.target, &e),
		&e, "withdraw a release");
	from->d.switched = false;
	if (host_next(from->d.state, HOST_EVENT_ROLLED_BACK, &to))
		host_apply(from, HOST_EVENT_ROLLED_BACK);
	else
		host_save(from);
}

int
run_back_link(struct run *run, struct error *e)
{
	struct run *undone = run_load(run->rn, run->d.undoes, e);
	size_t i;

	for (i = 0; undone != NULL && i < run->host_count; i++)
		run->hosts[i].after =
			run_find_host(undone, run->hosts[i].d.host);
	return undone == NULL ? -1 : 0;
}

void
run_back_finished(struct run *back)
{
	struct run *undone = runner_run(back->rn, back->d.undoes);
	char id[ID_TEXT_SIZE], text[512];

	rollout_id_format(back->d.id, id);
	if (back->d.state == ROLLOUT_SUCCEEDED) {
		run_traffic_went_back(undone);
		snprintf(text, sizeof(text), "rolled back by %s%s%s", id,
			undone->d.reason != NULL && *undone->d.reason != '\0'
				? ": "
				: "",
			undone->d.reason == NULL ? "" : undone->d.reason);
		run_apply(undone, ROLLOUT_EVENT_ROLL_BACK, "engine", -1, text);
		run_change_event(back, CHANGE_EVENT_ROLL_BACK, text);
		return;
	}
	snprintf(text, sizeof(text),
		"hosts run different versions: the way back %s did not "
		"succeed on every host",
		id);
	run_change_event(back, CHANGE_EVENT_MIX, text);
	run_save(undone); /* who waits for it looks at how the way back ended */
}
