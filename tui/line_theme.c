/* line_theme.c - themes on the command line: what there is, and whether it
 * can be read by everybody. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/line.h"
#include "tui/theme.h"

static const struct column theme_columns[] = {
	{"THEME", "name", COLUMN_TEXT, NULL},
	{"TITLE", "title", COLUMN_TEXT, NULL},
	{"FILE", "path", COLUMN_TEXT, NULL},
};

static void
add_theme(const char *name, const char *title, void *arg)
{
	char *path = theme_find(name);

	json_array_append_new(arg,
		json_pack("{s:s, s:s, s:s}", "name", name, "title", title,
			"path", path != NULL ? path : ""));
	free(path);
}

int
line_theme_ls(struct line *l)
{
	json_t *rows = json_array();

	theme_list(add_theme, rows);
	if (l->json)
		line_print_json(rows);
	else
		table_print(stdout, &l->look, theme_columns,
			ARRAY_SIZE(theme_columns), rows);
	json_decref(rows);
	return 0;
}

struct checking {
	json_t *faults; /* of the one that is being checked */
	json_t *rows;
	struct line *line;
	const char *only;
	int checked, bad;
};

static void
add_fault(const char *fault, void *arg)
{
	struct checking *ck = arg;

	json_array_append_new(ck->faults, json_string(fault));
	if (!ck->line->json)
		printf("%s\n", fault);
}

static void
check_one(const char *name, const char *title, void *arg)
{
	struct checking *ck = arg;
	int faults;

	(void)title;
	if (ck->only[0] != '\0' && strcmp(name, ck->only) != 0)
		return;
	ck->faults = json_array();
	faults = theme_check(name, add_fault, ck);
	ck->checked++;
	ck->bad += faults > 0;
	if (faults == 0 && !ck->line->json && !ck->line->quiet)
		printf("%s: ok\n", name);
	json_array_append_new(ck->rows,
		json_pack("{s:s, s:b, s:o}", "name", name, "ok", faults == 0,
			"faults", ck->faults));
}

int
line_theme_check(struct line *l)
{
	const char *name = args_get(&l->args, "NAME");
	struct checking ck = {.line = l, .only = name != NULL ? name : ""};

	ck.rows = json_array();
	theme_list_files(check_one, &ck);
	if (ck.checked == 0) {
		json_decref(ck.rows);
		return line_refuse(l, ERROR_NOT_FOUND,
			"sluice theme ls lists them", "no theme named '%s'",
			name);
	}
	if (l->json)
		line_print_json(ck.rows);
	json_decref(ck.rows);
	return ck.bad > 0 ? 1 : 0;
}
