/* line_decide.c - yes and no from the command line. A yes is to the plan that
 * was shown: its digest goes with it. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "model/sshsig.h"
#include "tui/line.h"
#include "tui/sign.h"
#include "wire/json.h"

/* Shows what is asked, and asks. True: the person said so. */
static bool
confirm_shown(struct line *l, const json_t *o)
{
	const char *id = json_get_string(o, "id", "");
	bool is_typed =
		strcmp(json_get_string(o, "protect", ""), "typed") == 0;
	const char *word = is_typed ? json_get_string(o, "env", "") : id;
	char *question;
	bool yes;
	const struct view *view =
		json_object_get(o, "kind") != NULL ? &view_request
						   : l->command->view;

	fields_print(stderr, &l->look, view->fields, view->field_count, o);
	question = xasprintf("%s %s, plan %.12s?", l->command->words, id,
		json_get_string(o, "plan_digest", ""));
	yes = line_confirm(l, word, question);
	free(question);
	return yes;
}

/* The digest of what the person sees now; 0, or the exit code. */
static int
take_digest(struct line *l, json_t *params)
{
	const char *id = args_get(&l->args, "ID");
	bool is_request;
	int status = 0;
	struct error e;
	json_t *o;

	if (args_has(&l->args, "--digest"))
		return 0;
	if (!l->can_ask)
		return line_refuse(l, ERROR_USAGE,
			"without a terminal the digest says what was looked "
			"at; 'sluice change show' has it",
			"'sluice %s' needs --digest", l->command->words);
	is_request = toupper((unsigned char)*id) == 'Q';
	if (line_ask(l, is_request ? "request.show" : "change.show",
		    json_pack("{s:s}", "id", id), &o, &e) == -1)
		return line_fail(l, &e);
	if (!l->yes && !confirm_shown(l, o))
		status = line_refuse(l, ERROR_CONFIRM,
			"--yes answers the question",
			"not confirmed: nothing was done");
	json_object_set(params, "digest", json_object_get(o, "plan_digest"));
	json_decref(o);
	return status;
}

/* ---- signing ---- */

static int
sign_here(struct line *l, json_t *params, const char *key, struct error *e)
{
	const char *verb = l->command->words;
	json_t *statement;
	char *signature;
	int result;

	if (line_ask(l, "change.statement",
		    json_pack("{s:s, s:s}", "id", args_get(&l->args, "ID"),
			    "verb", verb),
		    &statement, e) == -1)
		return -1;
	result = sign_statement(statement, verb,
		json_get_string(params, "digest", ""), key, &signature, e);
	json_decref(statement);
	if (result == -1)
		return -1;
	json_object_set_new(params, "signature", json_text(signature));
	free(signature);
	return 0;
}

/* Signed here, or elsewhere, or not at all. */
static int
take_signature(struct line *l, json_t *params, struct error *e)
{
	const char *key = args_get(&l->args, "--sign");
	const char *path = args_get(&l->args, "--signature");
	char *text;
	size_t len;

	json_object_del(params, "sign");
	json_object_del(params, "signature");
	if (key != NULL && path != NULL)
		return error_set(e, ERROR_USAGE,
			"'--sign' and '--signature' are two ways to sign, "
			"expected one");
	if (key != NULL)
		return sign_here(l, params, key, e);
	if (path == NULL)
		return 0;
	if (file_read(path, SSHSIG_TEXT_MOST, &text, &len, e) == -1)
		return -1;
	json_object_set_new(params, "signature", json_text(text));
	free(text);
	return 0;
}

int
line_statement(struct line *l)
{
	struct error e;
	json_t *o;

	if (line_ask(l, l->command->method, args_params(&l->args), &o, &e) ==
		-1)
		return line_fail(l, &e);
	if (l->json)
		line_print_json(o);
	else
		fputs(json_get_string(o, "text", ""), stdout);
	json_decref(o);
	return 0;
}

int
line_decide(struct line *l)
{
	json_t *params = args_params(&l->args), *o;
	struct error e;
	int status = take_digest(l, params);

	if (status == 0 && take_signature(l, params, &e) == -1)
		status = line_fail(l, &e);
	if (status != 0) {
		json_decref(params);
		return status;
	}
	if (line_ask(l, l->command->method, params, &o, &e) == -1)
		return line_fail(l, &e);
	if (l->json)
		line_print_json(o);
	else if (!l->quiet)
		l->command->view->summary(l, o);
	json_decref(o);
	return 0;
}

/* The rules under "rules" of the answer, one a line. */
int
line_policy_explain(struct line *l)
{
	struct error e;
	json_t *o;

	if (line_ask(l, l->command->method, args_params(&l->args), &o, &e) ==
		-1)
		return line_fail(l, &e);
	if (l->json)
		line_print_json(o);
	else
		line_print_list(
			l, l->command->view, json_object_get(o, "rules"));
	json_decref(o);
	return 0;
}
