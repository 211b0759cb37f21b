/* objects.c - objects of the contract as JSON. */
#include "config.h"

#include "engine/objects.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/units.h"
#include "engine/events.h"
#include "engine/pushers.h"
#include "engine/notify.h"
#include "engine/reconcile.h"
#include "engine/room.h"
#include "engine/runner.h"
#include "model/traffic.h"
#include "wire/json.h"

/* ---- rollouts ---- */

static json_t *
id_or_null(struct rollout_id id)
{
	char text[ID_TEXT_SIZE];

	rollout_id_format(id, text);
	return id.number == 0 ? json_null() : json_string(text);
}

static int
note_failing(const struct rollout_host *h, void *arg)
{
	json_t *list = arg;

	if (h->state != HOST_FAILED && h->state != HOST_UNREACHABLE &&
		h->state != HOST_UNKNOWN)
		return 0;
	json_array_append_new(
		list, json_pack("{s:s, s:s, s:o}", "host", h->host, "state",
			      host_state_name(h->state), "error",
			      json_text(h->error == NULL ? "" : h->error)));
	return json_array_size(list) >= 10;
}

/* Hosts per state: of a running one from memory, else from the store. */
static void
rollout_counts(struct engine *en, const struct rollout *r,
	struct run_view *view, char phase[64])
{
	struct error e;

	memset(view, 0, sizeof(*view));
	if (runner_view(en->runner, r->id, view, phase))
		return;
	snprintf(phase, 64, "%s", rollout_state_name(r->state));
	view->phase = phase;
	engine_must(store_rollout_counts(en->store, r->id, view->counts, &e),
		&e, "count hosts");
}

static int
sum_counts(const int counts[HOST_STATE_COUNT])
{
	int i, sum = 0;

	for (i = 0; i < HOST_STATE_COUNT; i++)
		sum += counts[i];
	return sum;
}

/* From the share that is done and the time it took, and what gates take. -1:
 * nobody can say. */
static int64_t
estimate_left_s(const struct rollout *r, const struct run_view *v, int64_t now)
{
	int done = v->counts[HOST_HEALTHY], total = sum_counts(v->counts);
	int64_t took = now - r->started_at - v->gates_spent_ms / 1000;

	if (rollout_is_over(r->state) || r->state == ROLLOUT_PAUSED ||
		done == 0 || r->started_at == 0)
		return -1;
	if (took < 0)
		took = 0;
	return took * (total - done) / done + v->gates_left_ms / 1000;
}

/* The state of the rollout that undoes this one; null: there is none. */
static json_t *
rollback_state(struct engine *en, const struct rollout *r)
{
	const struct rollout *running = runner_find(en->runner, r->rollback);
	struct rollout back;
	struct error e;
	json_t *state = json_null();

	if (running != NULL)
		return json_string(rollout_state_name(running->state));
	if (r->rollback.number != 0 &&
		store_rollout_find(en->store, r->rollback, &back, &e) == 1) {
		state = json_string(rollout_state_name(back.state));
		rollout_finish(&back);
	}
	return state;
}

static json_t *
failing_hosts(struct engine *en, const struct rollout *r, int bad)
{
	json_t *list = json_array();
	struct error e;

	if (bad > 0)
		engine_must(store_rollout_host_each(en->store, r->id, -1,
				    note_failing, list, &e),
			&e, "read hosts of a rollout");
	return list;
}

/* What it is, and where it stands. */
static json_t *
rollout_core(struct engine *en, const struct rollout *r)
{
	const struct environment *env =
		settings_environment(en->settings, r->env);
	char id[ID_TEXT_SIZE], change[ID_TEXT_SIZE];

	rollout_id_format(r->id, id);
	change_id_format(r->change, change);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, "
			 "s:i, s:i, s:s, s:s, s:o, s:o, s:o, s:o}",
		"id", id, "change", change, "kind", rollout_kind_name(r->kind),
		"service", r->service, "version", r->version, "env", r->env,
		"env_kind", env == NULL || env->kind == NULL ? "" : env->kind,
		"protect",
		protect_name(env == NULL ? PROTECT_NONE : env->protect),
		"state", rollout_state_name(r->state), "strategy",
		r->strategy == NULL ? "" : r->strategy, "wave", r->wave,
		"waves", r->waves, "pause_cause",
		pause_cause_name(r->pause_cause), "plan_digest", r->plan_digest,
		"reason", json_text(r->reason == NULL ? "" : r->reason),
		"rollback", id_or_null(r->rollback), "rollback_state",
		rollback_state(en, r), "undoes", id_or_null(r->undoes));
}

