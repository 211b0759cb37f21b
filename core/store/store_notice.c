/* store_notice.c - what people are told of, and its way to each of those who
 * want it: kept until it arrived or was given up. */
#include "store/store_private.h"

#include <stdlib.h>
#include <string.h>

static const char *const state_names[DELIVERY_STATE_COUNT] = {
	"waiting", "sent", "failed", "dropped"};

void
delivery_finish(struct delivery *d)
{
	free(d->target);
	free(d->error);
	free(d->kind);
	free(d->object);
	free(d->body);
	memset(d, 0, sizeof(*d));
}

int
store_notice_add(struct store *s, const char *kind, const char *object,
	int64_t at, const char *body, int64_t *ret, struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_NOTICE_ADD);
	query_bind_text(&q, kind);
	query_bind_text(&q, object);
	query_bind_int(&q, at);
	query_bind_text(&q, body);
	if (query_run(&q, e) == -1)
		return -1;
	*ret = sqlite3_last_insert_rowid(s->db);
	return 0;
}

int
store_notice_latest(
	struct store *s, const char *object, char **ret_kind, struct error *e)
{
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_NOTICE_LATEST);
	query_bind_text(&q, object);
	got = query_next(&q, e);
	if (got == 1)
		*ret_kind = query_text(&q);
	query_end(&q);
	return got;
}

int
store_delivery_put(
	struct store *s, const struct delivery *d, struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_DELIVERY_PUT);
	query_bind_int(&q, d->notice);
	query_bind_text(&q, d->target);
	query_bind_text(&q, state_names[d->state]);
	query_bind_int(&q, d->attempts);
	query_bind_int(&q, d->next_at);
	query_bind_text(&q, d->error);
	return query_run(&q, e);
}

static int
each(struct query *q, int (*fn)(const struct delivery *d, void *arg),
	void *arg, struct error *e)
{
	struct delivery d;
	int got;

	while ((got = query_next(q, e)) == 1) {
		char *state;

		memset(&d, 0, sizeof(d));
		d.notice = query_int(q);
		d.target = query_text(q);
		state = query_text(q);
		FIND_NAME(got, enum delivery_state, DELIVERY_STATE_COUNT,
			delivery_state_name, state);
		d.state = (enum delivery_state)got;
		d.attempts = (int)query_int(q);
		d.next_at = query_int(q);
		d.error = query_text(q);
		d.kind = query_text(q);
		d.object = query_text(q);
		d.body = query_text(q);
		got = got == -1 ? store_unknown_word(
					  e, "the state of a delivery", state)
				: fn(&d, arg);
		free(state);
		delivery_finish(&d);
		if (got != 0)
			break;
	}
	query_end(q);
	return store_each_result(got);
}

const char *
delivery_state_name(enum delivery_state s)
{
	assert((unsigned)s < DELIVERY_STATE_COUNT);
	return state_names[s];
}

int
store_delivery_due_each(struct store *s, int64_t by,
	int (*fn)(const struct delivery *d, void *arg), void *arg,
	struct error *e)
{
	struct query q;

	query_begin(&q, s, STATEMENT_DELIVERY_DUE);
	query_bind_int(&q, by);
	return each(&q, fn, arg, e);
}

int
store_delivery_trouble_each(struct store *s,
	int (*fn)(const struct delivery *d, void *arg), void *arg,
	struct error *e)
{
	struct query q;

	query_begin(&q, s, STATEMENT_DELIVERY_TROUBLE);
	return each(&q, fn, arg, e);
}

int
store_notice_prune(struct store *s, int64_t before, struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_DELIVERY_PRUNE);
	query_bind_int(&q, before);
	if (query_run(&q, e) == -1)
		return -1;
	query_begin(&q, s, STATEMENT_NOTICE_PRUNE);
	query_bind_int(&q, before);
	return query_run(&q, e);
}
