/*
 * measure.c - what a command costs, as one line in a file:
 * "WALL CPU PEAK BYTES HOSTS".
 *
 *	measure FILE [-s PID] [-p PID]... COMMAND...
 *
 *	WALL   milliseconds until it ended
 *	CPU    milliseconds of user and system time of it, of all that it
 *	       waited for, and of the processes PID meanwhile
 *	PEAK   KiB of memory that was theirs alone (anonymous and shared
 *	       memory, no files), the most of it at one time, looked at every
 *	       so often; of all below the command and of the processes PID
 *	BYTES  that went over the loopback device, headers and both ways
 *	HOSTS  milliseconds of user and system time of the sshd that has the
 *	       number after -s, and of all below it
 *
 * Exits as the command does.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS 200
#define EXTRA_MOST 64
#define SEEN_MOST 65536

static pid_t extra[EXTRA_MOST], sshd;
static int extra_count;
static long peak_kib;

static void
die(const char *what)
{
	perror(what);
	exit(125);
}

static long long
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* What /proc/PID/stat says: ticks of its own and of children that it waited
 * for. False: it is gone. */
static int
read_stat(pid_t pid, pid_t *ret_parent, long *ret_own, long *ret_children)
{
	char path[64], text[1024], *at;
	long user, kernel, children_user, children_kernel;
	size_t got;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "r");
	if (f == NULL)
		return 0;
	got = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[got] = '\0';
	at = strrchr(text, ')');
	if (at == NULL ||
		sscanf(at + 1,
			" %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u "
			"%ld %ld %ld %ld",
			ret_parent, &user, &kernel, &children_user,
			&children_kernel) != 5)
		return 0;
	*ret_own = user + kernel;
	*ret_children = children_user + children_kernel;
	return 1;
}

static long
own_kib(pid_t pid)
{
	char path[64];
	long resident = 0, shared = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	f = fopen(path, "r");
	if (f == NULL)
		return 0;
	if (fscanf(f, "%*d %ld %ld", &resident, &shared) != 2)
		resident = shared;
	fclose(f);
	return (resident - shared) * (sysconf(_SC_PAGESIZE) / 1024);
}

/* All processes: their numbers, and by number their parents and ticks. */
static pid_t parents[SEEN_MOST], pids[SEEN_MOST];
static long ticks[SEEN_MOST];

static int
list_processes(void)
{
	DIR *d = opendir("/proc");
	struct dirent *entry;
	long own, children;
	int count = 0;

	if (d == NULL)
		die("/proc");
	while ((entry = readdir(d)) != NULL && count < SEEN_MOST) {
		pid_t pid = (pid_t)atoi(entry->d_name);

		if (pid <= 1 || pid >= SEEN_MOST ||
			!read_stat(pid, &parents[pid], &own, &children))
			continue;
		ticks[pid] = own + children;
		pids[count++] = pid;
	}
	closedir(d);
	return count;
}

static int
is_below(pid_t pid, pid_t top)
{
	int depth;

	for (depth = 0; depth < 100 && pid > 1 && pid < SEEN_MOST; depth++) {
		pid = parents[pid];
		if (pid == top)
			return 1;
	}
	return 0;
}

static void
look(void)
{
	int count = list_processes(), i;
	long kib = 0;

	for (i = 0; i < count; i++)
		if (is_below(pids[i], getpid()))
			kib += own_kib(pids[i]);
	for (i = 0; i < extra_count; i++)
		kib += own_kib(extra[i]);
	if (kib > peak_kib)
		peak_kib = kib;
}

static long
milliseconds(long of_ticks)
{
	return of_ticks * 1000 / sysconf(_SC_CLK_TCK);
}

static long
hosts_cpu_ms(void)
{
	int count = list_processes(), i;
	long all = 0;

	for (i = 0; i < count; i++)
		if (pids[i] == sshd || is_below(pids[i], sshd))
			all += ticks[pids[i]];
	return milliseconds(all);
}

static long
extra_cpu_ms(void)
{
	long all = 0, own, children;
	pid_t parent;
	int i;

	for (i = 0; i < extra_count; i++)
		if (read_stat(extra[i], &parent, &own, &children))
			all += own;
	return milliseconds(all);
}

static long
children_cpu_ms(void)
{
	struct rusage u;

	getrusage(RUSAGE_CHILDREN, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000 +
		(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000;
}

/* /proc/net/dev is that of our own network namespace. */
static long long
loopback_bytes(void)
{
	FILE *f = fopen("/proc/net/dev", "r");
	char line[512];
	long long bytes = 0;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, " lo: %lld", &bytes) == 1)
			break;
	if (f != NULL)
		fclose(f);
	return bytes;
}

/* Waits for the command and for nothing else that ends meanwhile. */
static int
wait_for(pid_t child)
{
	struct timespec pause = {0, LOOK_MS * 1000000L};
	sigset_t set;
	int status;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	look();
	while (waitpid(child, &status, WNOHANG) == 0)
		if (sigtimedwait(&set, NULL, &pause) < 0 && errno == EAGAIN)
			look();
	return WIFEXITED(status) ? WEXITSTATUS(status)
				 : 128 + WTERMSIG(status);
}

static pid_t
start(char **command)
{
	sigset_t set;
	pid_t child;

	/* What its children leave behind stays below us. */
	prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	child = fork();
	if (child < 0)
		die("fork");
	if (child > 0)
		return child;
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	execvp(command[0], command);
	die(command[0]);
	return -1;
}

int
main(int argc, char **argv)
{
	long long began_ms, wall_ms, bytes;
	long cpu_ms, hosts_ms;
	int at = 2, status;
	FILE *f;

	for (; at + 1 < argc && argv[at][0] == '-'; at += 2)
		if (argv[at][1] == 's')
			sshd = (pid_t)atoi(argv[at + 1]);
		else if (extra_count < EXTRA_MOST)
			extra[extra_count++] = (pid_t)atoi(argv[at + 1]);
	if (at >= argc) {
		fprintf(stderr, "usage: measure FILE [-s PID] [-p PID]... "
				"COMMAND...\n");
		return 125;
	}
	hosts_ms = -hosts_cpu_ms();
	cpu_ms = -extra_cpu_ms();
	bytes = -loopback_bytes();
	began_ms = now_ms();
	status = wait_for(start(argv + at));
	wall_ms = now_ms() - began_ms;
	cpu_ms += extra_cpu_ms() + children_cpu_ms();
	bytes += loopback_bytes();
	hosts_ms += hosts_cpu_ms();
	f = fopen(argv[1], "w");
	if (f == NULL)
		die(argv[1]);
	fprintf(f, "%lld %ld %ld %lld %ld\n", wall_ms, cpu_ms, peak_kib, bytes,
		hosts_ms);
	fclose(f);
	return status;
}
