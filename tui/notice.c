/* notice.c - what the person should hear of. */
#include "tui/notice.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "tui/console.h"

#define REMIND_S 600
#define MUTE_MS (60 * 60 * 1000)

static const char *const words[NOTICE_KIND_COUNT] = {
	"needs you", "went wrong", "finished", "info"};

static const char *const methods[NOTICE_METHOD_COUNT] = {
	"bell", "osc9", "osc99", "osc777", "off"};

const char *
notice_word(enum notice_kind kind)
{
	return words[kind];
}

const char *
notice_method_name(enum notice_method method)
{
	return methods[method];
}

bool
notice_method_parse(const char *name, enum notice_method *ret)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(methods); i++)
		if (strcmp(methods[i], name) == 0) {
			*ret = (enum notice_method)i;
			return true;
		}
	return false;
}

struct message *
notice_at(struct notices *n, size_t i)
{
	if (i >= n->count)
		return NULL;
	return &n->messages[(n->first + n->count - 1 - i) % MESSAGES_MAX];
}

size_t
notice_unread(const struct notices *n)
{
	size_t i, unread = 0;

	for (i = 0; i < n->count; i++)
		unread += !n->messages[(n->first + i) % MESSAGES_MAX].is_read;
	return unread;
}

/* ---- quiet ---- */

bool
notice_quiet_parse(struct notices *n, const char *text)
{
	int h1, m1, h2, m2, used = 0;

	if (strcmp(text, "off") == 0) {
		n->quiet_from = n->quiet_to = 0;
		return true;
	}
	if (sscanf(text, "%2d:%2d-%2d:%2d%n", &h1, &m1, &h2, &m2, &used) != 4 ||
		text[used] != '\0' || h1 < 0 || h1 > 23 || h2 < 0 || h2 > 23 ||
		m1 < 0 || m1 > 59 || m2 < 0 || m2 > 59)
		return false;
	n->quiet_from = h1 * 60 + m1;
	n->quiet_to = h2 * 60 + m2;
	return true;
}

void
notice_quiet_text(const struct notices *n, char *out, size_t size)
{
	if (n->quiet_from == n->quiet_to)
		snprintf(out, size, "off");
	else
		snprintf(out, size, "%02d:%02d-%02d:%02d", n->quiet_from / 60,
			n->quiet_from % 60, n->quiet_to / 60, n->quiet_to % 60);
}

/* By the clock that the screen shows. */
static bool
is_quiet(const struct console *c)
{
	const struct notices *n = &c->notices;
	time_t now = (time_t)(clock_wall_ms(c->clock) / 1000);
	struct tm tm;
	int at;

	if (c->utc)
		gmtime_r(&now, &tm);
	else
		localtime_r(&now, &tm);
	at = tm.tm_hour * 60 + tm.tm_min;
	if (n->quiet_from <= n->quiet_to)
		return at >= n->quiet_from && at < n->quiet_to;
	return at >= n->quiet_from || at < n->quiet_to;
}

/* ---- muting ---- */

static int
find_muted(const struct console *c, const char *id)
{
	const struct notices *n = &c->notices;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(n->muted); i++)
		if (strcmp(n->muted[i], id) == 0 &&
			n->muted_until_ms[i] > console_now_ms(c))
			return (int)i;
	return -1;
}

bool
notice_mute(struct console *c, const char *id)
{
	struct notices *n = &c->notices;
	int at = find_muted(c, id);
	size_t i, oldest = 0;

	if (at != -1) {
		n->muted[at][0] = '\0';
		return false;
	}
	for (i = 1; i < ARRAY_SIZE(n->muted); i++)
		if (n->muted_until_ms[i] < n->muted_until_ms[oldest])
			oldest = i;
	snprintf(n->muted[oldest], sizeof(n->muted[0]), "%s", id);
	n->muted_until_ms[oldest] = console_now_ms(c) + MUTE_MS;
	return true;
}

/* ---- notices ---- */

static struct message *
new_message(struct notices *n)
{
	struct message *m;

	if (n->count == MESSAGES_MAX) {
		n->first = (n->first + 1) % MESSAGES_MAX;
		n->count--;
	}
	m = &n->messages[(n->first + n->count++) % MESSAGES_MAX];
	memset(m, 0, sizeof(*m));
	return m;
}

