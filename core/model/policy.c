/* policy.c - policies merged, overridden by type, written into plans. */
#include "model/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const key_names[POLICY_KEY_COUNT] = {
#define POLICY_KEY(id, name, sentence) [POLICY_##id] = name,
#include "model/policy_keys.def"
#undef POLICY_KEY
};

const char *
policy_key_name(enum policy_key k)
{
	assert((unsigned)k < POLICY_KEY_COUNT);
	return key_names[k];
}

void
policy_init(struct policy *p)
{
	memset(p, 0, sizeof(*p));
	p->grace_ms = POLICY_GRACE_MS;
	p->review_within_ms = POLICY_REVIEW_MS;
	p->risk_above = p->max_risk = -1;
	p->remind_ms = p->escalate_ms = -1;
}

void
policy_finish(struct policy *p)
{
	size_t i;

	strings_finish(&p->roles);
	strings_finish(&p->after);
	strings_finish(&p->needs);
	strings_finish(&p->escalate_to);
	strings_finish(&p->artefact_signers);
	strings_finish(&p->emergency_roles);
	strings_finish(&p->emergency_waives);
	for (i = 0; i < p->evidence_count; i++) {
		free(p->evidence[i].kind);
		free(p->evidence[i].role);
		free(p->evidence[i].result);
	}
	free(p->evidence);
	memset(p, 0, sizeof(*p));
}

/* ---- merging ---- */

static void
add_all(struct strings *to, const struct strings *from)
{
	size_t i;

	for (i = 0; i < from->count; i++)
		if (!strings_has(to, from->items[i]))
			strings_add(to, from->items[i]);
}

static bool
is_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Two rules about the same thing become the stricter of both; where their
 * results differ they stay two. */
static void
add_evidence(struct policy *to, const struct evidence_rule *from)
{
	struct evidence_rule *r;
	size_t i;

	for (i = 0; i < to->evidence_count; i++) {
		r = &to->evidence[i];
		if (!is_same(r->kind, from->kind) ||
			!is_same(r->role, from->role) ||
			(r->result != NULL && from->result != NULL &&
				strcmp(r->result, from->result) != 0))
			continue;
		if (r->result == NULL)
			r->result = xstrdup_or_null(from->result);
		if (r->max_age_ms == 0 || (from->max_age_ms != 0 &&
						  from->max_age_ms <
							  r->max_age_ms)) {
			r->max_age_ms = from->max_age_ms;
			r->line = from->line;
		}
		return;
	}
	to->evidence = xrealloc(to->evidence, to->evidence_count + 1,
		sizeof(*to->evidence));
	r = &to->evidence[to->evidence_count++];
	*r = *from;
	r->kind = xstrdup(from->kind);
	r->role = xstrdup_or_null(from->role);
	r->result = xstrdup_or_null(from->result);
}

/* True if from says something about key that to has to take: it asks for
 * more, or to says nothing. The line goes with it. */
static bool
takes(struct policy *to, const struct policy *from, enum policy_key key,
	bool asks_more)
{
	if (from->lines[key] == 0 || (to->lines[key] != 0 && !asks_more))
		return false;
	to->lines[key] = from->lines[key];
	return true;
}

static void
merge_limits(struct policy *to, const struct policy *from)
{
	if (takes(to, from, POLICY_ANSWER_WITHIN,
		    from->answer_within_ms < to->answer_within_ms))
		to->answer_within_ms = from->answer_within_ms;
	if (takes(to, from, POLICY_REMIND, from->remind_ms > to->remind_ms))
		to->remind_ms = from->remind_ms;
	if (takes(to, from, POLICY_ESCALATE,
		    from->escalate_ms > to->escalate_ms))
		to->escalate_ms = from->escalate_ms;
	add_all(&to->escalate_to, &from->escalate_to);
	if (takes(to, from, POLICY_VALID_FOR,
		    from->valid_for_ms < to->valid_for_ms))
		to->valid_for_ms = from->valid_for_ms;
	if (takes(to, from, POLICY_ON_EXPIRY, from->on_expiry > to->on_expiry))
		to->on_expiry = from->on_expiry;
	if (takes(to, from, POLICY_SOAK, from->soak_ms > to->soak_ms))
		to->soak_ms = from->soak_ms;
	if (takes(to, from, POLICY_GRACE, from->grace_ms > to->grace_ms))
		to->grace_ms = from->grace_ms;
	if (takes(to, from, POLICY_REVIEW,
		    from->review_within_ms < to->review_within_ms))
		to->review_within_ms = from->review_within_ms;
}

