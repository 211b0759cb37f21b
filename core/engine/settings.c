/* settings.c - loading a configuration, and finding what is in it. */
#include "engine/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "engine/settings_reader.h"
#include "model/hostset.h"
#include "model/policy.h"

/* A hundred thousand hosts, one a line, fit several times. */
#define FILE_SIZE_MAX ((size_t)32 << 20)

static void
people_finish(struct settings *s)
{
	size_t i;

	for (i = 0; i < s->people_count; i++) {
		free(s->people[i].user);
		free(s->people[i].group);
		free(s->people[i].person);
		strings_finish(&s->people[i].roles);
	}
	free(s->people);
	for (i = 0; i < s->role_count; i++)
		free(s->roles[i].name);
	free(s->roles);
}

static void
fleet_finish(struct settings *s)
{
	size_t i;

	for (i = 0; i < s->host_count; i++)
		host_finish(&s->hosts[i]);
	free(s->hosts);
	for (i = 0; i < s->service_count; i++)
		service_finish(&s->services[i]);
	free(s->services);
	for (i = 0; i < s->strategy_count; i++)
		strategy_finish(&s->strategies[i]);
	free(s->strategies);
	for (i = 0; i < s->environment_count; i++)
		environment_finish(&s->environments[i]);
	for (i = 0; i < s->period_count; i++)
		period_finish(&s->periods[i]);
	free(s->periods);
	free(s->environments);
	for (i = 0; i < s->policy_count; i++) {
		free(s->policies[i].match);
		selector_destroy(s->policies[i].selector);
		policy_finish(&s->policies[i].policy);
	}
	free(s->policies);
}

static void
console_finish(struct console_looks *c)
{
	size_t i;

	for (i = 0; i < c->section_count; i++) {
		free(c->sections[i].view);
		free(c->sections[i].name);
		free(c->sections[i].query);
	}
	free(c->sections);
	free(c->theme);
	free(c->glyphs);
}

static void
notify_finish(struct settings *s)
{
	size_t i;

	for (i = 0; i < s->notify_count; i++) {
		free(s->notify[i].run);
		free(s->notify[i].url_file);
	}
	free(s->notify);
}

void
settings_destroy(struct settings *s)
{
	if (s == NULL)
		return;
	free(s->path);
	free(s->text);
	free(s->site);
	free(s->timezone);
	free(s->state_dir);
	free(s->socket);
	people_finish(s);
	free(s->ssh_user);
	free(s->ssh_config);
	strings_finish(&s->ssh_keys);
	strings_finish(&s->ssh_known_hosts);
	strings_finish(&s->redact);
	fleet_finish(s);
	notify_finish(s);
	free(s->allowed_signers);
	console_finish(&s->console);
	free(s);
}

static int
check_stat(const struct stat *st, const char *path, struct error *e)
{
	if (!S_ISREG(st->st_mode))
		return error_set(
			e, ERROR_CONFIG, "'%s' is not a regular file", path);
	if (st->st_uid != 0 && st->st_uid != getuid() &&
		st->st_uid != geteuid()) {
		error_set(e, ERROR_CONFIG,
			"'%s' belongs to user %ld, expected your own, the "
			"engine's or root's: it holds commands that run on "
			"hosts",
			path, (long)st->st_uid);
		return error_hint(e, "chown root '%s'", path);
	}
	if (st->st_mode & (S_IWGRP | S_IWOTH)) {
		error_set(e, ERROR_CONFIG,
			"'%s' can be written by others (mode %03o): it holds "
			"commands that run on hosts",
			path, (unsigned)st->st_mode & 0777);
		return error_hint(e, "chmod go-w '%s'", path);
	}
	return 0;
}

int
settings_check_owner(const char *path, struct error *e)
{
	struct stat st;

	if (stat(path, &st) == -1)
		return error_set_errno(e, errno, "cannot open '%s'", path);
	return check_stat(&st, path, e);
}

/* Reads the file whose owner was checked, not one put in its place. */
static int
read_checked(const char *path, char **ret_text, size_t *ret_len,
	struct error *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char self[32];
	struct stat st;
	int result = -1;

	if (fd == -1)
		return error_set_errno(e, errno, "cannot open '%s'", path);
	snprintf(self, sizeof(self), "/dev/fd/%d", fd);
	if (fstat(fd, &st) == -1)
		error_set_errno(e, errno, "cannot read '%s'", path);
	else if (check_stat(&st, path, e) == 0)
		result = file_read(self, FILE_SIZE_MAX, ret_text, ret_len, e);
	close(fd);
	return result;
}

