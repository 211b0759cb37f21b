/* store_analysis.c - samples of rollouts and what was made of them, and the
 * releases that had to be taken back. */
#include "store/store_analysis.h"

#include "store/store_private.h"

#include <stdlib.h>
#include <string.h>

void
analysis_row_finish(struct analysis_row *r)
{
	free((char *)(uintptr_t)r->verdict);
	free((char *)(uintptr_t)r->result);
	memset(r, 0, sizeof(*r));
}

int
store_analysis_put(
	struct store *s, const struct analysis_row *r, struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_ANALYSIS_PUT);
	query_bind_int(&q, r->rollout.number);
	query_bind_int(&q, r->wave);
	query_bind_int(&q, r->began_at_ms);
	query_bind_int(&q, r->ended_at_ms);
	query_bind_text(&q, r->verdict);
	query_bind_text(&q, r->result);
	return query_run(&q, e);
}

static void
read_row(struct query *q, struct analysis_row *r)
{
	memset(r, 0, sizeof(*r));
	r->rollout.number = query_int(q);
	r->wave = (int)query_int(q);
	r->began_at_ms = query_int(q);
	r->ended_at_ms = query_int(q);
	r->verdict = query_text(q);
	r->result = query_text(q);
}

int
store_analysis_find(struct store *s, struct rollout_id id, int wave,
	struct analysis_row *ret, struct error *e)
{
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_ANALYSIS_FIND);
	query_bind_int(&q, id.number);
	query_bind_int(&q, wave);
	got = query_next(&q, e);
	if (got == 1)
		read_row(&q, ret);
	query_end(&q);
	return got;
}

int
store_analysis_each(struct store *s, struct rollout_id id, int64_t since_ms,
	int (*fn)(const struct analysis_row *r, void *arg), void *arg,
	struct error *e)
{
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_ANALYSIS_EACH);
	query_bind_int(&q, id.number);
	query_bind_int(&q, since_ms);
	while ((got = query_next(&q, e)) == 1) {
		struct analysis_row r;

		read_row(&q, &r);
		got = fn(&r, arg);
		analysis_row_finish(&r);
		if (got != 0)
			break;
	}
	query_end(&q);
	return store_each_result(got);
}

int
store_samples_put(struct store *s, struct rollout_id id, int wave,
	int64_t at_ms, int metric, const void *bytes, size_t len,
	struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_SAMPLES_PUT);
	query_bind_int(&q, id.number);
	query_bind_int(&q, wave);
	query_bind_int(&q, at_ms);
	query_bind_int(&q, metric);
	query_bind_blob(&q, bytes, len);
	return query_run(&q, e);
}

int
store_samples_each(struct store *s, struct rollout_id id, int wave,
	int (*fn)(int64_t at_ms, int metric, const void *bytes, size_t len,
		void *arg),
	void *arg, struct error *e)
{
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_SAMPLES_EACH);
	query_bind_int(&q, id.number);
	query_bind_int(&q, wave);
	while ((got = query_next(&q, e)) == 1) {
		int64_t at_ms = query_int(&q);
		int metric = (int)query_int(&q);
		size_t len;
		const void *bytes = query_bytes(&q, &len);

		got = fn(at_ms, metric, bytes, len, arg);
		if (got != 0)
			break;
	}
	query_end(&q);
	return store_each_result(got);
}

int
store_samples_prune(
	struct store *s, int64_t before_ms, int *ret_count, struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_SAMPLES_PRUNE);
	query_bind_int(&q, before_ms);
	if (query_run(&q, e) == -1)
		return -1;
	*ret_count = sqlite3_changes(s->db);
	return 0;
}

/* ---- releases that were taken back ---- */

int
store_taken_back_put(struct store *s, const char *service, const char *version,
	const char *env, struct rollout_id rollout, const char *reason,
	int64_t at, struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_TAKEN_BACK_PUT);
	query_bind_text(&q, service);
	query_bind_text(&q, version);
	query_bind_text(&q, env);
	query_bind_int(&q, rollout.number);
	query_bind_text(&q, reason);
	query_bind_int(&q, at);
	return query_run(&q, e);
}

int
store_taken_back_drop(struct store *s, const char *service,
	const char *version, const char *env, struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_TAKEN_BACK_DROP);
	query_bind_text(&q, service);
	query_bind_text(&q, version);
	query_bind_text(&q, env);
	return query_run(&q, e);
}

int
store_taken_back_find(struct store *s, const char *service,
	const char *version, const char *not_env, char **ret_env,
	struct rollout_id *ret_rollout, char **ret_reason, struct error *e)
{
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_TAKEN_BACK_FIND);
	query_bind_text(&q, service);
	query_bind_text(&q, version);
	query_bind_text(&q, not_env);
	got = query_next(&q, e);
	if (got == 1) {
		*ret_env = query_text(&q);
		ret_rollout->number = query_int(&q);
		*ret_reason = query_text(&q);
	}
	query_end(&q);
	return got;
}
