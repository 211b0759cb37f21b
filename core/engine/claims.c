/*
 * claims.c - who looks at a request: it tells others, blocks nobody and ends
 * with the answer or by itself, which is said.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/cmd.h"
#include "engine/governance.h"
#include "engine/notify.h"
#include "engine/proposals.h"

#define CLAIM_S (15 * 60)

void
request_claim(struct request *rq, const char *id, bool take)
{
	const char *person = request_actor(rq).who;
	int64_t until = engine_now(rq->en) + CLAIM_S;
	struct error e;

	engine_write(rq->en);
	engine_must(take ? store_claim_put(
				   rq->en->store, id, person, until, &e)
			 : store_claim_drop(rq->en->store, id, person, &e),
		&e, "save a claim");
	engine_record(rq->en, person, rq->uid,
		take ? "change.take" : "change.untake", id, "", NULL);
}

void
claim_answered(struct request *rq, const char *id)
{
	struct error e;

	engine_write(rq->en);
	engine_must(store_claim_drop(rq->en->store, id, request_actor(rq).who,
			    &e),
		&e, "end a claim");
}

/* ---- those that end by themselves ---- */

struct over {
	char *object, *person;
};

struct overs {
	struct over *items;
	size_t count, capacity;
};

static int
note_over(const char *object, const char *person, void *arg)
{
	struct overs *list = arg;

	ARRAY_GROW(list->items, list->count, list->capacity);
	list->items[list->count++] =
		(struct over){xstrdup(object), xstrdup(person)};
	return 0;
}

/* Consoles see it go; whoever took a change up and did not answer is told. */
static void
say_over(struct engine *en, const struct over *o)
{
	struct change_id id;
	struct change c;
	struct error e;

	engine_record(en, "engine", -1, "change.claim_ended", o->object,
		"15 minutes are over without an answer",
		json_pack("{s:s}", "person", o->person));
	if (!change_id_parse(o->object, &id)) {
		proposal_changed(en, o->object);
		return;
	}
	if (store_change_find(en->store, id, &c, &e) != 1)
		return;
	events_change(en, &c);
	if (c.state == CHANGE_SUBMITTED)
		notice_claim_over(en, &c, o->person);
	change_finish(&c);
}

void
claims_run(struct engine *en)
{
	struct overs list = {0};
	struct error e;
	size_t i;

	engine_must(store_claim_over_each(en->store, engine_now(en), note_over,
			    &list, &e),
		&e, "read claims that are over");
	for (i = 0; i < list.count; i++) {
		struct over *o = &list.items[i];

		engine_write(en);
		engine_must(store_claim_drop(
				    en->store, o->object, o->person, &e),
			&e, "end a claim");
		say_over(en, o);
		free(o->object);
		free(o->person);
	}
	free(list.items);
}
