/* filter.c - what a person types behind '/'. */
#include "tui/filter.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool
is_key(const struct record_type *type, const char *key)
{
	size_t i;

	for (i = 0; type != NULL && i < type->field_count; i++)
		if (type->fields[i].filter != NULL &&
			strcasecmp(type->fields[i].filter, key) == 0)
			return true;
	return false;
}

/* The next word of *text, quotes taken off; false at the end. */
static bool
next_word(const char **text, char *word, size_t size)
{
	const char *p = *text;
	size_t len = 0;
	bool quoted = false;

	while (*p == ' ')
		p++;
	if (*p == '\0')
		return false;
	for (; *p != '\0' && (quoted || *p != ' '); p++) {
		if (*p == '"')
			quoted = !quoted;
		else if (len + 1 < size)
			word[len++] = (char)tolower((unsigned char)*p);
	}
	word[len] = '\0';
	*text = p;
	return true;
}

static int
parse_term(struct filter_term *t, char *word, const struct record_type *type,
	struct error *e)
{
	char *colon;

	if (word[0] == '!') {
		t->negated = true;
		word++;
	}
	colon = type != NULL ? strchr(word, ':') : NULL;
	if (colon != NULL) {
		*colon = '\0';
		if (!is_key(type, word) && strcmp(word, "id") != 0)
			return error_set(e, ERROR_INVALID,
				"nothing here is called '%s'", word);
		snprintf(t->key, sizeof(t->key), "%.15s", word);
		word = colon + 1;
	}
	snprintf(t->text, sizeof(t->text), "%.63s", word);
	return 0;
}

int
filter_parse(struct filter *f, const char *text, const struct record_type *type,
	struct error *e)
{
	struct filter fresh = {.count = 0};
	char word[96];
	bool alternative = false;

	while (next_word(&text, word, sizeof(word))) {
		struct filter_term *t = &fresh.terms[fresh.count];

		if (strcmp(word, "|") == 0) {
			alternative = fresh.count > 0;
			continue;
		}
		if (fresh.count == FILTER_TERMS_MAX)
			return error_set(e, ERROR_INVALID, "more than %d words",
				FILTER_TERMS_MAX);
		if (parse_term(t, word, type, e) < 0)
			return -1;
		t->starts_alternative = alternative;
		alternative = false;
		fresh.count++;
	}
	*f = fresh;
	return 0;
}

static bool
field_has(const struct record *r, const struct field *f, const char *text)
{
	struct strbuf sb;
	bool found;

	strbuf_init(&sb);
	record_field_text(r, f, &sb);
	found = strcasestr(sb.buf, text) != NULL;
	strbuf_finish(&sb);
	return found;
}

static bool
term_matches(const struct filter_term *t, const struct record *r,
	const struct record_type *type)
{
	bool found = false;
	size_t i;

	if (t->key[0] == '\0' || strcmp(t->key, "id") == 0)
		found = strcasestr(r->id, t->text) != NULL;
	for (i = 0; !found && i < type->field_count; i++) {
		const struct field *f = &type->fields[i];

		if (t->key[0] == '\0'
				? f->filter != NULL || f->label != NULL
				: f->filter != NULL &&
					  strcasecmp(f->filter, t->key) == 0)
			found = field_has(r, f, t->text);
	}
	return found != t->negated;
}

bool
filter_matches(const struct filter *f, const struct record *r,
	const struct record_type *type)
{
	bool all = true;
	size_t i;

	for (i = 0; i < f->count; i++) {
		if (f->terms[i].starts_alternative) {
			if (all)
				return true;
			all = true;
		}
		all = all && term_matches(&f->terms[i], r, type);
	}
	return all;
}

bool
filter_matches_text(const struct filter *f, const char *text)
{
	bool all = true;
	size_t i;

	for (i = 0; i < f->count; i++) {
		const struct filter_term *t = &f->terms[i];

		if (t->starts_alternative) {
			if (all)
				return true;
			all = true;
		}
		all = all && (strcasestr(text, t->text) != NULL) != t->negated;
	}
	return all;
}
