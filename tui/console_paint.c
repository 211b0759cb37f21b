/*
 * console_paint.c - the frame around every view: header, prompt and message
 * line, footer; and the one line that is left on a screen too small to act.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tui/console.h"
#include "tui/console_act.h"
#include "tui/states.h"
#include "tui/tour.h"
#include "tui/view.h"

#define NARROW 60

static const char *
env_of_screen(struct console *c, const char **ret_name)
{
	struct target t = console_target(c);

	*ret_name = t.rollout != NULL  ? t.rollout->env
		    : t.change != NULL ? t.change->env
				       : "";
	return t.rollout != NULL  ? t.rollout->env_kind
	       : t.change != NULL ? t.change->env_kind
				  : "";
}

/* Only where the screen is of one object: a list is of many. */
static bool
is_of_one_object(struct console *c)
{
	return c->sheet.is_open || console_place(c)->object != NULL;
}

unsigned
console_overlays(struct console *c)
{
	const char *name, *kind = "";
	char lock[32];
	unsigned states = 0;

	console_lock_text(c, lock, sizeof(lock));
	if (is_of_one_object(c)) {
		kind = env_of_screen(c, &name);
		if (lock[0] != '\0')
			states |= lock[0] == 'U' ? OVERLAY_UNLOCKED
						 : OVERLAY_LOCKED;
	}
	if (c->link == LINK_STATE_LOST)
		states |= OVERLAY_STALE;
	return theme_overlays(&c->theme, kind, states);
}

static void
clock_text(struct console *c, char *out, size_t size)
{
	time_t now = (time_t)(clock_wall_ms(c->clock) / 1000);
	struct tm tm;

	if (c->utc)
		gmtime_r(&now, &tm);
	else
		localtime_r(&now, &tm);
	strftime(out, size, c->utc ? "%H:%M UTC" : "%H:%M %Z", &tm);
}

static enum style_role
link_text(struct console *c, char *out, size_t size)
{
	int64_t lost_s = (console_now_ms(c) - c->lost_at_ms) / 1000;

	if (c->link == LINK_STATE_LIVE) {
		snprintf(out, size, "LIVE");
		return STYLE_LINK_LIVE;
	}
	if (c->link == LINK_STATE_READING) {
		snprintf(out, size, "READING");
		return STYLE_LINK_STALE;
	}
	if (lost_s < 10)
		snprintf(out, size, "STALE");
	else if (lost_s < 60)
		snprintf(out, size, "OFFLINE %ds", (int)(lost_s / 10 * 10));
	else
		snprintf(out, size, "OFFLINE %dm", (int)(lost_s / 60));
	return lost_s < 10 ? STYLE_LINK_STALE : STYLE_LINK_OFFLINE;
}

struct header_part {
	char text[64];
	enum style_role role;
};

/* Words for the right end of the header, most important last. */
static size_t
header_parts(struct console *c, struct header_part parts[5], bool narrow)
{
	const char *name, *kind = env_of_screen(c, &name);
	size_t n = 0;

	if (is_of_one_object(c) && name[0] != '\0') {
		snprintf(parts[n].text, sizeof(parts[n].text), "%.40s",
			env_word(kind, name));
		parts[n++].role = env_role(kind);
	}
	console_lock_text(c, parts[n].text, sizeof(parts[n].text));
	parts[n].role = parts[n].text[0] == 'U' ? STYLE_LINK_UNLOCKED
						: STYLE_LINK_LOCKED;
	if (is_of_one_object(c) && parts[n].text[0] != '\0')
		n++;
	parts[n].role = link_text(c, parts[n].text, sizeof(parts[n].text));
	n++;
	if (!narrow) {
		clock_text(c, parts[n].text, sizeof(parts[n].text));
		parts[n++].role = STYLE_UI_HEADER;
	}
	return n;
}

/* Where it is. Returns the length of what stands before its name. */
static size_t
title_text(struct console *c, bool with_root, struct strbuf *out)
{
	struct place *p = console_place(c);
	size_t before;

	if (c->width >= NARROW)
		strbuf_adds(out, " sluice  ");
	if (p->view->digit != '\0')
		strbuf_addf(out, "%c ", p->view->digit);
	else if (with_root)
		strbuf_addf(
			out, "%c %s > ", c->digit, c->places[0].view->name);
	else
		strbuf_addf(out, "%c ", c->digit);
	before = out->len;
	if (p->view->crumb != NULL)
		p->view->crumb(c, p, out);
	else
		strbuf_adds(out, p->view->name);
	return before;
}

/* What does not fit whole: the way there first, then words from the end; the
 * name itself stays. */
static void
fit_title(struct console *c, const struct canvas *canvas, int width,
	struct strbuf *out)
{
	size_t before = title_text(c, c->width >= NARROW, out);

