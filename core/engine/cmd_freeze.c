/*
 * cmd_freeze.c - freezes by command: listed, added, edited, removed, and let
 * one change through.
 *
 * What forbids more is done at once; what forbids less (removing, shortening,
 * an override) is a request that a second person answers.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/calendar_rows.h"
#include "engine/cmd.h"
#include "engine/freeze.h"
#include "engine/proposals.h"
#include "engine/schedule.h"
#include "wire/json.h"

/* ---- freeze.ls and freeze.show ---- */

static int
note_override(const char *freeze, struct change_id change, const char *author,
	const char *reason, int64_t at, void *arg)
{
	char id[ID_TEXT_SIZE];

	(void)freeze;
	change_id_format(change, id);
	json_array_append_new(arg,
		json_pack("{s:s, s:o, s:o, s:o}", "change", id, "author",
			json_text(author), "reason", json_text(reason), "at",
			json_time(at)));
	return 0;
}

json_t *
freeze_json(struct engine *en, const struct period *p)
{
	json_t *o = period_json(en, p), *overrides = json_array();
	struct error e;

	engine_must(store_override_each(en->store,
			    json_get_string(o, "id", ""), note_override,
			    overrides, &e),
		&e, "read overrides");
	json_object_set_new(o, "overrides", overrides);
	return o;
}

