/* line_records.c - the ledger, backups, the database, and plain requests. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/random.h"
#include "tui/line.h"
#include "tui/methods.h"
#include "tui/program.h"
#include "tui/where.h"
#include "wire/json.h"

/* A command on hosts is its own reason. */
static void
make_reason(struct strbuf *out, const json_t *o)
{
	const json_t *detail = json_object_get(o, "detail");
	const char *reason = json_get_string(o, "reason", "");

	strbuf_adds(out,
		*reason != '\0' ? reason
				: json_get_string(detail, "command", ""));
}

static const struct column entry_columns[] = {
	{"SEQ", "seq", COLUMN_COUNT, NULL},
	{"AT", "at", COLUMN_TIME, NULL},
	{"WHO", "who", COLUMN_TEXT, NULL},
	{"WHAT", "what", COLUMN_TEXT, NULL},
	{"OBJECT", "object", COLUMN_TEXT, NULL},
	{"HASH", "hash", COLUMN_DIGEST, NULL},
	{"REASON", NULL, COLUMN_TEXT, make_reason},
};

const struct view view_entry = {
	"entries", VIEW(entry_columns, entry_columns), NULL};

/* The answer of a check: {ok, problems, ...}; 0 if all is well, else 1. */
static int
print_check(struct line *l, const json_t *o, const char *what)
{
	bool ok = json_get_bool(o, "ok", false);
	const json_t *problems = json_object_get(o, "problems"), *p;
	size_t i;

	if (l->json) {
		line_print_json(o);
		return ok ? 0 : 1;
	}
	json_array_foreach(problems, i, p) {
		if (json_is_string(p))
			line_say(l, "%s", json_string_value(p));
		else
			object_print(stdout, p);
	}
	if (ok)
		line_say(l, "%s is whole", what);
	else
		line_say(l, "%s is not whole: %zu problem%s", what,
			json_array_size(problems),
			json_array_size(problems) == 1 ? "" : "s");
	return ok ? 0 : 1;
}

int
line_audit_verify(struct line *l)
{
	char what[160];
	struct error e;
	json_t *o;
	int status;

	if (line_ask(l, "audit.verify", NULL, &o, &e) == -1)
		return line_fail(l, &e);
	snprintf(what, sizeof(what), "the ledger of %d entries, head %.64s,",
		(int)json_get_int(o, "entries", 0),
		json_get_string(o, "head", "unknown"));
	status = print_check(l, o, what);
	json_decref(o);
	return status;
}

/* What the engine's program said: one line of JSON, or why not. */
static int
print_restore(struct line *l, int status, const char *words)
{
	json_t *o = status == 0 ? json_loads(words, 0, NULL) : NULL;
	struct error e;

	if (o == NULL) {
		program_failed(&e,
			status == 3   ? ERROR_EXISTS
			: status == 2 ? ERROR_CONFIG
				      : ERROR_FAILED,
			"nothing was restored: ", words);
		return line_fail(l, &e);
	}
	if (l->json) {
		line_print_json(o);
	} else {
		line_say(l, "%s is restored: engine %.12s, epoch %lld",
			json_get_string(o, "state_dir", ""),
			json_get_string(o, "engine_id", ""),
			(long long)json_get_int(o, "epoch", 0));
		line_say(l, "%d rollouts are paused until somebody says more",
			(int)json_get_int(o, "rollouts_paused", 0));
		line_say(l, "configuration and files of the backup: %s",
			json_get_string(o, "extra", ""));
	}
	json_decref(o);
	return 0;
}

/* The engine's program does it, as whoever calls: no engine runs, and it is
 * the file system that decides who may. */
int
line_restore(struct line *l)
{
	char *program, *words = NULL, *path, *option;
	const char *argv[WHERE_ARGV_MAX];
	struct where w;
	struct error e;
	int status;

	if (where_find(&w, &l->where, &e) == -1)
		return line_fail(l, &e);
	program = program_find("sluiced", &e);
	if (program == NULL) {
		where_finish(&w);
		return line_fail(l, &e);
	}
	path = path_absolute(args_get(&l->args, "FILE"));
	option = xasprintf("--restore=%s", path);
	where_argv(&w, program, option, argv);
	status = program_capture(argv, &words);
	status = print_restore(l, status, words == NULL ? "" : words);
	free(words);
	free(option);
	free(path);
	free(program);
	where_finish(&w);
	return status;
}

