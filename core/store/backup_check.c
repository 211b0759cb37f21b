/*
 * backup_check.c - reads a backup and compares every file with the list of
 * digests that ends it.
 */
#include "store/backup.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define SUMS_MAX (256 * 1024 * 1024)

struct check {
	struct archive *a;
	struct strbuf found; /* the lines that the list must have */
	struct strbuf sums;  /* the lines that it has */
};

static int
damaged(struct error *e, const char *what)
{
	char *safe = text_printable(what == NULL ? "unknown" : what);

	error_set(e, ERROR_CORRUPT, "the backup is damaged: %.400s", safe);
	free(safe);
	return -1;
}

/* Reads the bytes of an entry: their digest, and all of them into text if it
 * is not NULL. */
static int
read_data(struct archive *a, char ret[DIGEST_HEX_SIZE], struct strbuf *text,
	struct error *e)
{
	struct digest *d = digest_create();
	char *buf = xcalloc(1, 65536);
	la_ssize_t got;
	int result = 0;

	while ((got = archive_read_data(a, buf, 65536)) > 0) {
		digest_add(d, buf, (size_t)got);
		if (text == NULL)
			continue;
		strbuf_add(text, buf, (size_t)got);
		if (text->len > SUMS_MAX)
			break;
	}
	if (got != 0)
		result = damaged(e, archive_error_string(a));
	digest_finish_hex(d, ret);
	free(buf);
	return result;
}

static int
read_entry(struct check *c, struct archive_entry *entry, struct error *e)
{
	const char *name = archive_entry_pathname(entry);
	char hex[DIGEST_HEX_SIZE], *copy;
	bool is_sums;
	int result;

	if (name == NULL || c->sums.len > 0 ||
		archive_entry_filetype(entry) != AE_IFREG)
		return damaged(e, "it has an entry too many");
	is_sums = strcmp(name, "SHA256SUMS") == 0;
	copy = xstrdup(name);
	result = read_data(c->a, hex, is_sums ? &c->sums : NULL, e);
	if (result == 0 && !is_sums)
		strbuf_addf(&c->found, "%s  %s\n", hex, copy);
	free(copy);
	return result;
}

static int
read_all(struct check *c, struct error *e)
{
	struct archive_entry *entry;
	int code;

	while ((code = archive_read_next_header(c->a, &entry)) == ARCHIVE_OK)
		if (read_entry(c, entry, e) == -1)
			return -1;
	if (code != ARCHIVE_EOF)
		return damaged(e, archive_error_string(c->a));
	if (strcmp(c->found.buf, c->sums.buf) != 0)
		return damaged(e, c->sums.len == 0
					  ? "its end is missing"
					  : "a digest is not the recorded one");
	return 0;
}

int
backup_check(int fd, struct error *e)
{
	struct check c;
	int result;

	c.a = archive_read_new();
	assert(c.a != NULL);
	strbuf_init(&c.found);
	strbuf_init(&c.sums);
	archive_read_support_format_tar(c.a);
	if (archive_read_open_fd(c.a, fd, 65536) != ARCHIVE_OK)
		result = damaged(e, archive_error_string(c.a));
	else
		result = read_all(&c, e);
	archive_read_free(c.a);
	strbuf_finish(&c.found);
	strbuf_finish(&c.sums);
	return result;
}
