/*
 * signing_start.c - signatures verified again at the moment of start.
 *
 * A start is refused until every signature that it rests on was verified by
 * the allowed signers of now (with the time of then: a key that ended since
 * was good when it signed). One that does not verify any more voids its
 * answer, and the start finds what is left of the approvals. What was
 * verified serves one start, and only at once.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/cmd.h"
#include "engine/signing_private.h"

#define FRESH_MS 5000

struct waiting {
	void (*done)(struct request *rq);
	struct request *rq;
};

struct recheck {
	struct signing *sg;
	struct change_id change;
	int revision;
	char digest[DIGEST_HEX_SIZE];
	int64_t last_said; /* the newest decision that was looked at */
	bool needs_signatures, has_voided;
	struct signature *items;
	size_t count, capacity, at;
	char *signers;
	bool is_done;
	int64_t done_ms;
	struct error error; /* it could not be asked; code NONE: it was */
	struct waiting *waiting;
	size_t waiting_count, waiting_capacity;
	struct recheck *next;
};

static void recheck_ask(struct recheck *r);

static struct recheck *
recheck_find(struct signing *sg, struct change_id id)
{
	struct recheck *r;

	for (r = sg->rechecks; r != NULL; r = r->next)
		if (r->change.number == id.number)
			return r;
	return NULL;
}

static void
recheck_free(struct recheck *r)
{
	struct recheck **slot;
	size_t i;

	for (slot = &r->sg->rechecks; *slot != r; slot = &(*slot)->next)
		;
	*slot = r->next;
	for (i = 0; i < r->count; i++)
		signature_finish(&r->items[i]);
	free(r->items);
	free(r->waiting);
	free(r->signers);
	free(r);
}

void
signing_forget_rechecks(struct signing *sg)
{
	while (sg->rechecks != NULL)
		recheck_free(sg->rechecks);
}

static void
recheck_end(struct recheck *r)
{
	struct waiting *waiting = r->waiting;
	size_t count = r->waiting_count, i;
	struct engine *en = r->sg->en;
	const struct change_id change = r->change;

	r->is_done = true;
	r->done_ms = clock_mono_ms(en->clock);
	r->waiting = NULL;
	r->waiting_count = r->waiting_capacity = 0;
	for (i = 0; i < count; i++)
		waiting[i].done(waiting[i].rq);
	free(waiting);
	/* It served whoever waited, whatever came of that. */
	if (count > 0 && recheck_find(en->signing, change) == r && r->is_done)
		recheck_free(r);
	engine_wake(en);
}

/* The answer counts no more; the start that asked finds it so. */
static void
void_answer(struct recheck *r, const struct signature *s, const char *why)
{
	struct engine *en = r->sg->en;
	char id[ID_TEXT_SIZE];
	char *reason = xasprintf("its signature does not verify any more: %s",
		why);
	struct error e;

	change_id_format(r->change, id);
	engine_write(en);
	engine_must(store_decision_void(en->store, s->decision, reason, &e),
		&e, "void a decision");
	engine_record(en, "engine", -1, "decision.voided", id, reason,
		json_pack("{s:I, s:s, s:s}", "decision",
			(json_int_t)s->decision, "principal", s->principal,
			"key", s->key));
	free(reason);
	r->has_voided = true;
}

static void
on_answer(int result, const char *words, const struct error *e, void *arg)
{
	struct recheck *r = arg;
	const struct signature *s = &r->items[r->at];
	struct error other;

	if (result == 0 && s->message == NULL &&
		strcmp(words, s->principal) != 0) {
		error_set(&other, ERROR_SIGNATURE, "its key is that of '%s'",
			words);
		result = -1;
		e = &other;
	}
	if (result == -1 && e->code != ERROR_SIGNATURE) {
		r->error = *e;
		recheck_end(r);
		return;
	}
	if (result == -1 && s->decision != 0) {
		void_answer(r, s, e->text);
	} else if (result == -1) {
		r->error = *e;
		error_prefix(&r->error,
			"the signature of the artefact by '%s' does not count "
			"any more", s->principal);
	}
	r->at++;
	recheck_ask(r);
}

static void
recheck_ask(struct recheck *r)
{
	const struct signature *s = &r->items[r->at];
	struct keygen_question q = {.message_fd = -1, .signers = r->signers};

	if (r->at == r->count) {
		recheck_end(r);
		return;
	}
	/* Of an artefact whose bytes were signed only the key is asked: the
	 * digest that they were found to have stands for them since. */
	q.kind = s->message == NULL ? KEYGEN_WHOSE : KEYGEN_VERIFY;
	q.namespace = s->namespace;
	q.signature = s->text;
	q.message = s->message == NULL ? "" : s->message;
	q.message_len = strlen(q.message);
	q.principal = s->principal;
	q.at = s->at;
	keygen_ask(r->sg->keygen, &q, on_answer, r);
}

/* ---- what is to be asked ---- */

static void
add_signature(struct recheck *r, struct signature s)
{
	ARRAY_GROW(r->items, r->count, r->capacity);
	r->items[r->count++] = s;
}

