/* artefact_delta.c - finds, makes, keeps and forgets deltas. */
#include "store/delta_private.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

#include "base/file.h"

#define CHUNK 65536
#define SECONDS_A_DAY (24 * 60 * 60)
#define WORTH_PERCENT 70
/* What does not shrink in its first bytes is not packed to its end. */
#define TASTE_BYTES (4 * 1024 * 1024)
#define GZIP_LEVEL "4"
/* zstd on the host needs about the window in memory. */
#define PATCH_MOST_BYTES (512 * 1024 * 1024)
#define PATCH_WINDOW_LOG_LEAST 20
#define PATCH_WINDOW_LOG_MOST 30
#define PATCH_LEVEL 3

static const struct {
	const char *name;
	int (*make)(struct delta_making *m, struct error *e);
} kinds[DELTA_KIND_COUNT] = {
	[DELTA_FILES] = {"files", delta_make_files},
	[DELTA_PATCH] = {"patch", delta_make_patch},
	[DELTA_GZIP] = {"gzip", delta_make_gzip},
};

const char *
delta_kind_name(enum delta_kind k)
{
	return kinds[k].name;
}

void
delta_finish(struct delta *d)
{
	free(d->path);
	memset(d, 0, sizeof(*d));
}

bool
delta_is_worth(int64_t bytes, int64_t payload_bytes)
{
	return bytes < payload_bytes / 100 * WORTH_PERCENT;
}

/* ---- gzip ---- */

static la_ssize_t
on_packed(struct archive *a, void *arg, const void *data, size_t len)
{
	struct packer *p = arg;

	if (artefact_file_write(p->out, data, len, &p->error) == 0)
		return (la_ssize_t)len;
	archive_set_error(a, EIO, "%s", p->error.text);
	return -1;
}

int
packer_failed(struct packer *p, struct error *e)
{
	const char *why = archive_error_string(p->archive);

	if (p->error.code == ERROR_NONE)
		return error_set(e, ERROR_IO, "cannot pack: %s",
			why == NULL ? "unknown reason" : why);
	*e = p->error;
	return -1;
}

int
packer_start(
	struct packer *p, int format, const char *level, struct error *e)
{
	struct archive *a = archive_write_new();

	assert(a != NULL);
	p->archive = a;
	if (archive_write_set_format(a, format) != ARCHIVE_OK ||
		archive_write_add_filter_gzip(a) != ARCHIVE_OK ||
		archive_write_set_filter_option(a, "gzip", "timestamp", NULL) !=
			ARCHIVE_OK ||
		archive_write_set_filter_option(a, "gzip", "compression-level",
			level) != ARCHIVE_OK ||
		archive_write_set_bytes_per_block(a, CHUNK) != ARCHIVE_OK ||
		archive_write_set_bytes_in_last_block(a, 1) != ARCHIVE_OK ||
		archive_write_open(a, p, NULL, on_packed, NULL) != ARCHIVE_OK)
		return packer_failed(p, e);
	return 0;
}

/* A raw "archive" has one entry. */
static int
start_raw(struct packer *p, struct error *e)
{
	struct archive_entry *entry = archive_entry_new();
	int result = packer_start(p, ARCHIVE_FORMAT_RAW, GZIP_LEVEL, e);

	archive_entry_set_filetype(entry, AE_IFREG);
	if (result == 0 &&
		archive_write_header(p->archive, entry) != ARCHIVE_OK)
		result = packer_failed(p, e);
	archive_entry_free(entry);
	return result;
}

static int
pack_all(struct packer *p, int fd, struct error *e)
{
	char *buf = xcalloc(1, CHUNK);
	int64_t done = 0;
	ssize_t got = 0;
	int result = 1;

	while (result == 1 && (got = read(fd, buf, CHUNK)) > 0) {
		if (archive_write_data(p->archive, buf, (size_t)got) < 0)
			result = packer_failed(p, e);
		done += got;
		if (done == TASTE_BYTES &&
			!delta_is_worth(p->out->size_bytes, done))
			result = 0;
	}
	if (got < 0)
		result = error_set_errno(e, errno, "cannot read a payload");
	else if (result == 1 && archive_write_close(p->archive) != ARCHIVE_OK)
		result = packer_failed(p, e);
	free(buf);
	return result;
}

