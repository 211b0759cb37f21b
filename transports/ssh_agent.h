/* ssh_agent.h - the ssh agent (draft-miller-ssh-agent), as far as we need. */
#ifndef SLUICE_SSH_AGENT_H
#define SLUICE_SSH_AGENT_H

#include "transports/ssh_wire.h"

/* Connects to $SSH_AUTH_SOCK; the descriptor is the caller's. */
int ssh_agent_open(int *ret_fd, struct error *e);

/* One request and its answer, without the lengths around them. */
int ssh_agent_ask(int fd, const struct strbuf *request, struct strbuf *answer,
	struct error *e);

#endif
