/*
 * store_agree.c - whether the tables say what the ledger says: who decided
 * what, about which plan, which bytes a version is, which freezes there are
 * and who was let through, what ran; and that nothing is gone. Looked at in
 * slices, so that whoever asks can go on meanwhile.
 */
#include "store/store_private.h"

#include <stdlib.h>
#include <string.h>

#define SLICE 500
#define SLICE_ENTRIES 20000
#define PLANS_SLICE 20

/* What each looks at is rows by id, so many from the first parameter on. */
static const struct {
	enum statement problems, last;
	int64_t slice;
} looks[] = {
	{STATEMENT_AGREE_DECISIONS, STATEMENT_LAST_DECISION, SLICE},
	{STATEMENT_AGREE_SAID, STATEMENT_LAST_DECISION, SLICE},
	{STATEMENT_AGREE_CHANGES, STATEMENT_LAST_CHANGE, SLICE},
	{STATEMENT_AGREE_RELEASES, STATEMENT_LAST_RELEASE, SLICE},
	{STATEMENT_AGREE_EVIDENCE, STATEMENT_LAST_EVIDENCE, SLICE},
	{STATEMENT_AGREE_PROPOSALS, STATEMENT_LAST_PROPOSAL, SLICE},
	{STATEMENT_AGREE_OVERRIDES, STATEMENT_LAST_OVERRIDE, SLICE},
	{STATEMENT_AGREE_PERIODS, STATEMENT_LAST_PERIOD, SLICE},
	{STATEMENT_AGREE_LINES, STATEMENT_LAST_LINE, SLICE},
	{STATEMENT_AGREE_ROLLOUTS, STATEMENT_LAST_ROLLOUT, SLICE},
	{STATEMENT_AGREE_ENTRIES, STATEMENT_LAST_ENTRY, SLICE_ENTRIES},
};

static int64_t
read_last(struct store *s, enum statement id)
{
	struct query q;
	int64_t last = 0;

	query_begin(&q, s, id);
	if (query_next(&q, NULL) == 1)
		last = query_int(&q);
	query_end(&q);
	return last;
}

static void
look(struct store *s, enum statement id, int64_t after, int64_t last,
	struct strbuf *out)
{
	struct query q;
	struct error e;
	char *text;
	int got;

	query_begin(&q, s, id);
	query_bind_int(&q, after);
	query_bind_int(&q, last);
	while ((got = query_next(&q, &e)) == 1) {
		text = query_text(&q);
		strbuf_addf(out, "%s\n", text == NULL ? "" : text);
		free(text);
	}
	query_end(&q);
	if (got == -1)
		strbuf_addf(out, "the tables cannot be compared: %s\n", e.text);
}

/* The name of a plan is its digest. True: there are more. */
static bool
look_at_plans(struct store *s, char after[DIGEST_HEX_SIZE], struct strbuf *out)
{
	char digest[DIGEST_HEX_SIZE], is[DIGEST_HEX_SIZE];
	const char *text;
	struct query q;
	size_t len;
	int count = 0;

	query_begin(&q, s, STATEMENT_PLAN_EACH);
	query_bind_text(&q, after);
	query_bind_int(&q, PLANS_SLICE);
	while (query_next(&q, NULL) == 1) {
		query_hash(&q, digest);
		text = query_bytes(&q, &len);
		digest_hex(text, len, is);
		if (strcmp(digest, is) != 0)
			strbuf_addf(out, "plan %.12s: was altered\n", digest);
		count++;
	}
	query_end(&q);
	if (count > 0)
		memcpy(after, digest, DIGEST_HEX_SIZE);
	return count == PLANS_SLICE;
}

int
store_ledger_agree(
	struct store *s, struct ledger_agreement *a, struct strbuf *out)
{
	int64_t last;

	if (a->look == ARRAY_SIZE(looks))
		return look_at_plans(s, a->plan, out);
	last = a->after + looks[a->look].slice;
	look(s, looks[a->look].problems, a->after, last, out);
	a->after = last;
	if (a->after >= read_last(s, looks[a->look].last)) {
		a->look++;
		a->after = 0;
	}
	return 1;
}

/* ---- signatures ---- */

int
store_signature_next(struct store *s, int64_t *after, struct signature *ret,
	struct error *e)
{
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_SIGNATURE_NEXT);
	query_bind_int(&q, *after);
	got = query_next(&q, e);
	if (got == 1)
		*after = query_int(&q);
	if (got == 1)
		store_signature_read(&q, ret);
	query_end(&q);
	return got;
}

int
store_signature_entry(struct store *s, const struct signature *sig,
	int64_t *ret_seq, char ret_signature[DIGEST_HEX_SIZE],
	char ret_message[DIGEST_HEX_SIZE], struct error *e)
{
	char *object = sig->decision != 0
			       ? NULL
			       : xasprintf("%s %s", sig->service, sig->version);
	char digest[DIGEST_HEX_SIZE];
	struct query q;
	int got;

	query_begin(&q, s,
		sig->decision != 0 ? STATEMENT_SIGNATURE_ENTRY
				   : STATEMENT_SIGNATURE_ENTRY_RELEASE);
	digest_hex(sig->text, strlen(sig->text), digest);
	if (sig->decision != 0) {
		query_bind_int(&q, sig->decision);
	} else {
		query_bind_text(&q, object);
		query_bind_text(&q, digest);
	}
	got = query_next(&q, e);
	if (got == 1) {
		*ret_seq = query_int(&q);
		query_hash(&q, ret_signature);
		query_hash(&q, ret_message);
	}
	query_end(&q);
	free(object);
	return got;
}
