/*
 * console_run.c - keys to acts: the one-line prompts, what can be done
 * everywhere, and where an action goes: to the view, to the engine, here.
 */
#include <stdio.h>
#include <string.h>

#include "tui/view.h"

/* --- prompts --- */

static const struct record_type *
filtered_type(const struct place *p, const struct world *w)
{
	return p->view->list == LIST_NONE ? NULL : w->lists[p->view->list].type;
}

/* A bad expression keeps the last good result. */
void
console_filter(struct console *c, const char *text)
{
	struct place *p = console_place(c);
	struct error e;

	if (filter_parse(&p->filter, text, filtered_type(p, c->world), &e) < 0)
		console_say(c, STYLE_NOTICE_WARN, "%s", e.text);
	else
		c->message[0] = '\0';
	snprintf(p->filter_text, sizeof(p->filter_text), "%s", text);
	console_invalidate(c);
	console_refresh(c);
}

static void
filter_enter(struct console *c)
{
	c->prompt = PROMPT_NONE;
	if (!console_place(c)->view->has_rows && c->field.len > 0)
		console_run_action(c, ACTION_NEXT_MATCH, false);
}

static void
filter_prompt_key(struct console *c, const struct input_event *ev)
{
	if (ev->code == INPUT_ENTER) {
		filter_enter(c);
	} else if (ev->code == INPUT_ESC || ev->code == INPUT_CTRL('c') ||
		   (ev->code == INPUT_BACKSPACE && c->field.len == 0)) {
		console_filter(c, "");
		c->prompt = PROMPT_NONE;
		return;
	} else if (ev->code == INPUT_PASTE) {
		field_paste(&c->field, ev->text);
	} else if (ev->code == INPUT_DOWN || ev->code == INPUT_UP) {
		console_run_action(c,
			ev->code == INPUT_DOWN ? ACTION_DOWN : ACTION_UP,
			false);
	} else {
		field_key(&c->field, ev->code);
	}
	if (strcmp(console_place(c)->filter_text, c->field.text) != 0)
		console_filter(c, c->field.text);
}

/* Enter goes to where the person was; any other key is meant for here. */
static void
resume_key(struct console *c, const struct input_event *ev)
{
	c->prompt = PROMPT_NONE;
	if (ev->code == INPUT_ENTER) {
		memory_resume(c);
		return;
	}
	json_decref(c->memory.resume);
	c->memory.resume = NULL;
	if (ev->code != INPUT_ESC)
		console_key(c, ev);
}

static void
quit_key(struct console *c, uint32_t code)
{
	if (code == 'y' || code == INPUT_ENTER || code == 'q' || code == 'Q' ||
		code == INPUT_CTRL('c'))
		c->wants_quit = true;
	c->prompt = PROMPT_NONE;
}

void
console_prompt_key(struct console *c, const struct input_event *ev)
{
	switch (c->prompt) {
	case PROMPT_QUIT:
		quit_key(c, ev->code);
		break;
	case PROMPT_PALETTE:
		console_palette_key(c, ev);
		break;
	case PROMPT_FILTER:
		filter_prompt_key(c, ev);
		break;
	case PROMPT_RESUME:
		resume_key(c, ev);
		break;
	case PROMPT_NONE:
		break;
	}
}

/* --- what can be done everywhere --- */

static void
open_filter(struct console *c)
{
	const struct place *p = console_place(c);

	/* A filter is worked on; what is looked for in a text is typed. */
	c->prompt = PROMPT_FILTER;
	field_set(&c->field, p->view->has_rows ? p->filter_text : "");
}

static void
ask_quit(struct console *c)
{
	c->prompt = PROMPT_QUIT;
}

static void
leave_or_back(struct console *c)
{
	if (c->depth_places > 1)
		console_back(c);
	else
		ask_quit(c);
}

static void
clear_filter(struct console *c)
{
	struct place *p = console_place(c);

	filter_finish(&p->filter);
	p->filter_text[0] = '\0';
	p->problems_only = false;
	console_invalidate(c);
	console_refresh(c);
}

