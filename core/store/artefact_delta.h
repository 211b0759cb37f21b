/*
 * artefact_delta.h - what may travel instead of a payload: less of it.
 *
 * Made once and kept as DIR/deltas/KEY, whose name says of what and in which
 * way it was made. Safe to call from a worker thread.
 *
 *	files  for a host that has another release of which the manifest is
 *	       known: a tar.gz of
 *	         drop       lines of the base's manifest that the new one lacks
 *	         lines      lines of the new one that the base's lacks
 *	         digest     "SHA256 OCTAL": of the new manifest, sorted, and the
 *	                    mode of files that are copied from the base ...
 *	         mode/OCTAL ... but for these: paths that end in a NUL
 *	         tree/      all directories, links and hard linked files, and
 *	                    the files that the base has not
 *	patch  zstd --patch-from, of one single file against another
 *	gzip   the payload, packed
 */
#ifndef SLUICE_STORE_ARTEFACT_DELTA_H
#define SLUICE_STORE_ARTEFACT_DELTA_H

#include "store/artefact.h"

enum delta_kind { DELTA_FILES, DELTA_PATCH, DELTA_GZIP, DELTA_KIND_COUNT };

const char *delta_kind_name(enum delta_kind k); /* "files" */

struct delta {
	char *path;
	int64_t size_bytes;
	char sha256[DIGEST_HEX_SIZE];
};

void delta_finish(struct delta *d);

/*
 * Finds or makes what brings a host to the payload `to` from `from` (not of
 * DELTA_GZIP: NULL), whose paths in `shared` are links. 1: it is in *ret; 0:
 * it would not be clearly smaller; -1: failed.
 */
int delta_get(const char *dir, enum delta_kind kind, const char *from,
	const char *to, const struct strings *shared, struct delta *ret,
	struct error *e);

#define DELTA_KEPT_DAYS 14

/* Removes what nobody asked for in so many days, and remains of crashes. */
void delta_sweep(const char *dir, int days);

#endif
