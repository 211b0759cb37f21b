/*
 * console_data.c - what the console asks the engine to know: topics, pages
 * of lists, the open rollout and host. Answers that come after the person
 * went elsewhere are dropped.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/console.h"
#include "tui/console_ask.h"
#include "wire/json.h"

#define PAGE_ITEMS 1000
#define LEDGER_SINCE "-7d"
#define LIST_PAGES_MAX 20

/* One question on its way; owns itself until it is answered. */
struct ask {
	struct console *c;
	uint64_t generation;
	enum world_list list;
	char *method;
	char *rollout; /* what it is about, or NULL */
	char *host;
	char *text; /* pieces of a plan so far */
	int page;
};

static void
ask_destroy(void *object)
{
	struct ask *a = object;

	free(a->method);
	free(a->rollout);
	free(a->host);
	free(a->text);
	free(a);
}

static void
ask_free(struct ask *a)
{
	console_drop(a->c, a);
	ask_destroy(a);
}

static struct ask *
ask_new(struct console *c, const char *method, enum world_list list)
{
	struct ask *a = xcalloc(1, sizeof(*a));

	a->c = c;
	a->generation = c->generation;
	a->list = list;
	a->method = xstrdup(method);
	console_keep(c, a, ask_destroy);
	return a;
}

static void
ask_engine(struct console *c, const char *method, json_t *params,
	client_answer answer, void *arg)
{
	c->io->request(c->io_arg, method, params, answer, arg);
}

/* The rollout whose topics are subscribed. */
static const char *
open_rollout(const struct console *c)
{
	const char *name = c->topics[1].name;

	return c->topics[1].wanted ? name + strlen("rollout:") : "";
}

static const char *
open_host(const struct console *c)
{
	return c->world->open_host != NULL ? c->world->open_host : "";
}

/* --- subscriptions --- */

static struct topic *
topic_find(struct console *c, const char *name)
{
	size_t i;

	for (i = 0; i < TOPICS_MAX; i++)
		if (c->topics[i].wanted && strcmp(c->topics[i].name, name) == 0)
			return &c->topics[i];
	return NULL;
}

static void
on_subscribed(const json_t *result, const struct error *error, void *arg)
{
	struct ask *a = arg;
	struct console *c = a->c;
	const json_t *seqs = json_object_get(result, "seq");
	json_t *snapshots = json_object_get(result, "snapshot");
	const char *name;
	json_t *value;

	if (error != NULL) {
		console_say(c, STYLE_NOTICE_ERROR, "%s", error->text);
		goto out;
	}
	if (a->generation != c->generation)
		goto out;
	json_object_foreach((json_t *)(uintptr_t)seqs, name, value)
	{
		struct topic *t = topic_find(c, name);

		if (t == NULL)
			continue;
		t->active = true;
		/* Where there is no snapshot the events will count up. */
		if (json_object_get(snapshots, name) != NULL || t->seq < 0)
			t->seq = json_integer_value(value);
	}
	json_object_foreach(
		snapshots, name, value) if (topic_find(c, name) != NULL)
		world_snapshot(c->world, name, value);
	if (c->world->ready)
		c->link = LINK_STATE_LIVE;
	c->stale = true;
out:
	ask_free(a);
}

static void
subscribe_topics(struct console *c, size_t from, size_t to)
{
	json_t *names = json_array(), *since = json_object();
	size_t i;

	for (i = from; i < to; i++) {
		struct topic *t = &c->topics[i];

		if (!t->wanted)
			continue;
		json_array_append_new(names, json_string(t->name));
		if (t->seq >= 0)
			json_object_set_new(
				since, t->name, json_integer(t->seq));
	}
	if (json_array_size(names) == 0) {
		json_decref(names);
		json_decref(since);
		return;
	}
	ask_engine(c, "subscribe",
		json_pack("{s:o, s:o}", "topics", names, "since_seq", since),
		on_subscribed, ask_new(c, "subscribe", 0));
}

static void
want_topic(struct topic *t, const char *prefix, const char *id)
{
	snprintf(t->name, sizeof(t->name), "%s%s", prefix, id);
	t->seq = -1;
	t->wanted = true;
	t->active = false;
}

/* What waits for this person may be something else now. */
static void
after_world_event(struct console *c, const char *type)
{
	if (strcmp(type, "change") == 0 || strcmp(type, "request") == 0)
		console_load_needs(c);
	if (strcmp(type, "calendar") == 0)
		c->calendar_version++;
}

/* What the rollout of an event of the world was before it; id "": it is about
 * none. */
static void
state_before(struct console *c, const struct topic *t, const json_t *data,
	char id[32], char before[32])
{
	const json_t *o = json_object_get(data, "object");
	const struct world_rollout *r;

	id[0] = before[0] = '\0';
	if (t != &c->topics[0] ||
		strcmp(json_get_string(data, "type", ""), "rollout") != 0)
		return;
	snprintf(id, 32, "%s", json_get_string(o, "id", ""));
	r = (const void *)collection_find(&c->world->lists[WORLD_ROLLOUTS], id);
	if (r != NULL)
		snprintf(before, 32, "%s", r->state);
}

