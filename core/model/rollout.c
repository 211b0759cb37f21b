/* rollout.c - the life of a rollout and of its hosts, from their tables. */
#include "model/rollout.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const char *const rollout_state_names[ROLLOUT_STATE_COUNT] = {
#define ROLLOUT_STATE(id, name) [ROLLOUT_##id] = name,
#include "model/rollout_states.def"
#undef ROLLOUT_STATE
};

static const char *const rollout_event_names[ROLLOUT_EVENT_COUNT] = {
#define ROLLOUT_EVENT(id, name) [ROLLOUT_EVENT_##id] = name,
#include "model/rollout_states.def"
#undef ROLLOUT_EVENT
};

static const char *const host_state_names[HOST_STATE_COUNT] = {
#define HOST_STATE(id, name) [HOST_##id] = name,
#include "model/rollout_states.def"
#undef HOST_STATE
};

static const char *const kind_names[ROLLOUT_KIND_COUNT] = {
	"deploy", "rollback"};

static const char *const step_state_names[STEP_STATE_COUNT] = {
	"running", "done", "failed", "interrupted", "unknown"};

static const char *const pause_cause_names[PAUSE_CAUSE_COUNT] = {"none",
	"person", "failed_hosts", "unreachable_hosts", "unknown_hosts",
	"no_key", "engine", "calendar", "line", "no_pusher", "analysis", "gate",
	"traffic"};

static const struct {
	enum rollout_state from;
	enum rollout_event event;
	enum rollout_state to;
} rollout_rows[] = {
#define ROLLOUT_ROW(from, event, to)                                           \
	{ROLLOUT_##from, ROLLOUT_EVENT_##event, ROLLOUT_##to},
#include "model/rollout_states.def"
#undef ROLLOUT_ROW
};

static const struct {
	enum host_state from;
	enum host_event event;
	enum host_state to;
} host_rows[] = {
#define HOST_ROW(from, event, to) {HOST_##from, HOST_EVENT_##event, HOST_##to},
#include "model/rollout_states.def"
#undef HOST_ROW
};

bool
rollout_next(enum rollout_state from, enum rollout_event event,
	enum rollout_state *ret)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rollout_rows); i++) {
		if (rollout_rows[i].from == from &&
			rollout_rows[i].event == event) {
			*ret = rollout_rows[i].to;
			return true;
		}
	}
	return false;
}

bool
host_next(enum host_state from, enum host_event event, enum host_state *ret)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(host_rows); i++) {
		if (host_rows[i].from == from && host_rows[i].event == event) {
			*ret = host_rows[i].to;
			return true;
		}
	}
	return false;
}

void
rollout_finish(struct rollout *r)
{
	free(r->service);
	free(r->version);
	free(r->env);
	free(r->strategy);
	free(r->author);
	free(r->reason);
	free(r->colour);
	free(r->traffic);
	memset(r, 0, sizeof(*r));
}

void
rollout_host_finish(struct rollout_host *h)
{
	free(h->host);
	free(h->target);
	free(h->version);
	free(h->previous);
	free(h->previous_version);
	free(h->step);
	free(h->error);
	free(h->way_back_error);
	memset(h, 0, sizeof(*h));
}

void
step_run_finish(struct step_run *s)
{
	free(s->host);
	free(s->step);
	free(s->error);
	memset(s, 0, sizeof(*s));
}

#define NAME_FUNCTION(function, type, names, count)                            \
	const char *function(type value)                                       \
	{                                                                      \
		assert((unsigned)value < (count));                             \
		return (names)[value];                                         \
	}

NAME_FUNCTION(rollout_state_name, enum rollout_state, rollout_state_names,
	ROLLOUT_STATE_COUNT)
NAME_FUNCTION(rollout_event_name, enum rollout_event, rollout_event_names,
	ROLLOUT_EVENT_COUNT)
NAME_FUNCTION(
	rollout_kind_name, enum rollout_kind, kind_names, ROLLOUT_KIND_COUNT)
NAME_FUNCTION(
	host_state_name, enum host_state, host_state_names, HOST_STATE_COUNT)
NAME_FUNCTION(
	step_state_name, enum step_state, step_state_names, STEP_STATE_COUNT)
NAME_FUNCTION(pause_cause_name, enum pause_cause, pause_cause_names,
	PAUSE_CAUSE_COUNT)

int
rollout_state_parse(const char *s)
{
	return text_index(rollout_state_names, ROLLOUT_STATE_COUNT, s);
}

int
host_state_parse(const char *s)
{
	return text_index(host_state_names, HOST_STATE_COUNT, s);
}

bool
rollout_is_over(enum rollout_state s)
{
	return s == ROLLOUT_SUCCEEDED || s == ROLLOUT_FAILED ||
	       s == ROLLOUT_ABORTED || s == ROLLOUT_ROLLED_BACK;
}
