/* pusher.c - jobs, lanes and limits. */
#include "transports/pusher.h"

#include "config.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "transports/hostkey.h"
#include "transports/openssh_conf.h"
#include "transports/ssh_config.h"
#include "transports/ssh_keys.h"
#include "wire/json.h"
#include "wire/push.h"

#define OUT_MAX_BYTES (64 * 1024 * 1024)
#define TICK_BUSY_MS 50
#define TICK_IDLE_MS 1000
#define KEYS_AGAIN_MS 1000
#define WARM_MOST 1024

int64_t
pusher_now_ms(const struct pusher *p)
{
	return (int64_t)uv_now(p->loop);
}

const char *
pusher_own_user(void)
{
	const struct passwd *me = getpwuid(getuid());

	return me == NULL ? "" : me->pw_name;
}

void
pusher_send(struct pusher *p, json_t *message)
{
	if (p->conn != NULL)
		conn_send(p->conn, message);
	json_decref(message);
}

struct address *
pusher_address(struct pusher *p, const char *name)
{
	struct address *a;

	HASH_FIND_STR(p->addresses, name, a);
	if (a == NULL) {
		a = xcalloc(1, sizeof(*a));
		a->name = xstrdup(name);
		HASH_ADD_KEYPTR(
			hh, p->addresses, a->name, strlen(a->name), a);
	}
	return a;
}

uint64_t
pusher_bandwidth(struct pusher *p, uint64_t want)
{
	int64_t rate = p->settings.bandwidth_bytes;
	int64_t now_ms = pusher_now_ms(p), most;

	if (rate <= 0)
		return want;
	most = rate / 4 + 1; /* what may go at once */
	p->bandwidth_left += (now_ms - p->bandwidth_at_ms) * rate / 1000;
	if (now_ms > p->bandwidth_at_ms)
		p->bandwidth_at_ms = now_ms;
	if (p->bandwidth_left > most)
		p->bandwidth_left = most;
	if (p->bandwidth_left <= 0)
		return 0;
	return want < (uint64_t)p->bandwidth_left
		? want
		: (uint64_t)p->bandwidth_left;
}

void
pusher_spend(struct pusher *p, uint64_t bytes)
{
	if (p->settings.bandwidth_bytes > 0)
		p->bandwidth_left -= (int64_t)bytes;
}

void
pusher_set_no_key(struct pusher *p, bool on, const char *message)
{
	if (p->no_key == on)
		return;
	p->no_key = on;
	str_replace(&p->no_key_message, message);
	p->keys_again_ms = pusher_now_ms(p) + KEYS_AGAIN_MS;
	pusher_send(p,
		json_pack("{s:s, s:s, s:b, s:o}", "m", "condition", "name",
			"no_key", "on", on, "message", json_text(message)));
	pusher_wake(p);
}

/* While there is no key: has one come? */
static void
look_for_keys(struct pusher *p, int64_t now_ms)
{
	struct error e;

	if (!p->no_key || now_ms < p->keys_again_ms)
		return;
	p->keys_again_ms = now_ms + KEYS_AGAIN_MS;
	if (ssh_keys_refresh(p, &e) == 0)
		pusher_set_no_key(p, false, "");
}

static bool
may_begin(struct pusher *p, const struct lane *lane, int64_t now_ms)
{
	const struct address *a;
	size_t most = (size_t)p->settings.unauthenticated_per_host;

	if (lane->session != NULL || !lane->transport->authenticates)
		return true;
	if ((p->no_key && !lane->job->host.wants_key) ||
		lane->not_before_ms > now_ms)
		return false;
	a = pusher_address(p, lane->job->host.address);
	if (a->most > 0 && a->most < most)
		most = a->most;
	return a->unauthenticated < most;
}

static void
refuse_job(struct pusher *p, const json_t *message, const struct error *e)
{
	pusher_send(p,
		json_pack("{s:s, s:I, s:s, s:{}, s:o}", "m", "result", "job",
			(json_int_t)json_get_int(message, "job", 0), "outcome",
			"refused", "data", "error", json_from_error(e)));
}

/* What persons asked for of this host, and what needs a key first, is
 * refused; what waited behind it is begun when there is one. */
static void
refuse_hasty(struct lane *lane, const char *why)
{
	struct job **slot = &lane->job, *job;
	struct error e;

	while ((job = *slot) != NULL) {
		if (!job->is_hasty) {
			slot = &job->next;
			continue;
		}
		*slot = job->next;
		error_set(&e, ERROR_NO_KEY, "%s: no key: %s", job->host.name,
			why);
		error_hint(&e, "see sluice engine status");
		refuse_job(lane->pusher, job->message, &e);
		job_destroy(job);
	}
	lane->last = slot;
	if (lane->job == NULL)
		lane_set_state(lane, LANE_IDLE);
}

