/* keygen.c - ssh-keygen -Y as a child of the engine, a few at once. */
#include "engine/keygen.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

#define AT_ONCE 4
#define TIMEOUT_MS 10000
#define WORDS_MOST 4096
#define ARGS_MOST 16
/* A large artefact is read whole; slower than this would be too slow. */
#define BYTES_PER_MS 10000

enum { FD_MESSAGE, FD_WORDS, FD_SIGNERS, FD_SIGNATURE, FD_COUNT };

struct ask {
	struct keygen *kg;
	int fds[FD_COUNT];
	char *namespace, *principal, *at;
	enum keygen_kind kind;
	int64_t timeout_ms;
	keygen_answer answer;
	void *arg;
	uv_process_t process;
	uv_timer_t timer;
	bool runs, timed_out;
	int spawned; /* 0, or why it could not be begun */
	int status; /* its exit code, -1: a signal ended it */
	struct ask *next;
};

struct keygen {
	uv_loop_t *loop;
	struct ask *asks; /* first come, first served; those that run first */
	int running;
};

static void run_next(struct keygen *kg);

/* ---- life of a question ---- */

static void
ask_free(struct ask *a)
{
	int i;

	for (i = 0; i < FD_COUNT; i++)
		if (a->fds[i] != -1)
			close(a->fds[i]);
	free(a->namespace);
	free(a->principal);
	free(a->at);
	free(a);
}

static void
on_timer_closed(uv_handle_t *handle)
{
	ask_free(handle->data);
}

static void
on_process_closed(uv_handle_t *handle)
{
	struct ask *a = handle->data;

	uv_close((uv_handle_t *)&a->timer, on_timer_closed);
}

/* Frees it once nothing of it is open. */
static void
ask_close(struct ask *a)
{
	if (a->runs)
		uv_close((uv_handle_t *)&a->process, on_process_closed);
	else
		uv_close((uv_handle_t *)&a->timer, on_timer_closed);
}

/* ---- what it said ---- */

/* The last line says what is wrong, without the name of its file. */
static char *
last_words(const char *words)
{
	struct strbuf out;
	const char *line = "", *p;
	size_t len;

	for (p = words; *p != '\0'; p += len + (p[len] == '\n')) {
		len = strcspn(p, "\n");
		if (len > 1 && strncmp(p, "Could not verify", 16) != 0)
			line = p;
	}
	if (strncmp(line, "/dev/fd/", 8) == 0 && strchr(line + 8, ':') != NULL)
		line = strchr(line + 8, ':') + 1;
	len = strcspn(line, "\r\n");
	strbuf_init(&out);
	text_add_printable(&out, line, len);
	return strbuf_detach(&out);
}

/* Of "Good ... with ED25519 key SHA256:..." the key; of principals, one a
 * line, the first. */
static bool
find_answer(const struct ask *a, const char *words, char *ret, size_t size)
{
	const char *at = strstr(words, " key SHA256:");

	if (a->kind == KEYGEN_WHOSE) {
		snprintf(ret, size, "%.*s", (int)strcspn(words, "\r\n"),
			words);
		return *ret != '\0' && text_is_utf8(ret, strlen(ret));
	}
	if (strncmp(words, "Good ", 5) != 0 || at == NULL)
		return false;
	at += 5;
	snprintf(ret, size, "%.*s", (int)strcspn(at, " \r\n"), at);
	return true;
}

static void
explain(const struct ask *a, const char *words, struct error *e)
{
	char *said = last_words(words);

	if (a->timed_out)
		error_set(e, ERROR_TIMEOUT,
			"ssh-keygen did not answer within %lld seconds",
			(long long)a->timeout_ms / 1000);
	else if (a->spawned != 0)
		error_set(e, ERROR_FAILED, "cannot run ssh-keygen: %s",
			uv_strerror(a->spawned));
	else if (a->status != 255 && a->status != 0)
		error_set(e, ERROR_FAILED, "ssh-keygen ended unexpectedly");
	else if (strstr(words, "namespace does not match") != NULL)
		error_set(e, ERROR_SIGNATURE,
			"it was not made for '%s' (ssh-keygen -n)",
			a->namespace);
	else if (strstr(words, "incorrect signature") != NULL)
		error_set(e, ERROR_SIGNATURE,
			"it is not of these bytes, or it was altered");
	else if (*said == '\0' && a->kind == KEYGEN_VERIFY)
		error_set(e, ERROR_SIGNATURE,
			"its key is not among the allowed signers as '%s'",
			a->principal);
	else if (*said == '\0' || strstr(said, "No principal matched") != NULL)
		error_set(e, ERROR_SIGNATURE,
			"its key is not among the allowed signers");
	else
		error_set(e, ERROR_SIGNATURE, "ssh-keygen says: %.200s", said);
	free(said);
}

static void
ask_answer(struct ask *a)
{
	char words[WORDS_MOST + 1], found[256] = "";
	struct error e;
	ssize_t got = pread(a->fds[FD_WORDS], words, WORDS_MOST, 0);
	bool ok;

	words[got > 0 ? got : 0] = '\0';
	error_clear(&e);
	ok = a->spawned == 0 && !a->timed_out && a->status == 0 &&
	     find_answer(a, words, found, sizeof(found));
	if (!ok)
		explain(a, words, &e);
	a->answer(ok ? 0 : -1, found, &e, a->arg);
}

static void
ask_end(struct ask *a)
{
	struct keygen *kg = a->kg;
	struct ask **slot;

	for (slot = &kg->asks; *slot != a; slot = &(*slot)->next)
		;
	*slot = a->next;
	kg->running--;
	ask_answer(a);
	ask_close(a);
	run_next(kg);
}

