/* cmd_queue.c - what waits for the person who asks. */
#include <stdlib.h>
#include <string.h>

#include "engine/cmd.h"
#include "engine/proposals.h"
#include "wire/json.h"

struct queue {
	struct request *rq;
	struct page page;
};

/* Whether an answer is still needed, and this person's would be taken. */
static bool
may_answer(const struct request *rq, const struct change *c,
	const struct decisions *list)
{
	char id[ID_TEXT_SIZE];
	struct say say = {.object = id,
		.revision = c->revision,
		.verb = DECISION_APPROVE,
		.digest = c->plan_digest};
	struct decision d;
	struct policy p;
	struct tally t;
	struct error e;
	bool may;

	if (rq->uid == 0 || !(rq->who.may & 1u << PERMISSION_APPROVE) ||
		change_policy(rq->en, c, &p, &e) == -1)
		return false;
	change_id_format(c->id, id);
	request_decision((struct request *)(uintptr_t)rq, &say, &d);
	decisions_tally(list, &p, c->revision, c->plan_digest,
		clock_wall_ms(rq->en->clock), &t);
	may = !t.is_enough && decision_check(list, &p, &d, &e) == 0;
	tally_finish(&t);
	decision_finish(&d);
	policy_finish(&p);
	return may;
}

static bool
has_open_question(const struct decisions *list, const char *author)
{
	struct strings askers;
	bool open;

	decisions_askers(list, author, &askers);
	open = askers.count > 0;
	strings_finish(&askers);
	return open;
}

/* Nobody answered for long, and their role is told of that. */
static bool
is_escalated_to(const struct request *rq, const struct change *c)
{
	struct policy p;
	struct error e;
	bool found = false;
	size_t i;

	if (c->reminders < 2 || change_policy(rq->en, c, &p, &e) == -1)
		return false;
	for (i = 0; i < p.escalate_to.count && !found; i++)
		found = strings_has(&rq->who.roles, p.escalate_to.items[i]);
	policy_finish(&p);
	return found;
}

/* What the change needs of who asks; NULL: nothing. */
static const char *
needs(const struct request *rq, const struct change *c,
	const struct decisions *list)
{
	const char *person = rq->who.person == NULL ? "" : rq->who.person;
	bool is_mine = c->author != NULL && strcmp(c->author, person) == 0;

	if (c->review_by != 0 && change_has_run(c->state) && c->outcome == NULL)
		return "review";
	if (c->state == CHANGE_MIXED && c->outcome == NULL)
		return "accept";
	if (c->state == CHANGE_SUBMITTED && may_answer(rq, c, list))
		return "decision";
	if (is_mine && c->state == CHANGE_SUBMITTED &&
		has_open_question(list, c->author))
		return "answer";
	if (is_mine &&
		(c->state == CHANGE_VOIDED || c->state == CHANGE_EXPIRED))
		return "submit";
	if (c->state == CHANGE_SUBMITTED && is_escalated_to(rq, c))
		return "escalation";
	return NULL;
}

static bool
can_need_somebody(const struct change *c)
{
	return c->state == CHANGE_SUBMITTED || c->state == CHANGE_VOIDED ||
	       c->state == CHANGE_EXPIRED ||
	       (c->outcome == NULL && change_has_run(c->state) &&
		       (c->review_by != 0 || c->state == CHANGE_MIXED));
}

static int
queue_change(const struct change *c, void *arg)
{
	struct queue *q = arg;
	struct engine *en = q->rq->en;
	struct decisions list;
	char id[ID_TEXT_SIZE];
	const char *what;
	int result = 0;
	json_t *o;

	if (!can_need_somebody(c))
		return 0;
	change_id_format(c->id, id);
	governance_decisions(en, id, PERMISSION_APPROVE, &list);
	what = needs(q->rq, c, &list);
	if (what != NULL && page_is_full(&q->page)) {
		q->page.more = true;
		result = 1;
	} else if (what != NULL) {
		o = change_json_said(en, c, &list);
		json_object_set_new(o, "needs", json_string(what));
		result = page_add(&q->page, o, c->id.number);
	}
	decisions_finish(&list);
	return result;
}

void
cmd_queue_ls(struct request *rq)
{
	struct change_filter f = {.state = -1, .only_open = true};
	struct queue q = {.rq = rq};
	struct error e;
	json_t *items;

	if (page_init(rq, &q.page, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	f.after = q.page.after < 0 ? 0 : q.page.after;
	engine_must(store_change_each(rq->en->store, &f, queue_change, &q, &e),
		&e, "read changes");
	/* Requests are few: all of them come first. */
	if (q.page.after < 0) {
		items = proposals_queue(rq);
		json_array_extend(items, q.page.items);
		json_decref(q.page.items);
		q.page.items = items;
	}
	request_done(rq, page_finish(&q.page));
}
