/* settings_report.c - what is wrong with a configuration, line by line. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "engine/settings_reader.h"

/* Enough for anybody to go on with; the rest is only counted. */
#define PROBLEMS_MAX 500

static void SLUICE_PRINTF(4, 0)
add(struct settings_reader *r, bool is_warning, int line, const char *fmt,
	va_list ap)
{
	struct settings_report *report = r->report;
	struct settings_problem *p;
	struct strbuf text;

	if (!is_warning)
		report->errors++;
	if (report->count >= PROBLEMS_MAX)
		return;
	report->items = xrealloc(
		report->items, report->count + 1, sizeof(*report->items));
	p = &report->items[report->count++];
	strbuf_init(&text);
	strbuf_vaddf(&text, fmt, ap);
	p->text = text_printable(text.buf);
	strbuf_finish(&text);
	p->where = line > 0 ? xasprintf("%s:%d", r->path, line)
			    : xstrdup(r->path);
	p->is_warning = is_warning;
}

void
report_error(struct settings_reader *r, int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(r, false, line, fmt, ap);
	va_end(ap);
}

void
report_warning(struct settings_reader *r, int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(r, true, line, fmt, ap);
	va_end(ap);
}

static long
line_of(const struct settings_problem *p)
{
	const char *colon = strrchr(p->where, ':');

	return colon == NULL ? 0 : strtol(colon + 1, NULL, 10);
}

void
report_sort(struct settings_report *report)
{
	size_t i, k;

	for (i = 1; i < report->count; i++) {
		struct settings_problem p = report->items[i];

		for (k = i; k > 0; k--) {
			if (line_of(&report->items[k - 1]) <= line_of(&p))
				break;
			report->items[k] = report->items[k - 1];
		}
		report->items[k] = p;
	}
}

void
settings_report_finish(struct settings_report *r)
{
	size_t i;

	for (i = 0; i < r->count; i++) {
		free(r->items[i].where);
		free(r->items[i].text);
	}
	free(r->items);
	memset(r, 0, sizeof(*r));
}
