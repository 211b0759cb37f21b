/* error.c - errors as values: code, text, hint. */
#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const struct {
	const char *name;
	int exit;
} codes[ERROR_COUNT] = {
	[ERROR_NONE] = {"none", 0},
#define ERROR_CODE(id, name, exit) [ERROR_##id] = {name, exit},
#include "base/error_codes.def"
#undef ERROR_CODE
};

/* One line of text that may be shown, whatever a name in it holds. It is cut
 * between characters. */
static void
print_safely(char *out, size_t size, const char *fmt, va_list ap)
{
	char text[sizeof(((struct error *)NULL)->text)], *safe;
	size_t len;

	/* An argument may be out itself, so print beside it first. */
	if (vsnprintf(text, sizeof(text), fmt, ap) >= (int)sizeof(text))
		text[text_whole(text, sizeof(text) - 1)] = '\0';
	safe = text_printable(text);
	len = strlen(safe);
	if (len >= size)
		len = size - 1;
	while (len > 0 && ((unsigned char)safe[len] & 0xc0) == 0x80)
		len--;
	memcpy(out, safe, len);
	memset(out + len, 0, size - len);
	free(safe);
}

static void
error_fill(struct error *e, enum error_code code, const char *fmt, va_list ap)
{
	print_safely(e->text, sizeof(e->text), fmt, ap);
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
	va_list ap;

	if (e == NULL)
		return -1;
	va_start(ap, fmt);
	print_safely(e->hint, sizeof(e->hint), fmt, ap);
	va_end(ap);
	return -1;
}

static void
add_behind(struct error *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_safely(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
}

int
error_prefix(struct error *e, const char *fmt, ...)
{
	char text[sizeof(e->text)];
	va_list ap;

	if (e == NULL)
		return -1;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	add_behind(e, "%s: %s", text, e->text);
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