void
console_event(
	struct console *c, const char *topic, int64_t seq, const json_t *data)
{
	struct topic *t = topic_find(c, topic);
	char id[32], before[32];

	if (t == NULL || !t->active || seq <= t->seq)
		return;
	if (seq != t->seq + 1) {
		console_resync(c);
		return;
	}
	t->seq = seq;
	state_before(c, t, data, id, before);
	world_event(c->world, topic, data);
	if (id[0] != '\0')
		notice_rollout(c, id, before);
	if (t == &c->topics[0])
		after_world_event(c, json_get_string(data, "type", ""));
	c->stale = true;
}

/* --- lists, page by page --- */

static void ask_page(struct ask *a, const char *after);

static bool
is_known_need(const struct console *c, const char *id)
{
	char word[40];

	snprintf(word, sizeof(word), " %.30s ", id);
	return c->known_needs != NULL && strstr(c->known_needs, word) != NULL;
}

static void
note_needs(struct console *c)
{
	const struct collection *needs = &c->world->lists[WORLD_NEEDS];
	struct strbuf ids;
	size_t i;

	strbuf_init(&ids);
	for (i = 0; i < needs->count; i++)
		strbuf_addf(&ids, " %s ", needs->items[i]->id);
	str_replace(&c->known_needs, ids.len > 0 ? ids.buf : "");
	strbuf_finish(&ids);
}

/* The queue is here; what came to it since last time rings. */
static void
needs_here(struct console *c, bool is_whole)
{
	const struct collection *needs = &c->world->lists[WORLD_NEEDS];
	size_t i;

	c->needs_asked = false;
	if (c->needs_again) {
		console_load_needs(c);
		return;
	}
	if (!is_whole)
		return;
	for (i = 0; c->needs_known && i < needs->count; i++) {
		const struct world_need *n = (const void *)needs->items[i];

		if (!is_known_need(c, n->record.id))
			notice_add(c, NOTICE_NEEDS_YOU, n->record.id,
				"%s needs you: %s", n->record.id, n->needs);
	}
	note_needs(c);
	c->needs_known = true;
	console_invalidate(c);
}

static void
on_page(const json_t *result, const struct error *error, void *arg)
{
	struct ask *a = arg;
	struct console *c = a->c;
	const char *next = json_get_string(result, "next", NULL);
	char number[32];

	if (a->generation != c->generation ||
		(a->rollout != NULL &&
			strcmp(a->rollout, open_rollout(c)) != 0) ||
		(a->host != NULL && strcmp(a->host, open_host(c)) != 0))
		goto out;
	if (error != NULL) {
		console_say(c, STYLE_NOTICE_ERROR, "%s: %s", a->method,
			error->text);
		goto out;
	}
	if (a->list == WORLD_NEEDS && a->page == 0)
		collection_clear(&c->world->lists[WORLD_NEEDS]);
	world_put_items(c->world, a->list, result);
	if (next == NULL && json_is_integer(json_object_get(result, "next"))) {
		snprintf(number, sizeof(number), "%lld",
			(long long)json_get_int(result, "next", 0));
		next = number;
	}
	/* What is seen first, and all: a grid is laid out for all its hosts. */
	if (next == NULL || (a->page == 0 && a->list != WORLD_ROLLOUT_HOSTS))
		c->stale = true;
	if (next != NULL && ++a->page < LIST_PAGES_MAX) {
		ask_page(a, next);
		return;
	}
	c->stale = true;
out:
	if (a->list == WORLD_NEEDS)
		needs_here(c, error == NULL && a->generation == c->generation);
	ask_free(a);
}

static void
ask_page(struct ask *a, const char *after)
{
	json_t *params = json_pack("{s:i}", "limit", PAGE_ITEMS);

	if (a->rollout != NULL)
		json_object_set_new(params, "id", json_string(a->rollout));
	if (a->host != NULL)
		json_object_set_new(params, "host", json_string(a->host));
	if (a->list == WORLD_LEDGER)
		json_object_set_new(params, "since", json_string(LEDGER_SINCE));
	if (after != NULL)
		json_object_set_new(params, "after", json_string(after));
	ask_engine(a->c, a->method, params, on_page, a);
}

void
console_load(struct console *c, enum world_list list)
{
	static const char *const methods[WORLD_LIST_COUNT] = {
		[WORLD_ROLLOUTS] = "rollout.ls",
		[WORLD_CHANGES] = "change.ls",
		[WORLD_RELEASES] = "release.ls",
		[WORLD_HOSTS] = "host.ls",
		[WORLD_LEDGER] = "audit.ls",
		[WORLD_REQUESTS] = "request.ls",
		[WORLD_NEEDS] = "queue.ls",
	};

	if (c->link != LINK_STATE_LOST && methods[list] != NULL)
		ask_page(ask_new(c, methods[list], list), NULL);
}

