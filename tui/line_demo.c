/*
 * line_demo.c - a sandbox fleet on this machine.
 *
 * DIR/sluice.conf, DIR/state, DIR/hosts/NAME/ (each stands for a machine's
 * "/") and DIR/releases/VERSION. Whatever happens in it is done by the same
 * commands that a person would type: this program runs itself with them and
 * shows them. Run again in the same directory, it goes on with what is there.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "tui/demo_cart.h"
#include "tui/line.h"
#include "tui/line_watch.h"
#include "tui/program.h"
#include "tui/sandbox.h"
#include "wire/json.h"

#define WORDS_MAX 16

static const char *const demo_conf[] = {
#include "tui/demo_conf.inc"
};

static const char *const demo_shop[] = {
#include "tui/demo_shop.inc"
};

/* The releases: how many connections each wants decides where it runs. */
static const struct demo_release {
	const char *version, *needs, *notes;
} releases[] = {
	{"1.0.0", "8", "the first release"},
	{"1.1.0", "16", "a good release: faster search"},
	{"1.2.0", "64", "a bad release: wants more than some hosts allow"},
};

/* The hosts; each third of production allows few connections. */
static const struct demo_group {
	const char *prefix;
	int count;
	int small_every; /* 0: none */
} groups[] = {
	{"stage", 10, 0},
	{"web", 30, 3},
};

struct demo {
	struct line *l;
	char *dir, *config, *self;
	pid_t planner; /* plans what waits for the person; 0: nobody does */
};

static int
write_lines(const char *path, const char *text, mode_t mode, struct error *e)
{
	return file_write_atomic(path, text, strlen(text), mode, e);
}

static int
make_host(const struct demo *d, const struct demo_group *g, int n,
	struct error *e)
{
	bool small = g->small_every > 0 && n % g->small_every == 0;
	char *etc = xasprintf("%s/hosts/%s-%02d/etc", d->dir, g->prefix, n);
	char *conf = path_join(etc, "shop.conf");
	int result = dir_make(etc, 0755, e);

	if (result == 0 && !file_exists(conf))
		result = write_lines(conf,
			small ? "connections=32\n" : "connections=100\n", 0644,
			e);
	free(conf);
	free(etc);
	return result;
}

/* DIR/releases/VERSION: bin/shop, lib/needs and a page. */
static int
make_release(const struct demo *d, const struct demo_release *r,
	struct error *e)
{
	char *top = xasprintf("%s/releases/%s", d->dir, r->version);
	char *bin = path_join(top, "bin"), *lib = path_join(top, "lib");
	char *shop = path_join(bin, "shop"), *needs = path_join(lib, "needs");
	char *page = path_join(top, "index.html");
	char *html = xasprintf("<h1>shop %s</h1>\n", r->version);
	char *number = xasprintf("%s\n", r->needs);
	int result = -1;

	if (dir_make(bin, 0755, e) == 0 && dir_make(lib, 0755, e) == 0 &&
		sandbox_write(shop, demo_shop, ARRAY_SIZE(demo_shop), d->dir,
			0755, e) == 0 &&
		write_lines(needs, number, 0644, e) == 0)
		result = write_lines(page, html, 0644, e);
	free(number);
	free(html);
	free(page);
	free(needs);
	free(shop);
	free(lib);
	free(bin);
	free(top);
	return result;
}

/* Everything below DIR; what is there already stays as it is. */
static int
make_sandbox(const struct demo *d, struct error *e)
{
	size_t i;
	int n;
	char *simulated = path_join(d->dir, "simulated");
	int made = dir_make(d->dir, 0755, e);

	if (made == 0)
		made = dir_make(simulated, 0755, e);

	free(simulated);
	if (made == -1)
		return -1;
	if (!file_exists(d->config) &&
		sandbox_write(d->config, demo_conf, ARRAY_SIZE(demo_conf),
			d->dir, 0644, e) == -1)
		return -1;
	for (i = 0; i < ARRAY_SIZE(groups); i++)
		for (n = 1; n <= groups[i].count; n++)
			if (make_host(d, &groups[i], n, e) == -1)
				return -1;
	for (i = 0; i < ARRAY_SIZE(releases); i++)
		if (make_release(d, &releases[i], e) == -1)
			return -1;
	return demo_cart_make(d->dir, e);
}

