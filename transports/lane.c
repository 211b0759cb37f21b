/* lane.c - one service on one host, and its jobs. */
#include "transports/lane.h"

#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "transports/pusher.h"
#include "transports/session.h"
#include "wire/json.h"

#define OUTPUT_PIECE_BYTES (16 * 1024)
#define BACKOFF_FIRST_MS 100
#define BACKOFF_MOST_MS 3000
/* A host that drops us is there, only full: it gets more time than one
 * that says nothing. */
#define REFUSED_PATIENCE 3

void
lane_list_append(struct lane_list *list, struct lane *lane)
{
	lane->next = NULL;
	lane->prev = list->last;
	if (list->last != NULL)
		list->last->next = lane;
	else
		list->first = lane;
	list->last = lane;
	list->count++;
}

void
lane_list_remove(struct lane_list *list, struct lane *lane)
{
	if (lane->prev != NULL)
		lane->prev->next = lane->next;
	else
		list->first = lane->next;
	if (lane->next != NULL)
		lane->next->prev = lane->prev;
	else
		list->last = lane->prev;
	list->count--;
}

struct lane *
lane_of(struct pusher *p, const struct job *job,
	const struct transport *transport)
{
	const struct host *h = &job->host;
	char *key = xasprintf("%s\n%s\n%s\n%s\n%d\n%s%s", h->name, job->root,
		h->transport, h->address, h->port,
		h->user == NULL ? "" : h->user,
		h->wants_key ? "\nkey" : "");
	struct lane *lane;

	HASH_FIND_STR(p->lanes, key, lane);
	if (lane != NULL) {
		free(key);
		return lane;
	}
	lane = xcalloc(1, sizeof(*lane));
	lane->pusher = p;
	lane->key = key;
	lane->transport = transport;
	lane->last = &lane->job;
	lane->idle_since_ms = pusher_now_ms(p);
	lane_list_append(&p->lists[LANE_IDLE], lane);
	HASH_ADD_KEYPTR(hh, p->lanes, lane->key, strlen(lane->key), lane);
	return lane;
}

void
lane_set_state(struct lane *lane, enum lane_state state)
{
	lane_list_remove(&lane->pusher->lists[lane->state], lane);
	lane->state = state;
	lane_list_append(&lane->pusher->lists[state], lane);
}

void
lane_add_job(struct lane *lane, struct job *job)
{
	job->next = NULL;
	*lane->last = job;
	lane->last = &job->next;
	if (lane->state == LANE_IDLE)
		lane_set_state(lane, LANE_WAITING);
	pusher_wake(lane->pusher);
}

static void
leave_address(struct lane *lane)
{
	if (lane->address == NULL)
		return;
	lane->address->unauthenticated--;
	lane->address = NULL;
	pusher_wake(lane->pusher);
}

void
lane_begin(struct lane *lane, int64_t now_ms)
{
	struct job *job = lane->job;

	lane_set_state(lane, LANE_ACTIVE);
	lane->job_until_ms =
		job->timeout_ms > 0 ? now_ms + job->timeout_ms : 0;
	if (lane->transport->run != NULL) {
		lane->transport->run(lane);
		return;
	}
	if (lane->session != NULL) {
		session_run(lane->session);
		return;
	}
	if (lane->transport->authenticates) {
		lane->address =
			pusher_address(lane->pusher, job->host.address);
		lane->address->unauthenticated++;
	}
	lane->session = session_create(lane);
}

void
lane_tick(struct lane *lane, int64_t now_ms)
{
	struct error e;

	if (lane->job_until_ms > 0 && now_ms >= lane->job_until_ms) {
		error_set(&e, ERROR_TIMEOUT, "%s: %s took longer than %lld ms",
			lane->job->host.name, job_op_name(lane->job->op),
			(long long)lane->job->timeout_ms);
		lane_cut(lane, &e);
		return;
	}
	if (lane->session != NULL)
		session_tick(lane->session, now_ms);
}

void
lane_cut(struct lane *lane, const struct error *e)
{
	if (lane->transport->run != NULL) {
		lane->transport->stop(lane);
		lane_finish(lane, OUTCOME_LOST, NULL, e);
	} else {
		session_cut(lane->session, e);
	}
}

void
lane_close(struct lane *lane)
{
	session_destroy(lane->session);
	lane->session = NULL;
	if (lane->own == NULL)
		lane_destroy(lane);
}

void
lane_destroy(struct lane *lane)
{
	struct job *job;

	if (lane->own != NULL)
		lane->transport->forget(lane);
	session_destroy(lane->session);
	lane->session = NULL;
	leave_address(lane);
	while ((job = lane->job) != NULL) {
		lane->job = job->next;
		job_destroy(job);
	}
	lane_list_remove(&lane->pusher->lists[lane->state], lane);
	HASH_DEL(lane->pusher->lanes, lane);
	free(lane->key);
	free(lane);
}

