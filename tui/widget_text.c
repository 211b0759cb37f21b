/* widget_text.c - lines that scroll. */
#include "tui/widget_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
pager_begin(struct pager *p)
{
	size_t i;

	for (i = 0; i < p->count; i++)
		free(p->lines[i].text);
	p->count = 0;
}

void
pager_finish(struct pager *p)
{
	pager_begin(p);
	free(p->lines);
	memset(p, 0, sizeof(*p));
}

void
pager_add(struct pager *p, enum style_role role, int64_t seq, const char *fmt,
	...)
{
	struct strbuf sb;
	va_list ap;

	strbuf_init(&sb);
	va_start(ap, fmt);
	strbuf_vaddf(&sb, fmt, ap);
	va_end(ap);
	ARRAY_GROW(p->lines, p->count, p->capacity);
	p->lines[p->count++] = (struct pager_line){
		.text = strbuf_detach(&sb), .role = role, .seq = seq};
}

void
pager_end(struct pager *p)
{
	size_t i;

	for (i = 0; p->held && p->held_seq > 0 && i < p->count; i++)
		if (p->lines[i].seq >= p->held_seq) {
			p->top = i;
			break;
		}
}

static size_t
last_top(const struct pager *p)
{
	size_t h = p->height > 0 ? (size_t)p->height : 1;

	return p->count > h ? p->count - h : 0;
}

static void
hold_at(struct pager *p, size_t top)
{
	p->top = top < last_top(p) ? top : last_top(p);
	p->held = true;
	p->held_seq = p->top < p->count ? p->lines[p->top].seq : 0;
}

/* A text that cannot grow is never "followed". */
static size_t
top_now(const struct pager *p, bool follows)
{
	if (follows && !p->held)
		return last_top(p);
	return p->top < last_top(p) ? p->top : last_top(p);
}

bool
pager_act(struct pager *p, enum action_id id, bool follows)
{
	size_t top = top_now(p, follows);
	size_t page = p->height > 2 ? (size_t)p->height - 1 : 1;
	size_t found = p->found;

	p->found = 0;
	if (id == ACTION_DOWN || id == ACTION_PAGE_DOWN) {
		hold_at(p, top + (id == ACTION_DOWN ? 1 : page));
	} else if (id == ACTION_UP || id == ACTION_PAGE_UP) {
		size_t by = id == ACTION_UP ? 1 : page;

		hold_at(p, top > by ? top - by : 0);
	} else if (id == ACTION_FIRST) {
		hold_at(p, 0);
	} else if (id == ACTION_LAST) {
		hold_at(p, last_top(p));
		p->held = !follows;
	} else if (id == ACTION_FOLLOW && follows) {
		if (p->held)
			p->held = false;
		else
			hold_at(p, top);
	} else if (id == ACTION_WRAP) {
		p->wrap = !p->wrap;
		p->side = 0;
	} else if (id == ACTION_SIDE_RIGHT) {
		p->side += 16;
	} else if (id == ACTION_SIDE_LEFT) {
		p->side = p->side > 16 ? p->side - 16 : 0;
	} else {
		p->found = found;
		return false;
	}
	return true;
}

/* Counts the lines that have it, up to the found one and all. */
static void
count_found(struct pager *p)
{
	size_t i;

	p->found_nth = p->found_all = 0;
	for (i = 0; i < p->count; i++) {
		if (strcasestr(p->lines[i].text, p->match) == NULL)
			continue;
		p->found_all++;
		p->found_nth += i < p->found;
	}
}

/* Where it is seen already nothing moves. */
static void
show_found(struct pager *p, size_t i)
{
	size_t h = p->height > 0 ? (size_t)p->height : 1;
	size_t top = top_now(p, !p->held);

	p->found = i + 1;
	if (p->wrap)
		top = i;
	else if (i < top || i >= top + h)
		top = i > h / 3 ? i - h / 3 : 0;
	hold_at(p, top);
}

bool
pager_find(struct pager *p, const char *text, int direction)
{
	long n = (long)p->count, step, i;
	size_t from = p->found > 0 && p->found <= p->count ? p->found : 0;

	snprintf(p->match, sizeof(p->match), "%s", text);
	i = from > 0	       ? (long)from - 1
	    : direction > 0    ? (long)p->top - 1
	    : p->held	       ? (long)p->top + 1
			       : n;
	for (step = 0; step < n; step++) {
		i = (i + direction + n) % n;
		if (strcasestr(p->lines[i].text, text) != NULL) {
			show_found(p, (size_t)i);
			count_found(p);
			return true;
		}
	}
	p->found = 0;
	return false;
}

