/* signing_private.h - what the files of signing share. */
#ifndef SLUICE_ENGINE_SIGNING_PRIVATE_H
#define SLUICE_ENGINE_SIGNING_PRIVATE_H

#include "engine/keygen.h"
#include "engine/signing.h"

struct check;	/* of a signature that came along */
struct artefact_check;
struct recheck; /* of the signatures of a change that is to start */

struct signing {
	struct engine *en;
	struct keygen *keygen;
	struct check *checks;
	struct artefact_check *artefacts;
	struct recheck *rechecks;
};

void signing_forget_artefacts(struct signing *sg);
void signing_forget_rechecks(struct signing *sg);

#endif
