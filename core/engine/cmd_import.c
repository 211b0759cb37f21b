/*
 * cmd_import.c - windows, freezes and holidays from an .ics file.
 *
 * The same UID is the same period, so that a file can be taken in again and
 * again. What forbids no less than before is done at once; windows, and what
 * would forbid less, are a request that a second person answers.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/calendar_rows.h"
#include "engine/cmd.h"
#include "engine/freeze.h"
#include "engine/proposals.h"
#include "engine/schedule.h"
#include "model/ics.h"
#include "wire/json.h"

#define ASKED_MOST 200 /* periods in one request */

struct import {
	struct engine *en;
	enum period_kind kind;
	struct strings envs;
	json_t *items; /* what is to be done: see item_json */
	int adds, changes, removes, unchanged;
	bool forbids_less;
};

/* ---- what each event comes to ---- */

static json_t *
item_json(const struct period *p, const struct period *old, const char *act)
{
	json_t *o = period_content_json(p);

	json_object_set_new(o, "uid", json_text(p->uid));
	json_object_set_new(o, "sequence", json_integer(p->sequence));
	json_object_set_new(o, "act", json_string(act));
	json_object_set_new(o, "number",
		json_integer(old == NULL ? 0 : old->number));
	json_object_set_new(o, "before",
		json_integer(old == NULL ? -1 : old->changed_at));
	return o;
}

static void
add_item(struct import *im, const struct period *p, const struct period *old,
	const char *act, int *count)
{
	(*count)++;
	json_array_append_new(im->items, item_json(p, old, act));
}

static void
compare(struct import *im, struct ics_event *event, const struct period *old)
{
	struct period *p = &event->period;
	bool holds = old != NULL && old->ended_at == 0;

	if (event->is_cancelled && holds) {
		im->forbids_less = true;
		add_item(im, old, old, "remove", &im->removes);
	} else if (event->is_cancelled ||
		   (holds && (p->sequence < old->sequence ||
				     period_is_same(p, old)))) {
		im->unchanged++;
	} else if (holds) {
		im->forbids_less |= !freeze_covers(im->en, p, old);
		add_item(im, p, old, "change", &im->changes);
	} else {
		add_item(im, p, old, "add", &im->adds);
	}
}

static void
compare_all(struct import *im, struct ics_events *events)
{
	struct error e;
	size_t i;

	im->forbids_less = im->kind == PERIOD_WINDOW;
	for (i = 0; i < events->count; i++) {
		struct period *p = &events->items[i].period, old;
		int found = store_period_find_uid(
			im->en->store, im->kind, p->uid, &old, &e);

		engine_must(found, &e, "read the calendar");
		strings_finish(&p->envs);
		memset(&p->envs, 0, sizeof(p->envs));
		strings_copy(&p->envs, &im->envs);
		compare(im, &events->items[i], found == 1 ? &old : NULL);
		if (found == 1)
			period_finish(&old);
	}
}

/* ---- doing it ---- */

/* The period that an item is about, as it is now; *found: whether it is. */
static int
find_as_asked(struct engine *en, const json_t *item, struct period *old,
	bool *found, struct error *e)
{
	int64_t number = json_get_int(item, "number", 0);
	int got = number == 0
			  ? store_period_find_uid(en->store,
				    (enum period_kind)period_kind_parse(
					    json_get_string(
						    item, "kind", "")),
				    json_get_string(item, "uid", ""), old, e)
			  : store_period_find(en->store, number, old, e);

	engine_must(got, e, "read the calendar");
	*found = got == 1;
	if (json_get_int(item, "before", -1) == (got == 1 ? old->changed_at
							   : -1))
		return 0;
	if (got == 1)
		period_finish(old);
	return error_set(e, ERROR_CHANGED,
		"'%.80s' was altered since it was asked: import it again",
		json_get_string(item, "name", ""));
}