static void
send_result(struct lane *lane, enum outcome outcome, json_t *data,
	const struct error *e)
{
	json_t *m = json_pack("{s:s, s:I, s:s, s:o}", "m", "result", "job",
		(json_int_t)lane->job->id, "outcome", outcome_name(outcome),
		"data", data == NULL ? json_object() : data);

	if (outcome != OUTCOME_DONE)
		json_object_set_new(m, "error", json_from_error(e));
	pusher_send(lane->pusher, m);
}

void
lane_finish(struct lane *lane, enum outcome outcome, json_t *data,
	const struct error *e)
{
	struct job *job = lane->job;

	leave_address(lane);
	send_result(lane, outcome, data, e);
	lane->job = job->next;
	if (lane->job == NULL)
		lane->last = &lane->job;
	job_destroy(job);
	lane->not_before_ms = lane->give_up_ms = 0;
	lane->refusals = 0;
	lane->idle_since_ms = pusher_now_ms(lane->pusher);
	lane_set_state(lane, lane->job == NULL ? LANE_IDLE : LANE_WAITING);
	pusher_wake(lane->pusher);
}

/* The length of the first piece of text that does not end inside of a
 * character. */
static size_t
piece_of(const char *text, size_t len)
{
	size_t n = len;

	if (n <= OUTPUT_PIECE_BYTES)
		return n;
	n = OUTPUT_PIECE_BYTES;
	while (n > OUTPUT_PIECE_BYTES - 4 && (text[n] & 0xc0) == 0x80)
		n--;
	return n;
}

void
lane_output(struct lane *lane, const char *text, size_t len)
{
	while (len > 0) {
		size_t n = piece_of(text, len);
		json_t *piece = json_stringn(text, n);

		if (piece != NULL)
			pusher_send(lane->pusher,
				json_pack("{s:s, s:I, s:o}", "m", "output",
					"job", (json_int_t)lane->job->id,
					"text", piece));
		text += n;
		len -= n;
	}
}

void
lane_progress(struct lane *lane, uint64_t done_bytes, uint64_t total_bytes)
{
	pusher_send(lane->pusher,
		json_pack("{s:s, s:I, s:I, s:I}", "m", "progress", "job",
			(json_int_t)lane->job->id, "done_bytes",
			(json_int_t)done_bytes, "total_bytes",
			(json_int_t)total_bytes));
}

void
lane_connected(struct lane *lane, const struct link_facts *facts)
{
	struct address *a = lane->address;

	if (a != NULL && a->most > 0)
		a->most++; /* it takes us again */
	leave_address(lane);
	pusher_send(lane->pusher,
		json_pack("{s:s, s:s, s:s, s:s, s:o}", "m", "host", "name",
			lane->job->host.name, "key_fingerprint",
			facts->fingerprint, "transport", facts->transport,
			"transport_reason", json_text(facts->reason)));
}

/* A full sshd: fewer at once to this machine, and again a little later. */
static void
back_off(struct lane *lane, int64_t now_ms)
{
	struct pusher *p = lane->pusher;
	struct address *a = pusher_address(p, lane->job->host.address);
	int64_t wait_ms = BACKOFF_FIRST_MS << (lane->refusals < 5
							      ? lane->refusals
							      : 5);
	unsigned char dice;

	a->most = a->unauthenticated > 1 ? a->unauthenticated / 2 : 1;
	if (wait_ms > BACKOFF_MOST_MS)
		wait_ms = BACKOFF_MOST_MS;
	random_bytes(&dice, 1);
	lane->refusals++;
	lane->not_before_ms = now_ms + wait_ms / 2 + wait_ms * dice / 256;
	lane_set_state(lane, LANE_WAITING);
	pusher_wake(p);
}

void
lane_not_connected(struct lane *lane, enum link_end end,
	const struct error *e)
{
	struct pusher *p = lane->pusher;
	int64_t now_ms = pusher_now_ms(p);
	struct error why = *e;

	leave_address(lane);
	if (lane->give_up_ms == 0)
		lane->give_up_ms = now_ms +
			REFUSED_PATIENCE * p->settings.connect_timeout_ms;
	if (end == LINK_BUSY && now_ms < lane->give_up_ms) {
		back_off(lane, now_ms);
		return;
	}
	if (end == LINK_NO_KEY) {
		pusher_set_no_key(p, true, e->text);
		lane_set_state(lane, LANE_WAITING);
		return;
	}
	error_prefix(&why, "%s", lane->job->host.name);
	lane_finish(lane, OUTCOME_UNREACHABLE, NULL, &why);
}
