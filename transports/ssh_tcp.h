/* ssh_tcp.h - the way to a socket: a name looked up, a connection begun. */
#ifndef SLUICE_SSH_TCP_H
#define SLUICE_SSH_TCP_H

#include <uv.h>

#include "base/base.h"

struct ssh_tcp;

/* A socket that is connecting, the receiver's own; or -1 and the reason. */
typedef void (*ssh_tcp_done)(void *arg, int fd, const struct error *e);

/* Calls done once: for an address that needs no look-up at once, returning
 * NULL; else later, unless it is forgotten. address is borrowed until then. */
struct ssh_tcp *ssh_tcp_start(uv_loop_t *loop, const char *address, int port,
	ssh_tcp_done done, void *arg);

/* done will not be called. NULL is nothing to forget. */
void ssh_tcp_forget(struct ssh_tcp *tcp);

/* Sends what fd takes now of out, *used of which is gone already; when all is,
 * out is empty and *used 0. -1 and errno when the link is broken. */
int ssh_tcp_send(int fd, struct strbuf *out, size_t *used);

#endif
