/*
 * main.c - sluiced: the engine's command line and its life as a process.
 *
 *   sluiced [--config FILE] [--state DIR] [--background] [--debug]
 *   sluiced --check-config FILE
 *   sluiced [--config FILE] [--state DIR] --restore FILE
 *   sluiced [--config FILE] [--state DIR] --demo-history
 *
 * In the background it is detached: a session of its own, standard streams to
 * its log, and the starter is told when it answers or why it does not.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/file.h"
#include "base/log.h"
#include "engine/history.h"
#include "engine/life.h"
#include "engine/restore_main.h"

#define CLOSING_TURNS 10
#define HISTORY_DAYS 90

/* systemd starts it again; see sluice.service. */
#define EXIT_RESTART 75

struct options {
	const char *config, *state, *check, *restore;
	bool background, debug, version, help, history;
};

static const struct option long_options[] = {
	{"config", required_argument, NULL, 'c'},
	{"state", required_argument, NULL, 's'},
	{"background", no_argument, NULL, 'b'},
	{"check-config", required_argument, NULL, 'k'},
	{"restore", required_argument, NULL, 'r'},
	{"demo-history", no_argument, NULL, 'y'},
	{"debug", no_argument, NULL, 'd'},
	{"version", no_argument, NULL, 'v'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static const char usage[] =
	"usage: sluiced [--config FILE] [--state DIR] [--background] "
	"[--debug]\n"
	"       sluiced --check-config FILE\n"
	"       sluiced [--config FILE] [--state DIR] --restore FILE\n"
	"       sluiced [--config FILE] [--state DIR] --demo-history\n"
	"\n"
	"The engine of sluice. It is normally started by sluice itself, or by\n"
	"systemd on a shared bastion; see sluiced(8).\n";

static int
parse_options(int argc, char **argv, struct options *o)
{
	int c;

	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (c) {
		case 'c':
			o->config = optarg;
			break;
		case 's':
			o->state = optarg;
			break;
		case 'b':
			o->background = true;
			break;
		case 'k':
			o->check = optarg;
			break;
		case 'r':
			o->restore = optarg;
			break;
		case 'y':
			o->history = true;
			break;
		case 'd':
			o->debug = true;
			break;
		case 'v':
			o->version = true;
			break;
		case 'h':
			o->help = true;
			break;
		default:
			return -1;
		}
	}
	return optind == argc ? 0 : -1;
}

/* ---- where things are (interface.md section 1) ---- */

static char *
find_config(const char *given)
{
	const char *xdg = getenv("XDG_CONFIG_HOME");
	const char *env = getenv("SLUICE_CONFIG");
	char *path;

	if (given != NULL)
		return path_absolute(given);
	if (env != NULL && *env != '\0')
		return path_absolute(env);
	if (file_exists("sluice.conf"))
		return path_absolute("sluice.conf");
	path = xdg != NULL && *xdg == '/'
		       ? path_join(xdg, "sluice/sluice.conf")
		       : path_expand_home("~/.config/sluice/sluice.conf");
	if (file_exists(path))
		return path;
	free(path);
	return file_exists("/etc/sluice/sluice.conf")
		       ? xstrdup("/etc/sluice/sluice.conf")
		       : NULL;
}

/* A relative path of the configuration is relative to its file. */
static char *
path_beside(const char *file, const char *path)
{
	char *whole, *result;

	if (*path == '/' || file == NULL || strrchr(file, '/') == NULL)
		return path_absolute(path);
	whole = xasprintf("%.*s/%s", (int)(strrchr(file, '/') - file), file,
		path);
	result = path_absolute(whole);
	free(whole);
	return result;
}

static char *
find_state(const char *given, const struct settings *s)
{
	const char *xdg = getenv("XDG_STATE_HOME");
	const char *env = getenv("SLUICE_STATE");

	if (given != NULL)
		return path_absolute(given);
	if (env != NULL && *env != '\0')
		return path_absolute(env);
	if (s->state_dir != NULL)
		return path_beside(s->path, s->state_dir);
	if (xdg != NULL && *xdg == '/')
		return path_join(xdg, "sluice");
	return path_expand_home("~/.local/state/sluice");
}

static struct settings *
load_settings(const char *path, struct error *e)
{
	struct settings_report report = {0};
	struct settings *s;
	size_t i;

	if (path != NULL && settings_check_owner(path, e) == -1)
		return NULL;
	s = settings_load(path, &report);
	for (i = 0; i < report.count; i++)
		fprintf(stderr, "%s: %s%s\n", report.items[i].where,
			report.items[i].is_warning ? "warning: " : "",
			report.items[i].text);
	settings_report_finish(&report);
	if (s == NULL) {
		error_set(e, ERROR_CONFIG, "the configuration '%s' has errors",
			path);
		error_hint(e, "mend it; sluice config check shows all of them");
	}
	return s;
}

/* ---- the process ---- */

/* One engine a state directory; the lock lives as long as the process. */
static int
lock_state(const struct engine *en, struct error *e)
{
	bool is_new = !file_exists(en->state_dir);
	char *path;
	int fd;

	if (dir_make(en->state_dir, 0711, e) == -1 ||
		dir_make(en->private_dir, 0700, e) == -1)
		return -1;
	/* The umask took it; who may connect must reach the socket. */
	if (is_new && chmod(en->state_dir, 0711) == -1)
		return error_set_errno(
			e, errno, "cannot open '%s'", en->state_dir);
	path = path_join(en->private_dir, "engine.lock");
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd == -1) {
		error_set_errno(e, errno, "cannot open '%s'", path);
		free(path);
		return -1;
	}
	free(path);
	if (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		close(fd);
		error_set(e, ERROR_BUSY,
			"another engine runs in state directory '%s'",
			en->state_dir);
		return error_hint(e, "see sluice engine status");
	}
	return 0;
}

