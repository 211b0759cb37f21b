/* ssh_window.c - the window of a channel, and the part of it that is used. */
#include "transports/ssh_window.h"

/* struct tcp_info as the kernel has it: that of libc, which comes with libuv
 * and cannot be in the same file, ends before what is wanted. */
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* What sshd takes before it says so, three packets of 32 KiB (channels.c of
 * OpenSSH, channel_check_window), and one packet more. */
#define LEAST_BYTES (128 * 1024)
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
ssh_window_init(struct ssh_window *w, LIBSSH2_SESSION *session,
	LIBSSH2_CHANNEL *channel, int fd)
{
	const char *banner = libssh2_session_banner_get(session);

	w->whole = w->most = libssh2_channel_window_write(channel);
	if (banner != NULL && strstr(banner, "OpenSSH_") != NULL)
		w->most = LEAST_BYTES + BYTES_PER_US * round_trip_us(fd);
}

bool
ssh_window_is_full(const struct ssh_window *w, LIBSSH2_CHANNEL *channel)
{
	unsigned long left = libssh2_channel_window_write(channel);

	return left < w->whole && w->whole - left > w->most;
}
