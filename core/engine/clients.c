/* clients.c - the socket, its clients, requests and answers. */
#include "engine/clients.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/units.h"
#include "engine/life.h"
#include "engine/room.h"
#include "engine/subscribe.h"
#include "model/decision.h"
#include "wire/json.h"

struct client {
	struct clients *all;
	struct conn *conn; /* NULL: asks from inside, see clients_ask_as */
	client_answered answered;
	void *answered_arg;
	int64_t uid, pid, login_uid;
	int64_t since_ms;
	bool greeted;
	struct client *next;
};

/* An answer that waits for the commit. */
struct answer {
	struct client *client;
	json_t *message;
};

struct clients {
	struct engine *en;
	uv_poll_t listener;
	int fd;
	struct client *list;
	size_t count;
	struct answer *answers;
	size_t answer_count, answer_capacity;
	struct request **open; /* asked and not answered */
	size_t open_count, open_capacity;
};

/* ---- answers ---- */

static void
answer_queue(struct clients *cs, struct client *c, json_t *message)
{
	ARRAY_GROW(cs->answers, cs->answer_count, cs->answer_capacity);
	cs->answers[cs->answer_count++] = (struct answer){c, message};
	engine_wake(cs->en);
}

/* Who asked from inside asks once. */
static void
answer_inside(struct client *c, const json_t *message)
{
	c->answered(json_object_get(message, "result"),
		json_object_get(message, "error"), c->answered_arg);
	free(c);
}

void
clients_flush(struct clients *cs)
{
	size_t i;

	for (i = 0; i < cs->answer_count; i++) {
		struct client *c = cs->answers[i].client;

		if (c != NULL && c->conn != NULL)
			conn_send(c->conn, cs->answers[i].message);
		else if (c != NULL)
			answer_inside(c, cs->answers[i].message);
		json_decref(cs->answers[i].message);
	}
	cs->answer_count = 0;
}

static void
request_destroy(struct request *rq)
{
	struct clients *cs = rq->en->clients;
	size_t i;

	for (i = 0; i < cs->open_count; i++) {
		if (cs->open[i] == rq) {
			cs->open[i] = cs->open[--cs->open_count];
			break;
		}
	}
	for (i = 0; i < rq->fd_count; i++)
		if (rq->fds[i] != -1)
			close(rq->fds[i]);
	identity_finish(&rq->who);
	json_decref(rq->id);
	json_decref(rq->args);
	free(rq->request_id);
	free(rq);
}

/* What an act answered is kept, so that the same request sent again is told
 * the same and does nothing. */
static void
remember(struct request *rq, const json_t *answer)
{
	struct error e;
	char *text;

	if (rq->method->kind == METHOD_READ)
		return;
	text = json_dumps(answer, JSON_COMPACT);
	engine_write(rq->en);
	engine_must(store_request_put(rq->en->store, rq->uid, rq->request_id,
			    rq->method->name, rq->args_digest, text, &e),
		&e, "remember a request");
	free(text);
}

static void
request_answer(struct request *rq, const char *key, json_t *value)
{
	json_t *message = json_object();

	json_object_set_new(message, "jsonrpc", json_string("2.0"));
	json_object_set(message, "id", rq->id);
	json_object_set_new(message, key, value);
	answer_queue(rq->en->clients, rq->client, message);
	request_destroy(rq);
}

void
request_done(struct request *rq, json_t *result)
{
	remember(rq, result);
	request_answer(rq, "result", result);
}

/* JSON-RPC wants a number; ours is in data. */
static json_t *
error_object(const struct error *e)
{
	return json_pack("{s:i, s:o, s:o}", "code", -32000, "message",
		json_text(e->text), "data", json_from_error(e));
}

void
request_fail(struct request *rq, const struct error *e)
{
	struct error full = *e;

	request_note_refusal(rq, &full);
	request_answer(rq, "error", error_object(&full));
}

void
request_refuse(struct request *rq, enum error_code code, const char *hint,
	const char *fmt, ...)
{
	struct strbuf text;
	struct error e;
	va_list ap;

	strbuf_init(&text);
	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	error_set(&e, code, "%s", text.buf);
	if (hint != NULL)
		error_hint(&e, "%s", hint);
	strbuf_finish(&text);
	request_fail(rq, &e);
}

void
client_send(struct client *c, const json_t *message)
{
	conn_send(c->conn, message);
}

/* ---- requests ---- */

/* 1: it was done before and has been answered; 0: new. */
static int
check_repeated(struct request *rq, struct error *e)
{
	char *args, *answer;
	json_t *value;
	int known;

	if (rq->method->kind == METHOD_READ)
		return 0;
	rq->request_id = xstrdup_or_null(arg_string(rq, "request_id"));
	json_object_del(rq->args, "request_id");
	if (rq->request_id == NULL || strlen(rq->request_id) > 64)
		return error_set(e, ERROR_USAGE,
			"'%s' needs a request_id, a UUID of the client",
			rq->method->name);
	args = json_dumps(rq->args, JSON_COMPACT | JSON_SORT_KEYS);
	digest_hex(args, strlen(args), rq->args_digest);
	free(args);
	known = store_request_find(rq->en->store, rq->uid, rq->request_id,
		rq->method->name, rq->args_digest, &answer, e);
	if (known != 1)
		return known;
	value = json_loads(answer, JSON_DECODE_ANY, NULL);
	free(answer);
	request_answer(rq, "result", value == NULL ? json_null() : value);
	return 1;
}