/* Runs "sluice WORDS" as a person would, shown before; its exit status. */
static int
demo_run(const struct demo *d, const char *const *words)
{
	const char *argv[WORDS_MAX + 6];
	size_t n = 0, i;

	printf("\n$ sluice");
	argv[n++] = d->self;
	argv[n++] = "--config";
	argv[n++] = d->config;
	if (d->l->no_color)
		argv[n++] = "--no-color";
	for (i = 0; words[i] != NULL; i++) {
		assert(i < WORDS_MAX);
		printf(strchr(words[i], ' ') != NULL ? " '%s'" : " %s",
			words[i]);
		argv[n++] = words[i];
	}
	argv[n] = NULL;
	printf("\n");
	fflush(stdout);
	return program_run(argv);
}

#define DEMO_RUN(d, ...)                                                       \
	demo_run((d), (const char *const[]){__VA_ARGS__, NULL})

/* The same where anything but success ends the demo. */
#define DEMO_MUST(d, e, ...)                                                   \
	(DEMO_RUN(d, __VA_ARGS__) == 0                                         \
			? 0                                                    \
			: error_set((e), ERROR_FAILED,                         \
				  "the demo stopped at this command"))

static bool
has_release(struct line *l, const char *version)
{
	struct error e;
	json_t *o;

	if (line_ask(l, "release.show",
		    json_pack("{s:s, s:s}", "service", "shop", "version",
			    version),
		    &o, &e) == -1)
		return false;
	json_decref(o);
	return true;
}

static int
add_releases(const struct demo *d, struct error *e)
{
	size_t i;
	int result = 0;

	for (i = 0; i < ARRAY_SIZE(releases) && result == 0; i++) {
		char *path = xasprintf(
			"%s/releases/%s", d->dir, releases[i].version);

		if (!has_release(d->l, releases[i].version))
			result = DEMO_MUST(d, e, "release", "add", "shop",
				releases[i].version, path, "--notes",
				releases[i].notes);
		free(path);
	}
	return result;
}

/* A rollout that was left in the middle would refuse the next one. */
static int
end_left_over(const struct demo *d, struct error *e)
{
	json_t *rows;
	const json_t *r;
	size_t i;
	int result = 0;

	if (client_list(d->l->client, "rollout.ls",
		    json_pack("{s:s}", "service", "shop"), &rows, e) == -1)
		return -1;
	json_array_foreach(rows, i, r)
		if (!rollout_is_over(json_get_string(r, "state", "")) &&
			result == 0)
			result = DEMO_MUST(d, e, "abort",
				json_get_string(r, "id", ""), "-m",
				"the demo begins again");
	json_decref(rows);
	return result;
}

static const char *
notes_of(const char *version)
{
	size_t i;

	for (i = 0; strcmp(releases[i].version, version) != 0; i++)
		;
	return releases[i].notes;
}

/* Plans a release to an environment; ret_id has room for an id. */
static int
plan_change(const struct demo *d, const char *version, const char *env,
	const char *strategy, char *ret_id, size_t size, struct error *e)
{
	json_t *o;

	printf("\n$ sluice change new shop %s %s --strategy %s\n", version, env,
		strategy);
	if (line_ask(d->l, "change.new",
		    json_pack("{s:s, s:s, s:s, s:s, s:s}", "service", "shop",
			    "version", version, "env", env, "strategy",
			    strategy, "text", notes_of(version)),
		    &o, e) == -1)
		return -1;
	view_change.summary(d->l, o);
	snprintf(ret_id, size, "%s", json_get_string(o, "id", ""));
	json_decref(o);
	return 0;
}

/* Plans and runs one that has to succeed. */
static int
roll_out(const struct demo *d, const char *version, const char *env,
	const char *strategy, struct error *e)
{
	char id[32];

	if (plan_change(d, version, env, strategy, id, sizeof(id), e) == -1)
		return -1;
	return DEMO_MUST(d, e, "start", id, "--wait", "--yes");
}

static void
say_part(const char *text)
{
	printf("\n== %s\n", text);
}

/* Plans and starts one, and does not wait for its end. */
static int
set_rolling(const struct demo *d, const char *version, const char *env,
	char *ret_id, size_t size, struct error *e)
{
	if (plan_change(d, version, env, "quick", ret_id, size, e) == -1)
		return -1;
	return DEMO_MUST(d, e, "start", ret_id, "--yes");
}

/* Both environments at the same time. */
static int
show_before(const struct demo *d, struct error *e)
{
	char staging[32], production[32];

	say_part("Before: 1.0.0 on all 40 hosts");
	if (set_rolling(d, "1.0.0", "staging", staging, sizeof(staging), e) ==
			-1 ||
		set_rolling(d, "1.0.0", "production", production,
			sizeof(production), e) == -1 ||
		DEMO_MUST(d, e, "watch", staging, "--exit") == -1)
		return -1;
	return DEMO_MUST(d, e, "watch", production, "--exit");
}

