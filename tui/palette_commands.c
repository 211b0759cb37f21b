/* palette_commands.c - what can be typed behind ':' (palette.def). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/export.h"
#include "tui/tour.h"
#include "tui/view.h"

static void
run_theme(struct console *c, const char *value)
{
	console_set_theme(c, value);
	if (strcmp(c->theme.name, value) != 0)
		return;
	c->theme_chosen = true;
	memory_changed(c, MEMORY_LOOKS);
	if (c->theme.warning[0] == '\0')
		console_say(c, STYLE_NOTICE_OK, "theme %s", value);
}

static void
add_theme(const char *name, const char *title, void *arg)
{
	void **both = arg;

	choices_add_value(both[0], "theme", name, title, both[1]);
}

static void
theme_values(struct console *c, const char *typed, struct choices *out)
{
	void *both[2] = {out, (void *)(uintptr_t)typed};

	(void)c;
	theme_list(add_theme, both);
}

static void
run_glyphs(struct console *c, const char *value)
{
	c->glyphs_chosen = true;
	console_set_glyphs(c, value);
}

static void
glyph_values(struct console *c, const char *typed, struct choices *out)
{
	(void)c;
	choices_add_value(out, "glyphs", "ascii", "ASCII alone", typed);
	choices_add_value(out, "glyphs", "utf8", "bars, boxes and braille",
		typed);
	choices_add_value(out, "glyphs", "utf8-nobraille",
		"the same for fonts without braille", typed);
}

static void
run_zone(struct console *c, const char *value)
{
	if (!console_set_zone(c, value))
		console_say(c, STYLE_NOTICE_ERROR,
			"no time zone is called '%.40s': local, utc, or a name "
			"as Europe/Berlin",
			value);
}

static void
zone_values(struct console *c, const char *typed, struct choices *out)
{
	static const char *const zones[] = {"Europe/Berlin", "Europe/London",
		"America/New_York", "America/Los_Angeles", "Asia/Kolkata",
		"Asia/Tokyo", "Australia/Sydney"};
	size_t i;

	(void)c;
	choices_add_value(
		out, "tz", "local", "the zone of this machine", typed);
	choices_add_value(out, "tz", "utc", "UTC", typed);
	for (i = 0; i < ARRAY_SIZE(zones); i++)
		choices_add_value(out, "tz", zones[i], "", typed);
}

static void
run_sort(struct console *c, const char *value)
{
	if (!view_sort_by(c, value))
		console_say(c, STYLE_NOTICE_ERROR,
			"no column is called '%.40s' here", value);
	memory_note(c, console_place(c));
}

static void
sort_values(struct console *c, const char *typed, struct choices *out)
{
	view_column_values(c, "sort", typed, out);
}

static void
run_columns(struct console *c, const char *value)
{
	if (!view_show_columns(c, value))
		console_say(c, STYLE_NOTICE_ERROR,
			"'%.60s' are not all columns of this list", value);
	memory_note(c, console_place(c));
}

static void
column_values(struct console *c, const char *typed, struct choices *out)
{
	view_column_values(c, "columns", typed, out);
}

static void
run_save(struct console *c, const char *value)
{
	struct error e;

	if (memory_save_section(c, value, &e) < 0)
		console_say(c, STYLE_NOTICE_ERROR, "%s", e.text);
	else
		console_say(c, STYLE_NOTICE_OK,
			"section %s is saved; [ and ] go there", value);
}

static void
run_forget(struct console *c, const char *value)
{
	struct error e;

	if (memory_forget_section(c, value, &e) < 0)
		console_say(c, STYLE_NOTICE_ERROR, "%s", e.text);
	else
		console_say(c, STYLE_NOTICE_OK, "section %s is gone", value);
}

static void
forget_values(struct console *c, const char *typed, struct choices *out)
{
	const struct saved_section *s;
	size_t i;

	for (i = 0;
		(s = memory_section(c, console_place(c)->view, i)) != NULL; i++)
		choices_add_value(out, "forget", s->name, s->query, typed);
}

static void
write_out(struct console *c, const char *path, const struct strbuf *text)
{
	struct error e;

	if (export_write(path, text, &e) < 0)
		console_say(c, STYLE_NOTICE_ERROR, "%s", e.text);
	else
		console_say(c, STYLE_NOTICE_OK, "wrote %zu bytes to %s",
			text->len, path);
}

static void
run_export(struct console *c, const char *value)
{
	struct strbuf text;

	if (strncmp(value, "csv ", 4) == 0)
		value += 4;
	strbuf_init(&text);
	export_place(c, console_place(c), true, &text);
	write_out(c, value, &text);
	strbuf_finish(&text);
}

static void
run_proof(struct console *c, const char *value)
{
	console_prove(c, value);
}

static void
run_shot(struct console *c, const char *value)
{
	struct strbuf text;

	strbuf_init(&text);
	export_screen(c, &text);
	write_out(c, value, &text);
	strbuf_finish(&text);
}

static void
run_fps(struct console *c, const char *value)
{
	char *end;
	long fps = strtol(value, &end, 10);

	if (*end != '\0' || fps < 1 || fps > 30) {
		console_say(c, STYLE_NOTICE_ERROR, "fps is 1 to 30");
		return;
	}
	c->fps = (int)fps;
	console_say(c, STYLE_NOTICE_INFO, "%ld frames a second at most", fps);
}

static void
run_lock(struct console *c, const char *value)
{
	(void)value;
	console_lock(c);
}

static void
run_unlock(struct console *c, const char *value)
{
	(void)value;
	console_unlock(c);
}

/* "on" or "off" into *ret; else says what is expected. */
static void
take_switch(struct console *c, const char *value, const char *what, bool *ret)
{
	if (strcmp(value, "on") != 0 && strcmp(value, "off") != 0) {
		console_say(c, STYLE_NOTICE_ERROR, "%s is on or off", what);
		return;
	}
	*ret = strcmp(value, "on") == 0;
	memory_changed(c, MEMORY_LOOKS);
	console_say(c, STYLE_NOTICE_INFO, "%s %s", what, value);
}

