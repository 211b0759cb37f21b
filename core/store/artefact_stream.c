/*
 * artefact_stream.c - the bytes given, unpacked, hashed and kept in one pass.
 *
 *	fd -> hash -> [gzip | xz | zstd reader] -> whoever reads the tar
 *	        \-> payload (none, gzip)     \-> gzip writer -> payload
 *
 * The packing is read as a stream of its own, under the tar reader, so that
 * every byte behind the end of the archive is seen and nothing can hide
 * there.
 */
#include "store/artefact_private.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK 65536

struct artefact_stream {
	int fd;
	int64_t offset; /* in what was given */
	struct digest *digest;
	struct artefact_file *payload;
	struct archive *unpack;	     /* NULL: not packed */
	struct archive *pack;	     /* NULL: payload is what was given */
	int64_t length, content;     /* of the tar, so far */
	int64_t most_bytes;
	struct error error; /* from inside the callbacks of libarchive */
	unsigned char buf[CHUNK];
};

enum packing
artefact_packing(const unsigned char *head, size_t len)
{
	static const struct {
		enum packing packing;
		size_t len;
		const char *magic;
	} magics[] = {
		{PACKING_GZIP, 3, "\x1f\x8b\x08"},
		{PACKING_XZ, 6, "\xfd" "7zXZ\0"},
		{PACKING_ZSTD, 4, "\x28\xb5\x2f\xfd"},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(magics); i++)
		if (len >= magics[i].len &&
			memcmp(head, magics[i].magic, magics[i].len) == 0)
			return magics[i].packing;
	return PACKING_NONE;
}

/* The next bytes of what was given: 0 at the end, -1 with s->error. */
static ssize_t
read_given(struct artefact_stream *s)
{
	ssize_t got;

	do
		got = pread(s->fd, s->buf, sizeof(s->buf), s->offset);
	while (got == -1 && errno == EINTR);
	if (got == -1)
		return error_set_errno(
			&s->error, errno, "cannot read the artefact");
	digest_add(s->digest, s->buf, (size_t)got);
	s->offset += got;
	if (s->pack == NULL && got > 0 &&
		artefact_file_write(
			s->payload, s->buf, (size_t)got, &s->error) == -1)
		return -1;
	return got;
}

static la_ssize_t
on_read(struct archive *a, void *arg, const void **ret)
{
	struct artefact_stream *s = arg;
	ssize_t got = read_given(s);

	if (got == -1)
		archive_set_error(a, EIO, "%s", s->error.text);
	*ret = s->buf;
	return got;
}

static la_ssize_t
on_write(struct archive *a, void *arg, const void *data, size_t len)
{
	struct artefact_stream *s = arg;

	if (artefact_file_write(s->payload, data, len, &s->error) == -1) {
		archive_set_error(a, EIO, "%s", s->error.text);
		return -1;
	}
	return (la_ssize_t)len;
}

/* Callbacks know more than libarchive does. */
static int
stream_error(struct artefact_stream *s, struct archive *a, struct error *e)
{
	const char *why = archive_error_string(a);

	if (s->error.code != ERROR_NONE) {
		if (e != NULL)
			*e = s->error;
		return -1;
	}
	return error_set(e, ERROR_HOSTILE_ARCHIVE,
		"the archive is damaged or truncated: %s",
		why == NULL ? "unknown reason" : why);
}

static int
start_unpacking(struct artefact_stream *s, enum packing p, struct error *e)
{
	struct archive_entry *entry;
	struct archive *a = archive_read_new();

	assert(a != NULL);
	s->unpack = a;
	if (p == PACKING_GZIP)
		archive_read_support_filter_gzip(a);
	else if (p == PACKING_XZ)
		archive_read_support_filter_xz(a);
	else
		archive_read_support_filter_zstd(a);
	archive_read_support_format_raw(a);
	if (archive_read_open(a, s, NULL, on_read, NULL) != ARCHIVE_OK ||
		archive_read_next_header(a, &entry) != ARCHIVE_OK)
		return stream_error(s, a, e);
	return 0;
}

