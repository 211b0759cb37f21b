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

#include "tui/console.h"
#include "tui/console_ask.h"
#include "tui/states.h"
#include "tui/view.h"
#include "wire/json.h"

/* --- the write lock --- */

static const char *
target_env(const struct target *t, const char **ret_protect)
{
	if (t->change != NULL) {
		*ret_protect = t->change->protect;
		return t->change->env;
	}
	if (t->rollout != NULL) {
		*ret_protect = t->rollout->protect;
		return t->rollout->env;
	}
	*ret_protect = "none";
	return "";
}

static bool
is_protected(const char *protect)
{
	return strcmp(protect, "none") != 0;
}

static struct env_lock *
lock_find(struct console *c, const char *env)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(c->locks); i++)
		if (strcmp(c->locks[i].env, env) == 0)
			return &c->locks[i];
	return NULL;
}

static int64_t
unlocked_ms(struct console *c, const char *env)
{
	const struct env_lock *l = lock_find(c, env);
	int64_t left = l == NULL ? 0 : l->unlocked_until_ms - console_now_ms(c);

	return left > 0 ? left : 0;
}

static void
unlock(struct console *c, const char *env)
{
	struct env_lock *l = lock_find(c, env);
	size_t i, oldest = 0;

	for (i = 1; l == NULL && i < ARRAY_SIZE(c->locks); i++)
		if (c->locks[i].unlocked_until_ms <
			c->locks[oldest].unlocked_until_ms)
			oldest = i;
	if (l == NULL)
		l = &c->locks[oldest];
	snprintf(l->env, sizeof(l->env), "%s", env);
	l->unlocked_until_ms = console_now_ms(c) + UNLOCK_MS;
}

void
console_lock(struct console *c)
{
	memset(c->locks, 0, sizeof(c->locks));
	console_say(c, STYLE_NOTICE_INFO, "locked");
}

void
console_unlock(struct console *c)
{
	struct target t = console_target(c);
	const char *protect, *env = target_env(&t, &protect);

	if (env[0] == '\0' || !is_protected(protect)) {
		console_say(c, STYLE_NOTICE_WARN,
			"nothing is locked here: unlock on a change or rollout "
			"of a protected environment");
		return;
	}
	unlock(c, env);
	console_say(c, STYLE_NOTICE_WARN, "%s is unlocked for 15 minutes", env);
}

void
console_lock_text(struct console *c, char *out, size_t size)
{
	struct target t = console_target(c);
	const char *protect, *env = target_env(&t, &protect);
	int64_t left = unlocked_ms(c, env);

	if (env[0] == '\0' || !is_protected(protect))
		out[0] = '\0';
	else if (left > 0)
		snprintf(out, size, "UNLOCKED %dm",
			(int)((left + 59999) / 60000));
	else
		snprintf(out, size, "LOCKED");
}

/* --- drafts: text survives Esc --- */

static char *
draft_key(const struct sheet *s)
{
	return xasprintf(
		"%s %s %s", action_get(s->action)->name, s->object, s->host);
}

static struct draft *
draft_find(struct console *c, const char *key)
{
	struct draft *d = c->drafts;

	while (d != NULL && strcmp(d->key, key) != 0)
		d = d->next;
	return d;
}

static void
draft_save(struct console *c)
{
	char *key = draft_key(&c->sheet);
	struct draft *d = draft_find(c, key);

	if (d == NULL) {
		d = xcalloc(1, sizeof(*d));
		d->key = xstrdup(key);
		d->next = c->drafts;
		c->drafts = d;
	}
	str_replace(&d->text, c->sheet.reason.text);
	free(key);
}

static void
draft_load(struct console *c)
{
	char *key = draft_key(&c->sheet);
	const struct draft *d = draft_find(c, key);

	if (d != NULL && c->sheet.has_reason && d->text[0] != '\0')
		field_set(&c->sheet.reason, d->text);
	free(key);
}

static void
draft_drop(struct console *c)
{
	char *key = draft_key(&c->sheet);
	struct draft *d = draft_find(c, key);

	if (d != NULL)
		str_replace(&d->text, "");
	free(key);
}

/* --- sending --- */

struct act {
	struct console *c;
	enum action_id id;
	char *object;
};

static void
act_destroy(void *object)
{
	struct act *act = object;

	free(act->object);
	free(act);
}

static const char *
past_of(enum action_id id)
{
	switch (id) {
	case ACTION_PAUSE:
		return "pausing after the steps in flight; p resumes";
	case ACTION_RESUME:
		return "goes on";
	case ACTION_ADVANCE:
		return "goes on past the gate";
	case ACTION_RETRY:
		return "failed hosts run again";
	case ACTION_ABORT:
		return "is being stopped";
	case ACTION_EXCLUDE:
		return "host left out";
	case ACTION_START:
		return "started";
	case ACTION_ROLLBACK:
		return "hosts go back";
	default:
		return "done";
	}
}

static void
announce(struct console *c, const char *id, enum action_id by)
{
	if (by == ACTION_EXCLUDE)
		return;
	snprintf(c->announced, sizeof(c->announced), "%s", id);
	c->announced_by = by;
}

