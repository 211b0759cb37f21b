/* change_retry.c - whether a rollout that is over may go on with the hosts
 * that it missed: while what allowed its start still holds. */
#include <stdlib.h>

#include "engine/cmd.h"
#include "model/policy.h"

/* The answers that it started with, as far as they count now. */
static int
refuse_lapsed(struct engine *en, const struct change *c, const char *id,
	struct error *e)
{
	struct decisions list;
	struct policy p;
	struct tally t;
	int result = 0;

	if (change_policy(en, c, &p, e) == -1)
		return -1;
	governance_decisions(en, id, PERMISSION_APPROVE, &list);
	decisions_tally(&list, &p, c->revision, c->plan_digest,
		clock_wall_ms(en->clock), &t);
	if (!t.is_enough)
		result = error_set(e, ERROR_NOT_APPROVED,
			"%d of %d approvals of %s still count", t.given,
			p.approvals, id);
	else if (c->valid_until != 0 && engine_now(en) >= c->valid_until)
		result = error_set(e, ERROR_NOT_APPROVED,
			"the approval of %s is too old", id);
	tally_finish(&t);
	decisions_finish(&list);
	policy_finish(&p);
	return result;
}

int
change_refuse_retry(
	struct engine *en, const struct rollout *r, struct error *e)
{
	char id[ID_TEXT_SIZE];
	struct change c;
	int result = store_change_find(en->store, r->change, &c, e);

	if (result != 1)
		return result;
	change_id_format(c.id, id);
	result = refuse_lapsed(en, &c, id, e);
	if (result == -1)
		error_hint(e,
			"plan it anew for those hosts: sluice change new %s %s "
			"%s --hosts SELECTOR",
			c.service, c.version, c.env);
	else
		result = change_refuse_quarantine(en, &c, e);
	change_finish(&c);
	return result;
}
