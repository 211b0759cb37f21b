/*
 * view_help.c - what can be done: the menu of what is possible on this item,
 * whose keys work as they do everywhere, and the help with everything, which
 * is typed into. Enter does what is selected.
 */
#include <stdio.h>
#include <string.h>

#include "tui/view.h"

static void
refresh(struct console *c, struct place *p)
{
	choices_collect(c,
		p->view == &menu_view ? CHOICES_MENU : CHOICES_HELP,
		p->filter_text, &p->choices);
	if (p->list.cursor >= p->choices.count)
		p->list.cursor = p->choices.count - (p->choices.count > 0);
}

/* A title stands above the first line of each part. */
static bool
starts_part(const struct place *p, size_t i)
{
	const struct choice *items = p->choices.items;

	return p->view == &help_view &&
	       (i == 0 || items[i].part != items[i - 1].part);
}

static int
lines_of(const struct place *p, size_t from, size_t to)
{
	int n = 0;

	for (; from <= to && from < p->choices.count; from++)
		n += starts_part(p, from) ? 2 : 1;
	return n;
}

static void
paint_lines(struct console *c, struct place *p, struct canvas *canvas,
	struct rect r)
{
	struct list *l = &p->list;
	int y = r.y, end = r.y + r.h;
	size_t i;

	if (l->top > l->cursor)
		l->top = l->cursor;
	while (l->top < l->cursor && lines_of(p, l->top, l->cursor) > r.h)
		l->top++;
	if (l->top == 1 && lines_of(p, 0, l->cursor) <= r.h)
		l->top = 0;
	for (i = l->top; i < p->choices.count && y < end; i++) {
		const struct choice *ch = &p->choices.items[i];

		if (starts_part(p, i))
			view_rule(c, canvas, y++, r, false,
				choices_part_title(ch->part), NULL);
		if (y >= end)
			break;
		choice_paint(c, canvas, y, r, ch, i == l->cursor);
		if (i == l->cursor)
			canvas_cursor(canvas, y, r.x);
		y++;
	}
}

static void
paint_filter(struct place *p, struct canvas *canvas, struct rect r)
{
	if (p->filter_text[0] != '\0')
		canvas_putf(canvas, r.y, r.x + 1, r.w - 1, STYLE_UI_MATCH,
			"%s", p->filter_text);
	else
		canvas_put(canvas, r.y, r.x + 1, r.w - 1, STYLE_UI_DIM,
			p->view == &help_view
				? "type to find, Enter does it, Esc back"
				: "a key or Enter does it, / finds, q back");
}

/* The selected line in full: on a narrow screen it is cut above. */
static void
paint_sentence(struct place *p, struct canvas *canvas, struct rect r)
{
	const struct choice *ch = &p->choices.items[p->list.cursor];
	struct rect in = {r.y, r.x + 2, 2, r.w - 4};
	char words[256];

	snprintf(words, sizeof(words), "%s%s%s", ch->sentence,
		ch->reason != NULL ? "; not now: " : "",
		ch->reason != NULL ? ch->reason : "");
	text_wrap(canvas, r.y, r.y + 2, in, true, STYLE_UI_TEXT, words);
}

static void
paint(struct console *c, struct place *p, struct canvas *canvas, struct rect r)
{
	refresh(c, p);
	paint_filter(p, canvas, r);
	if (p->choices.count == 0) {
		canvas_put(canvas, r.y + 1, r.x + 2, r.w - 2, STYLE_UI_DIM,
			"nothing matches; Esc shows everything");
		canvas_cursor(canvas, r.y, r.x);
		return;
	}
	paint_lines(c, p, canvas,
		(struct rect){r.y + 1, r.x, r.h - 3, r.w});
	paint_sentence(
		p, canvas, (struct rect){r.y + r.h - 2, r.x, 2, r.w});
}