/* A good rollout, a failing one, the way back. */
static int
show_all_kinds(const struct demo *d, bool is_again, struct error *e)
{
	char id[32];
	int status;

	if (!is_again && show_before(d, e) == -1)
		return -1;
	say_part("A good release, in waves of 2, 4, 8 ...");
	if (roll_out(d, "1.1.0", "production", "careful", e) == -1)
		return -1;
	say_part("A bad release: it stops by itself when 2 hosts have failed");
	if (plan_change(d, "1.2.0", "production", "careful", id, sizeof(id),
		    e) == -1)
		return -1;
	status = DEMO_RUN(d, "start", id, "--wait", "--yes");
	if (status != 1)
		return error_set(e, ERROR_FAILED,
			"the bad release was to stop with exit 1, it ended "
			"with %d",
			status);
	if (DEMO_MUST(d, e, "rollout", "log", id, "--host", "web-03") == -1)
		return -1;
	say_part("The way back: the touched hosts return to 1.1.0");
	if (DEMO_MUST(d, e, "abort", id, "--then", "rollback", "-m",
		    "1.2.0 wants too many connections") == -1)
		return -1;
	if (DEMO_MUST(d, e, "watch", "--exit") == -1)
		return -1;
	say_part("What is left of it");
	if (DEMO_MUST(d, e, "rollout", "ls", "--service", "shop") == -1)
		return -1;
	return DEMO_MUST(d, e, "audit", "verify");
}

static void
say_where(const struct demo *d, bool runs_on)
{
	const char *sluice = program_called();

	printf("\nEverything is in %s\n"
	       "  come back:   %s demo '%s'\n"
	       "  look closer: %s --config '%s' rollout ls\n",
		d->dir, sluice, d->dir, sluice, d->config);
	if (runs_on)
		printf("  stop it:     %s --config '%s' engine stop --yes\n",
			sluice, d->config);
	printf("  remove it:   rm -rf '%s'\n", d->dir);
}

/* A person who leaves for good need not know what runs on, and where. */
static void
offer_the_end(struct demo *d)
{
	static const char question[] =
		"\nThe demo's engine runs on in the background. Stop it now, "
		"and remove what the\ndemo made? Enter leaves all as it is.";

	if (d->l->yes || !d->l->can_ask)
		return;
	if (!line_confirm(d->l, "remove", question)) {
		printf("It runs on.\n");
		return;
	}
	if (d->planner > 0) {
		kill(-d->planner, SIGKILL);
		waitpid(d->planner, NULL, 0);
	}
	if (DEMO_RUN(d, "engine", "stop", "--yes") == 0)
		sandbox_remove(d->dir);
}

/* Whether shop has been here in an earlier visit; -1: nobody knows. */
static int
was_prepared(const struct demo *d, struct error *e)
{
	json_t *rows;
	int result;

	if (client_list(d->l->client, "change.ls",
		    json_pack("{s:s}", "service", "shop"), &rows, e) == -1)
		return -1;
	result = json_array_size(rows) > 0;
	json_decref(rows);
	return result;
}

/* The engine makes it in a second or some; what it is not done with does not
 * stay. */
static int
make_history(const struct demo *d, struct error *e)
{
	char *engine = program_find("sluiced", e), *words = NULL;
	int64_t since = clock_mono_ms(clock_real());
	int status;

	if (engine == NULL)
		return -1;
	printf("The engine makes 90 days of history: ");
	fflush(stdout);
	status = program_capture((const char *const[]){engine, "--config",
					 d->config, "--demo-history", NULL},
		&words);
	if (status == 0)
		printf("%.1f s\n",
			(double)(clock_mono_ms(clock_real()) - since) / 1000);
	else
		error_set(e, ERROR_FAILED, "no history: %s", words);
	free(words);
	free(engine);
	return status == 0 ? 0 : -1;
}

/* As a person would, and nobody waits for it. */
static void
plan_later(const void *arg, const char *service, const char *version,
	const char *env, const char *strategy)
{
	DEMO_RUN((const struct demo *)arg, "change", "new", service, version,
		env, "--strategy", strategy, "-m",
		strcmp(service, "shop") == 0 ? notes_of(version)
					     : "for you to start");
}

/*
 * What a person may start is planned when the first releases have arrived, so
 * that risks and differences are those of real life; by a process of its own,
 * so that the console need not wait for it.
 */
