/* store_proposal.c - acts that wait for a second person. */
#include "store/store_private.h"

#include <stdlib.h>
#include <string.h>

/* 1, or -1 with nothing to finish. */
static int
proposal_read(struct query *q, struct proposal *p, struct error *e)
{
	char *state;
	int found;

	memset(p, 0, sizeof(*p));
	p->id.number = query_int(q);
	p->kind = query_text(q);
	p->object = query_text(q);
	p->args = query_text(q);
	p->text = query_text(q);
	query_hash(q, p->digest);
	state = query_text(q);
	p->author = query_text(q);
	p->author_uid = query_int(q);
	p->reason = query_text(q);
	p->created_at = query_int(q);
	p->finished_at = query_int(q);
	p->answer_by = query_int(q);
	p->due_at_ms = query_int(q);
	found = state == NULL ? -1 : proposal_state_parse(state);
	p->state = (enum proposal_state)found;
	if (found == -1) {
		store_unknown_word(e, "the state of a request", state);
		proposal_finish(p);
	}
	free(state);
	return found == -1 ? -1 : 1;
}

int
store_proposal_put(struct store *s, struct proposal *p, struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_PROPOSAL_PUT);
	query_bind_int_or_null(&q, p->id.number);
	query_bind_text(&q, p->kind);
	query_bind_text(&q, p->object);
	query_bind_text(&q, p->args);
	query_bind_text(&q, p->text);
	query_bind_text(&q, p->digest);
	query_bind_text(&q, proposal_state_name(p->state));
	query_bind_text(&q, p->author);
	query_bind_int(&q, p->author_uid);
	query_bind_text(&q, p->reason);
	query_bind_int(&q, p->created_at);
	query_bind_int(&q, p->finished_at);
	query_bind_int(&q, p->answer_by);
	query_bind_int(&q, p->due_at_ms);
	if (query_run(&q, e) == -1)
		return -1;
	if (p->id.number == 0)
		p->id.number = sqlite3_last_insert_rowid(s->db);
	return 0;
}

int
store_proposal_find(struct store *s, struct proposal_id id,
	struct proposal *ret, struct error *e)
{
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_PROPOSAL_FIND);
	query_bind_int(&q, id.number);
	got = query_next(&q, e);
	if (got == 1)
		got = proposal_read(&q, ret, e);
	query_end(&q);
	return got;
}

int
store_proposal_each(struct store *s, const struct proposal_filter *f,
	int (*fn)(const struct proposal *p, void *arg), void *arg,
	struct error *e)
{
	struct proposal p;
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_PROPOSAL_EACH);
	query_bind_int(&q, f->after);
	query_bind_text(&q, f->kind);
	query_bind_text(&q, f->object);
	query_bind_text(&q,
		f->state < 0 ? NULL
			     : proposal_state_name(
				       (enum proposal_state)f->state));
	query_bind_int(&q, f->due_by_ms);
	while ((got = query_next(&q, e)) == 1) {
		got = proposal_read(&q, &p, e);
		if (got == -1)
			break;
		got = fn(&p, arg);
		proposal_finish(&p);
		if (got != 0)
			break;
	}
	query_end(&q);
	return store_each_result(got);
}
