/* cmd_host_check.c - hosts asked now: what they are, have and run, and what
 * of it is not as it should be. */
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "engine/cmd.h"
#include "engine/host_reread.h"
#include "engine/host_services.h"
#include "engine/pushers.h"
#include "wire/json.h"

#define PROBE_MS 60000
#define CLOCK_MOST_MS 30000
#define FREE_LEAST ((int64_t)16 * 1024 * 1024)
#define INODES_LEAST 100

struct check { /* one request for many hosts */
	struct request *rq;
	struct page page;
	size_t waiting;
	bool asking;
	json_t *item; /* of the host that is being asked */
};

struct asked { /* one host, one service of it (or none) */
	struct check *check;
	json_t *item;
	char *service, *env, *root;
};

/* ---- what is wrong ---- */

static void
add_problem(json_t *item, const char *fmt, ...) SLUICE_PRINTF(2, 3);

static void
add_problem(json_t *item, const char *fmt, ...)
{
	json_t *list = json_object_get(item, "problems"), *old;
	struct strbuf text;
	va_list ap;
	size_t i;

	strbuf_init(&text);
	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	json_array_foreach (list, i, old)
		if (strcmp(json_string_value(old), text.buf) == 0)
			break;
	if (i == json_array_size(list))
		json_array_append_new(list, json_text(text.buf));
	strbuf_finish(&text);
}

/* Why it cannot be used and what mends that; the row names the host. */
static void
add_failure(json_t *item, const struct error *error)
{
	const char *name = json_get_string(item, "name", "");
	const char *text = error->text;
	size_t len = strlen(name);

	if (strncmp(text, name, len) == 0 && strncmp(text + len, ": ", 2) == 0)
		text += len + 2;
	add_problem(item, "%s%s%s", text, error->hint[0] != '\0' ? "; " : "",
		error->hint);
}

static void
judge_tools(json_t *item)
{
	static const char *const needed[] = {"tar", "gzip", "setsid"};
	const json_t *tools = json_object_get(item, "tools");
	size_t i;

	for (i = 0; i < ARRAY_SIZE(needed); i++)
		if (!json_get_bool(tools, needed[i], true))
			add_problem(item, "the host has no %s", needed[i]);
}

static void
judge_space(json_t *item)
{
	int64_t bytes = json_get_int(item, "free_bytes", FREE_LEAST);
	int64_t inodes = json_get_int(item, "free_inodes", 0);
	char size[TIME_TEXT_SIZE];

	size_format(bytes, size);
	if (bytes < FREE_LEAST)
		add_problem(item, "only %s are free", size);
	/* 0: the file system does not count them. */
	if (inodes > 0 && inodes < INODES_LEAST)
		add_problem(item, "only %d inodes are free", (int)inodes);
}

static void
judge_clock(json_t *item)
{
	const json_t *v = json_object_get(item, "clock_offset_s");
	int64_t off_ms = (int64_t)(json_number_value(v) * 1000);
	char text[TIME_TEXT_SIZE];

	if (!json_is_number(v) || llabs(off_ms) <= CLOCK_MOST_MS)
		return;
	duration_format(llabs(off_ms), text);
	add_problem(item, "its clock is %s %s", text,
		off_ms > 0 ? "ahead" : "behind");
}

/* Which right is missing, and how it is given. */
static void
judge_root(struct asked *a, const json_t *data)
{
	const char *denied = json_get_string(data, "root_denied", NULL);
	const char *user = json_get_string(data, "user", "the login user");
	const char *root = json_get_string(data, "root_path", a->root);

	if (denied == NULL)
		return;
	if (json_get_bool(data, "root_exists", false))
		add_problem(a->item,
			"permission: '%s' may not read and write '%s'; on "
			"the host: chown -R %s '%s'",
			user, denied, user, root);
	else
		add_problem(a->item,
			"permission: '%s' may not make '%s' in '%s'; on the "
			"host: install -d -o %s '%s'",
			user, root, denied, user, root);
}

static void
judge_service(struct engine *en, struct asked *a, const json_t *data)
{
	const char *owner = json_get_string(data, "engine", NULL);
	const char *kind = json_get_string(data, "current_kind", "none");

	if (strcmp(kind, "directory") == 0)
		add_problem(a->item,
			"'%s/current' is a directory, not a link; convert it "
			"there: cd '%s' && mkdir -p releases && mv current "
			"releases/unmanaged && ln -s releases/unmanaged "
			"current",
			a->root, a->root);
	if (owner != NULL && *owner != '\0' &&
		strcmp(owner, store_engine_id(en->store)) != 0)
		add_problem(a->item,
			"%s is managed by engine %.12s; to take it over: "
			"sluice host adopt %s -m TEXT",
			a->service, owner,
			json_get_string(a->item, "name", ""));
	else if (owner != NULL &&
		 json_get_int(data, "epoch", 0) > store_epoch(en->store))
		add_problem(a->item,
			"a restored engine (epoch %lld) took over %s; this "
			"one has epoch %lld, stop it: sluice engine stop",
			(long long)json_get_int(data, "epoch", 0), a->service,
			(long long)store_epoch(en->store));
}

/* ---- what was found ---- */

static void
add_facts(struct asked *a, const json_t *data)
{
	static const char *const facts[] = {"user", "hostname", "kernel",
		"shell", "tools", "free_bytes", "free_inodes"};
	const json_t *offset = json_object_get(data, "clock_offset_ms");
	size_t i;

	for (i = 0; i < ARRAY_SIZE(facts); i++)
		if (json_object_get(data, facts[i]) != NULL)
			json_object_set(a->item, facts[i],
				json_object_get(data, facts[i]));
	json_object_set_new(a->item, "reachable", json_true());
	if (json_is_integer(offset))
		json_object_set_new(a->item, "clock_offset_s",
			json_real((double)json_integer_value(offset) / 1000));
	judge_tools(a->item);
	judge_space(a->item);
	judge_clock(a->item);
}

