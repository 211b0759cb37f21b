/*
 * ssh_link.c - a link over libssh2: one TCP connection, one session, one
 * channel that runs the host program's bootstrap. Never a pty.
 *
 *   connecting -> handshake -> authenticating -> opening -> starting -> open
 *
 * libssh2 sees whole packets only: what it sends goes to a buffer of ours
 * that takes all, so no call of it is ever cut short in the middle of a
 * packet (it would send rubbish then, or refuse the next call). Room in that
 * buffer is what write() asks for. After EAGAIN the same call is made again,
 * since each state makes one call only. Deadlines are ours; the end is the
 * closing of the socket, which libssh2 is not asked about.
 */
#include <errno.h>
#include <libssh2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transports/host_program.h"
#include "transports/hostkey.h"
#include "transports/pusher.h"
#include "transports/ssh_auth.h"
#include "transports/ssh_keys.h"
#include "transports/ssh_methods.h"
#include "transports/ssh_tcp.h"
#include "transports/ssh_window.h"

#define OUT_MOST_BYTES (128 * 1024)
#define OUT_KEPT_BYTES (8 * 1024) /* of an idle host */
#define FLUSH_BYTES (64 * 1024)
#define PIECE_BYTES 32000 /* fits one packet */
#define READ_BYTES (32 * 1024)
#define WINDOW_BYTES (256 * 1024)
#define COMMAND "exec /bin/sh"

enum link_state {
	STATE_RESOLVING,
	STATE_CONNECTING,
	STATE_HANDSHAKE,
	STATE_AUTHENTICATING,
	STATE_OPENING,
	STATE_STARTING,
	STATE_OPEN,
	STATE_OVER,
	STATE_COUNT
};

struct link {
	enum link_state state;
	struct pusher *pusher;
	const struct host *host;
	const struct link_handler *handler;
	void *arg;
	int fd;
	uv_poll_t poll;
	uv_timer_t timer; /* connect time-out */
	struct ssh_tcp *tcp; /* while it is looked up */
	int handles; /* not yet closed by libuv */
	bool has_poll, is_closed, is_broken, wants_to_write;
	bool is_drained; /* nothing more to receive before the next turn */
	LIBSSH2_SESSION *session;
	LIBSSH2_CHANNEL *channel;
	struct strbuf out; /* to the socket, out_used of it are gone */
	size_t out_used;
	struct ssh_window window;
	struct hostkey_set known;
	struct ssh_auth auth;
	char fingerprint[HOSTKEY_FINGERPRINT_SIZE];
	/* How it ended, to be said at a turn of the loop. */
	enum link_end end;
	struct error error;
};

static void on_poll(uv_poll_t *poll, int status, int events);

static void
link_free(uv_handle_t *handle)
{
	struct link *l = handle->data;

	if (--l->handles > 0)
		return;
	strbuf_finish(&l->out);
	hostkey_set_finish(&l->known);
	free(l);
}

/* libssh2 writes: all of it is taken. */
static LIBSSH2_SEND_FUNC(take_packet)
{
	struct link *l = *abstract;

	(void)socket;
	(void)flags;
	if (!l->is_closed)
		strbuf_add(&l->out, buffer, length);
	return (ssize_t)length;
}

static LIBSSH2_RECV_FUNC(give_bytes)
{
	struct link *l = *abstract;
	ssize_t got;

	(void)socket;
	(void)flags;
	if (l->is_closed)
		return 0;
	/* libssh2 asks again and again, before each packet that it writes
	 * as well. */
	if (l->is_drained)
		return -EAGAIN;
	got = recv(l->fd, buffer, length, MSG_DONTWAIT);
	l->is_drained = got != (ssize_t)length;
	if (got == 0 || (got < 0 && errno != EAGAIN))
		l->is_broken = true;
	return got < 0 ? -errno : got;
}

static void
watch(struct link *l)
{
	int events = UV_READABLE;

	if (l->state == STATE_CONNECTING)
		events = UV_WRITABLE;
	else if (l->out_used < l->out.len)
		events |= UV_WRITABLE;
	if (l->state != STATE_OVER)
		uv_poll_start(&l->poll, events, on_poll);
}

static void
say_end(uv_timer_t *timer)
{
	struct link *l = timer->data;

	l->handler->on_close(l->arg, l->end, &l->error);
}

/* It is over; the owner hears of it at the next turn of the loop. The error
 * is in l->error. */
static void
finish(struct link *l, enum link_end end)
{
	if (l->state == STATE_OVER)
		return;
	l->state = STATE_OVER;
	l->end = end;
	if (l->has_poll)
		uv_poll_stop(&l->poll);
	uv_timer_start(&l->timer, say_end, 0, 0);
}

