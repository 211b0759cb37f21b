/*
 * console_decide.c - deciding about changes and requests: yes, no, taking it
 * up, words, the review; what each asks and sends. A decision carries the
 * digest of what was painted, never what it has become meanwhile.
 */
#include <stdio.h>
#include <string.h>

#include "tui/console_act.h"
#include "tui/console_deed.h"
#include "tui/states.h"
#include "wire/json.h"

/* --- what is possible --- */

static const char *
state_of(const struct target *t)
{
	return t->change != NULL    ? t->change->state
	       : t->request != NULL ? t->request->state
				    : "";
}

/* Why something in that state waits for no answer. */
static const char *
waits_not(const char *state)
{
	static const struct {
		const char *state, *why;
	} words[] = {{"draft", "it is a draft: submit it first"},
		{"approved", "it is approved"},
		{"scheduled", "it is approved and has its time"},
		{"running", "it runs"},
		{"voided", "its plan changed: it must be submitted again"},
		{"expired", "it expired: it must be submitted again"},
		{"rejected", "it was rejected"},
		{"cancelled", "it was cancelled"}};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(words[i].state, state) == 0)
			return words[i].why;
	return "it is over";
}

static const char *
reason_decide(struct console *c, const struct target *t)
{
	const char *author = t->change != NULL	  ? t->change->author
			     : t->request != NULL ? t->request->author
						  : "";
	const char *id = console_target_id(t);

	if (strcmp(state_of(t), "submitted") != 0)
		return waits_not(state_of(t));
	if (strcmp(world_needs(c->world, id), "decision") == 0)
		return NULL;
	if (strcmp(author, c->person) == 0)
		return "it is yours: others decide";
	return "it does not wait for your answer";
}

static const char *
reason_take(struct console *c, const struct target *t)
{
	(void)c;
	if (strcmp(state_of(t), "submitted") != 0)
		return waits_not(state_of(t));
	if (t->change != NULL && strcmp(t->change->taken_by, c->person) == 0)
		return "you have taken it";
	return NULL;
}

static const char *
reason_untake(struct console *c, const struct target *t)
{
	return t->change != NULL && strstr(t->change->taken_by, c->person)
		       ? NULL
		       : "you have not taken it";
}

static const char *
reason_words(struct console *c, const struct target *t)
{
	(void)c;
	(void)t;
	return NULL;
}

static const char *
reason_ask(struct console *c, const struct target *t)
{
	(void)c;
	return strcmp(state_of(t), "submitted") == 0 ? NULL
						     : waits_not(state_of(t));
}

static const char *
reason_undo(struct console *c, const struct target *t)
{
	int64_t now = clock_wall_ms(c->clock) / 1000;
	const char *id = console_target_id(t);

	if (c->undo.id[0] != '\0' && strcmp(c->undo.id, id) == 0 &&
		console_now_ms(c) < c->undo.until_ms)
		return NULL;
	if (t->change != NULL && t->change->grace_until > now &&
		strstr(t->change->answers, c->person) != NULL)
		return NULL;
	return "no answer of yours can be taken back now";
}

static const char *
reason_submit(struct console *c, const struct target *t)
{
	static const char *const can[] = {"draft", "voided", "expired"};
	size_t i;

	(void)c;
	for (i = 0; i < ARRAY_SIZE(can); i++)
		if (strcmp(t->change->state, can[i]) == 0)
			return NULL;
	return "it was submitted already";
}

static const char *
reason_cancel(struct console *c, const struct target *t)
{
	static const char *const can[] = {"draft", "submitted", "approved",
		"scheduled", "voided", "expired"};
	size_t i;

	if (t->request != NULL)
		return strcmp(t->request->state, "submitted") != 0
			       ? waits_not(t->request->state)
		       : strcmp(t->request->author, c->person) != 0
			       ? "only who asked can take it back"
			       : NULL;
	if (!c->single_user && strcmp(t->change->author, c->person) != 0)
		return "it is of somebody else: only its author gives it up";
	for (i = 0; i < ARRAY_SIZE(can); i++)
		if (strcmp(t->change->state, can[i]) == 0)
			return NULL;
	return strcmp(t->change->state, "running") == 0
		       ? "it runs: abort its rollout"
		       : "it is over";
}

static const char *
reason_review(struct console *c, const struct target *t)
{
	static const char *const can[] = {
		"succeeded", "failed", "aborted", "rolled_back", "mixed"};
	size_t i;

	(void)c;
	if (t->change->outcome[0] != '\0')
		return "it is closed";
	for (i = 0; i < ARRAY_SIZE(can); i++)
		if (strcmp(t->change->state, can[i]) == 0)
			return NULL;
	return "it has not run to its end";
}

/* --- what sheets say --- */

