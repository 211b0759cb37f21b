/*
 * widget_text.h - lines that scroll: logs, transcripts, pages of facts. The
 * position is a line that is held, or the end that is followed; never both.
 */
#ifndef SLUICE_TUI_WIDGET_TEXT_H
#define SLUICE_TUI_WIDGET_TEXT_H

#include "tui/canvas.h"
#include "tui/keymap.h"

struct pager_line {
	char *text; /* printable; owned */
	enum style_role role;
	int64_t seq; /* of the log; keeps the place when old lines go */
};

struct pager {
	struct pager_line *lines;
	size_t count, capacity;
	size_t top;
	int side;  /* columns scrolled to the right */
	bool wrap; /* long lines go on below instead of sideways */
	char match[64]; /* what was looked for: shown where it stands */
	size_t found;	/* the line where it was found last, from 1; or 0 */
	size_t found_nth, found_all; /* which of the lines that have it */
	bool held; /* false: the end is followed */
	int64_t held_seq;
	int height;	  /* of the last painting */
	uint64_t version; /* of what the lines were made from */
	uint64_t cleared; /* how often that was emptied by then */
};

void pager_finish(struct pager *p);

/* Empties it; the position stays. */
void pager_begin(struct pager *p);

void pager_add(struct pager *p, enum style_role role, int64_t seq,
	const char *fmt, ...) SLUICE_PRINTF(4, 5);

/* Finds the held line again. */
void pager_end(struct pager *p);

/* Movement, follow and hold; false if the action is none of those. */
bool pager_act(struct pager *p, enum action_id id, bool follows);

/* To the next line that contains text, which is marked until one moves on;
 * false if there is none. */
bool pager_find(struct pager *p, const char *text, int direction);

void pager_paint(struct pager *p, struct canvas *c, struct rect r, bool focus,
	bool follows);

/* Words over as many lines of r's width as they need, from y to above bottom;
 * painted only if paint. Returns the lines. */
int text_wrap(struct canvas *c, int y, int bottom, struct rect r, bool paint,
	enum style_role role, const char *text);

#endif
