/*
 * store.c - the life of the database: open, transactions, checkpoints, check.
 *
 * Nothing opens the database files but SQLite: opening and closing them from
 * here would drop its locks.
 */
#include "store/store_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/file.h"
#include "base/random.h"
#include "base/text.h"
#include "store/artefact_delta.h"
#include "store/backup.h"

/* Checkpoint when the log has so many pages of 4 KiB: when idle, and at the
 * latest. */
#define COMMITS_PUT_OFF 64 /* of these one is made, in a hurry */
#define CHECKPOINT_PAGES 1000
#define CHECKPOINT_PAGES_MAX 16000

static const char *const statement_sql[STATEMENT_COUNT] = {
#define STATEMENT(id, sql) sql,
#include "store/statements.def"
#undef STATEMENT
};

/* File systems whose locks and syncs cannot be relied on (statfs(2)). */
static const struct {
	unsigned long magic;
	const char *name;
} network_file_systems[] = {
	{0x6969, "nfs"},
	{0x517b, "smb"},
	{0xff534d42, "cifs"},
	{0xfe534d42, "smb2"},
	{0x5346414f, "afs"},
	{0x6b414653, "afs"},
	{0x73757245, "coda"},
	{0x00c36400, "ceph"},
	{0x564c, "ncp"},
	{0x0bd00bd0, "lustre"},
	{0x01161970, "gfs2"},
	{0x7461636f, "ocfs2"},
};

static int
refuse_network(const char *dir, struct error *e)
{
	struct statfs fs;
	size_t i;

	if (statfs(dir, &fs) == -1)
		return error_set_errno(e, errno, "cannot use '%s'", dir);
	for (i = 0; i < ARRAY_SIZE(network_file_systems); i++) {
		if ((unsigned long)fs.f_type != network_file_systems[i].magic)
			continue;
		error_set(e, ERROR_INVALID,
			"'%s' is on a network file system (%s)", dir,
			network_file_systems[i].name);
		return error_hint(
			e, "choose a state directory on a local disk");
	}
	return 0;
}

/* The lock is taken for ever with the first access. */
static int
take_file(sqlite3 *db, const char *path, struct error *e)
{
	int64_t id, tables;

	if (store_exec(db, "PRAGMA locking_mode=EXCLUSIVE", e) == -1 ||
		store_get_number(db, "PRAGMA application_id", &id, e) == -1 ||
		store_get_number(db, "SELECT count(*) FROM sqlite_schema",
			&tables, e) == -1)
		return -1;
	if (id == STORE_APPLICATION_ID || (id == 0 && tables == 0))
		return 0;
	return error_set(e, ERROR_INVALID,
		"'%s' is a database of another program", path);
}

static int
expect(sqlite3 *db, const char *pragma, int64_t wanted, struct error *e)
{
	int64_t got;

	if (store_get_number(db, pragma, &got, e) == -1)
		return -1;
	if (got != wanted)
		return error_set(e, ERROR_IO,
			"the database refuses '%s': %lld instead of %lld",
			pragma, (long long)got, (long long)wanted);
	return 0;
}

static int
set_wal(sqlite3 *db, struct error *e)
{
	sqlite3_stmt *st = NULL;
	const unsigned char *mode;
	int result = 0;

	if (sqlite3_prepare_v2(db, "PRAGMA journal_mode=WAL", -1, &st, NULL) !=
			SQLITE_OK ||
		sqlite3_step(st) != SQLITE_ROW) {
		result = store_error(db, e, "cannot use a write-ahead log");
	} else {
		mode = sqlite3_column_text(st, 0);
		if (mode == NULL || strcmp((const char *)mode, "wal") != 0)
			result = error_set(e, ERROR_IO,
				"cannot use a write-ahead log");
	}
	sqlite3_finalize(st);
	return result;
}

static int
set_pragmas(sqlite3 *db, int synchronous, struct error *e)
{
	static const char settings[] = "PRAGMA foreign_keys=ON;"
				       "PRAGMA trusted_schema=OFF;"
				       "PRAGMA cell_size_check=ON;"
				       "PRAGMA wal_autocheckpoint=0;"
				       "PRAGMA journal_size_limit=67108864;"
				       "PRAGMA cache_size=-32768;"
				       "PRAGMA temp_store=MEMORY;";
	char *sync = xasprintf("PRAGMA synchronous=%d", synchronous);
	int result = -1;

	/* The file is made with a rollback journal, whose removal only EXTRA
	 * syncs: it must not come back and undo what the log has by then. */
	if (store_exec(db, "PRAGMA synchronous=EXTRA", e) == 0 &&
		set_wal(db, e) == 0 && store_exec(db, sync, e) == 0 &&
		expect(db, "PRAGMA synchronous", synchronous, e) == 0 &&
		store_exec(db, settings, e) == 0 &&
		expect(db, "PRAGMA foreign_keys", 1, e) == 0)
		result = 0;
	free(sync);
	return result;
}

static int
count_wal(void *arg, sqlite3 *db, const char *name, int pages)
{
	struct store *s = arg;

	(void)db;
	(void)name;
	s->wal_pages = pages;
	return SQLITE_OK;
}

