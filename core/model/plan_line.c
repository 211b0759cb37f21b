/* plan_line.c - one line of a plan, word by word. */
#include "model/plan_line.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Reads the escape behind a backslash; returns what follows, NULL: bad. */
static const char *
unescape(const char *s, const char *end, struct strbuf *out)
{
	int value;

	if (s == end)
		return NULL;
	if (*s == 'x') {
		if (end - s < 3 || hex_digit(s[1]) < 0 || hex_digit(s[2]) < 0)
			return NULL;
		value = hex_digit(s[1]) * 16 + hex_digit(s[2]);
		if (value == 0)
			return NULL;
		strbuf_addc(out, (char)value);
		return s + 3;
	}
	if (strchr("\"\\nt", *s) == NULL)
		return NULL;
	strbuf_addc(out, (char)(*s == 'n' ? '\n' : *s == 't' ? '\t' : *s));
	return s + 1;
}

/* The word at s into out; returns what follows it, NULL: bad. */
static const char *
read_word(const char *s, const char *end, struct strbuf *out)
{
	if (*s != '"') {
		const char *stop = memchr(s, ' ', (size_t)(end - s));

		stop = stop == NULL ? end : stop;
		strbuf_add(out, s, (size_t)(stop - s));
		return stop == s ? NULL : stop;
	}
	for (s++; s != NULL && s < end && *s != '"';) {
		if (*s == '\\')
			s = unescape(s + 1, end, out);
		else
			strbuf_addc(out, *s++);
	}
	return s == NULL || s == end ? NULL : s + 1;
}

void
line_finish(struct line *l)
{
	while (l->count > 0)
		free(l->words[--l->count]);
}

bool
line_read(struct line *l, const char *s, const char *end)
{
	memset(l, 0, sizeof(*l));
	for (; s < end && *s == ' '; s++)
		l->indent++;
	while (s != NULL && s < end && l->count < LINE_WORDS_MAX) {
		struct strbuf word;

		strbuf_init(&word);
		s = read_word(s, end, &word);
		l->words[l->count++] = word.buf;
		if (s != NULL && s < end && *s++ != ' ')
			s = NULL;
	}
	return s == end && l->count > 0;
}

const char *
line_text(struct line *l)
{
	if (l->at < l->count)
		return l->words[l->at++];
	l->is_bad = true;
	return "";
}

static bool
line_is_next(const struct line *l, const char *key)
{
	return l->at < l->count && strcmp(l->words[l->at], key) == 0;
}

void
line_key(struct line *l, const char *key)
{
	if (strcmp(line_text(l), key) != 0)
		l->is_bad = true;
}

void
line_copy(struct line *l, char **slot)
{
	str_replace(slot, line_text(l));
}

void
line_optional(struct line *l, const char *key, char **slot)
{
	if (!line_is_next(l, key))
		return;
	l->at++;
	line_copy(l, slot);
}

int64_t
line_number(struct line *l, int64_t most)
{
	const char *s = line_text(l);
	size_t digits = strspn(s, "0123456789");
	int64_t value;

	if (digits == 0 || digits > 18 || s[digits] != '\0') {
		l->is_bad = true;
		return 0;
	}
	value = strtoll(s, NULL, 10);
	if (value > most)
		l->is_bad = true;
	return l->is_bad ? 0 : value;
}

int
line_int(struct line *l)
{
	return (int)line_number(l, INT_MAX);
}

double
line_real(struct line *l)
{
	const char *s = line_text(l);
	char *end;
	double value = strtod(s, &end);

	if (*s == '\0' || *end != '\0' || !isfinite(value) || value < 0) {
		l->is_bad = true;
		return 0;
	}
	return value;
}

bool
line_yes(struct line *l)
{
	const char *s = line_text(l);

	if (strcmp(s, "yes") != 0 && strcmp(s, "no") != 0)
		l->is_bad = true;
	return strcmp(s, "yes") == 0;
}

int
line_name(struct line *l, int (*parse)(const char *))
{
	int value = parse(line_text(l));

	if (value < 0)
		l->is_bad = true;
	return value < 0 ? 0 : value;
}

void
line_digest(struct line *l, char out[DIGEST_HEX_SIZE])
{
	const char *s = line_text(l);

	if (*s != '\0' && !digest_is_hex(s))
		l->is_bad = true;
	else
		memcpy(out, s, strlen(s) + 1);
}