static void
on_end(uv_process_t *process, int64_t status, int signal_number)
{
	struct ask *a = process->data;

	/* One that was forgotten meanwhile is not asked about any more. */
	if (uv_is_closing((uv_handle_t *)process))
		return;
	a->status = signal_number != 0 ? -1 : (int)status;
	ask_end(a);
}

/* It took too long, or it could not be begun at all. */
static void
on_timer(uv_timer_t *timer)
{
	struct ask *a = timer->data;

	if (a->spawned != 0) {
		ask_end(a);
		return;
	}
	a->timed_out = true;
	uv_process_kill(&a->process, SIGKILL);
}

/* ---- running it ---- */

static void
list_arguments(struct ask *a, const char *args[ARGS_MOST])
{
	static const char *const verbs[KEYGEN_KIND_COUNT] = {
		"verify", "check-novalidate", "find-principals"};
	size_t n = 0;

	args[n++] = "ssh-keygen";
	args[n++] = "-Y";
	args[n++] = verbs[a->kind];
	args[n++] = "-s";
	args[n++] = "/dev/fd/4";
	if (a->kind != KEYGEN_WHOSE) {
		args[n++] = "-n";
		args[n++] = a->namespace;
	}
	if (a->kind != KEYGEN_MATCH) {
		args[n++] = "-f";
		args[n++] = "/dev/fd/3";
		args[n++] = a->at;
	}
	if (a->kind == KEYGEN_VERIFY) {
		args[n++] = "-I";
		args[n++] = a->principal;
	}
	args[n] = NULL;
}

/* 0, or why it could not be begun. */
static int
spawn(struct ask *a)
{
	static const int order[] = {
		FD_MESSAGE, FD_WORDS, FD_WORDS, FD_SIGNERS, FD_SIGNATURE};
	uv_stdio_container_t stdio[ARRAY_SIZE(order)];
	uv_process_options_t options = {0};
	const char *args[ARGS_MOST];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(order); i++) {
		stdio[i].flags = UV_INHERIT_FD;
		stdio[i].data.fd = a->fds[order[i]];
	}
	list_arguments(a, args);
	options.file = args[0];
	options.args = (char **)(uintptr_t)args;
	options.cwd = "/";
	options.stdio = stdio;
	options.stdio_count = ARRAY_SIZE(order);
	options.exit_cb = on_end;
	return uv_spawn(a->kg->loop, &a->process, &options);
}

static void
run_next(struct keygen *kg)
{
	struct ask *a;

	for (a = kg->asks; a != NULL && kg->running < AT_ONCE; a = a->next) {
		if (a->runs)
			continue;
		a->runs = true;
		kg->running++;
		a->spawned = spawn(a);
		uv_timer_start(&a->timer, on_timer,
			a->spawned == 0 ? (uint64_t)a->timeout_ms : 0, 0);
	}
}

/* ---- asking ---- */

/* A file in memory that holds these bytes; -1: the system gives none. */
static int
memory_file(const void *data, size_t len)
{
	int fd = memfd_create("sluice", MFD_CLOEXEC);

	if (fd != -1 && file_write_all(fd, data, len, "memory", NULL) == -1) {
		close(fd);
		return -1;
	}
	if (fd != -1)
		lseek(fd, 0, SEEK_SET);
	return fd;
}

void
keygen_ask(struct keygen *kg, const struct keygen_question *q,
	keygen_answer answer, void *arg)
{
	const char *signers = q->signers == NULL ? "" : q->signers;
	struct ask *a = xcalloc(1, sizeof(*a)), **slot;
	time_t at = (time_t)q->at;
	char text[40] = "";
	struct tm tm;

	if (gmtime_r(&at, &tm) != NULL)
		strftime(text, sizeof(text), "%Y%m%d%H%M%SZ", &tm);
	a->kg = kg;
	a->answer = answer;
	a->arg = arg;
	a->kind = q->kind;
	a->namespace = xstrdup(q->namespace);
	a->principal = xstrdup(q->principal == NULL ? "" : q->principal);
	a->at = xasprintf("-Overify-time=%s", text);
	a->timeout_ms = TIMEOUT_MS + q->message_bytes / BYTES_PER_MS;
	a->fds[FD_MESSAGE] = q->message == NULL
				     ? q->message_fd
				     : memory_file(q->message, q->message_len);
	a->fds[FD_WORDS] = memory_file("", 0);
	a->fds[FD_SIGNERS] = memory_file(signers, strlen(signers));
	a->fds[FD_SIGNATURE] = memory_file(q->signature, strlen(q->signature));
	uv_timer_init(kg->loop, &a->timer);
	a->process.data = a->timer.data = a;
	for (slot = &kg->asks; *slot != NULL; slot = &(*slot)->next)
		;
	*slot = a;
	run_next(kg);
}

struct keygen *
keygen_create(uv_loop_t *loop)
{
	struct keygen *kg = xcalloc(1, sizeof(*kg));

	kg->loop = loop;
	return kg;
}

void
keygen_destroy(struct keygen *kg)
{
	struct ask *a;

	if (kg == NULL)
		return;
	kg->running = AT_ONCE; /* nothing new begins */
	while ((a = kg->asks) != NULL) {
		if (a->runs && a->spawned == 0)
			uv_process_kill(&a->process, SIGKILL);
		kg->asks = a->next;
		ask_close(a);
	}
	uv_run(kg->loop, UV_RUN_NOWAIT);
	free(kg);
}
