/* governance_rules.c - which rules decide about a change. */
#include <stdlib.h>
#include <string.h>

#include "engine/cmd.h"
#include "engine/governance.h"
#include "engine/needs.h"

static int
refuse_standard(struct engine *en, const struct environment *env,
	const struct change *c, const char *strategy, struct error *e)
{
	char *words;
	size_t i;

	for (i = 0; i < env->standard_count; i++) {
		struct standard any = env->standard[i];

		any.max_risk = -1;
		if (standard_find(&any, 1, c->service, strategy, -1) == NULL)
			continue;
		error_set(e, ERROR_POLICY,
			"its risk is %d (%s), and the template of %s:%d allows "
			"a standard change up to max_risk %d",
			c->risk,
			risk_band_name(risk_band(&en->settings->risk, c->risk)),
			en->settings->path, any.line,
			env->standard[i].max_risk);
		words = change_risk_words(c, 3);
		error_hint(e, "plan it as a normal change; its risk is made "
			      "of: %s",
			words);
		free(words);
		return -1;
	}
	error_set(e, ERROR_POLICY,
		"no template of environment '%s' allows a standard change of "
		"'%s' by strategy '%s'",
		env->name, c->service, strategy);
	return error_hint(e, "plan it as a normal change, or see standard in "
			     "sluice.conf(5)");
}

int
change_policy(struct engine *en, const struct change *c, struct policy *ret,
	struct error *e)
{
	const struct environment *env =
		settings_environment(en->settings, c->env);
	const struct standard *standard = NULL;
	const struct strings *needs;
	const char *strategy;

	if (env == NULL)
		return no_environment(en->settings, c->env, e);
	strategy = c->strategy != NULL	   ? c->strategy
		   : env->strategy != NULL ? env->strategy
					   : "all";
	if (c->type == CHANGE_TYPE_STANDARD) {
		standard = standard_find(env->standard, env->standard_count,
			c->service, strategy, c->risk);
		if (standard == NULL)
			return refuse_standard(en, env, c, strategy, e);
	}
	settings_policy(en->settings, env, c->service,
		change_type_name(c->type), strategy, c->risk, ret);
	policy_for_type(ret, c->type, standard);
	needs = needs_of(en, c->service, c->version);
	if (needs != NULL)
		strings_copy(&ret->needs, needs);
	return 0;
}

char *
governance_unsatisfiable(
	struct engine *en, const struct change *c, const struct policy *p)
{
	const struct settings *s = en->settings;
	const char *author = p->author_may_approve ? NULL : c->author;
	int people = settings_approvers(s, NULL, author);
	size_t i;

	/* The only user is everybody. */
	if (!s->has_people)
		people = p->author_may_approve ? 1 : 0;
	if (people < p->approvals)
		return xasprintf("%d approval%s needed and %d %s could give "
				 "one, so nothing gets through: name more "
				 "people who may approve, or ask for fewer",
			p->approvals, p->approvals == 1 ? " is" : "s are",
			people, people == 1 ? "person" : "people");
	for (i = 0; s->has_people && i < p->roles.count; i++)
		if (settings_approvers(s, p->roles.items[i], author) == 0)
			return xasprintf("an approval by a '%s' is needed, and "
					 "nobody but its author is one who may "
					 "approve: give somebody that role",
				p->roles.items[i]);
	return NULL;
}