static int
log_to_file(const struct engine *en, struct error *e)
{
	char *path = path_join(en->private_dir, "sluiced.log");
	int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	free(path);
	if (log == -1 || null == -1)
		return error_set_errno(e, errno, "cannot open the log");
	dup2(null, STDIN_FILENO);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	close(log);
	close(null);
	return 0;
}

static void
on_signal(uv_signal_t *signal, int number)
{
	struct engine *en = signal->data;
	struct settings_report report = {0};
	struct settings *s;
	size_t i;

	if (number != SIGHUP) {
		log_info("signal %d: stopping after the steps in flight",
			number);
		if (!en->stopping)
			engine_record(en, "engine", -1, "engine.stop", "",
				"by a signal", NULL);
		engine_stop(en, false);
		return;
	}
	s = settings_load(en->settings->path, &report);
	for (i = 0; i < report.count; i++)
		log_warn("%s: %s", report.items[i].where, report.items[i].text);
	settings_report_finish(&report);
	if (s != NULL)
		engine_use_settings(en, s, "engine", -1);
}

static void
watch_signals(struct engine *en, uv_signal_t signals[3])
{
	static const int numbers[3] = {SIGTERM, SIGINT, SIGHUP};
	int i;

	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < 3; i++) {
		uv_signal_init(en->loop, &signals[i]);
		signals[i].data = en;
		uv_signal_start(&signals[i], on_signal, numbers[i]);
		uv_unref((uv_handle_t *)&signals[i]);
	}
}

static void
print_error(const struct error *e)
{
	fprintf(stderr, "sluiced: %s\n", e->text);
	if (e->hint[0] != '\0')
		fprintf(stderr, "         %s\n", e->hint);
}

/* Tells the starter through fd (-1: nobody waits): "" is success. */
static void
report_to(int fd, const struct error *e)
{
	struct error ignored;

	if (fd == -1) {
		if (e != NULL)
			print_error(e);
		return;
	}
	if (e != NULL)
		file_write_all(fd, e, sizeof(*e), "pipe", &ignored);
	close(fd);
}

static int
serve(struct engine *en, int report_fd, bool background)
{
	uv_signal_t signals[3];
	struct error e;
	int i, result;

	if ((background && log_to_file(en, &e) == -1) ||
		engine_open(en, &e) == -1) {
		report_to(report_fd, &e);
		engine_close(en);
		return error_code_exit(e.code);
	}
	watch_signals(en, signals);
	log_info("serving at %s", en->socket_path);
	engine_flush(en);
	report_to(report_fd, NULL);
	uv_run(en->loop, UV_RUN_DEFAULT);
	log_info("stopped");
	for (i = 0; i < 3; i++)
		uv_close((uv_handle_t *)&signals[i], NULL);
	result = en->restart && getenv("INVOCATION_ID") != NULL
			 ? EXIT_RESTART
			 : 0;
	engine_close(en);
	return result;
}

/* The starter waits until the engine serves or says why not. */
static int
wait_for_child(int fd)
{
	struct error e;
	size_t got = 0;
	ssize_t n;

	while (got < sizeof(e) &&
		(n = read(fd, (char *)&e + got, sizeof(e) - got)) > 0)
		got += (size_t)n;
	if (got == 0)
		return 0;
	e.text[sizeof(e.text) - 1] = e.hint[sizeof(e.hint) - 1] = '\0';
	print_error(&e);
	return error_code_exit(e.code);
}