static json_t *
rollout_hosts_part(
	struct engine *en, const struct rollout *r, const struct run_view *v)
{
	const int *n = v->counts;
	int lost = n[HOST_UNREACHABLE] + n[HOST_UNKNOWN];

	return json_pack("{s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, "
			 "s:o}",
		"phase", v->phase, "hosts_total", sum_counts(n), "hosts_done",
		n[HOST_HEALTHY], "hosts_failed", n[HOST_FAILED],
		"hosts_unreachable", lost, "hosts_unknown", n[HOST_UNKNOWN],
		"hosts_pending", n[HOST_PENDING],
		"hosts_staged",
		n[HOST_STAGED] + n[HOST_SWITCHED] + n[HOST_HEALTHY],
		"hosts_excluded", n[HOST_EXCLUDED], "hosts_busy", v->busy,
		"failing", failing_hosts(en, r, n[HOST_FAILED] + lost));
}

static json_t *
rollout_times(const struct rollout *r, const struct run_view *v, int64_t now)
{
	int64_t left = estimate_left_s(r, v, now);
	int64_t end = r->finished_at != 0 ? r->finished_at : now;

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:I, s:I}",
		"author",
		json_text(r->author), "created_at", json_time(r->created_at),
		"started_at", json_time(r->started_at), "finished_at",
		json_time(r->finished_at), "eta_s",
		left < 0 ? json_null() : json_integer(left), "elapsed_s",
		(json_int_t)(r->started_at == 0 ? 0 : end - r->started_at),
		"gate_until", json_time(r->gate_until), "sent_bytes",
		(json_int_t)r->sent_bytes, "saved_bytes",
		(json_int_t)r->saved_bytes);
}

/* The state stays: no host failed, and it goes on by itself. */
static void
say_waiting(json_t *o, enum pause_cause cause, const char *what,
	const char *message)
{
	json_object_set_new(
		o, "pause_cause", json_string(pause_cause_name(cause)));
	json_object_set_new(o, "phase", json_sprintf("waiting: %s", what));
	json_object_set_new(
		o, "reason", json_sprintf("waiting: %s: %s", what, message));
}

/* Blue-green: who goes live, and who is, as they said it themselves; null
 * while they are being told. */
static json_t *
blue_green_json(struct engine *en, const struct rollout *r)
{
	struct traffic_state s = traffic_state_parse(r->traffic);
	const char *from = s.from == COLOUR_NONE
				   ? NULL
				   : colour_name((enum colour)s.from);
	const char *live = NULL;

	if (r->colour == NULL)
		return json_null();
	if (s.phase == TRAFFIC_FOUND)
		live = from;
	else if (s.phase == TRAFFIC_SWITCHED)
		live = r->state == ROLLOUT_ROLLED_BACK ? from : r->colour;
	return json_pack("{s:s, s:s?, s:s, s:s?, s:o, s:o}", "colour",
		r->colour, "from", from, "phase", traffic_phase_name(s.phase),
		"live", live, "kept",
		runner_colour_json(en->runner, r->id, false), "serving",
		runner_colour_json(en->runner, r->id, true));
}

/* What there is to see at once; `analysis show` has the rest. */
static json_t *
rollout_analysis_brief(struct engine *en, struct rollout_id id)
{
	json_t *o = runner_analysis_json(en->runner, id), *m;
	size_t i;

	json_array_foreach(json_object_get(o, "metrics"), i, m)
	{
		json_object_del(m, "canary");
		json_object_del(m, "baseline");
	}
	return o;
}

