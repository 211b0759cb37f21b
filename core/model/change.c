/* change.c - the life of a change, from its table. */
#include "model/change.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const char *const state_names[CHANGE_STATE_COUNT] = {
#define CHANGE_STATE(id, name) [CHANGE_##id] = name,
#include "model/change_states.def"
#undef CHANGE_STATE
};

static const char *const event_names[CHANGE_EVENT_COUNT] = {
#define CHANGE_EVENT(id, name) [CHANGE_EVENT_##id] = name,
#include "model/change_states.def"
#undef CHANGE_EVENT
};

static const char *const type_names[CHANGE_TYPE_COUNT] = {
	"standard", "normal", "emergency"};

static const struct {
	enum change_state from;
	enum change_event event;
	enum change_state to;
} rows[] = {
#define CHANGE_ROW(from, event, to)                                            \
	{CHANGE_##from, CHANGE_EVENT_##event, CHANGE_##to},
#include "model/change_states.def"
#undef CHANGE_ROW
};

bool
change_next(enum change_state from, enum change_event event,
	enum change_state *ret)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].from == from && rows[i].event == event) {
			*ret = rows[i].to;
			return true;
		}
	}
	return false;
}

void
change_finish(struct change *c)
{
	free(c->service);
	free(c->version);
	free(c->env);
	free(c->strategy);
	free(c->selector);
	free(c->why);
	free(c->unplanned);
	free(c->author);
	free(c->reason);
	free(c->outcome);
	free(c->closed_by);
	free(c->risk_reasons);
	memset(c, 0, sizeof(*c));
}

const char *
change_state_name(enum change_state s)
{
	assert((unsigned)s < CHANGE_STATE_COUNT);
	return state_names[s];
}

const char *
change_event_name(enum change_event ev)
{
	assert((unsigned)ev < CHANGE_EVENT_COUNT);
	return event_names[ev];
}

const char *
change_type_name(enum change_type t)
{
	assert((unsigned)t < CHANGE_TYPE_COUNT);
	return type_names[t];
}

int
change_state_parse(const char *s)
{
	return text_index(state_names, CHANGE_STATE_COUNT, s);
}

int
change_type_parse(const char *s)
{
	return text_index(type_names, CHANGE_TYPE_COUNT, s);
}

bool
change_is_over(enum change_state s)
{
	return s == CHANGE_SUCCEEDED || s == CHANGE_FAILED ||
	       s == CHANGE_ABORTED || s == CHANGE_ROLLED_BACK ||
	       s == CHANGE_REJECTED || s == CHANGE_CANCELLED;
}

bool
change_has_run(enum change_state s)
{
	return s == CHANGE_SUCCEEDED || s == CHANGE_FAILED ||
	       s == CHANGE_ABORTED || s == CHANGE_ROLLED_BACK ||
	       s == CHANGE_MIXED;
}
