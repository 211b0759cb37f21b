/* settings_outside.c - warnings about what the file names and this machine
 * does not have: users, groups, key files, people enough for rules
 * and gates. */
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/settings_reader.h"
#include "model/gate.h"

static void
check_people(struct settings_reader *r)
{
	const config_setting_t *list =
		config_lookup(&r->config, "people");
	size_t i;

	for (i = 0; i < r->s->people_count; i++) {
		const struct person_entry *p = &r->s->people[i];
		int line = node_line(node_at(list, (int)i));

		if (p->user != NULL && getpwnam(p->user) == NULL)
			report_warning(r, line,
				"this machine has no user '%.80s'", p->user);
		if (p->group != NULL && getgrnam(p->group) == NULL)
			report_warning(r, line,
				"this machine has no group '%.80s'", p->group);
	}
}

/* ---- policies that nobody can satisfy at present ---- */

static bool
may_do(const struct settings *s, const struct strings *roles,
	enum permission permission)
{
	size_t i;

	for (i = 0; i < s->role_count; i++)
		if ((s->roles[i].may & (1u << permission)) &&
			strings_has(roles, s->roles[i].name))
			return true;
	return false;
}

int
settings_approvers(
	const struct settings *s, const char *role, const char *except)
{
	struct strings names = {0};
	int count = 0;
	size_t i;

	for (i = 0; i < s->people_count && count < INT_MAX; i++) {
		const struct person_entry *p = &s->people[i];
		const char *name = p->person != NULL ? p->person : p->user;

		/* Who is nobody, by a slip, is complained of elsewhere. */
		if ((name == NULL && p->group == NULL) ||
			!may_do(s, &p->roles, PERMISSION_APPROVE) ||
			(role != NULL && !strings_has(&p->roles, role)) ||
			(name != NULL && strings_has(&names, name)) ||
			(name != NULL && except != NULL &&
				strcmp(name, except) == 0) ||
			(p->user != NULL && strcmp(p->user, "root") == 0))
			continue;
		if (p->group != NULL) {
			count = INT_MAX;
		} else {
			strings_add(&names, name);
			count++;
		}
	}
	strings_finish(&names);
	return count;
}

static void
check_satisfiable(struct settings_reader *r, const struct policy *p,
	const char *whose)
{
	int people = settings_approvers(r->s, NULL, NULL);
	size_t i;

	if (p->approvals == 0 || (!r->s->has_people && p->author_may_approve &&
					 p->approvals == 1))
		return;
	if (people < p->approvals)
		report_warning(r, p->lines[POLICY_APPROVALS],
			"the policy of '%s' needs %d approvals and %d %s could "
			"give one, so nothing gets through",
			whose, p->approvals, people,
			people == 1 ? "person" : "people");
	for (i = 0; i < p->roles.count && r->s->has_people; i++)
		if (settings_approvers(r->s, p->roles.items[i], NULL) == 0)
			report_warning(r, p->lines[POLICY_ROLES],
				"the policy of '%s' needs an approval by a "
				"'%.80s', and nobody is one who may approve",
				whose, p->roles.items[i]);
}

static void
check_policies(struct settings_reader *r)
{
	size_t i;

	for (i = 0; i < r->s->environment_count; i++)
		check_satisfiable(r, &r->s->environments[i].policy,
			r->s->environments[i].name);
	for (i = 0; i < r->s->policy_count; i++)
		check_satisfiable(r, &r->s->policies[i].policy,
			r->s->policies[i].match);
}

/* ---- gates that nobody can pass at present ---- */

static bool
can_pass(const struct settings *s, const struct strings *roles)
{
	size_t i, k;

	for (i = 0; i < s->people_count; i++)
		for (k = 0; k < roles->count; k++)
			if (strings_has(&s->people[i].roles, roles->items[k]) &&
				may_do(s, &s->people[i].roles,
					PERMISSION_OPERATE))
				return true;
	return roles->count == 0 || !s->has_people;
}

static void
check_gate(struct settings_reader *r, int line, const char *strategy,
	const struct strings *roles)
{
	if (!can_pass(r->s, roles))
		report_warning(r, line,
			"a gate of strategy '%s' waits for a '%.80s', and "
			"nobody is one who may operate",
			strategy, roles->items[0]);
}

static void
check_gates(struct settings_reader *r)
{
	const config_setting_t *list = config_lookup(&r->config, "strategies");
	size_t i, k;

	for (i = 0; i < r->s->strategy_count; i++) {
		const struct strategy *s = &r->s->strategies[i];
		int line = list == NULL ? 0 : node_line(list);

		for (k = 0; k < s->gate_count; k++)
			check_gate(r, line, s->name, &s->gates[k].roles);
		for (k = 0; k < s->group_count; k++)
			check_gate(r, line, s->name, &s->groups[k].roles);
	}
}

static void
check_files(struct settings_reader *r, const char *key,
	const struct strings *paths)
{
	const config_setting_t *node = config_lookup(&r->config, key);
	size_t i;

	for (i = 0; node != NULL && i < paths->count; i++)
		if (access(paths->items[i], R_OK) == -1)
			report_warning(r, node_line(node),
				"'%s': '%.200s' cannot be read", key,
				paths->items[i]);
}

/* Who may write it may run commands as the engine's user. */
static void
check_config(struct settings_reader *r)
{
	const config_setting_t *node =
		config_lookup(&r->config, "ssh.config");
	const char *path = r->s->ssh_config;
	struct stat st;

	if (node == NULL)
		return;
	if (access(path, R_OK) == -1 || stat(path, &st) == -1)
		report_warning(r, node_line(node),
			"'ssh.config': '%.200s' cannot be read", path);
	else if ((st.st_mode & 022) != 0)
		report_warning(r, node_line(node),
			"'ssh.config': others may write '%.200s', so it will "
			"not be used", path);
}

void
settings_outside(struct settings_reader *r)
{
	check_people(r);
	check_policies(r);
	check_gates(r);
	check_files(r, "ssh.keys", &r->s->ssh_keys);
	check_files(r, "ssh.known_hosts", &r->s->ssh_known_hosts);
	check_config(r);
}
