/* store_rollout.c - rollouts and their hosts. */
#include "store/store_private.h"

#include <stdlib.h>
#include <string.h>

static int
read_words(struct query *q, struct rollout *r, struct error *e)
{
	char *kind = query_text(q), *state = query_text(q);
	char *cause = query_text(q);
	int found_kind, found_cause, result = 0;
	int found_state = state == NULL ? -1 : rollout_state_parse(state);

	FIND_NAME(found_kind, enum rollout_kind, ROLLOUT_KIND_COUNT,
		rollout_kind_name, kind);
	FIND_NAME(found_cause, enum pause_cause, PAUSE_CAUSE_COUNT,
		pause_cause_name, cause);
	if (found_kind == -1)
		result = store_unknown_word(e, "the kind", kind);
	else if (found_state == -1)
		result = store_unknown_word(e, "the state", state);
	else if (found_cause == -1)
		result = store_unknown_word(e, "the cause", cause);
	r->kind = (enum rollout_kind)found_kind;
	r->state = (enum rollout_state)found_state;
	r->pause_cause = (enum pause_cause)found_cause;
	free(kind);
	free(state);
	free(cause);
	return result;
}

/* 1, or -1 with nothing to finish. */
static int
rollout_read(struct query *q, struct rollout *r, struct error *e)
{
	memset(r, 0, sizeof(*r));
	r->id.number = query_int(q);
	r->change.number = query_int(q);
	if (read_words(q, r, e) == -1)
		return -1;
	r->service = query_text(q);
	r->version = query_text(q);
	r->env = query_text(q);
	r->strategy = query_text(q);
	query_hash(q, r->plan_digest);
	r->author = query_text(q);
	r->reason = query_text(q);
	r->undoes.number = query_int(q);
	r->rollback.number = query_int(q);
	r->wave = (int)query_int(q);
	r->waves = (int)query_int(q);
	r->created_at = query_int(q);
	r->started_at = query_int(q);
	r->finished_at = query_int(q);
	r->gate_until = query_int(q);
	r->stop_asked = query_int(q) != 0;
	r->then_rollback = query_int(q) != 0;
	r->sent_bytes = query_int(q);
	r->saved_bytes = query_int(q);
	r->gate = (int)query_int(q);
	r->gate_since = query_int(q);
	r->colour = query_text(q);
	r->traffic = query_text(q);
	return 1;
}

int
store_rollout_put(struct store *s, struct rollout *r, struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_ROLLOUT_PUT);
	query_bind_int_or_null(&q, r->id.number);
	query_bind_int_or_null(&q, r->change.number);
	query_bind_text(&q, rollout_kind_name(r->kind));
	query_bind_text(&q, rollout_state_name(r->state));
	query_bind_int(&q, rollout_is_over(r->state));
	query_bind_text(&q, pause_cause_name(r->pause_cause));
	query_bind_text(&q, r->service);
	query_bind_text(&q, r->version);
	query_bind_text(&q, r->env);
	query_bind_text(&q, r->strategy);
	query_bind_text(&q, r->plan_digest);
	query_bind_text(&q, r->author);
	query_bind_text(&q, r->reason);
	query_bind_int(&q, r->undoes.number);
	query_bind_int(&q, r->rollback.number);
	query_bind_int(&q, r->wave);
	query_bind_int(&q, r->waves);
	query_bind_int(&q, r->created_at);
	query_bind_int(&q, r->started_at);
	query_bind_int(&q, r->finished_at);
	query_bind_int(&q, r->gate_until);
	query_bind_int(&q, r->stop_asked);
	query_bind_int(&q, r->then_rollback);
	query_bind_int(&q, r->sent_bytes);
	query_bind_int(&q, r->saved_bytes);
	query_bind_int(&q, r->gate);
	query_bind_int(&q, r->gate_since);
	query_bind_text(&q, r->colour);
	query_bind_text(&q, r->traffic);
	if (query_run(&q, e) == -1)
		return -1;
	if (r->id.number == 0)
		r->id.number = sqlite3_last_insert_rowid(s->db);
	return 0;
}