static int64_t
last_of(const struct decisions *list)
{
	return list->count == 0 ? 0 : list->items[list->count - 1].id;
}

/* The answers that count; one that lacks what the policy asks for does not. */
static int
collect_answers(struct recheck *r, const struct change *c, struct error *e)
{
	struct engine *en = r->sg->en;
	char id[ID_TEXT_SIZE];
	struct decisions list;
	struct signature s;
	int found = 0;
	size_t i;

	change_id_format(c->id, id);
	governance_decisions(en, id, PERMISSION_APPROVE, &list);
	r->last_said = last_of(&list);
	for (i = 0; i < list.count && found != -1; i++) {
		const struct decision *d = &list.items[i];

		if (d->verb != DECISION_APPROVE ||
			!decision_stands(d, c->revision, c->plan_digest))
			continue;
		found = store_signature_find(en->store, d->id, &s, e);
		if (found == 1) {
			add_signature(r, s);
		} else if (found == 0 && r->needs_signatures) {
			s = (struct signature){.decision = d->id,
				.principal = d->person,
				.key = (char *)(uintptr_t) ""};
			void_answer(r, &s, "there is none");
		}
	}
	decisions_finish(&list);
	return found == -1 ? -1 : 0;
}

static int
collect(struct recheck *r, const struct change *c, const struct policy *p,
	struct error *e)
{
	char sha256[DIGEST_HEX_SIZE];
	struct signature s;
	int found = 0;

	if (collect_answers(r, c, e) == -1)
		return -1;
	if (p->artefact_signers.count > 0)
		found = store_signature_of_release(
			r->sg->en->store, c->service, c->version, &s, e);
	if (found == 1)
		add_signature(r, s);
	if (found == -1)
		return -1;
	return r->count == 0
		       ? 0
		       : signing_signers(r->sg->en, &r->signers, sha256, e);
}

static int
recheck_begin(struct signing *sg, const struct change *c,
	const struct policy *p, struct error *e)
{
	struct recheck *r = xcalloc(1, sizeof(*r));
	char id[ID_TEXT_SIZE];
	int result;

	r->sg = sg;
	r->change = c->id;
	r->revision = c->revision;
	memcpy(r->digest, c->plan_digest, sizeof(r->digest));
	r->needs_signatures = p->is_signed;
	r->next = sg->rechecks;
	sg->rechecks = r;
	change_id_format(c->id, id);
	result = collect(r, c, p, e);
	if (result == 0 && r->has_voided && r->count == 0)
		result = error_set(e, ERROR_NOT_APPROVED,
			"no approval of %s is signed", id);
	if (result == -1 || r->count == 0) {
		recheck_free(r);
		return result;
	}
	recheck_ask(r);
	error_set(e, ERROR_BUSY, "the signatures about %s are being verified",
		id);
	return error_hint(e, "ask again in a moment");
}

/* ---- asked at a start ---- */

/* Of this plan, of all that was said about it, and just now. */
static bool
is_fresh(const struct recheck *r, const struct change *c)
{
	struct engine *en = r->sg->en;
	struct decisions list;
	char id[ID_TEXT_SIZE];
	bool same;

	change_id_format(c->id, id);
	governance_decisions(en, id, PERMISSION_APPROVE, &list);
	same = r->last_said == last_of(&list) && r->revision == c->revision &&
	       strcmp(r->digest, c->plan_digest) == 0;
	decisions_finish(&list);
	return same && clock_mono_ms(en->clock) - r->done_ms <= FRESH_MS;
}

/* What was verified serves this start and no other. */
static int
take_result(struct recheck *r, struct error *e)
{
	int result = r->error.code == ERROR_NONE ? 0 : -1;

	if (result == -1)
		*e = r->error;
	recheck_free(r);
	return result;
}

int
signing_refuse_start(struct engine *en, const struct change *c, struct error *e)
{
	struct signing *sg = en->signing;
	struct recheck *r = recheck_find(sg, c->id);
	struct policy p;
	int result = 0;

	if (r != NULL && !r->is_done)
		return error_set(e, ERROR_BUSY,
			"its signatures are being verified");
	if (r != NULL && is_fresh(r, c))
		return take_result(r, e);
	if (r != NULL)
		recheck_free(r);
	if (change_policy(en, c, &p, e) == -1)
		return -1;
	if ((p.is_signed && p.approvals > 0) || p.artefact_signers.count > 0)
		result = recheck_begin(sg, c, &p, e);
	policy_finish(&p);
	return result;
}

bool
signing_wait(struct engine *en, struct change_id id,
	void (*done)(struct request *rq), struct request *rq)
{
	struct recheck *r = recheck_find(en->signing, id);

	if (r == NULL || r->is_done)
		return false;
	if (done != NULL) {
		ARRAY_GROW(r->waiting, r->waiting_count, r->waiting_capacity);
		r->waiting[r->waiting_count++] = (struct waiting){done, rq};
	}
	return true;
}
