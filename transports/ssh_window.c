/* ssh_window.c - the window of a channel, and the part of it that is used. */
#include "transports/ssh_window.h"

/* struct tcp_info as the kernel has it: that of libc, which comes with libuv
 * and cannot be in the same file, ends before what is wanted. */
#include <limits.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* sshd takes three packets of 32 KiB before it says so (channels.c of OpenSSH,
 * channel_check_window); the rest is for hosts behind a proxy where TCP ends,
 * whose distance is not seen. Half of it saves hardly more. */
#define LEAST_BYTES (256 * 1024)
#define BYTES_PER_US 128 /* a gigabit a second */

/* The shortest so far; 0 where the kernel does not know. */
static unsigned long
round_trip_us(int fd)
{
	struct tcp_info info = {0};
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
		return 0;
	return info.tcpi_min_rtt;
}

void
ssh_window_init(struct ssh_window *w, LIBSSH2_SESSION *session, int fd)
{
	const char *banner = libssh2_session_banner_get(session);

	w->whole = 0;
	w->most = ULONG_MAX;
	if (banner != NULL && strstr(banner, "OpenSSH_") != NULL)
		w->most = LEAST_BYTES + BYTES_PER_US * round_trip_us(fd);
}

bool
ssh_window_is_full(struct ssh_window *w, LIBSSH2_CHANNEL *channel)
{
	unsigned long left = libssh2_channel_window_write(channel);

	if (left > w->whole)
		w->whole = left;
	return w->whole - left > w->most;
}