/* What is known of it after the host was heard. */
static void
add_deployment(struct engine *en, struct asked *a, json_t *o)
{
	const char *host = json_get_string(a->item, "name", "");
	char id[ID_TEXT_SIZE];
	struct deployment d;
	struct error e;
	int found = store_deployment_find(
		en->store, a->service, a->env, host, &d, &e);

	engine_must(found, &e, "read a deployment");
	if (found == 0)
		return;
	json_object_set_new(o, "version", json_text(d.version));
	json_object_set_new(
		o, "expected_version", json_text(d.expected_version));
	json_object_set_new(o, "state", json_text(d.state));
	/* What it runs could not be seen where the root is closed. */
	if (strcmp(d.state, "behind") == 0 &&
		json_is_null(json_object_get(o, "root_denied"))) {
		rollout_id_format(d.rollout, id);
		json_object_set_new(o, "missed",
			d.rollout.number == 0 ? json_null() : json_string(id));
		add_problem(a->item, "%s is behind (missed %s): %s, not %s",
			a->service, d.rollout.number == 0 ? "a rollout" : id,
			d.version == NULL ? "nothing" : d.version,
			d.expected_version);
	}
	deployment_finish(&d);
}

static void
add_service(struct engine *en, struct asked *a, const json_t *data)
{
	static const char *const keys[] = {"root_exists", "engine", "epoch",
		"current", "current_kind", "current_target", "releases",
		"lease", "root_denied"};
	json_t *o = json_pack(
		"{s:s, s:s, s:s}", "service", a->service, "env", a->env, "root",
		a->root);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (json_object_get(data, keys[i]) != NULL)
			json_object_set(
				o, keys[i], json_object_get(data, keys[i]));
	judge_root(a, data);
	judge_service(en, a, data);
	host_reread(en, json_get_string(a->item, "name", ""), a->service,
		a->env, data, false);
	add_deployment(en, a, o);
	json_array_append_new(json_object_get(a->item, "services"), o);
}

/* ---- asking ---- */

/* What the last connection showed, now that there was one. */
static int
add_key(const char *host, const char *key, const char *value, void *arg)
{
	(void)host;
	if (strcmp(key, "key_fingerprint") == 0 ||
		strcmp(key, "transport") == 0 || strcmp(key, "excluded") == 0)
		json_object_set_new(arg, key, json_text(value));
	return 0;
}

static void
check_answer(struct check *c)
{
	struct engine *en = c->rq->en;
	struct error e;
	json_t *item;
	size_t i;

	if (c->waiting > 0 || c->asking)
		return;
	json_array_foreach (c->page.items, i, item) {
		engine_must(store_host_fact_each(en->store,
				    json_get_string(item, "name", ""), add_key,
				    item, &e),
			&e, "read facts of a host");
		json_object_set_new(item, "ok",
			json_boolean(json_array_size(json_object_get(
					     item, "problems")) == 0));
	}
	request_done(c->rq, page_finish(&c->page));
	free(c);
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
			add_service(c->rq->en, a, data);
	} else {
		add_failure(a->item, error);
		if (json_is_null(json_object_get(a->item, "error")))
			json_object_set_new(
				a->item, "error", json_from_error(error));
	}
	c->waiting--;
	json_decref(a->item);
	free(a->service);
	free(a->env);
	free(a->root);
	free(a);
	check_answer(c);
}

static void
ask(const struct host *h, const struct service *service, const char *env,
	const char *root, void *arg)
{
	struct check *c = arg;
	struct asked *a = xcalloc(1, sizeof(*a));

	a->check = c;
	a->item = json_incref(c->item);
	a->service = service == NULL ? NULL : xstrdup(service->name);
	a->env = xstrdup_or_null(env);
	a->root = xstrdup_or_null(root);
	c->waiting++;
	pushers_ask(c->rq->en->pushers, h, root, "probe",
		json_pack("{s:b}", "hasty", 1), "asked by a person", PROBE_MS,
		on_probe, a);
}

static void
check_host(struct request *rq, size_t index, void *arg)
{
	const struct settings *s = rq->en->settings;
	const struct host *h = &s->hosts[index];
	struct check *c = arg;

	c->item = json_pack("{s:s, s:b, s:n, s:[], s:[]}", "name", h->name,
		"reachable", 0, "error", "services", "problems");
	json_array_append_new(c->page.items, c->item);
	if (host_services_each(s, h, ask, c) == 0)
		ask(h, NULL, NULL, NULL, c);
}

void
cmd_host_check(struct request *rq)
{
	struct check *c = xcalloc(1, sizeof(*c));
	const char *selector = arg_string(rq, "selector");
	struct error e;
	int result;

	c->rq = rq;
	c->asking = true;
	result = page_init(rq, &c->page, &e);
	if (result == 0)
		result = select_hosts(rq, &c->page, check_host, c, &e);
	if (result == 0 && selector != NULL && c->page.after < 0 &&
		json_array_size(c->page.items) == 0) {
		result = error_set(&e, ERROR_NOT_FOUND,
			"no host matches '%.200s'", selector);
		error_hint(&e, "see sluice host ls");
	}
	if (result == -1) {
		json_decref(c->page.items);
		free(c);
		request_fail(rq, &e);
		return;
	}
	c->asking = false;
	check_answer(c);
}
