/* replay.c - a corpus and its alterations, one test a file (TAP). */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"
#include "base/file.h"
#include "tests/fuzz/fuzz.h"

#define ALTERATIONS 400
#define SIZE_MAX_BYTES (1 << 20)

static const char *const pieces[] = {"\"", "\\", "\n", "(", ")", "{", "}", "[",
	"]", ";", "=", "@include \"x\"", "99999999999", "-1", "0", "%", "..",
	"/", "[1-99999]", "{label.x}", "{host}", "!", "&", "|", "\xff", "\x01",
	"\xe2\x80\xae", "  ", "wave 1 hosts 1\n", "\\x00", "/*", "#"};

/* xorshift: the same alterations every time. */
static uint32_t
next(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static size_t
below(uint32_t *state, size_t limit)
{
	return limit == 0 ? 0 : next(state) % limit;
}

/* One small change: a byte, a piece dropped, doubled or put in. */
static void
alter(struct strbuf *sb, uint32_t *state)
{
	size_t at = below(state, sb->len), len = below(state, sb->len - at);
	const char *piece = pieces[below(state, ARRAY_SIZE(pieces))];
	struct strbuf out;

	if (sb->len == 0)
		return;
	len = len > 64 ? 64 : len;
	strbuf_init(&out);
	strbuf_add(&out, sb->buf, at);
	switch (below(state, 4)) {
	case 0:
		strbuf_addc(&out, (char)next(state));
		strbuf_add(&out, sb->buf + at + 1, sb->len - at - 1);
		break;
	case 1:
		strbuf_add(&out, sb->buf + at + len, sb->len - at - len);
		break;
	case 2:
		strbuf_add(&out, sb->buf + at, len);
		strbuf_add(&out, sb->buf + at, sb->len - at);
		break;
	default:
		strbuf_adds(&out, piece);
		strbuf_add(&out, sb->buf + at, sb->len - at);
		break;
	}
	strbuf_finish(sb);
	*sb = out;
}

static void
feed(const char *data, size_t len)
{
	/* A copy of its very size, so that a read past the end is seen. */
	uint8_t *copy = xcalloc(len == 0 ? 1 : len, 1);

	memcpy(copy, data, len);
	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

static void
replay(const char *data, size_t len)
{
	uint32_t state = 2463534242u;
	int i;

	feed(data, len);
	for (i = 0; i < ALTERATIONS; i++) {
		struct strbuf sb;
		size_t times = 1 + below(&state, 4);

		strbuf_init(&sb);
		strbuf_add(&sb, data, len);
		while (times-- > 0)
			alter(&sb, &state);
		feed(sb.buf, sb.len);
		strbuf_finish(&sb);
	}
}

/* In a process of its own: a crash is one failed test. */
static bool
replay_file(const char *path)
{
	struct error e;
	int status;
	size_t len;
	char *data;
	pid_t pid;

	if (file_read(path, SIZE_MAX_BYTES, &data, &len, &e) == -1) {
		printf("# %s\n", e.text);
		return false;
	}
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		alarm(120);
		replay(data, len);
		free(data);
		exit(0);
	}
	free(data);
	return pid != -1 && waitpid(pid, &status, 0) == pid && status == 0;
}

static int
not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int
main(void)
{
	const char *source = getenv("top_srcdir");
	char *base = path_join(source == NULL ? "." : source, "tests/fuzz");
	char *dir = path_join(base, fuzz_corpus);
	struct dirent **list;
	int count = scandir(dir, &list, not_hidden, alphasort), i, failed = 0;

	if (count <= 0) {
		printf("Bail out! no corpus in %s\n", dir);
		return 99;
	}
	printf("1..%d\n", count);
	for (i = 0; i < count; i++) {
		char *path = path_join(dir, list[i]->d_name);
		bool ok = replay_file(path);

		failed += !ok;
		printf("%sok %d - %s/%s and %d alterations\n", ok ? "" : "not ",
			i + 1, fuzz_corpus, list[i]->d_name, ALTERATIONS);
		free(path);
		free(list[i]);
	}
	free(list);
	free(dir);
	free(base);
	return failed != 0;
}
