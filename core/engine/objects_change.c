/* objects_change.c - a change as JSON: what it waits for, who said what. */
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "engine/cmd.h"
#include "engine/objects.h"
#include "engine/schedule.h"
#include "model/plan_diff.h"
#include "store/store_analysis.h"
#include "wire/json.h"

#define DIFFERENCES_MOST 20

/* ---- what it waits for ---- */

static void
wait_for_people(json_t *list, const struct policy *p, const struct tally *t)
{
	int missing = tally_missing(t, p);
	char when[TIME_TEXT_SIZE];
	size_t i;

	/* Where only a role is missing, that is what to say. */
	if (missing > 0 && t->given < p->approvals)
		json_array_append_new(list,
			json_sprintf("%d more approval%s (%d of %d)", missing,
				missing == 1 ? "" : "s", t->given,
				p->approvals));
	for (i = 0; i < t->missing_roles.count; i++)
		json_array_append_new(
			list, json_sprintf("one of role %s",
				      t->missing_roles.items[i]));
	if (t->is_enough && t->settles_at_ms != INT64_MAX) {
		time_format_utc((t->settles_at_ms + 999) / 1000, when);
		json_array_append_new(list,
			json_sprintf("the end of the grace time at %s", when));
	}
}

static void
wait_for_rules(json_t *list, const struct policy_results *r)
{
	size_t i;

	for (i = 0; i < r->count; i++) {
		const struct policy_result *it = &r->items[i];

		if (it->verdict != POLICY_PASS && it->verdict != POLICY_NOTE &&
			(it->key == POLICY_EVIDENCE ||
				it->key == POLICY_ARTEFACT_SIGNED_BY ||
				it->key == POLICY_AFTER ||
				it->key == POLICY_SOAK ||
				it->key == POLICY_NEEDS))
			json_array_append_new(list,
				json_sprintf("%s: %s", it->what, it->reason));
	}
}

/* What a change waits for, in words. */
static json_t *
change_waiting_for(struct engine *en, const struct change *c,
	const struct policy *p, const struct decisions *decisions)
{
	json_t *list = json_array();
	struct policy_results results;
	char when[TIME_TEXT_SIZE];
	struct tally t;

	if (c->state == CHANGE_DRAFT || c->state == CHANGE_VOIDED ||
		c->state == CHANGE_EXPIRED)
		json_array_append_new(list, json_string("submit"));
	if (c->state == CHANGE_SUBMITTED && p != NULL) {
		decisions_tally(decisions, p, c->revision, c->plan_digest,
			clock_wall_ms(en->clock), &t);
		wait_for_people(list, p, &t);
		tally_finish(&t);
	}
	if (p != NULL &&
		(p->evidence_count > 0 || p->after.count > 0 ||
			p->artefact_signers.count > 0 || p->needs.count > 0) &&
		(c->state == CHANGE_SUBMITTED || c->state == CHANGE_APPROVED ||
			c->state == CHANGE_SCHEDULED)) {
		governance_evaluate_said(en, c, p, decisions, &results);
		wait_for_rules(list, &results);
		policy_results_finish(&results);
	}
	if (c->state == CHANGE_APPROVED)
		json_array_append_new(list, json_string("start"));
	if (c->state == CHANGE_SCHEDULED) {
		time_format_utc(c->scheduled_at, when);
		json_array_append_new(list,
			c->scheduled_at <= engine_now(en) &&
					c->reason != NULL &&
					*c->reason != '\0'
				? json_text(c->reason)
				: json_sprintf("its start at %s", when));
	}
	if (c->review_by != 0 && change_has_run(c->state) &&
		c->outcome == NULL)
		json_array_append_new(list, json_string("its review"));
	return list;
}

/* ---- who said what ---- */

static const char *
decision_state(const struct change *c, const struct decision *d, int64_t now_ms)
{
	if (d->undone_at != 0)
		return "undone";
	if (d->verb != DECISION_APPROVE && d->verb != DECISION_REJECT)
		return "said";
	if (!decision_stands(d, c->revision, c->plan_digest))
		return "void";
	return d->until_ms > now_ms ? "grace" : "counts";
}

json_t *
strings_json(const struct strings *list)
{
	json_t *a = json_array();
	size_t i;

	for (i = 0; i < list->count; i++)
		json_array_append_new(a, json_text(list->items[i]));
	return a;
}

