/*
 * args.h - the arguments of one command, read by its own usage line.
 *
 * A usage line such as
 *   "SERVICE VERSION [--at TIME] [--type standard|normal] [--host NAME]..."
 * is both what help prints and the grammar: words in capitals are taken in
 * order, brackets make optional, "..." repeats ("--env a b" is "--env a --env
 * b"), a value in small letters is a choice. Unknown, doubled and missing
 * arguments are errors that name them.
 */
#ifndef SLUICE_TUI_ARGS_H
#define SLUICE_TUI_ARGS_H

#include <jansson.h>

#include "base/base.h"

#define ARGS_SPECS_MAX 16

struct arg_spec {
	char name[32];   /* "SERVICE", "--at", "-m" */
	char value[64];  /* "TIME", "hold|rollback", "" for a flag */
	bool is_option;
	bool is_required;
	bool repeats;
	const char **values; /* borrowed from argv */
	size_t count, capacity;
};

struct args {
	struct arg_spec specs[ARGS_SPECS_MAX];
	size_t count;
	struct arg_spec *open; /* the option whose value came last, or NULL */
};

/*
 * An option that is no part of the usage line: returns how many words of argv
 * it took (0: not known), -1 with an error.
 */
typedef int (*args_global)(
	int argc, char **argv, void *arg, struct error *e);

/* What a usage line names, with no values yet. */
void args_read_usage(struct args *a, const char *usage);

/* Whether the value is one of a list in small letters ("hold|rollback"). */
bool args_is_choice(const struct arg_spec *s);

/* Reads argv by usage. The strings of argv are borrowed. */
int args_parse(struct args *a, const char *usage, int argc, char **argv,
	args_global global, void *arg, struct error *e);
void args_finish(struct args *a);

/* The (first) value, "" for a flag that was given; NULL if it was not. */
const char *args_get(const struct args *a, const char *name);
bool args_has(const struct args *a, const char *name);

/* The values of an argument that repeats; borrowed. */
const char *const *args_all(
	const struct args *a, const char *name, size_t *ret_count);

/*
 * What was given as arguments of a method (owned): names in small letters
 * with "_" for "-", -m is "text", flags are true, what repeats is a list
 * under its plural ("--host" is "hosts"). PATH, FILE and DIR stay out: the
 * engine opens no path of a client.
 */
json_t *args_params(const struct args *a);

#endif
