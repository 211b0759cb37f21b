/* line_help.c - help, from the same table that runs the commands. */
#include <stdio.h>
#include <string.h>

#include "tui/line.h"
#include "tui/methods.h"

static const char intro[] =
	"sluice - a release console\n"
	"\n"
	"usage: sluice [OPTION]... [COMMAND [ARGUMENT]...]\n"
	"Without a command it opens the console.\n";

static const char options[] =
	"Options, before or behind the command:\n"
	"  --config FILE  the configuration ($SLUICE_CONFIG, ./sluice.conf,\n"
	"                 ~/.config/sluice/, /etc/sluice/)\n"
	"  --state DIR    the engine's directory ($SLUICE_STATE)\n"
	"  --json         one JSON document; errors too\n"
	"  --no-color     no colours (NO_COLOR, CLICOLOR_FORCE)\n"
	"  --quiet        nothing but what was asked for\n"
	"  --yes          the answer to every question\n"
	"  --help         this text, or that of the command\n"
	"  --version      the version\n";

static const char exits[] =
	"Exit: 0 done; 1 tried and failed, or no such object; 2 usage or\n"
	"configuration; 3 refused; 4 ended otherwise; 5 paused too long;\n"
	"69 the engine cannot be reached.\n";

static void
put_commands(FILE *out, bool built)
{
	size_t i;

	for (i = 0; i < command_count; i++) {
		const struct command *c = &commands[i];

		if ((c->kind != COMMAND_NOT_BUILT) == built)
			fprintf(out, "  %-18s  %s\n", c->words, c->help);
	}
}

void
help_all(struct line *l, FILE *out)
{
	(void)l;
	fprintf(out, "%s\nCommands ('sluice help COMMAND' says more):\n",
		intro);
	put_commands(out, true);
	fprintf(out, "\nNot built into this version (exit 3, not_built):\n");
	put_commands(out, false);
	fprintf(out, "\n%s\n%s", options, exits);
}

void
help_command(const struct command *c, FILE *out)
{
	const struct method_info *method =
		c->method == NULL ? NULL : method_find(c->method);

	fprintf(out, "usage: sluice %s%s%s\n\n  %s\n", c->words,
		*c->usage ? " " : "", c->usage, c->help);
	if (c->kind == COMMAND_NOT_BUILT)
		fprintf(out, "  not built into this version: it refuses with "
			     "exit 3, not_built\n");
	else if (method != NULL && c->kind != COMMAND_HERE)
		fprintf(out, "  needs the permission: %s\n",
			method->permission);
}

/* A word as roff takes it: "-" is a minus. */
static void
put_roff(FILE *out, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '-')
			fputs("\\-", out);
		else
			fputc(*s, out);
	}
}

static void
put_roff_command(FILE *out, const struct command *c)
{
	fputs(".It Ic \"", out);
	put_roff(out, c->words);
	if (*c->usage != '\0') {
		fputs("\" Ar \"", out);
		put_roff(out, c->usage);
	}
	fputs("\"\n", out);
	put_roff(out, c->help);
	fputs(c->kind == COMMAND_NOT_BUILT ? " (not built into this version)\n"
					   : "\n",
		out);
}

/* All commands of a family: "change" has "change new", "change ls" ... */
static size_t
help_family(const char *word, FILE *out)
{
	size_t len = strlen(word), i, found = 0;

	for (i = 0; i < command_count; i++) {
		const struct command *c = &commands[i];

		if (strncmp(c->words, word, len) != 0 || c->words[len] != ' ')
			continue;
		fprintf(out, "sluice %s%s%s\n    %s%s\n", c->words,
			*c->usage ? " " : "", c->usage, c->help,
			c->kind == COMMAND_NOT_BUILT
				? " (not built into this version)"
				: "");
		found++;
	}
	return found;
}

static int
help_words(struct line *l, const char *const *words, size_t count)
{
	const struct command *c;
	int used;

	c = command_find((int)count, (char **)(uintptr_t)words, &used);
	if (c != NULL && (size_t)used == count) {
		help_command(c, stdout);
		return 0;
	}
	if (count == 1 && help_family(words[0], stdout) > 0)
		return 0;
	return line_refuse(l, ERROR_USAGE, "'sluice help' lists all commands",
		"there is no command '%s%s%s'", words[0],
		count > 1 ? " " : "", count > 1 ? words[1] : "");
}

int
help_run(struct line *l)
{
	const char *const *words;
	size_t count, i;

	words = args_all(&l->args, "COMMAND", &count);
	if (args_has(&l->args, "--roff")) {
		for (i = 0; i < command_count; i++)
			put_roff_command(stdout, &commands[i]);
		return 0;
	}
	if (count > 0)
		return help_words(l, words, count);
	help_all(l, stdout);
	return 0;
}
