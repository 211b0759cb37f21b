/* restore.c - a state directory from a backup. */
#include "store/restore.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/file.h"
#include "store/backup.h"
#include "store/store_private.h"

#define REASON                                                                 \
	"the engine was restored from a backup: look at the hosts, then "      \
	"resume or abort"

struct restore {
	const char *dir;
	char *work;  /* of the database, until it is whole */
	char *extra; /* what is not the engine's to put in place */
	char *artefacts;
	struct archive *tar;
};

/* ---- files ---- */

static int
damaged(const char *name, struct error *e)
{
	return error_set(e, ERROR_CORRUPT,
		"the backup has '%.200s', which is no part of one", name);
}

/* "SHA256" or "SHA256.manifest". */
static bool
is_artefact(const char *name)
{
	char hex[DIGEST_HEX_SIZE];

	if (strlen(name) < DIGEST_HEX_SIZE - 1)
		return false;
	memcpy(hex, name, DIGEST_HEX_SIZE - 1);
	hex[DIGEST_HEX_SIZE - 1] = '\0';
	name += DIGEST_HEX_SIZE - 1;
	return digest_is_hex(hex) &&
	       (*name == '\0' || strcmp(name, ".manifest") == 0);
}

static bool
is_file(const char *name)
{
	int i;

	for (i = 0; i < BACKUP_FILE_COUNT; i++)
		if (strcmp(name, backup_file_names[i]) == 0)
			return true;
	return false;
}

static bool
is_number(const char *s)
{
	return *s != '\0' && strlen(s) < 8 &&
	       s[strspn(s, "0123456789")] == '\0';
}

/* Where a file of the backup goes (owned); NULL: it is no part of one. */
static char *
place_of(const struct restore *r, const char *name)
{
	if (strcmp(name, "sluice.db") == 0)
		return path_join(r->work, name);
	if (strncmp(name, "artefacts/", 10) == 0 && is_artefact(name + 10))
		return path_join(r->artefacts, name + 10);
	if (strncmp(name, "known_hosts/", 12) == 0 && is_number(name + 12))
		return xasprintf("%s/known_hosts.%s", r->extra, name + 12);
	if (strcmp(name, "BACKUP") == 0 || strcmp(name, "SHA256SUMS") == 0 ||
		is_file(name))
		return path_join(r->extra, name);
	return NULL;
}

static int
write_data(struct restore *r, int fd, const char *path, struct error *e)
{
	char *buf = xcalloc(1, 65536);
	la_ssize_t got;
	int result = 0;

	while (result == 0 && (got = archive_read_data(r->tar, buf, 65536)) > 0)
		result = file_write_all(fd, buf, (size_t)got, path, e);
	if (result == 0 && got != 0)
		result = error_set(e, ERROR_CORRUPT,
			"the backup cannot be read to its end");
	if (result == 0 && fsync(fd) == -1)
		result = error_set_errno(e, errno, "cannot sync '%s'", path);
	free(buf);
	return result;
}

static int
unpack_entry(struct restore *r, struct archive_entry *entry, struct error *e)
{
	const char *name = archive_entry_pathname(entry);
	char *path;
	int fd, result;

	if (name == NULL || archive_entry_filetype(entry) != AE_IFREG)
		return damaged(name == NULL ? "" : name, e);
	path = place_of(r, name);
	if (path == NULL)
		return damaged(name, e);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		0600);
	if (fd == -1) {
		result = error_set_errno(e, errno, "cannot write '%s'", path);
	} else {
		result = write_data(r, fd, path, e);
		close(fd);
	}
	free(path);
	return result;
}

static int
unpack_all(struct restore *r, int fd, struct error *e)
{
	struct archive_entry *entry;
	int result = 0;

	r->tar = archive_read_new();
	assert(r->tar != NULL);
	archive_read_support_format_tar(r->tar);
	if (archive_read_open_fd(r->tar, fd, 65536) != ARCHIVE_OK)
		result = error_set(
			e, ERROR_CORRUPT, "the backup cannot be read");
	while (result == 0 &&
		archive_read_next_header(r->tar, &entry) == ARCHIVE_OK)
		result = unpack_entry(r, entry, e);
	archive_read_free(r->tar);
	return result;
}

static void
sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return;
	fsync(fd);
	close(fd);
}

/* ---- the database ---- */

static int
count_rollout(const struct rollout *r, void *arg)
{
	(void)r;
	(*(int *)arg)++;
	return 0;
}

