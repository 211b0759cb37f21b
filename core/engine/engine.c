/* engine.c - the engine as a whole: its parts, its turns, its end. */
#include "config.h"

#include "engine/engine.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "engine/bastion.h"
#include "engine/anchor.h"
#include "engine/clients.h"
#include "engine/config_note.h"
#include "engine/differences.h"
#include "engine/events.h"
#include "engine/host_runs.h"
#include "engine/host_watch.h"
#include "engine/governance.h"
#include "engine/life.h"
#include "engine/memo.h"
#include "engine/needs.h"
#include "engine/notify.h"
#include "engine/probes.h"
#include "engine/prune.h"
#include "engine/pushers.h"
#include "engine/reconcile.h"
#include "engine/redact.h"
#include "engine/room.h"
#include "engine/runner.h"
#include "engine/schedule.h"
#include "engine/scheduler.h"
#include "engine/signing.h"
#include "engine/subscribe.h"
#include "store/artefact.h"

#define HOUSEKEEPING_MS 1000

int64_t
engine_now(struct engine *en)
{
	return clock_wall_ms(en->clock) / 1000;
}

void
engine_must(int result, const struct error *e, const char *what)
{
	if (result != -1)
		return;
	log_error("cannot %s: %s; the engine ends, what was acknowledged is "
		  "safe",
		what, e->text);
	_exit(1);
}

/* ---- a turn ---- */

static void
on_awake(uv_idle_t *idle)
{
	(void)idle;
}

void
engine_wake(struct engine *en)
{
	uv_idle_start(&en->awake, on_awake);
}

void
engine_write(struct engine *en)
{
	struct error e;

	engine_wake(en);
	memo_forget(en);
	if (!store_in_transaction(en->store))
		engine_must(
			store_begin(en->store, &e), &e, "begin a transaction");
}

void
engine_flush(struct engine *en)
{
	struct error e;

	if (store_in_transaction(en->store))
		engine_must(store_commit(en->store, &e), &e,
			"commit to the database");
	memo_forget_all(en);
	anchor_flush(en);
	clients_flush(en->clients);
	pushers_flush(en->pushers);
	events_flush(en);
}

static void
arm_runner(struct engine *en)
{
	int64_t due = runner_next_due_ms(en->runner);
	int64_t wait = due - clock_mono_ms(en->clock);

	if (due != INT64_MAX && wait < HOUSEKEEPING_MS)
		uv_timer_start(&en->housekeeping, engine_housekeeping,
			wait < 1 ? 1 : (uint64_t)wait, HOUSEKEEPING_MS);
}

/* Steps in flight end before the engine does; but what waits for a key or for
 * a pusher does not end, and is asked for again after the next start. */
static bool
awaits_steps(const struct engine *en)
{
	return runner_in_flight(en->runner) > 0 && !en->no_key &&
	       pushers_trouble(en->pushers) == NULL;
}

static void
on_turn(uv_prepare_t *turn)
{
	struct engine *en = turn->data;

	if (!uv_is_active((uv_handle_t *)&en->awake))
		return;
	uv_idle_stop(&en->awake);
	engine_flush(en);
	arm_runner(en);
	if (en->stopping && !awaits_steps(en) &&
		!uv_is_active((uv_handle_t *)&en->awake))
		uv_stop(en->loop);
}

void
engine_housekeeping(uv_timer_t *timer)
{
	struct engine *en = timer->data;

	room_look(en);
	runner_tick(en->runner);
	governance_run(en);
	if (!en->stopping && schedule_run(en))
		scheduler_run(en);
	clients_housekeeping(en->clients);
	topics_housekeeping(en);
	host_runs_housekeeping(en);
	reconcile_run(en->reconcile);
	if (!en->stopping)
		notifier_run(en);
	host_watch_run(en->host_watch);
	prune_daily(en);
	if (runner_in_flight(en->runner) == 0)
		store_checkpoint(en->store);
	engine_wake(en);
}

void
engine_record(struct engine *en, const char *who, int64_t uid, const char *what,
	const char *object, const char *reason, json_t *detail)
{
	char *text = detail == NULL ? xstrdup("{}")
				    : json_dumps(detail,
					      JSON_COMPACT | JSON_SORT_KEYS);
	struct error e;

	engine_write(en);
	engine_must(store_ledger_append(en->store, who, uid, what, object,
			    reason == NULL ? "" : reason, text, &e),
		&e, "write the ledger");
	anchor_note(en, what, object, who);
	json_decref(detail);
	free(text);
}

