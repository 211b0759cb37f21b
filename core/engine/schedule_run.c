/*
 * schedule_run.c - the edges of the calendar under what runs and waits.
 *
 * Each edge (a freeze that begins, a window that closes) is answered once per
 * rollout, as it declares, and recorded; what was held by the calendar goes
 * on when it opens again. Windows follow the wall clock: when that jumps over
 * an edge nothing is started or ended by it, rollouts are held and starts are
 * asked about.
 */
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/log.h"
#include "base/units.h"
#include "engine/cmd.h"
#include "engine/schedule.h"
#include "engine/schedule_planned.h"

#define JUMP_MS 30000
#define LOOK_MS 500
#define HISTORY_KEPT_S 30

/* The last edge that was answered for a rollout. */
struct edge_entry {
	int64_t rollout;
	char *key;
	UT_hash_handle hh;
};

static const struct actor engine_actor = {"engine", -1};

void
schedule_forget_edges(struct schedule *sc)
{
	struct edge_entry *it, *next;

	HASH_ITER(hh, sc->edges, it, next)
	{
		HASH_DEL(sc->edges, it);
		free(it->key);
		free(it);
	}
}

/* True the first time for this key; NULL forgets. */
static bool
is_new_edge(struct schedule *sc, struct rollout_id id, const char *key)
{
	struct edge_entry *it;
	bool is_new;

	HASH_FIND(hh, sc->edges, &id.number, sizeof(id.number), it);
	if (key == NULL && it != NULL) {
		HASH_DEL(sc->edges, it);
		free(it->key);
		free(it);
	}
	if (key == NULL)
		return false;
	if (it == NULL) {
		it = xcalloc(1, sizeof(*it));
		it->rollout = id.number;
		HASH_ADD(hh, sc->edges, rollout, sizeof(it->rollout), it);
	}
	is_new = it->key == NULL || strcmp(it->key, key) != 0;
	str_replace(&it->key, key);
	return is_new;
}

/* ---- what closed, and what follows ---- */

struct closed {
	const struct period *period; /* NULL: no window ever was */
	int64_t since, until;	     /* until 0: not in sight */
	enum period_effect effect;
};

/* False: it is open. */
static bool
look_closed(const struct outlook *o, int64_t now, struct closed *ret)
{
	const struct opening *next = openings_after(&o->open, now);
	const struct span *s;
	size_t i;

	if (next != NULL && next->start <= now)
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->until = next == NULL || next->start >= o->to ? 0 : next->start;
	for (i = 0; i < o->denies.count; i++) {
		s = &o->denies.items[i];
		if (s->start > now || s->end <= now ||
			s->period->kind != PERIOD_FREEZE)
			continue;
		/* Of several the strongest answer. */
		if (ret->period == NULL || s->period->effect > ret->effect) {
			ret->period = s->period;
			ret->since = s->start;
			ret->effect = s->period->effect;
		}
	}
	if (ret->period != NULL)
		return true;
	s = spans_before(&o->windows, now);
	ret->effect = EFFECT_HOLD;
	if (s != NULL) {
		ret->period = s->period;
		ret->since = s->end;
		ret->effect = s->period->effect;
	}
	return true;
}

static char *
describe(const struct closed *c, const struct rollout *r)
{
	char until[TIME_TEXT_SIZE] = "", *text;
	bool mixed = c->effect == EFFECT_HOLD ||
		     c->effect == EFFECT_FINISH_WAVE;
	bool frozen =
		c->period != NULL && c->period->kind == PERIOD_FREEZE;

	if (c->until != 0)
		time_format_utc(c->until, until);
	text = xasprintf("%s '%s' of '%s' %s: %s%s%s",
		frozen ? "freeze" : "window",
		c->period == NULL ? "" : c->period->name, r->env,
		frozen ? "began" : "closed", period_effect_name(c->effect),
		!mixed		  ? ""
		: c->until != 0	  ? ", mixed versions until "
				  : ", mixed versions until a person decides",
		mixed ? until : "");
	return text;
}

static void
go_back(struct engine *en, const struct rollout *r, const char *text)
{
	struct error e;

	if (runner_abort(en->runner, r->id, true, text, &engine_actor, &e) == 0)
		return;
	/* Nothing was touched, or nothing can go back: then it only stops. */
	log_info("no way back: %s", e.text);
	if (runner_abort(en->runner, r->id, false, text, &engine_actor, &e) ==
		-1)
		log_warn("cannot abort: %s", e.text);
}

