/*
 * run_traffic.c - blue-green: which colour gets the release, and the switch.
 *
 * d.colour is what a rollout makes live; d.traffic how far it came and what
 * was live before (traffic.h). Both are durable before anybody is told, so
 * that an engine that was killed knows that a switch may have happened: each
 * host's own step says whether it did, and who is live is read back from all.
 * Hosts of the colour that stays as it is are in the rollout without a wave.
 *
 * A way back is a rollout of the traffic alone: those that were told are told
 * the old colour, at once. Hosts of the new colour stay as they are, without
 * traffic, for whoever wants to know what went wrong.
 */
#include "engine/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_analysis.h"

bool
run_is_blue_green(const struct run *run)
{
	return run->plan.strategy_kind == STRATEGY_BLUE_GREEN;
}

bool
run_stages_first(const struct run *run)
{
	return run->plan.stage_first && run->d.kind == ROLLOUT_DEPLOY;
}

bool
host_moves_traffic(const struct run_host *h)
{
	return run_is_blue_green(h->run) &&
	       (h->run->d.kind == ROLLOUT_ROLLBACK ||
		       h->d.wave == TRAFFIC_WAVE);
}

const char *
run_colour(const struct run *run)
{
	return run_is_blue_green(run) ? run->d.colour : NULL;
}

static struct traffic_state
state_of(const struct run *run)
{
	return traffic_state_parse(run->d.traffic);
}

const char *
run_old_colour(const struct run *run)
{
	struct traffic_state s = state_of(run);

	return s.from == COLOUR_NONE ? "none"
				     : colour_name((enum colour)s.from);
}

static void
set_phase(struct run *run, enum traffic_phase phase)
{
	struct traffic_state s = state_of(run);

	s.phase = phase;
	free(run->d.traffic);
	run->d.traffic = traffic_state_text(&s);
	run_save(run);
}

static void
record(struct run *run, const char *words)
{
	struct traffic_state s = state_of(run);
	char id[ID_TEXT_SIZE];

	rollout_id_format(run->d.id, id);
	run->rn->world->record(run->rn->arg, "engine", -1, "rollout.traffic",
		id, words,
		json_pack("{s:s, s:s, s:s}", "colour", run_colour(run), "from",
			run_old_colour(run), "phase",
			traffic_phase_name(s.phase)));
}

/* ---- who gets the release ---- */

bool
run_traffic_is_known(struct run *run)
{
	if (!run_is_blue_green(run) ||
		state_of(run).phase != TRAFFIC_UNKNOWN)
		return true;
	return false;
}

static void
cannot_begin(struct run *run, const char *words)
{
	run_pause(run, PAUSE_TRAFFIC, "engine", -1, words);
}

/* Hosts of the colour that is not the rollout's stay as they are. */
static void
leave_standing(struct run *run)
{
	size_t i;

	if (traffic_has_slots(&run->plan.traffic))
		return;
	for (i = 0; i < run->host_count; i++) {
		struct run_host *h = &run->hosts[i];
		const char *label =
			pairs_get(&h->at->host.labels, TRAFFIC_LABEL);
		enum host_state to;

		if (h->at->wave == TRAFFIC_WAVE || label == NULL ||
			strcmp(label, run_colour(run)) == 0 ||
			!host_next(h->d.state, HOST_EVENT_EXCLUDE, &to))
			continue;
		free(h->d.error);
		h->d.error = xasprintf(
			"%s stays as it is: %s gets the release", label,
			run_colour(run));
		h->d.wave = 0;
		host_apply(h, HOST_EVENT_EXCLUDE);
	}
	run_count(run);
}

/* They say different things, or nothing that can be understood. */
static bool
is_unclear(struct run *run, char *words, size_t size)
{
	const struct run_live *l = &run->says;

	if (l->unread != NULL)
		snprintf(words, size,
			"nobody knows who is live: %.200s; mend it, then "
			"resume",
			l->unread);
	else if (l->said[COLOUR_BLUE] > 0 && l->said[COLOUR_GREEN] > 0)
		snprintf(words, size,
			"%s says that blue is live, and %s says green; make "
			"them agree, then resume",
			l->who[COLOUR_BLUE], l->who[COLOUR_GREEN]);
	else
		return false;
	return true;
}

void
run_traffic_found(struct run *run)
{
	struct traffic_state s = {TRAFFIC_FOUND, COLOUR_NONE};
	enum colour target;
	char words[300];

	if (rollout_is_over(run->d.state))
		return;
	if (is_unclear(run, words, sizeof(words))) {
		cannot_begin(run, words);
		return;
	}
	if (run->says.said[COLOUR_BLUE] > 0)
		s.from = COLOUR_BLUE;
	if (run->says.said[COLOUR_GREEN] > 0)
		s.from = COLOUR_GREEN;
	target = s.from == COLOUR_NONE ? COLOUR_BLUE
				       : colour_other((enum colour)s.from);
	if (run->d.colour != NULL &&
		colour_parse(run->d.colour) != (int)target) {
		snprintf(words, sizeof(words),
			"%s was to go live, and is live already; end this "
			"rollout and plan another",
			run->d.colour);
		cannot_begin(run, words);
		return;
	}
	str_replace(&run->d.colour, colour_name(target));
	free(run->d.traffic);
	run->d.traffic = traffic_state_text(&s);
	leave_standing(run);
	run_save(run);
	snprintf(words, sizeof(words), "%s is live, %s gets the release",
		run_old_colour(run), run_colour(run));
	record(run, words);
	run_advance(run);
}

