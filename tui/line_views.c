/* line_views.c - how each kind of object is shown: the columns of its lists,
 * the fields of one, what is said after an act. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "tui/line.h"
#include "wire/json.h"

static const char *
str(const json_t *o, const char *key)
{
	return json_get_string(o, key, "");
}

/* "12/40", and what of it failed. */
static void
make_done(struct strbuf *out, const json_t *o)
{
	int64_t failed = json_get_int(o, "hosts_failed", 0);
	int64_t unknown = json_get_int(o, "hosts_unknown", 0);
	int64_t lost = json_get_int(o, "hosts_unreachable", 0) - unknown;

	strbuf_addf(out, "%d/%d", (int)json_get_int(o, "hosts_done", 0),
		(int)json_get_int(o, "hosts_total", 0));
	if (failed > 0)
		strbuf_addf(out, " %d failed", (int)failed);
	if (lost > 0)
		strbuf_addf(out, " %d unreachable", (int)lost);
	if (unknown > 0)
		strbuf_addf(out, " %d unknown", (int)unknown);
}

/* Where it is, unless its state says that already. */
static void
make_phase(struct strbuf *out, const json_t *o)
{
	if (strcmp(str(o, "phase"), str(o, "state")) != 0)
		strbuf_adds(out, str(o, "phase"));
}

static void
make_what(struct strbuf *out, const json_t *o)
{
	strbuf_addf(out, "%s %s", str(o, "service"), str(o, "version"));
}

static void
make_failing(struct strbuf *out, const json_t *o)
{
	const json_t *list = json_object_get(o, "failing"), *item;
	size_t i;

	json_array_foreach(list, i, item)
		strbuf_addf(out, "%s%s: %s", i ? "\n" : "", str(item, "host"),
			str(item, "error"));
}

/* What runs on a host: "shop 1.4.2 (behind)". */
static void
make_runs(struct strbuf *out, const json_t *o)
{
	const json_t *list = json_object_get(o, "deployments"), *d;
	size_t i;

	json_array_foreach(list, i, d) {
		strbuf_addf(out, "%s%s %s", i ? ", " : "", str(d, "service"),
			*str(d, "version") ? str(d, "version") : "nothing");
		if (strcmp(str(d, "state"), "behind") == 0 &&
			*str(d, "rollout"))
			strbuf_addf(out, " (behind, missed %s)",
				str(d, "rollout"));
		else if (strcmp(str(d, "state"), "healthy") != 0 &&
			 *str(d, "state"))
			strbuf_addf(out, " (%s)", str(d, "state"));
	}
}

static void
make_address(struct strbuf *out, const json_t *o)
{
	int64_t port = json_get_int(o, "port", 0);

	if (strcmp(str(o, "transport"), "local") == 0)
		strbuf_adds(out, str(o, "path"));
	else if (port > 0 && port != 22)
		strbuf_addf(out, "%s:%d", str(o, "address"), (int)port);
	else
		strbuf_adds(out, str(o, "address"));
}

static void
make_labels(struct strbuf *out, const json_t *o)
{
	json_t *labels = json_object_get(o, "labels"), *value;
	const char *name;

	json_object_foreach(labels, name, value)
		strbuf_addf(out, "%s%s=%s", out->len ? " " : "", name,
			json_is_string(value) ? json_string_value(value) : "");
}

/* The end of a step in one word. */
static void
make_exit(struct strbuf *out, const json_t *o)
{
	const json_t *status = json_object_get(o, "exit");
	const json_t *signal = json_object_get(o, "signal");

	if (json_is_integer(signal) && json_integer_value(signal) != 0)
		strbuf_addf(out, "signal %d", (int)json_integer_value(signal));
	else if (json_is_integer(status))
		strbuf_addf(out, "%d", (int)json_integer_value(status));
}

static const struct column release_columns[] = {
	{"SERVICE", "service", COLUMN_TEXT, NULL},
	{"VERSION", "version", COLUMN_TEXT, NULL},
	{"SHA256", "sha256", COLUMN_DIGEST, NULL},
	{"SIZE", "size_bytes", COLUMN_SIZE, NULL},
	{"FILES", "files", COLUMN_COUNT, NULL},
	{"ADDED", "created_at", COLUMN_TIME, NULL},
	{"BY", "created_by", COLUMN_TEXT, NULL},
	{"REFUSED", "refused", COLUMN_TEXT, NULL},
};

