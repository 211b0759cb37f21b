/* test_backup.c - a backup has all that is needed, and shows damage. */
#include "store_test.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/file.h"
#include "store/artefact.h"
#include "store/backup.h"

struct made {
	struct strings known_hosts;
	char *config, *tar;
	struct backup_summary summary;
};

static const struct artefact_limits usual = {1 << 20, 1000};

static void
write_text(const char *path, const char *text, struct store_test *t)
{
	WORKS(t, file_write_atomic(path, text, strlen(text), 0600, &t->e));
}

static void
add_release(struct store_test *t, const char *version, const char *bytes)
{
	char *path = path_join(t->dir, "in");
	struct artefact a;
	int fd;

	write_text(path, bytes, t);
	fd = open(path, O_RDONLY);
	WORKS(t, artefact_ingest(
			 t->dir, fd, "shop.jar", NULL, &usual, &a, &t->e));
	close(fd);
	a.release.service = xstrdup("shop");
	a.release.version = xstrdup(version);
	WORKS(t, store_begin(t->store, &t->e));
	WORKS(t, store_release_add(
			 t->store, &a.release, a.list, a.list_count, &t->e));
	WORKS(t, store_ledger_append(t->store, "alice", 1000, "release.add",
			 version, "", NULL, &t->e));
	WORKS(t, store_commit(t->store, &t->e));
	artefact_finish(&a);
	unlink(path);
	free(path);
}

static int
back_up(struct store_test *t, struct made *m)
{
	int fd = open(m->tar, O_RDWR | O_CREAT | O_TRUNC, 0600), result;
	char *none = path_join(t->dir, "nowhere");
	struct backup_files files = {
		.paths = {[BACKUP_CONFIG] = m->config,
			[BACKUP_ALLOWED_SIGNERS] = m->config,
			[BACKUP_SSH_CONFIG] = none},
		.known_hosts = &m->known_hosts};

	result = backup_write(t->store, &t->clock.clock, t->dir, &files, fd,
		&m->summary, &t->e);
	free(none);
	close(fd);
	return result;
}

static int
check(struct store_test *t, const struct made *m)
{
	int fd = open(m->tar, O_RDONLY), result = backup_check(fd, &t->e);

	close(fd);
	return result;
}

static void
prepare(struct store_test *t, struct made *m)
{
	char *known = path_join(t->dir, "known_hosts");
	char *none = path_join(t->dir, "nowhere");

	memset(m, 0, sizeof(*m));
	m->config = path_join(t->dir, "my.conf");
	m->tar = path_join(t->dir, "backup.tar");
	strings_add(&m->known_hosts, known);
	strings_add(&m->known_hosts, none);
	store_test_open(t);
	write_text(m->config, "site = \"x\";\n", t);
	write_text(known, "web-1 ssh-ed25519 AAAA\n", t);
	add_release(t, "1", "first\n");
	add_release(t, "2", "second\n");
	add_release(t, "3", "second\n");
	free(known);
	free(none);
}

static void
made_finish(struct made *m)
{
	strings_finish(&m->known_hosts);
	free(m->config);
	free(m->tar);
}

/* With tar and sha256sum alone, then as a state directory. */
static void
test_backup_is_complete(void **state)
{
	struct store_test *t = *state;
	char *out = path_join(t->dir, "out"), *command;
	struct strbuf problems;
	struct store *other;
	struct made m;
	int64_t seq;
	char hash[DIGEST_HEX_SIZE];
	int status;
	pid_t pid;

	prepare(t, &m);
	WORKS(t, back_up(t, &m));
	assert_int_equal(m.summary.ledger_seq, 3);
	assert_int_equal(m.summary.missing, 0);
	/* BACKUP, database, two artefacts with manifests, configuration,
	 * allowed signers, one known_hosts. */
	assert_int_equal(m.summary.files, 9);
	command = xasprintf("mkdir %s && cd %s && tar -xf %s && "
			    "sha256sum --quiet -c SHA256SUMS && "
			    "cmp sluice.conf %s && test -s "
			    "allowed_signers && grep -q '^web-1 ' "
			    "known_hosts/1",
		out, out, m.tar, m.config);
	pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	WORKS(t, store_open(out, &t->clock.clock, &other, &t->e));
	store_ledger_head(other, &seq, hash);
	assert_string_equal(hash, m.summary.ledger_hash);
	assert_string_equal(store_engine_id(other), store_engine_id(t->store));
	strbuf_init(&problems);
	assert_int_equal(store_check(other, &problems), 0);
	strbuf_finish(&problems);
	store_close(other);
	made_finish(&m);
	free(command);
	free(out);
}