static int
detach(int *ret_fd)
{
	int pipe_fds[2], status;
	pid_t pid;

	if (pipe2(pipe_fds, O_CLOEXEC) == -1 || (pid = fork()) == -1)
		return 1;
	if (pid > 0) {
		close(pipe_fds[1]);
		waitpid(pid, &status, 0);
		exit(wait_for_child(pipe_fds[0]));
	}
	close(pipe_fds[0]);
	setsid();
	pid = fork();
	if (pid != 0)
		_exit(0);
	*ret_fd = pipe_fds[1];
	return 0;
}

/* Where the socket is; systemd names a directory of ours below /run. */
static char *
find_socket(const struct engine *en, bool state_is_named)
{
	const char *runtime = getenv("RUNTIME_DIRECTORY");

	if (en->settings->socket != NULL)
		return path_beside(en->settings->path, en->settings->socket);
	if (!state_is_named && runtime != NULL && *runtime == '/' &&
		strchr(runtime, ':') == NULL)
		return path_join(runtime, "engine.sock");
	return path_join(en->state_dir, "engine.sock");
}

static int
find_places(struct engine *en, const struct options *o)
{
	char *config = find_config(o->config);
	struct error e;

	en->settings = load_settings(config, &e);
	free(config);
	if (en->settings == NULL) {
		print_error(&e);
		return -1;
	}
	en->state_dir = find_state(o->state, en->settings);
	en->private_dir = path_join(en->state_dir, "private");
	en->socket_path = find_socket(en, o->state != NULL);
	return 0;
}

/* The file is opened as whoever calls; the rest is the engine's. */
static int
run_restore(const struct options *o)
{
	struct engine en = {.clock = clock_real()};
	/* Before root becomes the owner of what is restored. */
	uid_t by = getuid();
	struct error e;
	int fd, result = -1;

	if (find_places(&en, o) == -1)
		return 2;
	fd = open(o->restore, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		error_set_errno(&e, errno, "cannot read '%s'", o->restore);
	else if (restore_become_owner(en.state_dir, &e) == 0 &&
		 lock_state(&en, &e) == 0)
		result = restore_print(&en, fd, by, &e);
	if (fd != -1)
		close(fd);
	if (result == -1)
		print_error(&e);
	free(en.state_dir);
	free(en.private_dir);
	free(en.socket_path);
	settings_destroy(en.settings);
	return result == 0 ? 0 : error_code_exit(e.code);
}

static int
run_history(const struct options *o)
{
	struct engine en = {0};
	struct error e;

	if (find_places(&en, o) == -1)
		return 2;
	if (history_make(&en, HISTORY_DAYS, &e) == 0)
		return 0;
	print_error(&e);
	return error_code_exit(e.code);
}

static int
run_engine(const struct options *o)
{
	struct engine en = {.clock = clock_real()};
	int report_fd = -1, result, i;
	struct error e;
	uv_loop_t loop;

	if (find_places(&en, o) == -1)
		return 2;
	if (o->background && detach(&report_fd) != 0)
		return 1;
	if (lock_state(&en, &e) == -1) {
		report_to(report_fd, &e);
		engine_close(&en);
		return error_code_exit(e.code);
	}
	uv_loop_init(&loop);
	en.loop = &loop;
	result = serve(&en, report_fd, o->background);
	/* What was closed is let go in turns of its own. */
	for (i = 0; i < CLOSING_TURNS && uv_loop_close(&loop) == UV_EBUSY; i++)
		uv_run(&loop, UV_RUN_NOWAIT);
	return result;
}

int
main(int argc, char **argv)
{
	struct options o = {0};
	int result;

	/* libarchive needs a UTF-8 locale for names; systemd gives none. */
	setlocale(LC_ALL, "");
	setlocale(LC_CTYPE, "C.UTF-8");
	setlocale(LC_NUMERIC, "C");
	if (parse_options(argc, argv, &o) == -1) {
		fputs(usage, stderr);
		return 2;
	}
	if (o.help || o.version) {
		fputs(o.help ? usage : "sluiced " PACKAGE_VERSION "\n", stdout);
		return 0;
	}
	if (o.check != NULL)
		return settings_check_main(o.check);
	log_init("sluiced", o.debug);
	umask(077);
	if (o.restore != NULL)
		return run_restore(&o);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	result = o.history ? run_history(&o) : run_engine(&o);
	curl_global_cleanup();
	return result;
}