	if (canvas_width_of(canvas, out->buf) > width) {
		strbuf_finish(out);
		strbuf_init(out);
		before = title_text(c, false, out);
	}
	while (canvas_width_of(canvas, out->buf) > width) {
		char *blank = strrchr(out->buf, ' ');

		if (blank == NULL || blank < out->buf + before)
			break;
		out->len = (size_t)(blank - out->buf);
		*blank = '\0';
	}
}

static void
paint_header(struct console *c, struct canvas *canvas)
{
	struct header_part parts[5];
	bool narrow = c->width < NARROW;
	size_t n = header_parts(c, parts, narrow), i;
	struct strbuf left;
	int x = c->width - 1;

	canvas_fill(canvas, 0, 0, c->width, STYLE_UI_HEADER, " ");
	for (i = n; i > 0; i--) {
		int w = canvas_width_of(canvas, parts[i - 1].text);
		enum style_role role = parts[i - 1].role;

		x -= w;
		/* Badges keep their own look; quiet words that of the line. */
		if (role == STYLE_LINK_LIVE || role == STYLE_LINK_LOCKED)
			role = STYLE_UI_HEADER;
		if (x > 12)
			canvas_put(canvas, 0, x, w, role, parts[i - 1].text);
		x -= 2;
	}
	x = x > 12 ? x : 12;
	strbuf_init(&left);
	fit_title(c, canvas, x, &left);
	canvas_put(canvas, 0, 0, x, STYLE_UI_HEADER, left.buf);
	strbuf_finish(&left);
}

/* A key does one thing: the first that is possible. */
static bool
first_of_key(char *seen, size_t size, const char *key)
{
	char word[20];

	snprintf(word, sizeof(word), " %s ", key);
	if (strstr(seen, word) != NULL)
		return false;
	snprintf(seen + strlen(seen), size - strlen(seen), "%s ", key);
	return true;
}

/* Verbs that are possible now, in the order of actions.def; menu and help
 * are always there. */
void
console_paint_footer(struct console *c, struct canvas *canvas, int y)
{
	bool narrow = c->width < NARROW;
	int x = narrow ? 0 : 1, verbs = 0, i;
	int reserved = narrow ? 9 : 24;
	char seen[64] = " ", label[32];

	for (i = 0; i < ACTION_COUNT; i++) {
		const struct action *a = action_get((enum action_id)i);
		bool always =
			i == ACTION_MENU || i == ACTION_HELP || i == ACTION_OUT;
		char key[16];
		int w;

		if (a->label[0] == '\0' || (!always && verbs == 7) ||
			!console_applies(c, (enum action_id)i) ||
			console_reason(c, (enum action_id)i) != NULL)
			continue;
		if (narrow && a->tier == 0 && !always)
			continue;
		keymap_first_key((enum action_id)i, key, sizeof(key));
		if (!first_of_key(seen, sizeof(seen), key))
			continue;
		snprintf(label, sizeof(label), "%.*s",
			(int)(narrow ? strcspn(a->label, ".")
				     : strlen(a->label)),
			a->label);
		w = (int)(strlen(key) + 1 + strlen(label)) + 2;
		if (!always && x + w > c->width - reserved)
			continue;
		x += canvas_put(canvas, y, x, c->width - x, STYLE_UI_KEY, key);
		if (!narrow || !always) {
			x += canvas_put(canvas, y, x, c->width - x,
				STYLE_UI_FOOTER, " ");
			x += canvas_put(canvas, y, x, c->width - x,
				STYLE_UI_FOOTER, label);
		}
		x += 2;
		verbs++;
	}
}

/* Over as many lines above the footer as it needs. */
static void
paint_words(struct console *c, struct canvas *canvas, enum style_role role,
	const char *text)
{
	int margin = c->width < NARROW ? 0 : 1, bottom = c->height - 1;
	struct rect r = {0, margin, 0, c->width - 2 * margin};

	r.h = text_wrap(canvas, 0, 0, r, false, role, text);
	if (r.h > c->height / 3)
		r.h = c->height / 3;
	r.y = bottom - r.h;
	canvas_blank(canvas, (struct rect){r.y, 0, r.h, c->width},
		STYLE_UI_TEXT);
	text_wrap(canvas, r.y, bottom, r, true, role, text);
}

/* How long the answer can still be taken back; in steps of ten seconds where
 * the link is slow. */
static void
paint_undo(struct console *c, struct canvas *canvas)
{
	int64_t left = (c->undo.until_ms - console_now_ms(c) + 999) / 1000;
	char text[sizeof(c->message) + 40];

	if (c->motion == MOTION_NONE) {
		snprintf(text, sizeof(text), "%s   u undo", c->message);
		paint_words(c, canvas, c->message_role, text);
		return;
	}
	if (c->slow_link || c->motion == MOTION_SLOW)
		left = (left + 9) / 10 * 10;
	snprintf(text, sizeof(text), "%s   u undo %llds", c->message,
		(long long)(left > 0 ? left : 0));
	paint_words(c, canvas, c->message_role, text);
}

