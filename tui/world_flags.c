/* world_flags.c - words that say what a row is. */
#include "tui/world_flags.h"

#include <string.h>

#include "tui/world.h"

static bool
has_person(const char *persons, const char *user)
{
	size_t len = strlen(user);

	while (len > 0 && *persons != '\0') {
		size_t n = strcspn(persons, " ,");

		if (n == len && strncmp(persons, user, n) == 0)
			return true;
		persons += n;
		persons += strspn(persons, " ,");
	}
	return false;
}

static bool
rollout_mine(const struct record *r, const char *user)
{
	const struct world_rollout *w = (const void *)r;

	return strcmp(w->author, user) == 0;
}

static bool
rollout_live(const struct record *r, const char *user)
{
	(void)user;
	return rollout_is_live((const void *)r);
}

/* Written by the person, taken by them, or answered by them. */
static bool
change_mine(const struct record *r, const char *user)
{
	const struct world_change *ch = (const void *)r;

	return strcmp(ch->author, user) == 0 ||
	       has_person(ch->taken_by, user) || has_person(ch->answers, user);
}

static bool
change_open(const struct record *r, const char *user)
{
	static const char *const closed[] = {"succeeded", "failed", "aborted",
		"rolled_back", "rejected", "expired", "cancelled"};
	const struct world_change *ch = (const void *)r;
	size_t i;

	(void)user;
	for (i = 0; i < ARRAY_SIZE(closed); i++)
		if (strcmp(ch->state, closed[i]) == 0)
			return false;
	return true;
}

static bool
change_freeze(const struct record *r, const char *user)
{
	const struct world_change *ch = (const void *)r;

	(void)user;
	return strcasestr(ch->conflicts, "freeze") != NULL ||
	       strcasestr(ch->warnings, "freeze") != NULL ||
	       strcasestr(ch->reason, "freeze") != NULL;
}

static bool
request_mine(const struct record *r, const char *user)
{
	const struct world_request *q = (const void *)r;

	return strcmp(q->author, user) == 0 || has_person(q->answers, user);
}

static bool
request_open(const struct record *r, const char *user)
{
	(void)user;
	return strcmp(((const struct world_request *)(const void *)r)->state,
		       "submitted") == 0;
}

static bool
release_mine(const struct record *r, const char *user)
{
	return strcmp(((const struct world_release *)(const void *)r)
			      ->created_by,
		       user) == 0;
}

/* What runs is not what should, or was not put there by us. */
static bool
host_drift(const struct record *r, const char *user)
{
	const struct world_host *h = (const void *)r;

	(void)user;
	return (h->expected_version[0] != '\0' &&
		       strcmp(h->version, h->expected_version) != 0) ||
	       strcmp(h->state, "drift") == 0;
}

static bool
entry_mine(const struct record *r, const char *user)
{
	return strcmp(((const struct world_entry *)(const void *)r)->who,
		       user) == 0;
}

static const struct {
	enum world_list list;
	const char *word;
	bool (*is)(const struct record *r, const char *user);
} flags[] = {
	{WORLD_ROLLOUTS, "mine", rollout_mine},
	{WORLD_ROLLOUTS, "live", rollout_live},
	{WORLD_ROLLOUTS, "open", rollout_live},
	{WORLD_CHANGES, "mine", change_mine},
	{WORLD_CHANGES, "open", change_open},
	{WORLD_CHANGES, "freeze", change_freeze},
	{WORLD_REQUESTS, "mine", request_mine},
	{WORLD_REQUESTS, "open", request_open},
	{WORLD_RELEASES, "mine", release_mine},
	{WORLD_HOSTS, "drift", host_drift},
	{WORLD_LEDGER, "mine", entry_mine},
};

static bool
is_of(const struct record_type *type, enum world_list list)
{
	return type->fields == world_types[list].fields;
}

bool
world_has_flag(const struct record_type *type, const char *word)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(flags); i++)
		if (is_of(type, flags[i].list) &&
			strcmp(flags[i].word, word) == 0)
			return true;
	return false;
}

bool
world_flag(const struct record_type *type, const struct record *r,
	const char *word, const char *user)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(flags); i++)
		if (is_of(type, flags[i].list) &&
			strcmp(flags[i].word, word) == 0)
			return flags[i].is(r, user);
	return false;
}
