/* strbuf.h - a string that grows; always NUL-terminated, may hold NULs. */
#ifndef SLUICE_BASE_STRBUF_H
#define SLUICE_BASE_STRBUF_H

#include <stdarg.h>
#include <stddef.h>

struct strbuf {
	char *buf;
	size_t len;
	size_t capacity;
};

void strbuf_init(struct strbuf *sb);
void strbuf_finish(struct strbuf *sb);
void strbuf_clear(struct strbuf *sb);
void strbuf_add(struct strbuf *sb, const void *data, size_t len);
void strbuf_adds(struct strbuf *sb, const char *s);
void strbuf_addc(struct strbuf *sb, char c);
void strbuf_addf(struct strbuf *sb, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

/* Drops the first len bytes. */
void strbuf_consume(struct strbuf *sb, size_t len);

/* Makes room for len more bytes and returns where they go; the caller adds
 * what it wrote to sb->len. */
char *strbuf_reserve(struct strbuf *sb, size_t len);

/* Gives the string to the caller (owned) and leaves sb finished; what is
 * added afterwards starts a new one. */
char *strbuf_detach(struct strbuf *sb);

#endif
