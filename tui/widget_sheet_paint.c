/* widget_sheet_paint.c - how the page that asks looks. */
#include <stdio.h>
#include <string.h>

#include "tui/widget_sheet.h"
#include "tui/widget_text.h"

/* Words and items, which scroll when there are more than fit. */
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

static int
label_width(const struct sheet *s, const struct canvas *c, int most)
{
	int width = 0;
	size_t i;

	for (i = 0; i < s->item_count; i++) {
		int w = canvas_width_of(c, s->items[i].label);

		if (s->items[i].kind != SHEET_TICK && w > width)
			width = w;
	}
	return width < most ? width : most;
}

static void
paint_item(const struct sheet *s, const struct sheet_item *it, struct canvas *c,
	int y, struct rect r)
{
	bool focus = s->focus == SHEET_ITEM && it == &s->items[s->item];
	enum style_role role = focus ? STYLE_UI_BUTTON_FOCUS : STYLE_UI_DIALOG;
	int label = label_width(s, c, r.w / 2), x = r.x + label + 1;

	if (it->kind == SHEET_TICK) {
		canvas_putf(c, y, r.x, r.w, role, "[%c] %s", it->on ? 'x' : ' ',
			it->label);
		if (focus)
			canvas_cursor(c, y, r.x + 1);
		return;
	}
	canvas_put(c, y, r.x, label, STYLE_UI_DIALOG, it->label);
	if (it->kind == SHEET_TEXT) {
		field_paint(&it->text, c, y, x, r.x + r.w - x, focus);
		return;
	}
	canvas_putf(
		c, y, x, r.x + r.w - x, role, "< %s >", sheet_item_text(it));
	if (focus)
		canvas_cursor(c, y, x);
}

/* All of it, on a canvas as high as it needs. */
static void
paint_body(const struct sheet *s, struct canvas *c, struct rect r)
{
	int y = 0;
	size_t i;

	for (i = 0; i < s->line_count; i++)
		y += text_wrap(c, y, c->height, r, true,
			s->line_warns[i] ? STYLE_NOTICE_WARN : STYLE_UI_DIALOG,
			s->lines[i]);
	for (i = 0; i < s->item_count; i++)
		paint_item(s, &s->items[i], c, y++, r);
}

static void
copy_rows(struct canvas *to, struct rect r, const struct canvas *from, int top)
{
	int y, x;

	for (y = 0; y < r.h; y++)
		for (x = 0; x < r.w; x++) {
			const struct cell *cell = canvas_at(from, top + y, x);
			struct cell *at = canvas_at(to, r.y + y, r.x + x);

			if (cell != NULL && at != NULL)
				*at = *cell;
		}
}

/* Lines above the one that is to be seen. */
static int
height_above(const struct sheet *s, struct canvas *c, struct rect r)
{
	int lines = 0;
	size_t i;

	for (i = 0; i < s->show_line && i < s->line_count; i++)
		lines += text_wrap(
			c, 0, 0, r, false, STYLE_UI_DIALOG, s->lines[i]);
	return lines;
}

