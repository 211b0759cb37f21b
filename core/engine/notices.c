/* notices.c - what there is to tell people: in words, for whom, and the
 * command that answers. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"
#include "engine/cmd.h"
#include "engine/notify.h"
#include "wire/json.h"

#define NEEDS_YOU (1u << NOTICE_NEEDS_YOU)
#define FAILED (1u << NOTICE_FAILED)
#define FINISHED (1u << NOTICE_FINISHED)
#define ESCALATION (1u << NOTICE_ESCALATION)

/* ---- for whom ---- */

static unsigned
permissions_of(const struct settings *s, const struct strings *roles)
{
	unsigned may = 0;
	size_t i;

	for (i = 0; i < s->role_count; i++)
		if (strings_has(roles, s->roles[i].name))
			may |= s->roles[i].may;
	return may;
}

static bool
has_any(const struct strings *a, const struct strings *b)
{
	size_t i;

	for (i = 0; b != NULL && i < b->count; i++)
		if (strings_has(a, b->items[i]))
			return true;
	return false;
}

static void
add_once(json_t *list, const char *name)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
		if (strcmp(json_string_value(item), name) == 0)
			return;
	json_array_append_new(list, json_text(name));
}

/* Persons, and groups as "@oncall", who have one of the permissions or one of
 * the roles (NULL: none). Root, who is nobody in particular, decides nothing.
 */
static json_t *
people_who(struct engine *en, unsigned may, const struct strings *roles,
	const char *except)
{
	const unsigned decisions =
		1u << PERMISSION_APPROVE | 1u << PERMISSION_OVERRIDE;
	const struct settings *s = en->settings;
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < s->people_count; i++) {
		const struct person_entry *p = &s->people[i];
		const char *name = p->person != NULL ? p->person : p->user;
		char *group;

		if ((may & ~decisions) == 0 && p->user != NULL &&
			strcmp(p->user, "root") == 0)
			continue;
		if (!(permissions_of(s, &p->roles) & may) &&
			!has_any(&p->roles, roles))
			continue;
		if (name != NULL && (except == NULL ||
					    strcmp(name, except) != 0))
			add_once(list, name);
		if (p->group == NULL)
			continue;
		group = xasprintf("@%s", p->group);
		add_once(list, group);
		free(group);
	}
	return list;
}

static json_t *
only(const char *person)
{
	json_t *list = json_array();

	if (person != NULL)
		json_array_append_new(list, json_text(person));
	return list;
}

/* ---- changes ---- */

/* Words of people may hold anything; a title holds one line. */
static json_t *
line_json(char *text)
{
	char *shown = text_printable(text);
	json_t *j = json_text(shown);

	free(text);
	free(shown);
	return j;
}

/* text and command are taken, and the list of people. */
static void
tell(struct engine *en, const struct change *c, unsigned kinds,
	const char *what, char *text, char *command, json_t *people)
{
	char id[ID_TEXT_SIZE];

	change_id_format(c->id, id);
	notify(en, kinds, what, id,
		json_pack("{s:o, s:o, s:o, s:s, s:s, s:s, s:s, s:s, s:o, s:o, "
			  "s:o, s:o, s:i, s:i, s:o, s:o, s:o, s:o}",
			"text", line_json(text), "command", json_text(command),
			"for", people, "service", c->service, "version",
			c->version, "env", c->env, "type",
			change_type_name(c->type), "state",
			change_state_name(c->state), "author",
			json_text(c->author), "why", json_text(c->why),
			"risk",
			c->risk < 0 ? json_null() : json_integer(c->risk),
			"plan_digest",
			c->plan_digest[0] == '\0' ? json_null()
						  : json_string(c->plan_digest),
			"approvals_required", c->approvals_required,
			"approvals_given", c->approvals_given, "answer_by",
			json_time(c->answer_by), "review_by",
			json_time(c->review_by), "scheduled_at",
			json_time(c->scheduled_at), "reason",
			json_text(c->reason)));
	free(command);
}

static const char *
what_of(const struct change *c, const char *id, struct strbuf *out)
{
	strbuf_init(out);
	strbuf_addf(out, "%s, %s %s to %s", id, c->service, c->version,
		c->env);
	return out->buf;
}

static char *
approve_command(const struct change *c, const char *id)
{
	return xasprintf("sluice approve %s --digest %s", id, c->plan_digest);
}

static void
ask_people(struct engine *en, const struct change *c, const char *id,
	const char *what)
{
	char until[TIME_TEXT_SIZE] = "";

	if (c->approvals_required == 0)
		return;
	if (c->answer_by != 0)
		time_format_utc(c->answer_by, until);
	tell(en, c, NEEDS_YOU, "change.submitted",
		xasprintf("%s needs %d approval%s, asked by %s, risk %d%s%s",
			what, c->approvals_required,
			c->approvals_required == 1 ? "" : "s",
			c->author == NULL ? "somebody" : c->author, c->risk,
			*until ? ", until " : "", until),
		approve_command(c, id),
		people_who(en, 1u << PERMISSION_APPROVE, NULL, c->author));
}

