/*
 * render.c - what the console paints, as text and without a terminal.
 *
 * render WORLD.json COMMAND... where a command is
 *	size WxH	columns and rows (80x24 before)
 *	ascii | utf8 | utf8-nobraille	the glyphs (ascii before)
 *	key NAMES	keys as in actions.def, or one character each: "jj"
 *	type TEXT	characters for a field
 *	wait MS		the clock goes on; what is due happens
 *	down | up	the link to the engine goes and comes
 *	event TOPIC JSON	the next event of a topic
 *	flood N SECONDS	so many hosts of R-884 change each second, four
 *			frames are painted; prints the processor's time
 *	show		prints the screen
 *	sent		prints the requests with an effect since the last
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/units.h"
#include "tests/lib/canned.h"
#include "tui/console.h"
#include "tui/view.h"
#include "wire/json.h"

struct render {
	struct console console;
	struct clock_virtual clock;
	json_t *file;
	struct strbuf sent;
	int64_t seqs[8];
};

/* Requests that only ask are not worth a line. */
static bool
has_effect(const char *method)
{
	int i;

	for (i = 0; i < ACTION_COUNT; i++)
		if (strcmp(action_get((enum action_id)i)->method, method) == 0)
			return true;
	return false;
}

static void
request(void *arg, const char *method, json_t *params, client_answer answer,
	void *answer_arg)
{
	struct render *r = arg;
	json_t *result = canned_answer(r->file, method, params);
	struct error e;

	if (has_effect(method)) {
		char *text = json_dumps(params, JSON_COMPACT | JSON_SORT_KEYS);

		strbuf_addf(&r->sent, "%s %s\n", method, text);
		free(text);
	}
	error_set(&e, ERROR_WRONG_STATE, "there is no answer to %s", method);
	answer(result, result == NULL ? &e : NULL, answer_arg);
	json_decref(result);
	json_decref(params);
}

static void
flush_input(void *arg)
{
	(void)arg;
}

static const struct console_io io = {request, flush_input, NULL, NULL};

static void
show(struct render *r)
{
	struct console *c = &r->console;
	struct canvas canvas;
	struct strbuf line;
	int y;

	canvas_init(&canvas, c->width, c->height, c->glyphs.ascii);
	console_paint(c, &canvas);
	/* What waits for the cursor to rest is part of the screen. */
	if (c->stale) {
		clock_virtual_advance(&r->clock, 200);
		console_paint(c, &canvas);
	}
	strbuf_init(&line);
	for (y = 0; y < c->height; y++) {
		strbuf_clear(&line);
		canvas_row_text(&canvas, y, &line);
		printf("%s\n", line.buf);
	}
	printf("== cursor %d,%d\n", canvas.cursor_y, canvas.cursor_x);
	strbuf_finish(&line);
	canvas_finish(&canvas);
}

/* Painting is what arms a sheet, so it is painted after every key. */
static void
press(struct render *r, uint32_t code)
{
	struct input_event ev = {.code = code};
	struct canvas canvas;

	console_key(&r->console, &ev);
	canvas_init(&canvas, r->console.width, r->console.height, true);
	console_paint(&r->console, &canvas);
	canvas_finish(&canvas);
}

static void
press_all(struct render *r, const char *names)
{
	uint32_t code = keymap_code(names, strlen(names));

	if (code != 0) {
		press(r, code);
		return;
	}
	for (; *names != '\0'; names++)
		press(r, (unsigned char)*names);
}

static void
event(struct render *r, const char *topic, const char *text)
{
	json_t *data = json_loads(text, 0, NULL);
	size_t i = 0;

	if (data == NULL) {
		fprintf(stderr, "render: not JSON: %s\n", text);
		exit(2);
	}
	while (i < 2 && strcmp(r->console.topics[i].name, topic) != 0)
		i++;
	console_event(&r->console, topic, r->console.topics[i].seq + 1, data);
	json_decref(data);
}

static void
link_lost(struct render *r)
{
	struct error e;

	error_set(&e, ERROR_NO_ENGINE, "connection refused");
	console_link_down(&r->console, &e);
}

/* One command; returns the words it took, 0 if it is none. */

/* A message of the engine: count hosts from `from` on, as text. */
static char *
flood_message(const struct render *r, long from, long count)
{
	const json_t *fleet = json_object_get(
		json_object_get(r->file, "fleets"), "R-884");
	long hosts = (long)json_get_int(fleet, "count", 1), i;
	json_t *list = json_array(), *o;
	char *text;

	for (i = from; i < from + count; i++)
		json_array_append_new(list,
			canned_host(fleet, (size_t)(i % hosts),
				(size_t)(from / 7 % hosts)));
	o = json_pack("{s:o}", "hosts", list);
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return text;
}

