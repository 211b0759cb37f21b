/*
 * cmd_host_run.c - a command on many hosts.
 *
 * host.run sends it out and answers at once; host.results hands out what came
 * of it as it comes, a page at a time, and waits while nothing new is there.
 * What a client has seen (it says so by `after`) is forgotten; a run that
 * nobody asks about any more is forgotten too.
 */
#include "engine/host_runs.h"

#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "engine/cmd.h"
#include "engine/pushers.h"
#include "engine/redact.h"
#include "model/hostset.h"
#include "wire/json.h"

#define TIMEOUT_MS 300000
#define TIMEOUT_MOST_MS 86400000
/* Over the command's own limit, for the link. */
#define LINK_MS 60000
#define PAGE_BYTES (256 * 1024)
#define PAGE_ITEMS 500
/* Of all that waits for its reader; what comes beyond is cut. */
#define KEPT_BYTES (32 * 1024 * 1024)
#define FORGET_S 600
#define COMMAND_MOST (128 * 1024)

struct run_result {
	json_t *item;
	size_t bytes;
	struct run_result *next;
};

struct host_run {
	struct engine *en;
	int64_t number, uid;
	char *who, *selector;
	int64_t timeout_ms;
	size_t total, answered, failed;
	struct run_result *first, **last;
	int64_t given; /* results that were dropped at the front */
	size_t kept_bytes;
	struct request *waiting; /* for results; NULL: nobody */
	int64_t waiting_after, seen_at;
	struct host_run *next;
};

struct run_ask {
	struct host_run *run;
	char *host;
	int64_t index;
};

/* ---- life ---- */

static void
drop_first(struct host_run *r)
{
	struct run_result *first = r->first;

	r->first = first->next;
	if (r->first == NULL)
		r->last = &r->first;
	r->kept_bytes -= first->bytes;
	r->given++;
	json_decref(first->item);
	free(first);
}

static void
run_free(struct host_run *r)
{
	while (r->first != NULL)
		drop_first(r);
	free(r->selector);
	free(r->who);
	free(r);
}

static bool
is_stale(const struct host_run *r)
{
	return r->answered == r->total && r->waiting == NULL &&
	       engine_now(r->en) - r->seen_at > FORGET_S;
}

void
host_runs_housekeeping(struct engine *en)
{
	struct host_run **slot = &en->host_runs, *r;

	while ((r = *slot) != NULL) {
		if (!is_stale(r)) {
			slot = &r->next;
			continue;
		}
		*slot = r->next;
		run_free(r);
	}
}

void
host_runs_destroy(struct engine *en)
{
	struct host_run *r;

	while ((r = en->host_runs) != NULL) {
		en->host_runs = r->next;
		run_free(r);
	}
}

/* ---- results ---- */

/* Results behind `after`, as far as one message takes them. */
static json_t *
results_page(struct host_run *r, int64_t after)
{
	json_t *items = json_array();
	struct run_result *result;
	int64_t next = r->given;
	size_t bytes = 0;

	for (result = r->first; result != NULL; result = result->next) {
		if (next++ < after)
			continue;
		bytes += result->bytes;
		if (json_array_size(items) > 0 &&
			(bytes > PAGE_BYTES ||
				json_array_size(items) == PAGE_ITEMS)) {
			next--;
			break;
		}
		json_array_append(items, result->item);
	}
	return json_pack("{s:o, s:I, s:I, s:I}", "items", items, "next",
		(json_int_t)next, "total", (json_int_t)r->total, "left",
		(json_int_t)((int64_t)r->total - next));
}

static int64_t
results_there(const struct host_run *r)
{
	return (int64_t)r->answered;
}

static void
answer_waiting(struct host_run *r)
{
	struct request *rq = r->waiting;

	if (rq == NULL || (results_there(r) <= r->waiting_after &&
				  r->answered < r->total))
		return;
	r->waiting = NULL;
	r->seen_at = engine_now(r->en);
	request_done(rq, results_page(r, r->waiting_after));
}

static void
record_end(struct host_run *r)
{
	char *id = xasprintf("X-%lld", (long long)r->number);

	engine_record(r->en, r->who, r->uid, "host.run_done", r->selector, "",
		json_pack("{s:s, s:I, s:I}", "id", id, "ok",
			(json_int_t)(r->total - r->failed), "failed",
			(json_int_t)r->failed));
	free(id);
}

