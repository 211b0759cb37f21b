/* line_rollout.c - starting rollouts and acting on them, with the question
 * that a protected environment asks on a terminal. */
#include <stdio.h>
#include <string.h>

#include "tui/line.h"
#include "tui/line_watch.h"
#include "wire/json.h"

#define PAUSE_LIMIT_MS (30 * 60 * 1000)

/* Asks if the object's environment is protected: the person types its name.
 * True: go on. */
static bool
confirm_env(struct line *l, const json_t *o)
{
	const char *env = json_get_string(o, "env", "");
	char *question;
	bool yes;

	if (strcmp(json_get_string(o, "protect", ""), "typed") != 0)
		return true;
	question = xasprintf("'%s' is protected: %s %s %s.", env,
		l->command->words, json_get_string(o, "id", ""),
		json_get_string(o, "service", ""));
	yes = line_confirm(l, env, question);
	free(question);
	return yes;
}

/* Asks about the object that method shows for ID: 0 go on, else the exit. */
static int
guard(struct line *l, const char *method, const char *id)
{
	struct error e;
	json_t *o;
	bool yes;

	if (!line_asks(l))
		return 0;
	if (line_ask(l, method, json_pack("{s:s}", "id", id), &o, &e) == -1)
		return line_fail(l, &e);
	yes = confirm_env(l, o);
	json_decref(o);
	return yes ? 0 : line_not_confirmed(l);
}

int
line_guarded(struct line *l)
{
	int status = guard(l, "rollout.show", args_get(&l->args, "ID"));

	return status != 0 ? status : line_act(l);
}

int
line_abort(struct line *l)
{
	const char *then = args_get(&l->args, "--then");
	int status = 0;

	/* Stopping is always easy; going back is an act of its own. */
	if (then != NULL && strcmp(then, "rollback") == 0)
		status = guard(l, "rollout.show", args_get(&l->args, "ID"));
	return status != 0 ? status : line_act(l);
}

/* Waits for the end of the rollout; its exit code says which. */
static int
wait_for_end(struct line *l, const char *id)
{
	struct watch_options options = {.exits = true,
		.silent = l->quiet || l->json,
		.pause_limit_ms = PAUSE_LIMIT_MS};
	struct error e;
	json_t *o;
	int status = watch_run(l, id, &options);

	if (!l->json)
		return status;
	if (line_ask(l, "rollout.show", json_pack("{s:s}", "id", id), &o, &e) ==
		-1)
		return line_fail(l, &e);
	line_print_json(o);
	json_decref(o);
	return status;
}

static int
print_started(struct line *l, const json_t *o)
{
	if (l->json)
		line_print_json(o);
	else if (args_has(&l->args, "--dry-run"))
		line_say(l,
			"%s could start now: %s %s to %s, plan %.12s; nothing "
			"was started",
			json_get_string(o, "id", ""),
			json_get_string(o, "service", ""),
			json_get_string(o, "version", ""),
			json_get_string(o, "env", ""),
			json_get_string(o, "plan_digest", ""));
	else
		view_rollout.summary(l, o);
	return 0;
}

int
line_start(struct line *l)
{
	const char *id = args_get(&l->args, "ID");
	bool dry = args_has(&l->args, "--dry-run");
	json_t *params, *o;
	struct error e;
	char rollout[32];
	int status = dry ? 0 : guard(l, "change.show", id);

	if (status != 0)
		return status;
	params = args_params(&l->args);
	json_object_del(params, "wait");
	if (line_ask(l, "change.start", params, &o, &e) == -1)
		return line_fail(l, &e);
	snprintf(rollout, sizeof(rollout), "%s", json_get_string(o, "id", ""));
	if (dry || !args_has(&l->args, "--wait"))
		status = print_started(l, o);
	else
		status = wait_for_end(l, rollout);
	json_decref(o);
	return status;
}

/* The last rollout of a service to an environment stands for both. */
static int
guard_service(struct line *l, const char *service, const char *env)
{
	struct error e;
	json_t *rows;
	bool yes = true;

	if (!line_asks(l))
		return 0;
	if (line_open(l, &e) == -1 ||
		client_list(l->client, "rollout.ls",
			json_pack("{s:s, s:s}", "service", service, "env", env),
			&rows, &e) == -1)
		return line_fail(l, &e);
	if (json_array_size(rows) > 0)
		yes = confirm_env(l,
			json_array_get(rows, json_array_size(rows) - 1));
	json_decref(rows);
	return yes ? 0 : line_not_confirmed(l);
}

int
line_rollback(struct line *l)
{
	const char *what = args_get(&l->args, "ID|SERVICE");
	const char *env = args_get(&l->args, "ENV");
	json_t *params, *o;
	struct error e;
	int status = env == NULL ? guard(l, "rollout.show", what)
				 : guard_service(l, what, env);

	if (status != 0)
		return status;
	params = args_params(&l->args);
	json_object_del(params, "id|service");
	json_object_set_new(
		params, env == NULL ? "id" : "service", json_string(what));
	if (line_ask(l, "rollout.rollback", params, &o, &e) == -1)
		return line_fail(l, &e);
	if (l->json)
		line_print_json(o);
	else
		view_rollout.summary(l, o);
	json_decref(o);
	return 0;
}
