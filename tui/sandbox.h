/* sandbox.h - files made from embedded templates: "@DIR@" is the directory
 * they speak of. */
#ifndef SLUICE_TUI_SANDBOX_H
#define SLUICE_TUI_SANDBOX_H

#include <sys/types.h>

#include "base/base.h"

/*
 * Writes the lines to path with dir in place of "@DIR@". Refuses a dir whose
 * name a configuration cannot hold as it is: quotes, backslashes, braces,
 * brackets, control bytes.
 */
int sandbox_write(const char *path, const char *const *lines, size_t count,
	const char *dir, mode_t mode, struct error *e);

/* Removes what a demo makes in dir and nothing else; dir too when it is empty
 * then, and says so. */
void sandbox_remove(const char *dir);

#endif