static void
answer_edge(struct engine *en, const struct rollout *r, const struct closed *c)
{
	char id[ID_TEXT_SIZE], *text = describe(c, r);
	struct error e;

	rollout_id_format(r->id, id);
	engine_record(en, "engine", -1, "calendar.closed", id, text, NULL);
	switch (c->effect) {
	case EFFECT_FINISH:
		break;
	case EFFECT_FINISH_WAVE:
		runner_hold_after_wave(en->runner, r->id, text);
		break;
	case EFFECT_HOLD:
		runner_hold_for(en->runner, r->id, PAUSE_CALENDAR,
			&engine_actor, text);
		break;
	case EFFECT_ROLLBACK:
		go_back(en, r, text);
		break;
	case EFFECT_ABORT:
		if (runner_abort(en->runner, r->id, false, text, &engine_actor,
			    &e) == -1)
			log_warn("cannot abort: %s", e.text);
		break;
	case EFFECT_COUNT:
		break;
	}
	free(text);
}

static void
on_closed(struct engine *en, const struct rollout *r, struct closed *c)
{
	struct schedule *sc = en->schedule;
	bool jumped = sc->jumped_from != 0 && c->since > sc->jumped_from &&
		      c->since <= sc->present_since;
	char *key = xasprintf("%s %lld",
		c->period == NULL ? "" : c->period->name,
		(long long)c->since);

	/* An edge that nobody saw pass ends nothing by itself. */
	if (jumped && c->effect != EFFECT_FINISH)
		c->effect = EFFECT_HOLD;
	if (is_new_edge(sc, r->id, key))
		answer_edge(en, r, c);
	free(key);
}

static void
on_open(struct engine *en, const struct rollout *r)
{
	struct error e;

	is_new_edge(en->schedule, r->id, NULL);
	runner_hold_after_wave(en->runner, r->id, NULL);
	if (r->state == ROLLOUT_PAUSED && r->pause_cause == PAUSE_CALENDAR &&
		runner_resume(en->runner, r->id, &engine_actor, &e) == -1)
		log_warn("cannot resume: %s", e.text);
}

/* ---- rollouts ---- */

static void
look_at_line(struct engine *en, const struct rollout *r)
{
	const struct line_stop *l = schedule_line(en, r->env);
	struct actor by = engine_actor;
	struct error e;
	char *text;

	if (l == NULL && r->state == ROLLOUT_PAUSED &&
		r->pause_cause == PAUSE_LINE &&
		runner_resume(en->runner, r->id, &engine_actor, &e) == -1)
		log_warn("cannot resume: %s", e.text);
	if (l == NULL || r->state == ROLLOUT_PAUSED)
		return;
	by.who = l->author == NULL ? "engine" : l->author;
	by.uid = l->author_uid;
	text = xasprintf("the line of '%s' is stopped%s%s", r->env,
		l->reason == NULL || *l->reason == '\0' ? "" : ": ",
		l->reason == NULL ? "" : l->reason);
	runner_hold_for(en->runner, r->id, PAUSE_LINE, &by, text);
	free(text);
}

static void
look_at_calendar(struct engine *en, const struct rollout *r)
{
	int64_t now = engine_now(en);
	const struct outlook *o;
	struct closed closed;
	struct change c;
	struct error e;

	if (store_change_find(en->store, r->change, &c, &e) != 1)
		return;
	o = schedule_look_of(en, &c);
	if (c.type == CHANGE_TYPE_EMERGENCY || !look_closed(o, now, &closed))
		on_open(en, r);
	else
		on_closed(en, r, &closed);
	change_finish(&c);
}

struct running {
	struct rollout_id *ids;
	size_t count, capacity;
};

static int
note_deploy(const struct rollout *r, void *arg)
{
	struct running *list = arg;

	if (r->kind != ROLLOUT_DEPLOY)
		return 0;
	ARRAY_GROW(list->ids, list->count, list->capacity);
	list->ids[list->count++] = r->id;
	return 0;
}

/* Fresh each time: what one look does alters what the next one sees. */
static void
look_at(struct engine *en, struct rollout_id id, bool line_only)
{
	struct rollout r;
	struct error e;

	if (store_rollout_find(en->store, id, &r, &e) != 1)
		return;
	if (!rollout_is_over(r.state))
		look_at_line(en, &r);
	rollout_finish(&r);
	if (line_only || store_rollout_find(en->store, id, &r, &e) != 1)
		return;
	if (!rollout_is_over(r.state) &&
		!(r.state == ROLLOUT_PAUSED && r.pause_cause == PAUSE_LINE))
		look_at_calendar(en, &r);
	rollout_finish(&r);
}

static void
look_at_all(struct engine *en, const char *env, bool line_only)
{
	struct rollout_filter f = {
		.env = env, .state = -1, .only_active = true};
	struct running list = {0};
	struct error e;
	size_t i;

	engine_must(store_rollout_each(en->store, &f, note_deploy, &list, &e),
		&e, "read rollouts");
	for (i = 0; i < list.count; i++)
		look_at(en, list.ids[i], line_only);
	free(list.ids);
}

