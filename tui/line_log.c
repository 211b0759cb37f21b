/*
 * line_log.c - what the steps of a rollout printed, at once or as it comes.
 *
 * Following: subscribe first, then read all that is there, then whatever was
 * told meanwhile; a line's seq says whether it was printed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "tui/line.h"
#include "tui/line_watch.h"
#include "wire/json.h"

struct follow {
	struct line *l;
	char id[32];
	const char *host; /* only its lines; NULL: all */
	json_t *early;    /* lines told before all was read */
	int64_t last_seq; /* printed up to here */
	bool reading, over, last_reading, done;
	struct error error;
	bool failed;
};

/* "14:05:07Z web-01 after_switch | text" */
static void
put_log_line(struct line *l, const json_t *o)
{
	const char *at = json_get_string(o, "at", "");
	struct strbuf safe;
	char *head;

	if (l->json) {
		line_print_json_line(o);
		return;
	}
	head = xasprintf("%s %s %s | ", strlen(at) > 11 ? at + 11 : at,
		json_get_string(o, "host", "-"),
		json_get_string(o, "step", "-"));
	strbuf_init(&safe);
	text_add_printable(&safe, head, strlen(head));
	text_add_printable(&safe, json_get_string(o, "text", ""),
		strlen(json_get_string(o, "text", "")));
	puts(safe.buf);
	strbuf_finish(&safe);
	free(head);
}

static void
put_new(struct follow *f, const json_t *lines)
{
	const json_t *o;
	size_t i;

	json_array_foreach(lines, i, o) {
		int64_t seq = json_get_int(o, "seq", 0);

		if (seq <= f->last_seq)
			continue;
		f->last_seq = seq;
		if (f->host == NULL ||
			strcmp(json_get_string(o, "host", ""), f->host) == 0)
			put_log_line(f->l, o);
	}
	fflush(stdout);
}

static void
follow_fail(struct follow *f, const struct error *e)
{
	f->error = *e;
	f->failed = f->done = true;
}

static void ask_lines(struct follow *f, json_t *after);

static void
lines_answered(const json_t *page, const struct error *error, void *arg)
{
	struct follow *f = arg;
	json_t *next = json_object_get(page, "next");

	if (error != NULL) {
		follow_fail(f, error);
		return;
	}
	put_new(f, json_object_get(page, "items"));
	if (next != NULL && !json_is_null(next)) {
		ask_lines(f, next);
		return;
	}
	f->reading = false;
	put_new(f, f->early);
	json_array_clear(f->early);
	if (f->last_reading)
		f->done = true;
	else if (f->over) {
		/* Once more: its last lines may have come behind its end. */
		f->last_reading = true;
		ask_lines(f, NULL);
	}
}

static void
ask_lines(struct follow *f, json_t *after)
{
	json_t *params = json_pack("{s:s, s:i}", "id", f->id, "limit", 1000);

	f->reading = true;
	if (f->host != NULL)
		json_object_set_new(params, "host", json_string(f->host));
	if (after != NULL)
		json_object_set(params, "after", after);
	client_request(f->l->client, "rollout.log", params, lines_answered, f);
}

static void
see_rollout(struct follow *f, const json_t *r)
{
	if (!rollout_is_over(json_get_string(r, "state", "")) || f->over)
		return;
	f->over = true;
	if (!f->reading) {
		f->last_reading = true;
		ask_lines(f, NULL);
	}
}

static void
on_event(const char *topic, int64_t seq, const json_t *data, void *arg)
{
	struct follow *f = arg;
	json_t *lines = json_object_get(data, "lines");

	(void)seq;
	(void)topic;
	if (lines != NULL && f->reading)
		json_array_extend(f->early, lines);
	else if (lines != NULL)
		put_new(f, lines);
	see_rollout(f, json_object_get(data, "rollout"));
}

static void
subscribed(const json_t *result, const struct error *error, void *arg)
{
	struct follow *f = arg;
	char *topic = xasprintf("rollout:%s", f->id);

	if (error != NULL) {
		follow_fail(f, error);
	} else {
		f->reading = true;
		see_rollout(f,
			json_object_get(
				json_object_get(json_object_get(result,
							"snapshot"),
					topic),
				"rollout"));
		ask_lines(f, NULL);
	}
	free(topic);
}

static void
subscribe(struct follow *f)
{
	char *log = xasprintf("log:%s", f->id);
	char *rollout = xasprintf("rollout:%s", f->id);

	f->last_reading = f->over = false;
	client_request(f->l->client, "subscribe",
		json_pack("{s:[s, s]}", "topics", log, rollout), subscribed, f);
	free(log);
	free(rollout);
}

static void
on_link(bool up, const struct error *why, void *arg)
{
	(void)why;
	if (up)
		subscribe(arg);
}

static const struct client_handler follow_handler = {on_event, on_link};

static int
follow_begin(struct follow *f, struct error *e)
{
	json_t *o;

	if (line_open_with(f->l, &follow_handler, f, e) == -1 ||
		client_call(f->l->client, "rollout.show",
			json_pack("{s:s}", "id", args_get(&f->l->args, "ID")),
			&o, e) == -1)
		return -1;
	snprintf(f->id, sizeof(f->id), "%s", json_get_string(o, "id", ""));
	json_decref(o);
	subscribe(f);
	return 0;
}

static int
follow_run(struct line *l)
{
	struct follow f = {.l = l, .last_seq = INT64_MIN};

	f.host = args_get(&l->args, "--host");
	f.early = json_array();
	if (follow_begin(&f, &f.error) == -1)
		follow_fail(&f, &f.error);
	while (!f.done)
		uv_run(&l->loop, UV_RUN_ONCE);
	line_close(l);
	json_decref(f.early);
	return f.failed ? line_fail(l, &f.error) : 0;
}

int
line_rollout_log(struct line *l)
{
	json_t *params, *rows;
	const json_t *o;
	struct error e;
	size_t i;

	if (args_has(&l->args, "--follow"))
		return follow_run(l);
	if (line_open(l, &e) == -1)
		return line_fail(l, &e);
	params = args_params(&l->args);
	json_object_set_new(params, "limit", json_integer(1000));
	if (client_list(l->client, "rollout.log", params, &rows, &e) == -1)
		return line_fail(l, &e);
	if (l->json)
		line_print_json(rows);
	else
		json_array_foreach(rows, i, o)
			put_log_line(l, o);
	json_decref(rows);
	return 0;
}
