/*
 * line_export.c - audit export. The engine writes pieces of files to a
 * nameless one; the files are made here, by names that are looked at, in a
 * directory that has its name only once all of it is there.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/random.h"
#include "model/fleet.h"
#include "tui/line.h"
#include "wire/json.h"

/* ---- names ---- */

/* Parts of letters, digits and "._-", none of them hidden. */
static bool
is_safe(const char *name)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789._-/";
	const char *part = name;

	if (*name == '\0' || strlen(name) > 200 ||
		name[strspn(name, allowed)] != '\0')
		return false;
	while (part != NULL) {
		if (*part == '.' || *part == '/' || *part == '\0')
			return false;
		part = strchr(part, '/');
		part = part == NULL ? NULL : part + 1;
	}
	return true;
}

static int
make_parent(const char *dir, const char *name, struct error *e)
{
	const char *slash = strrchr(name, '/');
	char *parent;
	int result;

	if (slash == NULL)
		return 0;
	parent = xasprintf("%s/%.*s", dir, (int)(slash - name), name);
	result = dir_make(parent, 0777, e);
	free(parent);
	return result;
}

/* ---- pieces ---- */

static int
append(const char *dir, const char *name, const char *text, struct error *e)
{
	char *path = path_join(dir, name);
	int result = -1;
	int fd = open(path,
		O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0666);

	if (fd == -1)
		error_set_errno(e, errno, "cannot create '%s'", path);
	else
		result = file_write_all(fd, text, strlen(text), path, e);
	if (fd != -1)
		close(fd);
	free(path);
	return result;
}

static int
take_piece(const char *dir, const char *line, struct strings *names,
	struct error *e)
{
	json_t *o = json_loads(line, 0, NULL);
	const char *name = json_get_string(o, "file", "");
	int result = -1;

	if (!is_safe(name))
		error_set(e, ERROR_PROTOCOL,
			"the engine names a file '%.80s', which is none",
			name);
	else if (make_parent(dir, name, e) == 0)
		result = append(dir, name, json_get_string(o, "text", ""), e);
	if (result == 0 && !strings_has(names, name))
		strings_add(names, name);
	json_decref(o);
	return result;
}

static int
take_pieces(int fd, const char *dir, struct strings *names, struct error *e)
{
	FILE *f = fdopen(dup(fd), "r");
	char *line = NULL;
	size_t size = 0;
	int result = 0;

	if (f == NULL)
		return error_set_errno(e, errno, "cannot read the export");
	rewind(f);
	while (result == 0 && getline(&line, &size, f) > 0)
		result = take_piece(dir, line, names, e);
	free(line);
	fclose(f);
	return result;
}

/* ---- sums ---- */

static int
file_digest(const char *path, char hex[DIGEST_HEX_SIZE], struct error *e)
{
	struct digest *d = digest_create();
	FILE *f = fopen(path, "re");
	char buf[65536];
	size_t got;

	if (f == NULL) {
		digest_destroy(d);
		return error_set_errno(e, errno, "cannot read '%s'", path);
	}
	while ((got = fread(buf, 1, sizeof(buf), f)) > 0)
		digest_add(d, buf, got);
	fclose(f);
	digest_finish_hex(d, hex);
	return 0;
}

static int
write_sums(const char *dir, const struct strings *names, struct error *e)
{
	char hex[DIGEST_HEX_SIZE], *path;
	struct strbuf sums;
	int result = 0;
	size_t i;

	strbuf_init(&sums);
	for (i = 0; i < names->count && result == 0; i++) {
		path = path_join(dir, names->items[i]);
		result = file_digest(path, hex, e);
		strbuf_addf(&sums, "%s  %s\n", hex, names->items[i]);
		free(path);
	}
	if (result == 0)
		result = append(dir, "SHA256SUMS", sums.buf, e);
	strbuf_finish(&sums);
	return result;
}

/* ---- the directory ---- */

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static int
ask_export(struct line *l, int fd, json_t **ret, struct error *e)
{
	json_t *params = args_params(&l->args);

	if (line_open(l, e) == -1) {
		json_decref(params);
		return -1;
	}
	return client_call_fds(
		l->client, l->command->method, params, &fd, 1, ret, e);
}

static int
export_to(struct line *l, const char *tmp, json_t **ret, struct error *e)
{
	struct strings names = {0};
	char *pieces = xasprintf("%s/.pieces", tmp);
	int fd, result = -1;

	fd = open(pieces, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1) {
		error_set_errno(e, errno, "cannot create '%s'", pieces);
		free(pieces);
		return -1;
	}
	unlink(pieces);
	if (ask_export(l, fd, ret, e) == 0) {
		result = take_pieces(fd, tmp, &names, e);
		if (result == 0)
			result = write_sums(tmp, &names, e);
		if (result == -1)
			json_decref(*ret);
	}
	close(fd);
	strings_finish(&names);
	free(pieces);
	return result;
}

static void
say_export(struct line *l, const char *dir, const json_t *o)
{
	line_say(l, "%d entries of the ledger, %d changes and %d signatures "
		    "are in '%s'",
		(int)json_get_int(o, "entries", 0),
		(int)json_get_int(o, "changes", 0),
		(int)json_get_int(o, "signatures", 0), dir);
	line_say(l, "its README says how to check them with sha256sum and "
		    "ssh-keygen");
}

int
line_audit_export(struct line *l)
{
	char *dir = path_absolute(args_get(&l->args, "DIR"));
	char suffix[17], *tmp;
	json_t *o = NULL;
	struct error e;
	int status = 0;

	random_hex(suffix, 8);
	tmp = xasprintf("%s.%s", dir, suffix);
	/* An empty directory of that name is replaced, and no other thing. */
	if (access(dir, F_OK) == 0 && rmdir(dir) == -1) {
		error_set(&e, ERROR_EXISTS, "'%s' exists already", dir);
		error_hint(&e, "choose another name, or remove it first");
		status = line_fail(l, &e);
	} else if (mkdir(tmp, 0777) == -1) {
		error_set_errno(&e, errno, "cannot create '%s'", dir);
		status = line_fail(l, &e);
	} else if (export_to(l, tmp, &o, &e) == -1 ||
		   (rename(tmp, dir) == -1 &&
			   error_set_errno(&e, errno, "cannot create '%s'",
				   dir) == -1)) {
		status = line_fail(l, &e);
		nftw(tmp, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	} else if (l->json) {
		line_print_json(o);
	} else {
		say_export(l, dir, o);
	}
	free(tmp);
	free(dir);
	return status;
}
