/* session.c - one link to one host and the jobs that run over it. */
#include "transports/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "transports/host_program.h"
#include "transports/payload.h"
#include "transports/result.h"
#include "wire/json.h"

#define WINDOW_BYTES (2 * 1024 * 1024)
#define FIRST_CHUNK_BYTES (1024 * 1024)
/* Each is a process on the host. */
#define CHUNK_BYTES (64 * 1024 * 1024)
#define SILENCE_TICKING_MS 15000
#define SILENCE_WORKING_MS 120000
#define PROGRESS_MS 500
#define OUT_KEPT_BYTES 2048
/* A manifest of one line that is not longer goes into the header. */
#define LINE_MOST_BYTES 4096

/* What of the job still goes to the host. */
enum sending {
	SEND_NOTHING,
	SEND_WAY,
	SEND_MANIFEST,
	SEND_PAYLOAD,
	SEND_COUNT
};

struct session {
	struct lane *lane;
	struct link *link;
	struct host host; /* the link outlives the job that opened it */
	struct strbuf out; /* text to send, out_used of it sent */
	size_t out_used;
	struct reply_parser replies;
	bool is_open, has_hello, is_running;
	unsigned request; /* number of the current one on this link */
	int64_t heard_at_ms, progress_at_ms;
	bool ticks;

	enum sending sending;
	size_t way; /* of the job's ways; behind them: the whole */
	struct payload *payload, *manifest;
	const char *piece; /* raw bytes to send behind out */
	uint64_t piece_left, offset;
	uint64_t sent_before; /* in ways that were of no use */
	bool go, another, give_up, is_throttled;

	struct result result;
	bool has_result;
	enum outcome outcome;
	enum error_code code;
};

static void on_open(void *arg, const struct link_facts *facts);
static void on_key(void *arg, const unsigned char *blob, size_t len);
static void on_data(void *arg, const char *data, size_t len);
static void on_writable(void *arg);
static void on_close(void *arg, enum link_end end, const struct error *e);

static const struct link_handler handler = {
	.on_open = on_open,
	.on_key = on_key,
	.on_data = on_data,
	.on_writable = on_writable,
	.on_close = on_close,
};

static void
drop_payloads(struct session *s)
{
	payload_put(s->payload);
	payload_put(s->manifest);
	s->payload = s->manifest = NULL;
	s->sending = SEND_NOTHING;
	s->piece_left = 0;
}

void
session_destroy(struct session *s)
{
	if (s == NULL)
		return;
	s->lane->transport->link->close(s->link);
	drop_payloads(s);
	strbuf_finish(&s->out);
	reply_parser_finish(&s->replies);
	result_finish(&s->result);
	host_finish(&s->host);
	free(s);
}

static const struct job *
job_of(const struct session *s)
{
	return s->lane->job;
}

/* The way in turn, NULL: the whole. */
static const json_t *
way_of(const struct session *s)
{
	return json_array_get(json_object_get(job_of(s)->args, "ways"), s->way);
}

static int
open_manifest(struct session *s, struct error *e)
{
	const struct job *job = job_of(s);
	const json_t *manifest = json_object_get(job->args, "manifest");
	const char *path = json_get_string(manifest, "path", NULL);

	if (path == NULL)
		return 0;
	s->manifest = payload_get_manifest(path,
		(uint64_t)json_get_int(manifest, "bytes", 0), job->shared,
		job->shared_count, e);
	return s->manifest == NULL ? -1 : 0;
}

/* A frame of its own costs the host a process. */
static void
put_into_header(struct session *s, struct job *job)
{
	const struct payload *m = s->manifest;

	if (m == NULL || m->size_bytes == 0 ||
		m->size_bytes > LINE_MOST_BYTES ||
		memchr(m->data, '\n', m->size_bytes) !=
			m->data + m->size_bytes - 1)
		return;
	free(job->line);
	job->line = xstrndup(m->data, (size_t)m->size_bytes - 1);
}

/* Opens what travels in the way in turn, or else in the next one. */
static int
open_way(struct session *s, struct error *e)
{
	const json_t *way = way_of(s), *file = way;

	drop_payloads(s);
	if (way == NULL)
		file = json_object_get(job_of(s)->args, "payload");
	s->payload = payload_get(json_get_string(file, "path", ""),
		(uint64_t)json_get_int(file, "bytes", 0), e);
	if (s->payload == NULL && way != NULL) {
		s->way++;
		return open_way(s, e);
	}
	if (s->payload == NULL || open_manifest(s, e) < 0)
		return -1;
	s->offset = 0;
	s->sending = SEND_WAY;
	return 0;
}