static void
result_add(struct host_run *r, json_t *item, size_t bytes)
{
	struct run_result *result = xcalloc(1, sizeof(*result));

	result->item = item;
	result->bytes = bytes + 512;
	*r->last = result;
	r->last = &result->next;
	r->kept_bytes += result->bytes;
	r->answered++;
	if (r->answered == r->total)
		record_end(r);
	answer_waiting(r);
}

static json_t *
exit_or_null(const json_t *data, const char *key)
{
	const json_t *v = json_object_get(data, key);

	return json_is_integer(v) ? json_integer(json_integer_value(v))
				  : json_null();
}

static void
on_ran(enum job_outcome outcome, const json_t *data, const struct error *error,
	const char *output, void *arg)
{
	struct run_ask *ask = arg;
	struct host_run *r = ask->run;
	size_t len = output == NULL ? 0 : strlen(output);
	bool is_cut = r->kept_bytes + len > KEPT_BYTES;
	char *safe = redactor_apply(r->en->redactor,
		output == NULL || is_cut ? "" : output, is_cut ? 0 : len);
	json_t *item = json_pack(
		"{s:s, s:I, s:o, s:o, s:o, s:b, s:o, s:o}", "host", ask->host,
		"index", (json_int_t)ask->index, "exit",
		exit_or_null(data, "exit"), "signal",
		exit_or_null(data, "signal"), "output", json_text(safe), "cut",
		(int)is_cut, "duration_s",
		json_seconds(json_get_int(data, "duration_ms", -1)), "error",
		outcome == OUTCOME_DONE ? json_null() : json_from_error(error));

	r->failed += outcome != OUTCOME_DONE;
	result_add(r, item, strlen(safe));
	free(safe);
	free(ask->host);
	free(ask);
}

/* ---- the start ---- */

static int
read_timeout(struct request *rq, int64_t *ret_ms, struct error *e)
{
	const char *text = arg_string(rq, "timeout");

	*ret_ms = TIMEOUT_MS;
	if (text == NULL)
		return 0;
	if (duration_parse(text, ret_ms, e) == -1)
		return -1;
	if (*ret_ms < 1 || *ret_ms > TIMEOUT_MOST_MS)
		return error_set(e, ERROR_INVALID,
			"'%.40s' is no time for a command, expected 1s to 1d",
			text);
	return 0;
}

static void
run_on(struct host_run *r, const struct host *h, size_t index,
	const char *command)
{
	struct run_ask *ask = xcalloc(1, sizeof(*ask));

	ask->run = r;
	ask->host = xstrdup(h->name);
	ask->index = (int64_t)index;
	pushers_ask(r->en->pushers, h, NULL, "exec",
		json_pack("{s:b, s:s, s:I, s:{}}", "hasty", 1, "run", command,
			"timeout_ms", (json_int_t)r->timeout_ms, "env"),
		"", r->timeout_ms + LINK_MS, on_ran, ask);
}

static struct host_run *
run_create(struct request *rq, int64_t timeout_ms)
{
	struct host_run *r = xcalloc(1, sizeof(*r));
	struct actor by = request_actor(rq);

	r->en = rq->en;
	r->number = ++rq->en->host_run_count;
	r->uid = rq->uid;
	r->who = xstrdup(by.who);
	r->selector = xstrdup(arg_string(rq, "selector"));
	r->timeout_ms = timeout_ms;
	r->last = &r->first;
	r->seen_at = engine_now(rq->en);
	r->next = rq->en->host_runs;
	rq->en->host_runs = r;
	return r;
}

static void
record_run(struct request *rq, const char *id, size_t hosts)
{
	const char *command = arg_string(rq, "command");
	char *safe = redactor_apply(
		rq->en->redactor, command, strlen(command));
	struct actor by = request_actor(rq);

	engine_record(rq->en, by.who, by.uid, "host.run",
		arg_string(rq, "selector"), "",
		json_pack("{s:s, s:o, s:I}", "id", id, "command",
			json_text(safe), "hosts", (json_int_t)hosts));
	free(safe);
}

