/*
 * cmd_export.c - a change, or a period, with all that proves it.
 *
 * Made in slices on the loop and written by a worker, so that neither a long
 * ledger nor a slow file holds anybody up: the ledger first, a page a turn,
 * then each change that it speaks of, then the README.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "base/units.h"
#include "engine/cmd.h"
#include "engine/export.h"
#include "wire/json.h"

#define LEDGER_PAGE 2000

/* ---- pieces ---- */

void
export_add(struct export *x, const char *file, const char *text)
{
	json_t *o = json_pack("{s:s, s:o}", "file", file, "text",
		json_text(text));
	char *line = json_dumps(o, JSON_COMPACT);

	strbuf_adds(&x->out, line);
	strbuf_addc(&x->out, '\n');
	free(line);
	json_decref(o);
}

void
export_add_json(struct export *x, const char *file, json_t *o)
{
	char *text = json_dumps(o, JSON_INDENT(2) | JSON_SORT_KEYS);
	char *line = xasprintf("%s\n", text);

	export_add(x, file, line);
	free(line);
	free(text);
	json_decref(o);
}

/* ---- the ledger ---- */

struct page_of_ledger {
	struct export *x;
	struct strbuf entries, hashes, timeline, canonical;
	int count;
};

static void
note_change(struct export *x, const char *object)
{
	struct change_id id;
	size_t i;

	if (x->change.number != 0 || !change_id_parse(object, &id))
		return;
	for (i = x->change_count; i > 0; i--)
		if (x->changes[i - 1].number == id.number)
			return;
	ARRAY_GROW(x->changes, x->change_count, x->change_capacity);
	x->changes[x->change_count++] = id;
}

static int
add_entry(const struct ledger_entry *entry, void *arg)
{
	struct page_of_ledger *p = arg;
	char when[TIME_TEXT_SIZE];

	if (p->count == LEDGER_PAGE || (p->x->to != 0 && entry->at >= p->x->to))
		return 1;
	p->count++;
	p->x->ledger_after = entry->seq;
	note_change(p->x, entry->object);
	strbuf_clear(&p->canonical);
	ledger_entry_canonical(entry, &p->canonical);
	strbuf_add(&p->entries, p->canonical.buf, p->canonical.len);
	strbuf_addc(&p->entries, '\n');
	strbuf_addf(&p->hashes, "%lld %s\n", (long long)entry->seq,
		entry->hash);
	time_format_utc(entry->at, when);
	strbuf_addf(&p->timeline, "%s  %-22s %-12s %-12s ", when, entry->what,
		entry->object, entry->who);
	text_add_printable(
		&p->timeline, entry->reason, strlen(entry->reason));
	strbuf_addc(&p->timeline, '\n');
	return 0;
}

/* False: that was all of it. */
static bool
export_ledger(struct export *x)
{
	struct ledger_filter f = {.change = x->change.number,
		.after = x->ledger_after,
		.most = LEDGER_PAGE + 1};
	struct page_of_ledger p = {.x = x};
	struct error e;

	strbuf_init(&p.entries);
	strbuf_init(&p.hashes);
	strbuf_init(&p.timeline);
	strbuf_init(&p.canonical);
	engine_must(store_ledger_each(x->rq->en->store, &f, add_entry, &p, &e),
		&e, "read the ledger");
	export_add(x, "ledger.jsonl", p.entries.buf);
	export_add(x, "ledger.hashes", p.hashes.buf);
	export_add(x, "timeline.txt", p.timeline.buf);
	x->entries += p.count;
	strbuf_finish(&p.entries);
	strbuf_finish(&p.hashes);
	strbuf_finish(&p.timeline);
	strbuf_finish(&p.canonical);
	return p.count == LEDGER_PAGE;
}

/* ---- slices ---- */

static void
export_free(uv_handle_t *handle)
{
	struct export *x = handle->data;

	strbuf_finish(&x->out);
	strbuf_finish(&x->checks);
	strings_finish(&x->shared);
	free(x->changes);
	free(x);
}

