/* release_diff.c - the files of two releases, by their paths. */
#include "engine/release_diff.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

struct file {
	struct release_file f;
	bool seen;
	UT_hash_handle hh;
};

static int
collect(const struct release_file *f, int64_t cursor, void *arg)
{
	struct file **all = arg, *file;

	(void)cursor;
	if (f->sha256[0] == '\0' && f->link == NULL)
		return 0; /* a directory */
	file = xcalloc(1, sizeof(*file));
	file->f = *f;
	file->f.path = xstrdup(f->path);
	file->f.link = xstrdup_or_null(f->link);
	HASH_ADD_KEYPTR(
		hh, *all, file->f.path, strlen(file->f.path), file);
	return 0;
}

static void
files_finish(struct file *all)
{
	struct file *file, *next;

	HASH_ITER(hh, all, file, next)
	{
		HASH_DEL(all, file);
		free(file->f.path);
		free(file->f.link);
		free(file);
	}
}

static bool
is_same(const struct release_file *a, const struct release_file *b)
{
	if ((a->link == NULL) != (b->link == NULL) ||
		(a->link != NULL && strcmp(a->link, b->link) != 0))
		return false;
	return a->mode == b->mode && strcmp(a->sha256, b->sha256) == 0;
}

static void
compare(struct file *old, struct file *new,
	void (*fn)(const struct file_difference *d, void *arg), void *arg,
	struct release_totals *ret)
{
	struct file *a, *b, *next;

	HASH_ITER(hh, new, b, next)
	{
		HASH_FIND_STR(old, b->f.path, a);
		if (a != NULL)
			a->seen = true;
		ret->files++;
		ret->bytes_after += b->f.size_bytes;
		ret->added += a == NULL;
		ret->changed += a != NULL && !is_same(&a->f, &b->f);
		if (a == NULL || !is_same(&a->f, &b->f))
			fn(&(struct file_difference){b->f.path,
				   a == NULL ? NULL : &a->f, &b->f},
				arg);
	}
	HASH_ITER(hh, old, a, next)
	{
		ret->bytes_before += a->f.size_bytes;
		if (a->seen)
			continue;
		ret->files++;
		ret->removed++;
		fn(&(struct file_difference){a->f.path, &a->f, NULL}, arg);
	}
}

void
release_compare(struct engine *en, const char *service, const char *before,
	const char *after,
	void (*fn)(const struct file_difference *d, void *arg), void *arg,
	struct release_totals *ret)
{
	struct file *old = NULL, *new = NULL;
	struct error e;

	memset(ret, 0, sizeof(*ret));
	engine_must(store_release_files(en->store, service, before, 0, collect,
			    &old, &e),
		&e, "read files of a release");
	engine_must(store_release_files(
			    en->store, service, after, 0, collect, &new, &e),
		&e, "read files of a release");
	compare(old, new, fn, arg, ret);
	files_finish(old);
	files_finish(new);
}
