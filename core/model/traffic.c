/* traffic.c - colours, and how far traffic has moved between them. */
#include "model/traffic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/hostset.h"
#include "model/plan_make.h"

static const char *const colour_names[COLOUR_COUNT] = {"blue", "green"};

static const char *const phase_names[TRAFFIC_PHASE_COUNT] = {
	"unknown", "found", "ordered", "switched"};

const char *
colour_name(enum colour c)
{
	assert((unsigned)c < COLOUR_COUNT);
	return colour_names[c];
}

int
colour_parse(const char *s)
{
	return text_index(colour_names, COLOUR_COUNT, s);
}

enum colour
colour_other(enum colour c)
{
	return c == COLOUR_BLUE ? COLOUR_GREEN : COLOUR_BLUE;
}

int
colour_read(const char *printed, int *ret, struct error *e)
{
	const char *s = printed == NULL ? "" : printed;
	char word[16], *trimmed, *shown;
	size_t len;

	s += strspn(s, " \t\r\n");
	len = strlen(s);
	while (len > 0 && strchr(" \t\r\n", s[len - 1]) != NULL)
		len--;
	snprintf(word, sizeof(word), "%.*s", len < 15 ? (int)len : 15, s);
	*ret = colour_parse(word);
	if (*ret >= 0 || len == 0 || strcmp(word, "none") == 0)
		return 0;
	trimmed = xstrndup(s, len);
	shown = text_printable(trimmed);
	free(trimmed);
	error_set(e, ERROR_INVALID,
		"'%.60s' is no colour, expected blue, green or none", shown);
	free(shown);
	return -1;
}

const char *
traffic_phase_name(enum traffic_phase p)
{
	assert((unsigned)p < TRAFFIC_PHASE_COUNT);
	return phase_names[p];
}

struct traffic_state
traffic_state_parse(const char *text)
{
	struct traffic_state s = {TRAFFIC_UNKNOWN, COLOUR_NONE};
	char phase[16], from[16];
	int p;

	if (text == NULL || sscanf(text, "%15s %15s", phase, from) != 2)
		return s;
	p = text_index(phase_names, TRAFFIC_PHASE_COUNT, phase);
	if (p >= 0)
		s.phase = (enum traffic_phase)p;
	s.from = colour_parse(from);
	return s;
}

char *
traffic_state_text(const struct traffic_state *s)
{
	if (s->phase == TRAFFIC_UNKNOWN)
		return NULL;
	return xasprintf("%s %s", traffic_phase_name(s->phase),
		s->from == COLOUR_NONE ? "none"
				       : colour_name((enum colour)s->from));
}

bool
traffic_has_slots(const struct traffic *t)
{
	return t->slots[COLOUR_BLUE] != NULL;
}

const char *
traffic_form_name(const struct traffic *t)
{
	return traffic_has_slots(t) ? "slots" : "pools";
}

void
traffic_values(
	const struct traffic *t, enum colour c, struct placeholder_values *ret)
{
	ret->colour = colour_name(c);
	ret->slot = t->slots[c] == NULL ? "" : t->slots[c];
}

void
traffic_order(struct traffic *t)
{
	t->order.timeout_ms = t->timeout_ms;
	t->order.idempotent = true;
	t->order.reversible = true;
}

void
traffic_copy(struct traffic *to, const struct traffic *from)
{
	int c;

	*to = *from;
	to->routers = xstrdup_or_null(from->routers);
	to->order.run = xstrdup_or_null(from->order.run);
	to->live_run = xstrdup_or_null(from->live_run);
	for (c = 0; c < COLOUR_COUNT; c++)
		to->slots[c] = xstrdup_or_null(from->slots[c]);
}

void
traffic_finish(struct traffic *t)
{
	int c;

	free(t->routers);
	free(t->order.run);
	free(t->live_run);
	for (c = 0; c < COLOUR_COUNT; c++)
		free(t->slots[c]);
	memset(t, 0, sizeof(*t));
}

/* ---- plans ---- */

static int
check_colour(const struct plan_host *h, bool found[COLOUR_COUNT],
	struct error *e)
{
	const char *label = pairs_get(&h->host.labels, TRAFFIC_LABEL);
	int colour = label == NULL ? -1 : colour_parse(label);

	if (colour >= 0) {
		found[colour] = true;
		return 0;
	}
	error_set(e, ERROR_INVALID,
		"host '%s' has no label 'colour' that is blue or green",
		h->host.name);
	return error_hint(e, "give it one, or give the strategy 'slots'");
}

int
plan_check_colours(const struct plan *p, struct error *e)
{
	bool found[COLOUR_COUNT] = {false}, has_routers = false;
	size_t i;

	if (traffic_has_slots(&p->traffic))
		return 0;
	for (i = 0; i < p->host_count; i++) {
		if (p->hosts[i].wave == TRAFFIC_WAVE)
			has_routers = true;
		else if (check_colour(&p->hosts[i], found, e) == -1)
			return -1;
	}
	if (!found[COLOUR_BLUE] || !found[COLOUR_GREEN])
		return error_set(e, ERROR_INVALID,
			"strategy '%s' needs hosts of both colours, and none "
			"is %s",
			p->strategy,
			found[COLOUR_BLUE] ? "green" : "blue");
	if (has_routers)
		return 0;
	return error_set(e, ERROR_INVALID,
		"strategy '%s' has no router: no host in service matches its "
		"'routers'",
		p->strategy);
}