static void
export_answer(struct export *x)
{
	struct engine *en = x->rq->en;
	struct actor by = request_actor(x->rq);
	char id[ID_TEXT_SIZE] = "", head[DIGEST_HEX_SIZE];
	int64_t seq;

	if (x->change.number != 0)
		change_id_format(x->change, id);
	if (x->result == -1) {
		request_fail(x->rq, &x->error);
	} else {
		engine_record(en, by.who, by.uid, "audit.export", id, "",
			json_pack("{s:o, s:o, s:I}", "from",
				json_time(x->from), "to", json_time(x->to),
				"entries", (json_int_t)x->entries));
		store_ledger_head(en->store, &seq, head);
		request_done(x->rq,
			json_pack("{s:I, s:I, s:I, s:I, s:s}", "entries",
				(json_int_t)x->entries, "changes",
				(json_int_t)x->change_count, "signatures",
				(json_int_t)x->signatures, "ledger_seq",
				(json_int_t)seq, "ledger_head", head));
	}
	uv_close((uv_handle_t *)&x->idle, export_free);
}

static void export_slice(uv_idle_t *idle);

static void
export_write(uv_work_t *work)
{
	struct export *x = work->data;

	x->result = file_write_all(x->rq->fds[0], x->out.buf, x->out.len,
		"the export", &x->error);
}

static void
export_written(uv_work_t *work, int status)
{
	struct export *x = work->data;

	(void)status;
	strbuf_clear(&x->out);
	engine_wake(x->rq->en);
	if (x->result == -1 || x->change_at > x->change_count)
		export_answer(x);
	else
		uv_idle_start(&x->idle, export_slice);
}

static void
export_slice(uv_idle_t *idle)
{
	struct export *x = idle->data;

	uv_idle_stop(idle);
	if (x->ledger_after >= 0) {
		if (!export_ledger(x))
			x->ledger_after = -1;
	} else if (x->change_at < x->change_count) {
		export_change(x, x->changes[x->change_at++]);
	} else {
		export_readme(x);
		x->change_at = x->change_count + 1;
	}
	uv_queue_work(x->rq->en->loop, &x->work, export_write, export_written);
}

/* ---- the request ---- */

static int
read_args(struct request *rq, struct export *x, struct error *e)
{
	const char *change = arg_string(rq, "change");
	struct change c;
	struct stat st;
	int found;

	if (rq->fd_count != 1 || fstat(rq->fds[0], &st) == -1 ||
		!S_ISREG(st.st_mode))
		return error_set(e, ERROR_USAGE,
			"no file came along with the request");
	if (arg_time(rq, "from", &x->from, e) == -1 ||
		arg_time(rq, "to", &x->to, e) == -1)
		return -1;
	if (x->to != 0 && x->to <= x->from)
		return error_set(e, ERROR_USAGE,
			"the period ends before it begins");
	if (x->from != 0)
		x->ledger_after =
			store_ledger_before(rq->en->store, x->from);
	if (change == NULL)
		return 0;
	if (x->from != 0 || x->to != 0)
		return error_set(e, ERROR_USAGE,
			"a change, or a period: expected one of them");
	if (!change_id_parse(change, &x->change))
		return error_set(e, ERROR_USAGE,
			"'%.40s' is not a change, expected one such as C-42",
			change);
	found = store_change_find(rq->en->store, x->change, &c, e);
	if (found == 0) {
		error_set(e, ERROR_NOT_FOUND, "no change '%s'", change);
		error_hint(e, "see sluice change ls");
	}
	if (found != 1)
		return -1;
	ARRAY_GROW(x->changes, x->change_count, x->change_capacity);
	x->changes[x->change_count++] = c.id;
	change_finish(&c);
	return 0;
}

void
cmd_audit_export(struct request *rq)
{
	struct export *x = xcalloc(1, sizeof(*x));
	struct error e;

	x->rq = rq;
	if (read_args(rq, x, &e) == -1) {
		request_fail(rq, &e);
		free(x->changes);
		free(x);
		return;
	}
	strbuf_init(&x->out);
	strbuf_init(&x->checks);
	x->work.data = x->idle.data = x;
	uv_idle_init(rq->en->loop, &x->idle);
	uv_idle_start(&x->idle, export_slice);
}