static void
flood_quarter(struct render *r, char *const *messages, long count)
{
	struct console *c = &r->console;
	struct canvas canvas;
	long i;

	for (i = 0; i < count; i++) {
		json_t *data = json_loads(messages[i], 0, NULL);

		console_event(c, c->topics[1].name, c->topics[1].seq + 1, data);
		json_decref(data);
	}
	clock_virtual_advance(&r->clock, 250);
	console_tick(c);
	canvas_init(&canvas, c->width, c->height, c->glyphs.ascii);
	console_paint(c, &canvas);
	canvas_finish(&canvas);
}

#define FLOOD_HOSTS 100 /* in a message */

/* What reading, keeping and painting cost; what the engine does is made
 * before the clock runs. */
static void
flood(struct render *r, long rate, long seconds)
{
	long count = rate / 4 / FLOOD_HOSTS, i, k, quarters = seconds * 4;
	char **messages = xcalloc((size_t)count + 1, sizeof(*messages));
	clock_t spent = 0, since;

	for (k = 0; k < quarters; k++) {
		for (i = 0; i < count; i++)
			messages[i] = flood_message(r,
				(k * count + i) * FLOOD_HOSTS, FLOOD_HOSTS);
		since = clock();
		flood_quarter(r, messages, count);
		spent += clock() - since;
		for (i = 0; i < count; i++)
			free(messages[i]);
	}
	free(messages);
	printf("%.2f\n", 100.0 * (double)spent / CLOCKS_PER_SEC /
				 (double)seconds);
}

static int
run(struct render *r, char **argv, int left)
{
	struct console *c = &r->console;
	int width, height;

	if (strcmp(argv[0], "show") == 0)
		return show(r), 1;
	if (strcmp(argv[0], "ascii") == 0 || strcmp(argv[0], "utf8") == 0 ||
		strcmp(argv[0], "utf8-nobraille") == 0)
		return console_set_glyphs(c, argv[0]), 1;
	if (strcmp(argv[0], "down") == 0)
		return link_lost(r), 1;
	if (strcmp(argv[0], "up") == 0)
		return console_link_up(c, json_object_get(r->file, "hello")), 1;
	if (strcmp(argv[0], "sent") == 0) {
		printf("%s", r->sent.len > 0 ? r->sent.buf : "(nothing)\n");
		strbuf_clear(&r->sent);
		return 1;
	}
	if (left > 1 && strcmp(argv[0], "size") == 0 &&
		sscanf(argv[1], "%dx%d", &width, &height) == 2)
		return console_resize(c, width, height), 2;
	if (left > 1 && strcmp(argv[0], "key") == 0)
		return press_all(r, argv[1]), 2;
	if (left > 1 && strcmp(argv[0], "type") == 0) {
		char *s;

		for (s = argv[1]; *s != '\0'; s++)
			press(r, (unsigned char)*s);
		return 2;
	}
	if (left > 1 && strcmp(argv[0], "wait") == 0) {
		clock_virtual_advance(&r->clock, strtol(argv[1], NULL, 10));
		console_tick(c);
		return 2;
	}
	if (left > 2 && strcmp(argv[0], "flood") == 0)
		return flood(r, strtol(argv[1], NULL, 10),
			strtol(argv[2], NULL, 10)), 3;
	if (left > 2 && strcmp(argv[0], "event") == 0)
		return event(r, argv[1], argv[2]), 3;
	return 0;
}

int
main(int argc, char **argv)
{
	struct render *r = xcalloc(1, sizeof(*r));
	json_error_t bad;
	int64_t now = 0;
	int i, used;

	setlocale(LC_ALL, "C.UTF-8");
	if (argc < 2 || (r->file = json_load_file(argv[1], 0, &bad)) == NULL) {
		fprintf(stderr, "render: %s\n",
			argc < 2 ? "which world?" : bad.text);
		return 2;
	}
	time_parse(json_get_string(r->file, "now", "2026-11-23T14:05:00Z"),
		NULL, 0, &now, NULL);
	clock_virtual_init(&r->clock, now * 1000);
	clock_virtual_advance(&r->clock, 0);
	strbuf_init(&r->sent);
	console_init(&r->console, &r->clock.clock, &io, r);
	console_link_up(&r->console, json_object_get(r->file, "hello"));
	console_root(&r->console, &home_view);
	for (i = 2; i < argc; i += used) {
		used = run(r, argv + i, argc - i);
		if (used == 0) {
			fprintf(stderr, "render: what is '%s'?\n", argv[i]);
			return 2;
		}
	}
	console_finish(&r->console);
	strbuf_finish(&r->sent);
	json_decref(r->file);
	free(r);
	return 0;
}
