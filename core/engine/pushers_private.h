/* pushers_private.h - a pusher's process and its jobs; for pushers.c and
 * pusher_process.c only. */
#ifndef SLUICE_ENGINE_PUSHERS_PRIVATE_H
#define SLUICE_ENGINE_PUSHERS_PRIVATE_H

#include <uthash.h>

#include "engine/pushers.h"
#include "engine/ways.h"
#include "wire/conn.h"

#define PUSHERS_MOST 16

struct pending { /* a job that was not answered */
	int64_t id;
	struct pusher *pusher;
	int64_t rollout; /* 0: no rollout's */
	bool sent;
	char *host;	      /* owned */
	pusher_answer answer; /* NULL: a rollout's */
	void *arg;
	struct strbuf output;
	UT_hash_handle hh;
};

struct pusher {
	struct pushers *all;
	int index;
	uv_process_t process;
	bool runs, ready;
	struct conn *conn; /* NULL: there is no process to talk to */
	json_t *held;	   /* messages for when it is ready */
	bool no_key;
	int64_t started_ms, pause_ms;
	int ends;	  /* in a row, each soon after its start */
	char *trouble;	  /* what a person should know; NULL: it works */
	uv_timer_t timer; /* while it runs: steady; else: start again */
};

struct pushers {
	struct engine *en;
	char *program;
	struct pusher list[PUSHERS_MOST];
	int count;
	struct pending *pending;
	json_t **queue; /* messages of this turn */
	struct pusher **queue_to;
	size_t queue_count, queue_capacity, queue_to_capacity;
	struct ways *ways;
	json_t *held; /* stages that wait for what is to be sent */
	int64_t next_ask;
	bool ending;
};

/* ---- pushers.c ---- */
void pusher_message(struct conn *conn, json_t *m, void *arg);
/* Answers what was sent to a pusher that is gone, and every question that
 * belongs to no rollout. */
void pusher_lose_jobs(struct pusher *p);
/* The first host that a job was out for, and how many more (NULL: none). */
const char *pusher_hosts_out(const struct pusher *p, int *ret_more);
/* It is ready: what waited goes out. */
void pusher_send_held(struct pusher *p);
/* Writes a wait of cause for every rollout, or its end. */
void pushers_note_wait(struct pushers *ps, const char *cause, bool begins);

/* ---- pusher_process.c ---- */
void pusher_init(struct pusher *p, struct pushers *all, int index);
void pusher_start(struct pusher *p);
void pusher_ready(struct pusher *p, const json_t *m);
void pusher_send_settings(struct pusher *p);

#endif
