/*
 * test_settings.c - configurations, good and bad.
 *
 * bad_conf/NAME.conf says in its first lines what must be reported:
 *	#= LINE: words that the report has
 * and nothing else may be.
 */
#include <dirent.h>
#include <grp.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "engine/settings.h"

static char directory[] = "/tmp/sluice-settings-XXXXXX";
static char conf_path[64];

static const char *
source_directory(void)
{
	const char *dir = getenv("top_srcdir");

	return dir == NULL ? "." : dir;
}

static struct settings *
load(const char *text, size_t len, struct settings_report *report)
{
	struct error e;

	if (file_write_atomic(conf_path, text, len, 0600, &e) == -1)
		fail_msg("%s", e.text);
	return settings_load(conf_path, report);
}

/* A configuration that must be right, warnings aside. */
static struct settings *
good(const char *text)
{
	struct settings_report report;
	struct settings *s = load(text, strlen(text), &report);
	size_t i;

	for (i = 0; i < report.count; i++)
		if (!report.items[i].is_warning)
			print_error("# %s: %s\n", report.items[i].where,
				report.items[i].text);
	assert_non_null(s);
	settings_report_finish(&report);
	return s;
}

/* ---- the corpus of bad ones ---- */

/* Whether the report has an error in that line with those words. */
static bool
is_reported(const struct settings_report *report, const char *line,
	size_t line_len, const char *words)
{
	size_t i;

	for (i = 0; i < report->count; i++) {
		const struct settings_problem *p = &report->items[i];
		const char *colon = strrchr(p->where, ':');

		if (!p->is_warning && colon != NULL &&
			strlen(colon + 1) == line_len &&
			memcmp(colon + 1, line, line_len) == 0 &&
			strstr(p->text, words) != NULL)
			return true;
	}
	return false;
}

static void
check_bad(const char *name, char *text, size_t len)
{
	struct settings_report report;
	size_t expected = 0;
	char *line, *rest;

	if (load(text, len, &report) != NULL)
		fail_msg("%s passed", name);
	for (rest = text; strncmp(rest, "#= ", 3) == 0;) {
		char *colon;

		line = strsep(&rest, "\n") + 3;
		colon = strchr(line, ':');
		expected++;
		if (!is_reported(&report, line, (size_t)(colon - line),
			    colon + 2))
			fail_msg("%s: not reported: %s", name, line);
	}
	if (report.errors != expected)
		fail_msg("%s: %zu errors instead of %zu", name, report.errors,
			expected);
	settings_report_finish(&report);
}

static void
test_bad_corpus(void **state)
{
	char *dir = path_join(source_directory(), "tests/unit/bad_conf");
	DIR *d = opendir(dir);
	struct dirent *entry;
	int count = 0;

	(void)state;
	assert_non_null(d);
	while ((entry = readdir(d)) != NULL) {
		char *path, *text;
		struct error e;
		size_t len;

		if (strstr(entry->d_name, ".conf") == NULL)
			continue;
		path = path_join(dir, entry->d_name);
		assert_int_equal(
			file_read(path, 1 << 20, &text, &len, &e), 0);
		check_bad(entry->d_name, text, len);
		free(text);
		free(path);
		count++;
	}
	closedir(d);
	free(dir);
	assert_true(count >= 18);
}

/* ---- the example ---- */

static char *
example_text(void)
{
	char *path = path_join(
		source_directory(), "core/engine/sluice.conf.example");
	char *text;
	struct error e;
	size_t len;

	if (file_read(path, 1 << 20, &text, &len, &e) == -1)
		fail_msg("%s", e.text);
	free(path);
	return text;
}

static void
check_example_fleet(const struct settings *s)
{
	const struct service *shop = settings_service(s, "shop");
	const struct strategy *careful = settings_strategy(s, "careful");
	const struct strategy *quick = settings_strategy(s, "quick");
	const struct host *h = settings_host(s, "web-07");

	assert_int_equal(s->host_count, 24);
	assert_string_equal(h->address, "10.0.1.7");
	assert_int_equal(h->port, 22);
	assert_string_equal(h->user, "deploy");
	assert_string_equal(settings_host(s, "db-1")->user, "dba");
	assert_int_equal(settings_host(s, "db-1")->port, 2222);
	assert_string_equal(settings_host(s, "lab-3")->path, "/tmp/lab/3");
	assert_int_equal(shop->umask, 022);
	assert_int_equal(shop->steps[STEP_BEFORE_SWITCH].timeout_ms, 120000);
	assert_true(shop->steps[STEP_BEFORE_SWITCH].idempotent);
	assert_true(shop->steps[STEP_AFTER_SWITCH].reversible);
	assert_int_equal(shop->health_count, 3);
	assert_int_equal(shop->health[0].kind, HEALTH_HTTP);
	assert_int_equal(shop->health[0].attempts, 10);
	assert_int_equal(shop->health[2].kind, HEALTH_TCP);
	assert_int_equal(careful->kind, STRATEGY_CANARY);
	assert_int_equal(careful->portion_count, 4);
	assert_int_equal(careful->bake_ms, 600000);
	assert_int_equal(careful->analysis.min_samples, 30);
	assert_int_equal(careful->analysis.within_ms, 600000);
	assert_int_equal(careful->budget.hosts, 3);
	assert_int_equal(quick->portions[0].number, 25);
	assert_true(quick->portions[0].is_percent);
	assert_string_equal(quick->apart, "zone");
	assert_int_equal(quick->budget.hosts, 1);
	assert_int_equal(quick->budget.unreachable, 1);
}

