/* cmd_line.c - stop the line: one act holds everything in an environment, and
 * opening it says what goes on. */
#include <stdlib.h>
#include <string.h>

#include "engine/calendar_rows.h"
#include "engine/cmd.h"
#include "engine/schedule.h"
#include "wire/json.h"

/* ---- what it is about ---- */

struct listing {
	struct engine *en;
	bool only_held; /* by the line */
	int64_t now;
	json_t *list;
};

static int
list_rollout(const struct rollout *r, void *arg)
{
	struct listing *l = arg;
	bool held = r->state == ROLLOUT_PAUSED && r->pause_cause == PAUSE_LINE;
	char id[ID_TEXT_SIZE];

	if (r->kind != ROLLOUT_DEPLOY || (l->only_held && !held))
		return 0;
	rollout_id_format(r->id, id);
	json_array_append_new(l->list,
		json_pack("{s:s, s:o, s:o, s:s}", "id", id, "service",
			json_text(r->service), "version", json_text(r->version),
			"state", rollout_state_name(r->state)));
	return 0;
}

static json_t *
rollouts_of(struct engine *en, const char *env, bool only_held)
{
	struct rollout_filter f = {
		.env = env, .state = -1, .only_active = true};
	struct listing l = {.en = en, .only_held = only_held};
	struct error e;

	l.list = json_array();
	engine_must(store_rollout_each(en->store, &f, list_rollout, &l, &e),
		&e, "read rollouts");
	return l.list;
}

static int
list_due(const struct change *c, void *arg)
{
	struct listing *l = arg;
	char id[ID_TEXT_SIZE];

	if (c->scheduled_at > l->now)
		return 0;
	change_id_format(c->id, id);
	json_array_append_new(l->list,
		json_pack("{s:s, s:o, s:o, s:o}", "id", id, "service",
			json_text(c->service), "version", json_text(c->version),
			"scheduled_at", json_time(c->scheduled_at)));
	return 0;
}

/* Scheduled changes whose time has come. */
static json_t *
due_of(struct engine *en, const char *env)
{
	struct change_filter f = {.env = env, .state = CHANGE_SCHEDULED};
	struct listing l = {.en = en, .now = engine_now(en)};
	struct error e;

	l.list = json_array();
	engine_must(store_change_each(en->store, &f, list_due, &l, &e), &e,
		"read scheduled changes");
	return l.list;
}

static json_t *
line_of(struct engine *en, const char *env)
{
	const struct line_stop *l = schedule_line(en, env);
	json_t *o = line_json(env, l);

	json_object_set_new(o, "held", rollouts_of(en, env, true));
	json_object_set_new(o, "waiting",
		l == NULL ? json_array() : due_of(en, env));
	return o;
}

static const char *
arg_line(struct request *rq, struct error *e)
{
	const char *env = arg_string(rq, "env");

	if (settings_environment(rq->en->settings, env) != NULL ||
		schedule_line(rq->en, env) != NULL)
		return env;
	no_environment(rq->en->settings, env, e);
	return NULL;
}

/* ---- line.ls ---- */

void
cmd_line_ls(struct request *rq)
{
	const struct settings *s = rq->en->settings;
	struct page page;
	struct error e;
	size_t i;

	if (page_init(rq, &page, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	for (i = (size_t)(page.after + 1); i < s->environment_count; i++)
		if (page_add(&page, line_of(rq->en, s->environments[i].name),
			    (int64_t)i) != 0)
			break;
	request_done(rq, page_finish(&page));
}

/* ---- line.stop ---- */

static void
stop_line(struct request *rq, const char *env)
{
	struct actor by = request_actor(rq);
	struct line_stop l = {.env = (char *)(uintptr_t)env,
		.author = (char *)(uintptr_t)by.who,
		.author_uid = by.uid,
		.reason = (char *)(uintptr_t)arg_string(rq, "text"),
		.stopped_at = engine_now(rq->en)};
	json_t *rollouts = rollouts_of(rq->en, env, false);
	struct error e;

	engine_write(rq->en);
	engine_must(store_line_put(rq->en->store, &l, &e), &e,
		"stop a line");
	engine_record(rq->en, by.who, by.uid, "line.stop", env,
		l.reason == NULL ? "" : l.reason,
		json_pack("{s:o}", "rollouts", rollouts));
	schedule_line_changed(rq->en, env);
	events_calendar(rq->en);
}

/* Stopped already: it stays as it is, and its first reason stands. */
void
cmd_line_stop(struct request *rq)
{
	struct error e;
	const char *env = arg_line(rq, &e);

	if (env == NULL ||
		check_text(arg_string(rq, "text"), "the reason", &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	if (schedule_line(rq->en, env) == NULL)
		stop_line(rq, env);
	request_done(rq, line_of(rq->en, env));
}

/* ---- line.open ---- */

void
cmd_line_open(struct request *rq)
{
	struct actor by = request_actor(rq);
	json_t *go_on, *starts, *o;
	struct error e;
	const char *env = arg_line(rq, &e);

	if (env == NULL || check_said(rq, "the reason", &e) == -1 ||
		(schedule_line(rq->en, env) == NULL &&
			error_set(&e, ERROR_WRONG_STATE,
				"the line of '%s' is not stopped", env) ==
				-1)) {
		request_fail(rq, &e);
		return;
	}
	go_on = rollouts_of(rq->en, env, true);
	starts = due_of(rq->en, env);
	engine_write(rq->en);
	engine_must(store_line_drop(rq->en->store, env, &e), &e,
		"open a line");
	engine_record(rq->en, by.who, by.uid, "line.open", env,
		arg_string(rq, "text"),
		json_pack("{s:O, s:O}", "go_on", go_on, "starts", starts));
	schedule_line_changed(rq->en, env);
	schedule_look_now(rq->en);
	events_calendar(rq->en);
	o = line_json(env, NULL);
	json_object_set_new(o, "go_on", go_on);
	json_object_set_new(o, "starts", starts);
	request_done(rq, o);
}