/* What an emergency is spared must be spared by all that speak of it. */
static void
merge_emergency(struct policy *to, const struct policy *from)
{
	bool is_first = to->lines[POLICY_EMERGENCY] == 0;
	struct strings both = {0};
	size_t i;

	if (from->lines[POLICY_EMERGENCY] == 0)
		return;
	if (takes(to, from, POLICY_EMERGENCY,
		    from->emergency_approvals > to->emergency_approvals))
		to->emergency_approvals = from->emergency_approvals;
	add_all(&to->emergency_roles, &from->emergency_roles);
	for (i = 0; i < from->emergency_waives.count; i++)
		if (is_first || strings_has(&to->emergency_waives,
					from->emergency_waives.items[i]))
			strings_add(&both, from->emergency_waives.items[i]);
	strings_finish(&to->emergency_waives);
	to->emergency_waives = both;
}

static void
merge_signatures(struct policy *to, const struct policy *from)
{
	if (takes(to, from, POLICY_HARDWARE_KEYS,
		    from->hardware_keys && !to->hardware_keys))
		to->hardware_keys = from->hardware_keys;
	if (takes(to, from, POLICY_SIGNED, from->is_signed && !to->is_signed))
		to->is_signed = from->is_signed;
	to->is_signed = to->is_signed || to->hardware_keys;
	if (from->lines[POLICY_ARTEFACT_SIGNED_BY] != 0)
		to->lines[POLICY_ARTEFACT_SIGNED_BY] =
			from->lines[POLICY_ARTEFACT_SIGNED_BY];
	add_all(&to->artefact_signers, &from->artefact_signers);
}

void
policy_merge(struct policy *to, const struct policy *from)
{
	size_t i;

	if (takes(to, from, POLICY_APPROVALS, from->approvals > to->approvals))
		to->approvals = from->approvals;
	if (from->lines[POLICY_ROLES] != 0)
		to->lines[POLICY_ROLES] = from->lines[POLICY_ROLES];
	add_all(&to->roles, &from->roles);
	if (takes(to, from, POLICY_AUTHOR,
		    to->author_may_approve && !from->author_may_approve))
		to->author_may_approve = from->author_may_approve;
	merge_signatures(to, from);
	for (i = 0; i < from->evidence_count; i++)
		add_evidence(to, &from->evidence[i]);
	if (from->lines[POLICY_EVIDENCE] != 0)
		to->lines[POLICY_EVIDENCE] = from->lines[POLICY_EVIDENCE];
	if (from->lines[POLICY_AFTER] != 0)
		to->lines[POLICY_AFTER] = from->lines[POLICY_AFTER];
	add_all(&to->after, &from->after);
	merge_limits(to, from);
	merge_emergency(to, from);
	if (takes(to, from, POLICY_RISK, from->risk_above > to->risk_above))
		to->risk_above = from->risk_above;
}

/* ---- types ---- */

static void
drop_evidence(struct policy *p)
{
	size_t i;

	for (i = 0; i < p->evidence_count; i++) {
		free(p->evidence[i].kind);
		free(p->evidence[i].role);
		free(p->evidence[i].result);
	}
	free(p->evidence);
	p->evidence = NULL;
	p->evidence_count = 0;
}

