/* pack.c - a directory as a normalised tar, by libarchive. */
#include "tui/pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

#define DEPTH_MAX 200

/* One walk over a tree. */
struct pack {
	struct archive *archive;
	char *buffer;
	struct error *e;
};

#define BUFFER_SIZE (256 * 1024)

static int
archive_failed(struct pack *p, const char *path)
{
	const char *why = archive_error_string(p->archive);

	return error_set(p->e, ERROR_IO, "cannot pack '%s': %s", path,
		why == NULL ? "unknown" : why);
}

/* The content of the file behind the header; exactly size bytes of it. */
static int
pack_content(struct pack *p, int fd, int64_t size, const char *path)
{
	int64_t left = size;
	ssize_t got;

	while ((got = read(fd, p->buffer, BUFFER_SIZE)) != 0) {
		if (got == -1)
			return error_set_errno(
				p->e, errno, "cannot read '%s'", path);
		if (got > left)
			break;
		left -= got;
		if (archive_write_data(p->archive, p->buffer, (size_t)got) !=
			got)
			return archive_failed(p, path);
	}
	if (got != 0 || left != 0)
		return error_set(p->e, ERROR_CHANGED,
			"'%s' changed while it was packed", path);
	return 0;
}

static int
pack_header(struct pack *p, const char *path, const struct stat *st,
	const char *link)
{
	struct archive_entry *entry = archive_entry_new();
	int result;

	archive_entry_set_pathname(entry, path);
	archive_entry_set_filetype(entry, st->st_mode & S_IFMT);
	archive_entry_set_perm(entry, st->st_mode & 0777);
	archive_entry_set_uid(entry, 0);
	archive_entry_set_gid(entry, 0);
	archive_entry_set_mtime(entry, 0, 0);
	archive_entry_set_size(entry, S_ISREG(st->st_mode) ? st->st_size : 0);
	if (link != NULL) {
		archive_entry_set_perm(entry, 0777);
		archive_entry_set_symlink(entry, link);
	}
	result = archive_write_header(p->archive, entry);
	archive_entry_free(entry);
	return result == ARCHIVE_OK ? 0 : archive_failed(p, path);
}

static int
pack_file(struct pack *p, int dirfd, const char *name, const char *path)
{
	int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int result;

	if (fd == -1 || fstat(fd, &st) == -1) {
		error_set_errno(p->e, errno, "cannot read '%s'", path);
		if (fd != -1)
			close(fd);
		return -1;
	}
	result = pack_header(p, path, &st, NULL);
	if (result == 0)
		result = pack_content(p, fd, st.st_size, path);
	close(fd);
	return result;
}

static int
pack_link(struct pack *p, int dirfd, const char *name, const char *path,
	const struct stat *st)
{
	char target[4097];
	ssize_t len = readlinkat(dirfd, name, target, sizeof(target) - 1);

	if (len == -1)
		return error_set_errno(
			p->e, errno, "cannot read the link '%s'", path);
	target[len] = '\0';
	if (!text_is_utf8(target, (size_t)len))
		return error_set(p->e, ERROR_INVALID,
			"the link '%s' leads to a name that is not UTF-8",
			path);
	return pack_header(p, path, st, target);
}

static int pack_tree(struct pack *p, int dirfd, const char *path, int depth);

