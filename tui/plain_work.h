/*
 * plain_work.h - working without a screen: numbered lists and a prompt, for
 * screen readers, line terminals and pipes (console.md section 8). Nothing
 * that was printed is ever taken back.
 */
#ifndef SLUICE_TUI_PLAIN_WORK_H
#define SLUICE_TUI_PLAIN_WORK_H

#include "tui/console.h"

struct plain_work;

/* c is borrowed; where says how commands are run for the same place. */
struct plain_work *plain_work_create(
	struct console *c, const struct client_where *where);
void plain_work_destroy(struct plain_work *w);

/* The numbered list and the prompt, once there is something to say. */
void plain_work_begin(struct plain_work *w);

/* A line that the person typed; false: they leave. */
bool plain_work_line(struct plain_work *w, char *line);

/* Something was printed in between: the prompt again. */
void plain_work_prompt(struct plain_work *w);

/* The command that asks for a method of the engine: its words (NULL: there
 * is none), and what it takes (command.c). */
const char *command_of_method(const char *method, const char **ret_usage);

#endif
