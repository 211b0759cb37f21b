/* base64.h - base 64 (RFC 4648 section 4) by libcrypto. */
#ifndef SLUICE_BASE_BASE64_H
#define SLUICE_BASE_BASE64_H

#include <stddef.h>

/* The bytes of len characters (owned); NULL where they are no base 64. */
unsigned char *base64_decode(const char *text, size_t len, size_t *ret_len);

#endif
