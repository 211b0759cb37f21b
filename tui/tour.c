/*
 * tour.c - the guided tour (tour.def): it watches where the person gets to,
 * and never acts or takes a key.
 */
#include "tui/tour.h"

#include <stdio.h>
#include <string.h>

#include "tui/states.h"
#include "tui/view.h"

#define LINES_MOST 6

static const struct step {
	const char *until, *words;
} steps[] = {
#define STEP(until, words) {until, words},
#include "tui/tour.def"
#undef STEP
};

static bool
rolls(const struct console *c, const char *state)
{
	const struct collection *list = &c->world->lists[WORLD_ROLLOUTS];
	size_t i;

	for (i = 0; i < list->count; i++) {
		const struct world_rollout *r = (const void *)list->items[i];

		if (strcmp(r->state, state) == 0)
			return true;
	}
	return false;
}

static bool
is_over(struct console *c, const struct step *s)
{
	if (strncmp(s->until, "view ", 5) == 0)
		return strcmp(console_place(c)->view->name, s->until + 5) == 0;
	if (strncmp(s->until, "rolls ", 6) == 0)
		return rolls(c, s->until + 6);
	return false;
}

void
tour_begin(struct console *c)
{
	c->tour = 1;
	c->dirty = true;
}

void
tour_leave(struct console *c)
{
	c->tour = 0;
	c->dirty = true;
}

void
tour_skip(struct console *c)
{
	if (c->tour < (int)ARRAY_SIZE(steps))
		c->tour++;
	c->dirty = true;
}

int
tour_paint(struct console *c, struct canvas *canvas, int y)
{
	int margin = c->width < 60 ? 0 : 1;
	struct rect r = {y, margin, LINES_MOST, c->width - 2 * margin};
	char words[600];
	int lines;

	if (c->tour == 0 || c->height < 12)
		return 0;
	if (is_over(c, &steps[c->tour - 1]))
		tour_skip(c);
	snprintf(words, sizeof(words), "%d/%d  %s  (:tour goes on, :tour off)",
		c->tour, (int)ARRAY_SIZE(steps), steps[c->tour - 1].words);
	lines = text_wrap(
		canvas, y, y, r, false, STYLE_NOTICE_INFO, words);
	if (lines > LINES_MOST)
		lines = LINES_MOST;
	text_wrap(canvas, y, y + lines, r, true, STYLE_NOTICE_INFO, words);
	return lines;
}
