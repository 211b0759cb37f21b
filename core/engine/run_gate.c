/*
 * run_gate.c - between two waves: gates, passed in order.
 *
 * The rollout waits at gate number d.gate + 1 of its wave since d.gate_since;
 * both are kept, so that an engine that was killed stands at the same gate
 * with the same deadline. A command that was asked then is asked again.
 */
#include "engine/run.h"

#include <stdlib.h>
#include <string.h>

#include "base/units.h"

/* A window is looked for again so often, where nobody says when it opens. */
#define WINDOW_AGAIN_MS 5000

static int64_t
now_ms(const struct run *run)
{
	return clock_wall_ms(run->rn->clock);
}

const struct gate *
run_gate(const struct run *run)
{
	const struct gate *gates[PLAN_GATES_MAX];
	size_t count;

	if (run->d.kind != ROLLOUT_DEPLOY)
		return NULL;
	count = plan_gates_after(&run->plan, run->d.wave, gates,
		PLAN_GATES_MAX);
	return (size_t)run->d.gate < count ? gates[run->d.gate] : NULL;
}

int
run_gate_count(const struct run *run)
{
	const struct gate *gates[PLAN_GATES_MAX];

	return (int)plan_gates_after(&run->plan, run->d.wave, gates,
		PLAN_GATES_MAX);
}

/* Whether gate i after a wave lies behind it. */
static bool
is_passed(const struct run *run, int wave, size_t i)
{
	if (wave != run->d.wave)
		return wave < run->d.wave;
	return i < (size_t)run->d.gate;
}

void
run_gate_times(
	const struct run *run, int64_t *ret_spent_ms, int64_t *ret_left_ms)
{
	const struct gate *gates[PLAN_GATES_MAX], *here = run_gate(run);
	int waves = run->d.kind == ROLLOUT_DEPLOY ? run->d.waves : 0, wave;
	int64_t waited;
	size_t count, i;

	*ret_spent_ms = *ret_left_ms = 0;
	for (wave = 1; wave <= waves; wave++) {
		count = plan_gates_after(
			&run->plan, wave, gates, PLAN_GATES_MAX);
		for (i = 0; i < count; i++)
			if (is_passed(run, wave, i))
				*ret_spent_ms += gates[i]->for_ms;
			else
				*ret_left_ms += gates[i]->for_ms;
	}
	if (here == NULL || run->d.gate_since == 0)
		return;
	waited = now_ms(run) - run->d.gate_since * 1000;
	*ret_spent_ms += waited;
	*ret_left_ms -= waited < here->for_ms ? waited : here->for_ms;
}

/* Wall time until which nothing can pass it, and that of its deadline. */
static int64_t
bake_end_ms(const struct run *run, const struct gate *g)
{
	return run->d.gate_since * 1000 + g->for_ms;
}

static int64_t
deadline_ms(const struct run *run, const struct gate *g)
{
	return g->within_ms == 0 ? INT64_MAX
				 : bake_end_ms(run, g) + g->within_ms;
}

/* When it has to be looked at next, if nothing happens before. */
static void
set_due(struct run *run, const struct gate *g)
{
	int64_t now = now_ms(run), at = deadline_ms(run, g), again = INT64_MAX;

	if (g->for_ms > 0 && bake_end_ms(run, g) > now)
		at = bake_end_ms(run, g);
	else if (g->kind == GATE_TIMER || g->kind == GATE_KEEP)
		at = now;
	if (g->kind == GATE_WINDOW)
		again = now + WINDOW_AGAIN_MS;
	else if (g->kind == GATE_CHECK && run->check.again_ms != 0)
		again = run->check.again_ms;
	else if (g->kind == GATE_CHECK && run->check.waiting == 0)
		again = now; /* there was nobody to ask */
	run->d.gate_until = at == INT64_MAX ? 0 : (at + 999) / 1000;
	if (again < at)
		at = again;
	run->due_ms = at == INT64_MAX ? 0
				      : clock_mono_ms(run->rn->clock) +
						(at > now ? at - now : 0);
	if (run->due_ms == 0 && at != INT64_MAX)
		run->due_ms = 1; /* 0 is "never" */
}

static void
add_place(const struct run *run, struct strbuf *out)
{
	if (!run_is_blue_green(run))
		strbuf_addf(out, " after wave %d of %d", run->d.wave,
			run->d.waves);
	else if (run->d.wave < TRAFFIC_WAVE)
		strbuf_addf(out, " before traffic goes to %s",
			run_colour(run));
	else
		strbuf_addf(out, ", %s is live", run_colour(run));
}