/* text without its first columns; bytes of one character stay together. */
static const char *
skip_columns(const char *text, int columns)
{
	while (columns-- > 0 && *text != '\0') {
		text++;
		while ((*text & 0xc0) == 0x80)
			text++;
	}
	return text;
}

/* Where what was looked for stands in a row, it is marked. */
static void
mark_matches(const struct pager *p, struct canvas *c, int y, struct rect r,
	const char *shown)
{
	const char *at = shown;
	size_t len = strlen(p->match);
	char before[1024];

	while (len > 0 && (at = strcasestr(at, p->match)) != NULL) {
		snprintf(before, sizeof(before), "%.*s", (int)(at - shown),
			shown);
		canvas_restyle(c, y, r.x + canvas_width_of(c, before),
			canvas_width_of(c, p->match), STYLE_LOG_MATCH);
		at += len;
	}
}

/* Lines over as many rows as they need, from the first that is seen. */
static int
paint_wrapped(const struct pager *p, struct canvas *c, struct rect r,
	size_t top, bool to_end)
{
	size_t i = top, first = p->count;
	int y = 0, rows = 0;

	while (to_end && first > 0 && rows < r.h) {
		int more = text_wrap(c, 0, 0, r, false, STYLE_UI_TEXT,
			p->lines[first - 1].text);

		if (rows > 0 && rows + more > r.h)
			break;
		rows += more;
		first--;
	}
	for (i = to_end ? first : top; i < p->count && y < r.h; i++)
		y += text_wrap(c, r.y + y, r.y + r.h, r, true, p->lines[i].role,
			p->lines[i].text);
	return y < r.h ? y : r.h;
}

void
pager_paint(struct pager *p, struct canvas *c, struct rect r, bool focus,
	bool follows)
{
	size_t top, i;
	int y;

	p->height = r.h;
	top = top_now(p, follows);
	if (p->wrap) {
		y = paint_wrapped(p, c, r, top, follows && !p->held);
		if (focus)
			canvas_cursor(c, r.y + (follows && !p->held && y > 0
						       ? y - 1
						       : 0),
				r.x);
		return;
	}
	for (y = 0; y < r.h; y++) {
		i = top + (size_t)y;
		if (i >= p->count)
			break;
		canvas_put(c, r.y + y, r.x, r.w, p->lines[i].role,
			skip_columns(p->lines[i].text, p->side));
		mark_matches(p, c, r.y + y, r,
			skip_columns(p->lines[i].text, p->side));
	}
	if (!focus)
		return;
	y = follows && !p->held && y > 0 ? y - 1 : 0;
	if (p->found > top && p->found <= top + (size_t)r.h) {
		y = (int)(p->found - 1 - top);
		canvas_put(c, r.y + y, r.x, 1, STYLE_UI_KEY, ">");
	}
	canvas_cursor(c, r.y + y, r.x);
}

/* The bytes of text that fit into width columns, cut at a blank. */
static size_t
fitting(const struct canvas *c, const char *text, int width)
{
	size_t n = 0, blank = 0;
	char part[512];

	while (text[n] != '\0') {
		size_t next = n + 1;

		while ((text[next] & 0xc0) == 0x80)
			next++;
		snprintf(part, sizeof(part), "%.*s", (int)next, text);
		if (canvas_width_of(c, part) > width)
			return blank > 0 ? blank : n > 0 ? n : next;
		if (text[n] == ' ')
			blank = n;
		n = next;
	}
	return n;
}

int
text_wrap(struct canvas *c, int y, int bottom, struct rect r, bool paint,
	enum style_role role, const char *text)
{
	int lines = 0;

	do {
		size_t n = fitting(c, text, r.w);

		if (paint && y + lines < bottom)
			canvas_putf(c, y + lines, r.x, r.w, role, "%.*s",
				(int)n, text);
		text += n;
		while (*text == ' ')
			text++;
		lines++;
	} while (*text != '\0');
	return lines;
}
