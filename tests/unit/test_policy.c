/* test_policy.c - rules that merge, types that override, answers that count,
 * evidence that is young and good enough. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/plan_diff.h"
#include "model/policy.h"

#define DIGEST                                                                 \
	"00000000000000000000000000000000"                                     \
	"00000000000000000000000000000001"

/* ---- merging ---- */

static void
say_int(struct policy *p, enum policy_key key, int line)
{
	p->lines[key] = line;
}

static void
test_merge_is_stricter(void **state)
{
	struct policy a, b, both;

	(void)state;
	policy_init(&a);
	policy_init(&b);
	policy_init(&both);
	a.approvals = 2;
	say_int(&a, POLICY_APPROVALS, 10);
	a.answer_within_ms = 3000;
	say_int(&a, POLICY_ANSWER_WITHIN, 11);
	a.author_may_approve = true;
	say_int(&a, POLICY_AUTHOR, 12);
	strings_add(&a.roles, "security");
	b.approvals = 1;
	say_int(&b, POLICY_APPROVALS, 20);
	b.answer_within_ms = 2000;
	say_int(&b, POLICY_ANSWER_WITHIN, 21);
	b.on_expiry = ON_EXPIRY_CANCEL;
	say_int(&b, POLICY_ON_EXPIRY, 22);
	b.author_may_approve = false;
	say_int(&b, POLICY_AUTHOR, 23);
	strings_add(&b.roles, "security");
	strings_add(&b.roles, "qa");
	policy_merge(&both, &a);
	assert_true(both.author_may_approve);
	policy_merge(&both, &b);
	assert_int_equal(both.approvals, 2);
	assert_int_equal(both.lines[POLICY_APPROVALS], 10);
	assert_int_equal(both.answer_within_ms, 2000);
	assert_int_equal(both.lines[POLICY_ANSWER_WITHIN], 21);
	assert_int_equal(both.on_expiry, ON_EXPIRY_CANCEL);
	assert_false(both.author_may_approve);
	assert_int_equal(both.roles.count, 2);
	/* What nobody says is the default. */
	assert_int_equal(both.grace_ms, POLICY_GRACE_MS);
	assert_int_equal(both.lines[POLICY_GRACE], 0);
	policy_finish(&a);
	policy_finish(&b);
	policy_finish(&both);
}

/* Any order of merging asks for the same. */
static void
test_merge_commutes(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 64; i++) {
		struct policy p[2], ab, ba;
		int k;

		policy_init(&ab);
		policy_init(&ba);
		for (k = 0; k < 2; k++) {
			policy_init(&p[k]);
			p[k].approvals = (i >> k) & 1;
			p[k].grace_ms = 1000 * (1 + ((i >> (k + 2)) & 1));
			p[k].valid_for_ms = 500 * (1 + ((i >> (k + 4)) & 1));
			say_int(&p[k], POLICY_APPROVALS, 1 + k);
			say_int(&p[k], POLICY_GRACE, 1 + k);
			say_int(&p[k], POLICY_VALID_FOR, 1 + k);
		}
		policy_merge(&ab, &p[0]);
		policy_merge(&ab, &p[1]);
		policy_merge(&ba, &p[1]);
		policy_merge(&ba, &p[0]);
		assert_int_equal(ab.approvals, ba.approvals);
		assert_int_equal(ab.grace_ms, ba.grace_ms);
		assert_int_equal(ab.valid_for_ms, ba.valid_for_ms);
		policy_finish(&ab);
		policy_finish(&ba);
	}
}