static bool
is_same_act_open(const struct request *rq)
{
	const struct clients *cs = rq->en->clients;
	size_t i;

	for (i = 0; i < cs->open_count; i++) {
		const struct request *other = cs->open[i];

		if (other != rq && other->request_id != NULL &&
			rq->request_id != NULL && other->uid == rq->uid &&
			strcmp(other->request_id, rq->request_id) == 0)
			return true;
	}
	return false;
}

static void
request_run(struct request *rq, const char *name)
{
	struct error e;
	int repeated;

	rq->method = method_find(name);
	if (rq->method == NULL) {
		error_set(&e, ERROR_USAGE, "no method '%.60s'", name);
		error_hint(&e, "'sluice rpc --list' prints them");
		request_answer(rq, "error", error_object(&e));
		return;
	}
	if (!rq->client->greeted && strcmp(name, "hello") != 0) {
		request_refuse(rq, ERROR_PROTOCOL, NULL,
			"'hello' must be the first call");
		return;
	}
	if (request_check_permission(rq, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	repeated = check_repeated(rq, &e);
	if (repeated == 1)
		return;
	if (repeated == -1 ||
		method_check_args(rq->method, rq->args, &e) == -1 ||
		room_refuse(rq->en, rq->method->kind, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	if (is_same_act_open(rq)) {
		request_refuse(rq, ERROR_BUSY, "ask again in a moment",
			"this request is being worked on");
		return;
	}
	rq->method->handler(rq);
}

void
request_again(struct request *rq)
{
	struct error e;

	request_identify(rq);
	if (request_check_permission(rq, &e) == -1)
		request_fail(rq, &e);
	else
		rq->method->handler(rq);
}

static struct request *
request_create(struct client *c, json_t *id, const json_t *params)
{
	struct clients *cs = c->all;
	struct request *rq = xcalloc(1, sizeof(*rq));

	rq->en = cs->en;
	rq->client = c;
	rq->id = json_incref(id);
	rq->args = params == NULL ? json_object() : json_deep_copy(params);
	rq->uid = c->uid;
	rq->login_uid = c->login_uid;
	request_identify(rq);
	ARRAY_GROW(cs->open, cs->open_count, cs->open_capacity);
	cs->open[cs->open_count++] = rq;
	return rq;
}

static void
on_message(struct conn *conn, json_t *message, void *arg)
{
	struct client *c = arg;
	const char *method = json_get_string(message, "method", NULL);
	json_t *id = json_object_get(message, "id");
	json_t *params = json_object_get(message, "params");
	struct request *rq;

	if (method == NULL || id == NULL ||
		(!json_is_integer(id) && !json_is_string(id)) ||
		(params != NULL && !json_is_object(params))) {
		conn_close(conn, "a message that is not a JSON-RPC request");
		return;
	}
	rq = request_create(c, id, params);
	rq->fd_count = conn_take_fds(conn, rq->fds);
	if (strcmp(method, "hello") == 0)
		c->greeted = json_get_int(rq->args, "protocol", 0) ==
			     ENGINE_PROTOCOL;
	request_run(rq, method);
}

void
clients_ask_as(struct clients *cs, int64_t uid, const char *method,
	const json_t *params, int fd, client_answered answered, void *arg)
{
	struct client *c = xcalloc(1, sizeof(*c));
	struct request *rq;
	json_t *id = json_integer(0);

	c->all = cs;
	c->uid = uid;
	c->login_uid = LOGIN_UID_NONE;
	c->greeted = true;
	c->answered = answered;
	c->answered_arg = arg;
	rq = request_create(c, id, params);
	json_decref(id);
	if (fd != -1)
		rq->fds[rq->fd_count++] = fd;
	request_run(rq, method);
}

/* ---- connections ---- */

static void
client_forget(struct client *c)
{
	struct clients *cs = c->all;
	struct client **slot;
	size_t i;

	subscribe_forget(cs->en, c);
	for (i = 0; i < cs->answer_count; i++)
		if (cs->answers[i].client == c)
			cs->answers[i].client = NULL;
	for (i = 0; i < cs->open_count; i++)
		if (cs->open[i]->client == c)
			cs->open[i]->client = NULL;
	for (slot = &cs->list; *slot != c; slot = &(*slot)->next)
		;
	*slot = c->next;
	cs->count--;
	free(c);
}

static void
on_close(struct conn *conn, const char *reason, void *arg)
{
	struct client *c = arg;

	(void)conn;
	log_debug("client of uid %lld left: %s", (long long)c->uid, reason);
	client_forget(c);
}

static const struct conn_handler client_handler = {on_message, on_close};

static size_t
connections_of(const struct clients *cs, int64_t uid)
{
	const struct client *c;
	size_t count = 0;

	for (c = cs->list; c != NULL; c = c->next)
		count += c->uid == uid;
	return count;
}

/* The uid that logged in, whoever it became since: it stays through su and
 * sudo. Systems without audit have none. */
static int64_t
peer_login_uid(pid_t pid)
{
	char path[64], *text = NULL;
	int64_t uid = LOGIN_UID_NONE;
	struct error e;
	size_t len;

	if (pid <= 0 || access("/proc/self/loginuid", F_OK) == -1)
		return LOGIN_UID_NONE;
	snprintf(path, sizeof(path), "/proc/%ld/loginuid", (long)pid);
	if (file_read(path, 64, &text, &len, &e) == 0) {
		uid = strtoll(text, NULL, 10);
		if (uid == UINT32_MAX)
			uid = LOGIN_UID_NONE;
	} else if (kill(pid, 0) == -1 && errno == ESRCH) {
		uid = LOGIN_UID_UNKNOWN;
	}
	free(text);
	return uid;
}

static void
client_add(struct clients *cs, int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);
	struct client *c;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1 ||
		cs->count >= CLIENTS_MOST ||
		connections_of(cs, cred.uid) >= CLIENTS_PER_UID) {
		close(fd);
		return;
	}
	c = xcalloc(1, sizeof(*c));
	c->all = cs;
	c->uid = cred.uid;
	c->pid = cred.pid;
	c->login_uid = peer_login_uid(cred.pid);
	c->since_ms = clock_mono_ms(clock_real());
	c->conn = conn_create(cs->en->loop, fd, CONN_LINE_MAX, CLIENT_OUT_MAX,
		&client_handler, c);
	c->next = cs->list;
	cs->list = c;
	cs->count++;
}

/* Who connects and says nothing is not kept. */
void
clients_housekeeping(struct clients *cs)
{
	int64_t now = clock_mono_ms(clock_real());
	struct client *c;

	for (c = cs->list; c != NULL; c = c->next)
		if (!c->greeted && now - c->since_ms > CLIENT_HELLO_MS)
			conn_close(c->conn, "no hello in time");
}

static void
on_connect(uv_poll_t *poll, int status, int events)
{
	struct clients *cs = poll->data;
	int fd, i;

	(void)status;
	(void)events;
	for (i = 0; i < 64; i++) {
		fd = accept4(cs->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd == -1)
			return;
		client_add(cs, fd);
	}
}

int
clients_use_settings(struct clients *cs, struct error *e)
{
	mode_t mode = cs->en->settings->has_people ? 0666 : 0600;

	if (chmod(cs->en->socket_path, mode) == -1)
		return error_set_errno(e, errno, "cannot set the mode of '%s'",
			cs->en->socket_path);
	return 0;
}

static int
listen_at(const char *path, struct error *e)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof(addr.sun_path)) {
		error_set(e, ERROR_CONFIG,
			"socket path '%s' is longer than %zu bytes", path,
			sizeof(addr.sun_path) - 1);
		return error_hint(
			e, "choose a shorter state directory, or set socket");
	}
	memcpy(addr.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return error_set_errno(e, errno, "cannot make a socket");
	/* The lock on the state directory is ours: the old socket is dead. */
	unlink(path);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == -1 ||
		chmod(path, 0600) == -1 || listen(fd, 64) == -1) {
		error_set_errno(e, errno, "cannot listen at '%s'", path);
		close(fd);
		return -1;
	}
	return fd;
}

