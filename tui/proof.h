/*
 * proof.h - what audit.export sends, as a directory: the engine writes pieces
 * of files to a nameless one; the files are made here, by names that are
 * looked at, in a directory that has its name only once all of it is there.
 */
#ifndef SLUICE_TUI_PROOF_H
#define SLUICE_TUI_PROOF_H

#include "base/base.h"

struct proof;

/* Where it will be; an empty directory of that name is replaced, and no other
 * thing. NULL and *e, with nothing left behind. */
struct proof *proof_begin(const char *dir, struct error *e);

/* The descriptor that goes along with audit.export; the proof's. */
int proof_fd(const struct proof *p);

/* Where it will be, absolute; the proof's. */
const char *proof_dir(const struct proof *p);

/* The engine has written everything: makes the files and their sums. */
int proof_end(struct proof *p, struct error *e);

/* Whatever has not come to an end is removed. NULL does nothing. */
void proof_destroy(struct proof *p);

#endif
