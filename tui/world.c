/* world.c - the console's copy of what the engine knows. */
#include "tui/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "wire/json.h"

struct world *
world_create(void)
{
	struct world *w = xcalloc(1, sizeof(*w));
	size_t i;

	for (i = 0; i < WORLD_LIST_COUNT; i++)
		collection_init(&w->lists[i], &world_types[i]);
	return w;
}

static void
line_finish(struct log_line *l)
{
	free(l->host);
	free(l->step);
	free(l->text);
	memset(l, 0, sizeof(*l));
}

static void
ring_clear(struct log_ring *ring)
{
	size_t i;

	for (i = 0; i < WORLD_LOG_MAX; i++)
		line_finish(&ring->lines[i]);
	ring->first = ring->count = 0;
	ring->last_seq = 0;
	ring->skipped = 0;
	ring->version++;
	ring->cleared++;
}

const struct log_line *
log_ring_at(const struct log_ring *ring, size_t i)
{
	return &ring->lines[(ring->first + i) % WORLD_LOG_MAX];
}

static void
ring_put(struct log_ring *ring, const json_t *o)
{
	int64_t seq = json_get_int(o, "seq", ring->last_seq + 1);
	struct log_line *l;

	if (seq <= ring->last_seq || !json_is_object(o))
		return;
	if (ring->count == WORLD_LOG_MAX) {
		ring->first = (ring->first + 1) % WORLD_LOG_MAX;
		ring->count--;
	}
	l = &ring->lines[(ring->first + ring->count) % WORLD_LOG_MAX];
	line_finish(l);
	l->seq = ring->last_seq = seq;
	l->at = record_time(o, "at");
	l->attempt = json_get_int(o, "attempt", 0);
	l->host = record_text(o, "host");
	l->step = record_text(o, "step");
	l->text = record_text(o, "text");
	ring->count++;
	ring->version++;
}

void
world_put_lines(struct world *w, struct log_ring *ring, const json_t *lines)
{
	const json_t *o;
	size_t i;

	json_array_foreach(lines, i, o) ring_put(ring, o);
	w->version++;
}

void
world_put_items(struct world *w, enum world_list list, const json_t *answer)
{
	collection_put_all(&w->lists[list], json_object_get(answer, "items"));
	w->version++;
}

void
world_snapshot(struct world *w, const char *topic, const json_t *data)
{
	json_t *engine = json_object_get(data, "engine");

	w->version++;
	if (strcmp(topic, "world") != 0) {
		if (strncmp(topic, "log:", 4) == 0)
			ring_clear(&w->log);
		world_event(w, topic, data);
		return;
	}
	w->ready = true;
	collection_clear(&w->lists[WORLD_ROLLOUTS]);
	collection_clear(&w->lists[WORLD_CHANGES]);
	collection_put_all(
		&w->lists[WORLD_ROLLOUTS], json_object_get(data, "rollouts"));
	collection_put_all(
		&w->lists[WORLD_CHANGES], json_object_get(data, "changes"));
	if (engine != NULL) {
		json_decref(w->engine);
		w->engine = json_incref(engine);
	}
}

static void
world_object(struct world *w, const char *type, json_t *o)
{
	size_t i;

	if (strcmp(type, "engine") == 0 && json_is_object(o)) {
		json_decref(w->engine);
		w->engine = json_incref(o);
		return;
	}
	for (i = 0; i < WORLD_LIST_COUNT; i++)
		if (strcmp(world_types[i].noun, type) == 0) {
			collection_put(&w->lists[i], o);
			return;
		}
}

/* The lines of the open host also go to its own log. */
static void
put_lines_of(struct world *w, const json_t *lines)
{
	const json_t *o;
	size_t i;

	json_array_foreach(lines, i,
		o) if (w->open_host != NULL &&
		       strcmp(json_get_string(o, "host", ""), w->open_host) ==
			       0) ring_put(&w->host_log, o);
}

