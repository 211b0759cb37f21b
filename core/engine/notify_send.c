/*
 * notify_send.c - one attempt to tell somebody: a command that gets the
 * notice on its standard input, or a POST to an address that stands in a
 * file. The address is a secret: it is read for each attempt, and no error of
 * libcurl that might repeat it is kept.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/notify.h"
#include "engine/web.h"

#define SAID_MOST 512
#define URL_MOST 8192

struct sender {
	struct engine *en;
	struct web *web;
	void (*ended)(void *arg, const char *error);
	struct sending *list;
};

struct sending {
	struct sender *sender;
	void *arg;
	char *body;
	/* a command */
	uv_process_t process;
	uv_pipe_t in, out;
	uv_write_t write;
	uv_timer_t timer;
	int open;	 /* handles that are not closed */
	bool is_process; /* else a POST */
	bool has_exited, is_late, is_refused;
	int64_t exit_status;
	int signal;
	char said[SAID_MOST];
	size_t said_len;
	char buf[SAID_MOST];
	/* a POST */
	CURL *easy;
	struct curl_slist *headers;
	struct sending *next, **slot;
};

static void
sending_free(struct sending *s)
{
	*s->slot = s->next;
	if (s->next != NULL)
		s->next->slot = s->slot;
	curl_slist_free_all(s->headers);
	free(s->body);
	free(s);
}

static struct sending *
sending_create(struct sender *sender, const char *body, void *arg)
{
	struct sending *s = xcalloc(1, sizeof(*s));

	s->sender = sender;
	s->arg = arg;
	s->body = xasprintf("%s\n", body);
	s->next = sender->list;
	s->slot = &sender->list;
	if (s->next != NULL)
		s->next->slot = &s->next;
	sender->list = s;
	return s;
}

/* ---- a command ---- */

static void
on_closed(uv_handle_t *handle)
{
	struct sending *s = handle->data;
	char error[SAID_MOST + 80] = "";

	if (--s->open > 0)
		return;
	while (s->said_len > 0 && s->said[s->said_len - 1] == '\n')
		s->said_len--;
	if (s->is_refused)
		snprintf(error, sizeof(error), "%.*s", (int)s->said_len,
			s->said);
	else if (s->is_late)
		snprintf(error, sizeof(error), "it took too long");
	else if (s->signal != 0)
		snprintf(error, sizeof(error), "it was killed by signal %d",
			s->signal);
	else if (s->exit_status != 0)
		snprintf(error, sizeof(error), "exit status %d%s%.*s",
			(int)s->exit_status, s->said_len > 0 ? ": " : "",
			(int)s->said_len, s->said);
	s->sender->ended(s->arg, error[0] == '\0' ? NULL : error);
	sending_free(s);
}

static void
close_all(struct sending *s)
{
	uv_handle_t *const handles[] = {(uv_handle_t *)&s->process,
		(uv_handle_t *)&s->in, (uv_handle_t *)&s->out,
		(uv_handle_t *)&s->timer};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(handles); i++)
		if (!uv_is_closing(handles[i]))
			uv_close(handles[i], on_closed);
}

static void
on_exited(uv_process_t *process, int64_t status, int signal)
{
	struct sending *s = process->data;

	s->has_exited = true;
	s->exit_status = status;
	s->signal = signal;
	/* What it started and left running holds nobody up. */
	kill(-process->pid, SIGKILL);
	close_all(s);
}

static void
on_late(uv_timer_t *timer)
{
	struct sending *s = timer->data;

	s->is_late = true;
	kill(-s->process.pid, SIGKILL);
}

static void
give_buffer(uv_handle_t *handle, size_t size, uv_buf_t *ret)
{
	struct sending *s = handle->data;

	(void)size;
	*ret = uv_buf_init(s->buf, sizeof(s->buf));
}

/* The first that it says is kept; the rest is read and forgotten. */
static void
on_said(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
	struct sending *s = stream->data;
	size_t take;

	if (len <= 0)
		return;
	take = sizeof(s->said) - s->said_len;
	take = (size_t)len < take ? (size_t)len : take;
	memcpy(s->said + s->said_len, buf->base, take);
	s->said_len += take;
}

static void
on_written(uv_write_t *write, int status)
{
	struct sending *s = write->data;

	(void)status; /* who does not read it may still be content */
	if (!uv_is_closing((uv_handle_t *)&s->in))
		uv_close((uv_handle_t *)&s->in, on_closed);
}

static int
spawn(struct sending *s, const char *command)
{
	char *args[] = {(char *)(uintptr_t) "/bin/sh",
		(char *)(uintptr_t) "-c", (char *)(uintptr_t)command, NULL};
	uv_stdio_container_t stdio[2] = {
		{.flags = UV_CREATE_PIPE | UV_READABLE_PIPE,
			.data.stream = (uv_stream_t *)&s->in},
		{.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE,
			.data.stream = (uv_stream_t *)&s->out}};
	uv_process_options_t options = {.exit_cb = on_exited,
		.file = args[0],
		.args = args,
		.cwd = "/",
		.flags = UV_PROCESS_DETACHED, /* a group of its own */
		.stdio = stdio,
		.stdio_count = 2};

	return uv_spawn(s->sender->en->loop, &s->process, &options);
}

