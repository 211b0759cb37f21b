/*
 * run_colours.c - blue-green: how the hosts of both colours are, while the new
 * one is watched.
 *
 * Each is asked for the plan's health checks, in its own release and slot; a
 * host that fails twice in a row is down. Of the colour that is live that is
 * a failure as any other: the budget and `on_failure` decide. Of the one that
 * was live nobody has traffic; but a way back to a colour of which nobody
 * answers is none: the engine does not take it by itself, and `hold` does not
 * go on as if there were one.
 */
#include "engine/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/waves.h"

#define AGAIN_MS 15000
#define SOON_MS 2000 /* one that failed for the first time */
#define FAILS_MOST 2

static const char *
name_of(const struct run *run, enum watched_colour which)
{
	return which == WATCHED_NEW ? run_colour(run) : run_old_colour(run);
}

/* ---- asking ---- */

/* What a pool that was live runs; false: nothing of ours is known. */
static bool
find_deployed(const struct run_host *h, char **ret_release, char **ret_version)
{
	const struct run *run = h->run;
	struct deployment d;
	struct error e;
	int found = store_deployment_find(run->rn->store, run->d.service,
		run->d.env, h->d.host, &d, &e);

	run->rn->world->must(found, &e, "read a deployment");
	if (found != 1)
		return false;
	*ret_release = xstrdup_or_null(d.release);
	*ret_version = xstrdup_or_null(d.version);
	deployment_finish(&d);
	if (*ret_release == NULL)
		free(*ret_version);
	return *ret_release != NULL;
}

/* What the host runs for that colour (owned); false: it is not of it. */
static bool
find_release(const struct run_host *h, enum watched_colour which,
	char **ret_release, char **ret_version)
{
	bool has_new = h->d.wave > 0 && h->d.switched &&
		       h->d.state == HOST_HEALTHY;
	bool slots = traffic_has_slots(&h->run->plan.traffic);

	if (h->at->wave != 1 || colour_parse(name_of(h->run, which)) < 0)
		return false;
	if (which == WATCHED_OLD && !slots)
		return h->d.wave == 0 &&
		       find_deployed(h, ret_release, ret_version);
	if (!has_new || (which == WATCHED_OLD &&
				(h->d.previous == NULL ||
					h->d.previous_is_foreign)))
		return false;
	*ret_release = xstrdup(
		which == WATCHED_NEW ? h->d.target : h->d.previous);
	*ret_version = xstrdup_or_null(
		which == WATCHED_NEW ? h->d.version : h->d.previous_version);
	return true;
}

static void
ask_check(struct run_host *h, enum watched_colour which,
	const struct health *check, const char *release, const char *version)
{
	json_t *args = job_health_of(
		h, check, name_of(h->run, which), release, version);
	struct fetch f = {.is_probe = true,
		.is_tcp = check->kind == HEALTH_TCP,
		.expect = check->expect,
		.timeout_ms = check->timeout_ms};

	h->run->colours.waiting++;
	if (check->kind == HEALTH_RUN) {
		run_ask_command(
			h, ASK_COLOUR, which, args, check->timeout_ms);
		return;
	}
	f.url = json_string_value(json_object_get(args, "target"));
	run_ask_fetch(h, ASK_COLOUR, which, &f);
	json_decref(args);
}

static void
ask_one(struct run_host *h, enum watched_colour which)
{
	const struct plan *plan = &h->run->plan;
	char *release, *version;
	size_t i;

	h->well[which].is_asked = find_release(h, which, &release, &version);
	h->well[which].has_failed = false;
	if (!h->well[which].is_asked)
		return;
	for (i = 0; i < plan->health_count; i++)
		ask_check(h, which, &plan->health[i], release, version);
	free(release);
	free(version);
}

void
run_colours_forget(struct run *run)
{
	int which;

	run_asks_drop(run, ASK_COLOUR);
	for (which = 0; which < WATCHED_COUNT; which++) {
		free(run->colours.of[which].words);
		free(run->colours.of[which].why);
	}
	memset(&run->colours, 0, sizeof(run->colours));
}

void
run_colours_ask(struct run *run)
{
	size_t i;

	run->colours.due_ms = 0;
	if (!run_traffic_is_watched(run) || run->d.state != ROLLOUT_WAITING ||
		run->colours.waiting > 0 || run->plan.health_count == 0)
		return;
	run->colours.waiting = 1; /* this turn: answers may come at once */
	for (i = 0; i < run->host_count; i++) {
		ask_one(&run->hosts[i], WATCHED_OLD);
		ask_one(&run->hosts[i], WATCHED_NEW);
	}
	run_colours_answered(run, NULL, WATCHED_OLD, true, NULL);
}

