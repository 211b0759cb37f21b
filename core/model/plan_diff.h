/* plan_diff.h - what differs between two plans, line by line. */
#ifndef SLUICE_MODEL_PLAN_DIFF_H
#define SLUICE_MODEL_PLAN_DIFF_H

#include "model/fleet.h"

/* Lines (without what they are indented by) that only one of the texts has,
 * at most `most` of each, in the order of that text. Adds to both lists. */
void plan_diff(const char *before, const char *after, size_t most,
	struct strings *removed, struct strings *added);

#endif
