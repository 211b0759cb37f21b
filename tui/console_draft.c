/*
 * console_draft.c - text survives Esc: what was typed in a sheet is kept by
 * the action and the object it is about, here and by the engine, so that it
 * is there next time, on any terminal of this person.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/console_act.h"
#include "wire/json.h"

static char *
draft_key(const struct sheet *s)
{
	return xasprintf("draft %s %s%s%s", action_get(s->action)->name,
		s->object, s->host[0] != '\0' ? " " : "", s->host);
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
remember(struct console *c, const char *key, const char *text)
{
	struct draft *d = draft_find(c, key);

	if (d == NULL) {
		d = xcalloc(1, sizeof(*d));
		d->key = xstrdup(key);
		d->next = c->drafts;
		c->drafts = d;
	}
	str_replace(&d->text, text);
}

/* {"reason": "...", "at": "..."}: whatever was typed or picked; "" where
 * there is nothing of it. */
static char *
text_of(const struct sheet *s)
{
	json_t *o = json_object();
	char *text;
	size_t i;

	if (s->has_reason && s->reason.len > 0)
		json_object_set_new(o, "reason", json_text(s->reason.text));
	for (i = 0; i < s->item_count; i++) {
		const struct sheet_item *it = &s->items[i];
		const char *value = sheet_item_text(it);

		if (it->kind != SHEET_TICK && it->name[0] != '\0' &&
			value[0] != '\0')
			json_object_set_new(o, it->name, json_text(value));
	}
	text = json_object_size(o) > 0
		       ? json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS)
		       : xstrdup("");
	json_decref(o);
	return text;
}

static void
fill(struct sheet *s, const char *text)
{
	json_t *o = json_loads(text, 0, NULL), *value;
	const char *name;

	json_object_foreach(o, name, value)
	{
		const char *word = json_string_value(value);
		struct sheet_item *it = sheet_find(s, name);

		if (word == NULL)
			continue;
		if (strcmp(name, "reason") == 0 && s->has_reason)
			field_set(&s->reason, word);
		else if (it != NULL && it->kind == SHEET_PICK)
			sheet_pick(it, word);
		else if (it != NULL && it->kind == SHEET_TEXT)
			field_set(&it->text, word);
	}
	json_decref(o);
}

static void
on_kept(const json_t *result, const struct error *error, void *arg)
{
	(void)result;
	(void)error;
	(void)arg;
}

static void
put(struct console *c, const char *key, const char *text)
{
	if (c->link != LINK_STATE_LOST)
		c->io->request(c->io_arg, "session.put",
			json_pack("{s:o, s:o}", "key", json_text(key), "value",
				json_text(text)),
			on_kept, NULL);
}

void
draft_save(struct console *c, const struct sheet *s)
{
	char *key = draft_key(s), *text = text_of(s);
	const struct draft *d = draft_find(c, key);

	if (strcmp(d == NULL ? "" : d->text, text) != 0) {
		remember(c, key, text);
		put(c, key, text);
	}
	free(key);
	free(text);
}

/* --- loading --- */

struct loading {
	struct console *c;
	char *key;
	char *was; /* what stood in the sheet when it was asked for */
};

static void
loading_destroy(void *object)
{
	struct loading *l = object;

	free(l->key);
	free(l->was);
	free(l);
}

/* The draft of another terminal, unless something was typed meanwhile. */
static void
on_loaded(const json_t *result, const struct error *error, void *arg)
{
	struct loading *l = arg;
	struct console *c = l->c;
	char *now = text_of(&c->sheet), *key = draft_key(&c->sheet);
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(result, "items"), i, item)
	{
		const char *text = json_get_string(item, "value", "");

		if (error != NULL || !c->sheet.is_open ||
			strcmp(key, l->key) != 0 || strcmp(now, l->was) != 0 ||
			strcmp(json_get_string(item, "key", ""), key) != 0)
			continue;
		remember(c, key, text);
		fill(&c->sheet, text);
		c->dirty = true;
	}
	free(now);
	free(key);
	console_drop(c, l);
	loading_destroy(l);
}

void
draft_load(struct console *c, struct sheet *s)
{
	char *key = draft_key(s);
	const struct draft *d = draft_find(c, key);
	struct loading *l;

	if (d != NULL)
		fill(s, d->text);
	if (c->link == LINK_STATE_LOST ||
		(!s->has_reason && s->item_count == 0)) {
		free(key);
		return;
	}
	l = xcalloc(1, sizeof(*l));
	l->c = c;
	l->key = key;
	l->was = text_of(s);
	console_keep(c, l, loading_destroy);
	c->io->request(c->io_arg, "session.ls",
		json_pack("{s:o}", "prefix", json_text(key)), on_loaded, l);
}

void
draft_drop(struct console *c, const struct sheet *s)
{
	char *key = draft_key(s);
	const struct draft *d = draft_find(c, key);

	if (d != NULL && d->text[0] != '\0') {
		remember(c, key, "");
		put(c, key, "");
	}
	free(key);
}
