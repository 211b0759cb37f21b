/*
 * store_copy.c - copies of a database that is in use, by sqlite's backup
 * interface: what the same connection writes meanwhile enters the copy too.
 */
#include "store/store_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"

struct store_copying {
	char *path;
	sqlite3 *to;
	sqlite3_backup *backup;
	bool is_whole;
};

static int
copying_open(struct store_copying *c, sqlite3 *from, struct error *e)
{
	if (sqlite3_open_v2(c->path, &c->to,
		    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) !=
		SQLITE_OK)
		return store_error(c->to, e, "cannot make '%s'", c->path);
	if (store_exec(c->to, "PRAGMA synchronous=OFF", e) == -1)
		return -1;
	c->backup = sqlite3_backup_init(c->to, "main", from, "main");
	if (c->backup == NULL)
		return store_error(c->to, e,
			"cannot copy the database to '%s'", c->path);
	return 0;
}

static int
copying_begin(sqlite3 *from, const char *path, struct store_copying **ret,
	struct error *e)
{
	struct store_copying *c;

	if (file_exists(path))
		return error_set(e, ERROR_EXISTS, "'%s' is there", path);
	c = xcalloc(1, sizeof(*c));
	c->path = xstrdup(path);
	if (copying_open(c, from, e) == -1) {
		store_copying_end(c);
		return -1;
	}
	*ret = c;
	return 0;
}

int
store_copying_begin(struct store *s, const char *path,
	struct store_copying **ret, struct error *e)
{
	return copying_begin(s->db, path, ret, e);
}

int
store_copying_step(struct store_copying *c, int pages, struct error *e)
{
	int code = c->is_whole ? SQLITE_DONE
			       : sqlite3_backup_step(c->backup, pages);

	/* Busy: the source is inside a transaction; later. */
	if (code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED)
		return 1;
	if (code == SQLITE_DONE && c->is_whole)
		return 0;
	sqlite3_backup_finish(c->backup);
	c->backup = NULL;
	if (code != SQLITE_DONE)
		return store_error(c->to, e,
			"cannot copy the database to '%s'", c->path);
	/* The copy stands alone: no file beside it belongs to it. */
	if (store_exec(c->to, "PRAGMA journal_mode=DELETE", e) == -1)
		return -1;
	sqlite3_close(c->to);
	c->to = NULL;
	c->is_whole = true;
	return 0;
}

void
store_copying_end(struct store_copying *c)
{
	if (c == NULL)
		return;
	if (c->backup != NULL)
		sqlite3_backup_finish(c->backup);
	sqlite3_close(c->to);
	if (!c->is_whole)
		unlink(c->path);
	free(c->path);
	free(c);
}

static int
sync_file(const char *path, struct error *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int result = fd == -1 ? -1 : fsync(fd);

	if (result == -1)
		error_set_errno(e, errno, "cannot sync '%s'", path);
	if (fd != -1)
		close(fd);
	return result;
}

int
store_copy(sqlite3 *db, const char *path, struct error *e)
{
	struct store_copying *c;
	int got;

	if (copying_begin(db, path, &c, e) == -1)
		return -1;
	assert(sqlite3_get_autocommit(db)); /* else it would be busy for ever */
	while ((got = store_copying_step(c, 4096, e)) == 1)
		continue;
	store_copying_end(c);
	return got == -1 ? -1 : sync_file(path, e);
}

int
store_copy_to(struct store *s, const char *path, struct error *e)
{
	assert(!s->in_transaction);
	return store_copy(s->db, path, e);
}