static void
fail_ssh(struct link *l, enum link_end end, enum error_code code,
	const char *what)
{
	char *text = NULL;

	libssh2_session_last_error(l->session, &text, NULL, 0);
	error_set(&l->error, code, "%s:%d: %s: %s", l->host->address,
		l->host->port, what,
		text == NULL || *text == '\0' ? "it was closed" : text);
	finish(l, end);
}

static void
on_connect_timeout(uv_timer_t *timer)
{
	struct link *l = timer->data;

	error_set(&l->error, ERROR_UNREACHABLE, "%s:%d: no %s within %lld ms",
		l->host->address, l->host->port,
		l->state <= STATE_CONNECTING  ? "answer"
		: l->state == STATE_HANDSHAKE ? "ssh handshake"
					      : "login",
		(long long)l->pusher->settings.connect_timeout_ms);
	finish(l, LINK_UNREACHABLE);
}

/* The key that the host showed; borrowed from the session. */
static const unsigned char *
shown_key(struct link *l, size_t *ret_len)
{
	const char *blob;
	int type;

	blob = libssh2_session_hostkey(l->session, ret_len, &type);
	if (blob == NULL)
		error_set(&l->error, ERROR_PROTOCOL, "it showed no key");
	return (const unsigned char *)blob;
}

/* Hands the key out; the owner closes the link. */
static bool
show_key(struct link *l)
{
	size_t len;
	const unsigned char *blob = shown_key(l, &len);

	if (blob == NULL)
		finish(l, LINK_UNREACHABLE);
	else
		l->handler->on_key(l->arg, blob, len);
	return false;
}

static int
check_host_key(struct link *l)
{
	size_t len;
	const unsigned char *blob = shown_key(l, &len);

	if (blob == NULL)
		return -1;
	hostkey_fingerprint(blob, len, l->fingerprint);
	if (hostkey_set_check(&l->known, l->host->name, blob, len,
		    &l->error) == 0)
		return 0;
	return error_prefix(
		&l->error, "%s:%d", l->host->address, l->host->port);
}

static int
offer_methods(struct link *l)
{
	struct strbuf hostkeys;
	int result;

	strbuf_init(&hostkeys);
	if (l->host->key_method != NULL)
		strbuf_adds(&hostkeys, l->host->key_method);
	else
		hostkey_set_methods(&l->known, &hostkeys);
	result = ssh_methods_offer(l->session, hostkeys.buf, &l->error);
	strbuf_finish(&hostkeys);
	return result;
}

static int
start_session(struct link *l)
{
	l->session = ssh_session_create(l, take_packet, give_bytes);
	if (l->session == NULL)
		return error_set(&l->error, ERROR_INTERNAL, "no ssh session");
	return offer_methods(l);
}

static void
connected(struct link *l)
{
	int rc = 0;
	socklen_t len = sizeof(rc);

	getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &rc, &len);
	if (rc != 0) {
		error_set(&l->error, ERROR_UNREACHABLE, "%s:%d: %s",
			l->host->address, l->host->port, strerror(rc));
		finish(l, LINK_UNREACHABLE);
		return;
	}
	if (start_session(l) < 0) {
		finish(l, LINK_OTHER);
		return;
	}
	l->state = STATE_HANDSHAKE;
}

/*
 * Each of these makes its one call and says whether the state is over. It
 * returns false to wait for the host, or after finish.
 */
static bool
handshake(struct link *l)
{
	int rc = libssh2_session_handshake(l->session, l->fd);

	if (rc == LIBSSH2_ERROR_EAGAIN)
		return false;
	if (!l->is_broken &&
		(rc == LIBSSH2_ERROR_KEX_FAILURE ||
			rc == LIBSSH2_ERROR_METHOD_NONE ||
			rc == LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE)) {
		fail_ssh(l, LINK_OTHER,
			l->known.count > 0 ? ERROR_HOST_KEY
					   : ERROR_UNREACHABLE,
			"no common key exchange, cipher or recorded host key "
			"type");
		return false;
	}
	if (rc != 0) {
		fail_ssh(l, LINK_BUSY, ERROR_UNREACHABLE, "no ssh handshake");
		return false;
	}
	if (ssh_methods_check(l->session, &l->error) < 0) {
		finish(l, LINK_UNREACHABLE);
		return false;
	}
	if (l->host->wants_key)
		return show_key(l);
	if (check_host_key(l) < 0) {
		finish(l, hostkey_set_has_authority(&l->known)
				? LINK_OTHER
				: LINK_UNREACHABLE);
		return false;
	}
	l->state = STATE_AUTHENTICATING;
	return true;
}