int
store_rollout_find(struct store *s, struct rollout_id id, struct rollout *ret,
	struct error *e)
{
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_ROLLOUT_FIND);
	query_bind_int(&q, id.number);
	got = query_next(&q, e);
	if (got == 1)
		got = rollout_read(&q, ret, e);
	query_end(&q);
	return got;
}

static enum statement
each_statement(const struct rollout_filter *f)
{
	if (f->only_active)
		return f->newest_first ? STATEMENT_ROLLOUT_ACTIVE_BACK
				       : STATEMENT_ROLLOUT_ACTIVE;
	return f->newest_first ? STATEMENT_ROLLOUT_EACH_BACK
			       : STATEMENT_ROLLOUT_EACH;
}

/* Calls fn for the rows of q, and ends q. */
static int
each_row(struct query *q, int (*fn)(const struct rollout *r, void *arg),
	void *arg, struct error *e)
{
	struct rollout r;
	int got;

	while ((got = query_next(q, e)) == 1) {
		got = rollout_read(q, &r, e);
		if (got == -1)
			break;
		got = fn(&r, arg);
		rollout_finish(&r);
		if (got != 0)
			break;
	}
	query_end(q);
	return store_each_result(got);
}

int
store_rollout_each(struct store *s, const struct rollout_filter *f,
	int (*fn)(const struct rollout *r, void *arg), void *arg,
	struct error *e)
{
	struct query q;

	query_begin(&q, s, each_statement(f));
	query_bind_int(&q, f->after);
	query_bind_text(&q, f->service);
	query_bind_text(&q, f->env);
	query_bind_text(&q,
		f->state < 0
			? NULL
			: rollout_state_name((enum rollout_state)f->state));
	query_bind_int(&q, f->change);
	return each_row(&q, fn, arg, e);
}

static int
note_first(const struct rollout *r, void *arg)
{
	*(struct rollout_id *)arg = r->id;
	return 1;
}

int
store_rollout_latest(struct store *s, const char *service, const char *env,
	struct rollout_id *ret, struct error *e)
{
	struct rollout_filter f = {.service = service,
		.env = env,
		.state = -1,
		.newest_first = true};

	ret->number = 0;
	return store_rollout_each(s, &f, note_first, ret, e);
}

static int
note_latest_deploy(const struct rollout *r, void *arg)
{
	struct rollout_id *ret = arg;

	if (r->kind != ROLLOUT_DEPLOY || r->state == ROLLOUT_ROLLED_BACK)
		return 0;
	*ret = r->id;
	return 1;
}

int
store_rollout_latest_deploy(struct store *s, const char *service,
	const char *env, struct rollout_id *ret, struct error *e)
{
	struct rollout_filter f = {.service = service,
		.env = env,
		.state = -1,
		.newest_first = true};

	ret->number = 0;
	return store_rollout_each(s, &f, note_latest_deploy, ret, e);
}

int
store_rollout_busy_each(struct store *s,
	int (*fn)(const struct rollout *r, void *arg), void *arg,
	struct error *e)
{
	struct query q;

	query_begin(&q, s, STATEMENT_ROLLOUT_BUSY);
	return each_row(&q, fn, arg, e);
}

int
store_rollout_between(struct store *s, int64_t from, int64_t to,
	int (*fn)(const struct rollout *r, void *arg), void *arg,
	struct error *e)
{
	struct query q;

	query_begin(&q, s, STATEMENT_ROLLOUT_BETWEEN);
	query_bind_int(&q, from);
	query_bind_int(&q, to);
	return each_row(&q, fn, arg, e);
}

