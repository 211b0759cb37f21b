/*
 * auto.c - the transport that looks for its way: a link over libssh2 (`ssh`),
 * or one through ssh(1) (`openssh`) where that is known to be needed:
 *
 *   what the host was reached by the last time (the engine remembers)
 *   what a person's ssh_config(5) says of it (asked with `ssh -G`)
 *   what came of trying `ssh`: LINK_OTHER
 *
 * The link above sees one link all the time; the way and its reason are among
 * the facts when it is open.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "transports/openssh_conf.h"
#include "transports/pusher.h"
#include "transports/ssh_config.h"

#define PRINTED_MOST_BYTES (256 * 1024)

/* A host for which `ssh` will not do, while nobody could be told yet. */
struct way {
	char *key, *reason;
	UT_hash_handle hh;
};

/* `ssh -G`: what would it do? */
struct question {
	uv_process_t process;
	uv_poll_t poll;
	struct link *link; /* NULL: nobody waits for the answer any more */
	int fd, handles;
	struct strbuf printed;
};

struct link {
	struct pusher *pusher;
	const struct host *host;
	const struct link_handler *handler;
	void *arg;
	const struct transport *way; /* NULL while we ask */
	struct link *inner;
	struct question *question;
	char *reason; /* owned, NULL for `ssh` */
};

static void on_inner_open(void *arg, const struct link_facts *facts);
static void on_inner_key(void *arg, const unsigned char *blob, size_t len);
static void on_inner_data(void *arg, const char *data, size_t len);
static void on_inner_writable(void *arg);
static void on_inner_close(
	void *arg, enum link_end end, const struct error *e);

static const struct link_handler inner_handler = {
	.on_open = on_inner_open,
	.on_key = on_inner_key,
	.on_data = on_inner_data,
	.on_writable = on_inner_writable,
	.on_close = on_inner_close,
};

static char *
key_of(const struct host *h)
{
	return xasprintf("%s\n%s\n%d\n%s", h->name, h->address, h->port,
		h->user == NULL ? "" : h->user);
}

static struct way *
way_find(struct pusher *p, const struct host *h)
{
	char *key = key_of(h);
	struct way *way;

	HASH_FIND_STR(p->ways, key, way);
	free(key);
	return way;
}

static void
way_forget(struct pusher *p, struct way *way)
{
	if (way == NULL)
		return;
	HASH_DEL(p->ways, way);
	free(way->key);
	free(way->reason);
	free(way);
}

static void
way_remember(struct pusher *p, const struct host *h, const char *reason)
{
	struct way *way;

	way_forget(p, way_find(p, h));
	way = xcalloc(1, sizeof(*way));
	way->key = key_of(h);
	way->reason = xstrdup(reason);
	HASH_ADD_KEYPTR(hh, p->ways, way->key, strlen(way->key), way);
}

void
auto_forget(struct pusher *p)
{
	struct way *way, *next;

	HASH_ITER(hh, p->ways, way, next)
		way_forget(p, way);
}

static void
begin(struct link *l, const struct transport *way, const char *reason)
{
	l->way = way;
	free(l->reason);
	l->reason = xstrdup_or_null(reason);
	l->inner = way->link->open(
		l->pusher, l->host, &inner_handler, l);
}

/* ---- what ssh_config(5) says ---- */

static void
question_free(uv_handle_t *handle)
{
	struct question *q = handle->data;

	if (--q->handles > 0)
		return;
	strbuf_finish(&q->printed);
	free(q);
}

/* False where nothing is there now. */
static bool
read_printed(struct question *q)
{
	char buf[8192];
	ssize_t got = read(q->fd, buf, sizeof(buf));

	if (got > 0 && q->printed.len < PRINTED_MOST_BYTES)
		strbuf_add(&q->printed, buf, (size_t)got);
	if (got == 0)
		uv_poll_stop(&q->poll);
	return got > 0;
}

static void
on_printed(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	(void)read_printed(poll->data);
}

static void
on_answer(uv_process_t *process, int64_t status, int signal)
{
	struct question *q = process->data;
	struct link *l = q->link;
	struct strbuf reason;

	(void)signal;
	while (read_printed(q))
		;
	strbuf_init(&reason);
	if (l != NULL) {
		l->question = NULL;
		/* Where it cannot be told, `ssh` tries first as ever. */
		if (status == 0 &&
			ssh_config_differs(q->printed.buf, l->host, &reason)) {
			strbuf_addf(&reason, " in '%s'",
				l->pusher->settings.config);
			begin(l, &transport_openssh, reason.buf);
		} else {
			begin(l, &transport_ssh, NULL);
		}
	}
	strbuf_finish(&reason);
	uv_close((uv_handle_t *)&q->poll, question_free);
	uv_close((uv_handle_t *)process, question_free);
	close(q->fd);
}

