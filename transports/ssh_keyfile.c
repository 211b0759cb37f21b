/* ssh_keyfile.c - private keys in files. */
#include "transports/ssh_keyfile.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "transports/ssh_wire.h"

#define FILE_MAX_BYTES (64 * 1024)
#define MAGIC "openssh-key-v1"
#define ED25519_BYTES 32
#define POINT_MAX_BYTES 256

static const struct curve {
	const char *type, *name, *group, *digest;
} curves[] = {
	{"ecdsa-sha2-nistp256", "nistp256", "prime256v1", "SHA256"},
	{"ecdsa-sha2-nistp384", "nistp384", "secp384r1", "SHA384"},
	{"ecdsa-sha2-nistp521", "nistp521", "secp521r1", "SHA512"},
};

static const struct curve *
curve_find(const char *type)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(curves); i++)
		if (strcmp(curves[i].type, type) == 0 ||
			strcmp(curves[i].group, type) == 0)
			return &curves[i];
	return NULL;
}

void
ssh_keyfile_free(void *private)
{
	EVP_PKEY_free(private);
}

static EVP_PKEY *
make_ecdsa(const struct curve *curve, const unsigned char *point,
	size_t point_len, const unsigned char *secret, size_t secret_len)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	BIGNUM *d = BN_secure_new();
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;

	if (build == NULL || ctx == NULL || d == NULL ||
		BN_bin2bn(secret, (int)secret_len, d) == NULL ||
		!OSSL_PARAM_BLD_push_utf8_string(build,
			OSSL_PKEY_PARAM_GROUP_NAME, curve->group, 0) ||
		!OSSL_PARAM_BLD_push_octet_string(
			build, OSSL_PKEY_PARAM_PUB_KEY, point, point_len) ||
		!OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, d))
		goto out;
	params = OSSL_PARAM_BLD_to_param(build);
	if (params == NULL || EVP_PKEY_fromdata_init(ctx) <= 0 ||
		EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) <= 0)
		key = NULL;
out:
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	BN_clear_free(d);
	return key;
}

/* The part of the file that a passphrase would hide. */
static EVP_PKEY *
read_secret(const unsigned char *data, size_t len)
{
	struct ssh_reader r = {data, len, false};
	uint32_t check = ssh_read_u32(&r);
	const unsigned char *point, *secret;
	const struct curve *curve;
	size_t point_len, secret_len;
	char *type, *name;
	EVP_PKEY *key = NULL;

	if (ssh_read_u32(&r) != check)
		return NULL;
	type = ssh_read_text(&r);
	curve = curve_find(type);
	if (curve != NULL) {
		name = ssh_read_text(&r);
		free(name);
	}
	point = ssh_read_string(&r, &point_len);
	secret = ssh_read_string(&r, &secret_len);
	if (!r.bad && curve != NULL)
		key = make_ecdsa(curve, point, point_len, secret, secret_len);
	else if (!r.bad && strcmp(type, "ssh-ed25519") == 0 &&
		secret_len == 2 * ED25519_BYTES)
		key = EVP_PKEY_new_raw_private_key(
			EVP_PKEY_ED25519, NULL, secret, ED25519_BYTES);
	free(type);
	return key;
}

static EVP_PKEY *
read_openssh(const char *path, const unsigned char *data, size_t len,
	struct error *e)
{
	struct ssh_reader r = {data + sizeof(MAGIC), len - sizeof(MAGIC),
		false};
	char *cipher = ssh_read_text(&r), *kdf = ssh_read_text(&r);
	bool is_open = strcmp(cipher, "none") == 0;
	const unsigned char *secret;
	EVP_PKEY *key = NULL;
	size_t n;

	ssh_read_string(&r, &n); /* options of the kdf */
	ssh_read_u32(&r);        /* how many keys */
	ssh_read_string(&r, &n); /* public key */
	secret = ssh_read_string(&r, &n);
	free(cipher);
	free(kdf);
	if (!r.bad && !is_open) {
		error_set(e, ERROR_NO_KEY, "the key '%s' has a passphrase",
			path);
		error_hint(e, "add it to the ssh agent");
		return NULL;
	}
	if (!r.bad)
		key = read_secret(secret, n);
	if (key == NULL)
		error_set(e, ERROR_NOT_BUILT,
			"the key '%s' is neither ed25519 nor ecdsa", path);
	return key;
}

static int
no_passphrase(char *buf, int size, int rwflag, void *arg)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)arg;
	return -1;
}

static EVP_PKEY *
parse(const char *path, const char *text, size_t len, struct error *e)
{
	BIO *bio = BIO_new_mem_buf(text, (int)len);
	char *name = NULL, *header = NULL;
	unsigned char *data = NULL;
	EVP_PKEY *key = NULL;
	long n = 0;

	if (PEM_read_bio(bio, &name, &header, &data, &n) == 1 &&
		strcmp(name, "OPENSSH PRIVATE KEY") == 0 &&
		(size_t)n > sizeof(MAGIC) &&
		memcmp(data, MAGIC, sizeof(MAGIC)) == 0) {
		key = read_openssh(path, data, (size_t)n, e);
	} else if (BIO_reset(bio) >= 0) {
		key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
		if (key == NULL)
			error_set(e, ERROR_NO_KEY,
				"'%s' is not a private key that can be used",
				path);
	}
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_clear_free(data, (size_t)n);
	BIO_free(bio);
	return key;
}

