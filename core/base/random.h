/* random.h - randomness from the kernel. */
#ifndef SLUICE_BASE_RANDOM_H
#define SLUICE_BASE_RANDOM_H

#include <stddef.h>

#define UUID_TEXT_SIZE 37

/* Fills buf; aborts if the kernel gives none, since nothing safe is left. */
void random_bytes(void *buf, size_t len);

/* Writes 2 * len hexadecimal digits and a NUL. */
void random_hex(char *out, size_t len);

/* A version 4 UUID (RFC 9562) as text. */
void random_uuid(char out[UUID_TEXT_SIZE]);

#endif