static void
check_example_environments(const struct settings *s)
{
	const struct environment *staging = settings_environment(s, "staging");
	const struct environment *production =
		settings_environment(s, "production");
	const struct host **hosts;
	size_t count;

	assert_int_equal(settings_hosts_of(
				 s, production, NULL, &hosts, &count, NULL),
		0);
	assert_int_equal(count, 20);
	free(hosts);
	assert_int_equal(settings_hosts_of(s, production, "web-1*", &hosts,
				 &count, NULL),
		0);
	assert_int_equal(count, 10);
	assert_string_equal(hosts[0]->name, "web-10");
	free(hosts);
	assert_string_equal(pairs_get(&staging->vars, "SHOP_MODE"), "staging");
	assert_int_equal(staging->protect, PROTECT_CONFIRM);
	assert_int_equal(production->policy.approvals, 2);
	assert_string_equal(production->policy.roles.items[0], "security");
	assert_int_equal(s->period_count, 3);
	assert_string_equal(s->periods[1].name, "night");
	assert_int_equal(s->periods[2].days, 19);
	assert_int_equal(s->notify_count, 2);
	assert_int_equal(s->notify[0].on,
		1u << NOTICE_NEEDS_YOU | 1u << NOTICE_FAILED);
	assert_string_equal(s->notify[0].run, "/usr/local/bin/page-oncall");
	assert_string_equal(s->notify[1].url_file, "/etc/sluice/chat.url");
}

static void
test_example(void **state)
{
	char *text = example_text();
	struct settings *s = good(text);
	char digest[DIGEST_HEX_SIZE];

	(void)state;
	digest_hex(text, strlen(text), digest);
	assert_string_equal(s->digest, digest);
	assert_string_equal(s->text, text);
	assert_string_equal(s->path, conf_path);
	assert_string_equal(s->site, "example");
	assert_string_equal(s->timezone, "Europe/Berlin");
	assert_int_equal(s->people_count, 4);
	assert_int_equal(s->role_count, 8);
	assert_int_equal(s->connections, 64);
	assert_int_equal(s->redact.count, 2);
	check_example_fleet(s);
	check_example_environments(s);
	settings_destroy(s);
	free(text);
}

/* Any byte of it that is lost gives an answer, never a crash. */
static void
test_example_torn(void **state)
{
	char *text = example_text();
	size_t len = strlen(text), at;

	(void)state;
	for (at = 0; at < len; at += 13) {
		struct settings_report report;
		struct settings *s = load(text, at, &report);

		assert_int_equal(s == NULL, report.errors > 0);
		settings_destroy(s);
		settings_report_finish(&report);
	}
	free(text);
}

/* ---- defaults ---- */

static void
test_defaults(void **state)
{
	struct settings_report report;
	struct settings *s = settings_load(NULL, &report);
	const struct strategy *all;

	(void)state;
	assert_non_null(s);
	assert_int_equal(report.count, 0);
	assert_null(s->path);
	assert_string_equal(s->timezone, "UTC");
	assert_int_equal(s->ssh_port, 22);
	assert_int_equal(s->ssh_connect_timeout_ms, 10000);
	assert_int_equal(s->connections, 64);
	assert_int_equal(s->unauthenticated_per_host, 8);
	assert_int_equal(s->bandwidth_bytes, 0);
	assert_int_equal(s->role_count, 8);
	assert_false(s->has_people);
	assert_false(s->allow_local);
	all = settings_strategy(s, "all");
	assert_non_null(all);
	assert_int_equal(all->kind, STRATEGY_ALL);
	assert_int_equal(all->budget.hosts, 1);
	assert_int_equal(all->budget.unreachable, 1);
	assert_true(all->stage_first);
	assert_null(settings_host(s, "x"));
	settings_destroy(s);
}

