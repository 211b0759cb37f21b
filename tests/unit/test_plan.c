/* test_plan.c - plans, their canonical text, and what is no plan. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/plan.h"

#define SHA                                                                    \
	"9f2c01ab34cd5678901234567890abcdef01234567890abcdef0123456789012"
#define NASTY "a \"b\" \\ \n\t\x01\x7f $(x) ; ' \xc3\xa9 \xe2\x80\xae \xff"

struct world {
	struct release release;
	struct service service;
	struct environment env;
	struct strategy strategy;
	struct host hosts[5];
	const struct host *list[5];
	struct portion portion;
};

static void
world_init(struct world *w)
{
	int i;

	memset(w, 0, sizeof(*w));
	w->release.service = xstrdup("shop");
	w->release.version = xstrdup("1.4.2");
	memcpy(w->release.sha256, SHA, sizeof(SHA));
	memcpy(w->release.payload_sha256, SHA, sizeof(SHA));
	w->release.size_bytes = 123456;
	w->release.files = 42;
	w->release.payload_bytes = 999;
	w->release.format = PAYLOAD_TAR_GZ;
	w->service.name = xstrdup("shop");
	w->service.root = xstrdup("/srv/{host}/shop");
	w->service.keep = 5;
	w->service.umask = 022;
	strings_add(&w->service.shared, "log");
	strings_add(&w->service.shared, "data/my uploads");
	w->service.steps[STEP_BEFORE_SWITCH].run = xstrdup(NASTY);
	w->service.steps[STEP_BEFORE_SWITCH].timeout_ms = 120000;
	w->service.steps[STEP_BEFORE_SWITCH].idempotent = true;
	w->service.health = xcalloc(1, sizeof(struct health));
	w->service.health_count = 1;
	w->service.health[0] = (struct health){.kind = HEALTH_HTTP,
		.target = xstrdup("http://{address}:8080/{label.zone}"),
		.expect = 200,
		.attempts = 10,
		.interval_ms = 1000,
		.timeout_ms = 3000};
	w->env.name = xstrdup("production");
	pairs_set(&w->env.vars, "SHOP_MODE", "production \"x\"");
	pairs_set(&w->env.vars, "EMPTY", "");
	w->env.policy.approvals = 2;
	strings_add(&w->env.policy.roles, "security");
	w->portion = (struct portion){2, false};
	w->strategy = (struct strategy){.name = xstrdup("quick"),
		.kind = STRATEGY_ROLLING,
		.portions = &w->portion,
		.portion_count = 1,
		.apart = xstrdup("zone"),
		.stage_first = true,
		.budget = {1, 0, 1}};
	for (i = 0; i < 5; i++) {
		w->hosts[i].name = xasprintf("web-%d", i + 1);
		w->hosts[i].address = xasprintf("10.0.0.%d", i + 1);
		w->hosts[i].port = 22;
		w->hosts[i].transport = TRANSPORT_SSH;
		pairs_set(&w->hosts[i].labels, "zone", i < 3 ? "a" : "b");
		w->list[i] = &w->hosts[i];
	}
	w->hosts[0].user = xstrdup("deploy");
}

static void
world_finish(struct world *w)
{
	int i;

	release_finish(&w->release);
	service_finish(&w->service);
	environment_finish(&w->env);
	w->strategy.portions = NULL;
	strategy_finish(&w->strategy);
	for (i = 0; i < 5; i++)
		host_finish(&w->hosts[i]);
}

static int
make(struct world *w, struct plan *p, size_t count, struct error *e)
{
	return plan_make(p, &w->release, &w->service, &w->env, &w->strategy,
		w->list, count, e);
}

/* The text of the plan of a fresh world (owned). */
static char *
text_of_plan(void)
{
	struct strbuf sb;
	struct world w;
	struct plan p;
	struct error e;

	world_init(&w);
	if (make(&w, &p, 5, &e) == -1)
		fail_msg("%s", e.text);
	strbuf_init(&sb);
	plan_print(&p, &sb);
	plan_finish(&p);
	world_finish(&w);
	return sb.buf;
}

