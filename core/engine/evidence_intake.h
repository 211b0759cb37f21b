/* evidence_intake.h - files of evidence that came along with a request: read
 * in another thread, checked against the artefact, kept. */
#ifndef SLUICE_ENGINE_EVIDENCE_INTAKE_H
#define SLUICE_ENGINE_EVIDENCE_INTAKE_H

#include "engine/clients.h"
#include "engine/evidence_read.h"

struct evidence_file {
	int fd; /* the request's */
	char *data;
	size_t len;
	struct evidence evidence;
	char named_sha256[DIGEST_HEX_SIZE];
};

struct evidence_files {
	struct evidence_file *items;
	size_t count;
	int64_t now;
};

/* Takes "KIND=NAME" of the argument `evidence` and the descriptors from
 * first on. Caller finishes ret, also after -1. */
int evidence_files_init(struct request *rq, size_t first,
	struct evidence_files *ret, struct error *e);

/* Reads and understands all of them; for another thread. */
int evidence_files_read(struct evidence_files *files, struct error *e);

/* None of them says that it is about another artefact. */
int evidence_files_check(const struct evidence_files *files,
	const char *sha256, struct error *e);

/* Adds them to a release that is in the store, in the turn's transaction. */
void evidence_files_save(struct request *rq, struct evidence_files *files,
	const struct release *r);

/* One piece; data is kept too (NULL for a sign-off). what: for the ledger. */
void evidence_save(struct request *rq, struct evidence *v, const char *data,
	size_t len, const struct release *r, const char *what);

void evidence_files_finish(struct evidence_files *files);

#endif
