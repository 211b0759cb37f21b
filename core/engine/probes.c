/*
 * probes.c - HTTP and TCP checks by libcurl's multi interface in our loop.
 *
 * Only the status counts; of the body no more than a little is read. A TCP
 * check is a connection that libcurl makes and says nothing over.
 */
#include "engine/probes.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "engine/runner.h"

#define BODY_MOST 65536

struct probe {
	struct probes *all;
	CURL *easy;
	int64_t job;
	enum health_kind kind;
	int expect;
	size_t body;
	char error[CURL_ERROR_SIZE];
	struct probe *next, **slot;
};

struct probes {
	struct engine *en;
	CURLM *multi;
	uv_timer_t timer;
	struct probe *list;
};

struct watched { /* a socket of libcurl in our loop */
	uv_poll_t poll;
	struct probes *all;
	curl_socket_t fd;
};

static void
probe_destroy(struct probe *p)
{
	curl_multi_remove_handle(p->all->multi, p->easy);
	curl_easy_cleanup(p->easy);
	*p->slot = p->next;
	if (p->next != NULL)
		p->next->slot = p->slot;
	free(p);
}

static void
probe_ended(struct probe *p, CURLcode code)
{
	struct runner *rn = p->all->en->runner;
	int64_t job = p->job;
	long status = 0;
	char text[CURL_ERROR_SIZE + 64];
	bool ok = code == CURLE_OK;

	curl_easy_getinfo(p->easy, CURLINFO_RESPONSE_CODE, &status);
	/* A longer body than anybody needs was cut off on purpose. */
	if (p->kind == HEALTH_HTTP && code == CURLE_WRITE_ERROR)
		ok = true;
	if (!ok)
		snprintf(text, sizeof(text), "%s",
			p->error[0] != '\0' ? p->error
					    : curl_easy_strerror(code));
	else if (p->kind == HEALTH_HTTP && status != p->expect) {
		snprintf(text, sizeof(text), "answered %ld, expected %d",
			status, p->expect);
		ok = false;
	} else {
		snprintf(text, sizeof(text), "ok");
	}
	probe_destroy(p);
	runner_probe_done(rn, job, ok, text);
}

static void
read_ended(struct probes *ps)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(ps->multi, &left)) != NULL) {
		struct probe *p;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &p);
		probe_ended(p, m->data.result);
	}
	engine_wake(ps->en);
}

static void
on_poll(uv_poll_t *poll, int status, int events)
{
	struct watched *w = poll->data;
	struct probes *ps = w->all;
	int flags = 0, running;

	if (status < 0)
		flags = CURL_CSELECT_ERR;
	if (events & UV_READABLE)
		flags |= CURL_CSELECT_IN;
	if (events & UV_WRITABLE)
		flags |= CURL_CSELECT_OUT;
	curl_multi_socket_action(ps->multi, w->fd, flags, &running);
	read_ended(ps);
}

static void
on_timer(uv_timer_t *timer)
{
	struct probes *ps = timer->data;
	int running;

	curl_multi_socket_action(ps->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	read_ended(ps);
}

static int
set_timer(CURLM *multi, long timeout_ms, void *arg)
{
	struct probes *ps = arg;

	(void)multi;
	if (timeout_ms < 0)
		uv_timer_stop(&ps->timer);
	else
		uv_timer_start(&ps->timer, on_timer,
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
	struct probes *ps = arg;
	struct watched *w = of_socket;
	int events = 0;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (w != NULL) {
			uv_poll_stop(&w->poll);
			uv_close((uv_handle_t *)&w->poll, watched_free);
			curl_multi_assign(ps->multi, fd, NULL);
		}
		return 0;
	}
	if (w == NULL) {
		w = xcalloc(1, sizeof(*w));
		w->all = ps;
		w->fd = fd;
		w->poll.data = w;
		uv_poll_init_socket(ps->en->loop, &w->poll, fd);
		curl_multi_assign(ps->multi, fd, w);
	}
	if (what & CURL_POLL_IN)
		events |= UV_READABLE;
	if (what & CURL_POLL_OUT)
		events |= UV_WRITABLE;
	uv_poll_start(&w->poll, events, on_poll);
	return 0;
}

static size_t
on_body(char *data, size_t size, size_t count, void *arg)
{
	struct probe *p = arg;

	(void)data;
	p->body += size * count;
	return p->body > BODY_MOST ? 0 : size * count;
}

struct probes *
probes_create(struct engine *en)
{
	struct probes *ps = xcalloc(1, sizeof(*ps));

	ps->en = en;
	uv_timer_init(en->loop, &ps->timer);
	ps->timer.data = ps;
	ps->multi = curl_multi_init();
	curl_multi_setopt(ps->multi, CURLMOPT_SOCKETFUNCTION, set_socket);
	curl_multi_setopt(ps->multi, CURLMOPT_SOCKETDATA, ps);
	curl_multi_setopt(ps->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(ps->multi, CURLMOPT_TIMERDATA, ps);
	return ps;
}

void
probes_destroy(struct probes *ps)
{
	if (ps == NULL)
		return;
	while (ps->list != NULL)
		probe_destroy(ps->list);
	curl_multi_cleanup(ps->multi);
	uv_close((uv_handle_t *)&ps->timer, NULL);
	uv_run(ps->en->loop, UV_RUN_NOWAIT);
	free(ps);
}

void
probes_start(struct probes *ps, int64_t job, enum health_kind kind,
	const char *target, int expect, int64_t timeout_ms)
{
	struct probe *p = xcalloc(1, sizeof(*p));
	char *url = kind == HEALTH_TCP ? xasprintf("http://%s", target)
				       : xstrdup(target);

	p->all = ps;
	p->job = job;
	p->kind = kind;
	p->expect = expect;
	p->easy = curl_easy_init();
	curl_easy_setopt(p->easy, CURLOPT_URL, url);
	curl_easy_setopt(p->easy, CURLOPT_PRIVATE, p);
	curl_easy_setopt(p->easy, CURLOPT_ERRORBUFFER, p->error);
	curl_easy_setopt(p->easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	curl_easy_setopt(p->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(p->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(p->easy, CURLOPT_WRITEDATA, p);
	curl_easy_setopt(p->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(p->easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(p->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(p->easy, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(
		p->easy, CURLOPT_CONNECT_ONLY, kind == HEALTH_TCP ? 1L : 0L);
	p->next = ps->list;
	p->slot = &ps->list;
	if (p->next != NULL)
		p->next->slot = &p->next;
	ps->list = p;
	free(url);
	curl_multi_add_handle(ps->multi, p->easy);
}
