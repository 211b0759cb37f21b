/*
 * view_calendar.c - the calendar: one cursor on a day (and, in the week, on
 * an hour of it), three faces, layers by environment, and what can be done
 * where the cursor stands.
 */
#include "tui/view_calendar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/units.h"
#include "tui/states.h"
#include "wire/json.h"

#define DAY_S 86400
#define PAGES_MAX 10
#define AGENDA_BESIDE_DAYS 31

static const char *const sections[] = {"Month", "Week", "Agenda", NULL};

/* --- what is shown --- */

static json_t *
params_of(const struct place *p, int64_t from, int64_t to, const char *after)
{
	char text[TIME_TEXT_SIZE];
	json_t *o = json_object();

	time_format_utc(from, text);
	json_object_set_new(o, "from", json_string(text));
	time_format_utc(to, text);
	json_object_set_new(o, "to", json_string(text));
	json_object_set_new(o, "limit", json_integer(1000));
	if (p->layer[0] != '\0')
		json_object_set_new(o, "env", json_text(p->layer));
	if (after != NULL)
		json_object_set_new(o, "after", json_string(after));
	return o;
}

/* A change's conflicts stand with the change. */
static void
note_conflicts(const struct console *c, struct calendar *cal)
{
	size_t i;

	for (i = 0; i < cal->count; i++) {
		struct calendar_row *r = &cal->rows[i];
		const struct world_change *ch =
			r->kind == CALENDAR_CHANGE
				? world_change(c->world, r->id)
				: NULL;

		if (ch == NULL)
			continue;
		r->has_clash = ch->conflicts[0] != '\0';
		r->is_frozen = strstr(ch->conflicts, "freeze") != NULL ||
			       strstr(ch->conflicts, "frozen") != NULL;
	}
}

/* The answers of the engine for the range, page by page; whether they are
 * those that the rows were made of. */
static bool
read_answers(struct console *c, struct place *p, int64_t from, int64_t to,
	const json_t *answers[PAGES_MAX])
{
	uint64_t changes = c->world->lists[WORLD_CHANGES].version;
	uint64_t version = c->calendar_version + changes;
	bool same = c->calendar_changes == changes;
	const char *after = NULL;
	int page;

	for (page = 0; page < PAGES_MAX; page++)
		answers[page] = NULL;
	for (page = 0; page < PAGES_MAX; page++) {
		answers[page] = console_doc(c, "calendar.ls",
			params_of(p, from, to, after), version,
			&c->calendar_problem);
		after = json_get_string(answers[page], "next", NULL);
		if (after == NULL)
			break;
	}
	for (page = 0; page < PAGES_MAX; page++)
		same = same && answers[page] == c->calendar_of[page];
	c->calendar_changes = changes;
	memcpy(c->calendar_of, answers, sizeof(c->calendar_of));
	return same;
}

const struct calendar *
calendar_rows(struct console *c, struct place *p, int64_t from, int64_t to)
{
	const json_t *answers[PAGES_MAX];
	int page;

	if (read_answers(c, p, from, to, answers))
		return &c->calendar;
	calendar_clear(&c->calendar);
	for (page = 0; page < PAGES_MAX && answers[page] != NULL; page++)
		calendar_add(&c->calendar, answers[page]);
	note_conflicts(c, &c->calendar);
	return &c->calendar;
}

/* 0: what is due, 1: what forbids, 2: what allows. */
static int
rank_of(const struct calendar_row *r)
{
	return calendar_is_work(r) ? 0 : r->kind == CALENDAR_WINDOW ? 2 : 1;
}

const struct calendar_row *
calendar_listed(const struct calendar *cal, size_t *i, int64_t from, int64_t to,
	bool clashes)
{
	for (; *i < 3 * cal->count; (*i)++) {
		const struct calendar_row *r = &cal->rows[*i % cal->count];
		int rank = (int)(*i / cal->count);

		if (rank_of(r) != rank || !calendar_overlaps(r, from, to) ||
			(clashes && !r->has_clash && !r->is_frozen))
			continue;
		(*i)++;
		return r;
	}
	return NULL;
}

