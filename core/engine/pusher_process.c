/*
 * pusher_process.c - starts a pusher, and starts it again when it ends.
 *
 * One that ends again and again, cannot be started or speaks another protocol
 * is a condition of the engine: what is meant for its hosts waits, and no host
 * fails for it. It is over once a pusher has run for a while.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "engine/events.h"
#include "engine/pushers_private.h"
#include "wire/json.h"
#include "wire/push.h"

#define OUT_MAX (256 * 1024 * 1024)
#define IDLE_MS 60000
#define RESTART_FIRST_MS 100
#define RESTART_MOST_MS 30000
/* One that ended sooner than this after its start is ending in a row. */
#define LONG_LIFE_MS 60000
/* So many ends in a row are a condition. */
#define ENDS_MOST 3
/* It works again when it ran for twice its last pause and this. */
#define STEADY_MS 2000

/* ---- the condition ---- */

static bool
any_trouble(const struct pushers *ps)
{
	int i;

	for (i = 0; i < ps->count; i++)
		if (ps->list[i].trouble != NULL)
			return true;
	return false;
}

/* text is taken; NULL: it works again. */
static void
set_trouble(struct pusher *p, char *text)
{
	struct pushers *ps = p->all;
	bool was = any_trouble(ps), is;

	free(p->trouble);
	p->trouble = text;
	is = any_trouble(ps);
	if (text != NULL)
		log_error("%s", text);
	if (was == is)
		return;
	engine_record(ps->en, "engine", -1,
		is ? "engine.no_pusher" : "engine.pusher_back", "",
		is ? text : "", NULL);
	pushers_note_wait(ps, "no_pusher", is);
}

const char *
pushers_trouble(const struct pushers *ps)
{
	int i;

	for (i = 0; i < ps->count; i++)
		if (ps->list[i].trouble != NULL)
			return ps->list[i].trouble;
	return NULL;
}

bool
pushers_trouble_holds(const struct pushers *ps, struct rollout_id id)
{
	const struct pending *job;

	for (job = ps->pending; job != NULL; job = job->hh.next)
		if (job->rollout == id.number && job->pusher->trouble != NULL)
			return true;
	return false;
}

/* ---- ends ---- */

static void
on_again(uv_timer_t *timer)
{
	pusher_start(timer->data);
}

static void
on_steady(uv_timer_t *timer)
{
	struct pusher *p = timer->data;

	p->ends = 0;
	if (p->trouble != NULL)
		set_trouble(p, NULL);
}

static void
start_in(struct pusher *p, int64_t ms)
{
	uv_timer_start(&p->timer, on_again, (uint64_t)ms, 0);
}

/* What it was doing when it ended: one host may be the cause each time. */
static char *
describe_ends(const struct pusher *p, const char *reason)
{
	int more;
	const char *host = pusher_hosts_out(p, &more);
	char *with = host == NULL ? xstrdup("")
		     : more == 0  ? xasprintf(", with a job for '%s'", host)
				 : xasprintf(", with jobs for '%s' and %d more",
					   host, more);
	char *text = xasprintf("pusher %d ended %d times in a row (%s)%s; it "
			       "is started again every %lld s, and the log "
			       "says more",
		p->index, p->ends, reason, with,
		(long long)(p->pause_ms + 999) / 1000);

	free(with);
	return text;
}

static void
on_close(struct conn *conn, const char *reason, void *arg)
{
	struct pusher *p = arg;
	int64_t lived_ms = clock_mono_ms(clock_real()) - p->started_ms;

	(void)conn;
	p->conn = NULL;
	p->ready = false;
	if (p->all->ending)
		return;
	log_warn("pusher %d: %s", p->index, reason);
	if (p->runs)
		uv_process_kill(&p->process, SIGKILL);
	if (lived_ms > LONG_LIFE_MS)
		p->ends = 0;
	p->ends++;
	p->pause_ms = p->ends == 1 ? RESTART_FIRST_MS : p->pause_ms * 2;
	if (p->pause_ms > RESTART_MOST_MS)
		p->pause_ms = RESTART_MOST_MS;
	if (p->ends >= ENDS_MOST && p->trouble == NULL)
		set_trouble(p, describe_ends(p, reason));
	start_in(p, p->pause_ms);
	pusher_lose_jobs(p);
}

static const struct conn_handler handler = {pusher_message, on_close};

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

/* ---- starts ---- */

