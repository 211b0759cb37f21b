/*
 * view_change_pages.c - what the pages about one change or request say: what
 * differs, which rules decide, the plan, its hosts, what people said.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "tui/states.h"
#include "tui/view_change.h"
#include "wire/json.h"

/* --- answers of the engine --- */

static uint64_t
version_of(struct console *c, const char *id)
{
	const struct world_change *ch = world_change(c->world, id);
	const struct world_request *q = world_request(c->world, id);

	return ch != NULL  ? ch->record.version
	       : q != NULL ? q->record.version
			   : 0;
}

const json_t *
change_ask(
	struct console *c, const char *method, const char *id, const char **why)
{
	return console_doc(c, method, json_pack("{s:s}", "id", id),
		version_of(c, id), why);
}

/* Says that it is being read, or why it is not there. */
static void
page_waits(struct page *pg, const char *why)
{
	page_line(pg, why != NULL ? STYLE_NOTICE_WARN : STYLE_UI_DIM, "", "%s",
		why != NULL ? why : "reading");
}

const char *
page_time(struct console *c, int64_t at, struct strbuf *out)
{
	strbuf_clear(out);
	console_time(c, at, out);
	if (out->len > 0)
		strbuf_addf(out, " %s", console_zone_word(c, at));
	return out->len > 0 ? out->buf : "";
}

/* What changed since somebody answered. */
static void
page_changed(struct page *pg, const json_t *d)
{
	static const struct {
		const char *key, *sign;
		enum style_role role;
	} kinds[] = {{"removed", "-", STYLE_DIFF_DEL},
		{"added", "+", STYLE_DIFF_ADD}};
	const json_t *changed = json_object_get(d, "changed"), *line;
	size_t k, i;

	if (!json_is_object(changed))
		return;
	page_line(pg, STYLE_POLICY_WARN, "", "since then the plan changed:");
	for (k = 0; k < ARRAY_SIZE(kinds); k++)
		json_array_foreach(json_object_get(changed, kinds[k].key), i,
			line) page_line(pg, kinds[k].role, "", "  %s %s",
			kinds[k].sign,
			json_is_string(line) ? json_string_value(line) : "");
}

void
page_said(struct page *pg, const json_t *d, const char *label)
{
	const char *verb = json_get_string(d, "verb", "");
	const char *state = json_get_string(d, "state", "");
	const char *text = json_get_string(d, "text", "");
	bool stands =
		strcmp(state, "said") == 0 || strcmp(state, "counts") == 0;
	struct strbuf when;

	strbuf_init(&when);
	page_line(pg,
		strcmp(verb, "reject") == 0    ? STYLE_APPROVAL_REJECTED
		: strcmp(verb, "approve") == 0 ? STYLE_APPROVAL_APPROVED
					       : STYLE_UI_TEXT,
		label, "%s %s %s%s%s%s%s%s%s",
		page_time(pg->c, record_time(d, "at"), &when),
		json_get_string(d, "person", "?"), verb, stands ? "" : " (",
		stands ? "" : state, stands ? "" : ")",
		text[0] != '\0' ? "  \"" : "", text,
		text[0] != '\0' ? "\"" : "");
	strbuf_finish(&when);
}

bool
rule_is_pass(const json_t *rule)
{
	const char *r = json_get_string(rule, "result", "");

	return strcmp(r, "pass") == 0 || strcmp(r, "note") == 0;
}

/* --- the other pages --- */

static void
size_words(const json_t *file, struct strbuf *out)
{
	const json_t *before = json_object_get(file, "size_before_bytes");
	const json_t *after = json_object_get(file, "size_after_bytes");
	char a[TIME_TEXT_SIZE], b[TIME_TEXT_SIZE];

	if (json_is_integer(before))
		size_format(json_integer_value(before), a);
	if (json_is_integer(after))
		size_format(json_integer_value(after), b);
	strbuf_addf(out, "%s%s%s", json_is_integer(before) ? a : "",
		json_is_integer(before) && json_is_integer(after) ? " -> " : "",
		json_is_integer(after) ? b : "");
}

