/* job.c - one act on one host, as the engine asked for it. */
#include "transports/job.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/text.h"
#include "wire/json.h"

static const char *const op_names[] = {
#define PUSH_OP(id, name) [JOB_##id] = name,
#include "transports/ops.def"
#undef PUSH_OP
};

static const char *const outcome_names[] = {
	[OUTCOME_DONE] = "done",
	[OUTCOME_FAILED] = "failed",
	[OUTCOME_REFUSED] = "refused",
	[OUTCOME_INTERRUPTED] = "interrupted",
	[OUTCOME_UNREACHABLE] = "unreachable",
	[OUTCOME_LOST] = "lost",
};

const char *
job_op_name(enum job_op op)
{
	return op_names[op];
}

const char *
outcome_name(enum outcome outcome)
{
	return outcome_names[outcome];
}

enum outcome
outcome_from_name(const char *name)
{
	int i;

	for (i = 0; i < OUTCOME_COUNT; i++)
		if (strcmp(outcome_names[i], name) == 0)
			break;
	return (enum outcome)i;
}

static bool
is_word(const char *s)
{
	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++)
		if (!isalnum((unsigned char)*s) && strchr("._+~-", *s) == NULL)
			return false;
	return true;
}

/* Letters, digits and ._+~- only, not hidden: a name of a release. */
static bool
is_release(const char *s)
{
	return is_word(s) && isalnum((unsigned char)*s) && strlen(s) < 128;
}

static bool
is_variable(const char *s)
{
	if (!isalpha((unsigned char)*s) && *s != '_')
		return false;
	for (; *s != '\0'; s++)
		if (!isalnum((unsigned char)*s) && *s != '_')
			return false;
	return true;
}

/* "a/b": relative, no empty, "." or ".." part, one line. */
static bool
is_inside(const char *s)
{
	while (true) {
		size_t n = strcspn(s, "/");

		if (n == 0 || (n == 1 && s[0] == '.') ||
			(n == 2 && s[0] == '.' && s[1] == '.') ||
			memchr(s, '\n', n) != NULL)
			return false;
		if (s[n] == '\0')
			return true;
		s += n + 1;
	}
}

static int
check_release(const struct job *job, struct error *e)
{
	const char *release = json_get_string(job->args, "release", "");
	bool foreign = json_get_bool(job->args, "foreign", false);

	if (is_release(release) || (foreign && *release != '\0'))
		return 0;
	return error_set(e, ERROR_INVALID, "'%s' cannot name a release",
		release);
}

static int
check_env(const struct job *job, struct error *e)
{
	const char *name;
	json_t *value;

	json_object_foreach (json_object_get(job->args, "env"), name, value)
		if (!is_variable(name) || !json_is_string(value))
			return error_set(e, ERROR_INVALID,
				"'%s' cannot name a variable", name);
	return 0;
}

static int
check_shared(struct job *job, struct error *e)
{
	json_t *list = json_object_get(job->args, "shared"), *value;
	size_t i;

	job->shared = xcalloc(json_array_size(list) + 1, sizeof(*job->shared));
	json_array_foreach (list, i, value) {
		const char *path = json_string_value(value);

		if (path == NULL || !is_inside(path))
			return error_set(e, ERROR_INVALID,
				"'%s' cannot be shared: it must be a relative "
				"path inside the release",
				path == NULL ? "" : path);
		job->shared[job->shared_count++] = path;
	}
	return 0;
}

static bool
is_octal(const char *s)
{
	return *s != '\0' && strlen(s) <= 4 &&
		s[strspn(s, "01234567")] == '\0';
}

/* Where a payload lies, how long it is and what its digest is. */
static bool
is_file_of_store(const json_t *file)
{
	return digest_is_hex(json_get_string(file, "sha256", "")) &&
		json_get_int(file, "bytes", -1) >= 0;
}

static int
check_ways(const struct job *job, struct error *e)
{
	json_t *list = json_object_get(job->args, "ways"), *way;
	size_t i;

	json_array_foreach (list, i, way) {
		const char *kind = json_get_string(way, "kind", "");
		const char *base = json_get_string(way, "base", NULL);
		bool has_base = strcmp(kind, "gzip") != 0;

		if (has_base && strcmp(kind, "files") != 0 &&
			strcmp(kind, "patch") != 0)
			return error_set(e, ERROR_INVALID,
				"no way to send is called '%s'", kind);
		if (has_base != (base != NULL) ||
			(has_base && !is_release(base)) ||
			!is_file_of_store(way))
			return error_set(e, ERROR_INVALID,
				"a way to send has no base, digest or size");
	}
	return 0;
}

static int
check_stage(struct job *job, struct error *e)
{
	const json_t *payload = json_object_get(job->args, "payload");
	const char *format = json_get_string(payload, "format", "");
	const char *mask = json_get_string(job->args, "umask", "022");

	if (!is_file_of_store(payload))
		return error_set(e, ERROR_INVALID,
			"the payload has no digest or no size");
	if (strcmp(format, "tar") != 0 && strcmp(format, "tar.gz") != 0 &&
		strcmp(format, "file") != 0)
		return error_set(e, ERROR_INVALID,
			"'%s' is not a format that hosts unpack", format);
	if (strcmp(format, "file") == 0 &&
		(!is_inside(json_get_string(payload, "name", "")) ||
			strchr(json_get_string(payload, "name", ""), '/')))
		return error_set(e, ERROR_INVALID, "'%s' cannot name a file",
			json_get_string(payload, "name", ""));
	if (!is_octal(mask) ||
		!is_octal(json_get_string(payload, "mode", "755")))
		return error_set(e, ERROR_INVALID, "'%s' is not a umask", mask);
	return check_ways(job, e) < 0 ? -1 : check_shared(job, e);
}

