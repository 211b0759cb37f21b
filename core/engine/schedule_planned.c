/*
 * schedule_planned.c - every change that has a time, in memory: by start, with
 * its hosts as numbers, so that what is in whose way is found without asking
 * the store. Kept true by schedule_note_change.
 *
 * Hosts and lengths come from plans, which are read when they are first asked
 * for, a few each turn of the clock; a length is looked at again when history
 * or configuration are others.
 */
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "engine/cmd.h"
#include "engine/needs.h"
#include "engine/schedule.h"
#include "engine/schedule_planned.h"
#include "engine/subscribe.h"

#define WARM_AT_ONCE 100
#define TOLD_MOST 50
#define RUNS_ON_S 60 /* what runs takes so long from now at least */

struct host_number {
	char *name;
	int number;
	UT_hash_handle hh;
};

struct plans {
	struct planned *by_id;	   /* hash */
	struct planned **by_start; /* sorted, see compare_starts */
	size_t count, capacity;
	size_t unread; /* whose plan was not read yet */
	int64_t longest_s;
	unsigned generation, warm; /* of lengths; warm: all are of that */
	struct host_number *numbers; /* hash */
	char **names;		     /* by number; borrowed from numbers */
	bool loaded;
};

/* ---- hosts as numbers ---- */

static int
number_of(struct plans *ps, const char *name)
{
	struct host_number *n;

	HASH_FIND_STR(ps->numbers, name, n);
	if (n == NULL) {
		n = xcalloc(1, sizeof(*n));
		n->name = xstrdup(name);
		n->number = (int)HASH_COUNT(ps->numbers);
		ps->names = xrealloc(ps->names, (size_t)n->number + 1,
			sizeof(*ps->names));
		ps->names[n->number] = n->name;
		HASH_ADD_KEYPTR(hh, ps->numbers, n->name, strlen(n->name), n);
	}
	return n->number;
}

