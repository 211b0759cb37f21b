/* filter.c - what a person types behind '/'. */
#include "tui/filter.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/units.h"
#include "tui/world_flags.h"

#define WORD_MAX 96

/* Other words for a field. */
static const struct {
	const char *word, *key;
} aliases[] = {{"owner", "by"}, {"author", "by"}, {"service", "svc"},
	{"version", "ver"}, {"release", "ver"}, {"name", "host"},
	{"environment", "env"}};

static const struct {
	const char *sign;
	enum filter_compare compare;
} signs[] = {{"<=", COMPARE_AT_MOST}, {">=", COMPARE_AT_LEAST},
	{"<", COMPARE_LESS}, {">", COMPARE_MORE}, {"=", COMPARE_IS}};

void
filter_finish(struct filter *f)
{
	size_t i;

	for (i = 0; i < f->count; i++)
		if (f->terms[i].re != NULL) {
			regfree(f->terms[i].re);
			free(f->terms[i].re);
		}
	memset(f->terms, 0, sizeof(f->terms));
	f->count = 0;
}

/* --- keys --- */

static const char *
key_of(const char *word)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(aliases); i++)
		if (strcasecmp(aliases[i].word, word) == 0)
			return aliases[i].key;
	return word;
}

static bool
is_key(const struct record_type *type, const char *key)
{
	size_t i;

	if (strcmp(key, "id") == 0)
		return true;
	for (i = 0; i < type->field_count; i++)
		if (type->fields[i].type == FIELD_LABELS ||
			(type->fields[i].filter != NULL &&
				strcasecmp(type->fields[i].filter, key) == 0))
			return true;
	return false;
}

static int
unknown_key(const struct record_type *type, const char *key, struct error *e)
{
	struct strbuf known;
	size_t i;

	strbuf_init(&known);
	for (i = 0; i < type->field_count; i++)
		if (type->fields[i].filter != NULL)
			strbuf_addf(&known, " %s", type->fields[i].filter);
	error_set(e, ERROR_INVALID,
		"nothing here is called '%s'; there are: id%s", key, known.buf);
	strbuf_finish(&known);
	return -1;
}

/* --- reading --- */

/* Up to the '/' that ends an expression. */
static const char *
read_expression(const char *p, char *word, size_t size, size_t *len)
{
	word[(*len)++] = '/';
	for (p++; *p != '\0' && *p != '/'; p++) {
		if (p[0] == '\\' && p[1] == '/')
			p++;
		if (*len + 1 < size)
			word[(*len)++] = *p;
	}
	return *p == '/' ? p + 1 : p;
}

/* The next word of *text, quotes taken off; '|' is a word of its own. False
 * at the end. *quoted: a word that means nothing but itself. */
static bool
next_word(const char **text, char *word, size_t size, bool *quoted)
{
	const char *p = *text + strspn(*text, " ");
	size_t len = 0;
	bool in_quotes = false;

	*quoted = *p == '"';
	if (*p == '\0')
		return false;
	if (*p == '|') {
		snprintf(word, size, "|");
		*text = p + 1;
		return true;
	}
	if (*p == '!')
		word[len++] = *p++;
	if (*p == '/') {
		p = read_expression(p, word, size, &len);
	} else {
		for (; *p != '\0' && (in_quotes || (*p != ' ' && *p != '|'));
			p++) {
			if (*p == '"')
				in_quotes = !in_quotes;
			else if (len + 1 < size)
				word[len++] = (char)tolower((unsigned char)*p);
		}
	}
	word[len] = '\0';
	*text = p;
	return true;
}

static int
parse_expression(struct filter_term *t, const char *word, struct error *e)
{
	char why[96];
	int rc;

	t->re = xcalloc(1, sizeof(*t->re));
	rc = regcomp(t->re, word, REG_EXTENDED | REG_ICASE | REG_NOSUB);
	if (rc == 0)
		return 0;
	regerror(rc, t->re, why, sizeof(why));
	free(t->re);
	t->re = NULL;
	return error_set(e, ERROR_INVALID, "'/%.60s/': %s", word, why);
}

/* A number, or a duration. */
static int
parse_number(const char *word, double *ret)
{
	struct error ignored;
	int64_t ms;
	char *end;

	*ret = strtod(word, &end);
	if (end != word && (*end == '\0' || strcmp(end, "%") == 0))
		return 0;
	if (duration_parse(word, &ms, &ignored) < 0)
		return -1;
	*ret = (double)ms / 1000.0;
	return 0;
}

static int
parse_value(struct filter_term *t, const char *value, struct error *e)
{
	size_t i;

	if (value[0] == '/') {
		char word[WORD_MAX];

		snprintf(word, sizeof(word), "%s", value + 1);
		if (word[0] != '\0' && word[strlen(word) - 1] == '/')
			word[strlen(word) - 1] = '\0';
		return parse_expression(t, word, e);
	}
	for (i = 0; i < ARRAY_SIZE(signs); i++) {
		size_t n = strlen(signs[i].sign);

		if (strncmp(value, signs[i].sign, n) != 0)
			continue;
		value += n;
		t->compare = signs[i].compare;
		break;
	}
	snprintf(t->text, sizeof(t->text), "%.63s", value);
	if (t->compare > COMPARE_IS && parse_number(value, &t->number) < 0)
		return error_set(e, ERROR_INVALID,
			"'%s:%s%s' needs a number or a duration as 2h", t->key,
			signs[i].sign, value);
	return 0;
}

