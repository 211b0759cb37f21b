/* artefact_text.c - the bytes of a few small files of a payload. */
#include "store/artefact.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "store/artefact_private.h"

#define BLOCK 65536

static struct artefact_text *
find(struct artefact_text *list, size_t count, const char *path)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (list[i].data == NULL && strcmp(list[i].path, path) == 0)
			return &list[i];
	return NULL;
}

/* 1: all of it, 0: it is not what was wanted, -1: damaged. */
static int
take(struct archive *tar, struct archive_entry *entry, size_t most,
	struct artefact_text *t)
{
	int64_t size = archive_entry_size(entry);
	char *data;

	if (archive_entry_filetype(entry) != AE_IFREG || size < 0 ||
		(uint64_t)size > most)
		return 0;
	data = xcalloc((size_t)size + 1, 1);
	if (archive_read_data(tar, data, (size_t)size) != (ssize_t)size) {
		free(data);
		return -1;
	}
	t->data = data;
	t->len = (size_t)size;
	return 1;
}

static int
look(struct archive *tar, struct artefact_text *list, size_t count,
	size_t most, struct error *e)
{
	struct archive_entry *entry;
	size_t left = count;
	int got = 0;

	while (left > 0 && (got = archive_read_next_header(tar, &entry)) ==
				   ARCHIVE_OK) {
		const char *name = archive_entry_pathname(entry);
		struct artefact_text *t;
		char *path;

		if (artefact_entry_path(name == NULL ? "" : name, &path, e) ==
			-1)
			return -1;
		t = find(list, count, path);
		free(path);
		if (t == NULL)
			continue;
		left--;
		if (take(tar, entry, most, t) == -1)
			return error_set(e, ERROR_IO,
				"a payload in the store is damaged");
	}
	return 0;
}

int
artefact_read_texts(const char *dir, const struct release *r,
	struct artefact_text *list, size_t count, size_t most, struct error *e)
{
	char *path = artefact_path(dir, r->payload_sha256);
	struct archive *tar;
	int result = -1;

	if (path == NULL)
		return error_set(e, ERROR_NOT_FOUND,
			"the artefact of '%s %s' is not kept any more",
			r->service, r->version);
	if (r->format == PAYLOAD_FILE) {
		result = count == 0 ? 0
				    : file_read(path, most, &list[0].data,
					      &list[0].len, e);
		free(path);
		return result;
	}
	tar = archive_read_new();
	archive_read_support_format_tar(tar);
	archive_read_support_filter_gzip(tar);
	if (archive_read_open_filename(tar, path, BLOCK) == ARCHIVE_OK)
		result = look(tar, list, count, most, e);
	else
		error_set(e, ERROR_IO, "a payload in the store is damaged");
	archive_read_free(tar);
	free(path);
	return result;
}
