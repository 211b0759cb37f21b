/* line_change.c - the plan of a change, and what it would alter. */
#include <stdio.h>
#include <string.h>

#include "tui/line.h"
#include "wire/json.h"

/* The whole plan, piece by piece; the bytes are what the digest is of. */
static int
read_plan(struct line *l, struct strbuf *text, char *digest, size_t size,
	struct error *e)
{
	json_int_t offset = 0;
	const json_t *next;
	json_t *o, *params;

	do {
		params = args_params(&l->args);
		json_object_set_new(params, "offset", json_integer(offset));
		if (line_ask(l, "change.plan", params, &o, e) == -1)
			return -1;
		strbuf_adds(text, json_get_string(o, "text", ""));
		snprintf(digest, size, "%s",
			json_get_string(o, "plan_digest", ""));
		next = json_object_get(o, "next");
		offset = json_is_integer(next) ? json_integer_value(next) : -1;
		json_decref(o);
	} while (offset > 0);
	return 0;
}

int
line_change_plan(struct line *l)
{
	struct strbuf text;
	char digest[80];
	struct error e;
	json_t *o;
	int status = 0;

	strbuf_init(&text);
	if (read_plan(l, &text, digest, sizeof(digest), &e) == -1) {
		status = line_fail(l, &e);
	} else if (l->json) {
		o = json_pack("{s:s, s:s, s:o}", "id",
			args_get(&l->args, "ID"), "plan_digest", digest,
			"text", json_text(text.buf));
		line_print_json(o);
		json_decref(o);
	} else {
		fwrite(text.buf, 1, text.len, stdout);
	}
	strbuf_finish(&text);
	return status;
}

int
line_change_diff(struct line *l)
{
	struct error e;
	json_t *o;

	if (line_ask(l, "change.diff", args_params(&l->args), &o, &e) == -1)
		return line_fail(l, &e);
	if (l->json)
		line_print_json(o);
	else
		object_print(stdout, o);
	json_decref(o);
	return 0;
}
