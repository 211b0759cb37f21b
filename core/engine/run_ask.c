/* run_ask.c - what a rollout asks besides its steps: commands of gates, and
 * samples. An answer that nobody waits for any more is dropped. */
#include "engine/run.h"

#include <stdlib.h>
#include <string.h>

static struct ask *
ask_new(struct run *run, struct run_host *host, enum ask_kind kind, int metric)
{
	struct runner *rn = run->rn;
	struct ask *a = xcalloc(1, sizeof(*a));

	a->id = rn->next_job++;
	a->run = run;
	a->host = host;
	a->kind = kind;
	a->metric = metric;
	HASH_ADD(hh, rn->asks, id, sizeof(a->id), a);
	return a;
}

void
run_ask_host(struct run_host *h, enum ask_kind kind, int metric,
	const char *command, json_t *env, int64_t timeout_ms)
{
	struct runner *rn = h->run->rn;
	struct ask *a = ask_new(h->run, h, kind, metric);
	char *root = host_root(h), *cwd = xasprintf("%s/current", h->at->root);

	json_object_set_new(env, "SLUICE_HOST", json_string(h->d.host));
	json_object_set_new(env, "SLUICE_ROOT", json_string(root));
	rn->world->command(rn->arg, a->id, h->at,
		json_pack("{s:s, s:I, s:o, s:s}", "run", command, "timeout_ms",
			(json_int_t)timeout_ms, "env", env, "cwd", cwd),
		timeout_ms);
	free(root);
	free(cwd);
}

void
run_ask_command(struct run_host *h, enum ask_kind kind, int which,
	json_t *args, int64_t timeout_ms)
{
	struct runner *rn = h->run->rn;
	struct ask *a = ask_new(h->run, h, kind, which);

	rn->world->command(rn->arg, a->id, h->at, args, timeout_ms);
}

void
run_ask_bastion(struct run *run, enum ask_kind kind, const char *command,
	json_t *env, int64_t timeout_ms)
{
	struct runner *rn = run->rn;
	struct ask *a = ask_new(run, NULL, kind, 0);

	rn->world->command(rn->arg, a->id, NULL,
		json_pack("{s:s, s:I, s:o}", "run", command, "timeout_ms",
			(json_int_t)timeout_ms, "env", env),
		timeout_ms);
}

void
run_ask_fetch(struct run_host *h, enum ask_kind kind, int metric,
	const struct fetch *f)
{
	struct runner *rn = h->run->rn;
	struct ask *a = ask_new(h->run, h, kind, metric);

	rn->world->fetch(rn->arg, a->id, f);
}

static void
ask_end(struct runner *rn, struct ask *a)
{
	HASH_DEL(rn->asks, a);
	free(a);
}

void
run_asks_drop(struct run *run, enum ask_kind kind)
{
	struct runner *rn = run->rn;
	struct ask *a, *next;

	HASH_ITER(hh, rn->asks, a, next)
	{
		if (a->run == run && a->kind == kind)
			ask_end(rn, a);
	}
}

void
run_asks_each(struct run *run, enum ask_kind kind,
	void (*fn)(struct run *run, const struct ask *a))
{
	const struct ask *a;

	for (a = run->rn->asks; a != NULL; a = a->hh.next)
		if (a->run == run && a->kind == kind)
			fn(run, a);
}

/* Takes the one that is answered out. */
static bool
ask_take(struct runner *rn, int64_t id, struct ask *ret)
{
	struct ask *a;

	HASH_FIND(hh, rn->asks, &id, sizeof(id), a);
	if (a == NULL || rn->is_held)
		return false;
	*ret = *a;
	ask_end(rn, a);
	return true;
}

void
runner_command_done(struct runner *rn, int64_t id, bool ok, const char *words,
	const char *output)
{
	struct run_host *h = NULL;
	struct ask a;

	if (!ask_take(rn, id, &a)) {
		HASH_FIND(hh, rn->by_job, &id, sizeof(id), h);
		if (h != NULL)
			host_live_answered(h, ok, words, output);
		return;
	}
	switch (a.kind) {
	case ASK_SAMPLE:
		run_watch_printed(a.run, a.host, ok, words, output);
		break;
	case ASK_LIVE:
		run_live_answered(a.run, a.host, ok, words, output);
		break;
	case ASK_COLOUR:
		run_colours_answered(a.run, a.host, a.metric, ok, words);
		break;
	case ASK_CHECK:
		run_check_done(a.run, a.host == NULL ? NULL : a.host->d.host,
			ok, words);
		break;
	}
}

void
runner_fetched(struct runner *rn, int64_t id, const struct fetched *f)
{
	struct ask a;

	if (!ask_take(rn, id, &a))
		return;
	if (a.kind == ASK_COLOUR)
		run_colours_answered(
			a.run, a.host, a.metric, f->ok, f->words);
	else
		run_watch_fetched(a.run, a.host, a.metric, f);
}