static void
send_way(struct session *s)
{
	const json_t *way = way_of(s), *file = way;

	if (way == NULL)
		file = json_object_get(job_of(s)->args, "payload");
	strbuf_addf(&s->out, "w %s %s %s\n",
		json_get_string(way, "kind", "whole"),
		json_get_string(file, "sha256", ""),
		json_get_string(way, "base", ""));
	/* The host makes this one out of the other's. */
	s->sending = strcmp(json_get_string(way, "kind", ""), "files") == 0
			     ? SEND_PAYLOAD
			     : SEND_MANIFEST;
}

/* What came is of no use: the next way. False: that is not there. */
static bool
send_another(struct session *s)
{
	bool was_sending = s->sending != SEND_NOTHING;
	struct error e;

	s->another = false;
	s->sent_before += s->offset;
	s->way++;
	if (was_sending)
		strbuf_adds(&s->out, "x\n");
	if (open_way(s, &e) == 0)
		return true;
	strbuf_adds(&s->out, "x\n");
	return false;
}

/* The next text or piece of a stage; false when there is none now. */
static bool
next_piece(struct session *s)
{
	uint64_t left, size;

	if (s->another)
		return send_another(s);
	switch (s->sending) {
	case SEND_NOTHING:
	case SEND_COUNT:
		return false;
	case SEND_WAY:
		send_way(s);
		return true;
	case SEND_MANIFEST:
		s->sending = SEND_PAYLOAD;
		if (s->manifest == NULL || s->manifest->size_bytes == 0 ||
			job_of(s)->line != NULL)
			return true;
		strbuf_addf(&s->out, "m %llu\n",
			(unsigned long long)s->manifest->size_bytes);
		s->piece = s->manifest->data;
		s->piece_left = s->manifest->size_bytes;
		return true;
	case SEND_PAYLOAD:
		break;
	}
	left = s->payload->size_bytes - s->offset;
	if (s->give_up || left == 0) {
		strbuf_adds(&s->out, s->give_up ? "x\n" : "e\n");
		s->sending = SEND_NOTHING;
		return true;
	}
	if (!s->go && s->offset >= WINDOW_BYTES)
		return false;
	size = s->offset < WINDOW_BYTES ? FIRST_CHUNK_BYTES : CHUNK_BYTES;
	if (size > left)
		size = left;
	strbuf_addf(&s->out, "c %llu\n", (unsigned long long)size);
	s->piece = s->payload->data + s->offset;
	s->piece_left = size;
	s->offset += size;
	return true;
}

static size_t
send_piece(struct session *s)
{
	uint64_t size = s->piece_left;
	size_t sent;

	if (s->sending == SEND_PAYLOAD)
		size = pusher_bandwidth(s->lane->pusher, size);
	s->is_throttled = size == 0;
	if (size == 0)
		return 0;
	sent = s->lane->transport->link->write(s->link, s->piece,
		(size_t)size);
	s->piece += sent;
	s->piece_left -= sent;
	pusher_spend(s->lane->pusher, sent);
	return sent;
}

static void
report_progress(struct session *s)
{
	int64_t now_ms = pusher_now_ms(s->lane->pusher);

	if (s->payload == NULL || now_ms - s->progress_at_ms < PROGRESS_MS)
		return;
	s->progress_at_ms = now_ms;
	lane_progress(s->lane, s->offset - s->piece_left,
		s->payload->size_bytes);
}

static void
pump(struct session *s)
{
	const struct link_ops *link = s->lane->transport->link;

	while (s->is_open) {
		size_t sent;

		if (s->out_used < s->out.len) {
			sent = link->write(s->link, s->out.buf + s->out_used,
				s->out.len - s->out_used);
			s->out_used += sent;
		} else if (s->piece_left > 0) {
			sent = send_piece(s);
		} else {
			strbuf_clear(&s->out);
			s->out_used = 0;
			if (s->out.capacity > OUT_KEPT_BYTES)
				strbuf_finish(&s->out);
			if (!s->has_hello || !next_piece(s))
				break;
			continue;
		}
		if (sent == 0)
			break;
		s->heard_at_ms = pusher_now_ms(s->lane->pusher);
	}
	report_progress(s);
}

