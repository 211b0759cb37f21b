/*
 * bastion.c - commands beside the engine: checks of gates, and switches.
 *
 * The loop never waits: output comes by a pipe of which the last 4 KiB are
 * kept, and the end by SIGCHLD. A command is answered when it has ended and
 * its pipe is closed or was given up.
 */
#include "engine/bastion.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "engine/redact.h"
#include "engine/runner.h"
#include "wire/json.h"

#define OUTPUT_MOST 4096
/* Until a pipe that somebody else holds open is let go. */
#define GIVE_UP_MS 1000

struct command {
	struct bastion *all;
	int64_t id;
	uv_process_t process;
	uv_pipe_t pipe;
	uv_timer_t timer;
	int open; /* handles that are not closed yet */
	bool has_ended, is_read, timed_out;
	int64_t status;
	int signal;
	char output[OUTPUT_MOST + 1];
	size_t len;
	char read[OUTPUT_MOST];
	struct command *next, **slot;
};

struct bastion {
	struct engine *en;
	struct command *list;
};

struct bastion *
bastion_create(struct engine *en)
{
	struct bastion *b = xcalloc(1, sizeof(*b));

	b->en = en;
	return b;
}

static void
on_closed(uv_handle_t *handle)
{
	struct command *c = handle->data;

	if (--c->open == 0)
		free(c);
}

static void
unlink_command(struct command *c)
{
	*c->slot = c->next;
	if (c->next != NULL)
		c->next->slot = c->slot;
}

static void
close_all(struct command *c)
{
	unlink_command(c);
	uv_close((uv_handle_t *)&c->process, on_closed);
	uv_close((uv_handle_t *)&c->pipe, on_closed);
	uv_close((uv_handle_t *)&c->timer, on_closed);
}

static void
kill_all(struct command *c, int signal)
{
	if (!c->has_ended && c->process.pid > 0)
		kill(-c->process.pid, signal);
}

/* The last line that it printed says the most. */
static char *
last_line(const struct command *c)
{
	size_t end = c->len, start;

	while (end > 0 && strchr("\n\r ", c->output[end - 1]) != NULL)
		end--;
	for (start = end; start > 0 && c->output[start - 1] != '\n'; start--)
		;
	return redactor_apply(
		c->all->en->redactor, c->output + start, end - start);
}

static void
answer(struct command *c)
{
	struct runner *rn = c->all->en->runner;
	struct engine *en = c->all->en;
	bool ok = !c->timed_out && c->status == 0 && c->signal == 0;
	char *line = last_line(c), *words, *output;
	int64_t id = c->id;
	struct strbuf safe;

	if (c->timed_out)
		words = xasprintf("it did not end in time");
	else if (c->signal != 0)
		words = xasprintf("it was killed by signal %d", c->signal);
	else
		words = xasprintf("it exited %lld%s%.160s",
			(long long)c->status, *line == '\0' ? "" : ": ", line);
	strbuf_init(&safe);
	text_add_printable(&safe, words, strlen(words));
	output = xstrndup(c->output, c->len);
	close_all(c);
	runner_command_done(rn, id, ok, safe.buf, output);
	engine_wake(en);
	strbuf_finish(&safe);
	free(output);
	free(words);
	free(line);
}

static void
keep(struct command *c, const char *bytes, size_t len)
{
	if (len > OUTPUT_MOST) {
		bytes += len - OUTPUT_MOST;
		len = OUTPUT_MOST;
	}
	if (c->len + len > OUTPUT_MOST) {
		size_t gone = c->len + len - OUTPUT_MOST;

		memmove(c->output, c->output + gone, c->len - gone);
		c->len -= gone;
	}
	memcpy(c->output + c->len, bytes, len);
	c->len += len;
	c->output[c->len] = '\0';
}

/* Ended, and all that it printed is there. */
static void
look(struct command *c)
{
	if (c->has_ended && c->is_read)
		answer(c);
}

static void
on_given_up(uv_timer_t *timer)
{
	struct command *c = timer->data;

	c->is_read = true;
	look(c);
}

