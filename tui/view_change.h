/*
 * view_change.h - one change or request in full: its pages, painted alone
 * or under the list it was chosen from.
 */
#ifndef SLUICE_TUI_VIEW_CHANGE_H
#define SLUICE_TUI_VIEW_CHANGE_H

#include "tui/view.h"

enum change_tab {
	TAB_SUMMARY,
	TAB_DIFF,
	TAB_POLICY,
	TAB_PLAN,
	TAB_HOSTS,
	TAB_NOTES,
	TAB_COUNT
};

/* What a page is made of and where it goes. */
struct page {
	struct console *c;
	struct pager *pager;
	int width; /* lines are wrapped to it */
};

/* "Label   text", the text wrapped behind the label. */
void page_line(struct page *pg, enum style_role role, const char *label,
	const char *fmt, ...) SLUICE_PRINTF(4, 5);

/* The engine's answer about the object, or NULL, and why not. */
const json_t *change_ask(struct console *c, const char *method, const char *id,
	const char **ret_why);

/* "Tue 24 Nov 08:00 CET" in out, which is emptied before; "" for 0. */
const char *page_time(struct console *c, int64_t at, struct strbuf *out);

/* One thing that somebody said, as the engine's decisions have it. */
void page_said(struct page *pg, const json_t *d, const char *label);
bool rule_is_pass(const json_t *rule);
void change_page_summary(struct page *pg, const struct world_change *ch);

/* The tab line: "-- C-42 --- [Summary]  Diff 14  Policy 9 ..." at y. */
void change_paint_tabs(struct console *c, struct canvas *canvas, int y,
	struct rect r, const char *id, int tab, bool focus);

/* Makes the lines of a tab of the object, a change or a request. */
void change_page(struct console *c, struct pager *pager, const char *id,
	int tab, int width);

/* How many things stand on a tab, -1 where nobody counts. */
int change_tab_count(struct console *c, const char *id, int tab);

/* What a decision is about, for the line below: "revision 3, sha256 9f2c";
 * nothing where none is needed. */
void change_seen_text(
	struct console *c, const char *id, bool narrow, struct strbuf *out);

#endif
