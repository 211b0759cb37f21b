/*
 * console_ask.c - what the sheets say before something is done: what will
 * happen, where, to how many hosts, and what undoes it.
 */
#include "tui/console_ask.h"

#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "model/plan_diff.h"
#include "tui/canary_look.h"
#include "tui/console_act.h"
#include "tui/console_deed.h"
#include "tui/states.h"
#include "tui/view_rollout.h"
#include "wire/json.h"

void
ask_seen(struct console *c, const struct sheet *s, char *out, size_t size)
{
	const struct world_rollout *r = world_rollout(c->world, s->object);
	const struct world_change *ch = world_change(c->world, s->object);
	const struct world_request *q = world_request(c->world, s->object);
	const char *state = r != NULL ? r->state : "";

	if (s->object[0] == '\0' || s->is_bulk)
		snprintf(out, size, "new");
	else if (q != NULL)
		snprintf(out, size, "%s %.12s", q->state, q->plan_digest);
	else if (ch != NULL)
		snprintf(out, size, "%s revision %lld %.12s", ch->state,
			(long long)ch->revision, ch->plan_digest);
	else if (strcmp(state, "staging") == 0 || strcmp(state, "pending") == 0)
		snprintf(out, size, "running");
	else
		snprintf(out, size, "%s", r != NULL ? state : "gone");
}

/* Four hexadecimal digits that belong to the object alone. */
static void
four_digits(const char *object, const char *digest, char out[5])
{
	char hash[DIGEST_HEX_SIZE];

	if (strlen(digest) >= 4) {
		snprintf(out, 5, "%.4s", digest);
		return;
	}
	digest_hex(object, strlen(object), hash);
	snprintf(out, 5, "%.4s", hash);
}

static void
need_digits(struct console *c, struct sheet *s, const struct world_rollout *r)
{
	char digits[5];

	(void)c;
	four_digits(r->record.id, r->plan_digest, digits);
	snprintf(s->word, sizeof(s->word), "%s", digits);
}

static void
line_what(struct sheet *s, const char *service, const char *version,
	const char *kind, const char *env, int64_t hosts)
{
	if (hosts >= 0)
		sheet_line(s, false, "%s %s  %s %s  %lld hosts", service,
			version, env_word(kind, env),
			strcmp(env_word(kind, env), env) == 0 ? "" : env,
			(long long)hosts);
	else
		sheet_line(s, false, "%s %s  %s %s", service, version,
			env_word(kind, env),
			strcmp(env_word(kind, env), env) == 0 ? "" : env);
}

static void
line_rollout(struct sheet *s, const struct world_rollout *r)
{
	char lost[64];

	line_what(
		s, r->service, r->version, r->env_kind, r->env, r->hosts_total);
	rollout_lost_text(r, lost, sizeof(lost));
	sheet_line(s, false, "%s now: %lld of %lld done, %lld failed, %s",
		state_look(r->state).shown, (long long)r->hosts_done,
		(long long)r->hosts_total, (long long)r->hosts_failed, lost);
}

/* "30 hosts in 5 waves: 2, 4, 8, 8, 8" from the lines "wave N hosts M". */
static void
waves_of_plan(const char *plan, struct strbuf *out)
{
	struct strbuf sizes;
	long hosts = 0, waves = 0;

	strbuf_init(&sizes);
	while (plan != NULL) {
		long n, m;

		if (sscanf(plan, "wave %ld hosts %ld\n", &n, &m) == 2) {
			hosts += m;
			if (++waves <= 8)
				strbuf_addf(&sizes,
					waves == 1 ? ": %ld" : ", %ld", m);
		}
		plan = strchr(plan, '\n');
		plan = plan != NULL ? plan + 1 : NULL;
	}
	strbuf_addf(out, "%ld hosts in %ld wave%s%s%s", hosts, waves,
		waves == 1 ? "" : "s", waves > 1 ? sizes.buf : "",
		waves > 8 ? " ..." : "");
	strbuf_finish(&sizes);
}

void
ask_digest(struct console *c, struct sheet *s)
{
	const struct world_change *ch = world_change(c->world, s->object);
	const struct world_request *q = world_request(c->world, s->object);

	snprintf(s->digest, sizeof(s->digest), "%s",
		ch != NULL  ? ch->plan_digest
		: q != NULL ? q->plan_digest
			    : "");
}

#define DIFFERENCES_MOST 12

/* Whole digests say nothing to a person: their beginning does. */
static void
line_difference(struct sheet *s, char sign, const char *line)
{
	struct strbuf brief;
	size_t i, n;

	strbuf_init(&brief);
	for (i = 0; line[i] != '\0'; i += n) {
		n = strspn(line + i, "0123456789abcdef");
		if (n >= 40)
			strbuf_addf(&brief, "%.12s..", line + i);
		else if (n > 0)
			strbuf_addf(&brief, "%.*s", (int)n, line + i);
		else
			strbuf_addf(&brief, "%.*s", (int)(n = 1), line + i);
	}
	sheet_line(s, true, "%c %s", sign, brief.buf);
	strbuf_finish(&brief);
}

