/*
 * history.c - the clock of a history, and the engine under it.
 *
 * Time stands still while nothing happens and jumps to what is next; while
 * steps are on their way it flows, so that rollouts take as long as they look.
 */
#include "engine/history.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/random.h"
#include "engine/clients.h"
#include "engine/governance.h"
#include "engine/history_private.h"
#include "engine/life.h"
#include "engine/runner.h"
#include "wire/json.h"

#define DAY_S 86400
#define STEP_LEAST_MS 200
#define STEP_SPREAD_MS 1800
#define SEED UINT64_C(20240229)
#define STUCK_TURNS 2000000

/* splitmix64 */
uint32_t
history_random(struct history *h, uint32_t below)
{
	uint64_t z = (h->random += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	z ^= z >> 31;
	return below == 0 ? 0 : (uint32_t)((z >> 32) % below);
}

int64_t
history_now(const struct history *h)
{
	return h->clock.wall_ms / 1000;
}

/* Of equal times the one that was said first comes first. */
void
history_later(struct history *h, int64_t at,
	void (*play)(struct history *h, struct story *story),
	struct story *story)
{
	struct scene **slot = &h->scenes, *it;

	if (at >= h->ends_at)
		return;
	it = xcalloc(1, sizeof(*it));
	while (*slot != NULL && (*slot)->at <= at)
		slot = &(*slot)->next;
	*it = (struct scene){at, play, story, *slot};
	*slot = it;
}

/* ---- questions ---- */

static int64_t
uid_of(const char *person)
{
	size_t i;

	for (i = 0; i < history_people_count; i++)
		if (strcmp(history_people[i].person, person) == 0)
			return history_people[i].uid;
	assert(!"a person of the script");
	return -1;
}

static void
on_answer(const json_t *result, const json_t *error, void *arg)
{
	struct history *h = arg;
	const json_t *data = json_object_get(error, "data");

	h->answered = true;
	if (error != NULL) {
		h->refused++;
		log_debug("history: %s",
			json_get_string(data, "message", "refused"));
		return;
	}
	h->answer = json_deep_copy(result);
}

json_t *
history_ask(struct history *h, const char *person, const char *method,
	json_t *args, int fd)
{
	char id[UUID_TEXT_SIZE];
	json_t *answer;

	random_uuid(id);
	if (method_find(method)->kind != METHOD_READ)
		json_object_set_new(args, "request_id", json_string(id));
	h->answered = false;
	h->answer = NULL;
	h->asked++;
	clients_ask_as(h->en->clients, uid_of(person), method, args, fd,
		on_answer, h);
	json_decref(args);
	while (!h->answered)
		uv_run(h->en->loop, UV_RUN_ONCE);
	answer = h->answer;
	h->answer = NULL;
	return answer;
}

/* ---- time ---- */

/* What lies next: a scene, or what the runner waits for. */
static int64_t
next_ms(const struct history *h)
{
	int64_t due = runner_next_due_ms(h->en->runner);
	int64_t scene = h->scenes == NULL ? h->ends_at : h->scenes->at;
	int64_t wait = scene * 1000 - h->clock.wall_ms;

	if (due != INT64_MAX && due - h->clock.mono_ms < wait)
		wait = due - h->clock.mono_ms;
	return wait < 0 ? 0 : wait;
}

static void
play_due(struct history *h)
{
	while (h->scenes != NULL && h->scenes->at <= history_now(h)) {
		struct scene *it = h->scenes;

		h->scenes = it->next;
		it->play(h, it->story);
		free(it);
	}
}

/* Everything that needs no time. */
static void
settle(struct history *h)
{
	do
		uv_run(h->en->loop, UV_RUN_NOWAIT);
	while (uv_is_active((uv_handle_t *)&h->en->awake));
}

static int
live(struct history *h, struct error *e)
{
	long turns = 0;

	while (h->clock.wall_ms < h->ends_at * 1000) {
		settle(h);
		if (runner_in_flight(h->en->runner) > 0) {
			uv_run(h->en->loop, UV_RUN_ONCE);
			clock_virtual_advance(&h->clock,
				STEP_LEAST_MS +
					history_random(h, STEP_SPREAD_MS));
			if (++turns > STUCK_TURNS)
				return error_set(e, ERROR_FAILED,
					"the history got stuck");
			if (next_ms(h) > 0)
				continue;
		} else {
			clock_virtual_advance(&h->clock, next_ms(h));
		}
		engine_housekeeping(&h->en->housekeeping);
		play_due(h);
	}
	return 0;
}

/* ---- life ---- */

/* Steps in flight end; what is held stays held. */
static void
stop(struct history *h)
{
	engine_stop(h->en, false);
	uv_run(h->en->loop, UV_RUN_DEFAULT);
}

/* Written as fast as it goes: until it is whole it is worth nothing. */
static int
fill(struct history *h, struct error *e)
{
	struct error ignored;
	int result;

	if (engine_open(h->en, e) == -1)
		return -1;
	engine_flush(h->en);
	if (store_set_durable(h->en->store, false, e) == -1)
		return -1;
	engine_record(h->en, "engine", -1, "demo.history",
		store_engine_id(h->en->store),
		"what follows until the next start was simulated",
		json_pack("{s:I, s:I}", "from", (json_int_t)h->begins_at, "to",
			(json_int_t)h->ends_at));
	history_write(h);
	result = live(h, e);
	stop(h);
	log_info("history: %d requests, %d refused", h->asked, h->refused);
	if (store_in_transaction(h->en->store))
		engine_flush(h->en);
	if (store_set_durable(h->en->store, true,
		    result == 0 ? e : &ignored) == -1)
		result = -1;
	return result;
}

static void
finish(struct history *h)
{
	struct scene *it;

	while ((it = h->scenes) != NULL) {
		h->scenes = it->next;
		free(it);
	}
	history_forget(h);
}

/* The places of the state that is being made; *ret_final: where it goes. */
static void
use_making(struct engine *en, char **ret_final)
{
	*ret_final = en->state_dir;
	en->state_dir = xasprintf("%s.making", *ret_final);
	free(en->private_dir);
	en->private_dir = path_join(en->state_dir, "private");
	free(en->socket_path);
	en->socket_path = path_join(en->state_dir, "engine.sock");
	dir_remove(en->state_dir);
}

int
history_make(struct engine *en, int days, struct error *e)
{
	int64_t now_ms = clock_wall_ms(clock_real());
	struct history h = {.en = en, .random = SEED,
		.begins_at = now_ms / 1000 - (int64_t)days * DAY_S,
		.ends_at = now_ms / 1000};
	char *final, *making;
	uv_loop_t loop;
	int result;

	if (file_exists(en->state_dir)) {
		error_set(e, ERROR_BUSY,
			"there is a state directory '%s' already",
			en->state_dir);
		engine_close(en);
		return -1;
	}
	use_making(en, &final);
	making = xstrdup(en->state_dir);
	/* Its ledger is nobody's evidence, and its pushers need no time. */
	setenv("SLUICE_SYSLOG", making, 1);
	setenv("SLUICE_FAKE_AT_ONCE", "1", 1);
	clock_virtual_init(&h.clock, h.begins_at * 1000);
	uv_loop_init(&loop);
	en->loop = &loop;
	en->clock = &h.clock.clock;
	en->settings->guests = history_people;
	en->settings->guest_count = history_people_count;
	result = fill(&h, e);
	finish(&h);
	engine_close(en);
	uv_loop_close(&loop);
	if (result == 0 && rename(making, final) == -1)
		result = error_set_errno(e, errno, "cannot make '%s'", final);
	if (result == -1)
		dir_remove(making);
	free(making);
	free(final);
	return result;
}