static bool
parse(struct settings_reader *r, const char *text, size_t len)
{
	if (memchr(text, '\0', len) != NULL || !text_is_utf8(text, len)) {
		report_error(r, 0, "this is not a text file in UTF-8");
		return false;
	}
	settings_scan(r, text);
	/* libconfig would open what @include names. */
	if (r->report->errors > 0)
		return false;
	if (config_read_string(&r->config, text) == CONFIG_TRUE)
		return true;
	report_error(r, config_error_line(&r->config),
		"%s, expected: name = value;",
		config_error_text(&r->config) == NULL
			? "syntax error"
			: config_error_text(&r->config));
	return false;
}

static void
load_text(struct settings_reader *r, const char *text, size_t len)
{
	config_init(&r->config);
	if (parse(r, text, len)) {
		settings_check_schema(r);
		settings_read(r);
		settings_verify(r);
		settings_outside(r);
	}
	config_destroy(&r->config);
	free(r->host_lines);
	free(r->service_nodes);
	free(r->strategy_nodes);
	free(r->environment_nodes);
	report_sort(r->report);
}

struct settings *
settings_load(const char *path, struct settings_report *report)
{
	struct settings_reader r = {
		.path = path == NULL ? "defaults" : path, .report = report};
	char *text = NULL;
	size_t len = 0;
	struct error e;

	memset(report, 0, sizeof(*report));
	if (path == NULL) {
		text = xstrdup("");
	} else if (read_checked(path, &text, &len, &e) == -1) {
		report_error(&r, 0, "%s%s%s", e.text,
			e.hint[0] == '\0' ? "" : "; try: ", e.hint);
		return NULL;
	}
	r.s = xcalloc(1, sizeof(*r.s));
	r.s->path = path == NULL ? NULL : path_absolute(path);
	r.s->text = text;
	digest_hex(text, len, r.s->digest);
	load_text(&r, text, len);
	if (report->errors > 0) {
		settings_destroy(r.s);
		return NULL;
	}
	return r.s;
}

#define FIND_FUNCTION(function, type, items, count)                            \
	const struct type *function(                                           \
		const struct settings *s, const char *name)                    \
	{                                                                      \
		size_t i;                                                      \
                                                                               \
		for (i = 0; i < s->count; i++)                                 \
			if (strcmp(s->items[i].name, name) == 0)               \
				return &s->items[i];                           \
		return NULL;                                                   \
	}

FIND_FUNCTION(settings_host, host, hosts, host_count)
FIND_FUNCTION(settings_service, service, services, service_count)
FIND_FUNCTION(settings_strategy, strategy, strategies, strategy_count)
FIND_FUNCTION(
	settings_environment, environment, environments, environment_count)

bool
settings_is_host_of(const struct settings *s, const struct environment *env,
	const struct host *h)
{
	struct selector *selector;
	struct error e;
	bool is;

	(void)s;
	if (selector_parse(env->hosts, &selector, &e) == -1)
		return false;
	is = selector_matches(selector, h);
	selector_destroy(selector);
	return is;
}

int
settings_hosts_of(const struct settings *s, const struct environment *env,
	const char *selector, const struct host ***ret, size_t *ret_count,
	struct error *e)
{
	struct selector *mine = NULL, *theirs = NULL;
	const struct host **hosts;
	size_t i, count = 0;

	if (selector_parse(env->hosts, &mine, e) == -1)
		return -1;
	if (selector_parse(selector == NULL ? "" : selector, &theirs, e) ==
		-1) {
		selector_destroy(mine);
		return -1;
	}
	hosts = xcalloc(s->host_count, sizeof(*hosts));
	for (i = 0; i < s->host_count; i++)
		if (selector_matches(mine, &s->hosts[i]) &&
			selector_matches(theirs, &s->hosts[i]))
			hosts[count++] = &s->hosts[i];
	selector_destroy(mine);
	selector_destroy(theirs);
	*ret = hosts;
	*ret_count = count;
	return 0;
}

void
settings_add_routers(const struct settings *s, const struct strategy *strategy,
	const struct host ***hosts, size_t *host_count)
{
	const char *text = strategy->traffic.routers;
	struct selector *routers;
	size_t i, k, count = *host_count;

	if (text == NULL || selector_parse(text, &routers, NULL) == -1)
		return;
	*hosts = xrealloc(*hosts, count + s->host_count + 1, sizeof(**hosts));
	for (i = 0; i < s->host_count; i++) {
		if (!selector_matches(routers, &s->hosts[i]))
			continue;
		for (k = 0; k < count && (*hosts)[k] != &s->hosts[i]; k++)
			continue;
		if (k == count)
			(*hosts)[(*host_count)++] = &s->hosts[i];
	}
	selector_destroy(routers);
}