static void
test_emergency(void **state)
{
	struct policy p;

	(void)state;
	policy_init(&p);
	p.approvals = 3;
	strings_add(&p.roles, "security");
	strings_add(&p.after, "staging");
	policy_for_type(&p, CHANGE_TYPE_EMERGENCY, NULL);
	assert_int_equal(p.approvals, 3); /* nothing is said: as always */
	p.emergency_approvals = 1;
	say_int(&p, POLICY_EMERGENCY, 5);
	policy_for_type(&p, CHANGE_TYPE_EMERGENCY, NULL);
	assert_int_equal(p.approvals, 1);
	assert_int_equal(p.roles.count, 0);
	assert_int_equal(p.after.count, 1);
	strings_add(&p.emergency_waives, "after");
	policy_for_type(&p, CHANGE_TYPE_EMERGENCY, NULL);
	assert_int_equal(p.after.count, 0);
	policy_finish(&p);
}

static void
test_standard(void **state)
{
	struct standard list[2] = {{.max_risk = 30}, {.max_risk = -1}};

	(void)state;
	strings_add(&list[0].services, "shop");
	strings_add(&list[1].services, "blog");
	strings_add(&list[1].strategies, "slow");
	assert_null(standard_find(list, 2, "shop", "all", -1));
	assert_null(standard_find(list, 2, "shop", "all", 31));
	assert_ptr_equal(standard_find(list, 2, "shop", "all", 30), &list[0]);
	assert_null(standard_find(list, 2, "blog", "all", 0));
	assert_ptr_equal(standard_find(list, 2, "blog", "slow", 0), &list[1]);
	assert_null(standard_find(list, 2, "other", "slow", 0));
	strings_finish(&list[0].services);
	strings_finish(&list[1].services);
	strings_finish(&list[1].strategies);
}

/* ---- answers ---- */

static void
say(struct decisions *list, enum decision_verb verb, const char *person,
	int64_t uid, int64_t login_uid, int64_t until_ms, const char *role)
{
	struct decision *d;

	ARRAY_GROW(list->items, list->count, list->capacity);
	d = &list->items[list->count++];
	*d = (struct decision){.object = xstrdup("C-1"),
		.revision = 1,
		.verb = verb,
		.person = xstrdup(person),
		.uid = uid,
		.login_uid = login_uid,
		.until_ms = until_ms};
	memcpy(d->digest, DIGEST, sizeof(d->digest));
	if (role != NULL)
		strings_add(&d->roles, role);
}

static enum error_code
may(const struct decisions *list, const struct policy *p, const char *person,
	int64_t uid, int64_t login_uid)
{
	struct decisions one = {0};
	struct error e = {ERROR_NONE, "", ""};

	say(&one, DECISION_APPROVE, person, uid, login_uid, 0, NULL);
	decision_check(list, p, &one.items[0], &e);
	decisions_finish(&one);
	return e.code;
}

static void
test_four_eyes(void **state)
{
	struct decisions list = {0};
	struct policy p;

	(void)state;
	policy_init(&p);
	say(&list, DECISION_WRITE, "alice", 1, 1, 0, NULL);
	say(&list, DECISION_WRITE, "frank", 6, LOGIN_UID_NONE, 0, NULL);
	say(&list, DECISION_APPROVE, "bob", 2, 2, 0, NULL);
	assert_int_equal(may(&list, &p, "carol", 3, 3), ERROR_NONE);
	assert_int_equal(
		may(&list, &p, "carol", 3, LOGIN_UID_NONE), ERROR_NONE);
	/* The author: by uid, by a second user, through another's account,
	 * as whoever edited it later. */
	assert_int_equal(may(&list, &p, "alice", 1, 1), ERROR_DENIED);
	assert_int_equal(may(&list, &p, "alice", 9, 9), ERROR_DENIED);
	assert_int_equal(may(&list, &p, "carol", 3, 1), ERROR_DENIED);
	assert_int_equal(may(&list, &p, "frank", 6, 6), ERROR_DENIED);
	assert_int_equal(may(&list, &p, "carol", 3, 6), ERROR_DENIED);
	/* Who answered: again, as a second user, through another's account. */
	assert_int_equal(may(&list, &p, "bob", 2, 2), ERROR_ALREADY_DECIDED);
	assert_int_equal(may(&list, &p, "bob", 8, 8), ERROR_ALREADY_DECIDED);
	assert_int_equal(may(&list, &p, "carol", 3, 2), ERROR_DENIED);
	/* Their login forbids the other way round too. */
	say(&list, DECISION_APPROVE, "dave", 4, 3, 0, NULL);
	assert_int_equal(may(&list, &p, "carol", 3, 3), ERROR_DENIED);
	p.author_may_approve = true;
	assert_int_equal(may(&list, &p, "alice", 1, 1), ERROR_NONE);
	decisions_finish(&list);
	policy_finish(&p);
}