static void
test_small(void **state)
{
	struct settings *s = good(
		"hosts = ( { name = \"h\"; address = \"h\"; } );\n"
		"services = ( { name = \"a\"; root = \"/srv/{host}\"; } );\n"
		"strategies = ( { name = \"r\"; kind = \"rolling\"; "
		"batch = ( 1, 5, \"20%\" ); budget = { percent = 5; }; } );\n"
		"environments = ( { name = \"e\"; hosts = \"h\"; "
		"services = [ \"a\" ]; },\n"
		"{ name = \"p\"; hosts = \"*\"; services = [ \"a\" ]; "
		"policy = { approvals = 2; }; } );\n");
	const struct environment *env = settings_environment(s, "e");
	const struct strategy *r = settings_strategy(s, "r");

	(void)state;
	assert_int_equal(s->services[0].keep, 5);
	assert_int_equal(s->services[0].umask, 022);
	assert_null(s->services[0].steps[STEP_AFTER_SWITCH].run);
	assert_int_equal(s->hosts[0].transport, TRANSPORT_AUTO);
	assert_null(env->strategy);
	assert_int_equal(env->protect, PROTECT_NONE);
	assert_int_equal(env->policy.approvals, 0);
	assert_int_equal(env->policy.grace_ms, 10000);
	assert_int_equal(settings_environment(s, "p")->protect, PROTECT_TYPED);
	assert_int_equal(r->portion_count, 3);
	assert_int_equal(r->budget.hosts, 0);
	assert_int_equal(r->budget.percent, 5);
	assert_int_equal(r->budget.unreachable, 1);
	assert_int_equal(r->on_failure, ON_FAILURE_HOLD);
	settings_destroy(s);
}

static void
test_warnings(void **state)
{
	static const char text[] =
		"people = ( { user = \"no such user\"; roles = "
		"[ \"viewer\" ]; } );\n"
		"hosts = ( { name = \"h\"; address = \"h\"; } "
		");\n"
		"services = ( { name = \"a\"; root = \"/srv/a\"; } );\n"
		"environments = ( { name = \"e\"; hosts = \"*\"; services = "
		"[ \"a\" ]; },\n"
		"{ name = \"n\"; hosts = \"zone=x\"; services = [ \"a\" ]; "
		"} );\n"
		"ssh = { keys = [ \"/nowhere/key\" ]; config = "
		"\"/nowhere/config\"; };\n";
	static const char *const words[] = {
		"this machine has no user 'no such user'",
		"'ssh.config': '/nowhere/config' cannot be read",
		"asks for label 'zone', which no host has",
		"environment 'n' has no hosts",
		"'/nowhere/key' cannot be read"};
	struct settings_report report;
	struct settings *s = load(text, strlen(text), &report);
	size_t i, k;

	(void)state;
	assert_non_null(s);
	assert_int_equal(report.errors, 0);
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		for (k = 0; k < report.count; k++)
			if (strstr(report.items[k].text, words[i]) != NULL)
				break;
		if (k == report.count)
			fail_msg("no warning: %s", words[i]);
	}
	settings_report_finish(&report);
	settings_destroy(s);
}

/* ---- files ---- */

static void
refused_file(const char *path, const char *words)
{
	struct settings_report report;

	assert_null(settings_load(path, &report));
	assert_int_equal(report.errors, 1);
	if (strstr(report.items[0].text, words) == NULL)
		fail_msg("'%s' is not in '%s'", words, report.items[0].text);
	settings_report_finish(&report);
}

static void
test_owner(void **state)
{
	struct error e;

	(void)state;
	settings_destroy(good("site = \"x\";\n"));
	assert_int_equal(settings_check_owner(conf_path, &e), 0);
	assert_int_equal(chmod(conf_path, 0620), 0);
	refused_file(conf_path, "can be written by others (mode 620)");
	assert_int_equal(settings_check_owner(conf_path, &e), -1);
	assert_int_equal(chmod(conf_path, 0602), 0);
	refused_file(conf_path, "can be written by others");
	assert_int_equal(unlink(conf_path), 0);
	refused_file(conf_path, "cannot open");
	refused_file(directory, "not a regular file");
	assert_int_equal(mkfifo(conf_path, 0600), 0);
	refused_file(conf_path, "not a regular file");
	assert_int_equal(unlink(conf_path), 0);
	assert_int_equal(symlink("/dev/null", conf_path), 0);
	refused_file(conf_path, "not a regular file");
	assert_int_equal(unlink(conf_path), 0);
}

static void
test_not_text(void **state)
{
	static const char nul[] = "site = \"x\";\n\0evil = 1;\n";
	struct settings_report report;

	(void)state;
	assert_null(load(nul, sizeof(nul) - 1, &report));
	assert_non_null(strstr(report.items[0].text, "not a text file"));
	settings_report_finish(&report);
	assert_null(load("site = \"\xff\";\n", 12, &report));
	assert_non_null(strstr(report.items[0].text, "not a text file"));
	settings_report_finish(&report);
}