static void
test_make(void **state)
{
	struct world w;
	struct plan p;
	struct error e;

	(void)state;
	world_init(&w);
	assert_int_equal(make(&w, &p, 5, &e), 0);
	assert_int_equal(p.waves, 3);
	assert_int_equal(p.host_count, 5);
	assert_string_equal(p.hosts[0].host.name, "web-1");
	assert_string_equal(p.hosts[1].host.name, "web-4");
	assert_int_equal(p.hosts[4].wave, 3);
	assert_string_equal(p.hosts[4].host.name, "web-3");
	assert_string_equal(p.hosts[1].root, "/srv/web-4/shop");
	assert_string_equal(p.release, "1.4.2-9f2c01ab34cd");
	assert_string_equal(pairs_get(&p.rules, "approvals"), "2");
	assert_string_equal(pairs_get(&p.rules, "roles"), "security");
	plan_finish(&p);
	world_finish(&w);
}

static void
test_canonical_text(void **state)
{
	static const char *const lines[] = {"sluice plan 1\nkind deploy\n",
		"\nartefact " SHA " size 123456 files 42\n",
		"\npayload " SHA " format tar.gz size 999 unpacked 0\n",
		"\nkeep 5\numask 022\nshared log\n"
		"shared \"data/my uploads\"\nvar EMPTY \"\"\n"
		"var SHOP_MODE \"production \\\"x\\\"\"\n"
		"strategy quick rolling\nstage_first yes\nbake_ms 0\n"
		"apart zone\nbudget hosts 1 percent 0 unreachable 1\n"
		"on_failure hold\nrule approvals 2\n",
		"\nstep before_switch timeout_ms 120000 idempotent yes "
		"reversible no\n  run \"a \\\"b\\\" \\\\ \\n\\t\\x01\\x7f "
		"$(x) ; ' \xc3\xa9 \\xe2\\x80\\xae \\xff\"\n",
		"\nhealth http expect 200 interval_ms 1000 attempts 10 "
		"timeout_ms 3000\n"
		"  target \"http://{address}:8080/{label.zone}\"\n"
		"wave 1 hosts 2\n"
		"  host web-1 transport ssh address 10.0.0.1 port 22 "
		"user deploy\n    root /srv/web-1/shop\n    label zone a\n"
		"  host web-4 transport ssh address 10.0.0.4 port 22\n",
		"\nwave 3 hosts 1\n"};
	char *text = text_of_plan();
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lines); i++)
		if (strstr(text, lines[i]) == NULL)
			fail_msg("no '%s' in:\n%s", lines[i], text);
	free(text);
}

static void
test_round_trip(void **state)
{
	char *text = text_of_plan();
	struct strbuf again;
	struct plan p;
	struct error e;

	(void)state;
	assert_int_equal(plan_parse(text, strlen(text), &p, &e), 0);
	assert_string_equal(p.steps[STEP_BEFORE_SWITCH].run, NASTY);
	assert_true(p.steps[STEP_BEFORE_SWITCH].idempotent);
	assert_string_equal(p.shared.items[1], "data/my uploads");
	assert_string_equal(p.hosts[2].host.address, "10.0.0.2");
	assert_int_equal(p.strategy_kind, STRATEGY_ROLLING);
	strbuf_init(&again);
	plan_print(&p, &again);
	assert_string_equal(again.buf, text);
	strbuf_finish(&again);
	plan_finish(&p);
	free(text);
}

static bool
is_plan(const char *text, size_t len)
{
	struct plan p;
	struct error e;

	if (plan_parse(text, len, &p, &e) == -1) {
		assert_int_equal(e.code, ERROR_CORRUPT);
		return false;
	}
	plan_finish(&p);
	return true;
}