/* ---- the runner's world ---- */

static void
world_write(void *arg)
{
	engine_write(arg);
}

static void
world_submit(void *arg, struct job *job)
{
	struct engine *en = arg;

	pushers_submit(en->pushers, job);
}

static void
world_idle(void *arg, const char *host)
{
	struct engine *en = arg;

	pushers_idle(en->pushers, host);
}

static void
world_probe(void *arg, int64_t job, enum health_kind kind, const char *target,
	int expect, int64_t timeout_ms)
{
	struct engine *en = arg;

	probes_start(en->probes, job, kind, target, expect, timeout_ms);
}

struct command_ask {
	struct engine *en;
	int64_t id;
};

static void
on_command(enum job_outcome outcome, const json_t *data,
	const struct error *error, const char *output, void *arg)
{
	struct command_ask *ask = arg;
	struct engine *en = ask->en;
	int64_t id = ask->id;

	(void)data;
	free(ask);
	runner_command_done(en->runner, id, outcome == OUTCOME_DONE,
		error == NULL ? "it did not end well" : error->text, output);
	engine_wake(en);
}

static void
world_command(void *arg, int64_t id, const struct plan_host *host, json_t *args,
	int64_t timeout_ms)
{
	struct engine *en = arg;
	struct command_ask *ask;

	if (host == NULL) {
		bastion_run(en->bastion, id, args, timeout_ms);
		return;
	}
	ask = xcalloc(1, sizeof(*ask));
	ask->en = en;
	ask->id = id;
	pushers_ask(en->pushers, &host->host, host->root, "exec", args,
		"a look at the service", timeout_ms, on_command, ask);
	engine_wake(en); /* asking alone writes nothing */
}

static void
world_fetch(void *arg, int64_t id, const struct fetch *f)
{
	struct engine *en = arg;

	probes_fetch(en->probes, id, f);
}

static char *
world_closed(void *arg, const struct rollout *r)
{
	struct error e;

	return schedule_refuse_resume(arg, r, &e) == -1 ? xstrdup(e.text)
							: NULL;
}

static void
world_record(void *arg, const char *who, int64_t uid, const char *what,
	const char *object, const char *reason, json_t *detail)
{
	engine_record(arg, who, uid, what, object, reason, detail);
}

static void
world_changed(void *arg, const struct rollout *r, const struct rollout_host *h)
{
	events_rollout(arg, r, h);
	if (h == NULL)
		notice_rollout(arg, r);
}

static void
world_change_changed(void *arg, const struct change *c)
{
	events_change(arg, c);
	if (c->state == CHANGE_MIXED)
		notice_change(arg, c, CHANGE_RUNNING);
}

static void
world_printed(void *arg, const struct rollout *r, const char *host,
	const char *step, int attempt, const char *text, size_t len)
{
	events_printed(arg, r->id, host, step, attempt, text, len);
}

static char *
world_payload_path(
	void *arg, const char *sha256, bool manifest, int64_t *ret_bytes)
{
	struct engine *en = arg;
	char *path = manifest ? artefact_manifest_path(en->private_dir, sha256)
			      : artefact_path(en->private_dir, sha256);
	struct stat st;

	*ret_bytes = path != NULL && stat(path, &st) == 0 ? st.st_size : 0;
	return path;
}

static char *
world_redact(void *arg, const char *text, size_t len)
{
	struct engine *en = arg;

	return redactor_apply(en->redactor, text, len);
}

static int
world_most_active(void *arg)
{
	struct engine *en = arg;

	/* Hosts that were begun are brought to their end. */
	return room_problem(en) != NULL ? 0 : en->settings->connections;
}

static const struct runner_world world = {
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
	.must = engine_must,
	.most_active = world_most_active,
	.command = world_command,
	.fetch = world_fetch,
	.closed = world_closed,
};

/* ---- settings ---- */

void
engine_use_settings(struct engine *en, struct settings *settings,
	const char *who, int64_t uid)
{
	struct error e;

	redactor_destroy(en->redactor);
	settings_destroy(en->settings);
	en->settings = settings;
	memo_forget_all(en);
	en->redactor = redactor_create(&settings->redact);
	config_note(en, who, uid);
	if (clients_use_settings(en->clients, &e) == -1)
		log_warn("%s", e.text);
	pushers_use_settings(en->pushers);
	schedule_changed(en);
	governance_recheck(en);
	events_engine(en);
}

