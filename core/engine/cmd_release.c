/* cmd_release.c - releases: registered, listed, quarantined. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "engine/cmd.h"
#include "engine/evidence_intake.h"
#include "engine/needs.h"
#include "engine/signing.h"
#include "model/sshsig.h"
#include "store/artefact.h"
#include "wire/json.h"

#define UNPACKED_MOST ((int64_t)64 * 1024 * 1024 * 1024)
#define ENTRIES_MOST 1000000

/* ---- what it needs of others ---- */

static int
check_need(struct request *rq, const char *text, const char *own,
	struct error *e)
{
	struct release_need need;

	if (!release_need_parse(text, &need)) {
		error_set(e, ERROR_USAGE, "'%.80s' is no need", text);
		return error_hint(e, "expected SERVICE=VERSION, such as "
				     "api=2.1");
	}
	if (strcmp(need.service, own) == 0)
		return error_set(e, ERROR_INVALID,
			"a release of '%s' cannot need another one of '%s'",
			own, own);
	return settings_service(rq->en->settings, need.service) != NULL
		       ? 0
		       : no_service(rq->en->settings, need.service, e);
}

static int
check_needs(struct request *rq, const char *own, struct error *e)
{
	const json_t *list = json_object_get(rq->args, "needs"), *item;
	size_t i;

	json_array_foreach(list, i, item)
		if (check_need(rq, json_string_value(item), own, e) == -1)
			return -1;
	return 0;
}

/* Sorted, each once. */
static void
release_needs(struct request *rq, struct strings *ret)
{
	const json_t *list = json_object_get(rq->args, "needs"), *item;
	size_t i;

	json_array_foreach(list, i, item)
		if (!strings_has(ret, json_string_value(item)))
			strings_add(ret, json_string_value(item));
	strings_sort(ret);
}

/* What was said first stays: changes were planned by it. */
static int
check_same_needs(const struct request *rq, const struct release *known,
	const struct release *r, struct error *e)
{
	bool same = known->needs.count == r->needs.count;
	size_t i;

	if (json_object_get(rq->args, "needs") == NULL)
		return 0;
	for (i = 0; same && i < r->needs.count; i++)
		same = strings_has(&known->needs, r->needs.items[i]);
	if (same)
		return 0;
	error_set(e, ERROR_EXISTS, "'%s %s' was registered with other needs",
		r->service, r->version);
	return error_hint(e, "see sluice release show %s %s; other needs want "
			     "another version",
		r->service, r->version);
}

/* ---- add ---- */

/* Work of another thread: hashing and packing may take minutes. */
struct intake {
	struct request *rq;
	uv_work_t work;
	char *dir, *file_name;
	struct strings shared;
	struct evidence_files evidence;
	int signature_fd; /* -1: none came along */
	char *signature;
	struct artefact artefact;
	struct error error;
	int result;
};

/* Its text, NUL-terminated; what is too long is no signature. */
static int
read_signature(struct intake *in, struct error *e)
{
	ssize_t got;

	if (in->signature_fd == -1)
		return 0;
	in->signature = xcalloc(1, SSHSIG_TEXT_MOST + 2);
	got = pread(in->signature_fd, in->signature, SSHSIG_TEXT_MOST + 1, 0);
	if (got == -1)
		return error_set_errno(e, errno, "cannot read the signature");
	return 0;
}

static void
intake_work(uv_work_t *work)
{
	static const struct artefact_limits limits = {
		UNPACKED_MOST, ENTRIES_MOST};
	struct intake *in = work->data;

	in->result = read_signature(in, &in->error);
	if (in->result == 0)
		in->result = evidence_files_read(&in->evidence, &in->error);
	if (in->result == 0)
		in->result = artefact_ingest(in->dir, in->rq->fds[0],
			in->file_name, &in->shared, &limits, &in->artefact,
			&in->error);
}

static void
release_describe(struct request *rq, struct release *r)
{
	r->service = xstrdup(arg_string(rq, "service"));
	r->version = xstrdup(arg_string(rq, "version"));
	r->notes = xstrdup_or_null(arg_string(rq, "notes"));
	r->commit = xstrdup_or_null(arg_string(rq, "commit"));
	release_needs(rq, &r->needs);
	r->created_at = engine_now(rq->en);
	r->created_by = xstrdup(request_actor(rq).who);
}

/* The release as the store has it: the first that was added stays. */
static void
answer_release(struct request *rq)
{
	struct release r;
	struct error e;
	int found = store_release_find(rq->en->store, arg_string(rq, "service"),
		arg_string(rq, "version"), &r, &e);

	if (found == 0) {
		error_set(&e, ERROR_NOT_FOUND, "no release '%s %s'",
			arg_string(rq, "service"), arg_string(rq, "version"));
		error_hint(&e, "see sluice release ls");
	}
	if (found != 1) {
		request_fail(rq, &e);
		return;
	}
	events_release(rq->en, &r);
	request_done(rq, release_full_json(rq->en, &r));
	release_finish(&r);
}

