/* widget_sheet.c - the page that asks before something is done. */
#include "tui/widget_sheet.h"

#include <stdio.h>
#include <string.h>

#include "tui/widget_text.h"

void
sheet_open(struct sheet *s, enum action_id action, const char *object)
{
	memset(s, 0, sizeof(*s));
	s->is_open = true;
	s->action = action;
	snprintf(s->object, sizeof(s->object), "%s", object);
	s->focus = SHEET_CANCEL;
	s->verb = "Yes";
	s->reason_label = "Reason";
}

struct sheet_item *
sheet_add(struct sheet *s, enum sheet_item_kind kind, const char *name,
	const char *label, const char *text)
{
	struct sheet_item *it;

	if (s->item_count == SHEET_ITEMS_MAX)
		return NULL;
	it = &s->items[s->item_count++];
	it->kind = kind;
	it->name = name;
	snprintf(it->label, sizeof(it->label), "%s", label);
	field_set(&it->text, text != NULL ? text : "");
	return it;
}

struct sheet_item *
sheet_find(struct sheet *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->item_count; i++)
		if (strcmp(s->items[i].name, name) == 0)
			return &s->items[i];
	return NULL;
}

void
sheet_pick(struct sheet_item *it, const char *word)
{
	size_t i;

	for (i = 0; it->options[i] != NULL; i++)
		if (strcmp(it->options[i], word) == 0)
			it->option = i;
}

const char *
sheet_item_text(const struct sheet_item *it)
{
	if (it->kind == SHEET_PICK)
		return it->options[it->option];
	if (it->kind == SHEET_TICK)
		return it->on ? "yes" : "";
	return it->text.text;
}

void
sheet_line(struct sheet *s, bool warns, const char *fmt, ...)
{
	va_list ap;

	if (s->line_count == SHEET_LINES_MAX)
		return;
	s->line_warns[s->line_count] = warns;
	va_start(ap, fmt);
	vsnprintf(s->lines[s->line_count++], sizeof(s->lines[0]), fmt, ap);
	va_end(ap);
}

static bool
has_focus(const struct sheet *s, enum sheet_focus f)
{
	switch (f) {
	case SHEET_CHOICE:
		return s->choice_count > 0;
	case SHEET_ITEM:
		return s->item_count > 0;
	case SHEET_REASON:
		return s->has_reason;
	case SHEET_WORD:
		return s->word[0] != '\0';
	case SHEET_CANCEL:
	case SHEET_CONFIRM:
		return true;
	case SHEET_FOCUS_COUNT:
		break;
	}
	return false;
}

static void
move_focus(struct sheet *s, int by)
{
	int f = (int)s->focus;

	s->follow_focus = true;
	if (s->focus == SHEET_ITEM &&
		(by > 0 ? s->item + 1 < s->item_count : s->item > 0)) {
		s->item = (size_t)((int)s->item + by);
		return;
	}
	do
		f = (f + by + SHEET_FOCUS_COUNT) % SHEET_FOCUS_COUNT;
	while (!has_focus(s, (enum sheet_focus)f));
	s->focus = (enum sheet_focus)f;
	if (s->focus == SHEET_ITEM)
		s->item = by > 0 ? 0 : s->item_count - 1;
}

static struct field_input *
focused_field(struct sheet *s)
{
	if (s->focus == SHEET_ITEM && s->items[s->item].kind == SHEET_TEXT)
		return &s->items[s->item].text;
	return s->focus == SHEET_REASON ? &s->reason
	       : s->focus == SHEET_WORD ? &s->typed
					: NULL;
}

/* Puts the focus on the first item that lacks what it needs. */
static bool
lacks_item(struct sheet *s)
{
	size_t i;

	for (i = 0; i < s->item_count; i++) {
		const struct sheet_item *it = &s->items[i];

		if (!it->needed || sheet_item_text(it)[0] != '\0')
			continue;
		s->focus = SHEET_ITEM;
		s->item = i;
		s->follow_focus = true;
		snprintf(s->problem, sizeof(s->problem),
			it->kind == SHEET_TICK ? "tick it first: %.100s"
					       : "%.100s is needed",
			it->label);
		return true;
	}
	return false;
}

