/* file.h - files and directories, with errors that name them. */
#ifndef SLUICE_BASE_FILE_H
#define SLUICE_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

/* The whole file, NUL-terminated (owned); refuses more than limit bytes. */
int file_read(const char *path, size_t limit, char **ret_data, size_t *ret_len,
	struct error *e);

/* Temporary name beside it, write, fsync, rename, fsync of the directory. */
int file_write_atomic(const char *path, const void *data, size_t len,
	mode_t mode, struct error *e);

/* All of len bytes; EINTR and short writes are handled. */
int file_write_all(int fd, const void *data, size_t len, const char *name,
	struct error *e);

/* mkdir -p; directories that it makes get mode. */
int dir_make(const char *path, mode_t mode, struct error *e);

/* The directory and all below it, following no link; what cannot be removed
 * stays, and nothing is said. */
void dir_remove(const char *path);

/* "a/b" of its two parts (owned). */
char *path_join(const char *dir, const char *name);

/* The absolute path inside, seen from a root directory elsewhere: "/srv/a"
 * and "/x" give "/srv/a/x" (owned). */
char *path_join_root(const char *root, const char *inside);

/* A leading "~/" replaced by the home directory (owned). */
char *path_expand_home(const char *path);

/* The absolute path without a trailing slash or empty parts; nothing is
 * resolved (owned). */
char *path_absolute(const char *path);

/*
 * Where another program of sluice is: beside this executable, in ../core,
 * ../transports, ../tui, in libexecdir, then in PATH (owned). NULL when it is
 * nowhere.
 */
char *path_find_program(const char *name);

/* Where a shell would find it: in PATH (owned). NULL: nowhere. */
char *path_find_in_path(const char *name);

bool file_exists(const char *path);

/* As many open files as this process may have; returns how many. */
int file_limit_raise(void);

#endif
