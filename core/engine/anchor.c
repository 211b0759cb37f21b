/* anchor.c - heads of the ledger on their way to syslog (RFC 3164, over the
 * datagram socket that every syslog daemon listens at). */
#include "engine/anchor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

#define LINES_MOST 64

struct anchor {
	char *path;
	int fd; /* -1: nobody listens */
	char *lines[LINES_MOST];
	size_t count;
	bool is_told; /* that nobody listens */
};

struct anchor *
anchor_create(void)
{
	struct anchor *a = xcalloc(1, sizeof(*a));
	const char *path = getenv("SLUICE_SYSLOG");

	a->path = xstrdup(path == NULL || *path == '\0' ? "/dev/log" : path);
	a->fd = -1;
	return a;
}

static void
drop_oldest(struct anchor *a)
{
	free(a->lines[0]);
	a->count--;
	memmove(a->lines, a->lines + 1, a->count * sizeof(*a->lines));
}

void
anchor_destroy(struct anchor *a)
{
	if (a == NULL)
		return;
	while (a->count > 0)
		drop_oldest(a);
	if (a->fd != -1)
		close(a->fd);
	free(a->path);
	free(a);
}

void
anchor_note(struct engine *en, const char *what, const char *object,
	const char *who)
{
	struct anchor *a = en->anchor;
	char when[32] = "", head[DIGEST_HEX_SIZE], *line;
	time_t now = (time_t)engine_now(en);
	int64_t seq;
	struct tm tm;

	if (localtime_r(&now, &tm) != NULL)
		strftime(when, sizeof(when), "%b %e %H:%M:%S", &tm);
	store_ledger_head(en->store, &seq, head);
	line = xasprintf("<%d>%s sluiced[%ld]: ledger %lld %s engine %s: %s %s "
			 "by %s",
		LOG_AUTHPRIV | LOG_NOTICE, when, (long)getpid(),
		(long long)seq, head, store_engine_id(en->store), what, object,
		who);
	if (a->count == LINES_MOST)
		drop_oldest(a);
	a->lines[a->count++] = text_printable(line);
	free(line);
}

static bool
connect_to(struct anchor *a)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	if (a->fd != -1)
		return true;
	if (strlen(a->path) >= sizeof(addr.sun_path))
		return false;
	memcpy(addr.sun_path, a->path, strlen(a->path) + 1);
	a->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (a->fd != -1 &&
		connect(a->fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return true;
	if (!a->is_told)
		log_info("heads of the ledger are not in syslog: '%s': %s",
			a->path, strerror(errno));
	a->is_told = true;
	if (a->fd != -1)
		close(a->fd);
	a->fd = -1;
	return false;
}

void
anchor_flush(struct engine *en)
{
	struct anchor *a = en->anchor;
	const char *line;

	while (a->count > 0 && connect_to(a)) {
		line = a->lines[0];
		if (send(a->fd, line, strlen(line), MSG_NOSIGNAL) >= 0) {
			drop_oldest(a);
			continue;
		}
		/* Full: later. Gone: it may listen again by then. */
		if (errno != EAGAIN && errno != ENOBUFS) {
			close(a->fd);
			a->fd = -1;
		}
		break;
	}
}
