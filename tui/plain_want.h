/*
 * plain_want.h - what a command is to be told before it can run, asked line
 * by line: its own usage says what that is.
 */
#ifndef SLUICE_TUI_PLAIN_WANT_H
#define SLUICE_TUI_PLAIN_WANT_H

#include "tui/args.h"

#define WANTS_MOST 4

struct want {
	struct arg_spec spec;
	char answer[1000];
};

struct wants {
	struct want items[WANTS_MOST];
	size_t count, at; /* at: the one that is asked for next */
	char subject[32]; /* the argument that is the object itself */
};

/* What is asked: what the command needs, what it lets one choose, and why. */
void wants_collect(struct wants *w, const char *usage);

bool wants_is_next(const struct wants *w);

/* "why: ", "then, hold or rollback (else hold): " */
void wants_prompt(const struct wants *w);

/* Takes the answer to that; false: it is none. */
bool wants_answer(struct wants *w, const char *line);

/* Adds object and answers to the n words of argv (borrowed from w and id);
 * returns how many there are then. */
size_t wants_add(const struct wants *w, const char *id, const char **argv,
	size_t n);

#endif
