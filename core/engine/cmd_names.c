/* cmd_names.c - names in requests that name nothing, and what there is. */
#include <string.h>

#include "engine/cmd.h"

#define NAMES_MOST 20 /* in one error */

/* "no strategy 'x', expected one of: all, careful, quick" */
static int
refuse_name(const char *noun, const char *name, const struct strings *known,
	enum error_code code, struct error *e)
{
	struct strbuf words;
	size_t i;

	strbuf_init(&words);
	for (i = 0; i < known->count && i < NAMES_MOST; i++)
		strbuf_addf(&words, "%s%s", i ? ", " : "", known->items[i]);
	if (known->count > NAMES_MOST)
		strbuf_addf(&words, " and %zu more", known->count - NAMES_MOST);
	error_set(e, code, "no %s '%.80s'%s%s", noun, name,
		known->count == 0 ? ": none is configured"
				  : ", expected one of: ",
		words.buf);
	strbuf_finish(&words);
	return -1;
}

int
no_service(const struct settings *s, const char *name, struct error *e)
{
	struct strings known = {0};
	size_t i;

	for (i = 0; i < s->service_count; i++)
		strings_add(&known, s->services[i].name);
	refuse_name("service", name, &known, ERROR_NOT_FOUND, e);
	strings_finish(&known);
	return -1;
}

int
no_environment(const struct settings *s, const char *name, struct error *e)
{
	struct strings known = {0};
	size_t i;

	for (i = 0; i < s->environment_count; i++)
		strings_add(&known, s->environments[i].name);
	refuse_name("environment", name, &known, ERROR_NOT_FOUND, e);
	strings_finish(&known);
	return -1;
}

int
no_strategy(const struct settings *s, const char *name, struct error *e)
{
	struct strings known = {0};
	size_t i;

	for (i = 0; i < s->strategy_count; i++)
		strings_add(&known, s->strategies[i].name);
	refuse_name("strategy", name, &known, ERROR_NOT_FOUND, e);
	strings_finish(&known);
	return -1;
}

/* ---- states ---- */

#define STATE_FUNCTION(function, noun, type, count, name_of)                   \
	int function(const char *name, struct error *e)                        \
	{                                                                      \
		struct strings known = {0};                                    \
		int i;                                                         \
                                                                               \
		for (i = 0; i < count; i++)                                    \
			strings_add(&known, name_of((type)i));                 \
		refuse_name(noun, name, &known, ERROR_USAGE, e);               \
		strings_finish(&known);                                        \
		return -1;                                                     \
	}

STATE_FUNCTION(no_change_state, "state of a change", enum change_state,
	CHANGE_STATE_COUNT, change_state_name)
STATE_FUNCTION(no_rollout_state, "state of a rollout", enum rollout_state,
	ROLLOUT_STATE_COUNT, rollout_state_name)
STATE_FUNCTION(no_host_state, "state of a host in a rollout", enum host_state,
	HOST_STATE_COUNT, host_state_name)

/* ---- filters ---- */

static int
note_change(const struct change *c, void *arg)
{
	(void)c;
	*(bool *)arg = true;
	return 1;
}

static int
note_release(const struct release *r, int64_t cursor, void *arg)
{
	(void)r;
	(void)cursor;
	*(bool *)arg = true;
	return 1;
}

/* What is no longer configured can still be looked up. */
static bool
has_history(struct engine *en, const char *service, const char *env)
{
	struct change_filter f = {.service = service, .env = env, .state = -1};
	bool found = false;
	struct error e;

	engine_must(store_change_each(en->store, &f, note_change, &found, &e),
		&e, "read changes");
	if (!found && service != NULL)
		engine_must(store_release_each(en->store, service, 0,
				    note_release, &found, &e),
			&e, "read releases");
	return found;
}

int
check_filters(struct request *rq, struct error *e)
{
	const struct settings *s = rq->en->settings;
	const char *service = arg_string(rq, "service");
	const char *env = arg_string(rq, "env");

	if (service != NULL && settings_service(s, service) == NULL &&
		!has_history(rq->en, service, NULL))
		return no_service(s, service, e);
	if (env != NULL && settings_environment(s, env) == NULL &&
		!has_history(rq->en, NULL, env))
		return no_environment(s, env, e);
	return 0;
}
