/*
 * filter.h - what a person types behind '/': words, !words, "two words",
 * key:value, and '|' between alternatives. Case does not matter.
 */
#ifndef SLUICE_TUI_FILTER_H
#define SLUICE_TUI_FILTER_H

#include "tui/record.h"

#define FILTER_TERMS_MAX 16

struct filter_term {
	char key[16];  /* "" = all fields */
	char text[64]; /* lower case */
	bool negated;
	bool starts_alternative; /* the first behind a '|' */
};

struct filter {
	struct filter_term terms[FILTER_TERMS_MAX];
	size_t count;
};

/* Fails with the word that is not understood; *f is then unchanged. */
int filter_parse(struct filter *f, const char *text,
	const struct record_type *type, struct error *e);

/* An empty filter matches everything. */
bool filter_matches(const struct filter *f, const struct record *r,
	const struct record_type *type);

/* The same for one line of text, which has no keys. */
bool filter_matches_text(const struct filter *f, const char *text);

#endif
