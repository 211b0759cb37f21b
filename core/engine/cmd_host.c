/* cmd_host.c - hosts: listed from what is known, checked by asking them. */
#include <stdlib.h>
#include <string.h>

#include "engine/cmd.h"
#include "engine/pushers.h"
#include "model/hostset.h"
#include "wire/json.h"

#define PROBE_MS 60000

/* Calls fn with the index of every host that the request selects. */
static int
select_hosts(struct request *rq, struct page *page,
	void (*fn)(struct request *rq, size_t index, void *arg), void *arg,
	struct error *e)
{
	const struct settings *s = rq->en->settings;
	const char *text = arg_string(rq, "selector");
	struct selector *selector;
	size_t i, taken = 0;

	if (selector_parse(text == NULL ? "" : text, &selector, e) == -1)
		return -1;
	for (i = (size_t)(page->after + 1); i < s->host_count; i++) {
		if (!selector_matches(selector, &s->hosts[i]))
			continue;
		if (taken++ == page->limit) {
			page->more = true;
			break;
		}
		page->last = (int64_t)i;
		fn(rq, i, arg);
	}
	selector_destroy(selector);
	return 0;
}

static void
list_host(struct request *rq, size_t index, void *arg)
{
	struct page *page = arg;

	json_array_append_new(page->items,
		host_json(rq->en, &rq->en->settings->hosts[index]));
}

void
cmd_host_ls(struct request *rq)
{
	struct page page;
	struct error e;

	if (page_init(rq, &page, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	if (select_hosts(rq, &page, list_host, &page, &e) == -1) {
		json_decref(page.items);
		request_fail(rq, &e);
		return;
	}
	request_done(rq, page_finish(&page));
}

void
cmd_host_show(struct request *rq)
{
	const char *name = arg_string(rq, "host");
	const struct host *h = settings_host(rq->en->settings, name);

	if (h == NULL)
		request_refuse(rq, ERROR_NOT_FOUND, "see sluice host ls",
			"no host '%.80s' in the configuration", name);
	else
		request_done(rq, host_json(rq->en, h));
}

/* ---- check ---- */

struct check { /* one request for many hosts */
	struct request *rq;
	struct page page;
	size_t waiting;
	bool asking;
};

struct asked { /* one host, one service of it (or none) */
	struct check *check;
	json_t *item;
	char *service;
	int64_t sent_ms, sent_wall_ms;
};

static void
check_answer(struct check *c)
{
	if (c->waiting > 0 || c->asking)
		return;
	request_done(c->rq, page_finish(&c->page));
	free(c);
}

static void
add_facts(struct asked *a, const json_t *data)
{
	static const char *const facts[] = {"user", "hostname", "kernel",
		"shell", "tools", "free_bytes", "free_inodes"};
	int64_t now = clock_mono_ms(clock_real());
	int64_t clock = json_get_int(data, "clock_ms", 0);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(facts); i++)
		if (json_object_get(data, facts[i]) != NULL)
			json_object_set(a->item, facts[i],
				json_object_get(data, facts[i]));
	json_object_set_new(a->item, "reachable", json_true());
	/* The host read its clock between our sending and our hearing. */
	if (clock != 0)
		json_object_set_new(a->item, "clock_offset_s",
			json_real((double)(clock - a->sent_wall_ms -
					   (now - a->sent_ms) / 2) /
				  1000));
}

static json_t *
service_json(const struct asked *a, const json_t *data)
{
	static const char *const keys[] = {"root_exists", "engine", "epoch",
		"current", "current_kind", "current_target", "releases",
		"lease"};
	json_t *o = json_pack("{s:s}", "service", a->service);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (json_object_get(data, keys[i]) != NULL)
			json_object_set(
				o, keys[i], json_object_get(data, keys[i]));
	return o;
}

static void
on_probe(enum job_outcome outcome, const json_t *data,
	const struct error *error, const char *output, void *arg)
{
	struct asked *a = arg;
	struct check *c = a->check;

	(void)output;
	if (outcome == OUTCOME_DONE) {
		add_facts(a, data);
		if (a->service != NULL)
			json_array_append_new(
				json_object_get(a->item, "services"),
				service_json(a, data));
	} else if (json_is_null(json_object_get(a->item, "error"))) {
		json_object_set_new(a->item, "error", json_from_error(error));
	}
	c->waiting--;
	json_decref(a->item);
	free(a->service);
	free(a);
	check_answer(c);
}

static void
ask(struct check *c, const struct host *h, json_t *item,
	const struct service *service, const char *env)
{
	const struct placeholder_values values = {.host = h->name,
		.address = h->address,
		.port = h->port,
		.service = service == NULL ? NULL : service->name,
		.env = env,
		.labels = &h->labels};
	struct asked *a = xcalloc(1, sizeof(*a));
	char *root = NULL;
	struct error e;

	a->check = c;
	a->item = json_incref(item);
	a->sent_ms = clock_mono_ms(clock_real());
	a->sent_wall_ms = clock_wall_ms(clock_real());
	if (service != NULL &&
		placeholder_expand(service->root, &values, &root, &e) == 0)
		a->service = xstrdup(service->name);
	c->waiting++;
	pushers_ask(c->rq->en->pushers, h, root, "probe", json_object(),
		PROBE_MS, on_probe, a);
	free(root);
}

static void
check_host(struct request *rq, size_t index, void *arg)
{
	const struct settings *s = rq->en->settings;
	const struct host *h = &s->hosts[index];
	struct check *c = arg;
	json_t *item = json_pack("{s:s, s:b, s:n, s:[]}", "name", h->name,
		"reachable", 0, "error", "services");
	bool any = false;
	size_t i, k;

	for (i = 0; i < s->environment_count; i++) {
		const struct environment *env = &s->environments[i];

		if (!settings_is_host_of(s, env, h))
			continue;
		for (k = 0; k < env->services.count; k++) {
			ask(c, h, item,
				settings_service(s, env->services.items[k]),
				env->name);
			any = true;
		}
	}
	if (!any)
		ask(c, h, item, NULL, NULL);
	json_array_append_new(c->page.items, item);
}

void
cmd_host_check(struct request *rq)
{
	struct check *c = xcalloc(1, sizeof(*c));
	struct error e;

	c->rq = rq;
	c->asking = true;
	if (page_init(rq, &c->page, &e) == -1 ||
		select_hosts(rq, &c->page, check_host, c, &e) == -1) {
		json_decref(c->page.items);
		free(c);
		request_fail(rq, &e);
		return;
	}
	c->asking = false;
	check_answer(c);
}
