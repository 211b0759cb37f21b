/* line_views_calendar.c - how windows, freezes and lines are shown. */
#include <string.h>

#include "base/units.h"
#include "tui/line.h"
#include "wire/json.h"

static const char *
str(const json_t *o, const char *key)
{
	return json_get_string(o, key, "");
}

static void
make_envs(struct strbuf *out, const json_t *o)
{
	const json_t *list = json_object_get(o, "envs"), *item;
	size_t i;

	if (json_array_size(list) == 0)
		strbuf_adds(out, "all");
	json_array_foreach(list, i, item)
		strbuf_addf(out, "%s%s", i ? "," : "",
			json_string_value(item));
}

/* "2026-01-05 09:00 Europe/Berlin, 7h, FREQ=WEEKLY;BYDAY=MO" */
static void
make_rule(struct strbuf *out, const json_t *o)
{
	char took[TIME_TEXT_SIZE];

	duration_format(json_get_int(o, "duration_s", 0) * 1000, took);
	strbuf_addf(out, "%s %s, %s", str(o, "start"), str(o, "zone"), took);
	if (*str(o, "rrule") != '\0')
		strbuf_addf(out, ", %s", str(o, "rrule"));
}

static const struct column window_columns[] = {
	{"ID", "id", COLUMN_TEXT, NULL},
	{"ENV", NULL, COLUMN_TEXT, make_envs},
	{"STATE", "state", COLUMN_STATE, NULL},
	{"OPENS", "starts_at", COLUMN_TIME, NULL},
	{"CLOSES", "ends_at", COLUMN_TIME, NULL},
	{"AT CLOSE", "at_close", COLUMN_TEXT, NULL},
	{"SERVICES", "services", COLUMN_LIST, NULL},
	{"RULE", NULL, COLUMN_TEXT, make_rule},
	{"CLOCKS", "clocks", COLUMN_TEXT, NULL},
};

static const struct column freeze_columns[] = {
	{"ID", "id", COLUMN_TEXT, NULL},
	{"NAME", "name", COLUMN_TEXT, NULL},
	{"ENV", NULL, COLUMN_TEXT, make_envs},
	{"STATE", "state", COLUMN_STATE, NULL},
	{"FROM", "starts_at", COLUMN_TIME, NULL},
	{"TO", "ends_at", COLUMN_TIME, NULL},
	{"SEVERITY", "severity", COLUMN_TEXT, NULL},
	{"RUNNING", "running", COLUMN_TEXT, NULL},
	{"REASON", "reason", COLUMN_TEXT, NULL},
};

static void
make_overrides(struct strbuf *out, const json_t *o)
{
	const json_t *list = json_object_get(o, "overrides"), *item;
	size_t i;

	json_array_foreach(list, i, item)
		strbuf_addf(out, "%s%s, asked by %s: %s", i ? "\n" : "",
			str(item, "change"), str(item, "author"),
			str(item, "reason"));
}

static const struct column freeze_fields[] = {
	{"freeze", "id", COLUMN_TEXT, NULL},
	{"name", "name", COLUMN_TEXT, NULL},
	{"state", "state", COLUMN_STATE, NULL},
	{"environments", NULL, COLUMN_TEXT, make_envs},
	{"services", "services", COLUMN_LIST, NULL},
	{"only hosts", "hosts", COLUMN_TEXT, NULL},
	{"from", "starts_at", COLUMN_TIME, NULL},
	{"to", "ends_at", COLUMN_TIME, NULL},
	{"rule", NULL, COLUMN_TEXT, make_rule},
	{"except", "exdates", COLUMN_LIST, NULL},
	{"clocks", "clocks", COLUMN_TEXT, NULL},
	{"severity", "severity", COLUMN_TEXT, NULL},
	{"what runs", "running", COLUMN_TEXT, NULL},
	{"lets through", NULL, COLUMN_TEXT, make_overrides},
	{"comes from", "source", COLUMN_TEXT, NULL},
	{"author", "author", COLUMN_TEXT, NULL},
	{"reason", "reason", COLUMN_TEXT, NULL},
};

