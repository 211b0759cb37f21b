/* freeze_acts.c - what a second person lets happen to a freeze: it is
 * removed, made shorter, or lets one change through. */
#include <stdlib.h>
#include <string.h>

#include "engine/calendar_rows.h"
#include "engine/cmd.h"
#include "engine/freeze.h"
#include "engine/proposals.h"
#include "engine/schedule.h"
#include "wire/json.h"

/* Who asked for it did it; the ledger has who let it happen as well. */
static struct actor
author_of(const struct proposal *p)
{
	return (struct actor){p->author, p->author_uid};
}

/* The freeze with this id, as it was when somebody asked. */
static const struct period *
find_as_asked(struct engine *en, const struct proposal *p, const json_t *args,
	struct error *e)
{
	const struct period *found = schedule_find(en, p->object);

	if (found == NULL) {
		error_set(e, ERROR_NOT_FOUND, "freeze '%s' is not in force",
			p->object);
		return NULL;
	}
	if (found->sequence != json_get_int(args, "sequence", -1)) {
		error_set(e, ERROR_CHANGED,
			"freeze '%s' was edited since it was asked", p->object);
		return NULL;
	}
	return found;
}

/* ---- freeze.rm ---- */

int
freeze_rm_check(struct engine *en, const struct proposal *p, struct error *e)
{
	json_t *args = json_loads(p->args, 0, NULL);
	const struct period *found = find_as_asked(en, p, args, e);

	json_decref(args);
	return found == NULL ? -1 : 0;
}

int
freeze_rm_apply(struct engine *en, const struct proposal *p, struct error *e)
{
	struct actor by = author_of(p);
	json_t *args = json_loads(p->args, 0, NULL);
	const struct period *found = find_as_asked(en, p, args, e);
	struct period copy;

	json_decref(args);
	if (found == NULL)
		return -1;
	period_copy(&copy, found);
	copy.sequence++;
	copy.ended_at = copy.changed_at = engine_now(en);
	freeze_put(en, &copy, &by, "freeze.rm", p->text);
	period_finish(&copy);
	return 0;
}

/* ---- freeze.edit ---- */

static int
edited(struct engine *en, const struct proposal *p, struct period *ret,
	struct error *e)
{
	json_t *args = json_loads(p->args, 0, NULL);
	const struct period *found = find_as_asked(en, p, args, e);
	int result = -1;

	memset(ret, 0, sizeof(*ret));
	if (found != NULL) {
		struct period content = {0};

		period_copy(ret, found);
		result = period_from_json(
			json_object_get(args, "freeze"), &content, e);
		period_take_times(ret, &content);
		ret->severity = content.severity;
		ret->effect = content.effect;
		ret->sequence++;
		ret->changed_at = engine_now(en);
		period_finish(&content);
	}
	json_decref(args);
	return result;
}

int
freeze_edit_check(struct engine *en, const struct proposal *p, struct error *e)
{
	struct period edit;
	int result = edited(en, p, &edit, e);

	period_finish(&edit);
	return result;
}

int
freeze_edit_apply(struct engine *en, const struct proposal *p, struct error *e)
{
	struct actor by = author_of(p);
	struct period edit;
	int result = edited(en, p, &edit, e);

	if (result == 0)
		freeze_put(en, &edit, &by, "freeze.edit", p->text);
	period_finish(&edit);
	return result;
}

/* ---- freeze.override ---- */

static int
find_change(struct engine *en, const struct proposal *p, struct change *ret,
	struct error *e)
{
	struct change_id id;
	int found = 0;

	if (change_id_parse(p->object, &id))
		found = store_change_find(en->store, id, ret, e);
	if (found == 0)
		error_set(e, ERROR_NOT_FOUND, "no change '%s'", p->object);
	return found == 1 ? 0 : -1;
}

static int
check_override(struct engine *en, const struct change *c, const char *freeze,
	struct error *e)
{
	const struct period *p = schedule_find(en, freeze);
	struct scope s = scope_of(c);

	if (p == NULL || p->kind != PERIOD_FREEZE)
		return error_set(e, ERROR_NOT_FOUND,
			"freeze '%.80s' is not in force", freeze);
	if (change_is_over(c->state))
		return error_set(e, ERROR_WRONG_STATE, "C-%lld is %s",
			(long long)c->id.number, change_state_name(c->state));
	if (!schedule_is_about(en, p, &s))
		return error_set(e, ERROR_INVALID,
			"freeze '%.80s' is not about C-%lld (%s to %s)",
			freeze, (long long)c->id.number, c->service, c->env);
	if (schedule_is_overridden(en, p, c->id))
		return error_set(e, ERROR_EXISTS,
			"C-%lld may pass freeze '%.80s' already",
			(long long)c->id.number, freeze);
	return 0;
}

int
freeze_override_check(
	struct engine *en, const struct proposal *p, struct error *e)
{
	json_t *args = json_loads(p->args, 0, NULL);
	struct change c;
	int result = find_change(en, p, &c, e);

	if (result == 0) {
		result = check_override(
			en, &c, json_get_string(args, "freeze", ""), e);
		change_finish(&c);
	}
	json_decref(args);
	return result;
}

int
freeze_override_apply(
	struct engine *en, const struct proposal *p, struct error *e)
{
	json_t *args = json_loads(p->args, 0, NULL);
	const char *freeze = json_get_string(args, "freeze", "");
	struct change c;
	int result = find_change(en, p, &c, e);

	if (result == 0) {
		engine_write(en);
		engine_must(store_override_put(en->store, freeze, c.id,
				    p->author, p->author_uid, p->text, e),
			e, "save an override");
		engine_record(en, p->author, p->author_uid, "freeze.override",
			p->object, p->text,
			json_pack("{s:s}", "freeze", freeze));
		schedule_changed(en);
		schedule_look_now(en);
		events_change(en, &c);
		events_calendar(en);
		change_finish(&c);
	}
	json_decref(args);
	return result;
}
