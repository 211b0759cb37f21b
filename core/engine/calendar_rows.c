/*
 * calendar_rows.c - windows, freezes, holidays, stopped lines, rollouts and
 * planned changes of a range, by start.
 *
 * A range is looked at in stretches that grow while they are empty, so that
 * neither a long range nor a rule that comes every hour holds the engine up.
 * The cursor is "START.COUNT": rows before START were told, and so many of
 * those at START.
 */
#include "engine/calendar_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "engine/cmd.h"
#include "engine/schedule.h"
#include "engine/schedule_planned.h"
#include "wire/json.h"

#define STRETCH_S ((int64_t)31 * SCHEDULE_DAY_S)

static const char *const kind_names[ROW_KIND_COUNT] = {
	"window", "freeze", "holiday", "hold", "rollout", "change"};

struct row {
	int64_t start, end; /* end 0: not in sight */
	enum row_kind kind;
	size_t order; /* among those of its kind */
	const struct period *period;
	const char *env; /* of the period; borrowed */
	struct planned *planned; /* of a change; borrowed */
	json_t *object;	 /* of all others, owned */
};

struct gathering {
	struct engine *en;
	const struct calendar_query *q;
	int64_t from, to; /* of this stretch */
	bool is_first;	  /* what began before it belongs to it */
	struct row *rows;
	size_t count, capacity;
};

int
row_kind_parse(const char *s)
{
	return text_index(kind_names, ROW_KIND_COUNT, s);
}

static bool
is_asked(const struct calendar_query *q, enum row_kind kind, const char *env)
{
	return (q->kinds & 1u << kind) != 0 &&
	       (q->env == NULL || (env != NULL && strcmp(q->env, env) == 0));
}

/* Takes what overlaps the stretch and began in it, or at all in the first. */
static struct row *
add(struct gathering *g, enum row_kind kind, int64_t start, int64_t end)
{
	struct row *r;

	if (start >= g->to || (end != 0 && end <= g->from) ||
		(start < g->from && !g->is_first))
		return NULL;
	ARRAY_GROW(g->rows, g->count, g->capacity);
	r = &g->rows[g->count];
	*r = (struct row){
		.start = start, .end = end, .kind = kind, .order = g->count++};
	return r;
}

/* ---- periods ---- */

static void
add_span(struct gathering *g, const struct span *s, const struct period *p)
{
	const struct settings *settings = g->en->settings;
	size_t i;

	for (i = 0; i < settings->environment_count; i++) {
		const char *env = settings->environments[i].name;
		struct row *r;

		if (!period_is_about(p, env, NULL) ||
			!is_asked(g->q, (enum row_kind)p->kind, env))
			continue;
		r = add(g, (enum row_kind)p->kind, s->start, s->end);
		if (r == NULL)
			return;
		r->period = p;
		r->env = env;
	}
}

static void
gather_period(struct gathering *g, const struct cached_period *c)
{
	const struct schedule *sc = g->en->schedule;
	const struct spans *spans = &c->spans;
	struct spans fresh = {0};
	struct error e;
	size_t i;

	if ((g->q->kinds & 1u << c->period->kind) == 0 ||
		(g->q->env != NULL &&
			!period_is_about(c->period, g->q->env, NULL)))
		return;
	if (g->from < sc->from || g->to > sc->to) {
		if (recur_expand(c->period, g->from, g->to, &fresh, &e) == -1)
			return;
		spans = &fresh;
	}
	for (i = 0; i < spans->count; i++)
		if (spans->items[i].end > g->from &&
			spans->items[i].start < g->to)
			add_span(g, &spans->items[i], c->period);
	spans_finish(&fresh);
}

/* ---- all else ---- */

static json_t *
row_object(const char *kind, const char *id, const char *service,
	const char *version, const char *env, const char *state)
{
	char *name = version == NULL ? xstrdup(service)
				     : xasprintf("%s %s", service, version);
	json_t *o = json_pack("{s:s, s:s, s:o, s:s, s:s}", "kind", kind, "id",
		id, "name", json_text(name), "env", env, "state", state);

	if (version != NULL) {
		json_object_set_new(o, "service", json_text(service));
		json_object_set_new(o, "version", json_text(version));
	}
	free(name);
	return o;
}

