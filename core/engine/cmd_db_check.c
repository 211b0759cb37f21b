/* cmd_db_check.c - the database, checked on the loop, and every artefact,
 * read again by a worker while the engine goes on. */
#include <stdlib.h>
#include <string.h>

#include "engine/cmd.h"
#include "store/artefact.h"
#include "wire/json.h"

struct db_check {
	struct request *rq;
	uv_work_t work;
	char *dir;
	struct strings payloads; /* digests, and of which releases they are */
	struct strings releases;
	struct strbuf problems;
	int count;
};

static int
note_release(const struct release *r, int64_t cursor, void *arg)
{
	struct db_check *c = arg;
	char *name;

	(void)cursor;
	name = xasprintf("%s %s", r->service, r->version);
	strings_add(&c->payloads, r->payload_sha256);
	strings_add(&c->releases, name);
	free(name);
	return 0;
}

static void
check_work(uv_work_t *work)
{
	struct db_check *c = work->data;
	struct error e;
	size_t i;

	for (i = 0; i < c->payloads.count; i++) {
		if (artefact_verify(c->dir, c->payloads.items[i], &e) == 0)
			continue;
		strbuf_addf(&c->problems, "release %s: %s\n",
			c->releases.items[i], e.text);
		c->count++;
	}
}

static void
check_done(uv_work_t *work, int status)
{
	struct db_check *c = work->data;
	json_t *list = json_array();
	char *p, *rest;

	(void)status;
	for (p = strtok_r(c->problems.buf, "\n", &rest); p != NULL;
		p = strtok_r(NULL, "\n", &rest))
		json_array_append_new(list, json_text(p));
	request_done(c->rq, json_pack("{s:b, s:o}", "ok", c->count == 0,
				    "problems", list));
	strbuf_finish(&c->problems);
	strings_finish(&c->payloads);
	strings_finish(&c->releases);
	free(c->dir);
	free(c);
}

void
cmd_db_check(struct request *rq)
{
	struct db_check *c = xcalloc(1, sizeof(*c));
	struct error e;

	c->rq = rq;
	c->work.data = c;
	c->dir = xstrdup(rq->en->private_dir);
	strbuf_init(&c->problems);
	c->count = store_check(rq->en->store, &c->problems);
	engine_must(store_release_each(
			    rq->en->store, NULL, 0, note_release, c, &e),
		&e, "read releases");
	uv_queue_work(rq->en->loop, &c->work, check_work, check_done);
}