void
run_traffic_retry(struct run *run)
{
	if (!run_is_blue_green(run) || state_of(run).phase != TRAFFIC_FOUND)
		return;
	str_replace(&run->d.traffic, NULL);
	run_live_forget(run);
}

/* ---- the switch ---- */

int
run_traffic_next(const struct run *run)
{
	return run_is_blue_green(run) && run->d.kind == ROLLOUT_DEPLOY &&
			       run->d.wave < TRAFFIC_WAVE &&
			       traffic_has_slots(&run->plan.traffic)
		       ? TRAFFIC_WAVE
		       : 0;
}

/* Whoever can serve: healthy hosts with the release. */
static size_t
count_ready(const struct run *run)
{
	size_t i, n = 0;

	for (i = 0; i < run->host_count; i++)
		n += run->hosts[i].at->wave == 1 && run->hosts[i].d.wave > 0 &&
		     run->hosts[i].d.state == HOST_HEALTHY;
	return n;
}

/* Hosts with slots move once more, now what their link says. */
static void
open_slots(struct run *run)
{
	size_t i;

	if (!traffic_has_slots(&run->plan.traffic))
		return;
	for (i = 0; i < run->host_count; i++) {
		struct run_host *h = &run->hosts[i];

		if (h->d.wave != 1 || h->d.state != HOST_HEALTHY)
			continue;
		h->d.wave = TRAFFIC_WAVE;
		host_apply(h, HOST_EVENT_TRAFFIC);
	}
	run_count(run);
}

bool
run_traffic_begin(struct run *run)
{
	char words[120];

	if (!run_is_blue_green(run) || run->d.kind != ROLLOUT_DEPLOY)
		return true;
	if (count_ready(run) == 0 &&
		state_of(run).phase == TRAFFIC_FOUND) {
		snprintf(words, sizeof(words),
			"no host of %s is healthy: traffic stays where it is",
			run_colour(run));
		run_pause(run, PAUSE_TRAFFIC, "engine", -1, words);
		return false;
	}
	open_slots(run);
	set_phase(run, TRAFFIC_ORDERED);
	snprintf(words, sizeof(words), "traffic goes to %s", run_colour(run));
	record(run, words);
	return true;
}

void
host_traffic_moved(struct run_host *h)
{
	bool is_last = h->op == OP_TRAFFIC || host_step(h, OP_TRAFFIC) == NULL;

	h->d.switched = true;
	if (host_part(h) == OP_PART_LINK)
		host_deployed(h, h->d.target, h->d.version, "switched");
	if (is_last)
		host_apply(h, HOST_EVENT_SWITCHED);
	else
		host_save(h);
}

/* Held by one that failed, while others were still on their way: how far it
 * came now. */
static void
say_anew(struct run *run)
{
	struct strbuf words;

	if (run->d.state != ROLLOUT_PAUSED ||
		run->d.pause_cause != PAUSE_TRAFFIC ||
		run->counts[HOST_FAILED] == 0)
		return;
	strbuf_init(&words);
	run_traffic_words(run, &words);
	run_describe_failures(run, &words);
	run_reason(run, "%s", words.buf);
	run_save(run);
	strbuf_finish(&words);
}

void
host_traffic_confirmed(struct run_host *h)
{
	if (host_part(h) == OP_PART_LINK)
		host_deployed(h, h->d.target, h->d.version, "healthy");
	str_replace(&h->d.error, NULL);
	host_apply(h, HOST_EVENT_HEALTHY);
	say_anew(h->run);
	if (h->run->d.kind == ROLLOUT_ROLLBACK)
		run_back_host_healthy(h);
}

static bool
all_say_so(const struct run *run)
{
	size_t i, n = 0;

	for (i = 0; i < run->host_count; i++) {
		const struct run_host *h = &run->hosts[i];

		if (!host_moves_traffic(h) || h->d.state == HOST_EXCLUDED)
			continue;
		if (h->d.state != HOST_HEALTHY &&
			h->d.state != HOST_ROLLED_BACK)
			return false;
		n++;
	}
	return n > 0;
}

void
run_traffic_end(struct run *run)
{
	char words[80];

	if (!run_is_blue_green(run) ||
		state_of(run).phase != TRAFFIC_ORDERED || !all_say_so(run))
		return;
	set_phase(run, TRAFFIC_SWITCHED);
	snprintf(words, sizeof(words), "%s is live, read back from all",
		run_colour(run));
	record(run, words);
}

