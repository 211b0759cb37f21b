/*
 * run_watch.c - a canary against what has not moved, while it bakes and as
 * long as somebody is awaited after it.
 *
 * A moment asks all chosen hosts of both sides for all metrics at once. It
 * ends when everybody has answered or the time limits are over: who is late
 * then has failed to answer. The next one begins an interval after it began,
 * or later where answers take longer: nobody is asked twice at a time. Every
 * moment is stored before it is judged, so that an engine that was killed
 * goes on where it was.
 */
#include "engine/run_watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/comparison_json.h"
#include "store/store_analysis.h"

#define ANSWER_MORE_MS 2000

static int64_t
wall_ms(const struct run *run)
{
	return clock_wall_ms(run->rn->clock);
}

/* ---- life ---- */

void
run_watch_end(struct run *run)
{
	struct watch *w = run->watch;
	size_t i;

	if (w == NULL)
		return;
	run->watch = NULL;
	run_asks_drop(run, ASK_SAMPLE);
	for (i = 0; i < run->plan.metric_count; i++)
		sample_block_finish(&w->blocks[i]);
	comparison_finish(&w->comparison);
	free(w->hosts);
	free(w->counted);
	free(w->blocks);
	free(w);
}

/* The wave that is judged, under which the verdict is kept. */
static int
row_wave(const struct run *run)
{
	return run_is_blue_green(run) ? TRAFFIC_WAVE : run->d.wave;
}

/* The bake that the limits are spread over. */
static int64_t
bake_of(struct run *run)
{
	const struct gate *gates[PLAN_GATES_MAX];
	size_t count = plan_gates_after(&run->plan, row_wave(run), gates,
		       PLAN_GATES_MAX),
	       i;

	for (i = 0; i < count; i++)
		if (gates[i]->kind == GATE_ANALYSIS)
			return gates[i]->for_ms;
	return 0;
}

static struct watch *
watch_create(struct run *run)
{
	struct watch *w = xcalloc(1, sizeof(*w));
	struct analysis_rules rules = run->plan.analysis;
	size_t metrics = run->plan.metric_count;

	run->watch = w;
	w->wave = run->d.wave;
	w->hosts = xcalloc(run->host_count, sizeof(*w->hosts));
	rules.in_turn = run_is_blue_green(run);
	comparison_init(&w->comparison, &rules, run->plan.metrics, metrics,
		bake_of(run), watch_canaries(run));
	watch_choose(run);
	w->counted = xcalloc(metrics * w->host_count, sizeof(*w->counted));
	w->blocks = xcalloc(metrics, sizeof(*w->blocks));
	return w;
}

static void
save(struct run *run, bool is_over)
{
	struct watch *w = run->watch;
	struct runner *rn = run->rn;
	struct analysis_row row = {.rollout = run->d.id,
		.wave = run_is_blue_green(run) ? TRAFFIC_WAVE : w->wave,
		.began_at_ms = w->began_at_ms,
		.ended_at_ms = is_over ? wall_ms(run) : 0,
		.verdict = analysis_verdict_name(w->comparison.verdict)};
	json_t *o = run_watch_json(run);
	char *text = json_dumps(o, JSON_COMPACT);
	struct error e;

	row.result = text;
	rn->world->write(rn->arg);
	rn->world->must(store_analysis_put(rn->store, &row, &e), &e,
		"save an analysis");
	free(text);
	json_decref(o);
}

void
run_watch_begin(struct run *run)
{
	struct watch *w;
	struct error e;

	/* Whoever comes back to the gate goes on with what there is. */
	if (run->plan.analysis.interval_ms == 0 ||
		(run->watch != NULL && run->watch->wave == run->d.wave))
		return;
	run_watch_end(run);
	/* The other colour is judged against what was measured before. */
	if (run_is_blue_green(run))
		run->rn->world->must(
			run_watch_load(run, &e), &e, "read samples");
	if (run->watch != NULL)
		return;
	w = watch_create(run);
	w->began_at_ms = wall_ms(run);
	w->due_ms = clock_mono_ms(run->rn->clock);
	save(run, false);
}

void
run_watch_close(struct run *run)
{
	if (run->watch == NULL)
		return;
	save(run, true);
	run_watch_end(run);
}

/* ---- after a restart ---- */

static void
feed(struct comparison *c, const struct run *run, int wave, size_t metric,
	const struct sample_block *b)
{
	size_t i;

	for (i = 0; i < b->count; i++)
		if (b->items[i].host < (int)run->host_count)
			comparison_add(c, metric,
				watch_side(run, wave, b->items[i].host),
				b->items[i].value);
	comparison_fail(c, metric, SIDE_CANARY, b->failed_canary, NULL);
	comparison_fail(c, metric, SIDE_BASELINE, b->failed_baseline, NULL);
}

struct feeding {
	struct run *run;
	int wave;
	int64_t at_ms; /* the moment that is being read; 0: none */
};

