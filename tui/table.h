/*
 * table.h - JSON objects as text for people: lists as aligned columns, one
 * object as aligned fields. What a column shows and how is a const table.
 */
#ifndef SLUICE_TUI_TABLE_H
#define SLUICE_TUI_TABLE_H

#include <jansson.h>
#include <stdio.h>

#include "base/base.h"

enum column_format {
	COLUMN_TEXT,
	COLUMN_STATE,   /* a word that has a colour */
	COLUMN_TIME,    /* RFC 3339 to "2026-11-23 14:05Z" */
	COLUMN_COUNT,   /* a number, to the right */
	COLUMN_SIZE,    /* bytes in words */
	COLUMN_SECONDS, /* a duration in words */
	COLUMN_DIGEST,  /* the first 12 digits; all of them in fields */
	COLUMN_LIST,    /* strings with blanks between */
	COLUMN_BOOL,    /* "yes", or nothing */
	COLUMN_FORMAT_COUNT
};

struct column {
	const char *head;
	const char *key;
	enum column_format format;
	/* Writes the cell itself; the key is not used then. */
	void (*make)(struct strbuf *out, const json_t *o);
};

/* What the output is: where it goes decides, and NO_COLOR. */
struct look {
	bool color;
	int width; /* columns of the terminal, 0: no terminal */
};

/* The zone in which people read times from now on; UTC before. */
void table_set_zone(const char *zone);

/* A time of JSON as people read it, with its zone: "2026-11-23 14:05:07Z", or
 * "2026-11-23 15:05:07 CET". */
void time_text(struct strbuf *out, const char *s);

/*
 * One header line and a line for each object of rows (an array). On a terminal
 * no line is wider than it and nothing of a text is lost: empty columns are
 * left out, times shortened, digests too or left out, and the last columns wrap
 * or go below their row.
 */
void table_print(FILE *out, const struct look *look,
	const struct column *columns, size_t count, const json_t *rows);

/* A line for each column that o has a value for; longer texts go on below. */
void fields_print(FILE *out, const struct look *look,
	const struct column *columns, size_t count, const json_t *o);

/* What one cell says, without colour; nothing where there is no value. */
void column_text(
	struct strbuf *out, const struct column *column, const json_t *o);

/* Any object as indented lines "key: value", for answers without a view. */
void object_print(FILE *out, const json_t *o);

/* The SGR parameters of a state's colour, "" for none. */
const char *state_color(const char *state);

#endif
