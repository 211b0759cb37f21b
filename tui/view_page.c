/* view_page.c - lines of a page of facts: a label, and words wrapped behind
 * it; on a narrow screen below it. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "tui/view_change.h"

#define LABEL_WIDTH 9

/* Bytes of text that fit into width columns, cut between words where that is
 * possible. All that is shown here is printable; a character counts as one
 * column, which is never too few for what people write in names. */
static size_t
fitting(const char *text, int width)
{
	size_t i = 0, blank = 0;
	int columns = 0;

	while (text[i] != '\0') {
		if (((unsigned char)text[i] & 0xc0) != 0x80 &&
			++columns > width)
			return blank > 0 ? blank : i;
		if (text[i] == ' ')
			blank = i;
		i++;
	}
	return i;
}

static void
add_wrapped(struct page *pg, enum style_role role, const char *label,
	const char *text)
{
	bool narrow = pg->width < 60;
	int indent = narrow ? 1 : LABEL_WIDTH;
	int room = pg->width - indent - 1;
	bool first = true;

	if (narrow && label[0] != '\0' && strlen(text) > (size_t)room - 8) {
		pager_add(pg->pager, STYLE_UI_DIM, 0, "%s", label);
		label = "";
	}
	do {
		int used = narrow && label[0] != '\0' ? 8 : 0;
		size_t n = fitting(text, room - used);

		if (narrow && first && label[0] != '\0')
			pager_add(pg->pager, role, 0, "%-8s %.*s", label,
				(int)n, text);
		else
			pager_add(pg->pager, role, 0, " %-*s%.*s", indent - 1,
				first && !narrow ? label : "", (int)n, text);
		text += n;
		text += strspn(text, " ");
		first = false;
	} while (*text != '\0');
}

void
page_line(struct page *pg, enum style_role role, const char *label,
	const char *fmt, ...)
{
	struct strbuf raw, text;
	va_list ap;

	strbuf_init(&raw);
	strbuf_init(&text);
	va_start(ap, fmt);
	strbuf_vaddf(&raw, fmt, ap);
	va_end(ap);
	if (raw.len > 0)
		text_add_printable(&text, raw.buf, raw.len);
	add_wrapped(pg, role, label, text.len > 0 ? text.buf : "");
	strbuf_finish(&raw);
	strbuf_finish(&text);
}

bool
view_search(struct console *c, struct place *p, enum action_id id)
{
	struct pager *pager = &p->pager;

	if ((id != ACTION_NEXT_MATCH && id != ACTION_PREV_MATCH) ||
		p->filter_text[0] == '\0')
		return false;
	if (pager_find(pager, p->filter_text,
		    id == ACTION_NEXT_MATCH ? 1 : -1))
		console_say(c, STYLE_NOTICE_INFO, "line %zu of %zu with %.60s",
			pager->found_nth, pager->found_all, p->filter_text);
	else
		console_say(c, STYLE_NOTICE_WARN, "no line has %.60s",
			p->filter_text);
	return true;
}