static int
feed_row(int64_t at_ms, int metric, const void *bytes, size_t len, void *arg)
{
	struct feeding *f = arg;
	struct watch *w = f->run->watch;
	struct sample_block b;

	if (at_ms < w->began_at_ms)
		return 0; /* of a bake before a retry */
	if (f->at_ms != 0 && f->at_ms != at_ms)
		comparison_look(&w->comparison);
	f->at_ms = at_ms;
	if (metric >= (int)w->comparison.count ||
		sample_block_unpack(bytes, len, &b, NULL) == -1)
		return 0;
	feed(&w->comparison, f->run, f->wave, (size_t)metric, &b);
	sample_block_finish(&b);
	return 0;
}

int
run_watch_load(struct run *run, struct error *e)
{
	struct feeding f = {.run = run};
	struct analysis_row row;
	int found, first = run_is_blue_green(run) ? 1 : run->d.wave;

	if (run->plan.analysis.interval_ms == 0 || run->d.gate_since == 0)
		return 0;
	found = store_analysis_find(
		run->rn->store, run->d.id, row_wave(run), &row, e);
	if (found != 1 || row.ended_at_ms != 0) {
		if (found == 1)
			analysis_row_finish(&row);
		return found == -1 ? -1 : 0;
	}
	watch_create(run);
	run->watch->began_at_ms = row.began_at_ms;
	run->watch->due_ms = clock_mono_ms(run->rn->clock);
	analysis_row_finish(&row);
	for (f.wave = first; f.wave <= run->d.wave; f.wave++)
		if (store_samples_each(run->rn->store, run->d.id, f.wave,
			    feed_row, &f, e) == -1)
			return -1;
	if (f.at_ms != 0)
		comparison_look(&run->watch->comparison);
	return 0;
}

/* ---- a moment ---- */

static void
store_moment(struct run *run)
{
	struct watch *w = run->watch;
	struct runner *rn = run->rn;
	struct error e;
	size_t i;

	rn->world->write(rn->arg);
	for (i = 0; i < run->plan.metric_count; i++) {
		struct strbuf bytes;

		strbuf_init(&bytes);
		sample_block_pack(&w->blocks[i], &bytes);
		rn->world->must(store_samples_put(rn->store, run->d.id, w->wave,
					w->moment_ms, (int)i, bytes.buf,
					bytes.len, &e),
			&e, "save samples");
		strbuf_finish(&bytes);
	}
}

static void
act_on_verdict(struct run *run)
{
	char words[256];
	char id[ID_TEXT_SIZE];

	if (run->watch->comparison.verdict != ANALYSIS_FAIL ||
		rollout_is_over(run->d.state))
		return;
	snprintf(words, sizeof(words), "the analysis failed: %s",
		run_watch_words(run));
	rollout_id_format(run->d.id, id);
	run->rn->world->record(run->rn->arg, "engine", -1, "rollout.analysis",
		id, words, run_watch_json(run));
	run_watch_close(run);
	if (run->plan.on_failure == ON_FAILURE_ROLLBACK)
		run_go_back(run, PAUSE_ANALYSIS, words);
	else
		run_stop(run, PAUSE_ANALYSIS, words);
}

static void
end_moment(struct run *run)
{
	struct watch *w = run->watch;
	size_t i;

	store_moment(run);
	for (i = 0; i < run->plan.metric_count; i++) {
		feed(&w->comparison, run, w->wave, i, &w->blocks[i]);
		sample_block_finish(&w->blocks[i]);
	}
	w->moment_ms = 0;
	w->due_ms = w->next_ms;
	comparison_look(&w->comparison);
	save(run, false);
	run->rn->world->changed(run->rn->arg, &run->d, NULL);
	act_on_verdict(run);
	if (run->watch != NULL && run->d.state == ROLLOUT_WAITING)
		run_gate_look(run);
}

static void
note_failure(struct run *run, const struct watch_host *wh, size_t metric,
	const char *why)
{
	struct watch *w = run->watch;
	char words[160];

	if (wh->side == SIDE_CANARY)
		w->blocks[metric].failed_canary++;
	else
		w->blocks[metric].failed_baseline++;
	snprintf(words, sizeof(words), "%s: %.110s", wh->host->d.host, why);
	comparison_fail(&w->comparison, metric, wh->side, 0, words);
}

/* A counter's rate a minute; false: it cannot be known yet. */
static bool
rate_of(struct counted *c, int64_t now_ms, double *value)
{
	struct counted before = *c;
	double grown = *value - before.value;

	*c = (struct counted){*value, now_ms};
	if (before.at_ms == 0 || now_ms <= before.at_ms)
		return false;
	if (grown < 0)
		grown = *value; /* it began anew */
	*value = grown * 60000 / (double)(now_ms - before.at_ms);
	return true;
}

static void
note_value(struct run *run, const struct watch_host *wh, size_t metric,
	double value)
{
	struct watch *w = run->watch;
	size_t place = metric * w->host_count + (size_t)(wh - w->hosts);

	if (metric_is_rate(&run->plan.metrics[metric]) &&
		!rate_of(&w->counted[place], w->moment_ms, &value))
		return;
	sample_block_add(&w->blocks[metric], wh->host->d.index,
		sample_round(value));
}

