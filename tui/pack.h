/*
 * pack.h - a directory as one normalised tar: names sorted, owner 0, no
 * times, modes kept. The same tree gives the same bytes, whoever packs it
 * and wherever.
 */
#ifndef SLUICE_TUI_PACK_H
#define SLUICE_TUI_PACK_H

#include "base/base.h"

/*
 * Writes the tar to a file without a name and returns its descriptor (owned,
 * at offset 0), or -1. Refuses what is neither file, directory nor symbolic
 * link, names that are not UTF-8, and files that change meanwhile.
 */
int pack_directory(const char *path, struct error *e);

#endif
