/*
 * subscribe.h - events to clients.
 *
 * subscribe {topics, since_seq} answers
 *   {"seq": {TOPIC: N}, "snapshot": {TOPIC: {...}}}
 * and then sends notifications
 *   {"jsonrpc":"2.0","method":"event",
 *    "params":{"topic":TOPIC, "seq":N, "data":{...}}}
 * Each topic counts its own seq, without gaps. since_seq is {TOPIC: N}: where
 * the engine still has every later event of the topic it sends those and no
 * snapshot of it, else a snapshot. A seq counts within one run of the engine:
 * after another `started_at` in hello, since_seq means nothing.
 *
 * TOPIC          snapshot                       event data
 * world          {"engine":STATUS,              {"type":"rollout|change|
 *                 "rollouts":[newest 200,        release|host|request|
 *                                                engine|calendar",
 *                 oldest first],                 "object":{...}}
 *                 "changes":[likewise]}
 * rollout:R-57   {"rollout":{...}}; then ask    {"rollout":{...}} or
 *                rollout.hosts page by page;    {"hosts":[whole rollout
 *                events are whole objects, so   hosts that changed, at most
 *                either order is right          500]}; at most 10 a second
 * log:R-57       {"lines":[last 200]}           {"lines":[...],
 *                                                "skipped":N}
 *
 * A console that does not read is cut off when 8 MiB wait for it.
 */
#ifndef SLUICE_ENGINE_SUBSCRIBE_H
#define SLUICE_ENGINE_SUBSCRIBE_H

#include <jansson.h>
#include <stdbool.h>

struct engine;
struct client;

struct topics;

struct topics *topics_create(void);
void topics_destroy(struct topics *all);

/* Drops what nobody listens to. */
void topics_housekeeping(struct engine *en);

/* Sends an event to everybody who subscribed to topic and keeps it for those
 * who come back. data is taken (a reference is stolen). */
void engine_publish(struct engine *en, const char *topic, json_t *data);

/* Whether somebody listens, so that nobody builds what nobody reads. */
bool engine_has_listener(struct engine *en, const char *topic);

/* Forgets a client that went away. */
void subscribe_forget(struct engine *en, struct client *c);

#endif
