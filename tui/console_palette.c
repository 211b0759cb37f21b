/*
 * console_palette.c - the palette: a line that is typed, and above it what
 * it could mean, best first, each with its key so that it need not be typed
 * the next time. Enter runs the line that is chosen, or what was typed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tui/view.h"

/* --- running a line --- */

/* A view with what stands behind it: a section, and words of a filter. */
static void
run_view(struct console *c, const struct view *v, char *rest)
{
	struct place *p;
	char *word, *save = NULL;
	char filter[FIELD_MAX + 8] = "";
	size_t i;

	console_root(c, v);
	p = console_place(c);
	for (word = strtok_r(rest, " ", &save); word != NULL;
		word = strtok_r(NULL, " ", &save)) {
		bool is_section = false;

		for (i = 0; i < view_section_count(c, v); i++)
			if (strcasecmp(view_section_name(c, v, i), word) ==
				0) {
				p->section = (int)i;
				is_section = true;
			}
		if (!is_section)
			snprintf(filter + strlen(filter),
				sizeof(filter) - strlen(filter), "%s%s",
				filter[0] != '\0' ? " " : "", word);
	}
	console_filter(c, filter);
}

static bool
run_object(struct console *c, const char *word)
{
	struct choices found = {NULL, 0, 0};
	bool is = false;
	size_t i;

	choices_collect(c, CHOICES_PALETTE, word, &found);
	for (i = 0; !is && i < found.count; i++)
		if (found.items[i].kind == CHOICE_OBJECT &&
			strcasecmp(found.items[i].text, word) == 0) {
			console_go(c, found.items[i].view, found.items[i].text,
				NULL);
			is = true;
		}
	choices_finish(&found);
	return is;
}

static const struct palette_command *
find_command(const char *word)
{
	const struct palette_command *cmd;
	size_t i;

	for (i = 0; (cmd = palette_command(i)) != NULL; i++)
		if (strcasecmp(word, cmd->name) == 0)
			break;
	return cmd;
}

static bool
run_named(struct console *c, const char *word)
{
	int i;

	for (i = 0; i < ACTION_COUNT; i++)
		if (strcasecmp(word, action_get((enum action_id)i)->name) ==
			0) {
			console_run_action(c, (enum action_id)i, false);
			return true;
		}
	return false;
}

void
console_command(struct console *c, const char *line)
{
	char copy[FIELD_MAX + 8], *rest;
	const struct palette_command *cmd;
	const struct view *v;

	snprintf(copy, sizeof(copy), "%s", line + strspn(line, " "));
	rest = copy + strcspn(copy, " ");
	if (*rest != '\0')
		*rest++ = '\0';
	rest += strspn(rest, " ");
	if (copy[0] == '\0')
		return;
	if ((cmd = find_command(copy)) != NULL) {
		if (cmd->argument[0] != '\0' && cmd->argument[0] != '[' &&
			*rest == '\0')
			console_say(c, STYLE_NOTICE_ERROR, ":%s needs %s: %s",
				cmd->name, cmd->argument, cmd->sentence);
		else
			cmd->run(c, rest);
	} else if ((v = view_find(copy)) != NULL) {
		run_view(c, v, rest);
	} else if (!run_named(c, copy) && !run_object(c, copy)) {
		console_say(c, STYLE_NOTICE_ERROR,
			"nothing is called '%.60s': a view, R-57, C-42, a "
			"host, what a key does, or a command; ? lists them",
			copy);
	}
}

/* --- history --- */

static void
remember(struct palette *p, const char *line)
{
	size_t i;

	if (line[0] == '\0')
		return;
	for (i = 0; i < p->history_count; i++)
		if (strcmp(p->history[i], line) == 0)
			break;
	if (i == p->history_count && i < HISTORY_MAX)
		p->history[p->history_count++] = NULL;
	i = i < HISTORY_MAX ? i : 0;
	free(p->history[i]);
	memmove(&p->history[i], &p->history[i + 1],
		(p->history_count - i - 1) * sizeof(p->history[0]));
	p->history[p->history_count - 1] = xstrdup(line);
}