int
store_rollout_counts(struct store *s, struct rollout_id id,
	int ret[HOST_STATE_COUNT], struct error *e)
{
	struct query q;
	int got;

	memset(ret, 0, sizeof(ret[0]) * HOST_STATE_COUNT);
	query_begin(&q, s, STATEMENT_ROLLOUT_COUNTS);
	query_bind_int(&q, id.number);
	while ((got = query_next(&q, e)) == 1) {
		char *word = query_text(&q);
		int state = host_state_parse(word);

		if (state == -1)
			got = store_unknown_word(e, "the host state", word);
		else
			ret[state] = (int)query_int(&q);
		free(word);
		if (got == -1)
			break;
	}
	query_end(&q);
	return got;
}

int
store_rollout_host_put(
	struct store *s, const struct rollout_host *h, struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_ROLLOUT_HOST_PUT);
	query_bind_int(&q, h->rollout.number);
	query_bind_int(&q, h->index);
	query_bind_text(&q, h->host);
	query_bind_int(&q, h->wave);
	query_bind_text(&q, host_state_name(h->state));
	query_bind_text(&q, h->target);
	query_bind_text(&q, h->version);
	query_bind_int(&q, h->is_foreign);
	query_bind_text(&q, h->previous);
	query_bind_text(&q, h->previous_version);
	query_bind_int(&q, h->previous_is_foreign);
	query_bind_text(&q, h->target_plan);
	query_bind_text(&q, h->step);
	query_bind_int(&q, h->is_busy);
	query_bind_int(&q, h->switched);
	query_bind_int(&q, h->attempts);
	query_bind_int(&q, h->failures);
	query_bind_text(&q, h->error);
	query_bind_text(&q, h->way_back_error);
	query_bind_int(&q, h->started_at);
	query_bind_int(&q, h->finished_at);
	return query_run(&q, e);
}

/* 1, or -1 with nothing to finish. */
static int
host_read(struct query *q, struct rollout_host *h, struct error *e)
{
	char *state;
	int found;

	memset(h, 0, sizeof(*h));
	h->rollout.number = query_int(q);
	h->index = (int)query_int(q);
	h->host = query_text(q);
	h->wave = (int)query_int(q);
	state = query_text(q);
	found = state == NULL ? -1 : host_state_parse(state);
	h->state = (enum host_state)found;
	h->target = query_text(q);
	h->version = query_text(q);
	h->is_foreign = query_int(q) != 0;
	h->previous = query_text(q);
	h->previous_version = query_text(q);
	h->previous_is_foreign = query_int(q) != 0;
	query_hash(q, h->target_plan);
	h->step = query_text(q);
	h->is_busy = query_int(q) != 0;
	h->switched = query_int(q) != 0;
	h->attempts = (int)query_int(q);
	h->failures = (int)query_int(q);
	h->error = query_text(q);
	h->way_back_error = query_text(q);
	h->started_at = query_int(q);
	h->finished_at = query_int(q);
	if (found == -1) {
		store_unknown_word(e, "the host state", state);
		rollout_host_finish(h);
	}
	free(state);
	return found == -1 ? -1 : 1;
}

int
store_rollout_host_each(struct store *s, struct rollout_id id, int64_t after,
	int (*fn)(const struct rollout_host *h, void *arg), void *arg,
	struct error *e)
{
	struct query q;
	struct rollout_host h;
	int got;

	query_begin(&q, s, STATEMENT_ROLLOUT_HOST_EACH);
	query_bind_int(&q, id.number);
	query_bind_int(&q, after);
	while ((got = query_next(&q, e)) == 1) {
		got = host_read(&q, &h, e);
		if (got == -1)
			break;
		got = fn(&h, arg);
		rollout_host_finish(&h);
		if (got != 0)
			break;
	}
	query_end(&q);
	return store_each_result(got);
}

int
store_rollout_succeeded(struct store *s, const char *service,
	const char *version, const char *env, int64_t *ret, struct error *e)
{
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_ROLLOUT_SUCCEEDED);
	query_bind_text(&q, service);
	query_bind_text(&q, version);
	query_bind_text(&q, env);
	got = query_next(&q, e);
	if (got == 1)
		*ret = query_int(&q);
	query_end(&q);
	return store_each_result(got);
}
