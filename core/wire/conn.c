/* conn.c - JSON lines and descriptors over a socket, in a libuv loop. */
#include "wire/conn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Descriptors that go out with the byte at this offset of the stream. */
struct conn_outfds {
	uint64_t offset;
	int fds[CONN_FDS_MAX];
	size_t count;
};

struct conn {
	uv_poll_t poll;
	uv_idle_t closer;
	int fd;
	size_t line_max, out_max;
	const struct conn_handler *handler;
	void *arg;
	struct strbuf in, out;
	size_t scanned; /* bytes of in without a newline */
	uint64_t received, sent;
	int fds[CONN_FDS_MAX];
	size_t fd_count;
	struct conn_outfds *outfds;
	size_t outfds_count, outfds_capacity;
	bool closing;
	int handles; /* not yet closed by libuv */
	char reason[160];
};

static void
set_cloexec_nonblock(int fd)
{
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static void
conn_free(uv_handle_t *handle)
{
	struct conn *c = handle->data;
	size_t i, k;

	if (--c->handles > 0)
		return;
	close(c->fd);
	for (i = 0; i < c->fd_count; i++)
		close(c->fds[i]);
	for (i = 0; i < c->outfds_count; i++)
		for (k = 0; k < c->outfds[i].count; k++)
			close(c->outfds[i].fds[k]);
	free(c->outfds);
	strbuf_finish(&c->in);
	strbuf_finish(&c->out);
	free(c);
}

/* One turn of the loop later, so that no caller loses its conn under it. */
static void
conn_closed(uv_idle_t *idle)
{
	struct conn *c = idle->data;

	uv_idle_stop(idle);
	c->handler->on_close(c, c->reason, c->arg);
	uv_close((uv_handle_t *)&c->poll, conn_free);
	uv_close((uv_handle_t *)&c->closer, conn_free);
}

static ssize_t
send_some(struct conn *c)
{
	struct iovec iov = {c->out.buf, c->out.len};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	union {
		char bytes[CMSG_SPACE(CONN_FDS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct conn_outfds *first = c->outfds_count ? &c->outfds[0] : NULL;
	ssize_t put;
	size_t i;

	if (first != NULL && first->offset > c->sent) {
		if (first->offset - c->sent < iov.iov_len)
			iov.iov_len = (size_t)(first->offset - c->sent);
	} else if (first != NULL) {
		struct cmsghdr *cmsg;

		memset(&control, 0, sizeof(control));
		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(first->count * sizeof(int));
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(first->count * sizeof(int));
		memcpy(CMSG_DATA(cmsg), first->fds, first->count * sizeof(int));
	}
	put = sendmsg(c->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (put > 0 && msg.msg_control != NULL) {
		for (i = 0; i < first->count; i++)
			close(first->fds[i]);
		c->outfds_count--;
		memmove(c->outfds, c->outfds + 1,
			c->outfds_count * sizeof(*c->outfds));
	}
	return put;
}

static void conn_poll(uv_poll_t *poll, int status, int events);

static void
conn_flush(struct conn *c)
{
	while (c->out.len > 0) {
		ssize_t put = send_some(c);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (put < 0) {
			conn_close(c, "the other side is gone");
			return;
		}
		c->sent += (uint64_t)put;
		strbuf_consume(&c->out, (size_t)put);
	}
	if (!c->closing)
		uv_poll_start(&c->poll,
			UV_READABLE | (c->out.len > 0 ? UV_WRITABLE : 0),
			conn_poll);
}

static void
take_control(struct conn *c, struct msghdr *msg)
{
	struct cmsghdr *cmsg;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg != NULL;
		cmsg = CMSG_NXTHDR(msg, cmsg)) {
		size_t count, i;
		int fd;

		if (cmsg->cmsg_level != SOL_SOCKET ||
			cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		count = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < count; i++) {
			memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof(int),
				sizeof(int));
			if (c->fd_count < CONN_FDS_MAX)
				c->fds[c->fd_count++] = fd;
			else
				close(fd);
		}
	}
}

static void
deliver_line(struct conn *c, const char *line, size_t len)
{
	json_error_t json_error;
	json_t *message;

	if (len == 0)
		return;
	message = json_loadb(
		line, len, JSON_REJECT_DUPLICATES, &json_error);
	if (!json_is_object(message))
		conn_close(c, "a message that is not a JSON object");
	else
		c->handler->on_message(c, message, c->arg);
	json_decref(message);
}

static void
deliver_lines(struct conn *c)
{
	size_t from = 0;
	char *newline;

	while (!c->closing &&
		(newline = memchr(c->in.buf + c->scanned, '\n',
			 c->in.len - c->scanned)) != NULL) {
		size_t at = (size_t)(newline - c->in.buf);

		deliver_line(c, c->in.buf + from, at - from);
		from = c->scanned = at + 1;
	}
	strbuf_consume(&c->in, from);
	c->scanned = c->in.len;
	if (c->in.len > c->line_max)
		conn_close(c, "a message longer than allowed");
}

static void
conn_read(struct conn *c)
{
	struct iovec iov = {strbuf_reserve(&c->in, 65536), 65536};
	union {
		char bytes[CMSG_SPACE(CONN_FDS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct msghdr msg = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control)};
	ssize_t got = recvmsg(c->fd, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		conn_close(c, "the other side closed the connection");
		return;
	}
	take_control(c, &msg);
	c->received += (uint64_t)got;
	c->in.len += (size_t)got;
	c->in.buf[c->in.len] = '\0';
	deliver_lines(c);
}

static void
conn_poll(uv_poll_t *poll, int status, int events)
{
	struct conn *c = poll->data;

	if (status < 0) {
		conn_close(c, "the other side is gone");
		return;
	}
	if (events & UV_WRITABLE)
		conn_flush(c);
	if ((events & UV_READABLE) && !c->closing)
		conn_read(c);
}

struct conn *
conn_create(uv_loop_t *loop, int fd, size_t line_max, size_t out_max,
	const struct conn_handler *handler, void *arg)
{
	struct conn *c = xcalloc(1, sizeof(*c));

	set_cloexec_nonblock(fd);
	c->fd = fd;
	c->line_max = line_max;
	c->out_max = out_max;
	c->handler = handler;
	c->arg = arg;
	strbuf_init(&c->in);
	strbuf_init(&c->out);
	uv_poll_init(loop, &c->poll, fd);
	uv_idle_init(loop, &c->closer);
	c->handles = 2;
	c->poll.data = c->closer.data = c;
	uv_poll_start(&c->poll, UV_READABLE, conn_poll);
	return c;
}

void
conn_send_text(struct conn *c, const char *text, size_t len)
{
	if (c->closing)
		return;
	if (c->out.len + len + 1 > c->out_max) {
		conn_close(c, "slow reader: too much was waiting to be read");
		return;
	}
	strbuf_add(&c->out, text, len);
	strbuf_addc(&c->out, '\n');
	/* Written at the next turn, many messages with one call. */
	uv_poll_start(&c->poll, UV_READABLE | UV_WRITABLE, conn_poll);
}

void
conn_send(struct conn *c, const json_t *message)
{
	char *text = json_dumps(message, JSON_COMPACT);

	assert(text != NULL);
	conn_send_text(c, text, strlen(text));
	free(text);
}

void
conn_send_fds(struct conn *c, const json_t *message, const int *fds,
	size_t count)
{
	struct conn_outfds *o;
	size_t i;

	assert(count <= CONN_FDS_MAX);
	if (count > 0 && !c->closing) {
		ARRAY_GROW(c->outfds, c->outfds_count, c->outfds_capacity);
		o = &c->outfds[c->outfds_count++];
		o->offset = c->sent + c->out.len;
		o->count = count;
		for (i = 0; i < count; i++)
			o->fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 0);
	}
	conn_send(c, message);
}

size_t
conn_take_fds(struct conn *c, int fds[CONN_FDS_MAX])
{
	size_t count = c->fd_count;

	memcpy(fds, c->fds, count * sizeof(*fds));
	c->fd_count = 0;
	return count;
}

void
conn_close(struct conn *c, const char *reason)
{
	if (c->closing)
		return;
	c->closing = true;
	snprintf(c->reason, sizeof(c->reason), "%s", reason);
	uv_poll_stop(&c->poll);
	conn_flush(c);
	uv_idle_start(&c->closer, conn_closed);
}

size_t
conn_backlog(const struct conn *c)
{
	return c->out.len;
}

uint64_t
conn_received(const struct conn *c)
{
	return c->received;
}

int
conn_fd(const struct conn *c)
{
	return c->fd;
}