static void
put_item(struct engine *en, struct period *p, const json_t *item,
	const struct actor *by, const char *reason)
{
	const char *act = json_get_string(item, "act", "");
	char *what = xasprintf("%s.import", period_kind_name(p->kind)), *id;
	int64_t now = engine_now(en);
	struct error e;

	if (strcmp(act, "remove") == 0)
		p->ended_at = now;
	p->changed_at = now;
	if (p->created_at == 0)
		p->created_at = now;
	str_replace(&p->author, by->who);
	p->author_uid = by->uid;
	str_replace(&p->reason, reason);
	engine_must(store_period_put(en->store, p, &e), &e, "save a period");
	id = period_id(p);
	engine_record(en, by->who, by->uid, what, id, reason,
		json_pack("{s:s, s:o}", "act", act, "content",
			period_content_json(p)));
	free(id);
	free(what);
}

/* Checks, and with `by` does it. ids gets "F-3" of each. */
static int
do_item(struct engine *en, const json_t *item, const struct actor *by,
	const char *reason, json_t *ids, struct error *e)
{
	struct period p = {0}, old;
	bool found;
	int result = find_as_asked(en, item, &old, &found, e);
	char *id;

	if (result == -1)
		return -1;
	result = period_from_json(item, &p, e);
	if (result == 0 && by != NULL) {
		if (found) {
			p.number = old.number;
			p.created_at = old.created_at;
		}
		put_item(en, &p, item, by, reason);
		id = period_id(&p);
		json_array_append_new(ids, json_string(id));
		free(id);
	}
	if (found)
		period_finish(&old);
	period_finish(&p);
	return result;
}

static int
do_items(struct engine *en, const json_t *items, const struct actor *by,
	const char *reason, json_t *ids, struct error *e)
{
	const json_t *item;
	size_t i;

	json_array_foreach(items, i, item)
		if (do_item(en, item, by, reason, ids, e) == -1)
			return -1;
	return 0;
}

/* All or nothing: everything is checked before anything is done. */
static int
carry_out(struct engine *en, const json_t *items, const struct actor *by,
	const char *reason, json_t *ids, struct error *e)
{
	if (do_items(en, items, NULL, NULL, NULL, e) == -1)
		return -1;
	engine_write(en);
	if (do_items(en, items, by, reason, ids, e) == -1)
		return -1;
	schedule_changed(en);
	schedule_look_now(en);
	events_calendar(en);
	return 0;
}

/* ---- as a request ---- */

int
import_check(struct engine *en, const struct proposal *p, struct error *e)
{
	json_t *args = json_loads(p->args, 0, NULL);
	int result = do_items(en, json_object_get(args, "items"), NULL, NULL,
		NULL, e);

	json_decref(args);
	return result;
}

int
import_apply(struct engine *en, const struct proposal *p, struct error *e)
{
	struct actor by = {p->author, p->author_uid};
	json_t *args = json_loads(p->args, 0, NULL), *ids = json_array();
	int result = carry_out(en, json_object_get(args, "items"), &by,
		p->text, ids, e);

	json_decref(ids);
	json_decref(args);
	return result;
}

