/*
 * console_preview.c - what an act about time would do, asked from the engine
 * as it is typed: where a change would stand then, what a freeze would hit.
 * It stands in the sheet before anybody confirms.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/console_act.h"
#include "tui/console_deed.h"
#include "wire/json.h"

struct looking {
	struct console *c;
	enum action_id action;
	char *object;
	uint64_t number; /* of the question: only the last one counts */
};

static void
looking_destroy(void *object)
{
	struct looking *l = object;

	free(l->object);
	free(l);
}

/* Begins the lines of the preview, in the place of the last one. */
static void
begin(struct sheet *s)
{
	if (s->preview_line == 0)
		s->preview_line = s->line_count;
	s->line_count = s->preview_line;
}

static void
say_move(struct console *c, struct sheet *s, const json_t *change)
{
	int64_t at = record_time(change, "scheduled_at");
	const json_t *item;
	struct strbuf when;
	size_t i;

	strbuf_init(&when);
	console_time(c, at, &when);
	sheet_line(s, false, "Then it starts %s %s: %s.", when.buf,
		console_zone_word(c, at),
		strcmp(json_get_string(change, "fits_window", ""), "fits") == 0
			? "it fits"
		: strcmp(json_get_string(change, "fits_window", ""),
			  "fits_without_rollback") == 0
			? "it fits, a way back would not"
			: "it does NOT fit");
	json_array_foreach(json_object_get(change, "conflicts"), i, item)
	{
		int64_t free_at = record_time(item, "next_free_at");

		strbuf_clear(&when);
		console_time(c, free_at, &when);
		sheet_line(s, true, "! %s%s%s",
			json_get_string(item, "text", ""),
			free_at > 0 ? "; next free slot " : "",
			free_at > 0 ? when.buf : "");
	}
	strbuf_finish(&when);
}

static void
say_hits(struct sheet *s, const json_t *freeze)
{
	const json_t *hit;
	size_t i;

	sheet_line(s, false,
		"It would hit %lld rollouts, %lld open approvals, %lld planned "
		"changes, %lld hosts.",
		(long long)json_get_int(freeze, "hits_rollouts", 0),
		(long long)json_get_int(freeze, "hits_approvals", 0),
		(long long)json_get_int(freeze, "hits_changes", 0),
		(long long)json_get_int(freeze, "hits_hosts", 0));
	json_array_foreach(json_object_get(freeze, "hits"), i, hit) sheet_line(
		s, true, "! %s %s %s %s: %s", json_get_string(hit, "id", ""),
		json_get_string(hit, "service", ""),
		json_get_string(hit, "version", ""),
		json_get_string(hit, "env", ""),
		json_get_string(hit, "text", ""));
}

static void
on_preview(const json_t *result, const struct error *error, void *arg)
{
	struct looking *l = arg;
	struct console *c = l->c;
	struct sheet *s = &c->sheet;

	if (s->is_open && s->action == l->action &&
		strcmp(s->object, l->object) == 0 &&
		l->number == s->preview_number) {
		begin(s);
		if (error != NULL)
			sheet_line(s, true, "! %s%s%s", error->text,
				error->hint[0] != '\0' ? "; " : "",
				error->hint);
		else if (s->action == ACTION_MOVE)
			say_move(c, s, result);
		else
			say_hits(s, result);
		s->follow_focus = true;
		c->dirty = true;
	}
	console_drop(c, l);
	looking_destroy(l);
}

/* Nothing is asked before what it needs is there. */
static bool
is_complete(const struct sheet *s)
{
	size_t i;

	for (i = 0; i < s->item_count; i++)
		if (s->items[i].needed &&
			sheet_item_text(&s->items[i])[0] == '\0')
			return false;
	return true;
}

void
preview_ask(struct console *c, struct sheet *s)
{
	struct looking *l;
	json_t *params;

	if (!is_complete(s) || c->link == LINK_STATE_LOST)
		return;
	params = act_params(c, s);
	if (s->object[0] != '\0')
		json_object_set_new(params, "id", json_text(s->object));
	if (s->action != ACTION_MOVE && json_object_get(params, "text") == NULL)
		json_object_set_new(params, "text", json_string("preview"));
	json_object_set_new(params, "dry_run", json_true());
	l = xcalloc(1, sizeof(*l));
	l->c = c;
	l->action = s->action;
	l->object = xstrdup(s->object);
	l->number = ++s->preview_number;
	console_keep(c, l, looking_destroy);
	c->io->request(c->io_arg, deed_method(s->action, s->object), params,
		on_preview, l);
}
