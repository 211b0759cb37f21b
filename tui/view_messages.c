/*
 * view_messages.c - what rang and why, newest first; each leads to what it is
 * about. They are of this console: what the engine knows is in the audit.
 */
#include <string.h>

#include "tui/view.h"

static const char *const sections[] = {"All", "Unread", NULL};

/* The i-th that this section shows. */
static struct message *
shown(struct console *c, const struct place *p, int i)
{
	struct message *m;
	size_t k;

	for (k = 0; (m = notice_at(&c->notices, k)) != NULL; k++)
		if ((p->section == 0 || !m->is_read) && i-- == 0)
			return m;
	return NULL;
}

static void
move(struct console *c, struct place *p, int by)
{
	while (by > 0 && shown(c, p, p->item + 1) != NULL) {
		p->item++;
		by--;
	}
	p->item = p->item + by < 0 ? 0 : by < 0 ? p->item + by : p->item;
}

static void
open_subject(struct console *c, struct place *p)
{
	struct message *m = shown(c, p, p->item);
	const struct view *v;

	if (m == NULL)
		return;
	m->is_read = true;
	v = m->id[0] == 'R' ? &rollout_view : &change_view;
	console_go(c, v, m->id, NULL);
}

static void
turn_read(struct console *c, struct place *p)
{
	struct message *m = shown(c, p, p->item);

	if (m == NULL)
		return;
	m->is_read = !m->is_read;
	if (p->section == 0)
		move(c, p, 1);
}

static bool
act(struct console *c, struct place *p, enum action_id id)
{
	int page = c->height > 8 ? c->height - 6 : 1;

	switch (id) {
	case ACTION_DOWN:
		move(c, p, 1);
		return true;
	case ACTION_UP:
		move(c, p, -1);
		return true;
	case ACTION_PAGE_DOWN:
		move(c, p, page);
		return true;
	case ACTION_PAGE_UP:
		move(c, p, -page);
		return true;
	case ACTION_FIRST:
		p->item = 0;
		return true;
	case ACTION_LAST:
		move(c, p, MESSAGES_MAX);
		return true;
	case ACTION_IN:
	case ACTION_RIGHT:
		open_subject(c, p);
		return true;
	case ACTION_MARK:
		turn_read(c, p);
		return true;
	case ACTION_NEXT_SECTION:
	case ACTION_PREV_SECTION:
		p->section = !p->section;
		p->item = 0;
		return true;
	default:
		return false;
	}
}

static enum style_role
role_of(const struct message *m)
{
	static const enum style_role roles[NOTICE_KIND_COUNT] = {
		[NOTICE_NEEDS_YOU] = STYLE_NOTICE_WARN,
		[NOTICE_WENT_WRONG] = STYLE_NOTICE_ERROR,
		[NOTICE_FINISHED] = STYLE_NOTICE_OK,
		[NOTICE_INFO] = STYLE_UI_TEXT,
	};

	return m->is_read ? STYLE_UI_DIM : roles[m->kind];
}

static void
paint_one(struct console *c, struct canvas *canvas, struct rect r, int y,
	const struct message *m, bool selected)
{
	struct strbuf when;
	char line[240];

	strbuf_init(&when);
	console_time(c, m->at, &when);
	snprintf(line, sizeof(line), "%s %s %-10s  %s",
		m->is_read ? " " : "*", when.buf, notice_word(m->kind),
		m->text);
	strbuf_finish(&when);
	canvas_put(canvas, y, r.x, 1, STYLE_UI_KEY,
		selected ? glyph(&c->glyphs, GLYPH_MARK_CURSOR) : " ");
	canvas_put(canvas, y, r.x + 2, r.w - 2, role_of(m), line);
	if (selected)
		canvas_cursor(canvas, y, r.x);
}

/* The selected one in full, at the bottom; returns the lines it takes. */
static int
paint_whole(struct console *c, struct canvas *canvas, struct rect r,
	const struct message *m)
{
	struct rect text = {r.y, r.x + 1, r.h, r.w - 2};
	int lines;

	if (m == NULL || r.h < 8)
		return 0;
	lines = text_wrap(canvas, 0, 0, text, false, role_of(m), m->text);
	if (lines > r.h / 2)
		lines = r.h / 2;
	view_rule(c, canvas, r.y + r.h - lines - 1, r, false,
		notice_word(m->kind), m->id);
	text_wrap(canvas, r.y + r.h - lines, r.y + r.h, text, true, role_of(m),
		m->text);
	return lines + 1;
}

static void
paint(struct console *c, struct place *p, struct canvas *canvas, struct rect r)
{
	const struct message *m;
	int used, y, top;

	p->list.shown = p->section == 0 ? c->notices.count
					: notice_unread(&c->notices);
	used = view_paint_sections(c, p, canvas, r);
	r.y += used;
	r.h -= used;
	if (p->item > 0 && shown(c, p, p->item) == NULL)
		move(c, p, -1);
	r.h -= paint_whole(c, canvas, r, shown(c, p, p->item));
	top = p->item >= r.h ? p->item - r.h + 1 : 0;
	for (y = 0; y < r.h && (m = shown(c, p, top + y)) != NULL; y++)
		paint_one(c, canvas, r, r.y + y, m, top + y == p->item);
	if (y == 0)
		canvas_put(canvas, r.y, r.x + 2, r.w - 2, STYLE_UI_DIM,
			p->section == 0
				? "nothing has rung since this console began"
				: "everything is read");
}

const struct view messages_view = {
	.name = "Messages",
	.digit = '0',
	.aliases = "messages me",
	.sections = sections,
	.list = LIST_NONE,
	.paint = paint,
	.act = act,
};
