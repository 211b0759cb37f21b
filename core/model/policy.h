/*
 * policy.h - which rules decide about a change, and whether they are met.
 *
 * Pure: policies merge by union (roles, evidence, environments) and by the
 * stricter of two numbers; a type overrides; the facts come from the engine.
 */
#ifndef SLUICE_MODEL_POLICY_H
#define SLUICE_MODEL_POLICY_H

#include "model/change.h"
#include "model/decision.h"
#include "model/evidence.h"

#define POLICY_GRACE_MS 10000
#define POLICY_REVIEW_MS ((int64_t)3 * 24 * 3600 * 1000)

const char *policy_key_name(enum policy_key k); /* "answer_within" */

/* The defaults: nothing is asked for. */
void policy_init(struct policy *p);
void policy_finish(struct policy *p);

/* What both ask for, in *to; from is borrowed. */
void policy_merge(struct policy *to, const struct policy *from);

/* What the type asks for instead. standard: the template of a standard
 * change, else NULL. */
void policy_for_type(struct policy *p, enum change_type type,
	const struct standard *standard);

/* The rules as they stand in a plan. */
void policy_add_rules(const struct policy *p, struct pairs *rules);

/* Whether a signature by that principal (NULL: there is none) is what one
 * item of artefact_signers asks for. */
bool policy_is_signer(const char *patterns, const char *principal);

/* ---- templates of standard changes ---- */

/* The template that allows it, or NULL. risk: 0..100, -1: not known, which
 * no template with max_risk allows. */
const struct standard *standard_find(const struct standard *list, size_t count,
	const char *service, const char *strategy, int risk);

/* ---- evaluation ---- */

enum policy_verdict {
	POLICY_PASS,
	POLICY_WAIT, /* people or time can still meet it */
	POLICY_FAIL,
	POLICY_NOTE, /* says how things are, refuses nothing */
	POLICY_VERDICT_COUNT
};
const char *policy_verdict_name(enum policy_verdict v);

/* One environment of `after`: since when the release is there, 0: not yet. */
struct policy_place {
	const char *env;
	int64_t since;
};

/* One of `needs`: on how many hosts of the change's environment the service
 * is expected, and on how many of them what is needed. */
struct policy_need {
	const char *env;
	int hosts, with;
};

struct policy_facts {
	int64_t now;
	const char *sha256; /* of the artefact */
	const char *signed_by; /* whose signature it carries, NULL: none */
	const struct tally *tally;
	const struct evidence *evidence; /* of the release, oldest first */
	size_t evidence_count;
	const struct policy_place *places; /* beside policy->after */
	const struct policy_need *needs;   /* beside policy->needs */
	const struct strings *overridden;  /* rules that were overridden */
	int64_t answer_by, valid_until;	   /* 0: no such limit */
	int risk; /* 0..100, -1: not known */
};

struct policy_result {
	enum policy_key key;
	char *what; /* "approvals", "evidence scan", "after staging" */
	int line;   /* of the configuration, 0: the default */
	enum policy_verdict verdict;
	char *reason; /* in words */
};

struct policy_results {
	struct policy_result *items;
	size_t count, capacity;
};

void policy_evaluate(const struct policy *p, const struct policy_facts *f,
	struct policy_results *ret);
void policy_results_finish(struct policy_results *r);

#endif