static int
compare_numbers(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

void
crew_of(struct engine *en, const struct strings *names, struct crew *ret)
{
	size_t i;

	memset(ret, 0, sizeof(*ret));
	if (names == NULL || names->count == 0)
		return;
	ret->hosts = xcalloc(names->count, sizeof(*ret->hosts));
	ret->count = names->count;
	for (i = 0; i < names->count; i++)
		ret->hosts[i] =
			number_of(en->schedule->plans, names->items[i]);
	qsort(ret->hosts, ret->count, sizeof(*ret->hosts), compare_numbers);
}

void
crew_finish(struct crew *c)
{
	free(c->hosts);
	memset(c, 0, sizeof(*c));
}

int
crew_common(const struct crew *a, const struct crew *b, int *ret_first)
{
	size_t i = 0, k = 0;
	int count = 0;

	while (i < a->count && k < b->count) {
		int x = a->hosts[i], y = b->hosts[k];

		if (x == y && count++ == 0 && ret_first != NULL)
			*ret_first = x;
		i += x <= y;
		k += x >= y;
	}
	return count;
}

const char *
crew_name(struct engine *en, int number)
{
	return en->schedule->plans->names[number];
}

/* ---- one entry ---- */

static void
planned_destroy(struct planned *p)
{
	free(p->service);
	free(p->version);
	free(p->env);
	free(p->selector);
	free(p->author);
	free(p->reason);
	crew_finish(&p->crew);
	free(p);
}

static int
compare_starts(const struct planned *a, int64_t start, int64_t number)
{
	if (a->start != start)
		return a->start < start ? -1 : 1;
	return (a->id.number > number) - (a->id.number < number);
}

/* Where in by_start it stands, or would. */
static size_t
place_of(const struct plans *ps, int64_t start, int64_t number)
{
	size_t low = 0, high = ps->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_starts(ps->by_start[middle], start, number) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
insert(struct plans *ps, struct planned *p)
{
	size_t at = place_of(ps, p->start, p->id.number);

	ARRAY_GROW(ps->by_start, ps->count, ps->capacity);
	memmove(&ps->by_start[at + 1], &ps->by_start[at],
		(ps->count - at) * sizeof(*ps->by_start));
	ps->by_start[at] = p;
	ps->count++;
	ps->unread += !p->is_read;
	HASH_ADD(hh, ps->by_id, id.number, sizeof(p->id.number), p);
}

static void
take_out(struct plans *ps, struct planned *p)
{
	size_t at = place_of(ps, p->start, p->id.number);

	assert(at < ps->count && ps->by_start[at] == p);
	memmove(&ps->by_start[at], &ps->by_start[at + 1],
		(ps->count - at - 1) * sizeof(*ps->by_start));
	ps->count--;
	ps->unread -= !p->is_read;
	HASH_DEL(ps->by_id, p);
}

static bool
is_ahead(enum change_state s)
{
	return s == CHANGE_DRAFT || s == CHANGE_SUBMITTED ||
	       s == CHANGE_APPROVED || s == CHANGE_SCHEDULED;
}

/* The start of the rollout that runs; 0: none does. */
static int64_t
running_since(struct engine *en, const struct change *c)
{
	struct rollout r;
	struct error e;
	int64_t at = 0;

	if (c->state != CHANGE_RUNNING || c->rollout.number == 0 ||
		store_rollout_find(en->store, c->rollout, &r, &e) != 1)
		return 0;
	if (!rollout_is_over(r.state))
		at = r.started_at != 0 ? r.started_at : r.created_at;
	rollout_finish(&r);
	return at;
}

/* NULL: it has no time. */
static struct planned *
planned_create(struct engine *en, const struct change *c)
{
	int64_t running = running_since(en, c);
	bool is_planned = is_ahead(c->state) && c->scheduled_at != 0;
	struct planned *p;

	if (!is_planned && running == 0)
		return NULL;
	p = xcalloc(1, sizeof(*p));
	p->id = c->id;
	p->state = c->state;
	p->service = xstrdup(c->service);
	p->version = xstrdup(c->version);
	p->env = xstrdup(c->env);
	p->selector = xstrdup_or_null(c->selector);
	p->author = xstrdup_or_null(c->author);
	p->reason = xstrdup_or_null(c->reason);
	memcpy(p->digest, c->plan_digest, sizeof(p->digest));
	p->runs = running != 0;
	p->start = running != 0 ? running : c->scheduled_at;
	return p;
}

/* ---- hosts and lengths ---- */

static void
read_plan(struct engine *en, struct planned *p)
{
	const struct plan_facts *facts;
	struct change c;
	struct error e;

	if (p->is_read || store_change_find(en->store, p->id, &c, &e) != 1)
		return;
	facts = schedule_facts(en, &c);
	if (facts != NULL) {
		p->waves = facts->waves;
		p->bake_s = facts->bake_s;
		crew_of(en, &facts->hosts, &p->crew);
	}
	p->is_read = true;
	en->schedule->plans->unread--;
	change_finish(&c);
}

const struct crew *
planned_crew(struct engine *en, struct planned *p)
{
	read_plan(en, p);
	return &p->crew;
}

static int64_t
length_of(struct engine *en, struct planned *p)
{
	struct plans *ps = en->schedule->plans;
	struct plan_size size;
	struct estimate estimate;

	if (p->length_s != 0 && p->generation == ps->generation)
		return p->length_s;
	read_plan(en, p);
	size = (struct plan_size){p->waves, p->crew.count, p->bake_s};
	schedule_estimate_size(en, p->service, p->env, &size, &estimate);
	p->length_s = estimate.need.forward_s;
	p->generation = ps->generation;
	if (p->length_s > ps->longest_s)
		ps->longest_s = p->length_s;
	return p->length_s;
}

int64_t
planned_start(const struct planned *p, int64_t now)
{
	return !p->runs && p->state != CHANGE_DRAFT && p->start < now
		       ? now
		       : p->start;
}

int64_t
planned_end(struct engine *en, struct planned *p, int64_t now)
{
	int64_t end = planned_start(p, now) + length_of(en, p);

	return p->runs && end < now + RUNS_ON_S ? now + RUNS_ON_S : end;
}

void
planned_lengths_changed(struct engine *en)
{
	if (en->schedule->plans != NULL)
		en->schedule->plans->generation++;
}

/* ---- all of them ---- */

static int
add_loaded(const struct change *c, void *arg)
{
	struct engine *en = arg;
	struct planned *p = planned_create(en, c);

	if (p != NULL)
		insert(en->schedule->plans, p);
	return 0;
}

static struct plans *
ensure_loaded(struct engine *en)
{
	static const enum change_state states[] = {CHANGE_DRAFT,
		CHANGE_SUBMITTED, CHANGE_APPROVED, CHANGE_SCHEDULED,
		CHANGE_RUNNING};
	struct plans *ps = en->schedule->plans;
	struct error e;
	size_t i;

	if (ps->loaded)
		return ps;
	ps->loaded = true;
	for (i = 0; i < ARRAY_SIZE(states); i++) {
		struct change_filter f = {.state = (int)states[i]};

		engine_must(store_change_each(
				    en->store, &f, add_loaded, en, &e),
			&e, "read planned changes");
	}
	return ps;
}

struct plans *
plans_create(void)
{
	struct plans *ps = xcalloc(1, sizeof(*ps));

	ps->generation = 1;
	return ps;
}

void
plans_destroy(struct plans *ps)
{
	struct host_number *n, *next;
	size_t i;

	if (ps == NULL)
		return;
	HASH_CLEAR(hh, ps->by_id);
	for (i = 0; i < ps->count; i++)
		planned_destroy(ps->by_start[i]);
	HASH_ITER(hh, ps->numbers, n, next)
	{
		HASH_DEL(ps->numbers, n);
		free(n->name);
		free(n);
	}
	free(ps->names);
	free(ps->by_start);
	free(ps);
}

size_t
planned_count(struct engine *en)
{
	return ensure_loaded(en)->count;
}

struct planned *
planned_at(struct engine *en, size_t i)
{
	return en->schedule->plans->by_start[i];
}

struct planned *
planned_find(struct engine *en, struct change_id id)
{
	struct plans *ps = ensure_loaded(en);
	struct planned *p;

	HASH_FIND(hh, ps->by_id, &id.number, sizeof(id.number), p);
	return p;
}

size_t
planned_from(struct engine *en, int64_t start)
{
	return place_of(ensure_loaded(en), start, 0);
}

/* What began so long before that it cannot reach into it is not looked at;
 * what should have started already may wait until now. */
void
planned_each(struct engine *en, int64_t from, int64_t to,
	void (*fn)(struct planned *p, int64_t start, int64_t end, void *arg),
	void *arg)
{
	struct plans *ps = ensure_loaded(en);
	int64_t now = engine_now(en);
	size_t past = place_of(ps, now, INT64_MAX), i;
	bool known = ps->unread == 0 && ps->warm == ps->generation;
	int64_t reach_s = known ? ps->longest_s : PLANNED_MOST_S;
	size_t near = place_of(ps, from - reach_s, 0);

	for (i = 0; i < ps->count; i++) {
		struct planned *p;
		int64_t start, end;

		if (i == past && near > past)
			i = near;
		if (i >= ps->count || ps->by_start[i]->start >= to)
			break;
		p = ps->by_start[i];
		start = planned_start(p, now);
		if (start >= to)
			continue;
		end = planned_end(en, p, now);
		if (end > from)
			fn(p, start, end, arg);
	}
}

void
planned_warm(struct engine *en)
{
	struct plans *ps = ensure_loaded(en);
	unsigned generation = ps->generation;
	size_t i, left = WARM_AT_ONCE;

	if (ps->unread == 0 && ps->warm == generation)
		return;
	for (i = 0; i < ps->count && left > 0; i++) {
		left -= !ps->by_start[i]->is_read;
		length_of(en, ps->by_start[i]);
	}
	if (i == ps->count)
		ps->warm = generation;
}

/* ---- news ---- */

/* Those whose conflicts another one alters. */
struct touched {
	struct engine *en;
	struct planned *p;
	int64_t ids[TOLD_MOST];
	size_t count;
};

static void
note_touched(struct planned *p, int64_t start, int64_t end, void *arg)
{
	struct touched *t = arg;

	(void)start;
	(void)end;
	if (p != t->p && t->count < TOLD_MOST &&
		planned_is_in_the_way(t->en, p, t->p))
		t->ids[t->count++] = p->id.number;
}

/* Whenever they start: what must be there first comes at another time. */
static void
touch_dependents(struct touched *t, const struct planned *p)
{
	const struct plans *ps = t->en->schedule->plans;
	size_t i;

	for (i = 0; i < ps->count && t->count < TOLD_MOST; i++) {
		const struct planned *o = ps->by_start[i];
		bool same = strcmp(o->service, p->service) == 0 &&
			    strcmp(o->version, p->version) == 0;

		if (o != p &&
			(same || needs_met_by(t->en, o->service, o->version,
					 p->service, p->version) != NULL))
			t->ids[t->count++] = o->id.number;
	}
}

static void
touch(struct touched *t, struct planned *p)
{
	int64_t now = engine_now(t->en);

	if (p == NULL || !engine_has_listener(t->en, "world"))
		return;
	t->p = p;
	planned_each(t->en, planned_start(p, now), planned_end(t->en, p, now),
		note_touched, t);
	touch_dependents(t, p);
}

static void
tell(struct touched *t)
{
	struct change c;
	struct error e;
	size_t i;

	for (i = 0; i < t->count; i++)
		if (store_change_find(t->en->store,
			    (struct change_id){t->ids[i]}, &c, &e) == 1) {
			events_change(t->en, &c);
			change_finish(&c);
		}
}

static bool
is_same_text(const char *a, const char *b)
{
	return strcmp(a == NULL ? "" : a, b == NULL ? "" : b) == 0;
}

/* True: nothing that others could see is another. */
static bool
is_same(const struct planned *a, const struct planned *b)
{
	return a->start == b->start && a->runs == b->runs &&
	       strcmp(a->digest, b->digest) == 0 &&
	       strcmp(a->service, b->service) == 0 &&
	       strcmp(a->version, b->version) == 0 &&
	       strcmp(a->env, b->env) == 0 &&
	       is_same_text(a->author, b->author);
}

bool
planned_is_in_the_way(struct engine *en, struct planned *a, struct planned *b)
{
	return (strcmp(a->service, b->service) == 0 &&
		       strcmp(a->env, b->env) == 0) ||
	       (a->author != NULL && b->author != NULL &&
		       strcmp(a->author, b->author) == 0) ||
	       crew_common(planned_crew(en, a), planned_crew(en, b), NULL) > 0;
}

/* A draft's plan is made of what is configured, so it is read again. */
static void
keep_read(struct planned *p, struct planned *old)
{
	if (p->digest[0] == '\0')
		return;
	p->is_read = old->is_read;
	p->waves = old->waves;
	p->bake_s = old->bake_s;
	p->crew = old->crew;
	p->length_s = old->length_s;
	p->generation = old->generation;
	memset(&old->crew, 0, sizeof(old->crew));
}

void
schedule_note_change(struct engine *en, const struct change *c)
{
	struct plans *ps = en->schedule == NULL ? NULL : en->schedule->plans;
	struct touched touched = {.en = en};
	struct planned *old, *p;
	bool same;

	if (ps == NULL || !ps->loaded)
		return;
	HASH_FIND(hh, ps->by_id, &c->id.number, sizeof(c->id.number), old);
	p = planned_create(en, c);
	same = p != NULL && old != NULL && is_same(p, old);
	if (!same)
		touch(&touched, old);
	if (old != NULL) {
		take_out(ps, old);
		if (same)
			keep_read(p, old);
		planned_destroy(old);
	}
	if (p != NULL)
		insert(ps, p);
	if (!same)
		touch(&touched, p);
	tell(&touched);
}