void
deed_line_change(struct sheet *s, const struct world_change *ch)
{
	const char *word = env_word(ch->env_kind, ch->env);

	sheet_line(s, false, "%s %s%s%s  to %s %s  revision %lld %.8s",
		ch->service,
		ch->from_version[0] != '\0' ? ch->from_version : "",
		ch->from_version[0] != '\0' ? " -> " : "", ch->version, word,
		strcmp(word, ch->env) == 0 ? "" : ch->env,
		(long long)(ch->revision < 1 ? 1 : ch->revision),
		ch->plan_digest);
}

static void
warn_each(struct sheet *s, const char *sayings)
{
	while (*sayings != '\0') {
		const char *end = strstr(sayings, "; ");
		int n = end != NULL ? (int)(end - sayings)
				    : (int)strlen(sayings);

		sheet_line(s, true, "! %.*s", n, sayings);
		sayings += n;
		sayings += *sayings != '\0' ? 2 : 0;
	}
}

bool
deed_is_risky(const struct world_change *ch)
{
	return strcmp(ch->risk_band, "high") == 0 ||
	       strcmp(ch->risk_band, "critical") == 0;
}

void
deed_line_warnings(struct sheet *s, const struct world_change *ch)
{
	warn_each(s, ch->warnings);
	warn_each(s, ch->conflicts);
	if (strcmp(ch->fits_window, "does_not_fit") == 0)
		sheet_line(s, true,
			"! it does not fit into its window: it would not be "
			"done before it closes");
	else if (strcmp(ch->fits_window, "fits_without_rollback") == 0)
		sheet_line(s, true,
			"! it fits into its window, but a way back would end "
			"after it closes");
	if (deed_is_risky(ch))
		sheet_line(s, true, "! risk %lld %s", (long long)ch->risk,
			risk_look(ch->risk_band).shown);
}

/* What the answer will start, and when. */
static void
line_effect(struct console *c, struct sheet *s, const struct world_change *ch)
{
	int64_t missing = ch->approvals_required - ch->approvals_given;
	struct strbuf when;

	strbuf_init(&when);
	console_time(c, ch->scheduled_at, &when);
	if (missing > 1 || strstr(ch->waiting_for, "; ") != NULL)
		sheet_line(s, false,
			"You are yes %lld of %lld. It waits for: %s.",
			(long long)(ch->approvals_given + 1),
			(long long)ch->approvals_required, ch->waiting_for);
	else if (ch->scheduled_at > 0)
		sheet_line(s, false,
			"You are yes %lld of %lld, the last: it will START by "
			"itself on %s %s.",
			(long long)(ch->approvals_given + 1),
			(long long)ch->approvals_required, when.buf,
			console_zone_word(c, ch->scheduled_at));
	else
		sheet_line(s, false,
			"You are yes %lld of %lld, the last: it is approved "
			"then, and starts when somebody starts it.",
			(long long)(ch->approvals_given + 1),
			(long long)ch->approvals_required);
	strbuf_finish(&when);
}

static bool
has_doubts(const struct world_change *ch)
{
	return ch->conflicts[0] != '\0' || ch->warnings[0] != '\0' ||
	       strncmp(ch->fits_window, "does", 4) == 0 ||
	       strcmp(ch->fits_window, "fits_without_rollback") == 0;
}

static void
fill_request(struct sheet *s, const struct world_request *r)
{
	sheet_line(s, false, "%s", r->what);
	sheet_line(s, false, "Asked by %s: %s", r->author, r->why);
	sheet_line(s, false, "A second person decides. digest %.8s",
		r->plan_digest);
}

static void
fill_approve(struct console *c, struct sheet *s, const struct target *t)
{
	s->has_reason = true;
	s->verb = "Approve";
	if (t->request != NULL) {
		fill_request(s, t->request);
		sheet_line(s, false,
			"With your yes it is done, after a grace time in which "
			"u takes it back.");
		return;
	}
	deed_line_change(s, t->change);
	sheet_line(s, false, "reading the plan");
	s->plan_line = 1;
	line_effect(c, s, t->change);
	deed_line_warnings(s, t->change);
	sheet_line(s, false,
		"u takes it back within its grace time. Esc keeps your text.");
	console_load_plan(c, t->change->record.id);
	if (has_doubts(t->change)) {
		struct sheet_item *it = sheet_add(s, SHEET_TICK, "",
			"I have read the lines with ! and accept them", NULL);

		if (it != NULL)
			it->needed = true;
	}
	s->needs_reason = deed_is_risky(t->change);
	if (s->needs_reason)
		s->reason_label = "Reason (needed)";
}

static void
fill_reject(struct console *c, struct sheet *s, const struct target *t)
{
	if (t->request != NULL)
		fill_request(s, t->request);
	else
		deed_line_change(s, t->change);
	sheet_line(s, false,
		"One no ends it. %s reads your reason and can revise it.",
		t->request != NULL ? t->request->author : t->change->author);
	sheet_line(s, false,
		"u takes it back within its grace time. Esc keeps your text.");
	if (sign_is_wanted(c, console_target_id(t)))
		sheet_line(s, false,
			"A no counts without a signature. To sign it: sluice "
			"change statement %s --verb reject.",
			console_target_id(t));
	s->has_reason = s->needs_reason = true;
	s->verb = "Reject";
}

