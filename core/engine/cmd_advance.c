/* cmd_advance.c - past the gate at which a rollout waits: who may, and when it
 * takes two. */
#include <stdlib.h>
#include <string.h>

#include "engine/cmd.h"
#include "engine/proposals.h"
#include "model/gate.h"
#include "wire/json.h"

/* An approval gate asks for somebody with one of its roles. */
static int
check_roles(struct request *rq, struct rollout_id id, struct error *e)
{
	const struct gate *g = runner_gate(rq->en->runner, id);
	size_t i;

	if (g == NULL || g->kind != GATE_APPROVAL || g->roles.count == 0 ||
		!rq->en->settings->has_people)
		return 0;
	for (i = 0; i < g->roles.count; i++)
		if (strings_has(&rq->who.roles, g->roles.items[i]))
			return 0;
	error_set(e, ERROR_DENIED, "this gate waits for a person with the "
				   "role '%s'",
		g->roles.items[0]);
	return error_hint(e, "whoever may operate can still hold or take it "
			     "back: sluice abort --then rollback");
}

/* Past a failed analysis only with a second person, where there is one. */
static bool
needs_second(struct request *rq, struct rollout_id id)
{
	const struct rollout *r = runner_find(rq->en->runner, id);

	return rq->en->settings->has_people && r != NULL &&
	       r->state == ROLLOUT_PAUSED && r->pause_cause == PAUSE_ANALYSIS;
}

static void
ask_second(struct request *rq, struct rollout_id id)
{
	const struct rollout *r = runner_find(rq->en->runner, id);
	char text[ID_TEXT_SIZE];
	struct proposal p;
	struct error e;

	rollout_id_format(id, text);
	if (proposal_open(rq, "analysis.override", text,
		    json_pack("{s:i, s:i}", "wave", r->wave, "gate", r->gate),
		    r->reason == NULL ? "" : r->reason, &p, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	request_done(rq, proposal_json(rq->en, &p));
	proposal_finish(&p);
}

void
cmd_rollout_advance(struct request *rq)
{
	struct actor by = request_actor(rq);
	struct rollout_id id = {0};
	struct error e;
	int result = arg_rollout(rq, &id, &e);

	if (result == 0)
		result = may_go_on(rq, id, &e);
	if (result == 0)
		result = check_roles(rq, id, &e);
	if (result == 0 && needs_second(rq, id)) {
		ask_second(rq, id);
		return;
	}
	if (result == 0)
		result = runner_advance(rq->en->runner, id, &by, &e);
	answer_rollout(rq, id, result, &e);
}

/* ---- the second person ---- */

static int
find_held(struct engine *en, const struct proposal *p, struct rollout_id *ret,
	struct error *e)
{
	const struct rollout *r;
	json_t *args;
	bool same;

	if (!rollout_id_parse(p->object, ret))
		return error_set(
			e, ERROR_USAGE, "'%s' is not a rollout", p->object);
	r = runner_find(en->runner, *ret);
	if (r == NULL || r->state != ROLLOUT_PAUSED ||
		r->pause_cause != PAUSE_ANALYSIS)
		return error_set(e, ERROR_WRONG_STATE,
			"%s is not held by its analysis any more", p->object);
	args = json_loads(p->args, 0, NULL);
	same = json_get_int(args, "wave", 0) == r->wave &&
	       json_get_int(args, "gate", -1) == r->gate;
	json_decref(args);
	return same ? 0
		    : error_set(e, ERROR_CHANGED,
			      "%s stands at another gate than when it was "
			      "asked",
			      p->object);
}

int
analysis_override_check(
	struct engine *en, const struct proposal *p, struct error *e)
{
	struct rollout_id id;

	return find_held(en, p, &id, e);
}

int
analysis_override_apply(
	struct engine *en, const struct proposal *p, struct error *e)
{
	const struct actor by = {p->author, p->author_uid};
	struct rollout_id id;

	if (find_held(en, p, &id, e) == -1)
		return -1;
	return runner_advance(en->runner, id, &by, e);
}