/* What the plan that was painted has and the one of now has not, and the
 * other way round. */
static void
say_difference(struct console *c, struct sheet *s)
{
	struct strings removed = {0}, added = {0};
	size_t i, n;

	plan_diff(c->plan_seen, c->world->plan, DIFFERENCES_MOST, &removed,
		&added);
	n = removed.count + added.count;
	s->show_line = s->line_count;
	if (n > 0)
		sheet_line(s, true, "! changed since you looked: %zu line%s", n,
			n == 1 ? "" : "s");
	for (i = 0; i < removed.count || i < added.count; i++) {
		if (i < removed.count)
			line_difference(s, '-', removed.items[i]);
		if (i < added.count)
			line_difference(s, '+', added.items[i]);
	}
	strings_finish(&removed);
	strings_finish(&added);
}

void
ask_plan_arrived(struct console *c, struct sheet *s)
{
	struct strbuf words;

	if (s->plan_line == 0 || s->is_unlock ||
		strcmp(s->object, c->world->plan_of) != 0)
		return;
	if (s->rereads && c->plan_seen != NULL)
		say_difference(c, s);
	s->rereads = false;
	str_replace(&c->plan_seen, c->world->plan);
	strbuf_init(&words);
	waves_of_plan(c->world->plan, &words);
	snprintf(s->lines[s->plan_line], sizeof(s->lines[0]), "%.400s",
		words.buf);
	strbuf_finish(&words);
}

static void
fill_start(struct console *c, struct sheet *s, const struct world_change *ch)
{
	line_what(s, ch->service, ch->version, ch->env_kind, ch->env, -1);
	sheet_line(s, false, "reading the plan");
	s->plan_line = 1;
	sheet_line(s, false, "revision %lld, plan %.12s",
		(long long)(ch->revision < 0 ? 1 : ch->revision),
		ch->plan_digest);
	console_load_plan(c, ch->record.id);
	sheet_line(s, false,
		"It starts at once%s%s. p pauses it after the "
		"steps in flight, x stops it or takes it back.",
		ch->strategy[0] != '\0' ? ", strategy " : "", ch->strategy);
	if (ch->conflicts[0] != '\0')
		sheet_line(s, true, "! conflicts: %s", ch->conflicts);
	s->verb = "Start";
}

static void
fill_retry(struct sheet *s, const struct target *t)
{
	const struct world_rollout *r = t->rollout;
	char lost[64];

	rollout_lost_text(r, lost, sizeof(lost));
	line_rollout(s, r);
	if (t->host != NULL) {
		snprintf(s->host, sizeof(s->host), "%s", t->host->host);
		sheet_line(s, false,
			"%s runs again from its first step that "
			"is not done.",
			t->host->host);
	} else {
		sheet_line(s, false,
			"The hosts that did not make it (%lld failed, %s) run "
			"again: %s",
			(long long)r->hosts_failed, lost, r->failing);
	}
	sheet_line(s, false,
		"Hosts that are done are left alone. p stops it "
		"again.");
	s->verb = "Retry";
}

static void
fill_exclude(struct sheet *s, const struct target *t)
{
	line_rollout(s, t->rollout);
	snprintf(s->host, sizeof(s->host), "%s", t->host->host);
	sheet_line(s, false,
		"%s (%s) is left out of this rollout and keeps "
		"what it runs.",
		t->host->host, state_look(t->host->state).shown);
	sheet_line(s, false,
		"The ledger says so with your reason; retry "
		"takes it in again.");
	s->has_reason = s->needs_reason = true;
	s->verb = "Exclude";
}

static void
fill_abort(struct sheet *s, const struct world_rollout *r)
{
	const char *down = json_get_string(
		json_object_get(r->blue_green, "kept"), "reason", NULL);

	line_rollout(s, r);
	if (down != NULL)
		sheet_line(s, true, "! %s", down);
	sheet_line(s, false,
		"It ends for good. Steps in flight are finished "
		"first.");
	s->has_reason = true;
	field_set(&s->reason, "stopped from the console");
	s->verb = "Abort";
	if (strcmp(r->kind, "rollback") == 0) {
		sheet_line(s, false,
			"Every host stays as it is then: a rollback is undone "
			"by a new change.");
		return;
	}
	s->choices[0] = "hold: hosts stay as they are";
	s->choices[1] = r->blue_green != NULL
				? "switch the traffic back"
				: "roll back the touched hosts";
	s->choice_keys = "hb";
	s->choice_count = 2;
	s->focus = SHEET_CHOICE;
}