/* Every prefix, and every line dropped, doubled or moved up, is refused. */
static void
test_torn(void **state)
{
	char *text = text_of_plan();
	size_t len = strlen(text), at;

	(void)state;
	for (at = 0; at < len; at++)
		if (is_plan(text, at) && strncmp(text + at, "    label", 9) &&
			strncmp(text + at, "wave", 4) &&
			strncmp(text + at, "  host", 6))
			fail_msg("the first %zu bytes passed", at);
	for (at = 0; at < len; at += strcspn(text + at, "\n") + 1) {
		size_t line = strcspn(text + at, "\n") + 1;
		struct strbuf twice;

		strbuf_init(&twice);
		strbuf_add(&twice, text, at + line);
		strbuf_add(&twice, text + at, line);
		strbuf_adds(&twice, text + at + line);
		if (is_plan(twice.buf, twice.len) &&
			strncmp(text + at, "shared", 6) != 0)
			fail_msg("a line twice passed: %.*s", (int)line,
				text + at);
		strbuf_finish(&twice);
	}
	free(text);
}

/* One byte replaced by any other: either refused, or another plan whose
 * text says so. */
static void
test_flipped(void **state)
{
	char *text = text_of_plan();
	size_t len = strlen(text), at;

	(void)state;
	for (at = 0; at < len; at++) {
		static const char bytes[] = " \n\"\\x0aZ\x01\x80";
		char saved = text[at];
		size_t i;

		for (i = 0; i < sizeof(bytes); i++) {
			struct strbuf again;
			struct plan p;

			text[at] = bytes[i];
			if (plan_parse(text, len, &p, NULL) == -1)
				continue;
			strbuf_init(&again);
			plan_print(&p, &again);
			assert_int_equal(again.len, len);
			assert_memory_equal(again.buf, text, len);
			strbuf_finish(&again);
			plan_finish(&p);
		}
		text[at] = saved;
	}
	free(text);
}

