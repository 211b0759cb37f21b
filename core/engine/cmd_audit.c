/* cmd_audit.c - the ledger, read. */
#include <stdlib.h>
#include <string.h>

#include "engine/cmd.h"
#include "wire/json.h"

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
