/* line_engine.c - the engine's process and its configuration. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"
#include "tui/line.h"
#include "tui/program.h"
#include "tui/where.h"
#include "wire/json.h"

#define START_TRIES 100
#define START_EVERY_MS 100
#define PATIENCE_MS 1500 /* before a person is told what is waited for */

/* Prints the status of the engine that runs now. */
static int
print_status(struct line *l)
{
	struct error e;
	json_t *o;

	if (line_ask(l, "engine.status", NULL, &o, &e) == -1)
		return line_fail(l, &e);
	if (!l->quiet || l->json)
		line_print_object(l, &view_engine, o);
	json_decref(o);
	return 0;
}

int
line_engine_status(struct line *l)
{
	l->where.may_start = false;
	return print_status(l);
}

/* Whether somebody answers here already: 1, 0, or -1 with an error. */
static int
is_running(const struct where *w, struct error *e)
{
	struct ucred peer;
	int fd;

	if (where_connect(w, &fd, &peer, e) == 0) {
		close(fd);
		return 1;
	}
	return e->code == ERROR_NO_ENGINE && access(w->socket, F_OK) == 0 &&
			       access(w->socket, W_OK) == -1
		       ? -1
		       : 0;
}

static int
start_engine(struct line *l, struct error *e)
{
	struct where w;
	int running, result = -1;

	if (where_find(&w, &l->where, e) == -1)
		return -1;
	running = is_running(&w, e);
	if (running == 1)
		line_say(l, "the engine runs already");
	if (running == 0 && where_check_start(&w, e) == 0)
		result = where_start(&w, e);
	else if (running == 1)
		result = 0;
	where_finish(&w);
	return result;
}

int
line_engine_start(struct line *l)
{
	struct error e;

	if (start_engine(l, &e) == -1)
		return line_fail(l, &e);
	l->where.may_start = false;
	return print_status(l);
}

int
line_engine_run(struct line *l)
{
	const char *argv[WHERE_ARGV_MAX];
	struct where w;
	struct error e;
	char *program;

	if (where_find(&w, &l->where, &e) == -1)
		return line_fail(l, &e);
	program = where_check_start(&w, &e) == 0 ? program_find("sluiced", &e)
						 : NULL;
	if (program == NULL) {
		where_finish(&w);
		return line_fail(l, &e);
	}
	where_argv(&w, program, NULL, argv);
	fflush(stdout);
	execv(program, (char *const *)(uintptr_t)argv);
	error_set_errno(&e, errno, "cannot run '%s'", program);
	free(program);
	where_finish(&w);
	return line_fail(l, &e);
}

/* Waits until the process is gone. pidfd -1: it is gone already. */
static void
wait_until_gone(struct line *l, int pidfd)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};
	int timeout = PATIENCE_MS;

	while (pidfd != -1 && poll(&p, 1, timeout) <= 0) {
		if (errno == EINTR || timeout == -1)
			continue;
		if (l->can_ask && !l->quiet)
			fprintf(stderr,
				"waiting for the steps in flight to end\n");
		timeout = -1;
	}
}

static json_t *
stop_params(bool restart, bool yes)
{
	return json_pack("{s:b, s:b}", "restart", restart, "yes", yes);
}

/* Asks the engine to stop; a person may be asked in turn. */
static int
ask_to_stop(struct line *l, bool restart, json_t **ret_o, struct error *e)
{
	if (line_ask(l, "engine.stop", stop_params(restart, l->yes), ret_o,
		    e) == 0)
		return 0;
	if (e->code != ERROR_CONFIRM || !l->can_ask || l->json ||
		!line_confirm(l, "stop", e->text))
		return -1;
	return line_ask(l, "engine.stop", stop_params(restart, true), ret_o, e);
}

/* Stops the engine and waits until its process is gone. */
static int
stop_engine(struct line *l, bool restart, json_t **ret_o, struct error *e)
{
	int pidfd;

	l->where.may_start = false;
	if (line_open(l, e) == -1)
		return -1;
	pidfd = (int)syscall(
		SYS_pidfd_open, client_engine_pid(l->client), 0U);
	if (ask_to_stop(l, restart, ret_o, e) == -1) {
		if (pidfd != -1)
			close(pidfd);
		return -1;
	}
	line_close(l);
	wait_until_gone(l, pidfd);
	if (pidfd != -1)
		close(pidfd);
	return 0;
}

