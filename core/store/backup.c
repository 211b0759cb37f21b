/*
 * backup.c - makes a backup: a copy of the database in a directory of its
 * own below DIR, then a tar of that copy and of the files it refers to.
 */
#include "store/backup.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/random.h"
#include "base/text.h"
#include "base/units.h"
#include "store/artefact.h"

#define PREFIX "backup-"

const char *const backup_file_names[BACKUP_FILE_COUNT] = {
	[BACKUP_CONFIG] = "sluice.conf",
	[BACKUP_ALLOWED_SIGNERS] = "allowed_signers",
	[BACKUP_SSH_CONFIG] = "ssh_config",
};

struct backup {
	char *dir;
	char *paths[BACKUP_FILE_COUNT]; /* NULL: none */
	struct strings known_hosts;
	char *copy_dir;
	struct store_copying *copying;
};

/* What is being written. */
struct pack {
	struct backup *b;
	struct archive *tar;
	struct strbuf about; /* BACKUP */
	struct strbuf sums;  /* SHA256SUMS */
	struct strings payloads;
	int64_t made_at;
	struct backup_summary summary;
};

/* ---- the copy ---- */

int
backup_begin(struct store *s, const char *dir,
	const struct backup_files *files, struct backup **ret, struct error *e)
{
	struct backup *b = xcalloc(1, sizeof(*b));
	char suffix[17], *path;
	int result = -1, i;

	random_hex(suffix, 8);
	b->dir = xstrdup(dir);
	for (i = 0; i < BACKUP_FILE_COUNT; i++)
		b->paths[i] = xstrdup_or_null(files->paths[i]);
	if (files->known_hosts != NULL)
		strings_copy(&b->known_hosts, files->known_hosts);
	b->copy_dir = xasprintf("%s/" PREFIX "%s", dir, suffix);
	path = path_join(b->copy_dir, "sluice.db");
	if (mkdir(b->copy_dir, 0700) == -1)
		error_set_errno(e, errno, "cannot make '%s'", b->copy_dir);
	else
		result = store_copying_begin(s, path, &b->copying, e);
	free(path);
	if (result == -1)
		backup_destroy(b);
	else
		*ret = b;
	return result;
}

int
backup_step(struct backup *b, int pages, struct error *e)
{
	return store_copying_step(b->copying, pages, e);
}

void
backup_remove_copy(const char *copy_dir)
{
	static const char *const names[] = {"sluice.db", "sluice.db-wal",
		"sluice.db-shm", "sluice.db-journal"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		char *path = path_join(copy_dir, names[i]);

		unlink(path);
		free(path);
	}
	rmdir(copy_dir);
}

void
backup_destroy(struct backup *b)
{
	int i;

	if (b == NULL)
		return;
	store_copying_end(b->copying);
	backup_remove_copy(b->copy_dir);
	strings_finish(&b->known_hosts);
	free(b->dir);
	for (i = 0; i < BACKUP_FILE_COUNT; i++)
		free(b->paths[i]);
	free(b->copy_dir);
	free(b);
}

void
backup_sweep(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *entry;

	while (d != NULL && (entry = readdir(d)) != NULL) {
		char *path;

		if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) != 0)
			continue;
		path = path_join(dir, entry->d_name);
		backup_remove_copy(path);
		free(path);
	}
	if (d != NULL)
		closedir(d);
}

/* ---- checks of the copy ---- */

static int
check_ledger(struct store *s, struct strbuf *problems)
{
	char hash[DIGEST_HEX_SIZE] = "";
	int64_t seq = 0;
	int got;

	while ((got = store_ledger_verify(s, &seq, hash, 1000, problems)) > 0)
		continue;
	return got;
}

static int
note_payload(const struct release *r, int64_t cursor, void *arg)
{
	struct strings *payloads = arg;

	(void)cursor;
	if (!strings_has(payloads, r->payload_sha256))
		strings_add(payloads, r->payload_sha256);
	return 0;
}

static int
read_store(struct pack *p, struct store *s, struct error *e)
{
	struct strbuf problems;
	int result = -1;

	strbuf_init(&problems);
	if (store_check(s, &problems) > 0 || check_ledger(s, &problems) == -1 ||
		problems.len > 0) {
		problems.buf[strcspn(problems.buf, "\n")] = '\0';
		error_set(e, ERROR_CORRUPT,
			"the database is damaged: %.400s", problems.buf);
		error_hint(e, "sluice db check and sluice audit verify say "
			      "more");
		goto out;
	}
	p->summary.epoch = store_epoch(s);
	memcpy(p->summary.engine_id, store_engine_id(s),
		sizeof(p->summary.engine_id));
	store_ledger_head(
		s, &p->summary.ledger_seq, p->summary.ledger_hash);
	result = store_release_each(
		s, NULL, 0, note_payload, &p->payloads, e);
out:
	strbuf_finish(&problems);
	return result;
}

