/* cmd_host.c - hosts, listed from what is known. */
#include <stdlib.h>
#include <string.h>

#include "engine/cmd.h"
#include "model/hostset.h"

int
select_hosts(struct request *rq, struct page *page,
	void (*fn)(struct request *rq, size_t index, void *arg), void *arg,
	struct error *e)
{
	const struct settings *s = rq->en->settings;
	const char *text = arg_string(rq, "selector");
	struct selector *selector;
	size_t i, taken = 0;

	if (selector_parse(text == NULL ? "" : text, &selector, e) == -1)
		return -1;
	for (i = (size_t)(page->after + 1); i < s->host_count; i++) {
		if (!selector_matches(selector, &s->hosts[i]))
			continue;
		if (taken++ == page->limit) {
			page->more = true;
			break;
		}
		page->last = (int64_t)i;
		fn(rq, i, arg);
	}
	selector_destroy(selector);
	return 0;
}

static void
list_host(struct request *rq, size_t index, void *arg)
{
	struct page *page = arg;

	json_array_append_new(page->items,
		host_json(rq->en, &rq->en->settings->hosts[index]));
}

void
cmd_host_ls(struct request *rq)
{
	struct page page;
	struct error e;

	if (page_init(rq, &page, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	if (select_hosts(rq, &page, list_host, &page, &e) == -1) {
		json_decref(page.items);
		request_fail(rq, &e);
		return;
	}
	request_done(rq, page_finish(&page));
}

void
cmd_host_show(struct request *rq)
{
	const char *name = arg_string(rq, "host");
	const struct host *h = settings_host(rq->en->settings, name);

	if (h == NULL)
		request_refuse(rq, ERROR_NOT_FOUND, "see sluice host ls",
			"no host '%.80s' in the configuration", name);
	else
		request_done(rq, host_json(rq->en, h));
}
