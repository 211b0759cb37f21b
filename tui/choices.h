/*
 * choices.h - what a person could do now, as lines to choose from: actions
 * of actions.def with their keys and, where they are not possible, why not;
 * views; commands of palette.def with what may stand behind them; objects.
 * The palette, the help and the menu show the same lines.
 */
#ifndef SLUICE_TUI_CHOICES_H
#define SLUICE_TUI_CHOICES_H

#include "tui/keymap.h"

#define CHOICE_TEXT_MAX 96
#define HISTORY_MAX 30

struct console;
struct view;

enum choice_kind {
	CHOICE_ACTION,
	CHOICE_VIEW,
	CHOICE_OBJECT,
	CHOICE_COMMAND,
	CHOICE_VALUE, /* a command with what stands behind it */
	CHOICE_KIND_COUNT
};

/* The parts of the help, in their order. */
enum choice_part {
	PART_NOW, /* possible on what is selected */
	PART_NOT_NOW,
	PART_EVERYWHERE,
	PART_VIEWS,
	PART_OBJECTS,
	PART_COMMANDS,
	PART_COUNT
};

struct choice {
	enum choice_kind kind;
	enum choice_part part;
	int rank; /* the less the better it matches */
	enum action_id action;
	const struct view *view;
	char text[CHOICE_TEXT_MAX]; /* what the palette's line would be */
	char keys[24];
	char sentence[160];
	const char *reason; /* why not now; NULL: possible */
};

struct choices {
	struct choice *items;
	size_t count, capacity;
};

enum choices_for { CHOICES_MENU, CHOICES_HELP, CHOICES_PALETTE };

/* Makes the lines anew that match what was typed: the menu and the help by
 * parts, the palette best first. */
void choices_collect(struct console *c, enum choices_for what,
	const char *typed, struct choices *out);
void choices_finish(struct choices *l);

/* Adds one line if it matches; for commands that list what may stand behind
 * them (palette.def). */
void choices_add_value(struct choices *l, const char *command,
	const char *value, const char *sentence, const char *typed);

/* How well a name and what is said of it match: 0 best, -1 not. */
int choices_rank(const char *name, const char *sentence, const char *typed);

/* The title of a part. */
const char *choices_part_title(enum choice_part part);

/* --- the palette (console_palette.c) --- */

struct palette {
	struct choices choices;
	size_t cursor, top;
	bool moved; /* the person chose a line */
	char previewed[64], theme_before[64];
	char *history[HISTORY_MAX]; /* newest last; owned */
	size_t history_count;
	size_t recalled; /* how far back; 0: what is typed */
};

/* Runs a line as it would be typed behind ':'. */
void console_command(struct console *c, const char *line);

/* A command of palette.def. */
struct palette_command {
	const char *name, *argument, *sentence;
	void (*run)(struct console *c, const char *value);
	void (*values)(
		struct console *c, const char *typed, struct choices *out);
};

/* The commands; NULL behind the last. */
const struct palette_command *palette_command(size_t i);

#endif
