/* sign.c - a statement signed by ssh-keygen, started from here. */
#include "tui/sign.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "model/signable.h"
#include "wire/json.h"

#define SIGNATURE_MOST (32 * 1024)

extern char **environ;

/* Its words go where ours go: it may ask for a touch or a passphrase. */
static int
run_keygen(const char *key, int in, int out)
{
	const char *const argv[] = {"ssh-keygen", "-q", "-Y", "sign", "-n",
		STATEMENT_NAMESPACE, "-f", key, NULL};
	posix_spawn_file_actions_t actions;
	int failed, status = 0;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in, 0);
	posix_spawn_file_actions_adddup2(&actions, out, 1);
	failed = posix_spawnp(&pid, argv[0], &actions, NULL,
		(char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (failed)
		return failed;
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static int
sign_text(const char *key, const char *text, char **ret, struct error *e)
{
	char *signature = xcalloc(1, SIGNATURE_MOST);
	int in = memfd_create("statement", MFD_CLOEXEC);
	int out = memfd_create("signature", MFD_CLOEXEC);
	int failed = in == -1 || out == -1 ? errno : 0;

	if (failed == 0 &&
		file_write_all(in, text, strlen(text), "memory", e) == -1)
		failed = -1;
	if (failed == 0) {
		lseek(in, 0, SEEK_SET);
		failed = run_keygen(key, in, out);
	}
	if (failed == 0 && pread(out, signature, SIGNATURE_MOST - 1, 0) <= 0)
		failed = -1;
	if (failed > 0)
		error_set_errno(e, failed, "cannot run ssh-keygen");
	else if (failed < 0)
		error_set(e, ERROR_NO_KEY, "ssh-keygen does not sign with '%s'",
			key);
	if (failed < 0)
		error_hint(e, "give a private key, or a public one whose "
			      "private key the agent has");
	close(in);
	close(out);
	if (failed == 0)
		*ret = signature;
	else
		free(signature);
	return failed == 0 ? 0 : -1;
}

int
sign_statement(const json_t *statement, const char *verb, const char *digest,
	const char *key, char **ret_signature, struct error *e)
{
	const char *text = json_get_string(statement, "text", "");

	if (!signable_says(text, "verb", verb) ||
		!signable_says(text, "plan_digest", digest))
		return error_set(e, ERROR_CHANGED,
			"the statement is not about the plan %.12s...: nothing "
			"was signed",
			digest);
	return sign_text(key, text, ret_signature, e);
}
