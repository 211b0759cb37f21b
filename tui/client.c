/*
 * client.c - the link to the engine: hello, requests, events, and making the
 * link again.
 *
 * A request waits in c->waiting from the moment it is made until it is
 * answered. Whatever waits when a link comes up is sent (again): acts carry
 * a request_id, so that sent twice they are one act.
 */
#include "tui/client.h"

#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/random.h"
#include "tui/methods.h"
#include "tui/where.h"
#include "wire/conn.h"
#include "wire/json.h"

#define CLIENT_PROTOCOL 1
#define CLIENT_OUT_MAX (16 * 1024 * 1024)
#define RETRY_FIRST_MS 100
#define RETRY_MOST_MS 5000
#define HELLO_MOST_MS 10000
#define OTHER_TRIES 60 /* of 50 ms each */

/* One request that has no answer yet. */
struct waiting {
	struct waiting *next;
	int64_t id;
	char method[48];
	json_t *params;
	int fds[CONN_FDS_MAX];
	size_t fd_count;
	client_answer answer;
	void *arg;
};

struct client {
	uv_loop_t *loop;
	struct where where;
	const struct client_handler *handler;
	void *arg;
	struct conn *conn; /* NULL: no link */
	struct ucred peer;
	json_t *hello;
	struct waiting *waiting; /* in the order they were made */
	int64_t last_id, hello_id;
	uv_timer_t retry;
	uint64_t pause_ms;
	struct error why; /* the last reason why there is no link */
	bool up, opening, closed, retry_closed;
};

static void
waiting_free(struct waiting *w)
{
	size_t i;

	for (i = 0; i < w->fd_count; i++)
		close(w->fds[i]);
	json_decref(w->params);
	free(w);
}

/* Takes the request with this id out of the queue; NULL if there is none. */
static struct waiting *
waiting_take(struct client *c, int64_t id)
{
	struct waiting **slot = &c->waiting, *w;

	while (*slot != NULL && (*slot)->id != id)
		slot = &(*slot)->next;
	w = *slot;
	if (w != NULL)
		*slot = w->next;
	return w;
}

static void
send_waiting(struct client *c, const struct waiting *w)
{
	json_t *message = json_pack("{s:s, s:I, s:s, s:O}", "jsonrpc", "2.0",
		"id", (json_int_t)w->id, "method", w->method, "params",
		w->params);
	size_t i;

	/* A file that was sent before stands where it was read to. */
	for (i = 0; i < w->fd_count; i++)
		lseek(w->fds[i], 0, SEEK_SET);
	conn_send_fds(c->conn, message, w->fds, w->fd_count);
	json_decref(message);
}

static void
fail_waiting(struct client *c, const struct error *why)
{
	struct waiting *w;

	while ((w = c->waiting) != NULL) {
		c->waiting = w->next;
		w->answer(NULL, why, w->arg);
		waiting_free(w);
	}
}

static void
client_free_if_done(struct client *c)
{
	if (!c->closed || c->conn != NULL || !c->retry_closed)
		return;
	json_decref(c->hello);
	where_finish(&c->where);
	free(c);
}

/* The link is up: what waited goes out in order, then the owner is told. */
static void
hello_answered(struct client *c, const json_t *result)
{
	struct waiting *w;

	json_decref(c->hello);
	c->hello = json_deep_copy(result);
	c->up = true;
	uv_timer_stop(&c->retry);
	c->pause_ms = RETRY_FIRST_MS;
	for (w = c->waiting; w != NULL; w = w->next)
		send_waiting(c, w);
	if (c->handler != NULL && !c->opening && c->handler->on_link != NULL)
		c->handler->on_link(true, NULL, c->arg);
}

static void
on_event(struct client *c, const json_t *message)
{
	const json_t *params = json_object_get(message, "params");

	if (c->handler != NULL && c->handler->on_event != NULL)
		c->handler->on_event(json_get_string(params, "topic", ""),
			json_get_int(params, "seq", 0),
			json_object_get(params, "data"), c->arg);
}

/* JSON-RPC's error carries ours in "data". */
static void
read_error(const json_t *error, struct error *e)
{
	const json_t *data = json_object_get(error, "data");

	if (json_is_object(data)) {
		json_to_error(data, e);
		return;
	}
	error_set(e, ERROR_PROTOCOL, "the engine does not understand: %s",
		json_get_string(error, "message", "no reason given"));
}

static void
on_answer(struct client *c, const json_t *message)
{
	const json_t *error = json_object_get(message, "error");
	const json_t *result = json_object_get(message, "result");
	int64_t id = json_get_int(message, "id", -1);
	struct waiting *w;
	struct error e;

	if (json_is_object(error))
		read_error(error, &e);
	if (id == c->hello_id) {
		if (!json_is_object(error)) {
			hello_answered(c, result);
		} else {
			c->why = e;
			conn_close(c->conn, e.text);
		}
		return;
	}
	w = waiting_take(c, id);
	if (w == NULL)
		return;
	if (json_is_object(error))
		w->answer(NULL, &e, w->arg);
	else
		w->answer(result, NULL, w->arg);
	waiting_free(w);
}