static void
switch_values(struct console *c, const char *typed, struct choices *out)
{
	const char *name = c->field.text;
	char word[16];

	snprintf(word, sizeof(word), "%.*s", (int)strcspn(name, " "), name);
	choices_add_value(out, word, "on", "", typed);
	choices_add_value(out, word, "off", "", typed);
}

static void
run_mouse(struct console *c, const char *value)
{
	take_switch(c, value, "mouse", &c->mouse);
}

static void
run_announce(struct console *c, const char *value)
{
	take_switch(c, value, "announce", &c->notices.announce);
}

static void
run_notify(struct console *c, const char *value)
{
	if (!notice_method_parse(value, &c->notices.method)) {
		console_say(c, STYLE_NOTICE_ERROR,
			"notify is bell, osc9, osc99, osc777 or off");
		return;
	}
	memory_changed(c, MEMORY_LOOKS);
	console_say(c, STYLE_NOTICE_INFO, "notify by %s", value);
}

static void
notify_values(struct console *c, const char *typed, struct choices *out)
{
	(void)c;
	choices_add_value(out, "notify", "bell", "the bell", typed);
	choices_add_value(out, "notify", "osc9",
		"iTerm2, kitty, Windows Terminal", typed);
	choices_add_value(out, "notify", "osc99", "kitty, foot", typed);
	choices_add_value(out, "notify", "osc777", "urxvt, foot, Ghostty",
		typed);
	choices_add_value(out, "notify", "off",
		"nothing; 0 Messages has it all the same", typed);
}

static void
run_quiet(struct console *c, const char *value)
{
	if (!notice_quiet_parse(&c->notices, value)) {
		console_say(c, STYLE_NOTICE_ERROR,
			"quiet hours are as 22:00-07:00, or off");
		return;
	}
	memory_changed(c, MEMORY_LOOKS);
	console_say(c, STYLE_NOTICE_INFO, "quiet: %s", value);
}

static const char *const motions[] = {"full", "slow", "none"};

static void
run_motion(struct console *c, const char *value)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(motions); i++)
		if (strcmp(motions[i], value) == 0)
			break;
	if (i == ARRAY_SIZE(motions)) {
		console_say(c, STYLE_NOTICE_ERROR,
			"motion is full, slow or none");
		return;
	}
	c->motion = (enum motion)i;
	memory_changed(c, MEMORY_LOOKS);
	console_say(c, STYLE_NOTICE_INFO, "motion %s", value);
}

static void
motion_values(struct console *c, const char *typed, struct choices *out)
{
	size_t i;

	(void)c;
	for (i = 0; i < ARRAY_SIZE(motions); i++)
		choices_add_value(out, "motion", motions[i], "", typed);
}

static void
run_tour(struct console *c, const char *value)
{
	if (strcmp(value, "off") == 0)
		tour_leave(c);
	else if (value[0] != '\0')
		console_say(c, STYLE_NOTICE_ERROR,
			"tour goes one step on, tour off leaves it");
	else if (c->tour == 0)
		tour_begin(c);
	else
		tour_skip(c);
}

static void
tour_values(struct console *c, const char *typed, struct choices *out)
{
	if (c->tour == 0)
		choices_add_value(out, "tour", "", "begin", typed);
	else
		choices_add_value(out, "tour", "", "one step on", typed);
	choices_add_value(out, "tour", "off", "leave it", typed);
}

static void
run_quit(struct console *c, const char *value)
{
	(void)value;
	c->wants_quit = true;
}

static const struct palette_command commands[] = {
#define COMMAND(name, argument, run, values, sentence)                         \
	{name, argument, sentence, run, values},
#include "tui/palette.def"
#undef COMMAND
};

const struct palette_command *
palette_command(size_t i)
{
	return i < ARRAY_SIZE(commands) ? &commands[i] : NULL;
}
