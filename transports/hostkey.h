/*
 * hostkey.h - known_hosts files (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT), read
 * by ourselves: hashed names, [host]:port, wildcards, negation, @revoked.
 * @cert-authority lines are known and never accept a key: certificates are
 * the business of the transport openssh.
 */
#ifndef SLUICE_HOSTKEY_H
#define SLUICE_HOSTKEY_H

#include <stddef.h>

#include "base/base.h"
#include "base/known_hosts.h"

struct hostkey_db;

/* One line that speaks of a host. */
struct hostkey_line {
	bool is_revoked, is_authority;
	char *type;
	unsigned char *blob;
	size_t blob_len;
	char *file;
	unsigned line;
};

/* All lines that speak of one host, in order. */
struct hostkey_set {
	struct hostkey_line *lines; /* owned */
	size_t count, capacity;
};

/* The files at paths (NULL-terminated, copied); one that is missing is empty.
 * They are read when they are needed and again when they change. */
struct hostkey_db *hostkey_db_create(char *const *paths);
void hostkey_db_destroy(struct hostkey_db *db);

/* What is recorded for an address and port. An unreadable file is an error:
 * it might hold a @revoked line. */
int hostkey_db_find(struct hostkey_db *db, const char *address, int port,
	struct hostkey_set *ret_set, struct error *e);
void hostkey_set_finish(struct hostkey_set *set);

/* True, and why, where what is recorded is of no use to libssh2: types of
 * keys that it does not have, or authorities alone. */
bool hostkey_set_is_foreign(const struct hostkey_set *set, struct error *e);

/* An authority is recorded that may vouch for another key. */
bool hostkey_set_has_authority(const struct hostkey_set *set);

/* The host key methods to ask for: those recorded, or all that are built
 * where none is; comma-separated. */
void hostkey_set_methods(const struct hostkey_set *set, struct strbuf *out);

/*
 * Is this key the recorded one? -1 with ERROR_HOST_KEY, the fingerprint, the
 * file and line, and the command that would accept it, where it is revoked,
 * changed or unknown. name is what the configuration calls the host.
 */
int hostkey_set_check(const struct hostkey_set *set, const char *name,
	const unsigned char *blob, size_t len, struct error *e);

/* The same for the fingerprint of a key ("SHA256:..."), where nobody shows
 * us the key itself. */
int hostkey_set_judge(const struct hostkey_set *set, const char *name,
	const char *print, struct error *e);

#endif
