/* pushers.c - starts pushers, hands them jobs, hears what came of them. */
#include "engine/pushers.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "engine/events.h"
#include "engine/host_facts.h"
#include "engine/pushers_private.h"
#include "wire/json.h"

/* Answers for jobs that no rollout asked for are numbered from here. */
#define ASK_FIRST ((int64_t)1 << 52)
#define ASK_OUTPUT_MAX 65536

static void on_made(void *arg);

/* ---- what pushers say ---- */

/* What became of an abandoned one no pusher lived to say. */
static const char *const outcome_names[OUTCOME_ABANDONED] = {
	"done", "failed", "refused", "interrupted", "unreachable", "lost"};

static enum job_outcome
outcome_parse(const char *name)
{
	int i;

	for (i = 0; i < OUTCOME_ABANDONED; i++)
		if (strcmp(outcome_names[i], name) == 0)
			return (enum job_outcome)i;
	return OUTCOME_LOST;
}

static struct pending *
pending_find(struct pushers *ps, int64_t id)
{
	struct pending *p;

	HASH_FIND(hh, ps->pending, &id, sizeof(id), p);
	return p;
}

static void
pending_answer(struct pushers *ps, struct pending *p, enum job_outcome outcome,
	const json_t *data, const struct error *error)
{
	HASH_DEL(ps->pending, p);
	if (p->answer != NULL)
		p->answer(outcome, data, error, p->output.buf, p->arg);
	else
		runner_job_done(ps->en->runner, p->id, outcome, data, error);
	strbuf_finish(&p->output);
	free(p->host);
	free(p);
}

static void
answer_gone(struct pending *job)
{
	const char *trouble = job->pusher->trouble;
	struct error e;

	error_set(&e, ERROR_FAILED, "%s",
		trouble == NULL ? "the pusher ended unexpectedly" : trouble);
	pending_answer(job->pusher->all, job,
		job->answer == NULL ? OUTCOME_ABANDONED : OUTCOME_LOST, NULL,
		&e);
}

void
pusher_lose_jobs(struct pusher *p)
{
	struct pending *job, *next;

	HASH_ITER(hh, p->all->pending, job, next)
	{
		if (job->pusher == p && (job->sent || job->answer != NULL))
			answer_gone(job);
	}
	engine_wake(p->all->en);
}

const char *
pusher_hosts_out(const struct pusher *p, int *ret_more)
{
	const struct pending *job;
	const char *host = NULL;

	*ret_more = -1;
	for (job = p->all->pending; job != NULL; job = job->hh.next) {
		if (job->pusher != p || !job->sent)
			continue;
		host = host == NULL ? job->host : host;
		++*ret_more;
	}
	return host;
}

static void
on_result(struct pushers *ps, const json_t *m)
{
	struct pending *p = pending_find(ps, json_get_int(m, "job", 0));
	enum job_outcome outcome =
		outcome_parse(json_get_string(m, "outcome", "lost"));
	struct error e;

	if (p == NULL)
		return;
	if (outcome == OUTCOME_UNREACHABLE)
		host_facts_unreachable(ps->en, p->host);
	error_clear(&e);
	if (json_is_object(json_object_get(m, "error")))
		json_to_error(json_object_get(m, "error"), &e);
	pending_answer(ps, p, outcome, json_object_get(m, "data"), &e);
}

static void
on_output(struct pushers *ps, const json_t *m)
{
	struct pending *p = pending_find(ps, json_get_int(m, "job", 0));
	const char *text = json_get_string(m, "text", "");

	if (p == NULL)
		return;
	if (p->answer == NULL)
		runner_job_output(ps->en->runner, p->id, text, strlen(text));
	else if (p->output.len < ASK_OUTPUT_MAX)
		strbuf_adds(&p->output, text);
}

static void
on_progress(struct pushers *ps, const json_t *m)
{
	runner_job_progress(ps->en->runner, json_get_int(m, "job", 0),
		json_get_int(m, "done_bytes", 0),
		json_get_int(m, "total_bytes", 0));
}

struct waiting {
	struct engine *en;
	const char *cause;
	bool begins;
};

/* A wait with its cause, and a word to whoever looks. */
static void
note_wait(const struct rollout *r, void *arg)
{
	const struct waiting *w = arg;
	struct store *s = w->en->store;
	char id[ID_TEXT_SIZE];
	struct error e;
	int64_t now = engine_now(w->en);

	if (rollout_is_over(r->state))
		return;
	rollout_id_format(r->id, id);
	engine_write(w->en);
	engine_must(w->begins ? store_wait_begin(s, id, w->cause, now, &e)
			      : store_wait_end(s, id, w->cause, now, &e),
		&e, "save a wait");
	events_rollout(w->en, r, NULL);
}

void
pushers_note_wait(struct pushers *ps, const char *cause, bool begins)
{
	struct waiting w = {ps->en, cause, begins};

	runner_each(ps->en->runner, note_wait, &w);
	events_engine(ps->en);
}