/* One line each: "scan pass, 2 low, claimed by alice". */
static void
make_evidence(struct strbuf *out, const json_t *o)
{
	static const char *const counts[] = {"passed", "failed", "skipped",
		"critical", "high", "medium", "low", "waived"};
	const json_t *list = json_object_get(o, "evidence"), *v;
	size_t i, k;

	json_array_foreach(list, i, v) {
		strbuf_addf(out, "%s%s%s%s %s", i ? "\n" : "", str(v, "kind"),
			*str(v, "role") ? " by " : "", str(v, "role"),
			str(v, "result"));
		for (k = 0; k < ARRAY_SIZE(counts); k++)
			if (json_get_int(v, counts[k], 0) > 0)
				strbuf_addf(out, ", %d %s",
					(int)json_get_int(v, counts[k], 0),
					counts[k]);
		strbuf_addf(out, ", claimed by %s", str(v, "claimed_by"));
	}
}

static void
make_needs(struct strbuf *out, const json_t *o)
{
	const json_t *list = json_object_get(o, "needs"), *need;
	size_t i;

	json_array_foreach(list, i, need)
		strbuf_addf(out, "%s%s", i ? " " : "", json_string_value(need));
}

/* "prod: 1.0 on 3 of 4 hosts, 1.1 on 1; C-12 running" for each. */
static void
make_where(struct strbuf *out, const json_t *o)
{
	const json_t *list = json_object_get(o, "environments"), *env, *v;
	size_t i, k;

	json_array_foreach(list, i, env) {
		int all = (int)json_get_int(env, "hosts_total", 0);

		strbuf_addf(out, "%s%s: ", i ? "\n" : "", str(env, "env"));
		json_array_foreach(json_object_get(env, "running"), k, v) {
			strbuf_addf(out, "%s%s on %d", k ? ", " : "",
				*str(v, "version") ? str(v, "version")
						   : "nothing",
				(int)json_get_int(v, "hosts", 0));
			if (k == 0)
				strbuf_addf(out, " of %d host%s", all,
					all == 1 ? "" : "s");
		}
		if (k == 0)
			strbuf_adds(out, "no hosts");
		if (*str(env, "change"))
			strbuf_addf(out, "; %s %s", str(env, "change"),
				str(env, "state"));
		if (json_get_bool(env, "next", false))
			strbuf_adds(out, "; next");
	}
}

static const struct column release_fields[] = {
	{"service", "service", COLUMN_TEXT, NULL},
	{"version", "version", COLUMN_TEXT, NULL},
	{"artefact", "file_name", COLUMN_TEXT, NULL},
	{"format", "format", COLUMN_TEXT, NULL},
	{"sha256", "sha256", COLUMN_DIGEST, NULL},
	{"size", "size_bytes", COLUMN_SIZE, NULL},
	{"files", "files", COLUMN_COUNT, NULL},
	{"added", "created_at", COLUMN_TIME, NULL},
	{"by", "created_by", COLUMN_TEXT, NULL},
	{"commit", "commit", COLUMN_TEXT, NULL},
	{"committed", "committed_at", COLUMN_TIME, NULL},
	{"needs", NULL, COLUMN_TEXT, make_needs},
	{"signed by", "signed_by", COLUMN_TEXT, NULL},
	{"refused", "refused", COLUMN_TEXT, NULL},
	{"evidence", NULL, COLUMN_TEXT, make_evidence},
	{"environments", NULL, COLUMN_TEXT, make_where},
	{"notes", "notes", COLUMN_TEXT, NULL},
};

static void
release_summary(struct line *l, const json_t *o)
{
	int64_t files = json_get_int(o, "files", 0);
	char size[TIME_TEXT_SIZE];
	struct strbuf shown;

	size_format(json_get_int(o, "size_bytes", 0), size);
	if (*str(o, "refused"))
		line_say(l, "%s %s is %s", str(o, "service"),
			str(o, "version"), str(o, "refused"));
	else
		line_say(l, "%s %s  sha256 %.12s  %s in %d file%s",
			str(o, "service"), str(o, "version"),
			str(o, "sha256"), size, (int)files,
			files == 1 ? "" : "s");
	if (json_array_size(json_object_get(o, "evidence")) > 0) {
		strbuf_init(&shown);
		make_evidence(&shown, o);
		line_say(l, "%s", shown.buf);
		strbuf_finish(&shown);
	}
}

const struct view view_release = {
	"releases", VIEW(release_columns, release_fields), release_summary};

