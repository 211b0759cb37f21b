/* line_export.c - audit export: a change or a period with all that proves
 * it, as a directory. */
#include <stdlib.h>

#include "tui/line.h"
#include "tui/proof.h"
#include "wire/json.h"

static int
ask_export(struct line *l, int fd, json_t **ret, struct error *e)
{
	json_t *params = args_params(&l->args);

	if (line_open(l, e) == -1) {
		json_decref(params);
		return -1;
	}
	return client_call_fds(
		l->client, l->command->method, params, &fd, 1, ret, e);
}

static void
say_export(struct line *l, const char *dir, const json_t *o)
{
	line_say(l, "%d entries of the ledger, %d changes and %d signatures "
		    "are in '%s'",
		(int)json_get_int(o, "entries", 0),
		(int)json_get_int(o, "changes", 0),
		(int)json_get_int(o, "signatures", 0), dir);
	line_say(l, "its README says how to check them with sha256sum and "
		    "ssh-keygen");
}

int
line_audit_export(struct line *l)
{
	struct error e;
	struct proof *p = proof_begin(args_get(&l->args, "DIR"), &e);
	json_t *o = NULL;
	int status = 0;

	if (p == NULL)
		return line_fail(l, &e);
	if (ask_export(l, proof_fd(p), &o, &e) == -1 || proof_end(p, &e) == -1)
		status = line_fail(l, &e);
	else if (l->json)
		line_print_json(o);
	else
		say_export(l, proof_dir(p), o);
	json_decref(o);
	proof_destroy(p);
	return status;
}