int
calendar_slot(const struct place *p, bool *ret_again)
{
	*ret_again = p->slot_again;
	return p->slot;
}

void
calendar_slot_range(struct console *c, const struct place *p, int64_t *ret_from,
	int64_t *ret_to)
{
	int64_t end = calendar_day_add(p->at, 1, c->utc), at;

	*ret_from = p->at;
	*ret_to = end;
	if (p->section != FACE_WEEK)
		return;
	at = calendar_clock(p->at, p->slot, p->slot_again, c->utc);
	if (at < 0) {
		*ret_to = *ret_from; /* the clocks never show it */
		return;
	}
	*ret_from = at;
	*ret_to = at + 3600 < end ? at + 3600 : end;
}

/* All that is in sight of this face. */
static void
range_of(struct console *c, const struct place *p, int64_t *ret_from,
	int64_t *ret_to)
{
	struct tm tm;

	calendar_tm(p->at, c->utc, &tm);
	if (p->section == FACE_WEEK) {
		*ret_from = calendar_day_add(
			p->at, -((tm.tm_wday + 6) % 7), c->utc);
		*ret_to = calendar_day_add(*ret_from, 7, c->utc);
	} else if (p->section == FACE_MONTH) {
		*ret_from = calendar_day_add(p->at, 1 - tm.tm_mday, c->utc);
		calendar_tm(*ret_from, c->utc, &tm);
		*ret_from = calendar_day_add(
			*ret_from, -((tm.tm_wday + 6) % 7), c->utc);
		*ret_to = calendar_day_add(*ret_from, 42, c->utc);
	} else {
		*ret_from = p->at;
		*ret_to = calendar_day_add(p->at, 31, c->utc);
	}
}

const struct calendar_row *
calendar_selected(struct console *c, struct place *p)
{
	const struct calendar_row *r = NULL, *last = NULL;
	int64_t from, to, slot_from, slot_to;
	const struct calendar *cal;
	size_t i = 0;
	int n = 0;

	range_of(c, p, &from, &to);
	cal = calendar_rows(c, p, from, to);
	calendar_slot_range(c, p, &slot_from, &slot_to);
	if (p->section == FACE_AGENDA)
		slot_to = to;
	while ((r = calendar_listed(cal, &i, slot_from, slot_to,
			p->problems_only)) != NULL) {
		last = r;
		if (n++ == p->item)
			return r;
	}
	p->item = n > 0 ? n - 1 : 0;
	return last;
}

/* The largest screens have the list of what comes beside the week. */
static bool
has_agenda_beside(const struct place *p, struct rect r)
{
	return p->section == FACE_WEEK && r.w >= 160 && r.h >= 36;
}

/* Returns the columns that are left for the week. */
static int
paint_agenda_beside(const struct sheet_of_days *s, struct rect r)
{
	struct sheet_of_days own = *s;
	struct place nobody = *s->p; /* has no cursor there */
	int week = r.w * 6 / 10, y;

	nobody.item = -1;
	own.p = &nobody;
	for (y = 0; y < r.h; y++)
		canvas_put(s->canvas, r.y + y, r.x + week, 1, STYLE_UI_BORDER,
			glyph(&s->c->glyphs, GLYPH_BOX_V));
	agenda_paint(&own, (struct rect){r.y, r.x + week + 1, r.h,
				   r.w - week - 1});
	return week;
}

