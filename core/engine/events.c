/* events.c - what changed, as events to those who listen. */
#include "engine/events.h"

#include <stdlib.h>
#include <string.h>

#include "engine/calendar_rows.h"
#include "engine/objects.h"
#include "engine/runner.h"
#include "engine/schedule.h"
#include "engine/subscribe.h"
#include "wire/json.h"

#define PERIOD_MS 100
#define HOSTS_AN_EVENT 500
#define LINES_KEPT 1000
#define LINES_WAITING 400

/* What is to be told of one rollout. */
struct news {
	struct rollout_id id;
	bool rollout; /* itself */
	int *hosts;   /* indexes that changed; doubles are harmless */
	size_t host_count, host_capacity;
	json_t *lines; /* printed and not yet told */
	size_t skipped;
	json_t *log; /* the last LINES_KEPT */
	int64_t told_ms;
	struct news *next;
};

struct events {
	uv_timer_t timer;
	bool is_armed;
	struct news *news;
	json_t *world; /* events of other objects, in order */
	bool engine;
};

static void
on_timer(uv_timer_t *timer)
{
	struct engine *en = timer->data;

	en->events->is_armed = false;
	engine_wake(en);
}

struct events *
events_create(struct engine *en)
{
	struct events *ev = xcalloc(1, sizeof(*ev));

	uv_timer_init(en->loop, &ev->timer);
	ev->timer.data = en;
	ev->world = json_array();
	return ev;
}

static void
news_destroy(struct news *n)
{
	free(n->hosts);
	json_decref(n->lines);
	json_decref(n->log);
	free(n);
}

void
events_destroy(struct events *ev)
{
	if (ev == NULL)
		return;
	while (ev->news != NULL) {
		struct news *n = ev->news;

		ev->news = n->next;
		news_destroy(n);
	}
	json_decref(ev->world);
	uv_close((uv_handle_t *)&ev->timer, NULL);
	uv_run(ev->timer.loop, UV_RUN_NOWAIT);
	free(ev);
}

static struct news *
news_of(struct engine *en, struct rollout_id id)
{
	struct news *n;

	for (n = en->events->news; n != NULL; n = n->next)
		if (n->id.number == id.number)
			return n;
	n = xcalloc(1, sizeof(*n));
	n->id = id;
	n->lines = json_array();
	n->log = json_array();
	n->next = en->events->news;
	en->events->news = n;
	return n;
}

void
events_rollout(struct engine *en, const struct rollout *r,
	const struct rollout_host *h)
{
	struct news *n = news_of(en, r->id);

	n->rollout = true;
	if (h != NULL && (n->host_count == 0 ||
				 n->hosts[n->host_count - 1] != h->index)) {
		ARRAY_GROW(n->hosts, n->host_count, n->host_capacity);
		n->hosts[n->host_count++] = h->index;
	}
	engine_wake(en);
}

static void
world_add(struct engine *en, const char *type, json_t *object)
{
	json_array_append_new(en->events->world,
		json_pack("{s:s, s:o}", "type", type, "object", object));
	engine_wake(en);
}

void
events_change(struct engine *en, const struct change *c)
{
	schedule_note_change(en, c);
	world_add(en, "change", change_json(en, c));
}

void
events_release(struct engine *en, const struct release *r)
{
	world_add(en, "release", release_json(en, r));
}

void
events_host(struct engine *en, const struct host *h)
{
	world_add(en, "host", host_json(en, h));
}

void
events_request(struct engine *en, json_t *o)
{
	world_add(en, "request", o);
}

void
events_calendar(struct engine *en)
{
	json_t *lines = json_array();
	const struct line_stop *l;
	size_t i;

	for (i = 0; (l = schedule_line_at(en, i)) != NULL; i++)
		json_array_append_new(lines, line_json(l->env, l));
	world_add(en, "calendar", json_pack("{s:o}", "lines", lines));
}

void
events_engine(struct engine *en)
{
	en->events->engine = true;
	engine_wake(en);
}

static void
add_line(struct news *n, json_t *line)
{
	json_array_append(n->log, line);
	if (json_array_size(n->log) > LINES_KEPT)
		json_array_remove(n->log, 0);
	json_array_append(n->lines, line);
	if (json_array_size(n->lines) > LINES_WAITING) {
		json_array_remove(n->lines, 0);
		n->skipped++;
	}
	json_decref(line);
}

void
events_printed(struct engine *en, struct rollout_id id, const char *host,
	const char *step, int attempt, const char *text, size_t len)
{
	struct news *n = news_of(en, id);
	const char *end = text + len;
	int64_t now = engine_now(en);

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t part = (size_t)((newline ? newline : end) - text);

		add_line(n, json_pack("{s:o, s:s, s:s, s:i, s:s%}", "at",
				    json_time(now), "host", host, "step", step,
				    "attempt", attempt, "text", text, part));
		text += part + 1;
	}
	engine_wake(en);
}

