/* console_zone.c - the zone in which times are shown. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "tui/console.h"

/* A name of the zone database and nothing else: no path out of it. */
static bool
is_zone(const char *name)
{
	char path[256];
	const char *dir = getenv("TZDIR");

	if (name[0] == '\0' || name[0] == '/' || name[0] == '.' ||
		strstr(name, "..") != NULL || strlen(name) > 64)
		return false;
	snprintf(path, sizeof(path), "%s/%s",
		dir != NULL ? dir : "/usr/share/zoneinfo", name);
	return access(path, R_OK) == 0;
}

static void
take_zone(const char *zone)
{
	if (zone != NULL)
		setenv("TZ", zone, 1);
	else
		unsetenv("TZ");
	tzset();
}

bool
console_set_zone(struct console *c, const char *name)
{
	bool utc = strcasecmp(name, "utc") == 0;
	bool local = strcasecmp(name, "local") == 0;

	if (!utc && !local && !is_zone(name))
		return false;
	if (c->home_zone == NULL && getenv("TZ") != NULL && !local)
		c->home_zone = xstrdup(getenv("TZ"));
	c->zone_chosen = true;
	c->utc = utc;
	if (local)
		take_zone(c->home_zone);
	else if (!utc)
		take_zone(name);
	c->dirty = true;
	console_invalidate(c);
	return true;
}

void
console_follow_zone(struct console *c)
{
	if (c->zone_chosen || !is_zone(c->engine_zone))
		return;
	if (c->home_zone == NULL && getenv("TZ") != NULL)
		c->home_zone = xstrdup(getenv("TZ"));
	take_zone(c->engine_zone);
	console_invalidate(c);
}
