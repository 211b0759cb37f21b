/* line_views_decide.c - how changes, decisions and rules are shown. */
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "tui/estimate.h"
#include "tui/line.h"
#include "wire/json.h"

static const char *
str(const json_t *o, const char *key)
{
	return json_get_string(o, key, "");
}

static void
make_what(struct strbuf *out, const json_t *o)
{
	if (*str(o, "service") != '\0')
		strbuf_addf(out, "%s %s", str(o, "service"), str(o, "version"));
	else
		strbuf_adds(out, str(o, "what"));
}

/* Texts, or objects with a text in one of the usual places. */
static void
add_texts(struct strbuf *out, const json_t *list, const char *between)
{
	const json_t *item;
	const char *text;
	size_t i;

	if (json_is_string(list))
		strbuf_adds(out, json_string_value(list));
	json_array_foreach(list, i, item) {
		text = json_is_string(item) ? json_string_value(item)
					    : str(item, "text");
		if (*text == '\0')
			text = str(item, "message");
		strbuf_addf(out, "%s%s", out->len ? between : "", text);
	}
}

static void
make_approvals(struct strbuf *out, const json_t *o)
{
	int64_t required = json_get_int(o, "approvals_required", 0);

	if (required > 0)
		strbuf_addf(out, "%d of %d",
			(int)json_get_int(o, "approvals_given", 0),
			(int)required);
}

static void
make_waiting_for(struct strbuf *out, const json_t *o)
{
	add_texts(out, json_object_get(o, "waiting_for"), ", ");
}

static void
make_conflicts(struct strbuf *out, const json_t *o)
{
	add_texts(out, json_object_get(o, "conflicts"), "\n");
}

/* "62 high", and what it is made of. */
static void
make_risk(struct strbuf *out, const json_t *o)
{
	const json_t *r;
	size_t i;

	if (!json_is_integer(json_object_get(o, "risk")))
		return;
	strbuf_addf(out, "%d %s", (int)json_get_int(o, "risk", 0),
		str(o, "risk_band"));
	json_array_foreach(json_object_get(o, "risk_reasons"), i, r)
		strbuf_addf(out, "\n%+4d %s", (int)json_get_int(r, "points", 0),
			str(r, "text"));
}

static void
make_score(struct strbuf *out, const json_t *o)
{
	if (json_is_integer(json_object_get(o, "risk")))
		strbuf_addf(out, "%d %s", (int)json_get_int(o, "risk", 0),
			str(o, "risk_band"));
}

/* Who said what: "bob approve (grace): looks good". */
static void
make_decisions(struct strbuf *out, const json_t *o)
{
	const json_t *list = json_object_get(o, "decisions"), *d;
	size_t i;

	json_array_foreach(list, i, d) {
		if (strcmp(str(d, "verb"), "write") == 0)
			continue;
		strbuf_addf(out, "%s%s %s", out->len ? "\n" : "",
			str(d, "person"), str(d, "verb"));
		if (strcmp(str(d, "state"), "said") != 0)
			strbuf_addf(out, " (%s)", str(d, "state"));
		if (*str(d, "text") != '\0')
			strbuf_addf(out, ": %s", str(d, "text"));
	}
}

static void
make_taken_by(struct strbuf *out, const json_t *o)
{
	const json_t *list = json_object_get(o, "taken_by"), *c;
	size_t i;

	json_array_foreach(list, i, c)
		strbuf_addf(out, "%s%s", i ? ", " : "", str(c, "person"));
}

static const struct column change_columns[] = {
	{"ID", "id", COLUMN_TEXT, NULL},
	{"STATE", "state", COLUMN_STATE, NULL},
	{"RELEASE", NULL, COLUMN_TEXT, make_what},
	{"ENV", "env", COLUMN_TEXT, NULL},
	{"TYPE", "type", COLUMN_TEXT, NULL},
	{"AUTHOR", "author", COLUMN_TEXT, NULL},
	{"APPROVALS", NULL, COLUMN_TEXT, make_approvals},
	{"STARTS", "scheduled_at", COLUMN_TIME, NULL},
	{"REASON", "reason", COLUMN_TEXT, NULL},
};

static void
make_warnings(struct strbuf *out, const json_t *o)
{
	const json_t *list = json_object_get(o, "warnings"), *w;
	size_t i;

	json_array_foreach(list, i, w)
		strbuf_addf(out, "%s%s", i ? "\n" : "", json_string_value(w));
}

static void
make_takes(struct strbuf *out, const json_t *o)
{
	const json_t *e = json_object_get(o, "estimate");
	char words[TIME_TEXT_SIZE];

	if (!json_is_object(e))
		return;
	duration_format(json_get_int(e, "rollout_s", 0) * 1000, words);
	strbuf_addf(out, "about %s (%s), ", words,
		strcmp(str(e, "from"), "history") == 0
			? "p90 of its history"
			: "stated default, no history");
	estimate_words(e, out);
}