struct clients *
clients_create(struct engine *en, struct error *e)
{
	struct clients *cs;
	int fd = listen_at(en->socket_path, e);

	if (fd == -1)
		return NULL;
	cs = xcalloc(1, sizeof(*cs));
	cs->en = en;
	cs->fd = fd;
	uv_poll_init(en->loop, &cs->listener, fd);
	cs->listener.data = cs;
	uv_poll_start(&cs->listener, UV_READABLE, on_connect);
	return cs;
}

void
clients_destroy(struct clients *cs)
{
	struct client *c;

	if (cs == NULL)
		return;
	while (cs->open_count > 0)
		request_refuse(cs->open[0], ERROR_NO_ENGINE, NULL,
			"the engine is stopping");
	clients_flush(cs);
	for (c = cs->list; c != NULL; c = c->next)
		conn_close(c->conn, "the engine stopped");
	uv_run(cs->en->loop, UV_RUN_NOWAIT);
	uv_run(cs->en->loop, UV_RUN_NOWAIT);
	unlink(cs->en->socket_path);
	uv_poll_stop(&cs->listener);
	uv_close((uv_handle_t *)&cs->listener, NULL);
	uv_run(cs->en->loop, UV_RUN_NOWAIT);
	close(cs->fd);
	free(cs->answers);
	free(cs->open);
	free(cs);
}