static void
take_blob(struct ssh_key *key, struct strbuf *blob)
{
	key->blob_len = blob->len;
	key->blob = (unsigned char *)strbuf_detach(blob);
	strbuf_finish(blob);
}

/* Fills in what hosts see of it. */
static int
describe(EVP_PKEY *private, struct ssh_key *key)
{
	unsigned char point[POINT_MAX_BYTES];
	const struct curve *curve;
	struct strbuf blob;
	char group[64];
	size_t len = sizeof(point);

	if (EVP_PKEY_get_id(private) == EVP_PKEY_ED25519) {
		if (EVP_PKEY_get_raw_public_key(private, point, &len) != 1)
			return -1;
		key->type = xstrdup("ssh-ed25519");
		strbuf_init(&blob);
		ssh_add_string(&blob, key->type, strlen(key->type));
		ssh_add_string(&blob, point, len);
		take_blob(key, &blob);
		return 0;
	}
	if (EVP_PKEY_get_utf8_string_param(private,
		    OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof(group),
		    NULL) != 1 ||
		(curve = curve_find(group)) == NULL ||
		EVP_PKEY_get_octet_string_param(private,
			OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point,
			sizeof(point), &len) != 1)
		return -1;
	key->type = xstrdup(curve->type);
	strbuf_init(&blob);
	ssh_add_string(&blob, curve->type, strlen(curve->type));
	ssh_add_string(&blob, curve->name, strlen(curve->name));
	ssh_add_string(&blob, point, len);
	take_blob(key, &blob);
	return 0;
}

static int
read_text(const char *path, char **ret_text, size_t *ret_len, struct error *e)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return error_set(e, ERROR_NO_KEY, "the key '%s' is missing",
			path);
	if (st.st_uid == geteuid() && (st.st_mode & 077) != 0) {
		error_set(e, ERROR_NO_KEY,
			"the key '%s' may be read by others", path);
		return error_hint(e, "chmod 600 '%s'", path);
	}
	if (file_read(path, FILE_MAX_BYTES, ret_text, ret_len, e) < 0) {
		if (e != NULL)
			e->code = ERROR_NO_KEY;
		return -1;
	}
	return 0;
}

int
ssh_keyfile_read(const char *path, struct ssh_key *ret_key, struct error *e)
{
	char *full = path_expand_home(path), *text = NULL;
	struct ssh_key key = {0};
	size_t len = 0;
	int result = -1;

	if (read_text(full, &text, &len, e) < 0)
		goto out;
	key.private = parse(full, text, len, e);
	if (key.private == NULL)
		goto out;
	if (describe(key.private, &key) < 0) {
		error_set(e, ERROR_NOT_BUILT,
			"the key '%s' is neither ed25519 nor ecdsa", full);
		EVP_PKEY_free(key.private);
		goto out;
	}
	key.name = xstrdup(full);
	*ret_key = key;
	result = 0;
out:
	if (text != NULL)
		OPENSSL_cleanse(text, len);
	free(text);
	free(full);
	return result;
}

static void
add_bn(struct strbuf *out, const BIGNUM *n)
{
	unsigned char bytes[POINT_MAX_BYTES];

	ssh_add_mpint(out, bytes, (size_t)BN_bn2bin(n, bytes));
}

/* DER to the two numbers of RFC 5656 section 3.1.2. */
static int
add_ecdsa(struct strbuf *out, const unsigned char *der, size_t len)
{
	const unsigned char *at = der;
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)len);

	if (sig == NULL)
		return -1;
	add_bn(out, ECDSA_SIG_get0_r(sig));
	add_bn(out, ECDSA_SIG_get0_s(sig));
	ECDSA_SIG_free(sig);
	return 0;
}

int
ssh_keyfile_sign(const struct ssh_key *key, const unsigned char *data,
	size_t len, struct strbuf *out, struct error *e)
{
	const struct curve *curve = curve_find(key->type);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char sig[POINT_MAX_BYTES];
	size_t sig_len = sizeof(sig);
	int ok;

	ok = EVP_DigestSignInit_ex(ctx, NULL,
		     curve == NULL ? NULL : curve->digest, NULL, NULL,
		     key->private, NULL) == 1 &&
		EVP_DigestSign(ctx, sig, &sig_len, data, len) == 1;
	EVP_MD_CTX_free(ctx);
	if (ok && curve == NULL)
		strbuf_add(out, sig, sig_len);
	else if (ok)
		ok = add_ecdsa(out, sig, sig_len) == 0;
	if (!ok)
		return error_set(e, ERROR_NO_KEY, "cannot sign with '%s'",
			key->name);
	return 0;
}
