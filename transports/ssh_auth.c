/* ssh_auth.c - logging in with one key after the other. */
#include "transports/ssh_auth.h"

#include <stdlib.h>
#include <string.h>

#include "transports/pusher.h"

/* sshd counts each key against its MaxAuthTries (6). */
#define KEYS_MOST 5

static LIBSSH2_USERAUTH_PUBLICKEY_SIGN_FUNC(sign)
{
	struct ssh_auth *auth = *abstract;
	struct strbuf out;

	(void)session;
	strbuf_init(&out);
	if (ssh_key_sign(auth->keys, auth->key, data, data_len, &out,
		    &auth->sign_error) < 0) {
		auth->has_sign_error = true;
		strbuf_finish(&out);
		return -1;
	}
	*sig_len = out.len;
	*sig = (unsigned char *)strbuf_detach(&out); /* libssh2 frees it */
	strbuf_finish(&out);
	return 0;
}

/* The user to log in as; the one who runs us where none is named. */
static const char *
user_of(const struct host *host)
{
	if (host->user != NULL && *host->user != '\0')
		return host->user;
	return pusher_own_user();
}

static enum ssh_auth_state
refused(struct ssh_auth *auth, const struct host *host, struct error *e)
{
	error_set(e, ERROR_AUTH, "%s:%d: refused the login of '%s' with %s",
		host->address, host->port, user_of(host),
		ssh_keys_count(auth->keys) == 1
			? ssh_keys_at(auth->keys, 0)->name
			: "any of our ed25519 and ecdsa keys");
	if (ssh_keys_has_others(auth->keys)) {
		error_hint(e, "other keys (RSA, FIDO, certificates) need "
			      "transport = \"auto\" or \"openssh\"");
		return SSH_AUTH_OTHER;
	}
	error_hint(e, "its public key belongs into ~/.ssh/authorized_keys of "
		      "that user on the host");
	return SSH_AUTH_REFUSED;
}

enum ssh_auth_state
ssh_auth_step(struct ssh_auth *auth, LIBSSH2_SESSION *session,
	const struct host *host, struct error *e)
{
	while (auth->next < ssh_keys_count(auth->keys) &&
		auth->next < KEYS_MOST) {
		int rc;

		auth->key = ssh_keys_at(auth->keys, auth->next);
		auth->self = auth;
		rc = libssh2_userauth_publickey(session, user_of(host),
			auth->key->blob, auth->key->blob_len, sign,
			&auth->self);
		if (rc == LIBSSH2_ERROR_EAGAIN)
			return SSH_AUTH_WAIT;
		if (rc == 0)
			return SSH_AUTH_DONE;
		if (auth->has_sign_error) {
			*e = auth->sign_error;
			return SSH_AUTH_NO_KEY;
		}
		if (rc != LIBSSH2_ERROR_AUTHENTICATION_FAILED &&
			rc != LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED)
			return SSH_AUTH_BROKEN;
		auth->next++;
	}
	return refused(auth, host, e);
}

void
ssh_auth_finish(struct ssh_auth *auth)
{
	ssh_keys_put(auth->keys);
	auth->keys = NULL;
}
