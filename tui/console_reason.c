/*
 * console_reason.c - what is selected, and whether an action is possible on
 * it; if not, why. Footer, menu, help and keys all ask here.
 */
#include <string.h>

#include "tui/console_act.h"
#include "tui/console_deed.h"
#include "tui/view_calendar.h"
#include "tui/view_rollout.h"

/* --- what is selected --- */

static const struct record *
selected_of(struct place *p, int kind)
{
	const struct list_row *row =
		p->view->has_rows ? list_selected(&p->list) : NULL;

	return row != NULL && row->kind == kind ? row->record : NULL;
}

static bool
shows_rollout(const struct place *p)
{
	return p->view == &rollout_view || p->view == &host_log_view ||
	       p->view == &log_view || p->view == &canary_view;
}

struct place *
console_subject(struct console *c)
{
	size_t i = c->depth_places - 1;

	while (i > 0 && (c->places[i].view == &menu_view ||
				c->places[i].view == &help_view ||
				c->places[i].view == &copy_view))
		i--;
	return &c->places[i];
}

/* What is picked up, or else what the cursor is on. */
static void
target_of_calendar(struct console *c, struct place *p, struct target *t)
{
	if (p->moving[0] != '\0') {
		t->change = world_change(c->world, p->moving);
		return;
	}
	t->row = calendar_selected(c, p);
	if (t->row == NULL)
		return;
	t->change = world_change(c->world, t->row->id);
	t->rollout = world_rollout(c->world, t->row->id);
}

struct target
console_target(struct console *c)
{
	struct place *p = console_subject(c);
	struct target t = {0};

	if (shows_rollout(p))
		t.rollout = world_rollout(c->world, p->object);
	else
		t.rollout = (const void *)selected_of(p, WORLD_ROLLOUTS);
	if (p->view == &change_view) {
		t.change = world_change(c->world, p->object);
		t.request = world_request(c->world, p->object);
	} else {
		t.change = (const void *)selected_of(p, WORLD_CHANGES);
		t.request = (const void *)selected_of(p, WORLD_REQUESTS);
	}
	if (p->view == &calendar_view)
		target_of_calendar(c, p, &t);
	t.release = p->view == &release_view
			    ? (const void *)collection_find(
				      &c->world->lists[WORLD_RELEASES],
				      p->object)
		    : p->view == &releases_view && p->tab != 0
			    ? NULL /* they are not seen now */
			    : (const void *)selected_of(p, WORLD_RELEASES);
	if (p->view == &host_log_view)
		t.host = world_rollout_host(c->world, p->host);
	return t;
}

const char *
console_target_id(const struct target *t)
{
	return t->change != NULL    ? t->change->record.id
	       : t->request != NULL ? t->request->record.id
				    : "";
}

/* --- what is possible --- */

/* At a gate, or held there since it was not passed. */
static bool
is_at_gate(const struct world_rollout *r)
{
	return strcmp(r->state, "waiting") == 0 ||
	       (strcmp(r->state, "paused") == 0 && r->gate != NULL &&
		       (strcmp(r->pause_cause, "gate") == 0 ||
			       strcmp(r->pause_cause, "analysis") == 0));
}

static const char *
reason_rollout(enum action_id id, const struct world_rollout *r)
{
	bool live = rollout_is_live(r);
	bool paused = strcmp(r->state, "paused") == 0;
	bool missed = r->hosts_failed > 0 || r->hosts_unreachable > 0;

	if (id == ACTION_PAUSE)
		return !live ? "it is over" : paused ? "it is paused" : NULL;
	if (id == ACTION_RESUME)
		return paused ? NULL : "it is not paused";
	if (id == ACTION_ADVANCE)
		return is_at_gate(r) ? NULL : "it does not wait at a gate";
	if (id == ACTION_ABORT)
		return live ? NULL : "it is over";
	if (id == ACTION_RETRY)
		return !missed		 ? "no host failed"
		       : live && !paused ? "pause it first"
					 : NULL;
	if (id == ACTION_ROLLBACK)
		return strcmp(r->kind, "rollback") == 0
			       ? "it is a rollback: a new change undoes it"
		       : live ? "it still runs: abort it instead"
		       : strcmp(r->state, "rolled_back") == 0
			       ? "its hosts went back already"
		       : r->rollback[0] != '\0' ? "it was rolled back already"
		       : r->hosts_total == r->hosts_pending
			       ? "it touched no host"
			       : NULL;
	return NULL;
}

