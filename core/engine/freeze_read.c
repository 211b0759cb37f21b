/* freeze_read.c - a freeze from the arguments of a request, and from what a
 * request for a second person holds. */
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "base/zone.h"
#include "engine/cmd.h"
#include "engine/freeze.h"
#include "engine/schedule.h"
#include "model/hostset.h"
#include "wire/json.h"

#define NAME_MOST 80
#define STORED_MOST 5000
#define COVER_AHEAD_S ((int64_t)5 * 366 * SCHEDULE_DAY_S)

/* ---- times ---- */

/* Nominal days and exact seconds from one instant to another: what a rule
 * repeats by the clocks of its zone. A start in the second of two equal hours
 * can only be said in UTC. */
static void
set_times(struct period *p, int64_t from, int64_t to)
{
	struct zone_scope scope;
	int64_t base;

	zone_enter(&scope, p->zone);
	if (p->rrule == NULL && zone_resolve(zone_local(from)) != from) {
		zone_leave(&scope);
		str_replace(&p->zone, "UTC");
		zone_enter(&scope, p->zone);
	}
	p->starts_local = zone_local(from);
	p->days = (zone_local(to) - p->starts_local) / SCHEDULE_DAY_S;
	base = zone_resolve(p->starts_local + p->days * SCHEDULE_DAY_S);
	if (base > to) {
		p->days--;
		base = zone_resolve(
			p->starts_local + p->days * SCHEDULE_DAY_S);
	}
	p->exact_s = to - base;
	zone_leave(&scope);
}

static int
read_time(struct request *rq, const struct period *p, const char *name,
	int64_t or_else, int64_t *ret, struct error *e)
{
	const char *text = arg_string(rq, name);

	*ret = or_else;
	if (text == NULL)
		return 0;
	if (time_parse(text, p->zone, engine_now(rq->en), ret, e) == -1)
		return error_prefix(e, "%s", name);
	return 0;
}

static int
read_times(struct request *rq, struct period *p, int64_t from, int64_t to,
	struct error *e)
{
	if (read_time(rq, p, "from", from, &from, e) == -1 ||
		read_time(rq, p, "to", to, &to, e) == -1)
		return -1;
	if (to <= from)
		return error_set(e, ERROR_INVALID,
			"freeze '%.80s' would end %s: 'to' must be after "
			"'from'",
			p->name, to == from ? "as it begins"
					    : "before it begins");
	set_times(p, from, to);
	if (p->rrule == NULL && to <= engine_now(rq->en))
		return error_set(e, ERROR_INVALID,
			"freeze '%.80s' would be over already", p->name);
	return 0;
}

static int
read_exdates(struct request *rq, struct period *p, struct error *e)
{
	struct strings dates;
	int64_t local;
	int result = 0;
	size_t i;

	arg_strings(rq, "exdates", &dates);
	for (i = 0; i < dates.count && result == 0; i++) {
		result = time_parse_local(dates.items[i], p->zone, &local, e);
		if (result == 0)
			period_add_exdate(p, local);
	}
	strings_finish(&dates);
	return result;
}

/* ---- words ---- */

static int
read_word(struct request *rq, const char *name, int (*parse)(const char *s),
	const char *expected, int *value, struct error *e)
{
	const char *text = arg_string(rq, name);
	int found;

	if (text == NULL)
		return 0;
	found = parse(text);
	if (found < 0 || found == EFFECT_ABORT)
		return error_set(e, ERROR_USAGE,
			"'%s' is '%.40s', expected %s", name, text, expected);
	*value = found;
	return 0;
}

static int
read_words(struct request *rq, struct period *p, struct error *e)
{
	int severity = (int)p->severity, effect = (int)p->effect;

	if (read_word(rq, "severity", period_severity_parse, "hard or soft",
		    &severity, e) == -1 ||
		read_word(rq, "running", period_effect_parse,
			"finish, finish-wave, hold or rollback", &effect,
			e) == -1)
		return -1;
	p->severity = (enum period_severity)severity;
	p->effect = (enum period_effect)effect;
	return 0;
}

/* ---- scope ---- */

static int
read_envs(struct request *rq, struct period *p, struct error *e)
{
	size_t i;

	arg_strings(rq, "envs", &p->envs);
	if (p->envs.count == 0)
		return error_set(e, ERROR_USAGE, "no environment is named");
	for (i = 0; i < p->envs.count; i++)
		if (settings_environment(
			    rq->en->settings, p->envs.items[i]) == NULL)
			return no_environment(
				rq->en->settings, p->envs.items[i], e);
	return 0;
}

static bool
is_deployed(const struct settings *s, const struct period *p,
	const char *service)
{
	size_t i;

	for (i = 0; i < p->envs.count; i++)
		if (strings_has(&settings_environment(s, p->envs.items[i])
					 ->services,
			    service))
			return true;
	return false;
}

static int
read_services(struct request *rq, struct period *p, struct error *e)
{
	const struct settings *s = rq->en->settings;
	size_t i;

	arg_strings(rq, "services", &p->services);
	for (i = 0; i < p->services.count; i++) {
		const char *name = p->services.items[i];

		if (settings_service(s, name) == NULL)
			return no_service(s, name, e);
		if (!is_deployed(s, p, name))
			return error_set(e, ERROR_INVALID,
				"service '%s' is not deployed to '%s'", name,
				p->envs.items[0]);
	}
	return 0;
}

