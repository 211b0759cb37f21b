/* settings_outside.c - warnings about what the file names and this machine
 * does not have: users, groups, key files. */
#include <grp.h>
#include <pwd.h>
#include <string.h>
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

void
settings_outside(struct settings_reader *r)
{
	check_people(r);
	check_files(r, "ssh.keys", &r->s->ssh_keys);
	check_files(r, "ssh.known_hosts", &r->s->ssh_known_hosts);
}