static void
recall(struct console *c, int by)
{
	struct palette *p = &c->palette;

	if ((by < 0 && p->recalled == 0) ||
		(by > 0 && p->recalled == p->history_count))
		return;
	p->recalled = by < 0 ? p->recalled - 1 : p->recalled + 1;
	field_set(&c->field,
		p->recalled == 0
			? ""
			: p->history[p->history_count - p->recalled]);
}

/* --- the line that is typed --- */

static void
collect(struct console *c)
{
	struct palette *p = &c->palette;

	choices_collect(c, CHOICES_PALETTE, c->field.text, &p->choices);
	if (p->cursor >= p->choices.count)
		p->cursor = 0;
}

static const struct choice *
chosen(const struct console *c)
{
	const struct palette *p = &c->palette;

	return p->cursor < p->choices.count ? &p->choices.items[p->cursor]
					    : NULL;
}

/* A theme is seen while it is chosen. */
static void
preview(struct console *c)
{
	struct palette *p = &c->palette;
	const struct choice *ch = chosen(c);
	const char *name = p->theme_before;
	struct error ignored;

	if (ch != NULL && ch->kind == CHOICE_VALUE &&
		strncmp(ch->text, "theme ", 6) == 0 &&
		(p->moved || ch->rank <= 1))
		name = ch->text + 6;
	if (strcmp(name, p->previewed) == 0)
		return;
	snprintf(p->previewed, sizeof(p->previewed), "%.63s", name);
	if (theme_load(&c->theme, name, c->depth, &ignored) == 0)
		c->wants_redraw = true;
}

void
console_palette_open(struct console *c)
{
	struct palette *p = &c->palette;

	c->prompt = PROMPT_PALETTE;
	field_set(&c->field, "");
	p->cursor = p->top = p->recalled = 0;
	p->moved = false;
	snprintf(p->theme_before, sizeof(p->theme_before), "%s", c->theme.name);
	snprintf(p->previewed, sizeof(p->previewed), "%s", c->theme.name);
	collect(c);
}

void
console_palette_type(struct console *c, const char *text)
{
	field_set(&c->field, text);
	c->palette.cursor = 0;
	collect(c);
}

static void
close_palette(struct console *c)
{
	struct palette *p = &c->palette;
	struct error ignored;

	c->prompt = PROMPT_NONE;
	if (strcmp(p->previewed, p->theme_before) != 0) {
		theme_load(&c->theme, p->theme_before, c->depth, &ignored);
		c->wants_redraw = true;
	}
}

static void
complete(struct console *c)
{
	const struct choice *ch = chosen(c);
	char text[CHOICE_TEXT_MAX + 1];

	if (ch == NULL)
		return;
	snprintf(text, sizeof(text), "%s%s", ch->text,
		ch->kind == CHOICE_COMMAND && ch->keys[0] != '\0' ? " " : "");
	field_set(&c->field, text);
	c->palette.cursor = 0;
	c->palette.moved = false;
}

/* What was typed means something as it stands. */
static bool
is_whole(const char *text)
{
	char word[FIELD_MAX + 8];

	snprintf(word, sizeof(word), "%.*s", (int)strcspn(text, " "), text);
	return strchr(text, ' ') != NULL &&
	       (find_command(word) != NULL || view_find(word) != NULL);
}

static void
enter(struct console *c)
{
	const struct choice *ch = chosen(c);
	struct palette *p = &c->palette;
	char line[FIELD_MAX + 8];

	snprintf(line, sizeof(line), "%s", c->field.text);
	if (ch != NULL && ch->kind == CHOICE_COMMAND && ch->keys[0] != '\0' &&
		ch->keys[0] != '[' && strchr(line, ' ') == NULL &&
		(p->moved || line[0] != '\0')) {
		complete(c);
		collect(c);
		return;
	}
	close_palette(c);
	if (line[0] == '\0' && !p->moved)
		return;
	if (ch != NULL && (p->moved || !is_whole(line) ||
				  (ch->kind == CHOICE_VALUE && ch->rank <= 1)))
		snprintf(line, sizeof(line), "%s", ch->text);
	remember(p, line);
	memory_changed(c, MEMORY_PALETTE);
	if (ch != NULL && ch->kind == CHOICE_OBJECT &&
		strcmp(line, ch->text) == 0)
		console_go(c, ch->view, line, NULL);
	else
		console_command(c, line);
}

