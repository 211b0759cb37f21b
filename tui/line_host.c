/* line_host.c - hosts: one in full, and what they answer now. */
#include <stdio.h>

#include "tui/line.h"
#include "wire/json.h"

static const struct column deployment_columns[] = {
	{"SERVICE", "service", COLUMN_TEXT, NULL},
	{"ENV", "env", COLUMN_TEXT, NULL},
	{"STATE", "state", COLUMN_STATE, NULL},
	{"VERSION", "version", COLUMN_TEXT, NULL},
	{"EXPECTED", "expected_version", COLUMN_TEXT, NULL},
	{"BEFORE", "previous_version", COLUMN_TEXT, NULL},
};

int
line_host_show(struct line *l)
{
	json_t *o, *deployments;
	struct error e;

	if (line_ask(l, "host.show", args_params(&l->args), &o, &e) == -1)
		return line_fail(l, &e);
	line_print_object(l, &view_host, o);
	deployments = json_object_get(o, "deployments");
	if (!l->json && json_array_size(deployments) > 0) {
		putchar('\n');
		table_print(stdout, &l->look, deployment_columns,
			ARRAY_SIZE(deployment_columns), deployments);
	}
	json_decref(o);
	return 0;
}

/* Exit 0 when every host could be used, 1 when one could not. */
static int
check_status(const json_t *rows)
{
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
		if (!json_get_bool(row, "reachable", false))
			return 1;
	return 0;
}

int
line_host_check(struct line *l)
{
	json_t *rows;
	struct error e;
	int status;

	if (line_open(l, &e) == -1)
		return line_fail(l, &e);
	if (l->can_ask && !l->quiet && !l->json)
		fprintf(stderr, "asking the hosts ...\n");
	if (client_list(l->client, "host.check", args_params(&l->args), &rows,
		    &e) == -1)
		return line_fail(l, &e);
	line_print_list(l, &view_host_check, rows);
	status = check_status(rows);
	json_decref(rows);
	return status;
}