static void
test_tally(void **state)
{
	struct decisions list = {0};
	struct policy p;
	struct tally t;

	(void)state;
	policy_init(&p);
	p.approvals = 2;
	strings_add(&p.roles, "security");
	say(&list, DECISION_WRITE, "alice", 1, 1, 0, NULL);
	say(&list, DECISION_APPROVE, "bob", 2, 2, 100, NULL);
	say(&list, DECISION_APPROVE, "carol", 3, 3, 200, NULL);
	decisions_tally(&list, &p, 1, DIGEST, 50, &t);
	assert_int_equal(t.given, 2);
	assert_false(t.is_enough);
	assert_int_equal(tally_missing(&t, &p), 1);
	assert_int_equal(t.settles_at_ms, 100);
	tally_finish(&t);
	strings_add(&list.items[2].roles, "security");
	decisions_tally(&list, &p, 1, DIGEST, 150, &t);
	assert_true(t.is_enough);
	assert_false(t.is_settled);
	tally_finish(&t);
	decisions_tally(&list, &p, 1, DIGEST, 200, &t);
	assert_true(t.is_settled);
	tally_finish(&t);
	/* Another revision or digest, taken back, void: none counts. */
	decisions_tally(&list, &p, 2, DIGEST, 200, &t);
	assert_int_equal(t.given, 0);
	tally_finish(&t);
	decisions_tally(&list, &p, 1, "x", 200, &t);
	assert_int_equal(t.given, 0);
	tally_finish(&t);
	list.items[1].undone_at = 1;
	list.items[2].void_reason = xstrdup("edited");
	decisions_tally(&list, &p, 1, DIGEST, 200, &t);
	assert_int_equal(t.given, 0);
	tally_finish(&t);
	say(&list, DECISION_REJECT, "dave", 4, 4, 300, NULL);
	decisions_tally(&list, &p, 1, DIGEST, 299, &t);
	assert_non_null(t.no);
	assert_false(t.no_is_settled);
	tally_finish(&t);
	decisions_tally(&list, &p, 1, DIGEST, 300, &t);
	assert_true(t.no_is_settled);
	tally_finish(&t);
	decisions_finish(&list);
	policy_finish(&p);
}

/* ---- evidence ---- */

static bool
satisfies(const struct evidence_rule *r, const struct evidence *v, size_t n,
	int64_t now)
{
	struct strbuf why;
	bool ok;

	strbuf_init(&why);
	ok = evidence_satisfies(r, v, n, DIGEST, now, &why);
	assert_true(why.len > 0);
	strbuf_finish(&why);
	return ok;
}