static void
line_subject(struct sheet *s, const struct target *t)
{
	if (t->request != NULL)
		sheet_line(s, false, "%s", t->request->what);
	else
		deed_line_change(s, t->change);
}

static void
fill_comment(struct console *c, struct sheet *s, const struct target *t)
{
	(void)c;
	line_subject(s, t);
	s->has_reason = s->needs_reason = true;
	s->reason_label = "Comment";
	s->verb = "Say it";
}

static void
fill_ask(struct console *c, struct sheet *s, const struct target *t)
{
	(void)c;
	line_subject(s, t);
	sheet_line(s, false, "%s sees it under \"needs you\" until answered.",
		t->request != NULL ? t->request->author : t->change->author);
	s->has_reason = s->needs_reason = true;
	s->reason_label = "Question";
	s->verb = "Ask";
}

static void
fill_submit(struct console *c, struct sheet *s, const struct target *t)
{
	(void)c;
	deed_line_change(s, t->change);
	if (t->change->reason[0] != '\0')
		sheet_line(s, true, "! it is %s: %s",
			state_look(t->change->state).shown, t->change->reason);
	sheet_line(s, false,
		"Its plan is made anew and asks for %lld approval%s; earlier "
		"answers do not count.",
		(long long)t->change->approvals_required,
		t->change->approvals_required == 1 ? "" : "s");
	deed_line_warnings(s, t->change);
	s->verb = "Submit";
}

static void
fill_cancel(struct console *c, struct sheet *s, const struct target *t)
{
	(void)c;
	line_subject(s, t);
	sheet_line(s, false,
		t->request != NULL ? "The request is taken back."
				   : "It is given up for good; nothing of it "
				     "has run.");
	s->has_reason = s->needs_reason = true;
	s->verb = t->request != NULL ? "Take back" : "Give up";
}

static void
fill_review(struct console *c, struct sheet *s, const struct target *t)
{
	static const char *const outcomes[] = {
		"successful", "with-issues", "unsuccessful", NULL};
	struct sheet_item *it;

	(void)c;
	deed_line_change(s, t->change);
	sheet_line(s, false, "It is %s%s%s.",
		state_look(t->change->state).shown,
		t->change->reason[0] != '\0' ? ": " : "", t->change->reason);
	if (t->change->review_by > 0)
		sheet_line(s, true, "! it was an emergency and owes a review");
	if (strcmp(t->change->state, "mixed") == 0)
		sheet_line(s, true,
			"! hosts run different versions: this accepts them as "
			"they are");
	it = sheet_add(s, SHEET_PICK, "outcome", "Outcome", NULL);
	if (it != NULL)
		it->options = outcomes;
	s->has_reason = s->needs_reason = true;
	s->reason_label = "Review";
	s->verb = "Close it";
}

/* --- what is sent --- */

static void
send_digest(struct console *c, struct sheet *s, json_t *params)
{
	(void)c;
	json_object_set_new(params, "digest", json_string(s->digest));
}

#define OPEN_STATES " submitted "
#define UNSENT_STATES " draft voided expired "
#define OVER_STATES " succeeded failed aborted rolled_back mixed "

const struct deed decide_deeds[] = {
	{ACTION_APPROVE, "approve|override", "approved", false, OPEN_STATES,
		reason_decide, fill_approve, send_digest, NULL},
	{ACTION_REJECT, "approve|override", "rejected", false, OPEN_STATES,
		reason_decide, fill_reject, send_digest, NULL},
	{ACTION_TAKE, "approve|override", "is taken by you for 15 minutes",
		true, OPEN_STATES, reason_take, NULL, NULL, NULL},
	{ACTION_UNTAKE, "approve|override", "is given back", true, OPEN_STATES,
		reason_untake, NULL, NULL, NULL},
	{ACTION_COMMENT, "plan|approve|override", "has your comment", true,
		NULL, reason_words, fill_comment, NULL, NULL},
	{ACTION_ASK, "approve|override", "has your question", true, OPEN_STATES,
		reason_ask, fill_ask, NULL, NULL},
	{ACTION_UNDO, "approve|override",
		"waits again: your answer is taken back", true, NULL,
		reason_undo, NULL, NULL, NULL},
	{ACTION_SUBMIT, "plan", "is submitted", true, UNSENT_STATES,
		reason_submit, fill_submit, NULL, NULL},
	{ACTION_CANCEL, "plan|operate|view", "is given up", true, NULL,
		reason_cancel, fill_cancel, NULL, NULL},
	{ACTION_REVIEW, "plan|approve|operate", "is closed", true, OVER_STATES,
		reason_review, fill_review, NULL, NULL},
};
const size_t decide_deed_count = ARRAY_SIZE(decide_deeds);
