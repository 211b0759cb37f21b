/* world_types.c - what the console reads of each kind of object. */
#include "tui/world.h"

#include <stdlib.h>
#include <string.h>

#include "wire/json.h"

#define ROLLOUT_FIELD(key, filter, label, type, member)                        \
	{                                                                      \
		key, filter, label, type,                                      \
			offsetof(struct world_rollout, member)                 \
	}
static const struct field rollout_fields[] = {
	ROLLOUT_FIELD("change", "change", "change", FIELD_TEXT, change),
	ROLLOUT_FIELD("kind", "kind", "kind", FIELD_TEXT, kind),
	ROLLOUT_FIELD("state", "state", "state", FIELD_TEXT, state),
	ROLLOUT_FIELD("strategy", "strategy", "strategy", FIELD_TEXT, strategy),
	ROLLOUT_FIELD("service", "svc", "service", FIELD_TEXT, service),
	ROLLOUT_FIELD("version", "ver", "version", FIELD_TEXT, version),
	ROLLOUT_FIELD("env", "env", "environment", FIELD_TEXT, env),
	ROLLOUT_FIELD("env_kind", NULL, NULL, FIELD_TEXT, env_kind),
	ROLLOUT_FIELD("protect", NULL, NULL, FIELD_TEXT, protect),
	ROLLOUT_FIELD("phase", "step", "phase", FIELD_TEXT, phase),
	ROLLOUT_FIELD("author", "by", "author", FIELD_TEXT, author),
	ROLLOUT_FIELD("rollback", NULL, "undone by", FIELD_TEXT, rollback),
	ROLLOUT_FIELD("undoes", NULL, "undoes", FIELD_TEXT, undoes),
	ROLLOUT_FIELD("on_failure", NULL, "on failure", FIELD_TEXT, on_failure),
	ROLLOUT_FIELD("pause_cause", NULL, NULL, FIELD_TEXT, pause_cause),
	ROLLOUT_FIELD("reason", NULL, "reason", FIELD_TEXT, reason),
	ROLLOUT_FIELD("plan_digest", NULL, NULL, FIELD_TEXT, plan_digest),
	ROLLOUT_FIELD("failing", "host", "failing", FIELD_HOSTS, failing),
	ROLLOUT_FIELD("wave", "wave", NULL, FIELD_INT, wave),
	ROLLOUT_FIELD("waves", NULL, NULL, FIELD_INT, waves),
	ROLLOUT_FIELD("hosts_total", "hosts", NULL, FIELD_INT, hosts_total),
	ROLLOUT_FIELD("hosts_done", NULL, NULL, FIELD_INT, hosts_done),
	ROLLOUT_FIELD("hosts_failed", "failed", NULL, FIELD_INT, hosts_failed),
	ROLLOUT_FIELD(
		"hosts_unreachable", NULL, NULL, FIELD_INT, hosts_unreachable),
	ROLLOUT_FIELD("hosts_unknown", NULL, NULL, FIELD_INT, hosts_unknown),
	ROLLOUT_FIELD("hosts_pending", NULL, NULL, FIELD_INT, hosts_pending),
	ROLLOUT_FIELD("hosts_busy", NULL, NULL, FIELD_INT, hosts_busy),
	ROLLOUT_FIELD("started_at", "age", "started", FIELD_TIME, started_at),
	ROLLOUT_FIELD("finished_at", NULL, "finished", FIELD_TIME, finished_at),
	ROLLOUT_FIELD("eta_s", "eta", NULL, FIELD_SECONDS, eta_ms),
	ROLLOUT_FIELD("blue_green", NULL, NULL, FIELD_JSON, blue_green),
	ROLLOUT_FIELD("gate", NULL, NULL, FIELD_JSON, gate),
	ROLLOUT_FIELD("analysis", NULL, NULL, FIELD_JSON, analysis),
	ROLLOUT_FIELD("elapsed_s", NULL, NULL, FIELD_SECONDS, elapsed_ms),
};

