/*
 * view_rollout_gate.c - the gate a rollout waits at, in words: what is
 * awaited, of whom, until when, and what follows where that does not come.
 */
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "tui/view_rollout.h"
#include "wire/json.h"

#define STEP_S 10 /* countdowns go by so many seconds: fewer bytes */

static const struct outcome {
	const char *name, *words, *brief;
} outcomes[] = {
	{"hold", "it is held for a person", "HELD"},
	{"rollback", "its hosts go back", "BACK"},
	{"abort", "it ends, hosts stay as they are", "ENDS"},
};

static const struct outcome *
outcome_of(const char *otherwise)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(outcomes); i++)
		if (strcmp(outcomes[i].name, otherwise) == 0)
			return &outcomes[i];
	return &outcomes[0];
}

const char *
rollout_outcome_words(const char *otherwise)
{
	return outcome_of(otherwise)->words;
}

/* "3m10", rounded up to whole steps; "no time" when it is over. */
static void
left_text(struct console *c, int64_t until, char out[TIME_TEXT_SIZE])
{
	int64_t left = until - clock_wall_ms(c->clock) / 1000;

	left = (left + STEP_S - 1) / STEP_S * STEP_S;
	if (left <= 0)
		snprintf(out, TIME_TEXT_SIZE, "no time");
	else
		duration_format(left * 1000, out);
}

/* Whom or what it waits for. */
static void
add_awaited(const json_t *g, const char *kind, struct strbuf *out)
{
	const json_t *roles = json_object_get(g, "awaits"), *role;
	size_t i;

	if (strcmp(kind, "timer") == 0) {
		strbuf_adds(out, "bake time");
	} else if (strcmp(kind, "analysis") == 0) {
		strbuf_adds(out, "analysis of the canary");
	} else if (strcmp(kind, "window") == 0) {
		strbuf_adds(out, "an open window");
	} else if (strcmp(kind, "check") == 0) {
		strbuf_addf(out, "check '%.60s'",
			json_get_string(g, "command", ""));
	} else if (strcmp(kind, "approval") == 0) {
		strbuf_adds(out, "a person says go on");
		json_array_foreach(roles, i, role) strbuf_addf(out, "%s%s",
			i == 0 ? " (" : " or ",
			json_is_string(role) ? json_string_value(role) : "");
		strbuf_adds(out, json_array_size(roles) > 0 ? ")" : "");
	} else {
		strbuf_adds(out, json_get_string(g, "waits", kind));
	}
}

static void
add_until(struct console *c, const json_t *g, const char *kind,
	struct strbuf *out)
{
	int64_t now = clock_wall_ms(c->clock) / 1000;
	int64_t bakes = record_time(g, "bakes_until");
	int64_t deadline = record_time(g, "deadline");
	char left[TIME_TEXT_SIZE];

	if (bakes > now) {
		left_text(c, bakes, left);
		strbuf_addf(out, "; %s more, until ", left);
		console_time(c, bakes, out);
		strbuf_adds(out, strcmp(kind, "analysis") == 0
					 ? ", then on if it passes"
					 : ", then it goes on by itself");
	}
	if (deadline == 0) {
		if (bakes == 0)
			strbuf_adds(out, "; no deadline");
		return;
	}
	strbuf_adds(out, "; else at ");
	console_time(c, deadline, out);
	left_text(c, deadline, left);
	strbuf_addf(out, " (in %s) %s", left,
		rollout_outcome_words(json_get_string(g, "otherwise", "")));
}

/* "gate 2/2 approval qa 9m10 else BACK" */
static void
add_brief(struct console *c, const json_t *g, const char *kind,
	struct strbuf *out)
{
	int64_t now = clock_wall_ms(c->clock) / 1000;
	int64_t bakes = record_time(g, "bakes_until");
	int64_t deadline = record_time(g, "deadline");
	const char *role = json_string_value(
		json_array_get(json_object_get(g, "awaits"), 0));
	char left[TIME_TEXT_SIZE];

	strbuf_addf(out, "gate %s%s%s", kind, role != NULL ? " " : "",
		role != NULL ? role : "");
	if (bakes > now) {
		left_text(c, bakes, left);
		strbuf_addf(out, " %s more", left);
	} else if (deadline > 0) {
		left_text(c, deadline, left);
		strbuf_addf(out, " %s else %s", left,
			outcome_of(json_get_string(g, "otherwise", ""))->brief);
	}
}

void
rollout_gate_words(struct console *c, const struct world_rollout *r,
	bool narrow, struct strbuf *out)
{
	const json_t *g = r->gate;
	const char *kind = json_get_string(g, "kind", "");

	if (g == NULL || !rollout_is_live(r))
		return;
	if (narrow) {
		add_brief(c, g, kind, out);
		return;
	}
	strbuf_addf(out, "Gate %lld of %lld after wave %lld: ",
		(long long)json_get_int(g, "number", 1),
		(long long)json_get_int(g, "of", 1),
		(long long)json_get_int(g, "after_wave", r->wave));
	add_awaited(g, kind, out);
	if (strcmp(r->state, "paused") == 0)
		strbuf_adds(out, "; missed, and a person decides");
	else
		add_until(c, g, kind, out);
}
