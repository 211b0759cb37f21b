/* artefact_test.h - archives made for a test, and taking them in. */
#ifndef SLUICE_TESTS_UNIT_ARTEFACT_TEST_H
#define SLUICE_TESTS_UNIT_ARTEFACT_TEST_H

#include "store_test.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/file.h"
#include "store/artefact.h"

/* ---- archives made for the occasion ---- */

struct part {
	const char *path;
	char kind; /* f d l h p c b */
	const char *content; /* or the target */
};

static inline struct archive *
writer(const char *path, int filter, int format)
{
	struct archive *a = archive_write_new();

	assert_int_equal(archive_write_set_format(a, format), ARCHIVE_OK);
	assert_true(archive_write_add_filter(a, filter) >= ARCHIVE_WARN);
	assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
	return a;
}

static inline void
write_part(struct archive *a, const struct part *p)
{
	struct archive_entry *entry = archive_entry_new();
	size_t len = p->kind == 'f' ? strlen(p->content) : 0;

	archive_entry_set_pathname(entry, p->path);
	archive_entry_set_perm(entry, 04755);
	archive_entry_set_size(entry, (la_int64_t)len);
	archive_entry_set_filetype(entry, p->kind == 'd'   ? AE_IFDIR
					  : p->kind == 'l' ? AE_IFLNK
					  : p->kind == 'p' ? AE_IFIFO
					  : p->kind == 'c' ? AE_IFCHR
					  : p->kind == 'b' ? AE_IFBLK
							   : AE_IFREG);
	if (p->kind == 'l')
		archive_entry_set_symlink(entry, p->content);
	if (p->kind == 'h')
		archive_entry_set_hardlink(entry, p->content);
	assert_true(archive_write_header(a, entry) >= ARCHIVE_WARN);
	if (len > 0)
		assert_int_equal(archive_write_data(a, p->content, len), len);
	archive_entry_free(entry);
}

static inline void
write_archive(const char *path, int filter, int format,
	const struct part *parts, size_t count)
{
	struct archive *a = writer(path, filter, format);
	size_t i;

	for (i = 0; i < count; i++)
		write_part(a, &parts[i]);
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
}

/* A header by hand, for what no writer makes. */
static inline void
write_header(FILE *f, const char *name, char type, const char *link,
	size_t size)
{
	unsigned char block[512] = {0};
	unsigned sum = 0, i;

	snprintf((char *)block, 100, "%s", name);
	snprintf((char *)block + 100, 8, "%07o", 0644);
	snprintf((char *)block + 108, 8, "%07o", 0);
	snprintf((char *)block + 116, 8, "%07o", 0);
	snprintf((char *)block + 124, 12, "%011zo", size);
	snprintf((char *)block + 136, 12, "%011o", 0);
	memset(block + 148, ' ', 8);
	block[156] = (unsigned char)type;
	snprintf((char *)block + 157, 100, "%s", link);
	memcpy(block + 257, "ustar\0" "00", 8);
	for (i = 0; i < 512; i++)
		sum += block[i];
	snprintf((char *)block + 148, 8, "%06o", sum);
	fwrite(block, 512, 1, f);
}

static inline void
write_zeros(FILE *f, size_t len)
{
	while (len-- > 0)
		fputc(0, f);
}

/* ---- ingest with the usual limits ---- */

static const struct artefact_limits usual = {1 << 20, 1000};

static inline int
ingest_as(struct store_test *t, const char *path, const char *name,
	const struct strings *shared, struct artefact *a)
{
	int fd = open(path, O_RDONLY), result;

	assert_int_not_equal(fd, -1);
	error_clear(&t->e);
	result = artefact_ingest(t->dir, fd, name, shared, &usual, a, &t->e);
	close(fd);
	return result;
}

static inline char *
place(struct store_test *t, const char *name)
{
	return path_join(t->dir, name);
}

static inline int
stored_files(struct store_test *t)
{
	char *path = place(t, "artefacts");
	DIR *dir = opendir(path);
	int count = 0;

	while (dir != NULL && readdir(dir) != NULL)
		count++;
	if (dir != NULL)
		closedir(dir);
	free(path);
	return count < 2 ? 0 : count - 2;
}

static inline char *
manifest_of(struct store_test *t, const struct artefact *a)
{
	char *path = artefact_manifest_path(t->dir, a->release.payload_sha256);
	char *text = NULL;
	size_t len;

	assert_non_null(path);
	WORKS(t, file_read(path, 1 << 20, &text, &len, &t->e));
	free(path);
	return text;
}

static const struct part good[] = {
	{"./", 'd', NULL},
	{"./bin/", 'd', NULL},
	{"./bin/run", 'f', "hello\n"},
	{"./bin/again", 'h', "./bin/run"},
	{"./bin/link", 'l', "run"},
	{"./lib", 'l', "bin"},
	{"./na\xc3\xafve \\name", 'f', ""},
	{"./bin/up", 'l', "../na\xc3\xafve"},
	{"./log/old", 'f', "noise"},
};

static inline void
write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	fputs(text, f);
	fclose(f);
}

#endif
