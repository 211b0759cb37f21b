/*
 * openssh.c - a link through the system's ssh(1): for servers and keys that
 * libssh2 cannot deal with. It is a child with a socket as its standard input
 * and output; what it writes to standard error tells how far it got
 * (openssh_says.h). What became of a job is told by the framed results alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "base/known_hosts.h"
#include "transports/openssh_conf.h"
#include "transports/openssh_says.h"
#include "transports/pusher.h"
#include "transports/ssh_config.h"
#include "transports/ssh_keys.h"

#define READ_BYTES (64 * 1024)
#define KEY_MOST_BYTES (64 * 1024)
#define SSH_FAILED 255
#define LAST_WORDS_MS 5000

struct link {
	struct pusher *pusher;
	const struct host *host;
	const struct link_handler *handler;
	void *arg;
	struct openssh_master *master; /* borrowed, NULL before the start */
	uv_process_t process;
	uv_poll_t poll, errors;
	uv_timer_t timer; /* connect time-out, then the end */
	int fd, errors_fd;
	int handles; /* not yet closed by libuv */
	bool was_spawned, is_running, is_open, is_over, is_closed;
	bool has_data, has_ended, wants_to_write;
	struct openssh_says says;
	enum link_end end;
	struct error error;
};

static void on_poll(uv_poll_t *poll, int status, int events);

static void
link_free(uv_handle_t *handle)
{
	struct link *l = handle->data;

	if (--l->handles > 0)
		return;
	openssh_says_finish(&l->says);
	free(l);
}

static void
say_end(uv_timer_t *timer)
{
	struct link *l = timer->data;

	l->handler->on_close(l->arg, l->end, &l->error);
}

/* It is over; the owner hears of it at the next turn of the loop. */
static void
finish(struct link *l, enum link_end end)
{
	if (l->is_over || l->is_closed)
		return;
	l->is_over = true;
	l->end = end;
	if (l->was_spawned) {
		uv_poll_stop(&l->poll);
		uv_poll_stop(&l->errors);
	}
	uv_timer_start(&l->timer, say_end, 0, 0);
}

static void
on_timeout(uv_timer_t *timer)
{
	struct link *l = timer->data;

	error_set(&l->error, ERROR_UNREACHABLE,
		"%s:%d: no login by ssh within %lld ms%s%s", l->host->address,
		l->host->port,
		(long long)l->pusher->settings.connect_timeout_ms,
		l->says.text[0] == '\0' ? "" : ": ", l->says.text);
	finish(l, LINK_UNREACHABLE);
}

static void
opened(struct link *l)
{
	struct openssh_master *m = l->master;

	if (l->is_open || l->is_over || l->is_closed || l->host->wants_key)
		return;
	l->is_open = true;
	uv_timer_stop(&l->timer);
	/* Sessions that share a connection are shown no key. */
	if (l->says.fingerprint[0] != '\0')
		memcpy(m->fingerprint, l->says.fingerprint,
			sizeof(m->fingerprint));
	l->handler->on_open(l->arg,
		&(struct link_facts){m->fingerprint, "openssh", ""});
}

/* The host key was refused: say which, and what would accept it. */
static void
explain_host_key(struct link *l)
{
	const struct host *h = l->host;
	struct hostkey_set set = {0};
	int fine = -1;

	error_set(&l->error, ERROR_HOST_KEY, "%s", l->says.text);
	if (l->says.fingerprints == 0)
		return;
	if (l->says.is_proxied && l->says.fingerprints == 1) {
		error_set(&l->error, ERROR_HOST_KEY,
			"the key %s of a host on the way is not the recorded "
			"one", l->says.fingerprint);
		error_hint(&l->error, "see ProxyJump in '%s', and compare "
			"the key with that of the host", l->pusher->
			settings.config == NULL ? "" :
			l->pusher->settings.config);
		return;
	}
	if (l->pusher->hostkeys == NULL)
		l->pusher->hostkeys =
			hostkey_db_create(l->pusher->settings.known_hosts);
	if (hostkey_db_find(l->pusher->hostkeys, h->address, h->port, &set,
		    &l->error) == 0) {
		fine = hostkey_set_judge(
			&set, h->name, l->says.fingerprint, &l->error);
		hostkey_set_finish(&set);
	}
	if (fine == 0)
		error_set(&l->error, ERROR_HOST_KEY,
			"ssh does not accept the host key %s: %s",
			l->says.fingerprint, l->says.text);
	l->error.code = ERROR_HOST_KEY;
}

static enum link_end
explain_denied(struct link *l)
{
	struct error e;

	/* Nothing was denied where there is nothing to show. */
	if (ssh_keys_refresh(l->pusher, &e) < 0 &&
		!ssh_config_has_keys(l->pusher)) {
		l->error = e;
		return LINK_NO_KEY;
	}
	error_set(&l->error, ERROR_AUTH, "%s", l->says.text);
	error_hint(&l->error,
		"the public key of one of ours belongs into "
		"~/.ssh/authorized_keys of that user on the host");
	return LINK_UNREACHABLE;
}

