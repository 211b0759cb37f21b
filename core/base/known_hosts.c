/* known_hosts.c - the lines of known_hosts files. */
#include "base/known_hosts.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/mem.h"
#include "base/text.h"

/* The type that the blob itself names must be the one that is written. */
static bool
blob_is(const unsigned char *blob, size_t len, const char *type)
{
	size_t n = strlen(type);

	return len > n + 4 && blob[0] == 0 && blob[1] == 0 && blob[2] == 0 &&
	       blob[3] == n && memcmp(blob + 4, type, n) == 0;
}

/* The next word of the line and its length; *at moves behind it. */
static const char *
next_word(const char **at, size_t *ret_len)
{
	const char *word;

	*at += strspn(*at, " \t");
	word = *at;
	*ret_len = strcspn(word, " \t\r");
	*at += *ret_len;
	return word;
}

/* TYPE and BASE64, which the rest of the line begins with. */
static bool
parse_key(const char *at, struct known_key *k)
{
	size_t type_len, key_len;
	const char *type = next_word(&at, &type_len);
	const char *key = next_word(&at, &key_len);

	k->blob = base64_decode(key, key_len, &k->blob_len);
	if (k->blob == NULL)
		return false;
	k->type = xstrndup(type, type_len);
	return blob_is(k->blob, k->blob_len, k->type);
}

static bool
is_word(const char *word, size_t len, const char *what)
{
	return strlen(what) == len && memcmp(word, what, len) == 0;
}

bool
known_key_parse(const char *line, struct known_key *ret)
{
	struct known_key k = {.marker = KNOWN_PLAIN};
	size_t len;
	const char *word = next_word(&line, &len);

	if (len == 0 || *word == '#')
		return false;
	if (*word == '@') {
		if (is_word(word, len, "@revoked"))
			k.marker = KNOWN_REVOKED;
		else if (is_word(word, len, "@cert-authority"))
			k.marker = KNOWN_AUTHORITY;
		else
			return false;
		word = next_word(&line, &len);
	}
	k.hosts = xstrndup(word, len);
	if (!parse_key(line, &k)) {
		known_key_finish(&k);
		return false;
	}
	*ret = k;
	return true;
}

bool
known_key_parse_public(const char *line, struct known_key *ret)
{
	struct known_key k = {.marker = KNOWN_PLAIN, .hosts = xstrdup("")};

	if (!parse_key(line, &k)) {
		known_key_finish(&k);
		return false;
	}
	*ret = k;
	return true;
}

void
known_key_finish(struct known_key *k)
{
	free(k->hosts);
	free(k->type);
	free(k->blob);
	memset(k, 0, sizeof(*k));
}

bool
known_key_is(const struct known_key *k, const unsigned char *blob, size_t len)
{
	return k->blob_len == len && memcmp(k->blob, blob, len) == 0;
}

char *
known_hosts_name(const char *address, int port)
{
	char *name = port == 22 ? xstrdup(address)
				: xasprintf("[%s]:%d", address, port);
	size_t i;

	for (i = 0; name[i] != '\0'; i++)
		name[i] = (char)tolower((unsigned char)name[i]);
	return name;
}

static bool
is_hashed(const char *hosts)
{
	return strncmp(hosts, "|1|", 3) == 0;
}

/* |1|SALT|HASH, both in base 64: HMAC-SHA1 of the name. */
static bool
hash_matches(const char *hashed, const char *name)
{
	const char *salt_text = hashed + 3, *hash_text;
	unsigned char *salt, *hash = NULL, mac[EVP_MAX_MD_SIZE];
	size_t salt_len, hash_len;
	unsigned mac_len = 0;
	bool matches = false;

	hash_text = strchr(salt_text, '|');
	if (hash_text == NULL)
		return false;
	salt = base64_decode(
		salt_text, (size_t)(hash_text - salt_text), &salt_len);
	if (salt != NULL)
		hash = base64_decode(
			hash_text + 1, strlen(hash_text + 1), &hash_len);
	if (hash != NULL && hash_len == SHA_DIGEST_LENGTH &&
		HMAC(EVP_sha1(), salt, (int)salt_len,
			(const unsigned char *)name, strlen(name), mac,
			&mac_len) != NULL)
		matches = mac_len == hash_len &&
			  memcmp(mac, hash, hash_len) == 0;
	free(salt);
	free(hash);
	return matches;
}