static bool
authenticate(struct link *l)
{
	enum ssh_auth_state state = ssh_auth_step(
		&l->auth, l->session, l->host, &l->error);

	/* libssh2 takes a link that ends for a key that is refused. */
	if (l->is_broken &&
		(state == SSH_AUTH_REFUSED || state == SSH_AUTH_OTHER))
		state = SSH_AUTH_BROKEN;
	switch (state) {
	case SSH_AUTH_WAIT:
		break;
	case SSH_AUTH_DONE:
		l->state = STATE_OPENING;
		return true;
	case SSH_AUTH_REFUSED:
		finish(l, LINK_UNREACHABLE);
		break;
	case SSH_AUTH_OTHER:
		finish(l, LINK_OTHER);
		break;
	case SSH_AUTH_NO_KEY:
		ssh_keys_forget(l->pusher);
		finish(l, LINK_NO_KEY);
		break;
	case SSH_AUTH_BROKEN:
		fail_ssh(l, LINK_UNREACHABLE, ERROR_UNREACHABLE, "login");
		break;
	}
	return false;
}

static bool
open_channel(struct link *l)
{
	l->channel = libssh2_channel_open_ex(l->session, "session", 7,
		WINDOW_BYTES, LIBSSH2_CHANNEL_PACKET_DEFAULT, NULL, 0);
	if (l->channel != NULL) {
		libssh2_channel_handle_extended_data2(
			l->channel, LIBSSH2_CHANNEL_EXTENDED_DATA_MERGE);
		ssh_window_init(&l->window, l->session, l->fd);
		l->state = STATE_STARTING;
		return true;
	}
	if (libssh2_session_last_errno(l->session) != LIBSSH2_ERROR_EAGAIN)
		fail_ssh(l, LINK_UNREACHABLE, ERROR_UNREACHABLE, "no channel");
	return false;
}

static bool
start_program(struct link *l)
{
	int rc = libssh2_channel_process_startup(l->channel, "exec",
		sizeof("exec") - 1, COMMAND, sizeof(COMMAND) - 1);

	if (rc == LIBSSH2_ERROR_EAGAIN)
		return false;
	if (rc != 0) {
		fail_ssh(l, LINK_UNREACHABLE, ERROR_UNREACHABLE,
			"the command was refused");
		return false;
	}
	uv_timer_stop(&l->timer);
	l->state = STATE_OPEN;
	l->handler->on_open(l->arg,
		&(struct link_facts){l->fingerprint, "ssh", ""});
	return !l->is_closed;
}

/* Until nothing is there any more; the handler may close the link. */
static bool
read_channel(struct link *l)
{
	char buf[READ_BYTES];
	ssize_t got;

	while (l->state == STATE_OPEN && !l->is_closed) {
		got = libssh2_channel_read(l->channel, buf, sizeof(buf));
		if (got > 0) {
			l->handler->on_data(l->arg, buf, (size_t)got);
			continue;
		}
		if (got == 0 && !libssh2_channel_eof(l->channel))
			break;
		if (got == 0) {
			error_set(&l->error, ERROR_UNREACHABLE,
				"%s:%d: the host ended the program",
				l->host->address, l->host->port);
			finish(l, LINK_CLOSED);
		} else if (got != LIBSSH2_ERROR_EAGAIN) {
			fail_ssh(l, LINK_LOST, ERROR_UNREACHABLE,
				"the link was lost");
		}
		break;
	}
	return false;
}

static bool (*const steps[])(struct link *l) = {
	[STATE_HANDSHAKE] = handshake,
	[STATE_AUTHENTICATING] = authenticate,
	[STATE_OPENING] = open_channel,
	[STATE_STARTING] = start_program,
	[STATE_OPEN] = read_channel,
	[STATE_OVER] = NULL,
};

static void
drive(struct link *l)
{
	while (!l->is_closed && steps[l->state] != NULL && steps[l->state](l))
		;
	if (l->is_closed || l->state == STATE_OVER)
		return;
	if (l->state == STATE_OPEN && l->wants_to_write &&
		l->out.len - l->out_used < OUT_MOST_BYTES / 2) {
		l->wants_to_write = false;
		l->handler->on_writable(l->arg);
	}
	if (l->is_closed || l->state == STATE_OVER)
		return;
	if (ssh_tcp_send(l->fd, &l->out, &l->out_used) < 0) {
		error_set(&l->error, ERROR_UNREACHABLE, "%s:%d: %s",
			l->host->address, l->host->port, strerror(errno));
		finish(l, l->state == STATE_OPEN ? LINK_LOST : LINK_BUSY);
		return;
	}
	if (l->out.len == 0 && !l->wants_to_write &&
		l->out.capacity > OUT_KEPT_BYTES)
		strbuf_finish(&l->out);
	watch(l);
}

