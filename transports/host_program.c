/* host_program.c - requests to and replies of the program on a host. */
#include "transports/host_program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "wire/json.h"

#define LINE_MAX_BYTES 8192
#define BODY_MAX_BYTES (1024 * 1024)
#define NOISE_MAX_BYTES 1024
#define MANIFEST_LINE_BYTES 80 /* about: tells roughly how many files */

static const unsigned char program[] = {
#include "transports/host_program.inc"
};

/* Braces, so that all is read before the first of it runs. bash would ask for
 * each byte of a pipe in a call of its own, and cannot be given another input
 * while it reads its script from one. */
void
host_program_add_start(struct strbuf *out, const char *sentinel)
{
	struct strbuf script;

	strbuf_init(&script);
	strbuf_addf(&script, "S=%s\n{\n", sentinel);
	strbuf_add(&script, program, sizeof(program));
	strbuf_adds(&script, "}\n");
	strbuf_addf(out,
		"case ${BASH_VERSION-} in ?*) exec \"$BASH\" -c "
		"'eval \"$(dd bs=65536 count=%zu iflag=fullblock,count_bytes "
		"status=none)\"' ;; esac\n",
		script.len);
	strbuf_add(out, script.buf, script.len);
	strbuf_finish(&script);
}

static void
add_text(struct strbuf *out, const char *name, const char *value)
{
	if (value == NULL)
		return;
	if (strchr(value, '\n') == NULL)
		strbuf_addf(out, "%s=%s\n", name, value);
	else
		strbuf_addf(out, "%s:%zu\n%s", name, strlen(value), value);
}

/* One line of it, whatever it holds. */
static void
add_line(struct strbuf *out, const char *name, const char *value)
{
	size_t start = out->len + strlen(name) + 1, i;

	strbuf_addf(out, "%s=%s\n", name, value);
	for (i = start; i + 1 < out->len; i++)
		if (out->buf[i] == '\n' || out->buf[i] == '\r')
			out->buf[i] = ' ';
}

static void
add_int(struct strbuf *out, const char *name, int64_t value)
{
	strbuf_addf(out, "%s=%lld\n", name, (long long)value);
}

static void
add_variable(struct strbuf *out, const char *name, const char *value)
{
	char *both = xasprintf("%s=%s", name, value == NULL ? "" : value);

	add_text(out, "env", both);
	free(both);
}

static void
add_lease(struct strbuf *out, const struct job *job)
{
	const char *rollout = json_get_string(job->lease, "rollout", "");

	add_text(out, "engine", json_get_string(job->lease, "engine", NULL));
	add_int(out, "epoch", json_get_int(job->lease, "epoch", 0));
	add_text(out, "rollout", *rollout == '\0' ? "none" : rollout);
	add_line(out, "reason", json_get_string(job->lease, "reason", ""));
	add_line(out, "head", json_get_string(job->lease, "ledger_head", ""));
}

static void
add_stage(struct strbuf *out, const struct job *job)
{
	const json_t *payload = json_object_get(job->args, "payload");
	const json_t *manifest = json_object_get(job->args, "manifest");
	int64_t bytes = json_get_int(payload, "bytes", 0);
	int64_t unpacked = json_get_int(job->args, "unpacked_bytes", bytes);
	int64_t manifest_bytes = json_get_int(manifest, "bytes", 0);
	size_t i;

	add_int(out, "bytes", bytes);
	add_int(out, "need", bytes + unpacked + 65536);
	add_int(out, "inodes", manifest_bytes / MANIFEST_LINE_BYTES + 8);
	add_text(out, "sha256", json_get_string(payload, "sha256", ""));
	add_text(out, "format", json_get_string(payload, "format", ""));
	add_text(out, "name", json_get_string(payload, "name", ""));
	add_text(out, "mode", json_get_string(payload, "mode", NULL));
	add_text(out, "line", job->line);
	add_text(out, "umask", json_get_string(job->args, "umask", "022"));
	for (i = 0; i < job->shared_count; i++)
		add_text(out, "shared", job->shared[i]);
}

static bool
is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && (path[n] == '/' || path[n] == 0);
}

/* An absolute path below a `local` host's own "/". What the host itself said
 * (where a link leads) is below it already. */
static void
add_cwd(struct strbuf *out, const struct job *job)
{
	const char *cwd = json_get_string(job->args, "cwd", NULL);
	bool local = strcmp(job->host.transport, "local") == 0;
	char *path;

	if (cwd == NULL || !local || job->host.path == NULL ||
		is_below(cwd, job->host.path)) {
		add_text(out, "cwd", cwd);
		return;
	}
	path = xasprintf("%s%s%s", job->host.path, *cwd == '/' ? "" : "/",
		cwd);
	add_text(out, "cwd", path);
	free(path);
}