int
line_engine_stop(struct line *l)
{
	struct error e;
	json_t *o;

	if (stop_engine(l, false, &o, &e) == -1)
		return line_fail(l, &e);
	if (l->json)
		line_print_json(o);
	line_say(l, "the engine has stopped");
	json_decref(o);
	return 0;
}

/* Whether another than this user starts it: systemd, on a shared machine. */
static bool
is_started_by_others(const struct where *w)
{
	struct stat st;

	return w->is_shared ||
	       (w->has_people && (stat(w->state, &st) == -1 ||
					 st.st_uid != geteuid()));
}

static int
wait_for_others(const struct where *w, struct error *e)
{
	int tries;

	for (tries = 0; tries < START_TRIES; tries++) {
		if (is_running(w, e) == 1)
			return 0;
		poll(NULL, 0, START_EVERY_MS);
	}
	error_set(e, ERROR_NO_ENGINE, "the engine stopped and did not start "
				      "again");
	return error_hint(e, "start it: systemctl start sluice");
}

static int
start_again(struct line *l, struct error *e)
{
	struct where w;
	int result;

	if (where_find(&w, &l->where, e) == -1)
		return -1;
	result = is_started_by_others(&w) ? wait_for_others(&w, e)
					  : start_engine(l, e);
	where_finish(&w);
	return result;
}

int
line_engine_restart(struct line *l)
{
	struct error e;
	json_t *o = NULL;

	if (stop_engine(l, true, &o, &e) == -1 && e.code != ERROR_NO_ENGINE)
		return line_fail(l, &e);
	json_decref(o);
	if (start_again(l, &e) == -1)
		return line_fail(l, &e);
	return print_status(l);
}

/* What the check said, as an object or as an error. */
static int
print_check_json(const char *path, const char *words, int status)
{
	json_t *lines = json_array(), *o;
	const char *p = words;
	size_t len;

	for (; *p != '\0'; p += len + (p[len] == '\n')) {
		len = strcspn(p, "\n");
		json_array_append_new(lines, json_stringn(p, len));
	}
	if (status == 0)
		o = json_pack("{s:b, s:o, s:o}", "ok", true, "path",
			json_text(path), "lines", lines);
	else
		o = json_pack("{s:{s:s, s:o, s:s, s:o}}", "error", "code",
			"config", "message", json_text(words), "hint",
			"correct the file and check again", "lines", lines);
	line_print_json(o);
	json_decref(o);
	return status;
}

int
line_config_check(struct line *l)
{
	const char *file = args_get(&l->args, "FILE");
	char *path, *program, *words = NULL;
	struct error e;
	int status;

	if (file != NULL)
		path = path_absolute(file);
	else if (where_find_config(&l->where, &path, &e) == -1)
		return line_fail(l, &e);
	program = program_find("sluiced", &e);
	if (program == NULL) {
		free(path);
		return line_fail(l, &e);
	}
	const char *argv[] = {program, "--check-config", path, NULL};
	if (l->json) {
		status = program_capture(argv, &words);
		status = print_check_json(path, words, status);
	} else {
		status = program_run(argv);
	}
	free(words);
	free(program);
	free(path);
	return status;
}

int
line_config_reload(struct line *l)
{
	const json_t *problem;
	struct error e;
	json_t *o;
	size_t i;

	if (line_ask(l, "config.reload", NULL, &o, &e) == -1)
		return line_fail(l, &e);
	if (l->json)
		line_print_json(o);
	json_array_foreach(json_object_get(o, "problems"), i, problem)
		line_say(l, "%s: warning: %s",
			json_get_string(problem, "where", ""),
			json_get_string(problem, "text", ""));
	line_say(l, "%s %s, digest %.12s", json_get_string(o, "path", ""),
		json_get_bool(o, "changed", true)
			? "is in use now"
			: "is as it was, and in use",
		json_get_string(o, "digest", ""));
	json_decref(o);
	return 0;
}

int
line_config_show(struct line *l)
{
	struct error e;
	json_t *o;

	if (line_ask(l, "config.show", NULL, &o, &e) == -1)
		return line_fail(l, &e);
	if (l->json) {
		line_print_json(o);
	} else {
		line_say(l, "# %s, digest %.12s",
			json_get_string(o, "path", ""),
			json_get_string(o, "digest", ""));
		line_say(l, "%s", json_get_string(o, "text", ""));
	}
	json_decref(o);
	return 0;
}