/* To its author, who may want to do something about it. */
static void
tell_author(struct engine *en, const struct change *c, unsigned kinds,
	const char *what, const char *event, char *command)
{
	const char *reason = c->reason == NULL ? "" : c->reason;

	tell(en, c, kinds, event,
		xasprintf("%s is %s%s%s", what, change_state_name(c->state),
			*reason ? ": " : "", reason),
		command, only(c->author));
}

void
notice_change(
	struct engine *en, const struct change *c, enum change_state from)
{
	char id[ID_TEXT_SIZE], event[64];
	struct strbuf words;
	const char *what;

	if (from == c->state || !notify_is_wanted(en, ~0u))
		return;
	change_id_format(c->id, id);
	what = what_of(c, id, &words);
	snprintf(event, sizeof(event), "change.%s",
		change_state_name(c->state));
	if (c->state == CHANGE_SUBMITTED)
		ask_people(en, c, id, what);
	else if (c->state == CHANGE_VOIDED || c->state == CHANGE_EXPIRED)
		tell_author(en, c, NEEDS_YOU, what, event,
			xasprintf("sluice change submit %s", id));
	else if (c->state == CHANGE_APPROVED && c->approvals_required > 0)
		tell_author(en, c, NEEDS_YOU, what, event,
			xasprintf("sluice start %s", id));
	else if (c->state == CHANGE_REJECTED || c->state == CHANGE_CANCELLED)
		tell_author(en, c, FINISHED, what, event,
			xasprintf("sluice change show %s", id));
	else if (c->state == CHANGE_MIXED)
		tell(en, c, NEEDS_YOU | FAILED, event,
			xasprintf("%s left hosts on different versions", what),
			xasprintf("sluice rollout hosts %s", id),
			people_who(en, 1u << PERMISSION_OPERATE, NULL, NULL));
	strbuf_finish(&words);
}

void
notice_question(struct engine *en, const struct change *c, const char *person,
	const char *text)
{
	char id[ID_TEXT_SIZE];
	struct strbuf words;

	if (!notify_is_wanted(en, NEEDS_YOU))
		return;
	change_id_format(c->id, id);
	tell(en, c, NEEDS_YOU, "change.question",
		xasprintf("%s asks about %s: %s", person,
			what_of(c, id, &words), text),
		xasprintf("sluice comment %s -m ANSWER", id), only(c->author));
	strbuf_finish(&words);
}

void
notice_answer(struct engine *en, const struct change *c, const char *person,
	const char *text, const struct strings *askers)
{
	char id[ID_TEXT_SIZE];
	struct strbuf words;
	json_t *people;
	size_t i;

	if (askers->count == 0 || !notify_is_wanted(en, NEEDS_YOU))
		return;
	people = json_array();
	for (i = 0; i < askers->count; i++)
		add_once(people, askers->items[i]);
	change_id_format(c->id, id);
	tell(en, c, NEEDS_YOU, "change.answer",
		xasprintf("%s answers about %s: %s", person,
			what_of(c, id, &words), text),
		c->state == CHANGE_SUBMITTED
			? approve_command(c, id)
			: xasprintf("sluice change show %s", id),
		people);
	strbuf_finish(&words);
}

void
notice_claim_over(
	struct engine *en, const struct change *c, const char *person)
{
	char id[ID_TEXT_SIZE];
	struct strbuf words;

	if (!notify_is_wanted(en, NEEDS_YOU))
		return;
	change_id_format(c->id, id);
	tell(en, c, NEEDS_YOU, "change.claim_ended",
		xasprintf("%s was taken up by %s 15 minutes ago and still "
			  "waits",
			what_of(c, id, &words), person),
		approve_command(c, id), only(person));
	strbuf_finish(&words);
}

static void
tell_unanswered(struct engine *en, const struct change *c, const char *id,
	const char *what, const struct strings *roles)
{
	char until[TIME_TEXT_SIZE];

	time_format_utc(c->answer_by, until);
	tell(en, c, roles == NULL ? NEEDS_YOU : NEEDS_YOU | ESCALATION,
		roles == NULL ? "change.reminder" : "change.escalation",
		xasprintf("%s still has %d of %d approvals, and waits until "
			  "%s only",
			what, c->approvals_given, c->approvals_required,
			until),
		approve_command(c, id),
		people_who(en, 1u << PERMISSION_APPROVE, roles, c->author));
}

