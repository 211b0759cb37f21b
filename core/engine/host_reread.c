/* host_reread.c - what a host says it runs becomes what the engine knows. */
#include "engine/host_reread.h"

#include <stdlib.h>
#include <string.h>

#include "engine/events.h"
#include "engine/runner.h"
#include "wire/json.h"

static bool
is_same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Being there does not make it healthy, and a word that was said of this very
 * release stays. */
static const char *
state_of(const struct deployment *d, bool is_foreign, bool is_new)
{
	bool is_expected = is_same(d->version, d->expected_version);

	if (d->expected_version != NULL && !is_expected)
		return "behind";
	if (is_foreign)
		return "unmanaged";
	if (is_new || strcmp(d->state, "behind") == 0)
		return "unknown";
	return d->state;
}

static void
record_found(struct engine *en, const struct deployment *d, const char *before)
{
	engine_record(en, "engine", -1, "host.found", d->host, "",
		json_pack("{s:s, s:s, s:o, s:o, s:o}", "service", d->service,
			"env", d->env, "found", json_text(d->release), "before",
			json_text(before), "expected",
			json_text(d->expected_version)));
}

static void
take(struct engine *en, struct deployment *d, const char *release,
	bool is_foreign)
{
	bool is_new = !is_same(d->release, release);
	char *before = d->release;
	const char *state;
	struct error e;

	d->seen_at = engine_now(en);
	if (is_new) {
		free(d->previous_version);
		d->previous_version = d->version;
		d->version = is_foreign ? xstrdup("unmanaged")
					: release_dir_version(release);
		d->release = xstrdup_or_null(release);
		d->changed_at = d->seen_at;
		record_found(en, d, before);
		free(before);
	}
	if (d->state == NULL)
		d->state = xstrdup("unknown");
	state = state_of(d, is_foreign, is_new);
	if (state != d->state)
		str_replace(&d->state, state);
	engine_write(en);
	engine_must(store_deployment_put(en->store, d, &e), &e,
		"save a deployment");
}

void
host_reread(struct engine *en, const char *host, const char *service,
	const char *env, const json_t *data, bool always)
{
	const char *kind = json_get_string(data, "current_kind", "none");
	bool is_foreign = strcmp(kind, "foreign") == 0;
	const char *release = json_get_string(
		data, is_foreign ? "current_target" : "current", NULL);
	const struct host *h = settings_host(en->settings, host);
	struct deployment d;
	struct error e;
	int found;

	if (strcmp(kind, "directory") == 0 ||
		json_get_string(data, "root_denied", NULL) != NULL ||
		(!always &&
			runner_rollout_on(en->runner, service, host).number !=
				0))
		return;
	found = store_deployment_find(en->store, service, env, host, &d, &e);
	engine_must(found, &e, "read a deployment");
	if (found == 0 && release == NULL)
		return;
	if (found == 0) {
		memset(&d, 0, sizeof(d));
		d.service = xstrdup(service);
		d.env = xstrdup(env);
		d.host = xstrdup(host);
	}
	take(en, &d, release, is_foreign);
	deployment_finish(&d);
	if (h != NULL)
		events_host(en, h);
}