#define CHANGE_FIELD(key, filter, label, type, member)                         \
	{                                                                      \
		key, filter, label, type,                                      \
			offsetof(struct world_change, member)                  \
	}
static const struct field change_fields[] = {
	CHANGE_FIELD("service", "svc", "service", FIELD_TEXT, service),
	CHANGE_FIELD("version", "ver", "version", FIELD_TEXT, version),
	CHANGE_FIELD("env", "env", "environment", FIELD_TEXT, env),
	CHANGE_FIELD("type", "type", "type", FIELD_TEXT, type),
	CHANGE_FIELD("state", "state", "state", FIELD_TEXT, state),
	CHANGE_FIELD("author", "by", "author", FIELD_TEXT, author),
	CHANGE_FIELD("revision", NULL, "revision", FIELD_INT, revision),
	CHANGE_FIELD(
		"plan_digest", NULL, "plan digest", FIELD_TEXT, plan_digest),
	CHANGE_FIELD(
		"waiting_for", NULL, "waiting for", FIELD_SAYINGS, waiting_for),
	CHANGE_FIELD("reason", NULL, "why", FIELD_TEXT, reason),
	CHANGE_FIELD("conflicts", NULL, "conflicts", FIELD_SAYINGS, conflicts),
	CHANGE_FIELD("warnings", NULL, "warnings", FIELD_SAYINGS, warnings),
	CHANGE_FIELD("why", NULL, "because", FIELD_TEXT, why),
	CHANGE_FIELD("decisions", NULL, "answers", FIELD_ANSWERS, answers),
	CHANGE_FIELD("taken_by", "taken", "taken by", FIELD_PERSONS, taken_by),
	CHANGE_FIELD("fits_window", NULL, "fits", FIELD_TEXT, fits_window),
	CHANGE_FIELD("unplanned", NULL, "incident", FIELD_TEXT, unplanned),
	CHANGE_FIELD("outcome", NULL, "outcome", FIELD_TEXT, outcome),
	CHANGE_FIELD("hosts", NULL, "only hosts", FIELD_TEXT, selector),
	CHANGE_FIELD("answer_by", "sla", "answer by", FIELD_TIME, answer_by),
	CHANGE_FIELD("review_by", NULL, "review by", FIELD_TIME, review_by),
	CHANGE_FIELD(
		"submitted_at", NULL, "submitted", FIELD_TIME, submitted_at),
	CHANGE_FIELD("risk", "risk", "risk", FIELD_INT, risk),
	CHANGE_FIELD("risk_band", NULL, NULL, FIELD_TEXT, risk_band),
	CHANGE_FIELD("grace_until", NULL, NULL, FIELD_TIME, grace_until),
	CHANGE_FIELD("last_safe_start_at", NULL, "last safe start", FIELD_TIME,
		last_safe_start_at),
	CHANGE_FIELD("env_kind", NULL, NULL, FIELD_TEXT, env_kind),
	CHANGE_FIELD("protect", NULL, NULL, FIELD_TEXT, protect),
	CHANGE_FIELD("rollout", NULL, "rollout", FIELD_TEXT, rollout),
	CHANGE_FIELD("strategy", "strategy", "strategy", FIELD_TEXT, strategy),
	CHANGE_FIELD("from_version", NULL, NULL, FIELD_TEXT, from_version),
	CHANGE_FIELD(
		"scheduled_at", "start", "scheduled", FIELD_TIME, scheduled_at),
	CHANGE_FIELD("approvals_required", NULL, "approvals needed", FIELD_INT,
		approvals_required),
	CHANGE_FIELD("approvals_given", NULL, "approvals given", FIELD_INT,
		approvals_given),
	CHANGE_FIELD("hosts_total", "hosts", "hosts", FIELD_INT, hosts_total),
	CHANGE_FIELD("created_at", "age", "created", FIELD_TIME, created_at),
	CHANGE_FIELD(
		"wants_signature", NULL, NULL, FIELD_BOOL, wants_signature),
};

