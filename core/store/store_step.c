/*
 * store_step.c - steps and what they printed.
 *
 * Output is kept in pieces, each with its place in all that was printed, so
 * that appending writes little: a short last piece grows, an old piece is
 * deleted once 64 KiB stand behind it.
 */
#include "store/store_private.h"

#include <stdlib.h>
#include <string.h>

#define OUTPUT_KEPT (64 * 1024)
#define OUTPUT_PIECE 4096 /* a shorter last piece grows */

/* 1, or -1 with nothing to finish. */
static int
step_read(struct query *q, struct step_run *r, struct error *e)
{
	char *state;
	int found;

	memset(r, 0, sizeof(*r));
	r->id = query_int(q);
	r->rollout.number = query_int(q);
	r->host = query_text(q);
	r->step = query_text(q);
	r->attempt = (int)query_int(q);
	r->epoch = query_int(q);
	state = query_text(q);
	FIND_NAME(found, enum step_state, STEP_STATE_COUNT, step_state_name,
		state);
	r->state = (enum step_state)found;
	r->started_at_ms = query_int(q);
	r->finished_at_ms = query_int(q);
	r->exit_code = (int)query_int(q);
	r->signal = (int)query_int(q);
	r->error = query_text(q);
	r->output_bytes = query_int(q);
	r->sent_bytes = query_int(q);
	if (found == -1) {
		store_unknown_word(e, "the step state", state);
		step_run_finish(r);
	}
	free(state);
	return found == -1 ? -1 : 1;
}

int
store_step_put(struct store *s, struct step_run *r, struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_STEP_PUT);
	query_bind_int_or_null(&q, r->id);
	query_bind_int(&q, r->rollout.number);
	query_bind_text(&q, r->host);
	query_bind_text(&q, r->step);
	query_bind_int(&q, r->attempt);
	query_bind_int(&q, r->epoch);
	query_bind_text(&q, step_state_name(r->state));
	query_bind_int(&q, r->started_at_ms);
	query_bind_int(&q, r->finished_at_ms);
	query_bind_int(&q, r->exit_code);
	query_bind_int(&q, r->signal);
	query_bind_text(&q, r->error);
	query_bind_int(&q, r->output_bytes);
	query_bind_int(&q, r->sent_bytes);
	if (query_run(&q, e) == -1)
		return -1;
	if (r->id == 0)
		r->id = sqlite3_last_insert_rowid(s->db);
	return 0;
}

int
store_step_each(struct store *s, struct rollout_id id, const char *host,
	int64_t after, int (*fn)(const struct step_run *r, void *arg),
	void *arg, struct error *e)
{
	struct query q;
	struct step_run r;
	int got;

	query_begin(&q, s,
		host == NULL ? STATEMENT_STEP_EACH : STATEMENT_STEP_EACH_HOST);
	query_bind_int(&q, id.number);
	if (host != NULL)
		query_bind_text(&q, host);
	query_bind_int(&q, after);
	while ((got = query_next(&q, e)) == 1) {
		got = step_read(&q, &r, e);
		if (got == -1)
			break;
		got = fn(&r, arg);
		step_run_finish(&r);
		if (got != 0)
			break;
	}
	query_end(&q);
	return store_each_result(got);
}

int
store_step_attempts(struct store *s, struct rollout_id id, const char *host,
	const char *step, int *ret, struct error *e)
{
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_STEP_ATTEMPTS);
	query_bind_int(&q, id.number);
	query_bind_text(&q, host);
	query_bind_text(&q, step);
	got = query_next(&q, e);
	if (got == 1)
		*ret = (int)query_int(&q);
	query_end(&q);
	return got == 1 ? 0 : -1;
}

int
store_step_was_done(struct store *s, struct rollout_id id, const char *host,
	const char *step, struct error *e)
{
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_STEP_WAS_DONE);
	query_bind_int(&q, id.number);
	query_bind_text(&q, host);
	query_bind_text(&q, step);
	got = query_next(&q, e);
	query_end(&q);
	return got;
}