static int
pack_one(struct pack *p, int dirfd, const char *name, const char *path,
	int depth)
{
	struct stat st;
	int fd;

	if (!text_is_utf8(name, strlen(name)))
		return error_set(p->e, ERROR_INVALID,
			"the name of '%s' is not UTF-8", path);
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return error_set_errno(p->e, errno, "cannot read '%s'", path);
	if (S_ISREG(st.st_mode))
		return pack_file(p, dirfd, name, path);
	if (S_ISLNK(st.st_mode))
		return pack_link(p, dirfd, name, path, &st);
	if (!S_ISDIR(st.st_mode))
		return error_set(p->e, ERROR_INVALID,
			"'%s' is neither a file, a directory nor a symbolic "
			"link",
			path);
	if (pack_header(p, path, &st, NULL) == -1)
		return -1;
	fd = openat(dirfd, name,
		O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return error_set_errno(p->e, errno, "cannot read '%s'", path);
	return pack_tree(p, fd, path, depth + 1);
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a directory, sorted by bytes. dirfd is taken. */
static size_t
read_names(int dirfd, char ***ret_names)
{
	DIR *dir = fdopendir(dirfd);
	size_t count = 0, capacity = 0;
	char **names = NULL;
	struct dirent *d;

	while (dir != NULL && (d = readdir(dir)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		ARRAY_GROW(names, count, capacity);
		names[count++] = xstrdup(d->d_name);
	}
	if (dir != NULL)
		closedir(dir);
	if (count > 0)
		qsort(names, count, sizeof(*names), compare_names);
	*ret_names = names;
	return count;
}

/* Everything in a directory; dirfd is taken. path is "" at the top. */
static int
pack_tree(struct pack *p, int dirfd, const char *path, int depth)
{
	int listing = dup(dirfd), result = 0;
	size_t count, i;
	char **names;

	if (depth > DEPTH_MAX || listing == -1) {
		close(dirfd);
		return error_set(p->e, ERROR_LIMIT,
			"'%s' is deeper than %d directories", path, DEPTH_MAX);
	}
	count = read_names(listing, &names);
	for (i = 0; i < count; i++) {
		char *full = *path ? path_join(path, names[i])
				   : xstrdup(names[i]);

		if (result == 0)
			result = pack_one(p, dirfd, names[i], full, depth);
		free(full);
		free(names[i]);
	}
	free(names);
	close(dirfd);
	return result;
}

/* A file without a name, on a disk rather than in memory. */
static int
open_unnamed(struct error *e)
{
	const char *tmp = getenv("TMPDIR");
	char *name;
	int fd;

	if (tmp == NULL || *tmp == '\0')
		tmp = "/tmp";
	fd = open(tmp, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd != -1)
		return fd;
	name = xasprintf("%s/sluice-XXXXXX", tmp);
	fd = mkostemp(name, O_CLOEXEC);
	if (fd == -1)
		error_set_errno(e, errno, "cannot make a file in '%s'", tmp);
	else
		unlink(name);
	free(name);
	return fd;
}

static int
write_archive(struct pack *p, int dirfd, int out)
{
	int result;

	if (archive_write_set_format_pax_restricted(p->archive) !=
			ARCHIVE_OK ||
		archive_write_add_filter_none(p->archive) != ARCHIVE_OK ||
		archive_write_open_fd(p->archive, out) != ARCHIVE_OK) {
		close(dirfd);
		return archive_failed(p, "the directory");
	}
	result = pack_tree(p, dirfd, "", 0);
	if (archive_write_close(p->archive) != ARCHIVE_OK && result == 0)
		result = archive_failed(p, "the directory");
	return result;
}

int
pack_directory(const char *path, struct error *e)
{
	struct pack p = {.e = e};
	int dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), out;
	char *locale;

	if (dirfd == -1)
		return error_set_errno(
			e, errno, "cannot read directory '%s'", path);
	out = open_unnamed(e);
	if (out == -1) {
		close(dirfd);
		return -1;
	}
	/* libarchive reads names by the locale; ours are UTF-8. */
	locale = xstrdup_or_null(setlocale(LC_CTYPE, NULL));
	setlocale(LC_CTYPE, "C.UTF-8");
	p.archive = archive_write_new();
	p.buffer = xcalloc(1, BUFFER_SIZE);
	if (write_archive(&p, dirfd, out) == -1) {
		close(out);
		out = -1;
	} else {
		lseek(out, 0, SEEK_SET);
	}
	archive_write_free(p.archive);
	free(p.buffer);
	if (locale != NULL)
		setlocale(LC_CTYPE, locale);
	free(locale);
	return out;
}
