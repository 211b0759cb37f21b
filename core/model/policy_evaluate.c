/* policy_evaluate.c - each rule of a policy against the facts, in words. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"
#include "model/policy.h"
#include "model/release.h"

static const char *const verdict_names[POLICY_VERDICT_COUNT] = {
	"pass", "wait", "fail", "note"};

const char *
policy_verdict_name(enum policy_verdict v)
{
	assert((unsigned)v < POLICY_VERDICT_COUNT);
	return verdict_names[v];
}

void
policy_results_finish(struct policy_results *r)
{
	size_t i;

	for (i = 0; i < r->count; i++) {
		free(r->items[i].what);
		free(r->items[i].reason);
	}
	free(r->items);
	memset(r, 0, sizeof(*r));
}

/* Takes what. */
static void SLUICE_PRINTF(6, 7)
add(struct policy_results *ret, enum policy_key key, char *what, int line,
	enum policy_verdict verdict, const char *fmt, ...)
{
	struct policy_result *r;
	struct strbuf reason;
	va_list ap;

	strbuf_init(&reason);
	va_start(ap, fmt);
	strbuf_vaddf(&reason, fmt, ap);
	va_end(ap);
	ARRAY_GROW(ret->items, ret->count, ret->capacity);
	r = &ret->items[ret->count++];
	*r = (struct policy_result){
		key, what, line, verdict, strbuf_detach(&reason)};
}

static bool
is_overridden(const struct policy_facts *f, const char *what)
{
	return f->overridden != NULL && strings_has(f->overridden, what);
}

static void
add_people(const struct policy *p, const struct policy_facts *f,
	struct policy_results *ret)
{
	int given = f->tally->given;
	size_t i;

	add(ret, POLICY_APPROVALS, xstrdup("approvals"),
		p->lines[POLICY_APPROVALS],
		given >= p->approvals ? POLICY_PASS : POLICY_WAIT,
		"%d of %d approvals %s given", given, p->approvals,
		given == 1 ? "is" : "are");
	for (i = 0; i < p->roles.count; i++) {
		const char *role = p->roles.items[i];
		bool is_missing = strings_has(&f->tally->missing_roles, role);

		add(ret, POLICY_ROLES, xasprintf("role %s", role),
			p->lines[POLICY_ROLES],
			is_missing ? POLICY_WAIT : POLICY_PASS,
			is_missing ? "none of the approvals is by a %s"
				   : "one of the approvals is by a %s",
			role);
	}
	if (p->approvals > 0)
		add(ret, POLICY_AUTHOR, xstrdup("author_may_approve"),
			p->lines[POLICY_AUTHOR], POLICY_NOTE,
			p->author_may_approve ? "the author counts"
					      : "the author never counts");
}

static void
add_evidence(const struct policy *p, const struct policy_facts *f,
	struct policy_results *ret)
{
	struct strbuf why;
	size_t i;

	strbuf_init(&why);
	for (i = 0; i < p->evidence_count; i++) {
		const struct evidence_rule *r = &p->evidence[i];
		char *what = xasprintf("evidence %s%s%s", r->kind,
			r->role == NULL ? "" : " by ",
			r->role == NULL ? "" : r->role);
		bool ok;

		strbuf_clear(&why);
		ok = evidence_satisfies(r, f->evidence, f->evidence_count,
			f->sha256, f->now, &why);
		if (!ok && is_overridden(f, what)) {
			strbuf_adds(&why, "; overridden");
			ok = true;
		}
		add(ret, POLICY_EVIDENCE, what, r->line,
			ok ? POLICY_PASS : POLICY_FAIL, "%s", why.buf);
	}
	strbuf_finish(&why);
}

bool
policy_is_signer(const char *patterns, const char *principal)
{
	char *copy = xstrdup(patterns), *rest = copy, *one;
	bool found = false;

	while (principal != NULL && (one = strsep(&rest, "|")) != NULL)
		found = found || text_matches(one, principal);
	free(copy);
	return found;
}

static void
add_signatures(const struct policy *p, const struct policy_facts *f,
	struct policy_results *ret)
{
	size_t i;

	if (p->is_signed && p->approvals > 0)
		add(ret, POLICY_SIGNED, xstrdup("signed"),
			p->lines[p->hardware_keys ? POLICY_HARDWARE_KEYS
						  : POLICY_SIGNED],
			POLICY_NOTE, "each approval is signed%s",
			p->hardware_keys ? " by a key in a device" : "");
	for (i = 0; i < p->artefact_signers.count; i++) {
		const char *who = p->artefact_signers.items[i];

		add(ret, POLICY_ARTEFACT_SIGNED_BY,
			xstrdup("artefact_signed_by"),
			p->lines[POLICY_ARTEFACT_SIGNED_BY],
			policy_is_signer(who, f->signed_by) ? POLICY_PASS
							    : POLICY_FAIL,
			"the artefact is %s%s, %s asked for",
			f->signed_by == NULL ? "not signed" : "signed by ",
			f->signed_by == NULL ? "" : f->signed_by, who);
	}
}

