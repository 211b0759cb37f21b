/* cmd_policy.c - the rules that decide about a change, each with its result. */
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "engine/cmd.h"
#include "wire/json.h"

void
cmd_policy_explain(struct request *rq)
{
	struct policy_results results;
	char id[ID_TEXT_SIZE];
	struct policy p;
	struct change c;
	struct error e;

	if (arg_change(rq, &c, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	if (change_policy(rq->en, &c, &p, &e) == -1) {
		request_fail(rq, &e);
		change_finish(&c);
		return;
	}
	change_id_format(c.id, id);
	governance_evaluate(rq->en, &c, &p, &results);
	request_done(rq,
		json_pack("{s:s, s:s, s:s, s:o}", "id", id, "env", c.env,
			"type", change_type_name(c.type), "rules",
			policy_results_json(rq->en, &results)));
	policy_results_finish(&results);
	policy_finish(&p);
	change_finish(&c);
}

/* ---- replay ---- */

struct replay {
	struct request *rq;
	struct page page;
	int64_t since;
};

/* The rules of a plan as it is stored, without reading the hosts. */
static void
rules_of_text(const char *text, struct pairs *ret)
{
	const char *at = text;

	while ((at = strstr(at, "\nrule ")) != NULL) {
		char *line, *space, *value;

		at += 6;
		line = xstrndup(at, strcspn(at, "\n"));
		space = strchr(line, ' ');
		if (space != NULL) {
			*space = '\0';
			value = space + 1;
			value += *value == '"';
			value[strcspn(value, "\"")] = '\0';
			pairs_set(ret, line, value);
		}
		free(line);
	}
}

static void
rules_then(struct engine *en, const struct change *c, struct pairs *ret)
{
	struct error e;
	char *text;
	size_t len;

	memset(ret, 0, sizeof(*ret));
	if (store_plan_find(en->store, c->plan_digest, &text, &len, &e) != 1)
		return;
	rules_of_text(text, ret);
	free(text);
}

static void
rules_now(const struct change *c, const struct policy *p, struct pairs *ret)
{
	memset(ret, 0, sizeof(*ret));
	policy_add_rules(p, ret);
	pairs_set(ret, "type", change_type_name(c->type));
}

static json_t *
pairs_json(const struct pairs *p)
{
	json_t *o = json_object();
	size_t i;

	for (i = 0; i < p->count; i++)
		json_object_set_new(
			o, p->items[i].name, json_text(p->items[i].value));
	return o;
}

static json_t *
differences_json(const struct pairs *then, const struct pairs *now)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < then->count; i++) {
		const char *name = then->items[i].name;
		const char *value = pairs_get(now, name);

		if (value == NULL ||
			strcmp(value, then->items[i].value) != 0)
			json_array_append_new(list,
				json_sprintf("%s: %s, today %s", name,
					then->items[i].value,
					value == NULL ? "nothing" : value));
	}
	for (i = 0; i < now->count; i++)
		if (pairs_get(then, now->items[i].name) == NULL)
			json_array_append_new(list,
				json_sprintf("%s: nothing, today %s",
					now->items[i].name,
					now->items[i].value));
	return list;
}

/* What of today's rules the change as it was would not have met. */
static json_t *
reasons_json(struct engine *en, const struct change *c, const struct policy *p)
{
	json_t *list = json_array();
	struct policy_results results;
	size_t i;

	governance_evaluate_at(en, c, p,
		c->approved_at != 0 ? c->approved_at : c->submitted_at,
		&results);
	for (i = 0; i < results.count; i++)
		if (results.items[i].verdict == POLICY_WAIT ||
			results.items[i].verdict == POLICY_FAIL)
			json_array_append_new(list,
				json_sprintf("%s: %s", results.items[i].what,
					results.items[i].reason));
	policy_results_finish(&results);
	return list;
}

static json_t *
replay_json(struct engine *en, const struct change *c)
{
	char id[ID_TEXT_SIZE];
	struct pairs then, now;
	struct policy p;
	struct error e;
	json_t *o, *reasons;

	change_id_format(c->id, id);
	o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "id", id,
		"service", c->service, "version", c->version, "env", c->env,
		"type", change_type_name(c->type), "state",
		change_state_name(c->state), "submitted_at",
		json_time(c->submitted_at));
	rules_then(en, c, &then);
	if (change_policy(en, c, &p, &e) == -1) {
		json_object_update_new(o,
			json_pack("{s:o, s:{}, s:[], s:s, s:[s]}", "then",
				pairs_json(&then), "now", "differences",
				"verdict", "refused", "reasons", e.text));
		pairs_finish(&then);
		return o;
	}
	rules_now(c, &p, &now);
	reasons = reasons_json(en, c, &p);
	json_object_update_new(o,
		json_pack("{s:o, s:o, s:o, s:s, s:o}", "then",
			pairs_json(&then), "now", pairs_json(&now),
			"differences", differences_json(&then, &now),
			"verdict",
			json_array_size(reasons) == 0 ? "allowed" : "refused",
			"reasons", reasons));
	pairs_finish(&then);
	pairs_finish(&now);
	policy_finish(&p);
	return o;
}

static int
replay_change(const struct change *c, void *arg)
{
	struct replay *r = arg;

	if (c->submitted_at == 0 || c->submitted_at < r->since)
		return 0;
	return page_add(
		&r->page, replay_json(r->rq->en, c), c->id.number);
}

void
cmd_policy_replay(struct request *rq)
{
	struct change_filter f = {.state = -1};
	struct replay r = {.rq = rq};
	struct error e;

	if (arg_since(rq, &r.since, &e) == -1 ||
		page_init(rq, &r.page, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	f.after = r.page.after < 0 ? 0 : r.page.after;
	engine_must(store_change_each(rq->en->store, &f, replay_change, &r, &e),
		&e, "read changes");
	request_done(rq, page_finish(&r.page));
}