static const char *
reason_change(const struct world_change *ch)
{
	if (strcmp(ch->state, "approved") == 0 ||
		strcmp(ch->state, "scheduled") == 0)
		return NULL;
	if (strcmp(ch->state, "submitted") == 0)
		return "it waits for approval";
	if (strcmp(ch->state, "running") == 0)
		return "it runs already";
	return "it is not approved";
}

static bool
is_pane_view(const struct view *v)
{
	return v == &rollout_view || v == &canary_view ||
	       v == &approvals_view;
}

static bool
has_canary(struct console *c, const struct view *v,
	const struct world_rollout *r)
{
	int wave;

	return (v == &rollout_view || v == &canary_view) &&
	       rollout_canary(c, r, &wave) != NULL;
}

bool
console_applies(struct console *c, enum action_id id)
{
	const struct view *v = console_subject(c)->view;
	const struct deed *d = deed_find(id);
	struct target t = console_target(c);

	bulk_target(c, id, &t);
	if (id == ACTION_LOG && v == &log_view)
		return false;
	if (id == ACTION_ONE_HOST && v != &log_view)
		return false;
	if (d != NULL && !deed_is_meant(d, &t))
		return false;
	switch (action_get(id)->place) {
	case PLACE_ROLLOUT:
		return t.rollout != NULL;
	case PLACE_CHANGE:
		return t.change != NULL;
	case PLACE_ITEM:
		return t.change != NULL || t.request != NULL;
	case PLACE_ITEM_OR_ROLLOUT:
		return t.change != NULL || t.request != NULL ||
		       t.rollout != NULL;
	case PLACE_CALENDAR:
		return v == &calendar_view;
	case PLACE_PLANS:
		return v == &calendar_view || v == &approvals_view;
	case PLACE_HOST:
		return t.host != NULL;
	case PLACE_PANES:
		return is_pane_view(v) ||
		       (v->has_rows && view_has_beside(c));
	case PLACE_ROWS:
		return v->has_rows || v == &rollout_view ||
		       v == &calendar_view || v == &messages_view;
	case PLACE_LIST:
		return (v->has_rows && v->list != LIST_NONE) ||
		       (v == &messages_view && id == ACTION_MARK);
	case PLACE_RELEASE:
		return t.release != NULL;
	case PLACE_RELEASES:
		return v == &releases_view;
	case PLACE_LEDGER:
		return v == &audit_view || v == &entry_view;
	case PLACE_PLOTS:
		return t.rollout != NULL && has_canary(c, v, t.rollout);
	case PLACE_LINES:
		return v == &rollout_view || v == &log_view;
	case PLACE_SECTIONS:
		return v != &calendar_view && view_section_count(c, v) > 0;
	case PLACE_ANYWHERE:
	case PLACE_COUNT:
		break;
	}
	return true;
}

/* What the permission to stop covers. */
static bool
is_stop(enum action_id id)
{
	return id == ACTION_PAUSE || id == ACTION_ABORT;
}

const char *
console_reason(struct console *c, enum action_id id)
{
	const struct action *a = action_get(id);
	const struct deed *d = deed_find(id);
	struct target t = console_target(c);

	bulk_target(c, id, &t);
	if (!console_applies(c, id))
		return "nothing of that kind is selected";
	if (a->tier > 0 && c->link == LINK_STATE_LOST)
		return "the engine cannot be reached";
	if (d != NULL)
		return console_may(c, d->may)
			       ? d->reason(c, &t)
			       : "it needs a permission that you do not have";
	if (a->tier > 0 && !(is_stop(id) ? c->may_stop : c->may_operate))
		return is_stop(id) ? "you may not stop rollouts"
				   : "you may not operate";
	if (a->place == PLACE_ROLLOUT)
		return reason_rollout(id, t.rollout);
	if (id == ACTION_START)
		return reason_change(t.change);
	if (a->place == PLACE_HOST) {
		if (!rollout_is_live(t.rollout))
			return "the rollout is over";
		if (strcmp(t.host->state, "excluded") == 0)
			return "it is left out already";
	}
	return NULL;
}
