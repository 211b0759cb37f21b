/*
 * test_store_power.c - the power goes, and with it all that was not synced.
 *
 * A VFS over the usual one remembers, for each file, what it held at its last
 * sync; losing the power puts that back. What was acknowledged must be there
 * then. The same with synchronous=OFF must lose something: else this test
 * would notice nothing.
 */
#include "store_test.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "store/store_private.h"

#define FILES 8

/* What of a file is on the disk. */
struct disk {
	char *path;
	char *data;
	int64_t size;
	bool exists; /* its name is on the disk */
};

static struct disk disks[FILES];
static sqlite3_vfs *real, power;
static sqlite3_io_methods methods;

struct power_file {
	sqlite3_file base;
	struct disk *disk; /* NULL: a temporary file */
	sqlite3_file *real;
};

static struct disk *
disk_of(const char *path)
{
	size_t i;

	for (i = 0; i < FILES; i++) {
		if (disks[i].path == NULL)
			disks[i].path = xstrdup(path);
		if (strcmp(disks[i].path, path) == 0)
			return &disks[i];
	}
	abort();
}

static sqlite3_file *
real_of(sqlite3_file *f)
{
	return ((struct power_file *)f)->real;
}

static int
power_close(sqlite3_file *f)
{
	sqlite3_file *r = real_of(f);
	int code = r->pMethods->xClose(r);

	sqlite3_free(r);
	return code;
}

static int
power_read(sqlite3_file *f, void *buf, int len, sqlite3_int64 at)
{
	return real_of(f)->pMethods->xRead(real_of(f), buf, len, at);
}

static int
power_write(sqlite3_file *f, const void *buf, int len, sqlite3_int64 at)
{
	return real_of(f)->pMethods->xWrite(real_of(f), buf, len, at);
}

static int
power_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	return real_of(f)->pMethods->xTruncate(real_of(f), size);
}

/* What the file holds now is what the disk holds. */
static int
power_sync(sqlite3_file *f, int flags)
{
	struct disk *disk = ((struct power_file *)f)->disk;
	sqlite3_file *r = real_of(f);
	sqlite3_int64 size;

	(void)flags;
	if (disk == NULL || r->pMethods->xFileSize(r, &size) != SQLITE_OK)
		return SQLITE_OK;
	disk->data = xrealloc(disk->data, (size_t)size + 1, 1);
	disk->size = size;
	disk->exists = true;
	return size == 0 ? SQLITE_OK
			 : r->pMethods->xRead(r, disk->data, (int)size, 0);
}

static int
power_size(sqlite3_file *f, sqlite3_int64 *size)
{
	return real_of(f)->pMethods->xFileSize(real_of(f), size);
}

static int
power_lock(sqlite3_file *f, int level)
{
	return real_of(f)->pMethods->xLock(real_of(f), level);
}

static int
power_unlock(sqlite3_file *f, int level)
{
	return real_of(f)->pMethods->xUnlock(real_of(f), level);
}

static int
power_reserved(sqlite3_file *f, int *ret)
{
	return real_of(f)->pMethods->xCheckReservedLock(real_of(f), ret);
}

static int
power_control(sqlite3_file *f, int op, void *arg)
{
	return real_of(f)->pMethods->xFileControl(real_of(f), op, arg);
}

static int
power_sector(sqlite3_file *f)
{
	return real_of(f)->pMethods->xSectorSize(real_of(f));
}

static int
power_traits(sqlite3_file *f)
{
	(void)f;
	return 0; /* nothing is promised */
}

static int
power_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags,
	int *ret_flags)
{
	struct power_file *p = (struct power_file *)f;
	int code;

	(void)vfs;
	memset(p, 0, sizeof(*p));
	p->real = sqlite3_malloc(real->szOsFile);
	memset(p->real, 0, (size_t)real->szOsFile);
	code = real->xOpen(real, name, p->real, flags, ret_flags);
	if (code != SQLITE_OK) {
		sqlite3_free(p->real);
		return code;
	}
	p->base.pMethods = &methods;
	p->disk = name == NULL ? NULL : disk_of(name);
	return SQLITE_OK;
}

static int
power_delete(sqlite3_vfs *vfs, const char *name, int sync_dir)
{
	(void)vfs;
	if (sync_dir)
		disk_of(name)->exists = false;
	return real->xDelete(real, name, sync_dir);
}

