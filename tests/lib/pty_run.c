/*
 * pty_run.c - a program on a terminal of its own, with keys typed at times,
 * and what it wrote counted and kept.
 *
 * pty_run [-s COLSxROWS] [-o FILE] STEP... -- COMMAND...
 *	wait TEXT	until TEXT was written (5 s at most, else exit 1)
 *	quiet MS	until nothing was written for so long
 *	for MS		so long
 *	minute MS	until the minute of the clock has so much left
 *	key TEXT	types TEXT; \e \r \t and \xHH are understood
 *	count NAME	prints "NAME bytes" written since the last count
 *	latency NAME	prints "NAME ms" from the last key, or the start, to the
 *			last byte
 *	size WxH	the terminal changes its size
 *	signal NAME	TERM, HUP, INT, QUIT, SEGV, BUS, ABRT, CONT or KILL to
 *			the program
 *	memory NAME	prints "NAME kB" of the program that are resident
 *	exit		until the program ends; prints "exit N"
 *	termios		prints whether echo and line mode are on
 */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include "base/base.h"
#include "base/clock.h"

#define DEADLINE_MS 10000

struct run {
	int fd, held; /* held: the other end, so that its state can be read */
	pid_t pid;
	struct strbuf all;
	size_t counted, keyed;
	int64_t keyed_at_ms, last_byte_ms;
	bool over;
};

static int64_t
now_ms(void)
{
	return clock_mono_ms(clock_real());
}

/* Reads what comes within ms; false if nothing did. */
static bool
pump(struct run *r, int ms)
{
	struct pollfd p = {.fd = r->fd, .events = POLLIN};
	char bytes[65536];
	ssize_t n;

	if (poll(&p, 1, ms) <= 0)
		return false;
	n = read(r->fd, bytes, sizeof(bytes));
	if (n <= 0) {
		r->over = true;
		return false;
	}
	strbuf_add(&r->all, bytes, (size_t)n);
	r->last_byte_ms = now_ms();
	return true;
}

static bool
step_wait(struct run *r, const char *text)
{
	int64_t end = now_ms() + DEADLINE_MS;

	for (;;) {
		if (memmem(r->all.buf + r->counted, r->all.len - r->counted,
			    text, strlen(text)) != NULL)
			return true;
		if (now_ms() > end || r->over) {
			fprintf(stderr, "pty_run: '%s' did not come\n", text);
			return false;
		}
		pump(r, 50);
	}
}

static bool
step_quiet(struct run *r, const char *ms)
{
	int64_t end = now_ms() + DEADLINE_MS;

	while (now_ms() < end && pump(r, (int)strtol(ms, NULL, 10)))
		;
	return true;
}

static bool
step_for(struct run *r, const char *ms)
{
	int64_t end = now_ms() + strtol(ms, NULL, 10), left;

	while ((left = end - now_ms()) > 0)
		pump(r, (int)left);
	return true;
}

/* A console shows the minute: who counts bytes of nothing waits past it. */
static bool
step_minute(struct run *r, const char *ms)
{
	int64_t most = 60000 - strtol(ms, NULL, 10);

	while (clock_wall_ms(clock_real()) % 60000 > most)
		pump(r, 100);
	pump(r, 200);
	return true;
}

/* Understands \e \r \t and \xHH. */
static size_t
unescape(const char *text, char *out, size_t size)
{
	size_t n = 0;

	while (*text != '\0' && n + 1 < size) {
		if (*text != '\\') {
			out[n++] = *text++;
		} else if (text[1] == 'x') {
			char digits[3] = {text[2], text[3], '\0'};

			out[n++] = (char)strtol(digits, NULL, 16);
			text += 4;
		} else {
			out[n++] = text[1] == 'e'   ? '\033'
				   : text[1] == 'r' ? '\r'
						    : '\t';
			text += 2;
		}
	}
	return n;
}

static bool
step_key(struct run *r, const char *text)
{
	char bytes[1024];
	size_t n = unescape(text, bytes, sizeof(bytes));

	r->keyed_at_ms = now_ms();
	r->keyed = r->all.len;
	return write(r->fd, bytes, n) == (ssize_t)n;
}

static bool
step_count(struct run *r, const char *name)
{
	printf("%s %zu\n", name, r->all.len - r->counted);
	r->counted = r->all.len;
	return true;
}

static bool
step_latency(struct run *r, const char *name)
{
	printf("%s %lld\n", name,
		(long long)(r->last_byte_ms - r->keyed_at_ms));
	return r->all.len > r->keyed;
}

static bool
step_size(struct run *r, const char *text)
{
	struct winsize size = {0};

	sscanf(text, "%hux%hu", &size.ws_col, &size.ws_row);
	return ioctl(r->fd, TIOCSWINSZ, &size) == 0;
}

