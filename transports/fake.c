/*
 * fake.c - hosts that are only remembered: no I/O, thousands of them in one
 * pusher, for tests and simulations.
 *
 * The "path" of a host is its script, words with commas between:
 *   latency=5ms        how long every act takes
 *   unreachable        never answers
 *   refuse=CODE        acts that need the lease are refused (busy,
 *                      foreign_engine, no_space, exists ...)
 *   fail=WORD          the act (stage, switch, exec ...) or the step of that
 *                      name fails; fail_once=WORD only the first time
 *   lost_once=WORD     the link breaks after it happened, the first time
 *   interrupt=WORD     the step of that name began and was cut off
 *   output=N           commands print N lines
 *   print=TEXT         commands print TEXT
 *   level=N            metrics that are commands are about N
 *   dislikes=TEXT      steps of a release whose name has TEXT in it fail
 *   keep=DIR           what the host has outlives the pusher, in a file there
 * What was staged, switched to and run is kept per service and host for as
 * long as the pusher lives.
 *
 * Where SLUICE_FAKE_AT_ONCE is set nothing takes time: the engine that makes a
 * history moves the clock itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/units.h"
#include "transports/pusher.h"
#include "wire/json.h"

#define FREE_BYTES 1000000000000LL

struct fake {
	uv_timer_t timer;
	struct lane *lane;
	json_t *releases; /* list of names */
	json_t *steps;    /* what ended: key, exit status */
	json_t *once;     /* words that were used up */
	char *engine, *current, *previous;
	int64_t epoch;
	char *file; /* where that is kept; NULL: nowhere */
};

/* The value of a word of the script (owned), NULL where it is not there. */
static char *
script_get(const struct job *job, const char *word)
{
	const char *at = job->host.path == NULL ? "" : job->host.path;
	size_t n = strlen(word);

	while (*at != '\0') {
		size_t len = strcspn(at, ",");

		if (len >= n && memcmp(at, word, n) == 0 &&
			(len == n || at[n] == '='))
			return xstrndup(at + n + (len > n),
				len - n - (len > n));
		at += len + (at[len] == ',');
	}
	return NULL;
}

static bool
script_is(const struct job *job, const char *word, const char *value)
{
	char *got = script_get(job, word);
	bool is = got != NULL && strcmp(got, value) == 0;

	free(got);
	return is;
}

/* The name that the script may mean this job by. */
static const char *
word_of(const struct job *job)
{
	if (job->op == JOB_STEP)
		return json_get_string(job->args, "step", "");
	return job_op_name(job->op);
}

/* True the first time only. */
static bool
script_once(struct fake *f, const struct job *job, const char *word)
{
	char *key;
	bool first;

	if (!script_is(job, word, word_of(job)))
		return false;
	key = xasprintf("%s %s", word, word_of(job));
	first = json_object_get(f->once, key) == NULL;
	json_object_set_new(f->once, key, json_true());
	free(key);
	return first;
}

static bool
has_release(const struct fake *f, const char *name)
{
	json_t *value;
	size_t i;

	json_array_foreach (f->releases, i, value)
		if (strcmp(json_string_value(value), name) == 0)
			return true;
	return false;
}

/* The name of the release that the job is about, "" where it has none. */
static const char *
release_of(const struct job *job)
{
	const json_t *env = json_object_get(job->args, "env");
	const char *path = json_get_string(env, "SLUICE_RELEASE", "");

	return json_get_string(job->args, "release", path);
}

static bool
is_disliked(const struct job *job)
{
	char *text = script_get(job, "dislikes");
	bool is = text != NULL && *text != '\0' &&
		  strstr(release_of(job), text) != NULL;

	free(text);
	return is && job->op == JOB_STEP;
}

/* ---- what outlives the pusher ---- */

static void
find_file(struct fake *f, const struct job *job)
{
	char *dir = script_get(job, "keep");
	const char *root = job->root == NULL ? "" : job->root;
	char *name = xasprintf("%s%s.json", job->host.name, root);
	char *p;

	for (p = name; *p != '\0'; p++)
		if (*p == '/')
			*p = '-';
	if (dir != NULL && *dir == '/')
		f->file = path_join(dir, name);
	free(name);
	free(dir);
}

