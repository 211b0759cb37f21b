/*
 * cmd_diff.c - what a change would alter on the hosts: by version that runs
 * there now, the files, the lines of the plan, and of small text files the
 * content, which another thread reads out of the artefacts.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "engine/cmd.h"
#include "engine/redact.h"
#include "engine/release_diff.h"
#include "engine/running.h"
#include "model/plan_diff.h"
#include "model/text_diff.h"
#include "store/artefact.h"
#include "engine/objects.h"
#include "wire/json.h"

#define FILES_SHOWN 500
#define HOSTS_SHOWN 1000
#define LINES_SHOWN 200
#define TEXTS_SHOWN 20
#define TEXT_MOST 65536
#define TEXT_LINES 400
#define UNPACKED_MOST ((int64_t)2 << 30)

/* ---- files ---- */

struct listing {
	json_t *files;
	struct strings texts; /* paths worth looking into; or NULL below */
	bool wants_texts;
};

static json_t *
size_json(const struct release_file *f)
{
	return f == NULL ? json_null() : json_integer(f->size_bytes);
}

static bool
is_small(const struct release_file *f)
{
	return f == NULL || (f->link == NULL && f->size_bytes <= TEXT_MOST);
}

static void
note_file(const struct file_difference *d, void *arg)
{
	struct listing *l = arg;
	const char *what = d->before == NULL  ? "added"
			   : d->after == NULL ? "removed"
					      : "changed";
	bool only_mode = d->before != NULL && d->after != NULL &&
			 strcmp(d->before->sha256, d->after->sha256) == 0 &&
			 d->after->link == NULL;
	json_t *o;

	if (json_array_size(l->files) >= FILES_SHOWN)
		return;
	o = json_pack("{s:s, s:o, s:o, s:o}", "change", what, "path",
		json_text(d->path), "size_before_bytes", size_json(d->before),
		"size_after_bytes", size_json(d->after));
	if (only_mode || (d->before != NULL && d->after != NULL &&
				 d->before->mode != d->after->mode))
		json_object_set_new(o, "mode",
			json_sprintf("%03o -> %03o", (unsigned)d->before->mode,
				(unsigned)d->after->mode));
	json_array_append_new(l->files, o);
	if (l->wants_texts && !only_mode && is_small(d->before) &&
		is_small(d->after) && l->texts.count < TEXTS_SHOWN)
		strings_add(&l->texts, d->path);
}

/* ---- one version that runs ---- */

/* Steps and settings against the plan that brought it; null: not known. */
static json_t *
settings_json(struct engine *en, const struct running_version *v,
	const struct plan *plan)
{
	char *then = running_plan(en, v), *old, *new;
	struct strings removed = {0}, added = {0};
	struct strbuf now;
	json_t *o;

	if (then == NULL)
		return json_null();
	strbuf_init(&now);
	plan_print(plan, &now);
	old = running_settings(then);
	new = running_settings(now.buf);
	plan_diff(old, new, LINES_SHOWN, &removed, &added);
	o = json_pack("{s:o, s:o}", "removed", strings_json(&removed), "added",
		strings_json(&added));
	strings_finish(&removed);
	strings_finish(&added);
	strbuf_finish(&now);
	free(old);
	free(new);
	free(then);
	return o;
}

static json_t *
hosts_json(const struct running_version *v, size_t *left)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < v->host_count && *left > 0; i++, --*left)
		json_array_append_new(list,
			json_pack("{s:s, s:o, s:o}", "host", v->hosts[i].name,
				"state", json_text(v->hosts[i].state),
				"seen_at", json_time(v->hosts[i].seen_at)));
	return list;
}

static bool
is_known(struct engine *en, const char *service, const char *version)
{
	struct release r;
	struct error e;
	bool known = version != NULL &&
		     store_release_find(
			     en->store, service, version, &r, &e) == 1;

	if (known)
		release_finish(&r);
	return known;
}

/* Takes rc (NULL: the version is not known here) and the files of l. */
static json_t *
version_json(const struct running_version *v, struct release_comparison *rc,
	struct listing *l)
{
	struct release_totals t = {0};
	bool known = rc != NULL;