static void
page_file(struct page *pg, const json_t *file)
{
	const char *what = json_get_string(file, "change", "");
	enum style_role role = what[0] == 'a'	? STYLE_DIFF_ADD
			       : what[0] == 'r' ? STYLE_DIFF_DEL
						: STYLE_DIFF_CONTEXT;
	const json_t *line;
	struct strbuf size;
	size_t i;

	strbuf_init(&size);
	size_words(file, &size);
	page_line(pg, role, "", "%c %s  %s",
		what[0] == 'a'	 ? '+'
		: what[0] == 'r' ? '-'
				 : '~',
		json_get_string(file, "path", ""), size.buf);
	json_array_foreach(json_object_get(file, "lines"), i, line)
	{
		const char *s =
			json_is_string(line) ? json_string_value(line) : "";

		page_line(pg,
			s[0] == '+'   ? STYLE_DIFF_ADD
			: s[0] == '-' ? STYLE_DIFF_DEL
				      : STYLE_DIFF_CONTEXT,
			"", "    %s", s);
	}
	strbuf_finish(&size);
}

/* Steps, settings and whatever else differs, as sentences. */
static void
page_more_differences(struct page *pg, const json_t *o)
{
	static const char *const keys[] = {"steps", "settings", "plan"};
	const json_t *item;
	size_t k, i;

	for (k = 0; k < ARRAY_SIZE(keys); k++)
		json_array_foreach(json_object_get(o, keys[k]), i, item)
		{
			const char *s =
				json_is_string(item)
					? json_string_value(item)
					: json_get_string(item, "text", "");

			if (*s != '\0')
				page_line(pg, STYLE_DIFF_CONTEXT,
					i == 0 ? keys[k] : "", "~ %s", s);
		}
}

static void
page_diff(struct page *pg, const struct world_change *ch)
{
	const char *why;
	const json_t *doc =
		change_ask(pg->c, "change.diff", ch->record.id, &why);
	const json_t *v, *file;
	size_t i, k;

	if (doc == NULL) {
		page_waits(pg, why);
		return;
	}
	json_array_foreach(json_object_get(doc, "running"), i, v)
	{
		const char *version = json_get_string(v, "version", NULL);

		page_line(pg, STYLE_DIFF_HUNK, "", "%s -> %s on %lld hosts%s",
			version != NULL ? version : "nothing", ch->version,
			(long long)json_get_int(v, "hosts", 0),
			version != NULL && !json_get_bool(v, "known", false)
				? ": that release is not known here"
				: "");
		json_array_foreach(json_object_get(v, "files"), k, file)
			page_file(pg, file);
		page_more_differences(pg, v);
	}
	page_more_differences(pg, doc);
}

static void
page_policy(struct page *pg, const struct world_change *ch)
{
	const char *why;
	const json_t *doc =
		change_ask(pg->c, "policy.explain", ch->record.id, &why);
	const json_t *rule;
	size_t i;

	if (doc == NULL) {
		page_waits(pg, why);
		return;
	}
	json_array_foreach(json_object_get(doc, "rules"), i, rule)
	{
		bool pass = rule_is_pass(rule);

		page_line(pg, pass ? STYLE_POLICY_PASS : STYLE_POLICY_WARN,
			json_get_string(rule, "result", ""), "%s: %s",
			json_get_string(rule, "what", ""),
			json_get_string(rule, "reason", ""));
		page_line(pg, STYLE_UI_DIM, "", "%s",
			json_get_string(rule, "where", ""));
	}
}

/* Lines of the plan; only those that begin so, where prefix says so. */
static size_t
page_plan_lines(struct page *pg, const struct world_change *ch,
	const char *const *prefixes)
{
	const char *why, *text;
	const json_t *doc =
		change_ask(pg->c, "change.plan", ch->record.id, &why);
	size_t shown = 0, k;

	if (doc == NULL) {
		page_waits(pg, why);
		return 0;
	}
	text = json_get_string(doc, "text", "");
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");
		const char *start = text + strspn(text, " ");

		for (k = 0; prefixes[k] != NULL; k++)
			if (strncmp(start, prefixes[k], strlen(prefixes[k])) ==
				0)
				break;
		if (prefixes[k] != NULL) {
			pager_add(pg->pager, STYLE_UI_TEXT, 0, " %.*s", (int)n,
				text);
			shown++;
		}
		text += n;
		text += *text == '\n';
	}
	if (json_is_integer(json_object_get(doc, "next")))
		page_line(pg, STYLE_UI_DIM, "",
			"... and more: sluice change plan %s", ch->record.id);
	return shown;
}

static void
page_plan(struct page *pg, const struct world_change *ch)
{
	static const char *const all[] = {"", NULL};

	page_plan_lines(pg, ch, all);
}

static void
page_hosts(struct page *pg, const struct world_change *ch)
{
	static const char *const hosts[] = {
		"wave ", "host ", "left out", "excluded", NULL};

	page_plan_lines(pg, ch, hosts);
}

