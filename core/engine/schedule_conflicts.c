/*
 * schedule_conflicts.c - what stands against a change, each by its name and
 * none merged: a freeze, no window, the same hosts, the same service, the same
 * person, a release that will not have been where it must be first, too many
 * at once.
 */
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "engine/cmd.h"
#include "engine/schedule.h"
#include "engine/schedule_planned.h"
#include "wire/json.h"

/* What is looked for room for. */
struct finding {
	struct engine *en;
	const struct change *c;
	const struct environment *env; /* NULL: not configured any more */
	struct crew crew;
	int64_t start, end;
	int booked;	  /* others in the environment meanwhile */
	int64_t ready_at; /* see schedule_dependencies */
	json_t *list;
};

static bool
is_same_text(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static void
finding_init(struct finding *f, struct engine *en, const struct change *c,
	const struct plan_facts *facts, const struct estimate *estimate)
{
	int64_t now = engine_now(en);

	memset(f, 0, sizeof(*f));
	f->en = en;
	f->c = c;
	f->env = settings_environment(en->settings, c->env);
	crew_of(en, facts == NULL ? NULL : &facts->hosts, &f->crew);
	f->start = c->scheduled_at > now ? c->scheduled_at : now;
	f->end = f->start + estimate->need.forward_s;
	f->list = json_array();
}

/* ---- each by name ---- */

void
schedule_found(json_t *list, const char *kind, const char *with, char *text)
{
	json_array_append_new(list,
		json_pack("{s:s, s:o, s:o}", "kind", kind, "with",
			json_text(with), "text", json_text(text)));
	free(text);
}

static void
found_hosts(struct finding *f, struct planned *p, const char *id,
	const char *when)
{
	const char *name;
	int first = -1, hosts;

	hosts = crew_common(&f->crew, planned_crew(f->en, p), &first);
	if (hosts == 0)
		return;
	name = crew_name(f->en, first);
	schedule_found(f->list, "same_hosts", id,
		xasprintf("%d host%s (%s%s) also in %s, %s %s at %s", hosts,
			hosts == 1 ? "" : "s", name, hosts == 1 ? "" : " ...",
			id, p->service, p->version, when));
}

static void
compare(struct planned *p, int64_t start, int64_t end, void *arg)
{
	struct finding *f = arg;
	char id[ID_TEXT_SIZE], when[TIME_TEXT_SIZE];
	bool same_env = strcmp(p->env, f->c->env) == 0;

	(void)end;
	if (p->id.number == f->c->id.number)
		return;
	f->booked += same_env;
	change_id_format(p->id, id);
	time_format_utc(start, when);
	found_hosts(f, p, id, when);
	if (same_env && strcmp(p->service, f->c->service) == 0)
		schedule_found(f->list, "same_service", id,
			xasprintf("'%s' is also changed by %s to %s at %s",
				p->service, id, p->version, when));
	if (is_same_text(p->author, f->c->author))
		schedule_found(f->list, "same_person", id,
			xasprintf("%s is also responsible for %s, %s at %s",
				p->author, id, p->service, when));
}

static void
check_calendar(struct finding *f, const struct outlook *o)
{
	char when[TIME_TEXT_SIZE], *id;
	bool frozen = false;
	size_t i;

	for (i = 0; i < o->denies.count; i++) {
		const struct span *s = &o->denies.items[i];

		if (s->start >= f->end || s->end <= f->start)
			continue;
		id = period_id(s->period);
		time_format_utc(s->end, when);
		schedule_found(f->list, period_kind_name(s->period->kind), id,
			xasprintf("in %s '%s' until %s",
				s->period->kind == PERIOD_FREEZE ? "freeze"
								 : "holiday",
				s->period->name, when));
		free(id);
		frozen = true;
	}
	if (o->has_windows && spans_at(&o->windows, f->start) == NULL)
		schedule_found(f->list, "window", NULL,
			xasprintf("outside every window of '%s'", f->c->env));
	else if (!frozen && openings_at(&o->open, f->start) != NULL &&
		 openings_at(&o->open, f->start)->end < f->end)
		schedule_found(f->list, "window", NULL,
			xasprintf("the window of '%s' closes before it ends",
				f->c->env));
}

static void
check_booked(struct finding *f)
{
	if (f->env == NULL || f->env->concurrent == 0 ||
		f->booked < f->env->concurrent)
		return;
	schedule_found(f->list, "booked", f->c->env,
		xasprintf("'%s' is booked: %d of at most %d rollouts at that "
			  "time",
			f->c->env, f->booked, f->env->concurrent));
}

/* ---- the next slot that clears all of it ---- */

/* What a slot is for; NULL members are in nobody's way. */
struct seeker {
	struct engine *en;
	int64_t number;	     /* of the change itself, 0: none */
	const char *service; /* NULL: the whole environment */
	const char *env, *author;
	const struct crew *crew;
	int concurrent; /* 0: no limit */
	int booked;
	int64_t until, first_end;
};

static bool
is_in_the_way(const struct seeker *k, struct planned *p)
{
	if (strcmp(p->env, k->env) == 0 &&
		(k->service == NULL || strcmp(p->service, k->service) == 0))
		return true;
	return is_same_text(p->author, k->author) ||
	       crew_common(k->crew, planned_crew(k->en, p), NULL) > 0;
}

static void
note_busy(struct planned *p, int64_t start, int64_t end, void *arg)
{
	struct seeker *k = arg;

	(void)start;
	if (p->id.number == k->number)
		return;
	if (strcmp(p->env, k->env) == 0) {
		k->booked++;
		if (end < k->first_end)
			k->first_end = end;
	}
	if (end > k->until && is_in_the_way(k, p))
		k->until = end;
}

/* 0: nothing is in the way, else when to look again. */
static int64_t
busy_until(int64_t from, int64_t to, void *arg)
{
	struct seeker *k = arg;

	k->until = 0;
	k->booked = 0;
	k->first_end = INT64_MAX;
	planned_each(k->en, from, to, note_busy, k);
	if (k->concurrent > 0 && k->booked >= k->concurrent &&
		k->first_end > k->until)
		k->until = k->first_end;
	return k->until > from ? k->until : 0;
}

static void
add_next_slot(struct finding *f, const struct outlook *o,
	const struct estimate *estimate)
{
	struct seeker k = {.en = f->en,
		.number = f->c->id.number,
		.service = f->c->service,
		.env = f->c->env,
		.author = f->c->author,
		.crew = &f->crew,
		.concurrent = f->env == NULL ? 0 : f->env->concurrent};
	int64_t from = f->ready_at == -1 ? f->start : f->ready_at;
	int64_t at = calendar_next_slot_by(&o->open, busy_until, &k, from,
		f->start + SCHEDULE_AHEAD_S, &estimate->need);
	json_t *item;
	size_t i;

	/* What nothing brings, no time is free of; all else there is one. */
	json_array_foreach(f->list, i, item)
	{
		bool never = f->ready_at == -1 &&
			     strcmp(json_get_string(item, "kind", ""),
				     "dependency") == 0;

		json_object_set_new(item, "next_free_at",
			at < 0 || never ? json_null() : json_time(at));
	}
}

/* ---- for a change ---- */

void
schedule_overlaps(
	struct engine *en, const struct change *c, const struct plan *plan,
	struct strings *ret)
{
	struct estimate estimate;
	struct plan_facts facts;
	struct finding f;
	json_t *item;
	size_t i;

	plan_facts_init(&facts, plan);
	schedule_estimate_facts(en, c, &facts, &estimate);
	finding_init(&f, en, c, &facts, &estimate);
	planned_each(en, f.start, f.end, compare, &f);
	check_booked(&f);
	json_array_foreach(f.list, i, item)
	{
		const char *with = json_get_string(item, "with", "");

		if (!strings_has(ret, with))
			strings_add(ret, with);
	}
	json_decref(f.list);
	crew_finish(&f.crew);
	plan_facts_finish(&facts);
}

json_t *
schedule_conflicts(struct engine *en, const struct change *c,
	const struct estimate *estimate, const struct outlook *o)
{
	struct finding f;

	finding_init(&f, en, c, schedule_facts(en, c), estimate);
	check_calendar(&f, o);
	planned_each(en, f.start, f.end, compare, &f);
	f.ready_at = schedule_dependencies(en, c, f.start, f.end, f.list);
	check_booked(&f);
	if (json_array_size(f.list) > 0)
		add_next_slot(&f, o, estimate);
	crew_finish(&f.crew);
	return f.list;
}

/* ---- for lists ---- */

enum mark {
	MARK_FREEZE,
	MARK_HOLIDAY,
	MARK_WINDOW,
	MARK_HOSTS,
	MARK_SERVICE,
	MARK_PERSON,
	MARK_BOOKED,
	MARK_COUNT
};

static const char *const mark_names[MARK_COUNT] = {"freeze", "holiday",
	"window", "same_hosts", "same_service", "same_person", "booked"};

struct marking {
	struct engine *en;
	struct planned *p;
	bool marks[MARK_COUNT];
	int booked;
};

static void
mark_other(struct planned *o, int64_t start, int64_t end, void *arg)
{
	struct marking *m = arg;
	struct planned *p = m->p;
	bool same_env = strcmp(o->env, p->env) == 0;

	(void)start;
	(void)end;
	if (o == p)
		return;
	m->booked += same_env;
	m->marks[MARK_SERVICE] |=
		same_env && strcmp(o->service, p->service) == 0;
	m->marks[MARK_PERSON] |= is_same_text(o->author, p->author);
	m->marks[MARK_HOSTS] |=
		!m->marks[MARK_HOSTS] &&
		crew_common(planned_crew(m->en, o), planned_crew(m->en, p),
			NULL) > 0;
}

static void
mark_calendar(struct marking *m, int64_t start, int64_t end)
{
	struct scope s = {.env = m->p->env,
		.service = m->p->service,
		.hosts = m->p->selector,
		.change = m->p->id};
	const struct outlook *o = schedule_look(m->en, &s);
	const struct opening *open = openings_at(&o->open, start);
	size_t i;

	for (i = 0; i < o->denies.count && o->denies.items[i].start < end;
		i++) {
		const struct span *d = &o->denies.items[i];

		if (d->end > start)
			m->marks[d->period->kind == PERIOD_FREEZE
					 ? MARK_FREEZE
					 : MARK_HOLIDAY] = true;
	}
	if (!m->marks[MARK_FREEZE] && !m->marks[MARK_HOLIDAY])
		m->marks[MARK_WINDOW] = open == NULL || open->end < end;
}

json_t *
schedule_conflict_kinds(struct engine *en, struct planned *p)
{
	const struct environment *env =
		settings_environment(en->settings, p->env);
	int64_t now = engine_now(en), start = planned_start(p, now);
	int64_t end = planned_end(en, p, now);
	struct marking m = {.en = en, .p = p};
	json_t *kinds = json_array();
	int i;

	planned_each(en, start, end, mark_other, &m);
	if (end < now + SCHEDULE_AHEAD_S)
		mark_calendar(&m, start, end);
	m.marks[MARK_BOOKED] = env != NULL && env->concurrent > 0 &&
			       m.booked >= env->concurrent;
	for (i = 0; i < MARK_COUNT; i++)
		if (m.marks[i])
			json_array_append_new(
				kinds, json_string(mark_names[i]));
	return kinds;
}

/* ---- a slot for nobody yet ---- */

static void
crew_of_scope(
	struct engine *en, const struct scope *s, struct crew *ret)
{
	const struct environment *env =
		settings_environment(en->settings, s->env);
	const struct host **hosts = NULL;
	struct strings names = {0};
	size_t i, count = 0;
	struct error e;

	if (settings_hosts_of(en->settings, env, s->hosts, &hosts, &count,
		    &e) == 0)
		for (i = 0; i < count; i++)
			strings_add(&names, hosts[i]->name);
	crew_of(en, &names, ret);
	strings_finish(&names);
	free(hosts);
}

bool
schedule_next_slot(struct engine *en, const struct scope *s,
	const struct need *need, struct slot *ret)
{
	const struct outlook *o = schedule_look(en, s);
	const struct environment *env =
		settings_environment(en->settings, s->env);
	int64_t now = engine_now(en), at;
	const struct opening *open;
	struct crew crew;
	struct seeker k = {.en = en,
		.service = s->service,
		.env = s->env,
		.crew = &crew,
		.concurrent = env->concurrent};

	crew_of_scope(en, s, &crew);
	at = calendar_next_slot_by(&o->open, busy_until, &k, now,
		now + SCHEDULE_AHEAD_S, need);
	open = at < 0 ? NULL : openings_at(&o->open, at);
	if (open != NULL)
		*ret = (struct slot){at,
			open->end == CALENDAR_FOREVER ? 0 : open->end,
			open->closer};
	crew_finish(&crew);
	return open != NULL;
}