/* Everything that confirming needs, or what is missing. */
static enum sheet_result
confirm(struct sheet *s)
{
	s->problem[0] = '\0';
	if (s->check_item) {
		s->check_item = false;
		snprintf(s->problem, sizeof(s->problem),
			"check the item, the link was slow; then once more");
	} else if (lacks_item(s)) {
		return SHEET_OPEN;
	} else if (s->needs_reason &&
		   s->reason.text[strspn(s->reason.text, " ")] == '\0') {
		snprintf(s->problem, sizeof(s->problem), "a reason is needed");
		s->focus = SHEET_REASON;
	} else if (s->word[0] != '\0' && strcmp(s->typed.text, s->word) != 0) {
		snprintf(s->problem, sizeof(s->problem), "type %s to confirm",
			s->word);
		s->focus = SHEET_WORD;
	} else {
		return SHEET_CONFIRMED;
	}
	return SHEET_OPEN;
}

static enum sheet_result
choose(struct sheet *s, int by)
{
	s->choice =
		(s->choice + s->choice_count + (size_t)by) % s->choice_count;
	return SHEET_CHOICE_CHANGED;
}

/* A choice by its own key; what it needs to be typed is next. */
static bool
choose_by_key(struct sheet *s, uint32_t key)
{
	size_t i;

	for (i = 0; s->choice_keys != NULL && i < s->choice_count; i++)
		if (key == (uint32_t)s->choice_keys[i]) {
			s->choice = i;
			return true;
		}
	return false;
}

/* Past the end of the choices it is the next field's turn. */
static enum sheet_result
choose_or_move(struct sheet *s, int by)
{
	if (by > 0 ? s->choice + 1 < s->choice_count : s->choice > 0)
		return choose(s, by);
	move_focus(s, by);
	return SHEET_OPEN;
}

static enum sheet_result
enter(struct sheet *s)
{
	switch (s->focus) {
	case SHEET_CHOICE:
		if (s->word[0] != '\0')
			s->focus = SHEET_WORD;
		else
			move_focus(s, 1);
		return SHEET_OPEN;
	case SHEET_ITEM:
	case SHEET_REASON:
		move_focus(s, 1);
		return SHEET_OPEN;
	case SHEET_CANCEL:
		return SHEET_CANCELLED;
	case SHEET_WORD:
	case SHEET_CONFIRM:
	case SHEET_FOCUS_COUNT:
		break;
	}
	return confirm(s);
}

/* Ticks, and goes through what can be picked. */
static bool
change_item(struct sheet *s, uint32_t k)
{
	struct sheet_item *it = &s->items[s->item];
	size_t n = 0;

	if (s->focus != SHEET_ITEM || it->kind == SHEET_TEXT)
		return false;
	if (it->kind == SHEET_TICK) {
		if (k == ' ')
			it->on = !it->on;
		return k == ' ';
	}
	while (it->options[n] != NULL)
		n++;
	if (k == ' ' || k == INPUT_RIGHT || k == 'l')
		it->option = (it->option + 1) % n;
	else if (k == INPUT_LEFT || k == 'h')
		it->option = (it->option + n - 1) % n;
	else
		return false;
	return true;
}

static bool
scroll(struct sheet *s, uint32_t k)
{
	int by = k == INPUT_PAGE_DOWN ? 4 : k == INPUT_PAGE_UP ? -4 : 0;

	/* Where nothing is typed and nothing chosen, letters read on. */
	if (s->focus == SHEET_CANCEL || s->focus == SHEET_CONFIRM)
		by = k == 'j' ? 1 : k == 'k' ? -1 : by;
	if (by == 0)
		return false;
	s->scrolled += by;
	if (s->scrolled > s->scroll_max)
		s->scrolled = s->scroll_max;
	if (s->scrolled < 0)
		s->scrolled = 0;
	return true;
}

/* What was typed in an item counts when it is left. */
static enum sheet_result
leave(struct sheet *s, int by)
{
	bool item = s->focus == SHEET_ITEM;

	move_focus(s, by);
	return item ? SHEET_ITEM_CHANGED : SHEET_OPEN;
}

