/*
 * memory.h - what the engine keeps for the console of a person, so that it is
 * there on any terminal: of each view its section, filter, order, columns and
 * cursor; saved sections; where the person was; lines of the palette; looks.
 *
 * Each is one key of session.put with a JSON value. What changed is written
 * once a second at most. What comes back is hostile until it is checked.
 */
#ifndef SLUICE_TUI_MEMORY_H
#define SLUICE_TUI_MEMORY_H

#include "base/base.h"

#define SAVED_SECTIONS_MAX 24

struct console;
struct place;
struct view;

/* A filter with a name: a section of a view. */
struct saved_section {
	char view[24];
	char name[64];
	char query[404];
	bool configured; /* by the site: nobody's own to keep or forget */
};

enum memory_part {
	MEMORY_VIEWS,
	MEMORY_SECTIONS,
	MEMORY_PALETTE,
	MEMORY_PLACE,
	MEMORY_LOOKS,
	MEMORY_PART_COUNT
};

struct memory {
	bool changed[MEMORY_PART_COUNT];
	bool loaded; /* the engine answered: writing is allowed */
	void *views; /* json_t: view's name to what is kept of it */
	struct saved_section sections[SAVED_SECTIONS_MAX];
	size_t section_count;
	void *resume; /* json_t: where the person was last, or NULL */
};

/* Asks the engine what it kept. */
void memory_load(struct console *c);

/* To be written with the next memory_flush. */
void memory_changed(struct console *c, enum memory_part part);

/* Writes what changed, if the engine is there. */
void memory_flush(struct console *c);
void memory_finish(struct memory *m);

/* Of a place that opens: what is kept of its view. */
void memory_recall(struct console *c, struct place *p);

/* Remembers the place's section, filter, order, columns and cursor. */
void memory_note(struct console *c, struct place *p);

/* Where the person was last, in words, or "" if there is no way back there. */
void memory_resume_text(struct console *c, char *out, size_t size);
void memory_resume(struct console *c);

/* Saved sections: the i-th of a view, or NULL. */
const struct saved_section *memory_section(
	const struct console *c, const struct view *v, size_t i);

/* The filter of the open list as a section of that name. */
int memory_save_section(struct console *c, const char *name, struct error *e);
int memory_forget_section(struct console *c, const char *name, struct error *e);

#endif