static int
parse_term(struct filter_term *t, char *word, bool quoted,
	const struct record_type *type, struct error *e)
{
	char *colon;

	if (word[0] == '!' && !quoted) {
		t->negated = true;
		word++;
	}
	if (word[0] == '/' && !quoted)
		return parse_expression(t, word + 1, e);
	colon = type != NULL && !quoted ? strchr(word, ':') : NULL;
	if (colon == NULL) {
		snprintf(t->text, sizeof(t->text), "%.63s", word);
		t->is_flag = !quoted && type != NULL &&
			     world_has_flag(type, word);
		return 0;
	}
	*colon = '\0';
	snprintf(t->key, sizeof(t->key), "%.15s", key_of(word));
	if (!is_key(type, t->key))
		return unknown_key(type, word, e);
	return parse_value(t, colon + 1, e);
}

int
filter_parse(struct filter *f, const char *text, const struct record_type *type,
	struct error *e)
{
	struct filter fresh = *f;
	char word[WORD_MAX];
	bool alternative = false, quoted;

	memset(fresh.terms, 0, sizeof(fresh.terms));
	fresh.count = 0;
	while (next_word(&text, word, sizeof(word), &quoted)) {
		struct filter_term *t = &fresh.terms[fresh.count];

		if (strcmp(word, "|") == 0) {
			alternative = fresh.count > 0;
			continue;
		}
		if (fresh.count == FILTER_TERMS_MAX) {
			filter_finish(&fresh);
			return error_set(e, ERROR_INVALID, "more than %d words",
				FILTER_TERMS_MAX);
		}
		if (parse_term(t, word, quoted, type, e) < 0) {
			filter_finish(&fresh);
			return -1;
		}
		t->starts_alternative = alternative;
		alternative = false;
		fresh.count++;
	}
	filter_finish(f);
	*f = fresh;
	return 0;
}

/* --- matching --- */

static bool
text_matches(const struct filter_term *t, const char *text)
{
	if (t->re != NULL)
		return regexec(t->re, text, 0, NULL, 0) == 0;
	if (t->compare == COMPARE_IS)
		return strcasecmp(text, t->text) == 0;
	return strcasestr(text, t->text) != NULL;
}

static bool
compares(enum filter_compare compare, double a, double b)
{
	switch (compare) {
	case COMPARE_LESS:
		return a < b;
	case COMPARE_AT_MOST:
		return a <= b;
	case COMPARE_MORE:
		return a > b;
	case COMPARE_AT_LEAST:
		return a >= b;
	case COMPARE_IS:
	case COMPARE_CONTAINS:
		break;
	}
	return false;
}

/* Times that lie ahead are compared by how long it is until then. */
static bool
counts_down(const struct field *f)
{
	return strcmp(f->filter, "sla") == 0 || strcmp(f->filter, "start") == 0;
}

/* What is compared; false where there is nothing to compare. */
static bool
number_of(const struct filter *f, const struct field *field,
	const struct record *r, double *ret)
{
	const char *at = (const char *)r + field->offset;
	int64_t n;
	struct strbuf text;
	char *end;

	if (field->type == FIELD_TIME || field->type == FIELD_SECONDS ||
		field->type == FIELD_INT) {
		n = *(const int64_t *)(const void *)at;
		if (n < 0 || (field->type == FIELD_TIME && n == 0))
			return false;
		*ret = field->type == FIELD_SECONDS ? (double)n / 1000.0
						    : (double)n;
		if (field->type == FIELD_TIME)
			*ret = (double)(counts_down(field) ? n - f->now
							   : f->now - n);
		return true;
	}
	strbuf_init(&text);
	record_field_text(r, field, &text);
	*ret = strtod(text.buf, &end);
	n = end != text.buf;
	strbuf_finish(&text);
	return n != 0;
}

/* "zone=eu1" among the labels. */
static bool
label_matches(const struct filter_term *t, const char *labels)
{
	size_t len = strlen(t->key);

	for (; *labels != '\0'; labels += strspn(labels, " ")) {
		size_t n = strcspn(labels, " ");
		char value[128];

		if (n > len && strncasecmp(labels, t->key, len) == 0 &&
			labels[len] == '=') {
			snprintf(value, sizeof(value), "%.*s",
				(int)(n - len - 1), labels + len + 1);
			if (text_matches(t, value))
				return true;
		}
		labels += n;
	}
	return false;
}

static bool
field_matches(const struct filter *f, const struct filter_term *t,
	const struct record *r, const struct field *field)
{
	struct strbuf text;
	bool found;
	double n;

	if (t->compare > COMPARE_IS)
		return number_of(f, field, r, &n) &&
		       compares(t->compare, n, t->number);
	strbuf_init(&text);
	record_field_text(r, field, &text);
	if (field->type == FIELD_LABELS && t->key[0] != '\0' &&
		(field->filter == NULL || strcmp(field->filter, t->key) != 0))
		found = label_matches(t, text.buf);
	else
		found = text_matches(t, text.buf);
	strbuf_finish(&text);
	return found;
}

static bool
is_asked(const struct filter_term *t, const struct field *f)
{
	if (t->key[0] == '\0')
		return f->filter != NULL || f->label != NULL;
	return f->type == FIELD_LABELS ||
	       (f->filter != NULL && strcasecmp(f->filter, t->key) == 0);
}

static bool
term_matches(const struct filter *f, const struct filter_term *t,
	const struct record *r, const struct record_type *type)
{
	bool found = false;
	size_t i;

	if (t->is_flag)
		return world_flag(type, r, t->text, f->user) != t->negated;
	if (t->key[0] == '\0' || strcmp(t->key, "id") == 0)
		found = text_matches(t, r->id);
	for (i = 0; !found && i < type->field_count; i++)
		found = is_asked(t, &type->fields[i]) &&
			field_matches(f, t, r, &type->fields[i]);
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
		all = all && term_matches(f, &f->terms[i], r, type);
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
		all = all && text_matches(t, text) != t->negated;
	}
	return all;
}
