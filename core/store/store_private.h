/*
 * store_private.h - what the files of core/store share: the open database and
 * a small cursor over its prepared statements.
 */
#ifndef SLUICE_STORE_STORE_PRIVATE_H
#define SLUICE_STORE_STORE_PRIVATE_H

#include <sqlite3.h>

#include "base/base.h"
#include "store/store.h"

#define STORE_APPLICATION_ID 0x736c7563 /* "sluc" */
#define STORE_ZERO_HASH                                                        \
	"0000000000000000000000000000000000000000000000000000000000000000"

enum statement {
#define STATEMENT(id, sql) STATEMENT_##id,
#include "store/statements.def"
#undef STATEMENT
	STATEMENT_COUNT
};

struct ledger_head {
	int64_t seq;
	int64_t at;
	char hash[DIGEST_HEX_SIZE];
};

struct store {
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENT_COUNT];
	struct clock *clock;
	char engine_id[33];
	int64_t epoch, committed_epoch;
	struct ledger_head head;	   /* with the open transaction */
	struct ledger_head committed_head; /* without it */
	char *ledger_problem;		   /* found when it was opened */
	bool in_transaction;
	bool is_broken; /* a commit failed: nothing is written any more */
	int wal_pages;
	bool is_hurried; /* see store_set_durable */
	unsigned put_off; /* commits, while it is */
};

/* As store_open, with another PRAGMA synchronous: the test of power losses
 * shows with 0 that it would notice. */
int store_open_synchronous(const char *dir, struct clock *clock,
	int synchronous, struct store **ret, struct error *e);

/* The VFS to open the database with; NULL: the default. */
const char *store_vfs_name(void);

/* Fills e from what sqlite says about db. Returns -1. */
int store_error(sqlite3 *db, struct error *e, const char *fmt, ...)
	SLUICE_PRINTF(3, 4);

/* Runs statements without results. */
int store_exec(sqlite3 *db, const char *sql, struct error *e);

/* The number that a pragma or a one-value query gives. */
int store_get_number(
	sqlite3 *db, const char *sql, int64_t *ret, struct error *e);

/* A copy of the database, synced. Replaces nothing. */
int store_copy(sqlite3 *db, const char *path, struct error *e);

/* One run of one statement; parameters and columns go from left to right. */
struct query {
	struct store *s;
	sqlite3_stmt *st;
	int bound;
	int column;
	bool is_extra; /* the shared one was in use: an own copy */
};

void query_begin(struct query *q, struct store *s, enum statement id);
/* Text and blobs are borrowed until query_end. */
void query_bind_text(struct query *q, const char *s);
void query_bind_text_len(struct query *q, const char *s, size_t len);
void query_bind_blob(struct query *q, const void *data, size_t len);
void query_bind_int(struct query *q, int64_t n);
void query_bind_int_or_null(struct query *q, int64_t n); /* 0 is NULL */

/* 1: a row, 0: no more, -1: failed. */
int query_next(struct query *q, struct error *e);
char *query_text(struct query *q); /* owned, NULL as it is */
int64_t query_int(struct query *q);
/* Adds the words of a text with spaces between them, and makes such a text
 * (owned). */
void query_words(struct query *q, struct strings *ret);
char *store_words(const struct strings *list);
void query_hash(struct query *q, char ret[DIGEST_HEX_SIZE]);
/* Borrowed until the next row. */
const char *query_bytes(struct query *q, size_t *ret_len);
void query_end(struct query *q);

/* Runs to the end and ends q. */
int query_run(struct query *q, struct error *e);

/* The columns of a row of signatures, from the next one on. */
void store_signature_read(struct query *q, struct signature *ret);

/* Every write is inside a transaction: asserted here. */
void store_assert_writing(const struct store *s);

int store_meta_find(
	struct store *s, const char *key, char **ret, struct error *e);
int store_meta_put(struct store *s, const char *key, const char *value,
	struct error *e);

/* Loads the head and checks the newest entries. */
int store_ledger_load(struct store *s, struct error *e);

/*
 * Brings a database to the newest schema: each migration in a transaction of
 * its own, after a backup beside it where there is something to lose.
 */
struct migration {
	int version; /* user_version after it; rising */
	const char *sql;
};
int store_migrate(sqlite3 *db, const char *path,
	const struct migration *migrations, size_t count, struct error *e);
extern const struct migration store_migrations[];
extern const size_t store_migration_count;

/* Sets *ret to the value whose name(value) is text; else an error. */
#define FIND_NAME(ret, type, count, name, text)                                \
	do {                                                                   \
		int find_i;                                                    \
									       \
		(ret) = -1;                                                    \
		for (find_i = 0; (text) != NULL && find_i < (int)(count);      \
			find_i++)                                              \
			if (strcmp(name((type)find_i), (text)) == 0)           \
				(ret) = find_i;                                \
	} while (0)

/* A word in the database that no version knows. Returns -1. */
int store_unknown_word(struct error *e, const char *what, const char *word);

/* What an `each` returns after fn said stop. */
static inline int
store_each_result(int got)
{
	return got < 0 ? -1 : 0;
}

#endif
