/* cmd_change.c - changes: new, shown, revised, moved, cancelled, started. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"
#include "engine/cmd.h"
#include "engine/differences.h"
#include "engine/notify.h"
#include "engine/schedule.h"
#include "engine/signing.h"
#include "wire/json.h"

#define PLAN_PIECE (256 * 1024)
#define TEXT_MOST 4096

struct actor
request_actor(const struct request *rq)
{
	struct actor a = {
		rq->who.person != NULL ? rq->who.person : rq->who.user,
		rq->uid};

	return a;
}

static int
find_change(struct engine *en, struct change_id id, struct change *ret,
	struct error *e)
{
	char text[ID_TEXT_SIZE];
	int found = store_change_find(en->store, id, ret, e);

	if (found == 1)
		return 0;
	if (found == -1)
		return -1;
	change_id_format(id, text);
	error_set(e, ERROR_NOT_FOUND, "no change '%s'", text);
	return error_hint(e, "see sluice change ls");
}

int
arg_change(struct request *rq, struct change *ret, struct error *e)
{
	const char *text = arg_string(rq, "id");
	struct rollout_id rollout;
	struct change_id id;
	struct rollout r;
	int found;

	if (change_id_parse(text, &id))
		return find_change(rq->en, id, ret, e);
	if (!rollout_id_parse(text, &rollout))
		return error_set(e, ERROR_USAGE,
			"'%.40s' is not an id, expected one such as C-42",
			text);
	found = store_rollout_find(rq->en->store, rollout, &r, e);
	if (found == 0)
		error_set(e, ERROR_NOT_FOUND, "no rollout '%s'", text);
	if (found != 1)
		return -1;
	id = r.change;
	rollout_finish(&r);
	return find_change(rq->en, id, ret, e);
}

int
check_text(const char *text, const char *name, struct error *e)
{
	if (text == NULL)
		return 0;
	if (strlen(text) > TEXT_MOST)
		return error_set(e, ERROR_INVALID, "%s is longer than %d bytes",
			name, TEXT_MOST);
	if (!text_is_utf8(text, strlen(text)))
		return error_set(e, ERROR_INVALID, "%s is not UTF-8", name);
	return 0;
}

/* What has to be compared before the risk is known is waited for. */
static void
fail_or_wait(struct request *rq, const struct error *e)
{
	if (e->code != ERROR_BUSY || !differences_wait(rq->en, rq))
		request_fail(rq, e);
}

/* ---- new ---- */

static int
check_type(struct request *rq, struct change *c, struct error *e)
{
	const char *name = arg_string(rq, "type");
	int type = name == NULL ? CHANGE_TYPE_NORMAL : change_type_parse(name);

	if (type == -1)
		return error_set(e, ERROR_USAGE,
			"no type '%.40s', expected standard, normal or "
			"emergency",
			name);
	c->type = (enum change_type)type;
	return check_break_glass(rq, c, e);
}

int
check_break_glass(
	const struct request *rq, const struct change *c, struct error *e)
{
	if (c->type != CHANGE_TYPE_EMERGENCY)
		return 0;
	if (!(rq->who.may & (1u << PERMISSION_BREAK_GLASS))) {
		error_set(e, ERROR_DENIED,
			"'%s' may not open an emergency change: it needs the "
			"permission 'break-glass'",
			request_actor(rq).who);
		return error_hint(e, "plan it as a normal change");
	}
	if (c->why == NULL || c->why[strspn(c->why, " \t\n")] == '\0') {
		error_set(e, ERROR_USAGE, "an emergency change needs a reason");
		return error_hint(e, "say it with -m TEXT");
	}
	return 0;
}

static int
check_at(struct request *rq, struct change *c, struct error *e)
{
	if (arg_time(rq, "at", &c->scheduled_at, e) == -1)
		return -1;
	if (c->scheduled_at != 0 && c->scheduled_at <= engine_now(rq->en)) {
		error_set(e, ERROR_INVALID, "'%s' is in the past",
			arg_string(rq, "at"));
		return error_hint(e, "leave --at out and start it by hand");
	}
	return 0;
}

