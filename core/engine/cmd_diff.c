/* cmd_diff.c - what a change would alter on the hosts, file by file. */
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "engine/cmd.h"
#include "wire/json.h"

#define FILES_SHOWN 500

struct file {
	char *path;
	struct release_file f; /* strings not owned but path */
	char *link;
	bool seen;
	UT_hash_handle hh;
};

struct files {
	struct file *by_path;
};

static int
collect(const struct release_file *f, int64_t cursor, void *arg)
{
	struct files *all = arg;
	struct file *file = xcalloc(1, sizeof(*file));

	(void)cursor;
	file->path = xstrdup(f->path);
	file->f = *f;
	file->f.path = NULL;
	file->f.link = NULL;
	file->link = xstrdup_or_null(f->link);
	HASH_ADD_KEYPTR(hh, all->by_path, file->path, strlen(file->path), file);
	return 0;
}

static void
files_finish(struct files *all)
{
	struct file *file, *next;

	HASH_ITER(hh, all->by_path, file, next)
	{
		HASH_DEL(all->by_path, file);
		free(file->path);
		free(file->link);
		free(file);
	}
}

static bool
is_same(const struct file *a, const struct file *b)
{
	if ((a->link == NULL) != (b->link == NULL) ||
		(a->link != NULL && strcmp(a->link, b->link) != 0))
		return false;
	return a->f.mode == b->f.mode && strcmp(a->f.sha256, b->f.sha256) == 0;
}

struct difference {
	int added, removed, changed;
	json_t *list;
};

static void
note(struct difference *d, const char *what, const char *path, int64_t before,
	int64_t after)
{
	if (json_array_size(d->list) < FILES_SHOWN)
		json_array_append_new(d->list,
			json_pack("{s:s, s:o, s:o, s:o}", "change", what,
				"path", json_text(path), "size_before_bytes",
				before < 0 ? json_null() : json_integer(before),
				"size_after_bytes",
				after < 0 ? json_null() : json_integer(after)));
}

static void
compare(struct files *old, struct files *new, struct difference *d)
{
	struct file *a, *b, *next;

	HASH_ITER(hh, new->by_path, b, next)
	{
		HASH_FIND_STR(old->by_path, b->path, a);
		if (a != NULL)
			a->seen = true;
		if (a == NULL) {
			d->added++;
			note(d, "added", b->path, -1, b->f.size_bytes);
		} else if (!is_same(a, b)) {
			d->changed++;
			note(d, "changed", b->path, a->f.size_bytes,
				b->f.size_bytes);
		}
	}
	HASH_ITER(hh, old->by_path, a, next)
	{
		if (a->seen)
			continue;
		d->removed++;
		note(d, "removed", a->path, a->f.size_bytes, -1);
	}
}

/* Against one version that runs now; unknown to the store: only named. */
static json_t *
version_json(struct engine *en, const struct change *c, const char *version,
	int hosts)
{
	struct files old = {0}, new = {0};
	struct difference d = {.list = json_array()};
	struct release r;
	struct error e;
	json_t *o;
	bool known =
		version != NULL &&
		store_release_find(en->store, c->service, version, &r, &e) == 1;

	if (known) {
		release_finish(&r);
		engine_must(store_release_files(en->store, c->service, version,
				    0, collect, &old, &e),
			&e, "read files of a release");
		engine_must(store_release_files(en->store, c->service,
				    c->version, 0, collect, &new, &e),
			&e, "read files of a release");
		compare(&old, &new, &d);
	}
	o = json_pack("{s:o, s:i, s:b, s:i, s:i, s:i, s:o}", "version",
		json_text(version), "hosts", hosts, "known", (int)known,
		"files_added", d.added, "files_removed", d.removed,
		"files_changed", d.changed, "files", d.list);
	files_finish(&old);
	files_finish(&new);
	return o;
}

/* ---- which versions run now ---- */

struct running {
	const struct plan *plan;
	json_t *hosts; /* host: version */
};

static int
note_running(const struct deployment *d, void *arg)
{
	struct running *r = arg;

	json_object_set_new(r->hosts, d->host, json_text(d->version));
	return 0;
}

static json_t *
count_versions(const struct running *r)
{
	json_t *counts = json_object();
	size_t i;

	for (i = 0; i < r->plan->host_count; i++) {
		const char *version = json_get_string(
			r->hosts, r->plan->hosts[i].host.name, "");

		json_object_set_new(counts, version,
			json_integer(json_get_int(counts, version, 0) + 1));
	}
	return counts;
}

void
cmd_change_diff(struct request *rq)
{
	struct engine *en = rq->en;
	struct running r = {.hosts = NULL};
	json_t *versions, *counts, *count;
	struct pairs excluded;
	const char *version;
	struct plan plan;
	struct change c;
	struct error e;
	int made;

	if (arg_change(rq, &c, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	hosts_excluded(en, &excluded);
	made = change_make_plan(en, &c, &excluded, &plan, &e);
	pairs_finish(&excluded);
	if (made == -1) {
		request_fail(rq, &e);
		change_finish(&c);
		return;
	}
	r.plan = &plan;
	r.hosts = json_object();
	engine_must(store_deployment_each(en->store, c.service, c.env, NULL,
			    note_running, &r, &e),
		&e, "read deployments");
	counts = count_versions(&r);
	versions = json_array();
	json_object_foreach(counts, version, count)
	{
		json_array_append_new(versions,
			version_json(en, &c, *version == '\0' ? NULL : version,
				(int)json_integer_value(count)));
	}
	request_done(rq, json_pack("{s:o, s:s, s:o}", "id",
				 json_text(arg_string(rq, "id")), "version",
				 c.version, "running", versions));
	json_decref(counts);
	json_decref(r.hosts);
	plan_finish(&plan);
	change_finish(&c);
}
