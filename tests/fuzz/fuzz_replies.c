/*
 * fuzz_replies.c - what hosts say: frames behind the sentinel and noise. The
 * same replies come out however the bytes were cut into pieces, and what is
 * told to the engine of them is text.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "tests/fuzz/fuzz.h"
#include "transports/host_program.h"
#include "transports/pusher.h"
#include "transports/result.h"

#define S "0123456789abcdef0123456789abcdef"
/* Longer lines are noise as soon as they are seen to be. */
#define SAME_MAX 8000

const char fuzz_corpus[] = "replies";

static void
check_error(const struct error *e)
{
	const char *p;

	MUST(e->text[0] != '\0' && text_is_utf8(e->text, strlen(e->text)));
	for (p = e->text; *p != '\0'; p++)
		MUST((unsigned char)*p >= 0x20 && *p != 0x7f);
}

/* Every op might get these data. */
static void
check_result(const struct result *r, struct job *job, const char *code)
{
	struct error e;

	for (job->op = 0; job->op < JOB_OP_COUNT;
		job->op = (enum job_op)(job->op + 1)) {
		json_t *data = result_data(r, job);
		char *text = json_dumps(data, JSON_COMPACT | JSON_ENSURE_ASCII);

		MUST(text != NULL && text_is_utf8(text, strlen(text)));
		free(text);
		json_decref(data);
		result_error(r, job,
			strcmp(code, "busy") == 0 ? ERROR_BUSY : ERROR_NONE,
			&e);
		check_error(&e);
	}
	job->op = JOB_STEP;
}

static void
take(const struct reply *reply, struct result *r, struct lane *lane)
{
	struct error e;

	switch (reply->kind) {
	case REPLY_DATUM:
		if (result_add(r, reply->name, reply->text, reply->len, &e) ==
			-1)
			check_error(&e);
		break;
	case REPLY_OUTPUT:
		result_add_output(r, reply->text, reply->len, lane);
		break;
	case REPLY_RESULT:
		result_flush_output(r, lane);
		check_result(r, lane->job, reply->text);
		break;
	case REPLY_HELLO:
	case REPLY_GO:
	case REPLY_ALIVE:
	case REPLY_TICKS:
	case REPLY_ANOTHER:
	case REPLY_KIND_COUNT:
		break;
	}
}

static void
note(const struct reply *r, struct strbuf *trace)
{
	bool has_text = r->kind == REPLY_DATUM || r->kind == REPLY_OUTPUT ||
			r->kind == REPLY_RESULT;

	strbuf_addf(trace, "%d %u %s ", r->kind, r->id,
		r->kind == REPLY_DATUM || r->kind == REPLY_RESULT ? r->name
								  : "");
	if (has_text) {
		MUST(r->text[r->len] == '\0');
		strbuf_add(trace, r->text, r->len);
	}
	strbuf_addc(trace, '\n');
}

static void
parse(const uint8_t *data, size_t size, size_t step, struct strbuf *trace)
{
	char name[] = "h-1";
	struct pusher pusher = {0}; /* nobody listens */
	struct job job = {.host.name = name, .op = JOB_STEP};
	struct lane lane = {.pusher = &pusher, .job = &job};
	struct reply_parser p;
	struct result result;
	struct reply r;
	struct error e;
	int got = 0;

	job.args = json_object();
	result_init(&result);
	reply_parser_init(&p, S);
	while (size > 0 && got >= 0) {
		size_t n = size < step ? size : step;

		reply_parser_add(&p, (const char *)data, n);
		data += n;
		size -= n;
		while ((got = reply_parser_next(&p, &r, &e)) > 0) {
			note(&r, trace);
			take(&r, &result, &lane);
		}
	}
	if (got < 0)
		strbuf_adds(trace, "nonsense\n");
	result_flush_output(&result, &lane);
	result_finish(&result);
	reply_parser_finish(&p);
	json_decref(job.args);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strbuf whole, pieces;

	strbuf_init(&whole);
	strbuf_init(&pieces);
	parse(data, size, size, &whole);
	parse(data, size, 1 + size / 11, &pieces);
	if (size <= SAME_MAX)
		MUST(whole.len == pieces.len &&
			memcmp(whole.buf, pieces.buf, whole.len) == 0);
	strbuf_finish(&whole);
	strbuf_finish(&pieces);
	return 0;
}