static const struct column change_fields[] = {
	{"change", "id", COLUMN_TEXT, NULL},
	{"state", "state", COLUMN_STATE, NULL},
	{"release", NULL, COLUMN_TEXT, make_what},
	{"environment", "env", COLUMN_TEXT, NULL},
	{"type", "type", COLUMN_TEXT, NULL},
	{"author", "author", COLUMN_TEXT, NULL},
	{"revision", "revision", COLUMN_COUNT, NULL},
	{"strategy", "strategy", COLUMN_TEXT, NULL},
	{"only hosts", "hosts", COLUMN_TEXT, NULL},
	{"unplanned", "unplanned", COLUMN_TEXT, NULL},
	{"plan digest", "plan_digest", COLUMN_DIGEST, NULL},
	{"risk", NULL, COLUMN_TEXT, make_risk},
	{"approvals", NULL, COLUMN_TEXT, make_approvals},
	{"waiting for", NULL, COLUMN_TEXT, make_waiting_for},
	{"said", NULL, COLUMN_TEXT, make_decisions},
	{"taken by", NULL, COLUMN_TEXT, make_taken_by},
	{"answer until", "answer_by", COLUMN_TIME, NULL},
	{"approved until", "valid_until", COLUMN_TIME, NULL},
	{"review until", "review_by", COLUMN_TIME, NULL},
	{"outcome", "outcome", COLUMN_TEXT, NULL},
	{"closed by", "closed_by", COLUMN_TEXT, NULL},
	{"takes", NULL, COLUMN_TEXT, make_takes},
	{"conflicts", NULL, COLUMN_TEXT, make_conflicts},
	{"starts", "scheduled_at", COLUMN_TIME, NULL},
	{"planned", "created_at", COLUMN_TIME, NULL},
	{"rollout", "rollout", COLUMN_TEXT, NULL},
	{"reason", "reason", COLUMN_TEXT, NULL},
	{"warning", NULL, COLUMN_TEXT, make_warnings},
	{"why", "why", COLUMN_TEXT, NULL},
};

/* An act that needs a second person. */
static void
request_summary(struct line *l, const json_t *o)
{
	struct strbuf waits;

	line_say(l, "%s %s: %s, digest %.12s", str(o, "id"), str(o, "state"),
		str(o, "what"), str(o, "plan_digest"));
	strbuf_init(&waits);
	make_waiting_for(&waits, o);
	if (waits.len > 0)
		line_say(l, "waiting for: %s", waits.buf);
	else if (*str(o, "reason") != '\0')
		line_say(l, "%s", str(o, "reason"));
	strbuf_finish(&waits);
}

static void
say_time(struct line *l, const char *what, const char *at)
{
	struct strbuf text;

	strbuf_init(&text);
	time_text(&text, at);
	line_say(l, "%s %s", what, text.buf);
	strbuf_finish(&text);
}

#define CONFLICTS_SAID 5

/* What stands against the time that it was given. */
static void
say_conflicts(struct line *l, const json_t *list)
{
	size_t count = json_array_size(list), i;
	const char *next = "";
	const json_t *c;

	json_array_foreach(list, i, c) {
		if (i < CONFLICTS_SAID)
			line_say(l, "conflict: %s", str(c, "text"));
		if (*str(c, "next_free_at"))
			next = str(c, "next_free_at");
	}
	if (count > CONFLICTS_SAID)
		line_say(l, "and %zu more conflicts", count - CONFLICTS_SAID);
	if (*next != '\0')
		say_time(l, "the next free time is", next);
}

static void
change_summary(struct line *l, const json_t *o)
{
	const char *state = str(o, "state"), *id = str(o, "id");
	struct strbuf waits;
	const json_t *w;
	size_t i;

	if (json_object_get(o, "kind") != NULL) {
		request_summary(l, o);
		return;
	}

	line_say(l, "%s %s: %s %s to %s%s%.12s", id, state,
		str(o, "service"), str(o, "version"), str(o, "env"),
		*str(o, "plan_digest") ? ", plan " : "",
		str(o, "plan_digest"));
	json_array_foreach(json_object_get(o, "warnings"), i, w)
		line_say(l, "warning: %s", json_string_value(w));
	if (*str(o, "scheduled_at"))
		say_conflicts(l, json_object_get(o, "conflicts"));
	if (*str(o, "outcome"))
		line_say(l, "closed by %s as %s", str(o, "closed_by"),
			str(o, "outcome"));
	strbuf_init(&waits);
	make_waiting_for(&waits, o);
	if (strcmp(state, "approved") == 0)
		line_say(l, "start it with: %s start %s",
			line_program(l), id);
	else if (strcmp(state, "scheduled") == 0)
		say_time(l, "it starts at", str(o, "scheduled_at"));
	else if (strcmp(state, "draft") == 0)
		line_say(l, "submit it with: %s change submit %s",
			line_program(l), id);
	else if (strcmp(state, "cancelled") == 0)
		line_say(l, "it will not run");
	else if (waits.len > 0)
		line_say(l, "waiting for: %s", waits.buf);
	strbuf_finish(&waits);
}

