/*
 * artefact.h - the artefact store: immutable files by content.
 *
 * DIR/artefacts/SHA256 is what travels to hosts, DIR/artefacts/SHA256.manifest
 * its files in the format of `sha256sum -c` (relative to the release). Safe
 * to call from a worker thread: no database, no globals.
 */
#ifndef SLUICE_STORE_ARTEFACT_H
#define SLUICE_STORE_ARTEFACT_H

#include "model/release.h"

struct artefact_limits {
	int64_t bytes;	  /* unpacked, most */
	int64_t entries;  /* most */
};

struct artefact {
	struct release release; /* sha256 size_bytes files format payload_...
				   unpacked_bytes file_name; the rest empty */
	struct release_file *list;
	size_t list_count;
};

/*
 * Reads fd (a regular file, from its start) to its end: hashes, lists the
 * archive (tar plain, gz, zst, xz; anything else is a single file that is
 * called file_name on hosts), records every file's digest, packs zst and xz
 * again so that tar and gzip suffice, and puts the payload and manifest into
 * the store, durably. `shared` of the service are left out of the manifest
 * and refused where the archive has a file named as such: an archive that has
 * `shared` at its top is refused. Hostile archives are refused with
 * ERROR_HOSTILE_ARCHIVE and the entry's name: absolute names, "..", links
 * that leave the release, hard links to outside, devices, fifos, names with
 * control characters, too many entries, too many bytes, truncated data.
 * The manifest of a single file has the name that was given last; a plan has
 * its own.
 */
int artefact_ingest(const char *dir, int fd, const char *file_name,
	const struct strings *shared, const struct artefact_limits *limits,
	struct artefact *ret, struct error *e);
void artefact_finish(struct artefact *a);

/* Where a payload and its manifest are (owned); NULL if not there. */
char *artefact_path(const char *dir, const char *payload_sha256);
char *artefact_manifest_path(const char *dir, const char *payload_sha256);

/* Removes what ingests that never ended left; store_open does it. */
void artefact_sweep(const char *dir);

/* Removes a payload that was written before that time, and its manifest; 1:
 * removed, 0: it is not there or younger. What references it is not asked. */
int artefact_prune(const char *dir, const char *payload_sha256, int64_t before,
	int64_t *ret_bytes, struct error *e);
/* It was removed on purpose and has not been given again. */
bool artefact_is_pruned(const char *dir, const char *payload_sha256);

/* A small file of a payload, by its path in the release. */
struct artefact_text {
	char *path; /* the caller's */
	char *data; /* owned by the caller, NULL: not there or too large */
	size_t len;
};
/* Fills data and len of those that are regular files of at most `most` bytes.
 * Reads the payload up to the last of them. */
int artefact_read_texts(const char *dir, const struct release *r,
	struct artefact_text *list, size_t count, size_t most,
	struct error *e);

/* Reads the payload again: size and digest agree; or it was pruned. */
int artefact_verify(
	const char *dir, const char *payload_sha256, struct error *e);

#endif
