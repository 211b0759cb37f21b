/* result.c - what a host said in the course of one job. */
#include "transports/result.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/known_hosts.h"
#include "base/text.h"
#include "transports/pusher.h"
#include "wire/json.h"

#define FACTS_MAX_BYTES (2 * 1024 * 1024)
#define LINE_MAX_BYTES 4096
#define FLOOD_BYTES (64 * 1024) /* sent as it comes; then only the end */

void
result_init(struct result *r)
{
	memset(r, 0, sizeof(*r));
	r->facts = json_object();
	strbuf_init(&r->line);
	strbuf_init(&r->tail);
}

void
result_finish(struct result *r)
{
	json_decref(r->facts);
	strbuf_finish(&r->line);
	strbuf_finish(&r->tail);
	r->facts = NULL;
}

static bool
is_list(const char *name)
{
	return strcmp(name, "release") == 0 || strcmp(name, "removed") == 0;
}

int
result_add(struct result *r, const char *name, const char *text, size_t len,
	struct error *e)
{
	char *copy, *safe;
	json_t *value, *list;

	r->facts_bytes += len + strlen(name);
	if (r->facts_bytes > FACTS_MAX_BYTES)
		return error_set(e, ERROR_PROTOCOL, "the host says too much");
	copy = xstrndup(text, len);
	value = json_string(copy);
	if (value == NULL) {
		safe = text_printable(copy);
		value = json_string(safe);
		free(safe);
	}
	free(copy);
	if (!is_list(name)) {
		json_object_set_new(r->facts, name, value);
		return 0;
	}
	list = json_object_get(r->facts, name);
	if (list == NULL) {
		list = json_array();
		json_object_set_new(r->facts, name, list);
	}
	json_array_append_new(list, value);
	return 0;
}

/* Sends text, or keeps the last of it where much was sent already. */
static void
send_text(struct result *r, const char *text, size_t len, struct lane *lane)
{
	if (r->output_sent + len <= FLOOD_BYTES && r->tail.len == 0) {
		lane_output(lane, text, len);
		r->output_sent += len;
		return;
	}
	strbuf_add(&r->tail, text, len);
	if (r->tail.len > 2 * FLOOD_BYTES)
		strbuf_consume(&r->tail, r->tail.len - FLOOD_BYTES);
}

static void
send_lines(struct result *r, size_t len, struct lane *lane)
{
	struct strbuf safe;

	if (len == 0)
		return;
	strbuf_init(&safe);
	text_add_output(&safe, r->line.buf, len);
	send_text(r, safe.buf, safe.len, lane);
	strbuf_finish(&safe);
	strbuf_consume(&r->line, len);
}

void
result_add_output(struct result *r, const char *data, size_t len,
	struct lane *lane)
{
	const char *eol;

	strbuf_add(&r->line, data, len);
	eol = memrchr(r->line.buf, '\n', r->line.len);
	if (eol != NULL)
		send_lines(r, (size_t)(eol - r->line.buf) + 1, lane);
	if (r->line.len > LINE_MAX_BYTES)
		send_lines(r, r->line.len, lane);
}

void
result_flush_output(struct result *r, struct lane *lane)
{
	size_t start = 0;

	send_lines(r, r->line.len, lane);
	if (r->tail.len > FLOOD_BYTES)
		start = r->tail.len - FLOOD_BYTES;
	/* Not in the middle of a character. */
	while (start < r->tail.len && (r->tail.buf[start] & 0xc0) == 0x80)
		start++;
	if (r->tail.len > start)
		lane_output(lane, r->tail.buf + start, r->tail.len - start);
	strbuf_clear(&r->tail);
}

static const char *
fact(const struct result *r, const char *name)
{
	const char *text = json_get_string(r->facts, name, "");

	return *text == '\0' ? NULL : text;
}

static int64_t
fact_int(const struct result *r, const char *name, int64_t or_else)
{
	const char *text = fact(r, name);
	char *rest;
	long long n;

	if (text == NULL)
		return or_else;
	n = strtoll(text, &rest, 10);
	return *rest == '\0' ? n : or_else;
}