/* One negated pattern that matches ends it. */
bool
known_hosts_match(const char *hosts, const char *name)
{
	bool matches = false;

	if (is_hashed(hosts))
		return hash_matches(hosts, name);
	while (*hosts != '\0') {
		size_t len = strcspn(hosts, ","), i;
		bool is_negated = *hosts == '!';
		char *pattern = xstrndup(hosts + is_negated, len - is_negated);
		bool hit;

		for (i = 0; pattern[i] != '\0'; i++)
			pattern[i] = (char)tolower((unsigned char)pattern[i]);
		hit = text_matches(pattern, name);
		free(pattern);
		if (hit && is_negated)
			return false;
		matches = matches || hit;
		hosts += len + (hosts[len] == ',');
	}
	return matches;
}

void
hostkey_fingerprint(const unsigned char *blob, size_t len,
	char out[HOSTKEY_FINGERPRINT_SIZE])
{
	unsigned char digest[SHA256_DIGEST_LENGTH], text[48];
	size_t n;

	SHA256(blob, len, digest);
	EVP_EncodeBlock(text, digest, sizeof(digest));
	n = strlen((const char *)text);
	while (n > 0 && text[n - 1] == '=')
		text[--n] = '\0';
	snprintf(out, HOSTKEY_FINGERPRINT_SIZE, "SHA256:%s",
		(const char *)text);
}

/* ---- writing ---- */

char *
hostkey_text(const unsigned char *blob, size_t len)
{
	size_t type_len = len > 4 ? blob[3] : 0, i;
	unsigned char *text;
	char *line;

	if (type_len == 0 || type_len + 4 >= len || blob[0] != 0 ||
		blob[1] != 0 || blob[2] != 0)
		return NULL;
	for (i = 4; i < type_len + 4; i++)
		if (blob[i] <= ' ' || blob[i] >= 0x7f)
			return NULL;
	text = xcalloc(len / 3 + 2, 4);
	EVP_EncodeBlock(text, blob, (int)len);
	line = xasprintf("%.*s %s", (int)type_len, (const char *)blob + 4,
		(const char *)text);
	free(text);
	return line;
}

/* The names of a line without this one, in out; false: it is not there. */
static bool
names_without(const char *hosts, const char *name, struct strbuf *out)
{
	bool found = false;

	if (is_hashed(hosts))
		return hash_matches(hosts, name);
	while (*hosts != '\0') {
		size_t len = strcspn(hosts, ",");

		if (strlen(name) == len && strncasecmp(hosts, name, len) == 0) {
			found = true;
		} else {
			strbuf_adds(out, out->len > 0 ? "," : "");
			strbuf_add(out, hosts, len);
		}
		hosts += len + (hosts[len] == ',');
	}
	return found;
}

static void
note_replaced(const struct known_key *old, const struct known_key *keys,
	size_t count, struct strbuf *replaced)
{
	char print[HOSTKEY_FINGERPRINT_SIZE];
	size_t i;

	for (i = 0; i < count; i++)
		if (known_key_is(old, keys[i].blob, keys[i].blob_len))
			return;
	hostkey_fingerprint(old->blob, old->blob_len, print);
	strbuf_addf(replaced, "%s%s", replaced->len > 0 ? " " : "", print);
}

static void
add_key(const char *hosts, const struct known_key *k, struct strbuf *out)
{
	char *text = hostkey_text(k->blob, k->blob_len);

	strbuf_addf(out, "%s%s %s\n",
		k->marker == KNOWN_REVOKED ? "@revoked " : "", hosts, text);
	free(text);
}

/* False: the line stays as it is. */
static bool
rewrite(const char *line, const char *name, const struct known_key *keys,
	size_t count, struct strbuf *out, struct strbuf *replaced)
{
	struct strbuf others;
	struct known_key k;
	bool found;

	if (!known_key_parse(line, &k))
		return false;
	strbuf_init(&others);
	found = k.marker == KNOWN_PLAIN &&
		names_without(k.hosts, name, &others);
	if (found) {
		note_replaced(&k, keys, count, replaced);
		if (others.len > 0)
			add_key(others.buf, &k, out);
	}
	strbuf_finish(&others);
	known_key_finish(&k);
	return found;
}

void
known_hosts_put(const char *text, const char *name,
	const struct known_key *keys, size_t count, struct strbuf *out,
	struct strbuf *replaced)
{
	size_t i;

	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		char *line = xstrndup(text, len);

		if (!rewrite(line, name, keys, count, out, replaced))
			strbuf_addf(out, "%s\n", line);
		free(line);
		text += len + (text[len] == '\n');
	}
	for (i = 0; i < count; i++)
		add_key(name, &keys[i], out);
}
