/* view.h - the rooms of the console, each a const table of what it does. */
#ifndef SLUICE_TUI_VIEW_H
#define SLUICE_TUI_VIEW_H

#include "tui/console.h"

#define LIST_NONE (-1)

struct view {
	const char *name;
	char digit;		     /* '1' to '9', or 0: opened from another */
	const char *aliases;	     /* words for the palette */
	const char *const *sections; /* NULL-terminated, or NULL */
	int list;      /* enum world_list it shows, or LIST_NONE */
	bool has_rows; /* it is a list with a cursor */

	/* Asks for what it shows; may be NULL. */
	void (*open)(struct console *c, struct place *p);

	/* Makes the rows; may be NULL. */
	void (*refresh)(struct console *c, struct place *p);

	void (*paint)(struct console *c, struct place *p, struct canvas *canvas,
		struct rect r);

	/* A key before it becomes an action, for views that are typed into;
	 * true if it was for the view. May be NULL. */
	bool (*key)(struct console *c, struct place *p,
		const struct input_event *ev);

	/* An action that moves or opens; false: nothing here. */
	bool (*act)(struct console *c, struct place *p, enum action_id id);

	/* What the header says behind the view's name; may be NULL. */
	void (*crumb)(struct console *c, struct place *p, struct strbuf *out);
};

extern const struct view home_view, rollouts_view, rollout_view, canary_view,
	host_log_view, log_view, approvals_view, change_view, calendar_view,
	releases_view, release_view, hosts_view, host_view, audit_view,
	entry_view, help_view, menu_view, copy_view, messages_view;

/* The views with digits, NULL-terminated, in their order. */
extern const struct view *const view_roots[];

/* The view of a digit, name or alias, or NULL. */
const struct view *view_find(const char *word);
const struct view *view_of_digit(uint32_t code);

/* The view of that name; a root, or one that is opened from another. */
const struct view *view_by_name(const char *name, bool root);

/* Sections of a view with those that the person saved, and their names. */
size_t view_section_count(const struct console *c, const struct view *v);
const char *view_section_name(
	const struct console *c, const struct view *v, size_t i);

/* --- shared by views that are lists (view_list.c) --- */

/* Rows of a collection that pass keep() and the filter, newest first or as
 * they are; keep may be NULL. */
void view_list_rows(struct console *c, struct place *p, int kind, bool newest,
	bool (*keep)(
		struct console *c, struct place *p, const struct record *r));

/* The same of several collections: begin, add each, end. */
void view_list_begin(struct console *c, struct place *p);
void view_list_add(struct console *c, struct place *p, int kind, bool newest,
	bool (*keep)(
		struct console *c, struct place *p, const struct record *r));
void view_list_end(struct console *c, struct place *p);

/* Moves in a list; false if the action is not one of those. */
bool view_list_act(struct console *c, struct place *p, enum action_id id);

/* The tab line of sections; returns the lines used. */
int view_paint_sections(struct console *c, struct place *p,
	struct canvas *canvas, struct rect r);

/* The list with sections and filter line. */
void view_paint_list(struct console *c, struct place *p, struct canvas *canvas,
	struct rect r, const char *empty);

/* n and N on a page: to the next line with what was looked for, and which of
 * them that is; false: the action is another, or nothing was looked for. */
bool view_search(struct console *c, struct place *p, enum action_id id);

/* Columns of what waits (columns_queue.c). */
extern const struct table request_table;
void column_risk(const struct record *r, const struct list_context *ctx,
	struct strbuf *out);
enum style_role column_risk_role(const struct record *r);
void column_answer_by(const struct record *r, const struct list_context *ctx,
	struct strbuf *out);

/* The view that shows a row of a list in full, or NULL. */
const struct view *view_of_row(const struct list_row *row);

/* What is selected in full, beside the list or below it where the screen has
 * room; r is what is left for the list. Called before the list is painted. */
void view_paint_beside(struct console *c, struct place *p,
	struct canvas *canvas, struct rect *r);
bool view_has_beside(const struct console *c);

/* A place in r, painted as on a screen of its own of that size, so that it
 * looks as it does where it is alone. Returns where its cursor is. */
struct rect view_paint_alone(struct console *c, struct place *p,
	struct canvas *canvas, struct rect r);

/* The columns of a kind of record. */
const struct table *view_table_of(int kind);

/* A horizontal rule with a title and what stands at its right. */
void view_rule(struct console *c, struct canvas *canvas, int y, struct rect r,
	bool focus, const char *title, const char *right);

/* How the lists of a place are painted: the time zone and what the person
 * chose of columns and order. */
struct list_look view_look(struct console *c, const struct place *p);

/* Puts the rows into the order that the person chose; call before list_end. */
void view_sort(struct console *c, struct place *p);

/* What may stand behind "sort" and "columns" here: titles of columns. */
void view_column_values(struct console *c, const char *command,
	const char *typed, struct choices *out);

/* Sorts by the column of that title, "" as it comes; false if there is none. */
bool view_sort_by(struct console *c, const char *title);

/* Shows only these columns ("id,state"), "" all that fit. */
bool view_show_columns(struct console *c, const char *titles);

/* "5m ago", "in 2h". */
void view_ago(int64_t seconds, struct strbuf *out);

/* "~31m": how long it still takes; nothing where nobody knows. */
void view_eta(int64_t eta_ms, struct strbuf *out);

#endif
