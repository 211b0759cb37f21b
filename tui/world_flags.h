/* world_flags.h - words that say what a row is, for filters: mine, open,
 * live, drift, freeze. */
#ifndef SLUICE_TUI_WORLD_FLAGS_H
#define SLUICE_TUI_WORLD_FLAGS_H

#include "tui/record.h"

/* Whether rows of this kind can be what the word says. */
bool world_has_flag(const struct record_type *type, const char *word);

/* Whether this one is. user: who is meant by "mine". */
bool world_flag(const struct record_type *type, const struct record *r,
	const char *word, const char *user);

#endif