int
delta_make_gzip(struct delta_making *m, struct error *e)
{
	struct packer p = {.out = &m->out};
	char *path = artefact_path(m->dir, m->to);
	int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	int result = -1;

	if (fd == -1)
		error_set_errno(e, errno, "cannot open a payload");
	else if (start_raw(&p, e) == 0)
		result = pack_all(&p, fd, e);
	if (p.archive != NULL)
		archive_write_free(p.archive);
	if (fd != -1)
		close(fd);
	free(path);
	return result;
}

/* ---- patch ---- */

struct bytes {
	void *data;
	size_t size_bytes;
};

static int
map_payload(const char *dir, const char *sha256, struct bytes *ret,
	struct error *e)
{
	char *path = artefact_path(dir, sha256);
	int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	int result = -1;

	if (fd == -1 || fstat(fd, &st) == -1) {
		error_set_errno(e, errno, "cannot open a payload");
		goto out;
	}
	ret->size_bytes = (size_t)st.st_size;
	ret->data = mmap(NULL, ret->size_bytes, PROT_READ, MAP_SHARED, fd, 0);
	if (ret->data == MAP_FAILED) {
		ret->data = NULL;
		error_set_errno(e, errno, "cannot map '%s'", path);
		goto out;
	}
	result = 0;
out:
	if (fd != -1)
		close(fd);
	free(path);
	return result;
}

static void
unmap(struct bytes *b)
{
	if (b->data != NULL)
		munmap(b->data, b->size_bytes);
}

/* Reaches over the base and all that is behind it. */
static int
window_log(const struct bytes *from, const struct bytes *to)
{
	int log = PATCH_WINDOW_LOG_LEAST;

	while (log < PATCH_WINDOW_LOG_MOST &&
		(size_t)1 << log < from->size_bytes + to->size_bytes)
		log++;
	return log;
}

static bool
set_patch(ZSTD_CCtx *z, const struct bytes *from, const struct bytes *to)
{
	const struct {
		ZSTD_cParameter parameter;
		int value;
	} wanted[] = {
		{ZSTD_c_compressionLevel, PATCH_LEVEL},
		{ZSTD_c_windowLog, window_log(from, to)},
		{ZSTD_c_enableLongDistanceMatching, 1},
		{ZSTD_c_checksumFlag, 1},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wanted); i++)
		if (ZSTD_isError(ZSTD_CCtx_setParameter(
			    z, wanted[i].parameter, wanted[i].value)))
			return false;
	return !ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(z, to->size_bytes)) &&
		!ZSTD_isError(ZSTD_CCtx_refPrefix(
			z, from->data, from->size_bytes));
}

static int
write_patch(struct delta_making *m, ZSTD_CCtx *z, const struct bytes *to,
	struct error *e)
{
	char *buf = xcalloc(1, CHUNK);
	ZSTD_inBuffer in = {to->data, to->size_bytes, 0};
	size_t left = 1;
	int result = 1;

	while (result == 1 && left != 0) {
		ZSTD_outBuffer out = {buf, CHUNK, 0};

		left = ZSTD_compressStream2(z, &out, &in, ZSTD_e_end);
		if (ZSTD_isError(left))
			result = error_set(e, ERROR_IO,
				"cannot make a patch: %s",
				ZSTD_getErrorName(left));
		else if (artefact_file_write(&m->out, buf, out.pos, e) == -1)
			result = -1;
		else if (!delta_is_worth(m->out.size_bytes, m->payload_bytes))
			result = 0;
	}
	free(buf);
	return result;
}

int
delta_make_patch(struct delta_making *m, struct error *e)
{
	struct bytes from = {0}, to = {0};
	ZSTD_CCtx *z = ZSTD_createCCtx();
	int result = -1;

	assert(z != NULL);
	if (map_payload(m->dir, m->from, &from, e) == 0 &&
		map_payload(m->dir, m->to, &to, e) == 0) {
		result = 0;
		if (from.size_bytes <= PATCH_MOST_BYTES &&
			to.size_bytes <= PATCH_MOST_BYTES &&
			set_patch(z, &from, &to))
			result = write_patch(m, z, &to, e);
	}
	ZSTD_freeCCtx(z);
	unmap(&from);
	unmap(&to);
	return result;
}

