/*
 * schedule_depend.c - what must be somewhere before a change starts: its
 * release in the environments of `after`, and there for the time of `soak`;
 * releases of other services that it needs where it goes. Named on both sides.
 */
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "engine/cmd.h"
#include "engine/memo.h"
#include "engine/needs.h"
#include "engine/schedule.h"
#include "engine/schedule_planned.h"

struct depending {
	struct engine *en;
	const struct change *c;
	int64_t start, end;
	int64_t ready_at;
	json_t *list;
};

/* Whether p ships what is meant, and when that is done. */
static bool
is_bringing(struct engine *en, const struct planned *p, const char *env,
	const char *service, const char *version, bool or_newer)
{
	struct error e;
	int newer;

	if (strcmp(p->env, env) != 0 || strcmp(p->service, service) != 0)
		return false;
	if (!or_newer)
		return strcmp(p->version, version) == 0;
	newer = store_release_is_newer(
		en->store, service, p->version, version, &e);
	engine_must(newer, &e, "compare releases");
	return newer == 1;
}

/* The planned change that brings a release to env first; NULL: none does. */
static struct planned *
bringer(struct depending *f, const char *env, const char *service,
	const char *version, bool or_newer, int64_t *ret_at)
{
	size_t i, count = planned_count(f->en);
	int64_t now = engine_now(f->en);
	struct planned *found = NULL;

	for (i = 0; i < count; i++) {
		struct planned *p = planned_at(f->en, i);
		int64_t end;

		if (p->id.number == f->c->id.number ||
			!is_bringing(f->en, p, env, service, version, or_newer))
			continue;
		end = planned_end(f->en, p, now);
		if (found != NULL && end >= *ret_at)
			continue;
		found = p;
		*ret_at = end;
	}
	return found;
}

static void
note_ready(struct depending *f, int64_t at)
{
	if (f->ready_at != -1 && at > f->ready_at)
		f->ready_at = at;
}

/* It is not there yet. what: the release; env: where it must be. */
static void
depend(struct depending *f, const char *what, const char *env,
	const struct planned *p, int64_t at)
{
	char id[ID_TEXT_SIZE], when[TIME_TEXT_SIZE];

	if (p == NULL) {
		f->ready_at = -1;
		schedule_found(f->list, "dependency", env,
			xasprintf("%s will not have been in '%s' by then: no "
				  "change that is planned brings it there",
				what, env));
		return;
	}
	if (at <= f->start)
		return;
	note_ready(f, at);
	change_id_format(p->id, id);
	time_format_utc(at, when);
	schedule_found(f->list, "dependency", id,
		xasprintf("%s will not have been in '%s' by then: %s brings "
			  "it there until %s",
			what, env, id, when));
}

/* It is there and has not been for long enough. */
static void
depend_soak(struct depending *f, const char *what, const char *env, int64_t at)
{
	char when[TIME_TEXT_SIZE];

	if (at <= f->start)
		return;
	note_ready(f, at);
	time_format_utc(at, when);
	schedule_found(f->list, "dependency", env,
		xasprintf("%s must stay in '%s' until %s first", what, env,
			when));
}

/* The release must have been in those environments first. */
static void
check_after(struct depending *f, const struct policy *policy)
{
	char *what = xasprintf("%s %s", f->c->service, f->c->version);
	int64_t soak_s = policy->soak_ms / 1000;
	size_t i;

	for (i = 0; i < policy->after.count; i++) {
		const char *env = policy->after.items[i];
		int64_t at = memo_succeeded(
			f->en, f->c->service, f->c->version, env);
		struct planned *p;

		if (at != 0) {
			depend_soak(f, what, env, at + soak_s);
			continue;
		}
		p = bringer(f, env, f->c->service, f->c->version, false, &at);
		depend(f, what, env, p, at + soak_s);
	}
	free(what);
}

/* Releases of other services must be where it goes. */
static void
check_needs(struct depending *f, const struct policy *policy)
{
	size_t i;

	for (i = 0; i < policy->needs.count; i++) {
		const char *text = policy->needs.items[i];
		struct planned *p;
		struct release_need need;
		int64_t at = 0;
		char *what;

		if (!release_need_parse(text, &need) ||
			needs_is_met(f->en, text, f->c->env))
			continue;
		what = xasprintf("%s %s, which %s %s needs,", need.service,
			need.version, f->c->service, f->c->version);
		p = bringer(f, f->c->env, need.service, need.version, true,
			&at);
		depend(f, what, f->c->env, p, at);
		free(what);
	}
}

/* What must be first for the change that p is: this one, there. */
static bool
waits_for_this(struct depending *f, const struct planned *p)
{
	const char *need;
	struct policy policy;
	struct change c;
	struct error e;
	bool waits = false;

	need = strcmp(p->env, f->c->env) != 0
		       ? NULL
		       : needs_met_by(f->en, p->service, p->version,
				 f->c->service, f->c->version);
	if (need != NULL)
		return !needs_is_met(f->en, need, p->env);
	if (strcmp(p->service, f->c->service) != 0 ||
		strcmp(p->version, f->c->version) != 0 ||
		strcmp(p->env, f->c->env) == 0 ||
		memo_succeeded(f->en, p->service, p->version, f->c->env) != 0 ||
		store_change_find(f->en->store, p->id, &c, &e) != 1)
		return false;
	if (change_policy(f->en, &c, &policy, &e) == 0) {
		waits = strings_has(&policy.after, f->c->env);
		policy_finish(&policy);
	}
	change_finish(&c);
	return waits;
}

/* Another one brings it in time. */
static bool
is_brought_otherwise(struct depending *f, const struct planned *p)
{
	int64_t at = 0;

	return bringer(f, f->c->env, f->c->service, f->c->version,
		       strcmp(p->env, f->c->env) == 0, &at) != NULL &&
	       at <= planned_start(p, engine_now(f->en));
}

/* The same, seen from the one that others wait for. */
static void
check_dependents(struct depending *f)
{
	size_t i, count = planned_count(f->en);
	int64_t now = engine_now(f->en);

	for (i = 0; i < count; i++) {
		const struct planned *p = planned_at(f->en, i);
		char id[ID_TEXT_SIZE], when[TIME_TEXT_SIZE];

		if (p->start >= f->end)
			break;
		if (p->runs || p->id.number == f->c->id.number ||
			!waits_for_this(f, p) || is_brought_otherwise(f, p))
			continue;
		change_id_format(p->id, id);
		time_format_utc(planned_start(p, now), when);
		f->ready_at = -1;
		schedule_found(f->list, "dependency", id,
			xasprintf("%s, %s %s to %s at %s, needs %s %s in '%s' "
				  "first",
				id, p->service, p->version, p->env, when,
				f->c->service, f->c->version, f->c->env));
	}
}

int64_t
schedule_dependencies(struct engine *en, const struct change *c,
	int64_t start, int64_t end, json_t *list)
{
	struct depending f = {.en = en,
		.c = c,
		.start = start,
		.end = end,
		.ready_at = start,
		.list = list};
	struct policy policy;
	struct error e;

	if (change_policy(en, c, &policy, &e) == 0) {
		check_after(&f, &policy);
		check_needs(&f, &policy);
		policy_finish(&policy);
	}
	check_dependents(&f);
	return f.ready_at;
}
