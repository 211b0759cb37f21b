/*
 * history_script.c - what people do in the history of the demo.
 *
 * A story is one release on its way through the environments: it is tried,
 * planned, argued about, approved, started, and sometimes it fails. Every
 * working day begins some. What the calendar forbids is asked for all the
 * same, and waits as it would.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"
#include "base/file.h"
#include "base/units.h"
#include "engine/history_private.h"
#include "wire/json.h"

#define MINUTE 60
#define HOUR 3600
#define DAY 86400
#define LOOKS_MOST 30

/* None has an account: what they said counts in the history only. */
const struct guest history_people[] = {
	{70001, "alice"},
	{70002, "bob"},
	{70003, "carol"},
	{70004, "dan"},
	{70005, "erin"},
};

const size_t history_people_count = ARRAY_SIZE(history_people);

static const struct service_words {
	const char *name;
	const char *why[4];
} services[] = {
	{"auth",
		{"shorter sessions on shared machines",
			"log out everywhere at once",
			"accept the new hardware keys",
			"fix the slow first login"}},
	{"search",
		{"faster index of product names", "fewer empty answers",
			"understand plural forms",
			"fix the sorting of equal prices"}},
	{"billing",
		{"the new tax tables", "invoices as PDF/A",
			"fix rounding of refunds",
			"retry the bank when it does not answer"}},
};

static const char *const remarks[] = {
	"numbers from integration look right",
	"who is on call when this goes out?",
	"checked with support, nothing planned there",
	"same build ran for two days, no complaint",
	"please after the morning peak",
};

static const char *const refusals[] = {
	"the migration has no way back",
	"not in the week of the campaign",
	"the notes do not say what happens to open sessions",
};

enum fate {
	FATE_GOOD,
	FATE_ARGUED,	/* people talk about it first */
	FATE_BAD,	/* fails on some hosts, and is taken back */
	FATE_PATCHED,	/* fails on some hosts, which are left out */
	FATE_REJECTED,
	FATE_CANCELLED,
	FATE_PAUSED,	/* somebody holds it for a while */
	FATE_COUNT
};

/* Of a hundred stories. */
static const int shares[FATE_COUNT] = {56, 14, 8, 4, 7, 5, 6};

/* Where a release goes, and at what hours UTC people plan it. */
static const struct stop {
	const char *env;
	int first_hour, hours;
} stops[] = {
	{"integration", 8, 9},
	{"europe", 7, 8},
	{"america", 14, 6},
};

#define STOPS ARRAY_SIZE(stops)

struct story {
	const struct service_words *service;
	char version[32], change[32], digest[DIGEST_HEX_SIZE];
	const char *why, *author, *approver;
	enum fate fate;
	size_t stop;
	int looks; /* at whether it has started */
	struct story *next;
};

#define ONE_OF(h, list) ((list)[history_random((h), ARRAY_SIZE(list))])

static const char *
person(struct history *h, const char *other_than)
{
	const char *name;

	do
		name = ONE_OF(h, history_people).person;
	while (other_than != NULL && strcmp(name, other_than) == 0);
	return name;
}

static bool
is_weekend(int64_t at)
{
	time_t t = (time_t)at;
	struct tm tm;

	gmtime_r(&t, &tm);
	return tm.tm_wday == 0 || tm.tm_wday == 6;
}

/* ---- what is asked ---- */

static void
say_about(struct history *h, const struct story *s, const char *who,
	const char *method, const char *text)
{
	json_t *args = json_pack("{s:s, s:s}", "id", s->change, "text", text);

	json_decref(history_ask(h, who, method, args, -1));
}

static void
act_on(struct history *h, const struct story *s, const char *who,
	const char *method)
{
	json_decref(history_ask(
		h, who, method, json_pack("{s:s}", "id", s->change), -1));
}

static void
decide(struct history *h, struct story *s, const char *method,
	const char *text)
{
	json_decref(history_ask(h, s->approver, method,
		json_pack("{s:s, s:s, s:s}", "id", s->change, "digest",
			s->digest, "text", text),
		-1));
}

/* A small artefact: what it says is all that is in it. */
static int
payload(const struct story *s)
{
	int fd = memfd_create("release", MFD_CLOEXEC);
	struct error e;
	char *text = xasprintf("%s %s: %s\n", s->service->name, s->version,
		s->why);

	if (fd != -1 &&
		file_write_all(fd, text, strlen(text), "release", &e) == 0)
		lseek(fd, 0, SEEK_SET);
	free(text);
	return fd;
}

