/* console_deed.c - the rows of deeds, found; and what they share. */
#include "tui/console_deed.h"

#include <stdio.h>
#include <string.h>

static const struct deed *
find_in(const struct deed *deeds, size_t count, enum action_id id)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (deeds[i].id == id)
			return &deeds[i];
	return NULL;
}

const struct deed *
deed_find(enum action_id id)
{
	const struct deed *d = find_in(decide_deeds, decide_deed_count, id);

	return d != NULL ? d : find_in(plan_deeds, plan_deed_count, id);
}

bool
deed_is_meant(const struct deed *d, const struct target *t)
{
	const char *state = t->change != NULL	 ? t->change->state
			    : t->request != NULL ? t->request->state
						 : "";
	char word[40];

	if (d->states == NULL)
		return true;
	snprintf(word, sizeof(word), " %.30s ", state);
	return strstr(d->states, word) != NULL;
}

bool
console_may(const struct console *c, const char *permissions)
{
	const char *p = permissions;

	/* An engine that does not say is left to refuse by itself. */
	if (c->permissions == NULL)
		return true;
	while (*p != '\0') {
		size_t len = strcspn(p, "|"), i;

		for (i = 0; i < json_array_size(c->permissions); i++) {
			const char *may = json_string_value(
				json_array_get(c->permissions, i));

			if (may != NULL && strlen(may) == len &&
				strncmp(may, p, len) == 0)
				return true;
		}
		p += len;
		p += *p == '|';
	}
	return false;
}

const char *
deed_method(enum action_id id, const char *object)
{
	bool is_request = strncmp(object, "Q-", 2) == 0;

	if (id == ACTION_FREEZE && object[0] != '\0')
		return "freeze.edit";
	if (id == ACTION_OVERRIDE)
		return "freeze.override";

	if (id == ACTION_CANCEL && is_request)
		return "request.cancel";
	return action_get(id)->method;
}
