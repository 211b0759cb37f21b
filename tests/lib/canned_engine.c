/*
 * canned_engine.c - answers of an engine from a file, over its socket.
 *
 * canned_engine SOCKET WORLD.json [ROLLOUT PER_SECOND]
 *
 * For tests of the console on a terminal, whose screens must not depend on
 * how fast hosts are. With ROLLOUT so many hosts of that fleet get done each
 * second, as events. Ends when standard input ends or SIGTERM comes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/lib/canned.h"
#include "wire/conn.h"
#include "wire/json.h"

#define CLIENTS_MAX 8
#define EVENTS_PER_SECOND 10
#define OUT_MAX (64 * 1024 * 1024)

struct canned {
	uv_loop_t loop;
	json_t *file;
	int listener;
	uv_poll_t accepts, input;
	uv_timer_t live;
	struct conn *clients[CLIENTS_MAX];
	const char *rollout;
	double per_second, done;
	int64_t seq, log_seq;
};

/* Where the events of the live rollout stand. */
static void
set_seqs(const struct canned *e, json_t *result)
{
	json_t *seqs = json_object_get(result, "seq");
	char topic[80];

	snprintf(topic, sizeof(topic), "rollout:%s", e->rollout);
	if (json_object_get(seqs, topic) != NULL)
		json_object_set_new(seqs, topic, json_integer(e->seq));
	snprintf(topic, sizeof(topic), "log:%s", e->rollout);
	if (json_object_get(seqs, topic) != NULL)
		json_object_set_new(seqs, topic, json_integer(e->seq / 2));
}

static void
reply(struct canned *e, struct conn *conn, const json_t *request)
{
	const char *method = json_get_string(request, "method", "");
	json_t *params = json_object_get(request, "params");
	json_t *result =
		strcmp(method, "hello") == 0
			? json_incref(json_object_get(e->file, "hello"))
			: canned_answer(e->file, method, params);
	json_t *message;

	set_seqs(e, result);
	message =
		result != NULL
			? json_pack("{s:s, s:O, s:o}", "jsonrpc", "2.0", "id",
				  json_object_get(request, "id"), "result",
				  result)
			: json_pack("{s:s, s:O, s:{s:i, s:s, s:{s:s}}}",
				  "jsonrpc", "2.0", "id",
				  json_object_get(request, "id"), "error",
				  "code", -32000, "message", "no canned answer",
				  "data", "code", "not_found");

	conn_send(conn, message);
	json_decref(message);
}

static void
on_message(struct conn *conn, json_t *message, void *arg)
{
	reply(arg, conn, message);
}

static void
on_close(struct conn *conn, const char *reason, void *arg)
{
	struct canned *e = arg;
	size_t i;

	(void)reason;
	for (i = 0; i < CLIENTS_MAX; i++)
		if (e->clients[i] == conn)
			e->clients[i] = NULL;
}

static const struct conn_handler handler = {on_message, on_close};

static void
on_accept(uv_poll_t *poll, int status, int events)
{
	struct canned *e = poll->data;
	int fd = accept(e->listener, NULL, NULL);
	size_t i = 0;

	(void)status;
	(void)events;
	while (i < CLIENTS_MAX && e->clients[i] != NULL)
		i++;
	if (fd < 0 || i == CLIENTS_MAX) {
		close(fd);
		return;
	}
	e->clients[i] =
		conn_create(&e->loop, fd, CONN_LINE_MAX, OUT_MAX, &handler, e);
}

static void
publish(struct canned *e, const char *prefix, int64_t seq, json_t *data)
{
	char topic[80];
	json_t *message;
	size_t i;

	snprintf(topic, sizeof(topic), "%s%s", prefix, e->rollout);
	message = json_pack("{s:s, s:s, s:{s:s, s:I, s:o}}", "jsonrpc", "2.0",
		"method", "event", "params", "topic", topic, "seq",
		(json_int_t)seq, "data", data);
	for (i = 0; i < CLIENTS_MAX; i++)
		if (e->clients[i] != NULL)
			conn_send(e->clients[i], message);
	json_decref(message);
}

static json_t *
rollout_now(const struct canned *e, const json_t *fleet)
{
	const json_t *r;
	size_t i;

	json_array_foreach(
		json_object_get(json_object_get(e->file, "world"), "rollouts"),
		i, r) if (strcmp(json_get_string(r, "id", ""), e->rollout) == 0)
	{
		json_t *copy = json_copy((json_t *)(uintptr_t)r);
		int64_t count = json_get_int(fleet, "count", 0);

		json_object_set_new(
			copy, "hosts_done", json_integer((json_int_t)e->done));
		json_object_set_new(copy, "hosts_pending",
			json_integer(count - (json_int_t)e->done -
				     json_get_int(fleet, "busy", 0)));
		return copy;
	}
	return json_object();
}