static void
paint(struct console *c, struct place *p, struct canvas *canvas, struct rect r)
{
	static void (*const faces[])(const struct sheet_of_days *s,
		struct rect r) = {month_paint, week_paint, agenda_paint};
	struct sheet_of_days s = {.c = c,
		.p = p,
		.canvas = canvas,
		.now = clock_wall_ms(c->clock) / 1000,
		.day = p->at,
		.utc = c->utc,
		.clashes = p->problems_only};
	int64_t from, to;

	range_of(c, p, &from, &to);
	if (has_agenda_beside(p, r))
		to = calendar_day_add(p->at, AGENDA_BESIDE_DAYS, c->utc);
	s.cal = calendar_rows(c, p, from, to);
	if (has_agenda_beside(p, r))
		r.w = paint_agenda_beside(&s, r);
	faces[p->section](&s, r);
}

/* --- keys --- */

static void
go_now(struct console *c, struct place *p)
{
	int64_t now = clock_wall_ms(c->clock) / 1000;
	struct tm tm;

	calendar_tm(now, c->utc, &tm);
	p->at = calendar_day(now, c->utc);
	p->slot = tm.tm_hour * 3600;
	p->slot_again = false;
	p->item = 0;
}

static void
open_calendar(struct console *c, struct place *p)
{
	if (p->at == 0)
		go_now(c, p);
	else
		p->at = calendar_day(p->at + p->slot % DAY_S, c->utc);
	console_load(c, WORLD_CHANGES);
}

static void
move_day(struct console *c, struct place *p, int by)
{
	p->at = calendar_day_add(p->at, by, c->utc);
	p->item = 0;
	/* An hour that comes twice on one day only. */
	if (p->slot_again && calendar_clock(p->at, p->slot, true, c->utc) < 0)
		p->slot_again = false;
}

/* The next hour; one that comes twice is two. */
static void
move_slot(struct console *c, struct place *p, int by)
{
	bool twice = calendar_clock(p->at, p->slot, true, c->utc) >= 0;

	p->item = 0;
	if (by > 0 && twice && !p->slot_again) {
		p->slot_again = true;
		return;
	}
	if (by < 0 && p->slot_again) {
		p->slot_again = false;
		return;
	}
	p->slot_again = false;
	if (p->slot + by * 3600 < 0) {
		move_day(c, p, -1);
		p->slot = 23 * 3600;
	} else if (p->slot + by * 3600 >= DAY_S) {
		move_day(c, p, 1);
		p->slot = 0;
	} else {
		p->slot += by * 3600;
	}
	if (by < 0)
		p->slot_again =
			calendar_clock(p->at, p->slot, true, c->utc) >= 0;
}

static void
move_row(struct console *c, struct place *p, int by)
{
	if (p->section == FACE_MONTH)
		move_day(c, p, 7 * by);
	else if (p->section == FACE_WEEK)
		move_slot(c, p, by);
	else if (p->item + by >= 0)
		p->item += by;
}

/* A month, a week, or the week of the list. */
static void
move_period(struct console *c, struct place *p, int by)
{
	struct tm tm;

	if (p->section != FACE_MONTH) {
		move_day(c, p, 7 * by);
		return;
	}
	calendar_tm(p->at, c->utc, &tm);
	tm.tm_mon += by;
	tm.tm_mday = tm.tm_mday > 28 ? 28 : tm.tm_mday;
	tm.tm_isdst = -1;
	tm.tm_hour = 12;
	p->at = calendar_day(
		(int64_t)(c->utc ? timegm(&tm) : mktime(&tm)), c->utc);
	p->item = 0;
}

static void
turn_face(struct place *p, int by)
{
	p->section = (p->section + by + 3) % 3;
	p->item = 0;
}

/* All environments, then each alone. */
static void
turn_layer(struct console *c, struct place *p)
{
	const json_t *lines = console_doc(
		c, "line.ls", json_object(), c->calendar_version, NULL);
	const json_t *o, *items = json_object_get(lines, "items");
	bool take = p->layer[0] == '\0';
	size_t i;

	json_array_foreach(items, i, o)
	{
		const char *env = json_get_string(o, "env", "");

		if (take) {
			snprintf(p->layer, sizeof(p->layer), "%.60s", env);
			return;
		}
		take = strcmp(env, p->layer) == 0;
	}
	p->layer[0] = '\0';
}

