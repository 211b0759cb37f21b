/* cmd_promote.c - the change into the environment that comes next. */
#include <stdlib.h>
#include <string.h>

#include "engine/cmd.h"
#include "wire/json.h"

static bool
has_succeeded(struct engine *en, const char *service, const char *version,
	const char *env)
{
	struct error e;
	int64_t at = 0;

	engine_must(store_rollout_succeeded(
			    en->store, service, version, env, &at, &e),
		&e, "read rollouts");
	return at != 0;
}

/* Where it has not been, and everything before it has seen it. */
static bool
is_next(struct engine *en, const struct environment *env, const char *service,
	const char *version)
{
	struct policy p;
	bool next = true;
	size_t i;

	if (!strings_has(&env->services, service) ||
		has_succeeded(en, service, version, env->name))
		return false;
	settings_policy(en->settings, env, service, "normal",
		env->strategy == NULL ? "all" : env->strategy, -1, &p);
	for (i = 0; i < p.after.count && next; i++)
		next = has_succeeded(en, service, version, p.after.items[i]);
	policy_finish(&p);
	return next;
}

const struct environment *
promotion_next(struct engine *en, const char *service, const char *version,
	struct error *e)
{
	const struct settings *s = en->settings;
	bool is_known = false;
	size_t i;

	for (i = 0; i < s->environment_count; i++) {
		is_known = is_known || strings_has(&s->environments[i].services,
					       service);
		if (is_next(en, &s->environments[i], service, version))
			return &s->environments[i];
	}
	if (is_known)
		error_set(e, ERROR_WRONG_STATE,
			"'%s %s' has succeeded in every environment that it "
			"can go to",
			service, version);
	else
		error_set(e, ERROR_NOT_FOUND,
			"no environment has the service '%.80s'", service);
	return NULL;
}

struct open_change {
	const char *version;
	struct change_id id;
	enum change_state state;
};

static int
note_open(const struct change *c, void *arg)
{
	struct open_change *open = arg;

	if (strcmp(c->version, open->version) != 0 ||
		change_is_over(c->state) || c->state == CHANGE_MIXED)
		return 0;
	open->id = c->id;
	open->state = c->state;
	return 1;
}

static int
refuse_planned(struct engine *en, const char *service, const char *version,
	const char *env, struct error *e)
{
	struct change_filter f = {.service = service, .env = env, .state = -1};
	struct open_change open = {.version = version};
	char id[ID_TEXT_SIZE];

	engine_must(store_change_each(en->store, &f, note_open, &open, e), e,
		"read changes");
	if (open.id.number == 0)
		return 0;
	change_id_format(open.id, id);
	error_set(e, ERROR_EXISTS, "%s takes '%s %s' to '%s' already: it is %s",
		id, service, version, env, change_state_name(open.state));
	return error_hint(e, "see sluice change show %s", id);
}

static int
check_release(struct request *rq, struct error *e)
{
	const char *service = arg_string(rq, "service");
	const char *version = arg_string(rq, "version");
	struct release r;
	int found =
		store_release_find(rq->en->store, service, version, &r, e);

	if (found == 1)
		release_finish(&r);
	if (found != 0)
		return found == 1 ? 0 : -1;
	error_set(e, ERROR_NOT_FOUND, "no release '%.80s %.80s'", service,
		version);
	return error_hint(e, "see sluice release ls");
}

/* The same as a new change to that environment. */
void
cmd_change_promote(struct request *rq)
{
	const char *service = arg_string(rq, "service");
	const char *version = arg_string(rq, "version");
	const struct environment *env = NULL;
	struct error e;

	if (check_release(rq, &e) == 0)
		env = promotion_next(rq->en, service, version, &e);
	if (env == NULL ||
		refuse_planned(rq->en, service, version, env->name, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	json_object_set_new(rq->args, "env", json_string(env->name));
	cmd_change_new(rq);
}
