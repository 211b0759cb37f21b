/* export.h - what is on the screen as text of its own: lines, CSV, files. */
#ifndef SLUICE_TUI_EXPORT_H
#define SLUICE_TUI_EXPORT_H

#include "tui/console.h"

/* Everything that the place has: the rows of its list as lines or as CSV (RFC
 * 4180, with a line of titles), or its text. */
void export_place(struct console *c, struct place *p, bool csv,
	struct strbuf *out);

/* The selected row in one line: all its columns. */
void export_row(struct console *c, struct place *p, struct strbuf *out);

/* The screen as it is painted, in plain text. */
void export_screen(struct console *c, struct strbuf *out);

/* Writes a new file; one that is there already is left alone. */
int export_write(const char *path, const struct strbuf *text, struct error *e);

#endif
