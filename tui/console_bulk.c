/*
 * console_bulk.c - one act on all that is marked: a sheet that lists every
 * item with a tick of its own. The worst tier rules all.
 */
#include <stdio.h>
#include <string.h>

#include "tui/console_act.h"
#include "tui/console_deed.h"
#include "tui/states.h"

#define BULK_TYPED 5 /* more than so many are confirmed by a word */
#define BULK_MOST (SHEET_ITEMS_MAX - 1) /* the last item is the key */

static void
add_tick(struct sheet *s, const struct list_row *row)
{
	const struct world_change *ch = (const void *)row->record;
	const struct world_request *q = (const void *)row->record;
	struct sheet_item *it;
	char label[160];

	if (row->kind == WORLD_CHANGES)
		snprintf(label, sizeof(label),
			"%s %.40s %.30s %s, yes %lld/%lld%s", row->record->id,
			ch->service, ch->version,
			env_word(ch->env_kind, ch->env),
			(long long)ch->approvals_given,
			(long long)ch->approvals_required,
			ch->conflicts[0] != '\0' || ch->warnings[0] != '\0'
				? " ! has warnings"
				: "");
	else
		snprintf(label, sizeof(label), "%s %.120s", row->record->id,
			q->what);
	it = sheet_add(s, SHEET_TICK, "", label, NULL);
	if (it == NULL)
		return;
	it->on = true;
	snprintf(it->id, sizeof(it->id), "%.23s", row->record->id);
	snprintf(it->digest, sizeof(it->digest), "%.71s",
		row->kind == WORLD_CHANGES ? ch->plan_digest : q->plan_digest);
}

/* What a person types to confirm: the environment, where all have the same,
 * else how many they are. */
static void
need_word(struct sheet *s, const char *env, bool same, size_t count)
{
	if (same && env[0] != '\0')
		snprintf(s->word, sizeof(s->word), "%s", env);
	else
		snprintf(s->word, sizeof(s->word), "%zu", count);
}

static struct target
target_of(const struct list_row *row)
{
	struct target t = {0};

	if (row->kind == WORLD_CHANGES)
		t.change = (const void *)row->record;
	else if (row->kind == WORLD_REQUESTS)
		t.request = (const void *)row->record;
	return t;
}

static bool
is_possible(struct console *c, const struct list *l, enum action_id id,
	const struct list_row *row)
{
	struct target t = target_of(row);

	return row->record != NULL &&
	       (t.change != NULL || t.request != NULL) &&
	       list_is_marked(l, row->record->id) &&
	       deed_find(id)->reason(c, &t) == NULL;
}

static bool
is_bulk(struct console *c, enum action_id id)
{
	return (id == ACTION_APPROVE || id == ACTION_REJECT) &&
	       list_marked(&console_place(c)->list) > 0;
}

bool
bulk_target(struct console *c, enum action_id id, struct target *ret)
{
	const struct list *l = &console_place(c)->list;
	bool found = false, locked = false;
	size_t i;

	for (i = 0; is_bulk(c, id) && i < l->count && !locked; i++) {
		struct target t = target_of(&l->rows[i]);
		const char *protect, *env;

		if (!is_possible(c, l, id, &l->rows[i]))
			continue;
		env = act_env(&t, &protect);
		locked = act_is_protected(protect) &&
			 act_unlocked_ms(c, env) == 0;
		if (!found || locked)
			*ret = t;
		found = true;
	}
	return found;
}

bool
bulk_open(struct console *c, enum action_id id, int tier)
{
	struct list *l = &console_place(c)->list;
	struct sheet *s = &c->sheet;
	size_t i, count = 0, left_out = 0, later = 0, signed_count = 0;
	const char *env = "";
	bool same = true;

	if (!is_bulk(c, id))
		return false;
	sheet_open(s, id, "");
	s->is_bulk = true;
	for (i = 0; i < l->count; i++) {
		const struct world_change *ch = (const void *)l->rows[i].record;
		bool is_change = l->rows[i].kind == WORLD_CHANGES;

		if (!is_possible(c, l, id, &l->rows[i])) {
			left_out += l->rows[i].record != NULL &&
				    list_is_marked(l, l->rows[i].record->id);
			continue;
		}
		if (count == BULK_MOST) {
			later++;
			continue;
		}
		add_tick(s, &l->rows[i]);
		signed_count += sign_is_wanted(c, l->rows[i].record->id);
		same = same && is_change &&
		       (count == 0 || strcmp(env, ch->env) == 0);
		env = is_change ? ch->env : "";
		if (is_change && strcmp(ch->protect, "typed") == 0)
			tier = 3;
		s->needs_reason |= is_change && deed_is_risky(ch);
		count++;
	}
	snprintf(s->title, sizeof(s->title), "%s %zu",
		id == ACTION_APPROVE ? "APPROVE" : "REJECT", count);
	sheet_line(s, false,
		"Each is decided as it is shown here; one that changed "
		"meanwhile is refused. Space takes one out.");
	if (left_out > 0)
		sheet_line(s, true,
			"! %zu marked ones wait for no answer of yours",
			left_out);
	if (later > 0)
		sheet_line(s, true,
			"! %zu more do not fit in here: they stay marked",
			later);
	s->has_reason = true;
	if (s->needs_reason && id == ACTION_APPROVE)
		s->reason_label = "Reason (needed)";
	s->needs_reason |= id == ACTION_REJECT;
	s->verb = id == ACTION_APPROVE ? "Approve all" : "Reject all";
	if (tier >= 3 || count > BULK_TYPED)
		need_word(s, env, same, count);
	s->focus = SHEET_CANCEL;
	if (id == ACTION_APPROVE && signed_count > 0)
		sign_ask(s, signed_count);
	snprintf(s->seen, sizeof(s->seen), "new");
	return true;
}
