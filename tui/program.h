/* program.h - running the other programs of sluice, and this one again. */
#ifndef SLUICE_TUI_PROGRAM_H
#define SLUICE_TUI_PROGRAM_H

#include "base/base.h"

/* Where the program is (owned); NULL with an error when it is nowhere. */
char *program_find(const char *name, struct error *e);

/* How a person calls this program: "sluice" where PATH leads to it, else its
 * path, in quotes where a shell needs them. Borrowed. */
const char *program_called(void);

/* Runs argv[0] to its end with this program's output; returns its exit
 * status, 127 if it could not be run, 128 if a signal ended it. */
int program_run(const char *const argv[]);

/* The same with its output (owned, both streams together, without the
 * newline at the end and "sluiced: " in front). */
int program_capture(const char *const argv[], char **ret_words);

/* An error of what a program said when it failed: its first line behind
 * what (may be ""), the lines that it indented as the hint. */
int program_failed(struct error *e, enum error_code code, const char *what,
	const char *words);

#endif
