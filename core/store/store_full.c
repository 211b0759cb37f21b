/*
 * store_full.c - a full file system while the database is being written.
 *
 * SQLite takes a transaction back when a write fails, and by then memory is
 * ahead of what is on the disk. So the write itself is tried again, below
 * SQLite, after somebody was asked to make room.
 */
#include "store/store_private.h"

#define VFS_NAME "sluice-full"

/* The database and its log have different methods in the system's VFS. */
#define KINDS_MOST 8

struct kind {
	sqlite3_io_methods methods; /* first: files point at it */
	const sqlite3_io_methods *real;
};

static struct {
	bool (*make_room)(void *arg);
	void *arg;
	struct kind kinds[KINDS_MOST];
	sqlite3_vfs *below, vfs;
} full;

static int
full_write(sqlite3_file *file, const void *data, int len, sqlite3_int64 at)
{
	const struct kind *k = (const struct kind *)file->pMethods;
	int code = k->real->xWrite(file, data, len, at);

	while (code == SQLITE_FULL && full.make_room != NULL &&
		full.make_room(full.arg))
		code = k->real->xWrite(file, data, len, at);
	return code;
}

static int
full_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
	int *ret_flags)
{
	int code = full.below->xOpen(full.below, name, file, flags, ret_flags);
	const sqlite3_io_methods *real = file->pMethods;
	struct kind *k = full.kinds;

	(void)vfs;
	if (code != SQLITE_OK || real == NULL)
		return code;
	while (k->real != NULL && k->real != real)
		k++;
	assert(k < full.kinds + KINDS_MOST - 1);
	k->real = real;
	k->methods = *real;
	k->methods.xWrite = full_write;
	file->pMethods = &k->methods;
	return code;
}

void
store_on_full(bool (*make_room)(void *arg), void *arg)
{
	full.make_room = make_room;
	full.arg = arg;
}

const char *
store_vfs_name(void)
{
	if (full.make_room == NULL)
		return NULL;
	if (full.below == NULL) {
		full.below = sqlite3_vfs_find(NULL);
		full.vfs = *full.below;
		full.vfs.zName = VFS_NAME;
		full.vfs.xOpen = full_open;
		full.vfs.pNext = NULL;
		sqlite3_vfs_register(&full.vfs, 0);
	}
	return VFS_NAME;
}
