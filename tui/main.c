/* main.c - sluice: global options, the command that is meant, its exit. */
#include "config.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tui/line.h"

enum global_kind { GLOBAL_TEXT, GLOBAL_FLAG };

/* Options that every command has. */
static const struct global {
	const char *name;
	enum global_kind kind;
	size_t offset; /* in struct line */
} globals[] = {
	{"--config", GLOBAL_TEXT, offsetof(struct line, where.config)},
	{"--state", GLOBAL_TEXT, offsetof(struct line, where.state)},
	{"--json", GLOBAL_FLAG, offsetof(struct line, json)},
	{"--no-color", GLOBAL_FLAG, offsetof(struct line, no_color)},
	{"--quiet", GLOBAL_FLAG, offsetof(struct line, quiet)},
	{"--yes", GLOBAL_FLAG, offsetof(struct line, yes)},
	{"--help", GLOBAL_FLAG, offsetof(struct line, wants_help)},
	{"-h", GLOBAL_FLAG, offsetof(struct line, wants_help)},
};

static const struct global *
find_global(const char *word, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(globals); i++)
		if (strlen(globals[i].name) == len &&
			memcmp(globals[i].name, word, len) == 0)
			return &globals[i];
	return NULL;
}

/* An args_global: takes a global option at argv[0]. */
static int
take_global(int argc, char **argv, void *arg, struct error *e)
{
	size_t len = strcspn(argv[0], "=");
	const struct global *g = find_global(argv[0], len);
	char *field = (char *)arg + (g == NULL ? 0 : g->offset);

	if (g == NULL)
		return 0;
	if (g->kind == GLOBAL_FLAG && argv[0][len] == '=')
		return error_set(
			e, ERROR_USAGE, "%s takes no value", g->name);
	if (g->kind == GLOBAL_FLAG) {
		*(bool *)(void *)field = true;
		return 1;
	}
	if (argv[0][len] == '=') {
		*(const char **)(void *)field = argv[0] + len + 1;
		return 1;
	}
	if (argc < 2)
		return error_set(
			e, ERROR_USAGE, "%s needs a value", g->name);
	*(const char **)(void *)field = argv[1];
	return 2;
}

/* Moves global options at argv into l; returns how many words they were. */
static int
take_globals(struct line *l, int argc, char **argv, struct error *e)
{
	int used = 0, took;

	while (used < argc && argv[used][0] == '-') {
		took = take_global(argc - used, argv + used, l, e);
		if (took == -1)
			return -1;
		if (took == 0)
			break;
		used += took;
	}
	return used;
}

/* What the output is and whether a person sits there. */
static void
find_look(struct line *l)
{
	const char *force = getenv("CLICOLOR_FORCE"), *no = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	bool terminal = isatty(STDOUT_FILENO) == 1;
	struct winsize size;

	if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		l->look.width = size.ws_col;
	l->look.color = terminal && term != NULL && strcmp(term, "dumb") != 0;
	if (force != NULL && *force != '\0' && strcmp(force, "0") != 0)
		l->look.color = true;
	if ((no != NULL && *no != '\0') || l->no_color)
		l->look.color = false;
	l->can_ask = isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1;
}

static int
usage_error(struct line *l, const struct error *e)
{
	struct error full = *e;

	if (l->command == NULL)
		error_hint(&full, "'sluice help' lists all commands");
	else
		error_hint(&full, "usage: sluice %s%s%s", l->command->words,
			*l->command->usage ? " " : "", l->command->usage);
	return line_fail(l, &full);
}

/* Whether word begins a command of two words: "change". */
static bool
is_family(const char *word)
{
	size_t len = strlen(word), i;

	for (i = 0; i < command_count; i++)
		if (strncmp(commands[i].words, word, len) == 0 &&
			commands[i].words[len] == ' ')
			return true;
	return false;
}

/* Two neighbours that changed places, a letter too many, missing or other:
 * what most slips of the fingers are. */
static bool
is_slip(const char *word, const char *meant, size_t len)
{
	size_t typed = strlen(word), same = 0, end = 0, least;

	least = typed < len ? typed : len;
	while (same < least && word[same] == meant[same])
		same++;
	while (end < least - same &&
		word[typed - 1 - end] == meant[len - 1 - end])
		end++;
	if (typed == len && len - same - end == 2)
		return word[same] == meant[same + 1] &&
		       word[same + 1] == meant[same];
	return typed - same - end <= 1 && len - same - end <= 1;
}

/* The first word of the command that word may be meant for (owned), or
 * NULL. */