static json_t *
decision_json(const struct change *c, const struct decision *d, int64_t now_ms)
{
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:i, s:o, s:o, s:s, s:o, "
			 "s:o}",
		"verb", decision_verb_name(d->verb), "person", d->person, "at",
		json_time(d->at), "text", json_text(d->text), "roles",
		strings_json(&d->roles), "revision", d->revision, "digest",
		d->digest[0] == '\0' ? json_null() : json_string(d->digest),
		"until", json_time((d->until_ms + 999) / 1000), "state",
		decision_state(c, d, now_ms), "reason",
		json_text(d->void_reason), "key", json_text(d->key));
}

static json_t *
decisions_json(struct engine *en, const struct change *c,
	const struct decisions *list)
{
	int64_t now_ms = clock_wall_ms(en->clock);
	json_t *a = json_array();
	size_t i;

	for (i = 0; i < list->count; i++)
		json_array_append_new(
			a, decision_json(c, &list->items[i], now_ms));
	return a;
}

/* End of the grace time of the answers so far; 0: none is in it. */
static int64_t
grace_until(struct engine *en, const struct change *c,
	const struct decisions *list)
{
	int64_t now_ms = clock_wall_ms(en->clock), until_ms = 0;
	size_t i;

	for (i = 0; i < list->count; i++) {
		const struct decision *d = &list->items[i];

		if (strcmp(decision_state(c, d, now_ms), "grace") == 0 &&
			d->until_ms > until_ms)
			until_ms = d->until_ms;
	}
	return (until_ms + 999) / 1000;
}

static int
add_claim(const char *person, int64_t until, void *arg)
{
	json_array_append_new(arg, json_pack("{s:s, s:o}", "person", person,
					   "until", json_time(until)));
	return 0;
}

static json_t *
claims_json(struct engine *en, const char *id)
{
	json_t *a = json_array();
	struct error e;

	engine_must(store_claim_each(
			    en->store, id, engine_now(en), add_claim, a, &e),
		&e, "read claims");
	return a;
}

/* ---- the change ---- */

static json_t *
change_core(struct engine *en, const struct change *c)
{
	const struct environment *env =
		settings_environment(en->settings, c->env);
	char id[ID_TEXT_SIZE], rollout[ID_TEXT_SIZE];

	change_id_format(c->id, id);
	rollout_id_format(c->rollout, rollout);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:i, s:o, "
			 "s:i, s:i, s:o, s:[], s:n, s:n, s:o, s:o, s:o, "
			 "s:o, s:o, s:o, s:o, s:o, s:s, s:s}",
		"id", id, "service", c->service, "version", c->version, "env",
		c->env, "type", change_type_name(c->type), "state",
		change_state_name(c->state), "author", json_text(c->author),
		"plan_digest",
		c->plan_digest[0] == '\0' ? json_null()
					  : json_string(c->plan_digest),
		"revision", c->revision, "scheduled_at",
		json_time(c->scheduled_at), "approvals_required",
		c->approvals_required, "approvals_given", c->approvals_given,
		"reason", json_text(c->reason == NULL ? "" : c->reason),
		"conflicts", "fits_window", "last_safe_start_at", "why",
		json_text(c->why), "strategy", json_text(c->strategy), "hosts",
		json_text(c->selector), "unplanned", json_text(c->unplanned),
		"created_at", json_time(c->created_at), "submitted_at",
		json_time(c->submitted_at), "finished_at",
		json_time(c->finished_at), "rollout",
		c->rollout.number == 0 ? json_null() : json_string(rollout),
		"env_kind", env == NULL || env->kind == NULL ? "" : env->kind,
		"protect",
		protect_name(env == NULL ? PROTECT_NONE : env->protect));
}

json_t *
risk_reasons_json(const struct change *c)
{
	json_t *list = c->risk_reasons == NULL
			       ? NULL
			       : json_loads(c->risk_reasons, 0, NULL);

	return list == NULL ? json_array() : list;
}

static void
add_risk(struct engine *en, const struct change *c, json_t *o)
{
	bool known = c->risk >= 0;

	json_object_update_new(o,
		json_pack("{s:o, s:o, s:o}", "risk",
			known ? json_integer(c->risk) : json_null(),
			"risk_band",
			known ? json_string(risk_band_name(risk_band(
					&en->settings->risk, c->risk)))
			      : json_null(),
			"risk_reasons", risk_reasons_json(c)));
}