#define RELEASE_FIELD(key, filter, label, type, member)                        \
	{                                                                      \
		key, filter, label, type,                                      \
			offsetof(struct world_release, member)                 \
	}
static const struct field release_fields[] = {
	RELEASE_FIELD("service", "svc", "service", FIELD_TEXT, service),
	RELEASE_FIELD("version", "ver", "version", FIELD_TEXT, version),
	RELEASE_FIELD("sha256", NULL, "sha256", FIELD_TEXT, sha256),
	RELEASE_FIELD("size_bytes", "size", "bytes", FIELD_INT, size_bytes),
	RELEASE_FIELD("files", NULL, "files", FIELD_INT, files),
	RELEASE_FIELD("created_at", "age", "added", FIELD_TIME, created_at),
	RELEASE_FIELD("created_by", "by", "added by", FIELD_TEXT, created_by),
	RELEASE_FIELD("signed_by", NULL, "signed by", FIELD_TEXT, signed_by),
	RELEASE_FIELD("notes", NULL, "notes", FIELD_TEXT, notes),
	RELEASE_FIELD("commit", "commit", "commit", FIELD_TEXT, commit),
	RELEASE_FIELD("refused", NULL, "refused", FIELD_TEXT, refused),
	RELEASE_FIELD(
		"quarantined", NULL, "quarantined", FIELD_BOOL, quarantined),
};

#define HOST_FIELD(key, filter, label, type, member)                           \
	{                                                                      \
		key, filter, label, type, offsetof(struct world_host, member)  \
	}
static const struct field host_fields[] = {
	HOST_FIELD("name", "host", "name", FIELD_TEXT, name),
	HOST_FIELD("address", "address", "address", FIELD_TEXT, address),
	HOST_FIELD("port", NULL, "port", FIELD_INT, port),
	HOST_FIELD("user", NULL, "user", FIELD_TEXT, user),
	HOST_FIELD("path", NULL, "path", FIELD_TEXT, path),
	HOST_FIELD(
		"transport", "transport", "transport", FIELD_TEXT, transport),
	HOST_FIELD("transport_reason", NULL, "because", FIELD_TEXT,
		transport_reason),
	HOST_FIELD("key_fingerprint", NULL, "host key", FIELD_TEXT,
		key_fingerprint),
	HOST_FIELD("envs", "env", "environments", FIELD_WORDS, envs),
	HOST_FIELD("service", "svc", NULL, FIELD_TEXT, service),
	HOST_FIELD("env", NULL, NULL, FIELD_TEXT, env),
	HOST_FIELD("state", "state", "state", FIELD_TEXT, state),
	HOST_FIELD("version", "ver", "version", FIELD_TEXT, version),
	HOST_FIELD("expected_version", NULL, "expected", FIELD_TEXT,
		expected_version),
	HOST_FIELD("previous_version", NULL, "previous", FIELD_TEXT,
		previous_version),
	HOST_FIELD("labels", NULL, "labels", FIELD_LABELS, labels),
	HOST_FIELD("deployments", NULL, "runs", FIELD_RUNS, runs),
	HOST_FIELD("engine_id", NULL, "engine", FIELD_TEXT, engine_id),
	HOST_FIELD(
		"last_seen_at", "seen", "last seen", FIELD_TIME, last_seen_at),
};

#define ENTRY_FIELD(key, filter, label, type, member)                          \
	{                                                                      \
		key, filter, label, type, offsetof(struct world_entry, member) \
	}
