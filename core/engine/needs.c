/* needs.c - the table behind needs.h. */
#include "engine/needs.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

struct entry {
	char *key; /* "SERVICE VERSION" */
	struct strings needs;
	UT_hash_handle hh;
};

struct needs {
	struct entry *all;
};

static int
add(const char *service, const char *version, struct strings *list, void *arg)
{
	struct needs *n = arg;
	struct entry *it = xcalloc(1, sizeof(*it));

	it->key = xasprintf("%s %s", service, version);
	strings_copy(&it->needs, list);
	HASH_ADD_KEYPTR(hh, n->all, it->key, strlen(it->key), it);
	return 0;
}

struct needs *
needs_create(struct engine *en)
{
	struct needs *n = xcalloc(1, sizeof(*n));
	struct error e;

	engine_must(store_release_needs_each(en->store, add, n, &e), &e,
		"read what releases need");
	return n;
}

void
needs_destroy(struct needs *n)
{
	struct entry *it, *next;

	if (n == NULL)
		return;
	HASH_ITER(hh, n->all, it, next)
	{
		HASH_DEL(n->all, it);
		strings_finish(&it->needs);
		free(it->key);
		free(it);
	}
	free(n);
}

void
needs_note(struct engine *en, const struct release *r)
{
	struct strings list;

	if (r->needs.count == 0 ||
		needs_of(en, r->service, r->version) != NULL)
		return;
	strings_copy(&list, &r->needs);
	add(r->service, r->version, &list, en->needs);
	strings_finish(&list);
}

const struct strings *
needs_of(struct engine *en, const char *service, const char *version)
{
	struct entry *it;
	char *key;

	if (en->needs->all == NULL)
		return NULL;
	key = xasprintf("%s %s", service, version);
	HASH_FIND_STR(en->needs->all, key, it);
	free(key);
	return it == NULL ? NULL : &it->needs;
}

static bool
is_that_or_newer(struct engine *en, const char *service, const char *version,
	const char *other)
{
	struct error e;
	int newer = store_release_is_newer(
		en->store, service, version, other, &e);

	engine_must(newer, &e, "compare releases");
	return newer == 1;
}

const char *
needs_met_by(struct engine *en, const char *service, const char *version,
	const char *on_service, const char *on_version)
{
	const struct strings *list = needs_of(en, service, version);
	struct release_need need;
	size_t i;

	for (i = 0; list != NULL && i < list->count; i++)
		if (release_need_parse(list->items[i], &need) &&
			strcmp(need.service, on_service) == 0 &&
			is_that_or_newer(en, on_service, on_version,
				need.version))
			return list->items[i];
	return NULL;
}

bool
needs_is_met(struct engine *en, const char *text, const char *env)
{
	struct release_need need;
	struct error e;
	int hosts, with;

	if (!release_need_parse(text, &need))
		return true;
	engine_must(store_release_spread(en->store, need.service,
			    need.version, env, &hosts, &with, &e),
		&e, "read what runs");
	return hosts > 0 && with == hosts;
}
