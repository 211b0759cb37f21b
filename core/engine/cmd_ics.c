/*
 * cmd_ics.c - the calendar as an iCalendar feed, page by page.
 *
 * UIDs are made of what does not change: the id, and the engine's. SEQUENCE
 * and DTSTAMP are how often, and when last, the ledger speaks of the object,
 * so that the same state is the same bytes. What was removed or cancelled
 * stays in it as cancelled for a while, so that programs take it away.
 */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "engine/calendar_rows.h"
#include "engine/cmd.h"
#include "engine/schedule.h"
#include "model/ics.h"
#include "wire/json.h"

#define PAGE_BYTES (200 * 1024)
#define BACK_S ((int64_t)30 * SCHEDULE_DAY_S)
#define AHEAD_S ((int64_t)366 * SCHEDULE_DAY_S)
#define ZONES_BACK_S ((int64_t)2 * 366 * SCHEDULE_DAY_S)
#define ZONES_AHEAD_S ((int64_t)12 * 366 * SCHEDULE_DAY_S)
#define CHANGES_FROM ((int64_t)1 << 32) /* cursors of periods are below */

struct feed {
	struct engine *en;
	struct strbuf text;
	const char *env;
	int64_t from, to;
	int64_t config_sequence, config_stamp;
	int64_t next; /* cursor */
	bool more;
};

/* ---- about an object ---- */

static char *
uid_of(struct feed *f, const char *id)
{
	char hex[DIGEST_HEX_SIZE];

	if (strchr(id, '/') == NULL)
		return xasprintf(
			"%s@sluice.%s", id, store_engine_id(f->en->store));
	digest_hex(id, strlen(id), hex);
	return xasprintf(
		"%.32s@sluice.%s", hex, store_engine_id(f->en->store));
}

static void
look_up(struct feed *f, const char *id, struct ics_about *about)
{
	struct error e;

	engine_must(store_ledger_about(f->en->store, id, NULL,
			    &about->sequence, &about->stamp, &e),
		&e, "read the ledger");
}

/* ---- periods ---- */

static char *
envs_text(const struct period *p)
{
	struct strbuf text;
	size_t i;

	strbuf_init(&text);
	strbuf_adds(&text, p->envs.count == 0 ? "all environments" : "");
	for (i = 0; i < p->envs.count; i++)
		strbuf_addf(&text, "%s%s", i ? ", " : "", p->envs.items[i]);
	return strbuf_detach(&text);
}

static char *
period_words(const struct period *p)
{
	const char *effect = period_effect_name(p->effect);

	if (p->kind == PERIOD_WINDOW)
		return xasprintf("what runs when it closes: %s", effect);
	if (p->kind == PERIOD_FREEZE)
		return xasprintf("%s; what runs when it begins: %s%s%s",
			period_severity_name(p->severity), effect,
			p->reason == NULL ? "" : "\n",
			p->reason == NULL ? "" : p->reason);
	return xstrdup("windows stay closed");
}

static void
put_period(struct feed *f, const struct period *p)
{
	char *id = period_id(p), *uid = uid_of(f, id), *envs = envs_text(p);
	char *summary = xasprintf("%s: %s (%s)", period_kind_name(p->kind),
		p->name, envs);
	char *words = period_words(p);
	struct ics_about about = {.uid = uid,
		.summary = summary,
		.description = words,
		.category = period_kind_name(p->kind),
		.sequence = f->config_sequence,
		.stamp = f->config_stamp,
		.status = p->ended_at != 0 ? ICS_CANCELLED : ICS_CONFIRMED,
		.is_busy = p->kind == PERIOD_FREEZE};

	if (p->number != 0)
		look_up(f, id, &about);
	if (about.stamp == 0)
		about.stamp = p->starts_local;
	ics_period(&f->text, &about, p);
	free(words);
	free(summary);
	free(envs);
	free(uid);
	free(id);
}

static bool
is_in_feed(const struct feed *f, const struct period *p)
{
	if (f->env != NULL && !period_is_about(p, f->env, NULL))
		return false;
	return p->ended_at == 0 || p->ended_at >= f->from;
}

/* True: the page is full. */
static bool
is_full(struct feed *f, int64_t next)
{
	if (f->text.len < PAGE_BYTES)
		return false;
	f->next = next;
	f->more = true;
	return true;
}

static void
put_configured(struct feed *f, int64_t after)
{
	const struct settings *s = f->en->settings;
	int64_t i;

	for (i = after; i < (int64_t)s->period_count; i++) {
		if (is_full(f, i))
			return;
		if (is_in_feed(f, &s->periods[i]))
			put_period(f, &s->periods[i]);
	}
}

struct stored {
	struct feed *f;
	int64_t at, after; /* counted from the end of those configured */
};

static int
put_stored(const struct period *p, void *arg)
{
	struct stored *st = arg;

	if (st->at++ < st->after)
		return 0;
	if (is_full(st->f, st->at - 1))
		return 1;
	if (is_in_feed(st->f, p))
		put_period(st->f, p);
	return 0;
}

static void
put_periods(struct feed *f, int64_t after)
{
	int64_t configured = (int64_t)f->en->settings->period_count;
	struct stored st = {f, configured, after};
	struct error e;

	put_configured(f, after);
	if (f->more)
		return;
	engine_must(
		store_period_each(f->en->store, true, put_stored, &st, &e), &e,
		"read the calendar");
}

/* Every zone that a period is in, once, before all else. */
struct zones {
	struct strings names;
	int64_t from; /* the earliest start */
};

