/*
 * artefact.c - the artefact store: what is given becomes a payload and a
 * manifest, both durable before ingest returns.
 */
#include "store/artefact_private.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

#define MANIFEST_MAX (512 * 1024 * 1024)

struct ingest {
	const char *dir;
	int fd;
	const char *file_name;
	const struct strings *shared;
	const struct artefact_limits *limits;
	enum packing packing;
	struct artefact_file payload;
	struct artefact *ret;
};

static char *
artefacts_path(const char *dir, const char *name, const char *suffix)
{
	return xasprintf("%s/artefacts/%s%s", dir, name, suffix);
}

static char *
path_if_there(const char *dir, const char *sha256, const char *suffix)
{
	char *path;

	if (!digest_is_hex(sha256))
		return NULL;
	path = artefacts_path(dir, sha256, suffix);
	if (file_exists(path))
		return path;
	free(path);
	return NULL;
}

char *
artefact_path(const char *dir, const char *payload_sha256)
{
	return path_if_there(dir, payload_sha256, "");
}

char *
artefact_manifest_path(const char *dir, const char *payload_sha256)
{
	return path_if_there(dir, payload_sha256, ".manifest");
}

void
artefact_finish(struct artefact *a)
{
	size_t i;

	for (i = 0; i < a->list_count; i++) {
		free(a->list[i].path);
		free(a->list[i].link);
	}
	free(a->list);
	release_finish(&a->release);
	memset(a, 0, sizeof(*a));
}

/* ---- manifest ---- */

bool
artefact_is_shared(const struct strings *shared, const char *path)
{
	size_t i;

	for (i = 0; shared != NULL && i < shared->count; i++) {
		const char *name = shared->items[i];
		size_t len = strlen(name);

		while (len > 0 && name[len - 1] == '/')
			len--;
		if (strncmp(path, name, len) == 0 &&
			(path[len] == '\0' || path[len] == '/'))
			return true;
	}
	return false;
}

/*
 * Another service may have the same payload and share other paths: what is
 * left out for one of them stays out. Both have the order of the archive, so
 * `other` (NULL: there is none) is followed line by line.
 */
static void
make_manifest(const struct artefact *a, const struct strings *shared,
	const char *other, struct strbuf *out)
{
	size_t i;

	for (i = 0; i < a->list_count; i++) {
		const struct release_file *f = &a->list[i];
		size_t from = out->len, len;
		bool wanted = !artefact_is_shared(shared, f->path);

		if (f->sha256[0] == '\0')
			continue;
		strbuf_addf(out, "%s  ./%s\n", f->sha256, f->path);
		len = out->len - from;
		if (other != NULL && strncmp(other, out->buf + from, len) == 0)
			other += len;
		else if (other != NULL)
			wanted = false;
		if (!wanted) {
			out->len = from;
			out->buf[from] = '\0';
		}
	}
}

static int
put_manifest(const struct ingest *in, struct error *e)
{
	char *path = artefacts_path(
		in->dir, in->ret->release.payload_sha256, ".manifest");
	struct strbuf text;
	char *old = NULL;
	size_t len;
	int result = -1;

	strbuf_init(&text);
	if (in->ret->release.format != PAYLOAD_FILE && file_exists(path) &&
		file_read(path, MANIFEST_MAX, &old, &len, e) == -1)
		goto out;
	make_manifest(in->ret, in->shared, old, &text);
	result = file_write_atomic(path, text.buf, text.len, 0444, e);
out:
	free(old);
	strbuf_finish(&text);
	free(path);
	return result;
}

/* ---- ingest ---- */

static bool
has_suffix(const char *name, const char *suffix)
{
	size_t len = strlen(name), tail = strlen(suffix);

	return len > tail && strcasecmp(name + len - tail, suffix) == 0;
}

/* Who calls a file so means an archive: it is never taken for a file. */
static bool
is_archive_name(const char *name)
{
	static const char *const suffixes[] = {".tar", ".tar.gz", ".tgz",
		".tar.xz", ".txz", ".tar.zst", ".tzst"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(suffixes); i++)
		if (has_suffix(name, suffixes[i]))
			return true;
	return false;
}

