/*
 * fuzz.h - one target, two ways to run it.
 *
 * In `make check` replay.c feeds a target every file of its corpus
 * (tests/fuzz/NAME/) and some hundred alterations of each, the same ones
 * every time. `make fuzz` builds it with clang for libFuzzer; see run.
 */
#ifndef SLUICE_TESTS_FUZZ_H
#define SLUICE_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* The directory of the corpus below tests/fuzz. */
extern const char fuzz_corpus[];

/* Aborts where something that must hold does not. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                        \
	do {                                                                   \
		if (!(condition))                                              \
			fuzz_broken(#condition, __FILE__, __LINE__);           \
	} while (0)

static inline void
fuzz_broken(const char *condition, const char *file, int line)
{
	(void)condition;
	(void)file;
	(void)line;
	__builtin_trap();
}

#endif
