/* calendar_json.c - windows, freezes, holidays and lines as objects. */
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "base/zone.h"
#include "engine/calendar_rows.h"
#include "engine/cmd.h"
#include "engine/schedule.h"
#include "engine/objects.h"
#include "wire/json.h"

/* How far ahead the clocks are looked at for hours that come twice. */
#define EDGES_AHEAD_S ((int64_t)366 * SCHEDULE_DAY_S)

/* "2026-12-24 18:00" as the clocks of its zone show it. */
static json_t *
local_json(int64_t local)
{
	char text[TIME_TEXT_SIZE];

	time_format_utc(local, text);
	text[10] = ' ';
	text[strlen(text) - 1] = '\0';
	if (strcmp(text + 16, ":00") == 0)
		text[16] = '\0';
	return json_string(text);
}

static json_t *
exdates_json(const struct period *p)
{
	json_t *a = json_array();
	size_t i;

	for (i = 0; i < p->exdate_count; i++)
		json_array_append_new(a, local_json(p->exdates[i]));
	return a;
}

static const char *
effect_key(const struct period *p)
{
	return p->kind == PERIOD_WINDOW ? "at_close" : "running";
}

json_t *
period_content_json(const struct period *p)
{
	json_t *o = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I, "
			      "s:o, s:o}",
		"kind", period_kind_name(p->kind), "name", json_text(p->name),
		"envs", strings_json(&p->envs), "services",
		strings_json(&p->services), "hosts", json_text(p->selector),
		"zone", json_text(p->zone), "start",
		local_json(p->starts_local), "days", (json_int_t)p->days,
		"exact_s", (json_int_t)p->exact_s, "rrule",
		json_text(p->rrule), "exdates", exdates_json(p));

	if (p->kind != PERIOD_HOLIDAY)
		json_object_set_new(o, effect_key(p),
			json_string(period_effect_name(p->effect)));
	if (p->kind == PERIOD_FREEZE)
		json_object_set_new(o, "severity",
			json_string(period_severity_name(p->severity)));
	return o;
}

static void
read_list(const json_t *o, const char *key, struct strings *ret)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(o, key), i, item)
		if (json_is_string(item))
			strings_add(ret, json_string_value(item));
}

static int
read_local(const json_t *text, const struct period *p, int64_t *ret,
	struct error *e)
{
	if (!json_is_string(text))
		return error_set(e, ERROR_INVALID, "'%s' has no start",
			p->name);
	return time_parse_local(json_string_value(text), p->zone, ret, e);
}

/* A word of an enum; or_else where there is none that is known. */
static int
read_word(const json_t *o, const char *key, int (*parse)(const char *s),
	int or_else)
{
	int value = parse(json_get_string(o, key, ""));

	return value < 0 ? or_else : value;
}

int
period_from_json(const json_t *o, struct period *p, struct error *e)
{
	const json_t *item;
	int64_t local;
	size_t i;

	memset(p, 0, sizeof(*p));
	p->kind = (enum period_kind)read_word(
		o, "kind", period_kind_parse, PERIOD_FREEZE);
	p->name = xstrdup(json_get_string(o, "name", ""));
	p->zone = xstrdup(json_get_string(o, "zone", "UTC"));
	p->selector = xstrdup_or_null(json_get_string(o, "hosts", NULL));
	p->rrule = xstrdup_or_null(json_get_string(o, "rrule", NULL));
	p->uid = xstrdup_or_null(json_get_string(o, "uid", NULL));
	p->sequence = json_get_int(o, "sequence", 0);
	p->days = json_get_int(o, "days", 0);
	p->exact_s = json_get_int(o, "exact_s", 0);
	p->severity = (enum period_severity)read_word(
		o, "severity", period_severity_parse, SEVERITY_HARD);
	p->effect = (enum period_effect)read_word(
		o, effect_key(p), period_effect_parse, EFFECT_FINISH);
	read_list(o, "envs", &p->envs);
	read_list(o, "services", &p->services);
	if (read_local(json_object_get(o, "start"), p, &p->starts_local, e) ==
		-1)
		return -1;
	json_array_foreach(json_object_get(o, "exdates"), i, item)
	{
		if (read_local(item, p, &local, e) == -1)
			return -1;
		period_add_exdate(p, local);
	}
	return recur_check(p, e);
}

/* The time it is, else the next, else the last. */
static struct span
nearest(const struct period *p, int64_t now)
{
	int64_t ahead_s[] = {SCHEDULE_AHEAD_S, 8 * 366 * SCHEDULE_DAY_S};
	struct span found = {0, 0, NULL};
	struct spans spans = {0};
	struct error e;
	size_t i, k;

	for (k = 0; k < ARRAY_SIZE(ahead_s) && found.end <= now; k++) {
		if (recur_expand(p, now - (k == 0 ? 1 : ahead_s[k]),
			    now + ahead_s[k], &spans, &e) == -1)
			break;
		for (i = 0; i < spans.count && found.end <= now; i++)
			found = spans.items[i];
		spans.count = 0;
	}
	spans_finish(&spans);
	return found;
}

static const char *
period_state(const struct period *p, const struct span *s, int64_t now)
{
	if (p->ended_at != 0)
		return "removed";
	if (s->end <= now)
		return "over";
	return s->start <= now ? "active" : "ahead";
}

/* One that is only looked at has an author, and no number yet. */
static const char *
source_of(const struct period *p)
{
	if (p->number == 0 && p->author == NULL)
		return "configuration";
	return p->uid != NULL ? "import" : "command";
}

json_t *
period_json(struct engine *en, const struct period *p)
{
	int64_t now = engine_now(en);
	struct span s = nearest(p, now);
	char *id = period_id(p), *edges;
	json_t *o = period_content_json(p);

	if (p->rrule == NULL)
		recur_once(p, &s);
	edges = recur_edges(p, now - SCHEDULE_DAY_S, now + EDGES_AHEAD_S);
	json_object_set_new(o, "id", json_text(id));
	json_object_set_new(o, "duration_s",
		json_integer(p->days * SCHEDULE_DAY_S + p->exact_s));
	json_object_set_new(o, "env",
		p->envs.count == 1 ? json_text(p->envs.items[0]) : json_null());
	json_object_set_new(o, "starts_at", json_time(s.start));
	json_object_set_new(o, "ends_at", json_time(s.end));
	json_object_set_new(o, "state", json_string(period_state(p, &s, now)));
	json_object_set_new(o, "source", json_string(source_of(p)));
	json_object_set_new(o, "clocks", json_text(edges));
	json_object_set_new(o, "author", json_text(p->author));
	json_object_set_new(o, "reason", json_text(p->reason));
	json_object_set_new(o, "created_at", json_time(p->created_at));
	free(edges);
	free(id);
	return o;
}

json_t *
line_json(const char *env, const struct line_stop *l)
{
	return json_pack("{s:s, s:s, s:o, s:o, s:o}", "env", env, "state",
		l == NULL ? "open" : "stopped", "stopped_by",
		json_text(l == NULL ? NULL : l->author), "reason",
		json_text(l == NULL ? NULL : l->reason), "stopped_at",
		json_time(l == NULL ? 0 : l->stopped_at));
}