static void
on_poll(uv_poll_t *poll, int status, int events)
{
	struct link *l = poll->data;

	(void)status; /* the next read or write says it better */
	(void)events;
	l->is_drained = false;
	if (l->state == STATE_CONNECTING)
		connected(l);
	if (l->state != STATE_OVER)
		drive(l);
}

static void
on_socket(void *arg, int fd, const struct error *e)
{
	struct link *l = arg;

	l->tcp = NULL;
	l->fd = fd;
	if (l->state != STATE_RESOLVING)
		return; /* too late: it is closed with the link */
	if (fd < 0) {
		l->error = *e;
		finish(l, LINK_UNREACHABLE);
		return;
	}
	uv_poll_init(l->pusher->loop, &l->poll, l->fd);
	l->poll.data = l;
	l->has_poll = true;
	l->handles++;
	l->state = STATE_CONNECTING;
	watch(l);
}

static void
start_connect(struct link *l)
{
	l->tcp = ssh_tcp_start(l->pusher->loop, l->host->address,
		l->host->port, on_socket, l);
}

static struct link *
ssh_open(struct pusher *p, const struct host *host,
	const struct link_handler *h, void *arg)
{
	struct link *l = xcalloc(1, sizeof(*l));

	l->pusher = p;
	l->host = host;
	l->handler = h;
	l->arg = arg;
	l->fd = -1;
	strbuf_init(&l->out);
	uv_timer_init(p->loop, &l->timer);
	l->timer.data = l;
	l->handles = 1;
	uv_timer_start(&l->timer, on_connect_timeout,
		(uint64_t)p->settings.connect_timeout_ms, 0);
	if (host->wants_key) {
		start_connect(l);
		return l;
	}
	l->auth.keys = ssh_keys_get(p, &l->error);
	if (l->auth.keys == NULL) {
		finish(l, LINK_NO_KEY);
		return l;
	}
	if (p->hostkeys == NULL)
		p->hostkeys = hostkey_db_create(p->settings.known_hosts);
	if (hostkey_db_find(p->hostkeys, host->address, host->port, &l->known,
		    &l->error) < 0) {
		l->error.code = ERROR_HOST_KEY;
		finish(l, LINK_UNREACHABLE);
		return l;
	}
	if (hostkey_set_is_foreign(&l->known, &l->error)) {
		finish(l, LINK_OTHER);
		return l;
	}
	start_connect(l);
	return l;
}

static size_t
ssh_write(struct link *l, const void *data, size_t len)
{
	ssize_t put;

	if (l->state != STATE_OPEN)
		return 0;
	if (l->out.len - l->out_used >= OUT_MOST_BYTES ||
		ssh_window_is_full(&l->window, l->channel)) {
		l->wants_to_write = true;
		watch(l);
		return 0;
	}
	put = libssh2_channel_write(l->channel, data,
		len < PIECE_BYTES ? len : PIECE_BYTES);
	if (put <= 0) {
		/* The host's window is full; it opens when we read. */
		l->wants_to_write = true;
		if (put < 0 && put != LIBSSH2_ERROR_EAGAIN)
			fail_ssh(l, LINK_LOST, ERROR_UNREACHABLE,
				"the link was lost");
		else
			watch(l);
		return 0;
	}
	/* Where that fails the next read says why. */
	if (l->out.len - l->out_used >= FLUSH_BYTES)
		(void)ssh_tcp_send(l->fd, &l->out, &l->out_used);
	watch(l);
	return (size_t)put;
}

static void
ssh_close(struct link *l)
{
	int tries;

	l->is_closed = true;
	l->state = STATE_OVER;
	ssh_tcp_forget(l->tcp);
	/* Its callbacks say "closed" now, so this cannot wait for the host. */
	for (tries = 0; l->session != NULL && tries < 100; tries++)
		if (libssh2_session_free(l->session) != LIBSSH2_ERROR_EAGAIN)
			break;
	ssh_auth_finish(&l->auth);
	if (l->has_poll)
		uv_close((uv_handle_t *)&l->poll, link_free);
	if (l->fd >= 0)
		close(l->fd);
	uv_close((uv_handle_t *)&l->timer, link_free);
}

static const struct link_ops ssh_link = {
	.open = ssh_open,
	.write = ssh_write,
	.close = ssh_close,
};

const struct transport transport_ssh = {
	.name = "ssh",
	.authenticates = true,
	.link = &ssh_link,
};