static void
add_command(struct strbuf *out, const struct job *job)
{
	int64_t timeout_ms = json_get_int(job->args, "timeout_ms", 0);
	const char *name;
	json_t *value;

	add_text(out, "run", json_get_string(job->args, "run", ""));
	add_int(out, "timeout_cs", (timeout_ms + 9) / 10);
	add_cwd(out, job);
	json_object_foreach (json_object_get(job->args, "env"), name, value)
		add_variable(out, name, json_string_value(value));
	add_variable(out, "SLUICE_HOST", job->host.name);
	if (job->op != JOB_STEP)
		return;
	add_variable(out, "SLUICE_ROLLOUT",
		json_get_string(job->lease, "rollout", ""));
	add_variable(out, "SLUICE_STEP",
		json_get_string(job->args, "step", ""));
	add_text(out, "step", json_get_string(job->args, "step", ""));
}

static void
add_op(struct strbuf *out, const struct job *job)
{
	json_t *value;
	size_t i;

	switch (job->op) {
	case JOB_STAGE:
		add_stage(out, job);
		break;
	case JOB_STEP:
	case JOB_EXEC:
		add_command(out, job);
		break;
	case JOB_SWITCH:
		break;
	case JOB_CLEAN:
		add_int(out, "keep", json_get_int(job->args, "keep", 5));
		json_array_foreach (
			json_object_get(job->args, "protect"), i, value)
			if (json_is_string(value))
				add_line(out, "protect",
					json_string_value(value));
		break;
	case JOB_UNLOCK:
		add_line(out, "note", json_get_string(job->args, "note", ""));
		break;
	case JOB_JOURNAL:
		add_int(out, "lines", json_get_int(job->args, "lines", 100));
		break;
	case JOB_PROBE:
	case JOB_LOCK:
	case JOB_VERIFY:
	case JOB_ADOPT:
	case JOB_HOSTKEY:
	case JOB_OP_COUNT:
		break;
	}
}

void
host_program_add_request(struct strbuf *out, const struct job *job,
	unsigned id, int64_t wall_ms)
{
	strbuf_addf(out, "%s %u\n", job_op_name(job->op), id);
	add_int(out, "now", wall_ms / 1000);
	add_text(out, "root", job->root);
	if (job->lease != NULL)
		add_lease(out, job);
	add_text(out, "release", json_get_string(job->args, "release", NULL));
	add_int(out, "attempt", json_get_int(job->args, "attempt", 0));
	if (json_get_bool(job->args, "foreign", false))
		add_int(out, "foreign", 1);
	add_text(out, "slot", json_get_string(job->args, "slot", NULL));
	if (json_get_bool(job->args, "live", false))
		add_int(out, "live", 1);
	add_op(out, job);
	strbuf_addc(out, '\n');
}

void
reply_parser_init(struct reply_parser *p, const char *sentinel)
{
	memset(p, 0, sizeof(*p));
	snprintf(p->sentinel, sizeof(p->sentinel), "%s", sentinel);
	strbuf_init(&p->in);
	strbuf_init(&p->noise);
}

void
reply_parser_finish(struct reply_parser *p)
{
	strbuf_finish(&p->in);
	strbuf_finish(&p->noise);
}

void
reply_parser_add(struct reply_parser *p, const char *data, size_t len)
{
	strbuf_add(&p->in, data, len);
}

static void
add_noise(struct reply_parser *p, const char *data, size_t len)
{
	strbuf_add(&p->noise, data, len);
	if (p->noise.len > NOISE_MAX_BYTES)
		strbuf_consume(&p->noise, p->noise.len - NOISE_MAX_BYTES);
}

/* A number of a line; -1 where it is none. */
static long
number(const char *s)
{
	char *end;
	long n;

	if (s == NULL || *s < '0' || *s > '9' || strlen(s) > 10)
		return -1;
	n = strtol(s, &end, 10);
	return *end == '\0' ? n : -1;
}

/* The rest of a line of kind d or D behind its letter. */
static int
parse_datum(struct reply_parser *p, char kind, char *rest, struct reply *r,
	long *ret_body)
{
	char *value = strchr(rest, ' ');

	if (value == NULL)
		return -1;
	*value++ = '\0';
	snprintf(p->name, sizeof(p->name), "%s", rest);
	r->kind = REPLY_DATUM;
	r->name = p->name;
	r->text = value;
	r->len = strlen(value);
	if (kind == 'D' && (*ret_body = number(value)) < 0)
		return -1;
	return 0;
}