json_t *
rollout_json(struct engine *en, const struct rollout *r)
{
	json_t *o = rollout_core(en, r);
	struct run_view v;
	char phase[64];

	rollout_counts(en, r, &v, phase);
	json_object_update_new(o, rollout_hosts_part(en, r, &v));
	json_object_update_new(o, rollout_times(r, &v, engine_now(en)));
	json_object_set_new(o, "blue_green", blue_green_json(en, r));
	json_object_set_new(o, "gate", runner_gate_json(en->runner, r->id));
	json_object_set_new(
		o, "analysis", rollout_analysis_brief(en, r->id));
	if (rollout_is_over(r->state))
		return o;
	if (en->no_key && runner_uses_key(en->runner, r->id))
		say_waiting(o, PAUSE_NO_KEY, "no key", en->no_key_message);
	else if (pushers_trouble_holds(en->pushers, r->id))
		say_waiting(o, PAUSE_NO_PUSHER, "no pusher",
			pushers_trouble(en->pushers));
	return o;
}

json_t *
rollout_host_json(const struct rollout_host *h)
{
	return json_pack("{s:s, s:s, s:i, s:o, s:o, s:o, s:i, s:o, s:b, s:i, "
			 "s:o, s:b, s:o, s:o}",
		"host", h->host, "state", host_state_name(h->state), "wave",
		h->wave, "version",
		json_text(h->switched ? h->version : h->previous_version),
		"previous_version", json_text(h->previous_version), "step",
		json_text(h->step), "attempts", h->attempts, "error",
		json_text(h->error), "busy", (int)h->is_busy, "index", h->index,
		"target_version", json_text(h->version), "switched",
		(int)h->switched, "way_back_error",
		json_text(h->way_back_error), "finished_at",
		json_time(h->finished_at));
}

json_t *
step_json(const struct step_run *s)
{
	return json_pack("{s:s, s:s, s:i, s:s, s:o, s:o, s:o, s:o, s:o, s:o, "
			 "s:I, s:I}",
		"host", s->host, "step", s->step, "attempt", s->attempt,
		"state", step_state_name(s->state), "started_at",
		json_time(s->started_at_ms / 1000), "finished_at",
		json_time(s->finished_at_ms / 1000), "duration_s",
		json_seconds(s->finished_at_ms == 0
				     ? -1
				     : s->finished_at_ms - s->started_at_ms),
		"exit",
		s->exit_code < 0 ? json_null() : json_integer(s->exit_code),
		"signal",
		s->signal == 0 ? json_null() : json_integer(s->signal), "error",
		json_text(s->error), "output_bytes",
		(json_int_t)s->output_bytes, "sent_bytes",
		(json_int_t)s->sent_bytes);
}

json_t *
ledger_json(const struct ledger_entry *entry)
{
	json_t *detail = json_loads(
		entry->detail == NULL ? "{}" : entry->detail, 0, NULL);

	return json_pack("{s:I, s:o, s:s, s:I, s:s, s:s, s:s, s:o, s:s, s:s}",
		"seq", (json_int_t)entry->seq, "at", json_time(entry->at),
		"who", entry->who, "uid", (json_int_t)entry->uid, "what",
		entry->what, "object", entry->object, "reason", entry->reason,
		"detail", detail == NULL ? json_object() : detail, "hash",
		entry->hash, "prev_hash", entry->prev_hash);
}

json_t *
objects_rollout(struct engine *en, struct rollout_id id, struct error *e)
{
	const struct rollout *running = runner_find(en->runner, id);
	char text[ID_TEXT_SIZE];
	struct rollout r;
	json_t *o;

	if (running != NULL)
		return rollout_json(en, running);
	rollout_id_format(id, text);
	switch (store_rollout_find(en->store, id, &r, e)) {
	case 1:
		o = rollout_json(en, &r);
		rollout_finish(&r);
		return o;
	case 0:
		error_set(e, ERROR_NOT_FOUND, "no rollout '%s'", text);
		error_hint(e, "see sluice rollout ls");
	}
	return NULL;
}

json_t *
objects_change(struct engine *en, struct change_id id, struct error *e)
{
	char text[ID_TEXT_SIZE];
	struct change c;
	json_t *o;

	change_id_format(id, text);
	switch (store_change_find(en->store, id, &c, e)) {
	case 1:
		o = change_json(en, &c);
		change_finish(&c);
		return o;
	case 0:
		error_set(e, ERROR_NOT_FOUND, "no change '%s'", text);
		error_hint(e, "see sluice change ls");
	}
	return NULL;
}

/* ---- newest ---- */