void
run_gate_words(const struct run *run, const struct gate *g, struct strbuf *out)
{
	size_t i;

	switch (g->kind) {
	case GATE_TIMER:
		strbuf_adds(out, "bake time");
		break;
	case GATE_ANALYSIS:
		strbuf_adds(out, "analysis of the canary");
		break;
	case GATE_APPROVAL:
		strbuf_adds(out, "a person says go on");
		for (i = 0; i < g->roles.count; i++)
			strbuf_addf(out, "%s%s", i ? " or " : ": ",
				g->roles.items[i]);
		break;
	case GATE_CHECK:
		strbuf_addf(out, "check '%.80s'", g->run);
		break;
	case GATE_WINDOW:
		strbuf_adds(out, "an open window");
		break;
	case GATE_BASELINE:
		strbuf_addf(out, "what %s does is measured",
			run_old_colour(run));
		break;
	case GATE_KEEP:
		if (run_colours_words(run, WATCHED_OLD) != NULL)
			strbuf_adds(out, run_colours_words(run, WATCHED_OLD));
		else
			strbuf_addf(out, "%s stands ready",
				run_old_colour(run));
		break;
	case GATE_KIND_COUNT:
		break;
	}
	add_place(run, out);
}

static void
say_gate(struct run *run, const struct gate *g)
{
	struct strbuf words;

	strbuf_init(&words);
	run_gate_words(run, g, &words);
	run_reason(run, "%s", words.buf);
	strbuf_finish(&words);
}

/* ---- what a gate that is not passed means ---- */

void
run_gate_missed(struct run *run, const char *why)
{
	const struct gate *g = run_gate(run);
	struct strbuf words;

	strbuf_init(&words);
	run_gate_words(run, g, &words);
	strbuf_addf(&words, ": %s", why);
	switch (g->otherwise) {
	case GATE_HOLD:
		run_pause(run, PAUSE_GATE, "engine", -1, words.buf);
		break;
	case GATE_ROLLBACK:
		run_go_back(run, PAUSE_GATE, words.buf);
		break;
	case GATE_ABORT:
		run_end(run, words.buf);
		break;
	case GATE_OUTCOME_COUNT:
		break;
	}
	strbuf_finish(&words);
}

/* ---- kinds ---- */

static bool
has_old_colour(const struct run *run)
{
	return strcmp(run_old_colour(run), "none") != 0;
}

static void
look_at_timer(struct run *run, const struct gate *g)
{
	if (now_ms(run) >= bake_end_ms(run, g))
		run_pass_gate(run, "engine", -1);
	else
		set_due(run, g);
}

/* Holding a colour that is down, or never was, holds nothing. */
static void
look_at_keep(struct run *run, const struct gate *g)
{
	if (!has_old_colour(run)) {
		run_pass_gate(run, "engine", -1);
		return;
	}
	if (run_colours_old_is_down(run)) {
		run_gate_missed(run, "there is no way back by a switch");
		return;
	}
	say_gate(run, g);
	run_save(run);
	look_at_timer(run, g);
}

static void
look_at_window(struct run *run, const struct gate *g)
{
	struct runner *rn = run->rn;
	char *closed = rn->world->closed == NULL
			       ? NULL
			       : rn->world->closed(rn->arg, &run->d);

	if (closed == NULL) {
		run_pass_gate(run, "engine", -1);
		return;
	}
	if (now_ms(run) >= deadline_ms(run, g)) {
		run_gate_missed(run, closed);
	} else {
		say_gate(run, g);
		run_reason(run, "%s: %s", run->d.reason, closed);
		set_due(run, g);
		run_save(run);
	}
	free(closed);
}

static void
look_at_analysis(struct run *run, const struct gate *g)
{
	int64_t now = now_ms(run);

	if (now < bake_end_ms(run, g)) {
		set_due(run, g);
	} else if (run_watch_verdict(run) == ANALYSIS_PASS) {
		run_pass_gate(run, "engine", -1);
	} else if (now >= deadline_ms(run, g)) {
		run_gate_missed(run, run_watch_words(run));
	} else {
		say_gate(run, g);
		run_reason(run, "%s: %s", run->d.reason, run_watch_words(run));
		set_due(run, g);
		run_save(run);
	}
}

