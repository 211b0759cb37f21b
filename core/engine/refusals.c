/* refusals.c - who may ask, and what a refusal says and leaves behind. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/clients.h"

/* ---- permissions ---- */

#define DECIDING                                                               \
	(1u << PERMISSION_APPROVE | 1u << PERMISSION_OVERRIDE |                \
		1u << PERMISSION_BREAK_GLASS)

/* "'operate' or 'stop'" (owned). */
static char *
permission_words(unsigned may)
{
	struct strbuf words;
	unsigned i;

	strbuf_init(&words);
	for (i = 0; i < PERMISSION_COUNT; i++)
		if (may & (1u << i))
			strbuf_addf(&words, "%s'%s'", words.len ? " or " : "",
				permission_name((enum permission)i));
	return strbuf_detach(&words);
}

void
request_identify(struct request *rq)
{
	identity_finish(&rq->who);
	settings_identify(rq->en->settings, rq->uid, &rq->who);
}

int
request_check_permission(struct request *rq, struct error *e)
{
	const struct method *m = rq->method;
	char *words;

	if (m->may == 0 || (m->may & rq->who.may))
		return 0;
	if (m->self_may && (rq->uid == 0 || rq->uid == (int64_t)geteuid()))
		return 0;
	words = permission_words(m->may);
	if (rq->who.person == NULL)
		error_set(e, ERROR_DENIED,
			"user '%s' is not among the people of this engine",
			rq->who.user);
	else
		error_set(e, ERROR_DENIED,
			"'%s' may not %s: it needs the permission %s",
			rq->who.person, m->name, words);
	free(words);
	if (rq->uid == 0 && (m->may & DECIDING))
		return error_hint(e, "root is nobody in particular and never "
				     "decides: do it as a user of your own");
	return error_hint(e,
		"ask an administrator for a role that has it; "
		"see people and roles in %s",
		rq->en->settings->path == NULL ? "the configuration"
					       : rq->en->settings->path);
}

/* ---- refusals ---- */

/* What an act was about, as the ledger calls it (owned): "C-3", "shop 1.2". */
static char *
object_of(const struct request *rq)
{
	static const char *const names[] = {"id", "host", "env", "object"};
	const char *service = arg_string(rq, "service");
	const char *version = arg_string(rq, "version");
	size_t i;

	if (service != NULL && version != NULL)
		return xasprintf("%.80s %.80s", service, version);
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (arg_string(rq, names[i]) != NULL)
			return xasprintf("%.80s", arg_string(rq, names[i]));
	return xstrdup(service == NULL ? "" : service);
}

/* How the object is now, by its id. */
static void
hint_at(const char *object, struct error *e)
{
	static const struct {
		const char *prefix, *command;
	} kinds[] = {{"C-", "change show"}, {"R-", "rollout show"},
		{"Q-", "request show"}, {"F-", "freeze show"}};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strncmp(object, kinds[i].prefix, 2) == 0)
			error_hint(e, "see how it is now: sluice %s %.40s",
				kinds[i].command, object);
}

void
request_note_refusal(struct request *rq, struct error *e)
{
	int status = error_code_exit(e->code);
	char *object;

	if (rq->method == NULL || (status != 2 && status != 3))
		return;
	object = object_of(rq);
	if (status == 3 && e->hint[0] == '\0')
		hint_at(object, e);
	if (rq->method->kind != METHOD_READ)
		engine_record(rq->en,
			rq->who.person == NULL ? rq->who.user : rq->who.person,
			rq->uid, "refused", object, e->text,
			json_pack("{s:s, s:s}", "method", rq->method->name,
				"code", error_code_name(e->code)));
	free(object);
}