static void
fill_rollback(struct console *c, struct sheet *s, const struct world_rollout *r)
{
	char reason[128];

	line_rollout(s, r);
	if (r->blue_green != NULL)
		sheet_line(s, false, "The traffic goes back to the colour "
				     "that was live; hosts stay as they are.");
	else
		sheet_line(s, false,
			"Every host it touched goes back to the release that "
			"was healthy on that host, newest wave first.");
	sheet_line(s, false,
		"It is a rollout of its own; a new change is "
		"what undoes it.");
	snprintf(reason, sizeof(reason), "%s %s goes back", r->service,
		r->version);
	s->has_reason = s->needs_reason = true;
	field_set(&s->reason, reason);
	need_digits(c, s, r);
	snprintf(s->title, sizeof(s->title), "ROLL BACK %.60s", s->object);
	s->verb = "Roll back";
}

void
ask_choice(struct console *c, struct sheet *s)
{
	const struct world_rollout *r = world_rollout(c->world, s->object);

	s->word[0] = '\0';
	s->verb = s->choice == 1 ? "Roll back" : "Abort";
	if (s->choice == 1 && r != NULL && strcmp(r->protect, "none") != 0)
		need_digits(c, s, r);
}

/* What it waits for, what is known of the canary, what the act leaves out. */
static void
line_gate(struct console *c, struct sheet *s, const struct world_rollout *r)
{
	const char *verdict = json_get_string(r->analysis, "verdict", "");
	struct metric_look m;
	struct strbuf words;

	strbuf_init(&words);
	rollout_gate_words(c, r, false, &words);
	if (words.len > 0)
		sheet_line(s, false, "%s.", words.buf);
	strbuf_finish(&words);
	if (verdict[0] != '\0' && strcmp(verdict, "pass") != 0) {
		metric_look_at(c, r->analysis, &c->canary,
			metric_deciding(r->analysis), &m);
		sheet_line(s, true, "! the analysis is %s: %s: %s", verdict,
			m.name, m.reason);
	}
	if (strcmp(r->pause_cause, "analysis") == 0 && !c->single_user)
		sheet_line(s, true,
			"! Past a failed analysis only with a second person: "
			"this asks for one, and nothing is done before.");
	else
		sheet_line(s, false,
			"It goes on past this gate at once, whatever it waits "
			"for; the ledger says who did that.");
}

static void
fill_move(struct console *c, struct sheet *s, enum action_id id,
	const struct world_rollout *r)
{
	line_rollout(s, r);
	if (r->reason[0] != '\0')
		sheet_line(s, true, "! it stopped because: %s", r->reason);
	if (id == ACTION_ADVANCE)
		line_gate(c, s, r);
	else
		sheet_line(s, false,
			"It goes on with the hosts that are "
			"left. p pauses it again.");
	s->verb = id == ACTION_ADVANCE ? "Advance" : "Resume";
}

static void
shout(char *s)
{
	for (; *s != '\0'; s++)
		if (*s >= 'a' && *s <= 'z')
			*s = (char)(*s - 'a' + 'A');
}

void
ask_fill(struct console *c, struct sheet *s, const struct target *t, int tier,
	const char *env)
{
	const struct deed *d = deed_find(s->action);

	snprintf(s->title, sizeof(s->title), "%s", action_get(s->action)->name);
	shout(s->title);
	if (s->object[0] != '\0')
		snprintf(s->title + strlen(s->title),
			sizeof(s->title) - strlen(s->title), " %.60s",
			s->object);
	snprintf(s->env, sizeof(s->env), "%s", env);
	ask_digest(c, s);
	if (d != NULL)
		d->fill(c, s, t);
	else if (s->action == ACTION_START)
		fill_start(c, s, t->change);
	else if (s->action == ACTION_RETRY)
		fill_retry(s, t);
	else if (s->action == ACTION_EXCLUDE)
		fill_exclude(s, t);
	else if (s->action == ACTION_ABORT)
		fill_abort(s, t->rollout);
	else if (s->action == ACTION_ROLLBACK)
		fill_rollback(c, s, t->rollout);
	else
		fill_move(c, s, s->action, t->rollout);
	/* What it is about is known by now, a freeze as well. */
	ask_seen(c, s, s->seen, sizeof(s->seen));
	if (tier >= 3 && s->word[0] == '\0')
		snprintf(s->word, sizeof(s->word), "%.79s",
			env[0] != '\0' ? env : s->object);
	s->follow_focus = true;
	if (s->item_count > 0)
		s->focus = SHEET_ITEM;
	else if (s->needs_reason && s->reason.len == 0)
		s->focus = SHEET_REASON;
	else if (s->word[0] != '\0')
		s->focus = SHEET_WORD;
	if (s->action == ACTION_APPROVE && sign_is_wanted(c, s->object))
		sign_ask(s, 1);
}
