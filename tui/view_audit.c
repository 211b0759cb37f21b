/*
 * view_audit.c - the ledger: its entries, one of them with what was before
 * and is after, and whether the chain holds.
 */
#include <stdlib.h>
#include <string.h>

#include "tui/view_change.h"
#include "wire/json.h"

/* --- the list --- */

static const char *const audit_sections[] = {
	"Loaded", "Decisions", "Engine", "Access", NULL};

/* What an entry is about by the beginning of what was done. */
static bool
begins(const char *what, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strncmp(what, *words, strlen(*words)) == 0)
			return true;
	return false;
}

static bool
keep_entry(struct console *c, struct place *p, const struct record *r)
{
	static const char *const decisions[] = {"change.", "request.",
		"policy.", "freeze.", "line.", "release.quarantine",
		"release.signoff", NULL};
	static const char *const access[] = {"config.", "engine.", "host.trust",
		"host.adopt", "audit.", "refused", NULL};
	const struct world_entry *e = (const void *)r;
	bool by_engine = strcmp(e->who, "engine") == 0;

	(void)c;
	switch (p->section) {
	case 1:
		return !by_engine && begins(e->what, decisions);
	case 2:
		return by_engine;
	case 3:
		return begins(e->what, access);
	}
	return true;
}

static void
open_audit(struct console *c, struct place *p)
{
	(void)p;
	console_load(c, WORLD_LEDGER);
}

static void
refresh_audit(struct console *c, struct place *p)
{
	view_list_rows(c, p, WORLD_LEDGER, true, keep_entry);
}

/* --- the chain --- */

/* "chain holds: 1234 entries, 12 signatures, head 9f2c01ab34cd" */
static enum style_role
chain_words(struct console *c, struct strbuf *out)
{
	const char *why;
	const json_t *o = console_doc(c, "audit.verify", json_object(),
			     c->chain_asked, &why),
		     *problem;
	const json_t *problems = json_object_get(o, "problems");
	size_t i;

	if (o == NULL) {
		strbuf_addf(out, "chain: %s",
			why != NULL ? why : "every entry is being checked");
		return STYLE_NOTICE_INFO;
	}
	if (json_get_bool(o, "ok", false)) {
		strbuf_addf(out,
			"chain holds: %lld entries, %lld signatures, the "
			"tables say the same; head %.12s",
			(long long)json_get_int(o, "entries", 0),
			(long long)json_get_int(o, "signatures", 0),
			json_get_string(o, "head", ""));
		return STYLE_NOTICE_OK;
	}
	strbuf_addf(out, "CHAIN BROKEN: %zu problems",
		json_array_size(problems));
	json_array_foreach(problems, i, problem) if (i < 3)
		strbuf_addf(out, "; %s",
			json_is_string(problem) ? json_string_value(problem)
						: "");
	return STYLE_NOTICE_ERROR;
}

/* Above what is shown, once somebody asked. Returns the lines. */
static int
paint_chain(struct console *c, struct canvas *canvas, struct rect r)
{
	struct rect in = {r.y, r.x + 1, r.h, r.w - 2};
	enum style_role role;
	struct strbuf words;
	int lines;

	if (c->chain_asked == 0)
		return 0;
	strbuf_init(&words);
	role = chain_words(c, &words);
	lines = text_wrap(
		canvas, r.y, r.y + r.h / 2, in, true, role, words.buf);
	strbuf_finish(&words);
	return lines;
}

static bool
ask_chain(struct console *c)
{
	c->chain_asked++;
	c->stale = true;
	return true;
}

static void
paint_audit(struct console *c, struct place *p, struct canvas *canvas,
	struct rect r)
{
	int lines = paint_chain(c, canvas, r);

	r.y += lines;
	r.h -= lines;
	view_paint_list(c, p, canvas, r,
		"nothing in the last seven days; sluice audit ls has all");
}

static bool
act_audit(struct console *c, struct place *p, enum action_id id)
{
	const struct list_row *row = list_selected(&p->list);

	if (id == ACTION_CHAIN)
		return ask_chain(c);
	if (id == ACTION_BEFORE && row != NULL) {
		console_go(c, &entry_view, row->record->id, NULL);
		return true;
	}
	return view_list_act(c, p, id);
}

const struct view audit_view = {
	.name = "Audit",
	.digit = '9',
	.aliases = "audit ledger au",
	.sections = audit_sections,
	.list = WORLD_LEDGER,
	.has_rows = true,
	.open = open_audit,
	.refresh = refresh_audit,
	.paint = paint_audit,
	.act = act_audit,
};

/* --- one entry --- */

/* A value in one line; what is made of parts as JSON. */
static void
value_text(const json_t *v, struct strbuf *out)
{
	char *text;

	if (json_is_string(v)) {
		strbuf_adds(out, json_string_value(v));
		return;
	}
	text = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
	strbuf_adds(out, text != NULL ? text : "");
	free(text);
}

static void
page_value(struct page *pg, enum style_role role, const char *sign,
	const char *key, const json_t *v)
{
	struct strbuf text;

	strbuf_init(&text);
	value_text(v, &text);
	page_line(pg, role, "", "%s%s: %s", sign, key, text.buf);
	strbuf_finish(&text);
}

static void
page_detail(struct page *pg, const json_t *detail)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)detail, key, v)
		page_value(pg, STYLE_UI_TEXT, "", key, v);
}

