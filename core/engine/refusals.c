/* refusals.c - what a refusal says and leaves behind. */
#include <stdlib.h>
#include <string.h>

#include "engine/clients.h"

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