static int
read_hosts(struct request *rq, struct period *p, struct error *e)
{
	const char *text = arg_string(rq, "hosts");
	struct selector *selector;

	if (text == NULL)
		return 0;
	if (selector_parse(text, &selector, e) == -1)
		return error_prefix(e, "hosts");
	selector_destroy(selector);
	p->selector = xstrdup(text);
	return 0;
}

/* ---- all of it ---- */

static bool
is_one_line(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

static int
read_name(struct request *rq, struct period *p, struct error *e)
{
	const char *name = arg_string(rq, "name");

	if (check_text(name, "the name", e) == -1)
		return -1;
	if (*name == '\0' || strlen(name) > NAME_MOST)
		return error_set(e, ERROR_INVALID,
			"the name of a freeze has 1 to %d bytes", NAME_MOST);
	if (!is_one_line(name))
		return error_set(e, ERROR_INVALID,
			"the name of a freeze is one line without control "
			"characters");
	p->name = xstrdup(name);
	return 0;
}

static int
read_zone(struct request *rq, struct period *p, struct error *e)
{
	const char *zone = arg_string(rq, "zone");

	if (zone == NULL)
		zone = rq->en->settings->timezone;
	if (!zone_is_known(zone))
		return error_set(e, ERROR_INVALID,
			"'%.80s' is not a time zone, expected an IANA name "
			"such as Europe/Berlin",
			zone);
	p->zone = xstrdup(zone);
	return 0;
}

static void
sign(struct request *rq, struct period *p)
{
	struct actor by = request_actor(rq);

	str_replace(&p->author, by.who);
	p->author_uid = by.uid;
	str_replace(&p->reason, arg_string(rq, "text"));
	p->changed_at = engine_now(rq->en);
	if (p->created_at == 0)
		p->created_at = p->changed_at;
}

int
freeze_from_args(struct request *rq, struct period *p, struct error *e)
{
	p->kind = PERIOD_FREEZE;
	p->severity = SEVERITY_HARD;
	p->effect = EFFECT_FINISH;
	p->rrule = xstrdup_or_null(arg_string(rq, "rrule"));
	sign(rq, p);
	if (schedule_count(rq->en) >= STORED_MOST)
		return error_set(e, ERROR_LIMIT,
			"there are %d windows and freezes already",
			STORED_MOST);
	if (read_name(rq, p, e) == -1 || read_envs(rq, p, e) == -1 ||
		read_services(rq, p, e) == -1 || read_hosts(rq, p, e) == -1 ||
		read_zone(rq, p, e) == -1 || read_words(rq, p, e) == -1 ||
		read_times(rq, p, 0, 0, e) == -1 ||
		read_exdates(rq, p, e) == -1)
		return -1;
	return recur_check(p, e);
}

int
freeze_edited(struct request *rq, const struct period *old, struct period *p,
	struct error *e)
{
	const char *rule = arg_string(rq, "rrule");
	struct span first;

	period_copy(p, old);
	p->sequence++;
	sign(rq, p);
	if (rule != NULL)
		str_replace(&p->rrule, *rule == '\0' ? NULL : rule);
	recur_once(old, &first);
	if (read_words(rq, p, e) == -1 ||
		read_times(rq, p, first.start, first.end, e) == -1 ||
		read_exdates(rq, p, e) == -1)
		return -1;
	return recur_check(p, e);
}

/* ---- compared ---- */

static bool
takes_in(const struct strings *all, const struct strings *some)
{
	size_t i;

	if (all->count == 0)
		return true;
	if (some->count == 0)
		return false;
	for (i = 0; i < some->count; i++)
		if (!strings_has(all, some->items[i]))
			return false;
	return true;
}

/* Sorted spans that touch or overlap become one. */
static void
unite(struct spans *s)
{
	size_t i, kept = 0;

	spans_sort(s);
	for (i = 1; i < s->count; i++) {
		struct span *last = &s->items[kept];

		if (s->items[i].start > last->end)
			s->items[++kept] = s->items[i];
		else if (s->items[i].end > last->end)
			last->end = s->items[i].end;
	}
	if (s->count > 0)
		s->count = kept + 1;
}

/* Whether each of were, from now on, lies in one of are; both united. */
static bool
lie_in(const struct spans *were, const struct spans *are, int64_t now)
{
	size_t i, k = 0;

	for (i = 0; i < were->count; i++) {
		int64_t start = were->items[i].start;

		if (start < now)
			start = now;
		while (k < are->count && are->items[k].end < were->items[i].end)
			k++;
		if (k == are->count || are->items[k].start > start)
			return false;
	}
	return true;
}

static bool
covers_times(struct engine *en, const struct period *p,
	const struct period *old)
{
	int64_t now = engine_now(en);
	struct spans were = {0}, are = {0};
	struct error e;
	bool covers = recur_expand(old, now, now + COVER_AHEAD_S, &were, &e) ==
			      0 &&
		      recur_expand(p, now, now + COVER_AHEAD_S, &are, &e) == 0;

	unite(&were);
	unite(&are);
	covers = covers && lie_in(&were, &are, now);
	spans_finish(&were);
	spans_finish(&are);
	return covers;
}

bool
freeze_covers(
	struct engine *en, const struct period *p, const struct period *old)
{
	bool same_hosts = p->selector == NULL ||
			  (old->selector != NULL &&
				  strcmp(p->selector, old->selector) == 0);

	return same_hosts && takes_in(&p->envs, &old->envs) &&
	       takes_in(&p->services, &old->services) &&
	       p->severity <= old->severity && p->effect >= old->effect &&
	       covers_times(en, p, old);
}
