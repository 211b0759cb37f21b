/* cmd_enrol.c - hosts taken over, taken out of service and in again. */
#include <stdlib.h>
#include <string.h>

#include "engine/cmd.h"
#include "engine/host_services.h"
#include "engine/pushers.h"
#include "wire/json.h"

#define ADOPT_MS 60000

static const struct host *
find_host(struct request *rq)
{
	const char *name = arg_string(rq, "host");
	const struct host *h = settings_host(rq->en->settings, name);

	if (h == NULL)
		request_refuse(rq, ERROR_NOT_FOUND, "see sluice host ls",
			"no host '%.80s' in the configuration", name);
	return h; /* NULL: answered, and the request is gone */
}

static int
check_reason(struct request *rq, struct error *e)
{
	const char *text = arg_string(rq, "text");

	if (text[strspn(text, " \t\n")] == '\0')
		return error_set(e, ERROR_USAGE, "the reason is empty");
	if (strlen(text) > 4096)
		return error_set(
			e, ERROR_USAGE, "the reason is longer than 4 KiB");
	return 0;
}

/* ---- adopt ---- */

struct adopting {
	struct request *rq;
	json_t *services;
	size_t waiting;
	bool asking;
	struct error error; /* the first */
};

struct adopting_one {
	struct adopting *all;
	char *service, *root;
};

static void
adopt_answer(struct adopting *a)
{
	struct actor by = request_actor(a->rq);
	const char *host = arg_string(a->rq, "host");

	if (a->waiting > 0 || a->asking)
		return;
	if (json_array_size(a->services) > 0)
		engine_record(a->rq->en, by.who, by.uid, "host.adopt", host,
			arg_string(a->rq, "text"),
			json_pack("{s:O}", "services", a->services));
	if (a->error.code != ERROR_NONE)
		request_fail(a->rq, &a->error);
	else
		request_done(a->rq,
			json_pack("{s:s, s:O}", "host", host, "services",
				a->services));
	json_decref(a->services);
	free(a);
}

static void
on_adopted(enum job_outcome outcome, const json_t *data,
	const struct error *error, const char *output, void *arg)
{
	struct adopting_one *one = arg;
	struct adopting *a = one->all;

	(void)data;
	(void)output;
	if (outcome == OUTCOME_DONE)
		json_array_append_new(a->services,
			json_pack("{s:s, s:s}", "service", one->service,
				"root", one->root));
	else if (a->error.code == ERROR_NONE)
		a->error = *error;
	a->waiting--;
	free(one->service);
	free(one->root);
	free(one);
	adopt_answer(a);
}

static void
adopt_service(const struct host *h, const struct service *service,
	const char *env, const char *root, void *arg)
{
	struct adopting *a = arg;
	struct adopting_one *one = xcalloc(1, sizeof(*one));

	(void)env;
	one->all = a;
	one->service = xstrdup(service->name);
	one->root = xstrdup(root);
	a->waiting++;
	pushers_ask(a->rq->en->pushers, h, root, "adopt",
		json_pack("{s:b}", "hasty", 1),
		arg_string(a->rq, "text"), ADOPT_MS, on_adopted, one);
}

void
cmd_host_adopt(struct request *rq)
{
	const struct host *h = find_host(rq);
	struct adopting *a;
	struct error e;

	if (h == NULL)
		return;
	if (check_reason(rq, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	a = xcalloc(1, sizeof(*a));
	a->rq = rq;
	a->services = json_array();
	a->asking = true;
	error_clear(&a->error);
	if (host_services_each(rq->en->settings, h, adopt_service, a) == 0)
		error_set(&a->error, ERROR_NOT_FOUND,
			"no service is deployed to host '%s'", h->name);
	a->asking = false;
	adopt_answer(a);
}

/* ---- out of service ---- */

void
cmd_host_exclude(struct request *rq)
{
	const struct host *h = find_host(rq);
	const char *text;
	struct actor by;
	struct error e;

	if (h == NULL)
		return;
	if (check_reason(rq, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	text = arg_string(rq, "text");
	by = request_actor(rq);
	engine_write(rq->en);
	engine_must(store_host_fact_put(
			    rq->en->store, h->name, "excluded", text, &e),
		&e, "save a fact of a host");
	engine_record(rq->en, by.who, by.uid, "host.exclude", h->name, text,
		NULL);
	events_host(rq->en, h);
	request_done(rq, host_json(rq->en, h));
}

void
cmd_host_include(struct request *rq)
{
	const struct host *h = find_host(rq);
	char *reason = NULL;
	struct actor by;
	struct error e;
	int was;

	if (h == NULL)
		return;
	by = request_actor(rq);
	was = store_host_fact_find(
		rq->en->store, h->name, "excluded", &reason, &e);
	engine_must(was, &e, "read a fact of a host");
	if (was == 1) {
		engine_write(rq->en);
		engine_must(store_host_fact_drop(rq->en->store, h->name,
				    "excluded", &e),
			&e, "save a fact of a host");
		engine_record(rq->en, by.who, by.uid, "host.include", h->name,
			"", json_pack("{s:o}", "was", json_text(reason)));
		events_host(rq->en, h);
	}
	free(reason);
	request_done(rq, host_json(rq->en, h));
}
