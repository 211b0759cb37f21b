/*
 * differences.h - how much two releases of a service differ, as the risk of a
 * change asks. A release never changes, so what was found once is kept; long
 * lists of files are read in slices, between which the engine serves.
 */
#ifndef SLUICE_ENGINE_DIFFERENCES_H
#define SLUICE_ENGINE_DIFFERENCES_H

#include "engine/clients.h"

struct differences; /* of the engine */

struct difference {
	int64_t files, differ;
	int64_t schema_files, settings_files; /* of those that differ */
	char *schema_file, *settings_file;    /* such as this, or NULL */
};

struct differences *differences_create(struct engine *en);
void differences_destroy(struct differences *ds);

/* Both must be known. Borrowed until the next call; NULL: they are being
 * compared. */
const struct difference *difference_find(struct engine *en,
	const char *service, const char *before, const char *after);

/* The handler of rq is called again once that is done which was not found
 * last. False: nothing is being compared. */
bool differences_wait(struct engine *en, struct request *rq);

#endif
