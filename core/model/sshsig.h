/*
 * sshsig.h - what a signature of `ssh-keygen -Y sign` says of itself
 * (PROTOCOL.sshsig of OpenSSH). Whether it is right only ssh-keygen tells.
 */
#ifndef SLUICE_MODEL_SSHSIG_H
#define SLUICE_MODEL_SSHSIG_H

#include <stdbool.h>

#include "base/error.h"

#define SSHSIG_TEXT_MOST (32 * 1024)

struct sshsig {
	char *type; /* of the key: "ssh-ed25519", also that of a certificate */
	char *namespace;
	bool is_hardware; /* the key lives in a device: sk-... */
	bool is_touched;  /* hardware: somebody touched it */
};

/* text is armoured, with its BEGIN and END lines. */
int sshsig_parse(const char *text, struct sshsig *ret, struct error *e);
void sshsig_finish(struct sshsig *s);

#endif