bool
run_traffic_is_watched(const struct run *run)
{
	return run_is_blue_green(run) && run->d.kind == ROLLOUT_DEPLOY &&
	       run->d.wave == TRAFFIC_WAVE &&
	       state_of(run).phase == TRAFFIC_SWITCHED;
}

void
run_traffic_lost(struct run *run, const char *words)
{
	set_phase(run, TRAFFIC_ORDERED);
	record(run, words);
	run_stop(run, PAUSE_TRAFFIC, words);
}

bool
run_traffic_is_done(const struct run *run)
{
	return !run_is_blue_green(run) ||
	       state_of(run).phase == TRAFFIC_SWITCHED;
}

void
run_traffic_words(const struct run *run, struct strbuf *out)
{
	size_t i, there = 0, not_there = 0;

	for (i = 0; i < run->host_count; i++) {
		const struct run_host *h = &run->hosts[i];

		if (!host_moves_traffic(h) || h->d.state == HOST_EXCLUDED)
			continue;
		if (h->d.state == HOST_HEALTHY)
			there++;
		else
			not_there++;
	}
	if (there > 0 && not_there > 0)
		strbuf_addf(out, "traffic goes both ways, %s is live on %zu "
				 "of %zu: ",
			run_colour(run), there, there + not_there);
	else
		strbuf_addf(out, "traffic did not go to %s: ",
			run_colour(run));
}

/* ---- back ---- */

int
run_traffic_refuse_back(
	struct run *run, const char *version, struct error *e)
{
	struct traffic_state s = state_of(run);
	char id[ID_TEXT_SIZE];

	rollout_id_format(run->d.id, id);
	if (s.phase < TRAFFIC_ORDERED) {
		error_set(e, ERROR_NOT_FOUND,
			"%s has not moved any traffic: there is nothing to go "
			"back from",
			id);
		return rollout_is_over(run->d.state)
			       ? -1
			       : error_hint(e, "end it: sluice abort %s -m WHY",
					 id);
	}
	if (s.from == COLOUR_NONE)
		return error_set(e, ERROR_NOT_FOUND,
			"nothing was live before %s: there is no colour to go "
			"back to",
			id);
	if (version == NULL)
		return 0;
	error_set(e, ERROR_INVALID,
		"a way back of blue-green goes to the colour that was live, "
		"whatever it runs");
	return error_hint(e, "for another version plan a change: sluice "
			     "change new %s %s %s",
		run->d.service, version, run->d.env);
}

/* What the old colour runs, where it is known. */
static void
name_old_version(struct run *back, const struct run *run)
{
	struct runner *rn = run->rn;
	size_t i;

	for (i = 0; back->d.version == NULL && i < run->host_count; i++) {
		const struct rollout_host *h = &run->hosts[i].d;
		struct deployment d;
		struct error e;
		int found;

		if (h->wave == TRAFFIC_WAVE && h->previous_version != NULL)
			back->d.version = xstrdup(h->previous_version);
		if (h->wave != 0)
			continue;
		found = store_deployment_find(
			rn->store, run->d.service, run->d.env, h->host, &d, &e);
		rn->world->must(found, &e, "read a deployment");
		if (found != 1)
			continue;
		back->d.version = xstrdup_or_null(d.version);
		deployment_finish(&d);
	}
	if (back->d.version == NULL)
		back->d.version = xstrdup(run_old_colour(run));
}

size_t
run_traffic_fill_back(struct run *back, struct run *run)
{
	struct traffic_state s = {TRAFFIC_ORDERED,
		colour_parse(run_colour(run))};
	size_t i, count = 0;

	back->d.colour = xstrdup(run_old_colour(run));
	back->d.traffic = traffic_state_text(&s);
	name_old_version(back, run);
	for (i = run->host_count; i-- > 0;) {
		struct run_host *from = &run->hosts[i];
		bool is_link = host_part(from) == OP_PART_LINK;

		if (!host_moves_traffic(from) || !host_is_touched(from))
			continue;
		back_host_init(back, count, from,
			is_link ? from->d.previous : run_old_colour(run),
			is_link ? from->d.previous_version : NULL);
		count++;
	}
	back->host_count = count;
	return count;
}

void
run_traffic_went_back(struct run *undone)
{
	struct runner *rn = undone->rn;
	struct error e;
	size_t i;

	if (!run_is_blue_green(undone))
		return;
	for (i = 0; i < undone->host_count; i++) {
		struct run_host *h = &undone->hosts[i];
		enum host_state to;

		if (host_part(h) != OP_PART_PLAIN || !h->d.switched ||
			!host_next(h->d.state, HOST_EVENT_ROLLED_BACK, &to))
			continue;
		rn->world->write(rn->arg);
		rn->world->must(store_healthy_withdraw(rn->store,
					undone->d.service, h->d.host,
					h->d.target, &e),
			&e, "withdraw a release");
		host_apply(h, HOST_EVENT_ROLLED_BACK);
	}
}
