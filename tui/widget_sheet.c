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

	do
		f = (f + by + SHEET_FOCUS_COUNT) % SHEET_FOCUS_COUNT;
	while (!has_focus(s, (enum sheet_focus)f));
	s->focus = (enum sheet_focus)f;
}

static struct field_input *
focused_field(struct sheet *s)
{
	return s->focus == SHEET_REASON ? &s->reason
	       : s->focus == SHEET_WORD ? &s->typed
					: NULL;
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
	} else if (s->needs_reason && s->reason.len == 0) {
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

enum sheet_result
sheet_key(struct sheet *s, const struct input_event *ev, int64_t now_ms)
{
	struct field_input *f = focused_field(s);
	uint32_t k = ev->code;

	if (s->painted_at_ms == 0 || now_ms - s->painted_at_ms < SHEET_DEAF_MS)
		return SHEET_OPEN;
	if (k == INPUT_ESC || k == INPUT_CTRL('c'))
		return SHEET_CANCELLED;
	if (k == INPUT_ENTER)
		return enter(s);
	if (s->focus == SHEET_CHOICE && (k == INPUT_DOWN || k == INPUT_UP))
		return choose_or_move(s, k == INPUT_DOWN ? 1 : -1);
	if (k == INPUT_TAB || k == INPUT_DOWN)
		move_focus(s, 1);
	else if (k == INPUT_BACKTAB || k == INPUT_UP)
		move_focus(s, -1);
	else if (k == INPUT_PASTE && f != NULL)
		field_paste(f, ev->text);
	else if (f != NULL)
		field_key(f, k);
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

const char *
sheet_footer(const struct sheet *s, int width)
{
	if (s->focus == SHEET_WORD)
		return width < 60 ? "Enter confirm  Tab next  Esc cancel"
				  : "Enter confirms only after the word   "
				    "Tab next field   Esc cancel, text kept";
	if (s->focus == SHEET_REASON)
		return width < 60 ? "Tab next  Esc cancel"
				  : "Tab next field   Esc cancel, text kept";
	if (s->choice_count > 0)
		return width < 60 ? "h/b choose  y confirm  Esc cancel"
				  : "h hold   b roll back   Tab next field   "
				    "y confirm   Esc cancel";
	return width < 60 ? "y confirm  Tab field  Esc cancel"
			  : "y confirm   Enter does what is focused   "
			    "Tab next field   Esc cancel";
}

static int
words_height(const struct sheet *s, struct canvas *c, struct rect r)
{
	int lines = 0;
	size_t i;

	for (i = 0; i < s->line_count; i++)
		lines += text_wrap(
			c, 0, 0, r, false, STYLE_UI_DIALOG, s->lines[i]);
	return lines;
}

static void
frame(struct canvas *c, struct rect r, const struct glyphs *g,
	const char *title)
{
	int y, right = r.x + r.w - 1, bottom = r.y + r.h - 1;

	canvas_blank(c, r, STYLE_UI_DIALOG);
	canvas_fill(c, r.y, r.x, r.w, STYLE_UI_BORDER, glyph(g, GLYPH_BOX_H));
	canvas_fill(
		c, bottom, r.x, r.w, STYLE_UI_BORDER, glyph(g, GLYPH_BOX_H));
	for (y = r.y + 1; y < bottom; y++) {
		canvas_put(
			c, y, r.x, 1, STYLE_UI_BORDER, glyph(g, GLYPH_BOX_V));
		canvas_put(
			c, y, right, 1, STYLE_UI_BORDER, glyph(g, GLYPH_BOX_V));
	}
	canvas_put(c, r.y, r.x, 1, STYLE_UI_BORDER, glyph(g, GLYPH_BOX_TL));
	canvas_put(c, r.y, right, 1, STYLE_UI_BORDER, glyph(g, GLYPH_BOX_TR));
	canvas_put(c, bottom, r.x, 1, STYLE_UI_BORDER, glyph(g, GLYPH_BOX_BL));
	canvas_put(
		c, bottom, right, 1, STYLE_UI_BORDER, glyph(g, GLYPH_BOX_BR));
	canvas_putf(c, r.y, r.x + 2, r.w - 4, STYLE_UI_TITLE, " %s ", title);
}

static int
paint_choices(const struct sheet *s, struct canvas *c, int y, struct rect r)
{
	size_t i;

	for (i = 0; i < s->choice_count; i++) {
		bool chosen = i == s->choice;

		canvas_putf(c, y + (int)i, r.x, r.w,
			chosen && s->focus == SHEET_CHOICE
				? STYLE_UI_BUTTON_FOCUS
				: STYLE_UI_DIALOG,
			"(%c) %c  %s", chosen ? '*' : ' ',
			s->choice_keys[i], s->choices[i]);
		if (chosen && s->focus == SHEET_CHOICE)
			canvas_cursor(c, y + (int)i, r.x + 1);
	}
	return (int)s->choice_count;
}

static void
paint_field(const struct field_input *f, struct canvas *c, int y, struct rect r,
	const char *label, bool focus)
{
	int used = canvas_put(c, y, r.x, r.w, STYLE_UI_DIALOG, label);
	int width = r.w - used - 1;

	field_paint(f, c, y, r.x + used + 1, width > 1 ? width : 1, focus);
}

static void
paint_buttons(const struct sheet *s, struct canvas *c, int y, struct rect r)
{
	bool on_cancel = s->focus == SHEET_CANCEL;
	bool on_confirm = s->focus == SHEET_CONFIRM;
	char yes[64];
	int x;

	snprintf(yes, sizeof(yes), on_confirm ? "[ %s ]" : "  %s  ", s->verb);
	x = r.x + r.w - canvas_width_of(c, yes) - 13;
	if (x < r.x)
		x = r.x;
	canvas_put(c, y, x, 10,
		on_cancel ? STYLE_UI_BUTTON_FOCUS : STYLE_UI_BUTTON,
		on_cancel ? "[ Cancel ]" : "  Cancel  ");
	canvas_put(c, y, x + 12, r.x + r.w - x - 12,
		on_confirm ? STYLE_UI_BUTTON_DANGER : STYLE_UI_BUTTON, yes);
	if (on_cancel)
		canvas_cursor(c, y, x + 2);
	if (on_confirm)
		canvas_cursor(c, y, x + 14);
}

/* The part below the words: choice, reason, word, buttons, the problem. */
static int
controls_height(const struct sheet *s)
{
	return (int)s->choice_count + (s->has_reason ? 1 : 0) +
	       (s->word[0] != '\0' ? 1 : 0) + 2;
}

static void
paint_controls(const struct sheet *s, struct canvas *c, int y, struct rect r)
{
	char label[128];

	if (s->choice_count > 0)
		y += paint_choices(s, c, y, r);
	if (s->has_reason)
		paint_field(&s->reason, c, y++, r, "Reason",
			s->focus == SHEET_REASON);
	if (s->word[0] != '\0') {
		snprintf(label, sizeof(label), "Type %s to confirm:", s->word);
		paint_field(
			&s->typed, c, y++, r, label, s->focus == SHEET_WORD);
	}
	paint_buttons(s, c, y++, r);
	if (s->problem[0] != '\0' || s->check_item)
		canvas_put(c, y, r.x, r.w, STYLE_NOTICE_WARN,
			s->problem[0] != '\0'
				? s->problem
				: "! check the item, the link was slow");
}

void
sheet_paint(struct sheet *s, struct canvas *c, struct rect r,
	const struct glyphs *g)
{
	int margin = r.w >= 60 ? 2 : 0, words, height, y;
	struct rect box = {r.y, r.x + margin, 0, r.w - 2 * margin};
	struct rect in;
	size_t i;

	if (box.w > 100)
		box.w = 100;
	in = (struct rect){0, box.x + 2, 0, box.w - 4};
	words = words_height(s, c, in);
	height = words + controls_height(s) + 3;
	box.h = height < r.h ? height : r.h;
	box.y = r.y + (r.h - box.h) / 3;
	canvas_blank(c, (struct rect){box.y, r.x, box.h, r.w}, STYLE_UI_TEXT);
	frame(c, box, g, s->title);
	y = box.y + 1;
	for (i = 0; i < s->line_count; i++)
		y += text_wrap(c, y, box.y + box.h - 1 - controls_height(s), in,
			true,
			s->line_warns[i] ? STYLE_NOTICE_WARN : STYLE_UI_DIALOG,
			s->lines[i]);
	paint_controls(s, c, box.y + box.h - 1 - controls_height(s), in);
}
