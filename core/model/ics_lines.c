/* ics_lines.c - content lines of iCalendar (RFC 5545 section 3.1). */
#include "model/ics_lines.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

#define VALUE_MOST 65536

void
ics_lines_init(struct ics_lines *r, const char *text, size_t len)
{
	bool has_mark = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;

	memset(r, 0, sizeof(*r));
	r->at = has_mark ? text + 3 : text;
	r->end = text + len;
	strbuf_init(&r->text);
}

int
ics_refuse(const struct ics_lines *r, struct error *e, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return error_set(e, ERROR_INVALID, "line %d: %s", r->at_line, text);
}

/* The next physical line into text; false: there is none. */
static bool
add_physical(struct ics_lines *r)
{
	const char *stop = memchr(r->at, '\n', (size_t)(r->end - r->at));
	const char *next = stop == NULL ? r->end : stop + 1;
	size_t len = (size_t)((stop == NULL ? r->end : stop) - r->at);

	if (r->at == r->end)
		return false;
	if (len > 0 && r->at[len - 1] == '\r')
		len--;
	strbuf_add(&r->text, r->at, len);
	r->at = next;
	r->number++;
	return true;
}

/* NAME;PARAM=VALUE;...:VALUE, where quotes hide ":" and ";". */
static int
split(struct ics_lines *r, struct error *e)
{
	bool quoted = false;
	char *p;

	r->name = r->text.buf;
	r->params = NULL;
	for (p = r->name; *p != '\0' && (quoted || *p != ':'); p++) {
		if (*p == '"')
			quoted = !quoted;
		if (*p == ';' && !quoted && r->params == NULL) {
			*p = '\0';
			r->params = p + 1;
		}
	}
	if (*p != ':' || p == r->name)
		return ics_refuse(r, e, "it is no NAME:VALUE");
	*p = '\0';
	r->value = p + 1;
	if (r->params == NULL)
		r->params = p;
	return 0;
}

int
ics_next(struct ics_lines *r, struct error *e)
{
	do {
		strbuf_clear(&r->text);
		r->at_line = r->number + 1;
		if (!add_physical(r))
			return 0;
	} while (r->text.len == 0);
	while (r->text.len <= VALUE_MOST && r->at < r->end &&
		(*r->at == ' ' || *r->at == '\t')) {
		r->at++;
		add_physical(r);
	}
	if (r->text.len > VALUE_MOST)
		return ics_refuse(
			r, e, "it is longer than %d bytes", VALUE_MOST);
	if (!text_is_utf8(r->text.buf, r->text.len))
		return ics_refuse(r, e, "it is not UTF-8");
	return split(r, e) == -1 ? -1 : 1;
}

char *
ics_param(const char *params, const char *name)
{
	size_t len = strlen(name), size;

	while (*params != '\0') {
		size = strcspn(params, ";");
		if (strncasecmp(params, name, len) == 0 && params[len] == '=') {
			const char *value = params + len + 1;
			size_t end = strcspn(value, ";");

			if (*value == '"') {
				value++;
				end = strcspn(value, "\"");
			}
			return xstrndup(value, end);
		}
		params += size + (params[size] == ';');
	}
	return NULL;
}

char *
ics_text(const char *value, size_t most)
{
	struct strbuf out;
	char *plain, *shown;
	size_t end;

	strbuf_init(&out);
	strbuf_adds(&out, "");
	for (; *value != '\0'; value++) {
		if (*value == '\\' && value[1] != '\0') {
			value++;
			strbuf_addc(&out,
				*value == 'n' || *value == 'N' ? ' ' : *value);
		} else {
			strbuf_addc(&out, *value);
		}
	}
	plain = strbuf_detach(&out);
	shown = text_printable(plain == NULL ? "" : plain);
	free(plain);
	end = strlen(shown) > most ? most : strlen(shown);
	while (end > 0 && ((unsigned char)shown[end] & 0xc0) == 0x80)
		end--;
	shown[end] = '\0';
	return shown;
}
