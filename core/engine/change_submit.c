/* change_submit.c - a change is asked for: its plan, its risk and its rules as
 * they are now, and the answers from the beginning. */
#include <stdlib.h>
#include <string.h>

#include "engine/cmd.h"
#include "engine/notify.h"
#include "engine/schedule.h"

static void
plan_store(struct engine *en, struct change *c, const struct plan *p)
{
	struct strbuf text;
	struct error e;

	strbuf_init(&text);
	plan_print(p, &text);
	digest_hex(text.buf, text.len, c->plan_digest);
	engine_write(en);
	engine_must(store_plan_put(
			    en->store, c->plan_digest, text.buf, text.len, &e),
		&e, "save a plan");
	schedule_note_plan(en, c->plan_digest, p);
	strbuf_finish(&text);
}

/* The answers to what was asked before count no more. */
static void
forget_answers(struct engine *en, struct change *c, enum change_event event)
{
	char id[ID_TEXT_SIZE];
	struct error e;

	change_id_format(c->id, id);
	engine_write(en);
	engine_must(store_decisions_void(en->store, id,
			    event == CHANGE_EVENT_REVISE
				    ? "there is a newer revision"
				    : "it was submitted again",
			    &e),
		&e, "void decisions");
	c->approvals_given = 0;
	c->approved_at = c->valid_until = 0;
	c->finished_at = 0;
}

static void
ask_for_answers(struct engine *en, struct change *c, const struct policy *p)
{
	c->approvals_required = p->approvals;
	c->submitted_at = engine_now(en);
	c->answer_by = p->approvals == 0 || p->answer_within_ms == 0
			       ? 0
			       : c->submitted_at + p->answer_within_ms / 1000;
	c->due_at_ms = c->answer_by * 1000;
	c->reminders = 0;
}

int
submission_make(struct engine *en, struct change *c, enum change_event event,
	struct submission *ret, struct error *e)
{
	enum change_state to;
	char id[ID_TEXT_SIZE];
	struct pairs excluded;
	int result;

	if (!change_next(c->state, event, &to)) {
		change_id_format(c->id, id);
		error_set(e, ERROR_WRONG_STATE, "cannot %s %s: it is %s",
			change_event_name(event), id,
			change_state_name(c->state));
		return -1;
	}
	hosts_excluded(en, &excluded);
	result = change_weigh(en, c, &excluded, &ret->policy, &ret->plan, e);
	pairs_finish(&excluded);
	return result;
}

void
submission_finish(struct submission *s)
{
	policy_finish(&s->policy);
	plan_finish(&s->plan);
}

void
submission_apply(struct engine *en, struct change *c, const struct actor *by,
	enum change_event event, struct submission *s)
{
	char id[ID_TEXT_SIZE];

	change_id_format(c->id, id);
	plan_store(en, c, &s->plan);
	forget_answers(en, c, event);
	ask_for_answers(en, c, &s->policy);
	submission_finish(s);
	change_apply(en, c, event, "");
	engine_record(en, by->who, by->uid, "change.submit", id,
		c->why == NULL ? "" : c->why,
		json_pack("{s:s, s:i, s:i, s:o}", "plan_digest",
			c->plan_digest, "revision", c->revision, "risk",
			c->risk, "risk_reasons", risk_reasons_json(c)));
	governance_settle(en, c);
	if (c->state == CHANGE_SUBMITTED)
		notice_change(en, c, CHANGE_DRAFT);
}

int
change_submit(struct engine *en, struct change *c, const struct actor *by,
	enum change_event event, struct error *e)
{
	struct submission s;

	if (submission_make(en, c, event, &s, e) == -1)
		return -1;
	submission_apply(en, c, by, event, &s);
	return 0;
}
