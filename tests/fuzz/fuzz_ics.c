/* fuzz_ics.c - iCalendar files: whatever is taken in has bounds, and comes
 * back the same when it is written and read again. */
#include <stdlib.h>
#include <string.h>

#include "model/ics.h"
#include "tests/fuzz/fuzz.h"

const char fuzz_corpus[] = "ics";

static void
write_again(const struct ics_events *list, struct strbuf *out)
{
	size_t i;

	ics_begin(out, "again");
	for (i = 0; i < list->count; i++) {
		const struct period *p = &list->items[i].period;
		struct ics_about about = {.uid = p->uid,
			.summary = p->name,
			.sequence = p->sequence,
			.status = ICS_CONFIRMED};

		if (!list->items[i].is_cancelled)
			ics_period(out, &about, p);
	}
	ics_end(out);
}

static size_t
count_held(const struct ics_events *list)
{
	size_t i, count = 0;

	for (i = 0; i < list->count; i++)
		count += !list->items[i].is_cancelled;
	return count;
}

static const struct period *
find(const struct ics_events *list, const char *uid)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (strcmp(list->items[i].period.uid, uid) == 0)
			return &list->items[i].period;
	return NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ics_events list, again;
	struct strbuf text;
	struct error e;
	size_t i;

	if (ics_read((const char *)data, size, PERIOD_FREEZE, "Europe/Berlin",
		    &list, &e) == -1) {
		MUST(strstr(e.text, "line ") != NULL ||
			e.code == ERROR_LIMIT);
		return 0;
	}
	MUST(list.count <= ICS_EVENTS_MOST);
	strbuf_init(&text);
	write_again(&list, &text);
	MUST(ics_read(text.buf, text.len, PERIOD_FREEZE, "Europe/Berlin",
		     &again, &e) == 0);
	MUST(again.count == count_held(&list));
	for (i = 0; i < again.count; i++) {
		const struct period *p = &again.items[i].period;

		MUST(find(&list, p->uid) != NULL);
		MUST(period_is_same(p, find(&list, p->uid)));
	}
	strbuf_finish(&text);
	ics_events_finish(&again);
	ics_events_finish(&list);
	return 0;
}
