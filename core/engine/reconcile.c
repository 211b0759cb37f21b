/* reconcile.c - after a restore: what hosts run, against what is known. */
#include "engine/reconcile.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "engine/events.h"
#include "engine/host_reread.h"
#include "engine/host_services.h"
#include "engine/pushers.h"
#include "engine/runner.h"
#include "wire/json.h"

#define AGAIN_MS 15000
#define ASK_MS 30000
#define AT_ONCE 64
#define JOURNAL_LINES 200
#define REASON "reconciling after a restore"

struct reconcile {
	struct engine *en;
	struct strings left;
	size_t in_flight;   /* hosts */
	int64_t next_at_ms; /* monotonic; INT64_MAX: nothing is left */
};

struct asked_host {
	struct reconcile *r;
	char *name;
	size_t waiting; /* services */
	bool asking, is_open; /* is_open: one did not answer */
};

struct asked_service {
	struct asked_host *host;
	char *service, *env, *root;
	json_t *found; /* what the lock said */
};

static int
note_left(const char *host, const char *key, const char *value, void *arg)
{
	(void)value;
	if (strcmp(key, "reconcile") == 0)
		strings_add(arg, host);
	return 0;
}

static void
find_left(struct reconcile *r)
{
	struct error e;

	strings_finish(&r->left);
	memset(&r->left, 0, sizeof(r->left));
	engine_must(store_host_fact_each(
			    r->en->store, NULL, note_left, &r->left, &e),
		&e, "read facts of hosts");
}

struct reconcile *
reconcile_create(struct engine *en)
{
	struct reconcile *r = xcalloc(1, sizeof(*r));

	r->en = en;
	find_left(r);
	return r;
}

void
reconcile_destroy(struct reconcile *r)
{
	if (r == NULL)
		return;
	strings_finish(&r->left);
	free(r);
}

size_t
reconcile_left(const struct reconcile *r, const char **ret_first)
{
	if (r->left.count > 0)
		*ret_first = r->left.items[0];
	return r->left.count;
}

static void
drop_fact(struct engine *en, const char *host)
{
	struct error e;

	engine_write(en);
	engine_must(store_host_fact_drop(en->store, host, "reconcile", &e), &e,
		"save a fact of a host");
}

static void
host_done(struct asked_host *h)
{
	struct reconcile *r = h->r;

	if (h->waiting > 0 || h->asking)
		return;
	if (!h->is_open)
		drop_fact(r->en, h->name);
	/* The rest is asked for again at once while there is progress. */
	if (--r->in_flight == 0)
		r->next_at_ms = clock_mono_ms(r->en->clock) +
				(h->is_open ? AGAIN_MS : 0);
	events_engine(r->en);
	free(h->name);
	free(h);
}

static void
service_done(struct asked_service *s)
{
	struct asked_host *h = s->host;

	json_decref(s->found);
	free(s->service);
	free(s->env);
	free(s->root);
	free(s);
	h->waiting--;
	host_done(h);
}

/* The last switch that the host's journal tells of. */
static json_t *
last_switch(const json_t *journal)
{
	const json_t *lines = json_object_get(journal, "lines");
	size_t i = json_array_size(lines);

	while (i-- > 0) {
		const char *line = json_string_value(json_array_get(lines, i));

		if (line != NULL && strstr(line, "switched ") != NULL)
			return json_text(line);
	}
	return json_null();
}

static void
record_found(struct asked_service *s, const json_t *journal)
{
	struct engine *en = s->host->r->en;
	const char *found = json_get_string(s->found, "current", NULL);
	struct deployment d = {0};
	struct error e;
	bool agrees;

	if (found == NULL)
		found = json_get_string(s->found, "current_target", NULL);
	engine_must(store_deployment_find(en->store, s->service, s->env,
			    s->host->name, &d, &e),
		&e, "read a deployment");
	agrees = found == NULL ? d.release == NULL
			       : d.release != NULL &&
					 strcmp(found, d.release) == 0;
	engine_record(en, "engine", -1, "host.reconcile", s->host->name,
		agrees ? "" : "the host does not run what the backup says",
		json_pack("{s:s, s:s, s:o, s:o, s:b, s:o}", "service",
			s->service, "env", s->env, "expected",
			json_text(d.release), "found", json_text(found),
			"agrees", (int)agrees, "journal",
			last_switch(journal)));
	deployment_finish(&d);
	host_reread(en, s->host->name, s->service, s->env, s->found, true);
}

