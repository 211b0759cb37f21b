/* view_host_log.c - one host in a rollout: its steps and what they printed. */
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "tui/states.h"
#include "tui/view.h"

static void
open_host_log(struct console *c, struct place *p)
{
	console_open_rollout(c, p->object);
	p->seen[0] = '\0';
}

/* Reads the transcript again when the host went on. */
static void
read_again(struct console *c, struct place *p)
{
	const struct rollout_host *h = world_rollout_host(c->world, p->host);
	char now[sizeof(p->seen)];

	if (h == NULL)
		return;
	snprintf(now, sizeof(now), "%.20s %.40s %lld %d", h->state, h->step,
		(long long)h->attempts, h->busy);
	if (strcmp(now, p->seen) == 0)
		return;
	snprintf(p->seen, sizeof(p->seen), "%s", now);
	console_open_host(c, p->object, p->host);
}

/* Why it failed, over as many lines as that takes. */
static void
add_error(struct console *c, struct place *p, const char *text)
{
	size_t width = c->width > 20 ? (size_t)c->width - 4 : 16, n;
	const char *mark = " ! ";

	while (*text != '\0') {
		n = strlen(text);
		if (n > width) {
			for (n = width; n > width / 2 && text[n] != ' '; n--)
				;
			while (n > 1 && (text[n] & 0xc0) == 0x80)
				n--;
		}
		pager_add(&p->pager, STYLE_NOTICE_WARN, 0, "%s%.*s", mark,
			(int)n, text);
		text += n;
		while (*text == ' ')
			text++;
		mark = "   ";
	}
}

static void
add_head(struct console *c, struct place *p, const struct rollout_host *h)
{
	struct state_look look = rollout_host_look(h);

	(void)c;
	pager_add(&p->pager, look.role, 0, " %s  %s %s", look.shown,
		h->busy ? "now:" : "last step:",
		h->step[0] != '\0' ? h->step : "none yet");
	pager_add(&p->pager, STYLE_UI_TEXT, 0,
		c->width < 60 ? " %s, was %s  wave %lld  attempt %lld"
			      : " runs %s   before %s   wave %lld   attempt "
				"%lld",
		h->version[0] != '\0' ? h->version : "-",
		h->previous_version[0] != '\0' ? h->previous_version : "-",
		(long long)(h->wave < 0 ? 0 : h->wave),
		(long long)(h->attempts < 0 ? 0 : h->attempts));
	if (h->error[0] != '\0')
		add_error(c, p, h->error);
}

static void
add_step(struct place *p, const struct rollout_step *s)
{
	struct state_look look = state_look(s->state);
	char took[TIME_TEXT_SIZE] = "";
	struct strbuf more;

	strbuf_init(&more);
	if (s->duration_ms >= 0)
		duration_format(s->duration_ms, took);
	if (s->attempt > 1)
		strbuf_addf(&more, "  attempt %lld", (long long)s->attempt);
	if (s->exit > 0)
		strbuf_addf(&more, "  exit %lld", (long long)s->exit);
	if (s->signal[0] != '\0' && strcmp(s->signal, "0") != 0)
		strbuf_addf(&more, "  signal %s", s->signal);
	if (s->error[0] != '\0')
		strbuf_addf(&more, "  %s", s->error);
	pager_add(&p->pager, look.role, 0, "   %-11s %-16s %6s%s", look.shown,
		s->step, took, more.buf);
	strbuf_finish(&more);
}

static void
add_output(struct console *c, struct place *p, const struct rollout_step *s)
{
	const struct log_ring *ring = &c->world->host_log;
	size_t i;

	for (i = 0; i < ring->count; i++) {
		const struct log_line *l = log_ring_at(ring, i);

		if (strcmp(l->step, s->step) == 0 &&
			(l->attempt == s->attempt || l->attempt <= 0))
			pager_add(&p->pager, STYLE_UI_DIM, l->seq, "      %s",
				l->text);
	}
}

static void
refresh(struct console *c, struct place *p)
{
	const struct collection *steps = &c->world->lists[WORLD_STEPS];
	const struct rollout_host *h = world_rollout_host(c->world, p->host);
	size_t i;

	read_again(c, p);
	pager_begin(&p->pager);
	if (h != NULL)
		add_head(c, p, h);
	pager_add(&p->pager, STYLE_UI_TITLE, 0, "  ");
	for (i = 0; i < steps->count; i++) {
		const struct rollout_step *s = (const void *)steps->items[i];

		add_step(p, s);
		add_output(c, p, s);
	}
	if (steps->count == 0)
		pager_add(&p->pager, STYLE_UI_DIM, 0,
			"   no step has run on this host yet");
	pager_end(&p->pager);
}

static void
paint(struct console *c, struct place *p, struct canvas *canvas, struct rect r)
{
	(void)c;
	pager_paint(&p->pager, canvas, r, true, false);
}

/* The next host that failed, in the order of the rollout. */
static void
next_host(struct console *c, struct place *p, int direction, bool failing)
{
	const struct collection *hosts = &c->world->lists[WORLD_ROLLOUT_HOSTS];
	long n = (long)hosts->count, i = 0, step;

	while (i < n && strcmp(hosts->items[i]->id, p->host) != 0)
		i++;
	for (step = 0; step < n; step++) {
		const struct rollout_host *h;

		i = (i + direction + n) % n;
		h = (const void *)hosts->items[i];
		if (failing && state_look(h->state).rank < 7)
			continue;
		str_replace(&p->host, h->host);
		p->seen[0] = '\0';
		p->pager.top = 0;
		console_invalidate(c);
		console_refresh(c);
		return;
	}
}

static bool
act(struct console *c, struct place *p, enum action_id id)
{
	if (id == ACTION_NEXT_ITEM || id == ACTION_PREV_ITEM)
		next_host(c, p, id == ACTION_NEXT_ITEM ? 1 : -1, false);
	else if (id == ACTION_NEXT_MATCH || id == ACTION_PREV_MATCH)
		next_host(c, p, id == ACTION_NEXT_MATCH ? 1 : -1, true);
	else
		return pager_act(&p->pager, id, false);
	return true;
}

static void
crumb(struct console *c, struct place *p, struct strbuf *out)
{
	(void)c;
	strbuf_addf(out, "%s %s", p->host, p->object);
}

const struct view host_log_view = {
	.name = "Host",
	.aliases = "",
	.list = LIST_NONE,
	.open = open_host_log,
	.refresh = refresh,
	.paint = paint,
	.act = act,
	.crumb = crumb,
};