static void
test_refused_texts(void **state)
{
	static const char *const bad[] = {"", "\n", "sluice plan 2\n",
		"sluice plan 1\n", "sluice plan 1\nkind deploy\n",
		"sluice  plan 1\n", " sluice plan 1\n", "sluice plan 1 \n",
		"host x\n", "  run x\n", "  target x\n", "    root /\n",
		"    label a b\n", "wave 2 hosts 1\n", "wave 1 hosts 0\n",
		"wave 1 hosts 99999999999999999999\n", "umask 0x1\n",
		"keep -1\n", "step sideways\n", "var a\n", "shared \"\\q\"\n",
		"shared \"\\x00\"\n", "shared \"x\n", "shared \"\\",
		"release aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (is_plan(bad[i], strlen(bad[i])))
			fail_msg("'%s' passed", bad[i]);
	assert_false(is_plan("a\0b", 3));
}

/* What makes a difference to hosts or approvers makes another text. */
static void
test_differs(void **state)
{
	char *text = text_of_plan();
	int i;

	(void)state;
	for (i = 0; i < 6; i++) {
		struct world w;
		struct strbuf sb;
		struct plan p;

		world_init(&w);
		if (i == 0)
			w.release.sha256[63] = '3';
		if (i == 1)
			w.service.steps[STEP_BEFORE_SWITCH].timeout_ms++;
		if (i == 2)
			w.env.policy.approvals++;
		if (i == 3)
			w.hosts[4].port = 2222;
		if (i == 4)
			pairs_set(&w.env.vars, "SHOP_MODE", "other");
		if (i == 5)
			w.service.umask = 027;
		assert_int_equal(make(&w, &p, 5, NULL), 0);
		strbuf_init(&sb);
		plan_print(&p, &sb);
		assert_string_not_equal(sb.buf, text);
		strbuf_finish(&sb);
		plan_finish(&p);
		world_finish(&w);
	}
	free(text);
}

static void
refused(struct world *w, size_t count, const char *words)
{
	struct plan p;
	struct error e;

	assert_int_equal(make(w, &p, count, &e), -1);
	if (strstr(e.text, words) == NULL)
		fail_msg("'%s' is not in '%s'", words, e.text);
	world_finish(w);
}

static void
test_refused_plans(void **state)
{
	struct world w;

	(void)state;
	world_init(&w);
	refused(&w, 0, "no host of environment 'production'");
	world_init(&w);
	str_replace(&w.service.root, "srv/shop");
	refused(&w, 5, "absolute path");
	world_init(&w);
	str_replace(&w.service.root, "/srv/{label.dir}/x");
	refused(&w, 5, "has no label 'dir'");
	world_init(&w);
	str_replace(&w.service.root, "/srv/{label.zone}/x");
	pairs_set(&w.hosts[2].labels, "zone", "../..");
	refused(&w, 5, "without '..'");
	world_init(&w);
	str_replace(&w.service.health[0].target, "http://{label.port}/");
	refused(&w, 5, "health check");
	world_init(&w);
	str_replace(&w.hosts[3].address, "10.0.0.1");
	str_replace(&w.service.root, "/srv/shop");
	refused(&w, 5, "the same directory of the same machine");
}

static void
test_release_dir(void **state)
{
	char out[RELEASE_DIR_SIZE];

	(void)state;
	release_dir("1.4.2", SHA, out);
	assert_string_equal(out, "1.4.2-9f2c01ab34cd");
	release_dir("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaaaa",
		SHA, out);
	assert_int_equal(strlen(out), 64 + 1 + 12);
	assert_int_equal(payload_format_parse("tar.gz"), PAYLOAD_TAR_GZ);
	assert_int_equal(payload_format_parse("rar"), -1);
}

/* ---- gates ---- */

static void
take_canary(struct world *w)
{
	static struct portion waves[] = {{1, false}, {100, true}};

	free(w->strategy.apart);
	w->strategy.apart = NULL;
	w->strategy.kind = STRATEGY_CANARY;
	w->strategy.portions = waves;
	w->strategy.portion_count = 2;
	w->strategy.bake_ms = 600000;
	analysis_rules_default(600000, &w->strategy.analysis);
	w->service.metrics = xcalloc(1, sizeof(struct metric));
	w->service.metric_count = 1;
	w->service.metrics[0] = (struct metric){.name = xstrdup("p95 ms"),
		.source = METRIC_PROMETHEUS,
		.target = xstrdup("http://127.0.0.1:9090"),
		.query = xstrdup("p95{host=\"{host}\"}"),
		.tolerance = 0.15,
		.weight = 1,
		.timeout_ms = 10000};
	w->strategy.gates = xcalloc(2, sizeof(struct gate));
	w->strategy.gate_count = 2;
	w->strategy.gates[0].kind = GATE_APPROVAL;
	strings_add(&w->strategy.gates[0].roles, "qa");
	w->strategy.gates[1] = (struct gate){.kind = GATE_CHECK,
		.after = 1,
		.within_ms = 60000,
		.otherwise = GATE_ROLLBACK,
		.run = xstrdup(NASTY),
		.on = xstrdup("zone=a"),
		.attempts = 3,
		.timeout_ms = 1000};
}

static void
test_gates(void **state)
{
	static const char *const lines[] = {
		"\nanalysis interval_ms 15000 min_samples 30 confidence 0.95 "
		"pass 95 marginal 75 hosts 50\n"
		"metric \"p95 ms\" prometheus worse higher tolerance 0.15 "
		"critical no weight 1 min_samples 0 counter no timeout_ms "
		"10000\n  measures http://127.0.0.1:9090\n"
		"  query \"p95{host=\\\"{host}\\\"}\"\n",
		"\ngate analysis after each for_ms 600000 within_ms 600000 "
		"otherwise hold\n",
		"\ngate approval after each for_ms 0 within_ms 0 otherwise "
		"hold\n  role qa\n",
		"\ngate check after 1 for_ms 0 within_ms 60000 otherwise "
		"rollback\n  command ",
		"\n  on zone=a\nshortest_ms 600000\nwave 1 hosts 1\n"};
	const struct gate *gates[PLAN_GATES_MAX];
	struct strbuf text, again;
	struct plan p, parsed;
	struct world w;
	struct error e;
	size_t i;

	(void)state;
	world_init(&w);
	take_canary(&w);
	strbuf_init(&text);
	strbuf_init(&again);
	assert_int_equal(make(&w, &p, 5, &e), 0);
	assert_int_equal(
		plan_gates_after(&p, 1, gates, PLAN_GATES_MAX), 3);
	assert_int_equal(gates[0]->kind, GATE_ANALYSIS);
	assert_int_equal(
		plan_gates_after(&p, 2, gates, PLAN_GATES_MAX), 0);
	plan_print(&p, &text);
	for (i = 0; i < ARRAY_SIZE(lines); i++)
		if (strstr(text.buf, lines[i]) == NULL)
			fail_msg("no line %zu in %s", i, text.buf);
	assert_int_equal(plan_parse(text.buf, text.len, &parsed, &e), 0);
	plan_print(&parsed, &again);
	assert_string_equal(again.buf, text.buf);
	plan_finish(&parsed);
	plan_finish(&p);
	strbuf_finish(&text);
	strbuf_finish(&again);
	world_finish(&w);
}

static void
test_no_metrics(void **state)
{
	struct world w;
	struct plan p;
	struct error e;

	(void)state;
	world_init(&w);
	take_canary(&w);
	metric_finish(&w.service.metrics[0]);
	w.service.metric_count = 0;
	assert_int_equal(make(&w, &p, 5, &e), -1);
	assert_non_null(strstr(e.text, "has no metrics"));
	/* One wave has nothing to be compared with. */
	assert_int_equal(make(&w, &p, 1, &e), 0);
	assert_int_equal(p.analysis.interval_ms, 0);
	plan_finish(&p);
	world_finish(&w);
}

static void
test_groups(void **state)
{
	struct wave_group *groups = xcalloc(2, sizeof(*groups));
	const struct gate *gates[PLAN_GATES_MAX];
	struct world w;
	struct plan p;
	struct error e;
	struct strbuf text;

	(void)state;
	world_init(&w);
	groups[0] = (struct wave_group){.name = xstrdup("pilot"),
		.hosts = xstrdup("zone=b"),
		.bake_ms = 5000,
		.is_approved = true};
	strings_add(&groups[0].roles, "qa");
	groups[1] = (struct wave_group){.name = xstrdup("rest"),
		.hosts = xstrdup("*"),
		.bake_ms = -1};
	free(w.strategy.apart);
	w.strategy.apart = NULL;
	w.strategy.kind = STRATEGY_STAGED;
	w.strategy.portion_count = 0;
	w.strategy.bake_ms = 7000;
	w.strategy.groups = groups;
	w.strategy.group_count = 2;
	assert_int_equal(make(&w, &p, 5, &e), 0);
	assert_int_equal(p.waves, 2);
	assert_string_equal(p.hosts[0].host.name, "web-4");
	assert_int_equal(
		plan_gates_after(&p, 1, gates, PLAN_GATES_MAX), 2);
	assert_int_equal(gates[0]->for_ms, 5000);
	assert_int_equal(gates[1]->kind, GATE_APPROVAL);
	strbuf_init(&text);
	plan_print(&p, &text);
	assert_non_null(strstr(text.buf, "\nwave 1 hosts 2 name pilot\n"));
	plan_finish(&p);
	assert_int_equal(plan_parse(text.buf, text.len, &p, &e), 0);
	assert_string_equal(p.wave_names.items[1], "rest");
	strbuf_finish(&text);
	plan_finish(&p);
	world_finish(&w);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_make),
		cmocka_unit_test(test_gates),
		cmocka_unit_test(test_no_metrics),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_canonical_text),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_torn),
		cmocka_unit_test(test_flipped),
		cmocka_unit_test(test_refused_texts),
		cmocka_unit_test(test_differs),
		cmocka_unit_test(test_refused_plans),
		cmocka_unit_test(test_release_dir),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