struct newest {
	struct engine *en;
	json_t *list;
	int most;
};

static int
newest_rollout(const struct rollout *r, void *arg)
{
	struct newest *n = arg;
	const struct rollout *running = runner_find(n->en->runner, r->id);

	json_array_insert_new(
		n->list, 0, rollout_json(n->en, running == NULL ? r : running));
	return --n->most <= 0;
}

json_t *
objects_newest_rollouts(struct engine *en, int most)
{
	struct rollout_filter f = {.state = -1, .newest_first = true};
	struct newest n = {en, json_array(), most};
	struct error e;

	engine_must(store_rollout_each(en->store, &f, newest_rollout, &n, &e),
		&e, "read rollouts");
	return n.list;
}

static int
newest_change(const struct change *c, void *arg)
{
	struct newest *n = arg;

	json_array_insert_new(n->list, 0, change_json(n->en, c));
	return --n->most <= 0;
}

json_t *
objects_newest_changes(struct engine *en, int most)
{
	struct change_filter f = {.state = -1, .newest_first = true};
	struct newest n = {en, json_array(), most};
	struct error e;

	engine_must(store_change_each(en->store, &f, newest_change, &n, &e), &e,
		"read changes");
	return n.list;
}

/* ---- the engine itself ---- */

static int
add_active(const struct rollout *r, void *arg)
{
	char id[ID_TEXT_SIZE];

	rollout_id_format(r->id, id);
	json_array_append_new(arg, json_string(id));
	return 0;
}

static void
add_condition(json_t *list, const char *name, const char *message)
{
	json_array_append_new(list, json_pack("{s:s, s:o}", "name", name,
					    "message", json_text(message)));
}

/* What is not as it should be with the engine itself. */
static json_t *
conditions_json(struct engine *en)
{
	const char *problem = store_ledger_problem(en->store), *first;
	json_t *list = json_array(), *troubles, *trouble;
	size_t left = 0, i;

	if (en->no_key)
		add_condition(list, "no_key", en->no_key_message);
	if (pushers_trouble(en->pushers) != NULL)
		add_condition(list, "no_pusher", pushers_trouble(en->pushers));
	if (problem != NULL)
		add_condition(list, "ledger", problem);
	if (room_problem(en) != NULL)
		add_condition(list, "disk_full", room_problem(en));
	troubles = notify_troubles(en);
	json_array_foreach(troubles, i, trouble)
		add_condition(list, "notify", json_string_value(trouble));
	json_decref(troubles);
	if (en->reconcile != NULL)
		left = reconcile_left(en->reconcile, &first);
	if (left > 0) {
		char *text = xasprintf(
			"restored from a backup: %zu hosts, such as '%s', "
			"have not said yet what they run",
			left, first);

		add_condition(list, "reconcile", text);
		free(text);
	}
	return list;
}

json_t *
engine_status_json(struct engine *en)
{
	struct rollout_filter active = {.state = -1, .only_active = true};
	json_t *rollouts = json_array();
	char head[DIGEST_HEX_SIZE];
	struct error e;
	int64_t seq;
	const char *source =
		en->no_key ? "none"
		: getenv("SSH_AUTH_SOCK") != NULL && !en->settings->has_people
			? "agent"
			: "file";

	engine_must(store_rollout_each(
			    en->store, &active, add_active, rollouts, &e),
		&e, "read rollouts");
	store_ledger_head(en->store, &seq, head);
	return json_pack("{s:i, s:s, s:s, s:s, s:o, s:s, s:I, s:s, s:o, s:o, "
			 "s:I, s:s, s:o, s:o, s:o, s:b}",
		"pid", (int)getpid(), "version", PACKAGE_VERSION, "state_dir",
		en->state_dir, "socket", en->socket_path, "started_at",
		json_time(en->started_at), "engine_id",
		store_engine_id(en->store), "epoch",
		(json_int_t)store_epoch(en->store), "key_source", source,
		"conditions", conditions_json(en), "rollouts", rollouts,
		"ledger_seq", (json_int_t)seq, "ledger_head", head, "config",
		json_text(en->settings->path), "site",
		json_text(en->settings->site), "timezone",
		json_text(en->settings->timezone), "single_user",
		!en->settings->has_people);
}