static void
answered(struct run *run)
{
	struct watch *w = run->watch;

	if (--w->waiting == 0 && w->moment_ms != 0)
		end_moment(run);
}

/* Who has not answered by now is late. */
static void
fail_late(struct run *run, const struct ask *a)
{
	static const char late[] = "no answer in time";
	const struct watch_host *wh = watch_find(run->watch, a->host);
	size_t i;

	if (wh == NULL)
		return;
	for (i = 0; i < run->plan.metric_count; i++)
		if (a->metric == (int)i ||
			(a->metric == -1 &&
				metric_is_command(&run->plan.metrics[i])))
			note_failure(run, wh, i, late);
}

/* What is sampled is asked for with a time limit of its own; a link may need
 * a little more. */
static int64_t
longest_answer(const struct run *run)
{
	int64_t longest = 0;
	size_t i;

	for (i = 0; i < run->plan.metric_count; i++)
		if (run->plan.metrics[i].timeout_ms > longest)
			longest = run->plan.metrics[i].timeout_ms;
	return longest + ANSWER_MORE_MS;
}

void
run_watch_tick(struct run *run)
{
	struct watch *w = run->watch;
	int64_t now = clock_mono_ms(run->rn->clock);

	if (w->moment_ms != 0) {
		run_asks_each(run, ASK_SAMPLE, fail_late);
		run_asks_drop(run, ASK_SAMPLE);
		end_moment(run);
		return;
	}
	w->moment_ms = wall_ms(run);
	w->next_ms = now + run->plan.analysis.interval_ms;
	w->due_ms = now + longest_answer(run);
	w->waiting = 1; /* this turn itself: answers may come at once */
	watch_ask(run);
	answered(run);
}

/* ---- answers ---- */

struct printed {
	struct run *run;
	const struct watch_host *host;
	bool *seen; /* by metric */
};

static void
take_printed(int metric, int status, const char *text, void *arg)
{
	struct printed *p = arg;
	double value;
	struct error e;

	if (metric < 0 || metric >= (int)p->run->plan.metric_count ||
		p->seen[metric] ||
		!metric_is_command(&p->run->plan.metrics[metric]))
		return;
	p->seen[metric] = true;
	if (status != 0)
		error_set(&e, ERROR_INVALID, "the command exited %d", status);
	else if (sample_parse(text, &value, &e) == 0) {
		note_value(p->run, p->host, (size_t)metric, value);
		return;
	}
	note_failure(p->run, p->host, (size_t)metric, e.text);
}

void
run_watch_printed(struct run *run, struct run_host *h, bool ok,
	const char *words, const char *output)
{
	struct watch *w = run->watch;
	struct watch_host *wh = w == NULL ? NULL : watch_find(w, h);
	struct printed p = {.run = run, .host = wh};
	size_t i;

	if (wh == NULL)
		return;
	p.seen = xcalloc(run->plan.metric_count, sizeof(*p.seen));
	watch_each_printed(output, take_printed, &p);
	for (i = 0; i < run->plan.metric_count; i++)
		if (!p.seen[i] && metric_is_command(&run->plan.metrics[i]))
			note_failure(run, wh, i,
				ok ? "nothing was answered" : words);
	free(p.seen);
	answered(run);
}

void
run_watch_fetched(struct run *run, struct run_host *h, int metric,
	const struct fetched *f)
{
	struct watch *w = run->watch;
	struct watch_host *wh = w == NULL ? NULL : watch_find(w, h);
	struct error e;
	double value;

	if (wh == NULL)
		return;
	if (watch_read(&run->plan.metrics[metric], f, &value, &e) == 0)
		note_value(run, wh, (size_t)metric, value);
	else
		note_failure(run, wh, (size_t)metric, e.text);
	answered(run);
}

/* ---- looking ---- */

bool
run_watch_is_on(const struct run *run)
{
	return run->watch != NULL;
}

enum analysis_verdict
run_watch_verdict(const struct run *run)
{
	return run->watch == NULL ? ANALYSIS_NODATA
				  : run->watch->comparison.verdict;
}

const char *
run_watch_words(struct run *run)
{
	const struct compared_metric *m =
		run->watch == NULL ? NULL
				   : comparison_worst(&run->watch->comparison);
	long needed;
	int64_t takes_s;

	if (m == NULL || run->watch->comparison.moments == 0)
		return "there are no samples yet";
	needed = comparison_needed(&run->watch->comparison, &takes_s);
	if (run->watch->comparison.verdict == ANALYSIS_INCONCLUSIVE &&
		needed > 0 && takes_s >= 0)
		snprintf(run->words, sizeof(run->words),
			"%s: %s; %ld more samples a side, about %lld s",
			m->metric->name, m->verdict.reason, needed,
			(long long)takes_s);
	else
		snprintf(run->words, sizeof(run->words), "%s: %s",
			m->metric->name, m->verdict.reason);
	return run->words;
}

json_t *
run_watch_json(const struct run *run)
{
	return run->watch == NULL ? json_null()
				  : comparison_json(&run->watch->comparison);
}

int64_t
run_watch_due_ms(const struct run *run)
{
	return run->watch == NULL ? INT64_MAX : run->watch->due_ms;
}
