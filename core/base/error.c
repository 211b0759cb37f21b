/* error.c - errors as values: code, text, hint. */
#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	int exit;
} codes[ERROR_COUNT] = {
	[ERROR_NONE] = {"none", 0},
#define ERROR_CODE(id, name, exit) [ERROR_##id] = {name, exit},
#include "base/error_codes.def"
#undef ERROR_CODE
};

static void
error_fill(struct error *e, enum error_code code, const char *fmt, va_list ap)
{
	char text[sizeof(e->text)];

	/* An argument may be e->text itself, so print beside it first. */
	vsnprintf(text, sizeof(text), fmt, ap);
	memcpy(e->text, text, sizeof(text));
	e->code = code;
	e->hint[0] = '\0';
}

int
error_set(struct error *e, enum error_code code, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return -1;
	va_start(ap, fmt);
	error_fill(e, code, fmt, ap);
	va_end(ap);
	return -1;
}

int
error_set_errno(struct error *e, int errnum, const char *fmt, ...)
{
	va_list ap;
	size_t len;

	if (e == NULL)
		return -1;
	va_start(ap, fmt);
	error_fill(e, errnum == ENOSPC || errnum == EDQUOT ? ERROR_NO_SPACE
							   : ERROR_IO,
		fmt, ap);
	va_end(ap);
	len = strlen(e->text);
	snprintf(e->text + len, sizeof(e->text) - len, ": %s",
		strerror(errnum));
	return -1;
}

int
error_hint(struct error *e, const char *fmt, ...)
{
	char hint[sizeof(e->hint)];
	va_list ap;

	if (e == NULL)
		return -1;
	va_start(ap, fmt);
	vsnprintf(hint, sizeof(hint), fmt, ap);
	va_end(ap);
	memcpy(e->hint, hint, sizeof(hint));
	return -1;
}

int
error_prefix(struct error *e, const char *fmt, ...)
{
	char text[sizeof(e->text)];
	va_list ap;
	size_t len;

	if (e == NULL)
		return -1;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	len = strlen(text);
	snprintf(text + len, sizeof(text) - len, ": %.*s",
		(int)(sizeof(text) - 3 > len ? sizeof(text) - 3 - len : 0),
		e->text);
	memcpy(e->text, text, sizeof(text));
	return -1;
}

void
error_clear(struct error *e)
{
	e->code = ERROR_NONE;
	e->text[0] = '\0';
	e->hint[0] = '\0';
}

const char *
error_code_name(enum error_code code)
{
	return (unsigned)code < ERROR_COUNT ? codes[code].name : "internal";
}

enum error_code
error_code_from_name(const char *name)
{
	int i;

	for (i = 1; i < ERROR_COUNT; i++)
		if (strcmp(codes[i].name, name) == 0)
			return (enum error_code)i;
	return ERROR_INTERNAL;
}

int
error_code_exit(enum error_code code)
{
	return (unsigned)code < ERROR_COUNT ? codes[code].exit : 1;
}