static void
choose(struct console *c, struct place *p)
{
	struct choice ch;

	refresh(c, p);
	if (p->list.cursor >= p->choices.count)
		return;
	ch = p->choices.items[p->list.cursor];
	if (ch.reason != NULL) {
		console_say(c, STYLE_NOTICE_WARN, "%s: not now, %s", ch.text,
			ch.reason);
		return;
	}
	console_back(c);
	if (ch.kind == CHOICE_ACTION) {
		c->menu_run = ch.action;
	} else if (ch.kind == CHOICE_COMMAND && ch.keys[0] != '\0') {
		console_palette_open(c);
		snprintf(ch.text + strlen(ch.text),
			sizeof(ch.text) - strlen(ch.text), " ");
		console_palette_type(c, ch.text);
	} else {
		console_command(c, ch.text);
	}
}

/* Letters are typed; with nothing typed q and ? go back. */
static bool
key(struct console *c, struct place *p, const struct input_event *ev)
{
	struct field_input f;
	bool empty = p->filter_text[0] == '\0';

	if (ev->code == INPUT_ENTER) {
		choose(c, p);
		return true;
	}
	if (p->view == &menu_view)
		return false;
	if (ev->code < 0x20 || ev->code > 0x10ffff ||
		(empty && (ev->code == 'q' || ev->code == '?' ||
				  ev->code == ':' ||
				  ev->code == INPUT_BACKSPACE)))
		return false;
	field_set(&f, p->filter_text);
	field_key(&f, ev->code);
	snprintf(p->filter_text, sizeof(p->filter_text), "%s", f.text);
	p->list.cursor = p->list.top = 0;
	return true;
}

static bool
move(struct console *c, struct place *p, enum action_id id)
{
	size_t n = p->choices.count, page = (size_t)c->height / 2;
	size_t *cursor = &p->list.cursor;

	if (id == ACTION_DOWN)
		*cursor += *cursor + 1 < n;
	else if (id == ACTION_UP)
		*cursor -= *cursor > 0;
	else if (id == ACTION_PAGE_DOWN)
		*cursor = *cursor + page < n ? *cursor + page : n - (n > 0);
	else if (id == ACTION_PAGE_UP)
		*cursor = *cursor > page ? *cursor - page : 0;
	else if (id == ACTION_FIRST)
		*cursor = 0;
	else if (id == ACTION_LAST)
		*cursor = n - (n > 0);
	else
		return false;
	return true;
}

/* What is left to the frame: ways out, and the filter of the menu. */
static bool
is_frame(enum action_id id)
{
	return id == ACTION_OUT || id == ACTION_LEFT || id == ACTION_ESCAPE ||
	       id == ACTION_FILTER || id == ACTION_UNFILTER ||
	       id == ACTION_PALETTE || id == ACTION_QUIT ||
	       id == ACTION_REDRAW || id == ACTION_SUSPEND;
}

static bool
act(struct console *c, struct place *p, enum action_id id)
{
	if (move(c, p, id))
		return true;
	if (is_frame(id))
		return false;
	if (id == ACTION_IN || id == ACTION_RIGHT) {
		choose(c, p);
	} else {
		/* Its key works here too: on what the menu is about. */
		console_back(c);
		if (id != ACTION_HELP && id != ACTION_MENU)
			c->menu_run = id;
	}
	return true;
}

static void
crumb(struct console *c, struct place *p, struct strbuf *out)
{
	struct target t = console_target(c);

	strbuf_addf(out, "%s ", p->view->name);
	if (t.host != NULL)
		strbuf_addf(out, "%s ", t.host->host);
	if (t.rollout != NULL)
		strbuf_adds(out, t.rollout->record.id);
	else if (t.change != NULL)
		strbuf_adds(out, t.change->record.id);
}

const struct view help_view = {
	.name = "Help",
	.aliases = "",
	.list = LIST_NONE,
	.refresh = refresh,
	.paint = paint,
	.key = key,
	.act = act,
};

const struct view menu_view = {
	.name = "Menu",
	.aliases = "",
	.list = LIST_NONE,
	.refresh = refresh,
	.paint = paint,
	.act = act,
	.crumb = crumb,
};