/* ssh ended before the program was started. */
static enum link_end
explain(struct link *l, int64_t status)
{
	const char *text = l->says.text;

	switch (l->says.verdict) {
	case OPENSSH_HOST_KEY:
		explain_host_key(l);
		return LINK_UNREACHABLE;
	case OPENSSH_DENIED:
		return explain_denied(l);
	case OPENSSH_CONFIG:
		error_set(&l->error, ERROR_CONFIG, "ssh: %s", text);
		return LINK_UNREACHABLE;
	case OPENSSH_BUSY:
		error_set(&l->error, ERROR_UNREACHABLE, "%s", text);
		return LINK_BUSY;
	case OPENSSH_GONE:
	case OPENSSH_SILENT:
	case OPENSSH_VERDICT_COUNT:
		break;
	}
	if (*text != '\0')
		error_set(&l->error, ERROR_UNREACHABLE, "%s", text);
	else
		error_set(&l->error, ERROR_UNREACHABLE,
			"%s:%d: ssh ended with status %lld", l->host->address,
			l->host->port, (long long)status);
	return LINK_UNREACHABLE;
}

/* Hands out the key that ssh has seen; false where it has seen none. */
static bool
show_key(struct link *l)
{
	char *path = openssh_key_file(l->master), *text = NULL;
	struct known_key key;
	bool has_key = false;
	size_t len;

	if (file_read(path, KEY_MOST_BYTES, &text, &len, NULL) == 0) {
		text[strcspn(text, "\n")] = '\0';
		has_key = known_key_parse(text, &key);
	}
	unlink(path);
	free(path);
	free(text);
	if (!has_key)
		return false;
	l->handler->on_key(l->arg, key.blob, key.blob_len);
	known_key_finish(&key);
	return true;
}

/* Nothing more is to come. */
static void
conclude(struct link *l, int64_t status)
{
	if (l->is_over || l->is_closed ||
		(l->host->wants_key && show_key(l)))
		return;
	if (!l->is_open) {
		finish(l, explain(l, status));
		return;
	}
	/* A shell that refuses may say so on its standard error. */
	if (!l->has_data && l->says.text[0] != '\0') {
		l->handler->on_data(
			l->arg, l->says.text, strlen(l->says.text));
		if (l->is_closed)
			return;
	}
	if (status == SSH_FAILED) {
		error_set(&l->error, ERROR_UNREACHABLE,
			"%s:%d: the link was lost%s%s", l->host->address,
			l->host->port, l->says.text[0] == '\0' ? "" : ": ",
			l->says.text);
		finish(l, LINK_LOST);
		return;
	}
	error_set(&l->error, ERROR_UNREACHABLE,
		"%s:%d: the host ended the program", l->host->address,
		l->host->port);
	finish(l, LINK_CLOSED);
}

/* False where nothing is there now. */
static bool
read_errors(struct link *l)
{
	char buf[4096];
	ssize_t got = read(l->errors_fd, buf, sizeof(buf));

	if (got > 0) {
		openssh_says_add(&l->says, buf, (size_t)got);
		return true;
	}
	if (got == 0 && !l->is_closed)
		uv_poll_stop(&l->errors);
	return false;
}

static void
on_errors(uv_poll_t *poll, int status, int events)
{
	struct link *l = poll->data;

	(void)status;
	(void)events;
	(void)read_errors(l);
	if (l->says.is_open)
		opened(l);
}

static void
too_long(uv_timer_t *timer)
{
	struct link *l = timer->data;

	conclude(l, 0);
}

static bool
read_data(struct link *l)
{
	char buf[READ_BYTES];
	ssize_t got = read(l->fd, buf, sizeof(buf));

	if (got > 0) {
		opened(l);
		l->has_data = true;
		if (!l->is_closed)
			l->handler->on_data(l->arg, buf, (size_t)got);
		return !l->is_closed && !l->is_over;
	}
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	uv_poll_stop(&l->poll);
	if (!l->has_ended && l->is_open)
		uv_timer_start(&l->timer, too_long, LAST_WORDS_MS, 0);
	l->has_ended = true;
	return false;
}

static void
watch(struct link *l)
{
	if (!l->has_ended && !l->is_over)
		uv_poll_start(&l->poll,
			UV_READABLE | (l->wants_to_write ? UV_WRITABLE : 0),
			on_poll);
}

static void
on_poll(uv_poll_t *poll, int status, int events)
{
	struct link *l = poll->data;

	if (status >= 0 && (events & UV_WRITABLE) && l->wants_to_write) {
		l->wants_to_write = false;
		watch(l);
		l->handler->on_writable(l->arg);
		/* One callback a turn: it may have closed the link. */
		return;
	}
	(void)read_data(l);
}