static int
look_at(struct ingest *in, struct stat *st, struct error *e)
{
	unsigned char head[16];
	ssize_t got;

	if (fstat(in->fd, st) == -1)
		return error_set_errno(e, errno, "cannot read the artefact");
	if (!S_ISREG(st->st_mode))
		return error_set(
			e, ERROR_INVALID, "the artefact is not a file");
	if (st->st_size == 0)
		return error_set(e, ERROR_INVALID, "the artefact is empty");
	got = pread(in->fd, head, sizeof(head), 0);
	if (got == -1)
		return error_set_errno(e, errno, "cannot read the artefact");
	in->packing = artefact_packing(head, (size_t)got);
	return 0;
}

static void
count_files(struct artefact *a)
{
	size_t i;

	a->release.files = 0;
	for (i = 0; i < a->list_count; i++)
		a->release.files += a->list[i].sha256[0] != '\0';
}

/* Headers and padding come on top of what is in the files. */
static int64_t
stream_limit(const struct artefact_limits *limits)
{
	int64_t most = INT64_MAX / 4;

	if (limits->bytes < most && limits->entries < most / 4096)
		most = limits->bytes + limits->entries * 2048 + (1 << 20);
	return most;
}

/* 1: it is in the payload file; 0: it is no tar. */
static int
ingest_tar(struct ingest *in, struct error *e)
{
	struct release *r = &in->ret->release;
	int64_t most = stream_limit(in->limits);
	struct artefact_entries *all = artefact_entries_create();
	struct artefact_stream *s = artefact_stream_open(
		in->fd, in->packing, &in->payload, most, e);
	int got = -1;

	if (s != NULL)
		got = artefact_scan(
			s, in->limits, all, &r->unpacked_bytes, e);
	else if (e->code == ERROR_HOSTILE_ARCHIVE)
		got = 0; /* it only begins like something packed */
	if (got == 1 && artefact_stream_finish(s, r->sha256, &r->size_bytes,
				e) == -1)
		got = -1;
	if (got == 1) {
		artefact_entries_take(
			all, &in->ret->list, &in->ret->list_count);
		count_files(in->ret);
		r->format = in->packing == PACKING_NONE ? PAYLOAD_TAR
							: PAYLOAD_TAR_GZ;
	}
	artefact_stream_close(s);
	artefact_entries_destroy(all);
	return got;
}

static int
check_file_name(const char *name, struct error *e)
{
	char *path = NULL;
	int result;

	if (strchr(name, '/') != NULL ||
		artefact_entry_path(name, &path, e) == -1 || *path == '\0' ||
		strcmp(path, "shared") == 0) {
		char *safe = text_printable(name);

		result = error_set(e, ERROR_INVALID,
			"a file cannot be called '%.200s' on hosts", safe);
		free(safe);
	} else {
		result = 0;
	}
	free(path);
	return result;
}

static int
ingest_file(struct ingest *in, const struct stat *st, struct error *e)
{
	struct release *r = &in->ret->release;
	struct artefact_stream *s;
	struct release_file *f;
	int result;

	if (check_file_name(in->file_name, e) == -1)
		return -1;
	s = artefact_stream_open(in->fd, PACKING_NONE, &in->payload,
		in->limits->bytes, e);
	if (s == NULL)
		return -1;
	result = artefact_stream_finish(s, r->sha256, &r->size_bytes, e);
	artefact_stream_close(s);
	if (result == -1)
		return -1;
	f = xcalloc(1, sizeof(*f));
	f->path = xstrdup(in->file_name);
	f->mode = (int)(st->st_mode & 0777);
	f->size_bytes = r->size_bytes;
	memcpy(f->sha256, r->sha256, sizeof(f->sha256));
	in->ret->list = f;
	in->ret->list_count = 1;
	r->files = 1;
	r->unpacked_bytes = r->size_bytes;
	r->format = PAYLOAD_FILE;
	return 0;
}

static int
ingest_any(struct ingest *in, struct error *e)
{
	struct release *r = &in->ret->release;
	struct stat st;
	int got;

	if (look_at(in, &st, e) == -1)
		return -1;
	got = ingest_tar(in, e);
	if (got == 0 && is_archive_name(in->file_name)) {
		char *safe = text_printable(in->file_name);

		got = error_set(e, ERROR_HOSTILE_ARCHIVE,
			"'%.200s' is not a tar archive, or is damaged", safe);
		free(safe);
	}
	if (got == 0) {
		if (artefact_file_rewind(&in->payload, e) == -1)
			return -1;
		got = ingest_file(in, &st, e);
	}
	if (got == -1)
		return -1;
	r->payload_bytes = in->payload.size_bytes;
	if (artefact_file_publish(&in->payload, r->payload_sha256, e) == -1)
		return -1;
	return put_manifest(in, e);
}