void
console_forget_announced(struct console *c)
{
	const struct world_rollout *r =
		c->announced[0] != '\0' ? world_rollout(c->world, c->announced)
					: NULL;

	if (r == NULL || (rollout_is_live(r) &&
				 (c->announced_by == ACTION_ABORT ||
					 strcmp(r->state, "paused") != 0)))
		return;
	c->announced[0] = c->message[0] = '\0';
	c->message_until_ms = 0;
}

static void
on_act(const json_t *result, const struct error *error, void *arg)
{
	struct act *act = arg;
	struct console *c = act->c;
	char *id = error == NULL ? record_text(result, "id") : xstrdup("");

	if (error != NULL && error->hint[0] != '\0')
		console_say(c, STYLE_NOTICE_ERROR, "%s: %s; %s", act->object,
			error->text, error->hint);
	else if (error != NULL)
		console_say(c, STYLE_NOTICE_ERROR, "%s: %s", act->object,
			error->text);
	else
		console_say(c, STYLE_NOTICE_OK, "%s %s",
			id[0] != '\0' ? id : act->object, past_of(act->id));
	if (error == NULL && strncmp(id, "R-", 2) == 0) {
		announce(c, id, act->id);
		collection_put(&c->world->lists[WORLD_ROLLOUTS], result);
		c->world->version++;
		if (act->id == ACTION_START || act->id == ACTION_ROLLBACK ||
			(strcmp(id, act->object) != 0 &&
				act->id == ACTION_ABORT))
			console_go(c, &rollout_view, id, NULL);
	}
	free(id);
	console_drop(c, act);
	act_destroy(act);
}

static void
send_act(struct console *c, enum action_id id, const char *object,
	json_t *params)
{
	struct act *act = xcalloc(1, sizeof(*act));

	act->c = c;
	act->id = id;
	act->object = xstrdup(object);
	console_keep(c, act, act_destroy);
	json_object_set_new(params, "id", json_text(object));
	c->io->request(c->io_arg, action_get(id)->method, params, on_act, act);
}

static bool
is_scheduled(struct console *c, const char *id)
{
	const struct world_change *ch = world_change(c->world, id);

	return ch != NULL && strcmp(ch->state, "scheduled") == 0;
}

static void
send_sheet(struct console *c, const struct sheet *s)
{
	json_t *params = json_object();

	if (s->has_reason && s->reason.len > 0)
		json_object_set_new(params, "text", json_text(s->reason.text));
	if (s->action == ACTION_ABORT)
		json_object_set_new(params, "then",
			json_string(s->choice == 1 ? "rollback" : "hold"));
	if (s->host[0] != '\0')
		json_object_set_new(
			params, "hosts", json_pack("[o]", json_text(s->host)));
	if (s->action == ACTION_START && is_scheduled(c, s->object))
		json_object_set_new(params, "now", json_true());
	send_act(c, s->action, s->object, params);
}

/* --- asking --- */

/* How it is confirmed here: the tier of the action, raised by where. */
static int
tier_here(enum action_id id, const char *protect)
{
	int tier = action_get(id)->tier;

	if (id == ACTION_RESUME && is_protected(protect))
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

void
console_start_action(struct console *c, enum action_id id, bool burst)
{
	struct target t = console_target(c);
	const char *protect, *env = target_env(&t, &protect);
	int tier = tier_here(id, protect);
	const char *object =
		t.change != NULL && action_get(id)->place == PLACE_CHANGE
			? t.change->record.id
			: t.rollout->record.id;

	if (strcmp(protect, "readonly") == 0 && !is_going_back(id)) {
		console_say(c, STYLE_NOTICE_ERROR,
			"%s is read-only: only stopping and going back", env);
		return;
	}
	if (tier <= 1) {
		send_act(c, id, object, json_object());
		return;
	}
	if (is_protected(protect) && !is_going_back(id) &&
		unlocked_ms(c, env) == 0) {
		open_unlock(c, id, env, object);
	} else {
		sheet_open(&c->sheet, id, object);
		ask_fill(c, &c->sheet, &t, tier, env);
		draft_load(c);
	}
	c->sheet.check_item = burst;
	c->io->flush_input(c->io_arg);
}

static void
confirmed(struct console *c)
{
	struct sheet *s = &c->sheet;
	char now[128];

	s->is_open = false;
	if (s->is_unlock) {
		unlock(c, s->env);
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
		char was[128];

		snprintf(was, sizeof(was), "%s", s->seen);
		snprintf(s->seen, sizeof(s->seen), "%s", now);
		s->is_open = true;
		snprintf(s->problem, sizeof(s->problem),
			"changed since you looked: %.40s, now %.40s", was, now);
		return;
	}
	send_sheet(c, s);
	draft_drop(c);
}

void
console_sheet_key(struct console *c, const struct input_event *ev)
{
	struct sheet *s = &c->sheet;

	switch (sheet_key(s, ev, console_now_ms(c))) {
	case SHEET_OPEN:
		break;
	case SHEET_CHOICE_CHANGED:
		ask_choice(c, s);
		break;
	case SHEET_CHOSEN:
		ask_choice(c, s);
		s->focus = s->word[0] != '\0' ? SHEET_WORD : SHEET_CHOICE;
		break;
	case SHEET_CANCELLED:
		if (s->has_reason)
			draft_save(c);
		s->is_open = false;
		console_say(c, STYLE_NOTICE_INFO, "nothing was done");
		break;
	case SHEET_CONFIRMED:
		confirmed(c);
		break;
	}
}