static void
test_evidence(void **state)
{
	char scan[] = "scan", pass[] = "pass", fail[] = "fail", bob[] = "bob";
	char signoff[] = "signoff", qa[] = "qa", po[] = "product-owner";
	struct evidence_rule rule = {
		.kind = scan, .max_age_ms = 10000, .result = pass};
	struct evidence list[3] = {
		{.kind = scan, .result = pass, .added_by = bob, .added_at = 90},
		{.kind = scan, .result = fail, .added_by = bob, .added_at = 95},
		{.kind = signoff, .role = qa, .result = pass, .added_by = bob},
	};

	(void)state;
	memcpy(list[0].sha256, DIGEST, sizeof(list[0].sha256));
	memcpy(list[1].sha256, DIGEST, sizeof(list[1].sha256));
	memcpy(list[2].sha256, DIGEST, sizeof(list[2].sha256));
	assert_false(satisfies(&rule, list, 0, 100));
	assert_true(satisfies(&rule, list, 1, 100));
	assert_false(satisfies(&rule, list, 1, 101)); /* too old */
	assert_false(satisfies(&rule, list, 2, 100)); /* the newest counts */
	list[0].stated_at = 50; /* made earlier than it came */
	assert_false(satisfies(&rule, list, 1, 100));
	list[0].stated_at = 500; /* nobody makes it younger */
	assert_true(satisfies(&rule, list, 1, 100));
	list[0].waived_until = 100;
	assert_false(satisfies(&rule, list, 1, 100));
	list[0].waived_until = 101;
	assert_true(satisfies(&rule, list, 1, 100));
	list[0].sha256[0] = 'f';
	assert_false(satisfies(&rule, list, 1, 100)); /* of another one */
	rule = (struct evidence_rule){.kind = signoff, .role = po};
	assert_false(satisfies(&rule, list, 3, 100));
	rule.role = qa;
	assert_true(satisfies(&rule, list, 3, 100));
}

/* ---- evaluation ---- */

static enum policy_verdict
verdict_of(const struct policy *p, const struct policy_facts *f,
	const char *what)
{
	enum policy_verdict verdict = POLICY_VERDICT_COUNT;
	struct policy_results r;
	size_t i;

	policy_evaluate(p, f, &r);
	for (i = 0; i < r.count; i++)
		if (strcmp(r.items[i].what, what) == 0)
			verdict = r.items[i].verdict;
	policy_results_finish(&r);
	return verdict;
}

static void
test_after_and_soak(void **state)
{
	struct policy_place place = {"staging", 0};
	struct strings spared = {0};
	struct tally t = {0};
	struct policy_facts f = {.now = 1000,
		.sha256 = DIGEST,
		.tally = &t,
		.places = &place,
		.overridden = &spared};
	struct policy p;

	(void)state;
	policy_init(&p);
	strings_add(&p.after, "staging");
	p.soak_ms = 100 * 1000;
	assert_int_equal(verdict_of(&p, &f, "after staging"), POLICY_FAIL);
	place.since = 901;
	assert_int_equal(verdict_of(&p, &f, "after staging"), POLICY_WAIT);
	place.since = 900;
	assert_int_equal(verdict_of(&p, &f, "after staging"), POLICY_PASS);
	place.since = 0;
	strings_add(&spared, "after staging");
	assert_int_equal(verdict_of(&p, &f, "after staging"), POLICY_PASS);
	strings_finish(&spared);
	policy_finish(&p);
}

static void
test_plan_diff(void **state)
{
	struct strings removed = {0}, added = {0};

	(void)state;
	plan_diff("a\n  b\nc\nc\n", "c\na\nd\ne\n", 1, &removed, &added);
	assert_int_equal(removed.count, 1);
	assert_string_equal(removed.items[0], "b");
	assert_int_equal(added.count, 1);
	assert_string_equal(added.items[0], "d");
	strings_finish(&removed);
	strings_finish(&added);
	plan_diff("", "", 5, &removed, &added);
	assert_int_equal(removed.count + added.count, 0);
	plan_diff("x\nx\n", "x\n", 5, &removed, &added);
	assert_int_equal(removed.count, 1);
	strings_finish(&removed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_merge_is_stricter),
		cmocka_unit_test(test_merge_commutes),
		cmocka_unit_test(test_emergency),
		cmocka_unit_test(test_standard),
		cmocka_unit_test(test_four_eyes),
		cmocka_unit_test(test_tally),
		cmocka_unit_test(test_evidence),
		cmocka_unit_test(test_after_and_soak),
		cmocka_unit_test(test_plan_diff),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
