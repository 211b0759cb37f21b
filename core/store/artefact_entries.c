/*
 * artefact_entries.c - what is in an archive, and the rules for its names.
 *
 * Nothing may be written or read outside the release directory. Names are
 * relative and have no "..". No entry lies behind a symbolic link of the
 * archive, so the directory of every link is a real one; a link's target may
 * climb only at its front and not above the release. What follows goes down,
 * perhaps through other links that obey the same rule: so all stay inside.
 * Packages of distributions have absolute links; they are refused with what
 * can be done instead, but for /dev/null, which masks and reaches nothing.
 */
#include "store/artefact_private.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/text.h"

#define PATH_LENGTH_MAX 4096
#define NAME_LENGTH_MAX 255

struct item {
	struct release_file file;
	bool was_link; /* at some place in the archive */
	struct item *older, *newer; /* in the order of the archive */
	UT_hash_handle hh;
};

struct artefact_entries {
	struct item *by_path;
	struct item *first, *last;
};

struct artefact_entries *
artefact_entries_create(void)
{
	return xcalloc(1, sizeof(struct artefact_entries));
}

static void
file_finish(struct release_file *f)
{
	free(f->path);
	free(f->link);
	memset(f, 0, sizeof(*f));
}

void
artefact_entries_destroy(struct artefact_entries *all)
{
	struct item *item, *next;

	if (all == NULL)
		return;
	HASH_CLEAR(hh, all->by_path);
	for (item = all->first; item != NULL; item = next) {
		next = item->newer;
		file_finish(&item->file);
		free(item);
	}
	free(all);
}

size_t
artefact_entries_count(const struct artefact_entries *all)
{
	return HASH_COUNT(all->by_path);
}

int
artefact_refuse(struct error *e, const char *name, const char *why)
{
	char *safe = text_printable(name);

	error_set(e, ERROR_HOSTILE_ARCHIVE, "'%.400s' %s", safe, why);
	free(safe);
	return -1;
}

/* C0, DEL and, in UTF-8, C1. */
static bool
has_control(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	for (; *p != '\0'; p++)
		if (*p < 0x20 || *p == 0x7f ||
			(*p == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f))
			return true;
	return false;
}

static int
check_text(const char *name, struct error *e)
{
	size_t len = strlen(name);

	if (len == 0)
		return artefact_refuse(e, name, "is an entry without a name");
	if (len > PATH_LENGTH_MAX)
		return artefact_refuse(e, name, "has too long a name");
	if (has_control(name))
		return artefact_refuse(
			e, name, "has control characters in its name");
	if (!text_is_utf8(name, len))
		return artefact_refuse(e, name, "has a name that is not UTF-8");
	if (name[0] == '/')
		return artefact_refuse(e, name, "has an absolute name");
	return 0;
}

int
artefact_entry_path(const char *name, char **ret, struct error *e)
{
	struct strbuf out;
	const char *p = name;

	if (check_text(name, e) == -1)
		return -1;
	strbuf_init(&out);
	while (*p != '\0') {
		size_t len = strcspn(p, "/");
		const char *why = NULL;

		if (len == 2 && p[0] == '.' && p[1] == '.')
			why = "leaves the release by '..'";
		else if (len > NAME_LENGTH_MAX)
			why = "has too long a name";
		if (why != NULL) {
			strbuf_finish(&out);
			return artefact_refuse(e, name, why);
		}
		if (len > 0 && !(len == 1 && p[0] == '.')) {
			if (out.len > 0)
				strbuf_addc(&out, '/');
			strbuf_add(&out, p, len);
		}
		p += len;
		p += strspn(p, "/");
	}
	*ret = out.buf;
	return 0;
}

static int
depth_of(const char *path)
{
	int depth = 0;

	for (; *path != '\0'; path++)
		depth += *path == '/';
	return depth;
}

/* What is behind such a link is another thing on every host, and a step that
 * writes there writes outside the release. */
static int
refuse_link(const char *path, const char *target, const char *what,
	struct error *e)
{
	error_set(e, ERROR_HOSTILE_ARCHIVE, "'%.400s' is a link to '%.200s', "
					    "which %s", path, target, what);
	return error_hint(e, "make it relative (ln -rs), list it as shared, "
			     "or let a step link it on the host");
}