static int
question_spawn(struct question *q, const struct host *host,
	const struct openssh_master *master, int child_fd)
{
	struct pusher *p = q->link->pusher;
	char **args = openssh_args(p, host, master, "-G");
	char **env = openssh_environment(p);
	uv_stdio_container_t stdio[3] = {
		{.flags = UV_IGNORE},
		{.flags = UV_INHERIT_FD, .data.fd = child_fd},
		{.flags = UV_IGNORE},
	};
	uv_process_options_t options = {
		.exit_cb = on_answer,
		.file = args[0],
		.args = args,
		.env = env,
		.flags = UV_PROCESS_DETACHED,
		.stdio = stdio,
		.stdio_count = 3,
	};
	int rc = uv_spawn(p->loop, &q->process, &options);

	openssh_free(args);
	openssh_free(env);
	return rc;
}

/* False where it cannot be asked. */
static bool
ask(struct link *l)
{
	const struct openssh_master *master;
	struct question *q;
	struct error e;
	int pair[2], rc;

	master = openssh_master_get(l->pusher, l->host, &e);
	if (master == NULL || pipe2(pair, O_CLOEXEC) < 0)
		return false;
	q = xcalloc(1, sizeof(*q));
	strbuf_init(&q->printed);
	q->process.data = q->poll.data = q;
	q->link = l;
	q->fd = pair[0];
	q->handles = 2;
	fcntl(q->fd, F_SETFL, O_NONBLOCK);
	uv_poll_init(l->pusher->loop, &q->poll, q->fd);
	rc = question_spawn(q, l->host, master, pair[1]);
	close(pair[1]);
	if (rc == 0) {
		l->question = q;
		uv_poll_start(&q->poll, UV_READABLE, on_printed);
		return true;
	}
	uv_close((uv_handle_t *)&q->poll, question_free);
	uv_close((uv_handle_t *)&q->process, question_free);
	close(q->fd);
	return false;
}

/* ---- the link inside ---- */

static void
on_inner_open(void *arg, const struct link_facts *facts)
{
	struct link *l = arg;
	struct link_facts all = *facts;

	if (l->reason != NULL)
		all.reason = l->reason;
	/* The engine remembers from now on. */
	way_forget(l->pusher, way_find(l->pusher, l->host));
	l->handler->on_open(l->arg, &all);
}

static void
on_inner_key(void *arg, const unsigned char *blob, size_t len)
{
	struct link *l = arg;

	l->handler->on_key(l->arg, blob, len);
}

static void
on_inner_data(void *arg, const char *data, size_t len)
{
	struct link *l = arg;

	l->handler->on_data(l->arg, data, len);
}

static void
on_inner_writable(void *arg)
{
	struct link *l = arg;

	l->handler->on_writable(l->arg);
}

/* Would ssh(1) do better where `ssh` ended so? */
static bool
may_fall_back(const struct link *l, enum link_end end, const struct error *e)
{
	if (l->way != &transport_ssh)
		return false;
	if (end == LINK_OTHER)
		return true;
	return end == LINK_UNREACHABLE && e->code == ERROR_AUTH &&
		ssh_config_has_keys(l->pusher);
}

/* The reason in an error, without the address that may stand before it
 * (owned). */
static char *
reason_of(const struct link *l, const struct error *e)
{
	char *place = xasprintf("%s:%d: ", l->host->address, l->host->port);
	size_t n = strlen(place);
	char *reason = xstrdup(
		strncmp(e->text, place, n) == 0 ? e->text + n : e->text);

	free(place);
	return reason;
}

static void
on_inner_close(void *arg, enum link_end end, const struct error *e)
{
	struct link *l = arg;

	if (may_fall_back(l, end, e)) {
		char *reason = reason_of(l, e);

		l->way->link->close(l->inner);
		way_remember(l->pusher, l->host, reason);
		begin(l, &transport_openssh, reason);
		free(reason);
		return;
	}
	if (end != LINK_BUSY && end != LINK_NO_KEY)
		way_forget(l->pusher, way_find(l->pusher, l->host));
	l->handler->on_close(l->arg, end, e);
}

static struct link *
auto_open(struct pusher *p, const struct host *host,
	const struct link_handler *h, void *arg)
{
	struct link *l = xcalloc(1, sizeof(*l));
	const struct way *way = way_find(p, host);

	l->pusher = p;
	l->host = host;
	l->handler = h;
	l->arg = arg;
	if (way != NULL)
		begin(l, &transport_openssh, way->reason);
	else if (host->known != NULL && strcmp(host->known, "openssh") == 0)
		begin(l, &transport_openssh,
			host->known_reason == NULL ? "" : host->known_reason);
	else if (!ssh_config_may_concern(p, host->address) || !ask(l))
		begin(l, &transport_ssh, NULL);
	return l;
}

static size_t
auto_write(struct link *l, const void *data, size_t len)
{
	return l->way->link->write(l->inner, data, len);
}

static void
auto_close(struct link *l)
{
	if (l->question != NULL) {
		l->question->link = NULL;
		uv_process_kill(&l->question->process, SIGKILL);
	}
	if (l->way != NULL)
		l->way->link->close(l->inner);
	free(l->reason);
	free(l);
}

static const struct link_ops auto_link = {
	.open = auto_open,
	.write = auto_write,
	.close = auto_close,
};

const struct transport transport_auto = {
	.name = "auto",
	.authenticates = true,
	.link = &auto_link,
};
