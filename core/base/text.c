/* text.c - bytes of others made safe to show. */
#include "base/text.h"

#include <stdint.h>
#include <string.h>
#include <wchar.h>

#include "base/base.h"

static const char replacement[] = "\xef\xbf\xbd";

/* Length of the UTF-8 sequence at s, 0 if it is not one; *cp is its point. */
static size_t
utf8_decode(const unsigned char *s, size_t len, uint32_t *cp)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t want, i;

	if (s[0] < 0x80) {
		*cp = s[0];
		return 1;
	}
	want = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	if (s[0] < 0xc2 || s[0] > 0xf4 || want > len)
		return 0;
	*cp = s[0] & (0xffu >> (want + 1));
	for (i = 1; i < want; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*cp = *cp << 6 | (s[i] & 0x3f);
	}
	if (*cp < least[want] || *cp > 0x10ffff ||
		(*cp >= 0xd800 && *cp <= 0xdfff))
		return 0;
	return want;
}

bool
text_is_utf8(const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;
	uint32_t cp;

	while (len > 0) {
		size_t n = utf8_decode(p, len, &cp);

		if (n == 0 || cp == 0)
			return false;
		p += n;
		len -= n;
	}
	return true;
}

size_t
text_whole(const char *s, size_t len)
{
	static const unsigned char leads[] = {0xc0, 0xe0, 0xf0};
	const unsigned char *p = (const unsigned char *)s;
	size_t back;

	for (back = 1; back <= ARRAY_SIZE(leads) && back <= len; back++) {
		if (p[len - back] >= leads[back - 1])
			return len - back;
		if ((p[len - back] & 0xc0) != 0x80)
			break;
	}
	return len;
}

static bool
is_harmful(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0x061c ||
	       cp == 0x200e || cp == 0x200f ||
	       (cp >= 0x2028 && cp <= 0x202e) ||
	       (cp >= 0x2066 && cp <= 0x2069) || cp == 0xfeff;
}

static size_t
add_one(struct strbuf *out, const unsigned char *p, size_t len)
{
	uint32_t cp;
	size_t n = utf8_decode(p, len, &cp);

	if (n == 0 || is_harmful(cp))
		strbuf_adds(out, replacement);
	else
		strbuf_add(out, p, n);
	return n ? n : 1;
}

void
text_add_printable(struct strbuf *out, const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;

	while (len > 0) {
		size_t n = add_one(out, p, len);

		p += n;
		len -= n;
	}
}

char *
text_printable(const char *s)
{
	struct strbuf out;

	strbuf_init(&out);
	text_add_printable(&out, s, strlen(s));
	return out.buf;
}

/* Length of the escape sequence at p, which begins with ESC; at least 1. */
static size_t
escape_length(const unsigned char *p, size_t len)
{
	size_t i = 2;

	if (len < 2)
		return 1;
	if (p[1] == '[') {
		while (i < len && p[i] >= 0x20 && p[i] <= 0x3f)
			i++;
		return i < len && p[i] >= 0x40 && p[i] <= 0x7e ? i + 1 : i;
	}
	if (p[1] == ']' || p[1] == 'P' || p[1] == 'X' || p[1] == '^' ||
		p[1] == '_') {
		while (i < len && p[i] != '\a' && p[i] != '\n' && p[i] != 0x1b)
			i++;
		if (i < len && p[i] == '\a')
			return i + 1;
		if (i + 1 < len && p[i] == 0x1b && p[i + 1] == '\\')
			return i + 2;
		return i;
	}
	while (i - 1 < len && p[i - 1] >= 0x20 && p[i - 1] <= 0x2f)
		i++;
	return i - 1 < len && p[i - 1] >= 0x30 && p[i - 1] <= 0x7e ? i : i - 1;
}

static void
restart_line(struct strbuf *out)
{
	while (out->len > 0 && out->buf[out->len - 1] != '\n')
		out->len--;
	out->buf[out->len] = '\0';
}

void
text_add_output(struct strbuf *out, const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t n;

	while (len > 0) {
		n = 1;
		if (*p == 0x1b)
			n = escape_length(p, len);
		else if (*p == '\n' || *p == '\t')
			strbuf_addc(out, (char)*p);
		else if (*p == '\r' && len > 1 && p[1] != '\n')
			restart_line(out);
		else if (*p != '\r')
			n = add_one(out, p, len);
		p += n;
		len -= n;
	}
}

static bool
is_word(const char *s, const char *more, size_t most)
{
	static const char alnum[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789";
	size_t len = strlen(s), i;

	if (len == 0 || len > most || strchr(alnum, s[0]) == NULL)
		return false;
	for (i = 1; i < len; i++)
		if (strchr(alnum, s[i]) == NULL && strchr(more, s[i]) == NULL)
			return false;
	return true;
}

bool
text_is_name(const char *s)
{
	return is_word(s, "._-", 63);
}

bool
text_is_version(const char *s)
{
	return is_word(s, "._+~-", 64);
}

bool
text_matches(const char *pattern, const char *s)
{
	const char *star = NULL, *from = NULL;

	while (*s != '\0') {
		if (*pattern == '*') {
			star = pattern++;
			from = s;
		} else if (*pattern == '?' || *pattern == *s) {
			pattern++;
			s++;
		} else if (star != NULL) {
			pattern = star + 1;
			s = ++from;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

int
text_index(const char *const *names, int count, const char *s)
{
	int i;

	for (i = 0; i < count; i++)
		if (strcmp(names[i], s) == 0)
			return i;
	return -1;
}

int
text_width(const char *s)
{
	mbstate_t state;
	size_t len = strlen(s);
	int columns = 0;

	memset(&state, 0, sizeof(state));
	while (len > 0) {
		wchar_t wc;
		size_t n = mbrtowc(&wc, s, len, &state);
		int w;

		if (n == 0 || n == (size_t)-1 || n == (size_t)-2) {
			memset(&state, 0, sizeof(state));
			n = 1;
			columns++;
		} else if ((w = wcwidth(wc)) > 0) {
			columns += w;
		}
		s += n;
		len -= n;
	}
	return columns;
}