static void
on_unlocked(enum job_outcome outcome, const json_t *data,
	const struct error *error, const char *output, void *arg)
{
	(void)outcome;
	(void)data;
	(void)error;
	(void)output;
	service_done(arg);
}

static const struct host *
host_of(const struct asked_service *s)
{
	return settings_host(s->host->r->en->settings, s->host->name);
}

static void
on_journal(enum job_outcome outcome, const json_t *data,
	const struct error *error, const char *output, void *arg)
{
	struct asked_service *s = arg;
	const struct host *h = host_of(s);

	(void)error;
	(void)output;
	record_found(s, outcome == OUTCOME_DONE ? data : NULL);
	if (h == NULL) {
		service_done(s);
		return;
	}
	pushers_ask(s->host->r->en->pushers, h, s->root, "unlock",
		json_pack("{s:s}", "note", "reconciled"), REASON, ASK_MS,
		on_unlocked, s);
}

static void
on_locked(enum job_outcome outcome, const json_t *data,
	const struct error *error, const char *output, void *arg)
{
	struct asked_service *s = arg;
	const struct host *h = host_of(s);

	(void)output;
	if (outcome == OUTCOME_DONE && h != NULL) {
		s->found = json_deep_copy(data);
		pushers_ask(s->host->r->en->pushers, h, s->root, "journal",
			json_pack("{s:i}", "lines", JOURNAL_LINES), REASON,
			ASK_MS, on_journal, s);
		return;
	}
	if (error != NULL && error->code == ERROR_FOREIGN_ENGINE)
		engine_record(s->host->r->en, "engine", -1, "host.reconcile",
			s->host->name, error->text,
			json_pack("{s:s, s:s, s:b}", "service", s->service,
				"env", s->env, "agrees", 0));
	else
		s->host->is_open = true;
	if (error != NULL && s->host->is_open)
		log_info("%s, %s: %s", REASON, s->host->name, error->text);
	service_done(s);
}

static void
ask_service(const struct host *h, const struct service *service,
	const char *env, const char *root, void *arg)
{
	struct asked_host *host = arg;
	struct asked_service *s = xcalloc(1, sizeof(*s));

	s->host = host;
	s->service = xstrdup(service->name);
	s->env = xstrdup(env);
	s->root = xstrdup(root);
	host->waiting++;
	pushers_ask(host->r->en->pushers, h, root, "lock", json_object(),
		REASON, ASK_MS, on_locked, s);
}

static void
ask_host(struct reconcile *r, const char *name)
{
	const struct host *h = settings_host(r->en->settings, name);
	struct asked_host *asked;

	if (h == NULL) {
		drop_fact(r->en, name);
		engine_record(r->en, "engine", -1, "host.reconcile", name,
			"the host is not in the configuration any more", NULL);
		return;
	}
	asked = xcalloc(1, sizeof(*asked));
	asked->r = r;
	asked->name = xstrdup(name);
	asked->asking = true;
	r->in_flight++;
	host_services_each(r->en->settings, h, ask_service, asked);
	asked->asking = false;
	host_done(asked);
}

void
reconcile_run(struct reconcile *r)
{
	size_t i;

	if (r->in_flight > 0 || r->en->stopping ||
		clock_mono_ms(r->en->clock) < r->next_at_ms)
		return;
	find_left(r);
	r->next_at_ms = r->left.count == 0
				? INT64_MAX
				: clock_mono_ms(r->en->clock) + AGAIN_MS;
	for (i = 0; i < r->left.count && i < AT_ONCE; i++)
		ask_host(r, r->left.items[i]);
}
