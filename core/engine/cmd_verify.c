/*
 * cmd_verify.c - audit verify: the chain of the ledger entry by entry, then
 * the tables against it, then each signature by the signers of then. In
 * slices between which the engine serves.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/cmd.h"
#include "engine/signing.h"
#include "wire/json.h"

#define VERIFY_SLICE 4000
#define PROBLEMS_MOST (256 * 1024) /* bytes; what is broken stays broken */

struct verify {
	struct request *rq;
	uv_idle_t idle;
	int (*step)(struct verify *v); /* 1: there is more of it, 0: done */
	int64_t seq, entries;
	char hash[DIGEST_HEX_SIZE];
	struct ledger_agreement agreement;
	int64_t signature_after, signatures;
	struct signature signature; /* that is being asked about */
	int64_t signature_seq;
	struct strbuf problems;
};

static void verify_slice(uv_idle_t *idle);

static void
verify_free(uv_handle_t *handle)
{
	struct verify *v = handle->data;

	strbuf_finish(&v->problems);
	free(v);
}

static json_t *
problems_json(const struct strbuf *problems)
{
	json_t *list = json_array();
	const char *p = problems->buf;

	while (*p != '\0') {
		size_t len = strcspn(p, "\n");
		char *line = xstrndup(p, len);

		json_array_append_new(list, json_text(line));
		free(line);
		p += len + (p[len] == '\n');
	}
	return list;
}

static void
verify_answer(struct verify *v)
{
	bool ok = v->problems.len == 0;
	char head[DIGEST_HEX_SIZE];
	int64_t seq;

	uv_idle_stop(&v->idle);
	store_ledger_head(v->rq->en->store, &seq, head);
	request_done(v->rq,
		json_pack("{s:b, s:I, s:I, s:s, s:o}", "ok", (int)ok,
			"entries", (json_int_t)v->entries, "signatures",
			(json_int_t)v->signatures, "head", head, "problems",
			problems_json(&v->problems)));
	uv_close((uv_handle_t *)&v->idle, verify_free);
}

/* ---- signatures ---- */

/* What the ledger says was signed is what is there. */
static void
check_entry(struct verify *v)
{
	const struct signature *s = &v->signature;
	char was[DIGEST_HEX_SIZE], said[DIGEST_HEX_SIZE];
	char signature[DIGEST_HEX_SIZE], message[DIGEST_HEX_SIZE] = "";
	struct error e;

	v->signature_seq = 0;
	if (store_signature_entry(v->rq->en->store, s, &v->signature_seq,
		    was, said, &e) != 1) {
		strbuf_addf(&v->problems,
			"a signature of %s: no entry says so\n", s->principal);
		return;
	}
	digest_hex(s->text, strlen(s->text), signature);
	if (s->message != NULL)
		digest_hex(s->message, strlen(s->message), message);
	if (strcmp(was, signature) != 0 || strcmp(said, message) != 0)
		strbuf_addf(&v->problems,
			"entry %lld: the signature of %s was altered\n",
			(long long)v->signature_seq, s->principal);
}

static void
on_verified(int result, const char *words, const struct error *e, void *arg)
{
	struct verify *v = arg;

	(void)words;
	if (result == -1)
		strbuf_addf(&v->problems,
			"entry %lld: the signature of %s does not verify: %s\n",
			(long long)v->signature_seq, v->signature.principal,
			e->text);
	v->signatures++;
	signature_finish(&v->signature);
	uv_idle_start(&v->idle, verify_slice);
}

static int
step_signatures(struct verify *v)
{
	struct engine *en = v->rq->en;
	struct error e;
	int got = store_signature_next(
		en->store, &v->signature_after, &v->signature, &e);

	if (got == -1)
		strbuf_addf(&v->problems, "%s\n", e.text);
	if (got != 1)
		return 0;
	check_entry(v);
	/* Goes on with the answer. */
	uv_idle_stop(&v->idle);
	signing_verify(en, &v->signature, on_verified, v);
	return 1;
}

/* ---- chain and tables ---- */

static int
step_tables(struct verify *v)
{
	if (v->problems.len < PROBLEMS_MOST &&
		store_ledger_agree(v->rq->en->store, &v->agreement,
			&v->problems) == 1)
		return 1;
	v->step = step_signatures;
	return 1;
}

static int
step_chain(struct verify *v)
{
	int looked = store_ledger_verify(v->rq->en->store, &v->seq, v->hash,
		VERIFY_SLICE, &v->problems);

	if (looked > 0)
		v->entries += looked;
	if (looked <= 0 || v->problems.len > PROBLEMS_MOST)
		v->step = step_tables;
	return 1;
}

static void
verify_slice(uv_idle_t *idle)
{
	struct verify *v = idle->data;

	if (v->step(v) == 0)
		verify_answer(v);
}

void
cmd_audit_verify(struct request *rq)
{
	struct verify *v = xcalloc(1, sizeof(*v));

	v->rq = rq;
	v->step = step_chain;
	memset(v->hash, '0', DIGEST_HEX_SIZE - 1);
	strbuf_init(&v->problems);
	uv_idle_init(rq->en->loop, &v->idle);
	v->idle.data = v;
	uv_idle_start(&v->idle, verify_slice);
}
