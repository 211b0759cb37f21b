/* web.c - libcurl's multi interface driven by libuv. */
#include "engine/web.h"

#include <stdlib.h>

#include "base/base.h"
#include "base/file.h"

/* To one server, and to all; the others wait their turn. */
#define CONNECTIONS_MOST 32L
#define ALL_MOST 8192

struct web {
	uv_loop_t *loop;
	CURLM *multi;
	uv_timer_t timer;
	void (*ended)(CURL *easy, CURLcode code, void *arg);
	void *arg;
};

struct watched { /* a socket of libcurl in our loop */
	uv_poll_t poll;
	struct web *web;
	curl_socket_t fd;
};

static void
read_ended(struct web *w)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(w->multi, &left)) != NULL)
		if (m->msg == CURLMSG_DONE)
			w->ended(m->easy_handle, m->data.result, w->arg);
}

static void
on_poll(uv_poll_t *poll, int status, int events)
{
	struct watched *s = poll->data;
	struct web *w = s->web;
	int flags = 0, running;

	if (status < 0)
		flags = CURL_CSELECT_ERR;
	if (events & UV_READABLE)
		flags |= CURL_CSELECT_IN;
	if (events & UV_WRITABLE)
		flags |= CURL_CSELECT_OUT;
	curl_multi_socket_action(w->multi, s->fd, flags, &running);
	read_ended(w);
}

static void
on_timer(uv_timer_t *timer)
{
	struct web *w = timer->data;
	int running;

	curl_multi_socket_action(w->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	read_ended(w);
}

static int
set_timer(CURLM *multi, long timeout_ms, void *arg)
{
	struct web *w = arg;

	(void)multi;
	if (timeout_ms < 0)
		uv_timer_stop(&w->timer);
	else
		uv_timer_start(&w->timer, on_timer,
			timeout_ms == 0 ? 1 : (uint64_t)timeout_ms, 0);
	return 0;
}

static void
watched_free(uv_handle_t *handle)
{
	free(handle->data);
}

static int
set_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *of_socket)
{
	struct web *w = arg;
	struct watched *s = of_socket;
	int events = 0;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (s != NULL) {
			uv_poll_stop(&s->poll);
			uv_close((uv_handle_t *)&s->poll, watched_free);
			curl_multi_assign(w->multi, fd, NULL);
		}
		return 0;
	}
	if (s == NULL) {
		s = xcalloc(1, sizeof(*s));
		s->web = w;
		s->fd = fd;
		s->poll.data = s;
		uv_poll_init_socket(w->loop, &s->poll, fd);
		curl_multi_assign(w->multi, fd, s);
	}
	if (what & CURL_POLL_IN)
		events |= UV_READABLE;
	if (what & CURL_POLL_OUT)
		events |= UV_WRITABLE;
	uv_poll_start(&s->poll, events, on_poll);
	return 0;
}

struct web *
web_create(uv_loop_t *loop, void (*ended)(CURL *, CURLcode, void *), void *arg)
{
	struct web *w = xcalloc(1, sizeof(*w));
	long most = file_limit_raise() / 2; /* the engine has others */

	w->loop = loop;
	w->ended = ended;
	w->arg = arg;
	uv_timer_init(loop, &w->timer);
	w->timer.data = w;
	w->multi = curl_multi_init();
	curl_multi_setopt(w->multi, CURLMOPT_SOCKETFUNCTION, set_socket);
	curl_multi_setopt(w->multi, CURLMOPT_SOCKETDATA, w);
	curl_multi_setopt(w->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(w->multi, CURLMOPT_TIMERDATA, w);
	curl_multi_setopt(
		w->multi, CURLMOPT_MAX_HOST_CONNECTIONS, CONNECTIONS_MOST);
	most = most < ALL_MOST ? most : (long)ALL_MOST;
	curl_multi_setopt(w->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, most);
	/* Else each that ends looks for the oldest of all to close. */
	curl_multi_setopt(w->multi, CURLMOPT_MAXCONNECTS, most);
	return w;
}

void
web_destroy(struct web *w)
{
	curl_multi_cleanup(w->multi);
	uv_close((uv_handle_t *)&w->timer, NULL);
	uv_run(w->loop, UV_RUN_NOWAIT);
	free(w);
}

void
web_add(struct web *w, CURL *easy)
{
	curl_multi_add_handle(w->multi, easy);
}

void
web_remove(struct web *w, CURL *easy)
{
	curl_multi_remove_handle(w->multi, easy);
}
