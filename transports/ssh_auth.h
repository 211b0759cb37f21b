/* ssh_auth.h - logging in with one key after the other. */
#ifndef SLUICE_SSH_AUTH_H
#define SLUICE_SSH_AUTH_H

#include <libssh2.h>

#include "transports/ssh_keys.h"
#include "transports/transport.h"

enum ssh_auth_state {
	SSH_AUTH_WAIT,    /* for the host; call again */
	SSH_AUTH_DONE,    /* we are in */
	SSH_AUTH_REFUSED, /* no key is welcome; the error says it */
	SSH_AUTH_OTHER,   /* the same, but there are keys for openssh */
	SSH_AUTH_NO_KEY,  /* the agent went away; the error says it */
	SSH_AUTH_BROKEN   /* the link; libssh2 says it */
};

struct ssh_auth {
	struct ssh_keys *keys; /* one reference; owned */
	size_t next;           /* the key that is tried */
	const struct ssh_key *key;
	struct error sign_error;
	bool has_sign_error;
	void *self; /* for libssh2, which wants a pointer to a pointer */
};

enum ssh_auth_state ssh_auth_step(struct ssh_auth *auth,
	LIBSSH2_SESSION *session, const struct host *host, struct error *e);
void ssh_auth_finish(struct ssh_auth *auth);

#endif
