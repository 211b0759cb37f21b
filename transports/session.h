/*
 * session.h - one link to one host, the host program at its end, and one job
 * after the other over it.
 *
 *   connecting -> ready <-> busy -> (gone)
 *
 * The first job's request leaves together with the program: no round trip is
 * waited for. Of an artefact, WINDOW bytes may leave before the host has said
 * that it wants them.
 */
#ifndef SLUICE_SESSION_H
#define SLUICE_SESSION_H

#include "transports/pusher.h"

/* Connects; the job of the lane runs as soon as the link is up. All ends
 * come through lane_finish or lane_not_connected, never from inside. */
struct session *session_create(struct lane *lane);

/* Cuts the link; reports nothing. */
void session_destroy(struct session *s);

/* Runs the job of the lane over a session that is idle. */
void session_run(struct session *s);

/* Called now and then while a job runs: notes silence and lost bandwidth.
 * May end in lane_finish. */
void session_tick(struct session *s, int64_t now_ms);

/* Cuts the link of a job that is not wanted any more or is late; the lane's
 * job ends as `lost`, or `unreachable` when nothing was sent. */
void session_cut(struct session *s, const struct error *e);

bool session_is_open(const struct session *s);

#endif
