/* console_act.h - what the files that act share: the lock, drafts, sending. */
#ifndef SLUICE_TUI_CONSOLE_ACT_H
#define SLUICE_TUI_CONSOLE_ACT_H

#include "tui/console.h"

/* --- console_lock.c --- */

/* The environment that an act on the target would touch, "" if none, and how
 * it is protected. */
const char *act_env(const struct target *t, const char **ret_protect);
bool act_is_protected(const char *protect);
int64_t act_unlocked_ms(struct console *c, const char *env);
void act_unlock(struct console *c, const char *env);

/* --- console_draft.c --- */

/* Keeps what was typed in a sheet: here, and by the engine for the person's
 * other terminals. */
void draft_save(struct console *c, const struct sheet *s);

/* Puts it back, now or when the engine has answered; what was typed
 * meanwhile stays. */
void draft_load(struct console *c, struct sheet *s);
void draft_drop(struct console *c, const struct sheet *s);

/* --- console_act.c, console_send.c --- */

/* Asks the engine to do it; what it answers is said. params is taken. */
void act_send(struct console *c, enum action_id id, const char *object,
	json_t *params);
void act_send_sheet(struct console *c, struct sheet *s);

/* --- console_sign.c --- */

/* Whether the policy wants a yes to that object signed. */
bool sign_is_wanted(struct console *c, const char *id);

/* The sheet asks for the key; count: how many of a bulk are signed. */
void sign_ask(struct sheet *s, size_t count);

/* The key that stands in the sheet, or "". */
const char *sign_key(const struct sheet *s);

/* What stands in the sheet, as arguments (owned). */
json_t *act_params(struct console *c, struct sheet *s);

/* Opens the sheet again: its object changed; says why and what differs. */
void act_ask_again(struct console *c, const struct sheet *old, const char *why);


/* --- console_bulk.c --- */

/* What is marked is decided about, wherever the cursor stands: ret is one of
 * it, if it can be one whose environment is still locked. False: it is left
 * alone, nothing is marked that can be decided about. */
bool bulk_target(struct console *c, enum action_id id, struct target *ret);

/* A sheet with a tick for each marked item; false: none is marked. */
bool bulk_open(struct console *c, enum action_id id, int tier);

#endif