static void
power_install(void)
{
	real = sqlite3_vfs_find(NULL);
	power = *real;
	power.zName = "power";
	power.szOsFile = (int)sizeof(struct power_file);
	power.pNext = NULL;
	power.xOpen = power_open;
	power.xDelete = power_delete;
	methods.iVersion = 1; /* no shared memory: EXCLUSIVE needs none */
	methods.xClose = power_close;
	methods.xRead = power_read;
	methods.xWrite = power_write;
	methods.xTruncate = power_truncate;
	methods.xSync = power_sync;
	methods.xFileSize = power_size;
	methods.xLock = power_lock;
	methods.xUnlock = power_unlock;
	methods.xCheckReservedLock = power_reserved;
	methods.xFileControl = power_control;
	methods.xSectorSize = power_sector;
	methods.xDeviceCharacteristics = power_traits;
	assert_int_equal(sqlite3_vfs_register(&power, 1), SQLITE_OK);
}

/* Every file is what was synced of it, in a directory of its own. */
static void
lose_power(const char *dir)
{
	size_t i;

	assert_int_equal(mkdir(dir, 0700), 0);
	for (i = 0; i < FILES && disks[i].path != NULL; i++) {
		char *path = xasprintf(
			"%s/%s", dir, strrchr(disks[i].path, '/') + 1);
		FILE *f;

		if (disks[i].exists) {
			f = fopen(path, "w");
			fwrite(disks[i].data, 1, (size_t)disks[i].size, f);
			fclose(f);
		}
		free(path);
	}
}

static void
forget_disks(void)
{
	size_t i;

	for (i = 0; i < FILES; i++) {
		free(disks[i].path);
		free(disks[i].data);
	}
	memset(disks, 0, sizeof(disks));
}

/* Entries that a store in dir has; -1 if it cannot be used. */
static int64_t
entries_in(struct store_test *t, const char *dir)
{
	char hash[DIGEST_HEX_SIZE];
	struct store *s = NULL;
	struct strbuf out;
	int64_t seq = -1;

	if (store_open(dir, &t->clock.clock, &s, &t->e) == -1)
		return -1;
	strbuf_init(&out);
	store_ledger_head(s, &seq, hash);
	if (store_check(s, &out) != 0)
		seq = -1;
	strbuf_finish(&out);
	store_close(s);
	return seq;
}

/* Commits, loses the power after each and counts what was lost. */
static int
lost_commits(struct store_test *t, int synchronous, int commits)
{
	char hash[DIGEST_HEX_SIZE];
	int lost = 0, i;

	forget_disks();
	WORKS(t, store_open_synchronous(t->dir, &t->clock.clock, synchronous,
			 &t->store, &t->e));
	for (i = 0; i < commits; i++) {
		char *dir = xasprintf("%s/%d", t->dir, i);
		char *object = xasprintf("%0*d", 3000, i);
		struct disk saved[FILES];
		int64_t seq;

		WORKS(t, store_begin(t->store, &t->e));
		WORKS(t, store_ledger_append(t->store, "engine", -1, "test",
				 object, "", NULL, &t->e));
		WORKS(t, store_commit(t->store, &t->e));
		if (i % 10 == 9) { /* also in the middle of a checkpoint */
			t->store->wal_pages = 1 << 20;
			store_checkpoint(t->store);
		}
		store_ledger_head(t->store, &seq, hash);
		lose_power(dir);
		/* Opening the rest must not count as syncs of the original. */
		memcpy(saved, disks, sizeof(disks));
		memset(disks, 0, sizeof(disks));
		lost += entries_in(t, dir) != seq;
		forget_disks();
		memcpy(disks, saved, sizeof(disks));
		free(object);
		free(dir);
	}
	store_close(t->store);
	t->store = NULL;
	forget_disks();
	return lost;
}

static void
test_nothing_acknowledged_is_lost(void **state)
{
	assert_int_equal(lost_commits(*state, 2, 40), 0);
}

static void
test_without_syncs_something_is_lost(void **state)
{
	assert_int_not_equal(lost_commits(*state, 0, 40), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(f)                                                                \
	cmocka_unit_test_setup_teardown(f, store_test_begin, store_test_end)
		CASE(test_nothing_acknowledged_is_lost),
		CASE(test_without_syncs_something_is_lost),
	};

	power_install();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
