/* proposals_show.c - an act that needs a second person, as JSON. */
#include "base/units.h"
#include "engine/cmd.h"
#include "engine/proposals.h"
#include "wire/json.h"

static const char *
said_state(const struct proposal *p, const struct decision *d, int64_t now_ms)
{
	if (d->undone_at != 0)
		return "undone";
	if (d->verb != DECISION_APPROVE && d->verb != DECISION_REJECT)
		return "said";
	if (!decision_stands(d, 1, p->digest))
		return "void";
	return d->until_ms > now_ms ? "grace" : "counts";
}

static json_t *
said_json(struct engine *en, const struct proposal *p,
	const struct decisions *list)
{
	int64_t now_ms = clock_wall_ms(en->clock);
	json_t *a = json_array();
	size_t i;

	for (i = 0; i < list->count; i++) {
		const struct decision *d = &list->items[i];

		json_array_append_new(a,
			json_pack("{s:s, s:s, s:o, s:o, s:o, s:s, s:o}",
				"verb", decision_verb_name(d->verb), "person",
				d->person, "at", json_time(d->at), "text",
				json_text(d->text), "until",
				json_time((d->until_ms + 999) / 1000), "state",
				said_state(p, d, now_ms), "reason",
				json_text(d->void_reason)));
	}
	return a;
}

/* Its own words, else those of its kind. */
static json_t *
what_json(const struct proposal *p, const struct proposal_kind *kind,
	const json_t *args)
{
	const char *words = json_get_string(args, "what", NULL);

	if (words != NULL)
		return json_text(words);
	return json_sprintf(
		"%s %s", kind == NULL ? p->kind : kind->sentence, p->object);
}

json_t *
proposal_json(struct engine *en, const struct proposal *p)
{
	const struct proposal_kind *kind = proposal_find_kind(p->kind);
	json_t *args = json_loads(p->args, 0, NULL);
	enum permission may_answer = proposal_answered_with(p);
	bool waits = p->state == PROPOSAL_SUBMITTED;
	struct decisions list;
	char id[ID_TEXT_SIZE];
	struct policy policy;
	struct tally t;
	json_t *o;

	proposal_id_format(p->id, id);
	proposal_policy(en, p, &policy);
	governance_decisions(en, id, may_answer, &list);
	decisions_tally(&list, &proposal_second_person, 1, p->digest,
		clock_wall_ms(en->clock), &t);
	o = json_pack("{s:s, s:s, s:s, s:o, s:o, s:s, s:s, s:s, s:s, s:o, s:o, "
		      "s:o, s:i, s:i, s:o, s:o, s:b}",
		"id", id, "kind", p->kind, "object", p->object, "what",
		what_json(p, kind, args), "args",
		args == NULL ? json_object() : args, "why", p->text, "state",
		proposal_state_name(p->state), "author", p->author,
		"plan_digest", p->digest, "reason",
		json_text(p->reason == NULL ? "" : p->reason), "created_at",
		json_time(p->created_at), "answer_by", json_time(p->answer_by),
		"approvals_required", 1, "approvals_given", t.given,
		"waiting_for",
		!waits ? json_array()
		: t.given > 0
			? json_pack("[s]", "the end of the grace time")
			: json_pack("[o]",
				  json_sprintf("a second person who may %s",
					  permission_name(may_answer))),
		"decisions", said_json(en, p, &list), "wants_signature",
		(int)policy.is_signed);
	tally_finish(&t);
	decisions_finish(&list);
	return o;
}

void
proposal_changed(struct engine *en, const char *id)
{
	struct proposal_id number;
	struct proposal p;
	struct error e;

	if (!proposal_id_parse(id, &number) ||
		store_proposal_find(en->store, number, &p, &e) != 1)
		return;
	events_request(en, proposal_json(en, &p));
	proposal_finish(&p);
}
