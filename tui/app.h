/* app.h - the console on a terminal, attached to an engine. */
#ifndef SLUICE_TUI_APP_H
#define SLUICE_TUI_APP_H

#include "tui/client.h"

struct console_options {
	const char *theme;  /* NULL: as the terminal and NO_COLOR say */
	const char *glyphs; /* NULL: as the locale says */
	bool no_color;
	const char *rollout; /* "R-57" to open first; NULL: Home */
	bool tour; /* begin with the guided tour */
};

/*
 * Runs until the person leaves; rollouts go on. Returns 0, or -1 when no
 * engine could be reached or started. Without a terminal, or where TERM is
 * dumb, it prints what changes as plain lines until the engine goes away,
 * SIGINT, or at once where nothing is rolling out.
 */
int console_run(const struct client_where *where, struct console_options *o,
	struct error *e);

#endif
