/*
 * traffic.h - the two colours of a blue-green strategy, and who is live.
 *
 * Pools: hosts have a label `colour`, and routers are told by a command where
 * traffic goes. Slots: each host has two releases, ROOT/slots/blue and
 * slots/green, and ROOT/live says which of them is live. In both forms the
 * colour that is not live gets the release (wave 1), then traffic moves
 * (TRAFFIC_WAVE), and who is live is read back, never assumed.
 */
#ifndef SLUICE_MODEL_TRAFFIC_H
#define SLUICE_MODEL_TRAFFIC_H

#include "model/fleet.h"

#define TRAFFIC_WAVE 2
#define TRAFFIC_LABEL "colour"

#define COLOUR_NONE (-1)

enum traffic_phase {
	TRAFFIC_UNKNOWN,  /* nobody was asked who is live */
	TRAFFIC_FOUND,	  /* it is known; the other colour gets the release */
	TRAFFIC_ORDERED,  /* the switch may have happened here and there */
	TRAFFIC_SWITCHED, /* all say so */
	TRAFFIC_PHASE_COUNT
};

/* How far a rollout has moved traffic. */
struct traffic_state {
	enum traffic_phase phase;
	int from; /* colour that was live before, COLOUR_NONE: none was */
};

const char *colour_name(enum colour c);
int colour_parse(const char *s); /* -1: it is none */
enum colour colour_other(enum colour c);

/* What a router prints: a colour, or nothing or "none" (COLOUR_NONE); -1 with
 * an error that quotes it for anything else. */
int colour_read(const char *printed, int *ret, struct error *e);

/* "found blue", "ordered none"; NULL is unknown. */
struct traffic_state traffic_state_parse(const char *text);
char *traffic_state_text(const struct traffic_state *s); /* owned, or NULL */
const char *traffic_phase_name(enum traffic_phase p);

bool traffic_has_slots(const struct traffic *t);
const char *traffic_form_name(const struct traffic *t); /* "pools", "slots" */

struct placeholder_values;
/* {colour} and {slot} of that colour. */
void traffic_values(const struct traffic *t, enum colour c,
	struct placeholder_values *ret);

/* What the command that switches is like besides its text: it says what shall
 * be, so that it may run again. */
void traffic_order(struct traffic *t);

void traffic_copy(struct traffic *to, const struct traffic *from);
void traffic_finish(struct traffic *t);

#endif
