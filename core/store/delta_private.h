/* delta_private.h - what the files that make deltas share. */
#ifndef SLUICE_STORE_DELTA_PRIVATE_H
#define SLUICE_STORE_DELTA_PRIVATE_H

#include <archive.h>

#include "store/artefact_delta.h"
#include "store/artefact_private.h"

struct delta_making {
	const char *dir, *from, *to;
	const struct strings *shared;
	struct artefact_file out;
	int64_t payload_bytes; /* of `to` */
};

/* Writes into m->out. 1: done; 0: not worth it; -1: failed. */
int delta_make_files(struct delta_making *m, struct error *e);
int delta_make_patch(struct delta_making *m, struct error *e);
int delta_make_gzip(struct delta_making *m, struct error *e);

/* Clearly smaller: below 70 percent. */
bool delta_is_worth(int64_t bytes, int64_t payload_bytes);

/* Packs with gzip, without name and time, into out. */
struct packer {
	struct artefact_file *out;
	struct archive *archive; /* the caller frees it, NULL or not */
	struct error error;	 /* from inside the callbacks */
};

/* format is one of libarchive's. */
int packer_start(
	struct packer *p, int format, const char *level, struct error *e);
/* Says why; returns -1. */
int packer_failed(struct packer *p, struct error *e);

#endif
