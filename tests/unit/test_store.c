/* test_store.c - objects come back from the database as they went in. */
#include "store_test.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "store/store_private.h"

/* ---- life ---- */

static void
test_identity_stays(void **state)
{
	struct store_test *t = *state;
	char id[33];

	store_test_open(t);
	snprintf(id, sizeof(id), "%s", store_engine_id(t->store));
	assert_int_equal(strlen(id), 32);
	assert_int_equal(store_epoch(t->store), 1);
	WORKS(t, store_raise_epoch(t->store, &t->e));
	store_test_reopen(t);
	assert_string_equal(store_engine_id(t->store), id);
	assert_int_equal(store_epoch(t->store), 2);
}

static void
test_settings_are_on(void **state)
{
	struct store_test *t = *state;
	int64_t n;

	store_test_open(t);
	WORKS(t, store_get_number(
			 t->store->db, "PRAGMA synchronous", &n, &t->e));
	assert_int_equal(n, 2);
	WORKS(t, store_get_number(
			 t->store->db, "PRAGMA foreign_keys", &n, &t->e));
	assert_int_equal(n, 1);
	WORKS(t, store_get_number(
			 t->store->db, "PRAGMA trusted_schema", &n, &t->e));
	assert_int_equal(n, 0);
	WORKS(t, store_get_number(t->store->db,
			 "SELECT count(*) FROM pragma_table_list WHERE"
			 " strict = 0 AND name NOT LIKE 'sqlite_%'",
			 &n, &t->e));
	assert_int_equal(n, 0);
}

static void
test_rollback_takes_all_back(void **state)
{
	struct store_test *t = *state;
	char hash[DIGEST_HEX_SIZE];
	int64_t seq;

	store_test_open(t);
	WORKS(t, store_begin(t->store, &t->e));
	WORKS(t, store_raise_epoch(t->store, &t->e));
	WORKS(t, store_ledger_append(t->store, "alice", 1000, "test", "x",
			 "because", NULL, &t->e));
	store_rollback(t->store);
	assert_int_equal(store_epoch(t->store), 1);
	store_ledger_head(t->store, &seq, hash);
	assert_int_equal(seq, 0);
	store_test_reopen(t);
	assert_int_equal(store_epoch(t->store), 1);
	assert_null(store_ledger_problem(t->store));
}

