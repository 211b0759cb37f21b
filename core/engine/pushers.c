/* pushers.c - starts pushers, hands them jobs, hears what came of them. */
#include "engine/pushers.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uthash.h>

#include "base/file.h"
#include "base/log.h"
#include "engine/events.h"
#include "engine/ways.h"
#include "engine/host_facts.h"
#include "wire/conn.h"
#include "wire/json.h"
#include "wire/push.h"

#define PUSHERS_MOST 16
#define OUT_MAX (256 * 1024 * 1024)
#define IDLE_MS 60000
#define RESTART_MOST_MS 30000
/* Answers for jobs that no rollout asked for are numbered from here. */
#define ASK_FIRST ((int64_t)1 << 52)
#define ASK_OUTPUT_MAX 65536

struct pending { /* a job that was sent and not answered */
	int64_t id;
	struct pusher *pusher;
	char *host;           /* owned */
	pusher_answer answer; /* NULL: a rollout's */
	void *arg;
	struct strbuf output;
	UT_hash_handle hh;
};

struct pusher {
	struct pushers *all;
	int index;
	uv_process_t process;
	bool runs;
	struct conn *conn;
	bool no_key;
	int64_t started_ms, pause_ms;
	uv_timer_t again;
};

struct pushers {
	struct engine *en;
	char *program;
	struct pusher list[PUSHERS_MOST];
	int count;
	struct pending *pending;
	json_t **queue; /* messages of this turn */
	struct pusher **queue_to;
	size_t queue_count, queue_capacity, queue_to_capacity;
	struct ways *ways;
	json_t *held; /* stages that wait for what is to be sent */
	int64_t next_ask;
	bool ending;
};

static void pusher_start(struct pusher *p);
static void on_made(void *arg);

/* ---- what pushers say ---- */

static const char *const outcome_names[OUTCOME_COUNT] = {
	"done", "failed", "refused", "interrupted", "unreachable", "lost"};

static enum job_outcome
outcome_parse(const char *name)
{
	int i;

	for (i = 0; i < OUTCOME_COUNT; i++)
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

/* A wait with its cause, and a word to whoever looks. */
static void
note_key_wait(const struct rollout *r, void *arg)
{
	struct engine *en = arg;
	char id[ID_TEXT_SIZE];
	struct error e;

	if (rollout_is_over(r->state))
		return;
	rollout_id_format(r->id, id);
	engine_write(en);
	engine_must(en->no_key ? store_wait_begin(en->store, id, "no_key",
					 engine_now(en), &e)
			       : store_wait_end(en->store, id, "no_key",
					 engine_now(en), &e),
		&e, "save a wait");
	events_rollout(en, r, NULL);
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
	runner_each(en->runner, note_key_wait, en);
	events_engine(en);
}

static void
on_ready(struct pusher *p, const json_t *m)
{
	int64_t protocol = json_get_int(m, "protocol", 0);

	if (protocol == PUSH_PROTOCOL)
		return;
	log_error("pusher speaks protocol %lld, this engine speaks %d: install "
		  "both from one build",
		(long long)protocol, PUSH_PROTOCOL);
	conn_close(p->conn, "another protocol");
}

static void
on_message(struct conn *conn, json_t *m, void *arg)
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
		on_ready(p, m);
	engine_wake(p->all->en);
}

/* ---- life ---- */

static void
lose_jobs(struct pusher *p)
{
	struct pending *job, *next;
	struct error e;

	error_set(&e, ERROR_FAILED, "the pusher ended unexpectedly");
	HASH_ITER(hh, p->all->pending, job, next)
	{
		if (job->pusher == p)
			pending_answer(p->all, job, OUTCOME_LOST, NULL, &e);
	}
	engine_wake(p->all->en);
}

static void
on_again(uv_timer_t *timer)
{
	pusher_start(timer->data);
}

static void
on_close(struct conn *conn, const char *reason, void *arg)
{
	struct pusher *p = arg;
	int64_t now = clock_mono_ms(clock_real());

	(void)conn;
	p->conn = NULL;
	if (p->all->ending)
		return;
	log_warn("pusher %d: %s", p->index, reason);
	if (p->runs)
		uv_process_kill(&p->process, SIGKILL);
	p->pause_ms = now - p->started_ms > 60000 ? 100
		      : p->pause_ms == 0	  ? 100
						  : p->pause_ms * 2;
	if (p->pause_ms > RESTART_MOST_MS)
		p->pause_ms = RESTART_MOST_MS;
	uv_timer_start(&p->again, on_again, (uint64_t)p->pause_ms, 0);
	lose_jobs(p);
}