void
console_load_needs(struct console *c)
{
	c->needs_again = c->needs_asked;
	if (c->needs_asked || c->link == LINK_STATE_LOST)
		return;
	c->needs_asked = true;
	console_load(c, WORLD_NEEDS);
}

/* --- the open rollout --- */

static void
ask_rollout_hosts(struct console *c, const char *id)
{
	struct ask *a = ask_new(c, "rollout.hosts", WORLD_ROLLOUT_HOSTS);

	a->rollout = xstrdup(id);
	ask_page(a, NULL);
}

void
console_subscribe(struct console *c)
{
	if (!c->topics[0].wanted)
		want_topic(&c->topics[0], "world", "");
	subscribe_topics(c, 0, TOPICS_MAX);
	if (c->topics[1].wanted)
		ask_rollout_hosts(c, open_rollout(c));
}

void
console_resync(struct console *c)
{
	size_t i;

	for (i = 0; i < TOPICS_MAX; i++) {
		c->topics[i].seq = -1;
		c->topics[i].active = false;
	}
	c->generation++;
	c->needs_asked = false;
	console_docs_stale(c);
	console_subscribe(c);
	console_load_needs(c);
}

static void
on_ignored(const json_t *result, const struct error *error, void *arg)
{
	(void)result;
	(void)error;
	(void)arg;
}

static void
close_topics(struct console *c)
{
	json_t *names;

	if (!c->topics[1].wanted)
		return;
	names = json_pack("[s, s]", c->topics[1].name, c->topics[2].name);
	if (c->link != LINK_STATE_LOST)
		ask_engine(c, "unsubscribe",
			json_pack("{s:o}", "topics", names), on_ignored, NULL);
	else
		json_decref(names);
	c->topics[1].wanted = c->topics[2].wanted = false;
	world_close_rollout(c->world);
}

void
console_open_rollout(struct console *c, const char *id)
{
	char own[64];

	snprintf(own, sizeof(own), "%s", id);
	if (strcmp(open_rollout(c), own) == 0)
		return;
	close_topics(c);
	want_topic(&c->topics[1], "rollout:", own);
	want_topic(&c->topics[2], "log:", own);
	subscribe_topics(c, 1, TOPICS_MAX);
	ask_rollout_hosts(c, own);
}

static void
on_host_log(const json_t *result, const struct error *error, void *arg)
{
	struct ask *a = arg;
	struct console *c = a->c;

	if (error == NULL && a->generation == c->generation &&
		strcmp(a->host, open_host(c)) == 0)
		world_put_host_log(c->world, json_object_get(result, "items"));
	c->stale = true;
	ask_free(a);
}

void
console_open_host(struct console *c, const char *id, const char *host)
{
	struct ask *a = ask_new(c, "rollout.steps", WORLD_STEPS);

	if (strcmp(open_host(c), host) != 0)
		world_open_host(c->world, host);
	a->rollout = xstrdup(id);
	a->host = xstrdup(host);
	ask_page(a, NULL);
	a = ask_new(c, "rollout.log", WORLD_STEPS);
	a->rollout = xstrdup(id);
	a->host = xstrdup(host);
	ask_engine(c, "rollout.log",
		json_pack("{s:s, s:s, s:b, s:i}", "id", id, "host", host,
			"tail", 1, "limit", PAGE_ITEMS),
		on_host_log, a);
}

/* --- the plan of a change --- */

static void ask_plan(struct ask *a, int64_t offset);

/* A piece of the plan; asks for the next until it is whole. */
static void
on_plan(const json_t *result, const struct error *error, void *arg)
{
	struct ask *a = arg;
	struct console *c = a->c;
	const char *text = json_get_string(result, "text", "");
	int64_t next = json_get_int(result, "next", 0);
	char *whole;

	if (error != NULL || a->generation != c->generation) {
		ask_free(a);
		return;
	}
	whole = xasprintf("%s%s", a->text != NULL ? a->text : "", text);
	free(a->text);
	a->text = whole;
	if (next > 0 && ++a->page < LIST_PAGES_MAX) {
		ask_plan(a, next);
		return;
	}
	str_replace(&c->world->plan, a->text);
	str_replace(&c->world->plan_of, a->rollout);
	c->world->version++;
	if (c->sheet.is_open)
		ask_plan_arrived(c, &c->sheet);
	c->stale = true;
	ask_free(a);
}

static void
ask_plan(struct ask *a, int64_t offset)
{
	ask_engine(a->c, "change.plan",
		json_pack("{s:s, s:I}", "id", a->rollout, "offset",
			(json_int_t)offset),
		on_plan, a);
}

void
console_load_plan(struct console *c, const char *change)
{
	struct ask *a = ask_new(c, "change.plan", WORLD_CHANGES);

	a->rollout = xstrdup(change);
	ask_plan(a, 0);
}
