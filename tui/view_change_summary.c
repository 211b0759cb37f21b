/*
 * view_change_summary.c - the first page about a change: everything a person
 * decides by, in the order in which they ask.
 */
#include <string.h>

#include "base/units.h"
#include "tui/estimate.h"
#include "tui/states.h"
#include "tui/view_change.h"
#include "wire/json.h"

static void
sum_why(struct page *pg, const struct world_change *ch)
{
	struct strbuf when;

	strbuf_init(&when);
	page_line(pg, STYLE_UI_TEXT, "Why", "%s%s%s%s",
		ch->why[0] != '\0' ? ch->why : "(nobody said)",
		ch->unplanned[0] != '\0' ? " (incident " : "", ch->unplanned,
		ch->unplanned[0] != '\0' ? ")" : "");
	page_line(pg, STYLE_UI_TEXT, "Asked", "by %s %s%s%s", ch->author,
		page_time(pg->c, ch->submitted_at, &when),
		strcmp(ch->type, "normal") == 0 ? "" : ", type ",
		strcmp(ch->type, "normal") == 0 ? "" : ch->type);
	if (ch->taken_by[0] != '\0')
		page_line(pg, STYLE_APPROVAL_MINE, "Taken", "by %s",
			ch->taken_by);
	strbuf_finish(&when);
}

static const char *
fit_words(const char *fit)
{
	if (strcmp(fit, "fits") == 0)
		return "fits its window";
	if (strcmp(fit, "fits_without_rollback") == 0)
		return "fits, but a way back would end after the window closes";
	if (strcmp(fit, "does_not_fit") == 0)
		return "DOES NOT FIT: it would not be done before it closes";
	return "";
}

static void
sum_when(struct page *pg, const struct world_change *ch, const json_t *full)
{
	const json_t *e = json_object_get(full, "estimate");
	const json_t *close = json_object_get(full, "at_close");
	int64_t took = json_get_int(e, "rollout_s", 0);
	char words[TIME_TEXT_SIZE];
	struct strbuf when, safe;
	bool bad = strncmp(ch->fits_window, "does", 4) == 0;

	strbuf_init(&when);
	strbuf_init(&safe);
	if (ch->scheduled_at > 0)
		page_line(pg, bad ? STYLE_POLICY_WARN : STYLE_UI_TEXT, "When",
			"starts by itself %s; %s",
			page_time(pg->c, ch->scheduled_at, &when),
			fit_words(ch->fits_window));
	else
		page_line(pg, bad ? STYLE_POLICY_WARN : STYLE_UI_TEXT, "When",
			"when somebody starts it%s%s",
			ch->fits_window[0] != '\0' ? "; now it " : "",
			fit_words(ch->fits_window));
	if (took > 0) {
		duration_format(took * 1000, words);
		page_line(pg, STYLE_UI_TEXT, "", "takes about %s (%s)%s%s",
			words,
			strcmp(json_get_string(e, "from", ""), "history") == 0
				? "p90 of its history"
				: "stated default, no history",
			ch->last_safe_start_at > 0 ? ", last safe start " : "",
			page_time(pg->c, ch->last_safe_start_at, &safe));
		strbuf_clear(&safe);
		estimate_words(e, &safe);
		page_line(pg, STYLE_UI_TEXT, "", "%s", safe.buf);
	}
	if (close != NULL && json_is_object(close))
		page_line(pg, STYLE_UI_TEXT, "", "%s '%s' %s %s: then %s",
			json_get_string(close, "kind", ""),
			json_get_string(close, "name", ""),
			strcmp(json_get_string(close, "kind", ""), "window") ==
					0
				? "closes"
				: "begins",
			page_time(pg->c, record_time(close, "at"), &when),
			json_get_string(close, "effect", ""));
	strbuf_finish(&when);
	strbuf_finish(&safe);
}

static void
sum_doubts(struct page *pg, const json_t *full)
{
	const json_t *item;
	struct strbuf when;
	size_t i;

	strbuf_init(&when);
	json_array_foreach(json_object_get(full, "conflicts"), i, item)
	{
		int64_t free_at = record_time(item, "next_free_at");

		page_line(pg, STYLE_CALENDAR_CLASH, i == 0 ? "Conflict" : "",
			"! %s%s%s", json_get_string(item, "text", ""),
			free_at > 0 ? "; next free slot " : "",
			page_time(pg->c, free_at, &when));
	}
	json_array_foreach(json_object_get(full, "warnings"), i,
		item) page_line(pg, STYLE_POLICY_WARN, i == 0 ? "Warning" : "",
		"! %s", json_is_string(item) ? json_string_value(item) : "");
	strbuf_finish(&when);
}

