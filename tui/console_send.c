/*
 * console_send.c - what a sheet or a key asked for goes to the engine; what
 * the engine answers is said, and shown from then on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/console_act.h"
#include "tui/console_deed.h"
#include "tui/view.h"
#include "wire/json.h"

struct act {
	struct console *c;
	enum action_id id;
	char *object;
	struct sheet *sheet; /* a copy of what asked; owned, or NULL */
};

static void
act_destroy(void *object)
{
	struct act *act = object;

	free(act->object);
	free(act->sheet);
	free(act);
}

static const char *
past_of(enum action_id id)
{
	const struct deed *d = deed_find(id);

	if (d != NULL)
		return d->past;
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

/* The answer of ours that u takes back, for as long as the engine holds it. */
static void
note_undo(struct console *c, enum action_id id, const json_t *result)
{
	int64_t now = clock_wall_ms(c->clock) / 1000, until = 0;
	const json_t *d;
	size_t i;

	c->undo.id[0] = '\0';
	if (id != ACTION_APPROVE && id != ACTION_REJECT)
		return;
	json_array_foreach(json_object_get(result, "decisions"), i, d)
	{
		int64_t at = record_time(d, "until");

		if (strcmp(json_get_string(d, "person", ""), c->person) == 0 &&
			strcmp(json_get_string(d, "state", ""), "grace") == 0 &&
			at > until)
			until = at;
	}
	if (until <= now)
		return;
	snprintf(c->undo.id, sizeof(c->undo.id), "%.23s",
		json_get_string(result, "id", ""));
	c->undo.until_ms = console_now_ms(c) + (until - now) * 1000;
}

/* "approved, starts Tue 08:00": what a decision led to. */
static void
say_decided(struct console *c, enum action_id id, const char *object)
{
	const struct world_change *ch = world_change(c->world, object);
	bool yes = id == ACTION_APPROVE;
	struct strbuf more;

	strbuf_init(&more);
	if (ch != NULL && yes && ch->approvals_given < ch->approvals_required)
		strbuf_addf(&more, " (%lld of %lld)",
			(long long)ch->approvals_given,
			(long long)ch->approvals_required);
	else if (ch != NULL && yes && ch->scheduled_at > 0) {
		strbuf_adds(&more, ", starts ");
		console_time(c, ch->scheduled_at, &more);
	}
	console_say(c, STYLE_NOTICE_OK, "%s %s%s", object, past_of(id),
		more.len > 0 ? more.buf : "");
	strbuf_finish(&more);
	if (c->undo.id[0] != '\0') {
		c->message_counts = true;
		c->message_until_ms = c->undo.until_ms;
	}
}

/* What came back is what is shown from now on. */
static void
put_result(struct console *c, const json_t *result, const char *id)
{
	static const struct {
		const char *prefix;
		enum world_list list;
	} kinds[] = {{"R-", WORLD_ROLLOUTS}, {"C-", WORLD_CHANGES},
		{"Q-", WORLD_REQUESTS}};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strncmp(id, kinds[i].prefix, 2) == 0) {
			collection_put(&c->world->lists[kinds[i].list], result);
			c->world->version++;
		}
}

static void
after_rollout(struct console *c, const struct act *act, const char *id)
{
	announce(c, id, act->id);
	if (act->id == ACTION_START || act->id == ACTION_ROLLBACK ||
		(strcmp(id, act->object) != 0 && act->id == ACTION_ABORT))
		console_go(c, &rollout_view, id, NULL);
}

static void
say_done(struct console *c, const struct act *act, const json_t *result)
{
	char *id = record_text(result, "id");
	bool asks = strncmp(id, "Q-", 2) == 0 && strcmp(id, act->object) != 0;

	put_result(c, result, id);
	note_undo(c, act->id, result);
	if (asks)
		console_say(c, STYLE_NOTICE_OK,
			"%s asks a second person; nothing is done before", id);
	else if (act->id == ACTION_APPROVE || act->id == ACTION_REJECT)
		say_decided(c, act->id, id);
	else
		console_say(c, STYLE_NOTICE_OK, "%s %s",
			id[0] != '\0'		   ? id
			: act->object[0] != '\0' || act->sheet == NULL
				? act->object
				: act->sheet->host,
			past_of(act->id));
	if (strncmp(id, "R-", 2) == 0)
		after_rollout(c, act, id);
	console_load_needs(c);
	free(id);
}

/* What was typed is kept where it did not help. */
static void
say_refused(struct console *c, struct act *act, const struct error *e)
{
	if (act->sheet != NULL)
		draft_save(c, act->sheet);
	if (e->code == ERROR_CHANGED && act->sheet != NULL) {
		act_ask_again(c, act->sheet, e->text);
		return;
	}
	console_say(c, STYLE_NOTICE_ERROR, "%s: %s%s%s", act->object, e->text,
		e->hint[0] != '\0' ? "; " : "", e->hint);
}

