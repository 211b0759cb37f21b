/* risk.c - the score of a change from the table and the facts. */
#include "model/risk.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"

#define DAY_S ((int64_t)86400)
#define PAUSE_FROM_S (7 * DAY_S)
#define PAUSE_FULL_S (90 * DAY_S)
#define PROVEN_FULL_S (3 * DAY_S)

static const struct {
	const char *name;
	int points;
	const char *sentence;
} factors[RISK_FACTOR_COUNT] = {
#define RISK_FACTOR(id, name, points, sentence)                                \
	[RISK_##id] = {name, points, sentence},
#include "model/risk_factors.def"
#undef RISK_FACTOR
};

static const struct {
	const char *name;
	int from;
} bands[RISK_BAND_COUNT] = {
	{"low", 0}, {"medium", 25}, {"high", 50}, {"critical", 75}};

const char *
risk_factor_name(enum risk_factor f)
{
	assert((unsigned)f < RISK_FACTOR_COUNT);
	return factors[f].name;
}

const char *
risk_factor_sentence(enum risk_factor f)
{
	assert((unsigned)f < RISK_FACTOR_COUNT);
	return factors[f].sentence;
}

const char *
risk_band_name(enum risk_band b)
{
	assert((unsigned)b < RISK_BAND_COUNT);
	return bands[b].name;
}

void
risk_table_init(struct risk_table *t)
{
	int i;

	memset(t, 0, sizeof(*t));
	for (i = 0; i < RISK_FACTOR_COUNT; i++)
		t->points[i] = factors[i].points;
	for (i = 0; i < RISK_BAND_COUNT; i++)
		t->from[i] = bands[i].from;
	t->day_starts_min = 8 * 60;
	t->day_ends_min = 18 * 60;
	t->days = 1u << 1 | 1u << 2 | 1u << 3 | 1u << 4; /* Mon to Thu */
}

enum risk_band
risk_band(const struct risk_table *t, int score)
{
	int b = RISK_BAND_CRITICAL;

	while (b > RISK_BAND_LOW && score < t->from[b])
		b--;
	return (enum risk_band)b;
}

int
risk_table_most(const struct risk_table *t)
{
	int sum = 0, i;

	for (i = 0; i < RISK_FACTOR_COUNT; i++)
		sum += t->points[i] > 0 ? t->points[i] : 0;
	return sum < RISK_MOST ? sum : RISK_MOST;
}

/* ---- files ---- */

bool
risk_is_schema(const char *path)
{
	const char *dot = strrchr(path, '.');

	return (dot != NULL && strcasecmp(dot, ".sql") == 0) ||
	       strcasestr(path, "migrat") != NULL ||
	       strcasestr(path, "schema") != NULL;
}

bool
risk_is_settings(const char *path)
{
	static const char *const ends[] = {".conf", ".cfg", ".env", ".ini",
		".json", ".properties", ".toml", ".xml", ".yaml", ".yml"};
	const char *dot = strrchr(path, '.');
	size_t i;

	for (i = 0; dot != NULL && i < ARRAY_SIZE(ends); i++)
		if (strcasecmp(dot, ends[i]) == 0)
			return true;
	return false;
}

/* ---- the factors ---- */

struct assessing {
	const struct risk_table *t;
	const struct risk_facts *f;
	struct risk *ret;
	int sum;
};

static void
add_reason(struct risk *r, const char *factor, int points, char *text)
{
	ARRAY_GROW(r->items, r->count, r->capacity);
	r->items[r->count++] = (struct risk_reason){factor, points, text};
}

/* part of whole of the factor's points, away from zero; nothing adds no
 * reason. */
static void SLUICE_PRINTF(5, 6)
add(struct assessing *a, enum risk_factor factor, int64_t part, int64_t whole,
	const char *fmt, ...)
{
	int64_t most = a->t->points[factor], up;
	struct strbuf text;
	va_list ap;
	int points;

	if (part <= 0 || whole <= 0 || most == 0)
		return;
	part = part > whole ? whole : part;
	up = most < 0 ? -(whole - 1) : whole - 1;
	points = (int)((most * part + up) / whole);
	strbuf_init(&text);
	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	add_reason(a->ret, factors[factor].name, points, strbuf_detach(&text));
	a->sum += points;
}

static void
add_files(struct assessing *a)
{
	const struct risk_facts *f = a->f;

	if (f->runs == NULL)
		add(a, RISK_SIZE, 1, 1,
			"nothing is known to run there that it could be "
			"compared with");
	else if (f->not_compared != NULL)
		add(a, RISK_SIZE, 1, 1, "%s", f->not_compared);
	else
		add(a, RISK_SIZE, f->files_differ, f->files,
			"%lld of %lld files differ from %s",
			(long long)f->files_differ, (long long)f->files,
			f->runs);
	add(a, RISK_SCHEMA, f->schema_files > 0, 1,
		"%lld file%s of a data model differ%s, such as %s",
		(long long)f->schema_files, f->schema_files == 1 ? "" : "s",
		f->schema_files == 1 ? "s" : "",
		f->schema_file == NULL ? "" : f->schema_file);
	add(a, RISK_SETTINGS, f->settings_files > 0, 1,
		"%lld file%s of settings differ%s, such as %s",
		(long long)f->settings_files,
		f->settings_files == 1 ? "" : "s",
		f->settings_files == 1 ? "s" : "",
		f->settings_file == NULL ? "" : f->settings_file);
}

static void
add_plan(struct assessing *a)
{
	const struct risk_facts *f = a->f;
	const char *kind = f->env_kind == NULL ? "" : f->env_kind;
	bool is_production =
		strcmp(kind, "production") == 0 || strcmp(kind, "dr") == 0;

	add(a, RISK_STEPS, f->steps_differ > 0, 1,
		"steps or settings of the plan differ in %d line%s",
		f->steps_differ, f->steps_differ == 1 ? "" : "s");
	add(a, RISK_IRREVERSIBLE, f->irreversible != NULL, 1,
		"step %s cannot be taken back",
		f->irreversible == NULL ? "" : f->irreversible);
	add(a, RISK_HOSTS, f->hosts, f->env_hosts,
		"%d of the %d hosts of %s", f->hosts, f->env_hosts, f->env);
	add(a, RISK_FIRST_WAVE, f->first_wave, f->hosts,
		"the first wave moves %d of its %d hosts", f->first_wave,
		f->hosts);
	add(a, RISK_PRODUCTION, is_production, 1, "%s is of kind %s",
		f->env, kind);
	add(a, RISK_EMERGENCY, f->is_emergency, 1, "it is an emergency");
}

static void
add_record(struct assessing *a)
{
	const struct risk_facts *f = a->f;
	int64_t ago = f->starts_at - f->last_at;
	char words[TIME_TEXT_SIZE];

	add(a, RISK_RECORD, f->rollouts_bad, f->rollouts,
		"%d of the last %d rollouts there did not succeed or stay",
		f->rollouts_bad, f->rollouts);
	if (f->last_at == 0) {
		add(a, RISK_PAUSE, 1, 1, "nothing was ever released there");
	} else {
		duration_format(ago * 1000, words);
		add(a, RISK_PAUSE, ago < PAUSE_FROM_S ? 0 : ago, PAUSE_FULL_S,
			"the last release there was %s before", words);
	}
	add(a, RISK_STRATEGY, f->strategy_is_new, 1,
		"the first time by strategy %s there", f->strategy);
	add(a, RISK_AUTHOR, f->author_is_new, 1,
		"no change of it by %s has run there",
		f->author == NULL ? "its author" : f->author);
	duration_format(f->proven_s * 1000, words);
	if (f->proven_env != NULL)
		add(a, RISK_PROVEN, f->proven_s, PROVEN_FULL_S,
			"the same release has run in %s for %s", f->proven_env,
			words);
}

static bool
is_in_hours(const struct risk_table *t, int minute)
{
	bool after = minute >= t->day_starts_min;
	bool before = minute < t->day_ends_min;

	return t->day_starts_min <= t->day_ends_min ? after && before
						    : after || before;
}

static void
add_time(struct assessing *a)
{
	static const char *const days[] = {"Sunday", "Monday", "Tuesday",
		"Wednesday", "Thursday", "Friday", "Saturday"};
	const struct risk_facts *f = a->f;

	add(a, RISK_HOUR, !is_in_hours(a->t, f->start_min), 1,
		"it starts at %02d:%02d%s%s", f->start_min / 60,
		f->start_min % 60, f->zone == NULL ? "" : " ",
		f->zone == NULL ? "" : f->zone);
	add(a, RISK_WEEKDAY, !(a->t->days & 1u << f->start_wday), 1,
		"it starts on a %s", days[f->start_wday]);
	add(a, RISK_OVERLAP, f->overlaps, 2, "at the same time as %s",
		f->overlap_ids == NULL ? "" : f->overlap_ids);
	add(a, RISK_EVIDENCE, f->missing_count, 3, "no passing %s",
		f->missing == NULL ? "" : f->missing);
}

/* Held between 0 and 100, and said so. */
static void
hold(struct assessing *a)
{
	int score = a->sum < 0		? 0
		    : a->sum > RISK_MOST ? RISK_MOST
					 : a->sum;

	if (score != a->sum)
		add_reason(a->ret, "limit", score - a->sum,
			xasprintf("a score is from 0 to %d", RISK_MOST));
	a->ret->score = score;
}

void
risk_assess(const struct risk_table *t, const struct risk_facts *f,
	struct risk *ret)
{
	struct assessing a = {t, f, ret, 0};
	size_t i, k;

	memset(ret, 0, sizeof(*ret));
	add_files(&a);
	add_plan(&a);
	add_record(&a);
	add_time(&a);
	/* Most points first, else in the order above. */
	for (i = 1; i < ret->count; i++) {
		struct risk_reason r = ret->items[i];

		for (k = i; k > 0 && ret->items[k - 1].points < r.points; k--)
			ret->items[k] = ret->items[k - 1];
		ret->items[k] = r;
	}
	hold(&a);
}

void
risk_finish(struct risk *r)
{
	size_t i;

	for (i = 0; i < r->count; i++)
		free(r->items[i].text);
	free(r->items);
	memset(r, 0, sizeof(*r));
}