static const struct field entry_fields[] = {
	ENTRY_FIELD("seq", "seq", "entry", FIELD_INT, seq),
	ENTRY_FIELD("at", "age", "time", FIELD_TIME, at),
	ENTRY_FIELD("who", "who", "who", FIELD_TEXT, who),
	ENTRY_FIELD("what", "what", "what", FIELD_TEXT, what),
	ENTRY_FIELD("object", "id", "object", FIELD_TEXT, object),
	ENTRY_FIELD("reason", "reason", "reason", FIELD_TEXT, reason),
	ENTRY_FIELD("hash", NULL, "hash", FIELD_TEXT, hash),
	ENTRY_FIELD("prev_hash", NULL, NULL, FIELD_TEXT, prev_hash),
	ENTRY_FIELD("detail", NULL, NULL, FIELD_JSON, detail),
};

#define RHOST_FIELD(key, filter, label, type, member)                          \
	{                                                                      \
		key, filter, label, type,                                      \
			offsetof(struct rollout_host, member)                  \
	}
static const struct field rollout_host_fields[] = {
	RHOST_FIELD("host", "host", "host", FIELD_TEXT, host),
	RHOST_FIELD("state", "state", "state", FIELD_TEXT, state),
	RHOST_FIELD("step", "step", "step", FIELD_TEXT, step),
	RHOST_FIELD("version", "ver", "version", FIELD_TEXT, version),
	RHOST_FIELD("previous_version", NULL, "before", FIELD_TEXT,
		previous_version),
	RHOST_FIELD("error", "error", "error", FIELD_TEXT, error),
	RHOST_FIELD("wave", "wave", "wave", FIELD_INT, wave),
	RHOST_FIELD("attempts", NULL, "attempts", FIELD_INT, attempts),
	RHOST_FIELD("index", NULL, NULL, FIELD_INT, index),
	RHOST_FIELD("staged_bytes", NULL, NULL, FIELD_INT, staged_bytes),
	RHOST_FIELD("busy", NULL, NULL, FIELD_BOOL, busy),
};

#define REQUEST_FIELD(key, filter, label, type, member)                        \
	{                                                                      \
		key, filter, label, type,                                      \
			offsetof(struct world_request, member)                 \
	}
static const struct field request_fields[] = {
	REQUEST_FIELD("kind", "kind", "kind", FIELD_TEXT, kind),
	REQUEST_FIELD("object", NULL, "object", FIELD_TEXT, object),
	REQUEST_FIELD("what", NULL, "what", FIELD_TEXT, what),
	REQUEST_FIELD("why", NULL, "because", FIELD_TEXT, why),
	REQUEST_FIELD("state", "state", "state", FIELD_TEXT, state),
	REQUEST_FIELD("author", "by", "asked by", FIELD_TEXT, author),
	REQUEST_FIELD("plan_digest", NULL, "digest", FIELD_TEXT, plan_digest),
	REQUEST_FIELD("reason", NULL, "why", FIELD_TEXT, reason),
	REQUEST_FIELD(
		"waiting_for", NULL, "waiting for", FIELD_SAYINGS, waiting_for),
	REQUEST_FIELD("decisions", NULL, "answers", FIELD_ANSWERS, answers),
	REQUEST_FIELD("created_at", "age", "asked", FIELD_TIME, created_at),
	REQUEST_FIELD("answer_by", "sla", "answer by", FIELD_TIME, answer_by),
	REQUEST_FIELD("approvals_required", NULL, "approvals needed", FIELD_INT,
		approvals_required),
	REQUEST_FIELD("approvals_given", NULL, "approvals given", FIELD_INT,
		approvals_given),
	REQUEST_FIELD(
		"wants_signature", NULL, NULL, FIELD_BOOL, wants_signature),
};

static const struct field need_fields[] = {
	{"needs", NULL, "needs", FIELD_TEXT,
		offsetof(struct world_need, needs)},
};

#define STEP_FIELD(key, filter, label, type, member)                           \
	{                                                                      \
		key, filter, label, type,                                      \
			offsetof(struct rollout_step, member)                  \
	}