static char *
meant_for(const char *word)
{
	size_t i;

	for (i = 0; i < command_count; i++) {
		size_t len = strcspn(commands[i].words, " ");

		if (is_slip(word, commands[i].words, len))
			return xasprintf("%.*s", (int)len, commands[i].words);
	}
	return NULL;
}

static int
refuse_unknown(struct line *l, const char *word, const char *hint)
{
	char *meant = meant_for(word);
	int status;

	if (meant == NULL)
		return line_refuse(l, ERROR_USAGE, hint,
			"there is no command '%s'", word);
	status = line_refuse(l, ERROR_USAGE, hint,
		"there is no command '%s', did you mean '%s'?", word, meant);
	free(meant);
	return status;
}

static int
unknown_command(struct line *l, int argc, char **argv)
{
	char hint[120];
	bool family = is_family(argv[0]);

	snprintf(hint, sizeof(hint), "'sluice help%s%.40s' lists %s",
		family ? " " : "", family ? argv[0] : "",
		family ? "what it has" : "all commands");
	if (argv[0][0] == '-')
		return line_refuse(l, ERROR_USAGE, hint,
			"unknown option '%s'", argv[0]);
	if (!family)
		return refuse_unknown(l, argv[0], hint);
	if (argc < 2)
		return line_refuse(l, ERROR_USAGE, hint,
			"'sluice %s' needs one more word", argv[0]);
	return line_refuse(l, ERROR_USAGE, hint, "there is no command '%s %s'",
		argv[0], argv[1]);
}

/* --json anywhere decides how even a usage error is printed. */
static void
look_for_json(struct line *l, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--json") == 0)
			l->json = true;
}

static int
open_console(struct line *l)
{
	if (l->json)
		return line_refuse(l, ERROR_USAGE,
			"'sluice help' lists the commands that have one",
			"the console has no JSON output");
	return line_console(l, NULL, false);
}

static int
run_command(struct line *l, int argc, char **argv)
{
	struct error e;
	int used, status;

	l->command = command_find(argc, argv, &used);
	if (l->command == NULL)
		return unknown_command(l, argc, argv);
	if (l->command->kind != COMMAND_NOT_BUILT &&
		args_parse(&l->args, l->command->usage, argc - used,
			argv + used, take_global, l, &e) == -1 &&
		!l->wants_help) {
		args_finish(&l->args);
		return usage_error(l, &e);
	}
	find_look(l);
	if (l->wants_help) {
		help_command(l, l->command, stdout);
		status = 0;
	} else {
		status = l->command->run(l);
	}
	args_finish(&l->args);
	return status;
}

/* Takes global options out from between the words of a command, so that
 * "change --json ls" is "change ls". */
static int
join_words(struct line *l, int argc, char **argv, struct error *e)
{
	int took, i;

	if (argc < 2 || !is_family(argv[0]))
		return argc;
	took = take_globals(l, argc - 1, argv + 1, e);
	for (i = 1; took > 0 && i + took < argc; i++)
		argv[i] = argv[i + took];
	return took == -1 ? -1 : argc - took;
}

static int
run(struct line *l, int argc, char **argv)
{
	struct error e;
	int used = take_globals(l, argc - 1, argv + 1, &e);

	if (used == -1)
		return usage_error(l, &e);
	argc -= used + 1;
	argv += used + 1;
	if (argc > 0 && strcmp(argv[0], "--version") == 0) {
		help_version(l);
		return 0;
	}
	if (argc > 0 && strcmp(argv[0], "--plain") == 0) {
		l->plain = true;
		used = take_globals(l, argc - 1, argv + 1, &e);
		if (used == -1)
			return usage_error(l, &e);
		argc -= used + 1;
		argv += used + 1;
		if (argc > 0)
			return line_refuse(l, ERROR_USAGE,
				"'sluice --plain' stands alone",
				"unexpected argument '%s'", argv[0]);
	}
	if (argc == 0 && l->wants_help) {
		help_all(l, stdout);
		return 0;
	}
	if (argc == 0) {
		find_look(l);
		return open_console(l);
	}
	argc = join_words(l, argc, argv, &e);
	return argc == -1 ? usage_error(l, &e) : run_command(l, argc, argv);
}

int
main(int argc, char **argv)
{
	struct line l = {.where.may_start = true};
	int status;

	setlocale(LC_ALL, "");
	signal(SIGPIPE, SIG_IGN);
	uv_loop_init(&l.loop);
	look_for_json(&l, argc, argv);
	status = run(&l, argc, argv);
	line_close(&l);
	uv_loop_close(&l.loop);
	/* Output that could not be written was not printed. */
	if (fflush(stdout) == EOF && errno != EPIPE && status == 0) {
		fprintf(stderr, "sluice: cannot write the output\n");
		status = 1;
	}
	return status;
}