static void
add_place(const struct policy *p, const struct policy_facts *f, size_t i,
	struct policy_results *ret)
{
	const char *env = p->after.items[i];
	char *what = xasprintf("after %s", env);
	char is[TIME_TEXT_SIZE], must[TIME_TEXT_SIZE];
	int64_t since = f->places == NULL ? 0 : f->places[i].since;
	int64_t there_ms = (f->now - since) * 1000;
	int line = p->lines[POLICY_AFTER];
	bool spared = is_overridden(f, what);

	if (since == 0) {
		add(ret, POLICY_AFTER, what, line,
			spared ? POLICY_PASS : POLICY_FAIL,
			"it has not succeeded in %s%s", env,
			spared ? "; overridden" : "");
		return;
	}
	duration_format(there_ms, is);
	duration_format(p->soak_ms, must);
	if (there_ms < p->soak_ms)
		add(ret, POLICY_SOAK, what, p->lines[POLICY_SOAK],
			spared ? POLICY_PASS : POLICY_WAIT,
			"it has been in %s for %s of %s%s", env, is, must,
			spared ? "; overridden" : "");
	else
		add(ret, POLICY_AFTER, what, line, POLICY_PASS,
			"it succeeded in %s %s ago", env, is);
}

static void
add_need(const struct policy *p, const struct policy_facts *f, size_t i,
	struct policy_results *ret)
{
	const struct policy_need *n = &f->needs[i];
	char *what = xasprintf("needs %s", p->needs.items[i]);
	bool is_met = n->hosts > 0 && n->with == n->hosts;
	bool spared = !is_met && is_overridden(f, what);
	struct release_need need;

	if (!release_need_parse(p->needs.items[i], &need)) {
		free(what);
		return;
	}
	if (n->hosts == 0)
		add(ret, POLICY_NEEDS, what, 0,
			spared ? POLICY_PASS : POLICY_FAIL,
			"%s is on no host of '%s'%s", need.service, n->env,
			spared ? "; overridden" : "");
	else
		add(ret, POLICY_NEEDS, what, 0,
			is_met || spared ? POLICY_PASS : POLICY_FAIL,
			"%s %s, or newer, is on %d of %d host%s of '%s'%s",
			need.service, need.version, n->with, n->hosts,
			n->hosts == 1 ? "" : "s", n->env,
			spared ? "; overridden" : "");
}

static void
add_limit(const struct policy *p, enum policy_key key, int64_t ms, int64_t at,
	int64_t now, struct policy_results *ret)
{
	char span[TIME_TEXT_SIZE], when[TIME_TEXT_SIZE];

	if (ms == 0)
		return;
	duration_format(ms, span);
	time_format_utc(at, when);
	if (at == 0)
		add(ret, key, xstrdup(policy_key_name(key)), p->lines[key],
			POLICY_NOTE, "%s, then %s", span,
			on_expiry_name(p->on_expiry));
	else
		add(ret, key, xstrdup(policy_key_name(key)), p->lines[key],
			now < at ? POLICY_PASS : POLICY_FAIL,
			"until %s, then %s", when,
			on_expiry_name(p->on_expiry));
}

static void
add_risk(const struct policy *p, const struct policy_facts *f,
	struct policy_results *ret)
{
	if (p->lines[POLICY_RISK] != 0)
		add(ret, POLICY_RISK, xstrdup("risk_above"),
			p->lines[POLICY_RISK], POLICY_NOTE,
			"the risk is %d, above %d: more is asked for", f->risk,
			p->risk_above);
	if (p->max_risk >= 0)
		add(ret, POLICY_MAX_RISK, xstrdup("max_risk"),
			p->lines[POLICY_MAX_RISK],
			f->risk <= p->max_risk ? POLICY_PASS : POLICY_FAIL,
			"the risk is %d of at most %d", f->risk, p->max_risk);
}

void
policy_evaluate(const struct policy *p, const struct policy_facts *f,
	struct policy_results *ret)
{
	size_t i;

	memset(ret, 0, sizeof(*ret));
	add_people(p, f, ret);
	add_risk(p, f, ret);
	add_signatures(p, f, ret);
	add_evidence(p, f, ret);
	for (i = 0; i < p->after.count; i++)
		add_place(p, f, i, ret);
	for (i = 0; f->needs != NULL && i < p->needs.count; i++)
		add_need(p, f, i, ret);
	add_limit(p, POLICY_ANSWER_WITHIN, p->answer_within_ms, f->answer_by,
		f->now, ret);
	add_limit(p, POLICY_VALID_FOR, p->valid_for_ms, f->valid_until,
		f->now, ret);
}