static json_t *
words_json(const struct strings *list)
{
	struct strbuf words;
	json_t *j;
	size_t i;

	strbuf_init(&words);
	for (i = 0; i < list->count; i++)
		strbuf_addf(&words, "%s%s", i ? " " : "", list->items[i]);
	j = json_string(words.buf);
	strbuf_finish(&words);
	return j;
}

static void
record_release(struct request *rq, const struct release *r, const char *what,
	const struct signed_answer *signature)
{
	struct actor by = request_actor(rq);
	char *object = xasprintf("%s %s", r->service, r->version);
	json_t *detail = json_pack("{s:s, s:I, s:o}", "sha256", r->sha256,
		"size_bytes", (json_int_t)r->size_bytes, "commit",
		json_text(r->commit));

	if (r->needs.count > 0)
		json_object_set_new(
			detail, "needs", words_json(&r->needs));
	if (signature != NULL)
		json_object_set_new(detail, "signed",
			signature_json(&signature->signature));
	engine_record(rq->en, by.who, by.uid, what, object,
		r->notes == NULL ? "" : r->notes, detail);
	free(object);
}

/* Whose signature it carries, and the signature. */
static void
sign_release(struct request *rq, const struct release *r,
	struct signed_answer *signature)
{
	struct signature *s = &signature->signature;
	struct error e;

	s->service = xstrdup(r->service);
	s->version = xstrdup(r->version);
	engine_must(store_release_sign(rq->en->store, r->service, r->version,
			    s->principal, &e),
		&e, "sign a release");
	engine_must(store_signature_add(
			    rq->en->store, s, signature->signers, &e),
		&e, "save a signature");
}

static int
release_save(struct request *rq, struct artefact *a,
	struct signed_answer *signature, struct error *e)
{
	struct release *r = &a->release, known;
	int found;

	release_describe(rq, r);
	if (arg_time(rq, "committed_at", &r->committed_at, e) == -1)
		return -1;
	found = store_release_find(
		rq->en->store, r->service, r->version, &known, e);
	if (found == -1)
		return -1;
	if (found == 1) {
		bool same = check_same_needs(rq, &known, r, e) == 0;

		release_finish(&known);
		if (!same)
			return -1;
	}
	engine_write(rq->en);
	if (store_release_add(rq->en->store, r, a->list, a->list_count, e) ==
		-1)
		return -1;
	if (found == 0)
		needs_note(rq->en, r);
	if (signature != NULL)
		sign_release(rq, r, signature);
	if (found == 0 || signature != NULL)
		record_release(rq, r,
			found == 0 ? "release.add" : "release.sign", signature);
	return 0;
}

static void
intake_free(struct intake *in)
{
	evidence_files_finish(&in->evidence);
	if (in->result == 0)
		artefact_finish(&in->artefact);
	strings_finish(&in->shared);
	free(in->signature);
	free(in->dir);
	free(in->file_name);
	free(in);
}

/* Everything that could refuse it has been asked. */
static void
intake_save(struct intake *in, struct signed_answer *signature)
{
	struct request *rq = in->rq;
	struct error e;

	if (release_save(rq, &in->artefact, signature, &e) == -1) {
		request_fail(rq, &e);
	} else {
		evidence_files_save(rq, &in->evidence, &in->artefact.release);
		if (signature != NULL)
			governance_release_changed(rq->en,
				in->artefact.release.service,
				in->artefact.release.version);
		answer_release(rq);
	}
	intake_free(in);
}

static void
on_signed(struct request *rq, int result, struct signed_answer *signature,
	const struct error *e)
{
	struct intake *in = rq->data;

	if (result == 0) {
		intake_save(in, signature);
		return;
	}
	request_fail(rq, e);
	intake_free(in);
}

static void
intake_done(uv_work_t *work, int status)
{
	struct intake *in = work->data;
	const struct release *r = &in->artefact.release;
	struct error e = in->error;

	(void)status;
	if (in->result == -1 ||
		evidence_files_check(&in->evidence, r->sha256, &e) == -1) {
		request_fail(in->rq, &e);
		intake_free(in);
	} else if (in->signature != NULL) {
		in->rq->data = in;
		signing_artefact(in->rq, in->signature, r->sha256,
			in->rq->fds[0], r->size_bytes, on_signed);
	} else {
		intake_save(in, NULL);
	}
}

static int
check_release_args(
	struct request *rq, const struct service **ret, struct error *e)
{
	const char *service = arg_string(rq, "service");
	const char *version = arg_string(rq, "version");
	const char *name = arg_string(rq, "name");
	int64_t at;

