/* store_signature.c - statements that were handed out to be signed, and the
 * signatures that came. */
#include "store/store_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPEN_MOST 32  /* statements of one uid */
#define GIVEN_MOST 48 /* statements that one signature is held against */
#define KEPT_S (24 * 3600)

/* ---- statements ---- */

static int
forget_old(struct store *s, int64_t uid, struct error *e)
{
	struct query q;

	query_begin(&q, s, STATEMENT_SIGNABLE_FORGET);
	query_bind_int(&q, clock_wall_ms(s->clock) / 1000 - KEPT_S);
	if (query_run(&q, e) == -1)
		return -1;
	query_begin(&q, s, STATEMENT_SIGNABLE_FORGET_OLDEST);
	query_bind_int(&q, uid);
	query_bind_int(&q, OPEN_MOST - 1);
	return query_run(&q, e);
}

int
store_signable_put(
	struct store *s, const struct signable *st, struct error *e)
{
	struct query q;

	store_assert_writing(s);
	if (forget_old(s, st->uid, e) == -1)
		return -1;
	query_begin(&q, s, STATEMENT_SIGNABLE_PUT);
	query_bind_text(&q, st->nonce);
	query_bind_text(&q, st->object);
	query_bind_text(&q, st->about);
	query_bind_int(&q, st->revision);
	query_bind_text(&q, st->digest);
	query_bind_text(&q, decision_verb_name(st->verb));
	query_bind_int(&q, st->uid);
	query_bind_int(&q, st->expires_at);
	query_bind_text(&q, st->text);
	query_bind_int(&q, st->decision);
	return query_run(&q, e);
}

static int
signable_read(struct query *q, struct signable *st, struct error *e)
{
	char *nonce, *verb;
	int found;

	memset(st, 0, sizeof(*st));
	nonce = query_text(q);
	snprintf(st->nonce, sizeof(st->nonce), "%s", nonce);
	free(nonce);
	st->object = query_text(q);
	st->about = query_text(q);
	st->revision = (int)query_int(q);
	query_hash(q, st->digest);
	verb = query_text(q);
	found = decision_verb_parse(verb);
	st->verb = (enum decision_verb)found;
	st->uid = query_int(q);
	st->expires_at = query_int(q);
	st->text = query_text(q);
	st->decision = query_int(q);
	if (found == -1) {
		store_unknown_word(e, "the verb", verb);
		signable_finish(st);
	}
	free(verb);
	return found == -1 ? -1 : 1;
}

void
signables_finish(struct signables *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		signable_finish(&list->items[i]);
	free(list->items);
	memset(list, 0, sizeof(*list));
}

int
store_signables(struct store *s, const char *object, int64_t uid,
	struct signables *ret, struct error *e)
{
	struct signable st;
	struct query q;
	int got;

	memset(ret, 0, sizeof(*ret));
	query_begin(&q, s, STATEMENT_SIGNABLE_EACH);
	query_bind_text(&q, object);
	query_bind_int(&q, uid);
	query_bind_int(&q, GIVEN_MOST);
	while ((got = query_next(&q, e)) == 1) {
		got = signable_read(&q, &st, e);
		if (got == -1)
			break;
		ARRAY_GROW(ret->items, ret->count, ret->capacity);
		ret->items[ret->count++] = st;
	}
	query_end(&q);
	if (got == -1)
		signables_finish(ret);
	return got;
}

int
store_signable_is_open(struct store *s, const char *nonce, struct error *e)
{
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_SIGNABLE_IS_OPEN);
	query_bind_text(&q, nonce);
	got = query_next(&q, e);
	query_end(&q);
	return got;
}

int
store_signable_use(struct store *s, const char *nonce, int64_t decision,
	struct error *e)
{
	struct query q;

	store_assert_writing(s);
	query_begin(&q, s, STATEMENT_SIGNABLE_USE);
	query_bind_int(&q, decision);
	query_bind_text(&q, nonce);
	return query_run(&q, e);
}

/* ---- signatures ---- */

static int
put_signers(struct store *s, const char *sha256, const char *text,
	struct error *e)
{
	struct query q;

	query_begin(&q, s, STATEMENT_SIGNERS_PUT);
	query_bind_text(&q, sha256);
	query_bind_text(&q, text);
	return query_run(&q, e);
}

int
store_signature_add(struct store *s, const struct signature *sig,
	const char *signers, struct error *e)
{
	struct query q;

	store_assert_writing(s);
	if (put_signers(s, sig->signers, signers, e) == -1)
		return -1;
	query_begin(&q, s, STATEMENT_SIGNATURE_ADD);
	query_bind_int_or_null(&q, sig->decision);
	query_bind_text(&q, sig->service);
	query_bind_text(&q, sig->version);
	query_bind_text(&q, sig->namespace);
	query_bind_text(&q, sig->message);
	query_bind_text(&q, sig->text);
	query_bind_text(&q, sig->principal);
	query_bind_text(&q, sig->key);
	query_bind_text(&q, sig->key_type);
	query_bind_text(&q, sig->signers);
	query_bind_int(&q, sig->at);
	return query_run(&q, e);
}

void
store_signature_read(struct query *q, struct signature *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->decision = query_int(q);
	ret->service = query_text(q);
	ret->version = query_text(q);
	ret->namespace = query_text(q);
	ret->message = query_text(q);
	ret->text = query_text(q);
	ret->principal = query_text(q);
	ret->key = query_text(q);
	ret->key_type = query_text(q);
	query_hash(q, ret->signers);
	ret->at = query_int(q);
}

static int
read_signature(struct query *q, struct signature *ret, struct error *e)
{
	int got = query_next(q, e);

	if (got == 1)
		store_signature_read(q, ret);
	query_end(q);
	return got;
}

int
store_signature_find(struct store *s, int64_t decision, struct signature *ret,
	struct error *e)
{
	struct query q;

	query_begin(&q, s, STATEMENT_SIGNATURE_FIND);
	query_bind_int(&q, decision);
	return read_signature(&q, ret, e);
}

int
store_signature_of_release(struct store *s, const char *service,
	const char *version, struct signature *ret, struct error *e)
{
	struct query q;

	query_begin(&q, s, STATEMENT_SIGNATURE_RELEASE);
	query_bind_text(&q, service);
	query_bind_text(&q, version);
	return read_signature(&q, ret, e);
}

int
store_signers_find(
	struct store *s, const char *sha256, char **ret, struct error *e)
{
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_SIGNERS_FIND);
	query_bind_text(&q, sha256);
	got = query_next(&q, e);
	if (got == 1)
		*ret = query_text(&q);
	query_end(&q);
	return got;
}