static void
page_notes(struct page *pg, const char *method, const char *id)
{
	const char *why;
	const json_t *full = change_ask(pg->c, method, id, &why), *d;
	size_t i;

	if (full == NULL) {
		page_waits(pg, why);
		return;
	}
	if (json_array_size(json_object_get(full, "decisions")) == 0)
		page_line(pg, STYLE_UI_DIM, "",
			"nobody has said anything; c comments, i asks");
	json_array_foreach(json_object_get(full, "decisions"), i, d)
	{
		page_said(pg, d, "");
		page_changed(pg, d);
	}
}

static void
page_request(struct page *pg, const struct world_request *q, int tab)
{
	struct strbuf when;

	if (tab == TAB_NOTES) {
		page_notes(pg, "request.show", q->record.id);
		return;
	}
	if (tab != TAB_SUMMARY) {
		page_line(pg, STYLE_UI_DIM, "", "it is about %s", q->object);
		return;
	}
	strbuf_init(&when);
	page_line(pg, STYLE_UI_TEXT, "What", "%s", q->what);
	page_line(pg, STYLE_UI_TEXT, "Why", "%s", q->why);
	page_line(pg, STYLE_UI_TEXT, "Asked", "by %s %s", q->author,
		page_time(pg->c, q->created_at, &when));
	page_line(pg, STYLE_APPROVAL_ASKED, "Left", "%s",
		q->waiting_for[0] != '\0' ? q->waiting_for : "nothing");
	page_line(pg, STYLE_UI_TEXT, "State", "%s%s%s",
		state_look(q->state).shown, q->reason[0] != '\0' ? ": " : "",
		q->reason);
	if (strcmp(q->state, "submitted") == 0)
		page_line(pg, STYLE_UI_TEXT, "Answer", "by %s, else it expires",
			page_time(pg->c, q->answer_by, &when));
	strbuf_finish(&when);
}

void
change_page(struct console *c, struct pager *pager, const char *id, int tab,
	int width)
{
	static void (*const pages[TAB_COUNT])(struct page * pg,
		const struct world_change *ch) = {change_page_summary,
		page_diff, page_policy, page_plan, page_hosts};
	const struct world_change *ch = world_change(c->world, id);
	const struct world_request *q = world_request(c->world, id);
	struct page pg = {c, pager, width};

	pager_begin(pager);
	if (q != NULL)
		page_request(&pg, q, tab);
	else if (ch == NULL)
		page_line(&pg, STYLE_UI_DIM, "", "it is not there");
	else if (tab == TAB_NOTES)
		page_notes(&pg, "change.show", id);
	else
		pages[tab](&pg, ch);
	pager_end(pager);
}

/* --- counts --- */

static int
count_files(const json_t *diff)
{
	static const char *const keys[] = {
		"files_added", "files_removed", "files_changed"};
	const json_t *v;
	size_t i, k;
	int most = 0;

	json_array_foreach(json_object_get(diff, "running"), i, v)
	{
		int n = 0;

		for (k = 0; k < ARRAY_SIZE(keys); k++)
			n += (int)json_get_int(v, keys[k], 0);
		most = n > most ? n : most;
	}
	return most;
}

int
change_tab_count(struct console *c, const char *id, int tab)
{
	const json_t *doc = NULL;

	if (world_change(c->world, id) == NULL)
		return -1;
	if (tab == TAB_DIFF)
		doc = change_ask(c, "change.diff", id, NULL);
	else if (tab == TAB_POLICY)
		doc = change_ask(c, "policy.explain", id, NULL);
	else if (tab == TAB_NOTES)
		doc = change_ask(c, "change.show", id, NULL);
	if (doc == NULL)
		return -1;
	return tab == TAB_DIFF ? count_files(doc)
	       : tab == TAB_POLICY
		       ? (int)json_array_size(json_object_get(doc, "rules"))
		       : (int)json_array_size(
				 json_object_get(doc, "decisions"));
}

void
change_seen_text(
	struct console *c, const char *id, bool narrow, struct strbuf *out)
{
	const struct world_change *ch = world_change(c->world, id);

	if (ch == NULL || strcmp(ch->state, "submitted") != 0 ||
		strlen(ch->plan_digest) < 8)
		return;
	strbuf_addf(out,
		narrow ? "rev %lld, %.4s..%s"
		       : "you see revision %lld, sha256 %.4s..%s; a decision "
			 "is about that alone",
		(long long)(ch->revision < 1 ? 1 : ch->revision),
		ch->plan_digest, ch->plan_digest + strlen(ch->plan_digest) - 2);
}