static void
move(struct console *c, int by)
{
	struct palette *p = &c->palette;
	bool at_start = p->cursor == 0 && !p->moved;

	if (by < 0 && at_start) {
		recall(c, 1);
		return;
	}
	if (by > 0 && p->recalled > 0 && at_start) {
		recall(c, -1);
		return;
	}
	if (!p->moved && c->field.len == 0 && by > 0)
		by = 0;
	if (by < 0 && p->cursor == 0)
		p->moved = false;
	else
		p->moved = true;
	if (by < 0 && p->cursor > 0)
		p->cursor--;
	else if (by > 0 && p->cursor + 1 < p->choices.count)
		p->cursor++;
}

void
console_palette_key(struct console *c, const struct input_event *ev)
{
	char before[FIELD_MAX + 8];

	snprintf(before, sizeof(before), "%s", c->field.text);
	if (ev->code == INPUT_ENTER) {
		enter(c);
		return;
	}
	if (ev->code == INPUT_ESC || ev->code == INPUT_CTRL('c') ||
		(ev->code == INPUT_BACKSPACE && c->field.len == 0)) {
		close_palette(c);
		return;
	}
	if (ev->code == INPUT_TAB)
		complete(c);
	else if (ev->code == INPUT_UP || ev->code == INPUT_CTRL('p'))
		move(c, -1);
	else if (ev->code == INPUT_DOWN || ev->code == INPUT_CTRL('n'))
		move(c, 1);
	else if (ev->code == INPUT_PASTE)
		field_paste(&c->field, ev->text);
	else
		field_key(&c->field, ev->code);
	if (strcmp(before, c->field.text) != 0) {
		c->palette.cursor = 0;
		c->palette.moved = false;
		collect(c);
	}
	preview(c);
}

/* --- painting --- */

void
choice_paint(struct console *c, struct canvas *canvas, int y, struct rect r,
	const struct choice *ch, bool selected)
{
	enum style_role role =
		ch->reason != NULL ? STYLE_UI_DISABLED : STYLE_UI_TEXT;
	int keys = r.w < 60 ? 8 : 13, name = r.w < 60 ? 14 : 18;
	int x = r.x + 2, end = r.x + r.w;

	if (selected)
		canvas_put(canvas, y, r.x, 1, STYLE_UI_KEY,
			glyph(&c->glyphs, GLYPH_MARK_CURSOR));
	canvas_put(canvas, y, x, keys - 1, STYLE_UI_KEY, ch->keys);
	x += keys;
	x += canvas_put(canvas, y, x, end - x, role, ch->text) + 1;
	if (x < r.x + 2 + keys + name)
		x = r.x + 2 + keys + name;
	if (ch->reason != NULL)
		canvas_putf(canvas, y, x, end - x, role, "not now: %s",
			ch->reason);
	else
		canvas_put(canvas, y, x, end - x, STYLE_UI_DIM, ch->sentence);
}

/* Above the line that is typed; half of the screen at most. */
void
console_palette_paint(struct console *c, struct canvas *canvas)
{
	struct palette *p = &c->palette;
	size_t most = (size_t)(c->height / 2), i;
	size_t lines = p->choices.count < most ? p->choices.count : most;
	struct rect r = {c->height - 1 - (int)lines, 0, (int)lines, c->width};
	char count[32];

	if (p->cursor < p->top)
		p->top = p->cursor;
	if (p->cursor >= p->top + lines)
		p->top = p->cursor + 1 - lines;
	if (p->top + lines > p->choices.count)
		p->top = p->choices.count - lines;
	canvas_blank(canvas, (struct rect){r.y - 1, 0, r.h + 1, r.w},
		STYLE_UI_TEXT);
	snprintf(count, sizeof(count), "%zu", p->choices.count);
	view_rule(c, canvas, r.y - 1, r, true,
		c->width < 60 ? "COMMAND"
			      : "COMMAND  Enter runs  Tab completes",
		count);
	for (i = 0; i < lines; i++)
		choice_paint(c, canvas, r.y + (int)i, r,
			&p->choices.items[p->top + i],
			p->top + i == p->cursor &&
				(p->moved || c->field.len > 0));
}

void
console_palette_finish(struct palette *p)
{
	choices_finish(&p->choices);
	while (p->history_count > 0)
		free(p->history[--p->history_count]);
}
