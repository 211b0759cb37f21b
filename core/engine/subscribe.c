/* subscribe.c - topics, who listens, and what they missed. */
#include "engine/subscribe.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "engine/clients.h"
#include "engine/objects.h"
#include "wire/json.h"

#define KEPT 256 /* events that one who comes back can still have */

struct topic {
	char *name;
	int64_t seq; /* of the newest event */
	json_t *kept[KEPT];
	struct client **listeners;
	size_t listener_count, listener_capacity;
	UT_hash_handle hh;
};

struct topics {
	struct topic *by_name;
};

struct topics *
topics_create(void)
{
	return xcalloc(1, sizeof(struct topics));
}

static void
topic_destroy(struct topics *all, struct topic *t)
{
	size_t i;

	HASH_DEL(all->by_name, t);
	for (i = 0; i < KEPT; i++)
		json_decref(t->kept[i]);
	free(t->listeners);
	free(t->name);
	free(t);
}

void
topics_destroy(struct topics *all)
{
	while (all->by_name != NULL)
		topic_destroy(all, all->by_name);
	free(all);
}

static struct topic *
topic_find(struct topics *all, const char *name)
{
	struct topic *t;

	HASH_FIND_STR(all->by_name, name, t);
	return t;
}

static struct topic *
topic_get(struct topics *all, const char *name)
{
	struct topic *t = topic_find(all, name);

	if (t == NULL) {
		t = xcalloc(1, sizeof(*t));
		t->name = xstrdup(name);
		HASH_ADD_KEYPTR(hh, all->by_name, t->name, strlen(t->name), t);
	}
	return t;
}

bool
engine_has_listener(struct engine *en, const char *topic)
{
	const struct topic *t = topic_find(en->topics, topic);

	return t != NULL;
}

void
engine_publish(struct engine *en, const char *topic, json_t *data)
{
	struct topic *t = topic_get(en->topics, topic);
	json_t *event, **slot;
	size_t i;

	t->seq++;
	event = json_pack("{s:s, s:s, s:{s:s, s:I, s:o}}", "jsonrpc", "2.0",
		"method", "event", "params", "topic", topic, "seq",
		(json_int_t)t->seq, "data", data);
	for (i = 0; i < t->listener_count; i++)
		client_send(t->listeners[i], event);
	slot = &t->kept[t->seq % KEPT];
	json_decref(*slot);
	*slot = event;
}

static void
topic_leave(struct topic *t, const struct client *c)
{
	size_t i;

	for (i = 0; i < t->listener_count; i++)
		if (t->listeners[i] == c)
			t->listeners[i--] = t->listeners[--t->listener_count];
}

/* A topic of one rollout that nobody reads is dropped: who comes back gets a
 * snapshot. `world` is kept. */
void
subscribe_forget(struct engine *en, struct client *c)
{
	struct topic *t, *next;

	HASH_ITER(hh, en->topics->by_name, t, next)
	{
		topic_leave(t, c);
	}
}

/* Drops topics of rollouts that nobody has listened to. */
void
topics_housekeeping(struct engine *en)
{
	struct topic *t, *next;

	HASH_ITER(hh, en->topics->by_name, t, next)
	{
		if (t->listener_count == 0 && strcmp(t->name, "world") != 0)
			topic_destroy(en->topics, t);
	}
}

/* ---- snapshots ---- */

static json_t *
snapshot_world(struct engine *en)
{
	json_t *rollouts = objects_newest_rollouts(en, 200);
	json_t *changes = objects_newest_changes(en, 200);

	return json_pack("{s:o, s:o, s:o}", "engine", engine_status_json(en),
		"rollouts", rollouts, "changes", changes);
}