	if (known)
		release_comparison_finish(rc, &t);
	return json_pack("{s:o, s:i, s:b, s:I, s:I, s:I, s:I, s:I, s:o}",
		"version", json_text(v->version), "hosts", (int)v->host_count,
		"known", (int)known, "files_added", (json_int_t)t.added,
		"files_removed", (json_int_t)t.removed, "files_changed",
		(json_int_t)t.changed, "bytes_before",
		(json_int_t)t.bytes_before, "bytes_after",
		(json_int_t)t.bytes_after, "files", l->files);
}

/* ---- contents ---- */

/* Two releases being looked into by another thread. */
struct looking {
	struct request *rq;
	json_t *answer, *into; /* the version whose contents they are */
	struct release before, after;
	struct artefact_text old[TEXTS_SHOWN], new[TEXTS_SHOWN];
	struct strings diffs[TEXTS_SHOWN];
	size_t count;
	uv_work_t work;
	struct error error;
	int result;
};

static void
compare_texts(struct looking *w, size_t i)
{
	const struct artefact_text *a = &w->old[i], *b = &w->new[i];

	if ((a->data == NULL && b->data == NULL) ||
		!text_diff_is_text(a->data == NULL ? "" : a->data, a->len) ||
		!text_diff_is_text(b->data == NULL ? "" : b->data, b->len))
		return;
	text_diff(a->data == NULL ? "" : a->data, a->len,
		b->data == NULL ? "" : b->data, b->len, TEXT_LINES,
		&w->diffs[i]);
}

static void
on_work(uv_work_t *uv)
{
	struct looking *w = uv->data;
	const char *dir = w->rq->en->private_dir;
	size_t i;

	w->result = artefact_read_texts(
		dir, &w->before, w->old, w->count, TEXT_MOST, &w->error);
	if (w->result == 0)
		w->result = artefact_read_texts(dir, &w->after, w->new,
			w->count, TEXT_MOST, &w->error);
	for (i = 0; w->result == 0 && i < w->count; i++)
		compare_texts(w, i);
}

/* What `redact` blanks in output of steps it blanks here. */
static json_t *
diff_json(struct engine *en, const struct strings *lines)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < lines->count; i++) {
		char *text = redactor_apply(en->redactor, lines->items[i],
			strlen(lines->items[i]));

		json_array_append_new(list, json_text(text));
		free(text);
	}
	return list;
}

static void
looking_answer(struct looking *w)
{
	json_t *contents = json_array();
	size_t i;

	for (i = 0; i < w->count; i++) {
		if (w->diffs[i].count > 0)
			json_array_append_new(contents,
				json_pack("{s:o, s:o}", "path",
					json_text(w->new[i].path), "lines",
					diff_json(w->rq->en, &w->diffs[i])));
		strings_finish(&w->diffs[i]);
		free(w->old[i].data);
		free(w->new[i].data);
		free(w->new[i].path);
	}
	if (w->result == -1)
		json_object_set_new(w->into, "contents_error",
			json_text(w->error.text));
	json_object_set_new(w->into, "contents", contents);
	request_done(w->rq, w->answer);
	release_finish(&w->before);
	release_finish(&w->after);
	free(w);
}

static void
on_looked(uv_work_t *uv, int status)
{
	(void)status;
	looking_answer(uv->data);
}

/* Takes answer and the paths; into is an object inside of it. */
static void
look_into(struct request *rq, const struct change *c, const char *version,
	json_t *answer, json_t *into, struct strings *paths)
{
	struct looking *w = xcalloc(1, sizeof(*w));
	struct store *store = rq->en->store;
	size_t i;

	w->rq = rq;
	w->answer = answer;
	w->into = into;
	w->work.data = w;
	for (i = 0; i < paths->count; i++) {
		w->new[i].path = xstrdup(paths->items[i]);
		w->old[i].path = w->new[i].path;
	}
	w->count = paths->count;
	strings_finish(paths);
	w->result = store_release_find(
			    store, c->service, version, &w->before,
			    &w->error) == 1 &&
				    store_release_find(store, c->service,
					    c->version, &w->after,
					    &w->error) == 1
			    ? 0
			    : -1;
	if (w->result == 0 && (w->before.unpacked_bytes > UNPACKED_MOST ||
				      w->after.unpacked_bytes > UNPACKED_MOST))
		w->result = error_set(&w->error, ERROR_INVALID,
			"the artefacts are too large to be looked into");
	if (w->result == -1 ||
		uv_queue_work(rq->en->loop, &w->work, on_work, on_looked) != 0)
		looking_answer(w);
}