static void
open_row(struct console *c, struct place *p)
{
	const struct calendar_row *r = calendar_selected(c, p);
	char id[64];

	if (p->moving[0] != '\0') {
		console_run_action(c, ACTION_MOVE, false);
		return;
	}
	if (p->section == FACE_MONTH) {
		p->section = FACE_AGENDA;
		p->item = 0;
		return;
	}
	if (r == NULL)
		return;
	snprintf(id, sizeof(id), "%.60s", r->id);
	if (r->kind == CALENDAR_CHANGE)
		console_go(c, &change_view, id, NULL);
	else if (r->kind == CALENDAR_ROLLOUT)
		console_go(c, &rollout_view, id, NULL);
}

/* Picks a change up, to be put down where the cursor goes. */
static bool
pick_up(struct console *c, struct place *p)
{
	const struct calendar_row *r = calendar_selected(c, p);

	if (p->moving[0] != '\0' || r == NULL ||
		r->kind != CALENDAR_CHANGE ||
		console_reason(c, ACTION_MOVE) != NULL)
		return false;
	snprintf(p->moving, sizeof(p->moving), "%.30s", r->id);
	if (p->section == FACE_AGENDA)
		p->section = FACE_WEEK;
	console_say(c, STYLE_NOTICE_INFO,
		"moving %s: go to its new time, Enter puts it there, Esc "
		"leaves it",
		p->moving);
	return true;
}

static bool
act(struct console *c, struct place *p, enum action_id id)
{
	switch (id) {
	case ACTION_DOWN:
	case ACTION_UP:
		move_row(c, p, id == ACTION_DOWN ? 1 : -1);
		return true;
	case ACTION_LEFT:
	case ACTION_RIGHT:
		move_day(c, p, id == ACTION_RIGHT ? 1 : -1);
		return true;
	case ACTION_PAGE_DOWN:
	case ACTION_LATER:
		move_period(c, p, 1);
		return true;
	case ACTION_PAGE_UP:
	case ACTION_EARLIER:
		move_period(c, p, -1);
		return true;
	case ACTION_FACE:
		turn_face(p, 1);
		return true;
	case ACTION_FACE_BACK:
		turn_face(p, -1);
		return true;
	case ACTION_FIRST:
		go_now(c, p);
		return true;
	case ACTION_NEXT_MATCH:
		p->item++;
		return true;
	case ACTION_PREV_MATCH:
		p->item -= p->item > 0;
		return true;
	case ACTION_PROBLEMS:
		p->problems_only = !p->problems_only;
		p->item = 0;
		return true;
	case ACTION_LAYER:
		turn_layer(c, p);
		return true;
	case ACTION_IN:
		open_row(c, p);
		return true;
	case ACTION_MOVE:
		return pick_up(c, p);
	case ACTION_ESCAPE:
		if (p->moving[0] == '\0')
			return false;
		p->moving[0] = '\0';
		console_say(c, STYLE_NOTICE_INFO, "it stays where it is");
		return true;
	default:
		return false;
	}
}

static void
crumb(struct console *c, struct place *p, struct strbuf *out)
{
	char text[40];
	struct tm tm;

	calendar_tm(p->at, c->utc, &tm);
	strftime(text, sizeof(text),
		p->section == FACE_WEEK ? "wk %V %b %Y" : "%b %Y", &tm);
	strbuf_addf(out, "%s%s  %s  %s", c->width < 60 ? "" : "Calendar ",
		sections[p->section], text,
		p->layer[0] != '\0' ? p->layer : "all");
}

const struct view calendar_view = {
	.name = "Calendar",
	.digit = '4',
	.aliases = "calendar cal ca",
	.sections = sections,
	.list = LIST_NONE,
	.open = open_calendar,
	.paint = paint,
	.act = act,
	.crumb = crumb,
};
