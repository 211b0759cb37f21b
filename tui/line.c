/* line.c - what all commands share: the client, output, errors, asking. */
#include "tui/line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "tui/app.h"
#include "tui/program.h"
#include "wire/json.h"

/* 0.1 is printed as 0.1, not as the number next to it that a machine has. */
#define REAL_DIGITS 15

/* DEL and the C1 controls are legal in JSON text; on a terminal they act. */
static void
add_escaped(struct strbuf *out, const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		unsigned char next = i + 1 < len ? (unsigned char)s[i + 1] : 0;

		if (c == 0x7f) {
			strbuf_adds(out, "\\u007f");
		} else if (c == 0xc2 && next >= 0x80 && next <= 0x9f) {
			strbuf_addf(out, "\\u%04x", next);
			i++;
		} else {
			strbuf_addc(out, (char)c);
		}
	}
}

static void
print_json(const json_t *o, size_t flags)
{
	char *text = json_dumps(o,
		flags | JSON_ENCODE_ANY | JSON_REAL_PRECISION(REAL_DIGITS));
	struct strbuf safe;

	strbuf_init(&safe);
	add_escaped(&safe, text, strlen(text));
	strbuf_addc(&safe, '\n');
	fwrite(safe.buf, 1, safe.len, stdout);
	strbuf_finish(&safe);
	free(text);
}

void
line_print_json(const json_t *o)
{
	print_json(o, JSON_INDENT(2));
}

void
line_print_json_line(const json_t *o)
{
	print_json(o, JSON_COMPACT);
	fflush(stdout);
}

/* One part of an error for a person: several lines stay lines. */
static void
put_error_text(const char *label, const char *s)
{
	struct strbuf safe;

	strbuf_init(&safe);
	text_add_output(&safe, s, strlen(s));
	fprintf(stderr, "%s%s\n", label, safe.buf);
	strbuf_finish(&safe);
}

int
line_fail(struct line *l, const struct error *e)
{
	if (l->json) {
		json_t *o = json_pack("{s:o}", "error", json_from_error(e));

		line_print_json(o);
		json_decref(o);
	} else {
		fflush(stdout);
		put_error_text("sluice: ", e->text);
		if (e->hint[0] != '\0')
			put_error_text("  hint: ", e->hint);
	}
	return error_code_exit(e->code);
}

int
line_refuse(struct line *l, enum error_code code, const char *hint,
	const char *fmt, ...)
{
	char text[900];
	struct error e;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	error_set(&e, code, "%s", text);
	error_hint(&e, "%s", hint);
	return line_fail(l, &e);
}

int
line_open_with(struct line *l, const struct client_handler *handler, void *arg,
	struct error *e)
{
	if (l->client != NULL)
		return 0;
	l->client = client_open(&l->loop, &l->where, handler, arg, e);
	if (l->client == NULL)
		return -1;
	table_set_zone(
		json_get_string(client_hello(l->client), "timezone", "UTC"));
	return 0;
}

int
line_open(struct line *l, struct error *e)
{
	return line_open_with(l, NULL, NULL, e);
}

void
line_close(struct line *l)
{
	client_close(l->client);
	l->client = NULL;
	uv_run(&l->loop, UV_RUN_DEFAULT);
}

int
line_ask(struct line *l, const char *method, json_t *params,
	json_t **ret_result, struct error *e)
{
	if (line_open(l, e) == -1) {
		json_decref(params);
		return -1;
	}
	return client_call(l->client, method, params, ret_result, e);
}

void
line_print_object(struct line *l, const struct view *view, const json_t *o)
{
	if (l->json || view == NULL)
		line_print_json(o);
	else
		fields_print(stdout, &l->look, view->fields, view->field_count,
			o);
}

void
line_print_list(struct line *l, const struct view *view, const json_t *rows)
{
	if (l->json) {
		line_print_json(rows);
		return;
	}
	table_print(stdout, &l->look, view->columns, view->column_count, rows);
	if (json_array_size(rows) == 0 && !l->quiet) {
		fflush(stdout);
		fprintf(stderr, "there are no %s here\n", view->plural);
	}
}

void
line_say(struct line *l, const char *fmt, ...)
{
	struct strbuf raw, safe;
	va_list ap;

	if (l->json || l->quiet)
		return;
	strbuf_init(&raw);
	strbuf_init(&safe);
	va_start(ap, fmt);
	strbuf_vaddf(&raw, fmt, ap);
	va_end(ap);
	text_add_output(&safe, raw.buf, raw.len);
	puts(safe.buf);
	strbuf_finish(&raw);
	strbuf_finish(&safe);
}

const char *
line_program(struct line *l)
{
	static char words[2 * 4096];
	const char *config = l->where.config, *state = l->where.state;

	snprintf(words, sizeof(words), "%s%s%s%s%s%s%s",
		program_called(),
		config != NULL ? " --config '" : "",
		config != NULL ? config : "", config != NULL ? "'" : "",
		state != NULL ? " --state '" : "",
		state != NULL ? state : "", state != NULL ? "'" : "");
	return words;
}

bool
line_asks(const struct line *l)
{
	return l->can_ask && !l->yes && !l->json;
}

int
line_not_confirmed(struct line *l)
{
	return line_refuse(l, ERROR_CONFIRM, "--yes answers the question",
		"not confirmed: nothing was done");
}

bool
line_confirm(struct line *l, const char *word, const char *question)
{
	char answer[128];

	if (l->yes || !l->can_ask)
		return true;
	fflush(stdout);
	fprintf(stderr, "%s\nType '%s' to go on: ", question, word);
	if (fgets(answer, sizeof(answer), stdin) == NULL)
		return false;
	answer[strcspn(answer, "\n")] = '\0';
	return strcmp(answer, word) == 0;
}

int
line_console(struct line *l, const char *rollout, bool tour)
{
	struct console_options options = {.no_color = l->no_color,
		.rollout = rollout,
		.plain = l->plain,
		.tour = tour};
	struct error e;

	if (l->client != NULL)
		line_close(l);
	return console_run(&l->where, &options, &e) == -1 ? line_fail(l, &e)
							   : 0;
}

int
line_show(struct line *l)
{
	struct error e;
	json_t *o;

	if (line_ask(l, l->command->method, args_params(&l->args), &o, &e) ==
		-1)
		return line_fail(l, &e);
	line_print_object(l, l->command->view, o);
	json_decref(o);
	return 0;
}

int
line_list(struct line *l)
{
	json_t *rows, *params = args_params(&l->args);
	struct error e;

	json_object_set_new(params, "limit", json_integer(1000));
	if (line_open(l, &e) == -1) {
		json_decref(params);
		return line_fail(l, &e);
	}
	if (client_list(l->client, l->command->method, params, &rows, &e) == -1)
		return line_fail(l, &e);
	line_print_list(l, l->command->view, rows);
	json_decref(rows);
	return 0;
}

int
line_act(struct line *l)
{
	const struct view *view = l->command->view;
	struct error e;
	json_t *o;

	if (line_ask(l, l->command->method, args_params(&l->args), &o, &e) ==
		-1)
		return line_fail(l, &e);
	if (l->json)
		line_print_json(o);
	else if (!l->quiet)
		view->summary(l, o);
	json_decref(o);
	return 0;
}