/* ---- the method ---- */

#define FILES_AT_ONCE 1000

/* A change being compared, version by version, in slices. */
struct diffing {
	struct request *rq;
	struct change change;
	struct plan plan;
	struct running running;
	size_t at; /* the version that is being compared */
	struct release_comparison *files; /* NULL: it is not known here */
	struct listing listing; /* its files NULL: not begun */
	json_t *versions, *into;
	struct strings texts;
	size_t looked_at;
	size_t hosts_left;
	uv_idle_t idle;
};

static void
diffing_free(uv_handle_t *handle)
{
	struct diffing *d = handle->data;

	running_finish(&d->running);
	plan_finish(&d->plan);
	change_finish(&d->change);
	free(d);
}

static bool
may_see_contents(const struct request *rq)
{
	return rq->who.may & (1u << PERMISSION_LOGS);
}

static void
begin_version(struct diffing *d, const char *version)
{
	d->listing = (struct listing){.files = json_array(),
		.wants_texts = may_see_contents(d->rq) && d->into == NULL};
	if (is_known(d->rq->en, d->change.service, version))
		d->files = release_comparison_create(d->rq->en,
			d->change.service, version, d->change.version);
}

/* Of the version on most hosts people see the contents, if they may. */
static void
add_version(struct diffing *d)
{
	const struct running_version *v = &d->running.items[d->at];
	struct listing l = d->listing;
	json_t *o = version_json(v, d->files, &l);

	d->files = NULL;
	memset(&d->listing, 0, sizeof(d->listing));
	json_object_update_new(o,
		json_pack("{s:o, s:o}", "host_list",
			hosts_json(v, &d->hosts_left), "settings",
			settings_json(d->rq->en, v, &d->plan)));
	json_array_append_new(d->versions, o);
	if (l.texts.count > 0) {
		d->texts = l.texts;
		d->into = o;
		d->looked_at = d->at;
	}
	d->at++;
}

static void
diffing_answer(struct diffing *d)
{
	json_t *answer = json_pack("{s:o, s:s, s:b, s:o}", "id",
		json_text(arg_string(d->rq, "id")), "version",
		d->change.version, "may_see_contents",
		(int)may_see_contents(d->rq), "running", d->versions);

	if (d->into == NULL)
		request_done(d->rq, answer);
	else
		look_into(d->rq, &d->change,
			d->running.items[d->looked_at].version, answer,
			d->into, &d->texts);
	uv_idle_stop(&d->idle);
	uv_close((uv_handle_t *)&d->idle, diffing_free);
}

static void
diffing_slice(uv_idle_t *idle)
{
	struct diffing *d = idle->data;
	const struct running_version *v = &d->running.items[d->at];

	if (d->at == d->running.count) {
		diffing_answer(d);
		return;
	}
	if (d->listing.files == NULL)
		begin_version(d, v->version);
	if (d->files == NULL || !release_comparison_read(d->files,
					FILES_AT_ONCE, note_file, &d->listing))
		add_version(d);
}

static int
diffing_init(struct diffing *d, struct request *rq, struct error *e)
{
	struct pairs excluded;
	int made;

	if (arg_change(rq, &d->change, e) == -1)
		return -1;
	hosts_excluded(rq->en, &excluded);
	made = change_make_plan(rq->en, &d->change, &excluded, &d->plan, e);
	pairs_finish(&excluded);
	if (made == -1)
		change_finish(&d->change);
	return made;
}

void
cmd_change_diff(struct request *rq)
{
	struct diffing *d = xcalloc(1, sizeof(*d));
	struct error e;

	if (diffing_init(d, rq, &e) == -1) {
		request_fail(rq, &e);
		free(d);
		return;
	}
	d->rq = rq;
	d->hosts_left = HOSTS_SHOWN;
	d->versions = json_array();
	running_load(rq->en, &d->change, &d->plan, &d->running);
	uv_idle_init(rq->en->loop, &d->idle);
	d->idle.data = d;
	uv_idle_start(&d->idle, diffing_slice);
}