static char *
text_of(const json_t *o, const char *key)
{
	return xstrdup_or_null(json_get_string(o, key, NULL));
}

static void
recall(struct fake *f, const struct job *job)
{
	json_t *o, *releases;

	find_file(f, job);
	o = f->file == NULL ? NULL : json_load_file(f->file, 0, NULL);
	if (o == NULL)
		return;
	f->engine = text_of(o, "engine");
	f->current = text_of(o, "current");
	f->previous = text_of(o, "previous");
	f->epoch = json_get_int(o, "epoch", 0);
	releases = json_object_get(o, "releases");
	if (json_is_array(releases)) {
		json_decref(f->releases);
		f->releases = json_incref(releases);
	}
	json_decref(o);
}

/* A simulated host may forget its last moment, but keeps no half of one. */
static void
keep(const struct fake *f)
{
	char *next;
	json_t *o;

	if (f->file == NULL)
		return;
	o = json_pack("{s:I, s:O}", "epoch", (json_int_t)f->epoch, "releases",
		f->releases);
	json_object_set_new(o, "engine", json_text(f->engine));
	json_object_set_new(o, "current", json_text(f->current));
	json_object_set_new(o, "previous", json_text(f->previous));
	next = xasprintf("%s.next", f->file);
	if (json_dump_file(o, next, JSON_COMPACT) == 0)
		rename(next, f->file);
	free(next);
	json_decref(o);
}

/* ---- acts ---- */

static json_t *
do_probe(struct fake *f, const struct job *job)
{
	json_t *data = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:b, "
				 "s:s, s:O, s:n}",
		"user", "fake", "hostname", job->host.name, "kernel", "fake",
		"shell", "/bin/sh", "free_bytes", (json_int_t)FREE_BYTES,
		"free_inodes", (json_int_t)FREE_BYTES, "clock_offset_ms",
		(json_int_t)0, "root_exists",
		f->engine != NULL, "current_kind",
		f->current == NULL ? "none" : "release", "releases",
		f->releases, "lease");

	json_object_set_new(data, "tools",
		json_pack("{s:b, s:b, s:b, s:b}", "flock", 1, "setsid", 1,
			"gzip", 1, "tar", 1));
	json_object_set_new(data, "engine", json_text(f->engine));
	json_object_set_new(data, "epoch", json_integer(f->epoch));
	json_object_set_new(data, "current", json_text(f->current));
	json_object_set_new(data, "current_target", json_text(f->current));
	return data;
}

static json_t *
do_stage(struct fake *f, const struct job *job)
{
	const char *release = json_get_string(job->args, "release", "");
	bool already = has_release(f, release);
	const json_t *payload = json_object_get(job->args, "payload");

	if (!already)
		json_array_append_new(f->releases, json_string(release));
	return json_pack("{s:b, s:I}", "already", already, "sent_bytes",
		(json_int_t)(already ? 0
				     : json_get_int(payload, "bytes", 0)));
}

static json_t *
do_switch(struct fake *f, const struct job *job)
{
	const char *release = json_get_string(job->args, "release", "");
	bool already = f->current != NULL && strcmp(f->current, release) == 0;
	json_t *data;

	if (!already) {
		str_replace(&f->previous, f->current);
		str_replace(&f->current, release);
	}
	data = json_pack("{s:s, s:b}", "previous_kind",
		f->previous == NULL ? "none" : "release", "already", already);
	json_object_set_new(data, "previous", json_text(f->previous));
	return data;
}

/* As core/engine/run_sample.c asks for them. */
static void
print_metrics(const struct job *job, struct strbuf *out)
{
	const json_t *env = json_object_get(job->args, "env");
	const char *count = json_get_string(env, "SLUICE_METRICS", "0");
	char *level = script_get(job, "level");
	long i, metrics = level == NULL ? 0 : strtol(count, NULL, 10);

	for (i = 0; i < metrics; i++)
		strbuf_addf(out, "\n#metric %ld 0\n%.3f\n", i,
			strtod(level, NULL) *
				(0.9 + 0.2 * (double)random() / RAND_MAX));
	free(level);
}