void
pusher_ready(struct pusher *p, const json_t *m)
{
	int64_t protocol = json_get_int(m, "protocol", 0);

	if (protocol != PUSH_PROTOCOL) {
		set_trouble(p,
			xasprintf("'%s' is version %s and speaks protocol "
				  "%lld, this engine is version %s and speaks "
				  "%d: install both from one build, then "
				  "sluice engine restart",
				p->all->program,
				json_get_string(m, "version", "unknown"),
				(long long)protocol, PACKAGE_VERSION,
				PUSH_PROTOCOL));
		conn_close(p->conn, "it speaks another protocol");
		return;
	}
	p->ready = true;
	uv_timer_start(&p->timer, on_steady,
		(uint64_t)(2 * p->pause_ms + STEADY_MS), 0);
	pusher_send_held(p);
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

void
pusher_send_settings(struct pusher *p)
{
	const struct settings *s = p->all->en->settings;
	int n = p->all->count;
	json_t *m = json_pack(
		"{s:s, s:{s:o, s:o, s:b, s:o, s:I}, s:{s:i, s:i, s:I}, s:i}",
		"m", "settings", "ssh", "keys", paths_json(&s->ssh_keys),
		"known_hosts", paths_json(&s->ssh_known_hosts), "use_agent",
		(int)!s->has_people, "config", json_text(s->ssh_config),
		"connect_timeout_ms", (json_int_t)s->ssh_connect_timeout_ms,
		"limits", "connections", (s->connections + n - 1) / n,
		"unauthenticated_per_host",
		(s->unauthenticated_per_host + n - 1) / n, "bandwidth_bytes",
		(json_int_t)((s->bandwidth_bytes + n - 1) / n), "idle_ms",
		IDLE_MS);

	conn_send(p->conn, m);
	json_decref(m);
}

/* Why it was not started goes to *ret_why (owned). */
static int
spawn(struct pusher *p, int fd, char **ret_why)
{
	char *args[] = {p->all->program, NULL};
	uv_process_options_t options = {0};
	uv_stdio_container_t stdio[3];
	int result;

	stdio[0].flags = stdio[1].flags = stdio[2].flags = UV_INHERIT_FD;
	stdio[0].data.fd = fd;
	stdio[1].data.fd = stdio[2].data.fd = 2;
	options.file = p->all->program;
	options.args = args;
	options.stdio = stdio;
	options.stdio_count = 3;
	options.exit_cb = on_ended;
	p->process.data = p;
	result = uv_spawn(p->all->en->loop, &p->process, &options);
	if (result == 0)
		return 0;
	/* The loop knows a handle that could not be spawned, too. */
	uv_close((uv_handle_t *)&p->process, NULL);
	*ret_why = xasprintf("cannot start '%s': %s; install it from this "
			     "engine's build",
		p->all->program, uv_strerror(result));
	return -1;
}

static int
connect_and_spawn(struct pusher *p, int *ret_fd, char **ret_why)
{
	int pair[2], result;

	if (p->all->program == NULL) {
		*ret_why = xstrdup("sluice-push is not found beside this "
				   "engine, in libexec or in PATH; install it "
				   "from this engine's build, then sluice "
				   "engine restart");
		return -1;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1) {
		*ret_why =
			xasprintf("cannot start a pusher: %s", strerror(errno));
		return -1;
	}
	result = spawn(p, pair[1], ret_why);
	close(pair[1]);
	if (result == -1)
		close(pair[0]);
	else
		*ret_fd = pair[0];
	return result;
}

void
pusher_start(struct pusher *p)
{
	struct pushers *ps = p->all;
	char *why;
	int fd;

	if (p->runs) { /* the old one has not been seen to end yet */
		start_in(p, RESTART_FIRST_MS);
		return;
	}
	p->started_ms = clock_mono_ms(clock_real());
	if (connect_and_spawn(p, &fd, &why) == -1) {
		p->pause_ms = RESTART_MOST_MS;
		start_in(p, p->pause_ms);
		set_trouble(p, why);
		return;
	}
	p->runs = true;
	p->conn = conn_create(
		ps->en->loop, fd, PUSH_LINE_MAX, OUT_MAX, &handler, p);
	pusher_send_settings(p);
}

void
pusher_init(struct pusher *p, struct pushers *all, int index)
{
	p->all = all;
	p->index = index;
	p->held = json_array();
	uv_timer_init(all->en->loop, &p->timer);
	p->timer.data = p;
}