/* ---- life ---- */

static int
make_directories(struct engine *en, struct error *e)
{
	if (dir_make(en->state_dir, 0711, e) == -1 ||
		dir_make(en->private_dir, 0700, e) == -1)
		return -1;
	if (chmod(en->private_dir, 0700) == -1)
		return error_set(e, ERROR_IO, "cannot close '%s' to others",
			en->private_dir);
	return 0;
}

static void
record_start(struct engine *en)
{
	engine_record(en, "engine", -1, "engine.start",
		store_engine_id(en->store), "",
		json_pack("{s:s, s:I, s:s}", "version", PACKAGE_VERSION,
			"epoch", (json_int_t)store_epoch(en->store), "config",
			en->settings->digest));
}

int
engine_open(struct engine *en, struct error *e)
{
	if (make_directories(en, e) == -1)
		return -1;
	en->room = room_create(en);
	if (store_open(en->private_dir, en->clock, &en->store, e) == -1)
		return -1;
	en->started_at = engine_now(en);
	en->memo = memo_create();
	en->needs = needs_create(en);
	en->anchor = anchor_create();
	en->redactor = redactor_create(&en->settings->redact);
	en->topics = topics_create();
	en->events = events_create(en);
	uv_prepare_init(en->loop, &en->turn);
	uv_idle_init(en->loop, &en->awake);
	uv_timer_init(en->loop, &en->housekeeping);
	en->turn.data = en->housekeeping.data = en;
	en->clients = clients_create(en, e);
	if (en->clients == NULL || clients_use_settings(en->clients, e) == -1)
		return -1;
	en->signing = signing_create(en);
	en->differences = differences_create(en);
	en->probes = probes_create(en);
	en->notifier = notifier_create(en);
	en->bastion = bastion_create(en);
	en->pushers = pushers_create(en);
	en->runner = runner_create(en->store, en->clock, &world, en);
	en->reconcile = reconcile_create(en);
	en->host_watch = host_watch_create(en);
	record_start(en);
	config_note_start(en);
	uv_prepare_start(&en->turn, on_turn);
	uv_timer_start(&en->housekeeping, engine_housekeeping, HOUSEKEEPING_MS,
		HOUSEKEEPING_MS);
	schedule_create(en);
	if (runner_load(en->runner, e) == -1)
		return -1;
	/* The configuration may be another one than when it stopped. */
	governance_recheck(en);
	return 0;
}

void
engine_stop(struct engine *en, bool restart)
{
	en->stopping = true;
	en->restart = restart;
	runner_hold(en->runner);
	engine_wake(en);
}

void
engine_close(struct engine *en)
{
	if (en->store != NULL && en->clients != NULL && en->pushers != NULL)
		engine_flush(en);
	/* They answer requests, so they end before them. */
	signing_destroy(en->signing);
	differences_destroy(en->differences);
	clients_destroy(en->clients);
	if (en->store != NULL && store_in_transaction(en->store))
		store_commit(en->store, NULL);
	pushers_destroy(en->pushers);
	host_runs_destroy(en);
	reconcile_destroy(en->reconcile);
	host_watch_destroy(en->host_watch);
	prune_end(en);
	bastion_destroy(en->bastion);
	probes_destroy(en->probes);
	notifier_destroy(en->notifier);
	runner_destroy(en->runner);
	schedule_destroy(en->schedule);
	en->schedule = NULL;
	needs_destroy(en->needs);
	memo_destroy(en->memo);
	en->memo = NULL;
	events_destroy(en->events);
	if (en->topics != NULL)
		topics_destroy(en->topics);
	redactor_destroy(en->redactor);
	store_close(en->store);
	anchor_destroy(en->anchor);
	room_destroy(en->room);
	settings_destroy(en->settings);
	if (en->turn.data != NULL) {
		uv_close((uv_handle_t *)&en->turn, NULL);
		uv_close((uv_handle_t *)&en->awake, NULL);
		uv_close((uv_handle_t *)&en->housekeeping, NULL);
		uv_run(en->loop, UV_RUN_NOWAIT);
	}
	free(en->state_dir);
	free(en->private_dir);
	free(en->socket_path);
	free(en->no_key_message);
}