static int
prepare_all(struct store *s, struct error *e)
{
	int i;

	for (i = 0; i < STATEMENT_COUNT; i++)
		if (sqlite3_prepare_v3(s->db, statement_sql[i], -1,
			    SQLITE_PREPARE_PERSISTENT, &s->statements[i],
			    NULL) != SQLITE_OK)
			return store_error(s->db, e,
				"cannot prepare statement '%.60s'",
				statement_sql[i]);
	return 0;
}

int
store_meta_find(struct store *s, const char *key, char **ret, struct error *e)
{
	struct query q;
	int got;

	query_begin(&q, s, STATEMENT_META_FIND);
	query_bind_text(&q, key);
	got = query_next(&q, e);
	if (got == 1)
		*ret = query_text(&q);
	query_end(&q);
	return got;
}

int
store_meta_put(
	struct store *s, const char *key, const char *value, struct error *e)
{
	struct query q;

	query_begin(&q, s, STATEMENT_META_PUT);
	query_bind_text(&q, key);
	query_bind_text(&q, value);
	return query_run(&q, e);
}

int
store_config_find(struct store *s, char **ret, struct error *e)
{
	return store_meta_find(s, "config", ret, e);
}

int
store_config_put(struct store *s, const char *text, struct error *e)
{
	store_assert_writing(s);
	return store_meta_put(s, "config", text, e);
}

static int
put_epoch(struct store *s, int64_t epoch, struct error *e)
{
	char *text = xasprintf("%lld", (long long)epoch);
	int result = store_meta_put(s, "epoch", text, e);

	free(text);
	return result;
}

static int
make_identity(struct store *s, struct error *e)
{
	char *at = xasprintf(
		"%lld", (long long)(clock_wall_ms(s->clock) / 1000));
	char id[33];
	int result = -1;

	random_hex(id, 16);
	if (store_begin(s, e) == -1)
		goto out;
	if (store_meta_put(s, "engine_id", id, e) == -1 ||
		store_meta_put(s, "created_at", at, e) == -1 ||
		put_epoch(s, 1, e) == -1) {
		store_rollback(s);
		goto out;
	}
	result = store_commit(s, e);
out:
	free(at);
	return result;
}

static int
load_identity(struct store *s, struct error *e)
{
	char *id = NULL, *epoch = NULL;
	int got = store_meta_find(s, "engine_id", &id, e);

	if (got == 0 && make_identity(s, e) == 0)
		got = store_meta_find(s, "engine_id", &id, e);
	if (got == 1)
		got = store_meta_find(s, "epoch", &epoch, e);
	if (got == 1 && strlen(id) == 32 && strtoll(epoch, NULL, 10) > 0) {
		memcpy(s->engine_id, id, sizeof(s->engine_id));
		s->epoch = s->committed_epoch = strtoll(epoch, NULL, 10);
	} else if (got != -1) {
		got = error_set(e, ERROR_CORRUPT,
			"the database does not say whose it is");
	}
	free(id);
	free(epoch);
	return got == -1 ? -1 : 0;
}

static int
open_database(struct store *s, const char *path, int synchronous,
	struct error *e)
{
	if (sqlite3_open_v2(path, &s->db,
		    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
			    SQLITE_OPEN_NOMUTEX,
		    store_vfs_name()) != SQLITE_OK)
		return store_error(s->db, e, "cannot open '%s'", path);
	sqlite3_extended_result_codes(s->db, 1);
	if (take_file(s->db, path, e) == -1 ||
		set_pragmas(s->db, synchronous, e) == -1)
		return -1;
	sqlite3_wal_hook(s->db, count_wal, s);
	if (store_migrate(s->db, path, store_migrations, store_migration_count,
		    e) == -1 ||
		prepare_all(s, e) == -1 || load_identity(s, e) == -1)
		return -1;
	return store_ledger_load(s, e);
}

int
store_open_synchronous(const char *dir, struct clock *clock, int synchronous,
	struct store **ret, struct error *e)
{
	struct store *s = xcalloc(1, sizeof(*s));
	char *path = path_join(dir, "sluice.db");
	struct error local;
	int result = -1;

	if (e == NULL)
		e = &local;
	s->clock = clock;
	if (refuse_network(dir, e) == -1)
		goto out;
	if (open_database(s, path, synchronous, e) == -1) {
		if (e->code == ERROR_BUSY)
			error_set(e, ERROR_BUSY,
				"'%s' is in use by another process", path);
		else
			error_prefix(e, "'%s'", path);
		goto out;
	}
	/* Whoever holds the database is alone in DIR. */
	artefact_sweep(dir);
	delta_sweep(dir, DELTA_KEPT_DAYS);
	backup_sweep(dir);
	*ret = s;
	s = NULL;
	result = 0;
out:
	store_close(s);
	free(path);
	return result;
}

int
store_open(const char *dir, struct clock *clock, struct store **ret,
	struct error *e)
{
	return store_open_synchronous(dir, clock, 2, ret, e);
}

