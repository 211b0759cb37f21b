/*
 * run_live.c - who is live, as those that route say it: before a rollout
 * begins, after each of them was told, and again and again while the new
 * colour is watched. Nothing is assumed.
 */
#include "engine/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AGAIN_MS 15000
/* Who cannot be asked so often in a row while it is watched is trouble. */
#define UNREAD_MOST 3

/* What the link of slots says. */
static const char link_says[] =
	"l=$(readlink \"$SLUICE_ROOT/live\") || { [ ! -e "
	"\"$SLUICE_ROOT/live\" ] && echo none; exit; }\n"
	"echo \"${l#slots/}\"";

static json_t *
live_args(const struct run_host *h)
{
	const struct traffic *t = &h->run->plan.traffic;

	return json_pack("{s:s, s:I, s:o}", "run",
		t->live_run == NULL ? link_says : t->live_run, "timeout_ms",
		(json_int_t)t->timeout_ms, "env", job_env(h));
}

/* ---- one, after it was told ---- */

void
host_live_ask(struct run_host *h)
{
	struct runner *rn = h->run->rn;

	job_expect(h);
	rn->world->command(rn->arg, h->job, h->at, live_args(h),
		h->run->plan.traffic.timeout_ms);
}

void
host_live_answered(
	struct run_host *h, bool ok, const char *words, const char *output)
{
	const struct traffic *t = &h->run->plan.traffic;
	const char *ordered = run_colour(h->run);
	struct error e;
	int says = COLOUR_NONE;
	char *text;

	job_forget(h);
	if (!ok)
		error_set(&e, ERROR_FAILED, "%s", words);
	if (ok && colour_read(output, &says, &e) == 0 &&
		says == colour_parse(ordered)) {
		step_end(h, STEP_DONE, NULL, NULL);
		op_done(h, NULL);
		return;
	}
	text = ok && says != COLOUR_NONE
		       ? xasprintf("it was told to make %s live, and says "
				   "that %s is",
				 ordered, colour_name((enum colour)says))
		       : xasprintf("it was told to make %s live, and does not "
				   "say who is: %s",
				 ordered, e.code == ERROR_NONE ? "nobody"
							       : e.text);
	host_read_again(h, t->attempts, t->interval_ms, text);
	free(text);
}

/* ---- all of them ---- */

void
run_live_forget(struct run *run)
{
	run_asks_drop(run, ASK_LIVE);
	free(run->says.unread);
	memset(&run->says, 0, sizeof(run->says));
}

/* Those that route, before it is known who gets the release: every host of
 * slots, else the routers. */
static bool
can_say(const struct run_host *h)
{
	const struct run *run = h->run;

	if (h->d.state == HOST_EXCLUDED)
		return false;
	return traffic_has_slots(&run->plan.traffic) ||
	       h->at->wave == TRAFFIC_WAVE;
}

void
run_live_ask(struct run *run)
{
	int rounds = run->says.unread_rounds;
	size_t i;

	if (run->says.waiting > 0)
		return;
	run_live_forget(run);
	run->says.unread_rounds = rounds;
	for (i = 0; i < run->host_count; i++)
		run->says.waiting += can_say(&run->hosts[i]);
	for (i = 0; i < run->host_count; i++)
		if (can_say(&run->hosts[i]))
			run_ask_command(&run->hosts[i], ASK_LIVE, 0,
				live_args(&run->hosts[i]),
				run->plan.traffic.timeout_ms);
	if (run->says.waiting == 0) {
		str_replace(&run->says.unread, "nobody is left to ask");
		run_traffic_found(run);
	}
}

void
run_live_tick(struct run *run)
{
	run->says.due_ms = 0;
	if (run_traffic_is_watched(run) && run->d.state == ROLLOUT_WAITING)
		run_live_ask(run);
}

/* One that says something else than what was ordered waits for its order
 * again. */
static void
note_other(struct run_host *h, int says)
{
	enum host_state to;

	if (h->run->d.wave != TRAFFIC_WAVE || says == COLOUR_NONE ||
		says == colour_parse(run_colour(h->run)) ||
		!host_next(h->d.state, HOST_EVENT_TRAFFIC, &to))
		return;
	free(h->d.error);
	h->d.error = xasprintf("it was told to make %s live, and says that %s "
			       "is",
		run_colour(h->run), colour_name((enum colour)says));
	host_apply(h, HOST_EVENT_TRAFFIC);
}

static void
watched(struct run *run)
{
	const char *colour = run_colour(run);
	int other = colour_other((enum colour)colour_parse(colour));
	char words[400];

	run->says.unread_rounds =
		run->says.unread == NULL ? 0 : run->says.unread_rounds + 1;
	if (run->says.said[other] > 0)
		snprintf(words, sizeof(words),
			"%s says that %s is live, and %s was ordered; resume "
			"orders it again, a rollback leaves it at %s",
			run->says.who[other],
			colour_name((enum colour)other), colour,
			colour_name((enum colour)other));
	else if (run->says.unread_rounds >= UNREAD_MOST)
		snprintf(words, sizeof(words),
			"nobody knows who is live: %.300s", run->says.unread);
	else {
		run->says.due_ms = clock_mono_ms(run->rn->clock) + AGAIN_MS;
		return;
	}
	run_traffic_lost(run, words);
}

void
run_live_answered(struct run *run, struct run_host *h, bool ok,
	const char *words, const char *output)
{
	int says = COLOUR_NONE;
	struct error e;

	if (!ok)
		error_set(&e, ERROR_FAILED, "%s", words);
	if (ok && colour_read(output, &says, &e) == 0) {
		int place = says == COLOUR_NONE ? COLOUR_COUNT : says;

		run->says.said[place]++;
		run->says.who[place] = h->d.host;
	} else if (run->says.unread == NULL) {
		run->says.unread = xasprintf("%s: %s", h->d.host, e.text);
	}
	if (run_colour(run) != NULL)
		note_other(h, says);
	if (--run->says.waiting > 0)
		return;
	if (!run_traffic_is_known(run))
		run_traffic_found(run);
	else if (run_traffic_is_watched(run))
		watched(run);
}