void
cmd_freeze_ls(struct request *rq)
{
	size_t i, count = schedule_count(rq->en);
	bool holidays = json_get_bool(rq->args, "holidays", false);
	const char *env = arg_string(rq, "env");
	struct page page;
	struct error e;

	if (page_init(rq, &page, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	for (i = (size_t)(page.after + 1); i < count; i++) {
		const struct period *p = schedule_at(rq->en, i)->period;

		if (p->kind == PERIOD_WINDOW ||
			(p->kind == PERIOD_HOLIDAY && !holidays) ||
			(env != NULL && !period_is_about(p, env, NULL)))
			continue;
		if (page_add(&page, freeze_json(rq->en, p), (int64_t)i) != 0)
			break;
	}
	request_done(rq, page_finish(&page));
}

/* The freeze or holiday that "id" names, in force; borrowed. */
static const struct period *
arg_freeze(struct request *rq, struct error *e)
{
	const char *id = arg_string(rq, "id");
	const struct period *p = schedule_find(rq->en, id);

	if (p != NULL && p->kind != PERIOD_WINDOW)
		return p;
	error_set(e, ERROR_NOT_FOUND, "no freeze '%.80s' is in force", id);
	error_hint(e, "see sluice freeze ls");
	return NULL;
}

void
cmd_freeze_show(struct request *rq)
{
	struct error e;
	const struct period *p = arg_freeze(rq, &e);

	if (p == NULL)
		request_fail(rq, &e);
	else
		request_done(rq, freeze_json(rq->en, p));
}

/* ---- freeze.add ---- */

void
freeze_put(struct engine *en, struct period *p, const struct actor *by,
	const char *what, const char *reason)
{
	struct error e;
	char *id;

	engine_write(en);
	engine_must(store_period_put(en->store, p, &e), &e, "save a freeze");
	id = period_id(p);
	engine_record(en, by->who, by->uid, what, id, reason,
		period_content_json(p));
	free(id);
	schedule_changed(en);
	schedule_look_now(en);
	events_calendar(en);
}

static json_t *
with_preview(struct engine *en, const struct period *p,
	const struct period *before)
{
	json_t *hits = freeze_hits(en, p, before);
	json_t *o = freeze_json(en, p);

	json_object_update_missing(o, hits);
	json_decref(hits);
	return o;
}

void
cmd_freeze_add(struct request *rq)
{
	struct actor by = request_actor(rq);
	struct period p = {.kind = PERIOD_FREEZE};
	struct error e;
	json_t *o;

	if (check_said(rq, "the reason", &e) == -1 ||
		freeze_from_args(rq, &p, &e) == -1) {
		request_fail(rq, &e);
		period_finish(&p);
		return;
	}
	/* Looked at before it holds: what it hits is as it is now. */
	o = with_preview(rq->en, &p, NULL);
	if (json_get_bool(rq->args, "dry_run", false)) {
		json_object_set_new(o, "id", json_null());
		json_object_set_new(o, "dry_run", json_true());
	} else {
		char *id;

		freeze_put(rq->en, &p, &by, "freeze.add",
			arg_string(rq, "text"));
		id = period_id(&p);
		json_object_set_new(o, "id", json_string(id));
		free(id);
	}
	request_done(rq, o);
	period_finish(&p);
}

/* ---- freeze.edit ---- */

static int
check_stored(const struct period *p, struct error *e)
{
	if (p->number != 0)
		return 0;
	error_set(e, ERROR_WRONG_STATE,
		"freeze '%s' stands in the configuration", p->name);
	return error_hint(e,
		"alter it there and run sluice config reload, or let one "
		"change through: sluice freeze override");
}

static void
propose(struct request *rq, const char *kind, const char *object, json_t *args)
{
	struct proposal p;
	struct error e;

	if (proposal_open(rq, kind, object, args, arg_string(rq, "text"), &p,
		    &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	request_done(rq, proposal_json(rq->en, &p));
	proposal_finish(&p);
}

/* At once where it forbids all that it did, else as a request. */
static void
edit(struct request *rq, const struct period *old, struct period *p)
{
	struct actor by = request_actor(rq);
	char *id = period_id(old), *what;
	json_t *o;

	if (json_get_bool(rq->args, "dry_run", false)) {
		o = with_preview(rq->en, p, old);
		json_object_set_new(o, "dry_run", json_true());
		json_object_set_new(o, "needs_second_person",
			json_boolean(!freeze_covers(rq->en, p, old)));
		request_done(rq, o);
	} else if (freeze_covers(rq->en, p, old)) {
		o = with_preview(rq->en, p, old);
		freeze_put(rq->en, p, &by, "freeze.edit",
			arg_string(rq, "text"));
		request_done(rq, o);
	} else {
		what = xasprintf("shorten freeze %s '%s'", id, old->name);
		o = json_pack("{s:o, s:I, s:s}", "freeze",
			period_content_json(p), "sequence",
			(json_int_t)old->sequence, "what", what);
		free(what);
		propose(rq, "freeze.edit", id, o);
	}
	free(id);
}

void
cmd_freeze_edit(struct request *rq)
{
	struct period p = {.kind = PERIOD_FREEZE};
	const struct period *old;
	struct error e;

	if (check_said(rq, "the reason", &e) == -1 ||
		(old = arg_freeze(rq, &e)) == NULL ||
		check_stored(old, &e) == -1 ||
		freeze_edited(rq, old, &p, &e) == -1)
		request_fail(rq, &e);
	else
		edit(rq, old, &p);
	period_finish(&p);
}

/* ---- freeze.rm ---- */

void
cmd_freeze_rm(struct request *rq)
{
	const struct period *p;
	struct error e;
	char *id, *what;
	json_t *args;

	if (check_said(rq, "the reason", &e) == -1 ||
		(p = arg_freeze(rq, &e)) == NULL ||
		check_stored(p, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	id = period_id(p);
	what = xasprintf("remove %s %s '%s'", period_kind_name(p->kind), id,
		p->name);
	args = json_pack("{s:I, s:s}", "sequence", (json_int_t)p->sequence,
		"what", what);
	propose(rq, "freeze.rm", id, args);
	free(what);
	free(id);
}

/* ---- freeze.override ---- */

void
cmd_freeze_override(struct request *rq)
{
	char id[ID_TEXT_SIZE];
	struct change_id change;
	const struct period *p;
	struct error e;
	char *freeze, *what;
	json_t *args;

	if (check_said(rq, "the reason", &e) == -1 ||
		(p = arg_freeze(rq, &e)) == NULL ||
		(!change_id_parse(arg_string(rq, "change"), &change) &&
			error_set(&e, ERROR_USAGE,
				"'%.40s' is not a change, expected one such "
				"as C-42",
				arg_string(rq, "change")) == -1)) {
		request_fail(rq, &e);
		return;
	}
	change_id_format(change, id);
	freeze = period_id(p);
	what = xasprintf(
		"let %s through freeze %s '%s'", id, freeze, p->name);
	args = json_pack("{s:s, s:s}", "freeze", freeze, "what", what);
	propose(rq, "freeze.override", id, args);
	free(what);
	free(freeze);
}
