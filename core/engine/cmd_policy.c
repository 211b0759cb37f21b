/* cmd_policy.c - the rules that decide about a change, each with its result. */
#include <stdlib.h>
#include <string.h>

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
