/* proof.c - what audit.export sends, as a directory of checked names. */
#include "tui/proof.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/random.h"
#include "model/fleet.h"
#include "wire/json.h"

struct proof {
	char *dir, *tmp; /* tmp NULL: it is not there, or is dir by now */
	int fd;
};

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
open_pieces(struct proof *p, struct error *e)
{
	char *pieces = xasprintf("%s/.pieces", p->tmp);

	p->fd = open(pieces, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (p->fd == -1)
		error_set_errno(e, errno, "cannot create '%s'", pieces);
	else
		unlink(pieces);
	free(pieces);
	return p->fd == -1 ? -1 : 0;
}

static int
make_directory(struct proof *p, struct error *e)
{
	char suffix[17];

	if (access(p->dir, F_OK) == 0 && rmdir(p->dir) == -1) {
		error_set(e, ERROR_EXISTS, "'%s' exists already", p->dir);
		return error_hint(
			e, "choose another name, or remove it first");
	}
	random_hex(suffix, 8);
	p->tmp = xasprintf("%s.%s", p->dir, suffix);
	if (mkdir(p->tmp, 0777) == 0)
		return 0;
	error_set_errno(e, errno, "cannot create '%s'", p->dir);
	free(p->tmp);
	p->tmp = NULL;
	return -1;
}

struct proof *
proof_begin(const char *dir, struct error *e)
{
	struct proof *p = xcalloc(1, sizeof(*p));

	p->dir = path_absolute(dir);
	p->fd = -1;
	if (make_directory(p, e) == 0 && open_pieces(p, e) == 0)
		return p;
	proof_destroy(p);
	return NULL;
}

int
proof_fd(const struct proof *p)
{
	return p->fd;
}

const char *
proof_dir(const struct proof *p)
{
	return p->dir;
}

int
proof_end(struct proof *p, struct error *e)
{
	struct strings names = {0};
	int result = take_pieces(p->fd, p->tmp, &names, e);

	if (result == 0)
		result = write_sums(p->tmp, &names, e);
	strings_finish(&names);
	if (result == -1)
		return -1;
	if (rename(p->tmp, p->dir) == -1)
		return error_set_errno(e, errno, "cannot create '%s'", p->dir);
	free(p->tmp);
	p->tmp = NULL;
	return 0;
}

void
proof_destroy(struct proof *p)
{
	if (p == NULL)
		return;
	if (p->fd != -1)
		close(p->fd);
	if (p->tmp != NULL)
		dir_remove(p->tmp);
	free(p->tmp);
	free(p->dir);
	free(p);
}