static int
change_from_args(struct request *rq, struct change *c, struct submission *s,
	struct error *e)
{
	c->revision = 1;
	c->state = CHANGE_DRAFT;
	c->risk = -1;
	c->service = xstrdup(arg_string(rq, "service"));
	c->version = xstrdup(arg_string(rq, "version"));
	c->env = xstrdup(arg_string(rq, "env"));
	c->strategy = xstrdup_or_null(arg_string(rq, "strategy"));
	c->selector = xstrdup_or_null(arg_string(rq, "hosts"));
	c->why = xstrdup_or_null(arg_string(rq, "text"));
	c->unplanned = xstrdup_or_null(arg_string(rq, "unplanned"));
	c->author = xstrdup(request_actor(rq).who);
	c->author_uid = rq->uid;
	c->created_at = engine_now(rq->en);
	if (check_text(c->why, "the reason", e) == -1 ||
		check_text(c->unplanned, "the incident", e) == -1 ||
		check_type(rq, c, e) == -1 || check_at(rq, c, e) == -1)
		return -1;
	return submission_make(rq->en, c, CHANGE_EVENT_SUBMIT, s, e);
}

/* Who wrote a revision never counts among its approvals. */
static void
note_author(struct request *rq, const struct change *c)
{
	char id[ID_TEXT_SIZE];
	struct say say = {.object = id,
		.revision = c->revision,
		.verb = DECISION_WRITE};

	change_id_format(c->id, id);
	request_say(rq, &say);
}

void
cmd_change_new(struct request *rq)
{
	struct actor by = request_actor(rq);
	struct engine *en = rq->en;
	char id[ID_TEXT_SIZE];
	struct change c = {0};
	struct submission s;
	struct error e;

	if (change_from_args(rq, &c, &s, &e) == -1) {
		fail_or_wait(rq, &e);
		change_finish(&c);
		return;
	}
	engine_write(en);
	engine_must(store_change_put(en->store, &c, &e), &e, "save a change");
	change_id_format(c.id, id);
	engine_record(en, by.who, by.uid, "change.new", id,
		c.why == NULL ? "" : c.why,
		json_pack("{s:s, s:s, s:s, s:s}", "service", c.service,
			"version", c.version, "env", c.env, "type",
			change_type_name(c.type)));
	note_author(rq, &c);
	if (json_is_true(json_object_get(rq->args, "draft"))) {
		submission_finish(&s);
		events_change(en, &c);
	} else {
		submission_apply(en, &c, &by, CHANGE_EVENT_SUBMIT, &s);
	}
	request_done(rq, change_json(en, &c));
	change_finish(&c);
}

/* ---- looking ---- */

