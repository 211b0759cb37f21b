/*
 * hostset.c - host ranges and placeholders.
 *
 * A pattern is cut into pieces: literal text, or a bracket with its values.
 * The product of the brackets is counted before anything is made, so that a
 * pattern cannot ask for more than HOSTSET_MAX names.
 */
#include "model/hostset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECES_MAX 16
#define PATTERN_MAX 4096
#define DIGITS "0123456789"

struct piece {
	struct strings values;
};

struct pieces {
	struct piece items[PIECES_MAX];
	size_t count;
};

static int
range_error(const char *pattern, struct error *e)
{
	return error_set(e, ERROR_INVALID,
		"'%.80s' is not a range, expected one such as web-[01-20] or "
		"web-[1-3,7]",
		pattern);
}

/* "01-20" or "7" of len bytes: adds its numbers to out. */
static int
add_range(const char *pattern, const char *s, size_t len, struct strings *out,
	struct error *e)
{
	size_t low_len = strspn(s, DIGITS), high_len = low_len;
	const char *high = s;
	long from, to;
	int width;

	if (low_len < len && s[low_len] == '-') {
		high = s + low_len + 1;
		high_len = strspn(high, DIGITS);
	}
	if (low_len == 0 || high_len == 0 || low_len > 9 || high_len > 9 ||
		high + high_len != s + len)
		return range_error(pattern, e);
	if (high[0] == '0' && high_len > 1 && high_len != low_len)
		return error_set(e, ERROR_INVALID,
			"'%.80s': both ends of a zero-padded range need the "
			"same number of digits",
			pattern);
	from = strtol(s, NULL, 10);
	to = strtol(high, NULL, 10);
	width = s[0] == '0' ? (int)low_len : 1;
	if (to < from)
		return error_set(e, ERROR_INVALID,
			"'%.80s': the range ends before it begins", pattern);
	if (to - from >= HOSTSET_MAX)
		return error_set(e, ERROR_INVALID,
			"'%.80s' stands for more than %d names", pattern,
			HOSTSET_MAX);
	for (; from <= to; from++) {
		char number[16];

		snprintf(number, sizeof(number), "%0*ld", width, from);
		strings_add(out, number);
	}
	return 0;
}

/* The inside of a bracket: ranges with commas between them. */
static int
add_ranges(const char *pattern, const char *s, size_t len, struct strings *out,
	struct error *e)
{
	const char *end = s + len;

	for (;;) {
		size_t part = strcspn(s, ",]");

		if (s + part > end || out->count > HOSTSET_MAX)
			return range_error(pattern, e);
		if (add_range(pattern, s, part, out, e) == -1)
			return -1;
		s += part;
		if (s == end)
			return 0;
		s++;
	}
}

static int
cut(const char *pattern, struct pieces *p, struct error *e)
{
	const char *s = pattern;

	while (*s != '\0') {
		size_t len = strcspn(s, "[]");
		struct strings *values;

		if (p->count == PIECES_MAX)
			return error_set(e, ERROR_INVALID,
				"'%.80s' has too many brackets", pattern);
		values = &p->items[p->count++].values;
		if (len > 0) {
			char *text = xstrndup(s, len);

			strings_add(values, text);
			free(text);
			s += len;
			continue;
		}
		len = strcspn(s, "]");
		if (*s == ']' || s[len] == '\0')
			return error_set(e, ERROR_INVALID,
				"'%.80s' has a bracket without its other half",
				pattern);
		if (add_ranges(pattern, s + 1, len - 1, values, e) == -1)
			return -1;
		s += len + 1;
	}
	return 0;
}

static void
add_product(const struct pieces *p, size_t total, struct strings *ret)
{
	struct strbuf sb;
	size_t n, i;

	strbuf_init(&sb);
	for (n = 0; n < total; n++) {
		size_t block = total, rest = n;

		strbuf_clear(&sb);
		for (i = 0; i < p->count; i++) {
			block /= p->items[i].values.count;
			strbuf_adds(
				&sb, p->items[i].values.items[rest / block]);
			rest %= block;
		}
		strings_add(ret, sb.buf);
	}
	strbuf_finish(&sb);
}

