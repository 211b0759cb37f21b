/* ssh_agent.c - the ssh agent. */
#include "transports/ssh_agent.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define ANSWER_MAX_BYTES (256 * 1024)
#define PATIENCE_SECONDS 10

int
ssh_agent_open(int *ret_fd, struct error *e)
{
	const char *path = getenv("SSH_AUTH_SOCK");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
	int fd;

	if (path == NULL || *path == '\0')
		return error_set(e, ERROR_NO_KEY, "there is no ssh agent");
	if (strlen(path) >= sizeof(address.sun_path))
		return error_set(e, ERROR_NO_KEY,
			"the path of the ssh agent is too long");
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_set_errno(e, errno, "no socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		close(fd);
		return error_set(e, ERROR_NO_KEY,
			"the ssh agent at '%s' does not answer", path);
	}
	*ret_fd = fd;
	return 0;
}

static int
send_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t put = send(fd, data, len, MSG_NOSIGNAL);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return -1;
		data += put;
		len -= (size_t)put;
	}
	return 0;
}

static int
receive_all(int fd, char *data, size_t len)
{
	while (len > 0) {
		ssize_t got = recv(fd, data, len, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -1;
		data += got;
		len -= (size_t)got;
	}
	return 0;
}

int
ssh_agent_ask(int fd, const struct strbuf *request, struct strbuf *answer,
	struct error *e)
{
	struct strbuf framed;
	struct ssh_reader head;
	unsigned char length[4];
	uint32_t len;
	int result;

	strbuf_init(&framed);
	ssh_add_string(&framed, request->buf, request->len);
	result = send_all(fd, framed.buf, framed.len);
	strbuf_finish(&framed);
	if (result < 0 || receive_all(fd, (char *)length, 4) < 0)
		return error_set(e, ERROR_NO_KEY, "the ssh agent went away");
	head = (struct ssh_reader){.at = length, .left = 4};
	len = ssh_read_u32(&head);
	if (len == 0 || len > ANSWER_MAX_BYTES)
		return error_set(e, ERROR_NO_KEY,
			"the ssh agent does not speak its protocol");
	strbuf_clear(answer);
	if (receive_all(fd, strbuf_reserve(answer, len), len) < 0)
		return error_set(e, ERROR_NO_KEY, "the ssh agent went away");
	answer->len = len;
	answer->buf[len] = '\0';
	return 0;
}