static void
run(struct sender *sender, const struct notify_entry *to, const char *body,
	void *arg)
{
	struct sending *s = sending_create(sender, body, arg);
	/* Both of its outputs are one: what it says is for people. */
	char *command = xasprintf("exec 2>&1\n%s", to->run);
	uv_loop_t *loop = sender->en->loop;
	uv_buf_t buf = uv_buf_init(s->body, (unsigned)strlen(s->body));
	int code;

	s->is_process = true;
	s->open = 4;
	uv_pipe_init(loop, &s->in, 0);
	uv_pipe_init(loop, &s->out, 0);
	uv_timer_init(loop, &s->timer);
	s->process.data = s->in.data = s->out.data = s->timer.data = s;
	s->write.data = s;
	code = spawn(s, command);
	free(command);
	if (code != 0) {
		s->is_refused = true;
		s->said_len = (size_t)snprintf(s->said, sizeof(s->said),
			"cannot start /bin/sh: %s", uv_strerror(code));
		close_all(s);
		return;
	}
	uv_timer_start(&s->timer, on_late, (uint64_t)to->timeout_ms, 0);
	uv_read_start((uv_stream_t *)&s->out, give_buffer, on_said);
	if (uv_write(&s->write, (uv_stream_t *)&s->in, &buf, 1, on_written) !=
		0)
		uv_close((uv_handle_t *)&s->in, on_closed);
}

/* ---- a POST ---- */

static size_t
on_body(char *data, size_t size, size_t count, void *arg)
{
	(void)data;
	(void)arg;
	return size * count;
}

static void
on_ended(CURL *easy, CURLcode code, void *arg)
{
	struct sender *sender = arg;
	struct sending *s;
	char error[160] = "";
	long status = 0;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &s);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	/* Nothing but libcurl's fixed words: they do not hold the address. */
	if (code != CURLE_OK)
		snprintf(error, sizeof(error), "%s", curl_easy_strerror(code));
	else if (status < 200 || status > 299)
		snprintf(error, sizeof(error), "answered %ld", status);
	web_remove(sender->web, easy);
	curl_easy_cleanup(easy);
	sender->ended(s->arg, error[0] == '\0' ? NULL : error);
	sending_free(s);
}

/* The first line of the file (owned); NULL and why not. */
static char *
read_url(const char *path, char *error, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char buf[URL_MOST];
	struct stat st;
	ssize_t len;

	if (fd == -1 || fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		snprintf(error, size, "the file cannot be read: %s",
			fd == -1 ? strerror(errno) : "it is no regular file");
		if (fd != -1)
			close(fd);
		return NULL;
	}
	len = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (len < 0)
		len = 0;
	buf[len] = '\0';
	buf[strcspn(buf, "\r\n")] = '\0';
	if (st.st_mode & (S_IROTH | S_IWGRP | S_IWOTH)) {
		snprintf(error, size,
			"others may read or write the file (mode %03o), "
			"expected 0600 or 0640: its address is a secret",
			(unsigned)st.st_mode & 0777);
		return NULL;
	}
	if (strncmp(buf, "http://", 7) != 0 &&
		strncmp(buf, "https://", 8) != 0) {
		snprintf(error, size,
			"the first line of the file is no address, expected "
			"https://...");
		return NULL;
	}
	return xstrdup(buf);
}

static void
on_refused(uv_timer_t *timer)
{
	uv_close((uv_handle_t *)timer, on_closed);
}

/* Answered later, like everything else. */
static void
refuse(struct sending *s, const char *error)
{
	s->open = 1;
	s->is_refused = true;
	s->said_len = (size_t)snprintf(s->said, sizeof(s->said), "%s", error);
	uv_timer_init(s->sender->en->loop, &s->timer);
	s->timer.data = s;
	uv_timer_start(&s->timer, on_refused, 0, 0);
}

static void
post(struct sender *sender, const struct notify_entry *to, const char *body,
	void *arg)
{
	struct sending *s = sending_create(sender, body, arg);
	char error[200], *url = read_url(to->url_file, error, sizeof(error));

	if (url == NULL) {
		refuse(s, error);
		return;
	}
	s->easy = curl_easy_init();
	s->headers = curl_slist_append(NULL, "Content-Type: application/json");
	curl_easy_setopt(s->easy, CURLOPT_URL, url);
	curl_easy_setopt(s->easy, CURLOPT_PRIVATE, s);
	curl_easy_setopt(s->easy, CURLOPT_POSTFIELDS, s->body);
	curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, s->headers);
	curl_easy_setopt(
		s->easy, CURLOPT_TIMEOUT_MS, (long)to->timeout_ms);
	curl_easy_setopt(s->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(s->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(s->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(s->easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(s->easy, CURLOPT_USERAGENT, "sluice");
	free(url);
	web_add(sender->web, s->easy);
}

/* ---- both ---- */

void
sender_send(struct sender *s, const struct notify_entry *to, const char *body,
	void *arg)
{
	if (to->run != NULL)
		run(s, to, body, arg);
	else
		post(s, to, body, arg);
}

struct sender *
sender_create(struct engine *en, void (*ended)(void *arg, const char *error),
	uv_loop_t *loop)
{
	struct sender *s = xcalloc(1, sizeof(*s));

	s->en = en;
	s->ended = ended;
	s->web = web_create(loop, on_ended, s);
	return s;
}

void
sender_destroy(struct sender *s)
{
	struct sending *it, *next;

	for (it = s->list; it != NULL; it = next) {
		next = it->next;
		if (it->easy != NULL) {
			web_remove(s->web, it->easy);
			curl_easy_cleanup(it->easy);
			s->ended(it->arg, "the engine ended");
			sending_free(it);
		} else if (it->is_process && it->process.pid > 0 &&
			   !it->has_exited) {
			kill(-it->process.pid, SIGKILL);
			close_all(it);
		}
	}
	while (s->list != NULL)
		uv_run(s->en->loop, UV_RUN_ONCE);
	web_destroy(s->web);
	free(s);
}