static void
ask(struct session *s)
{
	s->result.asked_ms = clock_mono_ms(clock_real());
	s->result.asked_wall_ms = clock_wall_ms(clock_real());
	host_program_add_request(&s->out, job_of(s), ++s->request,
		s->result.asked_wall_ms);
}

void
session_run(struct session *s)
{
	struct error e;

	s->has_result = s->go = s->another = s->give_up = s->ticks = false;
	s->way = 0;
	s->offset = s->sent_before = 0;
	s->is_running = true;
	s->heard_at_ms = s->progress_at_ms = pusher_now_ms(s->lane->pusher);
	if (job_of(s)->op == JOB_STAGE) {
		if (open_way(s, &e) < 0) {
			s->is_running = false;
			drop_payloads(s);
			lane_finish(s->lane, OUTCOME_FAILED, NULL, &e);
			return;
		}
		put_into_header(s, s->lane->job);
	}
	if (s->has_hello)
		ask(s);
	if (s->is_open)
		pump(s);
}

struct session *
session_create(struct lane *lane)
{
	struct session *s = xcalloc(1, sizeof(*s));
	char sentinel[SENTINEL_SIZE];

	s->lane = lane;
	random_hex(sentinel, (SENTINEL_SIZE - 1) / 2);
	strbuf_init(&s->out);
	reply_parser_init(&s->replies, sentinel);
	result_init(&s->result);
	host_program_add_start(&s->out, sentinel);
	host_copy(&s->host, &lane->job->host);
	s->link = lane->transport->link->open(
		lane->pusher, &s->host, &handler, s);
	return s;
}

bool
session_is_open(const struct session *s)
{
	return s->is_open;
}

static void
on_open(void *arg, const struct link_facts *facts)
{
	struct session *s = arg;

	s->is_open = true;
	lane_connected(s->lane, facts);
	session_run(s);
}

/* All that was wanted is here; the link ends before it has logged in. */
static void
on_key(void *arg, const unsigned char *blob, size_t len)
{
	struct session *s = arg;
	struct lane *lane = s->lane;
	json_t *data = result_host_key(blob, len);

	lane->session = NULL;
	session_destroy(s);
	lane_finish(lane, OUTCOME_DONE, data, NULL);
}

static void finish_job(struct session *s);

/* Sends what can be sent. The result may have come while a piece was still
 * on its way (a refusal does): the job is over when that has gone as well,
 * and whoever sends the last byte says so. */
static void
go_on(struct session *s)
{
	pump(s);
	if (s->has_result && s->sending == SEND_NOTHING && s->piece_left == 0 &&
		s->out_used >= s->out.len)
		finish_job(s);
}

static void
on_writable(void *arg)
{
	go_on(arg);
}

/* Ends the session and, where one runs, its job. */
static void
end(struct session *s, enum outcome outcome, const struct error *e)
{
	struct lane *lane = s->lane;
	bool was_running = s->is_running;

	lane->session = NULL;
	session_destroy(s);
	if (was_running)
		lane_finish(lane, outcome, NULL, e);
}

void
session_cut(struct session *s, const struct error *e)
{
	struct lane *lane = s->lane;

	if (s->is_open) {
		end(s, OUTCOME_LOST, e);
		return;
	}
	lane->session = NULL;
	session_destroy(s);
	lane_finish(lane, OUTCOME_UNREACHABLE, NULL, e);
}

/* The result is in and all that was to be sent is gone: it is over. */
static void
finish_job(struct session *s)
{
	enum outcome outcome = s->outcome;
	struct error e;
	json_t *data;

	error_clear(&e);
	if (job_of(s)->op == JOB_STAGE)
		s->result.sent_bytes = s->sent_before + s->offset;
	data = result_data(&s->result, job_of(s));
	if (outcome != OUTCOME_DONE)
		result_error(&s->result, job_of(s), s->code, &e);
	result_flush_output(&s->result, s->lane);
	result_finish(&s->result);
	result_init(&s->result);
	drop_payloads(s);
	s->is_running = s->has_result = false;
	lane_finish(s->lane, outcome, data,
		outcome == OUTCOME_DONE ? NULL : &e);
}

