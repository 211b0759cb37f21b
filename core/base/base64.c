/* base64.c - base 64 by libcrypto. */
#include "base/base64.h"

#include <limits.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "base/mem.h"

unsigned char *
base64_decode(const char *text, size_t len, size_t *ret_len)
{
	unsigned char *out;
	size_t pad = 0;
	int got;

	while (pad < len && pad < 2 && text[len - 1 - pad] == '=')
		pad++;
	if (len == 0 || len % 4 != 0 || len > INT_MAX)
		return NULL;
	out = xcalloc(len / 4 + 1, 3);
	got = EVP_DecodeBlock(out, (const unsigned char *)text, (int)len);
	if (got < 0) {
		free(out);
		return NULL;
	}
	*ret_len = (size_t)got - pad;
	return out;
}
