/*
 * schedule_planned.h - every change that has a time, and who is in whose way.
 * Private to schedule*.c, calendar_rows.c and the scheduler.
 */
#ifndef SLUICE_ENGINE_SCHEDULE_PLANNED_H
#define SLUICE_ENGINE_SCHEDULE_PLANNED_H

#include <uthash.h>

#include "engine/engine.h"

/* Longer than that none is taken to last. */
#define PLANNED_MOST_S ((int64_t)7 * 86400)

/* Hosts as sorted numbers that hold for the life of the engine. */
struct crew {
	int *hosts;
	size_t count;
};

void crew_of(struct engine *en, const struct strings *names, struct crew *ret);
void crew_finish(struct crew *c);
/* How many they share; the first in *ret_first (may be NULL). */
int crew_common(const struct crew *a, const struct crew *b, int *ret_first);
/* Borrowed. */
const char *crew_name(struct engine *en, int number);

struct planned {
	struct change_id id;
	enum change_state state;
	char *service, *version, *env;
	char *selector, *author, *reason; /* may be NULL */
	char digest[DIGEST_HEX_SIZE];
	bool runs;
	int64_t start; /* as planned; when it runs: since when */
	/* Of its plan, once that was read; see planned_crew. */
	bool is_read;
	int waves;
	int64_t bake_s;
	struct crew crew;
	int64_t length_s; /* 0: not yet looked at */
	unsigned generation;
	UT_hash_handle hh;
};

struct plans *plans_create(void);
void plans_destroy(struct plans *ps);

/* By start. planned_from: the first that starts then or later. */
size_t planned_count(struct engine *en);
struct planned *planned_at(struct engine *en, size_t i);
size_t planned_from(struct engine *en, int64_t start);

/* Calls fn for each that takes some of [from, to), by start as planned. What
 * should have started and waits takes its time from now. */
void planned_each(struct engine *en, int64_t from, int64_t to,
	void (*fn)(struct planned *p, int64_t start, int64_t end, void *arg),
	void *arg);

/* NULL: it has no time. */
struct planned *planned_find(struct engine *en, struct change_id id);

int64_t planned_start(const struct planned *p, int64_t now);
int64_t planned_end(struct engine *en, struct planned *p, int64_t now);
const struct crew *planned_crew(struct engine *en, struct planned *p);

/* They share service and environment, person or hosts. */
bool planned_is_in_the_way(
	struct engine *en, struct planned *a, struct planned *b);

/* History or configuration are others: so are lengths. */
void planned_lengths_changed(struct engine *en);

/* Reads a few plans ahead of being asked. */
void planned_warm(struct engine *en);

#endif