void
schedule_line_changed(struct engine *en, const char *env)
{
	schedule_changed(en);
	look_at_all(en, env, true);
}

/* ---- the clock ---- */

static void
look_at_clock(struct engine *en)
{
	struct schedule *sc = en->schedule;
	int64_t wall_ms = clock_wall_ms(en->clock);
	int64_t mono_ms = clock_mono_ms(en->clock);
	int64_t jump_ms =
		(wall_ms - sc->wall_ms) - (mono_ms - sc->mono_ms);
	char text[80], took[TIME_TEXT_SIZE];

	if (jump_ms > JUMP_MS || jump_ms < -JUMP_MS) {
		duration_format(jump_ms < 0 ? -jump_ms : jump_ms, took);
		snprintf(text, sizeof(text), "the clock jumped %s by %s",
			jump_ms < 0 ? "back" : "forward", took);
		log_warn("%s", text);
		engine_record(en, "engine", -1, "clock.jump", "", text, NULL);
		sc->jumped_from = sc->wall_ms / 1000;
		sc->present_since = wall_ms / 1000;
	}
	if (mono_ms / 1000 / HISTORY_KEPT_S !=
		sc->mono_ms / 1000 / HISTORY_KEPT_S)
		schedule_forget_history(en);
	sc->wall_ms = wall_ms;
	sc->mono_ms = mono_ms;
}

bool
schedule_run(struct engine *en)
{
	struct schedule *sc = en->schedule;
	int64_t mono_ms = clock_mono_ms(en->clock);

	if (sc->looked_ms != 0 && mono_ms - sc->looked_ms < LOOK_MS)
		return false;
	sc->looked_ms = mono_ms;
	look_at_clock(en);
	look_at_all(en, NULL, false);
	planned_warm(en);
	return true;
}

void
schedule_look_now(struct engine *en)
{
	en->schedule->looked_ms = 0;
}

/* ---- starts ---- */

static bool
is_waiting_for(struct engine *en, const struct change *c, const char *cause)
{
	char id[ID_TEXT_SIZE];
	struct error e;
	int open;

	change_id_format(c->id, id);
	open = store_wait_is_open(en->store, id, cause, &e);
	engine_must(open, &e, "read waits");
	return open == 1;
}

/* It would have started at its time, or when the calendar opened after it;
 * a start that waited for something else is not missed. */
bool
schedule_is_missed(struct engine *en, const struct change *c,
	const struct outlook *o, int64_t *ret_due)
{
	const struct schedule *sc = en->schedule;
	const struct environment *env =
		settings_environment(en->settings, c->env);
	int64_t now = engine_now(en);
	const struct opening *open = openings_at(&o->open, now);
	bool jumped;

	*ret_due = c->scheduled_at;
	if (open != NULL && open->start > *ret_due)
		*ret_due = open->start;
	if (is_waiting_for(en, c, "start: missed"))
		return true;
	if (env == NULL || *ret_due >= sc->present_since || open == NULL ||
		is_waiting_for(en, c, "start: queue") ||
		is_waiting_for(en, c, "start: held"))
		return false;
	jumped = sc->jumped_from != 0 && *ret_due > sc->jumped_from;
	return jumped || now - *ret_due > env->start_grace_ms / 1000;
}

/* In the words of the measures. */
static const char *
wait_cause(const struct error *why)
{
	if (why->code == ERROR_WINDOW)
		return "start: window";
	if (why->code == ERROR_FREEZE)
		return "start: freeze";
	if (why->code == ERROR_BUSY)
		return "start: queue";
	if (strstr(why->text, " was missed ") != NULL)
		return "start: missed";
	return "start: held";
}

void
schedule_note_wait(
	struct engine *en, const struct change *c, const struct error *why)
{
	const char *cause = wait_cause(why);
	char id[ID_TEXT_SIZE];
	struct error e;

	if (is_waiting_for(en, c, cause))
		return;
	change_id_format(c->id, id);
	engine_write(en);
	engine_must(store_wait_end_start(en->store, id, engine_now(en), &e),
		&e, "note a wait");
	engine_must(store_wait_begin(
			    en->store, id, cause, engine_now(en), &e),
		&e, "note a wait");
}

void
schedule_wait_over(struct engine *en, const struct change *c)
{
	char id[ID_TEXT_SIZE];
	struct error e;

	if (!is_waiting_for(en, c, NULL))
		return;
	change_id_format(c->id, id);
	engine_write(en);
	engine_must(store_wait_end_start(en->store, id, engine_now(en), &e),
		&e, "note a wait");
}
