/* ways.c - in which ways an artefact may travel to a host. */
#include "engine/ways.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/log.h"
#include "store/artefact_delta.h"
#include "wire/json.h"

/* Below this a second request to the host costs more than it spares. */
#define LEAST_BYTES (64 * 1024)
#define PATCH_LEAST_BYTES (1024 * 1024)

enum ware_state { WARE_MAKING, WARE_READY, WARE_NONE, WARE_STATE_COUNT };

struct ware { /* what may be sent; kept until the engine ends */
	struct ways *all; /* NULL: it ended while this was being made */
	char *key;
	enum ware_state state;
	uv_work_t work;
	char *dir;
	enum delta_kind kind;
	char *from, *to;
	struct strings shared;
	struct delta delta;
	int result;
	struct error error;
	UT_hash_handle hh;
};

struct ways {
	uv_loop_t *loop;
	char *dir;
	void (*made)(void *arg);
	void *arg;
	struct ware *wares;
};

static void
ware_destroy(struct ware *w)
{
	delta_finish(&w->delta);
	strings_finish(&w->shared);
	free(w->key);
	free(w->dir);
	free(w->from);
	free(w->to);
	free(w);
}

static void
on_work(uv_work_t *work)
{
	struct ware *w = work->data;

	w->result = delta_get(w->dir, w->kind, w->from, w->to, &w->shared,
		&w->delta, &w->error);
}

static void
on_made(uv_work_t *work, int status)
{
	struct ware *w = work->data;

	if (w->all == NULL) {
		ware_destroy(w);
		return;
	}
	if (status == 0 && w->result == -1)
		log_warn("cannot make less than the whole of %.12s: %s", w->to,
			w->error.text);
	w->state = status == 0 && w->result == 1 ? WARE_READY : WARE_NONE;
	w->all->made(w->all->arg);
}

static void
copy_shared(struct strings *to, const json_t *list)
{
	size_t i;
	json_t *value;

	json_array_foreach (list, i, value)
		strings_add(to, json_string_value(value));
}

/* The ware of this kind for the stage; it is begun if it is new. */
static struct ware *
ware_get(struct ways *all, enum delta_kind kind, const char *from,
	const char *to, const json_t *shared)
{
	char *text = json_dumps(shared, JSON_COMPACT);
	char *key = xasprintf("%d %s %s %s", (int)kind,
		from == NULL ? "" : from, to, text == NULL ? "" : text);
	struct ware *w;

	free(text);
	HASH_FIND_STR(all->wares, key, w);
	if (w != NULL) {
		free(key);
		return w;
	}
	w = xcalloc(1, sizeof(*w));
	w->all = all;
	w->key = key;
	w->dir = xstrdup(all->dir);
	w->kind = kind;
	w->from = xstrdup_or_null(from);
	w->to = xstrdup(to);
	copy_shared(&w->shared, shared);
	w->work.data = w;
	HASH_ADD_KEYPTR(hh, all->wares, w->key, strlen(w->key), w);
	if (uv_queue_work(all->loop, &w->work, on_work, on_made) != 0)
		w->state = WARE_NONE;
	return w;
}

struct ways *
ways_create(
	uv_loop_t *loop, const char *dir, void (*made)(void *arg), void *arg)
{
	struct ways *w = xcalloc(1, sizeof(*w));

	w->loop = loop;
	w->dir = xstrdup(dir);
	w->made = made;
	w->arg = arg;
	return w;
}

void
ways_destroy(struct ways *all)
{
	struct ware *w, *next;

	if (all == NULL)
		return;
	HASH_ITER(hh, all->wares, w, next)
	{
		HASH_DEL(all->wares, w);
		if (w->state != WARE_MAKING)
			ware_destroy(w);
		else
			w->all = NULL;
	}
	free(all->dir);
	free(all);
}

/* ---- which of them ---- */

static bool
is_tar(const char *format)
{
	return strncmp(format, "tar", 3) == 0;
}

/* Packing for a link inside of this machine only costs time. */
static bool
is_far(const json_t *host)
{
	const char *transport = json_get_string(host, "transport", "");
	const char *address = json_get_string(host, "address", "");

	return strcmp(transport, "local") != 0 &&
		strncmp(address, "127.", 4) != 0 &&
		strcmp(address, "::1") != 0 &&
		strcmp(address, "localhost") != 0;
}

/* The kind of difference that host and payload allow. */
static bool
can_differ(const json_t *base, const json_t *payload, enum delta_kind *ret)
{
	const char *from = json_get_string(base, "format", "");
	const char *to = json_get_string(payload, "format", "");

	if (base == NULL)
		return false;
	*ret = is_tar(to) ? DELTA_FILES : DELTA_PATCH;
	if (is_tar(from) != is_tar(to))
		return false;
	return *ret == DELTA_FILES ||
		(json_get_bool(base, "zstd", false) &&
			json_get_int(payload, "bytes", 0) > PATCH_LEAST_BYTES);
}

static bool
can_pack(const json_t *host, const json_t *payload)
{
	const char *format = json_get_string(payload, "format", "");

	return is_far(host) && strcmp(format, "tar.gz") != 0;
}

static json_t *
way_json(const struct ware *w, const json_t *base)
{
	json_t *way = json_pack("{s:s, s:o, s:I, s:s}", "kind",
		delta_kind_name(w->kind), "path", json_text(w->delta.path),
		"bytes", (json_int_t)w->delta.size_bytes, "sha256",
		w->delta.sha256);

	if (w->kind != DELTA_GZIP)
		json_object_set(way, "base", json_object_get(base, "release"));
	return way;
}

/* The best there is; NULL: the whole. False: not known yet. */
static bool
choose(struct ways *all, const json_t *message, const struct ware **ret)
{
	const json_t *args = json_object_get(message, "args");
	const json_t *base = json_object_get(args, "base");
	const json_t *payload = json_object_get(args, "payload");
	const json_t *shared = json_object_get(args, "shared");
	const char *to = json_get_string(payload, "sha256", "");
	enum delta_kind kind;
	const struct ware *w;

	*ret = NULL;
	if (json_get_int(payload, "bytes", 0) < LEAST_BYTES)
		return true;
	if (can_differ(base, payload, &kind)) {
		w = ware_get(all, kind, json_get_string(base, "sha256", ""),
			to, shared);
		*ret = w->state == WARE_READY ? w : NULL;
		if (w->state != WARE_NONE)
			return w->state == WARE_READY;
	}
	if (!can_pack(json_object_get(message, "host"), payload))
		return true;
	w = ware_get(all, DELTA_GZIP, NULL, to, NULL);
	*ret = w->state == WARE_READY ? w : NULL;
	return w->state != WARE_MAKING;
}

bool
ways_add(struct ways *all, json_t *message)
{
	json_t *args = json_object_get(message, "args");
	const json_t *host = json_object_get(message, "host");
	const struct ware *w = NULL;

	if (strcmp(json_get_string(host, "transport", ""), "fake") != 0 &&
		!choose(all, message, &w))
		return false;
	if (w != NULL)
		json_object_set_new(args, "ways",
			json_pack("[o]",
				way_json(w, json_object_get(args, "base"))));
	json_object_del(args, "base");
	return true;
}
