/* fuzz_artefact.h - the target, for replay_artefact.c. */
#ifndef SLUICE_TESTS_FUZZ_ARTEFACT_H
#define SLUICE_TESTS_FUZZ_ARTEFACT_H

#include "tests/fuzz/fuzz.h"

/* Inputs that were taken as artefacts, and refused. */
extern int fuzz_taken, fuzz_refused;

/* Ingests data as a file of that name into the store below dir; traps where
 * something that must hold does not. */
void fuzz_artefact(
	const char *dir, const char *name, const void *data, size_t len);

#endif
