/*
 * view_rollout_way.c - the way of a rollout in one line: stage, waves, and
 * the gates between them, each with how it stands below.
 */
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "tui/view_rollout.h"
#include "wire/json.h"

#define CELL 12
#define STEPS_MAX 512

enum step_kind { STEP_STAGE, STEP_WAVE, STEP_GATE };

struct step {
	enum step_kind kind;
	int64_t wave;
	int gate;	      /* of the wave, from 1 */
	const char *name;     /* of a wave, or kind of a gate */
	const json_t *detail; /* of a gate, NULL: none is known */
};

const json_t *
rollout_way(struct console *c, const struct world_rollout *r)
{
	/* It is that of the approved plan and never changes. */
	return console_doc(c, "rollout.waves",
		json_pack("{s:s}", "id", r->record.id), 1, NULL);
}

/* --- the steps --- */

static size_t
add_gates(struct step *steps, size_t n, int64_t wave, const json_t *gates)
{
	const json_t *g;
	size_t i;

	json_array_foreach(gates, i, g)
	{
		const char *kind = json_get_string(g, "kind", "gate");

		if (n == STEPS_MAX)
			break;
		steps[n++] = (struct step){STEP_GATE, wave, (int)i + 1,
			strcmp(kind, "timer") == 0 ? "bake" : kind, g};
	}
	return n;
}

/* Until the plan's own are here, or where there is none: numbers alone. */
static size_t
make_steps(struct console *c, const struct world_rollout *r, struct step *steps)
{
	const json_t *waves = json_object_get(rollout_way(c, r), "waves"), *w;
	size_t n = 0;
	int64_t i;

	/* A way back prepares each wave when its turn comes. */
	if (strcmp(r->kind, "rollback") != 0)
		steps[n++] = (struct step){STEP_STAGE, 0, 0, "stage", NULL};
	for (i = 1; i <= r->waves && n < STEPS_MAX; i++) {
		w = json_array_get(waves, (size_t)i - 1);
		steps[n++] = (struct step){STEP_WAVE, i, 0,
			json_get_string(w, "name",
				r->blue_green != NULL && i == r->waves
					? "switch"
					: ""),
			NULL};
		n = add_gates(steps, n, i, json_object_get(w, "gates"));
	}
	return n;
}

static int64_t
gate_number(const struct world_rollout *r)
{
	return r->gate != NULL ? json_get_int(r->gate, "number", 0) : 0;
}

static bool
is_current(const struct world_rollout *r, const struct step *s)
{
	int64_t gate = gate_number(r);

	if (!rollout_is_live(r) || s->wave != r->wave)
		return false;
	if (s->kind == STEP_GATE)
		return gate == s->gate;
	return s->kind == STEP_WAVE ? gate == 0 : r->wave == 0;
}

static bool
is_passed(const struct world_rollout *r, const struct step *s)
{
	return s->wave < r->wave || (s->wave == r->wave && r->gate != NULL &&
					    s->gate < gate_number(r));
}

/* --- how each stands --- */

struct wave_count {
	int64_t total, done, bad, staged;
};

static struct wave_count
count_wave(const struct console *c, int64_t wave)
{
	const struct collection *hosts = &c->world->lists[WORLD_ROLLOUT_HOSTS];
	struct wave_count n = {0, 0, 0, 0};
	size_t i;

	for (i = 0; i < hosts->count; i++) {
		const struct rollout_host *h = (const void *)hosts->items[i];
		const char *s = h->state;

		if (wave > 0 && h->wave != wave)
			continue;
		n.total++;
		n.done += strcmp(s, "healthy") == 0 ||
			  strcmp(s, "excluded") == 0 ||
			  strcmp(s, "rolled_back") == 0;
		n.bad += strcmp(s, "failed") == 0 ||
			 strcmp(s, "unreachable") == 0 ||
			 strcmp(s, "unknown") == 0;
		n.staged += strcmp(s, "pending") != 0;
	}
	return n;
}

