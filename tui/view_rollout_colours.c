/*
 * view_rollout_colours.c - blue-green as two columns: what is live, as the
 * router or the link itself said, and what takes over; never what was
 * ordered alone.
 */
#include <stdio.h>
#include <string.h>

#include "tui/states.h"
#include "tui/view_rollout.h"
#include "wire/json.h"

#define NARROW 60

struct colour {
	char name[24];
	bool is_new, is_live;
	char version[72];
	int hosts, ready, bad; /* of this rollout; of the other: that run it */
	bool is_down;	       /* none of its hosts is well */
};

/* The label of a host: "role=web colour=blue". */
static bool
has_colour(const struct world_host *h, const char *name)
{
	char label[40];
	const char *at;
	size_t n;

	snprintf(label, sizeof(label), "colour=%s", name);
	n = strlen(label);
	at = strstr(h->labels, label);
	return at != NULL && (at == h->labels || at[-1] == ' ') &&
	       (at[n] == '\0' || at[n] == ' ');
}

static void
count_new(struct console *c, struct colour *k)
{
	const struct collection *hosts = &c->world->lists[WORLD_ROLLOUT_HOSTS];
	size_t i;

	for (i = 0; i < hosts->count; i++) {
		const struct rollout_host *h = (const void *)hosts->items[i];

		k->hosts++;
		k->ready += strcmp(h->state, "healthy") == 0;
		k->bad += strcmp(h->state, "failed") == 0 ||
			  strcmp(h->state, "unreachable") == 0;
	}
}

/* Pools: the hosts of the other colour. Slots: the same hosts, and what they
 * ran before. */
static void
count_old(struct console *c, const struct world_rollout *r, struct colour *k)
{
	const struct collection *hosts = &c->world->lists[WORLD_HOSTS];
	const struct collection *here = &c->world->lists[WORLD_ROLLOUT_HOSTS];
	size_t i;

	for (i = 0; i < hosts->count; i++) {
		const struct world_host *h = (const void *)hosts->items[i];

		if (!has_colour(h, k->name) || strcmp(h->service, r->service))
			continue;
		k->hosts++;
		k->ready += strcmp(h->state, "failed") != 0 &&
			    strcmp(h->state, "unreachable") != 0;
		snprintf(k->version, sizeof(k->version), "%.71s", h->version);
	}
	for (i = 0; k->hosts == 0 && i < here->count; i++) {
		const struct rollout_host *h = (const void *)here->items[i];

		k->ready = k->hosts = (int)here->count;
		snprintf(k->version, sizeof(k->version), "%.71s",
			h->previous_version);
	}
}

/* As the hosts of both answer while the new colour is watched. */
static void
read_health(const struct world_rollout *r, const char *key, struct colour *k)
{
	const json_t *kept = json_object_get(r->blue_green, key);

	if (!json_is_object(kept))
		return;
	k->hosts = (int)json_get_int(kept, "hosts", 0);
	k->bad = (int)json_get_int(kept, "down", 0);
	k->ready = k->hosts - k->bad;
	k->is_down = k->hosts > 0 && k->ready == 0;
}

static void
read_colours(struct console *c, const struct world_rollout *r,
	struct colour colours[2])
{
	const char *name = json_get_string(r->blue_green, "colour", "?");
	const char *from = json_get_string(r->blue_green, "from", NULL);
	const char *live = json_get_string(r->blue_green, "live", "");

	memset(colours, 0, 2 * sizeof(*colours));
	if (from == NULL)
		from = strcmp(name, "blue") == 0 ? "green" : "blue";
	snprintf(colours[0].name, sizeof(colours[0].name), "%.23s", from);
	snprintf(colours[1].name, sizeof(colours[1].name), "%.23s", name);
	colours[1].is_new = true;
	colours[0].is_live = strcmp(live, from) == 0;
	colours[1].is_live = strcmp(live, name) == 0;
	snprintf(colours[1].version, sizeof(colours[1].version), "%.71s",
		r->version);
	count_old(c, r, &colours[0]);
	read_health(r, "kept", &colours[0]);
	count_new(c, &colours[1]);
	read_health(r, "serving", &colours[1]);
}

static void
shout(char *s)
{
	for (; *s != '\0'; s++)
		if (*s >= 'a' && *s <= 'z')
			*s = (char)(*s - 'a' + 'A');
}

/* "BLUE   LIVE" and "shop 1.4.2  4/5 healthy". */
static void
paint_column(struct console *c, const struct world_rollout *r,
	const struct colour *k, struct canvas *canvas, int y, int x, int w)
{
	char name[24];
	int used;

	snprintf(name, sizeof(name), "%s", k->name);
	shout(name);
	used = canvas_putf(canvas, y, x, w,
		k->is_live ? STYLE_UI_KEY : STYLE_UI_TEXT, "%s %s",
		glyph(&c->glyphs,
			k->is_live ? GLYPH_MARK_CURSOR : GLYPH_HOST_SKIPPED),
		name);
	canvas_put(canvas, y, x + used + 1, w - used - 1,
		k->is_down   ? STYLE_STATE_FAILED
		: k->is_live ? STYLE_STATE_OK
			     : STYLE_UI_DIM,
		k->is_live    ? k->is_down ? "LIVE AND DOWN" : "LIVE"
		: k->is_down  ? w < 30 ? "DOWN" : "DOWN: no way back"
		: !k->is_new  ? "kept for the way back"
		: w < 30      ? "idle"
			      : "idle, takes over");
	if (k->hosts == 0)
		canvas_put(canvas, y + 1, x + 2, w - 2, STYLE_UI_DIM,
			"no host known");
	else
		canvas_putf(canvas, y + 1, x + 2, w - 2,
			k->bad > 0 ? STYLE_STATE_FAILED : STYLE_UI_TEXT,
			w < 30 ? "%s%s %d/%d%s" : "%s %s  %d of %d healthy%s",
			w < 30 ? "" : r->service,
			k->version[0] != '\0' ? k->version : "nothing",
			k->ready, k->hosts, k->bad > 0 ? " X" : "");
}

/* How far the switch is, in words. */
static const char *
phase_words(const struct world_rollout *r)
{
	const char *phase = json_get_string(r->blue_green, "phase", "");
	const char *live = json_get_string(r->blue_green, "live", NULL);

	if (strcmp(phase, "unknown") == 0)
		return "the router is asked who is live";
	if (strcmp(phase, "ordered") == 0 || live == NULL)
		return "the switch is ordered, not yet confirmed";
	if (strcmp(phase, "switched") == 0)
		return "switched, as read back";
	return "as read back";
}

int
rollout_colours_height(const struct world_rollout *r)
{
	return r->blue_green != NULL ? 3 : 0;
}

void
rollout_colours_paint(struct console *c, const struct world_rollout *r,
	struct canvas *canvas, int y, struct rect at)
{
	int half = at.w / 2, margin = at.w < NARROW ? 0 : 1;
	struct colour colours[2];

	read_colours(c, r, colours);
	view_rule(c, canvas, y, at, false, "COLOURS",
		at.w < NARROW ? NULL : phase_words(r));
	paint_column(c, r, &colours[0], canvas, y + 1, at.x + margin,
		half - margin - 1);
	paint_column(
		c, r, &colours[1], canvas, y + 1, at.x + half, half - margin);
	canvas_put(canvas, y + 1, at.x + half - 1, 1, STYLE_UI_DIVIDER,
		glyph(&c->glyphs, GLYPH_BOX_V));
	canvas_put(canvas, y + 2, at.x + half - 1, 1, STYLE_UI_DIVIDER,
		glyph(&c->glyphs, GLYPH_BOX_V));
}
