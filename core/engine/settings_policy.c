/* settings_policy.c - what a policy says: in an environment, and in the list
 * of policies that apply where they match. */
#include <stdlib.h>
#include <string.h>

#include "engine/settings_reader.h"
#include "model/hostset.h"
#include "model/policy.h"

/* ---- reading ---- */

static void
note_lines(const config_setting_t *node, struct policy *p)
{
	int i;

	for (i = 0; i < POLICY_KEY_COUNT; i++) {
		const config_setting_t *found = node_get(
			node, policy_key_name((enum policy_key)i));

		if (found != NULL)
			p->lines[i] = node_line(found);
	}
}

static void
read_evidence(const config_setting_t *list, struct policy *p)
{
	int count = node_count(list), i;

	p->evidence = xcalloc((size_t)count + 1, sizeof(*p->evidence));
	for (i = 0; i < count; i++) {
		const config_setting_t *node = node_at(list, i);
		struct evidence_rule *r = &p->evidence[p->evidence_count];

		if (node_text(node, "kind") == NULL)
			continue;
		r->kind = xstrdup(node_text(node, "kind"));
		r->role = xstrdup_or_null(node_text(node, "role"));
		r->result = xstrdup_or_null(node_text(node, "result"));
		r->max_age_ms = node_duration(node, "max_age", 0);
		r->line = node_line(node);
		p->evidence_count++;
	}
}

static void
read_emergency(const config_setting_t *node, struct policy *p)
{
	const config_setting_t *review = node_get(node, "review_within");

	p->emergency_approvals = node_int(node, "approvals", 0);
	node_texts(node, "roles", &p->emergency_roles);
	node_texts(node, "waives", &p->emergency_waives);
	p->review_within_ms =
		node_duration(node, "review_within", POLICY_REVIEW_MS);
	if (review != NULL)
		p->lines[POLICY_REVIEW] = node_line(review);
}

/* One list is one demand: any of those is enough for it. */
static void
read_artefact_signers(const config_setting_t *node, struct policy *p)
{
	struct strings list = {0};
	struct strbuf any;
	size_t i;

	node_texts(node, "artefact_signed_by", &list);
	strbuf_init(&any);
	for (i = 0; i < list.count; i++)
		strbuf_addf(&any, "%s%s", i == 0 ? "" : "|", list.items[i]);
	if (list.count > 0)
		strings_add(&p->artefact_signers, any.buf);
	strbuf_finish(&any);
	strings_finish(&list);
}

void
settings_read_policy(const config_setting_t *node, struct policy *p)
{
	const char *expiry = node_text(node, "on_expiry");
	int on_expiry = expiry == NULL ? -1 : on_expiry_parse(expiry);

	policy_init(p);
	note_lines(node, p);
	p->approvals = node_int(node, "approvals", 0);
	node_texts(node, "roles", &p->roles);
	p->author_may_approve = node_bool(node, "author_may_approve", false);
	p->grace_ms = node_duration(node, "grace", POLICY_GRACE_MS);
	p->hardware_keys = node_bool(node, "hardware_keys", false);
	p->is_signed = p->hardware_keys || node_bool(node, "signed", false);
	read_artefact_signers(node, p);
	read_evidence(node_get(node, "evidence"), p);
	p->answer_within_ms = node_duration(node, "answer_within", 0);
	p->remind_ms = node_duration(node, "remind_before", -1);
	p->escalate_ms = node_duration(node, "escalate_before", -1);
	node_texts(node, "escalate_to", &p->escalate_to);
	p->valid_for_ms = node_duration(node, "valid_for", 0);
	if (on_expiry != -1)
		p->on_expiry = (enum on_expiry)on_expiry;
	read_emergency(node_get(node, "emergency"), p);
	p->risk_above = node_int(node, "risk_above", -1);
}

/* `after` and `soak` stand beside the policy of an environment, and inside
 * an entry of `policies`. */
void
settings_read_after(const config_setting_t *node, struct policy *p)
{
	node_texts(node, "after", &p->after);
	p->soak_ms = node_duration(node, "soak", 0);
	if (node_get(node, "after") != NULL)
		p->lines[POLICY_AFTER] = node_line(node_get(node, "after"));
	if (node_get(node, "soak") != NULL)
		p->lines[POLICY_SOAK] = node_line(node_get(node, "soak"));
}

void
settings_read_standard(
	const config_setting_t *list, struct environment *env)
{
	int count = node_count(list), i;

	env->standard = xcalloc((size_t)count + 1, sizeof(*env->standard));
	for (i = 0; i < count; i++) {
		const config_setting_t *node = node_at(list, i);
		struct standard *t = &env->standard[env->standard_count++];

		node_texts(node, "services", &t->services);
		node_texts(node, "strategies", &t->strategies);
		t->max_risk = node_int(node, "max_risk", -1);
		t->approvals = node_int(node, "approvals", 0);
		t->line = node_line(node);
	}
}

/* ---- checking ---- */

static bool
has_role(const struct settings *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->role_count; i++)
		if (strcmp(s->roles[i].name, name) == 0)
			return true;
	return false;
}