static void
set_text(json_t *data, const char *key, const struct result *r,
	const char *name)
{
	json_object_set_new(data, key, json_text(fact(r, name)));
}

static void
set_int(json_t *data, const char *key, const struct result *r,
	const char *name)
{
	json_object_set_new(data, key, json_integer(fact_int(r, name, 0)));
}

static void
set_bool(json_t *data, const char *key, const struct result *r,
	const char *name)
{
	json_object_set_new(data, key,
		json_boolean(fact_int(r, name, 0) == 1));
}

static void
set_list(json_t *data, const char *key, const struct result *r,
	const char *name)
{
	json_t *list = json_object_get(r->facts, name);

	json_object_set_new(data, key,
		list == NULL ? json_array() : json_incref(list));
}

static json_t *
lease_data(const struct result *r)
{
	json_t *lease;

	if (fact(r, "lease_engine") == NULL)
		return json_null();
	lease = json_object();
	set_text(lease, "engine", r, "lease_engine");
	set_int(lease, "epoch", r, "lease_epoch");
	set_text(lease, "rollout", r, "lease_rollout");
	set_text(lease, "reason", r, "lease_reason");
	set_int(lease, "since", r, "lease_since");
	return lease;
}

/* The host read its clock between our asking and our hearing. */
static void
add_clock(json_t *data, const struct result *r)
{
	int64_t clock = fact_int(r, "clock_ms", 0), now_ms;

	if (clock == 0)
		return;
	now_ms = clock_mono_ms(clock_real());
	json_object_set_new(data, "clock_offset_ms",
		json_integer(clock - r->asked_wall_ms -
			     (now_ms - r->asked_ms) / 2));
}

static void
add_probe(json_t *data, const struct result *r)
{
	static const char *const texts[] = {"user", "hostname", "kernel",
		"shell", "engine", "current", "current_target",
		"root_denied"};
	static const char *const ints[] = {
		"free_bytes", "free_inodes", "epoch"};
	static const char *const tools[] = {"flock", "setsid", "gzip", "tar",
		"openssl", "zstd", "rsync"};
	json_t *has = json_object();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++)
		set_text(data, texts[i], r, texts[i]);
	for (i = 0; i < ARRAY_SIZE(ints); i++)
		set_int(data, ints[i], r, ints[i]);
	for (i = 0; i < ARRAY_SIZE(tools); i++) {
		char *name = xasprintf("tool_%s", tools[i]);

		set_bool(has, tools[i], r, name);
		free(name);
	}
	json_object_set_new(data, "tools", has);
	add_clock(data, r);
	set_bool(data, "root_exists", r, "root_exists");
	json_object_set_new(data, "current_kind",
		json_string(json_get_string(r->facts, "current_kind", "none")));
	set_list(data, "releases", r, "release");
	json_object_set_new(data, "lease", lease_data(r));
}

/* A shell says 128 + N for what signal N ended. */
static void
add_command(json_t *data, const struct result *r)
{
	int64_t rc = fact_int(r, "rc", -1);
	bool timed_out = fact_int(r, "timed_out", 0) == 1;
	bool signalled = rc > 128 && rc - 128 < NSIG;

	json_object_set_new(data, "exit",
		rc < 0 || signalled || timed_out ? json_null()
						 : json_integer(rc));
	json_object_set_new(data, "signal",
		signalled ? json_integer(rc - 128) : json_null());
	json_object_set_new(data, "timed_out", json_boolean(timed_out));
	set_bool(data, "replayed", r, "replayed");
	json_object_set_new(data, "duration_ms",
		json_integer(fact_int(r, "duration_cs", 0) * 10));
	set_int(data, "output_bytes", r, "output_bytes");
}

static void
add_journal(json_t *data, const struct result *r)
{
	const char *at = json_get_string(r->facts, "lines", "");
	json_t *lines = json_array();

	while (*at != '\0') {
		size_t len = strcspn(at, "\n");
		char *line = xstrndup(at, len), *safe = text_printable(line);

		json_array_append_new(lines, json_string(safe));
		free(safe);
		free(line);
		at += len + (at[len] == '\n');
	}
	json_object_set_new(data, "lines", lines);
}

