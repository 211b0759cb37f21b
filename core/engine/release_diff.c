/* release_diff.c - the files of two releases, by their paths. */
#include "engine/release_diff.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

struct file {
	struct release_file f;
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
	struct list old, new; /* what is compared leaves them */
	struct release_totals totals;
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

/* Takes it out of its list. */
static void
file_drop(struct list *l, struct file *file)
{
	HASH_DEL(l->all, file);
	free(file->f.path);
	free(file->f.link);
	free(file);
}

static bool
is_same(const struct release_file *a, const struct release_file *b)
{
	if ((a->link == NULL) != (b->link == NULL) ||
		(a->link != NULL && strcmp(a->link, b->link) != 0))
		return false;
	return a->mode == b->mode && strcmp(a->sha256, b->sha256) == 0;
}

/* A file of the newer one against that of its path in the older. */
static void
compare_file(struct release_comparison *rc, struct file *b,
	void (*fn)(const struct file_difference *d, void *arg), void *arg)
{
	struct release_totals *t = &rc->totals;
	struct file *a;

	HASH_FIND_STR(rc->old.all, b->f.path, a);
	t->files++;
	t->bytes_after += b->f.size_bytes;
	t->added += a == NULL;
	if (a == NULL || !is_same(&a->f, &b->f)) {
		t->changed += a != NULL;
		fn(&(struct file_difference){b->f.path,
			   a == NULL ? NULL : &a->f, &b->f},
			arg);
	}
	if (a != NULL) {
		t->bytes_before += a->f.size_bytes;
		file_drop(&rc->old, a);
	}
	file_drop(&rc->new, b);
}

static void
compare_gone(struct release_comparison *rc, struct file *a,
	void (*fn)(const struct file_difference *d, void *arg), void *arg)
{
	rc->totals.files++;
	rc->totals.removed++;
	rc->totals.bytes_before += a->f.size_bytes;
	fn(&(struct file_difference){a->f.path, &a->f, NULL}, arg);
	file_drop(&rc->old, a);
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
release_comparison_read(struct release_comparison *rc, size_t most,
	void (*fn)(const struct file_difference *d, void *arg), void *arg)
{
	if (!rc->old.is_read || !rc->new.is_read) {
		read_list(rc, rc->old.is_read ? &rc->new : &rc->old, most);
		return true;
	}
	for (; most > 0 && rc->new.all != NULL; most--)
		compare_file(rc, rc->new.all, fn, arg);
	for (; most > 0 && rc->old.all != NULL; most--)
		compare_gone(rc, rc->old.all, fn, arg);
	return rc->new.all != NULL || rc->old.all != NULL;
}

void
release_comparison_finish(
	struct release_comparison *rc, struct release_totals *ret)
{
	*ret = rc->totals;
	while (rc->old.all != NULL)
		file_drop(&rc->old, rc->old.all);
	while (rc->new.all != NULL)
		file_drop(&rc->new, rc->new.all);
	free(rc->old.version);
	free(rc->new.version);
	free(rc->service);
	free(rc);
}
