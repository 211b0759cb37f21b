/* cmd_audit.c - the ledger, read. */
#include <stdlib.h>
#include <string.h>

#include "engine/cmd.h"
#include "wire/json.h"

#define LOOK_AT_ONCE 50000

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
arg_period(struct request *rq, struct ledger_filter *f, struct error *e)
{
	int64_t since = 0, until = 0;

	if (arg_since(rq, &since, e) == -1 ||
		arg_time(rq, "until", &until, e) == -1)
		return -1;
	if (until != 0 && until <= since)
		return error_set(
			e, ERROR_USAGE, "the period ends before it begins");
	if (since != 0)
		f->after = store_ledger_before(rq->en->store, since);
	if (until != 0)
		f->last = store_ledger_before(rq->en->store, until);
	if (until != 0 && f->last == 0)
		f->last = -1; /* there is none before it */
	return 0;
}

static int
filter_from_args(struct request *rq, struct ledger_filter *f, struct error *e)
{
	const char *change = arg_string(rq, "change");
	struct change_id id = {0};

	f->object = arg_string(rq, "object");
	f->who = arg_string(rq, "who");
	f->what = arg_string(rq, "what");
	if (change != NULL && f->object != NULL)
		return error_set(e, ERROR_USAGE,
			"a change, or an object: expected one of them");
	if (change != NULL && !change_id_parse(change, &id))
		return error_set(e, ERROR_USAGE,
			"'%.40s' is not a change, expected one such as C-42",
			change);
	if (change != NULL && !is_change(rq->en, id)) {
		error_set(e, ERROR_NOT_FOUND, "no change '%s'", change);
		return error_hint(e, "see sluice change ls");
	}
	f->change = id.number;
	return arg_period(rq, f, e);
}

/* What nothing finds by an index is looked for in so many entries at once:
 * the page is then shorter than it could be, or empty, and goes on there. */
static bool
narrow(struct engine *en, struct ledger_filter *f)
{
	char hash[DIGEST_HEX_SIZE];
	int64_t head;

	store_ledger_head(en->store, &head, hash);
	if (f->last == 0 || f->last > head)
		f->last = head;
	if ((f->who == NULL && f->what == NULL) || f->object != NULL ||
		f->change != 0 || f->last - f->after <= LOOK_AT_ONCE)
		return false;
	f->last = f->after + LOOK_AT_ONCE;
	return true;
}

void
cmd_audit_ls(struct request *rq)
{
	struct ledger_filter f = {0};
	bool narrowed;
	struct list l;
	struct error e;

	if (filter_from_args(rq, &f, &e) == -1 ||
		page_init(rq, &l.page, &e) == -1) {
		request_fail(rq, &e);
		return;
	}
	if (l.page.after > f.after)
		f.after = l.page.after;
	f.most = (int64_t)l.page.limit + 1;
	narrowed = narrow(rq->en, &f);
	if (f.last > f.after)
		engine_must(store_ledger_each(rq->en->store, &f, list_entry,
				    &l, &e),
			&e, "read the ledger");
	if (narrowed && !l.page.more) {
		l.page.more = true;
		l.page.last = f.last;
	}
	request_done(rq, page_finish(&l.page));
}
