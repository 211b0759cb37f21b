/*
 * local.c - the host program as a child of the pusher: a directory of this
 * machine stands for the host's "/". For the demo and first steps.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transports/host_program.h"
#include "transports/pusher.h"

#define READ_BYTES (64 * 1024)

struct link {
	uv_process_t process;
	uv_poll_t poll;
	uv_timer_t opener;
	int fd;
	int handles; /* not yet closed by libuv */
	bool was_spawned, is_running, wants_to_write;
	struct error error; /* why it could not be started */
	const struct link_handler *handler;
	void *arg;
};

static void on_poll(uv_poll_t *poll, int status, int events);

static void
link_free(uv_handle_t *handle)
{
	struct link *l = handle->data;

	if (--l->handles > 0)
		return;
	free(l);
}

static void
on_end(uv_process_t *process, int64_t status, int signal)
{
	struct link *l = process->data;

	(void)status;
	(void)signal;
	l->is_running = false;
	uv_close((uv_handle_t *)process, link_free);
}

static void
watch(struct link *l)
{
	uv_poll_start(&l->poll,
		UV_READABLE | (l->wants_to_write ? UV_WRITABLE : 0), on_poll);
}

static void
read_some(struct link *l)
{
	char buf[READ_BYTES];
	ssize_t got = read(l->fd, buf, sizeof(buf));
	struct error e;

	if (got > 0) {
		l->handler->on_data(l->arg, buf, (size_t)got);
		return;
	}
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	uv_poll_stop(&l->poll);
	error_set(&e, ERROR_UNREACHABLE, "the host program ended");
	l->handler->on_close(l->arg, LINK_CLOSED, &e);
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
	read_some(l);
}

static void
on_opener(uv_timer_t *timer)
{
	struct link *l = timer->data;

	if (l->error.code != ERROR_NONE)
		l->handler->on_close(l->arg, LINK_UNREACHABLE, &l->error);
	else
		l->handler->on_open(
			l->arg, &(struct link_facts){"", "local", ""});
}

/* As a login would give it: nothing of the engine's own environment. */
static char **
make_environment(void)
{
	static const char *const names[] = {"PATH", "HOME", "USER", "LOGNAME",
		"SHELL", "LANG", "LC_ALL", "TZ", "TMPDIR"};
	char **env = xcalloc(ARRAY_SIZE(names) + 1, sizeof(*env));
	size_t i, count = 0;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (getenv(names[i]) != NULL)
			env[count++] = xasprintf(
				"%s=%s", names[i], getenv(names[i]));
	return env;
}

static int
spawn(uv_loop_t *loop, struct link *l, int child_fd)
{
	static char sh[] = "/bin/sh";
	char *args[] = {sh, NULL};
	uv_stdio_container_t stdio[3] = {
		{.flags = UV_INHERIT_FD, .data.fd = child_fd},
		{.flags = UV_INHERIT_FD, .data.fd = child_fd},
		{.flags = UV_IGNORE},
	};
	uv_process_options_t options = {
		.exit_cb = on_end,
		.file = sh,
		.args = args,
		.flags = UV_PROCESS_DETACHED,
		.stdio = stdio,
		.stdio_count = 3,
	};
	char **env = make_environment();
	size_t i;
	int rc;

	options.env = env;
	options.cwd = getenv("HOME");
	rc = uv_spawn(loop, &l->process, &options);
	for (i = 0; env[i] != NULL; i++)
		free(env[i]);
	free(env);
	return rc;
}

static struct link *
local_open(struct pusher *p, const struct host *host,
	const struct link_handler *h, void *arg)
{
	struct link *l = xcalloc(1, sizeof(*l));
	int pair[2] = {-1, -1}, rc;

	(void)host;
	l->handler = h;
	l->arg = arg;
	l->process.data = l->poll.data = l->opener.data = l;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
		rc = -errno;
	} else {
		rc = spawn(p->loop, l, pair[1]);
		l->was_spawned = true;
		l->is_running = rc == 0;
		close(pair[1]);
		l->handles++;
	}
	l->fd = pair[0];
	if (l->is_running) {
		fcntl(l->fd, F_SETFL, O_NONBLOCK);
		uv_poll_init(p->loop, &l->poll, l->fd);
		l->handles++;
		watch(l);
	} else {
		error_set(&l->error, ERROR_UNREACHABLE,
			"cannot start /bin/sh: %s", uv_strerror(rc));
	}
	uv_timer_init(p->loop, &l->opener);
	l->handles++;
	uv_timer_start(&l->opener, on_opener, 0, 0);
	return l;
}

static size_t
local_write(struct link *l, const void *data, size_t len)
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
local_close(struct link *l)
{
	if (l->error.code == ERROR_NONE)
		uv_close((uv_handle_t *)&l->poll, link_free);
	if (l->fd >= 0)
		close(l->fd);
	if (l->is_running)
		uv_process_kill(&l->process, SIGTERM);
	else if (l->was_spawned && !uv_is_closing((uv_handle_t *)&l->process))
		uv_close((uv_handle_t *)&l->process, link_free);
	uv_close((uv_handle_t *)&l->opener, link_free);
}

static const struct link_ops local_link = {
	.open = local_open,
	.write = local_write,
	.close = local_close,
};

const struct transport transport_local = {
	.name = "local",
	.link = &local_link,
};
