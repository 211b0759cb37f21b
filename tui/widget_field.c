/* widget_field.c - one line of text that is being typed. */
#include "tui/widget_field.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "tui/input.h"

void
field_set(struct field_input *f, const char *text)
{
	snprintf(f->text, sizeof(f->text), "%.*s", FIELD_MAX, text);
	f->len = f->at = strlen(f->text);
}

static size_t
before(const struct field_input *f, size_t at)
{
	while (at > 0 && (f->text[--at] & 0xc0) == 0x80)
		;
	return at;
}

static size_t
behind(const struct field_input *f, size_t at)
{
	if (at < f->len)
		at++;
	while (at < f->len && (f->text[at] & 0xc0) == 0x80)
		at++;
	return at;
}

static void
cut(struct field_input *f, size_t from, size_t to)
{
	memmove(f->text + from, f->text + to, f->len - to + 1);
	f->len -= to - from;
	f->at = from;
}

static size_t
word_start(const struct field_input *f)
{
	size_t at = f->at;

	while (at > 0 && f->text[at - 1] == ' ')
		at--;
	while (at > 0 && f->text[at - 1] != ' ')
		at--;
	return at;
}

static void
insert(struct field_input *f, const char *bytes, size_t len)
{
	if (f->len + len > FIELD_MAX)
		return;
	memmove(f->text + f->at + len, f->text + f->at, f->len - f->at + 1);
	memcpy(f->text + f->at, bytes, len);
	f->at += len;
	f->len += len;
}

static size_t
encode(uint32_t cp, char out[4])
{
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (char)(0xc0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		out[0] = (char)(0xe0 | cp >> 12);
		out[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		out[2] = (char)(0x80 | (cp & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | cp >> 18);
	out[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	out[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	out[3] = (char)(0x80 | (cp & 0x3f));
	return 4;
}

void
field_paste(struct field_input *f, const char *text)
{
	char *clean = text_printable(text);
	size_t len = strlen(clean);

	if (len > FIELD_MAX - f->len)
		len = FIELD_MAX - f->len;
	while (len > 0 && (clean[len] & 0xc0) == 0x80)
		len--;
	insert(f, clean, len);
	free(clean);
}

static bool
type_character(struct field_input *f, uint32_t code)
{
	char bytes[4], *clean;
	size_t len;

	if (code < 0x20 || code == 0x7f || code > 0x10ffff)
		return false;
	len = encode(code, bytes);
	clean = xstrndup(bytes, len);
	field_paste(f, clean);
	free(clean);
	return true;
}

bool
field_key(struct field_input *f, uint32_t code)
{
	switch (code) {
	case INPUT_LEFT:
	case INPUT_CTRL('b'):
		f->at = before(f, f->at);
		return true;
	case INPUT_RIGHT:
	case INPUT_CTRL('f'):
		f->at = behind(f, f->at);
		return true;
	case INPUT_HOME:
	case INPUT_CTRL('a'):
		f->at = 0;
		return true;
	case INPUT_END:
	case INPUT_CTRL('e'):
		f->at = f->len;
		return true;
	case INPUT_BACKSPACE:
		cut(f, before(f, f->at), f->at);
		return true;
	case INPUT_DELETE:
		cut(f, f->at, behind(f, f->at));
		return true;
	case INPUT_CTRL('u'):
		cut(f, 0, f->at);
		return true;
	case INPUT_CTRL('k'):
		cut(f, f->at, f->len);
		return true;
	case INPUT_CTRL('w'):
		cut(f, word_start(f), f->at);
		return true;
	}
	return type_character(f, code);
}

void
field_paint(const struct field_input *f, struct canvas *c, int y, int x,
	int width, bool focus)
{
	const char *from = f->text;
	char head[FIELD_MAX + 8];
	int columns;

	snprintf(head, sizeof(head), "%.*s", (int)f->at, f->text);
	columns = canvas_width_of(c, head);
	while (columns >= width && *from != '\0') {
		size_t next = behind(f, (size_t)(from - f->text));

		from = f->text + next;
		columns = canvas_width_of(c, head + next);
	}
	canvas_put_padded(c, y, x, width, STYLE_UI_INPUT, from);
	if (focus)
		canvas_cursor(c, y, x + columns);
}