void
notice_late(struct engine *en, const struct change *c, int stage,
	const struct strings *roles)
{
	char id[ID_TEXT_SIZE];
	struct strbuf words;
	const char *what;

	if (!notify_is_wanted(en, NEEDS_YOU | ESCALATION))
		return;
	change_id_format(c->id, id);
	what = what_of(c, id, &words);
	if (stage < 3)
		tell_unanswered(en, c, id, what, stage == 2 ? roles : NULL);
	else
		tell(en, c, NEEDS_YOU | ESCALATION, "change.review",
			xasprintf("%s was an emergency, and its review is %s",
				what,
				c->review_by <= engine_now(en) ? "overdue"
							       : "owed"),
			xasprintf("sluice change close %s --outcome OUTCOME "
				  "-m TEXT",
				id),
			people_who(en,
				1u << PERMISSION_PLAN |
					1u << PERMISSION_APPROVE |
					1u << PERMISSION_OPERATE,
				NULL, NULL));
	strbuf_finish(&words);
}

/* ---- requests ---- */

void
notice_proposal(struct engine *en, json_t *proposal,
	enum permission permission, const char *author)
{
	const char *id = json_get_string(proposal, "id", "");

	if (notify_is_wanted(en, NEEDS_YOU))
		notify(en, NEEDS_YOU, "request.submitted", id,
			json_pack("{s:o, s:o, s:o, s:s, s:o, s:O, s:o}",
				"text",
				line_json(xasprintf(
					"%s, asked by %s, needs a second "
					"person: %s: %s",
					id, author,
					json_get_string(proposal, "what", ""),
					json_get_string(proposal, "why", ""))),
				"command",
				json_sprintf("sluice approve %s --digest %s",
					id,
					json_get_string(proposal,
						"plan_digest", "")),
				"for",
				people_who(en, 1u << permission, NULL, author),
				"author", author, "why",
				json_text(json_get_string(
					proposal, "why", "")),
				"plan_digest",
				json_object_get(proposal, "plan_digest"),
				"answer_by",
				json_incref(json_object_get(
					proposal, "answer_by"))));
	json_decref(proposal);
}

/* ---- rollouts ---- */

/* Which kinds a state is, and what answers it; 0: nobody is told. */
static unsigned
kinds_of(const struct rollout *r, const char **ret_command)
{
	switch (r->state) {
	case ROLLOUT_PAUSED:
		*ret_command = "rollout hosts";
		if (r->pause_cause == PAUSE_PERSON ||
			r->pause_cause == PAUSE_ENGINE ||
			r->pause_cause == PAUSE_CALENDAR ||
			r->pause_cause == PAUSE_LINE)
			return 0;
		return NEEDS_YOU | FAILED;
	case ROLLOUT_WAITING:
		*ret_command = "advance";
		return r->gate_until == 0 ? NEEDS_YOU : 0;
	case ROLLOUT_SUCCEEDED:
		*ret_command = "rollout show";
		return FINISHED;
	case ROLLOUT_FAILED:
	case ROLLOUT_ABORTED:
	case ROLLOUT_ROLLED_BACK:
		*ret_command = "rollout show";
		return FAILED | FINISHED;
	case ROLLOUT_PENDING:
	case ROLLOUT_STAGING:
	case ROLLOUT_RUNNING:
	case ROLLOUT_STATE_COUNT:
		break;
	}
	return 0;
}

static void
tell_rollout(struct engine *en, const struct rollout *r, const char *id,
	const char *event, unsigned kinds, const char *command)
{
	const char *reason = r->reason == NULL ? "" : r->reason;
	char change[ID_TEXT_SIZE];

	change_id_format(r->change, change);
	notify(en, kinds, event, id,
		json_pack("{s:o, s:o, s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:o, "
			  "s:o}",
			"text",
			line_json(xasprintf("%s, %s %s to %s, is %s%s%s", id,
				r->service, r->version, r->env,
				rollout_state_name(r->state),
				*reason ? ": " : "", reason)),
			"command", json_sprintf("sluice %s %s", command, id),
			"for",
			people_who(en, 1u << PERMISSION_OPERATE, NULL, NULL),
			"change", change, "kind", rollout_kind_name(r->kind),
			"service", r->service, "version", r->version, "env",
			r->env, "state", rollout_state_name(r->state),
			"author", json_text(r->author), "reason",
			json_text(reason)));
}

void
notice_rollout(struct engine *en, const struct rollout *r)
{
	char id[ID_TEXT_SIZE], event[64];
	const char *command = NULL;
	unsigned kinds = kinds_of(r, &command);

	rollout_id_format(r->id, id);
	snprintf(event, sizeof(event), "rollout.%s",
		rollout_state_name(r->state));
	if (notify_is_new(en, id, kinds == 0 ? "" : event) && kinds != 0 &&
		notify_is_wanted(en, kinds))
		tell_rollout(en, r, id, event, kinds, command);
}
