/*
 * view_copy.c - what can be taken from here: the id, the line, links in it,
 * the command that shows it, all of it. Enter puts the line on the clipboard;
 * the page has no borders, so that a terminal that takes no clipboard lets
 * the text be selected by hand.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/export.h"
#include "tui/osc.h"
#include "tui/view.h"

#define LINKS_SHOWN 6

static const char *
object_id(struct console *c)
{
	const struct place *p = console_subject(c);
	const struct list_row *row =
		p->view->has_rows ? list_selected(&p->list) : NULL;

	if (p->host != NULL)
		return p->host;
	if (p->object != NULL)
		return p->object;
	return row != NULL ? row->record->id : "";
}

/* The command line that shows the same. */
static void
command_of(struct console *c, struct strbuf *out)
{
	const struct place *p = console_subject(c);
	const char *id = object_id(c);
	struct target t = console_target(c);

	if (t.host != NULL && t.rollout != NULL)
		strbuf_addf(out, "sluice rollout log %s --host %s",
			t.rollout->record.id, t.host->host);
	else if (strncmp(id, "R-", 2) == 0)
		strbuf_addf(out, "sluice rollout show %s", id);
	else if (strncmp(id, "C-", 2) == 0 || strncmp(id, "Q-", 2) == 0)
		strbuf_addf(out, "sluice change show %s", id);
	else if (p->view->list == WORLD_HOSTS)
		strbuf_addf(out, "sluice host show %s", id);
	else if (p->view->list == WORLD_RELEASES)
		strbuf_addf(out, "sluice release show %s", id);
}

static void
add_line(struct place *p, const char *label, const char *text)
{
	if (text[0] == '\0')
		return;
	pager_add(&p->pager, STYLE_UI_TEXT, 0, "%s", text);
	pager_add(&p->pager, STYLE_UI_DIM, 0, "%s", label);
}

/* Addresses in a text, each once. */
static void
add_links(struct place *p, const char *text)
{
	const char *at = text;
	int n = 0;

	while (n < LINKS_SHOWN && (at = strstr(at, "http")) != NULL) {
		size_t len = strcspn(at, " \"'<>)\n\t|");
		char *url = xstrndup(at, len);
		bool is = strncmp(url, "http://", 7) == 0 ||
			  strncmp(url, "https://", 8) == 0;

		if (is) {
			add_line(p, "link", url);
			n++;
		}
		free(url);
		at += len > 0 ? len : 1;
	}
}

/* The place's lines are pairs: a text, and what it is. */
static void
refresh(struct console *c, struct place *p)
{
	struct place *from = console_subject(c);
	struct strbuf row, command, all;

	if (p->pager.count > 0)
		return;
	strbuf_init(&row);
	strbuf_init(&command);
	strbuf_init(&all);
	export_row(c, from, &row);
	command_of(c, &command);
	export_place(c, from, false, &all);
	add_line(p, "id", object_id(c));
	add_line(p, "line", row.buf);
	add_line(p, "command", command.buf);
	add_links(p, all.buf);
	add_line(p, "everything here", all.buf);
	strbuf_finish(&row);
	strbuf_finish(&command);
	strbuf_finish(&all);
}

static size_t
count_of(const struct place *p)
{
	return p->pager.count / 2;
}

/* A text over as many lines as it has; long lines go on below. */
static int
paint_text(struct console *c, struct canvas *canvas, int y, struct rect r,
	const char *text, bool is_link)
{
	int from = y;

	while (*text != '\0' && y < r.y + r.h) {
		size_t n = strcspn(text, "\n");
		char *line = xstrndup(text, n);

		if (is_link)
			console_link(c, y, r.x, line);
		y += text_wrap(canvas, y, r.y + r.h, r, true,
			is_link ? STYLE_UI_LINK : STYLE_UI_TEXT, line);
		free(line);
		text += n;
		text += *text == '\n';
	}
	return y - from;
}

static void
paint(struct console *c, struct place *p, struct canvas *canvas, struct rect r)
{
	size_t i;
	int y = r.y;

	if (count_of(p) == 0)
		canvas_put(canvas, y, r.x, r.w, STYLE_UI_DIM,
			"there is nothing to copy here");
	for (i = p->list.cursor; i < count_of(p) && y + 1 < r.y + r.h; i++) {
		const char *label = p->pager.lines[2 * i + 1].text;

		canvas_putf(canvas, y, r.x, r.w,
			i == p->list.cursor ? STYLE_UI_KEY : STYLE_UI_DIM,
			i == p->list.cursor ? "%s: Enter copies" : "%s", label);
		if (i == p->list.cursor)
			canvas_cursor(canvas, y, r.x);
		y++;
		y += paint_text(c, canvas, y, r, p->pager.lines[2 * i].text,
			strcmp(label, "link") == 0);
	}
}

static void
copy(struct console *c, struct place *p)
{
	const char *text;
	struct strbuf osc;

	if (p->list.cursor >= count_of(p))
		return;
	text = p->pager.lines[2 * p->list.cursor].text;
	strbuf_init(&osc);
	if (!osc_clipboard(&osc, text, c->in_screen)) {
		console_say(c, STYLE_NOTICE_ERROR,
			"%zu bytes are more than a terminal takes (%d): "
			":export FILE writes them",
			strlen(text), OSC_CLIPBOARD_MAX);
	} else {
		console_send_raw(c, osc.buf);
		console_say(c, STYLE_NOTICE_OK,
			"%zu bytes for the clipboard; if it is not there, "
			"select the text with the mouse",
			strlen(text));
	}
	strbuf_finish(&osc);
}

static bool
act(struct console *c, struct place *p, enum action_id id)
{
	size_t n = count_of(p), *cursor = &p->list.cursor;

	if (id == ACTION_DOWN)
		*cursor += *cursor + 1 < n;
	else if (id == ACTION_UP)
		*cursor -= *cursor > 0;
	else if (id == ACTION_FIRST)
		*cursor = 0;
	else if (id == ACTION_LAST)
		*cursor = n - (n > 0);
	else if (id == ACTION_RIGHT || id == ACTION_COPY)
		copy(c, p);
	else
		return false;
	return true;
}

static bool
key(struct console *c, struct place *p, const struct input_event *ev)
{
	if (ev->code != INPUT_ENTER)
		return false;
	copy(c, p);
	return true;
}

const struct view copy_view = {
	.name = "Copy",
	.aliases = "",
	.list = LIST_NONE,
	.refresh = refresh,
	.paint = paint,
	.key = key,
	.act = act,
};
