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

/* The files of one release, as far as they were read. */
struct list {
	char *version;
	struct file *all; /* hash */
	int64_t after;
	size_t left; /* rows of this slice */
	bool is_read;
};

struct release_comparison {
	struct engine *en;
	char *service;
	struct list old, new;
};

static int
collect(const struct release_file *f, int64_t cursor, void *arg)
{
	struct list *l = arg;
	struct file **all = &l->all, *file;

	if (l->left == 0)
		return 1;
	l->left--;
	l->after = cursor;
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

static void
read_list(struct release_comparison *rc, struct list *l, size_t most)
{
	struct error e;

	l->left = most;
	engine_must(store_release_files(rc->en->store, rc->service, l->version,
			    l->after, collect, l, &e),
		&e, "read files of a release");
	l->is_read = l->left > 0;
}

struct release_comparison *
release_comparison_create(struct engine *en, const char *service,
	const char *before, const char *after)
{
	struct release_comparison *rc = xcalloc(1, sizeof(*rc));

	rc->en = en;
	rc->service = xstrdup(service);
	rc->old.version = xstrdup(before);
	rc->new.version = xstrdup(after);
	return rc;
}

bool
release_comparison_read(struct release_comparison *rc, size_t most)
{
	if (!rc->old.is_read)
		read_list(rc, &rc->old, most);
	else if (!rc->new.is_read)
		read_list(rc, &rc->new, most);
	return !rc->old.is_read || !rc->new.is_read;
}

void
release_comparison_finish(struct release_comparison *rc,
	void (*fn)(const struct file_difference *d, void *arg), void *arg,
	struct release_totals *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (fn != NULL)
		compare(rc->old.all, rc->new.all, fn, arg, ret);
	files_finish(rc->old.all);
	files_finish(rc->new.all);
	free(rc->old.version);
	free(rc->new.version);
	free(rc->service);
	free(rc);
}
