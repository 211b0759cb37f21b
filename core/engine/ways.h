/*
 * ways.h - in which ways an artefact may travel to a host: the least bytes
 * first (wire/push.h, op stage). What is to be sent is made once for all
 * hosts, by worker threads; stages that want it wait for it.
 */
#ifndef SLUICE_ENGINE_WAYS_H
#define SLUICE_ENGINE_WAYS_H

#include <jansson.h>
#include <uv.h>

#include "base/base.h"

struct ways;

/* Files are below dir (artefact_delta.h). made is called whenever something
 * that stages may wait for was made or turned out to be of no use. */
struct ways *ways_create(
	uv_loop_t *loop, const char *dir, void (*made)(void *arg), void *arg);
/* What is being made is left to its thread; nothing of it is used any more. */
void ways_destroy(struct ways *w);

/*
 * Completes the message of a stage job: takes args.base (runner.h) away and
 * puts args.ways in its place. False: they are being made, ask again when
 * `made` was called; the message is unchanged.
 */
bool ways_add(struct ways *w, json_t *message);

#endif
