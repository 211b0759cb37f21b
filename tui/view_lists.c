/* view_lists.c - Rollouts and Hosts: the lists. */
#include <string.h>

#include "tui/view.h"

/* --- rollouts --- */

static const char *const rollout_sections[] = {
	"Live", "Paused", "Failed", "Done", "All", NULL};

static bool
keep_rollout(struct console *c, struct place *p, const struct record *r)
{
	const struct world_rollout *w = (const void *)r;

	(void)c;
	switch (p->section) {
	case 0:
		return rollout_is_live(w);
	case 1:
		return strcmp(w->state, "paused") == 0 ||
		       strcmp(w->state, "waiting") == 0;
	case 2:
		return strcmp(w->state, "failed") == 0 || w->hosts_failed > 0 ||
		       w->hosts_unreachable > 0;
	case 3:
		return !rollout_is_live(w);
	}
	return true;
}

static void
refresh_rollouts(struct console *c, struct place *p)
{
	view_list_rows(c, p, WORLD_ROLLOUTS, true, keep_rollout);
}

static void
paint_rollouts(struct console *c, struct place *p, struct canvas *canvas,
	struct rect r)
{
	static const char *const empty[] = {
		"nothing rolls out now; ] shows what is paused, failed, done",
		"nothing is paused", "nothing failed", "nothing is done yet",
		"no rollout yet; start an approved change in 3 Approvals"};

	size_t i = (size_t)p->section;

	/* Saved sections come after these. */
	view_paint_list(c, p, canvas, r,
		empty[i < ARRAY_SIZE(empty) ? i : ARRAY_SIZE(empty) - 1]);
}

const struct view rollouts_view = {
	.name = "Rollouts",
	.digit = '2',
	.aliases = "rollouts rollout ro",
	.sections = rollout_sections,
	.list = WORLD_ROLLOUTS,
	.has_rows = true,
	.refresh = refresh_rollouts,
	.paint = paint_rollouts,
	.act = view_list_act,
};

/* --- hosts --- */

static void
open_hosts(struct console *c, struct place *p)
{
	(void)p;
	console_load(c, WORLD_HOSTS);
}

static void
refresh_hosts(struct console *c, struct place *p)
{
	view_list_rows(c, p, WORLD_HOSTS, false, NULL);
}

static void
paint_hosts(struct console *c, struct place *p, struct canvas *canvas,
	struct rect r)
{
	view_paint_list(c, p, canvas, r, "the configuration has no hosts");
}

const struct view hosts_view = {
	.name = "Hosts",
	.digit = '6',
	.aliases = "hosts host",
	.list = WORLD_HOSTS,
	.has_rows = true,
	.open = open_hosts,
	.refresh = refresh_hosts,
	.paint = paint_hosts,
	.act = view_list_act,
};