/* gzip without name and time: the same tar gives the same payload. */
static int
start_packing(struct artefact_stream *s, struct error *e)
{
	struct archive_entry *entry = archive_entry_new();
	struct archive *a = archive_write_new();
	int result = 0;

	assert(a != NULL && entry != NULL);
	s->pack = a;
	archive_entry_set_filetype(entry, AE_IFREG);
	if (archive_write_set_format_raw(a) != ARCHIVE_OK ||
		archive_write_add_filter_gzip(a) != ARCHIVE_OK ||
		archive_write_set_filter_option(
			a, "gzip", "timestamp", NULL) != ARCHIVE_OK ||
		archive_write_set_bytes_per_block(a, CHUNK) != ARCHIVE_OK ||
		archive_write_set_bytes_in_last_block(a, 1) != ARCHIVE_OK ||
		archive_write_open(a, s, NULL, on_write, NULL) != ARCHIVE_OK ||
		archive_write_header(a, entry) != ARCHIVE_OK)
		result = stream_error(s, a, e);
	archive_entry_free(entry);
	return result;
}

struct artefact_stream *
artefact_stream_open(int fd, enum packing packing,
	struct artefact_file *payload, int64_t most_bytes, struct error *e)
{
	struct artefact_stream *s = xcalloc(1, sizeof(*s));
	int result = 0;

	s->fd = fd;
	s->payload = payload;
	s->most_bytes = most_bytes;
	s->digest = digest_create();
	if (packing == PACKING_XZ || packing == PACKING_ZSTD)
		result = start_packing(s, e);
	if (result == 0 && packing != PACKING_NONE)
		result = start_unpacking(s, packing, e);
	if (result == -1) {
		artefact_stream_close(s);
		return NULL;
	}
	return s;
}

/* Remembers where zeros begin that reach to the end. */
static void
note_content(struct artefact_stream *s, const unsigned char *data, size_t len)
{
	size_t used = len;

	while (used > 0 && data[used - 1] == 0)
		used--;
	if (used > 0)
		s->content = s->length + (int64_t)used;
	s->length += (int64_t)len;
}

static ssize_t
next_unpacked(
	struct artefact_stream *s, const void **ret_data, struct error *e)
{
	size_t len = 0;
	la_int64_t offset;
	int code;

	do
		code = archive_read_data_block(
			s->unpack, ret_data, &len, &offset);
	while (code == ARCHIVE_OK && len == 0);
	if (code == ARCHIVE_EOF)
		return 0;
	if (code != ARCHIVE_OK)
		return stream_error(s, s->unpack, e);
	if (s->pack != NULL && archive_write_data(s->pack, *ret_data, len) < 0)
		return stream_error(s, s->pack, e);
	return (ssize_t)len;
}

ssize_t
artefact_stream_next(
	struct artefact_stream *s, const void **ret_data, struct error *e)
{
	ssize_t got;

	if (s->unpack != NULL) {
		got = next_unpacked(s, ret_data, e);
	} else {
		got = read_given(s);
		*ret_data = s->buf;
		if (got == -1 && e != NULL)
			*e = s->error;
	}
	if (got <= 0)
		return got;
	note_content(s, *ret_data, (size_t)got);
	if (s->length > s->most_bytes)
		return error_set(e, ERROR_HOSTILE_ARCHIVE,
			"the archive is larger than %lld bytes unpacked",
			(long long)s->most_bytes);
	return got;
}

int
artefact_stream_finish(struct artefact_stream *s,
	char ret_sha256[DIGEST_HEX_SIZE], int64_t *ret_size_bytes,
	struct error *e)
{
	const void *data;
	ssize_t got;

	while ((got = artefact_stream_next(s, &data, e)) > 0)
		continue;
	while (got == 0 && s->unpack != NULL && (got = read_given(s)) > 0)
		got = 0; /* bytes behind the packing belong to what was given */
	if (got == -1) {
		if (s->error.code != ERROR_NONE && e != NULL)
			*e = s->error;
		return -1;
	}
	if (s->pack != NULL && archive_write_close(s->pack) != ARCHIVE_OK)
		return stream_error(s, s->pack, e);
	digest_finish_hex(s->digest, ret_sha256);
	s->digest = NULL;
	*ret_size_bytes = s->offset;
	return 0;
}

int64_t
artefact_stream_length(const struct artefact_stream *s)
{
	return s->length;
}

int64_t
artefact_stream_content(const struct artefact_stream *s)
{
	return s->content;
}

void
artefact_stream_close(struct artefact_stream *s)
{
	if (s == NULL)
		return;
	if (s->unpack != NULL)
		archive_read_free(s->unpack);
	if (s->pack != NULL)
		archive_write_free(s->pack);
	digest_destroy(s->digest);
	free(s);
}
