/*
 * widget_sheet.h - the page that asks before something with an effect is
 * done: what will happen, in words; fields; Cancel, which has the focus
 * first, and the act.
 *
 * One variable, focus (with the item, where it is on one), decides what is
 * drawn as focused and what Enter does. Words and items that do not fit
 * scroll; reason, word and buttons always stand below them.
 */
#ifndef SLUICE_TUI_WIDGET_SHEET_H
#define SLUICE_TUI_WIDGET_SHEET_H

#include "tui/canvas.h"
#include "tui/glyphs.h"
#include "tui/input.h"
#include "tui/keymap.h"
#include "tui/widget_field.h"

#define SHEET_DEAF_MS 250 /* after the first painting keys are ignored */
#define SHEET_LINES_MAX 40
#define SHEET_ITEMS_MAX 40

enum sheet_item_kind {
	SHEET_TEXT, /* is typed */
	SHEET_PICK, /* one of some words */
	SHEET_TICK  /* yes or no */
};

struct sheet_item {
	enum sheet_item_kind kind;
	const char *name; /* the argument it becomes, or ""; constant */
	char label[160];
	char id[24];			/* of a tick: the object */
	char digest[72];		/* ... as it was painted */
	bool needed;			/* not empty; ticked */
	bool on;			/* of a tick */
	const char *const *options;	/* of a pick; NULL-terminated */
	size_t option;
	struct field_input text;
};

enum sheet_focus {
	SHEET_CHOICE,
	SHEET_ITEM,
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
	SHEET_ITEM_CHANGED,
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
	char digest[72]; /* of what was painted, for a decision */
	int plan_line;	 /* the line that says hosts and waves; 0: none */
	bool rereads;	 /* a newer plan is on its way */
	bool is_bulk;	 /* acts on the ticked items instead of object */
	char title[80];
	char lines[SHEET_LINES_MAX][512];
	bool line_warns[SHEET_LINES_MAX];
	size_t line_count;
	const char *choices[3]; /* constant; NULL: none */
	size_t choice_count, choice;
	const char *choice_keys; /* one key each, in order */
	struct sheet_item items[SHEET_ITEMS_MAX];
	size_t item_count, item; /* the one that has the focus */
	const char *reason_label; /* "Reason" */
	bool has_reason, needs_reason;
	struct field_input reason;
	char word[80]; /* what must be typed, or "" */
	struct field_input typed;
	const char *verb; /* "Start" */
	enum sheet_focus focus;
	bool check_item;       /* opened in a burst: the first press is lost */
	int64_t painted_at_ms; /* monotonic; 0: not painted yet */
	char problem[240];     /* why confirming did not work */
	int scrolled, scroll_max; /* lines above what is seen; as painted */
	size_t preview_line;	  /* where what it would do begins; 0: none */
	uint64_t preview_number;
	size_t show_line;	  /* is seen with the next painting */
	bool follow_focus;	  /* the next painting shows the item */
};

/* Empty, with the focus on Cancel. */
void sheet_open(struct sheet *s, enum action_id action, const char *object);
void sheet_line(struct sheet *s, bool warns, const char *fmt, ...)
	SLUICE_PRINTF(3, 4);

/* Adds one; NULL when there are too many. text may be NULL. */
struct sheet_item *sheet_add(struct sheet *s, enum sheet_item_kind kind,
	const char *name, const char *label, const char *text);

/* The item of that name, or NULL. */
struct sheet_item *sheet_find(struct sheet *s, const char *name);

/* Picks a word where it is one of those that can be picked. */
void sheet_pick(struct sheet_item *it, const char *word);

/* What it says now: typed, picked, or "yes"; "" where there is nothing. */
const char *sheet_item_text(const struct sheet_item *it);

enum sheet_result sheet_key(
	struct sheet *s, const struct input_event *ev, int64_t now_ms);

/* What the footer says while it is open. */
const char *sheet_footer(const struct sheet *s, int width);

void sheet_paint(struct sheet *s, struct canvas *c, struct rect r,
	const struct glyphs *g);

#endif
