/*
 * artefact_scan.c - lists a tar archive while it streams by. Whatever hosts
 * would make of it has to be known here: another kind of entry, a warning of
 * the reader, or bytes behind the end are refused.
 */
#include "store/artefact_private.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define CHUNK 65536

struct scan {
	struct artefact_stream *stream;
	const struct artefact_limits *limits;
	struct artefact_entries *all;
	struct archive *tar;
	int64_t entries, unpacked_bytes;
	struct error error; /* from inside on_read */
};

static la_ssize_t
on_read(struct archive *a, void *arg, const void **ret)
{
	struct scan *s = arg;
	ssize_t got = artefact_stream_next(s->stream, ret, &s->error);

	if (got == -1)
		archive_set_error(a, -1, "%s", s->error.text);
	return got;
}

static int
damaged(struct scan *s, const char *name, struct error *e)
{
	const char *why = archive_error_string(s->tar);

	if (s->error.code != ERROR_NONE) {
		if (e != NULL)
			*e = s->error;
		return -1;
	}
	why = why == NULL ? "unknown reason" : why;
	if (name != NULL)
		artefact_refuse(e, name, "cannot be read: ");
	else
		error_set(e, ERROR_HOSTILE_ARCHIVE,
			"the archive is damaged or truncated: ");
	if (e != NULL) {
		size_t len = strlen(e->text);
		struct strbuf safe;

		strbuf_init(&safe);
		text_add_printable(&safe, why, strlen(why));
		snprintf(e->text + len, sizeof(e->text) - len, "%.400s",
			safe.buf);
		strbuf_finish(&safe);
	}
	return -1;
}

static int
count_bytes(struct scan *s, const char *path, int64_t more, struct error *e)
{
	if (more < 0 || more > s->limits->bytes - s->unpacked_bytes)
		return artefact_refuse(e, path,
			"makes the archive too large: limits say how many "
			"bytes it may have unpacked");
	s->unpacked_bytes += more;
	return 0;
}

/* Holes of sparse files are read as zeros. */
static int
digest_data(struct scan *s, struct release_file *f, struct error *e)
{
	struct digest *d = digest_create();
	char *buf = xcalloc(1, CHUNK);
	la_ssize_t got;
	int result = -1;

	while ((got = archive_read_data(s->tar, buf, CHUNK)) > 0) {
		if (count_bytes(s, f->path, got, e) == -1)
			goto out;
		digest_add(d, buf, (size_t)got);
		f->size_bytes += got;
	}
	if (got < 0) {
		damaged(s, f->path, e);
		goto out;
	}
	digest_finish_hex(d, f->sha256);
	d = NULL;
	result = 0;
out:
	digest_destroy(d);
	free(buf);
	return result;
}

static int
scan_regular(struct scan *s, struct archive_entry *entry,
	struct release_file *f, struct error *e)
{
	/* Refused before it is read where it already says so. */
	if (archive_entry_size_is_set(entry) &&
		archive_entry_size(entry) >
			s->limits->bytes - s->unpacked_bytes)
		return count_bytes(s, f->path, archive_entry_size(entry), e);
	return digest_data(s, f, e);
}

/* A hard link is a copy of a file that the archive had before. */
static int
scan_hard_link(struct scan *s, struct archive_entry *entry,
	struct release_file *f, struct error *e)
{
	const struct release_file *target;
	char *path;

	if (archive_entry_size(entry) > 0)
		return artefact_refuse(
			e, f->path, "is a hard link with data of its own");
	if (artefact_entry_path(archive_entry_hardlink(entry), &path, e) == -1)
		return error_prefix(e, "hard link '%.200s'", f->path);
	target = artefact_entries_find(s->all, path);
	free(path);
	if (target == NULL || target->sha256[0] == '\0')
		return artefact_refuse(e, f->path,
			"is a hard link to something that is not a file "
			"before it in the archive");
	f->mode = target->mode;
	f->size_bytes = target->size_bytes;
	memcpy(f->sha256, target->sha256, sizeof(f->sha256));
	return count_bytes(s, f->path, f->size_bytes, e);
}

static int
scan_symlink(struct archive_entry *entry, struct release_file *f,
	struct error *e)
{
	const char *target = archive_entry_symlink(entry);

	if (target == NULL)
		target = "";
	if (artefact_link_check(f->path, target, e) == -1)
		return -1;
	f->link = xstrdup(target);
	return 0;
}