static void
sum_diff(struct page *pg, const char *id)
{
	const json_t *diff = change_ask(pg->c, "change.diff", id, NULL), *v;
	size_t i;

	json_array_foreach(json_object_get(diff, "running"), i, v)
	{
		const char *version = json_get_string(v, "version", NULL);

		if (version == NULL)
			page_line(pg, STYLE_UI_TEXT, i == 0 ? "Change" : "",
				"%lld hosts run nothing of it yet",
				(long long)json_get_int(v, "hosts", 0));
		else
			page_line(pg, STYLE_UI_TEXT, i == 0 ? "Change" : "",
				"from %s; hosts: %lld; files: %lld changed, "
				"+%lld -%lld",
				version, (long long)json_get_int(v, "hosts", 0),
				(long long)json_get_int(v, "files_changed", 0),
				(long long)json_get_int(v, "files_added", 0),
				(long long)json_get_int(v, "files_removed", 0));
	}
}

/* "65 HIGH = +15 ..., +10 ...": all of it, since no term is hidden. */
static void
sum_risk(struct page *pg, const struct world_change *ch, const json_t *full)
{
	struct strbuf terms;
	const json_t *item;
	size_t i;

	if (ch->risk < 0)
		return;
	strbuf_init(&terms);
	json_array_foreach(json_object_get(full, "risk_reasons"), i, item)
		strbuf_addf(&terms, "%s%+lld %s", i == 0 ? " = " : "; ",
			(long long)json_get_int(item, "points", 0),
			json_get_string(item, "text", ""));
	page_line(pg, risk_look(ch->risk_band).role, "Risk", "%lld %s%s",
		(long long)ch->risk, risk_look(ch->risk_band).shown,
		terms.len > 0 ? terms.buf : "");
	strbuf_finish(&terms);
}

/* What "Left" says already. */
static bool
is_about_people(const json_t *rule)
{
	const char *key = json_get_string(rule, "rule", "");

	return strcmp(key, "approvals") == 0 || strcmp(key, "roles") == 0;
}

static void
sum_policy(struct page *pg, const char *id)
{
	const json_t *doc = change_ask(pg->c, "policy.explain", id, NULL),
		     *rule;
	size_t i, passed = 0, open = 0;

	if (doc == NULL)
		return;
	json_array_foreach(json_object_get(doc, "rules"), i, rule) passed +=
		rule_is_pass(rule);
	open = json_array_size(json_object_get(doc, "rules")) - passed;
	page_line(pg, open > 0 ? STYLE_POLICY_WARN : STYLE_POLICY_PASS,
		"Policy", "%zu pass, %zu open", passed, open);
	json_array_foreach(json_object_get(doc, "rules"), i,
		rule) if (!rule_is_pass(rule) && !is_about_people(rule))
		page_line(pg, STYLE_POLICY_WARN, "", "%s %s: %s",
			json_get_string(rule, "result", ""),
			json_get_string(rule, "what", ""),
			json_get_string(rule, "reason", ""));
}

static bool
is_answer(const json_t *d)
{
	const char *verb = json_get_string(d, "verb", "");

	return strcmp(verb, "approve") == 0 || strcmp(verb, "reject") == 0;
}

static void
sum_said(struct page *pg, const json_t *full)
{
	const json_t *d;
	const char *label = "Said";
	size_t i;

	json_array_foreach(json_object_get(full, "decisions"), i, d)
	{
		if (!is_answer(d))
			continue;
		page_said(pg, d, label);
		label = "";
	}
}

static void
sum_left(struct page *pg, const struct world_change *ch)
{
	struct strbuf when;

	strbuf_init(&when);
	page_line(pg, STYLE_APPROVAL_ASKED, "Left", "%s",
		ch->waiting_for[0] != '\0' ? ch->waiting_for : "nothing");
	if (ch->answer_by > 0 && strcmp(ch->state, "submitted") == 0)
		page_line(pg, STYLE_UI_TEXT, "Answer", "by %s, else it expires",
			page_time(pg->c, ch->answer_by, &when));
	if (ch->reason[0] != '\0')
		page_line(pg, STYLE_UI_TEXT, "State", "%s: %s",
			state_look(ch->state).shown, ch->reason);
	if (ch->outcome[0] != '\0')
		page_line(pg, STYLE_UI_TEXT, "Outcome", "%s", ch->outcome);
	if (ch->rollout[0] != '\0')
		page_line(pg, STYLE_UI_TEXT, "Rollout", "%s", ch->rollout);
	strbuf_finish(&when);
}

void
change_page_summary(struct page *pg, const struct world_change *ch)
{
	const json_t *full =
		change_ask(pg->c, "change.show", ch->record.id, NULL);
	const char *word = env_word(ch->env_kind, ch->env);

	sum_why(pg, ch);
	sum_left(pg, ch);
	sum_said(pg, full);
	page_line(pg, STYLE_UI_TEXT, "Where", "%s %s%s%s%s%s", word,
		strcmp(word, ch->env) == 0 ? "" : ch->env,
		ch->strategy[0] != '\0' ? ", strategy " : "", ch->strategy,
		ch->selector[0] != '\0' ? ", only hosts " : "", ch->selector);
	sum_when(pg, ch, full);
	sum_doubts(pg, full);
	sum_diff(pg, ch->record.id);
	sum_risk(pg, ch, full);
	sum_policy(pg, ch->record.id);
}
