/*
 * test_store_crash.c - a writer is killed in the middle of its commits: what
 * it was told is committed is there, and nothing of what was not.
 */
#include "store_test.h"

#include <signal.h>
#include <sys/wait.h>

#define KILLS 25

/* Commits for ever; says each number once it is acknowledged. A transaction
 * writes two rows that only make sense together. */
static void
write_for_ever(struct store_test *t, int fd)
{
	char hash[DIGEST_HEX_SIZE], text[32];
	int64_t seq;

	if (store_open(t->dir, clock_real(), &t->store, &t->e) == -1)
		_exit(9);
	for (;;) {
		store_ledger_head(t->store, &seq, hash);
		seq++;
		snprintf(text, sizeof(text), "%lld", (long long)seq);
		if (store_begin(t->store, &t->e) == -1 ||
			store_ledger_append(t->store, "engine", -1, "test",
				text, "", NULL, &t->e) == -1 ||
			store_host_fact_put(t->store, "host", "seq", text,
				&t->e) == -1 ||
			store_commit(t->store, &t->e) == -1)
			_exit(9);
		store_checkpoint(t->store);
		if (write(fd, &seq, sizeof(seq)) != (ssize_t)sizeof(seq))
			_exit(9);
	}
}

/* The last number that was acknowledged before the kill. */
static int64_t
write_and_kill(struct store_test *t, int acknowledged)
{
	int64_t seq = 0, last = 0;
	int pipe_fds[2], status;
	pid_t pid;

	assert_int_equal(pipe(pipe_fds), 0);
	pid = fork();
	if (pid == 0) {
		close(pipe_fds[0]);
		write_for_ever(t, pipe_fds[1]);
	}
	close(pipe_fds[1]);
	while (acknowledged-- > 0 &&
		read(pipe_fds[0], &seq, sizeof(seq)) == (ssize_t)sizeof(seq))
		last = seq;
	kill(pid, SIGKILL);
	while (read(pipe_fds[0], &seq, sizeof(seq)) == (ssize_t)sizeof(seq))
		last = seq;
	close(pipe_fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	return last;
}

static int
see_fact(const char *host, const char *key, const char *value, void *arg)
{
	int64_t *seq = arg;

	(void)host;
	(void)key;
	*seq = strtoll(value, NULL, 10);
	return 0;
}

static void
test_killed_while_committing(void **state)
{
	struct store_test *t = *state;
	char hash[DIGEST_HEX_SIZE];
	int64_t before = 0;
	int i;

	for (i = 0; i < KILLS; i++) {
		int64_t said = write_and_kill(t, 1 + i * 3), seq, fact = 0;
		struct strbuf out;

		assert_true(said > before);
		store_test_open(t);
		store_ledger_head(t->store, &seq, hash);
		/* One more may be there that nobody was told of. */
		assert_in_range(seq, said, said + 1);
		WORKS(t, store_host_fact_each(
				 t->store, "host", see_fact, &fact, &t->e));
		assert_int_equal(fact, seq);
		assert_null(store_ledger_problem(t->store));
		strbuf_init(&out);
		assert_int_equal(store_check(t->store, &out), 0);
		strbuf_finish(&out);
		store_close(t->store);
		t->store = NULL;
		before = seq;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_killed_while_committing,
			store_test_begin, store_test_end),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