static int
check_copy(struct pack *p, struct clock *clock, struct error *e)
{
	struct store *s;
	int result;

	if (store_open(p->b->copy_dir, clock, &s, e) == -1)
		return error_prefix(e, "the copy of the database");
	result = read_store(p, s, e);
	store_close(s);
	return result;
}

/* ---- the tar ---- */

static int
tar_error(struct pack *p, struct error *e)
{
	const char *why = archive_error_string(p->tar);

	return error_set(e,
		archive_errno(p->tar) == ENOSPC ? ERROR_NO_SPACE : ERROR_IO,
		"cannot write the backup: %s", why == NULL ? "unknown" : why);
}

static int
put_header(struct pack *p, const char *name, int64_t size, struct error *e)
{
	struct archive_entry *entry = archive_entry_new();
	int code;

	assert(entry != NULL);
	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0600);
	archive_entry_set_size(entry, size);
	archive_entry_set_mtime(entry, p->made_at, 0);
	code = archive_write_header(p->tar, entry);
	archive_entry_free(entry);
	return code == ARCHIVE_OK ? 0 : tar_error(p, e);
}

static int
put_text(struct pack *p, const char *name, const struct strbuf *text,
	struct error *e)
{
	if (put_header(p, name, (int64_t)text->len, e) == -1)
		return -1;
	if (archive_write_data(p->tar, text->buf, text->len) !=
		(la_ssize_t)text->len)
		return tar_error(p, e);
	return 0;
}

static void
note_sum(struct pack *p, const char *hex, const char *name, int64_t size)
{
	strbuf_addf(&p->sums, "%s  %s\n", hex, name);
	p->summary.files++;
	p->summary.bytes += size;
}

/* Exactly size bytes of fd. */
static int
put_data(struct pack *p, int fd, int64_t size, struct digest *d,
	const char *path, struct error *e)
{
	char *buf = xcalloc(1, 65536);
	int result = -1;

	while (size > 0) {
		size_t want = size < 65536 ? (size_t)size : 65536;
		ssize_t got = read(fd, buf, want);

		if (got == -1 && errno == EINTR)
			continue;
		if (got <= 0) {
			error_set(e, ERROR_IO, "'%s' cannot be read to its end",
				path);
			goto out;
		}
		digest_add(d, buf, (size_t)got);
		if (archive_write_data(p->tar, buf, (size_t)got) != got) {
			tar_error(p, e);
			goto out;
		}
		size -= got;
	}
	result = 0;
out:
	free(buf);
	return result;
}

static int
put_fd(struct pack *p, int fd, const char *path, const char *name,
	char ret_hex[DIGEST_HEX_SIZE], struct error *e)
{
	struct digest *d;
	struct stat st;

	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		return error_set(e, ERROR_IO, "'%s' is not a file", path);
	if (put_header(p, name, st.st_size, e) == -1)
		return -1;
	d = digest_create();
	if (put_data(p, fd, st.st_size, d, path, e) == -1) {
		digest_destroy(d);
		return -1;
	}
	digest_finish_hex(d, ret_hex);
	note_sum(p, ret_hex, name, st.st_size);
	return 0;
}

/* digest: what it must be, or NULL. 0: it is not there, 1: done. */
static int
put_file(struct pack *p, const char *path, const char *name,
	const char *digest, struct error *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), result;
	char hex[DIGEST_HEX_SIZE];

	if (fd == -1 && errno == ENOENT)
		return 0;
	if (fd == -1)
		return error_set_errno(e, errno, "cannot open '%s'", path);
	result = put_fd(p, fd, path, name, hex, e) == -1 ? -1 : 1;
	close(fd);
	if (result == 1 && digest != NULL && strcmp(hex, digest) != 0)
		result = error_set(
			e, ERROR_CORRUPT, "'%s' was altered", path);
	return result;
}

static int
put_artefact(struct pack *p, const char *sha256, struct error *e)
{
	char *name = xasprintf("artefacts/%s", sha256);
	char *manifest = xasprintf("%s.manifest", name);
	char *path = path_join(p->b->dir, name);
	char *manifest_path = path_join(p->b->dir, manifest);
	int got = put_file(p, path, name, sha256, e);

	if (got == 1)
		got = put_file(p, manifest_path, manifest, NULL, e);
	p->summary.missing += got == 0;
	free(manifest_path);
	free(path);
	free(manifest);
	free(name);
	return got == -1 ? -1 : 0;
}

static int
put_files(struct pack *p, struct error *e)
{
	int got = 0, i;

	for (i = 0; got != -1 && i < BACKUP_FILE_COUNT; i++)
		if (p->b->paths[i] != NULL)
			got = put_file(p, p->b->paths[i], backup_file_names[i],
				NULL, e);
	return got == -1 ? -1 : 0;
}

