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

/* Several at once: what came of all of them is said together. */
struct bulk {
	size_t left; /* who points here */
	size_t count, answered, refused;
	bool cannot_sign; /* the key failed once: nobody is asked again */
	struct error why; /* of the first that was refused */
};

struct act {
	struct console *c;
	enum action_id id;
	char *object;
	struct sheet *sheet; /* a copy of what asked; owned, or NULL */
	struct bulk *bulk;   /* counted; NULL: it is alone */
	/* Signed first, as a yes or no to that digest; NULL: not signed. */
	char *key, *digest;
	json_t *params; /* of what is signed, until it is sent */
};

static void
act_destroy(void *object)
{
	struct act *act = object;

	if (act->bulk != NULL && --act->bulk->left == 0)
		free(act->bulk);
	free(act->object);
	free(act->sheet);
	free(act->key);
	free(act->digest);
	json_decref(act->params);
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
say_error(struct console *c, const char *before, const struct error *e)
{
	console_say(c, STYLE_NOTICE_ERROR, "%s: %s%s%s", before, e->text,
		e->hint[0] != '\0' ? "; " : "", e->hint);
}

/* Said once all of them were answered. */
static void
bulk_answered(struct console *c, const struct act *act, const struct error *e)
{
	struct bulk *b = act->bulk;
	char *words;

	if (e != NULL && b->refused++ == 0) {
		b->why = *e;
		error_prefix(&b->why, "%s", act->object);
	}
	if (++b->answered < b->count)
		return;
	words = xasprintf("%zu of %zu %s", b->count - b->refused, b->count,
		past_of(act->id));
	if (b->refused == 0)
		console_say(c, STYLE_NOTICE_OK, "%s", words);
	else
		say_error(c, words, &b->why);
	free(words);
}

static void
say_done(struct console *c, const struct act *act, const json_t *result)
{
	char *id = record_text(result, "id");
	bool asks = strncmp(id, "Q-", 2) == 0 && strcmp(id, act->object) != 0;

	put_result(c, result, id);
	note_undo(c, act->id, result);
	if (act->bulk != NULL)
		bulk_answered(c, act, NULL);
	else if (asks)
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
	if (act->bulk != NULL) {
		bulk_answered(c, act, e);
		return;
	}
	if (act->sheet != NULL)
		draft_save(c, act->sheet);
	if (e->code == ERROR_CHANGED && act->sheet != NULL) {
		act_ask_again(c, act->sheet, e->text);
		return;
	}
	say_error(c, act->object, e);
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

static struct act *
act_create(struct console *c, enum action_id id, const char *object,
	const struct sheet *s)
{
	struct act *act = xcalloc(1, sizeof(*act));

	act->c = c;
	act->id = id;
	act->object = xstrdup(object);
	if (s != NULL) {
		act->sheet = xcalloc(1, sizeof(*s));
		*act->sheet = *s;
	}
	console_keep(c, act, act_destroy);
	return act;
}

/* Both are taken. */
static void
send_act(struct act *act, json_t *params)
{
	struct console *c = act->c;

	if (act->object[0] != '\0' && json_object_get(params, "id") == NULL)
		json_object_set_new(params, "id", json_text(act->object));
	c->io->request(c->io_arg, deed_method(act->id, act->object), params,
		on_act, act);
}

void
act_send(struct console *c, enum action_id id, const char *object,
	json_t *params)
{
	send_act(act_create(c, id, object, NULL), params);
}

/* --- signed decisions --- */

static const char *
verb_of(const struct act *act)
{
	return act->id == ACTION_REJECT ? "reject" : "approve";
}

static int
sign(struct act *act, const json_t *statement, char **ret, struct error *e)
{
	struct console *c = act->c;

	if (c->io->sign == NULL)
		return error_set(e, ERROR_NO_KEY, "nothing signs here");
	if (act->bulk != NULL && act->bulk->cannot_sign)
		return error_set(
			e, ERROR_NO_KEY, "nothing more is signed with it");
	if (c->io->sign(c->io_arg, statement, verb_of(act), act->digest,
		    act->key, ret, e) == 0)
		return 0;
	if (act->bulk != NULL && e->code == ERROR_NO_KEY)
		act->bulk->cannot_sign = true;
	return -1;
}

/* The statement is here: it is signed, and the decision goes with that. */
static void
on_statement(const json_t *result, const struct error *error, void *arg)
{
	struct act *act = arg;
	json_t *params = act->params;
	struct error e;
	char *signature;

	if (error != NULL) {
		e = *error;
	} else if (sign(act, result, &signature, &e) == 0) {
		json_object_set_new(params, "signature", json_text(signature));
		free(signature);
		act->params = NULL;
		send_act(act, params);
		return;
	}
	on_act(NULL, &e, act);
}

/* All are taken but key and digest. */
static void
sign_and_send(struct act *act, json_t *params, const char *key,
	const char *digest)
{
	struct console *c = act->c;

	json_object_del(params, "sign");
	act->params = params;
	act->key = xstrdup(key);
	act->digest = xstrdup(digest);
	c->io->request(c->io_arg, "change.statement",
		json_pack("{s:s, s:s}", "id", act->object, "verb",
			verb_of(act)),
		on_statement, act);
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

/* Each for itself; an answer may come before the next is sent. */
static void
send_bulk(struct console *c, struct sheet *s)
{
	struct bulk *b = xcalloc(1, sizeof(*b));
	size_t i;

	for (i = 0; i < s->item_count; i++)
		b->count += s->items[i].on && s->items[i].id[0] != '\0';
	b->left = b->count + 1;
	for (i = 0; i < s->item_count; i++) {
		const struct sheet_item *it = &s->items[i];
		struct act *act;
		json_t *params;

		if (it->id[0] == '\0')
			continue;
		list_mark(&console_place(c)->list, it->id, false);
		if (!it->on)
			continue;
		act = act_create(c, s->action, it->id, NULL);
		act->bulk = b;
		params = json_pack("{s:s}", "digest", it->digest);
		if (s->reason.len > 0)
			json_object_set_new(
				params, "text", json_text(s->reason.text));
		if (sign_key(s)[0] != '\0' && sign_is_wanted(c, it->id))
			sign_and_send(act, params, sign_key(s), it->digest);
		else
			send_act(act, params);
	}
	if (b->count == 0)
		console_say(c, STYLE_NOTICE_INFO, "nothing was done");
	if (--b->left == 0)
		free(b);
}

void
act_send_sheet(struct console *c, struct sheet *s)
{
	json_t *params;
	struct act *act;

	if (s->is_bulk) {
		send_bulk(c, s);
		return;
	}
	params = act_params(c, s);
	act = act_create(c, s->action, s->object, s);
	if (sign_key(s)[0] != '\0')
		sign_and_send(act, params, sign_key(s), s->digest);
	else
		send_act(act, params);
}
