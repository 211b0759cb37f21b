/* program.c - child processes of the command line. */
#include "tui/program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

#define WORDS_MAX (64 * 1024)

extern char **environ;

char *
program_find(const char *name, struct error *e)
{
	char *path = path_find_program(name);

	if (path == NULL) {
		error_set(e, ERROR_NO_ENGINE,
			"the program '%s' is nowhere to be found", name);
		error_hint(e, "install it beside this program or in PATH");
	}
	return path;
}

const char *
program_called(void)
{
	static char words[PATH_MAX + 3];
	char *found = path_find_in_path("sluice");
	char *there = found == NULL ? NULL : realpath(found, NULL);
	char *self = realpath("/proc/self/exe", NULL);

	if (self == NULL || (there != NULL && strcmp(there, self) == 0))
		snprintf(words, sizeof(words), "sluice");
	else
		snprintf(words, sizeof(words),
			self[strcspn(self, " '\"\\$`&;()<>|*?[]#~")] == '\0'
				? "%s"
				: "'%s'",
			self);
	free(self);
	free(there);
	free(found);
	return words;
}

static int
wait_for_exit(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return 127;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* out: where its output goes, -1: where ours goes. */
static int
run_to(const char *const argv[], int out)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int failed;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	if (out != -1) {
		posix_spawn_file_actions_adddup2(&actions, out, 1);
		posix_spawn_file_actions_adddup2(&actions, out, 2);
	}
	failed = posix_spawn(&pid, argv[0], &actions, NULL,
		(char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return failed ? 127 : wait_for_exit(pid);
}

int
program_run(const char *const argv[])
{
	return run_to(argv, -1);
}

int
program_capture(const char *const argv[], char **ret_words)
{
	char *words = xcalloc(1, WORDS_MAX);
	/* A file, not a pipe: grandchildren may keep it open. */
	int fd = memfd_create("output", MFD_CLOEXEC), status = 127;
	ssize_t got = 0;

	if (fd != -1) {
		status = run_to(argv, fd);
		got = pread(fd, words, WORDS_MAX - 1, 0);
		close(fd);
	}
	while (got > 0 && words[got - 1] == '\n')
		got--;
	words[got > 0 ? got : 0] = '\0';
	if (strncmp(words, "sluiced: ", 9) == 0)
		memmove(words, words + 9, strlen(words + 9) + 1);
	*ret_words = words;
	return status;
}

int
program_failed(struct error *e, enum error_code code, const char *what,
	const char *words)
{
	struct strbuf text, hint, *to;
	size_t len;

	strbuf_init(&text);
	strbuf_init(&hint);
	for (; *words != '\0'; words += len + (words[len] == '\n')) {
		to = *words == ' ' ? &hint : &text;
		words += strspn(words, " ");
		if (strncmp(words, "sluiced: ", 9) == 0)
			words += 9;
		len = strcspn(words, "\n");
		strbuf_addf(to, "%s%.*s", to->len > 0 ? "; " : "", (int)len,
			words);
	}
	error_set(e, code, "%s%s", what,
		text.len > 0 ? text.buf : "it gave no reason");
	if (hint.len > 0)
		error_hint(e, "%s", hint.buf);
	strbuf_finish(&text);
	strbuf_finish(&hint);
	return -1;
}