static void
ask_second(struct request *rq, struct import *im, const char *file,
	const char *reason)
{
	struct proposal p;
	struct error e;

	if (json_array_size(im->items) > ASKED_MOST) {
		request_refuse(rq, ERROR_LIMIT,
			"import it in several files",
			"a second person cannot look at %zu %ss at once, at "
			"most %d",
			json_array_size(im->items), period_kind_name(im->kind),
			ASKED_MOST);
		return;
	}
	if (proposal_open(rq, "calendar.import", file,
		    json_pack("{s:O, s:o}", "items", im->items, "what",
			    json_sprintf("import %ss from '%s': %d new, %d "
					 "changed, %d removed",
				    period_kind_name(im->kind), file,
				    im->adds, im->changes, im->removes)),
		    reason, &p, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	request_done(rq, proposal_json(rq->en, &p));
	proposal_finish(&p);
}

static void
do_now(struct request *rq, struct import *im, int ignored, const char *reason)
{
	struct actor by = request_actor(rq);
	json_t *ids = json_array();
	struct error e;

	if (json_array_size(im->items) > 0 &&
		carry_out(rq->en, im->items, &by, reason, ids, &e) == -1) {
		json_decref(ids);
		request_fail(rq, &e);
		return;
	}
	request_done(rq,
		json_pack("{s:s, s:i, s:i, s:i, s:i, s:i, s:o}", "as",
			period_kind_name(im->kind), "added", im->adds,
			"changed", im->changes, "removed", im->removes,
			"unchanged", im->unchanged, "ignored", ignored, "ids",
			ids));
}

/* ---- the file ---- */

/* At most `most` bytes and one, so that more is noticed. */
static int
read_file(int fd, struct strbuf *ret, struct error *e)
{
	struct stat st;
	ssize_t got;

	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		return error_set(e, ERROR_INVALID, "it is not a file");
	if (st.st_size > ICS_BYTES_MOST)
		return error_set(e, ERROR_LIMIT,
			"the file is larger than %d bytes", ICS_BYTES_MOST);
	do {
		char *to = strbuf_reserve(ret, 65536);

		got = pread(fd, to, 65536, (off_t)ret->len);
		if (got == -1)
			return error_set_errno(e, errno, "cannot read it");
		ret->len += (size_t)got;
	} while (got > 0 && ret->len <= ICS_BYTES_MOST);
	return 0;
}

static int
read_events(struct request *rq, struct import *im, struct ics_events *ret,
	struct error *e)
{
	struct strbuf text;
	int result;

	if (rq->fd_count != 1)
		return error_set(e, ERROR_USAGE,
			"one file's descriptor comes along");
	strbuf_init(&text);
	result = read_file(rq->fds[0], &text, e);
	if (result == 0)
		result = ics_read(text.buf == NULL ? "" : text.buf, text.len,
			im->kind, rq->en->settings->timezone, ret, e);
	strbuf_finish(&text);
	return result;
}

static int
arg_import(struct request *rq, struct import *im, struct error *e)
{
	int kind = period_kind_parse(arg_string(rq, "as"));
	size_t i;

	if (kind < 0)
		return error_set(e, ERROR_USAGE,
			"'as' is '%.40s', expected freeze, holiday or window",
			arg_string(rq, "as"));
	im->kind = (enum period_kind)kind;
	arg_strings(rq, "envs", &im->envs);
	for (i = 0; i < im->envs.count; i++)
		if (settings_environment(
			    rq->en->settings, im->envs.items[i]) == NULL)
			return no_environment(
				rq->en->settings, im->envs.items[i], e);
	if (check_text(arg_string(rq, "name"), "the file's name", e) == -1)
		return -1;
	return check_text(arg_string(rq, "text"), "the reason", e);
}

void
cmd_calendar_import(struct request *rq)
{
	struct import im = {.en = rq->en};
	struct ics_events events = {0};
	const char *file = arg_string(rq, "name");
	char *reason = NULL;
	struct error e;

	if (arg_import(rq, &im, &e) == -1 ||
		read_events(rq, &im, &events, &e) == -1) {
		error_prefix(&e, "'%.80s'", file);
		request_fail(rq, &e);
		strings_finish(&im.envs);
		return;
	}
	im.items = json_array();
	reason = arg_string(rq, "text") == NULL
			 ? xasprintf("imported from %s", file)
			 : xstrdup(arg_string(rq, "text"));
	compare_all(&im, &events);
	if (im.forbids_less && json_array_size(im.items) > 0)
		ask_second(rq, &im, file, reason);
	else
		do_now(rq, &im, events.ignored, reason);
	free(reason);
	json_decref(im.items);
	ics_events_finish(&events);
	strings_finish(&im.envs);
}