void
cmd_change_show(struct request *rq)
{
	struct change c;
	struct error e;

	if (arg_change(rq, &c, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	request_done(rq, change_full_json(rq->en, &c));
	change_finish(&c);
}

struct list {
	struct request *rq;
	struct page page;
};

static int
list_change(const struct change *c, void *arg)
{
	struct list *l = arg;

	return page_add(&l->page, change_json(l->rq->en, c), c->id.number);
}

void
cmd_change_ls(struct request *rq)
{
	struct change_filter f = {.service = arg_string(rq, "service"),
		.env = arg_string(rq, "env"),
		.state = -1};
	const char *state = arg_string(rq, "state");
	struct list l = {.rq = rq};
	struct error e;

	if (state != NULL && (f.state = change_state_parse(state)) == -1) {
		no_change_state(state, &e);
		request_fail(rq, &e);
		return;
	}
	if (check_filters(rq, &e) == -1 || page_init(rq, &l.page, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	f.after = l.page.after < 0 ? 0 : l.page.after;
	engine_must(store_change_each(rq->en->store, &f, list_change, &l, &e),
		&e, "read changes");
	request_done(rq, page_finish(&l.page));
}

/* A piece ends where a UTF-8 character ends. */
static size_t
piece_length(const char *text, size_t len)
{
	size_t piece = len < PLAN_PIECE ? len : PLAN_PIECE;

	while (piece < len && piece > 0 &&
		((unsigned char)text[piece] & 0xc0) == 0x80)
		piece--;
	return piece;
}

void
cmd_change_plan(struct request *rq)
{
	int64_t offset = json_get_int(rq->args, "offset", 0);
	struct change c;
	struct error e;
	char *text = NULL;
	size_t len = 0, piece;
	int found;

	if (arg_change(rq, &c, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	found = store_plan_find(rq->en->store, c.plan_digest, &text, &len, &e);
	if (found == 0) {
		request_refuse(rq, ERROR_WRONG_STATE,
			"submit it: sluice change submit ID",
			"%s is a draft and has no plan", arg_string(rq, "id"));
	} else if (found == -1) {
		request_fail(rq, &e);
	} else {
		if (offset < 0 || (size_t)offset > len)
			offset = (int64_t)len;
		piece = piece_length(text + offset, len - (size_t)offset);
		request_done(rq,
			json_pack("{s:s%, s:o, s:s}", "text", text + offset,
				piece, "next",
				(size_t)offset + piece >= len
					? json_null()
					: json_integer(
						  offset + (json_int_t)piece),
				"plan_digest", c.plan_digest));
	}
	free(text);
	change_finish(&c);
}

/* ---- acts ---- */

/* Answers the change as it is after an act, or why there was none. */
static void
answer_change(
	struct request *rq, struct change *c, int result, const struct error *e)
{
	if (result == -1)
		fail_or_wait(rq, e);
	else
		request_done(rq, change_json(rq->en, c));
	change_finish(c);
}

void
cmd_change_submit(struct request *rq)
{
	struct actor by = request_actor(rq);
	struct change c;
	struct error e;
	int result;

	if (arg_change(rq, &c, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	result = check_break_glass(rq, &c, &e);
	if (result == 0)
		result = change_submit(
			rq->en, &c, &by, CHANGE_EVENT_SUBMIT, &e);
	answer_change(rq, &c, result, &e);
}

void
cmd_change_revise(struct request *rq)
{
	struct actor by = request_actor(rq);
	struct change c;
	struct error e;
	int result = -1;

	if (arg_change(rq, &c, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	if (arg_string(rq, "version") != NULL)
		str_replace(&c.version, arg_string(rq, "version"));
	if (arg_string(rq, "strategy") != NULL)
		str_replace(&c.strategy, arg_string(rq, "strategy"));
	if (arg_string(rq, "text") != NULL)
		str_replace(&c.why, arg_string(rq, "text"));
	c.revision++;
	if (check_text(c.why, "the reason", &e) == 0 &&
		check_break_glass(rq, &c, &e) == 0 &&
		(arg_string(rq, "at") == NULL || check_at(rq, &c, &e) == 0))
		result = change_submit(rq->en, &c, &by,
			c.state == CHANGE_DRAFT ? CHANGE_EVENT_SUBMIT
						: CHANGE_EVENT_REVISE,
			&e);
	if (result == 0)
		note_author(rq, &c);
	answer_change(rq, &c, result, &e);
}

/* Another time is another risk; a template may not allow it. */
static int
weigh_again(struct engine *en, struct change *c, struct error *e)
{
	struct pairs excluded;
	struct submission s;
	int result;

	hosts_excluded(en, &excluded);
	result = change_weigh(en, c, &excluded, &s.policy, &s.plan, e);
	pairs_finish(&excluded);
	if (result == 0)
		submission_finish(&s);
	return result;
}

void
cmd_change_move(struct request *rq)
{
	struct actor by = request_actor(rq);
	char id[ID_TEXT_SIZE], when[TIME_TEXT_SIZE];
	enum change_state to = CHANGE_DRAFT;
	struct change c;
	struct error e;

	if (arg_change(rq, &c, &e) == -1 || check_at(rq, &c, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	change_id_format(c.id, id);
	if (c.state != CHANGE_DRAFT && c.state != CHANGE_SUBMITTED &&
		!change_next(c.state, CHANGE_EVENT_SCHEDULE, &to)) {
		error_set(&e, ERROR_WRONG_STATE, "cannot move %s: it is %s", id,
			change_state_name(c.state));
		answer_change(rq, &c, -1, &e);
		return;
	}
	if (weigh_again(rq->en, &c, &e) == -1) {
		answer_change(rq, &c, -1, &e);
		return;
	}
	if (c.state != CHANGE_DRAFT && c.state != CHANGE_SUBMITTED)
		c.state = to;
	if (json_get_bool(rq->args, "dry_run", false)) {
		answer_change(rq, &c, 0, &e);
		return;
	}
	schedule_wait_over(rq->en, &c);
	change_save(rq->en, &c);
	time_format_utc(c.scheduled_at, when);
	engine_record(rq->en, by.who, by.uid, "change.move", id, when,
		json_pack("{s:i}", "risk", c.risk));
	/* A higher risk may ask for more than was approved. */
	if (c.state != CHANGE_DRAFT)
		change_check_plan(rq->en, &c, NULL, &e);
	answer_change(rq, &c, 0, &e);
}

/* Others say no to it, or leave it to its author. */
static int
check_own(const struct request *rq, const struct change *c, const char *id,
	struct error *e)
{
	if (!rq->en->settings->has_people || c->author == NULL ||
		strcmp(c->author, request_actor(rq).who) == 0)
		return 0;
	error_set(e, ERROR_DENIED, "%s is of '%s': only its author gives it up",
		id, c->author);
	return error_hint(e,
		"say no to it: sluice reject %s -m WHY; or ask: sluice ask %s "
		"-m TEXT",
		id, id);
}

void
cmd_change_cancel(struct request *rq)
{
	const char *text = arg_string(rq, "text");
	struct actor by = request_actor(rq);
	char id[ID_TEXT_SIZE];
	struct change c;
	struct error e;

	if (check_text(text, "the reason", &e) == -1 ||
		arg_change(rq, &c, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	change_id_format(c.id, id);
	if (check_own(rq, &c, id, &e) == -1) {
		answer_change(rq, &c, -1, &e);
		return;
	}
	if (!change_apply(rq->en, &c, CHANGE_EVENT_CANCEL, text)) {
		error_set(&e, ERROR_WRONG_STATE, "cannot cancel %s: it is %s",
			id, change_state_name(c.state));
		if (c.state == CHANGE_RUNNING)
			error_hint(&e, "stop it: sluice abort %s -m WHY", id);
		answer_change(rq, &c, -1, &e);
		return;
	}
	engine_record(rq->en, by.who, by.uid, "change.cancel", id, text, NULL);
	notice_change(rq->en, &c, CHANGE_SUBMITTED);
	answer_change(rq, &c, 0, &e);
}

void
cmd_change_start(struct request *rq)
{
	bool dry_run = json_get_bool(rq->args, "dry_run", false);
	bool now = json_get_bool(rq->args, "now", false);
	struct actor by = request_actor(rq);
	struct rollout_id id = {0};
	struct change c;
	struct error e;
	json_t *o;

	if (arg_change(rq, &c, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	/* Started already: that is its rollout. */
	if (c.state == CHANGE_RUNNING && c.rollout.number != 0)
		id = c.rollout;
	else if (change_start(rq->en, &c, &by, now, dry_run, &id, &e) == -1) {
		/* Asked again once its signatures are verified. */
		if (e.code != ERROR_BUSY ||
			!signing_wait(rq->en, c.id, request_again, rq))
			request_fail(rq, &e);
		change_finish(&c);
		return;
	}
	o = id.number == 0 ? change_json(rq->en, &c)
			   : objects_rollout(rq->en, id, &e);
	change_finish(&c);
	if (o == NULL)
		request_fail(rq, &e);
	else
		request_done(rq, o);
}