void
world_event(struct world *w, const char *topic, const json_t *data)
{
	w->version++;
	if (strcmp(topic, "world") == 0) {
		world_object(w, json_get_string(data, "type", ""),
			json_object_get(data, "object"));
	} else if (strncmp(topic, "rollout:", 8) == 0) {
		json_t *rollout = json_object_get(data, "rollout");

		if (rollout != NULL)
			collection_put(&w->lists[WORLD_ROLLOUTS], rollout);
		collection_put_all(&w->lists[WORLD_ROLLOUT_HOSTS],
			json_object_get(data, "hosts"));
	} else if (strncmp(topic, "log:", 4) == 0) {
		const json_t *lines = json_object_get(data, "lines");

		world_put_lines(w, &w->log, lines);
		put_lines_of(w, lines);
		w->log.skipped += json_get_int(data, "skipped", 0);
	}
}

void
world_open_host(struct world *w, const char *host)
{
	collection_clear(&w->lists[WORLD_STEPS]);
	ring_clear(&w->host_log);
	str_replace(&w->open_host, host);
	w->version++;
}

void
world_put_host_log(struct world *w, const json_t *lines)
{
	ring_clear(&w->host_log);
	world_put_lines(w, &w->host_log, lines);
}

void
world_close_rollout(struct world *w)
{
	world_open_host(w, NULL);
	collection_clear(&w->lists[WORLD_ROLLOUT_HOSTS]);
	ring_clear(&w->log);
}

void
world_clear(struct world *w)
{
	size_t i;

	world_close_rollout(w);
	for (i = 0; i < WORLD_LIST_COUNT; i++)
		collection_clear(&w->lists[i]);
	w->ready = false;
}

void
world_destroy(struct world *w)
{
	size_t i;

	if (w == NULL)
		return;
	world_clear(w);
	for (i = 0; i < WORLD_LIST_COUNT; i++)
		collection_finish(&w->lists[i]);
	json_decref(w->engine);
	free(w->plan);
	free(w->plan_of);
	free(w->open_host);
	free(w);
}

struct world_rollout *
world_rollout(const struct world *w, const char *id)
{
	return (struct world_rollout *)collection_find(
		&w->lists[WORLD_ROLLOUTS], id);
}

struct world_change *
world_change(const struct world *w, const char *id)
{
	return (struct world_change *)collection_find(
		&w->lists[WORLD_CHANGES], id);
}

struct world_request *
world_request(const struct world *w, const char *id)
{
	return (struct world_request *)collection_find(
		&w->lists[WORLD_REQUESTS], id);
}

const char *
world_needs(const struct world *w, const char *id)
{
	const struct world_need *n = (const void *)collection_find(
		&w->lists[WORLD_NEEDS], id);

	return n == NULL ? "" : n->needs;
}

struct rollout_host *
world_rollout_host(const struct world *w, const char *host)
{
	return (struct rollout_host *)collection_find(
		&w->lists[WORLD_ROLLOUT_HOSTS], host);
}

bool
rollout_is_live(const struct world_rollout *r)
{
	static const char *const live[] = {
		"pending", "staging", "running", "paused", "waiting"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(live); i++)
		if (strcmp(r->state, live[i]) == 0)
			return true;
	return false;
}

/* An engine that does not count them counts them as unreachable. */
static int64_t
unknown_of(const struct world_rollout *r)
{
	return r->hosts_unknown > 0 ? r->hosts_unknown : 0;
}

void
rollout_lost_text(const struct world_rollout *r, char *out, size_t size)
{
	long long lost = (long long)(r->hosts_unreachable - unknown_of(r));

	if (unknown_of(r) == 0)
		snprintf(out, size, "%lld unreachable", lost);
	else if (lost == 0)
		snprintf(out, size, "%lld unknown", (long long)unknown_of(r));
	else
		snprintf(out, size, "%lld unreachable, %lld unknown", lost,
			(long long)unknown_of(r));
}
