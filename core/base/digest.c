/* digest.c - SHA-256 by libcrypto. */
#include "base/digest.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct digest {
	EVP_MD_CTX *context;
};

static void
must(int ok)
{
	if (ok != 1)
		abort();
}

/* Looked up once: each look-up takes locks of the library. */
static EVP_MD *sha256;
static pthread_once_t sha256_once = PTHREAD_ONCE_INIT;

static void
fetch_sha256(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	must(sha256 != NULL);
}

struct digest *
digest_create(void)
{
	struct digest *d = xcalloc(1, sizeof(*d));

	pthread_once(&sha256_once, fetch_sha256);
	d->context = EVP_MD_CTX_new();
	must(d->context != NULL);
	must(EVP_DigestInit_ex(d->context, sha256, NULL));
	return d;
}

void
digest_add(struct digest *d, const void *data, size_t len)
{
	must(EVP_DigestUpdate(d->context, data, len));
}

void
digest_finish_hex(struct digest *d, char hex[DIGEST_HEX_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char sum[DIGEST_SIZE];
	size_t i;

	must(EVP_DigestFinal_ex(d->context, sum, NULL));
	for (i = 0; i < sizeof(sum); i++) {
		hex[2 * i] = digits[sum[i] >> 4];
		hex[2 * i + 1] = digits[sum[i] & 15];
	}
	hex[2 * sizeof(sum)] = '\0';
	digest_destroy(d);
}

void
digest_destroy(struct digest *d)
{
	if (d == NULL)
		return;
	EVP_MD_CTX_free(d->context);
	free(d);
}

void
digest_hex(const void *data, size_t len, char hex[DIGEST_HEX_SIZE])
{
	struct digest *d = digest_create();

	digest_add(d, data, len);
	digest_finish_hex(d, hex);
}

bool
digest_is_hex(const char *s)
{
	return strlen(s) == 64 && strspn(s, "0123456789abcdef") == 64;
}
