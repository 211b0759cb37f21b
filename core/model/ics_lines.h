/*
 * ics_lines.h - content lines of iCalendar, unfolded, with the number of the
 * line that each begins at. Private to ics_read.c.
 */
#ifndef SLUICE_MODEL_ICS_LINES_H
#define SLUICE_MODEL_ICS_LINES_H

#include "base/base.h"

struct ics_lines {
	const char *at, *end;
	int number;	    /* lines read so far */
	struct strbuf text; /* the line; what follows points into it */
	int at_line;	    /* its number */
	char *name, *params, *value;
};

/* text is borrowed. The caller finishes r->text. */
void ics_lines_init(struct ics_lines *r, const char *text, size_t len);

/* 1, 0 at the end, -1. */
int ics_next(struct ics_lines *r, struct error *e);

/* The value of a parameter (owned), without quotes; NULL: it is not there. */
char *ics_param(const char *params, const char *name);

/* A TEXT without its escapes, cut to so many bytes and safe to show; owned. */
char *ics_text(const char *value, size_t most);

/* "line N: ..."; always -1. */
int ics_refuse(const struct ics_lines *r, struct error *e, const char *fmt,
	...) __attribute__((format(printf, 3, 4)));

#endif
