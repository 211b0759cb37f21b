/* canary_look.c - one metric of a comparison as numbers, words and a plot. */
#include "tui/canary_look.h"

#include <math.h>
#include <string.h>

#include "tui/console.h"
#include "wire/json.h"

static const struct verdict_look {
	const char *word, *shown;
	enum style_role role;
	int rank; /* the greatest decides */
} verdicts[] = {
	{"fail", "FAIL", STYLE_STATE_FAILED, 3},
	{"nodata", "NO DATA", STYLE_STATE_UNKNOWN, 2},
	{"inconclusive", "INCONCL", STYLE_STATE_WARN, 1},
	{"pass", "PASS", STYLE_STATE_OK, 0},
};

static const struct verdict_look *
look_of(const char *verdict)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(verdicts); i++)
		if (strcmp(verdicts[i].word, verdict) == 0)
			return &verdicts[i];
	return &verdicts[1];
}

static double
number_of(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	return json_is_number(v) ? json_number_value(v) : NAN;
}

/* The level beyond which a shift is larger than it may be. */
static void
set_limits(struct metric_look *m)
{
	const char *worse = json_get_string(m->json, "worse", "higher");
	double allowed = number_of(m->json, "tolerance") * fabs(m->baseline);
	struct plot *p = &m->plot;

	m->limit = m->baseline + (strcmp(worse, "lower") == 0 ? -1 : 1) *
					 allowed;
	m->other_limit = strcmp(worse, "either") == 0 ? m->baseline - allowed
						      : NAN;
	p->low_is_worse = strcmp(worse, "lower") == 0;
	p->limit_count = 0;
	if (isfinite(m->limit))
		p->limits[p->limit_count++] = m->limit;
	if (isfinite(m->other_limit))
		p->limits[p->limit_count++] = m->other_limit;
}

static void
time_text(const struct console *c, int64_t at_ms, char *out, size_t size)
{
	struct strbuf text;

	strbuf_init(&text);
	console_time(c, at_ms / 1000, &text);
	snprintf(out, size, "%s", text.buf);
	strbuf_finish(&text);
}

static void
set_plot(const struct console *c, const struct canary *k, size_t index,
	const json_t *analysis, struct metric_look *m)
{
	const struct canary_metric *rows = &k->metrics[index];
	int64_t planned = json_get_int(analysis, "moments_planned", 0);
	struct plot *p = &m->plot;

	if (index >= CANARY_METRICS_MAX || rows->failed == NULL ||
		k->count == 0)
		return;
	p->count = k->count;
	p->room = planned > 0 && planned < CANARY_MOMENTS_MAX ? (size_t)planned
							      : 0;
	p->series[0] = (struct plot_series){
		rows->rows[CANARY_BASELINE], 'o', STYLE_PLOT_SERIES2};
	p->series[1] = (struct plot_series){
		rows->rows[CANARY_CANARY], '*', STYLE_PLOT_SERIES};
	p->series_count = 2;
	p->band_low = rows->rows[CANARY_LOW];
	p->band_high = rows->rows[CANARY_HIGH];
	time_text(c, k->at_ms[0], m->first, sizeof(m->first));
	time_text(c, k->at_ms[k->count - 1], m->last, sizeof(m->last));
	p->first = m->first;
	if (p->room <= p->count)
		p->last = m->last;
}

static void
set_levels(const struct canary *k, size_t index, struct metric_look *m)
{
	const struct canary_metric *rows = &k->metrics[index];
	double shift = number_of(m->json, "shift");

	if (index < CANARY_METRICS_MAX && rows->failed != NULL) {
		m->baseline =
			canary_median(rows->rows[CANARY_BASELINE], k->count);
		m->canary = canary_median(rows->rows[CANARY_CANARY], k->count);
	}
	if (isfinite(shift) && isfinite(m->baseline))
		m->canary = m->baseline + shift;
	m->shift_percent = number_of(m->json, "relative_shift") * 100;
}

void
metric_look_at(const struct console *c, const json_t *analysis,
	const struct canary *k, size_t index, struct metric_look *ret)
{
	const json_t *m =
		json_array_get(json_object_get(analysis, "metrics"), index);
	const struct verdict_look *look =
		look_of(json_get_string(m, "verdict", "nodata"));

	memset(ret, 0, sizeof(*ret));
	ret->json = m;
	ret->name = json_get_string(m, "name", "?");
	ret->reason = json_get_string(m, "reason", "");
	ret->verdict = look->word;
	ret->shown = look->shown;
	ret->role = look->role;
	ret->canary = ret->baseline = NAN;
	ret->have = json_get_int(m, "samples_canary", 0);
	ret->need = json_get_int(m, "samples_needed", -1);
	if (index < CANARY_METRICS_MAX) {
		set_levels(k, index, ret);
		set_plot(c, k, index, analysis, ret);
	}
	set_limits(ret);
}

size_t
metric_deciding(const json_t *analysis)
{
	const json_t *m;
	size_t i, best = 0;
	int rank = -1;

	json_array_foreach(json_object_get(analysis, "metrics"), i, m)
	{
		int of = look_of(json_get_string(m, "verdict", ""))->rank;

		if (of > rank) {
			rank = of;
			best = i;
		}
	}
	return best;
}

void
metrics_summary(const json_t *analysis, struct strbuf *out)
{
	size_t i, k, n;
	const json_t *m;

	for (k = ARRAY_SIZE(verdicts); k > 0; k--) {
		n = 0;
		json_array_foreach(json_object_get(analysis, "metrics"), i,
			m) n += look_of(json_get_string(m, "verdict", "")) ==
				&verdicts[k - 1];
		if (n > 0)
			strbuf_addf(out, "%zu %s  ", n,
				strcmp(verdicts[k - 1].word, "nodata") == 0
					? "without data"
					: verdicts[k - 1].word);
	}
	strbuf_addf(out, "score %.0f",
		json_number_value(json_object_get(analysis, "score")));
}