static void
forget_pruned(const char *dir, const char *payload_sha256)
{
	char *mark = artefacts_path(dir, payload_sha256, ".pruned");

	unlink(mark);
	free(mark);
}

int
artefact_ingest(const char *dir, int fd, const char *file_name,
	const struct strings *shared, const struct artefact_limits *limits,
	struct artefact *ret, struct error *e)
{
	/* libarchive drops names that the locale cannot spell. */
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	locale_t was = utf8 == (locale_t)0 ? (locale_t)0 : uselocale(utf8);
	struct artefact made;
	struct ingest in;
	struct error local;
	int result = -1;

	memset(&in, 0, sizeof(in));
	memset(&made, 0, sizeof(made));
	in.dir = dir;
	in.fd = fd;
	in.file_name = file_name;
	in.shared = shared;
	in.limits = limits;
	in.ret = &made;
	e = e == NULL ? &local : e;
	error_clear(e);
	if (artefact_file_open(&in.payload, dir, e) == 0)
		result = ingest_any(&in, e);
	artefact_file_close(&in.payload);
	if (result == 0) {
		made.release.file_name = xstrdup(file_name);
		forget_pruned(dir, made.release.payload_sha256);
		*ret = made;
	} else {
		artefact_finish(&made);
	}
	if (utf8 != (locale_t)0) {
		uselocale(was);
		freelocale(utf8);
	}
	return result;
}

/* ---- verify ---- */

static int
digest_fd(int fd, char ret[DIGEST_HEX_SIZE])
{
	struct digest *d = digest_create();
	char *buf = xcalloc(1, 65536);
	ssize_t got;

	while ((got = read(fd, buf, 65536)) != 0) {
		if (got > 0)
			digest_add(d, buf, (size_t)got);
		else if (errno != EINTR)
			break;
	}
	digest_finish_hex(d, ret);
	free(buf);
	return got == 0 ? 0 : -1;
}

int
artefact_verify(const char *dir, const char *payload_sha256, struct error *e)
{
	char *path = artefacts_path(dir, payload_sha256, "");
	char found[DIGEST_HEX_SIZE];
	int fd = open(path, O_RDONLY | O_CLOEXEC), result = 0;

	if (fd == -1 && errno == ENOENT &&
		artefact_is_pruned(dir, payload_sha256))
		result = 0;
	else if (fd == -1)
		result = error_set_errno(e, errno, "cannot open '%s'", path);
	else if (digest_fd(fd, found) == -1)
		result = error_set_errno(e, errno, "cannot read '%s'", path);
	else if (strcmp(found, payload_sha256) != 0)
		result = error_set(e, ERROR_CORRUPT,
			"'%s' has the digest %.12s: it was altered", path,
			found);
	if (fd != -1)
		close(fd);
	free(path);
	return result;
}

/* ---- pruning: an empty mark stays, so that nobody takes it for a loss ---- */

bool
artefact_is_pruned(const char *dir, const char *payload_sha256)
{
	char *payload = artefacts_path(dir, payload_sha256, "");
	char *mark = artefacts_path(dir, payload_sha256, ".pruned");
	bool is_pruned = !file_exists(payload) && file_exists(mark);

	free(payload);
	free(mark);
	return is_pruned;
}

int
artefact_prune(const char *dir, const char *payload_sha256, int64_t before,
	int64_t *ret_bytes, struct error *e)
{
	char *payload = artefacts_path(dir, payload_sha256, "");
	char *manifest = artefacts_path(dir, payload_sha256, ".manifest");
	char *mark = artefacts_path(dir, payload_sha256, ".pruned");
	struct stat st;
	int result = 0;

	/* A file younger than its release has just been given again. */
	if (stat(payload, &st) == 0 && st.st_mtime < before) {
		result = file_write_atomic(mark, "", 0, 0600, e);
		if (result == 0 && unlink(payload) == -1)
			result = error_set_errno(
				e, errno, "cannot remove '%s'", payload);
		if (result == 0) {
			unlink(manifest);
			*ret_bytes = st.st_size;
			result = 1;
		}
	}
	free(payload);
	free(manifest);
	free(mark);
	return result;
}
