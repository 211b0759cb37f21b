/*
 * probes.c - HTTP and TCP checks, and metrics that are fetched, by libcurl's
 * multi interface in our loop.
 *
 * Of a check only the status counts, and of the body no more than a little is
 * read. A TCP check is a connection that libcurl makes and says nothing over.
 */
#include "engine/probes.h"

#include <stdlib.h>
#include <string.h>

#include "engine/runner.h"
#include "engine/web.h"

#define BODY_MOST 65536
#define FETCHED_MOST (1024 * 1024)

struct probe {
	struct probes *all;
	CURL *easy;
	int64_t job;
	enum health_kind kind;
	int expect;
	size_t body;
	bool is_fetch, is_probe; /* is_fetch: answered by runner_fetched */
	struct strbuf text;	 /* what was fetched */
	char error[CURL_ERROR_SIZE];
	struct probe *next, **slot;
};

struct probes {
	struct engine *en;
	struct web *web;
	struct probe *list;
};

static void
probe_destroy(struct probe *p)
{
	web_remove(p->all->web, p->easy);
	curl_easy_cleanup(p->easy);
	strbuf_finish(&p->text);
	*p->slot = p->next;
	if (p->next != NULL)
		p->next->slot = p->slot;
	free(p);
}

/* The body of an answer that is an error may say why: it is given too. */
static void
fetch_ended(struct probe *p, bool ok, const char *words)
{
	struct runner *rn = p->all->en->runner;
	int64_t id = p->job;
	struct strbuf text = p->text;
	struct fetched f = {.ok = ok, .words = words, .body = text.buf,
		.len = text.len};
	curl_off_t us = 0;

	curl_easy_getinfo(p->easy, CURLINFO_TOTAL_TIME_T, &us);
	f.took_ms = (double)us / 1000;
	strbuf_init(&p->text);
	probe_destroy(p);
	runner_fetched(rn, id, &f);
	strbuf_finish(&text);
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
	if (p->kind == HEALTH_HTTP && code == CURLE_WRITE_ERROR &&
		(!p->is_fetch || p->is_probe))
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
	if (p->is_fetch) {
		fetch_ended(p, ok, text);
		return;
	}
	probe_destroy(p);
	runner_probe_done(rn, job, ok, text);
}

static void
on_ended(CURL *easy, CURLcode code, void *arg)
{
	struct probes *ps = arg;
	struct probe *p;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &p);
	probe_ended(p, code);
	engine_wake(ps->en);
}

static size_t
on_body(char *data, size_t size, size_t count, void *arg)
{
	struct probe *p = arg;

	p->body += size * count;
	if (p->is_fetch && !p->is_probe) {
		if (p->body > FETCHED_MOST)
			return 0;
		strbuf_add(&p->text, data, size * count);
		return size * count;
	}
	return p->body > BODY_MOST ? 0 : size * count;
}

struct probes *
probes_create(struct engine *en)
{
	struct probes *ps = xcalloc(1, sizeof(*ps));

	ps->en = en;
	ps->web = web_create(en->loop, on_ended, ps);
	return ps;
}

void
probes_destroy(struct probes *ps)
{
	if (ps == NULL)
		return;
	while (ps->list != NULL)
		probe_destroy(ps->list);
	web_destroy(ps->web);
	free(ps);
}

static void
begin(struct probes *ps, struct probe *p, enum health_kind kind,
	const char *target, int expect, int64_t timeout_ms)
{
	char *url = kind == HEALTH_TCP ? xasprintf("http://%s", target)
				       : xstrdup(target);

	p->all = ps;
	strbuf_init(&p->text);
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
	curl_easy_setopt(p->easy, CURLOPT_FORBID_REUSE,
		p->is_fetch && !p->is_probe ? 0L : 1L);
	curl_easy_setopt(
		p->easy, CURLOPT_CONNECT_ONLY, kind == HEALTH_TCP ? 1L : 0L);
	p->next = ps->list;
	p->slot = &ps->list;
	if (p->next != NULL)
		p->next->slot = &p->next;
	ps->list = p;
	free(url);
	web_add(ps->web, p->easy);
}

void
probes_start(struct probes *ps, int64_t job, enum health_kind kind,
	const char *target, int expect, int64_t timeout_ms)
{
	struct probe *p = xcalloc(1, sizeof(*p));

	p->job = job;
	begin(ps, p, kind, target, expect, timeout_ms);
}

void
probes_fetch(struct probes *ps, int64_t id, const struct fetch *f)
{
	struct probe *p = xcalloc(1, sizeof(*p));

	p->job = id;
	p->is_fetch = true;
	p->is_probe = f->is_probe;
	begin(ps, p, f->is_tcp ? HEALTH_TCP : HEALTH_HTTP, f->url,
		f->is_probe ? f->expect : 200, f->timeout_ms);
}
