/*
 * console_canary.c - the comparison of a rollout: that which runs comes with
 * the rollout itself, one that is over is asked for. Its samples are read
 * from where they were read last, so that a moment costs one moment.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/view_rollout.h"
#include "wire/json.h"

#define PAGE_ITEMS 1000

/* --- samples --- */

struct sampling {
	struct console *c;
	uint64_t generation;
	char rollout[32];
	int wave;
};

static void
sampling_destroy(void *object)
{
	free(object);
}

static void ask_samples(struct console *c);

static void
on_samples(const json_t *result, const struct error *error, void *arg)
{
	struct sampling *s = arg;
	struct console *c = s->c;
	struct canary *k = &c->canary;
	bool is_it = s->generation == c->generation && s->wave == k->wave &&
		     strcmp(s->rollout, k->rollout) == 0;

	console_drop(c, s);
	sampling_destroy(s);
	c->canary_asked = false;
	if (!is_it || error != NULL)
		return;
	canary_put(k, json_object_get(result, "items"));
	c->stale = true;
	if (json_is_string(json_object_get(result, "next")) ||
		json_is_integer(json_object_get(result, "next")))
		ask_samples(c);
}

static void
ask_samples(struct console *c)
{
	struct canary *k = &c->canary;
	struct sampling *s = xcalloc(1, sizeof(*s));
	char after[32];

	s->c = c;
	s->generation = c->generation;
	snprintf(s->rollout, sizeof(s->rollout), "%s", k->rollout);
	s->wave = k->wave;
	snprintf(after, sizeof(after), "%lld", (long long)k->last);
	console_keep(c, s, sampling_destroy);
	c->canary_asked = true;
	c->io->request(c->io_arg, "analysis.samples",
		json_pack("{s:s, s:i, s:s, s:i}", "id", k->rollout, "wave",
			k->wave, "after", after, "limit", PAGE_ITEMS),
		on_samples, s);
}

/* As many moments as the analysis has had are wanted. */
static void
follow(struct console *c, const char *id, int wave, const json_t *analysis)
{
	struct canary *k = &c->canary;
	int64_t moments = json_get_int(analysis, "moments", 0);
	bool is_new = strcmp(k->rollout, id) != 0 || k->wave != wave;

	canary_begin(k, id, wave,
		(int64_t)(json_number_value(
				  json_object_get(analysis, "interval_s")) *
			  1000));
	if (c->canary_asked || c->link != LINK_STATE_LIVE ||
		(!is_new && c->canary_moments == moments &&
			c->canary_generation == c->generation))
		return;
	c->canary_moments = moments;
	c->canary_generation = c->generation;
	ask_samples(c);
}

/* --- the comparison --- */

/* Changes with everything that could end an analysis. */
static uint64_t
version_of(const struct world_rollout *r)
{
	if (strcmp(r->state, "running") == 0 ||
		strcmp(r->state, "staging") == 0)
		return (uint64_t)r->wave;
	return r->record.version + UINT32_MAX;
}

static const json_t *
last_analysis(
	struct console *c, const struct world_rollout *r, int *ret_wave)
{
	const json_t *way = rollout_way(c, r), *doc, *waves, *last;

	if (json_array_size(json_object_get(way, "metrics")) == 0 ||
		r->wave < 1)
		return NULL;
	doc = console_doc(c, "analysis.show",
		json_pack("{s:s}", "id", r->record.id), version_of(r), NULL);
	waves = json_object_get(doc, "waves");
	last = json_array_get(waves, json_array_size(waves) - 1);
	*ret_wave = (int)json_get_int(last, "wave", 0);
	return last;
}

const json_t *
rollout_canary(struct console *c, const struct world_rollout *r, int *ret_wave)
{
	const json_t *analysis = r->analysis;

	*ret_wave = (int)r->wave;
	if (analysis == NULL)
		analysis = last_analysis(c, r, ret_wave);
	if (json_array_size(json_object_get(analysis, "metrics")) == 0)
		return NULL;
	follow(c, r->record.id, *ret_wave, analysis);
	return analysis;
}
