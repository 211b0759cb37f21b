/*
 * fleet.h - what the configuration describes: hosts, services, strategies,
 * environments. Plain values, owned by struct settings and immutable once
 * loaded; a reload makes new ones.
 */
#ifndef SLUICE_MODEL_FLEET_H
#define SLUICE_MODEL_FLEET_H

#include "base/base.h"

struct pair { /* a label, a variable */
	char *name;
	char *value;
};

struct pairs { /* sorted by name, names unique */
	struct pair *items;
	size_t count;
};

struct strings {
	char **items;
	size_t count;
};

/* The value, or NULL. */
const char *pairs_get(const struct pairs *p, const char *name);
void pairs_finish(struct pairs *p);
void pairs_set(struct pairs *p, const char *name, const char *value);
void pairs_copy(struct pairs *to, const struct pairs *from);
void strings_finish(struct strings *s);
void strings_add(struct strings *s, const char *value);
void strings_copy(struct strings *to, const struct strings *from);
void strings_sort(struct strings *s);
bool strings_has(const struct strings *s, const char *value);

enum transport_kind {
	TRANSPORT_AUTO,
	TRANSPORT_SSH,
	TRANSPORT_OPENSSH,
	TRANSPORT_LOCAL,
	TRANSPORT_FAKE,
	TRANSPORT_COUNT
};

struct host {
	char *name;
	char *address; /* NULL for local */
	int port;
	char *user; /* NULL: the login of the engine's user */
	char *path; /* local: stands for the host's "/"; fake: its script */
	enum transport_kind transport;
	struct pairs labels;
};

enum step_kind {
	STEP_BEFORE_SWITCH,
	STEP_AFTER_SWITCH,
	STEP_BEFORE_ROLLBACK,
	STEP_KIND_COUNT
};

struct step {
	char *run; /* NULL: there is no such step */
	int64_t timeout_ms;
	bool idempotent;
	bool reversible; /* default true */
};

enum health_kind { HEALTH_RUN, HEALTH_HTTP, HEALTH_TCP, HEALTH_KIND_COUNT };

struct health {
	enum health_kind kind;
	char *target; /* command, URL or address:port, not yet expanded */
	int expect;   /* http: the status, default 200 */
	int attempts;
	int64_t interval_ms;
	int64_t timeout_ms;
};

struct service {
	char *name;
	char *root; /* placeholders unexpanded */
	int keep;
	int umask; /* 022 octal as an int */
	struct strings shared;
	struct step steps[STEP_KIND_COUNT];
	struct health *health;
	size_t health_count;
	struct metric *metrics; /* see gate.h */
	size_t metric_count;
};

enum strategy_kind {
	STRATEGY_ALL,
	STRATEGY_ROLLING,
	STRATEGY_CANARY,
	STRATEGY_BLUE_GREEN,
	STRATEGY_STAGED,
	STRATEGY_KIND_COUNT
};

enum on_failure {
	ON_FAILURE_HOLD,
	ON_FAILURE_ROLLBACK,
	ON_FAILURE_CONTINUE,
	ON_FAILURE_COUNT
};

/* "5" or "25%"; percentages round up, at least 1. */
struct portion {
	int number;
	bool is_percent;
};

/* Limits that stop when they are reached; 0 means no such limit. percent is
 * of the hosts of the rollout (of the wave for a wave's own count). */
struct budget {
	int hosts;
	int percent;
	int unreachable;
};

/* How the canary is compared with the baseline; interval_ms 0: it is not. */
struct analysis_rules {
	int64_t interval_ms;
	int min_samples; /* a side */
	double confidence;
	int pass, marginal; /* score in percent */
	int64_t within_ms;  /* after the bake, for a verdict that is open */
	int hosts;	    /* sampled a side, at most */
	bool in_turn; /* the baseline is from before: not part of a plan */
};

/* A release that was healthy here so lately may go faster. */
struct fast_track {
	int64_t within_ms; /* 0: never */
	struct portion *portions;
	size_t portion_count;
};

enum colour { COLOUR_BLUE, COLOUR_GREEN, COLOUR_COUNT };

/* How a blue-green strategy moves traffic; see traffic.h. */
struct traffic {
	char *routers; /* selector of the hosts that route; NULL: slots */
	char *slots[COLOUR_COUNT];   /* what {slot} means; NULL: pools */
	struct step order; /* the command that switches; run NULL: the link is
			      all there is */
	char *live_run;	   /* NULL: the link says it */
	int attempts;	   /* live is read so often after a switch */
	int64_t interval_ms; /* ... and so far apart */
	int64_t timeout_ms;  /* of live_run */
	int64_t hold_ms;	     /* the old colour stands ready so long */
};

struct gate;
struct metric;
struct wave_group;