static bool
is_slot(const char *s)
{
	return s == NULL || strcmp(s, "blue") == 0 || strcmp(s, "green") == 0;
}

static int
check_args(struct job *job, struct error *e)
{
	switch (job->op) {
	case JOB_STAGE:
		if (check_stage(job, e) < 0)
			return -1;
		return check_release(job, e);
	case JOB_STEP:
		if (!is_word(json_get_string(job->args, "step", "")))
			return error_set(e, ERROR_INVALID,
				"'%s' cannot name a step",
				json_get_string(job->args, "step", ""));
		if (check_env(job, e) < 0)
			return -1;
		return check_release(job, e);
	case JOB_SWITCH:
		if (!is_slot(json_get_string(job->args, "slot", NULL)))
			return error_set(e, ERROR_INVALID,
				"'%s' is no slot, expected blue or green",
				json_get_string(job->args, "slot", ""));
		return check_release(job, e);
	case JOB_VERIFY:
		return check_release(job, e);
	case JOB_EXEC:
		if (json_get_string(job->args, "release", NULL) != NULL &&
			check_release(job, e) < 0)
			return -1;
		return check_env(job, e);
	case JOB_PROBE:
	case JOB_LOCK:
	case JOB_CLEAN:
	case JOB_UNLOCK:
	case JOB_ADOPT:
	case JOB_JOURNAL:
	case JOB_HOSTKEY:
	case JOB_OP_COUNT:
		break;
	}
	return 0;
}

static int
check_lease(const struct job *job, struct error *e)
{
	if (job->op == JOB_PROBE || job->op == JOB_EXEC ||
		job->op == JOB_JOURNAL || job->op == JOB_HOSTKEY)
		return 0;
	if (!is_word(json_get_string(job->lease, "engine", "")) ||
		(!is_word(json_get_string(job->lease, "rollout", "")) &&
			job->op != JOB_ADOPT) ||
		json_get_int(job->lease, "epoch", -1) < 0)
		return error_set(e, ERROR_INVALID,
			"the lease names no engine, epoch and rollout");
	if (job->root == NULL || job->root[0] != '/')
		return error_set(e, ERROR_INVALID,
			"the root of the service is not an absolute path");
	return 0;
}

static void
read_host(struct job *job, const json_t *h)
{
	const char *path = json_get_string(h, "path", NULL);
	const char *root = json_get_string(job->message, "root", "");

	job->host.name = xstrdup(json_get_string(h, "name", ""));
	job->host.transport = xstrdup(json_get_string(h, "transport", "ssh"));
	job->host.address = xstrdup(
		json_get_string(h, "address", job->host.name));
	job->host.user = xstrdup_or_null(json_get_string(h, "user", NULL));
	job->host.path = xstrdup_or_null(path);
	job->host.known = xstrdup_or_null(json_get_string(h, "known", NULL));
	job->host.known_reason = xstrdup_or_null(
		json_get_string(h, "known_reason", NULL));
	job->host.port = (int)json_get_int(h, "port", 22);
	if (strcmp(job->host.transport, "local") != 0 || path == NULL ||
		*root == '\0')
		job->root = xstrdup(root);
	else
		job->root = xasprintf("%s%s%s", path,
			*root == '/' ? "" : "/", root);
}

static int
read_op(struct job *job, struct error *e)
{
	const char *name = json_get_string(job->message, "op", "");
	int op;

	for (op = 0; op < JOB_OP_COUNT; op++)
		if (strcmp(op_names[op], name) == 0)
			break;
	if (op == JOB_OP_COUNT)
		return error_set(e, ERROR_INVALID, "no act is called '%s'",
			name);
	job->op = (enum job_op)op;
	if (strpbrk(job->root, "\r\n") != NULL)
		return error_set(e, ERROR_INVALID,
			"the root of the service has a line break in it");
	job->is_hasty = json_get_bool(job->args, "hasty", false);
	job->host.wants_key = job->op == JOB_HOSTKEY;
	job->host.key_method = json_get_string(job->args, "method", NULL);
	return 0;
}

struct job *
job_create(json_t *message, struct error *e)
{
	struct job *job = xcalloc(1, sizeof(*job));

	job->message = json_incref(message);
	job->id = json_get_int(message, "job", 0);
	job->timeout_ms = json_get_int(message, "timeout_ms", 0);
	job->lease = json_object_get(message, "lease");
	job->args = json_object_get(message, "args");
	read_host(job, json_object_get(message, "host"));
	if (read_op(job, e) < 0 || check_lease(job, e) < 0 ||
		check_args(job, e) < 0) {
		job_destroy(job);
		return NULL;
	}
	return job;
}

void
host_copy(struct host *to, const struct host *from)
{
	*to = (struct host){
		.name = xstrdup(from->name),
		.transport = xstrdup(from->transport),
		.address = xstrdup(from->address),
		.user = xstrdup_or_null(from->user),
		.path = xstrdup_or_null(from->path),
		.known = xstrdup_or_null(from->known),
		.known_reason = xstrdup_or_null(from->known_reason),
		.port = from->port,
		.wants_key = from->wants_key,
		.key_method = from->key_method,
	};
}

void
host_finish(struct host *host)
{
	free(host->name);
	free(host->transport);
	free(host->address);
	free(host->user);
	free(host->path);
	free(host->known);
	free(host->known_reason);
}

void
job_destroy(struct job *job)
{
	if (job == NULL)
		return;
	host_finish(&job->host);
	free(job->root);
	free(job->shared);
	free(job->line);
	json_decref(job->message);
	free(job);
}
