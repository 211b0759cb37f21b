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
 *   wave 1 hosts 5
 *     host web-01 transport ssh address 10.0.1.1 port 22 user deploy
 *       root /srv/shop
 *       label zone eu1
 *   left_out web-07 "disk is being replaced"
 */
#ifndef SLUICE_MODEL_PLAN_H
#define SLUICE_MODEL_PLAN_H

#include "base/digest.h"
#include "model/fleet.h"
#include "model/release.h"
#include "model/rollout.h"

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
	char *apart;
	struct budget budget;
	enum on_failure on_failure;
	struct pairs rules; /* effective policy, name and value */
	struct step steps[STEP_KIND_COUNT];
	struct health *health;
	size_t health_count;
	int waves;
	struct plan_host *hosts; /* wave by wave, then in order of rollout */
	size_t host_count;
	struct pairs left_out; /* hosts out of service, and why */
};

/*
 * Computes the plan of a deploy. hosts (borrowed) are those that the
 * environment's and the change's selectors leave, in the order of the
 * configuration; none is an error. Values are copied.
 */
int plan_make(struct plan *ret, const struct release *release,
	const struct service *service, const struct environment *env,
	const struct strategy *strategy, const struct host *const *hosts,
	size_t host_count, struct error *e);

void plan_finish(struct plan *p);

/* The canonical text (added to out). */
void plan_print(const struct plan *p, struct strbuf *out);

/* The reverse; a text that plan_print would not print is refused. */
int plan_parse(
	const char *text, size_t len, struct plan *ret, struct error *e);

#endif
