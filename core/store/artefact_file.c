/*
 * artefact_file.c - files of the artefact store while they are written. They
 * have no name until they are whole and on the disk, so a crash leaves none.
 */
#include "store/artefact_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/random.h"

#define TMP_PREFIX ".tmp-"

static char *
tmp_name(const char *dir)
{
	char suffix[17];

	random_hex(suffix, 8);
	return xasprintf("%s/" TMP_PREFIX "%s", dir, suffix);
}

void
artefact_sweep(const char *dir)
{
	char *artefacts = path_join(dir, "artefacts");
	DIR *d = opendir(artefacts);
	struct dirent *entry;

	while (d != NULL && (entry = readdir(d)) != NULL)
		if (strncmp(entry->d_name, TMP_PREFIX, strlen(TMP_PREFIX)) == 0)
			unlinkat(dirfd(d), entry->d_name, 0);
	if (d != NULL)
		closedir(d);
	free(artefacts);
}

int
artefact_file_open(struct artefact_file *f, const char *dir, struct error *e)
{
	char *artefacts = path_join(dir, "artefacts");
	int result = artefact_file_open_in(f, artefacts, e);

	free(artefacts);
	return result;
}

int
artefact_file_open_in(struct artefact_file *f, const char *dir, struct error *e)
{
	memset(f, 0, sizeof(*f));
	f->dir = xstrdup(dir);
	f->fd = -1;
	if (dir_make(f->dir, 0700, e) == -1)
		return -1;
	f->fd = open(f->dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0444);
	if (f->fd == -1 && (errno == EOPNOTSUPP || errno == EISDIR ||
				   errno == ENOENT || errno == EINVAL)) {
		f->tmp_path = tmp_name(f->dir);
		f->fd = open(f->tmp_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
			0444);
	}
	if (f->fd == -1)
		return error_set_errno(
			e, errno, "cannot write into '%s'", f->dir);
	f->digest = digest_create();
	return 0;
}

int
artefact_file_write(struct artefact_file *f, const void *data, size_t len,
	struct error *e)
{
	digest_add(f->digest, data, len);
	f->size_bytes += (int64_t)len;
	return file_write_all(f->fd, data, len, f->dir, e);
}

int
artefact_file_rewind(struct artefact_file *f, struct error *e)
{
	if (lseek(f->fd, 0, SEEK_SET) == -1 || ftruncate(f->fd, 0) == -1)
		return error_set_errno(e, errno, "cannot write '%s'", f->dir);
	digest_destroy(f->digest);
	f->digest = digest_create();
	f->size_bytes = 0;
	return 0;
}

static int
sync_dir(const char *dir, struct error *e)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = fd == -1 ? -1 : fsync(fd);

	if (result == -1)
		error_set_errno(e, errno, "cannot sync '%s'", dir);
	if (fd != -1)
		close(fd);
	return result;
}

/* A file that has no name gets one. */
static int
give_name(struct artefact_file *f, struct error *e)
{
	char self[64];

	if (f->tmp_path != NULL)
		return 0;
	f->tmp_path = tmp_name(f->dir);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", f->fd);
	if (linkat(AT_FDCWD, self, AT_FDCWD, f->tmp_path, AT_SYMLINK_FOLLOW) ==
		0)
		return 0;
	error_set_errno(e, errno, "cannot name a file in '%s'", f->dir);
	free(f->tmp_path);
	f->tmp_path = NULL;
	return -1;
}

int
artefact_file_publish_as(struct artefact_file *f, const char *path,
	struct error *e)
{
	if (fsync(f->fd) == -1)
		return error_set_errno(e, errno, "cannot sync '%s'", f->dir);
	if (give_name(f, e) == -1)
		return -1;
	/* One that is there has the same bytes, or has rotted: replaced. */
	if (rename(f->tmp_path, path) == -1)
		return error_set_errno(e, errno, "cannot rename to '%s'", path);
	free(f->tmp_path);
	f->tmp_path = NULL;
	return sync_dir(f->dir, e);
}

int
artefact_file_publish(struct artefact_file *f, char ret_sha256[DIGEST_HEX_SIZE],
	struct error *e)
{
	char sha256[DIGEST_HEX_SIZE];
	char *path;
	int result;

	digest_finish_hex(f->digest, sha256);
	f->digest = NULL;
	path = path_join(f->dir, sha256);
	result = artefact_file_publish_as(f, path, e);
	if (result == 0)
		memcpy(ret_sha256, sha256, DIGEST_HEX_SIZE);
	free(path);
	return result;
}

void
artefact_file_close(struct artefact_file *f)
{
	if (f->fd != -1)
		close(f->fd);
	if (f->tmp_path != NULL)
		unlink(f->tmp_path);
	digest_destroy(f->digest);
	free(f->tmp_path);
	free(f->dir);
}
