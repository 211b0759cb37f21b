/* decision.c - which answers may be given, and what they come to. */
#include "model/decision.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[DECISION_VERB_COUNT] = {
#define DECISION_VERB(id, name, past) [DECISION_##id] = name,
#include "model/decision_verbs.def"
#undef DECISION_VERB
};

static const char *const pasts[DECISION_VERB_COUNT] = {
#define DECISION_VERB(id, name, past) [DECISION_##id] = past,
#include "model/decision_verbs.def"
#undef DECISION_VERB
};

const char *
decision_verb_name(enum decision_verb v)
{
	assert((unsigned)v < DECISION_VERB_COUNT);
	return names[v];
}

const char *
decision_verb_past(enum decision_verb v)
{
	assert((unsigned)v < DECISION_VERB_COUNT);
	return pasts[v];
}

int
decision_verb_parse(const char *s)
{
	int i;

	for (i = 0; i < DECISION_VERB_COUNT; i++)
		if (strcmp(names[i], s) == 0)
			return i;
	return -1;
}

void
decision_finish(struct decision *d)
{
	free(d->object);
	free(d->person);
	strings_finish(&d->roles);
	free(d->text);
	free(d->void_reason);
	free(d->key);
	memset(d, 0, sizeof(*d));
}

void
decisions_finish(struct decisions *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		decision_finish(&list->items[i]);
	free(list->items);
	memset(list, 0, sizeof(*list));
}

static bool
is_answer(const struct decision *d)
{
	return d->verb == DECISION_APPROVE || d->verb == DECISION_REJECT;
}

bool
decision_stands(const struct decision *d, int revision, const char *digest)
{
	return d->undone_at == 0 && d->void_reason == NULL &&
	       d->revision == revision && strcmp(d->digest, digest) == 0;
}

/* The same hands, whatever name they use: users that one login made equal. */
static bool
shares_login(const struct decision *d, int64_t uid, int64_t login_uid)
{
	if (login_uid != LOGIN_UID_NONE &&
		(login_uid == d->uid || login_uid == d->login_uid))
		return true;
	return d->login_uid != LOGIN_UID_NONE && d->login_uid == uid;
}

static bool
is_same_person(const struct decision *d, const char *person, int64_t uid)
{
	return d->uid == uid ||
	       (person != NULL && strcmp(d->person, person) == 0);
}

void
decisions_askers(const struct decisions *list, const char *author,
	struct strings *ret)
{
	size_t i;

	memset(ret, 0, sizeof(*ret));
	for (i = 0; i < list->count; i++) {
		const struct decision *d = &list->items[i];

		if (d->verb == DECISION_ASK) {
			if (!strings_has(ret, d->person))
				strings_add(ret, d->person);
		} else if (author != NULL && strcmp(d->person, author) == 0) {
			strings_finish(ret);
		}
	}
}

bool
decision_is_author(const struct decisions *list, const char *person,
	int64_t uid, int64_t login_uid)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		const struct decision *d = &list->items[i];

		if (d->verb == DECISION_WRITE &&
			(is_same_person(d, person, uid) ||
				shares_login(d, uid, login_uid)))
			return true;
	}
	return false;
}

static int
check_author(const struct decisions *list, const struct decision *d,
	struct error *e)
{
	if (!decision_is_author(list, d->person, d->uid, d->login_uid))
		return 0;
	if (decision_is_author(list, d->person, d->uid, LOGIN_UID_NONE))
		error_set(e, ERROR_DENIED,
			"'%s' wrote %s and cannot decide about it", d->person,
			d->object);
	else
		error_set(e, ERROR_DENIED,
			"this login is that of somebody who wrote %s, whoever "
			"it speaks for now",
			d->object);
	return error_hint(e, "somebody else has to decide");
}

int
decision_check(const struct decisions *list, const struct policy *policy,
	const struct decision *d, struct error *e)
{
	size_t i;

	if (!policy->author_may_approve && check_author(list, d, e) == -1)
		return -1;
	for (i = 0; i < list->count; i++) {
		const struct decision *was = &list->items[i];

		if (!is_answer(was) ||
			!decision_stands(was, d->revision, d->digest))
			continue;
		if (is_same_person(was, d->person, d->uid)) {
			error_set(e, ERROR_ALREADY_DECIDED,
				"'%s' %s %s already", d->person,
				decision_verb_past(was->verb), d->object);
			return error_hint(e,
				"within its grace time it can be taken back: "
				"sluice undo %s",
				d->object);
		}
		if (shares_login(was, d->uid, d->login_uid)) {
			error_set(e, ERROR_DENIED,
				"this login is that of '%s', who %s %s already",
				was->person, decision_verb_past(was->verb),
				d->object);
			return error_hint(e, "somebody else has to decide");
		}
	}
	return 0;
}

/* ---- counting ---- */

static bool
has_role(const struct decisions *list, int revision,
	const char *digest, const char *role, int64_t settled_ms)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		const struct decision *d = &list->items[i];

		if (d->verb == DECISION_APPROVE &&
			decision_stands(d, revision, digest) &&
			d->until_ms <= settled_ms &&
			strings_has(&d->roles, role))
			return true;
	}
	return false;
}

static void
count_answer(struct tally *t, const struct decision *d, int64_t now_ms,
	int *settled)
{
	if (d->until_ms > now_ms && d->until_ms < t->settles_at_ms)
		t->settles_at_ms = d->until_ms;
	if (d->verb == DECISION_APPROVE) {
		t->given++;
		*settled += d->until_ms <= now_ms;
	} else if (t->no == NULL || !t->no_is_settled) {
		t->no = d;
		t->no_is_settled = d->until_ms <= now_ms;
	}
}

void
decisions_tally(const struct decisions *list, const struct policy *policy,
	int revision, const char *digest, int64_t now_ms, struct tally *ret)
{
	bool roles_settled = true;
	int settled = 0;
	size_t i;

	memset(ret, 0, sizeof(*ret));
	ret->settles_at_ms = INT64_MAX;
	for (i = 0; i < list->count; i++)
		if (is_answer(&list->items[i]) &&
			decision_stands(&list->items[i], revision, digest))
			count_answer(ret, &list->items[i], now_ms, &settled);
	for (i = 0; i < policy->roles.count; i++) {
		const char *role = policy->roles.items[i];

		if (!has_role(list, revision, digest, role, INT64_MAX))
			strings_add(&ret->missing_roles, role);
		if (!has_role(list, revision, digest, role, now_ms))
			roles_settled = false;
	}
	ret->is_enough = ret->given >= policy->approvals &&
			 ret->missing_roles.count == 0;
	ret->is_settled = settled >= policy->approvals && roles_settled;
}

void
tally_finish(struct tally *t)
{
	strings_finish(&t->missing_roles);
	memset(t, 0, sizeof(*t));
}

int
tally_missing(const struct tally *t, const struct policy *policy)
{
	int people = policy->approvals - t->given;

	if (people <= 0)
		return t->missing_roles.count > 0 ? 1 : 0;
	return people;
}
