/* settings_calendar.c - windows, freezes and holidays of environments: every
 * rule is checked in full, so that none is accepted that never happens. */
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "engine/settings_reader.h"
#include "model/recur.h"

#define START_GRACE_MS ((int64_t)15 * 60 * 1000)
#define ESTIMATE_MS ((int64_t)5 * 60 * 1000)

static const struct {
	const char *key;
	enum period_kind kind;
} lists[] = {{"windows", PERIOD_WINDOW}, {"freezes", PERIOD_FREEZE},
	{"holidays", PERIOD_HOLIDAY}};

static bool
read_times(struct settings_reader *r, const config_setting_t *node,
	struct period *p)
{
	const char *start = node_text(node, "start");
	const char *duration = node_text(node, "duration");
	struct strings dates = {0};
	bool fine = true;
	struct error e;
	int64_t local;
	size_t i;

	if (start == NULL || (duration == NULL && p->kind != PERIOD_HOLIDAY))
		return false;
	if (period_duration_parse(
		    p, duration == NULL ? "1d" : duration, NULL) == -1)
		return false; /* reported already */
	if (time_parse_local(start, p->zone, &p->starts_local, &e) == -1) {
		report_error(r, node_line(node_get(node, "start")),
			"'start': %s", e.text);
		fine = false;
	}
	node_texts(node, "exdate", &dates);
	for (i = 0; i < dates.count; i++) {
		if (time_parse_local(dates.items[i], p->zone, &local, &e) ==
			-1) {
			report_error(r, node_line(node_get(node, "exdate")),
				"'exdate': %s", e.text);
			fine = false;
			continue;
		}
		period_add_exdate(p, local);
	}
	strings_finish(&dates);
	return fine;
}

static void
read_effects(const config_setting_t *node, struct period *p)
{
	const char *severity = node_text(node, "severity");
	const char *key = p->kind == PERIOD_WINDOW ? "at_close" : "running";
	const char *effect = node_text(node, key);
	int value = severity == NULL ? -1 : period_severity_parse(severity);

	p->severity = value < 0 ? SEVERITY_HARD : (enum period_severity)value;
	value = effect == NULL ? -1 : period_effect_parse(effect);
	if (value >= 0)
		p->effect = (enum period_effect)value;
	else
		p->effect = p->kind == PERIOD_WINDOW ? EFFECT_HOLD
						     : EFFECT_FINISH;
}

static void
check_names(struct settings_reader *r, const config_setting_t *node,
	const struct period *p, const struct environment *env)
{
	size_t i;

	for (i = 0; i < p->services.count; i++)
		if (!strings_has(&env->services, p->services.items[i]))
			report_error(r, node_line(node_get(node, "services")),
				"service '%.80s' of '%.80s' is not deployed "
				"to environment '%s'",
				p->services.items[i], p->name, env->name);
	for (i = 0; i < r->s->period_count; i++) {
		const struct period *other = &r->s->periods[i];

		if (strcmp(other->name, p->name) == 0 &&
			strings_has(&other->envs, env->name))
			report_error(r, node_line(node),
				"'%.80s' is there already: windows, freezes "
				"and holidays of environment '%s' need names "
				"of their own",
				p->name, env->name);
	}
}

static void
read_period(struct settings_reader *r, const config_setting_t *node,
	struct environment *env, enum period_kind kind)
{
	const char *name = node_text(node, "name");
	const char *rule = node_text(node, "rrule");
	struct period p = {.kind = kind};
	struct settings *s = r->s;
	struct error e;
	bool fine;

	if (name == NULL)
		return;
	p.name = xstrdup(name);
	strings_add(&p.envs, env->name);
	node_texts(node, "services", &p.services);
	p.selector = xstrdup_or_null(node_text(node, "hosts"));
	p.zone = xstrdup(env->timezone);
	p.rrule = xstrdup_or_null(rule);
	read_effects(node, &p);
	fine = read_times(r, node, &p);
	if (fine && recur_check(&p, &e) == -1) {
		const config_setting_t *where = node_get(node, "rrule");

		report_error(r, node_line(where == NULL ? node : where),
			"%s%s", where == NULL ? "" : "'rrule' is ", e.text);
		fine = false;
	}
	if (!fine) {
		period_finish(&p);
		return;
	}
	check_names(r, node, &p, env);
	s->periods = xrealloc(
		s->periods, s->period_count + 1, sizeof(*s->periods));
	s->periods[s->period_count++] = p;
}

void
settings_read_calendar(struct settings_reader *r, const config_setting_t *node,
	struct environment *env)
{
	const char *zone = node_text(node, "timezone");
	size_t i;
	int k;

	env->timezone = xstrdup(zone == NULL ? r->s->timezone : zone);
	env->concurrent = node_int(node, "concurrent", 0);
	env->start_grace_ms =
		node_duration(node, "start_grace", START_GRACE_MS);
	env->estimate_ms = node_duration(node, "estimate", ESTIMATE_MS);
	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		const config_setting_t *list = node_get(node, lists[i].key);

		for (k = 0; k < node_count(list); k++)
			read_period(r, node_at(list, k), env, lists[i].kind);
	}
}
