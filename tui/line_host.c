/* line_host.c - hosts: one in full, what they answer now, their keys. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

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

/* Exit 0 when every host is fine, 1 when one is not. */
static int
check_status(const json_t *rows)
{
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
		if (!json_get_bool(row, "ok", false))
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

/* ---- trust ---- */

static void
say_trust(struct line *l, const json_t *o)
{
	const char *was = json_get_string(o, "replaced", "");
	const json_t *keys = json_object_get(o, "keys"), *k;
	size_t i;

	json_array_foreach(keys, i, k)
		line_say(l, "%s %s %s %s", json_get_string(o, "host", ""),
			json_get_bool(o, "changed", false) ? "is trusted with"
							   : "is known with",
			json_get_string(k, "type", ""),
			json_get_string(k, "fingerprint", ""));
	if (*was != '\0')
		line_say(l, "no longer trusted for it: %s", was);
}

int
line_host_trust(struct line *l)
{
	const char *path = args_get(&l->args, "--from");
	json_t *params = args_params(&l->args), *o;
	struct error e;
	int fd = -1, result;

	json_object_del(params, "from");
	if (path != NULL) {
		json_object_set_new(params, "from", json_true());
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	}
	if (path != NULL && fd == -1) {
		json_decref(params);
		error_set_errno(&e, errno, "cannot read '%s'", path);
		return line_fail(l, &e);
	}
	if (line_open(l, &e) == -1) {
		json_decref(params);
		if (fd != -1)
			close(fd);
		return line_fail(l, &e);
	}
	result = client_call_fds(l->client, "host.trust", params, &fd,
		fd != -1 ? 1 : 0, &o, &e);
	if (fd != -1)
		close(fd);
	if (result == -1)
		return line_fail(l, &e);
	if (l->json)
		line_print_json(o);
	else
		say_trust(l, o);
	json_decref(o);
	return 0;
}
