/* settings_identify.c - who a user of this machine is, and what they may.
 * The kernel says the uid; names in messages mean nothing. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/settings.h"

#define ALL_PERMISSIONS ((1U << PERMISSION_COUNT) - 1)
#define DECIDING                                                               \
	(1U << PERMISSION_APPROVE | 1U << PERMISSION_OVERRIDE |                \
		1U << PERMISSION_BREAK_GLASS)

static const char *const permission_names[PERMISSION_COUNT] = {
#define PERMISSION(id, name) [PERMISSION_##id] = name,
#include "engine/permissions.def"
#undef PERMISSION
};

const char *
permission_name(enum permission p)
{
	assert((unsigned)p < PERMISSION_COUNT);
	return permission_names[p];
}

/* The account of uid (owned buffer in *ret_buf), or NULL. */
static struct passwd *
find_account(int64_t uid, struct passwd *pw, char **ret_buf)
{
	struct passwd *found = NULL;
	size_t size = 4096;
	int code;

	*ret_buf = NULL;
	if (uid < 0 || uid > UINT32_MAX)
		return NULL;
	do {
		*ret_buf = xrealloc(*ret_buf, size, 1);
		code = getpwuid_r((uid_t)uid, pw, *ret_buf, size, &found);
		size *= 2;
	} while (code == ERANGE && size < 1 << 20);
	return found;
}

static bool
is_in_group(const char *name, const gid_t *groups, int count)
{
	struct group *gr = getgrnam(name);
	int i;

	for (i = 0; gr != NULL && i < count; i++)
		if (groups[i] == gr->gr_gid)
			return true;
	return false;
}

/* All groups of an account (owned). */
static gid_t *
groups_of(const struct passwd *pw, int *ret_count)
{
	int count = 64;
	gid_t *groups = xcalloc((size_t)count, sizeof(*groups));

	while (getgrouplist(pw->pw_name, pw->pw_gid, groups, &count) == -1) {
		if (count > 65536) {
			count = 0;
			break;
		}
		groups = xrealloc(groups, (size_t)count, sizeof(*groups));
	}
	*ret_count = count;
	return groups;
}

static void
add_roles(const struct settings *s, const struct strings *roles,
	struct identity *ret)
{
	size_t i, k;

	for (i = 0; i < roles->count; i++) {
		if (strings_has(&ret->roles, roles->items[i]))
			continue;
		strings_add(&ret->roles, roles->items[i]);
		for (k = 0; k < s->role_count; k++)
			if (strcmp(s->roles[k].name, roles->items[i]) == 0)
				ret->may |= s->roles[k].may;
	}
}

/* root is listed by name or not at all: who is in a group because it may
 * read some file is not meant. */
static bool
entry_applies(const struct person_entry *p, const struct passwd *pw,
	const gid_t *groups, int group_count)
{
	if (p->user != NULL)
		return strcmp(p->user, pw->pw_name) == 0;
	return pw->pw_uid != 0 && p->group != NULL &&
	       is_in_group(p->group, groups, group_count);
}

static void
identify_by_people(const struct settings *s, const struct passwd *pw,
	struct identity *ret)
{
	int group_count;
	gid_t *groups = groups_of(pw, &group_count);
	size_t i;

	for (i = 0; i < s->people_count; i++) {
		const struct person_entry *p = &s->people[i];

		if (!entry_applies(p, pw, groups, group_count))
			continue;
		if (ret->person == NULL || p->person != NULL)
			str_replace(&ret->person, p->person != NULL
							  ? p->person
							  : pw->pw_name);
		add_roles(s, &p->roles, ret);
	}
	if (pw->pw_uid == 0)
		ret->may &= ~DECIDING;
	free(groups);
}

/* The one user of an engine without people. */
static void
identify_owner(const struct settings *s, struct identity *ret)
{
	size_t i;

	ret->person = xstrdup(ret->user);
	ret->may = ALL_PERMISSIONS;
	for (i = 0; i < s->role_count; i++)
		strings_add(&ret->roles, s->roles[i].name);
}

static bool
identify_guest(const struct settings *s, int64_t uid, struct identity *ret)
{
	size_t i;

	for (i = 0; i < s->guest_count; i++) {
		if (s->guests[i].uid != uid)
			continue;
		ret->user = xstrdup(s->guests[i].person);
		identify_owner(s, ret);
		return true;
	}
	return false;
}

void
settings_identify(
	const struct settings *s, int64_t uid, struct identity *ret)
{
	struct passwd account, *pw;
	char *buf;

	memset(ret, 0, sizeof(*ret));
	if (identify_guest(s, uid, ret))
		return;
	pw = find_account(uid, &account, &buf);
	ret->user = pw != NULL ? xstrdup(pw->pw_name)
			       : xasprintf("uid %lld", (long long)uid);
	if (!s->has_people) {
		if (uid == (int64_t)geteuid())
			identify_owner(s, ret);
	} else if (pw != NULL) {
		identify_by_people(s, pw, ret);
	}
	free(buf);
}

void
identity_finish(struct identity *i)
{
	free(i->person);
	free(i->user);
	strings_finish(&i->roles);
	memset(i, 0, sizeof(*i));
}
