/*
 * console_plan.c - acts about time: another start, a freeze passed by one
 * change. What an act would do is asked from the engine while it is typed and
 * stands in the sheet before anybody confirms.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "tui/console_act.h"
#include "tui/console_deed.h"
#include "tui/states.h"
#include "tui/view_calendar.h"
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

/* The time of the cursor in the calendar as the engine reads it, "" where
 * there is none. */
static void
slot_text(struct console *c, char *out, size_t size)
{
	struct place *p = console_subject(c);
	char text[TIME_TEXT_SIZE] = "";
	int64_t from, to;

	if (p->view == &calendar_view) {
		calendar_slot_range(c, p, &from, &to);
		time_format_utc(from, text);
	}
	snprintf(out, size, "%s", text);
}

static void
line_times(struct console *c, struct sheet *s)
{
	sheet_line(s, false,
		"Times as 2026-11-24 08:00, tomorrow 08:00, mon 09:30, +2h%s%s "
		"or with Z for UTC.",
		c->engine_zone[0] != '\0' ? " in " : "", c->engine_zone);
}

static void
fill_move(struct console *c, struct sheet *s, const struct target *t)
{
	struct place *p = console_subject(c);
	struct sheet_item *it;
	char at[TIME_TEXT_SIZE];

	deed_line_change(s, t->change);
	line_times(c, s);
	slot_text(c, at, sizeof(at));
	it = sheet_add(s, SHEET_TEXT, "at", "New start", at);
	if (it != NULL)
		it->needed = true;
	p->moving[0] = '\0';
	s->verb = "Move";
	preview_ask(c, s);
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

/* The first freeze that stands in its way, as the engine names it. */
static void
freeze_of(struct console *c, const struct world_change *ch, char *out,
	size_t size)
{
	const json_t *item, *full = console_doc(c, "change.show",
				    json_pack("{s:s}", "id", ch->record.id),
				    ch->record.version, NULL);
	size_t i;

	out[0] = '\0';
	json_array_foreach(json_object_get(full, "conflicts"), i,
		item) if (strcmp(json_get_string(item, "kind", ""), "freeze") ==
				  0 &&
			  out[0] == '\0')
		snprintf(out, size, "%s", json_get_string(item, "with", ""));
}

static void
fill_override(struct console *c, struct sheet *s, const struct target *t)
{
	char id[80];

	freeze_of(c, t->change, id, sizeof(id));
	deed_line_change(s, t->change);
	deed_line_warnings(s, t->change);
	sheet_line(s, false,
		"A second person who may override is asked. It is for this one "
		"change and ends with it.");
	sheet_add(s, SHEET_TEXT, "id", "Freeze", id);
	s->items[0].needed = true;
	s->has_reason = s->needs_reason = true;
	s->verb = "Ask for it";
}

static void
send_override(struct console *c, struct sheet *s, json_t *params)
{
	(void)c;
	json_object_set_new(params, "change", json_text(s->object));
}

/* --- planning --- */

static const char *
reason_none(struct console *c, const struct target *t)
{
	(void)c;
	(void)t;
	return NULL;
}

static void
fill_plan(struct console *c, struct sheet *s, const struct target *t)
{
	static const char *const types[] = {
		"normal", "standard", "emergency", NULL};
	const struct place *p = console_subject(c);
	char at[TIME_TEXT_SIZE];
	struct sheet_item *it;

	(void)t;
	slot_text(c, at, sizeof(at));
	sheet_line(s, false,
		"A release to an environment; it is submitted at once and asks "
		"for the approvals that policy wants.");
	line_times(c, s);
	sheet_add(s, SHEET_TEXT, "service", "Service", NULL);
	sheet_add(s, SHEET_TEXT, "version", "Version", NULL);
	sheet_add(s, SHEET_TEXT, "env", "Environment", p->layer);
	s->items[0].needed = s->items[1].needed = s->items[2].needed = true;
	sheet_add(s, SHEET_TEXT, "at", "Start (or nothing)", at);
	it = sheet_add(s, SHEET_PICK, "type", "Type", NULL);
	it->options = types;
	sheet_add(s, SHEET_TEXT, "strategy", "Strategy", NULL);
	sheet_add(s, SHEET_TEXT, "hosts", "Only hosts", NULL);
	sheet_add(s, SHEET_TEXT, "unplanned", "Incident", NULL);
	s->has_reason = true;
	s->reason_label = "Why";
	s->verb = "Plan";
}

/* --- promotion --- */

static const char *
reason_promote(struct console *c, const struct target *t)
{
	(void)c;
	if (!t->release->quarantined)
		return NULL;
	return strncmp(t->release->refused, "taken back", 10) == 0
		       ? "it was taken back in an environment"
		       : "it is quarantined";
}

static void
fill_promote(struct console *c, struct sheet *s, const struct target *t)
{
	const struct world_release *r = t->release;

	snprintf(s->host, sizeof(s->host), "%.30s %.40s", r->service,
		r->version);
	snprintf(s->title, sizeof(s->title), "PROMOTE %.60s", s->host);
	sheet_line(s, false,
		"A change takes %s %s to the first environment that it has not "
		"been in and whose rules it has met so far; it is submitted at "
		"once.",
		r->service, r->version);
	line_times(c, s);
	sheet_add(s, SHEET_TEXT, "at", "Start (or nothing)", NULL);
	sheet_add(s, SHEET_TEXT, "strategy", "Strategy", NULL);
	s->has_reason = true;
	s->reason_label = "Why";
	s->verb = "Promote";
}

static void
send_promote(struct console *c, struct sheet *s, json_t *params)
{
	const char *blank = strchr(s->host, ' ');

	(void)c;
	json_object_del(params, "hosts");
	json_object_set_new(params, "service",
		json_stringn(s->host, (size_t)(blank - s->host)));
	json_object_set_new(params, "version", json_text(blank + 1));
}

/* --- freezes --- */

static const struct calendar_row *
freeze_row(const struct target *t)
{
	return t->row != NULL && t->row->kind == CALENDAR_FREEZE ? t->row
								 : NULL;
}

static void
time_item(struct sheet *s, const char *name, const char *label, int64_t at)
{
	char text[TIME_TEXT_SIZE] = "";

	if (at > 0 && at != CALENDAR_OPEN_END)
		time_format_utc(at, text);
	sheet_add(s, SHEET_TEXT, name, label, text)->needed = true;
}

static void
fill_freeze(struct console *c, struct sheet *s, const struct target *t)
{
	static const char *const severities[] = {"hard", "soft", NULL};
	static const char *const effects[] = {
		"finish", "finish-wave", "hold", "rollback", NULL};
	const struct calendar_row *f = freeze_row(t);
	const struct place *p = console_subject(c);
	int64_t from, to;

	calendar_slot_range(c, p, &from, &to);
	if (f != NULL) {
		snprintf(s->object, sizeof(s->object), "%.100s", f->id);
		snprintf(
			s->title, sizeof(s->title), "EDIT FREEZE %.50s", f->id);
		sheet_line(s, false,
			"%s of %s. Less than now is asked from a "
			"second person.",
			f->name, f->env);
	} else {
		sheet_line(s, false,
			"No change starts in it; going back is never frozen.");
		sheet_add(s, SHEET_TEXT, "name", "Name", NULL)->needed = true;
		sheet_add(s, SHEET_TEXT, "envs", "Environments", p->layer)
			->needed = true;
	}
	line_times(c, s);
	time_item(s, "from", "From", f != NULL ? f->starts_at : from);
	time_item(s, "to", "To", f != NULL ? f->ends_at : to);
	if (f == NULL)
		sheet_add(s, SHEET_TEXT, "rrule", "Again (RRULE)", NULL);
	sheet_add(s, SHEET_PICK, "severity", "Severity", NULL)->options =
		severities;
	sheet_add(s, SHEET_PICK, "running", "What runs", NULL)->options =
		effects;
	if (f != NULL) {
		sheet_pick(sheet_find(s, "severity"),
			f->is_soft ? "soft" : "hard");
		sheet_pick(sheet_find(s, "running"), f->running);
	}
	s->has_reason = s->needs_reason = true;
	s->verb = f != NULL ? "Save" : "Freeze";
	if (f == NULL)
		snprintf(s->word, sizeof(s->word), "freeze");
}

/* "prod staging" as a list. */
static void
send_freeze(struct console *c, struct sheet *s, json_t *params)
{
	char words[FIELD_MAX + 8], *save = NULL, *word;
	const struct sheet_item *it = sheet_find(s, "envs");
	json_t *list;

	(void)c;
	if (it == NULL)
		return;
	list = json_array();
	snprintf(words, sizeof(words), "%s", it->text.text);
	for (word = strtok_r(words, " ,", &save); word != NULL;
		word = strtok_r(NULL, " ,", &save))
		json_array_append_new(list, json_text(word));
	json_object_set_new(params, "envs", list);
}

static const char *
reason_thaw(struct console *c, const struct target *t)
{
	(void)c;
	return freeze_row(t) == NULL ? "no freeze is selected"
	       : strchr(freeze_row(t)->id, '/') != NULL
		       ? "it stands in the configuration"
		       : NULL;
}

static void
fill_thaw(struct console *c, struct sheet *s, const struct target *t)
{
	(void)c;
	snprintf(s->object, sizeof(s->object), "%.100s", t->row->id);
	snprintf(s->title, sizeof(s->title), "END FREEZE %.50s", t->row->id);
	sheet_line(s, false, "%s of %s ends; a second person is asked first.",
		t->row->name, t->row->env);
	s->has_reason = s->needs_reason = true;
	s->verb = "Ask for it";
}

/* --- the line --- */

/* The environment that is meant: the layer, or that of what is selected. */
static const char *
line_env(struct console *c, const struct target *t)
{
	const struct place *p = console_subject(c);

	return p->layer[0] != '\0' ? p->layer
	       : t->row != NULL	   ? t->row->env
				   : "";
}

static bool
is_stopped(struct console *c, const char *env)
{
	const json_t *o, *lines = console_doc(c, "line.ls", json_object(),
				 c->calendar_version, NULL);
	size_t i;

	json_array_foreach(json_object_get(lines, "items"), i,
		o) if (strcmp(json_get_string(o, "env", ""), env) ==
		       0) return strcmp(json_get_string(o, "state", ""),
		"stopped") == 0;
	return false;
}

static const char *
reason_stop(struct console *c, const struct target *t)
{
	const char *env = line_env(c, t);

	return env[0] == '\0'	    ? "b chooses the environment first"
	       : is_stopped(c, env) ? "it is stopped"
				    : NULL;
}

static const char *
reason_open(struct console *c, const struct target *t)
{
	const char *env = line_env(c, t);

	return env[0] != '\0' && is_stopped(c, env) ? NULL
						    : "it is not stopped";
}

static void
fill_stop(struct console *c, struct sheet *s, const struct target *t)
{
	const char *env = line_env(c, t);

	snprintf(s->host, sizeof(s->host), "%.70s", env);
	snprintf(s->title, sizeof(s->title), "STOP THE LINE %.50s", env);
	sheet_line(s, false,
		"Everything in %s is held at once: what runs after the steps "
		"in "
		"flight, what is due waits. A way back is never stopped.",
		env);
	s->has_reason = true;
	s->verb = "Stop the line";
	s->word[0] = '\0';
	s->focus = SHEET_CANCEL;
}

static void
fill_open(struct console *c, struct sheet *s, const struct target *t)
{
	const char *env = line_env(c, t);

	snprintf(s->host, sizeof(s->host), "%.70s", env);
	snprintf(s->title, sizeof(s->title), "OPEN THE LINE %.50s", env);
	sheet_line(s, false,
		"What was held in %s goes on, and what was due starts.", env);
	snprintf(s->word, sizeof(s->word), "%.70s", env);
	s->has_reason = s->needs_reason = true;
	s->verb = "Open the line";
}

static void
send_line(struct console *c, struct sheet *s, json_t *params)
{
	(void)c;
	json_object_set_new(params, "env", json_text(s->host));
	json_object_del(params, "hosts");
}

const struct deed plan_deeds[] = {
	{ACTION_MOVE, "plan", "has another start", true, NULL, reason_move,
		fill_move, NULL, preview_ask},
	{ACTION_OVERRIDE, "override|plan|operate", "is overridden", true, NULL,
		reason_override, fill_override, send_override, NULL},
	{ACTION_PLAN, "plan", "is planned", true, NULL, reason_none, fill_plan,
		NULL, NULL},
	{ACTION_PROMOTE, "plan", "is planned", true, NULL, reason_promote,
		fill_promote, send_promote, NULL},
	{ACTION_FREEZE, "calendar", "stands", true, NULL, reason_none,
		fill_freeze, send_freeze, preview_ask},
	{ACTION_THAW, "calendar", "asks a second person", true, NULL,
		reason_thaw, fill_thaw, NULL, NULL},
	{ACTION_LINE_STOP, "stop|operate", "is stopped", true, NULL,
		reason_stop, fill_stop, send_line, NULL},
	{ACTION_LINE_OPEN, "operate", "goes on", true, NULL, reason_open,
		fill_open, send_line, NULL},
};
const size_t plan_deed_count = ARRAY_SIZE(plan_deeds);