static const struct column hit_columns[] = {
	{"KIND", "kind", COLUMN_TEXT, NULL},
	{"ID", "id", COLUMN_TEXT, NULL},
	{"SERVICE", "service", COLUMN_TEXT, NULL},
	{"VERSION", "version", COLUMN_TEXT, NULL},
	{"ENV", "env", COLUMN_TEXT, NULL},
	{"HOSTS", "hosts", COLUMN_COUNT, NULL},
	{"STARTS", "at", COLUMN_TIME, NULL},
	{"WHAT HAPPENS", "text", COLUMN_TEXT, NULL},
};

static void
say_hits(struct line *l, const json_t *o)
{
	const json_t *hits = json_object_get(o, "hits");
	int left_off = (int)json_get_int(o, "hits_left_off", 0);

	line_say(l,
		"it hits %d rollout(s), %d open approval(s), %d planned "
		"change(s) on %d host(s)",
		(int)json_get_int(o, "hits_rollouts", 0),
		(int)json_get_int(o, "hits_approvals", 0),
		(int)json_get_int(o, "hits_changes", 0),
		(int)json_get_int(o, "hits_hosts", 0));
	if (json_array_size(hits) > 0)
		table_print(stdout, &l->look, hit_columns,
			ARRAY_SIZE(hit_columns), hits);
	if (left_off > 0)
		line_say(l, "... and %d more", left_off);
}

/* A request (of a second person), or the freeze and what it hits. */
static void
freeze_summary(struct line *l, const json_t *o)
{
	if (json_object_get(o, "hits") == NULL) {
		view_request.summary(l, o);
		return;
	}
	if (json_get_bool(o, "dry_run", false))
		line_say(l, "nothing was saved; '%s' would freeze %s to %s",
			str(o, "name"), str(o, "starts_at"),
			str(o, "ends_at"));
	else
		line_say(l, "%s '%s' freezes %s to %s", str(o, "id"),
			str(o, "name"), str(o, "starts_at"),
			str(o, "ends_at"));
	if (json_get_bool(o, "needs_second_person", false))
		line_say(l, "it forbids less than before: a second person "
			    "would be asked");
	if (*str(o, "clocks") != '\0')
		line_say(l, "mind the clocks: %s", str(o, "clocks"));
	say_hits(l, o);
}

static const struct column line_columns[] = {
	{"ENV", "env", COLUMN_TEXT, NULL},
	{"LINE", "state", COLUMN_STATE, NULL},
	{"SINCE", "stopped_at", COLUMN_TIME, NULL},
	{"BY", "stopped_by", COLUMN_TEXT, NULL},
	{"REASON", "reason", COLUMN_TEXT, NULL},
};

static void
say_each(struct line *l, const json_t *o, const char *key, const char *what)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(o, key), i, item)
		line_say(l, "  %s %s %s: %s", str(item, "id"),
			str(item, "service"), str(item, "version"), what);
}

static void
line_summary(struct line *l, const json_t *o)
{
	line_say(l, "the line of '%s' is %s", str(o, "env"), str(o, "state"));
	say_each(l, o, "held", "held");
	say_each(l, o, "waiting", "waits");
	say_each(l, o, "go_on", "goes on");
	say_each(l, o, "starts", "starts");
}

static const struct column slot_fields[] = {
	{"environment", "env", COLUMN_TEXT, NULL},
	{"service", "service", COLUMN_TEXT, NULL},
	{"next free", "starts_at", COLUMN_TIME, NULL},
	{"for", "for_s", COLUMN_SECONDS, NULL},
	{"closes", "closes_at", COLUMN_TIME, NULL},
	{"closed by", "closed_by", COLUMN_TEXT, NULL},
};

const struct view view_window = {
	"windows", VIEW(window_columns, freeze_fields), NULL};
const struct view view_freeze = {
	"freezes", VIEW(freeze_columns, freeze_fields), freeze_summary};
const struct view view_line = {
	"lines", VIEW(line_columns, line_columns), line_summary};
const struct view view_slot = {
	"slots", VIEW(slot_fields, slot_fields), NULL};