/* Locks of one process do not exclude itself: another one tries. */
static void
test_second_process_is_busy(void **state)
{
	struct store_test *t = *state;
	int code, status;
	pid_t pid;

	store_test_open(t);
	pid = fork();
	if (pid == 0) {
		struct store *other;

		code = store_open(t->dir, &t->clock.clock, &other, &t->e);
		_exit(code == -1 && t->e.code == ERROR_BUSY ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
exec_file(const char *path, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void
test_foreign_database_is_refused(void **state)
{
	struct store_test *t = *state;
	char *path = store_test_database(t);

	exec_file(path, "CREATE TABLE songs (name)");
	assert_int_equal(
		store_open(t->dir, &t->clock.clock, &t->store, &t->e), -1);
	assert_non_null(strstr(t->e.text, "another program"));
	free(path);
}

static void
test_newer_schema_is_refused(void **state)
{
	struct store_test *t = *state;
	char *path = store_test_database(t);

	store_test_open(t);
	store_close(t->store);
	t->store = NULL;
	exec_file(path, "PRAGMA user_version = 999");
	assert_int_equal(
		store_open(t->dir, &t->clock.clock, &t->store, &t->e), -1);
	assert_non_null(strstr(t->e.text, "newer version"));
	free(path);
}

static void
test_garbage_is_refused(void **state)
{
	struct store_test *t = *state;
	char *path = store_test_database(t);
	FILE *f = fopen(path, "w");
	int i;

	for (i = 0; i < 2000; i++)
		fputs("not a database ", f);
	fclose(f);
	assert_int_equal(
		store_open(t->dir, &t->clock.clock, &t->store, &t->e), -1);
	assert_int_equal(t->e.code, ERROR_CORRUPT);
	free(path);
}

static void
test_migration_keeps_a_copy(void **state)
{
	static const struct migration some[] = {
		{1, "CREATE TABLE a (x); INSERT INTO a VALUES (1)"},
		{2, "ALTER TABLE a ADD COLUMN y; UPDATE a SET y = 2"},
		{3, "CREATE TABLE b (x); SELECT nonsense"},
	};
	struct store_test *t = *state;
	char *path = store_test_database(t);
	char *copy = xasprintf("%s.v1", path);
	sqlite3 *db;
	int64_t n;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	WORKS(t, store_migrate(db, path, some, 1, &t->e));
	assert_int_equal(access(copy, F_OK), -1);
	WORKS(t, store_migrate(db, path, some, 2, &t->e));
	WORKS(t, store_get_number(db, "SELECT y FROM a", &n, &t->e));
	assert_int_equal(n, 2);
	/* One that fails leaves what was before it. */
	assert_int_equal(store_migrate(db, path, some, 3, &t->e), -1);
	WORKS(t, store_get_number(db, "PRAGMA user_version", &n, &t->e));
	assert_int_equal(n, 2);
	sqlite3_close(db);
	assert_int_equal(sqlite3_open(copy, &db), SQLITE_OK);
	WORKS(t, store_get_number(db, "PRAGMA user_version", &n, &t->e));
	assert_int_equal(n, 1);
	sqlite3_close(db);
	free(copy);
	free(path);
}

static void
test_check_and_copy(void **state)
{
	struct store_test *t = *state;
	char *copy = xasprintf("%s/copy", t->dir);
	struct strbuf out;

	store_test_open(t);
	strbuf_init(&out);
	assert_int_equal(store_check(t->store, &out), 0);
	WORKS(t, store_copy_to(t->store, copy, &t->e));
	assert_int_equal(store_copy_to(t->store, copy, &t->e), -1);
	WORKS(t, store_exec(t->store->db,
			 "PRAGMA foreign_keys=OFF; BEGIN;"
			 "INSERT INTO steps VALUES (1, 77, 'h', 's', 1, 1,"
			 " 'done', 0, 0, 0, 0, NULL, 0, 0); COMMIT",
			 &t->e));
	assert_int_equal(store_check(t->store, &out), 2);
	assert_non_null(strstr(out.buf, "R-77"));
	strbuf_finish(&out);
	free(copy);
}

/* ---- releases ---- */

static const char digest_a[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
static const char digest_b[] = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
			       "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

static void
fill_release(struct release *r, const char *version, const char *digest)
{
	memset(r, 0, sizeof(*r));
	r->service = xstrdup("shop");
	r->version = xstrdup(version);
	r->file_name = xstrdup("shop \"1\"\n.tar");
	memcpy(r->sha256, digest, DIGEST_HEX_SIZE);
	memcpy(r->payload_sha256, digest_b, DIGEST_HEX_SIZE);
	r->format = PAYLOAD_TAR_GZ;
	r->size_bytes = 5;
	r->files = 2;
	r->created_by = xstrdup("alice");
}

static int
count_files(const struct release_file *f, int64_t cursor, void *arg)
{
	int *count = arg;

	assert_int_equal(cursor, *count + 1);
	assert_string_equal(f->path, *count == 0 ? "bin" : "bin/x");
	(*count)++;
	return 0;
}

static void
test_release(void **state)
{
	struct store_test *t = *state;
	struct release_file files[2] = {
		{(char *)(uintptr_t) "bin", NULL, 0755, 0, ""},
		{(char *)(uintptr_t) "bin/x", NULL, 0644, 3, ""}};
	struct release r, found;
	int count = 0;

	store_test_open(t);
	memcpy(files[1].sha256, digest_a, DIGEST_HEX_SIZE);
	fill_release(&r, "1.4.2", digest_a);
	WORKS(t, store_begin(t->store, &t->e));
	WORKS(t, store_release_add(t->store, &r, files, 2, &t->e));
	WORKS(t, store_release_add(t->store, &r, files, 2, &t->e));
	memcpy(r.sha256, digest_b, DIGEST_HEX_SIZE);
	assert_int_equal(
		store_release_add(t->store, &r, files, 2, &t->e), -1);
	assert_int_equal(t->e.code, ERROR_EXISTS);
	WORKS(t, store_release_quarantine(
			 t->store, "shop", "1.4.2", "bad", &t->e));
	assert_int_equal(store_release_quarantine(
				 t->store, "shop", "9", "bad", &t->e),
		-1);
	WORKS(t, store_commit(t->store, &t->e));
	assert_int_equal(
		store_release_find(t->store, "shop", "1.4.2", &found, &t->e),
		1);
	assert_string_equal(found.sha256, digest_a);
	assert_string_equal(found.file_name, "shop \"1\"\n.tar");
	assert_string_equal(found.quarantine, "bad");
	assert_int_equal(found.format, PAYLOAD_TAR_GZ);
	assert_null(found.notes);
	WORKS(t, store_release_files(t->store, "shop", "1.4.2", 0, count_files,
			 &count, &t->e));
	assert_int_equal(count, 2);
	assert_int_equal(
		store_release_find(t->store, "shop", "9", &found, &t->e), 0);
	release_finish(&found);
	release_finish(&r);
}

static void
test_plan(void **state)
{
	struct store_test *t = *state;
	char *text;
	size_t len;

	store_test_open(t);
	WORKS(t, store_begin(t->store, &t->e));
	WORKS(t, store_plan_put(t->store, digest_a, "plan\n", 5, &t->e));
	WORKS(t, store_plan_put(t->store, digest_a, "plan\n", 5, &t->e));
	WORKS(t, store_commit(t->store, &t->e));
	assert_int_equal(
		store_plan_find(t->store, digest_a, &text, &len, &t->e), 1);
	assert_string_equal(text, "plan\n");
	assert_int_equal(len, 5);
	free(text);
	assert_int_equal(
		store_plan_find(t->store, digest_b, &text, &len, &t->e), 0);
}

/* ---- what was healthy ---- */

static int
healthy(struct store_test *t, const char *except, const char *version,
	char **ret)
{
	char plan[DIGEST_HEX_SIZE], *found = NULL;
	int got = store_healthy_find(t->store, "shop", "web-1", except, version,
		ret, &found, plan, &t->e);

	free(found);
	return got;
}

static void
put_healthy(struct store_test *t, const char *release, const char *version)
{
	WORKS(t, store_healthy_put(t->store, "shop", "web-1", release, version,
			 digest_a, 5, &t->e));
}

static void
test_way_back(void **state)
{
	struct store_test *t = *state;
	struct release r;
	char *found;

	store_test_open(t);
	WORKS(t, store_begin(t->store, &t->e));
	put_healthy(t, "1-a", "1");
	put_healthy(t, "2-a", "2");
	put_healthy(t, "3-a", "3");
	put_healthy(t, "1-a", "1"); /* again, so the latest */
	assert_int_equal(healthy(t, "3-a", NULL, &found), 1);
	assert_string_equal(found, "1-a");
	free(found);
	assert_int_equal(healthy(t, "1-a", NULL, &found), 1);
	assert_string_equal(found, "3-a");
	free(found);
	assert_int_equal(healthy(t, NULL, "2", &found), 1);
	assert_string_equal(found, "2-a");
	free(found);
	fill_release(&r, "3", digest_a);
	WORKS(t, store_release_add(t->store, &r, NULL, 0, &t->e));
	WORKS(t, store_release_quarantine(
			 t->store, "shop", "3", "bad", &t->e));
	assert_int_equal(healthy(t, "1-a", NULL, &found), 1);
	assert_string_equal(found, "2-a");
	free(found);
	assert_int_equal(healthy(t, NULL, "3", &found), 0);
	release_finish(&r);
	WORKS(t, store_commit(t->store, &t->e));
}

/* ---- requests ---- */

static void
test_request_is_one_act(void **state)
{
	struct store_test *t = *state;
	char *answer = NULL;

	store_test_open(t);
	assert_int_equal(store_request_find(t->store, 1000, "id", "change.new",
				 digest_a, &answer, &t->e),
		0);
	WORKS(t, store_begin(t->store, &t->e));
	WORKS(t, store_request_put(t->store, 1000, "id", "change.new", digest_a,
			 "{\"id\":\"C-1\"}", &t->e));
	WORKS(t, store_commit(t->store, &t->e));
	assert_int_equal(store_request_find(t->store, 1000, "id", "change.new",
				 digest_a, &answer, &t->e),
		1);
	assert_string_equal(answer, "{\"id\":\"C-1\"}");
	free(answer);
	assert_int_equal(store_request_find(t->store, 1000, "id", "change.new",
				 digest_b, &answer, &t->e),
		-1);
	assert_int_equal(t->e.code, ERROR_CHANGED);
	assert_int_equal(store_request_find(t->store, 1001, "id", "change.new",
				 digest_a, &answer, &t->e),
		0);
	clock_virtual_advance(&t->clock, INT64_C(31) * 24 * 3600 * 1000);
	assert_int_equal(store_request_find(t->store, 1000, "id", "change.new",
				 digest_a, &answer, &t->e),
		0);
}

static void
test_deployment(void **state)
{
	struct store_test *t = *state;
	struct deployment d = {0}, found;

	store_test_open(t);
	d.service = (char *)(uintptr_t) "shop";
	d.env = (char *)(uintptr_t) "production";
	d.host = (char *)(uintptr_t) "web-1";
	d.state = (char *)(uintptr_t) "behind";
	d.rollout.number = 57;
	WORKS(t, store_begin(t->store, &t->e));
	WORKS(t, store_deployment_put(t->store, &d, &t->e));
	d.version = (char *)(uintptr_t) "2";
	WORKS(t, store_deployment_put(t->store, &d, &t->e));
	WORKS(t, store_commit(t->store, &t->e));
	assert_int_equal(store_deployment_find(t->store, "shop", "production",
				 "web-1", &found, &t->e),
		1);
	assert_string_equal(found.version, "2");
	assert_string_equal(found.state, "behind");
	assert_null(found.release);
	assert_int_equal(found.rollout.number, 57);
	deployment_finish(&found);
	assert_int_equal(store_deployment_find(t->store, "shop", "production",
				 "web-2", &found, &t->e),
		0);
}

static void
test_waits(void **state)
{
	struct store_test *t = *state;
	int64_t n;

	store_test_open(t);
	WORKS(t, store_begin(t->store, &t->e));
	WORKS(t, store_wait_begin(t->store, "C-1", "approval", 10, &t->e));
	WORKS(t, store_wait_begin(t->store, "C-1", "approval", 20, &t->e));
	WORKS(t, store_wait_end(t->store, "C-1", "approval", 5, &t->e));
	WORKS(t, store_wait_end(t->store, "C-1", "approval", 50, &t->e));
	WORKS(t, store_wait_begin(t->store, "C-1", "approval", 60, &t->e));
	WORKS(t, store_commit(t->store, &t->e));
	WORKS(t, store_get_number(t->store->db,
			 "SELECT count(*) FROM waits WHERE began_at = 10 AND"
			 " ended_at = 10",
			 &n, &t->e));
	assert_int_equal(n, 1);
	WORKS(t, store_get_number(t->store->db, "SELECT count(*) FROM waits",
			 &n, &t->e));
	assert_int_equal(n, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(f)                                                                \
	cmocka_unit_test_setup_teardown(f, store_test_begin, store_test_end)
		CASE(test_identity_stays),
		CASE(test_settings_are_on),
		CASE(test_rollback_takes_all_back),
		CASE(test_second_process_is_busy),
		CASE(test_foreign_database_is_refused),
		CASE(test_newer_schema_is_refused),
		CASE(test_garbage_is_refused),
		CASE(test_migration_keeps_a_copy),
		CASE(test_check_and_copy),
		CASE(test_release),
		CASE(test_plan),
		CASE(test_way_back),
		CASE(test_request_is_one_act),
		CASE(test_deployment),
		CASE(test_waits),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