static void
print_output(struct lane *lane)
{
	char *lines = script_get(lane->job, "output");
	char *text = script_get(lane->job, "print");
	long i, count = lines == NULL ? 0 : strtol(lines, NULL, 10);
	struct strbuf out;

	strbuf_init(&out);
	for (i = 0; i < count; i++)
		strbuf_addf(&out, "line %ld of %s\n", i + 1,
			lane->job->host.name);
	if (text != NULL)
		strbuf_addf(&out, "%s\n", text);
	print_metrics(lane->job, &out);
	if (out.len > 0)
		lane_output(lane, out.buf, out.len);
	strbuf_finish(&out);
	free(lines);
	free(text);
}

static json_t *
do_command(struct fake *f, struct lane *lane, bool fails)
{
	const struct job *job = lane->job;
	bool replayed = false;
	int status = fails ? 1 : 0;
	char *key;

	if (job->op == JOB_STEP) {
		key = xasprintf("%s.%s.%lld",
			json_get_string(job->lease, "rollout", ""),
			word_of(job),
			(long long)json_get_int(job->args, "attempt", 0));
		replayed = json_object_get(f->steps, key) != NULL;
		status = (int)json_get_int(f->steps, key, status);
		json_object_set_new(f->steps, key, json_integer(status));
		free(key);
	}
	if (!replayed)
		print_output(lane);
	return json_pack("{s:i, s:n, s:b, s:b, s:i, s:i}", "exit", status,
		"signal", "timed_out", 0, "replayed", replayed, "duration_ms",
		0, "output_bytes", 0);
}

static bool
is_one_of(const json_t *list, const char *name)
{
	json_t *value;
	size_t i;

	json_array_foreach (list, i, value)
		if (json_is_string(value) &&
			strcmp(json_string_value(value), name) == 0)
			return true;
	return false;
}

static json_t *
do_clean(struct fake *f, const struct job *job)
{
	const json_t *protect = json_object_get(job->args, "protect");
	int64_t keep = json_get_int(job->args, "keep", 5);
	json_t *removed = json_array();
	size_t i = 0;

	while (i < json_array_size(f->releases) &&
		(int64_t)json_array_size(f->releases) > keep) {
		json_t *value = json_array_get(f->releases, i);
		const char *name = json_string_value(value);

		if ((f->current != NULL && strcmp(name, f->current) == 0) ||
			(f->previous != NULL &&
				strcmp(name, f->previous) == 0) ||
			is_one_of(protect, name)) {
			i++;
			continue;
		}
		json_array_append(removed, value);
		json_array_remove(f->releases, i);
	}
	return json_pack("{s:o}", "removed", removed);
}

static json_t *
act(struct fake *f, struct lane *lane, bool fails)
{
	const struct job *job = lane->job;

	if (job->lease != NULL &&
		(f->engine == NULL || job->op == JOB_ADOPT)) {
		str_replace(&f->engine,
			json_get_string(job->lease, "engine", NULL));
		f->epoch = json_get_int(job->lease, "epoch", 0);
		keep(f);
	}
	switch (job->op) {
	case JOB_PROBE:
	case JOB_LOCK:
		return do_probe(f, job);
	case JOB_STEP:
	case JOB_EXEC:
		return do_command(f, lane, fails);
	case JOB_STAGE:
		return fails ? json_object() : do_stage(f, job);
	case JOB_SWITCH:
		return fails ? json_object() : do_switch(f, job);
	case JOB_CLEAN:
		return do_clean(f, job);
	case JOB_JOURNAL:
	case JOB_HOSTKEY:
		return json_pack("{s:[]}", "lines");
	case JOB_VERIFY:
	case JOB_UNLOCK:
	case JOB_ADOPT:
	case JOB_OP_COUNT:
		break;
	}
	return json_object();
}