	*ret = settings_service(rq->en->settings, service);
	if (*ret == NULL)
		return no_service(rq->en->settings, service, e);
	if (!text_is_version(version))
		return error_set(e, ERROR_INVALID,
			"'%.80s' is not a version: letters, digits and ._+~-, "
			"at most 64, the first a letter or digit",
			version);
	if (*name == '\0' || strchr(name, '/') != NULL ||
		strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
		strlen(name) > 255)
		return error_set(
			e, ERROR_INVALID, "'%.80s' is not a file name", name);
	if (rq->fd_count == 0)
		return error_set(e, ERROR_USAGE,
			"no artefact came along with the request");
	return arg_time(rq, "committed_at", &at, e) == -1 ||
			       check_needs(rq, service, e) == -1
		       ? -1
		       : 0;
}

/* It comes last, behind the evidence. */
static int
take_signature(struct request *rq, struct intake *in, struct error *e)
{
	size_t at = 1 + in->evidence.count;

	in->signature_fd = -1;
	if (!json_get_bool(rq->args, "signature", false))
		return 0;
	if (rq->fd_count <= at)
		return error_set(e, ERROR_USAGE, "no signature came along");
	in->signature_fd = rq->fds[at];
	return 0;
}

void
cmd_release_add(struct request *rq)
{
	const struct service *service;
	struct intake *in;
	struct error e;

	if (check_release_args(rq, &service, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	in = xcalloc(1, sizeof(*in));
	in->rq = rq;
	in->work.data = in;
	if (evidence_files_init(rq, 1, &in->evidence, &e) == -1 ||
		take_signature(rq, in, &e) == -1) {
		request_fail(rq, &e);
		evidence_files_finish(&in->evidence);
		free(in);
		return;
	}
	in->dir = xstrdup(rq->en->private_dir);
	in->file_name = xstrdup(arg_string(rq, "name"));
	strings_copy(&in->shared, &service->shared);
	uv_queue_work(rq->en->loop, &in->work, intake_work, intake_done);
}

/* ---- looking ---- */

struct list {
	struct engine *en;
	struct page page;
};

static int
list_release(const struct release *r, int64_t cursor, void *arg)
{
	struct list *l = arg;

	return page_add(&l->page, release_json(l->en, r), cursor);
}

void
cmd_release_ls(struct request *rq)
{
	struct list l = {.en = rq->en};
	struct error e;

	if (check_filters(rq, &e) == -1 || page_init(rq, &l.page, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	engine_must(store_release_each(rq->en->store, arg_string(rq, "service"),
			    l.page.after < 0 ? 0 : l.page.after, list_release,
			    &l, &e),
		&e, "read releases");
	request_done(rq, page_finish(&l.page));
}

void
cmd_release_show(struct request *rq)
{
	struct release r;
	json_t *o;
	struct error e;
	int found = store_release_find(rq->en->store, arg_string(rq, "service"),
		arg_string(rq, "version"), &r, &e);

	if (found == 1) {
		o = release_full_json(rq->en, &r);
		json_object_set_new(
			o, "environments", release_where_json(rq->en, &r));
		request_done(rq, o);
		release_finish(&r);
		return;
	}
	request_refuse(rq, ERROR_NOT_FOUND, "see sluice release ls",
		"no release '%.80s %.80s'", arg_string(rq, "service"),
		arg_string(rq, "version"));
}

static int
list_file(const struct release_file *f, int64_t cursor, void *arg)
{
	struct list *l = arg;
	char mode[8];

	snprintf(mode, sizeof(mode), "%04o", (unsigned)f->mode & 07777);
	return page_add(&l->page,
		json_pack("{s:o, s:s, s:I, s:o, s:o}", "path",
			json_text(f->path), "mode", mode, "size_bytes",
			(json_int_t)f->size_bytes, "sha256",
			f->sha256[0] == '\0' ? json_null()
					     : json_string(f->sha256),
			"link", json_text(f->link)),
		cursor);
}

void
cmd_release_files(struct request *rq)
{
	struct list l;
	struct error e;

	if (page_init(rq, &l.page, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	engine_must(
		store_release_files(rq->en->store, arg_string(rq, "service"),
			arg_string(rq, "version"),
			l.page.after < 0 ? 0 : l.page.after, list_file, &l, &e),
		&e, "read files of a release");
	request_done(rq, page_finish(&l.page));
}

void
cmd_release_quarantine(struct request *rq)
{
	const char *service = arg_string(rq, "service");
	const char *version = arg_string(rq, "version");
	const char *text = arg_string(rq, "text");
	struct actor by = request_actor(rq);
	struct release r;
	struct error e;
	char *object;

	if (store_release_find(rq->en->store, service, version, &r, &e) != 1) {
		request_refuse(rq, ERROR_NOT_FOUND, "see sluice release ls",
			"no release '%.80s %.80s'", service, version);
		return;
	}
	release_finish(&r);
	engine_write(rq->en);
	engine_must(store_release_quarantine(
			    rq->en->store, service, version, text, &e),
		&e, "quarantine a release");
	object = xasprintf("%s %s", service, version);
	engine_record(rq->en, by.who, by.uid, "release.quarantine", object,
		text, NULL);
	free(object);
	answer_release(rq);
}
