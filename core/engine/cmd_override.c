/* cmd_override.c - a rule of the policy let go for one revision of one
 * change, by two people. */
#include <stdlib.h>
#include <string.h>

#include "engine/cmd.h"
#include "engine/proposals.h"
#include "wire/json.h"

static int
find_object(struct engine *en, const struct proposal *p, struct change *ret,
	struct error *e)
{
	struct change_id id;
	int found;

	if (!change_id_parse(p->object, &id))
		return error_set(e, ERROR_USAGE, "'%s' is not a change",
			p->object);
	found = store_change_find(en->store, id, ret, e);
	if (found == 0)
		error_set(e, ERROR_NOT_FOUND, "no change '%s'", p->object);
	return found == 1 ? 0 : -1;
}

/* Only what could be let go: evidence, what must come before, what it needs. */
static int
check_rule(struct engine *en, const struct change *c, const char *rule,
	struct error *e)
{
	struct policy_results results;
	struct policy policy;
	bool found = false;
	size_t i;

	if (strcmp(rule, RULE_TAKEN_BACK) == 0)
		return 0;
	if (change_policy(en, c, &policy, e) == -1)
		return -1;
	governance_evaluate(en, c, &policy, &results);
	for (i = 0; i < results.count; i++)
		if (strcmp(results.items[i].what, rule) == 0 &&
			(results.items[i].key == POLICY_EVIDENCE ||
				results.items[i].key == POLICY_AFTER ||
				results.items[i].key == POLICY_SOAK ||
				results.items[i].key == POLICY_NEEDS))
			found = true;
	policy_results_finish(&results);
	policy_finish(&policy);
	if (found)
		return 0;
	error_set(e, ERROR_INVALID,
		"no rule '%.80s' about evidence, environments before or needs",
		rule);
	return error_hint(e, "sluice policy explain lists the rules");
}

static int
check_args(struct engine *en, const struct proposal *p, const struct change *c,
	struct error *e)
{
	json_t *args = json_loads(p->args, 0, NULL);
	int result = -1;

	if (c->state != CHANGE_SUBMITTED && c->state != CHANGE_APPROVED &&
		c->state != CHANGE_SCHEDULED)
		error_set(e, ERROR_WRONG_STATE, "%s is %s", p->object,
			change_state_name(c->state));
	else if (json_get_int(args, "revision", 0) != c->revision)
		error_set(e, ERROR_CHANGED,
			"%s has another revision than when it was asked",
			p->object);
	else
		result = check_rule(
			en, c, json_get_string(args, "rule", ""), e);
	json_decref(args);
	return result;
}

int
override_check(struct engine *en, const struct proposal *p, struct error *e)
{
	struct change c;
	int result;

	if (find_object(en, p, &c, e) == -1)
		return -1;
	result = check_args(en, p, &c, e);
	change_finish(&c);
	return result;
}

int
override_apply(struct engine *en, const struct proposal *p, struct error *e)
{
	struct change c;

	if (find_object(en, p, &c, e) == -1)
		return -1;
	if (!governance_settle(en, &c))
		change_save(en, &c);
	change_finish(&c);
	return 0;
}

struct found {
	int revision;
	struct strings *rules;
};

static int
note_override(const struct proposal *p, void *arg)
{
	struct found *found = arg;
	json_t *args = json_loads(p->args, 0, NULL);

	if (json_get_int(args, "revision", 0) == found->revision)
		strings_add(found->rules, json_get_string(args, "rule", ""));
	json_decref(args);
	return 0;
}

void
overrides_of(struct engine *en, const struct change *c, struct strings *ret)
{
	char id[ID_TEXT_SIZE];
	struct proposal_filter f = {.kind = "policy.override",
		.object = id,
		.state = PROPOSAL_APPROVED};
	struct found found = {c->revision, ret};
	struct error e;

	change_id_format(c->id, id);
	memset(ret, 0, sizeof(*ret));
	engine_must(store_proposal_each(
			    en->store, &f, note_override, &found, &e),
		&e, "read overrides");
}

void
cmd_policy_override(struct request *rq)
{
	char id[ID_TEXT_SIZE];
	struct proposal p;
	struct change c;
	struct error e;
	json_t *args;

	if (check_said(rq, "the reason", &e) == -1 ||
		arg_change(rq, &c, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	change_id_format(c.id, id);
	args = json_pack("{s:s, s:i}", "rule", arg_string(rq, "rule"),
		"revision", c.revision);
	change_finish(&c);
	if (proposal_open(rq, "policy.override", id, args,
		    arg_string(rq, "text"), &p, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	request_done(rq, proposal_json(rq->en, &p));
	proposal_finish(&p);
}
