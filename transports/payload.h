/* payload.h - files of the store in memory, mapped once however many hosts
 * they go to. */
#ifndef SLUICE_PAYLOAD_H
#define SLUICE_PAYLOAD_H

#include <stdint.h>

#include "base/base.h"

struct payload {
	const char *data; /* size_bytes of them; "" where it is empty */
	uint64_t size_bytes;
};

/* Maps path, which must hold exactly size_bytes, or takes one more reference
 * to what is mapped. Borrowed; give it back with payload_put. NULL on
 * failure. */
struct payload *payload_get(
	const char *path, uint64_t size_bytes, struct error *e);

/*
 * A manifest (lines "SHA256  PATH") without the lines of paths that are, or
 * are below, one of shared, which links on the host take the place of.
 */
struct payload *payload_get_manifest(const char *path, uint64_t size_bytes,
	const char *const *shared, size_t shared_count, struct error *e);

void payload_put(struct payload *p);

#endif
