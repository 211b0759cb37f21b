/*
 * slow_link.c - a terminal behind a bad link: runs a program on a pty of its
 * own and passes bytes both ways late, slowly, and cut where a packet may be.
 *
 *	slow_link DELAY_MS JITTER_MS BITS_A_SECOND SPLIT_PERCENT PROGRAM...
 *
 * DELAY is of each way, give or take JITTER; SPLIT of a hundred bytes that are
 * typed is where another packet begins, which comes up to JITTER later.
 */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define QUEUE 65536

/* Bytes on their way, each with the time when it arrives. */
struct way {
	unsigned char bytes[QUEUE];
	int64_t due_ms[QUEUE];
	size_t first, count;
	int64_t last_ms; /* nothing overtakes */
	double byte_ms;	 /* how long a byte takes; 0: nothing */
	int split;
};

static int delay_ms, jitter_ms;
static struct termios saved;
static uint64_t state = 88172645463325252u;

static int
below(int n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return n <= 0 ? 0 : (int)(state >> 33) % n;
}

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t
arrival(void)
{
	return now_ms() + delay_ms - jitter_ms + below(2 * jitter_ms + 1);
}

static void
put(struct way *w, const unsigned char *bytes, size_t n)
{
	int64_t at = arrival();
	double spent = 0;
	size_t i;

	for (i = 0; i < n && w->count < QUEUE; i++) {
		size_t place = (w->first + w->count++) % QUEUE;

		if (below(100) < w->split)
			at += below(jitter_ms + 1);
		if (at + (int64_t)spent < w->last_ms)
			at = w->last_ms - (int64_t)spent;
		spent += w->byte_ms;
		w->bytes[place] = bytes[i];
		w->due_ms[place] = w->last_ms = at + (int64_t)spent;
	}
}

/* What has arrived goes to fd. */
static void
deliver(struct way *w, int fd)
{
	int64_t now = now_ms();

	while (w->count > 0 && w->due_ms[w->first] <= now) {
		if (write(fd, &w->bytes[w->first], 1) != 1)
			return;
		w->first = (w->first + 1) % QUEUE;
		w->count--;
	}
}

static int
wait_ms(const struct way *a, const struct way *b)
{
	int64_t due = now_ms() + 1000, left;

	if (a->count > 0 && a->due_ms[a->first] < due)
		due = a->due_ms[a->first];
	if (b->count > 0 && b->due_ms[b->first] < due)
		due = b->due_ms[b->first];
	left = due - now_ms();
	return left < 0 ? 0 : (int)left;
}

static void
restore(void)
{
	tcsetattr(STDIN_FILENO, TCSADRAIN, &saved);
}

/* Until the program has ended and all it wrote has arrived. */
static void
pass(int master, struct way *in, struct way *out)
{
	unsigned char bytes[4096];
	int open = 1;

	while (open || out->count > 0) {
		struct pollfd fds[2] = {{STDIN_FILENO, POLLIN, 0},
			{open ? master : -1, POLLIN, 0}};
		ssize_t n;

		poll(fds, 2, wait_ms(in, out));
		if (fds[0].revents & POLLIN) {
			n = read(STDIN_FILENO, bytes, sizeof(bytes));
			if (n > 0)
				put(in, bytes, (size_t)n);
		}
		if (fds[1].revents != 0) {
			n = read(master, bytes, sizeof(bytes));
			if (n > 0)
				put(out, bytes, (size_t)n);
			else if (n == 0 || errno != EINTR)
				open = 0;
		}
		deliver(in, master);
		deliver(out, STDOUT_FILENO);
	}
}

int
main(int argc, char **argv)
{
	static struct way in, out;
	struct winsize size;
	struct termios raw;
	int master, status;
	pid_t pid;

	if (argc < 6 || tcgetattr(STDIN_FILENO, &saved) == -1 ||
		ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == -1) {
		fprintf(stderr, "usage: slow_link DELAY JITTER BITS SPLIT "
				"PROGRAM..., on a terminal\n");
		return 2;
	}
	delay_ms = atoi(argv[1]);
	jitter_ms = atoi(argv[2]);
	out.byte_ms = in.byte_ms = 8000.0 / atoi(argv[3]);
	in.split = atoi(argv[4]);
	pid = forkpty(&master, NULL, &saved, &size);
	if (pid == -1)
		return 1;
	if (pid == 0) {
		execvp(argv[5], argv + 5);
		_exit(127);
	}
	raw = saved;
	cfmakeraw(&raw);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	atexit(restore);
	pass(master, &in, &out);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