static int
note_zone(const struct period *p, void *arg)
{
	struct zones *zones = arg;

	if (!strings_has(&zones->names, p->zone))
		strings_add(&zones->names, p->zone);
	if (p->starts_local - SCHEDULE_DAY_S < zones->from)
		zones->from = p->starts_local - SCHEDULE_DAY_S;
	return 0;
}

static void
put_zones(struct feed *f)
{
	const struct settings *s = f->en->settings;
	int64_t now = engine_now(f->en);
	struct zones zones = {.from = now - ZONES_BACK_S};
	struct error e;
	size_t i;

	for (i = 0; i < s->period_count; i++)
		note_zone(&s->periods[i], &zones);
	engine_must(store_period_each(f->en->store, true, note_zone, &zones,
			    &e),
		&e, "read the calendar");
	for (i = 0; i < zones.names.count; i++)
		ics_zone(&f->text, zones.names.items[i],
			zones.from - zones.from % SCHEDULE_DAY_S,
			now + ZONES_AHEAD_S);
	strings_finish(&zones.names);
}

/* ---- changes ---- */

static enum ics_status
change_status(const struct change *c)
{
	switch (c->state) {
	case CHANGE_DRAFT:
	case CHANGE_SUBMITTED:
	case CHANGE_VOIDED:
		return ICS_TENTATIVE;
	case CHANGE_REJECTED:
	case CHANGE_EXPIRED:
	case CHANGE_CANCELLED:
		return ICS_CANCELLED;
	case CHANGE_APPROVED:
	case CHANGE_SCHEDULED:
	case CHANGE_RUNNING:
	case CHANGE_SUCCEEDED:
	case CHANGE_FAILED:
	case CHANGE_ABORTED:
	case CHANGE_ROLLED_BACK:
	case CHANGE_MIXED:
	case CHANGE_STATE_COUNT:
		break;
	}
	return ICS_CONFIRMED;
}

static void
put_one_change(struct feed *f, const struct change *c)
{
	char id[ID_TEXT_SIZE], *uid, *summary, *words;
	struct estimate estimate;
	struct ics_about about = {
		.category = "change", .status = change_status(c)};

	change_id_format(c->id, id);
	look_up(f, id, &about);
	about.is_busy = about.status != ICS_CANCELLED;
	about.uid = uid = uid_of(f, id);
	about.summary = summary = xasprintf(
		"%s: %s %s to %s", id, c->service, c->version, c->env);
	about.description = words = xasprintf("%s, by %s%s%s",
		change_state_name(c->state),
		c->author == NULL ? "nobody" : c->author,
		c->why == NULL ? "" : "\n", c->why == NULL ? "" : c->why);
	schedule_estimate(f->en, c, &estimate);
	ics_span(&f->text, &about, c->scheduled_at,
		c->scheduled_at + estimate.need.forward_s);
	free(words);
	free(summary);
	free(uid);
}

static int
put_change(const struct change *c, void *arg)
{
	struct feed *f = arg;

	if (c->scheduled_at < f->from || c->scheduled_at >= f->to ||
		(f->env != NULL && strcmp(c->env, f->env) != 0))
		return 0;
	if (is_full(f, CHANGES_FROM + c->id.number - 1))
		return 1;
	put_one_change(f, c);
	return 0;
}

static void
put_changes(struct feed *f, int64_t after)
{
	struct change_filter filter = {
		.env = f->env, .state = -1, .after = after};
	struct error e;

	engine_must(store_change_each(f->en->store, &filter, put_change, f, &e),
		&e, "read changes");
}

/* ---- the method ---- */

static int
arg_feed(struct request *rq, struct feed *f, int64_t *ret_after,
	struct error *e)
{
	const char *after = arg_string(rq, "after");
	char *end;

	*ret_after = after == NULL ? 0 : strtoll(after, &end, 10);
	if (after != NULL && (*end != '\0' || *ret_after < 0))
		return error_set(e, ERROR_USAGE,
			"'%.40s' is not a cursor of this feed", after);
	f->env = arg_string(rq, "env");
	if (f->env != NULL &&
		settings_environment(rq->en->settings, f->env) == NULL)
		return no_environment(rq->en->settings, f->env, e);
	if (arg_time(rq, "from", &f->from, e) == -1 ||
		arg_time(rq, "to", &f->to, e) == -1)
		return -1;
	if (f->from == 0)
		f->from = engine_now(rq->en) - BACK_S;
	if (f->to == 0)
		f->to = f->from + BACK_S + AHEAD_S;
	return 0;
}

static void
write_feed(struct feed *f, int64_t after)
{
	if (after == 0) {
		char *name = xasprintf("sluice%s%s",
			f->env == NULL ? "" : " ",
			f->env == NULL ? "" : f->env);

		ics_begin(&f->text, name);
		put_zones(f);
		free(name);
	}
	if (after < CHANGES_FROM) {
		put_periods(f, after);
		after = CHANGES_FROM;
	}
	if (!f->more)
		put_changes(f, after - CHANGES_FROM);
	if (!f->more)
		ics_end(&f->text);
}

void
cmd_calendar_ics(struct request *rq)
{
	struct feed f = {.en = rq->en};
	char next[24];
	int64_t after;
	struct error e;

	if (arg_feed(rq, &f, &after, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	engine_must(store_ledger_about(rq->en->store,
			    rq->en->settings->path == NULL
				    ? ""
				    : rq->en->settings->path,
			    "config.load", &f.config_sequence, &f.config_stamp,
			    &e),
		&e, "read the ledger");
	strbuf_init(&f.text);
	write_feed(&f, after);
	snprintf(next, sizeof(next), "%lld", (long long)f.next);
	request_done(rq,
		json_pack("{s:o, s:o}", "text", json_text(f.text.buf), "next",
			f.more ? json_string(next) : json_null()));
	strbuf_finish(&f.text);
}
