/*
 * known_hosts.h - the lines of known_hosts files (sshd(8), SSH_KNOWN_HOSTS
 * FILE FORMAT): read, compared with a name, and written.
 */
#ifndef SLUICE_BASE_KNOWN_HOSTS_H
#define SLUICE_BASE_KNOWN_HOSTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

#define HOSTKEY_FINGERPRINT_SIZE 64

enum known_marker {
	KNOWN_PLAIN,
	KNOWN_REVOKED,
	KNOWN_AUTHORITY, /* @cert-authority */
	KNOWN_MARKER_COUNT
};

struct known_key { /* one line; all owned */
	enum known_marker marker;
	char *hosts; /* names as written: patterns with commas, or hashed */
	char *type;
	unsigned char *blob;
	size_t blob_len;
};

/* Reads a line (without its LF). False, and nothing to finish, for comments
 * and for lines that make no sense. */
bool known_key_parse(const char *line, struct known_key *ret);

/* The same of a public key file: "TYPE BASE64 [COMMENT]"; hosts is "". */
bool known_key_parse_public(const char *line, struct known_key *ret);
void known_key_finish(struct known_key *k);

bool known_key_is(
	const struct known_key *k, const unsigned char *blob, size_t len);

/* What a host is called in these files: "address" or "[address]:port", in
 * small letters (owned). */
char *known_hosts_name(const char *address, int port);

/* Comma-separated patterns, negated ones, or one hashed name. */
bool known_hosts_match(const char *hosts, const char *name);

/* "SHA256:..." as OpenSSH writes it. */
void hostkey_fingerprint(const unsigned char *blob, size_t len,
	char out[HOSTKEY_FINGERPRINT_SIZE]);

/* "TYPE BASE64", the type being what the blob says it is (owned); NULL: it is
 * no key. */
char *hostkey_text(const unsigned char *blob, size_t len);

/*
 * text with these keys as the only ones of name: what it had under that very
 * name goes (the fingerprints of those that are not among keys are added to
 * replaced, with spaces between); patterns, other names of a line, markers
 * and comments stay.
 */
void known_hosts_put(const char *text, const char *name,
	const struct known_key *keys, size_t count, struct strbuf *out,
	struct strbuf *replaced);

#endif
