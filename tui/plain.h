/* plain.h - the console without a screen: what changes, line by line. */
#ifndef SLUICE_TUI_PLAIN_H
#define SLUICE_TUI_PLAIN_H

#include "tui/console.h"

/*
 * Prints the rollouts that are live and then every change of one as a line
 * of plain text. where NULL: ends when nothing is live. Else the person works
 * at a prompt (plain_work.h), and ends with q or the end of standard input;
 * where is how their commands reach the same engine. The client's events must
 * not be taken by anybody else. Returns 0.
 */
int plain_run(uv_loop_t *loop, struct console *c, struct client *client,
	const struct client_where *where);

#endif
