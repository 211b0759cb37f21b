/* memory.c - what the engine keeps for the console of a person. */
#include "tui/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "tui/view.h"
#include "wire/json.h"

static const char *const keys[MEMORY_PART_COUNT] = {
	[MEMORY_VIEWS] = "console.views",
	[MEMORY_SECTIONS] = "console.sections",
	[MEMORY_PALETTE] = "console.palette",
	[MEMORY_PLACE] = "console.place",
	[MEMORY_LOOKS] = "console.looks",
};

/* Printable text of at most size - 1 bytes. */
static void
take_text(const json_t *o, const char *key, char *out, size_t size)
{
	char *text = text_printable(json_get_string(o, key, ""));

	snprintf(out, size, "%s", text);
	free(text);
}

/* --- views --- */

static json_t *
view_json(const struct place *p)
{
	return json_pack("{s:i, s:s, s:b, s:s, s:b, s:b, s:s, s:s, s:b, s:i}",
		"section", p->section, "filter", p->filter_text, "problems",
		(int)p->problems_only, "sort", p->sorted_by, "reversed",
		(int)p->reversed, "wide", (int)p->wide, "columns", p->columns,
		"cursor",
		p->list.cursor_id != NULL ? p->list.cursor_id : "", "zoomed",
		(int)p->zoomed, "split", p->split);
}

void
memory_note(struct console *c, struct place *p)
{
	json_t *now, *old;

	if (p->view->digit == '\0' && p->object == NULL)
		return;
	if (c->memory.views == NULL)
		c->memory.views = json_object();
	now = view_json(p);
	old = json_object_get(c->memory.views, p->view->name);
	if (now == NULL || json_equal(old, now)) {
		json_decref(now);
		return;
	}
	json_object_set_new(c->memory.views, p->view->name, now);
	memory_changed(c, MEMORY_VIEWS);
}

void
memory_recall(struct console *c, struct place *p)
{
	const json_t *o = json_object_get(c->memory.views, p->view->name);
	char cursor[128];
	struct error ignored;

	p->zoomed = json_is_true(json_object_get(o, "zoomed"));
	p->split = (int)json_get_int(o, "split", 0);
	if (p->split < -SPLIT_MAX || p->split > SPLIT_MAX)
		p->split = 0;
	if (o == NULL || p->object != NULL)
		return;
	p->section = (int)json_get_int(o, "section", 0);
	if (p->section < 0 || p->section >= (int)view_section_count(c, p->view))
		p->section = 0;
	take_text(o, "filter", p->filter_text, sizeof(p->filter_text));
	if (filter_parse(&p->filter, p->filter_text,
		    p->view->list == LIST_NONE
			    ? NULL
			    : c->world->lists[p->view->list].type,
		    &ignored) < 0)
		p->filter_text[0] = '\0';
	p->problems_only = json_is_true(json_object_get(o, "problems"));
	take_text(o, "sort", p->sorted_by, sizeof(p->sorted_by));
	take_text(o, "columns", p->columns, sizeof(p->columns));
	p->reversed = json_is_true(json_object_get(o, "reversed"));
	p->wide = json_is_true(json_object_get(o, "wide"));
	take_text(o, "cursor", cursor, sizeof(cursor));
	if (cursor[0] != '\0') {
		str_replace(&p->list.cursor_id, cursor);
		p->list.loose = false;
	}
}

/* --- sections --- */

const struct saved_section *
memory_section(const struct console *c, const struct view *v, size_t i)
{
	size_t k;

	for (k = 0; k < c->memory.section_count; k++)
		if (strcasecmp(c->memory.sections[k].view, v->name) == 0 &&
			i-- == 0)
			return &c->memory.sections[k];
	return NULL;
}

static size_t
section_index(const struct memory *m, const char *view, const char *name)
{
	size_t i;

	for (i = 0; i < m->section_count; i++)
		if (strcasecmp(m->sections[i].view, view) == 0 &&
			strcasecmp(m->sections[i].name, name) == 0)
			break;
	return i;
}

