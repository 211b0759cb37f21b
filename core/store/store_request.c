/* store_request.c - requests that were answered, and waits. */
#include "store/store_private.h"

#include <stdlib.h>
#include <string.h>

#define REMEMBERED_S (30 * 24 * 3600)

static int64_t
oldest_remembered(struct store *s)
{
	return clock_wall_ms(s->clock) / 1000 - REMEMBERED_S;
}

int
store_request_find(struct store *s, int64_t uid, const char *request_id,
	const char *method, const char *args_digest, char **ret_answer,
	struct error *e)
{
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_REQUEST_FIND);
	query_bind_int(&q, uid);
	query_bind_text(&q, request_id);
	query_bind_int(&q, oldest_remembered(s));
	got = query_next(&q, e);
	if (got == 1) {
		char *was = query_text(&q), *args = query_text(&q);

		if (strcmp(was, method) == 0 && strcmp(args, args_digest) == 0)
			*ret_answer = query_text(&q);
		else
			got = error_set(e, ERROR_CHANGED,
				"this request id stands for another request");
		free(was);
		free(args);
	}
	query_end(&q);
	return got;
}

int
store_request_put(struct store *s, int64_t uid, const char *request_id,
	const char *method, const char *args_digest, const char *answer,
	struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_REQUEST_FORGET);
	query_bind_int(&q, oldest_remembered(s));
	if (query_run(&q, e) == -1)
		return -1;
	query_begin(&q, s, STATEMENT_REQUEST_PUT);
	query_bind_int(&q, uid);
	query_bind_text(&q, request_id);
	query_bind_text(&q, method);
	query_bind_text(&q, args_digest);
	query_bind_text(&q, answer);
	query_bind_int(&q, clock_wall_ms(s->clock) / 1000);
	return query_run(&q, e);
}

int
store_wait_begin(struct store *s, const char *object, const char *cause,
	int64_t at, struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_WAIT_BEGIN);
	query_bind_text(&q, object);
	query_bind_text(&q, cause);
	query_bind_int(&q, at);
	return query_run(&q, e);
}

int
store_wait_end(struct store *s, const char *object, const char *cause,
	int64_t at, struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_WAIT_END);
	query_bind_int(&q, at);
	query_bind_text(&q, object);
	query_bind_text(&q, cause);
	return query_run(&q, e);
}
