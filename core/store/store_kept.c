/* store_kept.c - what consoles keep for their person from one terminal to
 * the next: drafts, places, how lists are sorted. */
#include "store/store_private.h"

#include <stdlib.h>

#define KEPT_MOST 500 /* of one person */

static int
trim(struct store *s, const char *person, struct error *e)
{
	struct query q;

	query_begin(&q, s, STATEMENT_KEPT_TRIM);
	query_bind_text(&q, person);
	query_bind_int(&q, KEPT_MOST);
	return query_run(&q, e);
}

int
store_kept_put(struct store *s, const char *person, const char *key,
	const char *value, int64_t at, struct error *e)
{
	bool forget = value == NULL || *value == '\0';
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, forget ? STATEMENT_KEPT_DROP : STATEMENT_KEPT_PUT);
	query_bind_text(&q, person);
	query_bind_text(&q, key);
	if (!forget) {
		query_bind_text(&q, value);
		query_bind_int(&q, at);
	}
	if (query_run(&q, e) == -1)
		return -1;
	return forget ? 0 : trim(s, person, e);
}

int
store_kept_each(struct store *s, const char *person, const char *prefix,
	int (*fn)(const char *key, const char *value, void *arg), void *arg,
	struct error *e)
{
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_KEPT_EACH);
	query_bind_text(&q, person);
	query_bind_text(&q, prefix);
	while ((got = query_next(&q, e)) == 1) {
		char *key = query_text(&q), *value = query_text(&q);

		got = fn(key, value, arg);
		free(key);
		free(value);
		if (got != 0)
			break;
	}
	query_end(&q);
	return store_each_result(got);
}
