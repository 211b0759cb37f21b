/*
 * console_plan.c - acts about time: another start, a freeze passed by one
 * change. What an act would do is asked from the engine while it is typed and
 * stands in the sheet before anybody confirms.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/console_act.h"
#include "tui/console_deed.h"
#include "tui/states.h"
#include "wire/json.h"

/* --- moving --- */

static const char *
reason_move(struct console *c, const struct target *t)
{
	static const char *const can[] = {
		"draft", "submitted", "approved", "scheduled"};
	size_t i;

	(void)c;
	for (i = 0; i < ARRAY_SIZE(can); i++)
		if (strcmp(t->change->state, can[i]) == 0)
			return NULL;
	return strcmp(t->change->state, "running") == 0 ? "it runs"
							: "it is over";
}

static void
fill_move(struct console *c, struct sheet *s, const struct target *t)
{
	struct sheet_item *it;

	deed_line_change(s, t->change);
	it = sheet_add(s, SHEET_TEXT, "at", "New start", NULL);
	if (it != NULL)
		it->needed = true;
	sheet_line(s, false,
		"A time such as 2026-11-24 08:00, tomorrow 08:00, mon 09:30 or "
		"+2h, in the zone of the engine%s%s.",
		c->engine_zone[0] != '\0' ? ", " : "", c->engine_zone);
	s->verb = "Move";
}

/* --- a freeze passed by one change --- */

static const char *
reason_override(struct console *c, const struct target *t)
{
	(void)c;
	return strstr(t->change->conflicts, "freeze") != NULL ||
			       strstr(t->change->conflicts, "frozen") != NULL
		       ? NULL
		       : "no freeze is in its way";
}

static void
fill_override(struct console *c, struct sheet *s, const struct target *t)
{
	(void)c;
	deed_line_change(s, t->change);
	deed_line_warnings(s, t->change);
	sheet_line(s, false,
		"A second person who may override is asked. It is for this one "
		"change and ends with it.");
	s->has_reason = s->needs_reason = true;
	s->verb = "Ask for it";
}

const struct deed plan_deeds[] = {
	{ACTION_MOVE, "plan", "has another start", true, NULL, reason_move,
		fill_move, NULL, NULL},
	{ACTION_OVERRIDE, "override|plan|operate", "is overridden", true, NULL,
		reason_override, fill_override, NULL, NULL},
};
const size_t plan_deed_count = ARRAY_SIZE(plan_deeds);
