/*
 * plan_line.h - one line of a plan's text, word by word; for plan_parse.c.
 * The first thing that is not as expected makes the line bad for good, so
 * that a handler reads straight on and its caller asks once.
 */
#ifndef SLUICE_MODEL_PLAN_LINE_H
#define SLUICE_MODEL_PLAN_LINE_H

#include "base/base.h"
#include "base/digest.h"

#define LINE_WORDS_MAX 24

struct line {
	char *words[LINE_WORDS_MAX];
	size_t count, at;
	int indent;
	bool is_bad;
};

/* Cuts the bytes from s to end into words and undoes their quotes. False:
 * they are no line. Either way line_finish frees what was read. */
bool line_read(struct line *l, const char *s, const char *end);
void line_finish(struct line *l);

/* The next word (borrowed), "" where there is none. */
const char *line_text(struct line *l);

/* The next word must be key. */
void line_key(struct line *l, const char *key);

/* A copy of the next word into *slot, whose old value is freed. */
void line_copy(struct line *l, char **slot);

/* "KEY WORD" if the next word is KEY, else nothing. */
void line_optional(struct line *l, const char *key, char **slot);

/* 0..most. */
int64_t line_number(struct line *l, int64_t most);
int line_int(struct line *l);

/* A finite number from 0. */
double line_real(struct line *l);

/* "yes" or "no". */
bool line_yes(struct line *l);

/* The value of an enum by its parse function; 0 where the word is bad. */
int line_name(struct line *l, int (*parse)(const char *));

/* A SHA-256, or the empty word. */
void line_digest(struct line *l, char out[DIGEST_HEX_SIZE]);

#endif