static void
ring(struct console *c, const char *id, const char *text)
{
	if (find_muted(c, id) != -1 || is_quiet(c))
		return;
	c->notices.rings = true;
	snprintf(c->notices.ring_text, sizeof(c->notices.ring_text), "%s",
		text);
}

void
notice_add(struct console *c, enum notice_kind kind, const char *id,
	const char *fmt, ...)
{
	struct notices *n = &c->notices;
	struct message *m = new_message(n);
	char raw[sizeof(m->text)], *text;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	text = text_printable(raw);
	snprintf(m->text, sizeof(m->text), "%s", text);
	free(text);
	snprintf(m->id, sizeof(m->id), "%s", id);
	m->kind = kind;
	m->at = clock_wall_ms(c->clock) / 1000;
	c->stale = true;
	if (kind != NOTICE_INFO)
		ring(c, id, m->text);
}

static int64_t
answer_by(const struct console *c, const char *id)
{
	const struct world_change *ch = (const void *)collection_find(
		&c->world->lists[WORLD_CHANGES], id);
	const struct world_request *r = (const void *)collection_find(
		&c->world->lists[WORLD_REQUESTS], id);

	return ch != NULL ? ch->answer_by : r != NULL ? r->answer_by : 0;
}

void
notice_remind(struct console *c)
{
	const struct collection *needs = &c->world->lists[WORLD_NEEDS];
	int64_t now = clock_wall_ms(c->clock) / 1000, left;
	char text[64];
	size_t i;

	if (now / 60 == c->notices.reminded_minute)
		return;
	c->notices.reminded_minute = now / 60;
	for (i = 0; i < needs->count; i++) {
		left = answer_by(c, needs->items[i]->id) - now;
		if (left <= 0 || left > REMIND_S)
			continue;
		snprintf(text, sizeof(text), "%.31s needs you within %lldm",
			needs->items[i]->id, (long long)(left + 59) / 60);
		ring(c, needs->items[i]->id, text);
	}
}

void
notice_rollout(struct console *c, const char *id, const char *before)
{
	const struct world_rollout *r = (const void *)collection_find(
		&c->world->lists[WORLD_ROLLOUTS], id);
	enum notice_kind kind = NOTICE_INFO;

	if (r == NULL || strcmp(r->state, before) == 0)
		return;
	if (strcmp(r->state, "paused") == 0 || strcmp(r->state, "failed") == 0)
		kind = NOTICE_WENT_WRONG;
	else if (!rollout_is_live(r))
		kind = NOTICE_FINISHED;
	/* Where it was paused by a person nothing went wrong. */
	if (kind == NOTICE_WENT_WRONG && strcmp(r->pause_cause, "person") == 0)
		kind = NOTICE_INFO;
	notice_add(c, kind, id, "%s %s: %s %s to %s, %lld of %lld hosts%s%s",
		id, r->state, r->service, r->version, r->env,
		(long long)r->hosts_done, (long long)r->hosts_total,
		r->reason[0] != '\0' ? ": " : "", r->reason);
}

void
notice_bytes(struct console *c, bool in_tmux, char *out, size_t size)
{
	struct notices *n = &c->notices;
	const char *before = in_tmux ? "\033Ptmux;\033" : "";
	const char *after = in_tmux ? "\033\\" : "";

	out[0] = '\0';
	if (!n->rings)
		return;
	n->rings = false;
	switch (n->method) {
	case NOTICE_BELL:
		snprintf(out, size, "\007");
		break;
	case NOTICE_OSC9:
		snprintf(out, size, "%s\033]9;sluice: %s\007%s", before,
			n->ring_text, after);
		break;
	case NOTICE_OSC99:
		snprintf(out, size, "%s\033]99;;sluice: %s\033%s\\%s", before,
			n->ring_text, in_tmux ? "\033" : "", after);
		break;
	case NOTICE_OSC777:
		snprintf(out, size, "%s\033]777;notify;sluice;%s\007%s",
			before, n->ring_text, after);
		break;
	case NOTICE_OFF:
	case NOTICE_METHOD_COUNT:
		break;
	}
}
