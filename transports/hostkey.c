/* hostkey.c - known_hosts files. */
#include "transports/hostkey.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"

#define FILE_MAX_BYTES (64 * 1024 * 1024)

struct entry {
	struct hostkey_line line; /* file is borrowed from the known file */
	char *hosts;              /* owned */
};

struct known_file {
	char *path;
	struct stat seen;
	bool is_read;
	struct entry *entries;
	size_t count, capacity;
};

struct hostkey_db {
	struct known_file *files;
	size_t count;
};

/* What is built into libssh2 and safe, best first. */
static const char *const methods[] = {
	"ssh-ed25519",
	"ecdsa-sha2-nistp256",
	"ecdsa-sha2-nistp384",
	"ecdsa-sha2-nistp521",
};

struct hostkey_db *
hostkey_db_create(char *const *paths)
{
	struct hostkey_db *db = xcalloc(1, sizeof(*db));
	size_t i;

	while (paths != NULL && paths[db->count] != NULL)
		db->count++;
	db->files = xcalloc(db->count + 1, sizeof(*db->files));
	for (i = 0; i < db->count; i++)
		db->files[i].path = path_expand_home(paths[i]);
	return db;
}

static void
line_finish(struct hostkey_line *line)
{
	free(line->type);
	free(line->blob);
}

static void
file_forget(struct known_file *file)
{
	size_t i;

	for (i = 0; i < file->count; i++) {
		line_finish(&file->entries[i].line);
		free(file->entries[i].hosts);
	}
	free(file->entries);
	file->entries = NULL;
	file->count = file->capacity = 0;
	file->is_read = false;
}

void
hostkey_db_destroy(struct hostkey_db *db)
{
	size_t i;

	if (db == NULL)
		return;
	for (i = 0; i < db->count; i++) {
		file_forget(&db->files[i]);
		free(db->files[i].path);
	}
	free(db->files);
	free(db);
}

/* One line of the file; lines that make no sense are passed over, as OpenSSH
 * does. */
static void
add_entry(struct known_file *file, const char *text, unsigned number)
{
	struct entry *entry;
	struct known_key k;

	if (!known_key_parse(text, &k))
		return;
	ARRAY_GROW(file->entries, file->count, file->capacity);
	entry = &file->entries[file->count++];
	entry->hosts = k.hosts;
	entry->line = (struct hostkey_line){
		.is_revoked = k.marker == KNOWN_REVOKED,
		.is_authority = k.marker == KNOWN_AUTHORITY,
		.type = k.type,
		.blob = k.blob,
		.blob_len = k.blob_len,
		.file = file->path,
		.line = number,
	};
}

static int
file_refresh(struct known_file *file, struct error *e)
{
	struct stat st;
	unsigned number = 0;
	char *data, *at;
	size_t len;

	if (stat(file->path, &st) < 0) {
		file_forget(file);
		if (!file_exists(file->path))
			return 0;
	}
	if (file->is_read && st.st_mtim.tv_sec == file->seen.st_mtim.tv_sec &&
		st.st_mtim.tv_nsec == file->seen.st_mtim.tv_nsec &&
		st.st_size == file->seen.st_size &&
		st.st_ino == file->seen.st_ino)
		return 0;
	file_forget(file);
	if (file_read(file->path, FILE_MAX_BYTES, &data, &len, e) < 0)
		return -1;
	for (at = data; at < data + len;) {
		size_t n = strcspn(at, "\n");
		char *next = at + n + (at + n < data + len);

		at[n] = '\0';
		at[strcspn(at, "\r")] = '\0';
		add_entry(file, at, ++number);
		at = next;
	}
	free(data);
	file->seen = st;
	file->is_read = true;
	return 0;
}

static void
set_add(struct hostkey_set *set, const struct hostkey_line *line)
{
	struct hostkey_line *copy;

	ARRAY_GROW(set->lines, set->count, set->capacity);
	copy = &set->lines[set->count++];
	*copy = *line;
	copy->type = xstrdup(line->type);
	copy->file = xstrdup(line->file);
	copy->blob = xcalloc(1, line->blob_len);
	memcpy(copy->blob, line->blob, line->blob_len);
}

int
hostkey_db_find(struct hostkey_db *db, const char *address, int port,
	struct hostkey_set *ret_set, struct error *e)
{
	struct hostkey_set set = {0};
	size_t i, k;
	char *name;

