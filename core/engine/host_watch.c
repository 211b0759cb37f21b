/*
 * host_watch.c - asks again, by itself, what nobody could say.
 *
 * A host that could not be reached is asked after growing pauses, and when it
 * is back, what it runs is read again: it may have missed something. A step
 * whose link was lost for so long that the rollout was held is asked for by
 * its number once all such hosts answer again: their journals know whether it
 * ran. Steps that were interrupted on the host itself are a person's.
 */
#include "engine/host_watch.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/log.h"
#include "engine/host_reread.h"
#include "engine/host_services.h"
#include "engine/pushers.h"
#include "engine/runner.h"
#include "engine/schedule.h"
#include "wire/json.h"

#define ASK_MS 30000
#define AWAY_FIRST_MS 15000
#define AWAY_MOST_MS 600000
#define AWAY_AT_ONCE 16
#define UNHEARD_FIRST_MS 4000
#define UNHEARD_MOST_MS 15000
#define FACT "away"

struct away { /* a host that could not be reached */
	struct host_watch *watch;
	char *host;
	int64_t next_ms, pause_ms;
	size_t waiting; /* for so many answers */
	bool asking, is_back, is_gone;
	UT_hash_handle hh;
};

struct host_watch {
	struct engine *en;
	struct away *away;
	size_t away_asked;
	size_t rounds; /* of hosts with unheard steps, that are going on */
	int64_t unheard_ms, pause_ms;
	bool ending;
};

struct unheard { /* a round: the hosts of one rollout */
	struct host_watch *watch;
	struct rollout_id rollout;
	struct strings hosts;
	size_t waiting, silent;
};

struct asked { /* one service of a host that was away */
	struct away *away;
	char *service, *env;
};

/* ---- hosts that are away ---- */

static struct away *
away_find(struct host_watch *w, const char *host)
{
	struct away *a;

	HASH_FIND_STR(w->away, host, a);
	return a;
}

static void
away_add(struct host_watch *w, const char *host)
{
	struct away *a = xcalloc(1, sizeof(*a));

	a->watch = w;
	a->host = xstrdup(host);
	a->pause_ms = AWAY_FIRST_MS;
	a->next_ms = clock_mono_ms(w->en->clock) + a->pause_ms;
	HASH_ADD_KEYPTR(hh, w->away, a->host, strlen(a->host), a);
}

static void
away_free(struct away *a)
{
	HASH_DEL(a->watch->away, a);
	free(a->host);
	free(a);
}

static void
keep_fact(struct host_watch *w, const char *host, bool is_away)
{
	struct store *s = w->en->store;
	struct error e;

	engine_write(w->en);
	engine_must(is_away ? store_host_fact_put(s, host, FACT, "1", &e)
			    : store_host_fact_drop(s, host, FACT, &e),
		&e, "save a fact of a host");
}

void
host_watch_away(struct host_watch *w, const char *host)
{
	if (w == NULL || away_find(w, host) != NULL ||
		settings_host(w->en->settings, host) == NULL)
		return;
	away_add(w, host);
	keep_fact(w, host, true);
}

/* It is read again soon: whoever reached it may not have read all of it. */
void
host_watch_heard(struct host_watch *w, const char *host)
{
	struct away *a = w == NULL ? NULL : away_find(w, host);

	if (a == NULL || a->is_back)
		return;
	a->is_back = true;
	a->next_ms = clock_mono_ms(w->en->clock);
	keep_fact(w, host, false);
}

static void
away_answered(struct away *a)
{
	struct host_watch *w = a->watch;

	if (a->waiting > 0 || a->asking)
		return;
	w->away_asked--;
	if (a->is_back || a->is_gone) {
		away_free(a);
		return;
	}
	a->pause_ms =
		a->pause_ms * 2 > AWAY_MOST_MS ? AWAY_MOST_MS : a->pause_ms * 2;
	a->next_ms = clock_mono_ms(w->en->clock) + a->pause_ms;
}

static void
on_read(enum job_outcome outcome, const json_t *data, const struct error *error,
	const char *output, void *arg)
{
	struct asked *asked = arg;
	struct away *a = asked->away;

	(void)output;
	if (outcome == OUTCOME_DONE) {
		host_watch_heard(a->watch, a->host);
		if (asked->service != NULL)
			host_reread(a->watch->en, a->host, asked->service,
				asked->env, data, false);
	} else if (error != NULL && (error->code == ERROR_HOST_KEY ||
					    error->code == ERROR_AUTH)) {
		/* Asking again does not mend that; a person does. */
		keep_fact(a->watch, a->host, false);
		a->is_gone = true;
	}
	free(asked->service);
	free(asked->env);
	free(asked);
	a->waiting--;
	away_answered(a);
}

static void
read_service(const struct host *h, const struct service *service,
	const char *env, const char *root, void *arg)
{
	struct away *a = arg;
	struct asked *asked = xcalloc(1, sizeof(*asked));

	asked->away = a;
	asked->service = service == NULL ? NULL : xstrdup(service->name);
	asked->env = xstrdup_or_null(env);
	a->waiting++;
	pushers_ask(a->watch->en->pushers, h, root, "probe", json_object(),
		"looking whether the host is back", ASK_MS, on_read, asked);
}