/* NULL and *e: the topic names nothing, or may not be read. */
static json_t *
snapshot(struct request *rq, const char *topic, struct error *e)
{
	struct rollout_id id;
	const char *colon = strchr(topic, ':');

	if (strcmp(topic, "world") == 0)
		return snapshot_world(rq->en);
	if (colon != NULL && rollout_id_parse(colon + 1, &id)) {
		if (strncmp(topic, "rollout:", 8) == 0) {
			json_t *r = objects_rollout(rq->en, id, e);

			return r == NULL ? NULL
					 : json_pack("{s:o}", "rollout", r);
		}
		if (strncmp(topic, "log:", 4) == 0) {
			if (!(rq->who.may & (1u << PERMISSION_LOGS))) {
				error_set(e, ERROR_DENIED,
					"'%s' may not read logs",
					rq->who.person);
				return NULL;
			}
			return objects_log_tail(rq->en, id, 200, e);
		}
	}
	error_set(e, ERROR_USAGE,
		"no topic '%.60s', expected world, rollout:R-n or log:R-n",
		topic);
	return NULL;
}

static int64_t
since_of(const struct request *rq, const char *topic)
{
	const json_t *since = json_object_get(rq->args, "since_seq");

	if (json_is_integer(since))
		return json_integer_value(since);
	return json_get_int(since, topic, -1);
}

static bool
has_all_since(const struct topic *t, int64_t since)
{
	return since >= 0 && since <= t->seq && t->seq - since < KEPT;
}

static void
topic_join(struct topic *t, struct client *c)
{
	topic_leave(t, c);
	ARRAY_GROW(t->listeners, t->listener_count, t->listener_capacity);
	t->listeners[t->listener_count++] = c;
}

/* Snapshots of those topics whose events since are not all kept. */
static json_t *
snapshots_for(struct request *rq, const struct strings *topics, struct error *e)
{
	json_t *all = json_object(), *one;
	size_t i;

	for (i = 0; i < topics->count; i++) {
		const char *name = topics->items[i];
		const struct topic *t = topic_find(rq->en->topics, name);

		if (t != NULL && has_all_since(t, since_of(rq, name)))
			continue;
		one = snapshot(rq, name, e);
		if (one == NULL) {
			json_decref(all);
			return NULL;
		}
		json_object_set_new(all, name, one);
	}
	return all;
}

static void
send_since(struct topic *t, struct client *c, int64_t since)
{
	while (since++ < t->seq)
		if (t->kept[since % KEPT] != NULL)
			client_send(c, t->kept[since % KEPT]);
}

void
cmd_subscribe(struct request *rq)
{
	struct engine *en = rq->en;
	struct client *c = rq->client;
	json_t *seqs, *snapshots;
	struct strings topics;
	struct error e;
	size_t i;

	arg_strings(rq, "topics", &topics);
	snapshots = snapshots_for(rq, &topics, &e);
	if (snapshots == NULL) {
		strings_finish(&topics);
		request_fail(rq, &e);
		return;
	}
	seqs = json_object();
	for (i = 0; i < topics.count; i++) {
		const char *name = topics.items[i];
		const struct topic *t = topic_get(en->topics, name);

		json_object_set_new(seqs, name,
			json_integer(json_object_get(snapshots, name) == NULL
					     ? since_of(rq, name)
					     : t->seq));
	}
	request_done(rq,
		json_pack("{s:O, s:O}", "seq", seqs, "snapshot", snapshots));
	/* The answer goes first, then what came since, then what comes. */
	engine_flush(en);
	for (i = 0; i < topics.count; i++) {
		struct topic *t = topic_get(en->topics, topics.items[i]);

		send_since(t, c, json_get_int(seqs, t->name, t->seq));
		topic_join(t, c);
	}
	json_decref(seqs);
	json_decref(snapshots);
	strings_finish(&topics);
}

void
cmd_unsubscribe(struct request *rq)
{
	struct strings topics;
	size_t i;

	arg_strings(rq, "topics", &topics);
	for (i = 0; i < topics.count; i++) {
		struct topic *t = topic_find(rq->en->topics, topics.items[i]);

		if (t != NULL)
			topic_leave(t, rq->client);
	}
	strings_finish(&topics);
	request_done(rq, json_object());
}
