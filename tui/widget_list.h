/*
 * widget_list.h - rows with a cursor that stays on its object, and tables
 * whose columns fall away where the screen is narrow.
 *
 * The cursor is an id, not a number: rows may come and go above it. A row
 * that no longer belongs but has the cursor stays, as a ghost, until the
 * cursor moves. What is painted depends on the screen, not on the list.
 */
#ifndef SLUICE_TUI_WIDGET_LIST_H
#define SLUICE_TUI_WIDGET_LIST_H

#include "tui/canvas.h"
#include "tui/glyphs.h"
#include "tui/world.h"

struct list_row {
	const struct record *record; /* borrowed; NULL: a heading */
	const char *heading;	     /* of a heading: borrowed, constant */
	int count;		     /* beside a heading; -1: none */
	int kind;		     /* enum world_list of the record */
	bool ghost;
};

struct list {
	struct list_row *rows;
	size_t count, capacity;
	size_t cursor, top;
	char *cursor_id; /* owned; NULL before the first move */
	size_t shown, total;
	bool loose; /* still coming in: the cursor keeps to the first row */
	struct list_mark *marks; /* ids; owned */
	char *mark_from;	 /* where a range begins; owned */
	int side;		 /* wide columns: scrolled so far */
	struct rect painted;	 /* rows, where they were painted last */
	size_t painted_top;
	int painted_step;
};

/* An object that is marked; it stays so while it is not shown. */
struct list_mark {
	char *id;
	UT_hash_handle hh;
};

void list_finish(struct list *l);

/* Empties the rows; the cursor is remembered. */
void list_begin(struct list *l);
void list_add(struct list *l, const struct record *r, int kind, bool ghost);
void list_add_heading(struct list *l, const char *heading, int count);

/* Finds the cursor's object again. */
void list_end(struct list *l);

/* Moves the cursor to the row that was painted at y, x; ret_was: it was there
 * already. False: there is none. */
bool list_point(struct list *l, int y, int x, bool *ret_was);

/* The selected row, or NULL if there is none. */
const struct list_row *list_selected(const struct list *l);

/* Moves the cursor by rows, over headings; true if it moved. */
bool list_move(struct list *l, int by);
void list_first(struct list *l);
void list_last(struct list *l);

/* Puts the cursor on an object, now or when it comes. */
void list_select(struct list *l, const char *id);

/* Marks, for acts on several. The range goes from where a mark was set last
 * to the cursor. */
bool list_is_marked(const struct list *l, const char *id);
void list_mark(struct list *l, const char *id, bool on);
void list_mark_range(struct list *l);
void list_mark_all(struct list *l);
void list_unmark_all(struct list *l);
size_t list_marked(const struct list *l);

/* Sorts the rows between headings; call before list_end. less than 0: a
 * stands first. Equal rows keep their order. */
void list_sort(struct list *l,
	int (*compare)(const char *a, const char *b, void *arg),
	void (*key)(const struct list_row *row, struct strbuf *out, void *arg),
	void *arg);

/* What a cell's text may depend on beside the record. */
struct list_context {
	int64_t now; /* unix seconds */
	bool utc;    /* times in UTC instead of the local zone */
	bool relative; /* times as how long ago */
	bool sorting;  /* as it sorts: times as numbers */
};

/* Where what is too long is cut. */
enum column_cut {
	CUT_END,
	CUT_MIDDLE, /* names */
	CUT_FRONT   /* the end says most */
};

struct column {
	const char *title;
	int priority; /* 1 never drops */
	int least, most;
	bool right;  /* numbers */
	enum column_cut cut;
	void (*text)(const struct record *r, const struct list_context *ctx,
		struct strbuf *out);
	enum style_role (*role)(const struct record *r); /* NULL: text */
};

struct table {
	const struct column *columns;
	size_t count;
};

/* How a list is painted. */
struct list_look {
	const struct glyphs *glyphs;
	struct list_context context;
	const struct table *(*table_of)(int kind);
	bool bar;	   /* the selected row as a bar, not a mark alone */
	bool wide;	   /* every column as wide as it likes */
	const char *only;  /* titles of the columns shown; NULL or "": all */
	const char *sorted; /* title of the column it is sorted by, or "" */
	bool reversed;
	bool titles;	   /* a line of column titles above */
	bool focus;	   /* the hardware cursor stands here */
	const char *empty; /* said where there are no rows */
};

/* Paints into r; below 60 columns rows are cards of two lines. */
void list_paint(struct list *l, struct canvas *c, struct rect r,
	const struct list_look *look);

/* Rows that fit into h lines of width w. */
int list_page(int w, int h);

#endif
