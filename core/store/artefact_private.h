/* artefact_private.h - what the files of the artefact store share. */
#ifndef SLUICE_STORE_ARTEFACT_PRIVATE_H
#define SLUICE_STORE_ARTEFACT_PRIVATE_H

#include <sys/types.h>

#include "base/base.h"
#include "base/digest.h"
#include "store/artefact.h"

/* ---- artefact_file.c: files that appear whole or not at all ---- */

struct artefact_file {
	int fd;
	char *dir;	/* DIR/artefacts */
	char *tmp_path; /* NULL: it has no name yet */
	struct digest *digest;
	int64_t size_bytes;
};

int artefact_file_open(
	struct artefact_file *f, const char *dir, struct error *e);
/* The same in a directory of its own, which is made. */
int artefact_file_open_in(
	struct artefact_file *f, const char *dir, struct error *e);
int artefact_file_write(struct artefact_file *f, const void *data, size_t len,
	struct error *e);
/* Empties it again. */
int artefact_file_rewind(struct artefact_file *f, struct error *e);
/* Makes it durable under the name of its digest. */
int artefact_file_publish(struct artefact_file *f,
	char ret_sha256[DIGEST_HEX_SIZE], struct error *e);
/* Makes it durable under that name, in the directory it was opened in. */
int artefact_file_publish_as(
	struct artefact_file *f, const char *path, struct error *e);
void artefact_file_close(struct artefact_file *f);

/* ---- artefact_stream.c: the bytes given, as a plain tar ---- */

enum packing { PACKING_NONE, PACKING_GZIP, PACKING_XZ, PACKING_ZSTD };

enum packing artefact_packing(const unsigned char *head, size_t len);

struct artefact_stream;

/*
 * Reads fd from its start. What was given is hashed, and written to payload
 * unless it has to be packed again; then the tar is packed into payload.
 */
struct artefact_stream *artefact_stream_open(int fd, enum packing packing,
	struct artefact_file *payload, int64_t most_bytes, struct error *e);
/* The next bytes, borrowed until the next call; 0: the end; -1: failed. */
ssize_t artefact_stream_next(
	struct artefact_stream *s, const void **ret_data, struct error *e);
/* Reads what is left, ends the packing; the digest of the bytes given. */
int artefact_stream_finish(struct artefact_stream *s,
	char ret_sha256[DIGEST_HEX_SIZE], int64_t *ret_size_bytes,
	struct error *e);
int64_t artefact_stream_length(const struct artefact_stream *s);
/* Place behind the last byte that is not zero. */
int64_t artefact_stream_content(const struct artefact_stream *s);
void artefact_stream_close(struct artefact_stream *s);

/* ---- artefact_entries.c: names, links, what is there twice ---- */

struct artefact_entries;

struct artefact_entries *artefact_entries_create(void);
void artefact_entries_destroy(struct artefact_entries *all);
size_t artefact_entries_count(const struct artefact_entries *all);

/* A name of an archive as a clean relative path (owned); "" is the release
 * itself. Hostile ones are refused. */
int artefact_entry_path(const char *name, char **ret, struct error *e);

/* Takes f's strings. A later entry replaces an earlier one of that path. */
int artefact_entries_add(struct artefact_entries *all, struct release_file *f,
	struct error *e);
/* NULL: there is none. Borrowed until the next add. */
const struct release_file *artefact_entries_find(
	const struct artefact_entries *all, const char *path);
/* The target of a symbolic link stays inside. */
int artefact_link_check(
	const char *path, const char *target, struct error *e);
/* Nothing lies behind a link or a file; nothing is called `shared`. */
int artefact_entries_check(
	const struct artefact_entries *all, struct error *e);
/* The list in the order of the archive; taken from all. */
void artefact_entries_take(struct artefact_entries *all,
	struct release_file **ret_list, size_t *ret_count);

/* Refuses with the name made printable. Returns -1. */
int artefact_refuse(struct error *e, const char *name, const char *why);

/* ---- artefact.c ---- */

/* A path of the release that is, or is below, one of shared (NULL: none). */
bool artefact_is_shared(const struct strings *shared, const char *path);

/* ---- artefact_scan.c ---- */

/* Lists the tar that s gives. 1: done; 0: it is no tar; -1: refused. */
int artefact_scan(struct artefact_stream *s,
	const struct artefact_limits *limits, struct artefact_entries *all,
	int64_t *ret_unpacked_bytes, struct error *e);

#endif