void
store_close(struct store *s)
{
	int i;

	if (s == NULL)
		return;
	if (s->in_transaction)
		store_rollback(s);
	for (i = 0; i < STATEMENT_COUNT; i++)
		sqlite3_finalize(s->statements[i]);
	sqlite3_close(s->db);
	free(s->ledger_problem);
	free(s);
}

const char *
store_engine_id(const struct store *s)
{
	return s->engine_id;
}

int64_t
store_epoch(const struct store *s)
{
	return s->epoch;
}

int
store_raise_epoch(struct store *s, struct error *e)
{
	bool own = !s->in_transaction;

	if (own && store_begin(s, e) == -1)
		return -1;
	if (put_epoch(s, s->epoch + 1, e) == -1) {
		if (own)
			store_rollback(s);
		return -1;
	}
	s->epoch++;
	return own ? store_commit(s, e) : 0;
}

void
store_assert_writing(const struct store *s)
{
	assert(s->in_transaction);
	(void)s;
}

int
store_begin(struct store *s, struct error *e)
{
	struct query q;

	assert(!s->in_transaction);
	if (s->is_broken)
		return error_set(e, ERROR_IO,
			"the database failed and is not written any more");
	query_begin(&q, s, STATEMENT_BEGIN);
	if (query_run(&q, e) == -1)
		return -1;
	s->in_transaction = true;
	return 0;
}

/* What memory knows of the rows goes back to what is on the disk. */
static void
forget_transaction(struct store *s)
{
	s->in_transaction = false;
	s->head = s->committed_head;
	s->epoch = s->committed_epoch;
}

int
store_commit(struct store *s, struct error *e)
{
	struct query q;

	assert(s->in_transaction);
	/* A full disk may have ended the transaction under us. */
	if (sqlite3_get_autocommit(s->db)) {
		forget_transaction(s);
		return error_set(e, ERROR_IO,
			"the database took back what was not committed");
	}
	/* The transaction stays open and takes the next turns as well. */
	if (s->is_hurried && ++s->put_off % COMMITS_PUT_OFF != 0)
		return 0;
	query_begin(&q, s, STATEMENT_COMMIT);
	if (query_run(&q, e) == -1) {
		int code = sqlite3_errcode(s->db) & 0xff;

		s->is_broken = code != SQLITE_FULL;
		store_rollback(s);
		return error_prefix(e, "cannot commit");
	}
	s->in_transaction = false;
	s->committed_head = s->head;
	s->committed_epoch = s->epoch;
	if (s->wal_pages >= CHECKPOINT_PAGES_MAX)
		store_checkpoint(s);
	return 0;
}

void
store_rollback(struct store *s)
{
	struct query q;

	assert(s->in_transaction);
	forget_transaction(s);
	if (sqlite3_get_autocommit(s->db))
		return;
	query_begin(&q, s, STATEMENT_ROLLBACK);
	query_run(&q, NULL);
}

bool
store_in_transaction(const struct store *s)
{
	return s->in_transaction;
}

int
store_set_durable(struct store *s, bool durable, struct error *e)
{
	if (!durable) {
		assert(!s->in_transaction);
		s->is_hurried = true;
		return store_exec(s->db, "PRAGMA synchronous=OFF", e);
	}
	s->is_hurried = false;
	if (s->in_transaction && store_commit(s, e) == -1)
		return -1;
	if (store_exec(s->db, "PRAGMA synchronous=FULL", e) == -1)
		return -1;
	return store_exec(s->db, "PRAGMA wal_checkpoint(TRUNCATE)", e);
}

void
store_checkpoint(struct store *s)
{
	if (s->in_transaction || s->is_broken ||
		s->wal_pages < CHECKPOINT_PAGES)
		return;
	/* One that fails is tried again with the next; nothing is lost. */
	if (sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE,
		    NULL, NULL) == SQLITE_OK)
		s->wal_pages = 0;
}

static int
check_one(struct store *s, enum statement id, struct strbuf *out)
{
	struct error e;
	struct query q;
	int problems = 0, got;

	query_begin(&q, s, id);
	while ((got = query_next(&q, &e)) == 1) {
		char *line = query_text(&q);

		if (line != NULL && strcmp(line, "ok") != 0) {
			text_add_printable(out, line, strlen(line));
			strbuf_addc(out, '\n');
			problems++;
		}
		free(line);
	}
	query_end(&q);
	if (got == -1) {
		strbuf_addf(out, "%s\n", e.text);
		problems++;
	}
	return problems;
}

int
store_check(struct store *s, struct strbuf *out)
{
	static const enum statement checks[] = {STATEMENT_CHECK_SQLITE,
		STATEMENT_CHECK_REFERENCES, STATEMENT_CHECK_CHANGES,
		STATEMENT_CHECK_PLANS, STATEMENT_CHECK_RELEASES,
		STATEMENT_CHECK_HOSTS, STATEMENT_CHECK_STEPS};
	int problems = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(checks); i++)
		problems += check_one(s, checks[i], out);
	if (s->ledger_problem != NULL) {
		strbuf_addf(out, "%s\n", s->ledger_problem);
		problems++;
	}
	return problems;
}
