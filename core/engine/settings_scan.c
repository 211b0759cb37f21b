/*
 * settings_scan.c - what must be seen in the bytes, before libconfig.
 *
 * libconfig opens the files of @include by itself, past every check of who
 * owns them, and lets integers that do not fit wrap without a word. Both are
 * looked for here, outside of strings and comments.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "engine/settings_reader.h"

struct scan {
	const char *at;
	int line;
	bool is_line_start; /* nothing but blanks so far in this line */
};

/* Goes on by len bytes and counts the lines. */
static void
skip(struct scan *s, size_t len)
{
	for (; len > 0 && *s->at != '\0'; len--) {
		if (*s->at++ == '\n') {
			s->line++;
			s->is_line_start = true;
		}
	}
}

static void
skip_string(struct scan *s)
{
	skip(s, 1);
	while (*s->at != '\0' && *s->at != '"')
		skip(s, *s->at == '\\' ? 2 : 1);
	skip(s, 1);
}

static void
skip_comment(struct scan *s)
{
	const char *end;

	if (s->at[0] == '/' && s->at[1] == '*') {
		end = strstr(s->at + 2, "*/");
		skip(s, end == NULL ? strlen(s->at)
				    : (size_t)(end - s->at) + 2);
	} else {
		skip(s, strcspn(s->at, "\n"));
	}
}

static bool
is_comment(const char *s)
{
	return *s == '#' || (*s == '/' && (s[1] == '/' || s[1] == '*'));
}

/* A word that begins with a digit: a number, and does it fit? */
static void
scan_number(struct settings_reader *r, struct scan *s, bool is_negative)
{
	size_t len = strspn(s->at, "0123456789abcdefABCDEFxXL.");
	char *text = xstrndup(s->at, len), *end;
	int base = text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 16
									 : 10;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, base);
	/* An exponent or a fraction makes it a number of another kind. */
	if (*end != '.' && !(base == 10 && (*end == 'e' || *end == 'E')) &&
		(errno == ERANGE ||
			value > (unsigned long long)INT_MAX + is_negative))
		report_error(r, s->line,
			"the number %.40s is too large, expected at most %d",
			text, INT_MAX);
	free(text);
	s->at += len;
}

static void
scan_include(struct settings_reader *r, struct scan *s)
{
	report_error(r, s->line,
		"@include is not taken: the file it names would not be "
		"checked, expected everything in one file");
	skip(s, strlen("@include"));
}

static void
scan_one(struct settings_reader *r, struct scan *s)
{
	bool was_line_start = s->is_line_start;

	if (!isspace((unsigned char)*s->at))
		s->is_line_start = false;
	if (*s->at == '"')
		skip_string(s);
	else if (is_comment(s->at))
		skip_comment(s);
	else if (was_line_start && strncmp(s->at, "@include", 8) == 0)
		scan_include(r, s);
	else if (isdigit((unsigned char)*s->at))
		scan_number(r, s, s->at[-1] == '-');
	else if (isalpha((unsigned char)*s->at) || *s->at == '*')
		skip(s, strspn(s->at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789_*-"));
	else
		skip(s, 1);
}

void
settings_scan(struct settings_reader *r, const char *text)
{
	/* A first byte that is not part of it, so that at[-1] is there. */
	char *copy = xasprintf("\n%s", text);
	struct scan s = {.at = copy + 1, .line = 1, .is_line_start = true};

	while (*s.at != '\0')
		scan_one(r, &s);
	free(copy);
}
