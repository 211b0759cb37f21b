/* ssh_methods.c - a session of libssh2 and the algorithms that we offer. */
#include "transports/ssh_methods.h"

#include <string.h>

/* Among equals what costs a host least: sshd has P-256 from libcrypto, in
 * assembler, and curve25519 as portable C (3 ms a connection). */
static const struct {
	int type;
	const char *methods;
} preferences[] = {
	{LIBSSH2_METHOD_KEX,
		"ecdh-sha2-nistp256,curve25519-sha256,"
		"curve25519-sha256@libssh.org,"
		"ecdh-sha2-nistp384,ecdh-sha2-nistp521"},
	{LIBSSH2_METHOD_CRYPT_CS, "aes128-ctr,aes256-ctr,aes192-ctr"},
	{LIBSSH2_METHOD_CRYPT_SC, "aes128-ctr,aes256-ctr,aes192-ctr"},
	{LIBSSH2_METHOD_MAC_CS, "hmac-sha2-256,hmac-sha2-512"},
	{LIBSSH2_METHOD_MAC_SC, "hmac-sha2-256,hmac-sha2-512"},
	{LIBSSH2_METHOD_COMP_CS, "none"},
	{LIBSSH2_METHOD_COMP_SC, "none"},
};

static bool
is_in_list(const char *list, const char *word)
{
	size_t n = strlen(word);

	while (*list != '\0') {
		size_t len = strcspn(list, ",");

		if (len == n && memcmp(list, word, n) == 0)
			return true;
		list += len + (list[len] == ',');
	}
	return false;
}

LIBSSH2_SESSION *
ssh_session_create(void *abstract, LIBSSH2_SEND_FUNC((*send)),
	LIBSSH2_RECV_FUNC((*receive)))
{
	/* libssh2 wants a function as a pointer to an object. */
	union {
		LIBSSH2_SEND_FUNC((*function));
		void *pointer;
	} out = {.function = send};
	union {
		LIBSSH2_RECV_FUNC((*function));
		void *pointer;
	} in = {.function = receive};
	LIBSSH2_SESSION *session =
		libssh2_session_init_ex(NULL, NULL, NULL, abstract);

	if (session == NULL)
		return NULL;
	libssh2_session_set_blocking(session, 0);
	libssh2_session_callback_set(
		session, LIBSSH2_CALLBACK_SEND, out.pointer);
	libssh2_session_callback_set(
		session, LIBSSH2_CALLBACK_RECV, in.pointer);
	return session;
}

int
ssh_methods_offer(
	LIBSSH2_SESSION *session, const char *hostkeys, struct error *e)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(preferences); i++)
		if (libssh2_session_method_pref(session, preferences[i].type,
			    preferences[i].methods) != 0)
			return error_set(e, ERROR_INTERNAL,
				"libssh2 has none of %s",
				preferences[i].methods);
	if (libssh2_session_method_pref(
		    session, LIBSSH2_METHOD_HOSTKEY, hostkeys) != 0)
		return error_set(e, ERROR_INTERNAL,
			"libssh2 has no host key method that is recorded");
	return 0;
}

int
ssh_methods_check(LIBSSH2_SESSION *session, struct error *e)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(preferences); i++) {
		const char *got =
			libssh2_session_methods(session, preferences[i].type);

		if (got == NULL || !is_in_list(preferences[i].methods, got))
			return error_set(e, ERROR_PROTOCOL,
				"agreed on '%s', which was not offered",
				got == NULL ? "" : got);
	}
	return 0;
}
