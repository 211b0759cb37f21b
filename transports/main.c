/*
 * main.c - sluice-push: drives hosts for the engine, which starts it with a
 * socket as standard input and stops it by closing that socket. What runs
 * detached on hosts goes on and is found again by the next pusher.
 */
#include "config.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/log.h"
#include "transports/pusher.h"
#include "wire/push.h"

static int
usage(void)
{
	fprintf(stderr,
		"usage: sluice-push, started by sluiced with a socket as "
		"standard input\n");
	return 2;
}

/* Keys are in memory: no core dumps, no debuggers of the same user. */
static void
protect_keys(void)
{
#ifndef __SANITIZE_ADDRESS__
	prctl(PR_SET_DUMPABLE, 0);
#endif
}

static void
enough(uv_timer_t *timer)
{
	uv_stop(timer->loop);
}

/* What was closed gets its last turns, for a second at most. */
static void
drain(uv_loop_t *loop)
{
	uv_timer_t timer;

	uv_timer_init(loop, &timer);
	uv_timer_start(&timer, enough, 1000, 0);
	uv_unref((uv_handle_t *)&timer);
	uv_run(loop, UV_RUN_DEFAULT);
	uv_close((uv_handle_t *)&timer, NULL);
	uv_run(loop, UV_RUN_NOWAIT);
	uv_loop_close(loop);
}

int
main(int argc, char **argv)
{
	struct pusher pusher;
	struct stat st;
	uv_loop_t loop;

	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		printf("sluice-push %s, protocol %d\n", PACKAGE_VERSION,
			PUSH_PROTOCOL);
		return 0;
	}
	if (argc > 1 || fstat(0, &st) < 0 || !S_ISSOCK(st.st_mode))
		return usage();
	log_init("sluice-push", false);
	setlocale(LC_CTYPE, "C.UTF-8");
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN); /* the engine says when it is over */
	protect_keys();
	uv_loop_init(&loop);
	pusher_init(&pusher, &loop, 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	pusher_finish(&pusher);
	drain(&loop);
	return 0;
}
