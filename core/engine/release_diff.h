/* release_diff.h - which files of two releases of a service differ. */
#ifndef SLUICE_ENGINE_RELEASE_DIFF_H
#define SLUICE_ENGINE_RELEASE_DIFF_H

#include "engine/engine.h"

struct file_difference {
	const char *path;
	const struct release_file *before, *after; /* NULL: it is not there */
};

struct release_totals {
	int64_t files; /* that either has, without directories */
	int64_t added, removed, changed;
	int64_t bytes_before, bytes_after;
};

/*
 * Two releases that must be known, compared in slices between which the
 * engine serves: read, about so many files at a time, until it says that
 * there is no more (false); then finish, which frees it, also before its end.
 * read calls fn for every file that is not the same in both, in the order of
 * the newer archive, then for what is gone; all is borrowed for the call.
 */
struct release_comparison;
struct release_comparison *release_comparison_create(struct engine *en,
	const char *service, const char *before, const char *after);
bool release_comparison_read(struct release_comparison *rc, size_t most,
	void (*fn)(const struct file_difference *d, void *arg), void *arg);
void release_comparison_finish(
	struct release_comparison *rc, struct release_totals *ret);

#endif
