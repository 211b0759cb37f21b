/* console_ask.h - what the sheets say before something is done. */
#ifndef SLUICE_TUI_CONSOLE_ASK_H
#define SLUICE_TUI_CONSOLE_ASK_H

#include "tui/console.h"

/* Fills an open sheet with what the action will do. */
void ask_fill(struct console *c, struct sheet *s, const struct target *t,
	int tier, const char *env);

/* The plan of a change is here: its hosts and waves are said. */
void ask_plan_arrived(struct console *c, struct sheet *s);

/* The digest of what is painted: a decision is about exactly that. */
void ask_digest(struct console *c, struct sheet *s);

/* The person chose another way; what must be typed may differ. */
void ask_choice(struct console *c, struct sheet *s);

/* What the object is like now, to compare with what was painted. */
void ask_seen(struct console *c, const struct sheet *s, char *out, size_t size);

#endif