static json_t *
change_with(struct engine *en, const struct change *c,
	const struct decisions *decisions)
{
	json_t *o = change_core(en, c), *warnings = change_warnings(en, c);
	char id[ID_TEXT_SIZE];
	struct policy p;
	struct error e;
	bool has_policy = change_policy(en, c, &p, &e) == 0;

	change_id_format(c->id, id);
	json_object_set_new(o, "warnings", warnings);
	json_object_set_new(o, "wants_signature",
		json_boolean(has_policy && p.is_signed && p.approvals > 0));
	json_object_update_new(o,
		json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			"waiting_for",
			change_waiting_for(
				en, c, has_policy ? &p : NULL, decisions),
			"decisions", decisions_json(en, c, decisions),
			"grace_until",
			json_time(grace_until(en, c, decisions)), "answer_by",
			json_time(c->state == CHANGE_SUBMITTED ? c->answer_by
							       : 0),
			"valid_until",
			json_time(c->state == CHANGE_APPROVED ||
						  c->state == CHANGE_SCHEDULED
					  ? c->valid_until
					  : 0),
			"taken_by",
			claims_json(en, id), "review_by",
			json_time(c->review_by), "outcome",
			json_text(c->outcome), "closed_by",
			json_text(c->closed_by), "closed_at",
			json_time(c->closed_at)));
	if (has_policy)
		policy_finish(&p);
	add_risk(en, c, o);
	schedule_change_json(en, c, o);
	return o;
}

json_t *
change_json_said(struct engine *en, const struct change *c,
	const struct decisions *said)
{
	return change_with(en, c, said);
}

json_t *
change_json(struct engine *en, const struct change *c)
{
	struct decisions decisions;
	char id[ID_TEXT_SIZE];
	json_t *o;

	change_id_format(c->id, id);
	governance_decisions(en, id, PERMISSION_APPROVE, &decisions);
	o = change_with(en, c, &decisions);
	decisions_finish(&decisions);
	return o;
}

/* ---- what changed since somebody answered ---- */

/* The plan as it is now, or as it would be (owned); NULL: there is none. */
static char *
plan_now(struct engine *en, const struct change *c)
{
	struct strbuf text;
	struct plan plan;
	struct error e;
	char *stored;
	size_t len;

	if (c->state == CHANGE_VOIDED &&
		change_make_approved_plan(en, c, &plan, &e) == 0) {
		strbuf_init(&text);
		plan_print(&plan, &text);
		plan_finish(&plan);
		return strbuf_detach(&text);
	}
	if (store_plan_find(en->store, c->plan_digest, &stored, &len, &e) == 1)
		return stored;
	return NULL;
}

static json_t *
changed_json(struct engine *en, const struct decision *d, const char *now)
{
	struct strings removed = {0}, added = {0};
	struct error e;
	char *then;
	size_t len;
	json_t *o;

	if (d->digest[0] == '\0' ||
		store_plan_find(en->store, d->digest, &then, &len, &e) != 1)
		return json_null();
	plan_diff(then, now, DIFFERENCES_MOST, &removed, &added);
	o = removed.count + added.count == 0
		    ? json_null()
		    : json_pack("{s:o, s:o}", "removed", strings_json(&removed),
			      "added", strings_json(&added));
	strings_finish(&removed);
	strings_finish(&added);
	free(then);
	return o;
}

json_t *
change_full_json(struct engine *en, const struct change *c)
{
	struct decisions decisions;
	char id[ID_TEXT_SIZE];
	json_t *o, *item;
	char *now;
	size_t i;

	change_id_format(c->id, id);
	governance_decisions(en, id, PERMISSION_APPROVE, &decisions);
	o = change_with(en, c, &decisions);
	now = plan_now(en, c);
	json_array_foreach(json_object_get(o, "decisions"), i, item) {
		const struct decision *d = &decisions.items[i];

		if (now != NULL && (d->verb == DECISION_APPROVE ||
					   d->verb == DECISION_REJECT))
			json_object_set_new(
				item, "changed", changed_json(en, d, now));
	}
	free(now);
	decisions_finish(&decisions);
	return o;
}

/* ---- releases ---- */

