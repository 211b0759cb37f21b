/* line_release.c - registering artefacts. The client opens what the person
 * named; the engine gets descriptors and never a path. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "tui/line.h"
#include "tui/pack.h"
#include "wire/conn.h"

/* The files of one request, in the order the engine expects: the artefact,
 * each piece of evidence, the signature. */
struct files {
	int fds[CONN_FDS_MAX];
	size_t count;
};

static void
files_close(struct files *f)
{
	while (f->count > 0)
		close(f->fds[--f->count]);
}

static int
open_regular(const char *path, struct error *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd == -1 || fstat(fd, &st) == -1) {
		error_set_errno(e, errno, "cannot read '%s'", path);
		if (errno == ENOENT)
			e->code = ERROR_NOT_FOUND;
	} else if (!S_ISREG(st.st_mode)) {
		error_set(e, ERROR_INVALID, "'%s' is not a file", path);
	} else {
		return fd;
	}
	if (fd != -1)
		close(fd);
	return -1;
}

static int
add_file(struct files *f, int fd, struct error *e)
{
	if (fd == -1)
		return -1;
	if (f->count == CONN_FDS_MAX) {
		close(fd);
		return error_set(e, ERROR_LIMIT,
			"at most %d files can be given", CONN_FDS_MAX);
	}
	f->fds[f->count++] = fd;
	return 0;
}

/* Opens the artefact; *ret_name (owned) is what the engine calls it. */
static int
open_artefact(struct line *l, const char *path, char **ret_name,
	struct error *e)
{
	char *full = path_absolute(path);
	const char *base = strrchr(full, '/') + 1;
	bool is_directory;
	struct stat st;
	int fd;

	is_directory = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
	if (!text_is_utf8(base, strlen(base))) {
		fd = error_set(e, ERROR_INVALID,
			"the name of '%s' is not UTF-8", path);
	} else if (is_directory) {
		if (l->can_ask && !l->quiet && !l->json)
			fprintf(stderr, "packing '%s' ...\n", path);
		fd = pack_directory(path, e);
	} else {
		fd = open_regular(path, e);
	}
	if (fd != -1)
		*ret_name = xasprintf("%s%s", base, is_directory ? ".tar" : "");
	free(full);
	return fd;
}

/* KIND=FILE: the kind and the file's own name travel as text. */
static int
open_evidence(struct line *l, const char *arg, struct files *f, json_t *params,
	struct error *e)
{
	const char *const *given;
	json_t *list;
	size_t count, i;

	given = args_all(&l->args, arg, &count);
	if (count == 0)
		return 0;
	list = json_array();
	json_object_set_new(params, "evidence", list);
	for (i = 0; i < count; i++) {
		const char *path = strchr(given[i], '=');
		const char *slash;
		char *text;

		if (path == NULL || path == given[i])
			return error_set(e, ERROR_USAGE,
				"'%s' is no evidence: KIND=FILE is", given[i]);
		if (add_file(f, open_regular(path + 1, e), e) == -1)
			return -1;
		slash = strrchr(path, '/');
		text = xasprintf("%.*s=%s", (int)(path - given[i]), given[i],
			slash == NULL ? path + 1 : slash + 1);
		json_array_append_new(list, json_string(text));
		free(text);
	}
	return 0;
}

static int
open_all(struct line *l, struct files *f, json_t *params, struct error *e)
{
	const char *signature = args_get(&l->args, "--signature");
	char *name = NULL;
	int fd;

	fd = open_artefact(l, args_get(&l->args, "PATH"), &name, e);
	if (add_file(f, fd, e) == -1)
		return -1;
	json_object_set_new(params, "name", json_string(name));
	free(name);
	json_object_del(params, "evidences");
	if (open_evidence(l, "--evidence", f, params, e) == -1)
		return -1;
	json_object_del(params, "signature");
	if (signature == NULL)
		return 0;
	json_object_set_new(params, "signature", json_true());
	return add_file(f, open_regular(signature, e), e);
}

/* Sends the request with its files, if they could be opened, and shows the
 * release. */
static int
send_files(struct line *l, struct files *f, json_t *params, int opened,
	struct error *e)
{
	json_t *o;

	if (opened == -1 || line_open(l, e) == -1) {
		files_close(f);
		json_decref(params);
		return line_fail(l, e);
	}
	if (client_call_fds(l->client, l->command->method, params, f->fds,
		    f->count, &o, e) == -1) {
		files_close(f);
		return line_fail(l, e);
	}
	files_close(f);
	if (l->json)
		line_print_json(o);
	else
		view_release.summary(l, o);
	json_decref(o);
	return 0;
}

int
line_release_add(struct line *l)
{
	json_t *params = args_params(&l->args);
	struct files f = {.count = 0};
	struct error e;
	int opened = open_all(l, &f, params, &e);

	return send_files(l, &f, params, opened, &e);
}

int
line_release_evidence(struct line *l)
{
	json_t *params = json_pack("{s:s, s:s}", "service",
		args_get(&l->args, "SERVICE"), "version",
		args_get(&l->args, "VERSION"));
	struct files f = {.count = 0};
	struct error e;
	int opened = open_evidence(l, "KIND=FILE", &f, params, &e);

	if (args_has(&l->args, "-m"))
		json_object_set_new(params, "text",
			json_string(args_get(&l->args, "-m")));
	return send_files(l, &f, params, opened, &e);
}