/* What was said last; else that the engine is lost, as long as it is. */
static void
paint_message(struct console *c, struct canvas *canvas)
{
	char lost[sizeof(c->lost_why) + 160];
	const struct message *last;

	if (c->height <= 2)
		return;
	if (c->message[0] != '\0' && c->message_counts) {
		paint_undo(c, canvas);
		return;
	}
	if (c->message[0] != '\0') {
		paint_words(c, canvas, c->message_role, c->message);
		return;
	}
	last = notice_at(&c->notices, 0);
	if (c->link != LINK_STATE_LOST && c->notices.announce && last != NULL)
		paint_words(c, canvas, STYLE_UI_TEXT, last->text);
	if (c->link != LINK_STATE_LOST)
		return;
	if (c->width < NARROW)
		snprintf(lost, sizeof(lost),
			"engine lost: sluice engine start");
	else
		snprintf(lost, sizeof(lost),
			"engine lost, what you see is old: %s; start it with "
			"sluice engine start or systemctl start sluice",
			c->lost_why);
	paint_words(c, canvas, STYLE_NOTICE_ERROR, lost);
}

static void
paint_bottom(struct console *c, struct canvas *canvas)
{
	int y = c->height - 1;

	if (c->sheet.is_open) {
		canvas_put(canvas, y, 1, c->width - 1, STYLE_UI_FOOTER,
			sheet_footer(&c->sheet, c->width));
	} else if (c->prompt == PROMPT_RESUME) {
		char where[200];

		memory_resume_text(c, where, sizeof(where));
		canvas_putf(canvas, y, 0, c->width, STYLE_NOTICE_INFO,
			c->width < NARROW ? "Enter: back to %s"
					  : " You were at %s.   Enter goes "
					    "there; any other key stays here",
			where);
	} else if (c->prompt == PROMPT_QUIT) {
		canvas_put(canvas, y, 0, c->width, STYLE_NOTICE_WARN,
			c->width < NARROW ? "Leave? rollouts go on. y/n"
					  : " Leave the console? Rollouts go "
					    "on without you.  y yes  n no");
		canvas_cursor(canvas, y, c->width < NARROW ? 24 : 49);
	} else if (c->prompt != PROMPT_NONE) {
		if (c->prompt == PROMPT_PALETTE)
			console_palette_paint(c, canvas);
		canvas_put(canvas, y, 0, 1, STYLE_UI_KEY,
			c->prompt == PROMPT_FILTER ? "/" : ":");
		field_paint(&c->field, canvas, y, 1, c->width - 1, true);
	} else {
		console_paint_footer(c, canvas, y);
	}
	if (c->prompt != PROMPT_PALETTE)
		paint_message(c, canvas);
}

/* Under 30 columns or 8 rows: what matters most in one line. */
static void
paint_tiny(struct console *c, struct canvas *canvas)
{
	const struct collection *list = &c->world->lists[WORLD_ROLLOUTS];
	const struct world_rollout *r = console_target(c).rollout;
	size_t i;

	for (i = list->count; r == NULL && i > 0; i--) {
		const struct world_rollout *other =
			(const void *)list->items[i - 1];

		if (rollout_is_live(other))
			r = other;
	}
	if (r == NULL)
		canvas_put(
			canvas, 0, 0, c->width, STYLE_UI_TEXT, "nothing runs");
	else
		canvas_putf(canvas, 0, 0, c->width, state_look(r->state).role,
			"%s %lld/%lld X%lld %s", r->record.id,
			(long long)r->hosts_done, (long long)r->hosts_total,
			(long long)(r->hosts_failed + r->hosts_unreachable),
			state_look(r->state).shown);
	if (c->height > 1)
		canvas_put(canvas, 1, 0, c->width, STYLE_UI_DIM,
			"too small to act; q");
}

void
console_paint(struct console *c, struct canvas *canvas)
{
	struct rect body = {1, 0, c->height - 3, c->width};
	int tour;

	console_refresh(c);
	console_forget_announced(c);
	canvas_clear(canvas);
	c->link_count = 0;
	c->painted_minute = clock_wall_ms(c->clock) / 60000;
	c->painted_step = console_now_ms(c) / 10000;
	c->dirty = c->stale = c->look_again = false;
	if (c->width < 30 || c->height < 8) {
		paint_tiny(c, canvas);
		return;
	}
	paint_header(c, canvas);
	tour = tour_paint(c, canvas, body.y);
	body.y += tour;
	body.h -= tour;
	if (c->link == LINK_STATE_READING && !c->world->ready)
		canvas_put(canvas, 2, 2, c->width - 2, STYLE_UI_DIM, "reading");
	else
		console_paint_place(c, canvas, &body);
	paint_bottom(c, canvas);
	c->stale = c->look_again;
	if (c->sheet.is_open) {
		sheet_paint(&c->sheet, canvas, body, &c->glyphs);
		if (c->sheet.painted_at_ms == 0)
			c->sheet.painted_at_ms = console_now_ms(c);
	}
}