static void
add_switch(json_t *data, const struct result *r)
{
	set_text(data, "previous", r, "previous");
	json_object_set_new(data, "previous_kind",
		json_string(
			json_get_string(r->facts, "previous_kind", "none")));
	set_bool(data, "already", r, "already");
}

json_t *
result_data(const struct result *r, const struct job *job)
{
	json_t *data = json_object();

	switch (job->op) {
	case JOB_PROBE:
	case JOB_LOCK:
		add_probe(data, r);
		json_object_set_new(data, "root_path", json_text(job->root));
		break;
	case JOB_STAGE:
		set_bool(data, "already", r, "already");
		set_text(data, "way", r, "way");
		json_object_set_new(data, "sent_bytes",
			json_integer((json_int_t)r->sent_bytes));
		break;
	case JOB_STEP:
	case JOB_EXEC:
		add_command(data, r);
		break;
	case JOB_SWITCH:
		add_switch(data, r);
		break;
	case JOB_CLEAN:
		set_list(data, "removed", r, "removed");
		break;
	case JOB_JOURNAL:
	case JOB_HOSTKEY:
		add_journal(data, r);
		break;
	case JOB_VERIFY:
	case JOB_UNLOCK:
	case JOB_ADOPT:
	case JOB_OP_COUNT:
		break;
	}
	return data;
}

/* For commands there is no message of the host: say how it ended. */
static void
say_command(const struct result *r, const struct job *job,
	enum error_code code, struct error *e)
{
	int64_t rc = fact_int(r, "rc", -1);
	const char *what = json_get_string(job->args, "step", "the command");
	const char *name;

	if (fact_int(r, "timed_out", 0) == 1) {
		error_set(e, ERROR_TIMEOUT, "%s was stopped after %llds", what,
			(long long)(fact_int(r, "duration_cs", 0) / 100));
	} else if (rc > 128 && rc - 128 < NSIG) {
		name = sigabbrev_np((int)(rc - 128));
		error_set(e, ERROR_FAILED, "%s was killed by signal %lld%s%s",
			what, (long long)rc - 128, name == NULL ? "" : " SIG",
			name == NULL ? "" : name);
	} else if (rc > 0) {
		error_set(e, ERROR_FAILED, "%s ended with exit status %lld",
			what, (long long)rc);
	} else {
		error_set(e, code == ERROR_NONE ? ERROR_FAILED : code,
			"%s failed", what);
	}
}

static void
say_hint(const struct result *r, const struct job *job, struct error *e)
{
	switch ((int)e->code) {
	case ERROR_FOREIGN_ENGINE:
		if (fact(r, "seen_epoch") != NULL)
			error_hint(e, "stop this engine, it is the older one: "
				      "sluice engine stop");
		else
			error_hint(e,
				"to take it over: sluice host adopt %s -m TEXT",
				job->host.name);
		break;
	case ERROR_BUSY:
		error_hint(e,
			"wait for the holder, or stop its rollout first");
		break;
	case ERROR_NO_SPACE:
		error_hint(e, "make room on %s, then retry", job->host.name);
		break;
	case ERROR_CORRUPT:
		error_hint(e, "retry sends the artefact again");
		break;
	}
}

void
result_error(const struct result *r, const struct job *job,
	enum error_code code, struct error *e)
{
	const char *message = fact(r, "message");
	char *safe;

	error_clear(e);
	if (message == NULL) {
		say_command(r, job, code, e);
	} else {
		safe = text_printable(message);
		error_set(e, code == ERROR_NONE ? ERROR_FAILED : code, "%s",
			safe);
		free(safe);
	}
	say_hint(r, job, e);
	error_prefix(e, "%s", job->host.name);
}

json_t *
result_host_key(const unsigned char *blob, size_t len)
{
	char print[HOSTKEY_FINGERPRINT_SIZE], *text = hostkey_text(blob, len);
	json_t *data;

	hostkey_fingerprint(blob, len, print);
	data = json_pack("{s:s, s:o}", "fingerprint", print, "key",
		json_text(text));
	free(text);
	return data;
}