static int
parse_result(char *rest, struct reply *r)
{
	char *save = NULL;
	const char *id = strtok_r(rest, " ", &save);
	const char *outcome = strtok_r(NULL, " ", &save);
	const char *code = strtok_r(NULL, " ", &save);

	if (number(id) < 0 || outcome == NULL)
		return -1;
	r->kind = REPLY_RESULT;
	r->id = (unsigned)number(id);
	r->name = outcome;
	r->text = code == NULL ? "" : code;
	r->len = strlen(r->text);
	return 0;
}

/* One line behind the sentinel; *ret_body is how many bytes belong to it. */
static int
parse_words(struct reply_parser *p, struct reply *r, long *ret_body)
{
	char kind = p->words[0], *rest = p->words + 1;

	if (kind != '\0' && *rest == ' ')
		rest++;
	switch (kind) {
	case 'd':
	case 'D':
		return parse_datum(p, kind, rest, r, ret_body);
	case 'o':
		r->kind = REPLY_OUTPUT;
		*ret_body = number(rest);
		return *ret_body < 0 ? -1 : 0;
	case 'g':
		r->kind = REPLY_GO;
		r->id = (unsigned)number(rest);
		return 0;
	case 'w':
		r->kind = REPLY_ANOTHER;
		r->id = (unsigned)number(rest);
		return 0;
	case 'h':
		r->kind = strncmp(p->words, "hello", 5) == 0 ? REPLY_HELLO
							      : REPLY_ALIVE;
		return 0;
	case 't':
		r->kind = REPLY_TICKS;
		return 0;
	case 'r':
		return parse_result(rest, r);
	}
	return -1;
}

static int
parse_line(struct reply_parser *p, const char *at, size_t line_len,
	size_t words_at, struct reply *r)
{
	size_t len = line_len - words_at, left = p->in.len - p->used;
	long body = -1;

	if (len >= sizeof(p->words))
		return -1;
	memcpy(p->words, at + words_at, len);
	p->words[len] = '\0';
	memset(r, 0, sizeof(*r));
	if (parse_words(p, r, &body) < 0 || body > BODY_MAX_BYTES)
		return -1;
	if (body >= 0) {
		if (left < line_len + 1 + (size_t)body + 1)
			return 0;
		r->text = at + line_len + 1;
		r->len = (size_t)body;
		if (r->text[body] != '\n')
			return -1;
		p->in.buf[p->used + line_len + 1 + (size_t)body] = '\0';
		p->used += line_len + 1 + (size_t)body + 1;
	} else {
		p->used += line_len + 1;
	}
	return 1;
}

/* Where the words behind the sentinel begin; 0 when it is not in the line.
 * A banner without a newline may stand before it. */
static size_t
find_words(const struct reply_parser *p, const char *line, size_t len)
{
	size_t n = strlen(p->sentinel);
	const char *at = memmem(line, len, p->sentinel, n);

	if (at == NULL || (size_t)(at - line) + n >= len || at[n] != ' ')
		return 0;
	return (size_t)(at - line) + n + 1;
}

int
reply_parser_next(struct reply_parser *p, struct reply *ret_reply,
	struct error *e)
{
	while (true) {
		const char *at = p->in.buf == NULL ? "" : p->in.buf + p->used;
		size_t left = p->in.len - p->used, len, words_at;
		const char *eol = left > 0 ? memchr(at, '\n', left) : NULL;
		int got;

		if (eol == NULL && left > LINE_MAX_BYTES) {
			/* Noise; the sentinel may just have begun. */
			add_noise(p, at, left - SENTINEL_SIZE);
			p->used += left - SENTINEL_SIZE;
			continue;
		}
		if (eol == NULL)
			break;
		len = (size_t)(eol - at);
		words_at = find_words(p, at, len);
		if (words_at == 0) {
			add_noise(p, at, len + 1);
			p->used += len + 1;
			continue;
		}
		got = parse_line(p, at, len, words_at, ret_reply);
		if (got < 0)
			return error_set(e, ERROR_PROTOCOL,
				"the host sent a reply that makes no sense");
		if (got == 1)
			return 1;
		break;
	}
	strbuf_consume(&p->in, p->used);
	p->used = 0;
	return 0;
}

char *
reply_parser_last_noise(struct reply_parser *p)
{
	struct error e;
	char *text, *line;

	reply_parser_add(p, "\n", 1);
	while (reply_parser_next(p, &(struct reply){0}, &e) > 0)
		;
	text = p->noise.buf;
	while (p->noise.len > 0 && text[p->noise.len - 1] == '\n')
		text[--p->noise.len] = '\0';
	line = strrchr(text, '\n');
	return text_printable(line == NULL ? text : line + 1);
}