static void
on_condition(struct pusher *p, const json_t *m)
{
	struct engine *en = p->all->en;
	bool any = false;
	int i;

	if (strcmp(json_get_string(m, "name", ""), "no_key") != 0)
		return;
	p->no_key = json_get_bool(m, "on", false);
	for (i = 0; i < p->all->count; i++)
		any = any || p->all->list[i].no_key;
	if (any == en->no_key)
		return;
	en->no_key = any;
	str_replace(&en->no_key_message,
		json_get_string(m, "message", "neither agent nor key"));
	engine_record(en, "engine", -1,
		any ? "engine.no_key" : "engine.key_back", "",
		en->no_key_message, NULL);
	pushers_note_wait(p->all, "no_key", any);
}

void
pusher_message(struct conn *conn, json_t *m, void *arg)
{
	struct pusher *p = arg;
	const char *kind = json_get_string(m, "m", "");

	(void)conn;
	if (strcmp(kind, "result") == 0)
		on_result(p->all, m);
	else if (strcmp(kind, "output") == 0)
		on_output(p->all, m);
	else if (strcmp(kind, "progress") == 0)
		on_progress(p->all, m);
	else if (strcmp(kind, "host") == 0)
		host_facts_seen(p->all->en, m);
	else if (strcmp(kind, "condition") == 0)
		on_condition(p, m);
	else if (strcmp(kind, "ready") == 0)
		pusher_ready(p, m);
	engine_wake(p->all->en);
}

/* ---- life ---- */

struct pushers *
pushers_create(struct engine *en)
{
	struct pushers *ps = xcalloc(1, sizeof(*ps));
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	int i;

	ps->en = en;
	ps->program = path_find_program("sluice-push");
	ps->next_ask = ASK_FIRST;
	ps->ways = ways_create(en->loop, en->private_dir, on_made, ps);
	ps->held = json_array();
	ps->count = cores < 1		   ? 1
		    : cores > PUSHERS_MOST ? PUSHERS_MOST
					   : (int)cores;
	for (i = 0; i < ps->count; i++) {
		pusher_init(&ps->list[i], ps, i);
		pusher_start(&ps->list[i]);
	}
	return ps;
}

void
pushers_destroy(struct pushers *ps)
{
	struct pending *job, *next;
	size_t q;
	int i;

	if (ps == NULL)
		return;
	ps->ending = true;
	for (i = 0; i < ps->count; i++) {
		if (ps->list[i].conn != NULL)
			conn_close(ps->list[i].conn, "the engine stopped");
		uv_close((uv_handle_t *)&ps->list[i].timer, NULL);
	}
	uv_run(ps->en->loop, UV_RUN_NOWAIT);
	uv_run(ps->en->loop, UV_RUN_NOWAIT);
	for (i = 0; i < ps->count; i++)
		if (ps->list[i].runs &&
			!uv_is_closing((uv_handle_t *)&ps->list[i].process))
			uv_close((uv_handle_t *)&ps->list[i].process, NULL);
	uv_run(ps->en->loop, UV_RUN_NOWAIT);
	HASH_ITER(hh, ps->pending, job, next)
	{
		HASH_DEL(ps->pending, job);
		strbuf_finish(&job->output);
		free(job->host);
		free(job);
	}
	for (q = 0; q < ps->queue_count; q++)
		json_decref(ps->queue[q]);
	for (i = 0; i < ps->count; i++) {
		json_decref(ps->list[i].held);
		free(ps->list[i].trouble);
	}
	ways_destroy(ps->ways);
	json_decref(ps->held);
	free(ps->queue);
	free(ps->queue_to);
	free(ps->program);
	free(ps);
}

void
pushers_use_settings(struct pushers *ps)
{
	int i;

	for (i = 0; i < ps->count; i++)
		if (ps->list[i].conn != NULL)
			pusher_send_settings(&ps->list[i]);
}

/* ---- jobs ---- */

static struct pusher *
pusher_of(struct pushers *ps, const char *host)
{
	unsigned hash;

	HASH_VALUE(host, strlen(host), hash);
	return &ps->list[hash % (unsigned)ps->count];
}

static void
enqueue(struct pushers *ps, struct pusher *to, json_t *message)
{
	ARRAY_GROW(ps->queue, ps->queue_count, ps->queue_capacity);
	ARRAY_GROW(ps->queue_to, ps->queue_count, ps->queue_to_capacity);
	ps->queue[ps->queue_count] = message;
	ps->queue_to[ps->queue_count++] = to;
	engine_wake(ps->en);
}

static struct pending *
pending_add(struct pushers *ps, int64_t id, const char *host)
{
	struct pending *p = xcalloc(1, sizeof(*p));

	p->id = id;
	p->pusher = pusher_of(ps, host);
	p->host = xstrdup(host);
	strbuf_init(&p->output);
	HASH_ADD(hh, ps->pending, id, sizeof(p->id), p);
	return p;
}