static void
on_act(const json_t *result, const struct error *error, void *arg)
{
	struct act *act = arg;
	struct console *c = act->c;

	if (error != NULL)
		say_refused(c, act, error);
	else
		say_done(c, act, result);
	console_drop(c, act);
	act_destroy(act);
}

static void
send_as(struct console *c, enum action_id id, const char *object,
	json_t *params, const struct sheet *s)
{
	struct act *act = xcalloc(1, sizeof(*act));
	const char *method = deed_method(id, object);

	act->c = c;
	act->id = id;
	act->object = xstrdup(object);
	if (s != NULL) {
		act->sheet = xcalloc(1, sizeof(*s));
		*act->sheet = *s;
	}
	console_keep(c, act, act_destroy);
	if (object[0] != '\0' && json_object_get(params, "id") == NULL)
		json_object_set_new(params, "id", json_text(object));
	c->io->request(c->io_arg, method, params, on_act, act);
}

void
act_send(struct console *c, enum action_id id, const char *object,
	json_t *params)
{
	send_as(c, id, object, params, NULL);
}

/* --- signed decisions --- */

struct signing {
	struct act act;
	json_t *params;
};

static void
signing_destroy(void *object)
{
	struct signing *s = object;

	free(s->act.object);
	free(s->act.sheet);
	json_decref(s->params);
	free(s);
}

/* The statement is here: it is signed, and the decision goes with that. */
static void
on_statement(const json_t *result, const struct error *error, void *arg)
{
	struct signing *s = arg;
	struct console *c = s->act.c;
	struct sheet *sheet = s->act.sheet;
	const char *verb = s->act.id == ACTION_REJECT ? "reject" : "approve";
	struct error e;
	char *signature;

	if (error != NULL) {
		say_refused(c, &s->act, error);
	} else if (c->io->sign == NULL ||
		   c->io->sign(c->io_arg, result, verb, sheet->digest,
			   sign_key(sheet), &signature, &e) == -1) {
		if (c->io->sign == NULL)
			error_set(&e, ERROR_NO_KEY, "nothing signs here");
		say_refused(c, &s->act, &e);
	} else {
		json_object_set_new(
			s->params, "signature", json_text(signature));
		send_as(c, s->act.id, s->act.object, json_incref(s->params),
			sheet);
		free(signature);
	}
	console_drop(c, s);
	signing_destroy(s);
}

static void
sign_and_send(struct console *c, struct sheet *sheet, json_t *params)
{
	struct signing *s = xcalloc(1, sizeof(*s));

	s->act.c = c;
	s->act.id = sheet->action;
	s->act.object = xstrdup(sheet->object);
	s->act.sheet = xcalloc(1, sizeof(*sheet));
	*s->act.sheet = *sheet;
	s->params = params;
	json_object_del(params, "sign");
	console_keep(c, s, signing_destroy);
	c->io->request(c->io_arg, "change.statement",
		json_pack("{s:s, s:s}", "id", sheet->object, "verb",
			sheet->action == ACTION_REJECT ? "reject" : "approve"),
		on_statement, s);
}

static bool
is_scheduled(struct console *c, const char *id)
{
	const struct world_change *ch = world_change(c->world, id);

	return ch != NULL && strcmp(ch->state, "scheduled") == 0;
}

/* What stands in the sheet, as arguments (owned). */
json_t *
act_params(struct console *c, struct sheet *s)
{
	const struct deed *d = deed_find(s->action);
	json_t *params = json_object();
	size_t i;

	if (s->has_reason && s->reason.len > 0)
		json_object_set_new(params, "text", json_text(s->reason.text));
	for (i = 0; i < s->item_count; i++) {
		const struct sheet_item *it = &s->items[i];

		if (it->name[0] != '\0' && sheet_item_text(it)[0] != '\0')
			json_object_set_new(params, it->name,
				json_text(sheet_item_text(it)));
	}
	if (s->action == ACTION_ABORT)
		json_object_set_new(params, "then",
			json_string(s->choice == 1 ? "rollback" : "hold"));
	if (s->host[0] != '\0')
		json_object_set_new(
			params, "hosts", json_pack("[o]", json_text(s->host)));
	if (s->action == ACTION_START && is_scheduled(c, s->object))
		json_object_set_new(params, "now", json_true());
	if (d != NULL && d->send != NULL)
		d->send(c, s, params);
	return params;
}

void
act_send_sheet(struct console *c, struct sheet *s)
{
	json_t *params;
	size_t i;

	if (!s->is_bulk) {
		params = act_params(c, s);
		if (sign_key(s)[0] != '\0')
			sign_and_send(c, s, params);
		else
			send_as(c, s->action, s->object, params, s);
		return;
	}
	for (i = 0; i < s->item_count; i++) {
		const struct sheet_item *it = &s->items[i];

		if (!it->on || it->id[0] == '\0')
			continue;
		params = json_pack("{s:s}", "digest", it->digest);
		if (s->reason.len > 0)
			json_object_set_new(
				params, "text", json_text(s->reason.text));
		send_as(c, s->action, it->id, params, NULL);
	}
	list_unmark_all(&console_place(c)->list);
}
