/*
 * console_act.c - actions: what is possible, what they ask first, what is
 * sent. One variable decides each: console_reason says whether, the tier of
 * actions.def and the environment's protection say how it is confirmed.
 *
 * Stopping and going back are never locked. The lock guards against slips,
 * not against people; the engine's rules guard against people.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/console_act.h"
#include "tui/console_ask.h"
#include "tui/console_deed.h"
#include "tui/states.h"
#include "tui/view.h"
#include "wire/json.h"

/* --- asking --- */

/* How it is confirmed here: the tier of the action, raised by where. */
static int
tier_here(enum action_id id, const char *protect)
{
	int tier = action_get(id)->tier;
	const struct deed *d = deed_find(id);

	if (strcmp(protect, "typed") == 0 && d != NULL && !d->is_harmless &&
		tier == 2)
		tier = 3;
	if (id == ACTION_RESUME && act_is_protected(protect))
		tier = 2;
	if (strcmp(protect, "typed") == 0 &&
		(id == ACTION_START || id == ACTION_ADVANCE ||
			id == ACTION_EXCLUDE))
		tier = 3;
	return tier;
}

static bool
is_going_back(enum action_id id)
{
	return id == ACTION_PAUSE || id == ACTION_ABORT ||
	       id == ACTION_ROLLBACK;
}

static void
open_unlock(struct console *c, enum action_id id, const char *env,
	const char *object)
{
	struct sheet *s = &c->sheet;

	sheet_open(s, id, object);
	s->is_unlock = true;
	snprintf(s->env, sizeof(s->env), "%s", env);
	snprintf(s->title, sizeof(s->title), "UNLOCK %s", env);
	sheet_line(s, false,
		"%s is protected, and this console is locked "
		"against slips.",
		env);
	sheet_line(s, false,
		"Unlock it for 15 minutes of use? Then comes: "
		"%s %s.",
		action_get(id)->name, object);
	sheet_line(s, false,
		"Stopping and going back are never locked (going back asks for "
		"a code).");
	s->verb = "Unlock";
}

static bool
is_harmless(enum action_id id)
{
	const struct deed *d = deed_find(id);

	return is_going_back(id) || (d != NULL && d->is_harmless);
}

/* What the action is about. */
static const char *
object_of(enum action_id id, const struct target *t)
{
	enum action_place place = action_get(id)->place;

	if (place == PLACE_ITEM || place == PLACE_CHANGE)
		return console_target_id(t);
	if (place != PLACE_ROLLOUT && place != PLACE_HOST)
		return "";
	return t->rollout != NULL ? t->rollout->record.id : "";
}

static void
open_sheet(struct console *c, enum action_id id, const struct target *t,
	int tier, const char *env)
{
	struct sheet *s = &c->sheet;

	str_replace(&c->plan_seen, NULL);
	sheet_open(s, id, object_of(id, t));
	ask_fill(c, s, t, tier, env);
	draft_load(c, s);
}

void
console_start_action(struct console *c, enum action_id id, bool burst)
{
	struct target t = console_target(c);
	const struct deed *d = deed_find(id);
	const char *protect, *env;
	int tier;

	bulk_target(c, id, &t);
	env = act_env(&t, &protect);
	tier = tier_here(id, protect);

	if (strcmp(protect, "readonly") == 0 && !is_harmless(id)) {
		console_say(c, STYLE_NOTICE_ERROR,
			"%s is read-only: only stopping and going back", env);
		return;
	}
	if (tier <= 1 || (d != NULL && d->fill == NULL)) {
		act_send(c, id, object_of(id, &t), json_object());
		return;
	}
	if (act_is_protected(protect) && !is_harmless(id) &&
		act_unlocked_ms(c, env) == 0)
		open_unlock(c, id, env, object_of(id, &t));
	else if (!bulk_open(c, id, tier))
		open_sheet(c, id, &t, tier, env);
	c->sheet.check_item = burst;
	c->io->flush_input(c->io_arg);
}

/* It is not any more what was painted: it is asked anew, with what differs;
 * what was typed as a reason or a key stays. */
void
act_ask_again(struct console *c, const struct sheet *old, const char *why)
{
	struct target t = {0};
	char reason[FIELD_MAX + 8], key[FIELD_MAX + 8];
	char object[128], env[64], text[200];
	bool typed = old->word[0] != '\0';
	enum action_id id = old->action;
	struct sheet_item *it;

	snprintf(key, sizeof(key), "%s", sign_key(old));
	snprintf(reason, sizeof(reason), "%s", old->reason.text);
	snprintf(object, sizeof(object), "%s", old->object);
	snprintf(env, sizeof(env), "%s", old->env);
	snprintf(text, sizeof(text), "%.199s", why);
	t.change = world_change(c->world, object);
	t.request = world_request(c->world, object);
	t.rollout = world_rollout(c->world, object);
	if (t.change == NULL && t.request == NULL && t.rollout == NULL) {
		console_say(c, STYLE_NOTICE_ERROR, "%s: %s", object, text);
		return;
	}
	sheet_open(&c->sheet, id, object);
	ask_fill(c, &c->sheet, &t, typed ? 3 : 2, env);
	if (c->sheet.has_reason)
		field_set(&c->sheet.reason, reason);
	it = sheet_find(&c->sheet, "sign");
	if (it != NULL && key[0] != '\0')
		field_set(&it->text, key);
	c->sheet.focus = SHEET_CANCEL;
	c->sheet.rereads = true;
	snprintf(c->sheet.problem, sizeof(c->sheet.problem),
		"changed since you looked: %s", text);
	c->dirty = true;
}

static void
confirmed(struct console *c)
{
	struct sheet *s = &c->sheet;
	char now[128], why[128];

	s->is_open = false;
	if (s->is_unlock) {
		act_unlock(c, s->env);
		console_start_action(c, s->action, false);
		return;
	}
	if (c->link == LINK_STATE_LOST) {
		s->is_open = true;
		snprintf(s->problem, sizeof(s->problem),
			"the engine cannot be reached; nothing was sent");
		return;
	}
	ask_seen(c, s, now, sizeof(now));
	if (strcmp(now, s->seen) != 0) {
		snprintf(why, sizeof(why), "%.50s, now %.50s", s->seen, now);
		act_ask_again(c, s, why);
		return;
	}
	act_send_sheet(c, s);
	draft_drop(c, s);
}

void
console_sheet_key(struct console *c, const struct input_event *ev)
{
	struct sheet *s = &c->sheet;
	const struct deed *d = deed_find(s->action);

	switch (sheet_key(s, ev, console_now_ms(c))) {
	case SHEET_OPEN:
		break;
	case SHEET_ITEM_CHANGED:
		if (d != NULL && d->changed != NULL)
			d->changed(c, s);
		break;
	case SHEET_CHOICE_CHANGED:
		ask_choice(c, s);
		break;
	case SHEET_CHOSEN:
		ask_choice(c, s);
		s->focus = s->word[0] != '\0' ? SHEET_WORD : SHEET_CHOICE;
		break;
	case SHEET_CANCELLED:
		if (s->has_reason || s->item_count > 0)
			draft_save(c, &c->sheet);
		s->is_open = false;
		console_say(c, STYLE_NOTICE_INFO, "nothing was done");
		break;
	case SHEET_CONFIRMED:
		confirmed(c);
		break;
	}
}