static void
add_hold(struct gathering *g, const char *env, int64_t start, int64_t end,
	const char *author, const char *reason)
{
	struct row *r = add(g, ROW_HOLD, start, end);

	if (r == NULL)
		return;
	r->object = row_object("hold", env, "line stopped", NULL, env,
		end == 0 ? "stopped" : "opened");
	json_object_set_new(r->object, "author", json_text(author));
	json_object_set_new(r->object, "reason", json_text(reason));
}

struct hold_env {
	struct gathering *g;
	const char *env;
};

static int
gather_past_hold(const struct line_past *l, void *arg)
{
	struct hold_env *h = arg;

	add_hold(h->g, h->env, l->stopped_at, l->opened_at, l->author,
		l->reason);
	return 0;
}

/* Lines that are stopped, and that were. */
static void
gather_holds(struct gathering *g)
{
	const struct settings *s = g->en->settings;
	const struct line_stop *l;
	struct error e;
	size_t i;

	if ((g->q->kinds & 1u << ROW_HOLD) == 0)
		return;
	for (i = 0; (l = schedule_line_at(g->en, i)) != NULL; i++)
		if (is_asked(g->q, ROW_HOLD, l->env))
			add_hold(g, l->env, l->stopped_at, 0, l->author,
				l->reason);
	for (i = 0; i < s->environment_count; i++) {
		struct hold_env h = {g, s->environments[i].name};

		if (is_asked(g->q, ROW_HOLD, h.env))
			engine_must(store_line_past_each(g->en->store, h.env,
					    g->from, g->to, gather_past_hold,
					    &h, &e),
				&e, "read stops of the line");
	}
}

static int
gather_rollout(const struct rollout *ro, void *arg)
{
	struct gathering *g = arg;
	bool runs = !rollout_is_over(ro->state);
	int64_t start = ro->started_at != 0 ? ro->started_at : ro->created_at;
	char id[ID_TEXT_SIZE];
	struct row *r;

	if (!is_asked(g->q, ROW_ROLLOUT, ro->env))
		return 0;
	r = add(g, ROW_ROLLOUT, start, runs ? 0 : ro->finished_at);
	if (r == NULL)
		return 0;
	rollout_id_format(ro->id, id);
	r->object = row_object("rollout", id, ro->service, ro->version,
		ro->env, rollout_state_name(ro->state));
	change_id_format(ro->change, id);
	json_object_set_new(r->object, "change", json_string(id));
	json_object_set_new(r->object, "rollout_kind",
		json_string(rollout_kind_name(ro->kind)));
	return 0;
}

/* By the start that was planned: what waits for it goes on from there. A
 * change that runs is there as its rollout. */
static void
gather_changes(struct gathering *g)
{
	size_t i, count = planned_count(g->en);
	int64_t now = engine_now(g->en);

	for (i = 0; i < count; i++) {
		struct planned *p = planned_at(g->en, i);
		struct row *r;

		if (p->start >= g->to)
			break;
		if (p->runs || !is_asked(g->q, ROW_CHANGE, p->env) ||
			(p->start < g->from && !g->is_first) ||
			planned_start(p, now) + PLANNED_MOST_S < g->from)
			continue;
		r = add(g, ROW_CHANGE, p->start, planned_end(g->en, p, now));
		if (r != NULL)
			r->planned = p;
	}
}

static void
gather(struct gathering *g)
{
	size_t i, count = schedule_count(g->en);
	struct error e;

	for (i = 0; i < count; i++)
		gather_period(g, schedule_at(g->en, i));
	gather_holds(g);
	if ((g->q->kinds & 1u << ROW_ROLLOUT) != 0)
		engine_must(store_rollout_between(g->en->store, g->from, g->to,
				    gather_rollout, g, &e),
			&e, "read rollouts");
	if ((g->q->kinds & 1u << ROW_CHANGE) != 0)
		gather_changes(g);
}

/* ---- in order ---- */

static int
compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	/* A line that is stopped again in the same second: what is over is
	 * older. */
	if (x->kind == ROW_HOLD && (x->end == 0) != (y->end == 0))
		return x->end == 0 ? 1 : -1;
	return (x->order > y->order) - (x->order < y->order);
}