const struct view view_change = {
	"changes", VIEW(change_columns, change_fields), change_summary};

/* When an answer, or the review, is due. */
static void
make_until(struct strbuf *out, const json_t *o)
{
	const char *at = *str(o, "answer_by") ? str(o, "answer_by")
					      : str(o, "review_by");

	time_text(out, at);
}

static const struct column queue_columns[] = {
	{"ID", "id", COLUMN_TEXT, NULL},
	{"NEEDS", "needs", COLUMN_TEXT, NULL},
	{"WHAT", NULL, COLUMN_TEXT, make_what},
	{"ENV", "env", COLUMN_TEXT, NULL},
	{"RISK", NULL, COLUMN_TEXT, make_score},
	{"AUTHOR", "author", COLUMN_TEXT, NULL},
	{"APPROVALS", NULL, COLUMN_TEXT, make_approvals},
	{"UNTIL", NULL, COLUMN_TEXT, make_until},
	{"WAITING FOR", NULL, COLUMN_TEXT, make_waiting_for},
};

const struct view view_queue = {
	"things that wait for you", VIEW(queue_columns, queue_columns), NULL};

static const struct column rule_columns[] = {
	{"RULE", "what", COLUMN_TEXT, NULL},
	{"RESULT", "result", COLUMN_STATE, NULL},
	{"REASON", "reason", COLUMN_TEXT, NULL},
	{"WHERE", "where", COLUMN_TEXT, NULL},
};

const struct view view_policy_rule = {
	"rules", VIEW(rule_columns, rule_columns), NULL};

/* What would be different today, one a line. */
static void
make_differences(struct strbuf *out, const json_t *o)
{
	add_texts(out, json_object_get(o, "differences"), "; ");
}

static void
make_reasons(struct strbuf *out, const json_t *o)
{
	add_texts(out, json_object_get(o, "reasons"), "; ");
}

static const struct column replay_columns[] = {
	{"ID", "id", COLUMN_TEXT, NULL},
	{"RELEASE", NULL, COLUMN_TEXT, make_what},
	{"ENV", "env", COLUMN_TEXT, NULL},
	{"STATE", "state", COLUMN_STATE, NULL},
	{"TODAY", "verdict", COLUMN_TEXT, NULL},
	{"RULES THAT DIFFER", NULL, COLUMN_TEXT, make_differences},
	{"REASONS", NULL, COLUMN_TEXT, make_reasons},
};

const struct view view_replay = {
	"changes", VIEW(replay_columns, replay_columns), NULL};

static const struct column request_columns[] = {
	{"ID", "id", COLUMN_TEXT, NULL},
	{"STATE", "state", COLUMN_STATE, NULL},
	{"WHAT", "what", COLUMN_TEXT, NULL},
	{"AUTHOR", "author", COLUMN_TEXT, NULL},
	{"WHY", "why", COLUMN_TEXT, NULL},
	{"UNTIL", "answer_by", COLUMN_TIME, NULL},
};

static void
make_args(struct strbuf *out, const json_t *o)
{
	char *text = json_dumps(json_object_get(o, "args"), JSON_SORT_KEYS);

	strbuf_adds(out, text == NULL ? "" : text);
	free(text);
}

static const struct column request_fields[] = {
	{"request", "id", COLUMN_TEXT, NULL},
	{"state", "state", COLUMN_STATE, NULL},
	{"what", "what", COLUMN_TEXT, NULL},
	{"with", NULL, COLUMN_TEXT, make_args},
	{"why", "why", COLUMN_TEXT, NULL},
	{"author", "author", COLUMN_TEXT, NULL},
	{"digest", "plan_digest", COLUMN_DIGEST, NULL},
	{"waiting for", NULL, COLUMN_TEXT, make_waiting_for},
	{"said", NULL, COLUMN_TEXT, make_decisions},
	{"answer until", "answer_by", COLUMN_TIME, NULL},
	{"reason", "reason", COLUMN_TEXT, NULL},
};

const struct view view_request = {"requests",
	VIEW(request_columns, request_fields), request_summary};