static json_t *
evidence_json(const struct evidence *v)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:I, s:s, s:o, "
			      "s:o, s:o, s:o}",
		"kind", v->kind, "format", evidence_format_name(v->format),
		"result", v->result, "role", json_text(v->role), "file_name",
		json_text(v->file_name), "file_sha256",
		v->file_sha256[0] == '\0' ? json_null()
					  : json_string(v->file_sha256),
		"size_bytes", (json_int_t)v->size_bytes, "sha256", v->sha256,
		"claimed_by", json_text(v->added_by), "added_at",
		json_time(v->added_at), "made_at",
		json_time(evidence_made_at(v)), "text", json_text(v->text));

	json_object_update_new(o,
		json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}",
			"passed", (json_int_t)v->passed, "failed",
			(json_int_t)v->failed, "skipped",
			(json_int_t)v->skipped, "critical",
			(json_int_t)v->critical, "high", (json_int_t)v->high,
			"medium", (json_int_t)v->medium, "low",
			(json_int_t)v->low, "waived", (json_int_t)v->waived,
			"waived_until", json_time(v->waived_until)));
	return o;
}

/* A release that had to be taken back is refused elsewhere: why (owned), or
 * NULL. */
static char *
taken_back_words(struct engine *en, const struct release *r)
{
	char id[ID_TEXT_SIZE], *env, *reason, *words;
	struct rollout_id rollout;
	struct error e;
	int found = store_taken_back_find(en->store, r->service, r->version,
		NULL, &env, &rollout, &reason, &e);

	engine_must(found, &e, "look for a release that was taken back");
	if (found != 1)
		return NULL;
	rollout_id_format(rollout, id);
	words = xasprintf("taken back in '%s' (%s): %s", env, id, reason);
	free(env);
	free(reason);
	return words;
}

json_t *
release_json(struct engine *en, const struct release *r)
{
	char *taken_back = r->quarantine == NULL ? taken_back_words(en, r)
						 : NULL;
	const char *why = r->quarantine == NULL ? taken_back : r->quarantine;
	char *refused = r->quarantine == NULL
				? NULL
				: xasprintf("quarantined: %s", r->quarantine);
	json_t *o = json_pack(
		"{s:s, s:s, s:s, s:I, s:I, s:o, s:o, s:b, s:o, s:o, s:o, "
		"s:o, s:o, s:o, s:s, s:I, s:o, s:o}",
		"service", r->service, "version", r->version, "sha256",
		r->sha256, "size_bytes", (json_int_t)r->size_bytes, "files",
		(json_int_t)r->files, "created_at", json_time(r->created_at),
		"created_by", json_text(r->created_by), "quarantined",
		why != NULL, "quarantine_reason",
		json_text(why), "signed_by", json_text(r->signed_by),
		"notes", json_text(r->notes), "commit", json_text(r->commit),
		"committed_at", json_time(r->committed_at), "file_name",
		json_text(r->file_name), "format",
		payload_format_name(r->format), "payload_bytes",
		(json_int_t)r->payload_bytes, "needs",
		strings_json(&r->needs), "refused",
		json_text(refused != NULL ? refused : taken_back));

	free(refused);
	free(taken_back);
	return o;
}

json_t *
release_full_json(struct engine *en, const struct release *r)
{
	json_t *o = release_json(en, r), *list = json_array();
	struct evidences evidence;
	struct error e;
	size_t i;

	engine_must(store_evidence(en->store, r->service, r->version,
			    &evidence, &e),
		&e, "read evidence");
	for (i = 0; i < evidence.count; i++)
		json_array_append_new(list, evidence_json(&evidence.items[i]));
	json_object_set_new(o, "evidence", list);
	evidences_finish(&evidence);
	return o;
}

/* ---- rules ---- */

/* Who said it: a line of the configuration, or the release itself. */
static json_t *
where_json(struct engine *en, const struct policy_result *r)
{
	const char *path = en->settings->path;

	if (r->key == POLICY_NEEDS)
		return json_string("release");
	return r->line == 0 || path == NULL
		       ? json_string("default")
		       : json_sprintf("%s:%d", path, r->line);
}

json_t *
policy_results_json(struct engine *en, const struct policy_results *r)
{
	json_t *a = json_array();
	size_t i;

	for (i = 0; i < r->count; i++) {
		const struct policy_result *it = &r->items[i];

		json_array_append_new(a,
			json_pack("{s:s, s:s, s:o, s:s, s:s}", "rule",
				policy_key_name(it->key), "what", it->what,
				"where", where_json(en, it), "result",
				policy_verdict_name(it->verdict), "reason",
				it->reason));
	}
	return a;
}
