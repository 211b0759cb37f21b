/* command.c - the table of commands, and finding one in it. */
#include <stdio.h>
#include <string.h>

#include "tui/line.h"

static int
line_not_built(struct line *l)
{
	return line_refuse(l, ERROR_NOT_BUILT,
		"'sluice help' lists what can be used",
		"'sluice %s' is not built into this version",
		l->command->words);
}

const struct command commands[] = {
#define COMMAND(words, usage, kind, method, run, view, help)                   \
	{words, usage, COMMAND_##kind, method, run, view, help},
#define NOT_BUILT(words, usage, help)                                          \
	{words, usage, COMMAND_NOT_BUILT, NULL, line_not_built, NULL, help},
#include "tui/commands.def"
#undef NOT_BUILT
#undef COMMAND
};

const size_t command_count = ARRAY_SIZE(commands);

const char *
command_of_method(const char *method, const char **ret_usage)
{
	size_t i;

	for (i = 0; i < command_count; i++)
		if (commands[i].method != NULL &&
			commands[i].kind == COMMAND_ACT &&
			strcmp(commands[i].method, method) == 0) {
			*ret_usage = commands[i].usage;
			return commands[i].words;
		}
	return NULL;
}

static const struct command *
find_words(const char *words)
{
	size_t i;

	for (i = 0; i < command_count; i++)
		if (strcmp(commands[i].words, words) == 0)
			return &commands[i];
	return NULL;
}

const struct command *
command_find(int argc, char **argv, int *ret_used)
{
	const struct command *c = NULL;
	char both[80];

	*ret_used = 2;
	if (argc > 1) {
		snprintf(both, sizeof(both), "%s %s", argv[0], argv[1]);
		c = find_words(both);
	}
	if (c == NULL && argc > 0) {
		*ret_used = 1;
		c = find_words(argv[0]);
	}
	return c;
}