/* Where the last piece begins and, if it may still grow, what it holds;
 * *ret_end is the end of all that was printed so far. */
static int
last_piece(struct store *s, int64_t step_id, struct strbuf *grow,
	int64_t *ret_start, int64_t *ret_end, struct error *e)
{
	struct query q;
	size_t len = 0;
	const char *text;
	int got;

	*ret_start = *ret_end = 0;
	query_begin(&q, s, STATEMENT_OUTPUT_LAST);
	query_bind_int(&q, step_id);
	got = query_next(&q, e);
	if (got == 1) {
		*ret_start = query_int(&q);
		text = query_bytes(&q, &len);
		*ret_end = *ret_start + (int64_t)len;
		if (len < OUTPUT_PIECE)
			strbuf_add(grow, text, len);
		else
			*ret_start = *ret_end;
	}
	query_end(&q);
	return got == -1 ? -1 : 0;
}

static int
put_piece(struct store *s, int64_t step_id, int64_t start,
	const struct strbuf *text, struct error *e)
{
	struct query q;

	query_begin(&q, s, STATEMENT_OUTPUT_PUT);
	query_bind_int(&q, step_id);
	query_bind_int(&q, start);
	query_bind_blob(&q, text->buf, text->len);
	return query_run(&q, e);
}

int
store_output_clear(struct store *s, int64_t step_id, struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_OUTPUT_CLEAR);
	query_bind_int(&q, step_id);
	return query_run(&q, e);
}

int
store_output_append(struct store *s, int64_t step_id, const char *text,
	size_t len, struct error *e)
{
	struct strbuf piece;
	struct query q;
	int64_t start, end, skipped = 0;
	int result = -1;

	store_assert_writing(s);
	if (len == 0)
		return 0;
	strbuf_init(&piece);
	if (last_piece(s, step_id, &piece, &start, &end, e) == -1)
		goto out;
	if (len > OUTPUT_KEPT) { /* the rest would be dropped at once */
		skipped = (int64_t)(len - OUTPUT_KEPT);
		start = end + skipped;
		strbuf_clear(&piece);
	}
	strbuf_add(&piece, text + skipped, len - (size_t)skipped);
	if (put_piece(s, step_id, start, &piece, e) == -1)
		goto out;
	end += (int64_t)len;
	query_begin(&q, s, STATEMENT_OUTPUT_DROP);
	query_bind_int(&q, step_id);
	query_bind_int(&q, end - OUTPUT_KEPT);
	result = query_run(&q, e);
out:
	strbuf_finish(&piece);
	return result;
}

int
store_output_find(struct store *s, int64_t step_id, char **ret_text,
	size_t *ret_len, int64_t *ret_dropped, struct error *e)
{
	struct strbuf all;
	struct query q;
	const char *text;
	int64_t first = -1, start;
	size_t len, more;
	int got;

	strbuf_init(&all);
	query_begin(&q, s, STATEMENT_OUTPUT_EACH);
	query_bind_int(&q, step_id);
	while ((got = query_next(&q, e)) == 1) {
		start = query_int(&q);
		text = query_bytes(&q, &len);
		first = first == -1 ? start : first;
		strbuf_add(&all, text, len);
	}
	query_end(&q);
	if (got == -1 || first == -1) {
		strbuf_finish(&all);
		return got;
	}
	more = all.len > OUTPUT_KEPT ? all.len - OUTPUT_KEPT : 0;
	strbuf_consume(&all, more);
	*ret_dropped = first + (int64_t)more;
	*ret_len = all.len;
	*ret_text = all.buf;
	return 1;
}

int
store_output_prune(
	struct store *s, int64_t before_ms, int *ret_count, struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_OUTPUT_PRUNE);
	query_bind_int(&q, before_ms);
	if (query_run(&q, e) == -1)
		return -1;
	*ret_count = sqlite3_changes(s->db);
	return 0;
}