/* at 0: as soon as somebody starts it. */
static bool
plan(struct history *h, struct story *s, int64_t at)
{
	json_t *args = json_pack("{s:s, s:s, s:s, s:s}", "service",
		s->service->name, "version", s->version, "env",
		stops[s->stop].env, "text", s->why);
	char when[TIME_TEXT_SIZE];
	json_t *change;

	if (at != 0) {
		time_format_utc(at, when);
		json_object_set_new(args, "at", json_string(when));
	}
	change = history_ask(h, s->author, "change.new", args, -1);
	snprintf(s->change, sizeof(s->change), "%s",
		json_get_string(change, "id", ""));
	snprintf(s->digest, sizeof(s->digest), "%s",
		json_get_string(change, "plan_digest", ""));
	json_decref(change);
	return s->change[0] != '\0';
}

/* ---- scenes ---- */

/* The scheduler looks at the time. */
static void
nothing(struct history *h, struct story *s)
{
	(void)h;
	(void)s;
}

static void go_on(struct history *h, struct story *s);

static void
resume(struct history *h, struct story *s)
{
	act_on(h, s, s->approver, "rollout.resume");
	history_later(h, history_now(h) + HOUR, go_on, s);
}

static void
pause_it(struct history *h, struct story *s)
{
	act_on(h, s, s->approver, "rollout.pause");
	history_later(h,
		history_now(h) + (5 + history_random(h, 30)) * MINUTE, resume,
		s);
}

static void
take_back(struct history *h, struct story *s)
{
	json_decref(history_ask(h, s->approver, "rollout.abort",
		json_pack("{s:s, s:s, s:s}", "id", s->change, "then",
			"rollback", "text", "restarts fail on some hosts"),
		-1));
}

/* Whether it stopped for hosts that failed, which are added to hosts. */
static bool
is_held(struct history *h, const struct story *s, json_t *hosts)
{
	json_t *r = history_ask(h, s->approver, "rollout.show",
		json_pack("{s:s}", "id", s->change), -1);
	bool held = strcmp(json_get_string(r, "state", ""), "paused") == 0;
	json_t *it;
	size_t i;

	json_array_foreach(json_object_get(r, "failing"), i, it)
		json_array_append_new(hosts,
			json_string(json_get_string(it, "host", "")));
	json_decref(r);
	return held;
}

/* As often as it takes. */
static void
leave_out(struct history *h, struct story *s)
{
	json_t *hosts = json_array();

	if (!is_held(h, s, hosts)) {
		json_decref(hosts);
		go_on(h, s);
		return;
	}
	json_decref(history_ask(h, s->approver, "rollout.exclude",
		json_pack("{s:s, s:o, s:s}", "id", s->change, "hosts", hosts,
			"text", "to be replaced this week"),
		-1));
	act_on(h, s, s->approver, "rollout.resume");
	history_later(h, history_now(h) + 10 * MINUTE, leave_out, s);
}

/* What somebody does about a rollout that runs. */
static void
look_after(struct history *h, struct story *s)
{
	int64_t soon = history_now(h) + (4 + history_random(h, 40)) * MINUTE;

	switch (s->fate) {
	case FATE_BAD:
		history_later(h, soon, take_back, s);
		break;
	case FATE_PATCHED:
		history_later(h, soon, leave_out, s);
		break;
	case FATE_PAUSED:
		pause_it(h, s);
		break;
	case FATE_GOOD:
	case FATE_ARGUED:
	case FATE_REJECTED:
	case FATE_CANCELLED:
	case FATE_COUNT:
		history_later(h, history_now(h) + HOUR, go_on, s);
		break;
	}
}

static void
start(struct history *h, struct story *s)
{
	act_on(h, s, s->author, "change.start");
	/* Fates come true where it matters. */
	if (s->stop == 0)
		history_later(h, history_now(h) + HOUR, go_on, s);
	else
		look_after(h, s);
}

static void
remark(struct history *h, struct story *s)
{
	say_about(h, s, s->approver, "change.comment", ONE_OF(h, remarks));
}

static void
ask_back(struct history *h, struct story *s)
{
	act_on(h, s, s->approver, "change.take");
	say_about(h, s, s->approver, "change.ask",
		"what happens to who is logged in?");
}