/* ---- what they answered ---- */

bool
run_colours_old_is_down(const struct run *run)
{
	const struct colour_watch *w = &run->colours.of[WATCHED_OLD];

	return w->hosts > 0 && w->down == w->hosts;
}

const char *
run_colours_words(const struct run *run, enum watched_colour which)
{
	return run->colours.of[which].words;
}

/* "blue is down: 2 of 2 hosts do not pass ..., such as web-01: refused" */
static void
say_down(struct run *run, enum watched_colour which)
{
	struct colour_watch *w = &run->colours.of[which];

	free(w->words);
	w->words = w->down == 0
			   ? NULL
			   : xasprintf("%s is %s: %d of %d hosts do not pass "
				       "their health checks, such as %s",
				     name_of(run, which),
				     w->down == w->hosts ? "down" : "not whole",
				     w->down, w->hosts,
				     w->why == NULL ? "" : w->why);
}

static void
record(struct run *run, enum watched_colour which)
{
	const struct colour_watch *w = &run->colours.of[which];
	char id[ID_TEXT_SIZE], well[64];

	rollout_id_format(run->d.id, id);
	snprintf(well, sizeof(well), "%s is well again", name_of(run, which));
	run->rn->world->record(run->rn->arg, "engine", -1, "rollout.colour",
		id, w->words == NULL ? well : w->words,
		json_pack("{s:i, s:i}", "down", w->down, "hosts", w->hosts));
	run_save(run);
}

/* True: somebody failed for the first time. */
static bool
count_up(struct run *run, enum watched_colour which)
{
	struct colour_watch *w = &run->colours.of[which];
	int before = w->down;
	bool is_new = false;
	size_t i;

	w->hosts = w->down = 0;
	for (i = 0; i < run->host_count; i++) {
		struct well *h = &run->hosts[i].well[which];

		if (!h->is_asked)
			continue;
		h->failed = h->has_failed ? h->failed + 1 : 0;
		is_new = is_new || h->failed == 1;
		w->hosts++;
		w->down += h->failed >= FAILS_MOST;
	}
	say_down(run, which);
	free(w->why);
	w->why = NULL;
	if (w->down != before)
		record(run, which);
	return is_new;
}

/* Traffic goes to hosts that are not well. */
static void
look_at_new(struct run *run)
{
	const struct colour_watch *w = &run->colours.of[WATCHED_NEW];
	char *words;

	if (w->down == 0 ||
		!budget_is_reached(&run->plan.budget, w->hosts, w->down, 0))
		return;
	words = xstrdup(w->words);
	switch (run->plan.on_failure) {
	case ON_FAILURE_ROLLBACK:
		run_go_back(run, PAUSE_GATE, words);
		break;
	case ON_FAILURE_HOLD:
		run_stop(run, PAUSE_GATE, words);
		break;
	case ON_FAILURE_CONTINUE:
	case ON_FAILURE_COUNT:
		break;
	}
	free(words);
}

static void
all_answered(struct run *run)
{
	bool is_new = count_up(run, WATCHED_OLD);

	is_new = count_up(run, WATCHED_NEW) || is_new;
	run->colours.due_ms = clock_mono_ms(run->rn->clock) +
			      (is_new ? SOON_MS : AGAIN_MS);
	if (run->d.state == ROLLOUT_WAITING)
		look_at_new(run);
	if (run->d.state == ROLLOUT_WAITING)
		run_gate_look(run);
}

void
run_colours_answered(struct run *run, struct run_host *h, int which, bool ok,
	const char *words)
{
	struct colour_watch *w = &run->colours.of[which];

	if (!ok) {
		h->well[which].has_failed = true;
		if (w->why == NULL)
			w->why = xasprintf("%s: %.120s", h->d.host,
				host_words(h, words));
	}
	if (--run->colours.waiting == 0)
		all_answered(run);
}

json_t *
run_colours_json(const struct run *run, enum watched_colour which)
{
	const struct colour_watch *w = &run->colours.of[which];

	if (w->hosts == 0)
		return json_null();
	return json_pack("{s:i, s:i, s:s?}", "hosts", w->hosts, "down", w->down,
		"reason", w->words);
}