static bool
step_signal(struct run *r, const char *name)
{
	static const struct {
		const char *name;
		int number;
	} names[] = {{"TERM", SIGTERM}, {"HUP", SIGHUP}, {"INT", SIGINT},
		{"QUIT", SIGQUIT}, {"SEGV", SIGSEGV}, {"BUS", SIGBUS},
		{"ABRT", SIGABRT}, {"CONT", SIGCONT}, {"KILL", SIGKILL}};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i].name, name) == 0)
			return kill(r->pid, names[i].number) == 0;
	return false;
}

static bool
step_memory(struct run *r, const char *name)
{
	char path[64], line[128];
	long kib = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/status", (long)r->pid);
	f = fopen(path, "r");
	while (f != NULL && kib < 0 && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "VmRSS:", 6) == 0)
			kib = strtol(line + 6, NULL, 10);
	if (f != NULL)
		fclose(f);
	printf("%s %ld\n", name, kib);
	return kib >= 0;
}

static bool
step_exit(struct run *r, const char *unused)
{
	int64_t end = now_ms() + DEADLINE_MS;
	int status;

	(void)unused;
	while (waitpid(r->pid, &status, WNOHANG) == 0) {
		if (now_ms() > end)
			return false;
		pump(r, 20);
	}
	while (pump(r, 50))
		;
	if (WIFSIGNALED(status))
		printf("exit signal %d\n", WTERMSIG(status));
	else
		printf("exit %d\n", WEXITSTATUS(status));
	r->pid = 0;
	return true;
}

static bool
step_termios(struct run *r, const char *unused)
{
	struct termios t;

	(void)unused;
	if (tcgetattr(r->held, &t) < 0)
		return false;
	printf("termios %s %s\n", t.c_lflag & ECHO ? "echo" : "noecho",
		t.c_lflag & ICANON ? "lines" : "raw");
	return true;
}

static const struct step {
	const char *name;
	int words;
	bool (*run)(struct run *r, const char *text);
} steps[] = {{"wait", 2, step_wait}, {"quiet", 2, step_quiet},
	{"for", 2, step_for}, {"minute", 2, step_minute}, {"key", 2, step_key},
	{"count", 2, step_count}, {"latency", 2, step_latency},
	{"size", 2, step_size}, {"signal", 2, step_signal},
	{"memory", 2, step_memory}, {"exit", 1, step_exit},
	{"termios", 1, step_termios}};

static void
start(struct run *r, const char *size_text, char **command)
{
	struct winsize size = {.ws_col = 80, .ws_row = 24};

	if (size_text != NULL)
		sscanf(size_text, "%hux%hu", &size.ws_col, &size.ws_row);
	if (openpty(&r->fd, &r->held, NULL, NULL, &size) < 0)
		exit(2);
	r->keyed_at_ms = now_ms();
	r->pid = fork();
	if (r->pid == 0) {
		close(r->fd);
		login_tty(r->held);
		execvp(command[0], command);
		_exit(127);
	}
}

static int
run_steps(struct run *r, char **argv, int count)
{
	int i = 0;

	while (i < count) {
		size_t k = 0;

		while (k < ARRAY_SIZE(steps) &&
			strcmp(steps[k].name, argv[i]) != 0)
			k++;
		if (k == ARRAY_SIZE(steps) || i + steps[k].words > count) {
			fprintf(stderr, "pty_run: what is '%s'?\n", argv[i]);
			return 2;
		}
		if (!steps[k].run(r, steps[k].words > 1 ? argv[i + 1] : NULL)) {
			fprintf(stderr, "pty_run: '%s' failed\n", argv[i]);
			return 1;
		}
		i += steps[k].words;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	struct run r = {.fd = -1};
	const char *size = NULL, *output = NULL;
	int opt, first, end, status;

	while ((opt = getopt(argc, argv, "+s:o:")) != -1) {
		if (opt == 's')
			size = optarg;
		else if (opt == 'o')
			output = optarg;
		else
			return 2;
	}
	first = end = optind;
	while (end < argc && strcmp(argv[end], "--") != 0)
		end++;
	if (end + 1 >= argc)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	strbuf_init(&r.all);
	start(&r, size, argv + end + 1);
	status = run_steps(&r, argv + first, end - first);
	if (r.pid > 0)
		kill(r.pid, SIGKILL);
	if (output != NULL) {
		FILE *f = fopen(output, "w");

		if (f != NULL) {
			fwrite(r.all.buf, 1, r.all.len, f);
			fclose(f);
		}
	}
	strbuf_finish(&r.all);
	return status;
}