static void
reply(struct history *h, struct story *s)
{
	say_about(h, s, s->author, "change.comment",
		"nothing, sessions are read by both versions");
}

static void
approve(struct history *h, struct story *s)
{
	decide(h, s, "change.approve",
		history_random(h, 3) == 0 ? ONE_OF(h, remarks) : "");
	history_later(h, history_now(h) + MINUTE, nothing, NULL);
}

static void
reject(struct history *h, struct story *s)
{
	decide(h, s, "change.reject", ONE_OF(h, refusals));
	history_later(h, history_now(h) + MINUTE, nothing, NULL);
}

static void
cancel(struct history *h, struct story *s)
{
	say_about(h, s, s->author, "change.cancel",
		"a better fix is on its way");
}

/* What is said about a request before it starts. */
static void
answer(struct history *h, struct story *s, int64_t starts_at)
{
	int64_t now = history_now(h);
	int64_t by = now + (10 + history_random(h, 200)) * MINUTE;

	if (by >= starts_at)
		by = now + (starts_at - now) / 2;
	/* Who would approve what is still ahead is who looks at the demo. */
	if (starts_at >= h->ends_at)
		return;
	if (s->fate == FATE_ARGUED) {
		history_later(h, now + (by - now) / 4, ask_back, s);
		history_later(h, now + (by - now) / 2, reply, s);
	} else if (history_random(h, 4) == 0) {
		history_later(h, now + (by - now) / 2, remark, s);
	}
	if (s->fate == FATE_CANCELLED)
		history_later(h, by, cancel, s);
	else
		history_later(h, by,
			s->fate == FATE_REJECTED ? reject : approve, s);
}

/* At an hour of the environment, on the next working day. */
static int64_t
hour_of(struct history *h, const struct stop *stop)
{
	int64_t day = history_now(h) / DAY * DAY + DAY;

	while (is_weekend(day))
		day += DAY;
	return day +
	       (stop->first_hour + history_random(h, (uint32_t)stop->hours)) *
		       HOUR +
	       history_random(h, 4) * 15 * MINUTE;
}

static void
check_started(struct history *h, struct story *s)
{
	json_t *c = history_ask(h, s->author, "change.show",
		json_pack("{s:s}", "id", s->change), -1);
	const char *state = json_get_string(c, "state", "");

	if (strcmp(state, "running") == 0 || strcmp(state, "succeeded") == 0)
		look_after(h, s);
	else if (s->looks++ < LOOKS_MOST &&
		 (strcmp(state, "scheduled") == 0 ||
			 strcmp(state, "submitted") == 0))
		history_later(h, history_now(h) + 6 * HOUR, check_started, s);
	json_decref(c);
}

/* To the next environment. */
static void
go_on(struct history *h, struct story *s)
{
	int64_t at;

	if (++s->stop >= STOPS)
		return;
	at = hour_of(h, &stops[s->stop]);
	if (!plan(h, s, at))
		return;
	answer(h, s, at);
	history_later(h, at, nothing, NULL);
	history_later(h, at + 15, check_started, s);
}

static void
begin(struct history *h, struct story *s)
{
	json_decref(history_ask(h, s->author, "release.add",
		json_pack("{s:s, s:s, s:s, s:s}", "service", s->service->name,
			"version", s->version, "name", s->service->name,
			"notes", s->why),
		payload(s)));
	if (plan(h, s, 0))
		history_later(h, history_now(h) + 2 * MINUTE, start, s);
}

/* Nobody has looked at this one yet. */
static void
begin_last(struct history *h, struct story *s)
{
	begin(h, s);
	s->stop = STOPS;
}

/* One that is planned and needs nobody. */
static void
begin_ahead(struct history *h, struct story *s)
{
	json_decref(history_ask(h, s->author, "release.add",
		json_pack("{s:s, s:s, s:s, s:s}", "service", s->service->name,
			"version", s->version, "name", s->service->name,
			"notes", s->why),
		payload(s)));
	plan(h, s, hour_of(h, &stops[0]));
}

/* ---- the calendar ---- */