static int
take_result(struct session *s, const struct reply *r, struct error *e)
{
	if (!s->is_running || r->id != s->request || s->has_result)
		return error_set(e, ERROR_PROTOCOL,
			"the host answered what was not asked");
	s->outcome = outcome_from_name(r->name);
	if (s->outcome == OUTCOME_COUNT)
		return error_set(e, ERROR_PROTOCOL,
			"the host answered with a word nobody knows");
	s->code = error_code_from_name(r->text);
	s->has_result = true;
	s->give_up = true;
	return 0;
}

static int
take_another(struct session *s, const struct reply *r, struct error *e)
{
	if (!s->is_running || r->id != s->request || s->has_result ||
		s->another || job_of(s)->op != JOB_STAGE || way_of(s) == NULL)
		return error_set(e, ERROR_PROTOCOL,
			"the host wants another way, and there is none");
	s->another = s->go = true;
	return 0;
}

static int
take_reply(struct session *s, const struct reply *r, struct error *e)
{
	if (!s->has_hello && r->kind != REPLY_HELLO)
		return error_set(e, ERROR_PROTOCOL,
			"the host answered before it was asked");
	switch (r->kind) {
	case REPLY_HELLO:
		if (!s->has_hello && s->is_running)
			ask(s);
		s->has_hello = true;
		break;
	case REPLY_GO:
		s->go = true;
		break;
	case REPLY_ANOTHER:
		return take_another(s, r, e);
	case REPLY_TICKS:
		s->ticks = true;
		break;
	case REPLY_DATUM:
		return result_add(&s->result, r->name, r->text, r->len, e);
	case REPLY_OUTPUT:
		result_add_output(&s->result, r->text, r->len, s->lane);
		break;
	case REPLY_RESULT:
		return take_result(s, r, e);
	case REPLY_ALIVE:
	case REPLY_KIND_COUNT:
		break;
	}
	return 0;
}

static void
on_data(void *arg, const char *data, size_t len)
{
	struct session *s = arg;
	struct reply r;
	struct error e;
	int got;

	s->heard_at_ms = pusher_now_ms(s->lane->pusher);
	reply_parser_add(&s->replies, data, len);
	while ((got = reply_parser_next(&s->replies, &r, &e)) > 0)
		if ((got = take_reply(s, &r, &e)) < 0)
			break;
	if (got < 0) {
		end(s, OUTCOME_LOST, &e);
		return;
	}
	go_on(s);
}

/* What the host said instead of starting our program. */
static void
say_noise(struct session *s, struct error *e)
{
	char *line = reply_parser_last_noise(&s->replies);

	error_set(e, ERROR_UNREACHABLE,
		"the login shell did not start our program%s%s",
		*line == '\0' ? "" : ": ", line);
	error_hint(e, "the user needs a shell that can run /bin/sh");
	free(line);
}

static void
on_close(void *arg, enum link_end how, const struct error *e)
{
	struct session *s = arg;
	struct lane *lane = s->lane;
	struct error why;

	if (s->has_result && s->is_running) {
		/* It ended itself after its last word. */
		finish_job(s);
		if (lane->session == s)
			end(s, OUTCOME_LOST, e);
		return;
	}
	if (!s->is_open) {
		lane->session = NULL;
		session_destroy(s);
		lane_not_connected(lane, how, e);
		return;
	}
	why = *e;
	if (how == LINK_CLOSED && !s->has_hello) {
		say_noise(s, &why);
		end(s, OUTCOME_UNREACHABLE, &why);
		return;
	}
	end(s, OUTCOME_LOST, &why);
}

void
session_tick(struct session *s, int64_t now_ms)
{
	int64_t limit_ms = s->ticks ? SILENCE_TICKING_MS : SILENCE_WORKING_MS;
	struct error e;

	if (!s->is_open || !s->is_running)
		return;
	if (s->is_throttled) {
		s->heard_at_ms = now_ms;
		go_on(s);
		return;
	}
	if (now_ms - s->heard_at_ms <= limit_ms)
		return;
	error_set(&e, ERROR_TIMEOUT, "nothing came from the host for %llds",
		(long long)(limit_ms / 1000));
	session_cut(s, &e);
}