static void
note_path(struct pack *p, const char *name, const char *path)
{
	strbuf_addf(&p->about, "%s ", name);
	text_add_printable(&p->about, path, strlen(path));
	strbuf_addc(&p->about, '\n');
}

static int
put_about(struct pack *p, struct error *e)
{
	const struct backup_summary *s = &p->summary;
	char at[TIME_TEXT_SIZE], hex[DIGEST_HEX_SIZE];
	size_t i;

	time_format_utc(p->made_at, at);
	strbuf_addf(&p->about,
		"sluice backup 1\nmade_at %s\nengine_id %s\nepoch %lld\n"
		"ledger %lld %s\n",
		at, s->engine_id, (long long)s->epoch, (long long)s->ledger_seq,
		s->ledger_hash);
	for (i = 0; i < BACKUP_FILE_COUNT; i++)
		if (p->b->paths[i] != NULL)
			note_path(p, backup_file_names[i], p->b->paths[i]);
	for (i = 0; i < p->b->known_hosts.count; i++) {
		char *name = xasprintf("known_hosts/%zu", i + 1);

		note_path(p, name, p->b->known_hosts.items[i]);
		free(name);
	}
	digest_hex(p->about.buf, p->about.len, hex);
	note_sum(p, hex, "BACKUP", (int64_t)p->about.len);
	return put_text(p, "BACKUP", &p->about, e);
}

static int
put_known_hosts(struct pack *p, struct error *e)
{
	size_t i;
	int got = 0;

	for (i = 0; got != -1 && i < p->b->known_hosts.count; i++) {
		char *name = xasprintf("known_hosts/%zu", i + 1);

		got = put_file(
			p, p->b->known_hosts.items[i], name, NULL, e);
		free(name);
	}
	return got == -1 ? -1 : 0;
}

static int
put_all(struct pack *p, struct error *e)
{
	char *db = path_join(p->b->copy_dir, "sluice.db");
	int result = put_about(p, e);
	size_t i;

	if (result != -1)
		result = put_file(p, db, "sluice.db", NULL, e);
	free(db);
	for (i = 0; result != -1 && i < p->payloads.count; i++)
		result = put_artefact(p, p->payloads.items[i], e);
	if (result == -1 ||
		put_files(p, e) == -1 || put_known_hosts(p, e) == -1)
		return -1;
	return put_text(p, "SHA256SUMS", &p->sums, e);
}

static int
write_tar(struct pack *p, int fd, struct error *e)
{
	int result = -1;

	p->tar = archive_write_new();
	assert(p->tar != NULL);
	if (archive_write_set_format_pax_restricted(p->tar) != ARCHIVE_OK ||
		archive_write_open_fd(p->tar, fd) != ARCHIVE_OK)
		tar_error(p, e);
	else
		result = put_all(p, e);
	if (result == 0 && archive_write_close(p->tar) != ARCHIVE_OK)
		result = tar_error(p, e);
	archive_write_free(p->tar);
	return result;
}

/* What was written is read again where that can be done. */
static int
read_again(int fd, off_t start, struct error *e)
{
	int flags = fcntl(fd, F_GETFL);

	if (start == -1 || flags == -1 || (flags & O_ACCMODE) != O_RDWR)
		return 0;
	if (fsync(fd) == -1 || lseek(fd, start, SEEK_SET) == -1)
		return error_set_errno(e, errno, "cannot read the backup");
	return backup_check(fd, e);
}

int
backup_pack(struct backup *b, struct clock *clock, int fd,
	struct backup_summary *ret, struct error *e)
{
	off_t start = lseek(fd, 0, SEEK_CUR);
	struct pack p;
	int result = -1;

	memset(&p, 0, sizeof(p));
	p.b = b;
	p.made_at = clock_wall_ms(clock) / 1000;
	strbuf_init(&p.about);
	strbuf_init(&p.sums);
	if (check_copy(&p, clock, e) == 0 && write_tar(&p, fd, e) == 0 &&
		read_again(fd, start, e) == 0) {
		*ret = p.summary;
		result = 0;
	}
	strings_finish(&p.payloads);
	strbuf_finish(&p.about);
	strbuf_finish(&p.sums);
	return result;
}

int
backup_write(struct store *s, struct clock *clock, const char *dir,
	const struct backup_files *files, int fd, struct backup_summary *ret,
	struct error *e)
{
	struct backup *b;
	int got;

	if (backup_begin(s, dir, files, &b, e) == -1)
		return -1;
	assert(!store_in_transaction(s));
	while ((got = backup_step(b, 4096, e)) == 1)
		continue;
	if (got == 0)
		got = backup_pack(b, clock, fd, ret, e);
	backup_destroy(b);
	return got;
}