enum sheet_result
sheet_key(struct sheet *s, const struct input_event *ev, int64_t now_ms)
{
	struct field_input *f = focused_field(s);
	uint32_t k = ev->code;

	if (s->painted_at_ms == 0 || now_ms - s->painted_at_ms < SHEET_DEAF_MS)
		return SHEET_OPEN;
	if (k == INPUT_ESC || k == INPUT_CTRL('c'))
		return SHEET_CANCELLED;
	if (scroll(s, k))
		return SHEET_OPEN;
	if (k == INPUT_ENTER && s->focus == SHEET_ITEM) {
		enter(s);
		return SHEET_ITEM_CHANGED;
	}
	if (k == INPUT_ENTER)
		return enter(s);
	if (s->focus == SHEET_CHOICE && (k == INPUT_DOWN || k == INPUT_UP))
		return choose_or_move(s, k == INPUT_DOWN ? 1 : -1);
	if (k == INPUT_TAB || k == INPUT_DOWN || k == INPUT_BACKTAB ||
		k == INPUT_UP)
		return leave(s, k == INPUT_TAB || k == INPUT_DOWN ? 1 : -1);
	if (k == INPUT_PASTE && f != NULL)
		field_paste(f, ev->text);
	else if (f != NULL)
		field_key(f, k);
	else if (change_item(s, k))
		return SHEET_ITEM_CHANGED;
	else if (choose_by_key(s, k))
		return SHEET_CHOSEN;
	else if (k == ' ' && s->choice_count > 0)
		return choose(s, 1);
	else if (s->focus == SHEET_CHOICE &&
		 (k == INPUT_RIGHT || k == 'l' || k == 'j'))
		return choose(s, 1);
	else if (s->focus == SHEET_CHOICE &&
		 (k == INPUT_LEFT || k == 'h' || k == 'k'))
		return choose(s, -1);
	else if (k == INPUT_LEFT || k == INPUT_RIGHT || k == 'h' || k == 'l')
		s->focus =
			s->focus == SHEET_CANCEL ? SHEET_CONFIRM : SHEET_CANCEL;
	else if (k == 'n' || k == 'q')
		return SHEET_CANCELLED;
	else if (k == 'y')
		return confirm(s);
	return SHEET_OPEN;
}

#define WORDY 78 /* columns that sentences of the footer need */

const char *
sheet_footer(const struct sheet *s, int width)
{
	if (width < 36)
		return "Tab next  Esc cancel";
	if (s->focus == SHEET_WORD)
		return width < WORDY ? "Enter confirm  Tab next  Esc cancel"
				  : "Enter confirms only after the word   "
				    "Tab next field   Esc cancel, text kept";
	if (s->focus == SHEET_REASON)
		return width < WORDY ? "Tab next  Esc cancel"
				  : "Tab next field   Esc cancel, text kept";
	if (s->focus == SHEET_ITEM && s->items[s->item].kind == SHEET_TICK)
		return width < WORDY ? "Space tick  Tab next  Esc cancel"
				  : "Space tick   Tab next field   y confirm   "
				    "Esc cancel, text kept";
	if (s->focus == SHEET_ITEM && s->items[s->item].kind == SHEET_PICK)
		return width < WORDY ? "Space next  Tab field  Esc cancel"
				  : "Space the next word   Tab next field   "
				    "y confirm   Esc cancel, text kept";
	if (s->focus == SHEET_ITEM)
		return width < WORDY ? "Tab next  Esc cancel"
				  : "Tab next field   Esc cancel, text kept";
	if (s->scroll_max > 0)
		return width < WORDY ? "y confirm  j read on  Esc cancel"
				  : "y confirm   Enter does what is focused   "
				    "j k read on   Esc cancel";
	if (s->choice_count > 0)
		return width < WORDY ? "h/b choose  y confirm  Esc cancel"
				  : "h hold   b roll back   Tab next field   "
				    "y confirm   Esc cancel";
	return width < WORDY ? "y confirm  Tab field  Esc cancel"
			  : "y confirm   Enter does what is focused   "
			    "Tab next field   Esc cancel";
}