static void
refuse_hasty_all(struct pusher *p)
{
	struct lane *lane = p->lists[LANE_WAITING].first, *next;

	for (; p->no_key && lane != NULL; lane = next) {
		next = lane->next;
		if (lane->session == NULL && lane->transport->authenticates &&
			!lane->job->host.wants_key)
			refuse_hasty(lane, p->no_key_message);
	}
}

static void
begin_lanes(struct pusher *p, int64_t now_ms)
{
	struct lane *lane, *next;

	look_for_keys(p, now_ms);
	refuse_hasty_all(p);
	lane = p->lists[LANE_WAITING].first;
	for (; lane != NULL; lane = next) {
		next = lane->next;
		if (p->lists[LANE_ACTIVE].count >=
			(size_t)p->settings.connections)
			break;
		if (may_begin(p, lane, now_ms))
			lane_begin(lane, now_ms);
	}
}

/* Idle lanes stand in the order in which they became idle. */
static void
close_idle(struct pusher *p, int64_t now_ms)
{
	struct lane *lane = p->lists[LANE_IDLE].first, *next;
	size_t count = p->lists[LANE_IDLE].count;

	for (; lane != NULL; lane = next) {
		next = lane->next;
		if (count <= WARM_MOST &&
			now_ms - lane->idle_since_ms < p->settings.idle_ms)
			break;
		if (lane->own != NULL && lane->session == NULL)
			continue;
		lane_close(lane);
		count--;
	}
}

static void tick(uv_timer_t *timer);

/* The timer runs only while something can become due: idle is silent. */
static void
set_timer(struct pusher *p)
{
	int64_t every_ms = 0;

	if (p->lists[LANE_ACTIVE].count + p->lists[LANE_WAITING].count > 0)
		every_ms = TICK_BUSY_MS;
	else if (p->lists[LANE_IDLE].count > 0 || p->no_key)
		every_ms = TICK_IDLE_MS;
	if (every_ms == p->timer_every_ms || p->closing)
		return;
	p->timer_every_ms = every_ms;
	uv_timer_stop(&p->timer);
	if (every_ms > 0)
		uv_timer_start(&p->timer, tick, (uint64_t)every_ms,
			(uint64_t)every_ms);
}

static void
tick(uv_timer_t *timer)
{
	struct pusher *p = timer->data;
	int64_t now_ms = pusher_now_ms(p);
	struct lane *lane = p->lists[LANE_ACTIVE].first, *next;

	for (; lane != NULL; lane = next) {
		next = lane->next;
		lane_tick(lane, now_ms);
	}
	close_idle(p, now_ms);
	begin_lanes(p, now_ms);
	set_timer(p);
}

static void
woken(uv_idle_t *idle)
{
	struct pusher *p = idle->data;

	uv_idle_stop(idle);
	begin_lanes(p, pusher_now_ms(p));
	set_timer(p);
}

void
pusher_wake(struct pusher *p)
{
	if (!p->closing)
		uv_idle_start(&p->wake, woken);
}

/* On a shared machine there are no keys but those that are named: that none
 * of them can be read is known before a host is asked. */
static void
check_key_files(struct pusher *p)
{
	struct error e;

	if (!p->settings.use_agent && p->settings.keys[0] != NULL &&
		ssh_keys_refresh(p, &e) < 0 && !ssh_config_has_keys(p))
		pusher_set_no_key(p, true, e.text);
}

static void
take_settings(struct pusher *p, const json_t *message)
{
	push_settings_read(&p->settings, message);
	ssh_keys_forget(p);
	hostkey_db_destroy(p->hostkeys);
	p->hostkeys = NULL;
	openssh_refresh(p);
	auto_forget(p);
	check_key_files(p);
	pusher_wake(p);
}

static void
take_job(struct pusher *p, json_t *message)
{
	const struct transport *transport;
	struct job *job;
	struct error e;

	job = job_create(message, &e);
	if (job == NULL) {
		refuse_job(p, message, &e);
		return;
	}
	transport = transport_find(job->host.transport);
	if (transport == NULL) {
		error_set(&e, ERROR_NOT_BUILT,
			"%s: transport '%s' is not built", job->host.name,
			job->host.transport);
		refuse_job(p, message, &e);
		job_destroy(job);
		return;
	}
	if (job->op == JOB_HOSTKEY && !transport->authenticates) {
		error_set(&e, ERROR_INVALID,
			"%s: transport '%s' has no host key to show",
			job->host.name, job->host.transport);
		refuse_job(p, message, &e);
		job_destroy(job);
		return;
	}
	/* Who asks just mended it, perhaps. */
	if (job->is_hasty)
		p->keys_again_ms = 0;
	lane_add_job(lane_of(p, job, transport), job);
}