static void
ask_away(struct away *a)
{
	const struct settings *s = a->watch->en->settings;
	const struct host *h = settings_host(s, a->host);

	a->watch->away_asked++;
	a->asking = true;
	if (h == NULL) {
		keep_fact(a->watch, a->host, false);
		a->is_gone = true;
	} else if (host_services_each(s, h, read_service, a) == 0) {
		read_service(h, NULL, NULL, NULL, a);
	}
	a->asking = false;
	away_answered(a);
}

static void
look_for_away(struct host_watch *w, int64_t now_ms)
{
	struct away *a, *next;

	HASH_ITER(hh, w->away, a, next)
	{
		if (w->away_asked >= AWAY_AT_ONCE)
			break;
		if (a->waiting == 0 && a->next_ms <= now_ms)
			ask_away(a);
	}
}

/* ---- steps that nobody heard of ---- */

static bool
is_held_by_silence(const struct rollout *r)
{
	return r->state == ROLLOUT_PAUSED &&
	       r->pause_cause == PAUSE_UNKNOWN_HOSTS;
}

/* Every one of them answers: now their journals are asked. */
static void
go_on(struct unheard *u)
{
	const struct actor engine = {"engine", -1};
	struct engine *en = u->watch->en;
	const struct rollout *r = runner_find(en->runner, u->rollout);
	struct strings still;
	struct error e;

	runner_unheard(en->runner, u->rollout, &still);
	if (r != NULL && is_held_by_silence(r) &&
		still.count == u->hosts.count &&
		(schedule_refuse_resume(en, r, &e) == -1 ||
			runner_retry(en->runner, u->rollout, &u->hosts, &engine,
				&e) == -1))
		log_warn("hosts are back, but: %s", e.text);
	strings_finish(&still);
}

static void
unheard_answered(struct unheard *u)
{
	struct host_watch *w = u->watch;

	if (u->waiting > 0)
		return;
	if (u->silent == 0 && u->hosts.count > 0 && !w->en->stopping)
		go_on(u);
	w->rounds--;
	w->pause_ms = u->silent == 0			  ? UNHEARD_FIRST_MS
		      : w->pause_ms * 2 > UNHEARD_MOST_MS ? UNHEARD_MOST_MS
							  : w->pause_ms * 2;
	w->unheard_ms = clock_mono_ms(w->en->clock) + w->pause_ms;
	strings_finish(&u->hosts);
	free(u);
}

static void
on_back(enum job_outcome outcome, const json_t *data, const struct error *error,
	const char *output, void *arg)
{
	struct unheard *u = arg;

	(void)data;
	(void)error;
	(void)output;
	u->silent += outcome != OUTCOME_DONE;
	u->waiting--;
	unheard_answered(u);
}

static void
ask_unheard(const struct rollout *r, void *arg)
{
	struct host_watch *w = arg;
	struct unheard *u;
	size_t i;

	if (!is_held_by_silence(r))
		return;
	u = xcalloc(1, sizeof(*u));
	u->watch = w;
	u->rollout = r->id;
	runner_unheard(w->en->runner, r->id, &u->hosts);
	w->rounds++;
	u->waiting = 1; /* this loop */
	for (i = 0; i < u->hosts.count; i++) {
		const struct host *h =
			settings_host(w->en->settings, u->hosts.items[i]);

		u->waiting++;
		if (h == NULL)
			on_back(OUTCOME_UNREACHABLE, NULL, NULL, "", u);
		else
			pushers_ask(w->en->pushers, h, NULL, "probe",
				json_object(), "asking what became of a step",
				ASK_MS, on_back, u);
	}
	u->waiting--;
	unheard_answered(u);
}

/* ---- life ---- */

static int
note_away(const char *host, const char *key, const char *value, void *arg)
{
	(void)value;
	if (strcmp(key, FACT) == 0)
		away_add(arg, host);
	return 0;
}

struct host_watch *
host_watch_create(struct engine *en)
{
	struct host_watch *w = xcalloc(1, sizeof(*w));
	struct error e;

	w->en = en;
	w->pause_ms = UNHEARD_FIRST_MS;
	engine_must(store_host_fact_each(en->store, NULL, note_away, w, &e), &e,
		"read facts of hosts");
	return w;
}

void
host_watch_destroy(struct host_watch *w)
{
	struct away *a, *next;

	if (w == NULL)
		return;
	HASH_ITER(hh, w->away, a, next)
	away_free(a);
	free(w);
}

void
host_watch_run(struct host_watch *w)
{
	int64_t now_ms = clock_mono_ms(w->en->clock);

	if (w->en->stopping || w->en->no_key)
		return;
	look_for_away(w, now_ms);
	if (w->rounds == 0 && now_ms >= w->unheard_ms) {
		w->unheard_ms = now_ms + w->pause_ms;
		runner_each(w->en->runner, ask_unheard, w);
	}
}
