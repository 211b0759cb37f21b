/*
 * fuzz_wire.c - bytes of a stranger on the engine's socket: each line is one
 * message or ends the connection, however the bytes were cut into pieces.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "wire/conn.h"
#include "wire/json.h"

#define LINE_MAX_BYTES 2048

const char fuzz_corpus[] = "wire";

struct seen {
	int messages, closed;
	size_t bytes;
};

static void
on_message(struct conn *c, json_t *message, void *arg)
{
	struct seen *seen = arg;
	char *text = json_dumps(message, JSON_COMPACT);
	json_t *again = json_loads(text, 0, NULL);
	struct error e;

	MUST(seen->closed == 0);
	MUST(json_equal(message, again));
	seen->messages++;
	seen->bytes += strlen(text);
	json_to_error(message, &e);
	json_get_int(message, "id", 0);
	json_get_string(message, "method", "");
	conn_send(c, message);
	json_decref(again);
	free(text);
}

static void
on_close(struct conn *c, const char *reason, void *arg)
{
	struct seen *seen = arg;

	(void)c;
	MUST(reason[0] != '\0');
	seen->closed++;
}

static const struct conn_handler handler = {on_message, on_close};

static void
drop_answers(int fd)
{
	char buf[4096];

	while (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) > 0)
		;
}

static struct seen
talk(uv_loop_t *loop, const uint8_t *data, size_t size, size_t step)
{
	struct seen seen = {0};
	int pair[2];

	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	conn_create(loop, pair[0], LINE_MAX_BYTES, 1 << 16, &handler, &seen);
	while (size > 0 && seen.closed == 0) {
		size_t n = size < step ? size : step;
		ssize_t put =
			send(pair[1], data, n, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (put > 0) {
			data += put;
			size -= (size_t)put;
		}
		uv_run(loop, UV_RUN_NOWAIT);
		drop_answers(pair[1]);
	}
	close(pair[1]);
	uv_run(loop, UV_RUN_DEFAULT);
	MUST(seen.closed == 1);
	return seen;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen whole, pieces;
	uv_loop_t loop;

	uv_loop_init(&loop);
	whole = talk(&loop, data, size, 65536);
	pieces = talk(&loop, data, size, 1 + size / 7);
	MUST(whole.messages == pieces.messages || size > LINE_MAX_BYTES);
	MUST(uv_loop_close(&loop) == 0);
	return 0;
}