int
line_db_check(struct line *l)
{
	struct error e;
	json_t *o;
	int status;

	if (line_ask(l, "db.check", NULL, &o, &e) == -1)
		return line_fail(l, &e);
	status = print_check(
		l, o, "the database with the artefact store");
	json_decref(o);
	return status;
}

/* Makes the backup in tmp; the name the person gave stays untouched. */
static int
write_backup(struct line *l, const char *path, const char *tmp, json_t **ret_o,
	struct error *e)
{
	int fd = open(tmp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int result = -1;

	if (fd == -1)
		return error_set_errno(e, errno, "cannot create '%s'", path);
	if (line_open(l, e) == 0)
		result = client_call_fds(
			l->client, "engine.backup", NULL, &fd, 1, ret_o, e);
	if (result == 0 && fsync(fd) == -1) {
		json_decref(*ret_o);
		result = error_set_errno(e, errno, "cannot sync '%s'", path);
	}
	close(fd);
	return result;
}

static int
refuse_existing(const char *path, struct error *e)
{
	error_set(e, ERROR_EXISTS, "'%s' exists already", path);
	return error_hint(e, "choose another name, or remove it first");
}

/* Gives the backup its name, unless something has that by now. */
static int
name_backup(const char *tmp, const char *path, struct error *e)
{
	if (renameat2(AT_FDCWD, tmp, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
		return 0;
	/* Not every file system can; there the name was looked at before. */
	if (errno == EINVAL && rename(tmp, path) == 0)
		return 0;
	if (errno == EEXIST)
		return refuse_existing(path, e);
	return error_set_errno(e, errno, "cannot create '%s'", path);
}

int
line_backup(struct line *l)
{
	const char *path = args_get(&l->args, "FILE");
	char suffix[17], *tmp;
	struct stat st;
	struct error e;
	json_t *o = NULL;
	int status = 0;

	if (lstat(path, &st) == 0) {
		refuse_existing(path, &e);
		return line_fail(l, &e);
	}
	random_hex(suffix, 8);
	tmp = xasprintf("%s.%s", path, suffix);
	if (write_backup(l, path, tmp, &o, &e) == -1 ||
		name_backup(tmp, path, &e) == -1) {
		status = line_fail(l, &e);
		unlink(tmp);
	} else if (l->json) {
		line_print_json(o);
	} else {
		line_say(l, "the backup is in '%s'", path);
	}
	json_decref(o);
	free(tmp);
	return status;
}

/* ---- plain requests ---- */

static json_t *
method_json(const struct method_info *m)
{
	return json_pack("{s:s, s:s, s:s, s:b, s:s}", "method", m->name,
		"arguments", m->arguments, "permission", m->permission, "act",
		(int)m->is_act, "help", m->help);
}

/* What can be asked: of the table that the engine answers by. */
static int
list_methods(struct line *l)
{
	json_t *rows = json_array();
	size_t i;

	for (i = 0; i < method_count(); i++) {
		const struct method_info *m = method_at(i);

		if (l->json)
			json_array_append_new(rows, method_json(m));
		else
			printf("%s%s%s\n    %s\n", m->name,
				*m->arguments ? " " : "", m->arguments,
				m->help);
	}
	if (l->json)
		line_print_json(rows);
	json_decref(rows);
	return 0;
}

int
line_rpc(struct line *l)
{
	const char *method = args_get(&l->args, "METHOD");
	const char *text = args_get(&l->args, "JSON");
	json_error_t where;
	json_t *params = NULL, *o;
	struct error e;

	if (args_has(&l->args, "--roff")) {
		help_methods_roff(stdout);
		return 0;
	}
	if (args_has(&l->args, "--list"))
		return list_methods(l);
	l->json = true;
	if (method == NULL)
		return line_refuse(l, ERROR_USAGE,
			"'sluice rpc --list' prints them",
			"no method is named");
	if (text != NULL) {
		params = json_loads(text, JSON_REJECT_DUPLICATES, &where);
		if (!json_is_object(params)) {
			json_decref(params);
			return line_refuse(l, ERROR_USAGE,
				"the arguments of a method are one JSON object",
				"'%s' is not a JSON object%s%s", text,
				params == NULL ? ": " : "",
				params == NULL ? where.text : "");
		}
	}
	if (line_ask(l, method, params, &o, &e) == -1)
		return line_fail(l, &e);
	line_print_json(o);
	json_decref(o);
	return 0;
}
