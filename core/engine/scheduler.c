/* scheduler.c - starts what is scheduled and due. */
#include "engine/scheduler.h"

#include <stdlib.h>
#include <string.h>

#include "engine/cmd.h"
#include "engine/schedule.h"
#include "engine/signing.h"

struct due_change {
	struct change_id id;
	int64_t at;
};

struct due {
	struct due_change *items;
	size_t count, capacity;
	int64_t now, next;
};

static int
note_due(const struct change *c, void *arg)
{
	struct due *due = arg;

	if (c->scheduled_at > due->now) {
		if (c->scheduled_at < due->next)
			due->next = c->scheduled_at;
		return 0;
	}
	ARRAY_GROW(due->items, due->count, due->capacity);
	due->items[due->count++] = (struct due_change){c->id, c->scheduled_at};
	return 0;
}

/* First come, first served: by start, then by id. */
static int
compare_due(const void *a, const void *b)
{
	const struct due_change *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->id.number > y->id.number) - (x->id.number < y->id.number);
}

/* A refused start waits and says for what; it does not fail. */
static void
start_due(struct engine *en, struct change_id id)
{
	const struct actor engine = {"engine", -1};
	struct rollout_id rollout = {0};
	char text[ID_TEXT_SIZE];
	struct change c;
	struct error e;

	if (store_change_find(en->store, id, &c, &e) != 1)
		return;
	if (change_start(en, &c, &engine, false, false, &rollout, &e) == 0 ||
		c.state != CHANGE_SCHEDULED) {
		change_finish(&c);
		return;
	}
	/* Its signatures are being verified: that is no wait. */
	if (e.code == ERROR_BUSY && signing_wait(en, id, NULL, NULL)) {
		change_finish(&c);
		return;
	}
	schedule_note_wait(en, &c, &e);
	if (c.reason == NULL || strcmp(c.reason, e.text) != 0) {
		change_id_format(id, text);
		str_replace(&c.reason, e.text);
		change_save(en, &c);
		engine_record(
			en, "engine", -1, "change.waits", text, e.text, NULL);
	}
	change_finish(&c);
}

int64_t
scheduler_run(struct engine *en)
{
	struct change_filter f = {.state = CHANGE_SCHEDULED};
	struct due due = {.now = engine_now(en), .next = INT64_MAX};
	struct error e;
	size_t i;

	engine_must(store_change_each(en->store, &f, note_due, &due, &e), &e,
		"read scheduled changes");
	if (due.count > 1)
		qsort(due.items, due.count, sizeof(*due.items), compare_due);
	for (i = 0; i < due.count; i++)
		start_due(en, due.items[i].id);
	free(due.items);
	return due.next;
}
