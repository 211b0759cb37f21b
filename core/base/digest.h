/* digest.h - SHA-256 (FIPS 180-4) by libcrypto. */
#ifndef SLUICE_BASE_DIGEST_H
#define SLUICE_BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#define DIGEST_SIZE 32
#define DIGEST_HEX_SIZE 65 /* 64 lower-case digits and a NUL */

struct digest; /* one running computation */

struct digest *digest_create(void);
void digest_add(struct digest *d, const void *data, size_t len);

/* Writes the digest and frees d. */
void digest_finish_hex(struct digest *d, char hex[DIGEST_HEX_SIZE]);
void digest_destroy(struct digest *d);

/* The digest of one piece. */
void digest_hex(const void *data, size_t len, char hex[DIGEST_HEX_SIZE]);

/* 64 lower-case hexadecimal digits and nothing else. */
bool digest_is_hex(const char *s);

#endif
