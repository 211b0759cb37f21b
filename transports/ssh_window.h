/* ssh_window.h - how much may be under way to the program on a host. */
#ifndef SLUICE_SSH_WINDOW_H
#define SLUICE_SSH_WINDOW_H

#include <libssh2.h>
#include <stdbool.h>

/*
 * sshd keeps what its command has not read yet in a buffer that it makes anew,
 * and copies, for each packet that finds it full: a megabyte waiting there
 * costs it some 7 ms of processor. So no more goes to OpenSSH than keeps the
 * link busy. Other servers get the whole window: they may open it again only
 * when half of it is gone.
 */
struct ssh_window {
	/* Bytes. The whole is the most that was ever seen: sshd opens a session
	 * with none, and gives it when the command runs. */
	unsigned long whole, most;
};

/* For a channel of the session, which is open over the socket fd. */
void ssh_window_init(struct ssh_window *w, LIBSSH2_SESSION *session, int fd);

/* True while nothing should be sent; that ends when something was read. */
bool ssh_window_is_full(struct ssh_window *w, LIBSSH2_CHANNEL *channel);

#endif