static void
wave_text(struct wave_count n, bool current, char *out, size_t size)
{
	if (n.total > 0 && n.done == n.total)
		snprintf(out, size, "ok %lld", (long long)n.total);
	else if (n.bad > 0)
		snprintf(out, size, "%lld/%lld X%lld", (long long)n.done,
			(long long)n.total, (long long)n.bad);
	else if (current || n.done > 0)
		snprintf(out, size, "%lld/%lld", (long long)n.done,
			(long long)n.total);
	else
		snprintf(out, size, "-");
}

/* "10m00", "qa", or how long it takes at most. */
static void
gate_todo(const json_t *g, char *out, size_t size)
{
	double for_s = json_number_value(json_object_get(g, "for_s"));
	const char *role = json_string_value(
		json_array_get(json_object_get(g, "awaits"), 0));
	char took[TIME_TEXT_SIZE];

	if (for_s > 0) {
		duration_format((int64_t)(for_s * 1000), took);
		snprintf(out, size, "%s", took);
	} else {
		snprintf(out, size, "%.20s", role != NULL ? role : "-");
	}
}

static void
step_text(struct console *c, const struct world_rollout *r,
	const struct step *s, bool current, char *out, size_t size)
{
	struct wave_count n;

	if (s->kind == STEP_WAVE) {
		wave_text(count_wave(c, s->wave), current, out, size);
	} else if (s->kind == STEP_GATE && current) {
		snprintf(out, size, "waits");
	} else if (s->kind == STEP_GATE && is_passed(r, s)) {
		snprintf(out, size, "passed");
	} else if (s->kind == STEP_GATE) {
		gate_todo(s->detail, out, size);
	} else {
		n = count_wave(c, 0);
		snprintf(out, size,
			n.staged == n.total ? "ok %lld" : "%lld/%lld",
			(long long)n.staged, (long long)n.total);
	}
}

static void
name_text(const struct step *s, bool current, char *out, size_t size)
{
	char name[40];
	size_t i;

	if (s->kind == STEP_WAVE && s->name[0] == '\0')
		snprintf(name, sizeof(name), "wave %lld", (long long)s->wave);
	else
		snprintf(name, sizeof(name), "%.30s", s->name);
	for (i = 0; current && name[i] != '\0'; i++)
		if (name[i] >= 'a' && name[i] <= 'z')
			name[i] = (char)(name[i] - 'a' + 'A');
	snprintf(out, size,
		current			? ">%s<"
		: s->kind == STEP_GATE ? "(%s)"
					: "%s",
		name);
}

/* --- the line --- */

/* The first of those that are shown: the current one stands in the middle,
 * or its wave does while nothing moves. */
static size_t
first_shown(const struct world_rollout *r, const struct step *steps,
	size_t count, size_t fit)
{
	size_t at = 0, i;

	for (i = 0; i < count; i++)
		if (is_current(r, &steps[i]) || is_passed(r, &steps[i]))
			at = i;
	if (count <= fit || at < fit / 2)
		return 0;
	return at - fit / 2 + fit > count ? count - fit : at - fit / 2;
}

void
rollout_way_paint(struct console *c, const struct world_rollout *r,
	struct canvas *canvas, int y, int w)
{
	struct step steps[STEPS_MAX + 1];
	size_t count = make_steps(c, r, steps), i;
	size_t fit = (size_t)(w - 2) / CELL;
	size_t first = first_shown(r, steps, count, fit);
	char text[64];
	int x = 1;

	for (i = first; i < count && i < first + fit; i++, x += CELL) {
		bool current = is_current(r, &steps[i]);

		name_text(&steps[i], current, text, sizeof(text));
		canvas_put_name(canvas, y, x, CELL - 1,
			current ? STYLE_UI_KEY : STYLE_UI_TEXT, text);
		step_text(c, r, &steps[i], current, text, sizeof(text));
		canvas_put_name(canvas, y + 1, x, CELL - 1,
			current ? STYLE_UI_TEXT : STYLE_UI_DIM, text);
	}
}
