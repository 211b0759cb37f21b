/*
 * ssh_keys.h - the keys that we show to hosts: those of the agent first, then
 * key files (ed25519 and ecdsa, without a passphrase), each parsed once.
 * Others (RSA, FIDO, certificates) are for the transport openssh alone.
 */
#ifndef SLUICE_SSH_KEYS_H
#define SLUICE_SSH_KEYS_H

#include <stddef.h>

#include "base/base.h"

struct pusher;
struct ssh_keys;

struct ssh_key {
	unsigned char *blob; /* the public key as it travels */
	size_t blob_len;
	char *type, *name; /* "ssh-ed25519"; file or comment */
	void *private;     /* EVP_PKEY; NULL: the agent has it */
};

/* The keys of the pusher (one more reference), read where they were not yet.
 * NULL with ERROR_NO_KEY where there is none that can be used. There may be
 * others only. */
struct ssh_keys *ssh_keys_get(struct pusher *p, struct error *e);
void ssh_keys_put(struct ssh_keys *keys);

/* Reads agent and files again. */
int ssh_keys_refresh(struct pusher *p, struct error *e);

/* Forgets them: the next ssh_keys_get reads again. */
void ssh_keys_forget(struct pusher *p);

/* There are keys or certificates that libssh2 cannot use. */
bool ssh_keys_has_others(const struct ssh_keys *keys);

size_t ssh_keys_count(const struct ssh_keys *keys);
const struct ssh_key *ssh_keys_at(const struct ssh_keys *keys, size_t i);

/* The signature of data without the name of its method. ERROR_NO_KEY where
 * the agent is gone or refuses. */
int ssh_key_sign(struct ssh_keys *keys, const struct ssh_key *key,
	const unsigned char *data, size_t len, struct strbuf *out,
	struct error *e);

#endif