static void
plan_when_arrived(struct demo *d, const struct strings *first)
{
	size_t i;

	fflush(stdout);
	d->planner = fork();
	if (d->planner != 0)
		return;
	setpgid(0, 0);
	if (freopen("/dev/null", "w", stdout) == NULL ||
		freopen("/dev/null", "w", stderr) == NULL)
		_exit(1);
	for (i = 0; i < first->count; i++)
		DEMO_RUN(d, "watch", first->items[i], "--exit");
	plan_later(d, "shop", "1.1.0", "staging", "quick");
	plan_later(d, "shop", "1.1.0", "production", "gentle");
	plan_later(d, "shop", "1.2.0", "production", "gentle");
	demo_cart_plan(plan_later, d);
	_exit(0);
}

/* For a person: something runs already, and changes come to be started. */
static int
prepare_visit(struct demo *d, struct error *e)
{
	struct strings first = {0};
	char id[32];
	int result;

	say_part("1.0.0 goes to the 40 real hosts while you look");
	result = set_rolling(d, "1.0.0", "staging", id, sizeof(id), e);
	if (result == 0)
		strings_add(&first, id);
	if (result == 0)
		result = set_rolling(
			d, "1.0.0", "production", id, sizeof(id), e);
	if (result == 0)
		strings_add(&first, id);
	say_part("Cart measures itself: three canaries, and blue-green");
	if (result == 0)
		result = demo_cart_begin(d->l, &first, e);
	if (result == 0)
		plan_when_arrived(d, &first);
	strings_finish(&first);
	return result;
}

static int
run_plain(const struct demo *d, bool is_again, struct error *e)
{
	int result;

	if (is_again && end_left_over(d, e) == -1)
		return -1;
	result = show_all_kinds(d, is_again, e);
	line_close(d->l);
	if (DEMO_RUN(d, "engine", "stop", "--yes") != 0 && result == 0)
		result = error_set(
			e, ERROR_FAILED, "the engine did not stop");
	if (result == 0)
		say_where(d, false);
	return result;
}

/* Returns the exit code, or -1 with an error. */
static int
demo(struct demo *d, struct error *e)
{
	int status, prepared;
	char *state = path_join(d->dir, "state");
	bool is_new = !file_exists(state);

	free(state);
	if (make_sandbox(d, e) == -1)
		return -1;
	/* Its own engine, whatever else is configured in the environment. */
	unsetenv("SLUICE_STATE");
	unsetenv("SLUICE_CONFIG");
	d->l->where.config = d->config;
	d->l->where.state = NULL;
	d->l->where.may_start = true;
	printf("The demo is in %s: 49 hosts that are directories, 12 that are "
	       "simulated.\n",
		d->dir);
	if (is_new && make_history(d, e) == -1)
		return -1;
	if (line_open(d->l, e) == -1 || add_releases(d, e) == -1 ||
		demo_cart_add(d->l, d->self, d->config, d->dir, e) == -1)
		return -1;
	prepared = was_prepared(d, e);
	if (prepared != -1 && (d->l->look.width == 0 || !d->l->can_ask))
		return run_plain(d, prepared == 1, e);
	if (prepared == -1 || (prepared == 0 && prepare_visit(d, e) == -1))
		return -1;
	status = line_console(d->l, NULL, is_new);
	say_where(d, true);
	if (status == 0)
		offer_the_end(d);
	return status;
}

/* DIR, or a fresh one (owned). */
static char *
demo_directory(struct line *l, struct error *e)
{
	const char *asked = args_get(&l->args, "DIR"), *tmp = getenv("TMPDIR");
	char *name;

	if (asked != NULL)
		return path_absolute(asked);
	if (tmp == NULL || *tmp != '/')
		tmp = "/tmp";
	name = xasprintf("%s/sluice-demo-XXXXXX", tmp);
	if (mkdtemp(name) == NULL) {
		error_set_errno(e, errno, "cannot make a directory in '%s'",
			tmp);
		free(name);
		return NULL;
	}
	if (chmod(name, 0755) == -1)
		error_clear(e);
	return name;
}

int
line_demo(struct line *l)
{
	struct demo d = {.l = l};
	struct error e;
	int status = 0;

	if (l->json)
		return line_refuse(l, ERROR_USAGE,
			"'sluice demo' prints what it does as text",
			"the demo has no JSON output");
	d.dir = demo_directory(l, &e);
	if (d.dir == NULL)
		return line_fail(l, &e);
	d.config = path_join(d.dir, "sluice.conf");
	d.self = path_find_program("sluice");
	if (d.self == NULL)
		error_set(&e, ERROR_NO_ENGINE, "cannot find this program");
	if (d.self != NULL)
		status = demo(&d, &e);
	if (d.self == NULL || status == -1)
		status = line_fail(l, &e);
	l->where.config = NULL;
	free(d.self);
	free(d.config);
	free(d.dir);
	return status;
}