static const struct column rollout_columns[] = {
	{"ID", "id", COLUMN_TEXT, NULL},
	{"CHANGE", "change", COLUMN_TEXT, NULL},
	{"KIND", "kind", COLUMN_TEXT, NULL},
	{"STATE", "state", COLUMN_STATE, NULL},
	{"RELEASE", NULL, COLUMN_TEXT, make_what},
	{"ENV", "env", COLUMN_TEXT, NULL},
	{"PHASE", NULL, COLUMN_TEXT, make_phase},
	{"HOSTS", NULL, COLUMN_TEXT, make_done},
	{"STARTED", "started_at", COLUMN_TIME, NULL},
	{"FINISHED", "finished_at", COLUMN_TIME, NULL},
	{"REASON", "reason", COLUMN_TEXT, NULL},
};

/* "green is live; blue is down: 2 of 2 hosts ...". */
static void
make_colours(struct strbuf *out, const json_t *o)
{
	static const char *const parts[] = {"kept", "serving"};
	const json_t *b = json_object_get(o, "blue_green");
	size_t i;

	if (!json_is_object(b))
		return;
	if (*str(b, "live"))
		strbuf_addf(out, "%s is live", str(b, "live"));
	else
		strbuf_addf(out, "%s is to go live", str(b, "colour"));
	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		const json_t *part = json_object_get(b, parts[i]);

		if (json_is_object(part) && *str(part, "reason"))
			strbuf_addf(out, "; %s", str(part, "reason"));
	}
}

static const struct column rollout_fields[] = {
	{"rollout", "id", COLUMN_TEXT, NULL},
	{"change", "change", COLUMN_TEXT, NULL},
	{"kind", "kind", COLUMN_TEXT, NULL},
	{"undoes", "undoes", COLUMN_TEXT, NULL},
	{"undone by", "rollback", COLUMN_TEXT, NULL},
	{"state", "state", COLUMN_STATE, NULL},
	{"reason", "reason", COLUMN_TEXT, NULL},
	{"release", NULL, COLUMN_TEXT, make_what},
	{"environment", "env", COLUMN_TEXT, NULL},
	{"strategy", "strategy", COLUMN_TEXT, NULL},
	{"on failure", "on_failure", COLUMN_TEXT, NULL},
	{"phase", NULL, COLUMN_TEXT, make_phase},
	{"colours", NULL, COLUMN_TEXT, make_colours},
	{"wave", "wave", COLUMN_COUNT, NULL},
	{"waves", "waves", COLUMN_COUNT, NULL},
	{"hosts", NULL, COLUMN_TEXT, make_done},
	{"started by", "author", COLUMN_TEXT, NULL},
	{"started", "started_at", COLUMN_TIME, NULL},
	{"finished", "finished_at", COLUMN_TIME, NULL},
	{"took", "elapsed_s", COLUMN_SECONDS, NULL},
	{"expected left", "eta_s", COLUMN_SECONDS, NULL},
	{"failing", NULL, COLUMN_TEXT, make_failing},
};

/* What a person may want to do next with a rollout in this state. */
static void
say_next(struct line *l, const json_t *o)
{
	const char *state = str(o, "state"), *id = str(o, "id");

	if (*str(o, "rollback") != '\0')
		line_say(l, "%s takes hosts back; see it with: %s watch %s",
			str(o, "rollback"), line_program(l),
			str(o, "rollback"));
	else if (strcmp(state, "paused") == 0)
		line_say(l, "go on with: %s resume %s", line_program(l),
			id);
	else if (strcmp(state, "pending") == 0 ||
		 strcmp(state, "staging") == 0 || strcmp(state, "running") == 0)
		line_say(l, "see it with: %s watch %s", line_program(l),
			id);
}

static void
rollout_summary(struct line *l, const json_t *o)
{
	struct strbuf done;

	strbuf_init(&done);
	make_done(&done, o);
	line_say(l, "%s %s: %s%s %s to %s, hosts %s%s%s", str(o, "id"),
		str(o, "state"),
		strcmp(str(o, "kind"), "rollback") == 0 ? "back to " : "",
		str(o, "service"), str(o, "version"), str(o, "env"), done.buf,
		*str(o, "reason") ? ": " : "", str(o, "reason"));
	strbuf_finish(&done);
	if (strcmp(str(o, "kind"), "rollback") == 0)
		line_say(l, "what it takes back starts in no other environment "
			    "until it succeeds in '%s'",
			str(o, "env"));
	say_next(l, o);
}

const struct view view_rollout = {
	"rollouts", VIEW(rollout_columns, rollout_fields), rollout_summary};

static const struct column rollout_host_columns[] = {
	{"HOST", "host", COLUMN_TEXT, NULL},
	{"WAVE", "wave", COLUMN_COUNT, NULL},
	{"STATE", "state", COLUMN_STATE, NULL},
	{"VERSION", "version", COLUMN_TEXT, NULL},
	{"BEFORE", "previous_version", COLUMN_TEXT, NULL},
	{"STEP", "step", COLUMN_TEXT, NULL},
	{"ATTEMPTS", "attempts", COLUMN_COUNT, NULL},
	{"ERROR", "error", COLUMN_TEXT, NULL},
};

