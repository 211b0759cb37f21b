/* cmd_evidence.c - evidence and sign-offs of releases that are there. */
#include <stdlib.h>
#include <string.h>

#include "engine/cmd.h"
#include "engine/evidence_intake.h"
#include "wire/json.h"

static int
arg_release(struct request *rq, struct release *ret, struct error *e)
{
	const char *service = arg_string(rq, "service");
	const char *version = arg_string(rq, "version");
	int found =
		store_release_find(rq->en->store, service, version, ret, e);

	if (found == 1)
		return 0;
	if (found == 0) {
		error_set(e, ERROR_NOT_FOUND, "no release '%.80s %.80s'",
			service, version);
		error_hint(e, "see sluice release ls");
	}
	return -1;
}

static void
answer(struct request *rq, const struct release *r)
{
	events_release(rq->en, r);
	request_done(rq, release_full_json(rq->en, r));
}

/* ---- files ---- */

/* Large files take a while to understand: work of another thread. */
struct work {
	struct request *rq;
	uv_work_t work;
	struct release release;
	struct evidence_files files;
	struct error error;
	int result;
};

static void
work_run(uv_work_t *uv)
{
	struct work *w = uv->data;

	w->result = evidence_files_read(&w->files, &w->error);
}

static void
work_done(uv_work_t *uv, int status)
{
	struct work *w = uv->data;
	struct error e = w->error;

	(void)status;
	if (w->result == 0)
		w->result = evidence_files_check(
			&w->files, w->release.sha256, &e);
	if (w->result == -1) {
		request_fail(w->rq, &e);
	} else {
		evidence_files_save(w->rq, &w->files, &w->release);
		answer(w->rq, &w->release);
	}
	evidence_files_finish(&w->files);
	release_finish(&w->release);
	free(w);
}

void
cmd_release_evidence(struct request *rq)
{
	struct work *w = xcalloc(1, sizeof(*w));
	struct error e;

	w->rq = rq;
	w->work.data = w;
	if (check_text(arg_string(rq, "text"), "the text", &e) == -1 ||
		evidence_files_init(rq, 0, &w->files, &e) == -1 ||
		arg_release(rq, &w->release, &e) == -1) {
		request_fail(rq, &e);
		evidence_files_finish(&w->files);
		free(w);
		return;
	}
	uv_queue_work(rq->en->loop, &w->work, work_run, work_done);
}

/* ---- sign-offs ---- */

static int
check_signoff(const struct request *rq, const char *role, struct error *e)
{
	if (rq->uid == 0 || rq->who.person == NULL) {
		error_set(e, ERROR_DENIED,
			"root is nobody in particular and cannot sign off");
		return error_hint(e, "sign off as a user of your own");
	}
	if (strings_has(&rq->who.roles, role))
		return 0;
	error_set(e, ERROR_DENIED, "'%s' is no %.80s", rq->who.person, role);
	return error_hint(e, "somebody who has that role signs off");
}

void
cmd_release_signoff(struct request *rq)
{
	const char *role = arg_string(rq, "role");
	struct evidence v = {.format = EVIDENCE_SIGNOFF};
	struct release r;
	struct error e;

	if (check_signoff(rq, role, &e) == -1 ||
		check_text(arg_string(rq, "text"), "the text", &e) == -1 ||
		arg_release(rq, &r, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	v.kind = xstrdup("signoff");
	v.role = xstrdup(role);
	v.result = xstrdup(
		json_get_bool(rq->args, "refuse", false) ? "fail" : "pass");
	evidence_save(rq, &v, NULL, 0, &r, "release.signoff");
	governance_release_changed(rq->en, r.service, r.version);
	answer(rq, &r);
	evidence_finish(&v);
	release_finish(&r);
}