/* A job that waits behind others, or in line, ends here; true if it was
 * found. */
static bool
drop_waiting(struct lane *lane, int64_t id)
{
	struct job **slot = &lane->job, *job;
	struct error e;
	json_t *none;

	if (lane->state == LANE_ACTIVE && lane->job != NULL)
		slot = &lane->job->next;
	while (*slot != NULL && (*slot)->id != id)
		slot = &(*slot)->next;
	job = *slot;
	if (job == NULL)
		return false;
	error_set(&e, ERROR_UNREACHABLE, "%s: given up before it began",
		job->host.name);
	*slot = job->next;
	if (job->next == NULL)
		lane->last = slot;
	none = json_object();
	pusher_send(lane->pusher,
		json_pack("{s:s, s:I, s:s, s:o, s:o}", "m", "result", "job",
			(json_int_t)id, "outcome", "unreachable", "data", none,
			"error", json_from_error(&e)));
	job_destroy(job);
	if (lane->job == NULL)
		lane_set_state(lane, LANE_IDLE);
	return true;
}

static void
take_cancel(struct pusher *p, const json_t *message)
{
	int64_t id = json_get_int(message, "job", -1);
	struct lane *lane, *next;
	struct error e;

	HASH_ITER(hh, p->lanes, lane, next)
	{
		if (drop_waiting(lane, id))
			return;
		if (lane->state != LANE_ACTIVE || lane->job->id != id)
			continue;
		error_set(&e, ERROR_FAILED, "%s: the link was cut on demand",
			lane->job->host.name);
		lane_cut(lane, &e);
		return;
	}
}

static void
take_idle(struct pusher *p, const json_t *message)
{
	const char *host = json_get_string(message, "host", "");
	size_t len = strlen(host);
	struct lane *lane, *next;

	HASH_ITER(hh, p->lanes, lane, next)
		if (lane->state == LANE_IDLE &&
			strncmp(lane->key, host, len) == 0 &&
			lane->key[len] == '\n')
			lane_close(lane);
}

static void
on_message(struct conn *c, json_t *message, void *arg)
{
	struct pusher *p = arg;
	const char *m = json_get_string(message, "m", "");

	if (strcmp(m, "job") == 0)
		take_job(p, message);
	else if (strcmp(m, "settings") == 0)
		take_settings(p, message);
	else if (strcmp(m, "cancel") == 0)
		take_cancel(p, message);
	else if (strcmp(m, "idle") == 0)
		take_idle(p, message);
	else
		conn_close(c, "a message that nobody knows");
}

static void
on_close(struct conn *c, const char *reason, void *arg)
{
	struct pusher *p = arg;

	(void)c;
	log_debug("the engine is gone: %s", reason);
	p->conn = NULL;
	uv_stop(p->loop);
}

static const struct conn_handler handler = {
	.on_message = on_message,
	.on_close = on_close,
};

void
pusher_init(struct pusher *p, uv_loop_t *loop, int fd)
{
	memset(p, 0, sizeof(*p));
	p->loop = loop;
	push_settings_init(&p->settings);
	uv_timer_init(loop, &p->timer);
	uv_idle_init(loop, &p->wake);
	p->timer.data = p->wake.data = p;
	file_limit_raise();
	p->conn = conn_create(
		loop, fd, PUSH_LINE_MAX, OUT_MAX_BYTES, &handler, p);
	pusher_send(p,
		json_pack("{s:s, s:i, s:s}", "m", "ready", "protocol",
			PUSH_PROTOCOL, "version", PACKAGE_VERSION));
}

void
pusher_finish(struct pusher *p)
{
	struct lane *lane, *next;
	struct address *a, *a_next;

	p->closing = true;
	HASH_ITER(hh, p->lanes, lane, next)
		lane_destroy(lane);
	HASH_ITER(hh, p->addresses, a, a_next)
	{
		HASH_DEL(p->addresses, a);
		free(a->name);
		free(a);
	}
	ssh_keys_forget(p);
	free(p->no_key_message);
	openssh_finish(p);
	auto_forget(p);
	hostkey_db_destroy(p->hostkeys);
	push_settings_finish(&p->settings);
	uv_close((uv_handle_t *)&p->timer, NULL);
	uv_close((uv_handle_t *)&p->wake, NULL);
}