struct strategy {
	char *name;
	enum strategy_kind kind;
	/* batch: sizes of waves, the last repeats; waves: how many hosts have
	 * moved after each, the rest is one more. */
	struct portion *portions;
	size_t portion_count;
	char *apart; /* label whose equal values never share a wave, or NULL */
	int64_t bake_ms;
	bool stage_first; /* default true */
	struct budget budget;
	enum on_failure on_failure;
	struct wave_group *groups; /* staged; see gate.h */
	size_t group_count;
	char *by; /* staged: a label, one wave for each of its values */
	struct gate *gates;
	size_t gate_count;
	struct analysis_rules analysis;
	struct fast_track fast_track;
	struct traffic traffic; /* blue-green */
};

enum protect {
	PROTECT_NONE,
	PROTECT_CONFIRM,
	PROTECT_TYPED,
	PROTECT_READONLY,
	PROTECT_COUNT
};

/* What follows when nobody answers, or a yes got too old. */
enum on_expiry {
	ON_EXPIRY_HOLD, /* it is expired until somebody submits it again */
	ON_EXPIRY_REJECT,
	ON_EXPIRY_CANCEL,
	ON_EXPIRY_COUNT
};

struct evidence_rule {
	char *kind;
	char *role;	    /* of a sign-off, NULL: whoever added it */
	int64_t max_age_ms; /* 0: as old as it may be */
	char *result;	    /* "pass", NULL: any */
	int line;	    /* of the configuration */
};

/* The rules that decide about a change; see policy.h for what they mean. */
enum policy_key {
#define POLICY_KEY(id, name, sentence) POLICY_##id,
#include "model/policy_keys.def"
#undef POLICY_KEY
	POLICY_KEY_COUNT
};

struct policy {
	int approvals;
	struct strings roles;
	bool author_may_approve;
	int64_t grace_ms;
	bool is_signed;
	bool hardware_keys;		 /* ... by a key in a device */
	/* Who must have signed the artefact: of each item, which is patterns
	 * with "|" between them, one matches. */
	struct strings artefact_signers;
	struct evidence_rule *evidence;
	size_t evidence_count;
	int64_t answer_within_ms, valid_for_ms; /* 0: no limit */
	int64_t remind_ms, escalate_ms; /* before its end, -1: the default */
	struct strings escalate_to;	/* roles */
	enum on_expiry on_expiry;
	struct strings after; /* environments */
	int64_t soak_ms;
	struct strings needs; /* what the release itself asks for */
	int emergency_approvals;
	struct strings emergency_roles, emergency_waives;
	int64_t review_within_ms;
	int risk_above; /* it speaks only of a higher risk, -1: of any */
	int max_risk;	/* of the template, -1: none */
	/* Where each was said, 0: nowhere, it is the default. */
	int lines[POLICY_KEY_COUNT];
};

/* One entry of `policies`: applies to the changes that match. */
struct policy_part {
	char *match; /* selector over env, kind, service, type, strategy */
	struct selector *selector; /* the same, NULL: it could not be read */
	struct policy policy;
};

/* One entry of `standard`: changes that are authorised beforehand. */
struct standard {
	struct strings services, strategies; /* strategies empty: any */
	int max_risk;			     /* -1: any */
	int approvals;
	int line;
};

struct environment {
	char *name;
	char *kind; /* dev, test, integration, staging, production, dr */
	char *hosts; /* selector */
	enum protect protect;
	char *strategy; /* name, NULL: all */
	struct strings services;
	struct pairs vars;
	struct policy policy;
	struct standard *standard;
	size_t standard_count;
	char *timezone;		/* of windows and freezes */
	int concurrent;		/* rollouts at once, 0: no limit */
	int64_t start_grace_ms; /* missed for longer: a person is asked */
	int64_t estimate_ms;	/* of a rollout while none is known */
};

const char *transport_kind_name(enum transport_kind k);
const char *step_kind_name(enum step_kind k); /* "before_switch" */
const char *health_kind_name(enum health_kind k);
const char *strategy_kind_name(enum strategy_kind k); /* "blue-green" */
const char *on_failure_name(enum on_failure f);
const char *protect_name(enum protect p);
const char *on_expiry_name(enum on_expiry x);

/* The reverse: -1 if nobody knows the name. */
int transport_kind_parse(const char *s);
int strategy_kind_parse(const char *s);
int on_failure_parse(const char *s);
int protect_parse(const char *s);
int on_expiry_parse(const char *s);
int health_kind_parse(const char *s);
int step_kind_parse(const char *s);

/* Absolute, not /, no "..": where a service may live on a host. */
bool service_root_is_valid(const char *root);

void host_copy(struct host *to, const struct host *from);
void host_finish(struct host *h);
void service_finish(struct service *s);
void strategy_finish(struct strategy *s);
void environment_finish(struct environment *env);

#endif