static json_t *
period_row(const struct row *r)
{
	const struct period *p = r->period;
	char *id = period_id(p);
	json_t *o = json_pack("{s:s, s:s, s:o, s:s}", "kind",
		kind_names[r->kind], "id", id, "name", json_text(p->name),
		"env", r->env);

	if (p->kind == PERIOD_FREEZE)
		json_object_set_new(o, "severity",
			json_string(period_severity_name(p->severity)));
	if (p->kind != PERIOD_HOLIDAY)
		json_object_set_new(o,
			p->kind == PERIOD_WINDOW ? "at_close" : "running",
			json_string(period_effect_name(p->effect)));
	free(id);
	return o;
}

static json_t *
change_row(struct engine *en, struct planned *p)
{
	char id[ID_TEXT_SIZE];
	json_t *o;

	change_id_format(p->id, id);
	o = row_object("change", id, p->service, p->version, p->env,
		change_state_name(p->state));
	json_object_set_new(o, "author", json_text(p->author));
	json_object_set_new(o, "reason", json_text(p->reason));
	json_object_set_new(o, "conflicts", schedule_conflict_kinds(en, p));
	return o;
}

static json_t *
row_json(struct engine *en, struct row *r)
{
	json_t *o = r->period != NULL	 ? period_row(r)
		    : r->planned != NULL ? change_row(en, r->planned)
					 : r->object;

	r->object = NULL;
	json_object_set_new(o, "starts_at", json_time(r->start));
	json_object_set_new(o, "ends_at", json_time(r->end));
	return o;
}

static void
gathering_clear(struct gathering *g)
{
	size_t i;

	for (i = 0; i < g->count; i++)
		json_decref(g->rows[i].object);
	g->count = 0;
}

/* Where the reading stands: rows before `start`, and so many at it. */
struct place {
	int64_t start;
	size_t count;
};

/* True: the page is full, and there is more. */
static bool
emit(struct gathering *g, struct place *p, size_t limit, json_t *rows)
{
	int64_t at = INT64_MIN;
	size_t i, same = 0;

	if (g->count > 1)
		qsort(g->rows, g->count, sizeof(*g->rows), compare_rows);
	for (i = 0; i < g->count; i++) {
		struct row *r = &g->rows[i];

		same = r->start == at ? same + 1 : 1;
		at = r->start;
		if (at < p->start || (at == p->start && same <= p->count))
			continue;
		if (json_array_size(rows) == limit)
			return true;
		json_array_append_new(rows, row_json(g->en, r));
		*p = (struct place){at, same};
	}
	return false;
}

static int
parse_place(const char *after, struct place *ret, struct error *e)
{
	long long start;
	size_t count;
	char end;

	*ret = (struct place){INT64_MIN, 0};
	if (after == NULL || *after == '\0')
		return 0;
	if (sscanf(after, "%lld.%zu%c", &start, &count, &end) != 2)
		return error_set(e, ERROR_USAGE,
			"'%.40s' is not a cursor of this list", after);
	*ret = (struct place){start, count};
	return 0;
}

int
calendar_rows(struct engine *en, const struct calendar_query *q,
	const char *after, size_t limit, json_t **ret_rows, char **ret_next,
	struct error *e)
{
	struct gathering g = {.en = en, .q = q};
	int64_t stretch_s = STRETCH_S;
	json_t *rows = json_array();
	struct place place;
	bool more = false;

	if (parse_place(after, &place, e) == -1) {
		json_decref(rows);
		return -1;
	}
	g.to = q->from;
	g.is_first = place.start < q->from;
	if (!g.is_first)
		g.to = place.start;
	while (g.to < q->to && !more) {
		g.from = g.to;
		g.to = q->to - g.from > stretch_s ? g.from + stretch_s : q->to;
		stretch_s *= 2;
		gather(&g);
		more = emit(&g, &place, limit, rows);
		gathering_clear(&g);
		g.is_first = false;
	}
	free(g.rows);
	*ret_rows = rows;
	*ret_next = more ? xasprintf("%lld.%zu", (long long)place.start,
				   place.count)
			 : NULL;
	return 0;
}
