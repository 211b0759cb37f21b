/* release_where.c - environments and versions: how one version of a service
 * stands in each environment, and what runs there. */
#include <stdlib.h>
#include <string.h>

#include "engine/cmd.h"
#include "engine/objects.h"
#include "engine/running.h"
#include "wire/json.h"

struct newest { /* change of this version */
	const char *version;
	struct change_id id; /* 0: there is none */
	enum change_state state;
};

static int
note_newest(const struct change *c, void *arg)
{
	struct newest *n = arg;

	if (strcmp(c->version, n->version) != 0)
		return 0;
	n->id = c->id;
	n->state = c->state;
	return 1;
}

static void
load_running(struct engine *en, const struct environment *env,
	const char *service, struct running *ret)
{
	const struct host **hosts = NULL;
	const char **names;
	size_t count = 0, i;
	struct error e;

	if (settings_hosts_of(en->settings, env, NULL, &hosts, &count, &e) ==
		-1)
		count = 0;
	names = xcalloc(count, sizeof(*names));
	for (i = 0; i < count; i++)
		names[i] = hosts[i]->name;
	running_on(en, service, env->name, names, count, ret);
	free(names);
	free(hosts);
}

/* What runs there, most hosts first; *ret_all hosts, *ret_on with version. */
static json_t *
running_json(const struct running *r, const char *version, int *ret_all,
	int *ret_on)
{
	json_t *list = json_array();
	size_t i;

	*ret_all = *ret_on = 0;
	for (i = 0; i < r->count; i++) {
		const struct running_version *v = &r->items[i];

		*ret_all += (int)v->host_count;
		if (v->version != NULL && strcmp(v->version, version) == 0)
			*ret_on = (int)v->host_count;
		json_array_append_new(list,
			json_pack("{s:o, s:i}", "version",
				json_text(v->version), "hosts",
				(int)v->host_count));
	}
	return list;
}

static json_t *
row_json(struct engine *en, const struct environment *env,
	const struct release *r, bool is_next)
{
	struct change_filter f = {.service = r->service,
		.env = env->name,
		.state = -1,
		.newest_first = true};
	struct newest newest = {.version = r->version};
	char id[ID_TEXT_SIZE] = "";
	struct running running;
	json_t *versions;
	int64_t at = 0;
	struct error e;
	int all, on;

	engine_must(store_change_each(
			    en->store, &f, note_newest, &newest, &e),
		&e, "read changes");
	engine_must(store_rollout_succeeded(en->store, r->service, r->version,
			    env->name, &at, &e),
		&e, "read rollouts");
	load_running(en, env, r->service, &running);
	versions = running_json(&running, r->version, &all, &on);
	running_finish(&running);
	if (newest.id.number != 0)
		change_id_format(newest.id, id);
	return json_pack("{s:s, s:s, s:i, s:i, s:o, s:o, s:o, s:o, s:b}",
		"env", env->name, "kind", env->kind == NULL ? "" : env->kind,
		"hosts_total", all, "hosts", on, "running", versions, "change",
		json_text(id[0] == '\0' ? NULL : id), "state",
		json_text(id[0] == '\0' ? NULL
					: change_state_name(newest.state)),
		"succeeded_at", json_time(at), "next", (int)is_next);
}

json_t *
release_where_json(struct engine *en, const struct release *r)
{
	const struct settings *s = en->settings;
	const struct environment *next;
	json_t *list = json_array();
	struct error e;
	size_t i;

	next = promotion_next(en, r->service, r->version, &e);
	for (i = 0; i < s->environment_count; i++) {
		const struct environment *env = &s->environments[i];

		if (strings_has(&env->services, r->service))
			json_array_append_new(
				list, row_json(en, env, r, env == next));
	}
	return list;
}
