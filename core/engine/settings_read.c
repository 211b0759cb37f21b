/* settings_read.c - what a file says of people, roles, ssh and limits. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "engine/settings_reader.h"

#define DAY_MS ((int64_t)86400 * 1000)

static const struct {
	const char *name;
	const char *may;
} default_roles[] = {
	{"viewer", "view"},
	{"author", "view logs release plan"},
	{"approver", "view logs approve"},
	{"security", "view logs approve audit"},
	{"operator", "view logs operate stop"},
	{"on-call", "view logs approve operate stop break-glass"},
	{"release-manager", "view logs release plan approve operate stop "
			    "calendar override break-glass audit"},
	{"admin", "view logs stop audit admin"},
};

/* -1: nobody knows it. */
static int
permission_parse(const char *s)
{
	int i;

	for (i = 0; i < PERMISSION_COUNT; i++)
		if (strcmp(permission_name((enum permission)i), s) == 0)
			return i;
	return -1;
}

static unsigned
permission_bit(const char *s)
{
	int p = permission_parse(s);

	return p < 0 ? 0 : 1U << p;
}

static unsigned
permissions_of(const char *words)
{
	char *copy = xstrdup(words), *rest = copy, *word;
	unsigned may = 0;

	while ((word = strsep(&rest, " ")) != NULL)
		may |= permission_bit(word);
	free(copy);
	return may;
}

void
settings_default_roles(struct settings *s)
{
	size_t i;

	s->role_count = ARRAY_SIZE(default_roles);
	s->roles = xcalloc(s->role_count, sizeof(*s->roles));
	for (i = 0; i < s->role_count; i++) {
		s->roles[i].name = xstrdup(default_roles[i].name);
		s->roles[i].may = permissions_of(default_roles[i].may);
	}
}

static void
read_roles(struct settings_reader *r)
{
	const config_setting_t *list =
		config_lookup(&r->config, "roles");
	int count = node_count(list), i;

	if (list == NULL) {
		settings_default_roles(r->s);
		return;
	}
	r->s->roles = xcalloc((size_t)count, sizeof(*r->s->roles));
	for (i = 0; i < count; i++) {
		const config_setting_t *node = node_at(list, i);
		struct strings may = {0};
		struct role *role;
		size_t k;

		if (node_text(node, "name") == NULL)
			continue;
		role = &r->s->roles[r->s->role_count++];
		role->name = xstrdup(node_text(node, "name"));
		node_texts(node, "may", &may);
		for (k = 0; k < may.count; k++)
			role->may |= permission_bit(may.items[k]);
		strings_finish(&may);
	}
}

static bool
has_role(const struct settings *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->role_count; i++)
		if (strcmp(s->roles[i].name, name) == 0)
			return true;
	return false;
}

static void
check_entry_roles(struct settings_reader *r, const struct person_entry *p,
	const config_setting_t *node)
{
	size_t i;

	for (i = 0; i < p->roles.count; i++)
		if (!has_role(r->s, p->roles.items[i]))
			report_error(r, node_line(node_get(node, "roles")),
				"role '%.80s' is not defined, expected one of "
				"'roles'",
				p->roles.items[i]);
}

static void
check_entry_twice(struct settings_reader *r, const struct person_entry *p,
	const config_setting_t *node)
{
	size_t i;

	for (i = 0; p->user != NULL && i + 1 < r->s->people_count; i++) {
		const char *other = r->s->people[i].user;

		if (other != NULL && strcmp(other, p->user) == 0)
			report_error(r, node_line(node),
				"user '%.80s' is listed twice in 'people'",
				p->user);
	}
}

static void
read_people(struct settings_reader *r)
{
	const config_setting_t *list =
		config_lookup(&r->config, "people");
	int count = node_count(list), i;

	r->s->has_people = list != NULL;
	if (list != NULL && count == 0)
		report_error(r, node_line(list),
			"'people' is empty, so nobody could do anything, "
			"expected at least one entry, or no 'people' at all "
			"for a single user");
	r->s->people = xcalloc((size_t)count, sizeof(*r->s->people));
	for (i = 0; i < count; i++) {
		const config_setting_t *node = node_at(list, i);
		struct person_entry *p = &r->s->people[r->s->people_count++];

		p->user = xstrdup_or_null(node_text(node, "user"));
		p->group = xstrdup_or_null(node_text(node, "group"));
		p->person = xstrdup_or_null(node_text(node, "person"));
		node_texts(node, "roles", &p->roles);
		if ((p->user == NULL) == (p->group == NULL))
			report_error(r, node_line(node),
				"an entry of 'people' needs either 'user' or "
				"'group'");
		if (p->group != NULL && p->person != NULL)
			report_error(r, node_line(node),
				"group '%.80s' cannot be one person, expected "
				"'person' beside 'user' only",
				p->group);
		check_entry_roles(r, p, node);
		check_entry_twice(r, p, node);
	}
}