static void
look_at_baseline(struct run *run, const struct gate *g)
{
	struct strbuf words;

	strbuf_init(&words);
	if (!has_old_colour(run)) {
		run_gate_missed(run, "nothing to compare with was live before");
	} else if (run_watch_has_baseline(run, &words) &&
		   now_ms(run) >= bake_end_ms(run, g)) {
		run_pass_gate(run, "engine", -1);
	} else if (now_ms(run) >= deadline_ms(run, g)) {
		run_gate_missed(run, words.buf);
	} else {
		say_gate(run, g);
		if (words.len > 0)
			run_reason(run, "%s: %s", run->d.reason, words.buf);
		set_due(run, g);
		run_save(run);
	}
	strbuf_finish(&words);
}

static void
look_at_check(struct run *run, const struct gate *g)
{
	if (now_ms(run) >= deadline_ms(run, g)) {
		run_gate_missed(run, run->check.words == NULL
					     ? "it did not answer in time"
					     : run->check.words);
	} else if (run->check.waiting == 0 && run->check.failed > 0 &&
		   run->check.again_ms == 0) {
		run_check_failed(run, g);
	} else if (run->check.again_ms != 0 &&
		   now_ms(run) >= run->check.again_ms) {
		run_check_begin(run, g);
		set_due(run, g);
	} else {
		set_due(run, g);
	}
}

void
run_gate_look(struct run *run)
{
	const struct gate *g = run_gate(run);

	run->due_ms = 0;
	if (run->d.state != ROLLOUT_WAITING || g == NULL)
		return;
	switch (g->kind) {
	case GATE_TIMER:
		look_at_timer(run, g);
		return;
	case GATE_KEEP:
		look_at_keep(run, g);
		return;
	case GATE_ANALYSIS:
		look_at_analysis(run, g);
		return;
	case GATE_APPROVAL:
		if (now_ms(run) >= deadline_ms(run, g))
			run_gate_missed(run, "nobody answered in time");
		else
			set_due(run, g);
		return;
	case GATE_BASELINE:
		look_at_baseline(run, g);
		return;
	case GATE_CHECK:
		look_at_check(run, g);
		return;
	case GATE_WINDOW:
		look_at_window(run, g);
		return;
	case GATE_KIND_COUNT:
		break;
	}
}

/* What it needs to be passed at all, at first and after a restart. */
void
run_gate_resume(struct run *run)
{
	const struct gate *g = run_gate(run);

	if (g == NULL)
		return;
	if (run_traffic_is_watched(run))
		run_live_ask(run);
	run_colours_ask(run);
	if (run->d.state != ROLLOUT_WAITING)
		return; /* somebody has said something else meanwhile */
	if (g->kind == GATE_CHECK)
		run_check_begin(run, g);
	set_due(run, g);
}

void
run_gate_enter(struct run *run)
{
	const struct gate *g = run_gate(run);

	run_apply(run, ROLLOUT_EVENT_GATE, "engine", -1, NULL);
	run->d.gate_since = now_ms(run) / 1000;
	say_gate(run, g);
	run_check_forget(run);
	if (g->kind == GATE_ANALYSIS || g->kind == GATE_BASELINE)
		run_watch_begin(run);
	run_gate_resume(run);
	run_save(run);
	run_wait_note(run, true);
	if (g->kind == GATE_WINDOW || g->kind == GATE_BASELINE ||
		(g->kind == GATE_KEEP && !has_old_colour(run)))
		run_gate_look(run);
}

void
run_pass_gate(struct run *run, const char *who, int64_t uid)
{
	const struct gate *g = run_gate(run);
	char id[ID_TEXT_SIZE];
	struct strbuf words;

	strbuf_init(&words);
	if (g != NULL) {
		rollout_id_format(run->d.id, id);
		run_gate_words(run, g, &words);
		run->rn->world->record(run->rn->arg, who, uid, "rollout.gate",
			id, words.buf,
			json_pack("{s:s, s:i, s:i, s:s}", "kind",
				gate_kind_name(g->kind), "wave", run->d.wave,
				"number", run->d.gate + 1, "verdict",
				run_watch_is_on(run)
					? analysis_verdict_name(
						  run_watch_verdict(run))
					: "none"));
		run->d.gate++;
	}
	strbuf_finish(&words);
	run_check_forget(run);
	run_reason(run, "%s", "");
	run_apply(run, ROLLOUT_EVENT_RUN, who, uid, NULL);
	run_advance(run);
}
