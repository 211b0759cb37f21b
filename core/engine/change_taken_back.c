/* change_taken_back.c - a release that had to be taken back in one environment
 * is not started in another, unless a second person says so or it went well
 * there after all. */
#include <stdlib.h>

#include "engine/cmd.h"
#include "engine/proposals.h"
#include "engine/memo.h"
#include "engine/notify.h"
#include "engine/room.h"
#include "engine/schedule.h"
#include "wire/json.h"
#include "store/store_analysis.h"

int
change_refuse_taken_back(
	struct engine *en, const struct change *c, struct error *e)
{
	char id[ID_TEXT_SIZE], change[ID_TEXT_SIZE], *env, *reason;
	struct strings overrides;
	struct rollout_id rollout;
	int found = store_taken_back_find(en->store, c->service, c->version,
		c->env, &env, &rollout, &reason, e);

	if (found != 1)
		return found;
	overrides_of(en, c, &overrides);
	rollout_id_format(rollout, id);
	change_id_format(c->id, change);
	if (!strings_has(&overrides, RULE_TAKEN_BACK)) {
		error_set(e, ERROR_QUARANTINED,
			"release '%s %s' is quarantined: %s had to be taken "
			"back in '%s': %.200s",
			c->service, c->version, id, env, reason);
		error_hint(e,
			"let it succeed in '%s' first, or ask a second "
			"person: sluice policy override %s "
			"--rule " RULE_TAKEN_BACK " -m WHY",
			env, change);
		found = -1;
	} else {
		found = 0;
	}
	strings_finish(&overrides);
	free(env);
	free(reason);
	return found;
}

json_t *
change_warnings(struct engine *en, const struct change *c)
{
	json_t *list = json_array();
	const struct memo_release *r;
	struct policy p;
	struct error e;
	char *why;

	if (change_has_run(c->state) || change_is_over(c->state))
		return list;
	r = memo_release(en, c->service, c->version);
	if (r->is_known && !r->is_pruned && r->release.quarantine != NULL)
		json_array_append_new(list,
			json_sprintf("release '%s %s' is quarantined: %s",
				c->service, c->version,
				r->release.quarantine));
	if (c->state == CHANGE_SUBMITTED && change_policy(en, c, &p, &e) == 0) {
		why = governance_unsatisfiable(en, c, &p);
		if (why != NULL)
			json_array_append_new(list, json_text(why));
		free(why);
		policy_finish(&p);
	}
	if (change_refuse_taken_back(en, c, &e) == -1 &&
		e.code == ERROR_QUARANTINED)
		json_array_append_new(list, json_text(e.text));
	return list;
}