/* Whether two details are about the same things. */
static bool
shares_keys(const json_t *a, const json_t *b)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)a, key,
		v) if (json_object_get(b, key) != NULL) return true;
	return false;
}

/* The entry about the same object that this one follows; NULL: it is the
 * first, or what is before is not here yet. */
static const json_t *
entry_before(struct console *c, const struct world_entry *e)
{
	const json_t *list = console_doc(c, "audit.ls",
			     json_pack("{s:s, s:i}", "object", e->object,
				     "limit", 1000),
			     (uint64_t)e->seq, NULL),
		     *o, *found = NULL;
	size_t i;

	json_array_foreach(json_object_get(list, "items"), i,
		o) if (json_get_int(o, "seq", 0) < e->seq &&
		       shares_keys(e->detail, json_object_get(o, "detail")))
		found = o;
	return found;
}

static void
page_difference(struct page *pg, const json_t *before, const json_t *after)
{
	bool differs = false;
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)after, key, v)
	{
		const json_t *was = json_object_get(before, key);

		if (json_equal((json_t *)(uintptr_t)was, v))
			continue;
		differs = true;
		if (was != NULL)
			page_value(pg, STYLE_DIFF_DEL, "- ", key, was);
		page_value(pg, STYLE_DIFF_ADD, "+ ", key, v);
	}
	if (!differs)
		page_line(pg, STYLE_UI_DIM, "", "nothing differs");
}

static void
page_before(struct page *pg, struct console *c, const struct world_entry *e)
{
	const json_t *before =
		json_object_size(e->detail) > 0 ? entry_before(c, e) : NULL;
	struct strbuf when;

	if (before == NULL)
		return;
	strbuf_init(&when);
	page_line(pg, STYLE_UI_TITLE, "Before",
		"entry %lld, %s by %s %s",
		(long long)json_get_int(before, "seq", 0),
		json_get_string(before, "what", ""),
		json_get_string(before, "who", ""),
		page_time(c, record_time(before, "at"), &when));
	strbuf_finish(&when);
	page_difference(pg, json_object_get(before, "detail"), e->detail);
}

static void
page_entry(struct page *pg, struct console *c, const struct world_entry *e)
{
	struct strbuf when;

	strbuf_init(&when);
	page_line(pg, STYLE_UI_TITLE, "What", "%s %s", e->what, e->object);
	page_line(pg, STYLE_UI_TEXT, "Who", "%s", e->who);
	page_line(pg, STYLE_UI_TEXT, "When", "%s",
		page_time(c, e->at, &when));
	if (e->reason[0] != '\0')
		page_line(pg, STYLE_UI_TEXT, "Reason", "%s", e->reason);
	if (json_object_size(e->detail) > 0) {
		page_line(pg, STYLE_UI_TITLE, "Detail", "as it was recorded");
		page_detail(pg, e->detail);
	}
	page_before(pg, c, e);
	page_line(pg, STYLE_UI_DIM, "Entry", "%lld", (long long)e->seq);
	page_line(pg, STYLE_UI_DIM, "Hash", "%s", e->hash);
	page_line(pg, STYLE_UI_DIM, "Follows", "%s", e->prev_hash);
	strbuf_finish(&when);
}

static void
paint_entry(struct console *c, struct place *p, struct canvas *canvas,
	struct rect r)
{
	const struct world_entry *e = (const void *)collection_find(
		&c->world->lists[WORLD_LEDGER], p->object);
	int lines = paint_chain(c, canvas, r);
	struct page pg = {c, &p->pager, r.w};

	r.y += lines;
	r.h -= lines;
	pager_begin(&p->pager);
	if (e == NULL)
		pager_add(&p->pager, STYLE_UI_DIM, 0, "  it is not there");
	else
		page_entry(&pg, c, e);
	pager_end(&p->pager);
	pager_paint(&p->pager, canvas, r, true, false);
}

/* The next entry of the list this was opened from. */
static bool
next_entry(struct console *c, struct place *p, int by)
{
	struct place *list;
	const struct list_row *row;

	if (c->depth_places < 2)
		return false;
	list = &c->places[c->depth_places - 2];
	if (!list->view->has_rows || !list_move(&list->list, by))
		return true;
	row = list_selected(&list->list);
	if (row == NULL || row->kind != WORLD_LEDGER)
		return true;
	str_replace(&p->object, row->record->id);
	p->pager.top = 0;
	p->pager.held = false;
	return true;
}

static bool
act_entry(struct console *c, struct place *p, enum action_id id)
{
	if (id == ACTION_CHAIN)
		return ask_chain(c);
	if (id == ACTION_BEFORE)
		return true; /* it is shown already */
	if (id == ACTION_NEXT_ITEM || id == ACTION_PREV_ITEM)
		return next_entry(c, p, id == ACTION_NEXT_ITEM ? 1 : -1);
	return view_search(c, p, id) || pager_act(&p->pager, id, false);
}

static void
crumb(struct console *c, struct place *p, struct strbuf *out)
{
	(void)c;
	strbuf_addf(out, "Entry %s", p->object);
}

const struct view entry_view = {
	.name = "Entry",
	.aliases = "",
	.list = WORLD_LEDGER,
	.paint = paint_entry,
	.act = act_entry,
	.crumb = crumb,
};
