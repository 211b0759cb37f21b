/*
 * error.h - what went wrong, in words that may be shown to a person.
 *
 * A function that can fail returns -1, fills its last argument and has
 * changed nothing else. Texts: lower case, no full stop, names in single
 * quotes; the hint says what to do next. Names may hold anything: text and
 * hint are one line of printable UTF-8 each (text_add_printable).
 */
#ifndef SLUICE_BASE_ERROR_H
#define SLUICE_BASE_ERROR_H

#include <stdarg.h>

enum error_code {
	ERROR_NONE,
#define ERROR_CODE(id, name, exit) ERROR_##id,
#include "base/error_codes.def"
#undef ERROR_CODE
	ERROR_COUNT
};

struct error {
	enum error_code code;
	char text[1024];
	char hint[512];
};

/* Fills *e (which may be NULL) and returns -1. Clears an earlier hint. */
int error_set(struct error *e, enum error_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* As error_set, with ": " and the text of errnum behind. Always ERROR_IO,
 * or ERROR_NO_SPACE where errnum says so. */
int error_set_errno(struct error *e, int errnum, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Adds what to do next. Returns -1, so that it may end a return statement. */
int error_hint(struct error *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Puts "prefix: " before the text. Returns -1. */
int error_prefix(struct error *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

void error_clear(struct error *e);

/* The name in JSON, such as "not_found"; never NULL. */
const char *error_code_name(enum error_code code);

/* The reverse; ERROR_INTERNAL for a name nobody knows. */
enum error_code error_code_from_name(const char *name);

/* The exit code of the command line. */
int error_code_exit(enum error_code code);

#endif
