/* strbuf.c - a string that grows. */
#include "base/strbuf.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
strbuf_init(struct strbuf *sb)
{
	sb->buf = xcalloc(1, 64);
	sb->len = 0;
	sb->capacity = 64;
}

void
strbuf_finish(struct strbuf *sb)
{
	free(sb->buf);
	sb->buf = NULL;
	sb->len = sb->capacity = 0;
}

void
strbuf_clear(struct strbuf *sb)
{
	sb->len = 0;
	if (sb->buf != NULL)
		sb->buf[0] = '\0';
}

char *
strbuf_reserve(struct strbuf *sb, size_t len)
{
	size_t want = sb->len + len + 1;

	assert(want > len);
	if (want > sb->capacity) {
		size_t grown = sb->capacity + sb->capacity / 2;

		sb->capacity = want > grown ? want : grown;
		sb->buf = xrealloc(sb->buf, sb->capacity, 1);
	}
	return sb->buf + sb->len;
}

void
strbuf_add(struct strbuf *sb, const void *data, size_t len)
{
	char *room = strbuf_reserve(sb, len);

	if (len > 0)
		memcpy(room, data, len);
	sb->len += len;
	sb->buf[sb->len] = '\0';
}

void
strbuf_adds(struct strbuf *sb, const char *s)
{
	strbuf_add(sb, s, strlen(s));
}

void
strbuf_addc(struct strbuf *sb, char c)
{
	strbuf_add(sb, &c, 1);
}

void
strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list ap)
{
	va_list again;
	int len;

	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	assert(len >= 0);
	strbuf_reserve(sb, (size_t)len);
	vsnprintf(sb->buf + sb->len, (size_t)len + 1, fmt, ap);
	sb->len += (size_t)len;
}

void
strbuf_addf(struct strbuf *sb, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(sb, fmt, ap);
	va_end(ap);
}

void
strbuf_consume(struct strbuf *sb, size_t len)
{
	assert(len <= sb->len);
	memmove(sb->buf, sb->buf + len, sb->len - len + 1);
	sb->len -= len;
}

char *
strbuf_detach(struct strbuf *sb)
{
	char *s = sb->buf;

	sb->buf = NULL;
	sb->len = sb->capacity = 0;
	return s;
}
