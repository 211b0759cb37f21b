/*
 * artefact_delta_files.c - what a host lacks of a release, file by file.
 *
 * Two manifests say which files both have. Those are copied on the host; all
 * else (directories, links, files that are hard linked, whose names a shell
 * would have to quote) comes from the payload, which is read twice: once for
 * what its entries are, once for what is in them.
 */
#include "store/delta_private.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/file.h"

#define CHUNK 65536
#define MANIFEST_MAX (512 * 1024 * 1024)
#define LINE_PATH 68 /* behind "SHA256  ./" */
#define MODES 01000
#define GZIP_LEVEL "6"
/* Copying the rest must spare at least so much of what is in files. */
#define SPARE_PERCENT 30

struct member { /* of the payload */
	char *path;
	int mode;
	int64_t size_bytes;
	bool is_file, is_dir, is_linked;
	bool is_kept; /* copied from the base */
	UT_hash_handle hh;
};

struct manifest {
	char *text;
	char **lines; /* into text, sorted */
	size_t count;
};

struct growing {
	struct delta_making *m;
	struct manifest from, to;
	struct member *members;
	struct strbuf drop, added;
	size_t modes[MODES]; /* kept files that have it */
	int64_t size_bytes, kept_bytes;
};

/* ---- manifests ---- */