static void
put_section(struct memory *m, const char *view, const char *name,
	const char *query)
{
	size_t i = section_index(m, view, name);
	struct saved_section *s;

	if (i == SAVED_SECTIONS_MAX || name[0] == '\0')
		return;
	s = &m->sections[i];
	if (i == m->section_count)
		m->section_count++;
	snprintf(s->view, sizeof(s->view), "%s", view);
	snprintf(s->name, sizeof(s->name), "%s", name);
	snprintf(s->query, sizeof(s->query), "%s", query);
	s->configured = false;
}

int
memory_save_section(struct console *c, const char *name, struct error *e)
{
	struct place *p = console_place(c);
	struct memory *m = &c->memory;

	if (!p->view->has_rows || p->view->list == LIST_NONE)
		return error_set(e, ERROR_USAGE,
			"only the filter of a list can be saved");
	if (p->filter_text[0] == '\0')
		return error_set(e, ERROR_USAGE,
			"there is no filter to save: / first");
	if (name[0] == '\0' || strchr(name, ' ') != NULL || strlen(name) > 20)
		return error_set(e, ERROR_USAGE,
			"a section's name is one word of at most 20 letters");
	if (section_index(m, p->view->name, name) == SAVED_SECTIONS_MAX)
		return error_set(e, ERROR_USAGE,
			"%d sections are saved: forget one first",
			SAVED_SECTIONS_MAX);
	put_section(m, p->view->name, name, p->filter_text);
	memory_changed(c, MEMORY_SECTIONS);
	return 0;
}

int
memory_forget_section(struct console *c, const char *name, struct error *e)
{
	struct place *p = console_place(c);
	struct memory *m = &c->memory;
	size_t i = section_index(m, p->view->name, name);

	if (i >= m->section_count)
		return error_set(e, ERROR_NOT_FOUND,
			"no section '%s' was saved in %s", name, p->view->name);
	if (m->sections[i].configured)
		return error_set(e, ERROR_DENIED,
			"'%s' is everybody's: it stands in the configuration",
			name);
	memmove(&m->sections[i], &m->sections[i + 1],
		(m->section_count - i - 1) * sizeof(m->sections[0]));
	m->section_count--;
	p->section = 0;
	console_invalidate(c);
	memory_changed(c, MEMORY_SECTIONS);
	return 0;
}

static json_t *
sections_json(const struct memory *m)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < m->section_count; i++)
		if (!m->sections[i].configured)
			json_array_append_new(list,
				json_pack("{s:s, s:s, s:s}", "view",
					m->sections[i].view, "name",
					m->sections[i].name, "query",
					m->sections[i].query));
	return list;
}

static void
take_sections(struct memory *m, const json_t *list)
{
	const json_t *o;
	size_t i;

	json_array_foreach(list, i, o)
	{
		struct saved_section s;

		take_text(o, "view", s.view, sizeof(s.view));
		take_text(o, "name", s.name, sizeof(s.name));
		take_text(o, "query", s.query, sizeof(s.query));
		put_section(m, s.view, s.name, s.query);
	}
}

/* --- the palette's lines, and looks --- */

static json_t *
palette_json(const struct palette *p)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < p->history_count; i++)
		json_array_append_new(list, json_text(p->history[i]));
	return list;
}

static void
take_palette(struct palette *p, const json_t *list)
{
	const json_t *o;
	size_t i;

	json_array_foreach(list, i, o) if (json_is_string(o) &&
					   p->history_count < HISTORY_MAX)
		p->history[p->history_count++] =
			text_printable(json_string_value(o));
}

