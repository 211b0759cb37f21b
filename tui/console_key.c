/* console_key.c - what a key or a click means: for the sheet, the prompt, the
 * view, or as an action. */
#include <stdio.h>
#include <string.h>

#include "tui/view.h"

/* The action of a key: the first that is possible; else the first that has
 * to do with what is selected, so that the reason can be said. */
static enum action_id
action_of_key(struct console *c, uint32_t code)
{
	enum action_id id, meant = ACTION_COUNT;
	int after = -1;

	if (keys_personal(code, console_place(c)->view->name, &id))
		return id;
	while ((id = keymap_find(code, after)) != ACTION_COUNT) {
		after = (int)id;
		if (!console_applies(c, id))
			continue;
		if (console_reason(c, id) == NULL)
			return id;
		if (meant == ACTION_COUNT)
			meant = id;
	}
	return meant;
}

/*
 * One key confirms a sheet, so bytes that nobody typed must not hit it: it
 * counts only when nothing else was pressed for a moment, which a person who
 * reads does not notice and a stream of garbage never does.
 */
static bool
is_hasty(struct console *c, uint32_t code)
{
	const struct sheet *s = &c->sheet;
	bool confirms = (code == 'y' && (s->focus == SHEET_CANCEL ||
						s->focus == SHEET_CONFIRM ||
						s->focus == SHEET_CHOICE)) ||
			(code == INPUT_ENTER && s->focus == SHEET_CONFIRM &&
				s->word[0] == '\0');
	bool hasty = console_now_ms(c) - c->other_key_ms < SHEET_DEAF_MS;

	if (!confirms)
		c->other_key_ms = console_now_ms(c);
	return confirms && hasty;
}

static bool
is_too_small(const struct console *c)
{
	return c->width < 30 || c->height < 8;
}

/* A click selects, one more opens; the wheel moves; the right button asks
 * what is possible. */
static void
mouse(struct console *c, const struct input_event *ev)
{
	struct place *p = console_place(c);
	bool was;

	if (ev->button == INPUT_WHEEL_UP || ev->button == INPUT_WHEEL_DOWN) {
		console_run_action(c,
			ev->button == INPUT_WHEEL_UP ? ACTION_UP : ACTION_DOWN,
			false);
		return;
	}
	if (!p->view->has_rows || !list_point(&p->list, ev->y - c->body_y,
					   ev->x - c->body_x, &was))
		return;
	if (ev->button == INPUT_RIGHT_BUTTON)
		console_run_action(c, ACTION_MENU, false);
	else if (was)
		console_run_action(c, ACTION_IN, false);
}

/* Gone with the next key. */
static void
say_useless(struct console *c, uint32_t code)
{
	if (code <= ' ' || code >= 0x7f)
		return;
	console_say(c, STYLE_NOTICE_INFO,
		"%c does nothing here; ? lists what does", (int)code);
	c->message_until_ms = 0;
}

static void
plain_key(struct console *c, const struct input_event *ev)
{
	const struct view *v = view_of_digit(ev->code);
	enum action_id id;

	if (ev->code == INPUT_MOUSE) {
		mouse(c, ev);
		return;
	}
	if (ev->code == INPUT_PASTE) {
		console_say(c, STYLE_NOTICE_WARN,
			"paste ignored (%zu characters), : first", ev->length);
		return;
	}
	if (v != NULL) {
		console_root(c, v);
		return;
	}
	id = action_of_key(c, ev->code);
	if (id != ACTION_COUNT)
		console_run_action(c, id, ev->burst);
	else
		say_useless(c, ev->code);
}

void
console_key(struct console *c, const struct input_event *ev)
{
	struct place *p = console_place(c);

	console_refresh(c);
	p->list.loose = false;
	c->dirty = c->touched = true;
	/* What a key did not do is no news once the next is pressed. */
	if (c->message_until_ms == 0 || c->message_role == STYLE_NOTICE_WARN)
		c->message[0] = '\0';
	if (is_too_small(c)) {
		if (ev->code == 'q' || ev->code == INPUT_CTRL('c'))
			c->wants_quit = true;
		return;
	}
	/* Sheets and prompts are for the keyboard. */
	if (ev->code == INPUT_MOUSE &&
		(c->sheet.is_open || c->prompt != PROMPT_NONE))
		return;
	if (is_hasty(c, ev->code) && c->sheet.is_open) {
		snprintf(c->sheet.problem, sizeof(c->sheet.problem),
			"right behind another key that does nothing: once "
			"more");
		return;
	}
	if (c->sheet.is_open)
		console_sheet_key(c, ev);
	else if (c->prompt != PROMPT_NONE)
		console_prompt_key(c, ev);
	else if (p->view->key == NULL || !p->view->key(c, p, ev))
		plain_key(c, ev);
	if (c->menu_run != ACTION_COUNT) {
		enum action_id id = c->menu_run;

		c->menu_run = ACTION_COUNT;
		console_run_action(c, id, false);
	}
}
