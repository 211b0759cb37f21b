/* app.h - the console on a terminal, attached to an engine. */
#ifndef SLUICE_TUI_APP_H
#define SLUICE_TUI_APP_H

#include "tui/client.h"

struct console_options {
	const char *theme;  /* NULL: as the terminal and NO_COLOR say */
	const char *glyphs; /* NULL: as the locale says */
	bool no_color;
	const char *rollout; /* "R-57" to open first; NULL: Home */
	bool plain; /* no screen, whatever the terminal is */
	bool tour; /* begin with the guided tour */
};

/*
 * Runs until the person leaves; rollouts go on. Returns 0, or -1 when no
 * engine could be reached or started. Without a terminal, where TERM is dumb
 * and where plain is asked for it works by lines (plain.h).
 */
int console_run(const struct client_where *where, struct console_options *o,
	struct error *e);

#endif
