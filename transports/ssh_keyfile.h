/* ssh_keyfile.h - private keys in files: what ssh-keygen writes ("OPENSSH
 * PRIVATE KEY", PROTOCOL.key) and PEM. */
#ifndef SLUICE_SSH_KEYFILE_H
#define SLUICE_SSH_KEYFILE_H

#include "transports/ssh_keys.h"

/* Reads a key; what is in *ret_key is the caller's. ERROR_NO_KEY where it is
 * missing, has a passphrase or may be read by others; ERROR_NOT_BUILT where
 * it is of a type that only OpenSSH has. */
int ssh_keyfile_read(
	const char *path, struct ssh_key *ret_key, struct error *e);

int ssh_keyfile_sign(const struct ssh_key *key, const unsigned char *data,
	size_t len, struct strbuf *out, struct error *e);

void ssh_keyfile_free(void *private);

#endif
