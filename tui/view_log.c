/* view_log.c - the log of a rollout in full: followed, or held. */
#include "tui/view_log.h"

#include <stdio.h>
#include <string.h>

/* A log that runs would cost more than all the rest of the screen, and nobody
 * reads it faster. */
#define LOG_PAUSE_MS 1000

/* What a line that was printed is about, by its words. */
static enum style_role
role_of(const char *text)
{
	static const char *const errors[] = {
		"error", "fatal", "panic", "fail", "denied", "refused"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(errors); i++)
		if (strcasestr(text, errors[i]) != NULL)
			return STYLE_LOG_ERROR;
	return strcasestr(text, "warn") != NULL ? STYLE_LOG_WARN
						: STYLE_LOG_INFO;
}

static void
add_line(struct console *c, struct place *p, const struct log_line *l)
{
	struct strbuf at;
	enum style_role role = role_of(l->text);

	if ((p->problems_only && role == STYLE_LOG_INFO) ||
		(p->layer[0] != '\0' && strcmp(p->layer, l->host) != 0))
		return;
	strbuf_init(&at);
	console_time(c, l->at, &at);
	pager_add(&p->pager, role, l->seq, " %s %s %s: %s", at.buf,
		l->host, l->step, l->text);
	strbuf_finish(&at);
}

void
log_lines_refresh(struct console *c, struct place *p)
{
	const struct log_ring *ring = &c->world->log;
	struct pager *pager = &p->pager;
	int64_t last =
		pager->count > 0 ? pager->lines[pager->count - 1].seq : 0;
	bool same = p->log_all == !p->problems_only &&
		    strcmp(p->log_host, p->layer) == 0;
	size_t i;

	if (pager->version == ring->version && same)
		return;
	if (pager->count > 0 && same &&
		console_now_ms(c) - c->log_read_ms < LOG_PAUSE_MS) {
		c->log_waits = true;
		return;
	}
	c->log_read_ms = console_now_ms(c);
	c->log_waits = false;
	pager->version = ring->version;
	if (pager->cleared != ring->cleared ||
		pager->count > WORLD_LOG_MAX + WORLD_LOG_MAX / 4 ||
		!same) {
		p->log_all = !p->problems_only;
		snprintf(p->log_host, sizeof(p->log_host), "%s", p->layer);
		pager->cleared = ring->cleared;
		pager_begin(pager);
		last = 0;
	}
	/* The ring is in order: what is new stands at its end. */
	for (i = ring->count; i > 0 && log_ring_at(ring, i - 1)->seq > last;
		i--)
		;
	for (; i < ring->count; i++)
		add_line(c, p, log_ring_at(ring, i));
	pager_end(pager);
}

const char *
log_state_text(const struct pager *p)
{
	return p->held ? "HELD  F follows" : "FOLLOW  F holds";
}

bool
log_act(struct console *c, struct place *p, enum action_id id)
{
	if (view_search(c, p, id))
		return true;
	if (id == ACTION_PROBLEMS) {
		p->problems_only = !p->problems_only;
		return true;
	}
	return pager_act(&p->pager, id, true);
}

static void
open_log(struct console *c, struct place *p)
{
	console_open_rollout(c, p->object);
}

static void
paint(struct console *c, struct place *p, struct canvas *canvas, struct rect r)
{
	char title[128];

	snprintf(title, sizeof(title), "LOG%s%s%s",
		p->layer[0] != '\0' ? "  only " : "", p->layer,
		p->problems_only ? "  warnings and errors only" : "");
	view_rule(c, canvas, r.y, r, true, title, log_state_text(&p->pager));
	r.y++;
	r.h--;
	if (p->pager.count == 0)
		canvas_put(canvas, r.y, r.x + 2, r.w - 2, STYLE_UI_DIM,
			p->problems_only
				? "no warning and no error; f shows all"
				: "no step has printed anything yet");
	pager_paint(&p->pager, canvas, r, true, true);
}

/* The host of the last line that is shown alone, or all of them again. */
static void
turn_host(struct console *c, struct place *p)
{
	const struct pager *pager = &p->pager;
	const struct log_ring *ring = &c->world->log;
	size_t last = pager->count, i;

	if (p->layer[0] == '\0' && last > 0) {
		if (pager->held && pager->top + (size_t)pager->height < last)
			last = pager->top + (size_t)pager->height;
		for (i = 0; i < ring->count; i++)
			if (log_ring_at(ring, i)->seq ==
				pager->lines[last - 1].seq)
				snprintf(p->layer, sizeof(p->layer), "%s",
					log_ring_at(ring, i)->host);
	} else {
		p->layer[0] = '\0';
	}
	console_invalidate(c);
	console_refresh(c);
}

static bool
act(struct console *c, struct place *p, enum action_id id)
{
	if (id == ACTION_ONE_HOST) {
		turn_host(c, p);
		return true;
	}
	if (!log_act(c, p, id))
		return false;
	if (id == ACTION_PROBLEMS) {
		console_invalidate(c);
		console_refresh(c);
	}
	return true;
}

static void
crumb(struct console *c, struct place *p, struct strbuf *out)
{
	(void)c;
	strbuf_addf(out, "log of %s", p->object);
}

const struct view log_view = {
	.name = "Log",
	.aliases = "",
	.list = LIST_NONE,
	.open = open_log,
	.refresh = log_lines_refresh,
	.paint = paint,
	.act = act,
	.crumb = crumb,
};
