/*
 * plan.h - exactly what a rollout will do, as one canonical text.
 *
 * The text is what people approve and what the engine executes: a rollout is
 * run from the parsed text, never from the configuration of the day. Its
 * SHA-256 is the plan digest. Nothing in it depends on when it is printed.
 *
 * One fact a line: words separated by one space, LF at the end. A word is
 * bare if it is made of [A-Za-z0-9._:/@%+,=~^*-] and not empty, else quoted:
 * "..." with \" \\ \n \t and \xHH for each byte of anything else that a
 * reader would not see (controls, bidi controls) or that is not UTF-8. Lines
 * come in the order of struct plan; indented lines belong to the line above.
 *
 *   sluice plan 1
 *   kind deploy
 *   service shop
 *   version 1.4.2
 *   environment production
 *   release 1.4.2-9f2c01ab34cd
 *   artefact 9f2c... size 123456 files 42
 *   payload 77aa... format tar.gz size 123456 unpacked 345678
 *   keep 5
 *   umask 022
 *   shared log
 *   var SHOP_MODE staging
 *   strategy quick rolling
 *   stage_first yes
 *   bake_ms 0
 *   apart zone
 *   budget hosts 1 percent 0 unreachable 1
 *   on_failure hold
 *   rule approvals 2
 *   step before_switch timeout_ms 120000 idempotent yes reversible yes
 *     run "./bin/migrate --check"
 *   health http expect 200 interval_ms 1000 attempts 10 timeout_ms 3000
 *     target "http://{address}:8080/healthz"
 *   traffic pools hold_ms 3600000 attempts 10 interval_ms 1000
 *     timeout_ms 30000                                 (all one line)
 *     switch "./to \"$SLUICE_COLOUR\""
 *     live ./who
 *     slot blue 8001
 *   fast_track within_ms 604800000
 *   analysis interval_ms 15000 min_samples 30 confidence 0.95 pass 95
 *     marginal 75 hosts 50                             (all one line)
 *   metric p95_ms prometheus worse higher tolerance 0.15 critical no weight 1
 *     min_samples 30 counter no timeout_ms 10000       (all one line)
 *     measures http://127.0.0.1:9090
 *     query "p95{host=\"{host}\"}"
 *   gate analysis after each for_ms 600000 within_ms 600000 otherwise hold
 *   gate approval after 1 for_ms 0 within_ms 0 otherwise hold
 *     role qa
 *   gate check after 2 for_ms 0 within_ms 60000 otherwise rollback
 *     command ./smoke attempts 3 interval_ms 1000 timeout_ms 10000
 *     on role=web
 *   shortest_ms 1200000
 *   wave 1 hosts 5 name pilot
 *     host web-01 transport ssh address 10.0.1.1 port 22 user deploy
 *       root /srv/shop
 *       label zone eu1
 *   left_out web-07 "disk is being replaced"
 */
#ifndef SLUICE_MODEL_PLAN_H
#define SLUICE_MODEL_PLAN_H

#include "base/digest.h"
#include "model/fleet.h"
#include "model/gate.h"
#include "model/release.h"
#include "model/rollout.h"
#include "model/traffic.h"

struct plan_host {
	struct host host; /* as in the configuration of that day */
	char *root;	  /* expanded */
	int wave;	  /* from 1 */
};

struct plan {
	enum rollout_kind kind;
	char *service, *version, *env;
	char release[RELEASE_DIR_SIZE];
	char sha256[DIGEST_HEX_SIZE];
	int64_t size_bytes, files;
	char payload_sha256[DIGEST_HEX_SIZE];
	enum payload_format payload_format;
	char *payload_name; /* of a single file */
	int64_t payload_bytes, unpacked_bytes;
	int keep, umask;
	struct strings shared;
	struct pairs vars;
	char *strategy;
	enum strategy_kind strategy_kind;
	bool stage_first;
	int64_t bake_ms;
	struct gate bake; /* the same as a gate */
	char *apart;
	struct budget budget;
	enum on_failure on_failure;
	struct pairs rules; /* effective policy, name and value */
	int64_t fast_track_ms; /* healthy here so lately, it goes faster */
	struct analysis_rules analysis;
	struct metric *metrics; /* with an analysis only */
	size_t metric_count;
	struct gate *gates;
	size_t gate_count;
	struct step steps[STEP_KIND_COUNT];
	struct health *health;
	size_t health_count;
	int waves;
	struct traffic traffic; /* blue-green */
	struct strings wave_names; /* by wave; empty: they have none */
	struct plan_host *hosts; /* wave by wave, then in order of rollout */
	size_t host_count;
	struct pairs left_out; /* hosts out of service, and why */
};

/*
 * Computes the plan of a deploy. hosts (borrowed) are those that the
 * environment's and the change's selectors leave, in the order of the
 * configuration, and then the routers of a blue-green strategy; none is an
 * error. Values are copied.
 */
int plan_make(struct plan *ret, const struct release *release,
	const struct service *service, const struct environment *env,
	const struct strategy *strategy, const struct host *const *hosts,
	size_t host_count, struct error *e);

void plan_finish(struct plan *p);

/*
 * The gates between wave and the next one, in order: the bake time first, as
 * a timer, then those of the list. Returns how many; at most max go into ret.
 * None follows the last wave, but that of the traffic.
 */
size_t plan_gates_after(const struct plan *p, int wave,
	const struct gate **ret, size_t max);
void plan_set_bake(struct plan *p, int64_t ms);

#define PLAN_GATES_MAX 64

/* Waves of a rollout: those of the plan, but that a blue-green one always has
 * the colour first and then the traffic (TRAFFIC_WAVE), which in slots moves
 * on the same hosts. */
int plan_run_waves(const struct plan *p);

/* Gates follow this wave. */
bool plan_is_gated(const struct plan *p, int wave);

/* The time that waits alone take when nothing goes wrong. */
int64_t plan_shortest_ms(const struct plan *p);

/* The canonical text (added to out). */
void plan_print(const struct plan *p, struct strbuf *out);

/* The reverse; a text that plan_print would not print is refused. */
int plan_parse(
	const char *text, size_t len, struct plan *ret, struct error *e);

#endif