const struct view view_rollout_host = {"hosts",
	VIEW(rollout_host_columns, rollout_host_columns), NULL};

static const struct column step_columns[] = {
	{"STARTED", "started_at", COLUMN_TIME, NULL},
	{"HOST", "host", COLUMN_TEXT, NULL},
	{"STEP", "step", COLUMN_TEXT, NULL},
	{"ATTEMPT", "attempt", COLUMN_COUNT, NULL},
	{"STATE", "state", COLUMN_STATE, NULL},
	{"TOOK", "duration_s", COLUMN_SECONDS, NULL},
	{"EXIT", NULL, COLUMN_TEXT, make_exit},
	{"ERROR", "error", COLUMN_TEXT, NULL},
};

const struct view view_step = {
	"steps", VIEW(step_columns, step_columns), NULL};

static const struct column log_columns[] = {
	{"AT", "at", COLUMN_TIME, NULL},
	{"HOST", "host", COLUMN_TEXT, NULL},
	{"STEP", "step", COLUMN_TEXT, NULL},
	{"TEXT", "text", COLUMN_TEXT, NULL},
};

const struct view view_log = {"lines", VIEW(log_columns, log_columns), NULL};

static const struct column host_columns[] = {
	{"HOST", "name", COLUMN_TEXT, NULL},
	{"RUNS", NULL, COLUMN_TEXT, make_runs},
	{"ENVS", "envs", COLUMN_LIST, NULL},
	{"LAST SEEN", "last_seen_at", COLUMN_TIME, NULL},
	{"TRANSPORT", "transport", COLUMN_TEXT, NULL},
	{"LABELS", NULL, COLUMN_TEXT, make_labels},
	{"ADDRESS", NULL, COLUMN_TEXT, make_address},
	{"OUT OF SERVICE", "excluded", COLUMN_TEXT, NULL},
};

static const struct column host_fields[] = {
	{"host", "name", COLUMN_TEXT, NULL},
	{"address", NULL, COLUMN_TEXT, make_address},
	{"user", "user", COLUMN_TEXT, NULL},
	{"transport", "transport", COLUMN_TEXT, NULL},
	{"chosen because", "transport_reason", COLUMN_TEXT, NULL},
	{"host key", "key_fingerprint", COLUMN_TEXT, NULL},
	{"environments", "envs", COLUMN_LIST, NULL},
	{"labels", NULL, COLUMN_TEXT, make_labels},
	{"engine", "engine_id", COLUMN_TEXT, NULL},
	{"last seen", "last_seen_at", COLUMN_TIME, NULL},
	{"out of service", "excluded", COLUMN_TEXT, NULL},
};

static void
host_summary(struct line *l, const json_t *o)
{
	if (*str(o, "excluded") != '\0')
		line_say(l,
			"%s is out of service: new plans leave it out and "
			"name it",
			str(o, "name"));
	else
		line_say(l, "%s is in service", str(o, "name"));
}

const struct view view_host = {
	"hosts", VIEW(host_columns, host_fields), host_summary};

static void
adopt_summary(struct line *l, const json_t *o)
{
	const json_t *list = json_object_get(o, "services"), *s;
	size_t i;

	json_array_foreach(list, i, s)
		line_say(l, "%s: %s in %s is this engine's now", str(o, "host"),
			str(s, "service"), str(s, "root"));
}

const struct view view_adopt = {
	"hosts", VIEW(host_fields, host_fields), adopt_summary};

/* What is not as it should be, one a line. */
static void
make_conditions(struct strbuf *out, const json_t *o)
{
	const json_t *c;
	size_t i;

	json_array_foreach(json_object_get(o, "conditions"), i, c)
		strbuf_addf(out, "%s%s", i ? "\n" : "",
			json_get_string(c, "message", ""));
}

static const struct column engine_fields[] = {
	{"version", "version", COLUMN_TEXT, NULL},
	{"pid", "pid", COLUMN_COUNT, NULL},
	{"user", "user", COLUMN_TEXT, NULL},
	{"state", "state_dir", COLUMN_TEXT, NULL},
	{"socket", "socket", COLUMN_TEXT, NULL},
	{"configuration", "config", COLUMN_TEXT, NULL},
	{"started", "started_at", COLUMN_TIME, NULL},
	{"engine id", "engine_id", COLUMN_TEXT, NULL},
	{"epoch", "epoch", COLUMN_COUNT, NULL},
	{"key", "key_source", COLUMN_TEXT, NULL},
	{"ledger head", "ledger_head", COLUMN_TEXT, NULL},
	{"conditions", NULL, COLUMN_TEXT, make_conditions},
};