static json_t *
line_of(struct canned *e, const json_t *host)
{
	return json_pack("{s:I, s:s, s:O, s:s, s:i, s:s}", "seq",
		(json_int_t)++e->log_seq, "at", "2026-11-23T14:05:00Z", "host",
		json_object_get(host, "host"), "step", "health", "attempt", 1,
		"text", "health ok");
}

/* All are done, and print on: for logs of any length. */
static void
print_on(struct canned *e, const json_t *fleet, size_t n)
{
	json_t *lines = json_array();
	size_t count = (size_t)json_get_int(fleet, "count", 1);

	while (n-- > 0) {
		json_t *host = canned_host(
			fleet, (size_t)e->log_seq % count, count);

		json_array_append_new(lines, line_of(e, host));
		json_decref(host);
	}
	/* set_seqs: one event of the log for two of the rollout. */
	e->seq += 2;
	publish(e, "log:", e->seq / 2, json_pack("{s:o}", "lines", lines));
}

/* Some more hosts are done: their rows, the rollout, what they printed. */
static void
on_live(uv_timer_t *timer)
{
	struct canned *e = timer->data;
	const json_t *fleet =
		json_object_get(json_object_get(e->file, "fleets"), e->rollout);
	size_t from = (size_t)e->done, i;
	size_t busy = (size_t)json_get_int(fleet, "busy", 0);
	size_t count = (size_t)json_get_int(fleet, "count", 0);
	json_t *hosts = json_array(), *lines = json_array();

	if (from >= count) {
		print_on(e, fleet, (size_t)e->per_second / EVENTS_PER_SECOND);
		return;
	}
	e->done += e->per_second / EVENTS_PER_SECOND;
	for (i = from; i < (size_t)e->done + busy && i < count; i++) {
		json_t *host = canned_host(fleet, i, (size_t)e->done);

		if (i < (size_t)e->done)
			json_array_append_new(lines, line_of(e, host));
		json_array_append_new(hosts, host);
	}
	publish(e, "rollout:", ++e->seq, json_pack("{s:o}", "hosts", hosts));
	publish(e, "rollout:", ++e->seq,
		json_pack("{s:o}", "rollout", rollout_now(e, fleet)));
	publish(e, "log:", e->seq / 2, json_pack("{s:o}", "lines", lines));
}

static void
on_input(uv_poll_t *poll, int status, int events)
{
	struct canned *e = poll->data;
	char byte;

	(void)status;
	(void)events;
	if (read(STDIN_FILENO, &byte, 1) <= 0)
		uv_stop(&e->loop);
}

static int
listen_at(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	unlink(path);
	if (fd < 0 ||
		bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(fd, CLIENTS_MAX) < 0)
		return -1;
	return fd;
}

int
main(int argc, char **argv)
{
	struct canned *e = xcalloc(1, sizeof(*e));
	json_error_t bad;

	if (argc != 3 && argc != 5) {
		fprintf(stderr, "canned_engine SOCKET WORLD.json [ROLLOUT "
				"PER_SECOND]\n");
		return 2;
	}
	e->file = json_load_file(argv[2], 0, &bad);
	e->listener = listen_at(argv[1]);
	if (e->file == NULL || e->listener < 0) {
		fprintf(stderr, "canned_engine: %s\n",
			e->file == NULL ? bad.text : strerror(errno));
		return 1;
	}
	uv_loop_init(&e->loop);
	uv_poll_init(&e->loop, &e->accepts, e->listener);
	e->accepts.data = e;
	uv_poll_start(&e->accepts, UV_READABLE, on_accept);
	uv_poll_init(&e->loop, &e->input, STDIN_FILENO);
	e->input.data = e;
	uv_poll_start(&e->input, UV_READABLE, on_input);
	uv_timer_init(&e->loop, &e->live);
	e->live.data = e;
	e->rollout = argc == 5 ? argv[3] : "";
	e->per_second = argc == 5 ? strtod(argv[4], NULL) : 0;
	e->done = (double)json_get_int(
		json_object_get(json_object_get(e->file, "fleets"), e->rollout),
		"done", 0);
	if (argc == 5)
		uv_timer_start(&e->live, on_live, 1000 / EVENTS_PER_SECOND,
			1000 / EVENTS_PER_SECOND);
	uv_run(&e->loop, UV_RUN_DEFAULT);
	return 0;
}