static int
check_run(struct request *rq, struct selector **ret, int64_t *ret_timeout_ms,
	struct error *e)
{
	const struct settings *s = rq->en->settings;
	const char *command = arg_string(rq, "command");
	size_t i, count = 0;

	if (command[strspn(command, " \t\n")] == '\0')
		return error_set(e, ERROR_USAGE, "the command is empty");
	if (strlen(command) > COMMAND_MOST)
		return error_set(e, ERROR_LIMIT,
			"the command is longer than 128 KiB");
	if (read_timeout(rq, ret_timeout_ms, e) == -1 ||
		selector_parse(arg_string(rq, "selector"), ret, e) == -1)
		return -1;
	for (i = 0; i < s->host_count; i++)
		count += selector_matches(*ret, &s->hosts[i]);
	if (count > 0)
		return (int)count;
	selector_destroy(*ret);
	error_set(e, ERROR_NOT_FOUND, "no host is '%.200s'",
		arg_string(rq, "selector"));
	return error_hint(e, "see sluice host ls; all hosts are 'name=*'");
}

static bool
touches(struct request *rq, const struct environment *env,
	const struct selector *selector)
{
	const struct host **hosts = NULL;
	size_t count = 0, i;
	struct error e;
	bool found = false;

	/* An environment that is wrong has no plan, and no hosts to protect. */
	if (settings_hosts_of(rq->en->settings, env, NULL, &hosts, &count,
		    &e) == -1)
		return false;
	for (i = 0; i < count && !found; i++)
		found = selector_matches(selector, hosts[i]);
	free(hosts);
	return found;
}

static json_t *
answer(struct request *rq, const char *id, int hosts,
	const struct selector *selector)
{
	const struct settings *s = rq->en->settings;
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < s->environment_count; i++) {
		const struct environment *env = &s->environments[i];

		if (env->protect == PROTECT_TYPED && touches(rq, env, selector))
			json_array_append_new(list, json_string(env->name));
	}
	return json_pack("{s:s?, s:i, s:o}", "id", id, "hosts", hosts,
		"protected", list);
}

void
cmd_host_run(struct request *rq)
{
	const struct settings *s = rq->en->settings;
	struct selector *selector;
	struct host_run *r;
	int64_t timeout_ms;
	struct error e;
	char *id;
	size_t i;
	int count = check_run(rq, &selector, &timeout_ms, &e);

	if (count == -1) {
		request_fail(rq, &e);
		return;
	}
	if (json_get_bool(rq->args, "look", false)) {
		request_done(rq, answer(rq, NULL, count, selector));
		selector_destroy(selector);
		return;
	}
	r = run_create(rq, timeout_ms);
	r->total = (size_t)count;
	id = xasprintf("X-%lld", (long long)r->number);
	record_run(rq, id, r->total);
	for (i = 0; i < s->host_count; i++)
		if (selector_matches(selector, &s->hosts[i]))
			run_on(r, &s->hosts[i], i, arg_string(rq, "command"));
	request_done(rq, answer(rq, id, count, selector));
	selector_destroy(selector);
	free(id);
}

/* Whoever began it, and nobody else, reads what came of it. */
static struct host_run *
find_run(struct request *rq)
{
	const char *id = arg_string(rq, "id");
	struct host_run *r;
	long long number = strncmp(id, "X-", 2) == 0 ? atoll(id + 2) : 0;

	for (r = rq->en->host_runs; r != NULL; r = r->next)
		if (r->number == number && r->uid == rq->uid)
			return r;
	return NULL;
}

void
cmd_host_results(struct request *rq)
{
	int64_t after = json_get_int(rq->args, "after", 0);
	struct host_run *r = find_run(rq);

	if (r == NULL) {
		request_refuse(rq, ERROR_NOT_FOUND,
			"the ledger says that it began: sluice audit ls",
			"nothing is known of '%.40s': it was read to its end, "
			"or the engine was started again",
			arg_string(rq, "id"));
		return;
	}
	/* Of two that wait the newer one is the client that is still there. */
	if (r->waiting != NULL)
		request_refuse(r->waiting, ERROR_BUSY, NULL,
			"these results were asked for again");
	while (r->first != NULL && r->given < after)
		drop_first(r);
	r->waiting = rq;
	r->waiting_after = after < r->given ? r->given : after;
	answer_waiting(r);
}