static int
compare_lines(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static int
manifest_read(struct manifest *ret, const char *dir, const char *sha256,
	const struct strings *shared, struct error *e)
{
	char *path = artefact_manifest_path(dir, sha256), *save = NULL, *line;
	size_t len, capacity = 0;
	int result;

	if (path == NULL)
		return error_set(e, ERROR_NOT_FOUND,
			"no manifest of payload %.12s", sha256);
	result = file_read(path, MANIFEST_MAX, &ret->text, &len, e);
	free(path);
	if (result == -1)
		return -1;
	for (line = strtok_r(ret->text, "\n", &save); line != NULL;
		line = strtok_r(NULL, "\n", &save)) {
		if (strlen(line) < LINE_PATH)
			return error_set(e, ERROR_CORRUPT,
				"the manifest of payload %.12s is damaged",
				sha256);
		if (artefact_is_shared(shared, line + LINE_PATH))
			continue;
		ARRAY_GROW(ret->lines, ret->count, capacity);
		ret->lines[ret->count++] = line;
	}
	if (ret->count > 0)
		qsort(ret->lines, ret->count, sizeof(*ret->lines),
			compare_lines);
	return 0;
}

static void
manifest_finish(struct manifest *m)
{
	free(m->lines);
	free(m->text);
}

static void
manifest_digest(const struct manifest *m, char ret[DIGEST_HEX_SIZE])
{
	struct digest *d = digest_create();
	size_t i;

	for (i = 0; i < m->count; i++) {
		digest_add(d, m->lines[i], strlen(m->lines[i]));
		digest_add(d, "\n", 1);
	}
	digest_finish_hex(d, ret);
}

/* ---- the payload ---- */

static struct member *
member_find(struct growing *g, const char *path)
{
	struct member *m;

	HASH_FIND_STR(g->members, path, m);
	return m;
}

static struct member *
member_get(struct growing *g, const char *path)
{
	struct member *m = member_find(g, path);

	if (m != NULL)
		return m;
	m = xcalloc(1, sizeof(*m));
	m->path = xstrdup(path);
	HASH_ADD_KEYPTR(hh, g->members, m->path, strlen(m->path), m);
	return m;
}

static int
note_entry(struct growing *g, struct archive *unused,
	struct archive_entry *entry, const char *path, void *arg,
	struct error *e)
{
	struct member *m = member_get(g, path);
	char *target;

	(void)unused;
	(void)arg;
	if (archive_entry_hardlink(entry) != NULL) {
		if (artefact_entry_path(archive_entry_hardlink(entry), &target,
			    e) == -1)
			return -1;
		m->is_linked = true;
		member_get(g, target)->is_linked = true;
		free(target);
		return 0;
	}
	m->is_file = archive_entry_filetype(entry) == AE_IFREG;
	m->is_dir = archive_entry_filetype(entry) == AE_IFDIR;
	m->mode = (int)(archive_entry_perm(entry) & 0777);
	m->size_bytes = m->is_file ? archive_entry_size(entry) : 0;
	return 0;
}

typedef int (*entry_fn)(struct growing *g, struct archive *tar,
	struct archive_entry *entry, const char *path, void *arg,
	struct error *e);

static int
each_entry(struct growing *g, struct archive *tar, entry_fn fn, void *arg,
	struct error *e)
{
	struct archive_entry *entry;
	int got, result = 0;

	while (result == 0 &&
		(got = archive_read_next_header(tar, &entry)) != ARCHIVE_EOF) {
		char *path = NULL;

		if (got != ARCHIVE_OK)
			return error_set(e, ERROR_CORRUPT,
				"payload %.12s cannot be read: %s", g->m->to,
				archive_error_string(tar));
		result = artefact_entry_path(
			archive_entry_pathname(entry), &path, e);
		if (result == 0)
			result = fn(g, tar, entry, path, arg, e);
		free(path);
	}
	return result;
}

static int
read_payload(struct growing *g, entry_fn fn, void *arg, struct error *e)
{
	char *path = artefact_path(g->m->dir, g->m->to);
	struct archive *tar = archive_read_new();
	int result = -1;

	assert(tar != NULL);
	archive_read_support_filter_gzip(tar);
	archive_read_support_format_tar(tar);
	if (path == NULL ||
		archive_read_open_filename(tar, path, CHUNK) != ARCHIVE_OK)
		error_set(e, ERROR_CORRUPT, "payload %.12s cannot be read",
			g->m->to);
	else
		result = each_entry(g, tar, fn, arg, e);
	archive_read_free(tar);
	free(path);
	return result;
}

/* ---- what stays ---- */

/* Both manifests have this line: is the file copied? */
static bool
keep(struct growing *g, const char *path)
{
	struct member *m = member_find(g, path);

	if (m == NULL || !m->is_file || m->is_linked ||
		strchr(path, '\\') != NULL)
		return false;
	m->is_kept = true;
	g->modes[m->mode]++;
	g->kept_bytes += m->size_bytes;
	return true;
}

static void
add_line(struct strbuf *to, const char *line)
{
	strbuf_adds(to, line);
	strbuf_addc(to, '\n');
}

static void
compare(struct growing *g)
{
	const struct manifest *from = &g->from, *to = &g->to;
	size_t i = 0, k = 0;

	while (i < from->count || k < to->count) {
		int order = i == from->count ? 1
			    : k == to->count ? -1
					     : strcmp(from->lines[i],
						       to->lines[k]);

		if (order != 0 || !keep(g, to->lines[k] + LINE_PATH)) {
			if (order <= 0)
				add_line(&g->drop, from->lines[i]);
			if (order >= 0)
				add_line(&g->added, to->lines[k]);
		}
		i += order <= 0;
		k += order >= 0;
	}
}

static int
usual_mode(const struct growing *g)
{
	int mode, usual = 0644;

	for (mode = 0; mode < MODES; mode++)
		if (g->modes[mode] > g->modes[usual])
			usual = mode;
	return usual;
}

/* ---- what travels ---- */

static int
put_header(struct packer *p, const char *path, mode_t type, int mode,
	int64_t size_bytes, struct archive_entry *like, struct error *e)
{
	struct archive_entry *entry = archive_entry_new();
	int result = 0;

	archive_entry_set_pathname(entry, path);
	archive_entry_set_filetype(entry, type);
	archive_entry_set_perm(entry, (mode_t)mode);
	archive_entry_set_size(entry, size_bytes);
	archive_entry_set_mtime(entry, 0, 0);
	if (like != NULL)
		archive_entry_set_mtime(entry, archive_entry_mtime(like), 0);
	if (type == AE_IFLNK)
		archive_entry_set_symlink(entry, archive_entry_symlink(like));
	if (archive_write_header(p->archive, entry) != ARCHIVE_OK)
		result = packer_failed(p, e);
	archive_entry_free(entry);
	return result;
}

static int
put_hard_link(struct packer *p, const char *path, const char *target,
	struct error *e)
{
	struct archive_entry *entry = archive_entry_new();
	char *in_tree = xasprintf("tree/%s", target);
	int result = 0;

	archive_entry_set_pathname(entry, path);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_hardlink(entry, in_tree);
	if (archive_write_header(p->archive, entry) != ARCHIVE_OK)
		result = packer_failed(p, e);
	archive_entry_free(entry);
	free(in_tree);
	return result;
}

static int
put_text(struct packer *p, const char *path, const struct strbuf *text,
	struct error *e)
{
	if (put_header(p, path, AE_IFREG, 0600, (int64_t)text->len, NULL, e) ==
		-1)
		return -1;
	if (text->len > 0 &&
		archive_write_data(p->archive, text->buf, text->len) < 0)
		return packer_failed(p, e);
	return 0;
}

static int
put_modes(struct growing *g, struct packer *p, int usual, struct error *e)
{
	struct strbuf paths;
	struct member *m;
	int mode, result = 0;

	strbuf_init(&paths);
	for (mode = 0; result == 0 && mode < MODES; mode++) {
		char name[16];

		if (mode == usual || g->modes[mode] == 0)
			continue;
		strbuf_clear(&paths);
		for (m = g->members; m != NULL; m = m->hh.next)
			if (m->is_kept && m->mode == mode)
				strbuf_add(&paths, m->path,
					strlen(m->path) + 1);
		snprintf(name, sizeof(name), "mode/%o", (unsigned)mode);
		result = put_text(p, name, &paths, e);
	}
	strbuf_finish(&paths);
	return result;
}

static int
put_lists(struct growing *g, struct packer *p, struct error *e)
{
	char digest[DIGEST_HEX_SIZE];
	int usual = usual_mode(g), result = -1;
	struct strbuf text;

	strbuf_init(&text);
	manifest_digest(&g->to, digest);
	strbuf_addf(&text, "%s %o\n", digest, (unsigned)usual);
	if (put_text(p, "digest", &text, e) == 0 &&
		put_text(p, "drop", &g->drop, e) == 0 &&
		put_text(p, "lines", &g->added, e) == 0 &&
		put_header(p, "mode", AE_IFDIR, 0700, 0, NULL, e) == 0 &&
		put_modes(g, p, usual, e) == 0)
		result = 0;
	strbuf_finish(&text);
	return result;
}

/* Directories of kept files that the payload does not name: as tar makes
 * them. Those it names come with its entries. */
static int
put_directories(struct growing *g, struct packer *p, struct error *e)
{
	struct member *m, *dir;
	char *slash, *path;
	int result = put_header(p, "tree", AE_IFDIR, 0777, 0, NULL, e);

	for (m = g->members; result == 0 && m != NULL; m = m->hh.next) {
		if (!m->is_kept)
			continue;
		path = xasprintf("tree/%s", m->path);
		while (result == 0 && (slash = strrchr(path, '/')) != NULL &&
			slash > path + 4) {
			*slash = '\0';
			dir = member_get(g, path + 5);
			if (dir->is_dir)
				break;
			dir->is_dir = true;
			result = put_header(
				p, path, AE_IFDIR, 0777, 0, NULL, e);
		}
		free(path);
	}
	return result;
}

static int
put_content(struct archive *tar, struct packer *p, struct error *e)
{
	char *buf = xcalloc(1, CHUNK);
	la_ssize_t got;
	int result = 0;

	while (result == 0 && (got = archive_read_data(tar, buf, CHUNK)) != 0) {
		if (got < 0)
			result = error_set(e, ERROR_CORRUPT,
				"a payload cannot be read: %s",
				archive_error_string(tar));
		else if (archive_write_data(p->archive, buf, (size_t)got) < 0)
			result = packer_failed(p, e);
	}
	free(buf);
	return result;
}

static int
put_entry(struct growing *g, struct archive *tar, struct archive_entry *entry,
	const char *path, void *arg, struct error *e)
{
	struct packer *p = arg;
	mode_t type = archive_entry_filetype(entry);
	char *to, *target = NULL;
	int result = -1;

	if (member_find(g, path)->is_kept)
		return 0;
	to = xasprintf("tree/%s", path);
	if (archive_entry_hardlink(entry) != NULL) {
		if (artefact_entry_path(archive_entry_hardlink(entry), &target,
			    e) == 0)
			result = put_hard_link(p, to, target, e);
		free(target);
	} else {
		result = put_header(p, to, type,
			(int)(archive_entry_perm(entry) & 0777),
			type == AE_IFREG ? archive_entry_size(entry) : 0, entry,
			e);
		if (result == 0 && type == AE_IFREG)
			result = put_content(tar, p, e);
	}
	free(to);
	return result;
}

static int
write_delta(struct growing *g, struct error *e)
{
	struct packer p = {.out = &g->m->out};
	int result = -1;

	if (packer_start(&p, ARCHIVE_FORMAT_TAR_GNUTAR, GZIP_LEVEL, e) == 0 &&
		put_lists(g, &p, e) == 0 && put_directories(g, &p, e) == 0 &&
		read_payload(g, put_entry, &p, e) == 0)
		result = archive_write_close(p.archive) == ARCHIVE_OK
				 ? 1
				 : packer_failed(&p, e);
	archive_write_free(p.archive);
	return result;
}

static bool
is_worth_writing(struct growing *g)
{
	const struct member *m;

	for (m = g->members; m != NULL; m = m->hh.next)
		g->size_bytes += m->size_bytes;
	return g->kept_bytes > g->size_bytes / 100 * SPARE_PERCENT;
}

int
delta_make_files(struct delta_making *m, struct error *e)
{
	struct growing g = {.m = m};
	struct member *member, *next;
	int result = -1;

	strbuf_init(&g.drop);
	strbuf_init(&g.added);
	if (manifest_read(&g.from, m->dir, m->from, m->shared, e) == 0 &&
		manifest_read(&g.to, m->dir, m->to, m->shared, e) == 0 &&
		read_payload(&g, note_entry, NULL, e) == 0) {
		compare(&g);
		result = is_worth_writing(&g) ? write_delta(&g, e) : 0;
	}
	HASH_ITER(hh, g.members, member, next)
	{
		HASH_DEL(g.members, member);
		free(member->path);
		free(member);
	}
	manifest_finish(&g.from);
	manifest_finish(&g.to);
	strbuf_finish(&g.drop);
	strbuf_finish(&g.added);
	return result;
}
