/* differences.c - two releases at a time, in slices. */
#include "engine/differences.h"

#include <stdlib.h>
#include <string.h>

#include "engine/release_diff.h"
#include "model/risk.h"

#define FILES_AT_ONCE 1000
#define SLICES_AT_ONCE 4 /* all that there is to most */
#define KEPT_MOST 64

struct compared {
	char *service, *before, *after;
	struct release_comparison *files; /* NULL: it is done */
	struct difference found;
	struct request **waiting;
	size_t count, capacity;
	struct compared *next;
};

struct differences {
	struct engine *en;
	struct compared *list; /* the one that was asked for last is first */
	struct compared *asked; /* that was not done when it was asked for */
	uv_idle_t idle;	    /* while one is not done */
};

static void
compared_free(struct compared *p)
{
	struct release_totals totals;

	if (p->files != NULL)
		release_comparison_finish(p->files, &totals);
	free(p->service);
	free(p->before);
	free(p->after);
	free(p->found.schema_file);
	free(p->found.settings_file);
	free(p->waiting);
	free(p);
}

static void
note_file(const struct file_difference *d, void *arg)
{
	struct difference *found = arg;

	if (risk_is_schema(d->path)) {
		if (found->schema_files++ == 0)
			found->schema_file = xstrdup(d->path);
	} else if (risk_is_settings(d->path)) {
		if (found->settings_files++ == 0)
			found->settings_file = xstrdup(d->path);
	}
}

/* One slice. True: it is done. */
static bool
compared_read(struct compared *p)
{
	struct release_totals totals;

	if (release_comparison_read(
		    p->files, FILES_AT_ONCE, note_file, &p->found))
		return false;
	release_comparison_finish(p->files, &totals);
	p->files = NULL;
	p->found.files = totals.files;
	p->found.differ = totals.added + totals.removed + totals.changed;
	return true;
}

/* What they wait for is there: they ask for it at once. */
static void
wake(struct compared *p)
{
	struct request **waiting = p->waiting;
	size_t count = p->count, i;

	p->waiting = NULL;
	p->count = p->capacity = 0;
	for (i = 0; i < count; i++)
		request_again(waiting[i]);
	free(waiting);
}

static struct compared *
find_unread(const struct differences *ds)
{
	struct compared *p;

	for (p = ds->list; p != NULL; p = p->next)
		if (p->files != NULL)
			break;
	return p;
}

static void
on_idle(uv_idle_t *idle)
{
	struct differences *ds = idle->data;
	struct compared *p = find_unread(ds);

	if (p == NULL)
		uv_idle_stop(idle);
	else if (compared_read(p))
		wake(p);
}

/* Takes it out of the list, to be put first. */
static struct compared *
take_out(struct differences *ds, const char *service, const char *before,
	const char *after)
{
	struct compared **slot, *p;

	for (slot = &ds->list; (p = *slot) != NULL; slot = &p->next)
		if (strcmp(p->service, service) == 0 &&
			strcmp(p->before, before) == 0 &&
			strcmp(p->after, after) == 0)
			break;
	if (p != NULL)
		*slot = p->next;
	return p;
}

/* Those that nobody asked for in a long time. */
static void
forget_old(struct differences *ds)
{
	struct compared **slot = &ds->list, *p;
	size_t count = 0;

	while ((p = *slot) != NULL) {
		if (++count <= KEPT_MOST || p->files != NULL) {
			slot = &p->next;
			continue;
		}
		*slot = p->next;
		if (ds->asked == p)
			ds->asked = NULL;
		compared_free(p);
	}
}

static struct compared *
compared_create(struct engine *en, const char *service, const char *before,
	const char *after)
{
	struct compared *p = xcalloc(1, sizeof(*p));

	p->service = xstrdup(service);
	p->before = xstrdup(before);
	p->after = xstrdup(after);
	p->files = release_comparison_create(en, service, before, after);
	return p;
}

const struct difference *
difference_find(struct engine *en, const char *service, const char *before,
	const char *after)
{
	struct differences *ds = en->differences;
	struct compared *p = take_out(ds, service, before, after);
	int slices = 0;

	if (p == NULL) {
		p = compared_create(en, service, before, after);
		while (slices++ < SLICES_AT_ONCE && !compared_read(p))
			continue;
	}
	p->next = ds->list;
	ds->list = p;
	forget_old(ds);
	if (p->files == NULL)
		return &p->found;
	ds->asked = p;
	uv_idle_start(&ds->idle, on_idle);
	return NULL;
}

bool
differences_wait(struct engine *en, struct request *rq)
{
	struct compared *p = en->differences->asked;

	if (p == NULL || p->files == NULL)
		return false;
	ARRAY_GROW(p->waiting, p->count, p->capacity);
	p->waiting[p->count++] = rq;
	return true;
}

/* ---- life ---- */

struct differences *
differences_create(struct engine *en)
{
	struct differences *ds = xcalloc(1, sizeof(*ds));

	ds->en = en;
	uv_idle_init(en->loop, &ds->idle);
	ds->idle.data = ds;
	return ds;
}

static void
on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void
differences_destroy(struct differences *ds)
{
	struct compared *p;

	if (ds == NULL)
		return;
	while ((p = ds->list) != NULL) {
		ds->list = p->next;
		compared_free(p);
	}
	uv_close((uv_handle_t *)&ds->idle, on_closed);
}
