/* store_change.c - changes. */
#include "store/store_private.h"

#include <string.h>
#include <stdlib.h>

static int
read_words(struct query *q, struct change *c, struct error *e)
{
	char *state = query_text(q), *type = query_text(q);
	int found_state = state == NULL ? -1 : change_state_parse(state);
	int found_type = type == NULL ? -1 : change_type_parse(type);
	int result = 0;

	if (found_state == -1)
		result = store_unknown_word(e, "the state", state);
	else if (found_type == -1)
		result = store_unknown_word(e, "the type", type);
	c->state = (enum change_state)found_state;
	c->type = (enum change_type)found_type;
	free(state);
	free(type);
	return result;
}

/* 1, or -1 with nothing to finish. */
static int
change_read(struct query *q, struct change *c, struct error *e)
{
	memset(c, 0, sizeof(*c));
	c->id.number = query_int(q);
	c->revision = (int)query_int(q);
	if (read_words(q, c, e) == -1)
		return -1;
	c->service = query_text(q);
	c->version = query_text(q);
	c->env = query_text(q);
	c->strategy = query_text(q);
	c->selector = query_text(q);
	c->why = query_text(q);
	c->unplanned = query_text(q);
	c->author = query_text(q);
	c->author_uid = query_int(q);
	query_hash(q, c->plan_digest);
	c->approvals_required = (int)query_int(q);
	c->approvals_given = (int)query_int(q);
	c->reason = query_text(q);
	c->created_at = query_int(q);
	c->submitted_at = query_int(q);
	c->approved_at = query_int(q);
	c->finished_at = query_int(q);
	c->scheduled_at = query_int(q);
	c->rollout.number = query_int(q);
	c->due_at_ms = query_int(q);
	c->answer_by = query_int(q);
	c->valid_until = query_int(q);
	c->review_by = query_int(q);
	c->outcome = query_text(q);
	c->closed_by = query_text(q);
	c->closed_at = query_int(q);
	c->risk = (int)query_int(q);
	c->risk_reasons = query_text(q);
	c->reminders = (int)query_int(q);
	return 1;
}

int
store_change_put(struct store *s, struct change *c, struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_CHANGE_PUT);
	query_bind_int_or_null(&q, c->id.number);
	query_bind_int(&q, c->revision);
	query_bind_text(&q, change_state_name(c->state));
	query_bind_text(&q, change_type_name(c->type));
	query_bind_text(&q, c->service);
	query_bind_text(&q, c->version);
	query_bind_text(&q, c->env);
	query_bind_text(&q, c->strategy);
	query_bind_text(&q, c->selector);
	query_bind_text(&q, c->why);
	query_bind_text(&q, c->unplanned);
	query_bind_text(&q, c->author);
	query_bind_int(&q, c->author_uid);
	query_bind_text(&q, c->plan_digest);
	query_bind_int(&q, c->approvals_required);
	query_bind_int(&q, c->approvals_given);
	query_bind_text(&q, c->reason);
	query_bind_int(&q, c->created_at);
	query_bind_int(&q, c->submitted_at);
	query_bind_int(&q, c->approved_at);
	query_bind_int(&q, c->finished_at);
	query_bind_int(&q, c->scheduled_at);
	query_bind_int(&q, c->rollout.number);
	query_bind_int(&q, c->due_at_ms);
	query_bind_int(&q, c->answer_by);
	query_bind_int(&q, c->valid_until);
	query_bind_int(&q, c->review_by);
	query_bind_text(&q, c->outcome);
	query_bind_text(&q, c->closed_by);
	query_bind_int(&q, c->closed_at);
	query_bind_int(&q, c->risk);
	query_bind_text(&q, c->risk_reasons);
	query_bind_int(&q, c->reminders);
	if (query_run(&q, e) == -1)
		return -1;
	if (c->id.number == 0)
		c->id.number = sqlite3_last_insert_rowid(s->db);
	return 0;
}

int
store_change_find(struct store *s, struct change_id id, struct change *ret,
	struct error *e)
{
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_CHANGE_FIND);
	query_bind_int(&q, id.number);
	got = query_next(&q, e);
	if (got == 1)
		got = change_read(&q, ret, e);
	query_end(&q);
	return got;
}

int
store_change_each(struct store *s, const struct change_filter *f,
	int (*fn)(const struct change *c, void *arg), void *arg,
	struct error *e)
{
	struct query q;
	struct change c;
	int got;

	query_begin(&q, s,
		f->only_open	  ? STATEMENT_CHANGE_OPEN
		: f->newest_first ? STATEMENT_CHANGE_EACH_BACK
				  : STATEMENT_CHANGE_EACH);
	query_bind_int(&q, f->after);
	query_bind_text(&q, f->service);
	query_bind_text(&q, f->env);
	query_bind_text(&q,
		f->state < 0 ? NULL
			     : change_state_name((enum change_state)f->state));
	while ((got = query_next(&q, e)) == 1) {
		got = change_read(&q, &c, e);
		if (got == -1)
			break;
		got = fn(&c, arg);
		change_finish(&c);
		if (got != 0)
			break;
	}
	query_end(&q);
	return store_each_result(got);
}

int
store_change_due(struct store *s, int64_t now_ms, struct change_id **ret,
	size_t *ret_count, struct error *e)
{
	struct change_id *ids = NULL;
	size_t count = 0, capacity = 0;
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_CHANGE_DUE);
	query_bind_int(&q, now_ms);
	while ((got = query_next(&q, e)) == 1) {
		ARRAY_GROW(ids, count, capacity);
		ids[count++].number = query_int(&q);
	}
	query_end(&q);
	if (got == -1) {
		free(ids);
		return -1;
	}
	*ret = ids;
	*ret_count = count;
	return 0;
}
