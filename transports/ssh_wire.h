/* ssh_wire.h - numbers and strings as the SSH protocols write them (RFC 4251
 * section 5). */
#ifndef SLUICE_SSH_WIRE_H
#define SLUICE_SSH_WIRE_H

#include <stdint.h>

#include "base/base.h"

/* A reader of bytes that may be too few; then `bad` is set and all further
 * values are empty. */
struct ssh_reader {
	const unsigned char *at;
	size_t left;
	bool bad;
};

uint32_t ssh_read_u32(struct ssh_reader *r);
const unsigned char *ssh_read_string(struct ssh_reader *r, size_t *ret_len);

/* The same as a new NUL-terminated string (owned). */
char *ssh_read_text(struct ssh_reader *r);

void ssh_add_u32(struct strbuf *out, uint32_t n);
void ssh_add_string(struct strbuf *out, const void *data, size_t len);

/* A number that is not negative, from its big-endian bytes. */
void ssh_add_mpint(struct strbuf *out, const unsigned char *data, size_t len);

#endif