static json_t *
host_message(struct pushers *ps, const struct host *h)
{
	json_t *m = json_pack("{s:s, s:s, s:o, s:i, s:o, s:o}", "name", h->name,
		"transport", transport_kind_name(h->transport), "address",
		json_text(h->address), "port", h->port, "user",
		json_text(h->user), "path", json_text(h->path));

	host_facts_add_known(ps->en, h, m);
	return m;
}

static json_t *
lease_message(struct pushers *ps, const char *rollout, const char *reason)
{
	char head[DIGEST_HEX_SIZE];
	int64_t seq;

	store_ledger_head(ps->en->store, &seq, head);
	return json_pack("{s:s, s:I, s:s, s:s, s:s}", "engine",
		store_engine_id(ps->en->store), "epoch",
		(json_int_t)store_epoch(ps->en->store), "rollout", rollout,
		"reason", reason, "ledger_head", head);
}

static const char *const op_names[JOB_OP_COUNT] = {
	"lock", "stage", "verify", "step", "switch", "exec", "unlock", "clean"};

void
pushers_submit(struct pushers *ps, const struct job *job)
{
	const struct host *h = &job->host->host;
	struct pusher *to = pusher_of(ps, h->name);
	char rollout[ID_TEXT_SIZE];
	json_t *message;

	rollout_id_format(job->rollout, rollout);
	pending_add(ps, job->id, h->name)->rollout = job->rollout.number;
	message = json_pack("{s:s, s:I, s:s, s:I, s:o, s:s, s:o, s:o}", "m",
		"job", "job", (json_int_t)job->id, "op", op_names[job->op],
		"timeout_ms", (json_int_t)job->timeout_ms, "host",
		host_message(ps, h), "root", job->host->root, "lease",
		lease_message(ps, rollout, job->reason), "args", job->args);
	if (job->op == JOB_STAGE && !ways_add(ps->ways, message))
		json_array_append_new(ps->held, message);
	else
		enqueue(ps, to, message);
}

/* Something was made that stages wait for. */
static void
on_made(void *arg)
{
	struct pushers *ps = arg;
	json_t *held = ps->held, *message;
	size_t i;

	ps->held = json_array();
	json_array_foreach (held, i, message) {
		struct pending *p =
			pending_find(ps, json_get_int(message, "job", 0));

		if (p == NULL)
			continue;
		if (ways_add(ps->ways, message))
			enqueue(ps, p->pusher, json_incref(message));
		else
			json_array_append(ps->held, message);
	}
	json_decref(held);
}

void
pushers_ask(struct pushers *ps, const struct host *host, const char *root,
	const char *op, json_t *args, const char *reason, int64_t timeout_ms,
	pusher_answer answer, void *arg)
{
	struct pending *p = pending_add(ps, ps->next_ask++, host->name);

	p->answer = answer;
	p->arg = arg;
	enqueue(ps, p->pusher,
		json_pack("{s:s, s:I, s:s, s:I, s:o, s:o, s:o, s:o}", "m",
			"job", "job", (json_int_t)p->id, "op", op, "timeout_ms",
			(json_int_t)timeout_ms, "host", host_message(ps, host),
			"root", json_text(root), "lease",
			lease_message(ps, "none", reason), "args",
			args));
}

void
pushers_idle(struct pushers *ps, const char *host)
{
	enqueue(ps, pusher_of(ps, host),
		json_pack("{s:s, s:s}", "m", "idle", "host", host));
}

/* ---- what goes out ---- */

static void
pusher_send(struct pusher *p, const json_t *message)
{
	struct pending *job =
		pending_find(p->all, json_get_int(message, "job", 0));

	if (job != NULL)
		job->sent = true;
	conn_send(p->conn, message);
}

void
pusher_send_held(struct pusher *p)
{
	json_t *message;
	size_t i;

	json_array_foreach (p->held, i, message)
		pusher_send(p, message);
	json_array_clear(p->held);
}

/* Jobs for a pusher that is not ready wait for it; a question does not wait
 * for one that is in trouble. */
void
pushers_flush(struct pushers *ps)
{
	json_t **queue = ps->queue;
	struct pusher **to = ps->queue_to;
	size_t count = ps->queue_count, i;

	/* Answers below may bring new jobs, which wait for their own commit. */
	ps->queue = NULL;
	ps->queue_to = NULL;
	ps->queue_count = ps->queue_capacity = ps->queue_to_capacity = 0;
	for (i = 0; i < count; i++) {
		struct pending *job =
			pending_find(ps, json_get_int(queue[i], "job", 0));

		if (to[i]->ready)
			pusher_send(to[i], queue[i]);
		else if (job != NULL && job->answer != NULL &&
			 to[i]->trouble != NULL)
			answer_gone(job);
		else if (job != NULL)
			json_array_append(to[i]->held, queue[i]);
		json_decref(queue[i]);
	}
	free(queue);
	free(to);
}
