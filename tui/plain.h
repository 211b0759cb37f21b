/* plain.h - the console without a screen: what changes, line by line. */
#ifndef SLUICE_TUI_PLAIN_H
#define SLUICE_TUI_PLAIN_H

#include "tui/console.h"

/*
 * Prints the rollouts that are live and then every change of one as a line
 * of plain text; ends when nothing is live. The client's events must not be
 * taken by anybody else.
 */
int plain_run(uv_loop_t *loop, struct console *c, struct client *client,
	struct error *e);

#endif