static void
on_exit_of_ssh(uv_process_t *process, int64_t status, int signal)
{
	struct link *l = process->data;

	l->is_running = false;
	uv_close((uv_handle_t *)process, link_free);
	if (l->is_closed || l->is_over)
		return;
	while (read_errors(l))
		;
	if (l->says.is_open)
		opened(l);
	while (!l->is_closed && !l->has_ended && read_data(l))
		;
	conclude(l, signal != 0 ? SSH_FAILED : status);
}

static int
spawn(struct link *l, int child_fd, int child_errors)
{
	uv_stdio_container_t stdio[3] = {
		{.flags = UV_INHERIT_FD, .data.fd = child_fd},
		{.flags = UV_INHERIT_FD, .data.fd = child_fd},
		{.flags = UV_INHERIT_FD, .data.fd = child_errors},
	};
	char **args = l->host->wants_key
		? openssh_key_args(l->pusher, l->host, l->master)
		: openssh_args(l->pusher, l->host, l->master, "-T");
	char **env = openssh_environment(l->pusher);
	uv_process_options_t options = {
		.exit_cb = on_exit_of_ssh,
		.file = args[0],
		.args = args,
		.env = env,
		.flags = UV_PROCESS_DETACHED,
		.stdio = stdio,
		.stdio_count = 3,
	};
	int rc = uv_spawn(l->pusher->loop, &l->process, &options);

	openssh_free(args);
	openssh_free(env);
	l->was_spawned = true;
	l->is_running = rc == 0;
	l->handles++;
	return rc;
}

static void
start_watching(struct link *l)
{
	fcntl(l->fd, F_SETFL, O_NONBLOCK);
	fcntl(l->errors_fd, F_SETFL, O_NONBLOCK);
	uv_poll_init(l->pusher->loop, &l->poll, l->fd);
	uv_poll_init(l->pusher->loop, &l->errors, l->errors_fd);
	l->handles += 2;
	watch(l);
	uv_poll_start(&l->errors, UV_READABLE, on_errors);
}

static int
start(struct link *l)
{
	int data[2] = {-1, -1}, errors[2] = {-1, -1}, rc;

	l->master = openssh_master_get(l->pusher, l->host, &l->error);
	if (l->master == NULL)
		return -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, data) < 0)
		return error_set_errno(&l->error, errno, "no socket");
	l->fd = data[0];
	if (pipe2(errors, O_CLOEXEC) < 0) {
		close(data[1]);
		return error_set_errno(&l->error, errno, "no pipe");
	}
	l->errors_fd = errors[0];
	rc = spawn(l, data[1], errors[1]);
	close(data[1]);
	close(errors[1]);
	start_watching(l);
	if (rc == 0)
		return 0;
	error_set(&l->error, ERROR_UNREACHABLE, "cannot start ssh: %s",
		uv_strerror(rc));
	return error_hint(&l->error, "install the OpenSSH client");
}

static struct link *
openssh_open(struct pusher *p, const struct host *host,
	const struct link_handler *h, void *arg)
{
	struct link *l = xcalloc(1, sizeof(*l));

	l->pusher = p;
	l->host = host;
	l->handler = h;
	l->arg = arg;
	l->fd = l->errors_fd = -1;
	openssh_says_init(&l->says);
	l->process.data = l->poll.data = l->errors.data = l->timer.data = l;
	uv_timer_init(p->loop, &l->timer);
	l->handles = 1;
	uv_timer_start(&l->timer, on_timeout,
		(uint64_t)p->settings.connect_timeout_ms, 0);
	if (start(l) < 0)
		finish(l, LINK_UNREACHABLE);
	return l;
}

static size_t
openssh_write(struct link *l, const void *data, size_t len)
{
	ssize_t put = send(l->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (put > 0)
		return (size_t)put;
	if (put < 0 && errno != EAGAIN && errno != EINTR)
		return 0; /* the end is about to be read */
	l->wants_to_write = true;
	watch(l);
	return 0;
}

static void
openssh_close(struct link *l)
{
	l->is_closed = true;
	if (l->was_spawned) {
		uv_close((uv_handle_t *)&l->poll, link_free);
		uv_close((uv_handle_t *)&l->errors, link_free);
	}
	if (l->is_running)
		uv_process_kill(&l->process, SIGTERM);
	else if (l->was_spawned && !uv_is_closing((uv_handle_t *)&l->process))
		uv_close((uv_handle_t *)&l->process, link_free);
	if (l->fd >= 0)
		close(l->fd);
	if (l->errors_fd >= 0)
		close(l->errors_fd);
	uv_close((uv_handle_t *)&l->timer, link_free);
}

static const struct link_ops openssh_link = {
	.open = openssh_open,
	.write = openssh_write,
	.close = openssh_close,
};

const struct transport transport_openssh = {
	.name = "openssh",
	.authenticates = true,
	.link = &openssh_link,
};