static int
leftovers(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	int count = 0;

	while ((entry = readdir(d)) != NULL)
		count += strncmp(entry->d_name, "backup-", 7) == 0;
	closedir(d);
	return count;
}

/* What is written while the database is copied is in the copy. */
static void
test_backup_while_writing(void **state)
{
	struct store_test *t = *state;
	struct backup_files none = {.known_hosts = NULL};
	struct backup *b;
	struct made m;
	int got, fd, i = 0;

	prepare(t, &m);
	WORKS(t, backup_begin(t->store, t->dir, &none, &b, &t->e));
	assert_int_equal(leftovers(t->dir), 1);
	do {
		WORKS(t, store_begin(t->store, &t->e));
		WORKS(t, store_ledger_append(t->store, "engine", -1, "test",
				 "x", "", NULL, &t->e));
		assert_int_equal(backup_step(b, 1, &t->e), 1);
		WORKS(t, store_commit(t->store, &t->e));
		got = backup_step(b, 5, &t->e);
		i++;
	} while (got == 1);
	assert_int_equal(got, 0);
	assert_true(i > 3);
	fd = open(m.tar, O_RDWR | O_CREAT | O_TRUNC, 0600);
	WORKS(t, backup_pack(b, &t->clock.clock, fd, &m.summary, &t->e));
	close(fd);
	assert_int_equal(m.summary.ledger_seq, 3 + i);
	backup_destroy(b);
	assert_int_equal(leftovers(t->dir), 0);
	WORKS(t, check(t, &m));
	made_finish(&m);
}

/* What a killed engine left is gone when the next one starts. */
static void
test_sweep(void **state)
{
	struct store_test *t = *state;
	char *left = path_join(t->dir, "backup-0123");
	char *file = path_join(left, "sluice.db");
	char *artefacts = path_join(t->dir, "artefacts");
	char *tmp = path_join(artefacts, ".tmp-0123");

	assert_int_equal(mkdir(left, 0700), 0);
	assert_int_equal(mkdir(artefacts, 0700), 0);
	write_text(file, "x", t);
	write_text(tmp, "x", t);
	store_test_open(t);
	assert_int_equal(leftovers(t->dir), 0);
	assert_false(file_exists(tmp));
	free(tmp);
	free(artefacts);
	free(file);
	free(left);
}

static void
flip(const char *path, off_t at)
{
	int fd = open(path, O_RDWR);
	unsigned char c;

	assert_int_equal(pread(fd, &c, 1, at), 1);
	c ^= 0x20;
	assert_int_equal(pwrite(fd, &c, 1, at), 1);
	close(fd);
}

static void
test_damage_is_found(void **state)
{
	struct store_test *t = *state;
	struct made m;
	struct stat st;
	off_t at;

	prepare(t, &m);
	WORKS(t, back_up(t, &m));
	assert_int_equal(stat(m.tar, &st), 0);
	/* A byte of content: the first of BACKUP, one in the database. */
	for (at = 512; at < 40000; at += 39000) {
		flip(m.tar, at);
		assert_int_equal(check(t, &m), -1);
		flip(m.tar, at);
	}
	WORKS(t, check(t, &m));
	for (at = st.st_size - 10240; at > 0; at -= 5000) {
		assert_int_equal(truncate(m.tar, at), 0);
		assert_int_equal(check(t, &m), -1);
	}
	made_finish(&m);
}

static void
test_rotten_artefact_is_named(void **state)
{
	struct store_test *t = *state;
	struct release r;
	struct made m;
	char *path;

	prepare(t, &m);
	assert_int_equal(
		store_release_find(t->store, "shop", "1", &r, &t->e), 1);
	path = artefact_path(t->dir, r.payload_sha256);
	chmod(path, 0600);
	flip(path, 2);
	assert_int_equal(back_up(t, &m), -1);
	assert_non_null(strstr(t->e.text, r.payload_sha256));
	unlink(path);
	WORKS(t, back_up(t, &m));
	assert_int_equal(m.summary.missing, 1);
	assert_int_equal(leftovers(t->dir), 0);
	release_finish(&r);
	made_finish(&m);
	free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(f)                                                                \
	cmocka_unit_test_setup_teardown(f, store_test_begin, store_test_end)
		CASE(test_backup_is_complete),
		CASE(test_backup_while_writing),
		CASE(test_sweep),
		CASE(test_damage_is_found),
		CASE(test_rotten_artefact_is_named),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