static void
on_message(struct conn *conn, json_t *message, void *arg)
{
	struct client *c = arg;

	(void)conn;
	if (c->closed)
		return;
	if (json_object_get(message, "method") != NULL)
		on_event(c, message);
	else
		on_answer(c, message);
}

static void client_greet(struct client *c, int fd);

static void
on_retry(uv_timer_t *timer)
{
	struct client *c = timer->data;
	int fd;

	if (where_connect(&c->where, &fd, &c->peer, &c->why) == -1) {
		uv_timer_start(timer, on_retry, c->pause_ms, 0);
		c->pause_ms = c->pause_ms * 2 > RETRY_MOST_MS
				      ? RETRY_MOST_MS
				      : c->pause_ms * 2;
		return;
	}
	client_greet(c, fd);
}

static void
on_close(struct conn *conn, const char *reason, void *arg)
{
	struct client *c = arg;
	bool was_up = c->up;

	(void)conn;
	c->conn = NULL;
	c->up = false;
	if (c->closed) {
		client_free_if_done(c);
		return;
	}
	if (was_up || c->why.code == ERROR_NONE) {
		error_set(&c->why, ERROR_NO_ENGINE,
			"the engine went away: %s", reason);
		error_hint(&c->why, "'sluice engine status' says whether it "
				    "runs; ask again what became of this");
	}
	uv_timer_stop(&c->retry);
	if (c->handler == NULL || c->opening) {
		fail_waiting(c, &c->why);
		return;
	}
	if (was_up && c->handler->on_link != NULL)
		c->handler->on_link(false, &c->why, c->arg);
	if (!c->closed)
		uv_timer_start(&c->retry, on_retry, c->pause_ms, 0);
}

static const struct conn_handler conn_events = {on_message, on_close};

static void
on_hello_late(uv_timer_t *timer)
{
	struct client *c = timer->data;

	error_set(&c->why, ERROR_NO_ENGINE,
		"the engine at '%s' (process %d) does not answer",
		c->where.socket, (int)c->peer.pid);
	error_hint(&c->why, "look at its log, or end it and start it again");
	if (c->conn != NULL)
		conn_close(c->conn, "no answer to hello");
}

/* Says hello over a fresh connection; fd is taken. */
static void
client_greet(struct client *c, int fd)
{
	json_t *message;

	error_clear(&c->why);
	c->conn = conn_create(c->loop, fd, CONN_LINE_MAX, CLIENT_OUT_MAX,
		&conn_events, c);
	c->hello_id = ++c->last_id;
	message = json_pack("{s:s, s:I, s:s, s:{s:i, s:s, s:s}}", "jsonrpc",
		"2.0", "id", (json_int_t)c->hello_id, "method", "hello",
		"params", "protocol", CLIENT_PROTOCOL, "client", "sluice",
		"version", PACKAGE_VERSION);
	conn_send(c->conn, message);
	json_decref(message);
	/* The loop may have stood still while a program was run. */
	uv_update_time(c->loop);
	uv_timer_start(&c->retry, on_hello_late, HELLO_MOST_MS, 0);
}

/* An engine that could not be started may have lost to one that another
 * command started at the same time: that one answers soon. e keeps the reason
 * of ours if none does. */
static int
wait_for_other(struct client *c, int *ret_fd, struct error *e)
{
	const struct timespec pause = {.tv_nsec = 50 * 1000 * 1000};
	struct error ignored;
	int tries = e->code == ERROR_DENIED ? OTHER_TRIES : 0;

	while (tries-- > 0) {
		nanosleep(&pause, NULL);
		if (where_connect(&c->where, ret_fd, &c->peer, &ignored) == 0)
			return 0;
	}
	return -1;
}

/* A connection to an engine that runs, or that may be started. */
static int
connect_or_start(struct client *c, bool may_start, int *ret_fd, struct error *e)
{
	if (where_connect(&c->where, ret_fd, &c->peer, e) == 0)
		return 0;
	if (!may_start || !where_may_start(&c->where))
		return -1;
	if (where_start(&c->where, e) == 0)
		return where_connect(&c->where, ret_fd, &c->peer, e);
	return wait_for_other(c, ret_fd, e);
}

struct client *
client_open(uv_loop_t *loop, const struct client_where *where,
	const struct client_handler *handler, void *arg, struct error *e)
{
	struct client *c = xcalloc(1, sizeof(*c));
	int fd;

	c->loop = loop;
	c->handler = handler;
	c->arg = arg;
	c->pause_ms = RETRY_FIRST_MS;
	if (where_find(&c->where, where, e) == -1 ||
		connect_or_start(c, where->may_start, &fd, e) == -1) {
		where_finish(&c->where);
		free(c);
		return NULL;
	}
	uv_timer_init(loop, &c->retry);
	c->retry.data = c;
	c->opening = true;
	client_greet(c, fd);
	while (!c->up && c->conn != NULL)
		uv_run(loop, UV_RUN_ONCE);
	c->opening = false;
	if (c->up)
		return c;
	*e = c->why;
	client_close(c);
	return NULL;
}

