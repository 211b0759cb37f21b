/* ssh_methods.h - a session of libssh2 with the algorithms that we offer, and
 * no weaker ones. */
#ifndef SLUICE_SSH_METHODS_H
#define SLUICE_SSH_METHODS_H

#include <libssh2.h>

#include "base/base.h"

/* A session that never blocks and sends and receives through these; NULL
 * where there is no memory for it. */
LIBSSH2_SESSION *ssh_session_create(void *abstract,
	LIBSSH2_SEND_FUNC((*send)), LIBSSH2_RECV_FUNC((*receive)));

/* Offers them, with these host key methods (comma-separated). */
int ssh_methods_offer(
	LIBSSH2_SESSION *session, const char *hostkeys, struct error *e);

/* Nothing was agreed that was not offered. */
int ssh_methods_check(LIBSSH2_SESSION *session, struct error *e);

#endif
