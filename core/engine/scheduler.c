/* scheduler.c - starts what is scheduled and due. */
#include "engine/scheduler.h"

#include <stdlib.h>
#include <string.h>

#include "engine/cmd.h"
#include "engine/schedule.h"
#include "engine/schedule_planned.h"
#include "engine/signing.h"

struct due {
	struct change_id *ids;
	size_t count, capacity;
};

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

/* First come, first served: by start, then by id. Returns the next start
 * that is ahead. */
static int64_t
find_due(struct engine *en, struct due *due)
{
	size_t i, count = planned_count(en);
	int64_t now = engine_now(en);

	for (i = 0; i < count; i++) {
		const struct planned *p = planned_at(en, i);

		if (p->state != CHANGE_SCHEDULED)
			continue;
		if (p->start > now)
			return p->start;
		ARRAY_GROW(due->ids, due->count, due->capacity);
		due->ids[due->count++] = p->id;
	}
	return INT64_MAX;
}

int64_t
scheduler_run(struct engine *en)
{
	struct due due = {0};
	int64_t next = find_due(en, &due);
	size_t i;

	for (i = 0; i < due.count; i++)
		start_due(en, due.ids[i]);
	free(due.ids);
	return next;
}