static void
on_retry_closed(uv_handle_t *handle)
{
	struct client *c = handle->data;

	c->retry_closed = true;
	client_free_if_done(c);
}

void
client_close(struct client *c)
{
	struct waiting *w;

	if (c == NULL)
		return;
	c->closed = true;
	while ((w = c->waiting) != NULL) {
		c->waiting = w->next;
		waiting_free(w);
	}
	uv_close((uv_handle_t *)&c->retry, on_retry_closed);
	if (c->conn != NULL)
		conn_close(c->conn, "closed by this side");
}

bool
client_is_waiting(const struct client *c)
{
	return c->waiting != NULL;
}

const json_t *
client_hello(const struct client *c)
{
	return c->hello;
}

bool
client_is_up(const struct client *c)
{
	return c->up;
}

pid_t
client_engine_pid(const struct client *c)
{
	return c->peer.pid;
}

static struct waiting *
waiting_create(struct client *c, const char *method, json_t *params)
{
	const struct method_info *info = method_find(method);
	struct waiting *w = xcalloc(1, sizeof(*w));
	char uuid[UUID_TEXT_SIZE];

	w->id = ++c->last_id;
	snprintf(w->method, sizeof(w->method), "%s", method);
	w->params = params != NULL ? params : json_object();
	if (info != NULL && info->is_act &&
		json_object_get(w->params, "request_id") == NULL) {
		random_uuid(uuid);
		json_object_set_new(
			w->params, "request_id", json_string(uuid));
	}
	return w;
}

void
client_request_fds(struct client *c, const char *method, json_t *params,
	const int *fds, size_t count, client_answer answer, void *arg)
{
	struct waiting *w = waiting_create(c, method, params), **slot;
	size_t i;

	assert(count <= CONN_FDS_MAX);
	w->answer = answer;
	w->arg = arg;
	for (i = 0; i < count; i++)
		w->fds[w->fd_count++] = fcntl(fds[i], F_DUPFD_CLOEXEC, 0);
	if (!c->up && c->handler == NULL) {
		answer(NULL, &c->why, arg);
		waiting_free(w);
		return;
	}
	for (slot = &c->waiting; *slot != NULL; slot = &(*slot)->next)
		;
	*slot = w;
	if (c->up)
		send_waiting(c, w);
}

void
client_request(struct client *c, const char *method, json_t *params,
	client_answer answer, void *arg)
{
	client_request_fds(c, method, params, NULL, 0, answer, arg);
}

struct call {
	json_t *result;
	struct error *e;
	bool done, failed;
};

static void
call_answered(const json_t *result, const struct error *error, void *arg)
{
	struct call *call = arg;

	call->done = true;
	call->failed = error != NULL;
	if (error != NULL)
		*call->e = *error;
	else
		call->result = json_deep_copy(result);
}

int
client_call_fds(struct client *c, const char *method, json_t *params,
	const int *fds, size_t count, json_t **ret_result, struct error *e)
{
	struct error ignored;
	struct call call = {.e = e != NULL ? e : &ignored};

	client_request_fds(c, method, params, fds, count, call_answered, &call);
	while (!call.done)
		uv_run(c->loop, UV_RUN_ONCE);
	if (call.failed)
		return -1;
	if (ret_result != NULL)
		*ret_result = call.result;
	else
		json_decref(call.result);
	return 0;
}

int
client_call(struct client *c, const char *method, json_t *params,
	json_t **ret_result, struct error *e)
{
	return client_call_fds(c, method, params, NULL, 0, ret_result, e);
}

/* Moves one page to items and its cursor to params; tells whether there is
 * more, -1 if it is no page. */
static int
take_page(const json_t *page, json_t *items, json_t *params, const char *method,
	struct error *e)
{
	json_t *more = json_object_get(page, "items");
	json_t *next = json_object_get(page, "next");

	if (!json_is_array(more))
		return error_set(e, ERROR_PROTOCOL,
			"the engine's answer to '%s' is not a list", method);
	json_array_extend(items, more);
	if (next == NULL || json_is_null(next))
		return 0;
	json_object_set(params, "after", next);
	return 1;
}

int
client_list(struct client *c, const char *method, json_t *params,
	json_t **ret_items, struct error *e)
{
	json_t *items = json_array(), *page;
	int more = 1;

	if (params == NULL)
		params = json_object();
	while (more == 1) {
		more = client_call(
			c, method, json_deep_copy(params), &page, e);
		if (more == -1)
			break;
		more = take_page(page, items, params, method, e);
		json_decref(page);
	}
	json_decref(params);
	if (more == -1) {
		json_decref(items);
		return -1;
	}
	*ret_items = items;
	return 0;
}