static json_t *
looks_json(const struct console *c)
{
	char quiet[16];

	notice_quiet_text(&c->notices, quiet, sizeof(quiet));
	return json_pack("{s:s, s:b, s:b, s:s, s:s, s:b, s:i, s:b}", "theme",
		c->theme_chosen ? c->theme.name : "", "utc", (int)c->utc,
		"relative", (int)c->relative, "notify",
		notice_method_name(c->notices.method), "quiet", quiet,
		"announce", (int)c->notices.announce, "motion", (int)c->motion,
		"mouse", (int)c->mouse);
}

static void
take_looks(struct console *c, const json_t *o)
{
	char name[64];

	take_text(o, "theme", name, sizeof(name));
	c->utc = json_is_true(json_object_get(o, "utc"));
	c->relative = json_is_true(json_object_get(o, "relative"));
	notice_method_parse(
		json_get_string(o, "notify", "bell"), &c->notices.method);
	notice_quiet_parse(&c->notices, json_get_string(o, "quiet", "off"));
	c->notices.announce = json_is_true(json_object_get(o, "announce"));
	c->mouse = json_is_true(json_object_get(o, "mouse"));
	/* Less than the terminal's owner asked for is never put back. */
	if (json_get_int(o, "motion", 0) > (int64_t)c->motion &&
		json_get_int(o, "motion", 0) <= MOTION_NONE)
		c->motion = (enum motion)json_get_int(o, "motion", 0);
	if (name[0] != '\0' && !c->theme_fixed && c->depth != THEME_MONO) {
		console_set_theme(c, name);
		c->theme_chosen = true;
	}
}

/* --- where the person was --- */

static json_t *
place_json(const struct console *c)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < c->depth_places; i++) {
		const struct place *p = &c->places[i];

		if (p->view->digit == '\0' && p->object == NULL)
			break;
		json_array_append_new(list,
			json_pack("{s:s, s:o, s:o}", "view", p->view->name,
				"object",
				json_text(p->object != NULL ? p->object : ""),
				"host",
				json_text(p->host != NULL ? p->host : "")));
	}
	return list;
}

void
memory_resume_text(struct console *c, char *out, size_t size)
{
	const json_t *list = c->memory.resume, *o;
	struct strbuf words;
	size_t i;

	strbuf_init(&words);
	json_array_foreach(list, i, o)
	{
		const char *object = json_get_string(o, "object", "");
		char *text = text_printable(object[0] != '\0'
						    ? object
						    : json_get_string(o,
							      "view", ""));

		strbuf_addf(&words, "%s%s", i > 0 ? " > " : "", text);
		free(text);
	}
	snprintf(out, size, "%s", json_array_size(list) > 1 ? words.buf : "");
	strbuf_finish(&words);
}

static void
go_to(struct console *c, const json_t *o, bool first)
{
	const struct view *v =
		view_by_name(json_get_string(o, "view", ""), first);
	char object[128], host[128];

	take_text(o, "object", object, sizeof(object));
	take_text(o, "host", host, sizeof(host));
	if (v == NULL || (!first && object[0] == '\0'))
		return;
	if (first)
		console_root(c, v);
	else
		console_go(c, v, object, host[0] != '\0' ? host : NULL);
}

void
memory_resume(struct console *c)
{
	json_t *list = c->memory.resume;
	const json_t *o;
	size_t i;

	c->memory.resume = NULL;
	json_array_foreach(list, i, o) go_to(c, o, i == 0);
	json_decref(list);
}

/* --- to the engine and back --- */

void
memory_changed(struct console *c, enum memory_part part)
{
	c->memory.changed[part] = true;
}

static json_t *
value_of(struct console *c, enum memory_part part)
{
	switch (part) {
	case MEMORY_VIEWS:
		return json_incref(c->memory.views);
	case MEMORY_SECTIONS:
		return sections_json(&c->memory);
	case MEMORY_PALETTE:
		return palette_json(&c->palette);
	case MEMORY_PLACE:
		return place_json(c);
	case MEMORY_LOOKS:
		return looks_json(c);
	case MEMORY_PART_COUNT:
		break;
	}
	return NULL;
}

