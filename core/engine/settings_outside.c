/* settings_outside.c - warnings about what the file names and this machine
 * does not have: users, groups, key files. */
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/settings_reader.h"

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
	check_files(r, "ssh.keys", &r->s->ssh_keys);
	check_files(r, "ssh.known_hosts", &r->s->ssh_known_hosts);
	check_config(r);
}
