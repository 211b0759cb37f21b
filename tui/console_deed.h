/*
 * console_deed.h - what can be done about changes and requests, each a row:
 * who may, when it is possible, what its sheet says, what is sent, what is
 * said afterwards. Acts on rollouts stand in console_ask.c.
 */
#ifndef SLUICE_TUI_CONSOLE_DEED_H
#define SLUICE_TUI_CONSOLE_DEED_H

#include "tui/console.h"

struct deed {
	enum action_id id;
	const char *may; /* permissions, one of which is enough: "a|b" */
	const char *past; /* what is said when it is done */
	/* Words, or what is undone by its own key: never locked. */
	bool is_harmless;

	/* In which it can be meant at all, " submitted "; NULL: any. */
	const char *states;

	/* NULL if it is possible on the target, else why not. */
	const char *(*reason)(struct console *c, const struct target *t);

	/* What the sheet says and asks; NULL: it is done at once. */
	void (*fill)(
		struct console *c, struct sheet *s, const struct target *t);

	/* More arguments than id, text and the sheet's items; may be NULL. */
	void (*send)(struct console *c, struct sheet *s, json_t *params);

	/* An item of the sheet was ticked or picked; may be NULL. */
	void (*changed)(struct console *c, struct sheet *s);
};

/* NULL: the action is no deed. */
const struct deed *deed_find(enum action_id id);

/* Whether the deed can be meant in the state the target is in. */
bool deed_is_meant(const struct deed *d, const struct target *t);

/* Whether who looks has one of the permissions. */
bool console_may(const struct console *c, const char *permissions);

/* The method, where it depends on the object; NULL: that of the action. */
const char *deed_method(enum action_id id, const char *object);

/* The rows of console_decide.c and console_plan.c. */
extern const struct deed decide_deeds[], plan_deeds[];
extern const size_t decide_deed_count, plan_deed_count;

/* Shared by sheets. */
void deed_line_change(struct sheet *s, const struct world_change *ch);
void deed_line_warnings(struct sheet *s, const struct world_change *ch);
/* A yes to it has to say why. */
bool deed_is_risky(const struct world_change *ch);

/* Asks the engine what the sheet would do as it stands, and says it there. */
void preview_ask(struct console *c, struct sheet *s);

#endif