static void
read_paths(const config_setting_t *group, const char *key,
	struct strings *ret)
{
	struct strings written = {0};
	size_t i;

	node_texts(group, key, &written);
	for (i = 0; i < written.count; i++) {
		char *path = path_expand_home(written.items[i]);

		strings_add(ret, path);
		free(path);
	}
	strings_finish(&written);
}

static char *
read_path(const config_setting_t *group, const char *key)
{
	const char *text = node_text(group, key);

	return text == NULL ? NULL : path_expand_home(text);
}

static void
read_ssh(struct settings_reader *r)
{
	const config_setting_t *ssh =
		config_lookup(&r->config, "ssh");
	struct settings *s = r->s;

	s->ssh_user = xstrdup_or_null(node_text(ssh, "user"));
	if (s->ssh_user != NULL && (s->ssh_user[0] == '-' ||
					   strpbrk(s->ssh_user, " :/") != NULL))
		report_error(r, node_line(node_get(ssh, "user")),
			"'ssh.user' is '%.80s', expected a login name",
			s->ssh_user);
	s->ssh_port = node_int(ssh, "port", 22);
	read_paths(ssh, "keys", &s->ssh_keys);
	read_paths(ssh, "known_hosts", &s->ssh_known_hosts);
	if (s->ssh_known_hosts.count == 0) {
		char *path = path_expand_home("~/.ssh/known_hosts");

		strings_add(&s->ssh_known_hosts, path);
		free(path);
	}
	s->ssh_config = read_path(ssh, "config");
	if (s->ssh_config == NULL && !s->has_people)
		s->ssh_config = path_expand_home("~/.ssh/config");
	s->ssh_connect_timeout_ms =
		node_duration(ssh, "connect_timeout", 10000);
}

static void
read_limits(struct settings_reader *r)
{
	const config_setting_t *limits =
		config_lookup(&r->config, "limits");
	const config_setting_t *retention =
		config_lookup(&r->config, "retention");
	struct settings *s = r->s;

	s->connections = node_int(limits, "connections", 64);
	s->unauthenticated_per_host =
		node_int(limits, "unauthenticated_per_host", 8);
	s->bandwidth_bytes = node_size(limits, "bandwidth", 0);
	s->retention_artefacts_ms =
		node_duration(retention, "artefacts", 180 * DAY_MS);
	s->retention_logs_ms = node_duration(retention, "logs", 400 * DAY_MS);
}

/* As it is set, or beside the configuration. */
static char *
read_signers(const struct settings_reader *r, const config_setting_t *root)
{
	const char *path = r->s->path;
	const char *slash = path == NULL ? NULL : strrchr(path, '/');
	char *set = read_path(root, "allowed_signers");

	if (set != NULL || slash == NULL)
		return set;
	return xasprintf(
		"%.*s/allowed_signers", (int)(slash - path), path);
}

static void
read_general(struct settings_reader *r)
{
	const config_setting_t *root = config_root_setting(&r->config);
	const char *zone = node_text(root, "timezone");
	struct settings *s = r->s;

	s->site = xstrdup_or_null(node_text(root, "site"));
	s->timezone = xstrdup(zone == NULL ? "UTC" : zone);
	s->state_dir = read_path(root, "state");
	s->socket = read_path(root, "socket");
	s->allow_local = node_bool(root, "allow_local", false);
	s->allowed_signers = read_signers(r, root);
	s->statement_valid_ms =
		node_duration(root, "statement_valid", 3600 * 1000);
	node_texts(root, "redact", &s->redact);
}

void
settings_read(struct settings_reader *r)
{
	read_general(r);
	read_roles(r);
	read_people(r);
	read_ssh(r);
	read_limits(r);
	settings_read_hosts(r);
	settings_read_services(r);
	settings_read_strategies(r);
	settings_read_environments(r);
	settings_read_policies(r);
	settings_read_risk(r);
	settings_read_notify(r);
	settings_read_console(r);
}
