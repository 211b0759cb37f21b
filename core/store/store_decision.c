/* store_decision.c - what people said about changes and requests. */
#include "store/store_private.h"

#include <stdlib.h>
#include <string.h>

static char *
join(const struct strings *list)
{
	struct strbuf text;
	size_t i;

	strbuf_init(&text);
	for (i = 0; i < list->count; i++)
		strbuf_addf(&text, "%s%s", i ? "," : "", list->items[i]);
	if (text.len == 0)
		strbuf_adds(&text, "");
	return strbuf_detach(&text);
}

static void
split(const char *text, struct strings *ret)
{
	while (text != NULL && *text != '\0') {
		size_t len = strcspn(text, ",");
		char *word = xstrndup(text, len);

		strings_add(ret, word);
		free(word);
		text += len + (text[len] == ',');
	}
}

int
store_decision_add(struct store *s, struct decision *d, struct error *e)
{
	char *roles = join(&d->roles);
	struct query q;
	int result;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_DECISION_ADD);
	query_bind_text(&q, d->object);
	query_bind_int(&q, d->revision);
	query_bind_text(&q, decision_verb_name(d->verb));
	query_bind_text(&q, d->person);
	query_bind_int(&q, d->uid);
	query_bind_int(&q, d->login_uid);
	query_bind_text(&q, roles);
	query_bind_text(&q, d->digest);
	query_bind_int(&q, d->at);
	query_bind_int(&q, d->until_ms);
	query_bind_text(&q, d->text);
	query_bind_int(&q, d->undone_at);
	query_bind_text(&q, d->void_reason);
	query_bind_text(&q, d->key);
	result = query_run(&q, e);
	if (result == 0)
		d->id = sqlite3_last_insert_rowid(s->db);
	free(roles);
	return result;
}

/* 1, or -1 with nothing to finish. */
static int
decision_read(struct query *q, struct decision *d, struct error *e)
{
	char *verb, *roles;
	int found;

	memset(d, 0, sizeof(*d));
	d->id = query_int(q);
	d->object = query_text(q);
	d->revision = (int)query_int(q);
	verb = query_text(q);
	d->person = query_text(q);
	d->uid = query_int(q);
	d->login_uid = query_int(q);
	roles = query_text(q);
	split(roles, &d->roles);
	query_hash(q, d->digest);
	d->at = query_int(q);
	d->until_ms = query_int(q);
	d->text = query_text(q);
	d->undone_at = query_int(q);
	d->void_reason = query_text(q);
	d->key = query_text(q);
	found = verb == NULL ? -1 : decision_verb_parse(verb);
	d->verb = (enum decision_verb)found;
	if (found == -1) {
		store_unknown_word(e, "the verb", verb);
		decision_finish(d);
	}
	free(verb);
	free(roles);
	return found == -1 ? -1 : 1;
}

int
store_decisions(struct store *s, const char *object, struct decisions *ret,
	struct error *e)
{
	struct decision d;
	struct query q;
	int got;

	memset(ret, 0, sizeof(*ret));
	query_begin(&q, s, STATEMENT_DECISION_EACH);
	query_bind_text(&q, object);
	while ((got = query_next(&q, e)) == 1) {
		got = decision_read(&q, &d, e);
		if (got == -1)
			break;
		ARRAY_GROW(ret->items, ret->count, ret->capacity);
		ret->items[ret->count++] = d;
	}
	query_end(&q);
	if (got == -1)
		decisions_finish(ret);
	return got;
}

int
store_decision_undo(struct store *s, int64_t id, int64_t at, struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_DECISION_UNDO);
	query_bind_int(&q, at);
	query_bind_int(&q, id);
	return query_run(&q, e);
}

int
store_decisions_void(struct store *s, const char *object, const char *reason,
	struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_DECISION_VOID);
	query_bind_text(&q, reason);
	query_bind_text(&q, object);
	return query_run(&q, e);
}

int
store_decision_void(struct store *s, int64_t id, const char *reason,
	struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_DECISION_VOID_ONE);
	query_bind_text(&q, reason);
	query_bind_int(&q, id);
	return query_run(&q, e);
}

/* ---- who looks at it ---- */

int
store_claim_put(struct store *s, const char *object, const char *person,
	int64_t until, struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_CLAIM_PUT);
	query_bind_text(&q, object);
	query_bind_text(&q, person);
	query_bind_int(&q, until);
	return query_run(&q, e);
}

int
store_claim_drop(struct store *s, const char *object, const char *person,
	struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_CLAIM_DROP);
	query_bind_text(&q, object);
	query_bind_text(&q, person);
	return query_run(&q, e);
}

int
store_claim_over_each(struct store *s, int64_t now,
	int (*fn)(const char *object, const char *person, void *arg),
	void *arg, struct error *e)
{
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_CLAIM_OVER);
	query_bind_int(&q, now);
	while ((got = query_next(&q, e)) == 1) {
		char *object = query_text(&q), *person = query_text(&q);

		got = fn(object, person, arg);
		free(object);
		free(person);
		if (got != 0)
			break;
	}
	query_end(&q);
	return store_each_result(got);
}

int
store_claim_each(struct store *s, const char *object, int64_t now,
	int (*fn)(const char *person, int64_t until, void *arg), void *arg,
	struct error *e)
{
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_CLAIM_EACH);
	query_bind_text(&q, object);
	query_bind_int(&q, now);
	while ((got = query_next(&q, e)) == 1) {
		char *person = query_text(&q);

		got = fn(person, query_int(&q), arg);
		free(person);
		if (got != 0)
			break;
	}
	query_end(&q);
	return store_each_result(got);
}
