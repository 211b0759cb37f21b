/*
 * gate.h - where a rollout waits between two waves, and what its analysis
 * measures. Plain values: they come from the configuration, and a plan says
 * them (plan.h), so that its digest covers them.
 *
 * After a wave its gates are passed in order; none of them follows the last
 * wave. A gate that is not passed has a declared outcome, and a person may
 * always `advance` past it, which the ledger says.
 */
#ifndef SLUICE_MODEL_GATE_H
#define SLUICE_MODEL_GATE_H

#include "model/analysis.h"
#include "model/fleet.h"

enum gate_kind {
	GATE_TIMER,    /* passed when its time is over */
	GATE_ANALYSIS, /* ... and the canary is not worse than the baseline */
	GATE_APPROVAL, /* passed by a person who has a role */
	GATE_CHECK,    /* passed when a command says so */
	GATE_WINDOW,   /* passed when a window is open and no freeze forbids */
	GATE_BASELINE, /* blue-green: passed when what is live was measured */
	GATE_KEEP,     /* blue-green: a timer; the old colour stands ready */
	GATE_KIND_COUNT
};

/* What follows when a gate is not passed. */
enum gate_outcome {
	GATE_HOLD,
	GATE_ROLLBACK,
	GATE_ABORT,
	GATE_OUTCOME_COUNT
};

struct gate {
	enum gate_kind kind;
	int after;	   /* wave; 0: every one but the last */
	int64_t for_ms;	   /* timer, analysis: at least so long */
	int64_t within_ms; /* the others: their deadline, 0: none */
	enum gate_outcome otherwise;
	struct strings roles; /* approval: one of them; empty: anybody who may
				 operate */
	char *run;	      /* check: the command */
	char *on;	      /* check: selector of hosts; NULL: the bastion */
	int attempts;	      /* check: so often before it has failed */
	int64_t interval_ms;
	int64_t timeout_ms; /* check: of one attempt */
};

/* Hosts that move together in a staged strategy. */
struct wave_group {
	char *name;
	char *hosts;	  /* selector */
	int64_t bake_ms;  /* -1: that of the strategy */
	bool is_approved; /* a person says go on after it */
	struct strings roles;
};

enum metric_source {
	METRIC_RUN,	   /* a command on the host prints it */
	METRIC_HTTP,	   /* an address answers with it */
	METRIC_PROMETHEUS, /* an instant query */
	METRIC_PROBE,	   /* of the engine's own health probes */
	METRIC_RESTARTS,   /* of a unit of systemd, a minute */
	METRIC_LOG,	   /* lines of a file that match, a minute */
	METRIC_SOURCE_COUNT
};

struct metric {
	char *name;
	enum metric_source source;
	char *target; /* command, address, server, "latency" or "failures",
			 unit, path */
	char *query;  /* http: JSON pointer; prometheus: query; log: pattern */
	bool is_counter; /* only grows: what counts is its rate a minute */
	enum analysis_worse worse;
	double tolerance; /* of the baseline's level */
	bool is_critical;
	double weight;
	int min_samples; /* a side; 0: that of the analysis */
	int64_t timeout_ms;
};

/* The rules where nothing is said, beside that bake time. */
void analysis_rules_default(int64_t bake_ms, struct analysis_rules *ret);

void gate_copy(struct gate *to, const struct gate *from);
void gate_finish(struct gate *g);
void wave_group_finish(struct wave_group *g);
void metric_copy(struct metric *to, const struct metric *from);
void metric_finish(struct metric *m);

const char *gate_kind_name(enum gate_kind k);
const char *gate_outcome_name(enum gate_outcome o);
const char *metric_source_name(enum metric_source s);

/* The reverse: -1 if nobody knows the name. */
int gate_kind_parse(const char *s);
int gate_outcome_parse(const char *s);
int metric_source_parse(const char *s);

/* Rates of counters are built in. */
bool metric_is_rate(const struct metric *m);

#endif
