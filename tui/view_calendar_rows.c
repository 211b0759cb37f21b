/* view_calendar_rows.c - one row of the calendar in words, how rows and times
 * look, and the list of what the cursor is on. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tui/states.h"
#include "tui/view_calendar.h"

static const struct {
	const char *ascii;
	enum style_role role;
} shades[SHADE_COUNT] = {
	[SHADE_CLOSED] = {" ", STYLE_UI_TEXT},
	[SHADE_OPEN] = {".", STYLE_CALENDAR_WINDOW},
	[SHADE_HOLIDAY] = {"~", STYLE_CALENDAR_HOLIDAY},
	[SHADE_SOFT] = {":", STYLE_CALENDAR_FREEZE_SOFT},
	[SHADE_HARD] = {"/", STYLE_CALENDAR_FREEZE_HARD},
	[SHADE_STOPPED] = {"#", STYLE_CALENDAR_CLASH},
};

const char *
calendar_shade_glyph(const struct console *c, enum calendar_shade s)
{
	(void)c;
	return shades[s].ascii;
}

enum style_role
calendar_shade_role(enum calendar_shade s)
{
	return shades[s].role;
}

enum style_role
calendar_row_role(const struct calendar_row *r)
{
	if (r->has_clash)
		return STYLE_CALENDAR_CLASH;
	if (r->kind == CALENDAR_ROLLOUT)
		return strcmp(r->state, "succeeded") == 0
			       ? STYLE_CALENDAR_DONE
			       : STYLE_CALENDAR_RUNNING;
	if (r->kind == CALENDAR_CHANGE)
		return strcmp(r->state, "scheduled") == 0 ||
				       strcmp(r->state, "approved") == 0
			       ? STYLE_CALENDAR_APPROVED
			       : STYLE_CALENDAR_PLANNED;
	return r->kind == CALENDAR_WINDOW    ? STYLE_CALENDAR_WINDOW
	       : r->kind == CALENDAR_HOLIDAY ? STYLE_CALENDAR_HOLIDAY
	       : r->kind == CALENDAR_HOLD    ? STYLE_CALENDAR_CLASH
	       : r->is_soft		     ? STYLE_CALENDAR_FREEZE_SOFT
					     : STYLE_CALENDAR_FREEZE_HARD;
}

/* "08:00", or "Wed 25 18:00" where it is another day than from. */
static void
add_clock(struct console *c, int64_t at, int64_t day, struct strbuf *out)
{
	char text[40];
	struct tm tm;

	if (at == CALENDAR_OPEN_END) {
		strbuf_adds(out, "?");
		return;
	}
	calendar_tm(at, c->utc, &tm);
	strftime(text, sizeof(text),
		calendar_day(at, c->utc) == day ? "%H:%M" : "%a %d %H:%M", &tm);
	strbuf_adds(out, text);
}

static void
add_work(struct console *c, const struct calendar_row *r, bool narrow,
	struct strbuf *out)
{
	const struct world_change *ch = world_change(c->world, r->id);

	strbuf_addf(out, "%s %s", r->service, r->version);
	if (!narrow)
		strbuf_addf(out, "  %s", r->env);
	if (narrow)
		strbuf_addf(out, " %s", state_look(r->state).shown);
	else
		strbuf_addf(out, "  %s %s", r->id, state_look(r->state).shown);
	if (ch != NULL && strcmp(ch->state, "submitted") == 0)
		strbuf_addf(out, " %lld/%lld", (long long)ch->approvals_given,
			(long long)ch->approvals_required);
	if (narrow)
		strbuf_addf(out, " %s", r->id);
	if (ch != NULL && ch->conflicts[0] != '\0')
		strbuf_addf(out, "  ! %s", ch->conflicts);
}

/* "office hours, window", "year end, soft freeze until Thu 31 00:00": on a
 * narrow screen the name is what must be seen. */
