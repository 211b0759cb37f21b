/*
 * selector.c - label expressions that choose hosts.
 *
 *   any   := every { "|" every }
 *   every := one { "&" one }
 *   one   := "!" one | "(" any ")" | WORD [ ("=" | "!=") WORD ]
 *
 * A word is a run of anything but space, & | ! ( ) = or is quoted with "".
 */
#include "model/hostset.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define SELECTOR_MAX 4096
#define DEPTH_MAX 64

enum selector_op { OP_ALL, OP_TERM, OP_NOT, OP_AND, OP_OR };

struct selector {
	enum selector_op op;
	char *label;   /* of a term */
	char *pattern; /* of a term, * and ? */
	struct selector *left, *right;
};

struct parser {
	const char *text; /* whole, for messages */
	const char *at;
	int depth;
	struct error *e;
};

static struct selector *parse_any(struct parser *p);

static struct selector *
node(enum selector_op op, struct selector *left, struct selector *right)
{
	struct selector *s = xcalloc(1, sizeof(*s));

	s->op = op;
	s->left = left;
	s->right = right;
	return s;
}

void
selector_destroy(struct selector *s)
{
	if (s == NULL)
		return;
	selector_destroy(s->left);
	selector_destroy(s->right);
	free(s->label);
	free(s->pattern);
	free(s);
}

static struct selector *
fail(struct parser *p, const char *expected)
{
	error_set(p->e, ERROR_INVALID,
		"'%.200s' is not a selector: %s expected at character %d, "
		"such as role=web & zone!=eu2",
		p->text, expected, (int)(p->at - p->text) + 1);
	return NULL;
}

static void
skip_space(struct parser *p)
{
	p->at += strspn(p->at, " \t\n");
}

/* A word (owned), or NULL if there is none here. */
static char *
parse_word(struct parser *p)
{
	const char *start;
	size_t len;

	skip_space(p);
	if (*p->at == '"') {
		start = p->at + 1;
		len = strcspn(start, "\"");
		if (start[len] == '\0')
			return NULL;
		p->at = start + len + 1;
		return xstrndup(start, len);
	}
	start = p->at;
	len = strcspn(start, " \t\n&|!()=\"");
	if (len == 0)
		return NULL;
	p->at += len;
	return xstrndup(start, len);
}

static struct selector *
parse_term(struct parser *p)
{
	char *label = parse_word(p), *pattern;
	struct selector *s;
	bool is_not;

	if (label == NULL)
		return fail(p, "a name or label");
	skip_space(p);
	is_not = p->at[0] == '!' && p->at[1] == '=';
	if (*p->at != '=' && !is_not) {
		s = node(OP_TERM, NULL, NULL);
		s->label = xstrdup("name");
		s->pattern = label;
		return s;
	}
	p->at += is_not ? 2 : 1;
	pattern = parse_word(p);
	if (pattern == NULL) {
		free(label);
		return fail(p, "a value");
	}
	s = node(OP_TERM, NULL, NULL);
	s->label = label;
	s->pattern = pattern;
	return is_not ? node(OP_NOT, s, NULL) : s;
}

static struct selector *
parse_group(struct parser *p)
{
	struct selector *s;

	p->at++;
	s = parse_any(p);
	if (s == NULL)
		return NULL;
	skip_space(p);
	if (*p->at != ')') {
		selector_destroy(s);
		return fail(p, "')'");
	}
	p->at++;
	return s;
}

static struct selector *
parse_one(struct parser *p)
{
	struct selector *s;

	skip_space(p);
	if (*p->at != '!' && *p->at != '(')
		return parse_term(p);
	if (p->depth == DEPTH_MAX)
		return fail(p, "fewer levels");
	p->depth++;
	if (*p->at == '(') {
		s = parse_group(p);
	} else {
		p->at++;
		s = parse_one(p);
		if (s != NULL)
			s = node(OP_NOT, s, NULL);
	}
	p->depth--;
	return s;
}

/* One or more of what parse_part takes, with sign between them. */
static struct selector *
parse_list(struct parser *p, char sign, enum selector_op op,
	struct selector *(*parse_part)(struct parser *))
{
	struct selector *s = parse_part(p), *right;

	for (;;) {
		skip_space(p);
		if (s == NULL || *p->at != sign)
			return s;
		p->at++;
		right = parse_part(p);
		if (right == NULL) {
			selector_destroy(s);
			return NULL;
		}
		s = node(op, s, right);
	}
}

static struct selector *
parse_every(struct parser *p)
{
	return parse_list(p, '&', OP_AND, parse_one);
}

static struct selector *
parse_any(struct parser *p)
{
	return parse_list(p, '|', OP_OR, parse_every);
}

int
selector_parse(const char *text, struct selector **ret, struct error *e)
{
	struct parser p = {.text = text, .at = text, .e = e};
	struct selector *s;

	if (strlen(text) > SELECTOR_MAX)
		return error_set(e, ERROR_INVALID,
			"a selector is longer than %d bytes", SELECTOR_MAX);
	if (!text_is_utf8(text, strlen(text)))
		return error_set(e, ERROR_INVALID,
			"a selector is not valid UTF-8");
	skip_space(&p);
	if (*p.at == '\0' || strcmp(p.at, "*") == 0) {
		*ret = node(OP_ALL, NULL, NULL);
		return 0;
	}
	s = parse_any(&p);
	skip_space(&p);
	if (s != NULL && *p.at != '\0') {
		selector_destroy(s);
		s = fail(&p, "'&', '|' or the end");
	}
	if (s == NULL)
		return -1;
	*ret = s;
	return 0;
}

static const char *
label_of(const struct host *h, const char *label)
{
	if (strcmp(label, "name") == 0)
		return h->name;
	if (strcmp(label, "address") == 0)
		return h->address;
	return pairs_get(&h->labels, label);
}

bool
selector_matches(const struct selector *s, const struct host *h)
{
	const char *value;

	switch (s->op) {
	case OP_ALL:
		return true;
	case OP_TERM:
		value = label_of(h, s->label);
		return value != NULL && text_matches(s->pattern, value);
	case OP_NOT:
		return !selector_matches(s->left, h);
	case OP_AND:
		return selector_matches(s->left, h) &&
		       selector_matches(s->right, h);
	case OP_OR:
		return selector_matches(s->left, h) ||
		       selector_matches(s->right, h);
	}
	return false;
}

void
selector_each_term(const struct selector *s,
	void (*fn)(const char *label, const char *pattern, void *arg),
	void *arg)
{
	if (s == NULL)
		return;
	if (s->op == OP_TERM)
		fn(s->label, s->pattern, arg);
	selector_each_term(s->left, fn, arg);
	selector_each_term(s->right, fn, arg);
}