/* Thousands of mistakes are counted and some of them named. */
static void
test_many_errors(void **state)
{
	struct settings_report report;
	struct strbuf text;
	int i;

	(void)state;
	strbuf_init(&text);
	for (i = 0; i < 3000; i++)
		strbuf_addf(&text, "wrong%d = 1;\n", i);
	assert_null(load(text.buf, text.len, &report));
	assert_int_equal(report.errors, 3000);
	assert_int_equal(report.count, 500);
	settings_report_finish(&report);
	strbuf_finish(&text);
}

static void
test_deep(void **state)
{
	struct settings_report report;
	struct strbuf text;
	int i;

	(void)state;
	strbuf_init(&text);
	strbuf_adds(&text, "x = ");
	for (i = 0; i < 20000; i++)
		strbuf_adds(&text, "(");
	assert_null(load(text.buf, text.len, &report));
	assert_true(report.errors > 0);
	settings_report_finish(&report);
	strbuf_finish(&text);
}

/* ---- people ---- */

static void
test_single_user(void **state)
{
	struct settings *s = good("site = \"x\";\n");
	struct identity who;

	(void)state;
	settings_identify(s, geteuid(), &who);
	assert_int_equal(who.may, (1U << PERMISSION_COUNT) - 1);
	assert_string_equal(who.person, who.user);
	identity_finish(&who);
	settings_identify(s, (int64_t)geteuid() + 1, &who);
	assert_int_equal(who.may, 0);
	assert_null(who.person);
	identity_finish(&who);
	settings_identify(s, -1, &who);
	assert_int_equal(who.may, 0);
	assert_string_equal(who.user, "uid -1");
	identity_finish(&who);
	settings_destroy(s);
}

static void
test_people(void **state)
{
	struct passwd *pw;
	struct settings *s = good(
		"people = ( { user = \"root\"; roles = [ \"admin\", "
		"\"release-manager\" ]; },\n"
		"{ user = \"daemon\"; person = \"D. Aemon\"; roles = "
		"[ \"approver\" ]; },\n"
		"{ group = \"daemon\"; roles = [ \"operator\" ]; },\n"
		"{ group = \"root\"; roles = [ \"author\" ]; } );\n");
	unsigned deciding = 1U << PERMISSION_APPROVE |
			    1U << PERMISSION_OVERRIDE |
			    1U << PERMISSION_BREAK_GLASS;
	struct identity who;

	(void)state;
	settings_identify(s, 0, &who);
	assert_string_equal(who.person, "root");
	assert_true(who.may & (1U << PERMISSION_ADMIN));
	assert_true(who.may & (1U << PERMISSION_OPERATE));
	assert_int_equal(who.may & deciding, 0);
	assert_false(strings_has(&who.roles, "author"));
	identity_finish(&who);
	pw = getpwnam("daemon");
	assert_non_null(pw);
	settings_identify(s, pw->pw_uid, &who);
	assert_string_equal(who.person, "D. Aemon");
	assert_string_equal(who.user, "daemon");
	assert_true(who.may & (1U << PERMISSION_APPROVE));
	assert_true(who.may & (1U << PERMISSION_OPERATE));
	assert_false(who.may & (1U << PERMISSION_ADMIN));
	assert_int_equal(who.roles.count, 2);
	identity_finish(&who);
	pw = getpwnam("nobody");
	assert_non_null(pw);
	settings_identify(s, pw->pw_uid, &who);
	assert_null(who.person);
	assert_int_equal(who.may, 0);
	identity_finish(&who);
	settings_destroy(s);
}

static void
test_default_roles(void **state)
{
	char *text = example_text();
	struct settings *example = good(text), *plain;
	size_t i;

	(void)state;
	plain = good("people = ( { user = \"root\"; roles = [ \"admin\" ]; } "
		     ");\n");
	assert_int_equal(plain->role_count, example->role_count);
	for (i = 0; i < plain->role_count; i++) {
		assert_string_equal(
			plain->roles[i].name, example->roles[i].name);
		assert_int_equal(plain->roles[i].may, example->roles[i].may);
		assert_int_not_equal(plain->roles[i].may, 0);
	}
	settings_destroy(plain);
	settings_destroy(example);
	free(text);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_corpus),
		cmocka_unit_test(test_example),
		cmocka_unit_test(test_example_torn),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_small),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_owner),
		cmocka_unit_test(test_not_text),
		cmocka_unit_test(test_many_errors),
		cmocka_unit_test(test_deep),
		cmocka_unit_test(test_single_user),
		cmocka_unit_test(test_people),
		cmocka_unit_test(test_default_roles),
	};
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (mkdtemp(directory) == NULL)
		return 99;
	snprintf(conf_path, sizeof(conf_path), "%s/sluice.conf", directory);
	failed = cmocka_run_group_tests_name("settings", tests, NULL, NULL);
	unlink(conf_path);
	rmdir(directory);
	return failed;
}
