/* running.c - what runs now where a change goes. */
#include "engine/running.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

struct known {
	char *host, *version, *state;
	int64_t seen_at;
	struct rollout_id rollout;
	UT_hash_handle hh;
};

static int
note(const struct deployment *d, void *arg)
{
	struct known **all = arg, *k = xcalloc(1, sizeof(*k));

	k->host = xstrdup(d->host);
	k->version = xstrdup_or_null(d->version);
	k->state = xstrdup_or_null(d->state);
	k->seen_at = d->seen_at;
	k->rollout = d->rollout;
	HASH_ADD_KEYPTR(hh, *all, k->host, strlen(k->host), k);
	return 0;
}

static bool
is_version(const struct running_version *v, const char *version)
{
	return v->version == NULL || version == NULL
		       ? v->version == version
		       : strcmp(v->version, version) == 0;
}

static struct running_version *
version_of(struct running *r, const char *version)
{
	size_t i;

	for (i = 0; i < r->count; i++)
		if (is_version(&r->items[i], version))
			return &r->items[i];
	ARRAY_GROW(r->items, r->count, r->capacity);
	r->items[r->count] = (struct running_version){
		.version = xstrdup_or_null(version)};
	return &r->items[r->count++];
}

static void
add_host(struct running *r, const char *name, const struct known *k)
{
	struct running_version *v =
		version_of(r, k == NULL ? NULL : k->version);

	ARRAY_GROW(v->hosts, v->host_count, v->host_capacity);
	v->hosts[v->host_count++] = (struct running_host){.name = name,
		.state = xstrdup_or_null(k == NULL ? NULL : k->state),
		.seen_at = k == NULL ? 0 : k->seen_at};
	if (k != NULL && k->rollout.number > v->rollout.number)
		v->rollout = k->rollout;
}

static int
by_hosts(const void *a, const void *b)
{
	const struct running_version *x = a, *y = b;

	if (x->host_count != y->host_count)
		return x->host_count < y->host_count ? 1 : -1;
	return strcmp(x->version == NULL ? "" : x->version,
		y->version == NULL ? "" : y->version);
}

void
running_on(struct engine *en, const char *service, const char *env,
	const char *const *hosts, size_t count, struct running *ret)
{
	struct known *all = NULL, *k, *next;
	struct error e;
	size_t i;

	memset(ret, 0, sizeof(*ret));
	engine_must(store_deployment_each(
			    en->store, service, env, NULL, note, &all, &e),
		&e, "read deployments");
	for (i = 0; i < count; i++) {
		HASH_FIND_STR(all, hosts[i], k);
		add_host(ret, hosts[i], k);
	}
	if (ret->count > 1)
		qsort(ret->items, ret->count, sizeof(*ret->items), by_hosts);
	HASH_ITER(hh, all, k, next)
	{
		HASH_DEL(all, k);
		free(k->host);
		free(k->version);
		free(k->state);
		free(k);
	}
}

void
running_load(struct engine *en, const struct change *c,
	const struct plan *plan, struct running *ret)
{
	const char **names = xcalloc(plan->host_count, sizeof(*names));
	size_t i;

	for (i = 0; i < plan->host_count; i++)
		names[i] = plan->hosts[i].host.name;
	running_on(en, c->service, c->env, names, plan->host_count, ret);
	free(names);
}

void
running_finish(struct running *r)
{
	size_t i, k;

	for (i = 0; i < r->count; i++) {
		for (k = 0; k < r->items[i].host_count; k++)
			free(r->items[i].hosts[k].state);
		free(r->items[i].hosts);
		free(r->items[i].version);
	}
	free(r->items);
	memset(r, 0, sizeof(*r));
}

/* ---- the plan that brought it ---- */

char *
running_plan(struct engine *en, const struct running_version *v)
{
	char *text = NULL;
	struct rollout r;
	struct error e;
	bool is_it;
	size_t len;

	if (v->version == NULL || v->rollout.number == 0 ||
		store_rollout_find(en->store, v->rollout, &r, &e) != 1)
		return NULL;
	/* A rollout that failed halfway left what another one brought. */
	is_it = r.version != NULL && strcmp(r.version, v->version) == 0 &&
		r.kind == ROLLOUT_DEPLOY;
	if (is_it && store_plan_find(en->store, r.plan_digest, &text, &len,
			     &e) != 1)
		text = NULL;
	rollout_finish(&r);
	return text;
}

char *
running_settings(const char *plan)
{
	static const char *const others[] = {"sluice plan ", "kind ",
		"version ", "release ", "artefact ", "payload ", "rule "};
	struct strbuf out;
	const char *line = plan;

	strbuf_init(&out);
	while (*line != '\0' && strncmp(line, "wave ", 5) != 0 &&
		strncmp(line, "left_out ", 9) != 0) {
		size_t len = strcspn(line, "\n"), i;

		len += line[len] == '\n';
		for (i = 0; i < ARRAY_SIZE(others); i++)
			if (strncmp(line, others[i], strlen(others[i])) == 0)
				break;
		if (i == ARRAY_SIZE(others))
			strbuf_add(&out, line, len);
		line += len;
	}
	return strbuf_detach(&out);
}