int
artefact_link_check(const char *path, const char *target, struct error *e)
{
	int climb = 0;
	bool went_down = false;
	const char *p = target;

	if (*target == '\0')
		return artefact_refuse(e, path, "is a link to nothing");
	/* How a file is masked: there is nothing behind it to reach. */
	if (strcmp(target, "/dev/null") == 0)
		return 0;
	if (*target == '/')
		return refuse_link(path, target, "leaves the release", e);
	if (has_control(target) || !text_is_utf8(target, strlen(target)) ||
		strlen(target) > PATH_LENGTH_MAX)
		return artefact_refuse(
			e, path, "is a link whose target is not a clean name");
	while (*p != '\0') {
		size_t len = strcspn(p, "/");

		if (len == 2 && p[0] == '.' && p[1] == '.') {
			if (went_down)
				return refuse_link(path, target,
					"climbs behind a name and so may "
					"leave the release", e);
			if (++climb > depth_of(path))
				return refuse_link(path, target,
					"leaves the release", e);
		} else if (len > 0 && !(len == 1 && p[0] == '.')) {
			went_down = true;
		}
		p += len;
		p += strspn(p, "/");
	}
	return 0;
}

static void
unlink_item(struct artefact_entries *all, struct item *item)
{
	if (item->older != NULL)
		item->older->newer = item->newer;
	else
		all->first = item->newer;
	if (item->newer != NULL)
		item->newer->older = item->older;
	else
		all->last = item->older;
}

static void
push_item(struct artefact_entries *all, struct item *item)
{
	item->older = all->last;
	item->newer = NULL;
	if (all->last != NULL)
		all->last->newer = item;
	else
		all->first = item;
	all->last = item;
}

static struct item *
find_item(const struct artefact_entries *all, const char *path, size_t len)
{
	struct item *item;

	HASH_FIND(hh, all->by_path, path, len, item);
	return item;
}

static bool
is_directory(const struct release_file *f)
{
	return f->link == NULL && f->sha256[0] == '\0';
}

int
artefact_entries_add(
	struct artefact_entries *all, struct release_file *f, struct error *e)
{
	struct item *item = find_item(all, f->path, strlen(f->path));

	if (item == NULL) {
		item = xcalloc(1, sizeof(*item));
		item->file = *f;
		HASH_ADD_KEYPTR(hh, all->by_path, item->file.path,
			strlen(item->file.path), item);
	} else if (is_directory(&item->file) != is_directory(f)) {
		return artefact_refuse(e, f->path,
			"is there twice, as a directory and as something else");
	} else {
		unlink_item(all, item);
		free(item->file.link);
		free(f->path);
		f->path = item->file.path; /* the key of the table */
		item->file = *f;
	}
	item->was_link = item->was_link || f->link != NULL;
	push_item(all, item);
	memset(f, 0, sizeof(*f));
	return 0;
}

const struct release_file *
artefact_entries_find(const struct artefact_entries *all, const char *path)
{
	struct item *item = find_item(all, path, strlen(path));

	return item == NULL ? NULL : &item->file;
}

/* Every directory above the entry is one, or is not in the archive. */
static int
check_above(const struct artefact_entries *all, const struct release_file *f,
	struct error *e)
{
	const char *slash = f->path;

	while ((slash = strchr(slash, '/')) != NULL) {
		struct item *above =
			find_item(all, f->path, (size_t)(slash - f->path));

		if (above != NULL && above->was_link)
			return artefact_refuse(
				e, f->path, "lies behind a symbolic link");
		if (above != NULL && !is_directory(&above->file))
			return artefact_refuse(
				e, f->path, "lies behind a file");
		slash++;
	}
	return 0;
}

int
artefact_entries_check(const struct artefact_entries *all, struct error *e)
{
	const struct item *item;

	for (item = all->first; item != NULL; item = item->newer) {
		const char *path = item->file.path;

		if (strncmp(path, "shared", 6) == 0 &&
			(path[6] == '\0' || path[6] == '/')) {
			error_set(e, ERROR_INVALID,
				"the archive has 'shared' at its top");
			return error_hint(e, "'shared' on hosts is what "
					     "survives releases: leave it out");
		}
		if (check_above(all, &item->file, e) == -1)
			return -1;
	}
	return 0;
}

void
artefact_entries_take(struct artefact_entries *all,
	struct release_file **ret_list, size_t *ret_count)
{
	size_t count = artefact_entries_count(all), i = 0;
	struct release_file *list = xcalloc(count + 1, sizeof(*list));
	struct item *item, *next;

	HASH_CLEAR(hh, all->by_path);
	for (item = all->first; item != NULL; item = next) {
		next = item->newer;
		list[i++] = item->file;
		free(item);
	}
	all->first = all->last = NULL;
	*ret_list = list;
	*ret_count = count;
}
