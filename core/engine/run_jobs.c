/* run_jobs.c - what each op asks of a host: the arguments of its job. */
#include "engine/run.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "model/hostset.h"
#include "wire/json.h"

#define QUICK_MS 60000
#define VERIFY_MS (30 * 60000)
/* The slowest link on which staging is still waited for, bytes a second. */
#define SLOWEST_LINK 8192

static const enum step_kind step_of_op[OP_COUNT] = {
	[OP_BEFORE_SWITCH] = STEP_BEFORE_SWITCH,
	[OP_AFTER_SWITCH] = STEP_AFTER_SWITCH,
	[OP_BEFORE_ROLLBACK] = STEP_BEFORE_ROLLBACK,
};

const struct step *
host_step(const struct run_host *h, enum op op)
{
	/* Going back begins with a command of the release that is left. */
	const struct plan *plan =
		op == OP_BEFORE_ROLLBACK ? &h->run->plan : h->commands;
	const struct step *step;

	if (op == OP_TRAFFIC)
		plan = &h->run->plan;
	if (plan == NULL || ops[op].job != JOB_STEP)
		return NULL;
	step = op == OP_TRAFFIC ? &plan->traffic.order
				: &plan->steps[step_of_op[op]];
	return step->run == NULL ? NULL : step;
}

char *
host_root(const struct run_host *h)
{
	if (h->at->host.transport == TRANSPORT_LOCAL &&
		h->at->host.path != NULL)
		return path_join_root(h->at->host.path, h->at->root);
	return xstrdup(h->at->root);
}

char *
release_dir_version(const char *dir)
{
	const char *dash = dir == NULL ? NULL : strrchr(dir, '-');

	if (dash == NULL || strlen(dash + 1) != 12)
		return xstrdup_or_null(dir);
	return xstrndup(dir, (size_t)(dash - dir));
}

/* The directory of a release on the host; "" for none. A foreign target is a
 * path of its own, relative to the root if it is not absolute. */
static json_t *
release_path(const char *root, const char *release, bool foreign)
{
	char *path;
	json_t *v;

	if (release == NULL)
		return json_string("");
	if (foreign && *release == '/')
		return json_text(release);
	path = xasprintf(foreign ? "%s/%s" : "%s/releases/%s", root, release);
	v = json_text(path);
	free(path);
	return v;
}

/* colour NULL: it has none. */
static void
add_colours(const struct run *run, json_t *env, const char *colour,
	const char *other)
{
	if (colour == NULL)
		return;
	json_object_set_new(env, "SLUICE_COLOUR", json_string(colour));
	json_object_set_new(env, "SLUICE_OLD_COLOUR", json_string(other));
	if (traffic_has_slots(&run->plan.traffic))
		json_object_set_new(env, "SLUICE_SLOT",
			json_text(run->plan.traffic
					  .slots[colour_parse(colour)]));
}

json_t *
job_env(const struct run_host *h)
{
	const struct run *run = h->run;
	bool leaving = h->op == OP_BEFORE_ROLLBACK;
	char *root = host_root(h), id[ID_TEXT_SIZE];
	json_t *env = json_object();
	size_t i;

	for (i = 0; i < run->plan.vars.count; i++)
		json_object_set_new(env, run->plan.vars.items[i].name,
			json_text(run->plan.vars.items[i].value));
	rollout_id_format(run->d.id, id);
	json_object_set_new(env, "SLUICE_SERVICE", json_text(run->d.service));
	json_object_set_new(env, "SLUICE_VERSION",
		json_text(leaving ? run->plan.version : h->d.version));
	json_object_set_new(env, "SLUICE_RELEASE",
		leaving ? release_path(root, run->plan.release, false)
			: release_path(root, h->d.target, h->d.is_foreign));
	json_object_set_new(env, "SLUICE_PREVIOUS",
		release_path(root, h->d.previous, h->d.previous_is_foreign));
	json_object_set_new(env, "SLUICE_ENV", json_text(run->d.env));
	json_object_set_new(env, "SLUICE_HOST", json_text(h->d.host));
	json_object_set_new(env, "SLUICE_ROLLOUT", json_text(id));
	json_object_set_new(env, "SLUICE_ROOT", json_text(root));
	json_object_set_new(env, "SLUICE_STEP", json_text(ops[h->op].step));
	add_colours(run, env, run_colour(run), run_old_colour(run));
	if (host_part(h) == OP_PART_ROUTER)
		json_object_update_new(env,
			json_pack("{s:s, s:s, s:s}", "SLUICE_RELEASE", "",
				"SLUICE_PREVIOUS", "", "SLUICE_VERSION",
				run->d.version));
	free(root);
	return env;
}