/* The part that is seen; the item with the focus always is. */
static void
paint_scrolled(struct sheet *s, struct canvas *c, struct rect r, int words)
{
	int height = words + (int)s->item_count, at = words + (int)s->item;
	struct canvas body;

	s->scroll_max = height > r.h ? height - r.h : 0;
	if (s->follow_focus && s->focus == SHEET_ITEM) {
		if (at < s->scrolled)
			s->scrolled = at;
		if (at >= s->scrolled + r.h)
			s->scrolled = at + 1 - r.h;
	}
	if (s->show_line > 0)
		s->scrolled = height_above(s, c, r);
	s->show_line = 0;
	s->follow_focus = false;
	if (s->scrolled > s->scroll_max)
		s->scrolled = s->scroll_max;
	if (r.h <= 0)
		return;
	canvas_init(&body, r.w, height > 0 ? height : 1, c->ascii);
	canvas_blank(&body, (struct rect){0, 0, height, r.w}, STYLE_UI_DIALOG);
	paint_body(s, &body, (struct rect){0, 0, height, r.w});
	copy_rows(c, r, &body, s->scrolled);
	if (s->focus == SHEET_ITEM && at >= s->scrolled &&
		at < s->scrolled + r.h)
		canvas_cursor(c, r.y + body.cursor_y - s->scrolled,
			r.x + body.cursor_x);
	canvas_finish(&body);
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
			"(%c) %c  %s", chosen ? '*' : ' ', s->choice_keys[i],
			s->choices[i]);
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
static const char *
problem_text(const struct sheet *s)
{
	if (s->problem[0] != '\0' || !s->check_item)
		return s->problem;
	return "! check the item, the link was slow";
}

static int
controls_height(const struct sheet *s, struct canvas *c, struct rect r)
{
	return (int)s->choice_count + (s->has_reason ? 1 : 0) +
	       (s->word[0] != '\0' ? 1 : 0) + 1 +
	       text_wrap(c, 0, 0, r, false, STYLE_NOTICE_WARN, problem_text(s));
}

static void
paint_controls(const struct sheet *s, struct canvas *c, int y, struct rect r)
{
	char label[128];

	if (s->choice_count > 0)
		y += paint_choices(s, c, y, r);
	if (s->has_reason)
		paint_field(&s->reason, c, y++, r, s->reason_label,
			s->focus == SHEET_REASON);
	if (s->word[0] != '\0') {
		snprintf(label, sizeof(label), "Type %s to confirm:", s->word);
		paint_field(
			&s->typed, c, y++, r, label, s->focus == SHEET_WORD);
	}
	paint_buttons(s, c, y++, r);
	text_wrap(c, y, y + 4, r, true, STYLE_NOTICE_WARN, problem_text(s));
}

/* How much there is above and below what is seen. */
static void
paint_more(const struct sheet *s, struct canvas *c, struct rect box)
{
	int below = s->scroll_max - s->scrolled, y = box.y + box.h - 1;
	bool letters = s->focus == SHEET_CANCEL || s->focus == SHEET_CONFIRM;

	if (s->scrolled > 0)
		canvas_putf(c, box.y, box.x + box.w - 18, 17, STYLE_UI_TITLE,
			" %s: %d more ", letters ? "k" : "PgUp", s->scrolled);
	if (below > 0)
		canvas_putf(c, y, box.x + 2, box.w - 4, STYLE_UI_TITLE,
			" %s: %d more line%s ", letters ? "j" : "PgDn", below,
			below == 1 ? "" : "s");
}

void
sheet_paint(struct sheet *s, struct canvas *c, struct rect r,
	const struct glyphs *g)
{
	int margin = r.w >= 60 ? 2 : 0, words, height;
	struct rect box = {r.y, r.x + margin, 0, r.w - 2 * margin};
	struct rect in;
	int controls;

	if (box.w > 100)
		box.w = 100;
	in = (struct rect){0, box.x + 2, 0, box.w - 4};
	words = words_height(s, c, in);
	controls = controls_height(s, c, in);
	height = words + (int)s->item_count + controls + 3;
	/* The line of a problem that there is not goes first. */
	if (height > r.h && problem_text(s)[0] == '\0')
		controls--;
	box.h = height < r.h ? height : r.h;
	box.y = r.y + (r.h - box.h) / 3;
	canvas_blank(c, (struct rect){box.y, r.x, box.h, r.w}, STYLE_UI_TEXT);
	frame(c, box, g, s->title);
	in.y = box.y + 1;
	in.h = box.h - 2 - controls;
	paint_scrolled(s, c, in, words);
	paint_controls(s, c, box.y + box.h - 1 - controls, in);
	paint_more(s, c, box);
}