json_t *
events_log_tail(struct engine *en, struct rollout_id id, size_t most)
{
	const struct news *n;
	size_t size, i;
	json_t *tail;

	for (n = en->events->news; n != NULL; n = n->next)
		if (n->id.number == id.number)
			break;
	if (n == NULL || json_array_size(n->log) == 0)
		return NULL;
	tail = json_array();
	size = json_array_size(n->log);
	for (i = size > most ? size - most : 0; i < size; i++)
		json_array_append(tail, json_array_get(n->log, i));
	return tail;
}

/* ---- telling ---- */

static int
compare_int(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

/* Hosts of one rollout on their way into events. */
struct telling {
	struct engine *en;
	struct news *news;
	const char *topic;
	json_t *list; /* or NULL */
};

static void
tell_list(struct telling *t)
{
	if (t->list != NULL)
		engine_publish(
			t->en, t->topic, json_pack("{s:o}", "hosts", t->list));
	t->list = NULL;
}

static void
tell_host(struct telling *t, const struct rollout_host *h)
{
	if (t->list == NULL)
		t->list = json_array();
	json_array_append_new(t->list, rollout_host_json(h));
	if (json_array_size(t->list) >= HOSTS_AN_EVENT)
		tell_list(t);
}

static int
tell_stored(const struct rollout_host *h, void *arg)
{
	struct telling *t = arg;

	if (bsearch(&h->index, t->news->hosts, t->news->host_count,
		    sizeof(*t->news->hosts), compare_int) != NULL)
		tell_host(t, h);
	return 0;
}

/* The runner forgets a rollout in the turn it ends: its last news are in the
 * store then. */
static void
tell_hosts(struct engine *en, struct news *n, const char *topic)
{
	struct telling t = {en, n, topic, NULL};
	bool is_known = runner_find(en->runner, n->id) != NULL;
	struct error e;
	size_t i;

	if (n->host_count == 0)
		return;
	qsort(n->hosts, n->host_count, sizeof(*n->hosts), compare_int);
	for (i = 0; is_known && i < n->host_count; i++) {
		const struct rollout_host *h =
			runner_host(en->runner, n->id, n->hosts[i]);

		if (h != NULL && (i == 0 || n->hosts[i] != n->hosts[i - 1]))
			tell_host(&t, h);
	}
	if (!is_known)
		engine_must(store_rollout_host_each(en->store, n->id, -1,
				    tell_stored, &t, &e),
			&e, "read hosts of a rollout");
	tell_list(&t);
}

static void
tell_lines(struct engine *en, struct news *n, const char *topic)
{
	if (json_array_size(n->lines) == 0)
		return;
	if (engine_has_listener(en, topic))
		engine_publish(en, topic,
			json_pack("{s:O, s:i}", "lines", n->lines, "skipped",
				(int)n->skipped));
	json_decref(n->lines);
	n->lines = json_array();
	n->skipped = 0;
}

static void
tell_rollout(struct engine *en, struct news *n)
{
	char id[ID_TEXT_SIZE], topic[ID_TEXT_SIZE + 16];
	struct error e;
	json_t *o;

	rollout_id_format(n->id, id);
	if (n->rollout) {
		o = objects_rollout(en, n->id, &e);
		snprintf(topic, sizeof(topic), "rollout:%s", id);
		if (o != NULL) {
			if (engine_has_listener(en, topic)) {
				tell_hosts(en, n, topic);
				engine_publish(en, topic,
					json_pack("{s:O}", "rollout", o));
			}
			engine_publish(en, "world",
				json_pack("{s:s, s:o}", "type", "rollout",
					"object", o));
		}
	}
	snprintf(topic, sizeof(topic), "log:%s", id);
	tell_lines(en, n, topic);
	n->rollout = false;
	n->host_count = 0;
}

static bool
has_news(const struct news *n)
{
	return n->rollout || json_array_size(n->lines) > 0;
}

/* A log that is not growing any more is read from the store again. */
static void
drop_quiet(struct engine *en)
{
	struct news **slot = &en->events->news;

	while (*slot != NULL) {
		struct news *n = *slot;

		if (has_news(n) || runner_find(en->runner, n->id) != NULL) {
			slot = &n->next;
			continue;
		}
		*slot = n->next;
		news_destroy(n);
	}
}

void
events_flush(struct engine *en)
{
	struct events *ev = en->events;
	int64_t now = clock_mono_ms(en->clock);
	bool later = false;
	struct news *n;
	size_t i;

	for (i = 0; i < json_array_size(ev->world); i++)
		engine_publish(
			en, "world", json_incref(json_array_get(ev->world, i)));
	json_array_clear(ev->world);
	if (ev->engine) {
		ev->engine = false;
		engine_publish(en, "world",
			json_pack("{s:s, s:o}", "type", "engine", "object",
				engine_status_json(en)));
	}
	for (n = ev->news; n != NULL; n = n->next) {
		if (!has_news(n))
			continue;
		if (now - n->told_ms < PERIOD_MS) {
			later = true;
			continue;
		}
		tell_rollout(en, n);
		n->told_ms = now;
	}
	drop_quiet(en);
	if (later && !ev->is_armed) {
		ev->is_armed = true;
		uv_timer_start(&ev->timer, on_timer, PERIOD_MS, 0);
	}
}
