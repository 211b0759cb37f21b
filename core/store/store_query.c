/*
 * store_query.c - one run of a prepared statement. A statement is reset when
 * its query ends, so none is left open when control returns to the loop. An
 * `each` whose callback needs the same statement gets a copy of it.
 */
#include "store/store_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int
store_error(sqlite3 *db, struct error *e, const char *fmt, ...)
{
	int code = sqlite3_extended_errcode(db);
	enum error_code mapped = ERROR_IO;
	char *what;
	va_list ap;
	struct strbuf sb;

	strbuf_init(&sb);
	va_start(ap, fmt);
	strbuf_vaddf(&sb, fmt, ap);
	va_end(ap);
	what = sb.buf;
	switch (code & 0xff) {
	case SQLITE_FULL:
		mapped = ERROR_NO_SPACE;
		break;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		mapped = ERROR_BUSY;
		break;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		mapped = ERROR_CORRUPT;
		break;
	case SQLITE_CONSTRAINT:
	case SQLITE_ERROR:
	case SQLITE_MISUSE:
		mapped = ERROR_INTERNAL;
		break;
	default:
		break;
	}
	if (sqlite3_system_errno(db) == ENOSPC)
		mapped = ERROR_NO_SPACE;
	error_set(e, mapped, "%s: %s", what, sqlite3_errmsg(db));
	strbuf_finish(&sb);
	return -1;
}

int
store_unknown_word(struct error *e, const char *what, const char *word)
{
	return error_set(e, ERROR_CORRUPT,
		"the database has %s '%s', which this version does not know",
		what, word == NULL ? "" : word);
}

int
store_exec(sqlite3 *db, const char *sql, struct error *e)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return store_error(db, e, "cannot use the database");
	return 0;
}

int
store_get_number(sqlite3 *db, const char *sql, int64_t *ret, struct error *e)
{
	sqlite3_stmt *st = NULL;
	int result = -1;

	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK ||
		sqlite3_step(st) != SQLITE_ROW) {
		store_error(db, e, "cannot read the database");
	} else {
		*ret = sqlite3_column_int64(st, 0);
		result = 0;
	}
	sqlite3_finalize(st);
	return result;
}

void
query_begin(struct query *q, struct store *s, enum statement id)
{
	memset(q, 0, sizeof(*q));
	q->s = s;
	q->st = s->statements[id];
	if (!sqlite3_stmt_busy(q->st))
		return;
	q->is_extra = true;
	if (sqlite3_prepare_v2(s->db, sqlite3_sql(s->statements[id]), -1,
		    &q->st, NULL) != SQLITE_OK)
		abort(); /* it was prepared before: only memory is missing */
}

static void
bound(int code)
{
	assert(code == SQLITE_OK);
	(void)code;
}

void
query_bind_text_len(struct query *q, const char *s, size_t len)
{
	q->bound++;
	bound(s == NULL ? sqlite3_bind_null(q->st, q->bound)
			: sqlite3_bind_text64(q->st, q->bound, s, len,
				  SQLITE_STATIC, SQLITE_UTF8));
}

void
query_bind_text(struct query *q, const char *s)
{
	query_bind_text_len(q, s, s == NULL ? 0 : strlen(s));
}

void
query_bind_blob(struct query *q, const void *data, size_t len)
{
	bound(sqlite3_bind_blob64(
		q->st, ++q->bound, data, len, SQLITE_STATIC));
}

void
query_bind_int(struct query *q, int64_t n)
{
	bound(sqlite3_bind_int64(q->st, ++q->bound, n));
}

void
query_bind_int_or_null(struct query *q, int64_t n)
{
	if (n != 0)
		query_bind_int(q, n);
	else
		bound(sqlite3_bind_null(q->st, ++q->bound));
}

int
query_next(struct query *q, struct error *e)
{
	q->column = 0;
	/* A full disk may have ended the transaction under us: what follows
	 * must not be committed by itself. */
	if (q->s->in_transaction && sqlite3_get_autocommit(q->s->db) &&
		!sqlite3_stmt_readonly(q->st))
		return error_set(e, ERROR_NO_SPACE,
			"the database took the transaction back");
	switch (sqlite3_step(q->st)) {
	case SQLITE_ROW:
		return 1;
	case SQLITE_DONE:
		return 0;
	default:
		return store_error(q->s->db, e, "the database failed");
	}
}

const char *
query_bytes(struct query *q, size_t *ret_len)
{
	const void *data = sqlite3_column_blob(q->st, q->column);

	*ret_len = (size_t)sqlite3_column_bytes(q->st, q->column);
	q->column++;
	return data == NULL ? "" : data;
}

char *
query_text(struct query *q)
{
	bool is_null = sqlite3_column_type(q->st, q->column) == SQLITE_NULL;
	const char *s;
	size_t len;

	s = query_bytes(q, &len);
	return is_null ? NULL : xstrndup(s, len);
}

int64_t
query_int(struct query *q)
{
	return sqlite3_column_int64(q->st, q->column++);
}

void
query_hash(struct query *q, char ret[DIGEST_HEX_SIZE])
{
	size_t len;
	const char *s = query_bytes(q, &len);

	if (len >= DIGEST_HEX_SIZE)
		len = DIGEST_HEX_SIZE - 1;
	memcpy(ret, s, len);
	ret[len] = '\0';
}

void
query_words(struct query *q, struct strings *ret)
{
	char *text = query_text(q), *rest = text, *word;

	while ((word = strsep(&rest, " ")) != NULL)
		if (*word != '\0')
			strings_add(ret, word);
	free(text);
}

char *
store_words(const struct strings *list)
{
	struct strbuf sb;
	size_t i;

	strbuf_init(&sb);
	for (i = 0; i < list->count; i++)
		strbuf_addf(&sb, "%s%s", i ? " " : "", list->items[i]);
	return strbuf_detach(&sb);
}

void
query_end(struct query *q)
{
	if (q->is_extra) {
		sqlite3_finalize(q->st);
	} else {
		sqlite3_reset(q->st);
		sqlite3_clear_bindings(q->st);
	}
	q->st = NULL;
}

int
query_run(struct query *q, struct error *e)
{
	int got;

	while ((got = query_next(q, e)) == 1)
		continue;
	query_end(q);
	return got;
}
