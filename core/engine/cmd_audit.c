/* cmd_audit.c - the ledger: read, and checked entry by entry. */
#include <stdlib.h>
#include <string.h>

#include "engine/cmd.h"
#include "wire/json.h"

#define VERIFY_SLICE 5000

struct list {
	struct page page;
};

static int
list_entry(const struct ledger_entry *entry, void *arg)
{
	struct list *l = arg;

	return page_add(&l->page, ledger_json(entry), entry->seq);
}

static bool
is_change(struct engine *en, struct change_id id)
{
	struct change c;
	struct error e;
	int found = store_change_find(en->store, id, &c, &e);

	engine_must(found, &e, "read a change");
	if (found == 1)
		change_finish(&c);
	return found == 1;
}

static int
filter_from_args(struct request *rq, struct ledger_filter *f, struct error *e)
{
	const char *change = arg_string(rq, "change");
	struct change_id id = {0};

	f->object = arg_string(rq, "object");
	f->who = arg_string(rq, "who");
	if (change != NULL && !change_id_parse(change, &id))
		return error_set(e, ERROR_USAGE,
			"'%.40s' is not a change, expected one such as C-42",
			change);
	if (change != NULL && !is_change(rq->en, id)) {
		error_set(e, ERROR_NOT_FOUND, "no change '%s'", change);
		return error_hint(e, "see sluice change ls");
	}
	f->change = id.number;
	return arg_time(rq, "since", &f->since, e);
}

void
cmd_audit_ls(struct request *rq)
{
	struct ledger_filter f = {0};
	struct list l;
	struct error e;

	if (filter_from_args(rq, &f, &e) == -1 ||
		page_init(rq, &l.page, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	f.after = l.page.after < 0 ? 0 : l.page.after;
	engine_must(store_ledger_each(rq->en->store, &f, list_entry, &l, &e),
		&e, "read the ledger");
	request_done(rq, page_finish(&l.page));
}

/* ---- verify, in slices between which the engine serves ---- */

struct verify {
	struct request *rq;
	uv_idle_t idle;
	int64_t seq, entries;
	char hash[DIGEST_HEX_SIZE];
	struct strbuf problems;
};

static void
verify_free(uv_handle_t *handle)
{
	struct verify *v = handle->data;

	strbuf_finish(&v->problems);
	free(v);
}

static json_t *
problems_json(const struct strbuf *problems)
{
	json_t *list = json_array();
	const char *p = problems->buf;

	while (*p != '\0') {
		size_t len = strcspn(p, "\n");

		json_array_append_new(list, json_stringn(p, len));
		p += len + (p[len] == '\n');
	}
	return list;
}

static void
verify_answer(struct verify *v)
{
	bool ok = v->problems.len == 0;
	char head[DIGEST_HEX_SIZE];
	int64_t seq;

	uv_idle_stop(&v->idle);
	store_ledger_head(v->rq->en->store, &seq, head);
	request_done(
		v->rq, json_pack("{s:b, s:I, s:s, s:o}", "ok", (int)ok,
			       "entries", (json_int_t)v->entries, "head", head,
			       "problems", problems_json(&v->problems)));
	uv_close((uv_handle_t *)&v->idle, verify_free);
}

static void
verify_slice(uv_idle_t *idle)
{
	struct verify *v = idle->data;
	int looked = store_ledger_verify(
		v->rq->en->store, &v->seq, v->hash, VERIFY_SLICE, &v->problems);

	if (looked > 0) {
		v->entries += looked;
		return;
	}
	verify_answer(v);
}

void
cmd_audit_verify(struct request *rq)
{
	struct verify *v = xcalloc(1, sizeof(*v));

	v->rq = rq;
	memset(v->hash, '0', DIGEST_HEX_SIZE - 1);
	strbuf_init(&v->problems);
	uv_idle_init(rq->en->loop, &v->idle);
	v->idle.data = v;
	uv_idle_start(&v->idle, verify_slice);
}