static int
hold_text(struct store *s, enum statement id, const char *text, struct error *e)
{
	struct query q;

	query_begin(&q, s, id);
	query_bind_text(&q, text);
	return query_run(&q, e);
}

static int
hold_all(struct store *s, struct error *e)
{
	if (hold_text(s, STATEMENT_RESTORE_STEPS, REASON, e) == -1 ||
		hold_text(s, STATEMENT_RESTORE_HOSTS, REASON, e) == -1 ||
		hold_text(s, STATEMENT_RESTORE_ROLLOUTS, REASON, e) == -1)
		return -1;
	return hold_text(s, STATEMENT_RESTORE_RECONCILE, "asked for", e);
}

static int
record(struct store *s, const char *who, int64_t uid,
	struct restore_summary *ret, struct error *e)
{
	char head[DIGEST_HEX_SIZE], *detail;
	int result;

	store_ledger_head(s, &ret->ledger_seq, head);
	detail = xasprintf("{\"epoch\":%lld,\"ledger_head\":\"%s\","
			   "\"rollouts\":%d}",
		(long long)store_epoch(s), head, ret->paused);
	result = store_ledger_append(s, who, uid, "engine.restore",
		store_engine_id(s), "", detail, e);
	free(detail);
	return result;
}

static int
take_over(struct store *s, const char *who, int64_t uid,
	struct restore_summary *ret, struct error *e)
{
	struct rollout_filter active = {.state = -1, .only_active = true};

	if (store_rollout_each(s, &active, count_rollout, &ret->paused, e) ==
		-1)
		return -1;
	if (store_begin(s, e) == -1)
		return -1;
	if (store_raise_epoch(s, e) == -1 || hold_all(s, e) == -1 ||
		record(s, who, uid, ret, e) == -1) {
		store_rollback(s);
		return -1;
	}
	ret->epoch = store_epoch(s);
	memcpy(ret->engine_id, store_engine_id(s), sizeof(ret->engine_id));
	return store_commit(s, e);
}

static int
adjust(struct restore *r, struct clock *clock, const char *who, int64_t uid,
	struct restore_summary *ret, struct error *e)
{
	struct store *s;
	int result;

	if (store_open(r->work, clock, &s, e) == -1)
		return error_prefix(e, "the database of the backup");
	result = take_over(s, who, uid, ret, e);
	store_close(s);
	return result;
}

/* ---- all of it ---- */

static int
prepare(struct restore *r, struct error *e)
{
	backup_remove_copy(r->work);
	if (dir_make(r->work, 0700, e) == -1 ||
		dir_make(r->extra, 0700, e) == -1)
		return -1;
	return dir_make(r->artefacts, 0700, e);
}

static int
put_in_place(struct restore *r, struct error *e)
{
	char *from = path_join(r->work, "sluice.db");
	char *to = path_join(r->dir, "sluice.db");
	int result = 0;

	sync_dir(r->artefacts);
	sync_dir(r->extra);
	if (rename(from, to) == -1)
		result = error_set_errno(e, errno, "cannot rename to '%s'", to);
	sync_dir(r->dir);
	free(from);
	free(to);
	return result;
}

static int
check_empty(const char *dir, struct error *e)
{
	char *path = path_join(dir, "sluice.db");
	bool is_there = file_exists(path);

	free(path);
	if (!is_there)
		return 0;
	error_set(e, ERROR_EXISTS, "'%s' has a database: nothing was restored",
		dir);
	return error_hint(e, "restore into an empty state directory: name "
			     "another with --state, or move this one away");
}

int
restore_backup(int fd, const char *dir, struct clock *clock, const char *who,
	int64_t uid, struct restore_summary *ret, struct error *e)
{
	struct restore r = {.dir = dir};
	int result = -1;

	memset(ret, 0, sizeof(*ret));
	if (check_empty(dir, e) == -1)
		return -1;
	r.work = path_join(dir, "restoring");
	r.extra = path_join(dir, "restored");
	r.artefacts = path_join(dir, "artefacts");
	if (backup_check(fd, e) == -1)
		goto out;
	if (lseek(fd, 0, SEEK_SET) == -1) {
		error_set_errno(e, errno, "cannot read the backup again");
		goto out;
	}
	if (prepare(&r, e) == 0 && unpack_all(&r, fd, e) == 0 &&
		adjust(&r, clock, who, uid, ret, e) == 0)
		result = put_in_place(&r, e);
	backup_remove_copy(r.work);
out:
	free(r.work);
	free(r.artefacts);
	if (result == 0)
		ret->extra = r.extra;
	else
		free(r.extra);
	return result;
}
