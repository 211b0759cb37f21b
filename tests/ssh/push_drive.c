/*
 * push_drive.c - plays the engine to one sluice-push, for tests.
 *
 *	push_drive SLUICE_PUSH [-n RESULTS] [-t SECONDS] <messages
 *
 * Sends each line of standard input as it comes and prints each line that the
 * pusher says. A line "#wait N" holds the rest back until N results came in
 * all; "#sleep MS" for a time. Ends when standard input has ended and every
 * job has its result, or RESULTS of them; exit 3 after SECONDS (default 30).
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct drive {
	int fd;
	long jobs, results, want;
	char *in, *out; /* partial lines */
	size_t in_len, out_len;
	long wait_results;
	long long wait_until_ms;
	int input_ended;
};

static long long
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (long long)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
send_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t put = send(fd, data, len, MSG_NOSIGNAL);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			exit(4);
		data += put;
		len -= (size_t)put;
	}
}

static void
add(char **buf, size_t *len, const char *data, size_t n)
{
	*buf = realloc(*buf, *len + n + 1);
	if (*buf == NULL)
		abort();
	memcpy(*buf + *len, data, n);
	*len += n;
	(*buf)[*len] = '\0';
}

static void
drop(char *buf, size_t *len, size_t n)
{
	memmove(buf, buf + n, *len - n + 1);
	*len -= n;
}

/* Sends what may be sent of the input so far. */
static void
send_lines(struct drive *d)
{
	char *eol;

	while (d->in_len > 0 && (eol = strchr(d->in, '\n')) != NULL) {
		size_t n = (size_t)(eol - d->in) + 1;

		if (d->results < d->wait_results || now_ms() < d->wait_until_ms)
			return;
		if (strncmp(d->in, "#wait ", 6) == 0) {
			d->wait_results = strtol(d->in + 6, NULL, 10);
		} else if (strncmp(d->in, "#sleep ", 7) == 0) {
			d->wait_until_ms =
				now_ms() + strtol(d->in + 7, NULL, 10);
		} else if (n > 1) {
			if (strstr(d->in, "\"m\":\"job\"") != NULL &&
				strstr(d->in, "\"m\":\"job\"") < eol)
				d->jobs++;
			send_all(d->fd, d->in, n);
		}
		drop(d->in, &d->in_len, n);
	}
}

static void
print_lines(struct drive *d)
{
	char *eol;

	while (d->out_len > 0 && (eol = strchr(d->out, '\n')) != NULL) {
		size_t n = (size_t)(eol - d->out) + 1;
		char *mark = strstr(d->out, "\"m\":\"result\"");

		if (mark != NULL && mark < eol)
			d->results++;
		fwrite(d->out, 1, n, stdout);
		drop(d->out, &d->out_len, n);
	}
	fflush(stdout);
}

static int
is_over(const struct drive *d)
{
	if (d->want > 0)
		return d->results >= d->want;
	return d->input_ended && d->in_len == 0 && d->results >= d->jobs;
}

static int
run(struct drive *d, long long until_ms)
{
	static char buf[65536];

	while (!is_over(d)) {
		struct pollfd fds[2] = {{d->fd, POLLIN, 0},
			{d->input_ended ? -1 : 0, POLLIN, 0}};
		ssize_t got;

		if (now_ms() > until_ms)
			return 3;
		if (poll(fds, 2, 20) < 0 && errno != EINTR)
			return 4;
		if (fds[0].revents != 0) {
			got = read(d->fd, buf, sizeof(buf));
			if (got <= 0)
				return 5;
			add(&d->out, &d->out_len, buf, (size_t)got);
			print_lines(d);
		}
		if (fds[1].revents != 0) {
			got = read(0, buf, sizeof(buf));
			if (got <= 0)
				d->input_ended = 1;
			else
				add(&d->in, &d->in_len, buf, (size_t)got);
		}
		send_lines(d);
	}
	return 0;
}

static pid_t
start(const char *program, int fd)
{
	pid_t pid = fork();

	if (pid == 0) {
		dup2(fd, 0);
		execl(program, program, (char *)NULL);
		_exit(127);
	}
	return pid;
}

int
main(int argc, char **argv)
{
	struct drive d = {0};
	long seconds = 30;
	int pair[2], i, status, result;
	const char *file = getenv("PUSH_PID_FILE");
	pid_t pid;
	FILE *f;

	if (argc < 2 || argc % 2 != 0 ||
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return 2;
	for (i = 2; i < argc; i += 2)
		if (strcmp(argv[i], "-n") == 0)
			d.want = strtol(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "-t") == 0)
			seconds = strtol(argv[i + 1], NULL, 10);
	pid = start(argv[1], pair[1]);
	close(pair[1]);
	if (file != NULL && (f = fopen(file, "w")) != NULL) {
		fprintf(f, "%ld\n", (long)pid);
		fclose(f);
	}
	d.fd = pair[0];
	result = run(&d, now_ms() + seconds * 1000);
	close(pair[0]);
	waitpid(pid, &status, 0);
	free(d.in);
	free(d.out);
	if (result == 0 && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
		return 6;
	return result;
}
