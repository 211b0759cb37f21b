/* history_private.h - the clock and the questions of a history, for its
 * script; history.c and history_script.c only. */
#ifndef SLUICE_ENGINE_HISTORY_PRIVATE_H
#define SLUICE_ENGINE_HISTORY_PRIVATE_H

#include <jansson.h>

#include "base/clock.h"
#include "engine/engine.h"

struct history;
struct story;

/* What somebody does at a time. */
struct scene {
	int64_t at;
	void (*play)(struct history *h, struct story *story);
	struct story *story; /* NULL: about none */
	struct scene *next;
};

struct history {
	struct engine *en;
	struct clock_virtual clock;
	struct scene *scenes; /* soonest first */
	struct story *stories; /* all of them */
	uint64_t random;
	int64_t begins_at, ends_at;
	int asked, refused;
	bool answered; /* ... the question of now */
	json_t *answer;
};

/* Below the number; everything of the script follows from the seed. */
uint32_t history_random(struct history *h, uint32_t below);

/* play is called when the clock gets there; at once where it has. */
void history_later(struct history *h, int64_t at,
	void (*play)(struct history *h, struct story *story),
	struct story *story);

/* The answer of the engine (owned), NULL: refused, which the log says. args
 * and fd (-1: none) are taken. */
json_t *history_ask(struct history *h, const char *person, const char *method,
	json_t *args, int fd);

int64_t history_now(const struct history *h);

/* ---- history_script.c ---- */
extern const struct guest history_people[];
extern const size_t history_people_count;

/* Plans the scenes of all days. */
void history_write(struct history *h);
void history_forget(struct history *h);

#endif