static void
escape(struct console *c)
{
	struct place *p = console_place(c);

	if (p->filter_text[0] != '\0' || p->problems_only)
		clear_filter(c);
	else if (list_marked(&p->list) > 0)
		list_unmark_all(&p->list);
	else if (c->depth_places > 1)
		console_back(c);
}

static void
last_view(struct console *c)
{
	const struct view *v = view_of_digit((uint32_t)c->last_digit);

	if (v != NULL)
		console_root(c, v);
}

/* Here, UTC, how long ago, and again. */
static void
turn_time(struct console *c)
{
	bool was_utc = c->utc, was_relative = c->relative;

	c->utc = !was_utc && !was_relative;
	c->relative = was_utc;
	console_say(c, STYLE_NOTICE_INFO, "times: %s",
		c->utc	      ? "UTC"
		: c->relative ? "how long ago"
			      : "by these clocks; :tz chooses others");
	memory_changed(c, MEMORY_LOOKS);
	console_invalidate(c);
}

static void
open_sort(struct console *c)
{
	console_palette_open(c);
	console_palette_type(c, "sort ");
}

static void
resync(struct console *c)
{
	console_resync(c);
	console_say(c, STYLE_NOTICE_INFO, "read anew");
}

static void
redraw(struct console *c)
{
	c->wants_redraw = true;
}

static void
suspend(struct console *c)
{
	c->wants_suspend = true;
}

static void
open_menu(struct console *c)
{
	console_go(c, &menu_view, NULL, NULL);
}

static void
open_help(struct console *c)
{
	console_go(c, &help_view, NULL, NULL);
}

static void
open_export(struct console *c)
{
	console_palette_open(c);
	console_palette_type(c, "export ");
}

static void
open_copy(struct console *c)
{
	console_go(c, &copy_view, NULL, NULL);
}

static void
open_log(struct console *c)
{
	struct target t = console_target(c);
	char id[64];

	if (t.rollout == NULL)
		return;
	snprintf(id, sizeof(id), "%s", t.rollout->record.id);
	console_go(c, &log_view, id, NULL);
}

static void
mute(struct console *c)
{
	struct target t = console_target(c);
	char id[32];

	snprintf(id, sizeof(id), "%s",
		t.rollout != NULL ? t.rollout->record.id
				  : console_target_id(&t));
	if (notice_mute(c, id))
		console_say(c, STYLE_NOTICE_INFO,
			"%s is not heard of for an hour; M undoes it", id);
	else
		console_say(c, STYLE_NOTICE_INFO, "%s is heard of again", id);
}

static const struct {
	enum action_id id;
	void (*run)(struct console *c);
} everywhere[] = {
	{ACTION_MUTE, mute},
	{ACTION_OUT, leave_or_back},
	{ACTION_LEFT, console_back},
	{ACTION_ESCAPE, escape},
	{ACTION_FILTER, open_filter},
	{ACTION_PALETTE, console_palette_open},
	{ACTION_UNFILTER, clear_filter},
	{ACTION_QUIT, ask_quit},
	{ACTION_TIME, turn_time},
	{ACTION_LAST_VIEW, last_view},
	{ACTION_RESYNC, resync},
	{ACTION_REDRAW, redraw},
	{ACTION_SUSPEND, suspend},
	{ACTION_MENU, open_menu},
	{ACTION_HELP, open_help},
	{ACTION_LOG, open_log},
	{ACTION_SORT, open_sort},
	{ACTION_COPY, open_copy},
	{ACTION_EXPORT, open_export},
};

/* --- running --- */

void
console_run_action(struct console *c, enum action_id id, bool burst)
{
	struct place *p = console_place(c);
	const char *why;
	size_t i;

	/* In the menu and the help only movement is meant for the place. */
	if (p->view->act != NULL && p->view->act(c, p, id))
		return;
	why = console_reason(c, id);
	if (why != NULL) {
		console_say(c, STYLE_NOTICE_WARN, "%s: not now, %s",
			action_get(id)->name, why);
		return;
	}
	if (action_get(id)->tier > 0) {
		console_start_action(c, id, burst);
		return;
	}
	for (i = 0; i < ARRAY_SIZE(everywhere); i++)
		if (everywhere[i].id == id) {
			everywhere[i].run(c);
			return;
		}
}
