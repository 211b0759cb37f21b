/*
 * canned.h - answers of an engine from a file, for tests of the console.
 *
 * The file is JSON: {"hello": {...}, "world": {snapshot}, "METHOD": answer,
 * "fleets": {"R-57": {"count", "prefix", "waves": [sizes], "done", "busy",
 * "failed": [indexes], "unreachable": [indexes]}}, "logs": {"R-57": [lines]},
 * "steps": [...]}. A fleet stands for so many hosts of a rollout.
 */
#ifndef SLUICE_TESTS_CANNED_H
#define SLUICE_TESTS_CANNED_H

#include <jansson.h>
#include <stddef.h>

/* The answer to one request, or NULL where the file has none (owned). */
json_t *canned_answer(
	const json_t *file, const char *method, const json_t *params);

/* One host of a fleet as it is when so many are done (owned). */
json_t *canned_host(const json_t *fleet, size_t index, size_t done);

#endif