static const struct conn_handler handler = {on_message, on_close};

static void
on_ended(uv_process_t *process, int64_t status, int signal)
{
	struct pusher *p = process->data;

	if (!p->all->ending)
		log_warn("pusher %d ended: status %lld, signal %d", p->index,
			(long long)status, signal);
	p->runs = false;
	uv_close((uv_handle_t *)process, NULL);
}

static json_t *
paths_json(const struct strings *list)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < list->count; i++)
		json_array_append_new(array, json_text(list->items[i]));
	return array;
}

static void
send_settings(struct pusher *p)
{
	const struct settings *s = p->all->en->settings;
	int n = p->all->count;
	json_t *m = json_pack(
		"{s:s, s:{s:o, s:o, s:b, s:o, s:I}, s:{s:i, s:i, s:I}, s:i}",
		"m",
		"settings", "ssh", "keys", paths_json(&s->ssh_keys),
		"known_hosts", paths_json(&s->ssh_known_hosts), "use_agent",
		(int)!s->has_people, "config", json_text(s->ssh_config),
		"connect_timeout_ms",
		(json_int_t)s->ssh_connect_timeout_ms, "limits", "connections",
		(s->connections + n - 1) / n, "unauthenticated_per_host",
		(s->unauthenticated_per_host + n - 1) / n, "bandwidth_bytes",
		(json_int_t)((s->bandwidth_bytes + n - 1) / n), "idle_ms",
		IDLE_MS);

	conn_send(p->conn, m);
	json_decref(m);
}

static void
pusher_start(struct pusher *p)
{
	struct pushers *ps = p->all;
	uv_process_options_t options = {0};
	uv_stdio_container_t stdio[3];
	char *args[] = {ps->program, NULL};
	int pair[2], result;

	if (p->runs) { /* the old one has not been seen to end yet */
		uv_timer_start(&p->again, on_again, 100, 0);
		return;
	}
	p->started_ms = clock_mono_ms(clock_real());
	if (ps->program == NULL ||
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) ==
			-1) {
		log_error("cannot start a pusher: sluice-push is not found");
		return;
	}
	stdio[0].flags = UV_INHERIT_FD;
	stdio[0].data.fd = pair[1];
	stdio[1].flags = UV_INHERIT_FD;
	stdio[1].data.fd = 2;
	stdio[2].flags = UV_INHERIT_FD;
	stdio[2].data.fd = 2;
	options.file = ps->program;
	options.args = args;
	options.stdio = stdio;
	options.stdio_count = 3;
	options.exit_cb = on_ended;
	p->process.data = p;
	result = uv_spawn(ps->en->loop, &p->process, &options);
	close(pair[1]);
	if (result != 0) {
		log_error("cannot start '%s': %s", ps->program,
			uv_strerror(result));
		close(pair[0]);
		p->pause_ms = RESTART_MOST_MS;
		uv_timer_start(&p->again, on_again, RESTART_MOST_MS, 0);
		return;
	}
	p->runs = true;
	p->conn = conn_create(
		ps->en->loop, pair[0], PUSH_LINE_MAX, OUT_MAX, &handler, p);
	send_settings(p);
}

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
		struct pusher *p = &ps->list[i];

		p->all = ps;
		p->index = i;
		uv_timer_init(en->loop, &p->again);
		p->again.data = p;
		pusher_start(p);
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
		uv_close((uv_handle_t *)&ps->list[i].again, NULL);
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
			send_settings(&ps->list[i]);
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
	pending_add(ps, job->id, h->name);
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

/* A pusher that is being started again gets nothing: what was meant for it is
 * lost, and the runner sends it again in a while. */
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
		struct pending *p;
		struct error e;

		if (to[i]->conn != NULL) {
			conn_send(to[i]->conn, queue[i]);
		} else if ((p = pending_find(ps, json_get_int(queue[i], "job",
							 0))) != NULL) {
			error_set(&e, ERROR_FAILED,
				"the pusher is being started again");
			pending_answer(ps, p, OUTCOME_LOST, NULL, &e);
		}
		json_decref(queue[i]);
	}
	free(queue);
	free(to);
}