static void
on_ended(uv_process_t *process, int64_t status, int signal)
{
	struct command *c = process->data;

	/* What it left behind in its session goes with it. */
	kill(-process->pid, SIGKILL);
	c->has_ended = true;
	c->status = status;
	c->signal = signal;
	uv_timer_start(&c->timer, on_given_up, GIVE_UP_MS, 0);
	look(c);
}

static void
on_room(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
	struct command *c = handle->data;

	(void)size;
	*buf = uv_buf_init(c->read, sizeof(c->read));
}

static void
on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct command *c = stream->data;

	if (n > 0)
		keep(c, buf->base, (size_t)n);
	if (n >= 0)
		return;
	uv_read_stop(stream);
	c->is_read = true;
	look(c);
}

static void
on_timeout(uv_timer_t *timer)
{
	struct command *c = timer->data;

	c->timed_out = true;
	kill_all(c, SIGKILL);
}

/* ---- start ---- */

/* The engine's own environment but for what it was told, then env. */
static char **
environment(const json_t *env)
{
	extern char **environ;
	struct strings list = {0};
	const char *name;
	json_t *value;
	size_t i;

	for (i = 0; environ[i] != NULL; i++)
		if (strncmp(environ[i], "SLUICE_", 7) != 0)
			strings_add(&list, environ[i]);
	json_object_foreach((json_t *)(uintptr_t)env, name, value)
	{
		char *pair = xasprintf("%s=%s", name, json_string_value(value));

		strings_add(&list, pair);
		free(pair);
	}
	list.items = xrealloc(
		list.items, list.count + 1, sizeof(*list.items));
	list.items[list.count] = NULL;
	return list.items;
}

static void
environment_free(char **env)
{
	size_t i;

	for (i = 0; env[i] != NULL; i++)
		free(env[i]);
	free(env);
}

static int
spawn(struct command *c, const char *text, const json_t *env)
{
	char *copy = xstrdup(text), sh[] = "/bin/sh", minus_c[] = "-c";
	char *args[] = {sh, minus_c, copy, NULL};
	uv_process_options_t options = {0};
	uv_stdio_container_t stdio[3];
	int result;

	stdio[0].flags = UV_IGNORE;
	stdio[1].flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
	stdio[1].data.stream = (uv_stream_t *)&c->pipe;
	stdio[2].flags = UV_IGNORE;
	options.file = sh;
	options.args = args;
	options.env = environment(env);
	options.flags = UV_PROCESS_DETACHED;
	options.stdio = stdio;
	options.stdio_count = 3;
	options.exit_cb = on_ended;
	result = uv_spawn(c->all->en->loop, &c->process, &options);
	environment_free(options.env);
	free(copy);
	return result;
}

void
bastion_run(struct bastion *b, int64_t id, json_t *args, int64_t timeout_ms)
{
	struct command *c = xcalloc(1, sizeof(*c));
	int result;

	c->all = b;
	c->id = id;
	c->open = 3;
	c->process.data = c->pipe.data = c->timer.data = c;
	uv_pipe_init(b->en->loop, &c->pipe, 0);
	uv_timer_init(b->en->loop, &c->timer);
	c->next = b->list;
	c->slot = &b->list;
	if (c->next != NULL)
		c->next->slot = &c->next;
	b->list = c;
	result = spawn(c, json_get_string(args, "run", ""),
		json_object_get(args, "env"));
	json_decref(args);
	if (result != 0) {
		/* Answered from the loop, as everything is. */
		c->has_ended = true;
		c->status = 127;
		keep(c, uv_strerror(result), strlen(uv_strerror(result)));
		uv_timer_start(&c->timer, on_given_up, 0, 0);
		return;
	}
	uv_read_start((uv_stream_t *)&c->pipe, on_room, on_read);
	uv_timer_start(&c->timer, on_timeout, (uint64_t)timeout_ms, 0);
}

void
bastion_destroy(struct bastion *b)
{
	if (b == NULL)
		return;
	while (b->list != NULL) {
		kill_all(b->list, SIGKILL);
		close_all(b->list);
	}
	uv_run(b->en->loop, UV_RUN_NOWAIT);
	free(b);
}