/* ---- made once ---- */

/* Everything that what comes out depends on. */
static char *
delta_path(const char *dir, enum delta_kind kind, const char *from,
	const char *to, const struct strings *shared)
{
	char key[DIGEST_HEX_SIZE];
	struct strbuf all;
	size_t i;

	strbuf_init(&all);
	strbuf_addf(&all, "1 %s %s %s", delta_kind_name(kind),
		from == NULL ? "" : from, to);
	for (i = 0; kind == DELTA_FILES && i < shared->count; i++)
		strbuf_addf(&all, "\n%s", shared->items[i]);
	digest_hex(all.buf, all.len, key);
	strbuf_finish(&all);
	return xasprintf("%s/deltas/%s", dir, key);
}

/* 1: it is there; and is not swept away soon. */
static int
delta_find(const char *path, struct delta *ret)
{
	struct digest *d;
	char buf[CHUNK / 4];
	ssize_t got;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return 0;
	memset(ret, 0, sizeof(*ret));
	d = digest_create();
	while ((got = read(fd, buf, sizeof(buf))) > 0) {
		digest_add(d, buf, (size_t)got);
		ret->size_bytes += got;
	}
	digest_finish_hex(d, ret->sha256);
	futimens(fd, NULL);
	close(fd);
	ret->path = xstrdup(path);
	return got == 0;
}

static int
delta_make(struct delta_making *m, enum delta_kind kind, const char *path,
	struct error *e)
{
	char *deltas = path_join(m->dir, "deltas");
	char *payload = artefact_path(m->dir, m->to);
	struct stat st;
	int result = -1;

	if (payload == NULL || stat(payload, &st) == -1) {
		error_set(e, ERROR_NOT_FOUND, "no payload %.12s", m->to);
	} else if (artefact_file_open_in(&m->out, deltas, e) == 0) {
		m->payload_bytes = st.st_size;
		result = kinds[kind].make(m, e);
		if (result == 1 &&
			!delta_is_worth(m->out.size_bytes, st.st_size))
			result = 0;
		if (result == 1 && artefact_file_publish_as(
					   &m->out, path, e) == -1)
			result = -1;
		artefact_file_close(&m->out);
	}
	free(payload);
	free(deltas);
	return result;
}

int
delta_get(const char *dir, enum delta_kind kind, const char *from,
	const char *to, const struct strings *shared, struct delta *ret,
	struct error *e)
{
	/* libarchive drops names that the locale cannot spell. */
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	locale_t was = utf8 == (locale_t)0 ? (locale_t)0 : uselocale(utf8);
	struct delta_making m = {
		.dir = dir, .from = from, .to = to, .shared = shared};
	char *path = delta_path(dir, kind, from, to, shared);
	int result = delta_find(path, ret);

	if (result == 0) {
		result = delta_make(&m, kind, path, e);
		if (result == 1)
			result = delta_find(path, ret);
	}
	free(path);
	if (utf8 != (locale_t)0) {
		uselocale(was);
		freelocale(utf8);
	}
	return result;
}

void
delta_sweep(const char *dir, int days)
{
	char *deltas = path_join(dir, "deltas");
	DIR *d = opendir(deltas);
	time_t oldest = time(NULL) - (time_t)days * SECONDS_A_DAY;
	struct dirent *entry;
	struct stat st;

	while (d != NULL && (entry = readdir(d)) != NULL) {
		if (fstatat(dirfd(d), entry->d_name, &st,
			    AT_SYMLINK_NOFOLLOW) == -1 ||
			!S_ISREG(st.st_mode))
			continue;
		if (entry->d_name[0] == '.' || st.st_mtime < oldest)
			unlinkat(dirfd(d), entry->d_name, 0);
	}
	if (d != NULL)
		closedir(d);
	free(deltas);
}