int
hostset_expand(const char *pattern, struct strings *ret, struct error *e)
{
	struct pieces p = {.count = 0};
	size_t total = 1, i;
	int result = -1;

	memset(ret, 0, sizeof(*ret));
	if (pattern[0] == '\0')
		return error_set(e, ERROR_INVALID, "a name is empty");
	if (strlen(pattern) > PATTERN_MAX)
		return error_set(e, ERROR_INVALID,
			"a name is longer than %d bytes", PATTERN_MAX);
	if (cut(pattern, &p, e) == -1)
		goto out;
	for (i = 0; i < p.count; i++) {
		total *= p.items[i].values.count;
		if (total > HOSTSET_MAX) {
			error_set(e, ERROR_INVALID,
				"'%.80s' stands for more than %d names",
				pattern, HOSTSET_MAX);
			goto out;
		}
	}
	add_product(&p, total, ret);
	result = 0;
out:
	for (i = 0; i < p.count; i++)
		strings_finish(&p.items[i].values);
	return result;
}

/* ---- placeholders ---- */

#define LABEL_CHARS                                                            \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

static bool
is_word(const char *s, size_t len, const char *word)
{
	return strlen(word) == len && memcmp(s, word, len) == 0;
}

static const char *
or_empty(const char *s)
{
	return s == NULL ? "" : s;
}

/* The value of the name of len bytes, or NULL if it is no placeholder. */
static const char *
simple_value(const char *name, size_t len, const struct placeholder_values *v,
	char port[16])
{
	const struct {
		const char *name;
		const char *value;
	} values[] = {
		{"host", v->host},
		{"address", v->address},
		{"service", v->service},
		{"version", v->version},
		{"env", v->env},
		{"port", port},
	};
	size_t i;

	port[0] = '\0';
	if (v->port != 0)
		snprintf(port, 16, "%d", v->port);
	for (i = 0; i < ARRAY_SIZE(values); i++)
		if (is_word(name, len, values[i].name))
			return or_empty(values[i].value);
	if (is_word(name, len, "colour"))
		return v->colour;
	if (is_word(name, len, "slot"))
		return v->slot;
	return NULL;
}

/* Length of "label.NAME}" at s without the brace, 0 if it is none. */
static size_t
label_length(const char *s)
{
	size_t len;

	if (strncmp(s, "label.", 6) != 0)
		return 0;
	len = strspn(s + 6, LABEL_CHARS);
	return len > 0 && s[6 + len] == '}' ? 6 + len : 0;
}

static int
add_label(struct strbuf *out, const char *s, size_t len,
	const struct placeholder_values *v, struct error *e)
{
	char *name = xstrndup(s + 6, len - 6);
	const char *value =
		v->labels == NULL ? NULL : pairs_get(v->labels, name);
	int result = 0;

	if (value == NULL)
		result = error_set(e, ERROR_INVALID,
			"host '%s' has no label '%.80s'", or_empty(v->host),
			name);
	else
		strbuf_adds(out, value);
	free(name);
	return result;
}

int
placeholder_expand(const char *text, const struct placeholder_values *v,
	char **ret, struct error *e)
{
	struct strbuf out;
	const char *s = text;

	strbuf_init(&out);
	while (*s != '\0') {
		size_t plain = strcspn(s, "{"), len;
		const char *value;
		char port[16];

		strbuf_add(&out, s, plain);
		s += plain;
		if (*s == '\0')
			break;
		len = label_length(s + 1);
		if (len > 0) {
			if (add_label(&out, s + 1, len, v, e) == -1) {
				strbuf_finish(&out);
				return -1;
			}
			s += len + 2;
			continue;
		}
		len = strcspn(s + 1, "{}");
		value = s[1 + len] == '}' ? simple_value(s + 1, len, v, port)
					  : NULL;
		strbuf_adds(&out, value == NULL ? "{" : value);
		s += value == NULL ? 1 : len + 2;
	}
	*ret = out.buf;
	return 0;
}