static json_t *
strings_json(const struct strings *list)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < list->count; i++)
		json_array_append_new(array, json_text(list->items[i]));
	return array;
}

/* A release that the host has: what runs there, or what was healthy last.
 * NULL: none that is known. */
static json_t *
stage_base(const struct run_host *h)
{
	const struct run *run = h->run;
	bool found = h->d.previous != NULL && !h->d.previous_is_foreign;
	char *dir = found ? xstrdup(h->d.previous) : run_back_release(h);
	char *version = release_dir_version(dir);
	char name[RELEASE_DIR_SIZE];
	struct release r;
	struct error e;
	json_t *base = NULL;

	if (dir != NULL &&
		store_release_find(run->rn->store, run->d.service, version, &r,
			&e) == 1) {
		release_dir(r.version, r.sha256, name);
		if (strcmp(name, dir) == 0)
			base = json_pack("{s:s, s:s, s:s, s:b}", "release", dir,
				"sha256", r.payload_sha256, "format",
				payload_format_name(r.format), "zstd",
				(int)h->has_zstd);
		release_finish(&r);
	}
	free(version);
	free(dir);
	return base;
}

static json_t *
stage_args(const struct run_host *h, int64_t *ret_timeout_ms)
{
	const struct run *run = h->run;
	const struct runner *rn = run->rn;
	const struct plan *p = &run->plan;
	int64_t bytes = 0, manifest_bytes = 0;
	char *path = rn->world->payload_path(
		rn->arg, p->payload_sha256, false, &bytes);
	char *manifest = rn->world->payload_path(
		rn->arg, p->payload_sha256, true, &manifest_bytes);
	char umask[8];
	json_t *args, *base = stage_base(h);

	snprintf(umask, sizeof(umask), "%03o", (unsigned)p->umask);
	args = json_pack(
		"{s:s, s:{s:o, s:I, s:s, s:s, s:o}, s:{s:o, s:I}, s:o, "
		"s:s, s:I}",
		"release", h->d.target, "payload", "path", json_text(path),
		"bytes", (json_int_t)p->payload_bytes, "sha256",
		p->payload_sha256, "format",
		payload_format_name(p->payload_format), "name",
		json_text(p->payload_name), "manifest", "path",
		json_text(manifest), "bytes", (json_int_t)manifest_bytes,
		"shared", strings_json(&p->shared), "umask", umask,
		"unpacked_bytes", (json_int_t)p->unpacked_bytes);
	if (base != NULL)
		json_object_set_new(args, "base", base);
	free(path);
	free(manifest);
	*ret_timeout_ms = 5 * QUICK_MS + p->payload_bytes / SLOWEST_LINK * 1000;
	return args;
}

/* Where a step runs: its release; the root where there is none. */
static const char *
step_release(const struct run_host *h, bool *ret_foreign)
{
	*ret_foreign = false;
	if (h->op == OP_BEFORE_ROLLBACK)
		return h->run->plan.release;
	*ret_foreign = h->d.is_foreign || host_part(h) == OP_PART_ROUTER;
	return host_part(h) == OP_PART_ROUTER ? "." : h->d.target;
}

static json_t *
step_args(const struct run_host *h, int64_t *ret_timeout_ms)
{
	const struct step *step = host_step(h, h->op);
	bool foreign;
	const char *release = step_release(h, &foreign);

	*ret_timeout_ms = step->timeout_ms + QUICK_MS;
	return json_pack("{s:s, s:i, s:s, s:I, s:o, s:b, s:o}", "step",
		ops[h->op].step, "attempt", h->step.attempt, "run", step->run,
		"timeout_ms", (json_int_t)step->timeout_ms, "release",
		json_text(release), "foreign", (int)foreign, "env",
		job_env(h));
}

/* A health check's target with its placeholders expanded. Labels that the
 * plan's host does not have were refused when the plan was made. */
static char *
health_target(const struct run_host *h, const struct health *check,
	const char *version, const char *colour)
{
	struct placeholder_values values = {.host = h->d.host,
		.address = h->at->host.address,
		.port = h->at->host.port,
		.service = h->run->d.service,
		.version = version,
		.env = h->run->d.env,
		.labels = &h->at->host.labels};
	struct error e;
	char *target;

	if (colour != NULL)
		traffic_values(&h->run->plan.traffic,
			(enum colour)colour_parse(colour), &values);
	if (check->kind == HEALTH_RUN ||
		placeholder_expand(check->target, &values, &target, &e) == -1)
		return xstrdup(check->target);
	return target;
}

