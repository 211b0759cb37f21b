/* evidence_intake.c - files of evidence on their way into the store. */
#include "engine/evidence_intake.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "engine/cmd.h"
#include "wire/json.h"

static int
take_name(struct evidence_file *f, const char *text, struct error *e)
{
	const char *equals = strchr(text, '=');

	if (equals == NULL)
		return error_set(e, ERROR_USAGE,
			"'%.80s' is no evidence: KIND=FILE is", text);
	f->evidence.kind = xstrndup(text, (size_t)(equals - text));
	f->evidence.file_name = xstrdup(equals + 1);
	if (!text_is_name(f->evidence.kind) ||
		strcmp(f->evidence.kind, "signoff") == 0) {
		error_set(e, ERROR_INVALID,
			"'%.80s' is not a kind of evidence for a file",
			f->evidence.kind);
		return error_hint(e, "choose a name such as tests or scan; "
				     "sluice release signoff signs off");
	}
	if (strlen(equals + 1) > 255 || strchr(equals + 1, '/') != NULL)
		return error_set(e, ERROR_INVALID, "'%.80s' is not a file name",
			equals + 1);
	return 0;
}

int
evidence_files_init(struct request *rq, size_t first,
	struct evidence_files *ret, struct error *e)
{
	struct strings names;
	int result = 0;
	size_t i;

	arg_strings(rq, "evidence", &names);
	memset(ret, 0, sizeof(*ret));
	ret->now = engine_now(rq->en);
	ret->items = xcalloc(names.count + 1, sizeof(*ret->items));
	if (rq->fd_count < first + names.count)
		result = error_set(e, ERROR_USAGE,
			"%zu files of evidence are named, %zu came along",
			names.count,
			rq->fd_count < first ? 0 : rq->fd_count - first);
	for (i = 0; i < names.count && result == 0; i++) {
		ret->items[i].fd = rq->fds[first + i];
		ret->count++;
		result = take_name(&ret->items[i], names.items[i], e);
	}
	strings_finish(&names);
	return result;
}

/* What stands behind the descriptor now, from its beginning. */
static int
read_whole(struct evidence_file *f, struct error *e)
{
	struct strbuf data;
	ssize_t got;

	strbuf_init(&data);
	while ((got = pread(f->fd, strbuf_reserve(&data, 65536), 65536,
			(off_t)data.len)) > 0) {
		data.len += (size_t)got;
		if (data.len > EVIDENCE_MOST)
			break;
	}
	if (got == -1 || data.len > EVIDENCE_MOST) {
		if (got == -1)
			error_set_errno(e, errno, "it cannot be read");
		else
			error_set(e, ERROR_LIMIT, "it is larger than %zu MiB",
				EVIDENCE_MOST >> 20);
		strbuf_finish(&data);
		return -1;
	}
	strbuf_reserve(&data, 1)[0] = '\0';
	f->len = data.len;
	f->data = strbuf_detach(&data);
	return 0;
}

int
evidence_files_read(struct evidence_files *files, struct error *e)
{
	size_t i;

	for (i = 0; i < files->count; i++) {
		struct evidence_file *f = &files->items[i];

		if (read_whole(f, e) == -1 ||
			evidence_read(f->evidence.kind, f->data, f->len,
				files->now, &f->evidence, f->named_sha256,
				e) == -1) {
			error_prefix(e, "evidence '%s' in '%s'",
				f->evidence.kind, f->evidence.file_name);
			return error_hint(e, "nothing was added; make the file "
					     "anew and add it again");
		}
		f->evidence.size_bytes = (int64_t)f->len;
		digest_hex(f->data, f->len, f->evidence.file_sha256);
	}
	return 0;
}

int
evidence_files_check(const struct evidence_files *files, const char *sha256,
	struct error *e)
{
	size_t i;

	for (i = 0; i < files->count; i++) {
		const struct evidence_file *f = &files->items[i];

		if (f->named_sha256[0] == '\0' ||
			strcmp(f->named_sha256, sha256) == 0)
			continue;
		error_set(e, ERROR_POLICY,
			"evidence '%s' in '%s' is about another artefact "
			"(%.12s, this one is %.12s)",
			f->evidence.kind, f->evidence.file_name,
			f->named_sha256, sha256);
		return error_hint(e, "nothing was added; what is wanted is "
				     "about this very artefact");
	}
	return 0;
}

static void
record(struct request *rq, const struct evidence *v, const char *what)
{
	struct strbuf words;
	char *object = xasprintf("%s %s", v->service, v->version);

	strbuf_init(&words);
	evidence_describe(v, &words);
	engine_record(rq->en, v->added_by, v->added_uid, what, object,
		v->text == NULL ? words.buf : v->text,
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "kind", v->kind,
			"result", v->result, "format",
			evidence_format_name(v->format), "artefact",
			v->sha256, "file_sha256", v->file_sha256, "role",
			json_text(v->role)));
	strbuf_finish(&words);
	free(object);
}

void
evidence_save(struct request *rq, struct evidence *v, const char *data,
	size_t len, const struct release *r, const char *what)
{
	struct error e;

	v->service = xstrdup(r->service);
	v->version = xstrdup(r->version);
	memcpy(v->sha256, r->sha256, sizeof(v->sha256));
	v->added_by = xstrdup(request_actor(rq).who);
	v->added_uid = rq->uid;
	v->added_at = engine_now(rq->en);
	v->text = xstrdup_or_null(arg_string(rq, "text"));
	engine_write(rq->en);
	engine_must(store_evidence_add(rq->en->store, v, data, len, &e), &e,
		"save evidence");
	record(rq, v, what);
}

void
evidence_files_save(struct request *rq, struct evidence_files *files,
	const struct release *r)
{
	size_t i;

	for (i = 0; i < files->count; i++)
		evidence_save(rq, &files->items[i].evidence,
			files->items[i].data, files->items[i].len, r,
			"release.evidence");
	if (files->count > 0)
		governance_release_changed(rq->en, r->service, r->version);
}

void
evidence_files_finish(struct evidence_files *files)
{
	size_t i;

	for (i = 0; i < files->count; i++) {
		free(files->items[i].data);
		evidence_finish(&files->items[i].evidence);
	}
	free(files->items);
	memset(files, 0, sizeof(*files));
}