const struct view view_engine = {
	"engines", VIEW(engine_fields, engine_fields), NULL};

static void
make_free(struct strbuf *out, const json_t *o)
{
	char size[TIME_TEXT_SIZE];
	int64_t bytes = json_get_int(o, "free_bytes", -1);

	if (bytes < 0)
		return;
	size_format(bytes, size);
	strbuf_adds(out, size);
}

static void
make_reach(struct strbuf *out, const json_t *o)
{
	strbuf_adds(out, !json_get_bool(o, "reachable", false) ? "failed"
			 : json_get_bool(o, "ok", true)	       ? "ok"
							       : "degraded");
}

/* All that is wrong, in words. */
static void
make_problems(struct strbuf *out, const json_t *o)
{
	const json_t *list = json_object_get(o, "problems"), *p;
	size_t i;

	json_array_foreach(list, i, p)
		strbuf_addf(out, "%s%s", i ? "; " : "", json_string_value(p));
	if (*str(o, "excluded") != '\0')
		strbuf_addf(out, "%sout of service: %s", out->len ? "; " : "",
			str(o, "excluded"));
}

static void
make_inodes(struct strbuf *out, const json_t *o)
{
	int64_t inodes = json_get_int(o, "free_inodes", 0);

	if (inodes > 0)
		strbuf_addf(out, "%lld", (long long)inodes);
}

/* What it lacks of what could be used. */
static void
make_lacks(struct strbuf *out, const json_t *o)
{
	json_t *tools = json_object_get(o, "tools"), *has;
	const char *name;

	json_object_foreach(tools, name, has)
		if (!json_is_true(has))
			strbuf_addf(out, "%s%s", out->len ? "," : "", name);
}

/* How far the host's clock is off: "-120ms". */
static void
make_clock(struct strbuf *out, const json_t *o)
{
	const json_t *v = json_object_get(o, "clock_offset_s");
	double offset_s = json_number_value(v);
	char text[TIME_TEXT_SIZE];

	if (!json_is_number(v))
		return;
	duration_format((int64_t)(fabs(offset_s) * 1000), text);
	strbuf_addf(out, "%s%s", offset_s < 0 ? "-" : "+", text);
}

/* What `current` of each service is, and who holds the host's lease. */
static void
make_found(struct strbuf *out, const json_t *o)
{
	const json_t *list = json_object_get(o, "services"), *s, *lease;
	size_t i;

	json_array_foreach(list, i, s) {
		const char *what = str(s, "current");

		if (*what == '\0')
			what = *str(s, "current_target")
				       ? str(s, "current_target")
				       : str(s, "current_kind");
		strbuf_addf(out, "%s%s %s", i ? ", " : "", str(s, "service"),
			*what ? what : "none");
		lease = json_object_get(s, "lease");
		if (json_is_object(lease))
			strbuf_addf(out, " (held by %s)",
				str(lease, "rollout"));
	}
}

static const struct column host_check_columns[] = {
	{"HOST", "name", COLUMN_TEXT, NULL},
	{"STATE", NULL, COLUMN_STATE, make_reach},
	{"USER", "user", COLUMN_TEXT, NULL},
	{"KEY", "key_fingerprint", COLUMN_TEXT, NULL},
	{"FREE", NULL, COLUMN_TEXT, make_free},
	{"INODES", NULL, COLUMN_TEXT, make_inodes},
	{"CLOCK", NULL, COLUMN_TEXT, make_clock},
	{"LACKS", NULL, COLUMN_TEXT, make_lacks},
	{"CURRENT", NULL, COLUMN_TEXT, make_found},
	{"PROBLEMS", NULL, COLUMN_TEXT, make_problems},
};

const struct view view_host_check = {
	"hosts", VIEW(host_check_columns, host_check_columns), NULL};

static void
pruned_summary(struct line *l, const json_t *o)
{
	char size[TIME_TEXT_SIZE];

	size_format(json_get_int(o, "bytes", 0), size);
	line_say(l, "%lld artefacts (%s) and %lld pieces of logs were removed",
		(long long)json_get_int(o, "artefacts", 0), size,
		(long long)json_get_int(o, "log_pieces", 0));
}

const struct view view_pruned = {
	"artefacts", VIEW(host_check_columns, host_check_columns),
	pruned_summary};
