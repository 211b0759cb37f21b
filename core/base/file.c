/* file.c - files and directories, with errors that name them. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "base/random.h"

static int
read_fd(int fd, const char *path, size_t limit, struct strbuf *sb,
	struct error *e)
{
	for (;;) {
		char *room = strbuf_reserve(sb, 65536);
		ssize_t got = read(fd, room, 65536);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set_errno(
				e, errno, "cannot read '%s'", path);
		if (got == 0)
			return 0;
		sb->len += (size_t)got;
		sb->buf[sb->len] = '\0';
		if (sb->len > limit)
			return error_set(e, ERROR_INVALID,
				"'%s' is larger than %zu bytes", path, limit);
	}
}

int
file_read(const char *path, size_t limit, char **ret_data, size_t *ret_len,
	struct error *e)
{
	struct strbuf sb;
	int fd = open(path, O_RDONLY | O_CLOEXEC), result;

	if (fd == -1)
		return error_set_errno(e, errno, "cannot open '%s'", path);
	strbuf_init(&sb);
	result = read_fd(fd, path, limit, &sb, e);
	close(fd);
	if (result == -1) {
		strbuf_finish(&sb);
		return -1;
	}
	*ret_len = sb.len;
	*ret_data = sb.buf;
	return 0;
}

int
file_write_all(int fd, const void *data, size_t len, const char *name,
	struct error *e)
{
	const char *p = data;

	while (len > 0) {
		ssize_t put = write(fd, p, len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return error_set_errno(
				e, errno, "cannot write '%s'", name);
		p += put;
		len -= (size_t)put;
	}
	return 0;
}

static int
sync_directory_of(const char *path, struct error *e)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash == NULL   ? xstrdup(".")
		    : slash == path ? xstrdup("/")
				    : xstrndup(path, (size_t)(slash - path));
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = fd == -1 ? -1 : fsync(fd);

	if (result == -1)
		error_set_errno(e, errno, "cannot sync directory '%s'", dir);
	if (fd != -1)
		close(fd);
	free(dir);
	return result;
}

int
file_write_atomic(const char *path, const void *data, size_t len, mode_t mode,
	struct error *e)
{
	char suffix[17];
	char *tmp;
	int fd, result = -1;

	random_hex(suffix, 8);
	tmp = xasprintf("%s.%s", path, suffix);
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd == -1) {
		error_set_errno(e, errno, "cannot create '%s'", tmp);
		free(tmp);
		return -1;
	}
	if (file_write_all(fd, data, len, tmp, e) == -1)
		goto out;
	if (fsync(fd) == -1) {
		error_set_errno(e, errno, "cannot sync '%s'", tmp);
		goto out;
	}
	if (rename(tmp, path) == -1) {
		error_set_errno(e, errno, "cannot rename to '%s'", path);
		goto out;
	}
	result = sync_directory_of(path, e);
out:
	close(fd);
	if (result == -1)
		unlink(tmp);
	free(tmp);
	return result;
}

int
dir_make(const char *path, mode_t mode, struct error *e)
{
	char *copy = path_absolute(path);
	char *p = copy;
	int result = 0;

	while (result == 0 && *p != '\0') {
		char saved;

		p += 1 + strcspn(p + 1, "/");
		saved = *p;
		*p = '\0';
		if (mkdir(copy, mode) == -1 && errno != EEXIST)
			result = error_set_errno(
				e, errno, "cannot make directory '%s'", copy);
		*p = saved;
	}
	free(copy);
	return result;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

void
dir_remove(const char *path)
{
	if (file_exists(path))
		nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

char *
path_join(const char *dir, const char *name)
{
	size_t len = strlen(dir);

	while (len > 1 && dir[len - 1] == '/')
		len--;
	if (len == 1 && dir[0] == '/')
		len = 0;
	return xasprintf("%.*s/%s", (int)len, dir, name);
}

char *
path_join_root(const char *root, const char *inside)
{
	return path_join(root, inside + strspn(inside, "/"));
}

char *
path_expand_home(const char *path)
{
	const char *home = getenv("HOME");
	struct passwd *pw;

	if (strncmp(path, "~/", 2) != 0)
		return xstrdup(path);
	if (home == NULL || *home == '\0') {
		pw = getpwuid(getuid());
		home = pw == NULL ? "/" : pw->pw_dir;
	}
	return path_join(home, path + 2);
}

char *
path_absolute(const char *path)
{
	struct strbuf out;
	char *cwd = NULL, *full;
	const char *p;

	if (*path != '/')
		cwd = getcwd(NULL, 0);
	full = *path == '/' ? xstrdup(path)
			    : xasprintf("%s/%s", cwd == NULL ? "" : cwd, path);
	free(cwd);
	strbuf_init(&out);
	for (p = full; *p != '\0';) {
		size_t len = strcspn(p, "/");

		if (len > 0 && !(len == 1 && *p == '.')) {
			strbuf_addc(&out, '/');
			strbuf_add(&out, p, len);
		}
		p += len;
		p += strspn(p, "/");
	}
	if (out.len == 0)
		strbuf_addc(&out, '/');
	free(full);
	return out.buf;
}

bool
file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

char *
path_find_in_path(const char *name)
{
	const char *path = getenv("PATH");

	for (path = path == NULL ? "" : path; *path != '\0';) {
		size_t len = strcspn(path, ":");
		char *full = xasprintf("%.*s/%s", (int)len, path, name);

		if (*path == '/' && access(full, X_OK) == 0)
			return full;
		free(full);
		path += len;
		path += *path == ':';
	}
	return NULL;
}

char *
path_find_program(const char *name)
{
	static const char *const places[] = {
		".", "../core", "../transports", "../tui", PKGLIBEXECDIR};
	char self[4096];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	size_t i;

	self[len > 0 ? len : 0] = '\0';
	if (strrchr(self, '/') != NULL)
		*strrchr(self, '/') = '\0';
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		char *full = *places[i] == '/'
				     ? xasprintf("%s/%s", places[i], name)
				     : xasprintf("%s/%s/%s", self, places[i],
					       name);
		struct stat st;

		if (stat(full, &st) == 0 && S_ISREG(st.st_mode) &&
			access(full, X_OK) == 0)
			return full;
		free(full);
	}
	return path_find_in_path(name);
}

int
file_limit_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 256;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		getrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_cur > INT_MAX ? INT_MAX : (int)limit.rlim_cur;
}
