/* plain.c - the console without a screen: what changes, line by line. */
#include "tui/plain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tui/plain_work.h"
#include "tui/states.h"

#define LOOK_MS 500

/* What was printed last of one rollout. */
struct said {
	char *id, *line;
	struct said *next;
};

#define LINE_MOST 4096

struct plain {
	struct plain_work *work; /* NULL: only what changes is printed */
	uv_poll_t input;
	bool reads_file; /* which cannot be polled, and never blocks */
	char line[LINE_MOST];
	size_t len;
	bool begun;
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

/* Prints the line unless it is the one printed last; true: it was new. */
static bool
say(struct plain *p, const struct world_rollout *r)
{
	char *line = line_of(r);
	struct said *s = p->said;
	bool is_new;

	while (s != NULL && strcmp(s->id, r->record.id) != 0)
		s = s->next;
	if (s == NULL) {
		s = xcalloc(1, sizeof(*s));
		s->id = xstrdup(r->record.id);
		s->next = p->said;
		p->said = s;
	}
	is_new = s->line == NULL || strcmp(s->line, line) != 0;
	if (is_new && !(p->work != NULL && !p->begun)) {
		printf("%s%s\n", p->work != NULL ? "\n" : "", line);
		str_replace(&s->line, line);
	} else if (is_new) {
		str_replace(&s->line, line);
		is_new = false;
	}
	free(line);
	return is_new;
}

static bool
was_said(const struct plain *p, const char *id)
{
	const struct said *s = p->said;

	while (s != NULL && strcmp(s->id, id) != 0)
		s = s->next;
	return s != NULL;
}

/* ---- what the person types ---- */

static void
take_line(struct plain *p)
{
	p->line[p->len] = '\0';
	if (p->len > 0 && p->line[p->len - 1] == '\r')
		p->line[p->len - 1] = '\0';
	p->len = 0;
	if (!plain_work_line(p->work, p->line))
		uv_stop(p->loop);
}

/* Lines of standard input; at its end the person has left. */
static void
read_input(struct plain *p)
{
	char bytes[512];
	ssize_t n = read(STDIN_FILENO, bytes, sizeof(bytes)), i;

	if (n <= 0) {
		putchar('\n');
		uv_stop(p->loop);
		return;
	}
	for (i = 0; i < n; i++) {
		if (bytes[i] == '\n')
			take_line(p);
		else if (p->len < LINE_MOST - 1)
			p->line[p->len++] = bytes[i];
	}
}

static void
on_input(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	read_input(poll->data);
}

/* The first list is printed when the queue is here, and lines are read from
 * then on. */
static void
begin_work(struct plain *p)
{
	if (p->begun || !p->console->needs_known)
		return;
	p->begun = true;
	plain_work_begin(p->work);
	p->reads_file = uv_poll_init(p->loop, &p->input, STDIN_FILENO) != 0;
	p->input.data = p;
	if (!p->reads_file)
		uv_poll_start(&p->input, UV_READABLE, on_input);
}

/* ---- what changes ---- */

/* What is live, and how what was live ended; the number of the former. */
static size_t
look(struct plain *p, bool *ret_said)
{
	const struct collection *list =
		&p->console->world->lists[WORLD_ROLLOUTS];
	size_t i, live = 0;

	*ret_said = false;
	for (i = 0; i < list->count; i++) {
		const struct world_rollout *r = (const void *)list->items[i];

		live += rollout_is_live(r);
		/* At the prompt even one that is over between two looks. */
		if ((p->work != NULL || rollout_is_live(r) ||
			    was_said(p, r->record.id)) &&
			say(p, r))
			*ret_said = true;
	}
	return live;
}

/* Ends when all is over, unless somebody works with it. */
static void
on_look(uv_timer_t *timer)
{
	struct plain *p = timer->data;
	bool said;
	size_t live;

	if (p->console->link == LINK_STATE_LOST && p->work == NULL) {
		puts(p->console->message);
		uv_stop(p->loop);
		return;
	}
	if (!p->console->world->ready)
		return;
	live = look(p, &said);
	if (p->work != NULL) {
		begin_work(p);
		if (said)
			plain_work_prompt(p->work);
		if (p->begun && p->reads_file)
			read_input(p);
		return;
	}
	if (p->first && live == 0)
		puts("nothing rolls out now; 'sluice help' lists the commands");
	p->first = false;
	fflush(stdout);
	if (live == 0)
		uv_stop(p->loop);
}

static void
forget_said(struct plain *p)
{
	struct said *s;

	while ((s = p->said) != NULL) {
		p->said = s->next;
		free(s->id);
		free(s->line);
		free(s);
	}
}

int
plain_run(uv_loop_t *loop, struct console *c, struct client *client,
	const struct client_where *where)
{
	struct plain p = {.console = c, .first = true, .loop = loop};
	uv_timer_t timer;

	if (where != NULL)
		p.work = plain_work_create(c, where);
	uv_timer_init(loop, &timer);
	timer.data = &p;
	uv_timer_start(&timer, on_look, 0, LOOK_MS);
	console_link_up(c, client_hello(client));
	console_load(c, WORLD_CHANGES);
	console_load(c, WORLD_REQUESTS);
	uv_run(loop, UV_RUN_DEFAULT);
	uv_close((uv_handle_t *)&timer, NULL);
	if (p.begun && !p.reads_file)
		uv_close((uv_handle_t *)&p.input, NULL);
	uv_run(loop, UV_RUN_NOWAIT);
	plain_work_destroy(p.work);
	forget_said(&p);
	return 0;
}