/* env is taken. */
static json_t *
check_args(const struct run_host *h, const struct health *check, char *target,
	json_t *env, const char *release, bool is_foreign)
{
	json_t *args = json_pack("{s:s, s:s, s:I, s:o, s:o}",
		check->kind == HEALTH_RUN ? "run" : "target", target, "kind",
		health_kind_name(check->kind), "timeout_ms",
		(json_int_t)check->timeout_ms, "env", env, "cwd",
		release_path(h->at->root, release, is_foreign));

	free(target);
	return args;
}

static json_t *
health_args(const struct run_host *h, int64_t *ret_timeout_ms)
{
	const struct health *check = &h->commands->health[h->health];

	*ret_timeout_ms = check->timeout_ms + QUICK_MS;
	return check_args(h, check,
		health_target(h, check, h->d.version, run_colour(h->run)),
		job_env(h), h->d.target, h->d.is_foreign);
}

json_t *
job_health_of(const struct run_host *h, const struct health *check,
	const char *colour, const char *release, const char *version)
{
	bool is_new = strcmp(colour, run_colour(h->run)) == 0;
	char *root = host_root(h);
	json_t *env = job_env(h);

	json_object_update_new(env,
		json_pack("{s:o, s:o, s:s, s:s}", "SLUICE_VERSION",
			json_text(version), "SLUICE_RELEASE",
			release_path(root, release, false), "SLUICE_PREVIOUS",
			"", "SLUICE_STEP", "health"));
	add_colours(h->run, env, colour,
		is_new ? run_old_colour(h->run) : run_colour(h->run));
	free(root);
	return check_args(h, check, health_target(h, check, version, colour),
		env, release, false);
}

static json_t *
verify_back_args(const struct run_host *h)
{
	char *release = run_back_release(h);
	json_t *args = json_pack("{s:o}", "release", json_text(release));

	free(release);
	return args;
}

/* Releases that cleaning must leave: this one, what ran before, and the way
 * back, which is another where what ran before was not healthy. */
static json_t *
clean_args(const struct run_host *h)
{
	json_t *protect = json_array();
	char *back = run_back_release(h);

	json_array_append_new(protect, json_text(h->d.target));
	if (h->d.previous != NULL && !h->d.previous_is_foreign)
		json_array_append_new(protect, json_text(h->d.previous));
	if (back != NULL)
		json_array_append_new(protect, json_text(back));
	free(back);
	return json_pack(
		"{s:i, s:o}", "keep", h->run->plan.keep, "protect", protect);
}

static json_t *
switch_args(const struct run_host *h)
{
	json_t *args = json_pack("{s:s, s:i, s:b}", "release", h->d.target,
		"attempt", h->step.attempt, "foreign", (int)h->d.is_foreign);

	if (h->op == OP_SWITCH)
		return args;
	json_object_set_new(args, "slot", json_text(run_colour(h->run)));
	json_object_set_new(args, "live", json_boolean(h->op == OP_LINK));
	return args;
}

json_t *
job_args(const struct run_host *h, int64_t *ret_timeout_ms)
{
	*ret_timeout_ms = QUICK_MS;
	switch (h->op) {
	case OP_LOCK:
		return json_object();
	case OP_STAGE:
		return stage_args(h, ret_timeout_ms);
	case OP_VERIFY_BACK:
		*ret_timeout_ms = VERIFY_MS;
		return verify_back_args(h);
	case OP_VERIFY_TARGET:
		*ret_timeout_ms = VERIFY_MS;
		return json_pack("{s:s}", "release", h->d.target);
	case OP_BEFORE_SWITCH:
	case OP_AFTER_SWITCH:
	case OP_BEFORE_ROLLBACK:
	case OP_TRAFFIC:
		return step_args(h, ret_timeout_ms);
	case OP_SWITCH:
	case OP_SLOT:
	case OP_LINK:
		return switch_args(h);
	case OP_HEALTH:
		return health_args(h, ret_timeout_ms);
	case OP_UNLOCK:
		return json_pack("{s:s}", "note", host_state_name(h->d.state));
	case OP_CLEAN:
		return clean_args(h);
	case OP_LIVE: /* asked beside the jobs */
	case OP_COUNT:
		break;
	}
	assert(!"known op");
	return NULL;
}