	for (i = 0; i < db->count; i++)
		if (file_refresh(&db->files[i], e) < 0)
			return -1;
	name = known_hosts_name(address, port);
	for (i = 0; i < db->count; i++)
		for (k = 0; k < db->files[i].count; k++)
			if (known_hosts_match(
				    db->files[i].entries[k].hosts, name))
				set_add(&set, &db->files[i].entries[k].line);
	free(name);
	*ret_set = set;
	return 0;
}

void
hostkey_set_finish(struct hostkey_set *set)
{
	size_t i;

	for (i = 0; i < set->count; i++) {
		line_finish(&set->lines[i]);
		free(set->lines[i].file);
	}
	free(set->lines);
	memset(set, 0, sizeof(*set));
}

/* A line that may accept a key. */
static bool
line_accepts(const struct hostkey_line *line)
{
	return !line->is_revoked && !line->is_authority;
}

static bool
set_has_type(const struct hostkey_set *set, const char *type)
{
	size_t i;

	for (i = 0; i < set->count; i++)
		if (line_accepts(&set->lines[i]) &&
			strcmp(set->lines[i].type, type) == 0)
			return true;
	return false;
}

bool
hostkey_set_has_authority(const struct hostkey_set *set)
{
	size_t i;

	for (i = 0; i < set->count; i++)
		if (set->lines[i].is_authority)
			return true;
	return false;
}

bool
hostkey_set_is_foreign(const struct hostkey_set *set, struct error *e)
{
	const struct hostkey_line *line = NULL;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(methods); i++)
		if (set_has_type(set, methods[i]))
			return false;
	for (i = 0; i < set->count && line == NULL; i++)
		if (!set->lines[i].is_revoked)
			line = &set->lines[i];
	if (line == NULL)
		return false;
	error_set(e, ERROR_HOST_KEY, "line %u of '%s' records %s '%s' only",
		line->line, line->file,
		line->is_authority ? "an authority of type"
				   : "a host key of type",
		line->type);
	return true;
}

void
hostkey_set_methods(const struct hostkey_set *set, struct strbuf *out)
{
	size_t i, start = out->len;

	for (i = 0; i < ARRAY_SIZE(methods); i++)
		if (set_has_type(set, methods[i]))
			strbuf_addf(out, "%s%s", out->len > start ? "," : "",
				methods[i]);
	if (out->len > start)
		return;
	for (i = 0; i < ARRAY_SIZE(methods); i++)
		strbuf_addf(out, "%s%s", i > 0 ? "," : "", methods[i]);
}

static bool
line_is(const struct hostkey_line *line, const char *print)
{
	char own[HOSTKEY_FINGERPRINT_SIZE];

	hostkey_fingerprint(line->blob, line->blob_len, own);
	return strcmp(own, print) == 0;
}

static int
refuse(const char *name, const char *print, struct error *e)
{
	return error_hint(e,
		"if this is right: sluice host trust %s --fingerprint %s",
		name, print);
}

int
hostkey_set_check(const struct hostkey_set *set, const char *name,
	const unsigned char *blob, size_t len, struct error *e)
{
	char print[HOSTKEY_FINGERPRINT_SIZE];

	hostkey_fingerprint(blob, len, print);
	return hostkey_set_judge(set, name, print, e);
}

int
hostkey_set_judge(const struct hostkey_set *set, const char *name,
	const char *print, struct error *e)
{
	const struct hostkey_line *other = NULL;
	size_t i;

	for (i = 0; i < set->count; i++) {
		const struct hostkey_line *line = &set->lines[i];

		if (line->is_revoked && line_is(line, print))
			return error_set(e, ERROR_HOST_KEY,
				"the host key %s is revoked by line %u of '%s'",
				print, line->line, line->file);
	}
	for (i = 0; i < set->count; i++) {
		const struct hostkey_line *line = &set->lines[i];

		if (!line_accepts(line))
			continue;
		if (line_is(line, print))
			return 0;
		if (other == NULL)
			other = line;
	}
	if (other != NULL)
		error_set(e, ERROR_HOST_KEY,
			"the host key has changed: it is %s, line %u of '%s' "
			"says another",
			print, other->line, other->file);
	else
		error_set(e, ERROR_HOST_KEY,
			"the host key is not known: it is %s", print);
	return refuse(name, print, e);
}
