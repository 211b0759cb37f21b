/* line_help.c - help, from the same table that runs the commands. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tui/line.h"
#include "tui/methods.h"
#include "wire/json.h"

static const char intro[] =
	"sluice - a release console\n"
	"\n"
	"usage: sluice [OPTION]... [COMMAND [ARGUMENT]...]\n"
	"Without a command it opens the console; with --plain alone it works "
	"by lines,\nfor screen readers and pipes.\n";

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

/* ---- for scripts ---- */

static const char *
permission_of(const struct command *c)
{
	const struct method_info *method =
		c->method == NULL ? NULL : method_find(c->method);

	return method == NULL || c->kind == COMMAND_HERE ? NULL
							  : method->permission;
}

static json_t *
command_json(const struct command *c)
{
	return json_pack("{s:s, s:s, s:s, s:s?, s:b}", "command", c->words,
		"usage", c->usage, "help", c->help, "permission",
		permission_of(c), "built", c->kind != COMMAND_NOT_BUILT);
}

/* Whether c belongs to a family: "change new" to "change". "": all do. */
static bool
is_of_family(const struct command *c, const char *word)
{
	size_t len = strlen(word);

	return len == 0 || (strncmp(c->words, word, len) == 0 &&
				   c->words[len] == ' ');
}

/* The commands of a family as one document; returns how many they are. */
static size_t
print_family_json(const char *word)
{
	json_t *rows = json_array();
	size_t i, found;

	for (i = 0; i < command_count; i++)
		if (is_of_family(&commands[i], word))
			json_array_append_new(rows, command_json(&commands[i]));
	found = json_array_size(rows);
	if (found > 0)
		line_print_json(rows);
	json_decref(rows);
	return found;
}

void
help_version(struct line *l)
{
	json_t *o;

	if (!l->json) {
		puts("sluice " PACKAGE_VERSION);
		return;
	}
	o = json_pack("{s:s, s:s}", "name", "sluice", "version",
		PACKAGE_VERSION);
	line_print_json(o);
	json_decref(o);
}

/* ---- for people ---- */

void
help_all(struct line *l, FILE *out)
{
	if (l->json) {
		print_family_json("");
		return;
	}
	fprintf(out, "%s\nCommands ('sluice help COMMAND' says more):\n",
		intro);
	put_commands(out, true);
	fprintf(out, "\nNot built into this version (exit 3, not_built):\n");
	put_commands(out, false);
	fprintf(out, "\n%s\n%s", options, exits);
}

void
help_command(struct line *l, const struct command *c, FILE *out)
{
	json_t *o;

	if (l->json) {
		o = command_json(c);
		line_print_json(o);
		json_decref(o);
		return;
	}
	fprintf(out, "usage: sluice %s%s%s\n\n  %s\n", c->words,
		*c->usage ? " " : "", c->usage, c->help);
	if (c->kind == COMMAND_NOT_BUILT)
		fprintf(out, "  not built into this version: it refuses with "
			     "exit 3, not_built\n");
	else if (permission_of(c) != NULL)
		fprintf(out, "  needs the permission: %s\n",
			permission_of(c));
}

/* A word as roff takes it: "-" is a minus. */
static void
put_roff(FILE *out, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '-')
			fputs("\\-", out);
		else if (*s == '\\')
			fputs("\\e", out);
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

void
help_methods_roff(FILE *out)
{
	size_t i;

	for (i = 0; i < method_count(); i++) {
		const struct method_info *m = method_at(i);

		fputs(".It Ic \"", out);
		put_roff(out, m->name);
		if (*m->arguments != '\0') {
			fputs("\" Ar \"", out);
			put_roff(out, m->arguments);
		}
		fputs("\"\n", out);
		put_roff(out, m->help);
		fputc('\n', out);
	}
}

/* All commands of a family: "change" has "change new", "change ls" ... */
static size_t
help_family(struct line *l, const char *word, FILE *out)
{
	size_t i, found = 0;

	if (l->json)
		return print_family_json(word);
	for (i = 0; i < command_count; i++) {
		const struct command *c = &commands[i];

		if (!is_of_family(c, word))
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
		help_command(l, c, stdout);
		return 0;
	}
	if (count == 1 && help_family(l, words[0], stdout) > 0)
		return 0;
	return line_refuse(l, ERROR_USAGE, "'sluice help' lists all commands",
		"there is no command '%s%s%s'", words[0],
		count > 1 ? " " : "", count > 1 ? words[1] : "");
}

/* --- keys of the console, from the tables that the console uses --- */

static const struct {
	const char *name, *keys, *sentence;
} key_rows[] = {
#define ACTION(id, name, keys, label, place, tier, method, sentence)           \
	{name, keys, sentence},
#include "tui/actions.def"
#undef ACTION
};

static const struct {
	const char *name, *argument, *sentence;
} palette_rows[] = {
#define COMMAND(name, argument, run, values, sentence)                         \
	{name, argument, sentence},
#include "tui/palette.def"
#undef COMMAND
};

static void
help_key(FILE *out, bool roff, const char *left, const char *right,
	const char *sentence)
{
	if (!roff) {
		fprintf(out, "%-14s %-16s %s\n", left, right, sentence);
		return;
	}
	fputs(".It Ic \"", out);
	put_roff(out, left);
	fputs(*right != '\0' ? "\" Pq \"" : "", out);
	put_roff(out, right);
	fputs("\"\n", out);
	put_roff(out, sentence);
	fputs(".\n", out);
}

static void
help_keys(FILE *out, bool roff)
{
	char command[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(key_rows); i++)
		help_key(out, roff, key_rows[i].keys, key_rows[i].name,
			key_rows[i].sentence);
	for (i = 0; i < ARRAY_SIZE(palette_rows); i++) {
		snprintf(command, sizeof(command), ":%s %s",
			palette_rows[i].name, palette_rows[i].argument);
		if (palette_rows[i].argument[0] == '\0')
			command[strlen(command) - 1] = '\0';
		help_key(out, roff, command, "", palette_rows[i].sentence);
	}
}

int
help_run(struct line *l)
{
	const char *const *words;
	size_t count, i;

	words = args_all(&l->args, "COMMAND", &count);
	if (args_has(&l->args, "--keys")) {
		help_keys(stdout, args_has(&l->args, "--roff"));
		return 0;
	}
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
