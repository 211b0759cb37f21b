/* test_host_program.c - requests to hosts, and what hostile replies do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "transports/host_program.h"

#define S "0123456789abcdef0123456789abcdef"

/* Parses text in pieces of `step` bytes; writes what came out of it. */
static int
parse(const char *text, size_t len, size_t step, struct strbuf *out)
{
	struct reply_parser p;
	struct reply r;
	struct error e;
	size_t at = 0;
	int got = 0;

	reply_parser_init(&p, S);
	while (at < len && got >= 0) {
		size_t n = len - at < step ? len - at : step;

		reply_parser_add(&p, text + at, n);
		at += n;
		while ((got = reply_parser_next(&p, &r, &e)) > 0) {
			strbuf_addf(out, "%d", r.kind);
			if (r.kind == REPLY_DATUM)
				strbuf_addf(out, " %s=", r.name);
			if (r.kind == REPLY_DATUM || r.kind == REPLY_OUTPUT)
				strbuf_add(out, r.text, r.len);
			if (r.kind == REPLY_RESULT)
				strbuf_addf(out, " %u %s %s", r.id, r.name,
					r.text);
			strbuf_addc(out, ';');
		}
	}
	reply_parser_finish(&p);
	return got;
}

static void
expect(const char *text, int result, const char *expected)
{
	size_t step;

	for (step = 1; step < 70; step += 4) {
		struct strbuf out;

		strbuf_init(&out);
		assert_int_equal(
			parse(text, strlen(text), step, &out) < 0 ? -1 : 0,
			result);
		assert_string_equal(out.buf, expected);
		strbuf_finish(&out);
	}
}

static void
test_replies(void **state)
{
	(void)state;
	expect(S " hello 1\n" S " t\n" S " h\n", 0, "0;3;2;");
	expect(S " d user root\n", 0, "4 user=root;");
	expect(S " d empty \n", 0, "4 empty=;");
	expect(S " D text 5\na\nb\nc\n" S " r 1 done \n", 0,
		"4 text=a\nb\nc;6 1 done ;");
	expect(S " D none 0\n\n", 0, "4 none=;");
	expect(S " o 3\n" S "\n", -1, "");
	expect(S " o 6\nabcdef\n" S " g 7\n", 0, "5abcdef;1;");
	expect(S " r 12 failed no_space\n", 0, "6 12 failed no_space;");
}

static void
test_noise(void **state)
{
	(void)state;
	expect("Welcome!\n\nprompt> " S " hello 1\n", 0, "0;");
	expect("0123456789abcdef r 1 done\n r 1 done\n", 0, "");
	/* Output that looks like a reply is still output. */
	expect(S " o 15\nxx r 1 done \nyyy\n", -1, "");
	expect(S " o 17\nxx r 1 done \nyyyy\n" S " h\n", 0,
		"5xx r 1 done \nyyyy;2;");
}

static void
test_nonsense(void **state)
{
	static const char *const lines[] = {
		S " \n",
		S " z\n",
		S " r\n",
		S " r x done \n",
		S " r 1\n",
		S " r -1 done \n",
		S " D text -5\n",
		S " D text 99999999999\n",
		S " D text 5x\n",
		S " D text\n",
		S " d\n",
		S " o\n",
		S " o 9999999\n",
		S " D t 2\nabc\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lines); i++)
		expect(lines[i], -1, "");
}

/* Megabytes without a newline stay bounded, and the talk goes on. */
static void
test_long_noise(void **state)
{
	struct reply_parser p;
	struct reply r;
	struct error e;
	char block[4096];
	int i;

	(void)state;
	memset(block, 'x', sizeof(block));
	reply_parser_init(&p, S);
	for (i = 0; i < 1000; i++) {
		reply_parser_add(&p, block, sizeof(block));
		assert_int_equal(reply_parser_next(&p, &r, &e), 0);
		assert_true(p.in.len < 16384);
		assert_true(p.noise.len <= 4096);
	}
	reply_parser_add(&p, "\n" S " h\n", strlen("\n" S " h\n"));
	assert_int_equal(reply_parser_next(&p, &r, &e), 1);
	assert_int_equal(r.kind, REPLY_ALIVE);
	reply_parser_finish(&p);
}

static struct job *
make_job(const char *text, struct error *e)
{
	json_t *message = json_loads(text, 0, NULL);
	struct job *job;

	assert_non_null(message);
	job = job_create(message, e);
	json_decref(message);
	return job;
}

static void
test_request(void **state)
{
	struct strbuf out;
	struct error e;
	struct job *job = make_job(
		"{\"m\":\"job\",\"job\":1,\"op\":\"step\","
		"\"root\":\"/srv/it's\","
		"\"host\":{\"name\":\"web\",\"transport\":\"local\","
		"\"path\":\"/lab\"},\"lease\":{\"engine\":\"E\",\"epoch\":2,"
		"\"rollout\":\"R-1\",\"reason\":\"two\\nlines\"},"
		"\"args\":{\"release\":\"1-a\",\"step\":\"after\","
		"\"run\":\"a\\nb=$(id)\\n\",\"timeout_ms\":105,"
		"\"env\":{\"X\":\"1\\n2\"}}}",
		&e);

	(void)state;
	assert_non_null(job);
	strbuf_init(&out);
	host_program_add_request(&out, job, 7, 5000);
	assert_string_equal(out.buf,
		"step 7\nnow=5\nroot=/lab/srv/it's\nengine=E\nepoch=2\n"
		"rollout=R-1\nreason=two lines\nhead=\nrelease=1-a\n"
		"attempt=0\nrun:10\na\nb=$(id)\ntimeout_cs=11\n"
		"env:5\nX=1\n2env=SLUICE_HOST=web\n"
		"env=SLUICE_ROLLOUT=R-1\nenv=SLUICE_STEP=after\nstep=after\n"
		"\n");
	strbuf_finish(&out);
	job_destroy(job);
}

static void
test_refused_jobs(void **state)
{
	static const char *const args[] = {
		"{\"release\":\"../x\"}",
		"{\"release\":\"a/b\"}",
		"{\"release\":\"a b\"}",
		"{\"release\":\"\"}",
		"{\"release\":\".x\"}",
		"{\"release\":\"-x\"}",
		"{\"release\":5}",
		"{}",
	};
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(args); i++) {
		char *text = xasprintf(
			"{\"op\":\"switch\",\"root\":\"/srv\",\"host\":{},"
			"\"lease\":{\"engine\":\"E\",\"epoch\":1,"
			"\"rollout\":\"R-1\"},\"args\":%s}",
			args[i]);

		assert_null(make_job(text, &e));
		assert_int_equal(e.code, ERROR_INVALID);
		free(text);
	}
	assert_null(make_job("{\"op\":\"lock\",\"root\":\"srv\",\"lease\":{"
			     "\"engine\":\"E\",\"epoch\":1,\"rollout\":\"R\"}}",
		&e));
	assert_null(make_job("{\"op\":\"lock\",\"root\":\"/srv\"}", &e));
	assert_null(make_job("{\"op\":\"probe\",\"root\":\"/a\\nb\"}", &e));
	assert_null(make_job("{}", &e));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replies),
		cmocka_unit_test(test_noise),
		cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_long_noise),
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_refused_jobs),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