static void
add_rule(struct console *c, const struct calendar_row *r, bool narrow,
	bool same_day, struct strbuf *out)
{
	static const char *const words[CALENDAR_KIND_COUNT] = {
		"window", "freeze", "holiday", "LINE STOPPED", "", ""};
	const char *how = r->kind != CALENDAR_FREEZE ? ""
			  : r->is_soft		     ? "soft "
						     : "hard ";

	if (!narrow) {
		strbuf_addf(out, "%s%s %s  %s", how, words[r->kind], r->name,
			r->env);
		return;
	}
	strbuf_addf(out, "%s%s%s%s", r->name, r->name[0] != '\0' ? ", " : "",
		how, words[r->kind]);
	if (same_day)
		return;
	strbuf_adds(out, " until ");
	add_clock(c, r->ends_at, 0, out);
}

void
calendar_row_text(struct console *c, const struct calendar_row *r, bool narrow,
	struct strbuf *out)
{
	int64_t day = calendar_day(r->starts_at, c->utc);
	bool same_day = r->ends_at != CALENDAR_OPEN_END &&
			calendar_day(r->ends_at, c->utc) == day;

	add_clock(c, r->starts_at, day, out);
	if (!narrow || (!calendar_is_work(r) && same_day)) {
		strbuf_adds(out, "-");
		add_clock(c, r->ends_at, day, out);
	}
	strbuf_adds(out, narrow ? " " : "  ");
	if (calendar_is_work(r)) {
		add_work(c, r, narrow, out);
		return;
	}
	add_rule(c, r, narrow, same_day, out);
	if (r->running[0] != '\0')
		strbuf_addf(out, "  then: %s", r->running);
	if (r->reason[0] != '\0')
		strbuf_addf(out, "  %s", r->reason);
}

/* "3 past, 2 planned", by when they begin: what has begun may still run, or be
 * held. */
static void
count_words(const struct sheet_of_days *s, int64_t from, int64_t to, char *out,
	size_t size)
{
	int64_t now = clock_wall_ms(s->c->clock) / 1000;
	size_t all = calendar_count_work(s->cal, from, to, false);
	size_t ahead = to <= now ? 0
				 : calendar_count_work(s->cal,
					   from > now ? from : now, to, false);

	if (ahead == all)
		snprintf(out, size, "%zu planned", all);
	else if (ahead == 0)
		snprintf(out, size, "%zu past", all);
	else
		snprintf(out, size, "%zu past, %zu planned", all - ahead,
			ahead);
}

void
calendar_paint_list(const struct sheet_of_days *s, struct rect r,
	const char *title, int64_t from, int64_t to)
{
	bool narrow = r.w < 60;
	const struct calendar_row *row;
	int y = r.y + 1, n = 0, skip;
	char right[64];
	size_t i = 0;

	count_words(s, from, to, right, sizeof(right));
	view_rule(s->c, s->canvas, r.y, r, false, title, right);
	skip = s->p->item >= r.h - 1 ? s->p->item - r.h + 2 : 0;
	while ((row = calendar_listed(s->cal, &i, from, to, s->clashes)) !=
			NULL &&
		y < r.y + r.h) {
		struct strbuf text;
		bool on = n == s->p->item;

		if (n++ < skip)
			continue;
		strbuf_init(&text);
		calendar_row_text(s->c, row, narrow, &text);
		canvas_put(s->canvas, y, r.x, 1, STYLE_UI_TEXT,
			on ? glyph(&s->c->glyphs, GLYPH_MARK_CURSOR) : " ");
		canvas_put(s->canvas, y, r.x + 2, r.w - 2,
			calendar_row_role(row), text.buf);
		strbuf_finish(&text);
		y++;
	}
	if (n == 0 && y < r.y + r.h)
		canvas_put(s->canvas, y, r.x + 2, r.w - 2, STYLE_UI_DIM,
			s->c->calendar_problem != NULL ? s->c->calendar_problem
			: s->clashes ? "no clash here; f shows everything"
				     : "nothing is planned; + plans a change");
}
