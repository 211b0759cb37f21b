/*
 * store_migrate.c - from an older schema to the newest. A database that has
 * something to lose is copied beside itself before it is touched.
 */
#include "store/store_private.h"

#include <stdlib.h>
#include <unistd.h>

static const unsigned char schema_sql[] = {
#include "store/schema.inc"
	0};

const struct migration store_migrations[] = {
	{1, (const char *)schema_sql},
	/* What went over the wire, and what did not have to. */
	{2, "ALTER TABLE steps"
	    " ADD COLUMN sent_bytes INTEGER NOT NULL DEFAULT 0;"
	    "ALTER TABLE rollouts"
	    " ADD COLUMN sent_bytes INTEGER NOT NULL DEFAULT 0;"
	    "ALTER TABLE rollouts"
	    " ADD COLUMN saved_bytes INTEGER NOT NULL DEFAULT 0"},
	/* What consoles keep for their person: drafts, places, sorting. */
	{3, "CREATE TABLE kept (person TEXT NOT NULL, key TEXT NOT NULL,"
	    " value TEXT NOT NULL, at INTEGER NOT NULL,"
	    " PRIMARY KEY (person, key)) STRICT, WITHOUT ROWID"},
	/* The risk of a change as it was submitted, and who was told of what:
	 * a notice, and its way to each of those who want it. */
	{4, "ALTER TABLE changes ADD COLUMN risk INTEGER NOT NULL DEFAULT -1;"
	    "ALTER TABLE changes ADD COLUMN risk_reasons TEXT;"
	    "ALTER TABLE changes"
	    " ADD COLUMN reminders INTEGER NOT NULL DEFAULT 0;"
	    "CREATE INDEX changes_service ON changes (service, env);"
	    "CREATE INDEX rollouts_service ON rollouts (service, env);"
	    "CREATE TABLE notices (id INTEGER PRIMARY KEY AUTOINCREMENT,"
	    " kind TEXT NOT NULL, object TEXT NOT NULL, at INTEGER NOT NULL,"
	    " body TEXT NOT NULL) STRICT;"
	    "CREATE TABLE deliveries (notice INTEGER NOT NULL"
	    " REFERENCES notices (id), target TEXT NOT NULL,"
	    " state TEXT NOT NULL, attempts INTEGER NOT NULL,"
	    " next_at INTEGER NOT NULL, error TEXT,"
	    " PRIMARY KEY (notice, target)) STRICT, WITHOUT ROWID;"
	    "CREATE INDEX deliveries_waiting ON deliveries (next_at)"
	    " WHERE state = 'waiting'"},
	/* Gates, blue-green, samples and what the analysis made of them. */
	{5, "ALTER TABLE rollouts"
	    " ADD COLUMN gate INTEGER NOT NULL DEFAULT 0;"
	    "ALTER TABLE rollouts"
	    " ADD COLUMN gate_since INTEGER NOT NULL DEFAULT 0;"
	    "ALTER TABLE rollouts ADD COLUMN colour TEXT;"
	    "ALTER TABLE rollouts ADD COLUMN traffic TEXT;"
	    /* One comparison: a wave of a rollout against what has not moved.
	     * result is JSON, as it stood when it was looked at last. */
	    "CREATE TABLE analyses ("
	    " rollout INTEGER NOT NULL, wave INTEGER NOT NULL,"
	    " began_at_ms INTEGER NOT NULL, ended_at_ms INTEGER NOT NULL,"
	    " verdict TEXT NOT NULL, result TEXT NOT NULL,"
	    " PRIMARY KEY (rollout, wave)) STRICT, WITHOUT ROWID;"
	    /* All hosts of one metric at one moment; see sample_block.h. */
	    "CREATE TABLE samples ("
	    " rollout INTEGER NOT NULL, wave INTEGER NOT NULL,"
	    " at_ms INTEGER NOT NULL, metric INTEGER NOT NULL,"
	    " bytes BLOB NOT NULL,"
	    " PRIMARY KEY (rollout, wave, at_ms, metric))"
	    " STRICT, WITHOUT ROWID;"
	    /* Releases that a rollout had to be taken back of. */
	    "CREATE TABLE taken_back ("
	    " service TEXT NOT NULL, version TEXT NOT NULL,"
	    " env TEXT NOT NULL, rollout INTEGER NOT NULL,"
	    " reason TEXT NOT NULL, at INTEGER NOT NULL,"
	    " PRIMARY KEY (service, version, env)) STRICT, WITHOUT ROWID"},
	/* Who was told what about an object last. */
	{6, "CREATE INDEX notices_object ON notices (object);"
	    "CREATE INDEX deliveries_target ON deliveries (target)"},
	/* What the queue is made of, among all that is over. */
	{7, "CREATE INDEX changes_open ON changes (id)"
	    " WHERE state IN ('submitted', 'voided', 'expired', 'mixed')"
	    " OR (review_by <> 0 AND outcome IS NULL)"},
	/*
	 * Signatures. decisions.key: of the key that signed, NULL: nobody
	 * signed. statements: what was handed out to be signed; each counts
	 * once. signatures: as they came, with the allowed signers of then;
	 * message is NULL where the artefact's bytes were signed. Entries of
	 * the ledger name their decision from here on, and what they name
	 * can be looked up.
	 */
	{8, "ALTER TABLE decisions ADD COLUMN key TEXT;"
	    "CREATE TABLE statements ("
	    " nonce TEXT PRIMARY KEY, object TEXT NOT NULL,"
	    " about TEXT NOT NULL, revision INTEGER NOT NULL,"
	    " digest TEXT NOT NULL, verb TEXT NOT NULL,"
	    " uid INTEGER NOT NULL, expires_at INTEGER NOT NULL,"
	    " text TEXT NOT NULL, decision INTEGER NOT NULL"
	    ") STRICT, WITHOUT ROWID;"
	    "CREATE INDEX statements_object ON statements (object);"
	    "CREATE INDEX statements_expires ON statements (expires_at);"
	    "CREATE TABLE signatures ("
	    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
	    " decision INTEGER REFERENCES decisions (id),"
	    " service TEXT, version TEXT, namespace TEXT NOT NULL,"
	    " message TEXT, text TEXT NOT NULL, principal TEXT NOT NULL,"
	    " key TEXT NOT NULL, key_type TEXT NOT NULL,"
	    " signers TEXT NOT NULL REFERENCES signers (sha256),"
	    " at INTEGER NOT NULL) STRICT;"
	    "CREATE INDEX signatures_decision ON signatures (decision);"
	    "CREATE INDEX signatures_release"
	    " ON signatures (service, version);"
	    "CREATE TABLE signers (sha256 TEXT PRIMARY KEY,"
	    " text TEXT NOT NULL) STRICT, WITHOUT ROWID;"
	    "ALTER TABLE ledger ADD COLUMN decision INTEGER;"
	    "ALTER TABLE ledger ADD COLUMN rollout TEXT;"
	    "UPDATE ledger SET rollout = detail ->> '$.rollout'"
	    " WHERE detail ->> '$.rollout' IS NOT NULL;"
	    "CREATE INDEX ledger_rollout ON ledger (rollout)"
	    " WHERE rollout IS NOT NULL;"
	    "CREATE INDEX ledger_decision ON ledger (decision)"
	    " WHERE decision IS NOT NULL;"
	    "INSERT INTO meta (key, value) SELECT 'decisions_before',"
	    " coalesce(max(id), 0) FROM decisions"},
	/* What a release needs of other services: "api=2.1 auth=3". */
	{9, "ALTER TABLE releases ADD COLUMN needs TEXT NOT NULL DEFAULT ''"},
	/* Much may be said of one object: what is looked for is found by its
	 * name as well. */
	{10, "CREATE INDEX ledger_what ON ledger (object, what)"},
};
const size_t store_migration_count = ARRAY_SIZE(store_migrations);

