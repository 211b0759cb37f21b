/*
 * text.h - bytes of others made safe to show. No control byte of a host, a
 * file or a request reaches a terminal, a log or a title.
 */
#ifndef SLUICE_BASE_TEXT_H
#define SLUICE_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

/* Well-formed UTF-8 (RFC 3629) without NUL. */
bool text_is_utf8(const char *s, size_t len);

/* How much of the first len bytes is whole characters, where the text was cut
 * there: less than len only when its last character was cut too. */
size_t text_whole(const char *s, size_t len);

/* One line of printable text: C0 (also tab and newline), C1, DEL, bidi
 * controls, line separators and bytes that are not UTF-8 become U+FFFD. */
void text_add_printable(struct strbuf *out, const char *s, size_t len);

/*
 * Output of a command: escape sequences (ECMA-48 CSI, OSC, DCS ...) are
 * dropped whole, "\r\n" becomes "\n", a lone "\r" starts the line again as a
 * progress bar means it, tab and newline stay, all else as
 * text_add_printable.
 */
void text_add_output(struct strbuf *out, const char *s, size_t len);

/* The same text as a new string (owned). */
char *text_printable(const char *s);

/* Service, environment, host: [A-Za-z0-9][A-Za-z0-9._-]{0,62}. */
bool text_is_name(const char *s);

/* Version: [A-Za-z0-9][A-Za-z0-9._+~-]{0,63}. */
bool text_is_version(const char *s);

/* Shell-style pattern with * and ?, whole string. */
bool text_matches(const char *pattern, const char *s);

/* Where s stands in a table of names; -1: it does not. */
int text_index(const char *const *names, int count, const char *s);

/* Columns a terminal needs for s in the current locale; control bytes 0. */
int text_width(const char *s);

#endif
