/* ssh_tcp.c - the way to a socket. */
#include "transports/ssh_tcp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define USER_TIMEOUT_MS 30000

struct ssh_tcp {
	uv_getaddrinfo_t request;
	const char *address;
	int port;
	ssh_tcp_done done; /* NULL: forgotten */
	void *arg;
};

static void
set_options(int fd)
{
	int on = 1, idle = 15, every = 5, times = 4;
	unsigned user_ms = USER_TIMEOUT_MS;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every, sizeof(every));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &times, sizeof(times));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_ms,
		sizeof(user_ms));
}

static void
begin(const struct ssh_tcp *tcp, const struct sockaddr *address,
	socklen_t len)
{
	struct error e;
	int fd = socket(address->sa_family,
		SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		error_set_errno(&e, errno, "no socket");
		tcp->done(tcp->arg, -1, &e);
		return;
	}
	set_options(fd);
	if (connect(fd, address, len) < 0 && errno != EINPROGRESS) {
		error_set(&e, ERROR_UNREACHABLE, "%s:%d: %s", tcp->address,
			tcp->port, strerror(errno));
		close(fd);
		fd = -1;
	}
	tcp->done(tcp->arg, fd, &e);
}

static void
on_resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *found)
{
	struct ssh_tcp *tcp = request->data;
	struct error e;

	if (tcp->done != NULL && status == 0) {
		begin(tcp, found->ai_addr, found->ai_addrlen);
	} else if (tcp->done != NULL) {
		error_set(&e, ERROR_UNREACHABLE,
			"the address '%s' is not known: %s", tcp->address,
			uv_strerror(status));
		tcp->done(tcp->arg, -1, &e);
	}
	uv_freeaddrinfo(found);
	free(tcp);
}

static struct ssh_tcp *
look_up(uv_loop_t *loop, const struct ssh_tcp *what)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct ssh_tcp *tcp = xcalloc(1, sizeof(*tcp));
	struct error e;
	char port[16];
	int rc;

	*tcp = *what;
	tcp->request.data = tcp;
	snprintf(port, sizeof(port), "%d", tcp->port);
	rc = uv_getaddrinfo(loop, &tcp->request, on_resolved, tcp->address,
		port, &hints);
	if (rc == 0)
		return tcp;
	free(tcp);
	error_set(&e, ERROR_UNREACHABLE, "the address '%s': %s",
		what->address, uv_strerror(rc));
	what->done(what->arg, -1, &e);
	return NULL;
}

struct ssh_tcp *
ssh_tcp_start(uv_loop_t *loop, const char *address, int port,
	ssh_tcp_done done, void *arg)
{
	const struct ssh_tcp what = {.address = address,
		.port = port,
		.done = done,
		.arg = arg};
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (uv_ip4_addr(address, port, &v4) == 0)
		begin(&what, (struct sockaddr *)&v4, sizeof(v4));
	else if (uv_ip6_addr(address, port, &v6) == 0)
		begin(&what, (struct sockaddr *)&v6, sizeof(v6));
	else
		return look_up(loop, &what);
	return NULL;
}

void
ssh_tcp_forget(struct ssh_tcp *tcp)
{
	if (tcp == NULL)
		return;
	tcp->done = NULL;
	uv_cancel((uv_req_t *)&tcp->request);
}

int
ssh_tcp_send(int fd, struct strbuf *out, size_t *used)
{
	while (*used < out->len) {
		ssize_t put = send(fd, out->buf + *used, out->len - *used,
			MSG_NOSIGNAL | MSG_DONTWAIT);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return errno == EAGAIN ? 0 : -1;
		*used += (size_t)put;
	}
	strbuf_clear(out);
	*used = 0;
	return 0;
}
