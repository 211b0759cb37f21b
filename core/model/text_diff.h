/* text_diff.h - what differs between two small texts, as people read it. */
#ifndef SLUICE_MODEL_TEXT_DIFF_H
#define SLUICE_MODEL_TEXT_DIFF_H

#include "model/fleet.h"

/* Lines of either text that are looked at in pairs; what differs in more is
 * shown as gone and come. */
#define TEXT_DIFF_LINES 1000

/*
 * Hunks "@@ -3,4 +3,5 @@" and lines that begin with ' ', '-' or '+', with
 * three lines around what differs, as diff -u writes them; at most `most`
 * lines, then "...". Lines are printable: no control byte of a file is in
 * out. Nothing where the texts are equal.
 */
void text_diff(const char *before, size_t before_len, const char *after,
	size_t after_len, size_t most, struct strings *out);

/* No NUL and UTF-8: something that people can read. */
bool text_diff_is_text(const char *s, size_t len);

#endif
