/*
 * widget_sheet.h - the page that asks before something with an effect is
 * done: what will happen, in words; fields; Cancel, which has the focus
 * first, and the act.
 *
 * One variable, focus, decides what is drawn as focused and what Enter does.
 */
#ifndef SLUICE_TUI_WIDGET_SHEET_H
#define SLUICE_TUI_WIDGET_SHEET_H

#include "tui/canvas.h"
#include "tui/glyphs.h"
#include "tui/input.h"
#include "tui/keymap.h"
#include "tui/widget_field.h"

#define SHEET_DEAF_MS 250 /* after the first painting keys are ignored */
#define SHEET_LINES_MAX 10

enum sheet_focus {
	SHEET_CHOICE,
	SHEET_REASON,
	SHEET_WORD,
	SHEET_CANCEL,
	SHEET_CONFIRM,
	SHEET_FOCUS_COUNT
};

enum sheet_result {
	SHEET_OPEN,
	SHEET_CANCELLED,
	SHEET_CONFIRMED,
	SHEET_CHOICE_CHANGED,
	SHEET_CHOSEN /* by its key: what it needs is next */
};

struct sheet {
	bool is_open;
	enum action_id action;
	bool is_unlock;	  /* asks to unlock env, then goes on to action */
	char object[128]; /* id of what it acts on */
	char host[80];
	char env[64];
	char seen[128]; /* what was painted: state and plan digest */
	char title[80];
	char lines[SHEET_LINES_MAX][512];
	bool line_warns[SHEET_LINES_MAX];
	size_t line_count;
	const char *choices[3]; /* constant; NULL: none */
	size_t choice_count, choice;
	const char *choice_keys; /* one key each, in order */
	bool has_reason, needs_reason;
	struct field_input reason;
	char word[80]; /* what must be typed, or "" */
	struct field_input typed;
	const char *verb; /* "Start" */
	enum sheet_focus focus;
	bool check_item;       /* opened in a burst: the first press is lost */
	int64_t painted_at_ms; /* monotonic; 0: not painted yet */
	char problem[128];     /* why confirming did not work */
};

/* Empty, with the focus on Cancel. */
void sheet_open(struct sheet *s, enum action_id action, const char *object);
void sheet_line(struct sheet *s, bool warns, const char *fmt, ...)
	SLUICE_PRINTF(3, 4);

enum sheet_result sheet_key(
	struct sheet *s, const struct input_event *ev, int64_t now_ms);

/* What the footer says while it is open. */
const char *sheet_footer(const struct sheet *s, int width);

void sheet_paint(struct sheet *s, struct canvas *c, struct rect r,
	const struct glyphs *g);

#endif