/* What is not kept is not worth a word. */
static void
on_put(const json_t *result, const struct error *error, void *arg)
{
	(void)result;
	(void)error;
	(void)arg;
}

void
memory_flush(struct console *c)
{
	int i;

	if (!c->memory.loaded || c->link != LINK_STATE_LIVE)
		return;
	memory_note(c, console_subject(c));
	for (i = 0; i < MEMORY_PART_COUNT; i++) {
		json_t *value;
		char *text;

		if (!c->memory.changed[i])
			continue;
		c->memory.changed[i] = false;
		value = value_of(c, (enum memory_part)i);
		text = json_dumps(value, JSON_COMPACT);
		json_decref(value);
		if (text != NULL)
			c->io->request(c->io_arg, "session.put",
				json_pack("{s:s, s:s}", "key", keys[i],
					"value", text),
				on_put, NULL);
		free(text);
	}
}

static void
take(struct console *c, const char *key, const json_t *value)
{
	if (strcmp(key, keys[MEMORY_VIEWS]) == 0 && json_is_object(value) &&
		c->memory.views == NULL)
		c->memory.views = json_deep_copy(value);
	else if (strcmp(key, keys[MEMORY_SECTIONS]) == 0)
		take_sections(&c->memory, value);
	else if (strcmp(key, keys[MEMORY_PALETTE]) == 0)
		take_palette(&c->palette, value);
	else if (strcmp(key, keys[MEMORY_LOOKS]) == 0)
		take_looks(c, value);
	else if (strcmp(key, keys[MEMORY_PLACE]) == 0 && json_is_array(value))
		c->memory.resume = json_deep_copy(value);
}

/* As the site wants consoles to begin; what a person chose comes after it. */
static void
take_configured(struct console *c, const json_t *o)
{
	const char *glyphs = json_get_string(o, "glyphs", "auto");
	struct memory *m = &c->memory;
	char theme[64];
	size_t i;

	take_text(o, "theme", theme, sizeof(theme));
	if (theme[0] != '\0' && strcmp(theme, c->theme.name) != 0 &&
		!c->theme_fixed && c->depth != THEME_MONO)
		console_set_theme(c, theme);
	if (strcmp(glyphs, "auto") != 0 && !c->glyphs_chosen) {
		console_set_glyphs(c, glyphs);
		c->glyphs_chosen = true;
	}
	c->mouse = json_is_true(json_object_get(o, "mouse"));
	take_sections(m, json_object_get(o, "sections"));
	for (i = 0; i < m->section_count; i++)
		m->sections[i].configured = true;
}

struct load {
	struct console *c;
};

static void
on_load(const json_t *result, const struct error *error, void *arg)
{
	struct load *l = arg;
	struct console *c = l->c;
	const json_t *o;
	char where[200];
	size_t i;

	if (json_object_get(result, "console") != NULL && !c->memory.loaded)
		take_configured(c, json_object_get(result, "console"));
	json_array_foreach(json_object_get(result, "items"), i, o)
	{
		json_t *value =
			json_loads(json_get_string(o, "value", ""), 0, NULL);

		take(c, json_get_string(o, "key", ""), value);
		json_decref(value);
	}
	c->memory.loaded = error == NULL;
	memory_resume_text(c, where, sizeof(where));
	if (where[0] != '\0' && c->prompt == PROMPT_NONE &&
		c->depth_places == 1 && !c->touched)
		c->prompt = PROMPT_RESUME;
	c->stale = true;
	console_drop(c, l);
	free(l);
}

void
memory_load(struct console *c)
{
	struct load *l = xcalloc(1, sizeof(*l));

	l->c = c;
	console_keep(c, l, free);
	c->io->request(c->io_arg, "session.ls",
		json_pack("{s:s}", "prefix", "console."), on_load, l);
}

void
memory_finish(struct memory *m)
{
	json_decref(m->views);
	json_decref(m->resume);
	memset(m, 0, sizeof(*m));
}