static int
scan_kind(struct scan *s, struct archive_entry *entry, struct release_file *f,
	struct error *e)
{
	if (archive_entry_hardlink(entry) != NULL)
		return scan_hard_link(s, entry, f, e);
	switch (archive_entry_filetype(entry)) {
	case AE_IFREG:
		return scan_regular(s, entry, f, e);
	case AE_IFLNK:
		return scan_symlink(entry, f, e);
	case AE_IFDIR:
		return 0;
	case AE_IFIFO:
		return artefact_refuse(e, f->path, "is a fifo");
	case AE_IFCHR:
	case AE_IFBLK:
		return artefact_refuse(e, f->path, "is a device");
	default:
		return artefact_refuse(
			e, f->path, "is of a kind that no release has");
	}
}

static int
scan_entry(struct scan *s, struct archive_entry *entry, struct error *e)
{
	const char *name = archive_entry_pathname(entry);
	struct release_file f;
	int result = -1;

	memset(&f, 0, sizeof(f));
	if (++s->entries > s->limits->entries)
		return error_set(e, ERROR_HOSTILE_ARCHIVE,
			"the archive has more than %lld entries",
			(long long)s->limits->entries);
	if (artefact_entry_path(name == NULL ? "" : name, &f.path, e) == -1)
		return -1;
	f.mode = (int)(archive_entry_perm(entry) & 0777);
	if (scan_kind(s, entry, &f, e) == -1)
		goto out;
	/* "./" is the release itself. */
	if (f.path[0] == '\0')
		result = archive_entry_filetype(entry) == AE_IFDIR
				 ? 0
				 : artefact_refuse(e, name,
					   "is an entry without a name");
	else
		result = artefact_entries_add(s->all, &f, e);
out:
	free(f.path);
	free(f.link);
	return result;
}

/* The archive ended by its mark, and only zeros are behind that. */
static int
check_end(struct scan *s, struct error *e)
{
	int64_t end = archive_read_header_position(s->tar);
	const void *data;
	ssize_t got;

	while ((got = artefact_stream_next(s->stream, &data, e)) > 0)
		continue;
	if (got == -1)
		return -1;
	if (artefact_stream_content(s->stream) > end)
		return error_set(e, ERROR_HOSTILE_ARCHIVE,
			"there are bytes behind the end of the archive");
	if (artefact_stream_length(s->stream) - end < 512)
		return error_set(e, ERROR_HOSTILE_ARCHIVE,
			"the archive is truncated: its end is missing");
	return 0;
}

/* 1: goes on, 0: the end or (with s->entries 0) no tar, -1: refused. */
static int
next_entry(struct scan *s, struct archive_entry **entry, struct error *e)
{
	switch (archive_read_next_header(s->tar, entry)) {
	case ARCHIVE_OK:
		return 1;
	case ARCHIVE_EOF:
		return 0;
	case ARCHIVE_WARN:
		return damaged(s, archive_entry_pathname(*entry), e);
	default:
		return damaged(s, NULL, e);
	}
}

/* A tar without entries is refused; a file that only begins with zeros is
 * taken for what it is. */
static int
nothing_listed(struct scan *s, struct error *e)
{
	const void *data;
	ssize_t got;

	while ((got = artefact_stream_next(s->stream, &data, e)) > 0)
		continue;
	if (got == 0 && artefact_stream_content(s->stream) == 0)
		return error_set(e, ERROR_INVALID, "the archive is empty");
	return (int)got;
}

static int
scan_all(struct scan *s, struct error *e)
{
	struct archive_entry *entry;
	int got;

	/* The reader did not see a header that it could take for one. */
	if (archive_read_open(s->tar, s, NULL, on_read, NULL) != ARCHIVE_OK)
		return 0;
	got = next_entry(s, &entry, e);
	for (; got == 1; got = next_entry(s, &entry, e))
		if (scan_entry(s, entry, e) == -1)
			return -1;
	if (got == 0 && s->entries == 0)
		return nothing_listed(s, e);
	if (got == -1 || check_end(s, e) == -1)
		return -1;
	if (artefact_entries_count(s->all) == 0)
		return error_set(e, ERROR_INVALID, "the archive is empty");
	return artefact_entries_check(s->all, e) == -1 ? -1 : 1;
}

int
artefact_scan(struct artefact_stream *stream,
	const struct artefact_limits *limits, struct artefact_entries *all,
	int64_t *ret_unpacked_bytes, struct error *e)
{
	struct scan s;
	int result;

	memset(&s, 0, sizeof(s));
	s.stream = stream;
	s.limits = limits;
	s.all = all;
	s.tar = archive_read_new();
	assert(s.tar != NULL);
	archive_read_support_format_tar(s.tar);
	result = scan_all(&s, e);
	archive_read_free(s.tar);
	*ret_unpacked_bytes = s.unpacked_bytes;
	return result;
}
