/* web.h - libcurl's transfers on our loop. The only place that couples the
 * two; what is asked and what becomes of it is its users'. */
#ifndef SLUICE_ENGINE_WEB_H
#define SLUICE_ENGINE_WEB_H

#include <curl/curl.h>
#include <uv.h>

struct web;

/* ended is called from the loop once for each transfer that was added and not
 * removed; it removes and cleans up. */
struct web *web_create(uv_loop_t *loop,
	void (*ended)(CURL *easy, CURLcode code, void *arg), void *arg);
/* All transfers must have been removed. */
void web_destroy(struct web *w);

void web_add(struct web *w, CURL *easy);
void web_remove(struct web *w, CURL *easy);

#endif
