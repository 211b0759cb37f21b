/*
 * sk_sign.c - a security key in software, for tests: what a device of FIDO
 * does when ssh-keygen -Y sign asks it (PROTOCOL.u2f, PROTOCOL.sshsig).
 *
 * sk_sign NAME			prints the public key of the device NAME
 * sk_sign NAME NAMESPACE FLAGS	signs standard input; FLAGS 1: it was touched
 */
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

#define TYPE "sk-ssh-ed25519@openssh.com"
#define APPLICATION "ssh:"

static void
add_u32(struct strbuf *out, uint32_t n)
{
	strbuf_addc(out, (char)(n >> 24));
	strbuf_addc(out, (char)(n >> 16));
	strbuf_addc(out, (char)(n >> 8));
	strbuf_addc(out, (char)n);
}

static void
add_field(struct strbuf *out, const void *data, size_t len)
{
	add_u32(out, (uint32_t)len);
	strbuf_add(out, data, len);
}

static void
add_text(struct strbuf *out, const char *s)
{
	add_field(out, s, strlen(s));
}

static void
print_base64(const struct strbuf *bytes, int width)
{
	unsigned char *text = xcalloc(bytes->len / 3 + 2, 4);
	int len = EVP_EncodeBlock(text, (const unsigned char *)bytes->buf,
		(int)bytes->len);
	int i;

	for (i = 0; i < len; i += width)
		printf("%.*s\n", width < len - i ? width : len - i, text + i);
	free(text);
}

static EVP_PKEY *
device(const char *name, struct strbuf *key)
{
	unsigned char seed[SHA256_DIGEST_LENGTH], public[32];
	size_t len = sizeof(public);
	EVP_PKEY *pkey;

	SHA256((const unsigned char *)name, strlen(name), seed);
	pkey = EVP_PKEY_new_raw_private_key(
		EVP_PKEY_ED25519, NULL, seed, sizeof(seed));
	if (pkey == NULL ||
		EVP_PKEY_get_raw_public_key(pkey, public, &len) != 1)
		abort();
	add_text(key, TYPE);
	add_field(key, public, len);
	add_text(key, APPLICATION);
	return pkey;
}

/* What the signature is over: sshsig's blob, and inside the device more. */
static void
challenge(const char *namespace, unsigned char flags, struct strbuf *out)
{
	unsigned char hash[SHA512_DIGEST_LENGTH];
	struct strbuf message, blob;
	int c;

	strbuf_init(&message);
	strbuf_init(&blob);
	while ((c = getchar()) != EOF)
		strbuf_addc(&message, (char)c);
	SHA512((unsigned char *)message.buf, message.len, hash);
	strbuf_add(&blob, "SSHSIG", 6);
	add_text(&blob, namespace);
	add_text(&blob, "");
	add_text(&blob, "sha512");
	add_field(&blob, hash, sizeof(hash));
	SHA256((const unsigned char *)APPLICATION, strlen(APPLICATION), hash);
	strbuf_add(out, hash, SHA256_DIGEST_LENGTH);
	strbuf_addc(out, (char)flags);
	add_u32(out, 7);
	SHA256((unsigned char *)blob.buf, blob.len, hash);
	strbuf_add(out, hash, SHA256_DIGEST_LENGTH);
	strbuf_finish(&message);
	strbuf_finish(&blob);
}

static void
sign(EVP_PKEY *pkey, const struct strbuf *key, const char *namespace,
	unsigned char flags)
{
	struct strbuf data, inner, out;
	unsigned char signature[64];
	size_t len = sizeof(signature);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	strbuf_init(&data);
	strbuf_init(&inner);
	strbuf_init(&out);
	challenge(namespace, flags, &data);
	if (EVP_DigestSignInit(ctx, NULL, NULL, NULL, pkey) != 1 ||
		EVP_DigestSign(ctx, signature, &len,
			(unsigned char *)data.buf, data.len) != 1)
		abort();
	add_text(&inner, TYPE);
	add_field(&inner, signature, len);
	strbuf_addc(&inner, (char)flags);
	add_u32(&inner, 7);
	strbuf_add(&out, "SSHSIG", 6);
	add_u32(&out, 1);
	add_field(&out, key->buf, key->len);
	add_text(&out, namespace);
	add_text(&out, "");
	add_text(&out, "sha512");
	add_field(&out, inner.buf, inner.len);
	puts("-----BEGIN SSH SIGNATURE-----");
	print_base64(&out, 70);
	puts("-----END SSH SIGNATURE-----");
	EVP_MD_CTX_free(ctx);
	strbuf_finish(&data);
	strbuf_finish(&inner);
	strbuf_finish(&out);
}

int
main(int argc, char **argv)
{
	struct strbuf key;
	EVP_PKEY *pkey;

	if (argc != 2 && argc != 4)
		return 2;
	strbuf_init(&key);
	pkey = device(argv[1], &key);
	if (argc == 4) {
		sign(pkey, &key, argv[2], (unsigned char)atoi(argv[3]));
	} else {
		printf("%s ", TYPE);
		print_base64(&key, 1 << 20);
	}
	EVP_PKEY_free(pkey);
	strbuf_finish(&key);
	return 0;
}