static void
check_roles(struct settings_reader *r, int line, const struct strings *roles,
	const char *whose)
{
	size_t i;

	for (i = 0; i < roles->count; i++)
		if (!has_role(r->s, roles->items[i]))
			report_error(r, line,
				"role '%.80s' in the policy of '%s' is not "
				"defined, expected one of 'roles'",
				roles->items[i], whose);
}

void
settings_check_policy(struct settings_reader *r, const struct policy *p,
	const char *whose)
{
	struct strings roles = {0};
	size_t i;

	check_roles(r, p->lines[POLICY_ROLES], &p->roles, whose);
	check_roles(r, p->lines[POLICY_EMERGENCY], &p->emergency_roles, whose);
	check_roles(r, p->lines[POLICY_ESCALATE_TO], &p->escalate_to, whose);
	if (p->roles.count > 0 && p->approvals == 0)
		report_error(r, p->lines[POLICY_ROLES],
			"the policy of '%s' names roles and needs no "
			"approval, expected 'approvals' of at least 1",
			whose);
	for (i = 0; i < p->evidence_count; i++) {
		if (p->evidence[i].role == NULL)
			continue;
		strings_add(&roles, p->evidence[i].role);
		check_roles(r, p->evidence[i].line, &roles, whose);
		strings_finish(&roles);
	}
}

/* ---- policies that match ---- */

struct match_check {
	struct settings_reader *r;
	int line;
};

static void
check_term(const char *label, const char *pattern, void *arg)
{
	static const char *const labels[] = {
		"env", "kind", "service", "type", "strategy"};
	struct match_check *m = arg;
	size_t i;

	(void)pattern;
	for (i = 0; i < ARRAY_SIZE(labels); i++)
		if (strcmp(labels[i], label) == 0)
			return;
	report_error(m->r, m->line,
		"'match' asks for '%.80s', expected env, kind, service, type "
		"or strategy",
		label);
}

static void
check_match(struct settings_reader *r, const config_setting_t *node,
	const char *match)
{
	struct match_check m = {r, node_line(node_get(node, "match"))};
	struct selector *selector;

	if (selector_parse(match, &selector, NULL) == -1)
		return;
	selector_each_term(selector, check_term, &m);
	selector_destroy(selector);
}

void
settings_read_policies(struct settings_reader *r)
{
	const config_setting_t *list = config_lookup(&r->config, "policies");
	struct settings *s = r->s;
	int count = node_count(list), i;

	s->policies = xcalloc((size_t)count + 1, sizeof(*s->policies));
	for (i = 0; i < count; i++) {
		const config_setting_t *node = node_at(list, i);
		const char *match = node_text(node, "match");
		struct policy_part *part = &s->policies[s->policy_count++];

		part->match = xstrdup(match == NULL ? "" : match);
		if (selector_parse(part->match, &part->selector, NULL) == -1)
			part->selector = NULL;
		settings_read_policy(node, &part->policy);
		settings_read_after(node, &part->policy);
		/* Who names roles wants an approval by each of them. */
		if (part->policy.roles.count > 0 &&
			part->policy.lines[POLICY_APPROVALS] == 0) {
			part->policy.approvals = 1;
			part->policy.lines[POLICY_APPROVALS] =
				part->policy.lines[POLICY_ROLES];
		}
		settings_check_policy(r, &part->policy, part->match);
		check_match(r, node, part->match);
	}
}

void
settings_verify_policies(struct settings_reader *r)
{
	size_t i, k;

	for (i = 0; i < r->s->policy_count; i++) {
		const struct policy *p = &r->s->policies[i].policy;

		for (k = 0; k < p->after.count; k++)
			if (settings_environment(r->s, p->after.items[k]) ==
				NULL)
				report_error(r, p->lines[POLICY_AFTER],
					"'after' environment '%.80s' is not "
					"defined",
					p->after.items[k]);
	}
}

static bool
part_matches(const struct policy_part *part, const struct environment *env,
	const char *service, const char *type, const char *strategy)
{
	struct host facts = {.name = (char *)(uintptr_t) ""};
	bool matches;

	if (part->selector == NULL)
		return false;
	pairs_set(&facts.labels, "env", env->name);
	pairs_set(&facts.labels, "kind", env->kind == NULL ? "" : env->kind);
	pairs_set(&facts.labels, "service", service);
	pairs_set(&facts.labels, "type", type);
	pairs_set(&facts.labels, "strategy", strategy);
	matches = selector_matches(part->selector, &facts);
	pairs_finish(&facts.labels);
	return matches;
}

void
settings_policy(const struct settings *s, const struct environment *env,
	const char *service, const char *type, const char *strategy, int risk,
	struct policy *ret)
{
	size_t i;

	policy_init(ret);
	policy_merge(ret, &env->policy);
	for (i = 0; i < s->policy_count; i++)
		if ((risk < 0 || risk > s->policies[i].policy.risk_above) &&
			part_matches(&s->policies[i], env, service, type,
				strategy))
			policy_merge(ret, &s->policies[i].policy);
}
