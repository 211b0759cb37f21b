/*
 * line.h - the command line: what every command gets, and the pieces that
 * command families share. The commands themselves are rows of commands.def.
 */
#ifndef SLUICE_TUI_LINE_H
#define SLUICE_TUI_LINE_H

#include <jansson.h>
#include <uv.h>

#include "base/base.h"
#include "tui/args.h"
#include "tui/client.h"
#include "tui/table.h"

struct line;

/* How one kind of object is shown (views in line_views.c). */
struct view {
	const char *plural; /* "releases" */
	const struct column *columns;
	size_t column_count;
	const struct column *fields;
	size_t field_count;
	/* What an act did to the object, in a line or two; may be NULL. */
	void (*summary)(struct line *l, const json_t *o);
};

/* Both lists of columns, as they stand in struct view. */
#define VIEW(columns, fields)                                                  \
	(columns), ARRAY_SIZE(columns), (fields), ARRAY_SIZE(fields)

extern const struct view view_release, view_change, view_rollout, view_host,
	view_rollout_host, view_step, view_log, view_entry, view_engine,
	view_host_check, view_adopt, view_pruned, view_queue, view_policy_rule,
	view_replay, view_request, view_window, view_freeze, view_line,
	view_slot;

enum command_kind {
	COMMAND_HERE,      /* needs no engine, or starts one itself */
	COMMAND_READ,      /* asks the engine */
	COMMAND_ACT,       /* changes something */
	COMMAND_NOT_BUILT, /* refuses, by name */
	COMMAND_KIND_COUNT
};

struct command {
	const char *words;  /* "change new" */
	const char *usage;  /* its arguments, and their grammar: args.h */
	enum command_kind kind;
	const char *method; /* of the engine, NULL: none or several */
	int (*run)(struct line *l); /* returns the exit code */
	const struct view *view;
	const char *help;
};

extern const struct command commands[];
extern const size_t command_count;

struct line {
	struct client_where where;
	bool json, quiet, yes;
	bool no_color, wants_help;
	bool plain; /* the console without a screen */
	bool can_ask; /* a person sits at a terminal */
	struct look look;
	const struct command *command;
	struct args args;
	uv_loop_t loop;
	struct client *client; /* NULL: not open */
};

/* Prints e as the contract says; returns its exit code. */
int line_fail(struct line *l, const struct error *e);

/* Sets e and prints it; returns the exit code. */
int line_refuse(struct line *l, enum error_code code, const char *hint,
	const char *fmt, ...) SLUICE_PRINTF(4, 5);

/* Opens the client, starting an engine where that is allowed. */
int line_open(struct line *l, struct error *e);
int line_open_with(struct line *l, const struct client_handler *handler,
	void *arg, struct error *e);

/* Closes the client and lets the loop finish. */
void line_close(struct line *l);

/* A request on the open client, or on one that is opened for it. params is
 * taken, ret_result owned. */
int line_ask(struct line *l, const char *method, json_t *params,
	json_t **ret_result, struct error *e);

/* A document on standard output; nothing in it can act on a terminal. */
void line_print_json(const json_t *o);

/* The same as one line of JSON lines. */
void line_print_json_line(const json_t *o);

/* One object, as --json or as the fields of the view. */
void line_print_object(
	struct line *l, const struct view *view, const json_t *o);

/* An array of objects, as --json or as a table. */
void line_print_list(
	struct line *l, const struct view *view, const json_t *rows);

/* How this program is called for the same place, with --config and
 * --state if they were given. Borrowed until the next call. */
const char *line_program(struct line *l);

/* A sentence for a person; nothing under --json or --quiet. */
void line_say(struct line *l, const char *fmt, ...) SLUICE_PRINTF(2, 3);

/* Whether a question is to be asked at all. */
bool line_asks(const struct line *l);

/* Asks the person to type word; true with --yes and without a terminal. */
bool line_confirm(struct line *l, const char *word, const char *question);
/* The answer was another: says so; the exit code. */
int line_not_confirmed(struct line *l);

/* The console, until the person leaves it; the exit code. rollout (to open
 * first) may be NULL; tour: with the guided tour. */
int line_console(struct line *l, const char *rollout, bool tour);

/* Handlers that need nothing but the row of the table. */
int line_show(struct line *l); /* the method's answer as fields */
int line_list(struct line *l); /* all pages of the method as a table */
int line_act(struct line *l);  /* the method, then the view's summary */

/* `calendar --ics`. */
int line_calendar_ics(struct line *l);

/* The command that is meant: words at argv[0]; *ret_used words were taken.
 * NULL if there is none. */
const struct command *command_find(int argc, char **argv, int *ret_used);

/* The command that asks for a method of the engine: its words (NULL: there
 * is none), and what it takes. */
const char *command_of_method(const char *method, const char **ret_usage);

/* Help. */
void help_all(struct line *l, FILE *out);
void help_command(struct line *l, const struct command *c, FILE *out);
void help_methods_roff(FILE *out);
void help_version(struct line *l);
int help_run(struct line *l);

/* The handlers in commands.def. */
#define COMMAND(words, usage, kind, method, run, view, help)                   \
	int run(struct line *l);
#define NOT_BUILT(words, usage, help)
#include "tui/commands.def"
#undef NOT_BUILT
#undef COMMAND

#endif
