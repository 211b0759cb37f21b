/* plain.c - the console without a screen: what changes, line by line. */
#include "tui/plain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/states.h"

#define LOOK_MS 500

/* What was printed last of one rollout. */
struct said {
	char *id, *line;
	struct said *next;
};

struct plain {
	struct console *console;
	struct said *said;
	bool first;
	uv_loop_t *loop;
};

static char *
line_of(const struct world_rollout *r)
{
	char lost[64];

	rollout_lost_text(r, lost, sizeof(lost));
	return xasprintf("%s %s %s %s %s: %lld of %lld hosts, %lld failed, "
			 "%s%s%s",
		r->record.id, r->service, r->version, r->env,
		state_look(r->state).shown, (long long)r->hosts_done,
		(long long)r->hosts_total, (long long)r->hosts_failed,
		lost, r->reason[0] != '\0' ? ": " : "", r->reason);
}

/* Prints the line unless it is the one printed last. */
static void
say(struct plain *p, const struct world_rollout *r)
{
	char *line = line_of(r);
	struct said *s = p->said;

	while (s != NULL && strcmp(s->id, r->record.id) != 0)
		s = s->next;
	if (s == NULL) {
		s = xcalloc(1, sizeof(*s));
		s->id = xstrdup(r->record.id);
		s->next = p->said;
		p->said = s;
	}
	if (s->line == NULL || strcmp(s->line, line) != 0) {
		puts(line);
		str_replace(&s->line, line);
	}
	free(line);
}

static bool
was_said(const struct plain *p, const char *id)
{
	const struct said *s = p->said;

	while (s != NULL && strcmp(s->id, id) != 0)
		s = s->next;
	return s != NULL;
}

/* Prints what is live, and how what was live ended; ends when all did. */
static void
on_look(uv_timer_t *timer)
{
	struct plain *p = timer->data;
	const struct world *w = p->console->world;
	const struct collection *list = &w->lists[WORLD_ROLLOUTS];
	size_t i, live = 0;

	if (p->console->link == LINK_STATE_LOST) {
		puts(p->console->message);
		uv_stop(p->loop);
		return;
	}
	if (!w->ready)
		return;
	for (i = 0; i < list->count; i++) {
		const struct world_rollout *r = (const void *)list->items[i];

		live += rollout_is_live(r);
		if (rollout_is_live(r) || was_said(p, r->record.id))
			say(p, r);
	}
	if (p->first && live == 0)
		puts("nothing rolls out now; 'sluice help' lists the commands");
	p->first = false;
	fflush(stdout);
	if (live == 0)
		uv_stop(p->loop);
}

int
plain_run(uv_loop_t *loop, struct console *c, struct client *client,
	struct error *e)
{
	struct plain p = {.console = c, .first = true, .loop = loop};
	uv_timer_t look;
	struct said *s;

	(void)e;
	uv_timer_init(loop, &look);
	look.data = &p;
	uv_timer_start(&look, on_look, 0, LOOK_MS);
	console_link_up(c, client_hello(client));
	uv_run(loop, UV_RUN_DEFAULT);
	uv_close((uv_handle_t *)&look, NULL);
	uv_run(loop, UV_RUN_NOWAIT);
	while ((s = p.said) != NULL) {
		p.said = s->next;
		free(s->id);
		free(s->line);
		free(s);
	}
	return 0;
}