static void
for_emergency(struct policy *p)
{
	if (p->lines[POLICY_EMERGENCY] == 0)
		return;
	p->approvals = p->emergency_approvals;
	strings_finish(&p->roles);
	strings_copy(&p->roles, &p->emergency_roles);
	p->lines[POLICY_APPROVALS] = p->lines[POLICY_EMERGENCY];
	p->lines[POLICY_ROLES] = p->lines[POLICY_EMERGENCY];
	if (strings_has(&p->emergency_waives, "evidence"))
		drop_evidence(p);
	if (strings_has(&p->emergency_waives, "signed")) {
		p->is_signed = p->hardware_keys = false;
		strings_finish(&p->artefact_signers);
	}
	if (strings_has(&p->emergency_waives, "after")) {
		strings_finish(&p->after);
		p->soak_ms = 0;
	}
}

void
policy_for_type(struct policy *p, enum change_type type,
	const struct standard *standard)
{
	if (type == CHANGE_TYPE_EMERGENCY) {
		for_emergency(p);
	} else if (type == CHANGE_TYPE_STANDARD && standard != NULL) {
		p->approvals = standard->approvals;
		strings_finish(&p->roles);
		p->lines[POLICY_APPROVALS] = standard->line;
		p->max_risk = standard->max_risk;
		if (p->max_risk >= 0)
			p->lines[POLICY_MAX_RISK] = standard->line;
	}
}

const struct standard *
standard_find(const struct standard *list, size_t count, const char *service,
	const char *strategy, int risk)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (strings_has(&list[i].services, service) &&
			(list[i].strategies.count == 0 ||
				strings_has(&list[i].strategies, strategy)) &&
			(list[i].max_risk < 0 ||
				(risk >= 0 && risk <= list[i].max_risk)))
			return &list[i];
	return NULL;
}

/* ---- the plan ---- */

static void
add_number(struct pairs *rules, const char *name, int64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", (long long)value);
	pairs_set(rules, name, text);
}

static void
add_list(struct pairs *rules, const char *name, const struct strings *list)
{
	struct strbuf text;
	size_t i;

	strbuf_init(&text);
	for (i = 0; i < list->count; i++)
		strbuf_addf(&text, "%s%s", i == 0 ? "" : ",", list->items[i]);
	if (list->count > 0)
		pairs_set(rules, name, text.buf);
	strbuf_finish(&text);
}

static void
add_evidence_rule(struct pairs *rules, const struct evidence_rule *r)
{
	char *name = xasprintf("evidence.%s%s%s%s%s", r->kind,
		r->role == NULL ? "" : "@", r->role == NULL ? "" : r->role,
		r->result == NULL ? "" : "=",
		r->result == NULL ? "" : r->result);
	char *value = xasprintf("max_age_ms %lld", (long long)r->max_age_ms);

	pairs_set(rules, name, value);
	free(name);
	free(value);
}

void
policy_add_rules(const struct policy *p, struct pairs *rules)
{
	size_t i;

	add_number(rules, "approvals", p->approvals);
	pairs_set(rules, "author_may_approve",
		p->author_may_approve ? "yes" : "no");
	add_number(rules, "grace_ms", p->grace_ms);
	pairs_set(rules, "signed", p->is_signed ? "yes" : "no");
	if (p->hardware_keys)
		pairs_set(rules, "hardware_keys", "yes");
	add_list(rules, "artefact_signed_by", &p->artefact_signers);
	add_list(rules, "roles", &p->roles);
	for (i = 0; i < p->evidence_count; i++)
		add_evidence_rule(rules, &p->evidence[i]);
	add_list(rules, "after", &p->after);
	add_list(rules, "needs", &p->needs);
	if (p->soak_ms > 0)
		add_number(rules, "soak_ms", p->soak_ms);
	if (p->answer_within_ms > 0)
		add_number(rules, "answer_within_ms", p->answer_within_ms);
	if (p->valid_for_ms > 0)
		add_number(rules, "valid_for_ms", p->valid_for_ms);
	if (p->answer_within_ms > 0 || p->valid_for_ms > 0)
		pairs_set(rules, "on_expiry", on_expiry_name(p->on_expiry));
}