/* Ends without an act? Then true, and the job is finished. */
static bool
end_early(struct fake *f, struct lane *lane)
{
	const struct job *job = lane->job;
	const char *host = job->host.name;
	enum outcome outcome = OUTCOME_COUNT;
	struct error e;
	char *word = script_get(job, "unreachable");
	char *code = script_get(job, "refuse");

	(void)f;
	if (word != NULL) {
		outcome = OUTCOME_UNREACHABLE;
		error_set(&e, ERROR_UNREACHABLE, "%s: no answer", host);
	} else if (code != NULL && job->lease != NULL &&
		job->op != JOB_PROBE && job->op != JOB_EXEC) {
		outcome = OUTCOME_REFUSED;
		error_set(&e, error_code_from_name(code),
			"%s: refused by its script: %s", host, code);
	} else if (script_is(job, "interrupt", word_of(job))) {
		outcome = OUTCOME_INTERRUPTED;
		error_set(&e, ERROR_FAILED, "%s: %s was cut off", host,
			word_of(job));
	}
	free(word);
	free(code);
	if (outcome == OUTCOME_COUNT)
		return false;
	lane_finish(lane, outcome, NULL, &e);
	return true;
}

static bool
changes_host(enum job_op op)
{
	return op == JOB_STAGE || op == JOB_SWITCH || op == JOB_CLEAN;
}

static void
fake_due(uv_timer_t *timer)
{
	struct fake *f = timer->data;
	struct lane *lane = f->lane;
	struct error e;
	bool fails;
	json_t *data;

	if (end_early(f, lane))
		return;
	fails = script_is(lane->job, "fail", word_of(lane->job)) ||
		script_once(f, lane->job, "fail_once") ||
		is_disliked(lane->job);
	data = act(f, lane, fails);
	if (changes_host(lane->job->op))
		keep(f);
	if (json_get_int(data, "exit", 0) != 0)
		fails = true; /* so it was recorded */
	if (script_once(f, lane->job, "lost_once")) {
		json_decref(data);
		error_set(&e, ERROR_UNREACHABLE, "%s: the link was lost",
			lane->job->host.name);
		lane_finish(lane, OUTCOME_LOST, NULL, &e);
		return;
	}
	error_set(&e, ERROR_FAILED, "%s: %s failed", lane->job->host.name,
		word_of(lane->job));
	lane_finish(lane, fails ? OUTCOME_FAILED : OUTCOME_DONE, data, &e);
}

static void
fake_run(struct lane *lane)
{
	struct fake *f = lane->own;
	char *latency = script_get(lane->job, "latency");
	int64_t latency_ms = 0;
	struct error e;

	if (f == NULL) {
		f = lane->own = xcalloc(1, sizeof(*f));
		f->lane = lane;
		f->releases = json_array();
		f->steps = json_object();
		f->once = json_object();
		recall(f, lane->job);
		uv_timer_init(lane->pusher->loop, &f->timer);
		f->timer.data = f;
	}
	if (getenv("SLUICE_FAKE_AT_ONCE") != NULL ||
		(latency != NULL &&
			duration_parse(latency, &latency_ms, &e) < 0))
		latency_ms = 0;
	free(latency);
	uv_timer_start(&f->timer, fake_due, (uint64_t)latency_ms, 0);
}

static void
fake_stop(struct lane *lane)
{
	struct fake *f = lane->own;

	uv_timer_stop(&f->timer);
}

static void
fake_free(uv_handle_t *handle)
{
	struct fake *f = handle->data;

	json_decref(f->releases);
	json_decref(f->steps);
	json_decref(f->once);
	free(f->engine);
	free(f->current);
	free(f->previous);
	free(f->file);
	free(f);
}

static void
fake_forget(struct lane *lane)
{
	struct fake *f = lane->own;

	lane->own = NULL;
	uv_close((uv_handle_t *)&f->timer, fake_free);
}

const struct transport transport_fake = {
	.name = "fake",
	.run = fake_run,
	.stop = fake_stop,
	.forget = fake_forget,
};