static const struct field step_fields[] = {
	STEP_FIELD("host", NULL, NULL, FIELD_TEXT, host),
	STEP_FIELD("step", NULL, NULL, FIELD_TEXT, step),
	STEP_FIELD("state", NULL, NULL, FIELD_TEXT, state),
	STEP_FIELD("signal", NULL, NULL, FIELD_TEXT, signal),
	STEP_FIELD("error", NULL, NULL, FIELD_TEXT, error),
	STEP_FIELD("attempt", NULL, NULL, FIELD_INT, attempt),
	STEP_FIELD("exit", NULL, NULL, FIELD_INT, exit),
	STEP_FIELD("started_at", NULL, NULL, FIELD_TIME, started_at),
	STEP_FIELD("finished_at", NULL, NULL, FIELD_TIME, finished_at),
	STEP_FIELD("duration_s", NULL, NULL, FIELD_SECONDS, duration_ms),
	STEP_FIELD("output_bytes", NULL, NULL, FIELD_INT, output_bytes),
};

static char *
text_or_null(const json_t *o, const char *key)
{
	return json_is_string(json_object_get(o, key)) ? record_text(o, key)
						       : NULL;
}

static char *
id_by_id(const json_t *o)
{
	return text_or_null(o, "id");
}

static char *
id_by_name(const json_t *o)
{
	return text_or_null(o, "name");
}

static char *
id_by_host(const json_t *o)
{
	return text_or_null(o, "host");
}

static char *
id_by_version(const json_t *o)
{
	char *service = record_text(o, "service");
	char *version = record_text(o, "version");
	char *id = xasprintf("%s %s", service, version);

	free(service);
	free(version);
	return id;
}

static char *
id_by_seq(const json_t *o)
{
	return xasprintf("%lld", (long long)json_get_int(o, "seq", 0));
}

static char *
id_by_step(const json_t *o)
{
	char *host = record_text(o, "host"), *step = record_text(o, "step");
	char *id = xasprintf("%s/%s/%lld", host, step,
		(long long)json_get_int(o, "attempt", 0));

	free(host);
	free(step);
	return id;
}

/* The number of "R-57". */
static int64_t
order_by_number(const json_t *o, size_t arrival)
{
	const char *id = json_get_string(o, "id", "");
	const char *dash = strchr(id, '-');

	return dash != NULL ? strtoll(dash + 1, NULL, 10) : (int64_t)arrival;
}

static int64_t
order_by_arrival(const json_t *o, size_t arrival)
{
	(void)o;
	return (int64_t)arrival;
}

static int64_t
order_by_seq(const json_t *o, size_t arrival)
{
	return json_get_int(o, "seq", (int64_t)arrival);
}

static int64_t
order_by_index(const json_t *o, size_t arrival)
{
	return json_get_int(o, "index", (int64_t)arrival);
}

const struct record_type world_types[WORLD_LIST_COUNT] = {
	{"rollout", sizeof(struct world_rollout), rollout_fields,
		ARRAY_SIZE(rollout_fields), id_by_id, order_by_number},
	{"change", sizeof(struct world_change), change_fields,
		ARRAY_SIZE(change_fields), id_by_id, order_by_number},
	{"release", sizeof(struct world_release), release_fields,
		ARRAY_SIZE(release_fields), id_by_version, order_by_arrival},
	{"host", sizeof(struct world_host), host_fields,
		ARRAY_SIZE(host_fields), id_by_name, order_by_arrival},
	{"entry", sizeof(struct world_entry), entry_fields,
		ARRAY_SIZE(entry_fields), id_by_seq, order_by_seq},
	{"host", sizeof(struct rollout_host), rollout_host_fields,
		ARRAY_SIZE(rollout_host_fields), id_by_host, order_by_index},
	{"step", sizeof(struct rollout_step), step_fields,
		ARRAY_SIZE(step_fields), id_by_step, order_by_arrival},
	{"request", sizeof(struct world_request), request_fields,
		ARRAY_SIZE(request_fields), id_by_id, order_by_number},
	{"need", sizeof(struct world_need), need_fields,
		ARRAY_SIZE(need_fields), id_by_id, order_by_number},
};