/* Days from the end of the history. */
static const struct ban {
	const char *name, *severity, *why;
	int from, to, said;
} bans[] = {
	{"quarter end", "hard", "the books are closed", -62, -59, -75},
	{"move of a rack", "hard", "half of the hosts are on one feed", -33,
		-32, -40},
	{"autumn campaign", "soft", "ask the campaign team first", -17, -14,
		-30},
	{"stocktaking", "hard", "no surprises while shelves are counted", 9,
		12, -6},
};

static void
forbid(struct history *h, struct story *s)
{
	static const struct ban *it = bans;
	char from[TIME_TEXT_SIZE], to[TIME_TEXT_SIZE];
	int64_t today = h->ends_at / DAY * DAY;

	(void)s;
	assert(it < bans + ARRAY_SIZE(bans));
	time_format_utc(today + it->from * DAY + 6 * HOUR, from);
	time_format_utc(today + it->to * DAY + 6 * HOUR, to);
	json_decref(history_ask(h, "erin", "freeze.add",
		json_pack("{s:s, s:[s, s], s:s, s:s, s:s, s:s}", "name",
			it->name, "envs", "europe", "america", "from", from,
			"to", to, "severity", it->severity, "text", it->why),
		-1));
	it++;
}

static void
stop_line(struct history *h, struct story *s)
{
	(void)s;
	json_decref(history_ask(h, "carol", "line.stop",
		json_pack("{s:s, s:s}", "env", "europe", "text",
			"checkout answers slowly, INC-31"),
		-1));
}

static void
open_line(struct history *h, struct story *s)
{
	(void)s;
	json_decref(history_ask(h, "carol", "line.open",
		json_pack("{s:s, s:s}", "env", "europe", "text",
			"a cable; not us"),
		-1));
}

/* ---- all of it ---- */

static enum fate
choose_fate(struct history *h)
{
	int at = (int)history_random(h, 100), fate = 0;

	while (fate < FATE_COUNT - 1 && at >= shares[fate])
		at -= shares[fate++];
	return (enum fate)fate;
}

static struct story *
story_create(struct history *h, size_t service, enum fate fate)
{
	static int minor[ARRAY_SIZE(services)];
	struct story *s = xcalloc(1, sizeof(*s));
	bool fails = fate == FATE_BAD || fate == FATE_PATCHED;

	s->service = &services[service];
	s->fate = fate;
	s->why = ONE_OF(h, s->service->why);
	s->author = person(h, NULL);
	s->approver = person(h, s->author);
	snprintf(s->version, sizeof(s->version), "%d.%d.0%s",
		(int)service + 2, ++minor[service], fails ? "-rc1" : "");
	s->next = h->stories;
	h->stories = s;
	return s;
}

static void
write_day(struct history *h, int64_t day)
{
	uint32_t n = history_random(h, 5) < 2 ? 2 : 1;

	for (; n > 0; n--)
		history_later(h,
			day + (8 + history_random(h, 7)) * HOUR +
				history_random(h, 60) * MINUTE,
			begin,
			story_create(h,
				history_random(h, ARRAY_SIZE(services)),
				choose_fate(h)));
}

/* What is there to see at once: one held, two ahead. */
static void
write_now(struct history *h)
{
	struct story *held = story_create(h, 1, FATE_GOOD);

	snprintf(held->version + strlen(held->version),
		sizeof(held->version) - strlen(held->version), "-rc9");
	history_later(h, h->ends_at - 2 * HOUR, begin_last, held);
	history_later(h, h->ends_at - HOUR, begin_ahead,
		story_create(h, 0, FATE_GOOD));
	history_later(h, h->ends_at - 40 * MINUTE, begin_ahead,
		story_create(h, 2, FATE_GOOD));
}

void
history_write(struct history *h)
{
	int64_t today = h->ends_at / DAY * DAY, day;
	size_t i;

	for (day = h->begins_at / DAY * DAY + DAY; day <= today; day += DAY)
		if (!is_weekend(day))
			write_day(h, day);
	for (i = 0; i < ARRAY_SIZE(bans); i++)
		history_later(h, today + bans[i].said * DAY + 9 * HOUR, forbid,
			NULL);
	history_later(h, today - 25 * DAY + 11 * HOUR, stop_line, NULL);
	history_later(h, today - 25 * DAY + 12 * HOUR, open_line, NULL);
	write_now(h);
}

void
history_forget(struct history *h)
{
	struct story *s;

	while ((s = h->stories) != NULL) {
		h->stories = s->next;
		free(s);
	}
}