static int
back_up(sqlite3 *db, const char *path, int64_t version, struct error *e)
{
	char *copy = xasprintf("%s.v%lld", path, (long long)version);
	int result;

	unlink(copy);
	result = store_copy(db, copy, e);
	free(copy);
	return result == 0
		       ? 0
		       : error_prefix(e, "cannot back up before migrating");
}

static int
apply(sqlite3 *db, const struct migration *m, struct error *e)
{
	char *mark = xasprintf("PRAGMA application_id=%d;"
			       "PRAGMA user_version=%d;",
		STORE_APPLICATION_ID, m->version);
	int result = -1;

	if (store_exec(db, "BEGIN IMMEDIATE", e) == -1)
		goto out;
	if (store_exec(db, m->sql, e) == -1 || store_exec(db, mark, e) == -1 ||
		store_exec(db, "COMMIT", e) == -1) {
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
		error_prefix(e, "cannot make schema %d", m->version);
		goto out;
	}
	result = 0;
out:
	free(mark);
	return result;
}

int
store_migrate(sqlite3 *db, const char *path, const struct migration *migrations,
	size_t count, struct error *e)
{
	int newest = migrations[count - 1].version;
	int64_t version;
	size_t i;

	if (store_get_number(db, "PRAGMA user_version", &version, e) == -1)
		return -1;
	if (version > newest) {
		error_set(e, ERROR_INVALID,
			"'%s' was written by a newer version of sluice "
			"(schema %lld, this one knows %d)",
			path, (long long)version, newest);
		return error_hint(e, "use that version, or restore a backup");
	}
	if (version > 0 && version < newest &&
		back_up(db, path, version, e) == -1)
		return -1;
	for (i = 0; i < count; i++)
		if (migrations[i].version > version &&
			apply(db, &migrations[i], e) == -1)
			return -1;
	return 0;
}
