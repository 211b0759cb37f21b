/* line_host_run.c - a command on many hosts: every line behind the name of
 * the host that printed it, as the hosts answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "tui/line.h"
#include "wire/json.h"

struct host_run {
	struct line *l;
	json_t *rows; /* of --json */
	int64_t total, done, failed;
	bool shows_progress;
};

/* A word for the shell that is exactly this text. */
static void
add_quoted(struct strbuf *out, const char *word)
{
	strbuf_addc(out, '\'');
	for (; *word != '\0'; word++) {
		if (*word == '\'')
			strbuf_adds(out, "'\\''");
		else
			strbuf_addc(out, *word);
	}
	strbuf_addc(out, '\'');
}

static json_t *
run_params(struct line *l)
{
	json_t *params = args_params(&l->args);
	const char *const *words;
	struct strbuf command;
	size_t count, i;

	strbuf_init(&command);
	words = args_all(&l->args, "COMMAND", &count);
	for (i = 0; i < count && count > 1; i++) {
		if (i > 0)
			strbuf_addc(&command, ' ');
		add_quoted(&command, words[i]);
	}
	if (count == 1)
		strbuf_adds(&command, words[0]);
	json_object_del(params, "commands");
	json_object_set_new(params, "command", json_string(command.buf));
	strbuf_finish(&command);
	return params;
}

static void
clear_progress(const struct host_run *r)
{
	if (r->shows_progress)
		fputs("\r\033[K", stderr);
}

static void
show_progress(const struct host_run *r)
{
	if (r->shows_progress && r->done < r->total)
		fprintf(stderr, "\r%lld of %lld hosts", (long long)r->done,
			(long long)r->total);
}

static void
print_text(const char *host, const char *text)
{
	struct strbuf safe;
	char *line, *rest = NULL;

	strbuf_init(&safe);
	text_add_output(&safe, text, strlen(text));
	for (line = strtok_r(safe.buf, "\n", &rest); line != NULL;
		line = strtok_r(NULL, "\n", &rest))
		printf("%s: %s\n", host, line);
	strbuf_finish(&safe);
}

static void
print_result(struct host_run *r, const json_t *item)
{
	const json_t *error = json_object_get(item, "error");
	const char *host = json_get_string(item, "host", "");

	print_text(host, json_get_string(item, "output", ""));
	if (json_get_bool(item, "cut", false))
		print_text(host, "(its output was too much to keep)");
	fflush(stdout);
	if (json_is_object(error) && !r->l->quiet) {
		char *text = text_printable(
			json_get_string(error, "message", "failed"));

		fprintf(stderr, "%s\n", text);
		free(text);
	}
}

static void
take_page(struct host_run *r, const json_t *page)
{
	const json_t *items = json_object_get(page, "items");
	json_t *item;
	size_t i;

	clear_progress(r);
	json_array_foreach(items, i, item) {
		r->done++;
		r->failed += json_is_object(json_object_get(item, "error"));
		if (r->rows != NULL)
			json_array_append(r->rows, item);
		else
			print_result(r, item);
	}
	show_progress(r);
}

static int
read_results(struct host_run *r, const char *id, struct error *e)
{
	int64_t after = 0, left = 1;

	while (left > 0) {
		json_t *page;

		if (client_call(r->l->client, "host.results",
			    json_pack("{s:s, s:I}", "id", id, "after",
				    (json_int_t)after),
			    &page, e) == -1)
			return -1;
		take_page(r, page);
		after = json_get_int(page, "next", after);
		left = json_get_int(page, "left", 0);
		json_decref(page);
	}
	return 0;
}

static int
by_index(const void *a, const void *b)
{
	int64_t x = json_get_int(*(json_t *const *)a, "index", 0);
	int64_t y = json_get_int(*(json_t *const *)b, "index", 0);

	return (x > y) - (x < y);
}

/* As the configuration has them, whoever answered first. */
static void
print_rows(const json_t *rows)
{
	size_t count = json_array_size(rows), i;
	json_t **list = xcalloc(count + 1, sizeof(*list));
	json_t *sorted = json_array();

	for (i = 0; i < count; i++)
		list[i] = json_array_get(rows, i);
	qsort(list, count, sizeof(*list), by_index);
	for (i = 0; i < count; i++)
		json_array_append(sorted, list[i]);
	line_print_json(sorted);
	json_decref(sorted);
	free(list);
}

/* Asks where hosts of a protected environment are among them: 0 go on. */
static int
guard(struct line *l)
{
	json_t *params, *o;
	const char *env;
	struct error e;
	char *question;
	bool yes;

	if (!line_asks(l))
		return 0;
	params = run_params(l);
	json_object_set_new(params, "look", json_true());
	if (line_ask(l, "host.run", params, &o, &e) == -1)
		return line_fail(l, &e);
	env = json_string_value(
		json_array_get(json_object_get(o, "protected"), 0));
	question = xasprintf("'%s' is protected: host run on %lld hosts.",
		env == NULL ? "" : env, (long long)json_get_int(o, "hosts", 0));
	yes = env == NULL || line_confirm(l, env, question);
	free(question);
	json_decref(o);
	return yes ? 0 : line_not_confirmed(l);
}

int
line_host_run(struct line *l)
{
	struct host_run r = {.l = l};
	json_t *begun = NULL;
	struct error e;
	int result = guard(l);

	if (result != 0)
		return result;
	if (line_ask(l, "host.run", run_params(l), &begun, &e) == -1)
		return line_fail(l, &e);
	r.rows = l->json ? json_array() : NULL;
	r.total = json_get_int(begun, "hosts", 0);
	r.shows_progress = l->can_ask && !l->quiet && !l->json;
	result = read_results(&r, json_get_string(begun, "id", ""), &e);
	clear_progress(&r);
	json_decref(begun);
	if (result == -1) {
		json_decref(r.rows);
		return line_fail(l, &e);
	}
	if (l->json)
		print_rows(r.rows);
	json_decref(r.rows);
	if (r.failed > 0)
		line_say(l, "%lld of %lld hosts failed", (long long)r.failed,
			(long long)r.total);
	return r.failed > 0 ? 1 : 0;
}
