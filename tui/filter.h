/*
 * filter.h - what a person types behind '/':
 *
 *	word "two words" !word	anywhere in a row; case does not matter
 *	/re/			an extended regular expression (regex(7))
 *	key:value		in one field; key:=value is exactly that
 *	key:>n key:<2h key:>=n	numbers; times as how long ago, sla: and start:
 *				as how long until then
 *	a | b			either
 *	mine open drift freeze	what a row is, where rows of that kind can be
 *
 * Keys are those of the rows' fields (world_types.c) and the names of labels.
 */
#ifndef SLUICE_TUI_FILTER_H
#define SLUICE_TUI_FILTER_H

#include <regex.h>

#include "tui/record.h"

#define FILTER_TERMS_MAX 16

enum filter_compare {
	COMPARE_CONTAINS,
	COMPARE_IS,
	COMPARE_LESS,
	COMPARE_AT_MOST,
	COMPARE_MORE,
	COMPARE_AT_LEAST
};

struct filter_term {
	char key[16];  /* "" = all fields */
	char text[64]; /* lower case */
	enum filter_compare compare;
	double number; /* times and durations in seconds */
	regex_t *re;   /* owned; NULL: the text */
	bool is_flag;  /* a word that says what a row is */
	bool negated;
	bool starts_alternative; /* the first behind a '|' */
};

struct filter {
	struct filter_term terms[FILTER_TERMS_MAX];
	size_t count;
	int64_t now;   /* unix seconds; who filters sets it */
	char user[64]; /* who is meant by "mine" */
};

/* Fails with the word that is not understood; *f is then unchanged. */
int filter_parse(struct filter *f, const char *text,
	const struct record_type *type, struct error *e);

/* Empties it. */
void filter_finish(struct filter *f);

/* An empty filter matches everything. */
bool filter_matches(const struct filter *f, const struct record *r,
	const struct record_type *type);

/* The same for one line of text, which has no keys. */
bool filter_matches_text(const struct filter *f, const char *text);

#endif
